"""The built site in a real browser: every page at two widths and in both themes, every figure moved by hand.

`make test` builds the site first. A test opens one page at one width, goes through it as a reader would, switches to
the other theme and goes on; it lists whatever was wrong on the way. `browsing` finds the browser.
"""

import contextlib
import itertools
import json
import re
import sys

import pytest
import screenshots
from browsing import PHONE, WIDE, grave, opened, settle
from bs4 import BeautifulSoup
from PIL import Image
from project import chapters, pages
from serve import served

from scratchconv.plotting.palette import TOKENS, rgb

SCREENS = {"wide": (WIDE, "light"), "phone": (PHONE, "dark")}    # and the theme in which the page is loaded
OTHER = {"light": "dark", "dark": "light"}
SMALLEST_CONTROL = 24    # px, WCAG 2.2
LARGEST_SHIFT = 0.02
LONGEST_HOLD = 1100    # ms; ▶ shows a frame for 850 at most
LONGEST_WAIT = 10_000    # ms for a frame; two pages share a machine that may be slow
SHORTER_WAIT = 4_000    # ms for a frame that is not to come
KEYS = [("End", -1), ("ArrowRight", -1), ("ArrowLeft", -2), ("Home", 0), ("ArrowLeft", 0), ("ArrowRight", 1)]
CHAPTER = f"book/{chapters()[0].stem}"


# Pages ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("page", [*pages(), "search"], ids=lambda page: page.removeprefix("book/"))
def test_a_page(chromium, host, page, screen):
    settings, theme = SCREENS[screen]
    with opened(chromium, f"{host}/{page}.html", color_scheme=theme, **settings) as view:
        faults = list(go_through(view, theme, touch=screen == "phone"))
    assert not faults, "\n".join(["", *faults])


def go_through(view, theme, touch):
    """Everything a page must keep to. Yields a sentence for each fault."""
    yield from read_through(view, theme, touch)
    yield from view.complaints


def read_through(view, theme, touch):
    yield from arrive(view)
    yield from appearance(view, theme)
    yield from switch_theme(view, OTHER[theme])
    yield from appearance(view, OTHER[theme])
    moving = [figure for figure in figures(view, touch) if figure.last]
    if not touch:
        yield from by_keys(moving)
    yield from by_handle(moving)
    yield from play(view, moving)
    yield from without_motion(view, moving)


def arrive(view):
    """Nothing shifts, is missing or sticks out; all figures are drawn."""
    settle(view)
    shifts = sorted(view.evaluate("probe.shifts()"), reverse=True)
    if (total := sum(value for value, _ in shifts)) > LARGEST_SHIFT:
        yield f"the layout shifts by {total:.3f}, most of it in {shifts[:2]}"
    if not view.title():
        yield "no title"
    view.evaluate("probe.unfold()")
    if (headings := view.locator("main h1:visible").count()) != 1:
        yield f"{headings} headings of the first level"
    yield from (f"too wide: {part}" for part in view.evaluate("probe.overflow()"))
    yield from (f"cut off: {part}" for part in view.evaluate("probe.cut()"))
    yield from (f"torn: {name}" for name in view.evaluate("probe.torn()"))
    yield from (f"does not load: {picture}" for picture in view.evaluate("probe.lost()"))
    for figure in figures(view):
        if not figure.drawn():
            yield f"figure {figure.place} is not drawn"
            continue
        yield from figure.ask("crowded")
        for control in figure.ask("controls"):
            if min(control["width"], control["height"]) < SMALLEST_CONTROL:
                yield f"figure {figure.place}: too small for a thumb: {control}"


def appearance(view, theme):
    """axe finds nothing serious; what carries a neutral colour has the one of this theme."""
    yield from (f"{theme}, axe: {finding}" for finding in grave(view))
    wanted = {css(token.light): css(getattr(token, theme)) for token in TOKENS.values()}
    shown = {}
    for figure in figures(view):
        for stored, colour in figure.ask("colours", list(wanted)):
            shown[stored] = colour
            if colour != wanted[stored]:
                yield f"{theme}, figure {figure.place}: {stored} is shown as {colour}, not {wanted[stored]}"
    if figures(view) and css(TOKENS["ink"].light) not in shown:
        yield f"{theme}: no figure has words in ink"


