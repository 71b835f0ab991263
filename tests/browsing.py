"""A real browser for the tests: which one, how it is started, and the site served to it on localhost."""

import contextlib
import functools
import http.server
import os
import shutil
import threading
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
HOW = "`.venv/bin/python -m playwright install --with-deps chromium` gets one, or set SCRATCHCONV_CHROMIUM to its path"
WIDE = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PROBE = Path(__file__).with_name("browsing.js")


def no_browser(reason):
    """Skip what needs a browser; end the run where one is required."""
    message = f"no browser to look at the pages with ({reason}): {HOW}"
    if os.environ.get("SCRATCHCONV_BROWSER") == "required":
        pytest.exit(message, returncode=1)
    pytest.skip(message)


def executable(own):
    """The browser to start: the one that is asked for, Playwright's own, or the system's."""
    if wanted := os.environ.get("SCRATCHCONV_CHROMIUM"):
        return shutil.which(wanted) or no_browser(f"SCRATCHCONV_CHROMIUM is {wanted}, which is no program")
    candidates = (own, *NAMES, MAC)
    found = next(filter(None, map(shutil.which, candidates)), None)
    return found or no_browser("neither Playwright's own nor Chromium or Chrome is installed")


def axe_script():
    """The accessibility checker, to be run in a page."""
    from axe_playwright_python.base import AXE_SCRIPT

    return AXE_SCRIPT


@contextlib.contextmanager
def browser():
    """Chromium, driven through Playwright."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ModuleNotFoundError:
        no_browser("Playwright is not installed")
    with sync_playwright() as playwright:
        path = executable(playwright.chromium.executable_path)
        try:
            started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        except Error as error:
            no_browser(f"{path} does not start: {str(error).splitlines()[0]}")
        yield started
        started.close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Files only, no log line per request."""

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def served(folder):
    """The address at which a folder is served while the block runs."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def opened(chromium, address, *, host=None, **settings):
    """A page of its own in a fresh context. `page.complaints` gathers whatever a page must not do."""
    host = host or address[: address.index("/", len("http://"))]
    with chromium.new_context(**settings) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.complaints = []
        watch(page, host)
        page.add_init_script(path=PROBE)
        page.goto(address)
        yield page


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
