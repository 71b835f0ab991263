"""The built site in a real browser: every page at two widths and in both themes, every figure moved by hand.

`make test` builds the site first. Each page is opened once at each width, looked at, switched to the other theme,
looked at again, and its figures are moved; the tests then ask what was seen. `browsing` finds the browser.
"""

from dataclasses import dataclass, field

import pytest
from browsing import PHONE, WIDE, browser, opened, served
from project import chapters, notebooks, pages

from scratchconv.plotting.palette import TOKENS, rgb

AXE_SCRIPT = pytest.importorskip(
    "axe_playwright_python.base",
    reason="not looked at in a browser: `.venv/bin/python -m pip install playwright axe-playwright-python`",
).AXE_SCRIPT

SCREENS = {"wide": (WIDE, "light"), "phone": (PHONE, "dark")}    # and the theme in which the page is loaded
OTHER = {"light": "dark", "dark": "light"}
SMALLEST_CONTROL = 24    # px, WCAG 2.2
LARGEST_SHIFT = 0.02
LONGEST_HOLD = 1100    # ms; ▶ shows a frame for 850 at most
WORDS = ("dilation", "frog", "padding")    # to search for


def named(page):
    return page.removeprefix("book/")


def at_both_widths(pages):
    """One parameter set for each page and width; xdist keeps each together, so that it is opened once."""
    for page in pages:
        for screen in SCREENS:
            mark = pytest.mark.xdist_group(f"{page} {screen}")
            yield pytest.param(page, screen, id=f"{named(page)}-{screen}", marks=mark)


NOTEBOOKS = [f"book/{path.stem}" for path in notebooks()]
CHAPTER = f"book/{chapters()[0].stem}"
every_page = pytest.mark.parametrize(("page", "screen"), list(at_both_widths([*pages(), "search"])))
every_notebook = pytest.mark.parametrize(("page", "screen"), list(at_both_widths(NOTEBOOKS)))
in_both_themes = pytest.mark.parametrize("theme", OTHER)


@pytest.fixture(scope="session")
def chromium(site):
    with browser() as started:
        yield started


@pytest.fixture(scope="session")
def host(site):
    with served(site) as address:
        yield address


# A visit --------------------------------------------------------------------------------------------------------------


@dataclass
class Visit:
    """What was seen on a page at one width. Lists of faults, apart from the first four."""

    title: str = ""
    headings: int = 0
    controls: list = field(default_factory=list)
    colours: dict = field(default_factory=dict)
    shifts: list = field(default_factory=list)
    overflow: list = field(default_factory=list)
    lost: list = field(default_factory=list)
    undrawn: list = field(default_factory=list)
    crowded: list = field(default_factory=list)
    axe: dict = field(default_factory=dict)
    redrawn: list = field(default_factory=list)
    keys: list = field(default_factory=list)
    handle: list = field(default_factory=list)
    play: list = field(default_factory=list)
    motion: list = field(default_factory=list)
    complaints: list = field(default_factory=list)


@pytest.fixture(scope="session")
def visit(chromium, host):
    seen = {}

    def look(page, screen):
        if (page, screen) not in seen:
            settings, theme = SCREENS[screen]
            with opened(chromium, f"{host}/{page}.html", color_scheme=theme, **settings) as view:
                seen[page, screen] = go_through(view, screen, theme)
        return seen[page, screen]

    return look


def go_through(view, screen, theme):
    seen = Visit(title=view.title())
    arrive(view, seen)
    seen.axe[theme], seen.colours[theme] = findings(view), colours(view)
    theme = OTHER[theme]
    switch_theme(view, seen, theme)
    seen.axe[theme], seen.colours[theme] = findings(view), colours(view)
    moving = handles(view, touch=screen == "phone")
    if screen == "wide":
        seen.keys = [fault for figure in moving for fault in work_keys(figure)]
    seen.handle = [fault for figure in moving for fault in work_handle(figure)]
    seen.play = play(moving)
    seen.motion = list(without_motion(view))
    seen.complaints = view.complaints
    return seen


def arrive(view, seen):
    """Bring everything into view once and note what is there."""
    view.evaluate("probe.settle()")
    seen.shifts = view.evaluate("probe.shifts()")
    view.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true })")
    seen.headings = view.locator("main h1:visible").count()
    seen.overflow = view.evaluate("probe.overflow()")
    seen.lost = view.evaluate("probe.lost()")
    for place in range(figures(view)):
        if view.locator(".plotly-canvas").nth(place).locator(".main-svg :is(path, image)").count():
            seen.crowded += view.evaluate("(place) => probe.crowded(place)", place)
            seen.controls += view.evaluate("(place) => probe.controls(place)", place)
        else:
            seen.undrawn.append(place)
    view.evaluate("probe.thin()")


def figures(view):
    return view.locator(".plotly-canvas").count()


