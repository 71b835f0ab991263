"""Figures taller than a phone's screen: the slider stays on the screen with whatever part is watched."""

import pytest
from browsing import PHONE, WIDE, opened, settle

PAGE = "book/seven-faces"
SMALL = {**PHONE, "viewport": {"width": 390, "height": 664}}    # what a browser's own bars leave of a phone's screen
FACES = [f"{n} · " for n in range(1, 8)]
RAIL, CAPTION = ".poster-rail", ".poster-slider text"
HEADER = 64    # px at the upper edge of the screen that the page's own bar covers


@pytest.fixture
def phone(chromium, host):
    with opened(chromium, f"{host}/{PAGE}.html", **SMALL) as view:
        settle(view)
        yield view
        assert view.complaints == []


def show(view, words):
    """Scroll until these words of the figure stand just below the page's own bar."""
    view.evaluate("""([words, below]) => {
        const text = [...document.querySelectorAll(".main-svg text")].find((one) => one.textContent.startsWith(words));
        scrollBy({ top: text.getBoundingClientRect().top - below, behavior: "instant" });
    }""", [words, HEADER])


def on_screen(view, selector):
    box = view.locator(selector).bounding_box()
    return box["y"] >= 0 and box["y"] + box["height"] <= SMALL["viewport"]["height"]


@pytest.mark.parametrize("face", FACES)
def test_the_slider_is_on_the_screen_with_every_face(phone, face):
    show(phone, face)
    assert on_screen(phone, RAIL) and on_screen(phone, CAPTION)
    top = phone.locator(".poster-controls").bounding_box()["y"]
    tiles = phone.evaluate("""() => [...document.querySelectorAll(".main-svg .point, .main-svg .textpoint text")]
        .map((one) => one.getBoundingClientRect()).map(({ top, bottom }) => [top, bottom])""")
    assert sum(HEADER < low and high < top for low, high in tiles) > 30    # of the face that is watched


def drag(view, places):
    """A finger on the rail: comes down at the first place, goes along the others, and up."""
    box = view.locator(RAIL).bounding_box()
    session = view.context.new_cdp_session(view)
    for n, place in enumerate(places):
        at = {"x": box["x"] + box["width"] * place, "y": box["y"] + 10}
        session.send("Input.dispatchTouchEvent", {"type": "touchMove" if n else "touchStart", "touchPoints": [at]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_finger_drags_the_handle_and_not_the_page(phone):
    show(phone, FACES[3])
    before = phone.evaluate("scrollY")
    drag(phone, [0.6, 0.5, 0.3, 0.1, 0.02])
    assert phone.evaluate("probe.arrives(0, 0, 10000)") == ""    # handle, caption and picture
    drag(phone, [0.02, 0.4, 0.8, 0.99])
    assert phone.evaluate("probe.arrives(0, probe.last(0), 10000)") == ""
    assert phone.evaluate("scrollY") == before


def test_the_bar_is_opaque_and_ends_with_the_figure(phone):
    """Nothing shines through, in both themes; below the figure it is gone."""
    for theme in ("light", "dark"):
        phone.emulate_media(color_scheme=theme)
        phone.wait_for_function("(theme) => document.documentElement.dataset.theme === theme", arg=theme)
        plate = phone.evaluate("""() => [document.body, document.querySelector(".poster-controls")].map((one, n) =>
            getComputedStyle(one, n ? "::before" : null).backgroundColor)""")
        assert plate[0] == plate[1] and plate[0].startswith("rgb(")
    phone.locator("#when-it-breaks").evaluate("(one) => one.scrollIntoView({ block: 'start', behavior: 'instant' })")
    assert not on_screen(phone, RAIL)


def test_a_wide_page_and_a_low_figure_have_no_bar(chromium, host):
    for page, settings in ((PAGE, WIDE), ("book/01-slide-a-window", SMALL)):
        with opened(chromium, f"{host}/{page}.html", **settings) as view:
            settle(view)
            assert view.locator(".plotly-canvas[data-drawn]").count()
            assert view.locator(".poster-controls:visible").count() == 0