def css(colour):
    return "rgb({}, {}, {})".format(*rgb(colour))


def switch_theme(view, theme):
    """Click the theme button, which goes round light, dark and the system's. Figures follow without a new drawing."""
    drawings = "[...document.querySelectorAll('.plotly-canvas')].map((box) => box.innerHTML)"
    before = view.evaluate(drawings)
    button = view.locator("button.theme-switch-button:visible").first
    for _ in range(3):
        if view.locator("html").get_attribute("data-theme") != theme:
            button.click()
    if view.locator("html").get_attribute("data-theme") != theme:
        yield f"the theme button does not lead to {theme}"
    if view.evaluate(drawings) != before:
        yield "figures are drawn again when the theme changes"
    view.evaluate("probe.still()")


# Figures taken hold of ------------------------------------------------------------------------------------------------


class Figure:
    """One figure of an open page, worked the way a reader would."""

    def __init__(self, view, place, touch):
        self.view, self.place, self.touch = view, place, touch
        self.canvas = view.locator(".plotly-canvas").nth(place)
        self.last = self.ask("last")

    def ask(self, question, *arguments):
        return self.view.evaluate(f"(given) => probe.{question}(...given)", [self.place, *arguments])

    def drawn(self):
        return self.canvas.get_attribute("data-drawn") and self.canvas.locator(".main-svg :is(path, image)").count()

    def arrives(self, index):
        """Handle, caption and picture come to show this frame."""
        reason = self.ask("arrives", index, LONGEST_WAIT)
        return [f"figure {self.place}, frame {index}: {reason}"] if reason else []

    def tab(self):
        """Tab leads to the figure, and a ring shows it."""
        self.canvas.evaluate("""(box) => {
            const link = document.createElement("a");
            link.href = "#";
            box.before(link);
            link.focus();
        }""")
        self.view.keyboard.press("Tab")
        ring = self.canvas.evaluate("(box) => box === document.activeElement && getComputedStyle(box).outline")
        self.canvas.evaluate("(box) => box.previousSibling.remove()")
        if not (ring and "solid" in ring and "3px" in ring):
            yield f"figure {self.place}: no ring shows that Tab has led to it ({ring})"

    def press(self, key):
        self.canvas.focus()
        self.view.keyboard.press(key)

    def is_said(self, key, index):
        """What is announced is the frame that this key has led to."""
        yield from self.arrives(index)
        state = self.ask("state")
        if state["said"] != state["steps"][index]:
            yield f"figure {self.place}: {key} leads to {state['steps'][index]!r}, announced is {state['said']!r}"

    def point(self, index):
        """Take the handle to a frame: drag it, or tap on the rail."""
        self.ask("reach")
        if self.touch:
            self.view.touchscreen.tap(*self.ask("rail", index))
        else:
            self.view.mouse.move(*self.ask("rail", self.ask("active")))
            self.view.mouse.down()
            self.view.mouse.move(*self.ask("rail", index), steps=4)
            self.view.mouse.up()

    def click(self, label):
        """▶ or ❚❚"""
        button = self.canvas.locator(self.ask("buttons"), has_text=label)
        if self.touch:
            button.tap()
        else:
            button.click()


def figures(view, touch=False):
    return [Figure(view, place, touch) for place in range(view.locator(".plotly-canvas").count())]


def by_keys(moving):
    """Each key in all figures of the page, which move at the same time."""
    for figure in moving:
        yield from figure.tab()
    for key, place in KEYS:
        for figure in moving:
            figure.press(key)
        for figure in moving:
            yield from figure.is_said(key, range(figure.last + 1)[place])


