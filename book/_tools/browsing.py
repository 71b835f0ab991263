"""A real browser for the tests and the pictures: which one, how it starts, and what a page in it must not do."""

import contextlib
import os
import shutil
from pathlib import Path

WANTED = "SCRATCHCONV_CHROMIUM"    # names the program to take, and no other
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
LONGEST_START, LONGEST_STEP = 60_000, 30_000    # ms; a machine may have much else to do
WIDE = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PROBE = Path(__file__).with_name("browsing.js")


class NoBrowser(Exception):
    """There is no browser that starts; the message says why and how to get one."""

    def __init__(self, reason):
        super().__init__(f"no browser to open the pages in ({reason}): `make browser` gets one")


def programs(own):
    """The browsers that are here, in the order in which they are tried."""
    if wanted := os.environ.get(WANTED):
        return [shutil.which(wanted) or no_program(wanted)]
    found = dict.fromkeys(filter(None, map(shutil.which, (own, *NAMES, MAC))))
    return list(found) or no_program()


def no_program(wanted=None):
    raise NoBrowser(f"{WANTED} is {wanted}, which is no program" if wanted else "neither Chromium nor Chrome is here")


def launched(chromium):
    """The first one that starts; its `program` says where it is."""
    from playwright.sync_api import Error

    reasons = []
    for path in programs(chromium.executable_path):
        try:
            started = chromium.launch(executable_path=path, args=FLAGS, timeout=LONGEST_START)
        except Error as error:
            reasons.append(f"{path} does not start: {str(error).splitlines()[0]}")
        else:
            started.program = path
            return started
    raise NoBrowser("; ".join(reasons))


@contextlib.contextmanager
def browser():
    """Chromium, driven through Playwright. Raises NoBrowser."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        raise NoBrowser("Playwright is not installed") from None
    with sync_playwright() as playwright:
        started = launched(playwright.chromium)
        yield started
        started.close()


def why_no_browser():
    """Why the pages cannot be opened in a browser; "" if they can."""
    try:
        with browser():
            return ""
    except NoBrowser as reason:
        return str(reason)


def grave(page, part=":root"):
    """What axe, the accessibility checker, calls serious or critical: "rule: the element, the reason"."""
    from axe_playwright_python.base import AXE_SCRIPT

    page.evaluate(f"typeof axe === 'object' || (() => {{ {AXE_SCRIPT} }})()")
    found = page.evaluate("(part) => probe.grave(part)", part)
    return [
        f"{one['id']}: {node['html'][:150]} ({node['failureSummary']})"
        for one in found
        for node in one["nodes"]
    ]


@contextlib.contextmanager
def opened(chromium, address, *, host=None, **settings):
    """A page of its own in a fresh context. `page.complaints` gathers whatever a page must not do."""
    host = host or address[: address.index("/", len("http://"))]
    with chromium.new_context(**settings) as context:
        page = context.new_page()
        page.set_default_timeout(LONGEST_STEP)
        page.complaints = []
        watch(page, host)
        page.add_init_script(path=PROBE)
        page.goto(address)
        yield page


def settle(page):
    """Go through the page as a reader would, so that all that waits for one is there, and wait until it is."""
    page.mouse.move(1, 1)    # a sign of life, also where there is nothing to scroll
    page.mouse.move(2, 2)
    page.evaluate("probe.settle()")


def watch(page, host):
    """Note errors and warnings, files that are not there, and requests that leave the site."""

    def note(kind, text):
        page.complaints.append(f"{kind}: {text}")

    def request(asked):
        if not asked.url.startswith((f"{host}/", "data:", "blob:")):
            note("outside request", asked.url)

    def message(said):
        if said.type in ("error", "warning"):
            note(said.type, said.text)

    page.on("console", message)
    page.on("pageerror", lambda error: note("exception", error))
    page.on("request", request)
    page.on("requestfailed", lambda lost: None if "ABORTED" in lost.failure else note(lost.failure, lost.url))
    page.on("response", lambda answer: note(answer.status, answer.url) if answer.status >= 400 else None)
