"""Posters in a real browser: they stand where Plotly draws, serve until the reader stirs, and lose no tap."""

from pathlib import Path

import pytest
from browsing import PHONE, WIDE, opened, settle
from project import pages

from scratchconv.plotting.palette import TILE_INK, TOKENS, rgb

COMPARE = Path(__file__).with_name("posters.js").read_text(encoding="utf-8")
WIDTHS = (688, 790, 358)    # px: columns a page may have, the last on a phone
NEAR = 1.5    # px
PLOTLY = "**/plotly.min.js"
MOVING = "book/13-gradients-one-channel"    # three figures with a slider
WITH_PICTURE = "book/intro"
HOLD = "() => new Promise((done) => setTimeout(done, 400))"


def posters(view):
    return view.locator(".plotly-canvas")


def stir(view):
    """A sign of life, and what comes of it."""
    settle(view)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.removeprefix("book/"))
def test_a_poster_stands_where_plotly_draws(chromium, host, site, page):
    """Every word, path, mark, picture and control, in the order of painting, in its colour, at three widths."""
    if "plotly-canvas" not in (site / f"{page}.html").read_text(encoding="utf-8"):
        pytest.skip("no figure")
    faults = []
    with opened(chromium, f"{host}/{page}.html", **WIDE) as view:
        view.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true })")
        stir(view)
        view.evaluate(COMPARE)
        view.evaluate("posters.uncover()")
        for width in WIDTHS:
            view.evaluate("(width) => posters.resize(width)", width)
            view.wait_for_function("posters.fits()")
            for place in range(posters(view).count()):
                result = view.evaluate("([place, px]) => posters.compare(place, px)", [place, NEAR])
                assert result["width"] == width
                faults += [f"figure {place}, {width} px wide: {fault}" for fault in result["faults"]]
        faults += view.complaints
    assert not faults, "\n".join(["", *faults])


def test_plotly_waits_for_a_sign_of_life(chromium, host):
    with opened(chromium, f"{host}/{WITH_PICTURE}.html", **WIDE) as view:
        asked = []
        view.on("request", lambda request: asked.append(request.url))
        view.wait_for_load_state("networkidle")
        view.evaluate(HOLD)
        assert not [url for url in asked if "plotly" in url]
        assert view.evaluate("!window.Plotly && !document.querySelector('.main-svg')")
        assert view.locator(".poster-panels").first.is_visible()
        with view.expect_response(PLOTLY):
            view.mouse.move(300, 300)
        view.locator(".plotly-canvas[data-drawn] .main-svg").first.wait_for()
        assert view.locator(".plotly-canvas[data-drawn] .poster:visible").count() == 0
        assert sum(value for value, _ in view.evaluate("probe.shifts()")) < 0.01
        assert view.complaints == []


@pytest.mark.parametrize("settings", [WIDE, PHONE], ids=["wide", "phone"])
def test_what_is_asked_of_a_poster_is_done_when_plotly_has_come(chromium, host, settings):
    """▶, a place on the rail and an arrow key, all before there is a figure."""
    with opened(chromium, f"{host}/{MOVING}.html", **settings) as view:
        held = []
        view.route(PLOTLY, lambda route: held.append(route))
        play, rail, keys = (posters(view).nth(place) for place in range(3))
        hit = "tap" if "has_touch" in settings else "click"
        keys.focus()
        for _ in range(2):
            view.keyboard.press("ArrowLeft")
        view.keyboard.press("ArrowRight")
        box = rail.locator(".poster-rail").bounding_box()
        getattr(rail.locator(".poster-rail"), hit)(position={"x": box["width"] - 5, "y": 10})
        getattr(play.locator(".poster-buttons b").first, hit)()
        starts = [view.evaluate("(place) => probe.start(place)", place) for place in range(3)]
        assert view.locator(".plotly-canvas[data-waiting]").count() == 3
        held[0].continue_()
        view.wait_for_function("document.querySelectorAll('.plotly-canvas[data-drawn]').length === 3")
        comes_to(view, 1, view.evaluate("probe.last(1)"))
        comes_to(view, 2, starts[2] - 1)
        view.wait_for_function("(start) => probe.active(0) !== start", arg=starts[0])
        assert view.locator(".plotly-canvas[data-waiting]").count() == 0
        assert view.complaints == []


def comes_to(view, place, index):
    """The figure shows this frame, and says so."""
    at_frame = """([place, index]) => {
        const { steps, caption, said } = probe.state(place);
        return probe.active(place) === index && caption === steps[index] && said === steps[index];
    }"""
    view.wait_for_function(at_frame, arg=[place, index])


def test_a_poster_stays_if_plotly_cannot_be_had(chromium, host):
    with opened(chromium, f"{host}/{WITH_PICTURE}.html", **WIDE) as view:
        view.route(PLOTLY, lambda route: route.abort())
        view.mouse.move(300, 300)
        view.get_by_text("This figure does not move: its script did not load.").wait_for()
        assert view.locator(".poster-panels").first.is_visible()
        assert not [complaint for complaint in view.complaints if "exception" in complaint]


def test_a_poster_needs_no_script(chromium, host):
    with opened(chromium, f"{host}/{WITH_PICTURE}.html", java_script_enabled=False, **WIDE) as view:
        assert view.locator(".poster-panels text").first.is_visible()
        assert view.locator(".plotly-figure noscript p").first.is_visible()
        assert view.locator(".poster-buttons:visible, .poster-rail:visible").count() == 0


def colours(view):
    """{class: the colours in which it is shown} of all posters."""
    return view.evaluate("""() => {
        const found = {};
        for (const part of document.querySelectorAll(".poster-panels :is([class], [fill])")) {
            const { fill, stroke } = getComputedStyle(part);
            for (const name of part.classList) (found[name] ??= new Set()).add(name.endsWith("-line") ? stroke : fill);
            if (part.matches("g[fill]")) (found[part.getAttribute("fill")] ??= new Set()).add(fill);
        }
        return Object.fromEntries(Object.entries(found).map(([name, colours]) => [name, [...colours]]));
    }""")


def css(colour):
    return "rgb({}, {}, {})".format(*rgb(colour))


def test_a_poster_follows_the_theme(chromium, host):
    """Loaded dark, then light; tiles keep their ink."""
    with opened(chromium, f"{host}/book/03-index-windows.html", color_scheme="dark", **WIDE) as view:
        for theme in ("dark", "light"):
            view.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
            shown = colours(view)
            for name, token in TOKENS.items():
                for kind in {name, f"{name}-line"} & set(shown):
                    assert shown[kind] == [css(getattr(token, theme))], (theme, kind)
            assert {"ink", "muted", "muted-line", "empty"} <= set(shown)
            assert shown[TILE_INK] == [css(TILE_INK)]
        assert view.evaluate("!window.Plotly")


def test_without_motion_a_poster_has_no_buttons(chromium, host):
    with opened(chromium, f"{host}/{MOVING}.html", reduced_motion="reduce", **WIDE) as view:
        assert view.locator(".poster-buttons:visible").count() == 0
        assert view.locator(".poster-rail").first.is_visible()