def by_handle(moving):
    """All handles to the end, then to the middle."""
    for place in (lambda figure: figure.last, lambda figure: figure.last // 2):
        yield from point(moving, place)
        for figure in moving:
            yield from figure.ask("crowded")
    for figure in moving:
        if figure.ask("alike", figure.last, figure.last // 2):
            yield f"figure {figure.place}: frame {figure.last} looks like frame {figure.last // 2}"


def point(moving, place):
    """Take every handle to the frame that `place` says, and see it come."""
    for figure in moving:
        figure.point(place(figure))
    for figure in moving:
        yield from figure.arrives(place(figure))


def play(view, moving):
    """▶ from near the end, all figures of the page at the same time; at the end ▶ again, and ❚❚ on the way."""
    yield from point(moving, lambda figure: max(figure.last - 2, 0))
    for figure in moving:
        figure.click("▶")
    for figure in moving:
        yield from figure.arrives(figure.last)
    for figure in moving:
        figure.click("▶")
        view.wait_for_function("([place, last]) => probe.active(place) < last", arg=[figure.place, figure.last])
        figure.click("❚❚")
    stopped = [figure.ask("active") for figure in moving]
    if moving:
        view.wait_for_timeout(LONGEST_HOLD)
    for figure, index in zip(moving, stopped, strict=True):
        yield from figure.arrives(index)


def without_motion(view, moving):
    """The reader asks for reduced motion while the page is open: no ▶ ❚❚, no pictures between two frames."""
    view.emulate_media(reduced_motion="reduce")
    view.wait_for_function("!document.querySelector('.updatemenu-button')")
    for figure in moving:
        figure.canvas.focus()
        key, index = ("End", figure.last) if figure.ask("active") < figure.last else ("Home", 0)
        view.evaluate("(place) => probe.film(place)", figure.place)
        view.keyboard.press(key)
        yield from figure.arrives(index)
        if between := view.evaluate("probe.between()"):
            yield f"figure {figure.place}: with reduced motion {between} pictures between two frames"


# What these tests are worth -------------------------------------------------------------------------------------------


def added(html):
    """A page with something at its end."""
    return lambda text: text.replace("</article>", f"{html}</article>", 1)


def without(words):
    return lambda text: text.replace(words, "", 1)


def first_figure(change):
    """A page whose first figure is another one; `change` gets what the page stores, and its slider."""

    def apply(text):
        found = re.search(r'(.*?class="plotly-figure.*?<script[^>]*>)(.*?)(</script>.*)', text, re.S)
        start, stored, end = found.groups()
        figure = json.loads(stored)
        change(figure, figure["layout"]["sliders"][0]["steps"], figure["layout"]["updatemenus"][0]["buttons"])
        return start + json.dumps(figure) + end

    return apply


def wrong_step(figure, steps, buttons):
    steps[-1]["args"][0] = steps[0]["args"][0]


def same_pictures(figure, steps, buttons):
    for frame in figure["frames"]:
        frame["data"] = figure["frames"][-1]["data"]


def idle_play(figure, steps, buttons):
    buttons[0]["args"][0] = []


def idle_pause(figure, steps, buttons):
    buttons[1]["method"] = "skip"


def cut_short(text):
    return re.sub(r'(class="plotly-figure.*?<script[^>]*>.{100}).*?(</script>)', r"\1\2", text, count=1, flags=re.S)


PLAIN, STYLE = "book/references.html", "_static/site.css"
FIGURES = f"{CHAPTER}.html"
WIDE_TABLE = '<div class="pst-scrollable-table-container"><table><td><p style="width: 500px">wide</table></div>'
NARROW_TABLE = (
    '<table style="width: 3em; table-layout: fixed"><tr><td><code class="literal">'
    '<span class="pre" style="white-space: normal; overflow-wrap: anywhere">replicate</span></code></td></tr></table>'
)
DAMAGES = {    # the file, what becomes of it, on which screen, a piece of the fault that must be found
    "an error in the console": (PLAIN, added("<script>console.error('lost')</script>"), "wide", "error: lost"),
    "a script that throws": (PLAIN, added("<script>lost()</script>"), "phone", "exception: lost is not defined"),
    "a picture of another host": (PLAIN, added('<img src="http://a.test/" alt="">'), "wide", "outside request: http://a."),
    "a picture that is missing": (PLAIN, added('<img src="lost.png" alt="">'), "phone", "404: "),
    "a figure whose JSON is cut short": (FIGURES, cut_short, "wide", "figure 0 is not drawn"),
    "a step that leads to another frame": (FIGURES, first_figure(wrong_step), "wide", "figure 0, frame "),
    "frames that look the same": (FIGURES, first_figure(same_pictures), "phone", " looks like frame "),
    "a play button that does nothing": (FIGURES, first_figure(idle_play), "wide", "figure 0, frame "),
    "a pause button that does nothing": (FIGURES, first_figure(idle_pause), "phone", "figure 0, frame "),
    "faint words": (PLAIN, added('<p style="color: #999">faint</p>'), "wide", "light, axe: color-contrast"),
    "words faint in the dark": (PLAIN, added('<p style="color: #555">faint</p>'), "wide", "dark, axe: color-contrast"),
    "a field without a name": (PLAIN, added("<input>"), "phone", "dark, axe: label"),
    "a box too wide for a phone": (PLAIN, added('<div style="width: 500px">wide</div>'), "phone", "too wide: "),
    "a table that scrolls": (PLAIN, added(WIDE_TABLE), "phone", "cut off: "),
    "a name torn in a table": (PLAIN, added(NARROW_TABLE), "phone", "torn: "),
    "no ink for the dark theme": (STYLE, without(f"--fig-ink: {TOKENS['ink'].dark};"), "wide", "dark, figure 0: rgb("),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damage_is_noticed(chromium, host, site, damage, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "LONGEST_WAIT", SHORTER_WAIT)
    file, change, screen, fault = DAMAGES[damage]
    settings, theme = SCREENS[screen]
    page = file if file.endswith(".html") else FIGURES
    sound = (site / file).read_text(encoding="utf-8")
    damaged = change(sound)
    assert damaged != sound
    with opened(chromium, f"{host}/{page}", color_scheme=theme, **settings) as view:
        kind = "text/html" if page == file else "text/css"
        view.route(f"**/{file}*", lambda route: route.fulfill(body=damaged, content_type=f"{kind}; charset=utf-8"))
        view.reload()
        said = []
        for sentence in go_through(view, theme, touch=screen == "phone"):
            said.append(sentence)
            if fault in sentence:
                return
    pytest.fail(f"not noticed; what was said: {said}")


# Once -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["dilation", "frog", "receptive field", "backpropagation", "unfold"])
@pytest.mark.parametrize("screen", SCREENS)
def test_search_finds(chromium, host, screen, word):
    with opened(chromium, f"{host}/search.html", **SCREENS[screen][0]) as view:
        view.locator("input[name=q]:visible").first.fill(word)
        view.keyboard.press("Enter")
        results = view.locator("#search-results li a")
        results.first.wait_for()
        view.wait_for_load_state("networkidle")    # each result fetches its page to show a piece of it
        assert "Contents" not in view.locator("#search-results").text_content(), "an excerpt is not from the text"
        results.first.click()
        view.wait_for_url("**/book/*.html*")
        assert word in view.locator("article").text_content().lower()
        assert view.complaints == []


@pytest.mark.parametrize(("asked", "shown"), [("", "book/intro"), (CHAPTER, CHAPTER), ("search", "search")])
def test_the_site_works_from_a_folder_of_a_host(chromium, site, asked, shown):
    address = f"{asked}.html" if asked else ""
    with served(site.parent) as above, opened(chromium, f"{above}/{site.name}/{address}", **WIDE) as view:
        view.wait_for_url(f"{above}/{site.name}/{shown}.html")
        settle(view)
        assert view.complaints == []
        assert view.locator(".plotly-canvas:not([data-drawn])").count() == 0


def test_paper_shows_every_figure(chromium, host, tmp_path):
    """In its first state and in the light theme, whether it has been drawn or not. Chromium prints a PDF here."""
    with opened(chromium, f"{host}/{CHAPTER}.html", color_scheme="dark", **WIDE) as view:
        view.evaluate("""() => addEventListener("beforeprint", () => {
            probe.paper = document.documentElement.dataset.theme;
        })""")
        view.pdf(path=tmp_path / "page.pdf")
        assert view.evaluate("probe.paper") == "light"
        assert view.locator("html").get_attribute("data-theme") == "dark"
        assert view.evaluate("!window.Plotly"), "nothing was drawn for the printer"
        on_paper(view)
        view.emulate_media(media="screen")
        view.evaluate("probe.settle()")
        on_paper(view)
        assert view.complaints == []


def on_paper(view):
    """Posters are shown, in light colours though the page is dark, without controls; what Plotly has drawn is not."""
    view.emulate_media(media="print")
    assert view.locator(".plotly-canvas").count() == view.locator(".poster-panels:visible").count() > 1
    assert view.locator(".main-svg:visible, .poster-buttons:visible, .poster-rail:visible").count() == 0
    ink = view.locator(".poster .ink").first.evaluate("(words) => getComputedStyle(words).fill")
    assert ink == css(TOKENS["ink"].light)
    for figure in figures(view):
        if figure.canvas.locator(".poster-slider").count():
            assert figure.canvas.locator(".poster-slider text").text_content() == figure.ask("caption")


# Pictures of the pages ------------------------------------------------------------------------------------------------


def test_pictures_hold_the_whole_page_however_tall(chromium, tmp_path):
    bands = "".join(f'<div style="height: 100px; background: rgb({band}, 0, 99)"></div>' for band in range(210))
    head = '<!doctype html><meta name="viewport" content="width=device-width">'
    stuck = '<p style="position: sticky; top: 0; height: 100px; margin: 0; background: lime">follows</p>'
    (tmp_path / "tall.html").write_text(f'{head}<body style="margin: 0">{stuck}{bands}')
    with served(tmp_path) as above, opened(chromium, f"{above}/tall.html", **PHONE) as view:
        images = screenshots.pieces(view)
    assert [image.size for image in images] == [(390, 2000)] * 10 + [(390, 1100)]
    colours = [image.getpixel((200, top + 50)) for image in images for top in range(0, image.height, 100)]
    assert colours == [(0, 255, 0), *((band, 0, 99) for band in range(210))]


@pytest.mark.usefixtures("chromium")
def test_the_sheet_shows_every_picture(tmp_path, capsys):
    screenshots.main(["intro", "--folder", str(tmp_path)])
    names = [path.name for path in tmp_path.iterdir() if path.suffix == ".png"]
    assert capsys.readouterr().out.startswith(f"{len(names)} pictures")
    sheet = BeautifulSoup((tmp_path / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert sorted(picture["src"] for picture in sheet.select("figure img")) == sorted(names)
    columns = sheet.find_all("figure")
    assert len(columns) == 4
    for column, (width, theme) in zip(columns, itertools.product((1280, 390), ("light", "dark")), strict=True):
        shown = column.find_all("img")
        images = [Image.open(tmp_path / picture["src"]) for picture in shown]
        wanted = [f"intro-{width}-{theme}-{number}.png" for number in range(1, len(shown) + 1)]
        assert [picture["src"] for picture in shown] == wanted
        assert [image.size for image in images] == [(int(one["width"]), int(one["height"])) for one in shown]
        height = sum(image.height for image in images)
        assert column.figcaption.get_text() == f"{width} px, {theme}, {height:,} px tall"
        assert {image.width for image in images} == {width}
        assert (images[0].convert("L").resize((1, 1)).getpixel((0, 0)) < 128) == (theme == "dark")


@pytest.mark.parametrize("folded", [False, True])
def test_pictures_show_what_is_folded_away(chromium, host, folded, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(screenshots, "pieces", lambda view: seen.append(view.locator("details[open]").count()) or [])
    monkeypatch.setattr(screenshots, "SCREENS", (WIDE,))
    monkeypatch.setattr(screenshots, "browser", lambda: contextlib.nullcontext(chromium))
    screenshots.shoot(host, CHAPTER, tmp_path, folded)
    assert len(seen) == 2 and (min(seen) == 0) == folded


def test_nothing_is_cut_off_a_formula_in_a_line(chromium, host):
    with opened(chromium, f"{host}/book/14-gradients-whole-layer.html", **WIDE) as view:
        clipped = "[...document.querySelectorAll('span.math, span.math *')].map((e) => getComputedStyle(e).overflow)"
        assert set(view.evaluate(clipped)) == {"visible"}


def test_a_pixel_of_a_picture_tells_its_value_in_every_frame(chromium, host):
    """Nothing is drawn where small pictures are hovered: whether such points are found is Plotly's word alone."""
    with opened(chromium, f"{host}/book/ahead.html", **WIDE) as view:
        settle(view)
        figure = next(one for one in figures(view) if "filters make of it" in one.canvas.get_attribute("aria-label"))
        figure.press("End")
        assert not figure.arrives(figure.last)
        figure.canvas.scroll_into_view_if_needed()
        box = figure.canvas.bounding_box()
        view.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.52 * box["height"], steps=3)
        told = figure.canvas.locator(".hovertext").first.text_content()
    assert re.fullmatch(r"filter \d, row \d, column \d: −?\d.*", told)