def findings(view):
    """What axe calls serious or critical: "rule: the element, the reason"."""
    if not view.evaluate("typeof axe === 'object'"):
        view.evaluate(f"{AXE_SCRIPT}; null")
    found = view.evaluate("axe.run({resultTypes: ['violations'], preload: false})")["violations"]
    return [
        f"{one['id']}: {node['html'][:150]} ({node['failureSummary']})"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def css(colour):
    return "rgb({}, {}, {})".format(*rgb(colour))


def colours(view):
    """For each figure: "stored colour, colour on the screen" of everything that carries a neutral colour."""
    stored = [css(token.light) for token in TOKENS.values()]
    return [
        view.evaluate("([place, stored]) => probe.colours(place, stored)", [place, stored])
        for place in range(figures(view))
    ]


def switch_theme(view, seen, theme):
    """Click the theme button, which goes round through light, dark and the system's, until this one is shown."""
    drawings = "[...document.querySelectorAll('.plotly-canvas')].map((box) => box.innerHTML)"
    before = view.evaluate(drawings)
    button = view.locator("button.theme-switch-button:visible").first
    for _ in range(3):
        if view.locator("html").get_attribute("data-theme") != theme:
            button.click()
    assert view.locator("html").get_attribute("data-theme") == theme, "the theme button does not lead there"
    after = view.evaluate(drawings)
    view.evaluate("probe.still()")
    seen.redrawn = [place for place, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]


# Figures taken hold of ------------------------------------------------------------------------------------------------


class Handle:
    """One figure of an open page, worked the way a reader would."""

    def __init__(self, view, place, touch):
        self.view, self.place, self.touch = view, place, touch
        self.canvas = view.locator(".plotly-canvas").nth(place)
        self.last = len(self.state["steps"]) - 1 if self.state else 0
        self.ask("remember")

    def ask(self, question, *arguments):
        return self.view.evaluate(f"(given) => probe.{question}(...given)", [self.place, *arguments])

    @property
    def state(self):
        return self.ask("state")

    def tab(self):
        """Go to the figure by the Tab key, from right before it; say what is wrong."""
        self.canvas.evaluate("""(box) => {
            const link = document.createElement("a");
            link.href = "#";
            box.before(link);
            link.focus();
        }""")
        self.view.keyboard.press("Tab")
        ring = self.canvas.evaluate("(box) => box === document.activeElement && getComputedStyle(box).outline")
        self.canvas.evaluate("(box) => box.previousSibling.remove()")
        return [] if ring and "solid" in ring and "3px" in ring else [f"Tab leads to {ring}"]

    def press(self, key, index):
        """Press a key that leads to this frame; say what does not show it."""
        self.view.keyboard.press(key)
        faults = self.arrives(index)
        said = self.state["said"]
        wanted = self.state["steps"][index]
        return faults if said == wanted else [*faults, f"{key}: it is announced as {said!r}, not {wanted!r}"]

    def arrives(self, index, milliseconds=5000):
        reason = self.ask("arrives", index, milliseconds)
        return [reason] if reason else []

    def point(self, index):
        """Take the handle to a frame: tap on the rail there, or drag."""
        self.canvas.locator(".slider-rail-rect").scroll_into_view_if_needed()
        if self.touch:
            self.view.touchscreen.tap(*self.ask("rail", index))
        else:
            self.view.mouse.move(*self.ask("rail", self.state["active"]))
            self.view.mouse.down()
            self.view.mouse.move(*self.ask("rail", index), steps=4)
            self.view.mouse.up()
        return self.arrives(index)

    def click(self, label):
        """▶ or ❚❚"""
        button = self.canvas.locator(".updatemenu-button", has_text=label)
        if self.touch:
            button.tap()
        else:
            button.click()


def handles(view, touch=False):
    """Every figure of the page that moves."""
    found = [Handle(view, place, touch) for place in range(figures(view))]
    return [handle for handle in found if handle.last]


def work_keys(figure):
    last = figure.last
    yield from figure.tab()
    yield from figure.press("End", last)
    yield from figure.press("ArrowRight", last)
    yield from figure.press("ArrowLeft", last - 1)
    yield from figure.press("Home", 0)
    yield from figure.press("ArrowLeft", 0)
    yield from figure.press("ArrowRight", 1)


def work_handle(figure):
    yield from figure.point(figure.last)
    yield from figure.ask("crowded")
    yield from figure.point(figure.last // 2)
    yield from figure.ask("crowded")


def play(moving):
    """▶ from near the end, ▶ again at the end, ❚❚ on the way; all figures of the page at the same time."""
    faults = [fault for figure in moving for fault in figure.point(max(figure.last - 2, 0))]
    for figure in moving:
        figure.click("▶")
    for figure in moving:
        faults += figure.arrives(figure.last, 8000)
        figure.click("▶")
    for figure in moving:
        begun = "([place, last]) => probe.state(place).active < last"
        figure.view.wait_for_function(begun, arg=[figure.place, figure.last])
        figure.click("❚❚")
    stopped = [figure.state["active"] for figure in moving]
    if moving:
        moving[0].view.wait_for_timeout(LONGEST_HOLD)
    return faults + [fault for figure, index in zip(moving, stopped, strict=True) for fault in figure.arrives(index)]


def without_motion(view):
    """The reader asks for reduced motion while the page is open."""
    view.emulate_media(reduced_motion="reduce")
    view.wait_for_function("!document.querySelector('.updatemenu-button')")
    for figure in handles(view):
        view.evaluate("(place) => { probe.seen = probe.pictures(place, 400) }", figure.place)
        figure.canvas.focus()
        view.keyboard.press("End" if figure.state["active"] < figure.last else "Home")
        if (seen := view.evaluate("probe.seen")) != 2:
            yield f"figure {figure.place}: {seen} pictures from one frame to another, not 2"


# Pages ----------------------------------------------------------------------------------------------------------------


@every_page
def test_a_page_is_quiet_and_asks_no_other_host(visit, page, screen):
    assert visit(page, screen).complaints == []


@every_page
def test_a_page_has_a_title_and_one_heading(visit, page, screen):
    seen = visit(page, screen)
    assert seen.title and seen.headings == 1


@every_page
def test_nothing_sticks_out(visit, page, screen):
    assert visit(page, screen).overflow == []


@every_page
def test_pictures_load(visit, page, screen):
    assert visit(page, screen).lost == []


@every_page
def test_nothing_moves_while_a_page_arrives(visit, page, screen):
    shifts = visit(page, screen).shifts
    assert sum(value for value, _ in shifts) <= LARGEST_SHIFT, sorted(shifts, key=lambda shift: -shift[0])[:3]


@every_page
@in_both_themes
def test_axe_finds_nothing_serious(visit, page, screen, theme):
    assert visit(page, screen).axe[theme] == []


# Figures --------------------------------------------------------------------------------------------------------------


@every_notebook
def test_every_figure_is_drawn(visit, page, screen):
    seen = visit(page, screen)
    assert seen.undrawn == [] and seen.controls


@every_notebook
def test_words_in_figures_keep_apart(visit, page, screen):
    assert visit(page, screen).crowded == []


@every_notebook
def test_controls_are_large_enough_for_a_thumb(visit, page, screen):
    controls = visit(page, screen).controls
    assert [one for one in controls if min(one["width"], one["height"]) < SMALLEST_CONTROL] == []


@every_notebook
@in_both_themes
def test_figures_take_the_colours_of_the_theme(visit, page, screen, theme):
    wanted = {f"{css(token.light)} {css(getattr(token, theme))}" for token in TOKENS.values()}
    ink = f"{css(TOKENS['ink'].light)} {css(getattr(TOKENS['ink'], theme))}"
    shown = visit(page, screen).colours[theme]
    assert all(shown) and ink in shown[0] and set().union(*shown) <= wanted


@every_notebook
def test_the_theme_changes_without_drawing_again(visit, page, screen):
    assert visit(page, screen).redrawn == []


@every_notebook
def test_keys_lead_to_the_frame_that_is_named_and_announced(visit, page, screen):
    assert visit(page, screen).keys == []


@every_notebook
def test_the_handle_leads_to_the_frame_that_is_named(visit, page, screen):
    assert visit(page, screen).handle == []


@every_notebook
def test_play_goes_to_the_end_starts_again_and_stops(visit, page, screen):
    assert visit(page, screen).play == []


@every_notebook
def test_reduced_motion_is_respected(visit, page, screen):
    assert visit(page, screen).motion == []


# Once -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [WIDE, PHONE], ids=SCREENS)
def test_search_finds(chromium, host, settings):
    for word in WORDS:
        with opened(chromium, f"{host}/search.html", **settings) as view:
            fields = ".bd-search input:visible, #search-documentation input, input[name=q]:visible"
            view.locator(fields).first.fill(word)
            view.keyboard.press("Enter")
            results = view.locator("#search-results li a")
            results.first.wait_for()
            view.wait_for_load_state("networkidle")    # each result fetches its page to show a piece of it
            results.first.click()
            view.wait_for_url("**/book/*.html*")
            assert word in view.locator("article").text_content().lower()
            assert view.complaints == []


@pytest.mark.parametrize(("asked", "shown"), [("", "book/intro"), (CHAPTER, CHAPTER), ("search", "search")])
def test_the_site_works_from_a_folder_of_a_host(chromium, site, asked, shown):
    address = f"{asked}.html" if asked else ""
    with served(site.parent) as above, opened(chromium, f"{above}/{site.name}/{address}", **WIDE) as view:
        view.wait_for_url(f"{above}/{site.name}/{shown}.html")
        view.evaluate("probe.settle()")
        assert view.complaints == []
        assert view.locator(".plotly-canvas:not([data-drawn])").count() == 0
