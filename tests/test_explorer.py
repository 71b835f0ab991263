"""The explorer in a real browser: its numbers are the package's, and a reader can reach everything.

Numbers are read from the tables that a reader sees, not from the program behind them. The tests need the built site
and a browser; see `browsing`.
"""

import re
from contextlib import contextmanager

import browsing
import numpy as np
import pytest
from browsing import PHONE, WIDE
from bs4 import BeautifulSoup
from project import BOOK, pages

import scratchconv as sc
from scratchconv import data
from scratchconv.plotting import palette
from scratchconv.shapes import image_padding

pytest.importorskip(
    "playwright.sync_api",
    reason="the explorer is not tried in a browser: `.venv/bin/python -m pip install playwright`, and Chromium",
)

STATIC = BOOK / "_ext" / "scratchbook" / "static"
SETTINGS = 300

# Shows each address and returns the numbers of the tables, the words and the error that are then on the page.
READ = """(addresses) => addresses.map((address) => {
  explorer.load(address);
  const table = (name) => [...document.querySelectorAll(`[data-grid="${name}"] tr`)].map((row) =>
    [...row.children].map((cell) =>
      cell.querySelector("input")?.value ?? (cell.querySelector("span") ?? cell).textContent));
  const words = (name) => document.querySelector(`[data-part="${name}"]`).textContent;
  const names = ["x", "w", "y", "dy", "dx", "dw", "coverage", "first", "window", "offsets", "views"];
  const parts = ["sum", "size", "cost", "code", "caption", "error", "note"];
  return {
    ...Object.fromEntries(names.map((name) => [name, table(name)])),
    words: Object.fromEntries(parts.map((name) => [name, words(name)])),
  };
})"""


@pytest.fixture(scope="module")
def chromium(site):
    with browsing.browser() as started:
        yield started


@pytest.fixture(scope="module")
def address(site):
    with browsing.served(site) as host:
        yield f"{host}/book/explorer.html"


@contextmanager
def opened(chromium, address, setting="", **context):
    """The explorer with a setting, which must neither complain nor ask another host for anything."""
    with browsing.opened(chromium, address + setting, **{**WIDE, **context}) as page:
        yield page
        assert page.complaints == []


@pytest.fixture
def page(chromium, address):
    with opened(chromium, address) as fresh:
        yield fresh


def numbers(table):
    """A table as it is read, as integers."""
    return np.array([[int(text.replace("−", "-")) for text in row] for row in table])


def shown(page, name):
    return numbers(page.evaluate(READ.replace("explorer.load(address);", ""), [""])[0][name])


def words(page, part):
    return page.locator(f'[data-part="{part}"]').text_content()


# Arithmetic ---------------------------------------------------------------------------------------------------------


class Setting:
    """A random setting: what the package is given, and the address that says the same."""

    def __init__(self, rng, large):
        def two(low, high):
            return tuple(int(n) for n in rng.integers(low, high, 2, endpoint=True))

        small = not large
        size = two(1, 7) if small else (int(rng.integers(1, 13)), int(rng.integers(1, 17)))
        self.x = rng.integers(-99, 1000, size)
        self.w = rng.integers(-99, 100, two(1, 4) if small else two(1, 5))
        self.stride, self.dilation = two(1, 4), two(1, 3)
        self.flip = bool(rng.random() < 0.5)
        one, pair, four = two(0, 3)[0], two(0, 3), (two(0, 3), two(0, 3))
        self.padding, written = [
            ("valid", "valid"),
            ("same", "same"),
            ("full", "full"),
            (one, str(one)),
            (pair, "{},{}".format(*pair)),
            (four, ",".join(map(str, np.ravel(four)))),
        ][rng.integers(6)]
        self.kernel = sc.flip_kernels(self.w) if self.flip else self.w
        self.options = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}
        self.parts = {
            "x": write(self.x), "w": write(self.w), "s": "{},{}".format(*self.stride), "p": written,
            "d": "{},{}".format(*self.dilation), "flip": str(int(self.flip)),
        }
        self.result(rng)

    def result(self, rng):
        """The output, or the package's error; then a gradient and a selected output."""
        try:
            self.y = sc.conv2d(self.x[None, None], self.kernel[None, None], **self.options)[0, 0]
            self.error = ""
        except ValueError as error:
            self.y, self.error = None, str(error)
            return
        self.dy = rng.integers(-9, 10, self.y.shape)
        self.at = tuple(int(rng.integers(n)) for n in self.y.shape)
        self.parts.update(dy=write(self.dy), at="{},{}".format(*self.at))

    def address(self, mode):
        return "#" + "&".join(f"{name}={value}" for name, value in {**self.parts, "mode": mode}.items())

    @property
    def pads(self):
        return image_padding(self.padding, self.x.shape, self.w.shape, self.stride, self.dilation)


def write(array):
    return "{}x{}:".format(*array.shape) + ",".join(map(str, array.ravel().tolist()))


def settings(count, seed, *, large=()):
    """Random settings; those whose number is in `large` may be as large as the page allows."""
    rng = np.random.default_rng(seed)
    return [Setting(rng, i in large) for i in range(count)]


def differences(setting, forward, backward):
    """Names of everything the page shows otherwise than the package."""
    error = forward["words"]["error"]
    if setting.error or error:
        return [] if error == f"✗ {setting.error}" else ["error"]
    try:
        wanted, seen = expected(setting), observed(setting, forward, backward)
    except (ValueError, TypeError, IndexError):
        return ["a table of another shape"]
    return [name for name in wanted if not np.array_equal(wanted[name], seen[name])]


def expected(setting):
    x, w, kernel, options = setting.x, setting.w, setting.kernel, setting.options
    padded = np.pad(x, setting.pads)
    steps = {"stride": setting.stride, "dilation": setting.dilation}
    grads = sc.conv2d_grad(setting.dy[None, None], x[None, None], kernel[None, None], **options)
    dw = grads.dw[0, 0]
    ones = np.ones((1, 1, *setting.y.shape), int), padded[None, None], np.ones((1, 1, *w.shape), int)
    view_index = sc.view_index(padded.shape, w.shape, **steps)
    offsets = sc.window_offsets(padded.shape, w.shape, **steps)
    coverage = sc.conv2d_grad(*ones, **steps).dx[0, 0]
    k = np.ravel_multi_index(setting.at, setting.y.shape)
    inside = inner(coverage, setting)
    return {
        "error": "", "x": padded, "w": w, "y": setting.y, "dy": setting.dy,
        "dx": grads.dx[0, 0], "dw": sc.flip_kernels(dw) if setting.flip else dw, "db": grads.db[0],
        "coverage": inside, "first": sc.window_index(w.shape, padded.shape, dilation=setting.dilation),
        "window": view_index[k], "offsets": offsets.reshape(setting.y.shape),
        "views": padded.ravel()[view_index], "weights": kernel.ravel(), "indices": view_index,
        "sum": setting.y[setting.at], "size": setting.y.shape, "cost": setting.y.size * w.size,
        "unused": np.sum(inside == 0), "zeros": setting.y.size * w.size - inside.sum(),
    }


def inner(padded, setting):
    """What a padded array holds where the image is."""
    (top, _), (left, _) = setting.pads
    return padded[top:, left:][: setting.x.shape[0], : setting.x.shape[1]]


def observed(setting, forward, backward):
    views = numbers([row[1:] for row in forward["views"][1:]])
    said = forward["words"]
    unused = re.search(r"(\d+) of \d+ pixels lie in no window", said["size"])
    zeros = re.search(r"(\d+) of them with a zero", said["cost"])

    def ring(table):
        """The image's part of a table, whose border may be blank or crossed out."""
        return numbers(inner(np.array(table, dtype=object), setting))

    return {
        "error": said["note"],
        **{name: numbers(forward[name]) for name in ("x", "w", "y", "window", "offsets")},
        "first": numbers(forward["first"]).ravel(), "window": numbers(forward["window"]).ravel(),
        **{name: numbers(backward[name]) for name in ("dy", "dw")},
        **{name: ring(backward[name]) for name in ("dx", "coverage")},
        "db": int(re.search(r"db = (−?\d+)", backward["words"]["sum"])[1].replace("−", "-")),
        "views": views[:, :-1] if np.array_equal(views[:, -1], setting.y.ravel()) else None,
        "weights": numbers([forward["views"][0][1:-1]])[0],
        "indices": numbers([row[1:-1] for row in backward["views"][1:]]),
        "sum": spelt_out(said["sum"], setting),
        "size": tuple(int(n) for n in re.findall(r"\+ 1 = (\d+)", said["size"])),
        "cost": int(re.search(r"= (\d+) multiplications", said["cost"])[1]),
        "unused": int(unused[1]) if unused else 0, "zeros": int(zeros[1]) if zeros else 0,
    }


def spelt_out(text, setting):
    """The value of a sum written as `y[1, 2] = 4·1 + 6·0 = 4`, if its parts agree."""
    name, products, total = text.replace("−", "-").split(" = ")
    assert name == f"y[{setting.at[0]}, {setting.at[1]}]"
    terms = [[int(n) for n in term.split("·")] for term in products.split(" + ")]
    return int(total) if len(terms) == setting.w.size and sum(a * b for a, b in terms) == int(total) else None


def compared(page, chosen):
    """{name of what differs: addresses} over settings."""
    forward = page.evaluate(READ, [setting.address("forward") for setting in chosen])
    backward = page.evaluate(READ, [setting.address("backward&views=indices") for setting in chosen])
    found = {}
    for setting, *read in zip(chosen, forward, backward, strict=True):
        for name in differences(setting, *read):
            found.setdefault(name, []).append(setting.address("backward"))
    return found


def test_the_numbers_are_the_packages(page):
    chosen = settings(SETTINGS, seed=1, large=range(0, SETTINGS, 20))
    fits = [setting for setting in chosen if not setting.error]
    assert len(fits) > SETTINGS * 0.6 and len(fits) < SETTINGS * 0.95, "too few settings of one kind"
    assert compared(page, chosen) == {}


DAMAGES = {
    "padding is one less": ("Math.ceil(total / 2)]", "Math.floor(total / 2)]"),
    "the odd pixel goes before": ("Math.floor(total / 2), Math.ceil", "Math.ceil(total / 2), Math.floor"),
    "full is one too much": ("[span(k, dilation) - 1, ", "[span(k, dilation), "),
    "one axis is flipped": ("w.map((row) => [...row].reverse()).reverse()", "w.map((row) => [...row].reverse())"),
    "height for width": ("([KH, KW], [, W], [dh, dw]", "([KH, KW], [W], [dh, dw]"),
    "stride forgotten": ("i * sh * W + j * sw", "i * W + j * sw"),
    "dilation forgotten": ("u * dh * W + v * dw", "u * dh * W + v"),
    "ceiling for floor": ("Math.floor(room / stride)", "Math.ceil(room / stride)"),
    "dx without adding up": ("dpixels[index] +=", "dpixels[index] ="),
    "dw not turned back": ("options.flip ? flip(dw) : dw", "dw"),
    "dx cut one row off": ("m[i + top][j + left]", "m[i + Math.max(top - 1, 0)][j + left]"),
    "coverage counts once": ("counts[index] += 1", "counts[index] = 1"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_comparison_notices(chromium, address, damage):
    old, new = DAMAGES[damage]
    source = (STATIC / "explorer-math.js").read_text(encoding="utf-8")
    assert source.count(old) == 1

    broken = {"body": source.replace(old, new), "content_type": "text/javascript"}
    with browsing.opened(chromium, address) as page:
        page.route("**/explorer-math.js*", lambda route: route.fulfill(**broken))
        page.reload()
        assert compared(page, settings(20, seed=2))


def test_the_python_shown_gives_what_is_shown(page):
    for setting in settings(25, seed=3):
        if setting.error:
            continue
        read = page.evaluate(READ, [setting.address("backward")])[0]
        namespace = {"np": np, "sc": sc}
        exec(read["words"]["code"], namespace)
        wanted = expected(setting)
        for name in ("y", "dx", "dw", "db"):
            assert np.array_equal(np.squeeze(namespace[name]), np.squeeze(wanted[name])), (name, setting.address(""))


def test_decimals_are_computed_too(page):
    page.evaluate("explorer.load('#x=1x3:0.5,-1.25,2&w=1x2:.1,3')")
    assert page.evaluate("explorer.result.y") == [[pytest.approx(-3.7), pytest.approx(5.875)]]
    assert page.locator('[data-grid="y"] td span').all_text_contents() == ["−3.7", "5.875"]


def test_presets_are_the_books(page):
    presets = page.evaluate("Object.keys(setting.IMAGES).map((name) => [name, setting.image(name)])")
    presets = {name: np.array(image) for name, image in presets}
    frog = data.frog()[4:11, 18:27] @ [0.299, 0.587, 0.114]
    assert np.array_equal(presets["eye"], np.rint(frog).astype(int))
    digits = pytest.importorskip("sklearn.datasets").load_digits()
    assert digits.target[7] == 7 and np.array_equal(presets["digit"], digits.images[7].astype(int))


# The address --------------------------------------------------------------------------------------------------------


def test_an_address_comes_back_as_it_was(page):
    for setting in settings(40, seed=4):
        page.evaluate("(address) => explorer.load(address)", setting.address("backward"))
        before = page.evaluate("explorer.state")
        written = page.evaluate("explorer.address()")
        page.evaluate("(address) => explorer.load(address)", written)
        assert page.evaluate("explorer.state") == before, written
        assert page.evaluate("explorer.address()") == written


def test_short_addresses_are_understood(page):
    page.evaluate("explorer.load('#x=4x6&w=3x2&s=1,2&p=same')")
    x, w = np.arange(24).reshape(1, 1, 4, 6), np.arange(1, 7).reshape(1, 1, 3, 2)
    assert np.array_equal(shown(page, "y"), sc.conv2d(x, w, stride=(1, 2), padding="same")[0, 0])
    assert page.evaluate("explorer.address()") == "#x=4x6&w=3x2&s=1,2&p=same"


@pytest.mark.parametrize("broken", [
    "#x=banana", "#x=0x4", "#x=13x4", "#x=4x17", "#x=2x2:1,2,3", "#x=2x2:1,2,3,four", "#x=2x2:1,2,3,1e9", "#w=6x1",
    "#s=0", "#s=1,2,3", "#s=-1", "#s=1.5", "#s=7", "#d=0", "#d=4", "#p=1,2,3", "#p=9", "#p=some", "#flip=yes", "#at=1",
    "#at=a,b", "#mode=up", "#show=x", "#views=rows", "#dy=twos", "#x=4x6&w=3x2&dy=2x2:1,2,3,4", "#colour=red",
    "#x=%E0%A4%A", "#__proto__=1", "#x=constructor", "#x=",
])
def test_a_broken_address_is_explained(page, broken):
    page.evaluate("(address) => explorer.load(address)", broken)
    note = page.locator('[data-part="note"]')
    assert note.is_visible() and "cannot be read" in note.text_content() and "got “" in note.text_content()
    assert page.evaluate("explorer.address()") == "#x=book&w=book&at=1,2"
    page.locator('[data-grid="w"] input').first.fill("5")
    assert not note.is_visible()


def test_an_ordinary_anchor_is_left_alone(chromium, address):
    with opened(chromium, address, "#try-this") as page:
        assert page.evaluate("location.hash") == "#try-this"
        assert not page.locator('[data-part="note"]').is_visible()


def test_back_and_forward(page):
    page.get_by_label("stride, rows", exact=True).fill("2")
    page.locator('[name="flip"]').check()
    assert page.evaluate("location.hash") == "#x=book&w=book&s=2,1&flip=1&at=0,2"
    page.go_back()
    page.wait_for_function("!explorer.state.flip")
    assert page.evaluate("explorer.state.stride") == [2, 1]
    page.go_back()
    page.wait_for_function("explorer.state.stride[0] === 1")
    page.go_forward()
    page.wait_for_function("explorer.state.stride[0] === 2")


def test_every_link_to_a_setting_is_understood(site, page):
    links = []
    for name in pages():
        soup = BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
        hrefs = [link["href"] for link in soup.find_all("a", href=True)]
        links += [href for href in hrefs if "explorer.html#" in href and "=" in href]
        links += [href for href in hrefs if href.startswith("#") and "=" in href and name == "book/explorer"]
    assert len(links) >= 8
    for link in links:
        page.evaluate("(address) => explorer.load(address)", "#" + link.partition("#")[2])
        assert not page.locator('[data-part="note"]').is_visible(), link


def test_a_link_on_the_page_loads_its_setting(page):
    page.get_by_role("link", name="image of 2 × 3").click()
    assert "the kernel must fit" in words(page, "error")
    assert page.evaluate("document.querySelector('.xp').getBoundingClientRect().top") < 200
    page.go_back()
    page.wait_for_function("explorer.state.x.length === 4")


# What the page promises below the explorer ---------------------------------------------------------------------------


@pytest.fixture
def try_this(page):
    """Follows one of the page's links by its words."""
    def follow(link):
        page.get_by_role("link", name=link, exact=True).click()
        return page

    return follow


def test_turn_it(try_this):
    page = try_this("Slide it")
    around = shown(page, "y")[2:4, 3:6]
    assert np.array_equal(around, np.arange(6, 0, -1).reshape(2, 3))
    page.locator('[name="flip"]').check()
    assert np.array_equal(shown(page, "y")[2:4, 3:6], np.arange(1, 7).reshape(2, 3))


def test_an_edge_that_nobody_drew(try_this):
    page = try_this("output")
    assert {tuple(row) for row in shown(page, "y")} == {(1, 0, -1, 0)}
    page.get_by_label("padding", exact=True).select_option("same")
    assert {tuple(row) for row in shown(page, "y")} == {(1, 0, -1, 0, 1)}


def test_left_over(try_this):
    page = try_this("Which pixels does no window see?")
    unused = page.locator('[data-grid="x"] .unused input')
    assert [cell.get_attribute("aria-label") for cell in unused.all()] == ["x, row 0, column 6", "x, row 0, column 7"]
    assert "leaves over 2 columns on the right" in words(page, "size")
    page.get_by_label("padding after, columns: more").click()
    assert unused.count() == 0 and shown(page, "y").shape == (1, 3)


def test_too_large(try_this):
    page = try_this("image of 2 × 3")
    assert page.locator('[data-part="error"]').is_visible()
    page.get_by_label("padding", exact=True).select_option("same")
    assert not page.locator('[data-part="error"]').is_visible()
    assert shown(page, "y").shape == (2, 3)
    cost, zeros = (int(n) for n in re.search(r"= (\d+) multiplications, (\d+) of them", words(page, "cost")).groups())
    assert zeros > cost / 2


def test_holes(try_this):
    page = try_this("How many rows of output")
    assert shown(page, "y").shape == (1, 3)
    labels = [cell.get_attribute("aria-label") for cell in page.locator('[data-grid="x"] .unused input').all()]
    assert {re.search(r"row (\d)", label)[1] for label in labels} == {"1", "3"} and len(labels) == 14
    page.get_by_label("stride, columns: more").click()
    assert page.locator('[data-grid="x"] .unused').count() > 14


def test_the_checkerboard(try_this):
    page = try_this("Which counts appear in the coverage?")
    assert set(shown(page, "coverage").ravel()) == {1, 2, 4}
    assert np.array_equal(shown(page, "coverage"), shown(page, "dx"))


def test_a_single_gradient(try_this):
    page = try_this("What do dx and dw show?")
    dx, x, w = (shown(page, name) for name in ("dx", "x", "w"))
    assert np.array_equal(dx[1:4, 2:4], w) and np.count_nonzero(dx) == w.size
    assert np.array_equal(shown(page, "dw"), x[1:4, 2:4])


def test_draw_a_box(try_this):
    page = try_this("An empty sheet")
    corners = [(2, 3), (2, 9), (7, 9), (7, 3), (2, 3)]
    centres = [centre(page, *corner) for corner in corners]
    page.mouse.move(*centres[0])
    page.mouse.down()
    for place in centres[1:]:
        page.mouse.move(*place)    # one event a side: the cells between are filled in
    page.mouse.up()
    box = np.zeros((10, 13), int)
    box[2:8, [3, 9]] = box[[2, 7], 3:10] = 9
    assert np.array_equal(shown(page, "x"), box)
    y = shown(page, "y")
    assert (y[3:5, 1] < 0).all() and (y[3:5, 9] > 0).all() and (y[:, 5] == 0).all()
    colours = [page.locator('[data-grid="y"] td').nth(3 * 11 + j).evaluate(
        "(cell) => getComputedStyle(cell).backgroundColor.match(/\\d+/g).map(Number)") for j in (1, 9)]
    (red, _, blue), (red2, _, blue2) = colours
    assert blue > red and red2 > blue2


def centre(page, row, column):
    cell = page.locator('[data-grid="x"] tr').nth(row).locator("td").nth(column)
    box = cell.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


# Hands --------------------------------------------------------------------------------------------------------------


def test_typing_changes_everything(page):
    page.locator('[data-grid="x"] input').nth(8).fill("-14")
    assert shown(page, "y")[1, 2] == 40 - 4 - 14
    assert "−14·1" in words(page, "sum") and "= 22" in words(page, "sum")
    page.locator('[data-grid="w"] input').first.fill("−2")    # a true minus sign too
    assert shown(page, "y")[1, 2] == 22 + 3 * 14
    page.locator('[data-grid="w"] input').first.fill("2x")
    assert page.locator('[data-grid="w"] .xp-wrong').count() == 1 and shown(page, "y")[1, 2] == 64
    page.keyboard.press("Tab")
    assert page.locator('[data-grid="w"] input').first.input_value() == "−2"


def test_the_keyboard_reaches_and_moves(page):
    page.locator('[data-grid="y"] [tabindex="0"]').focus()
    journey = {"ArrowRight": [1, 3], "ArrowUp": [0, 3], "Home": [0, 0], "ArrowLeft": [0, 0], "End": [0, 4],
               "ArrowDown": [1, 4]}
    for key, at in journey.items():
        page.keyboard.press(key)
        assert page.evaluate("explorer.state.at") == at, key
    assert words(page, "live") == words(page, "caption") == "window 9: y[1, 4] = 18"
    assert page.locator('[data-grid="views"] .side.lit').text_content() == "9"
    assert page.locator('[data-grid="y"] [aria-selected="true"]').text_content() == "18"


def test_one_tab_stop_for_a_table_and_every_control_in_turn(page):
    page.locator('[name="mode"]').first.focus()
    seen = []
    for _ in range(40):
        seen.append(page.evaluate("""(({ dataset, name, textContent }, grid) => dataset.field || name || dataset.part ||
            dataset.step || (dataset.preset && `list ${dataset.preset}`) || (grid && `table ${grid.dataset.grid}`) ||
            textContent)(document.activeElement, document.activeElement.closest("[data-grid]"))"""))
        page.keyboard.press("Tab")
        if not page.evaluate("document.activeElement.closest('.xp') !== null"):
            break
    assert len(set(seen)) == len(seen), "something is reached twice"
    steppers = {f"{name}{axis}" for name in ("x", "w", "stride", "dilation", "before", "after") for axis in (0, 1)}
    tables = {"table x", "table w", "table y", "list x", "list w"}
    others = {"mode", "show", "tool", "flip", "padding", "views", "window", "play", "link", "reset"}
    assert steppers | tables | others <= set(seen)


def test_arrows_stay_inside_the_image_under_padding(page):
    page.evaluate("explorer.load('#x=4x6&w=3x2&p=2')")
    first = page.locator('[data-grid="x"] input').first
    first.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert first.evaluate("(cell) => cell === document.activeElement")
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "x, row 0, column 5"


def test_buttons_and_numbers_change_the_setting(page):
    page.get_by_label("stride, columns: more").click()
    assert shown(page, "y").shape == (2, 3)
    number = page.get_by_label("kernel, rows", exact=True)
    number.focus()
    page.keyboard.press("ArrowDown")
    assert shown(page, "w").shape == (2, 2) and shown(page, "y").shape == (3, 3)
    number.fill("99")
    page.keyboard.press("Tab")
    assert number.input_value() == "2"
    page.get_by_label("padding before, rows: more").click()
    assert page.evaluate("explorer.state.padding") == [[1, 0], [0, 0]]
    assert page.get_by_label("padding", exact=True).input_value() == "own"


def test_lists_of_presets(page):
    page.get_by_label("Take another image").select_option("digit")
    page.get_by_label("Take another kernel").select_option("blur")
    assert shown(page, "x").shape == (8, 8) and page.evaluate("explorer.state.picture")
    assert page.evaluate("location.hash") == "#x=digit&w=blur&show=picture&at=1,2"
    page.locator('[data-part="reset"]').click()
    assert page.evaluate("explorer.address()") == "#x=book&w=book&at=1,2"


def test_the_slider_and_the_tables_select(page):
    page.locator('[data-part="window"]').fill("3")
    assert page.evaluate("explorer.state.at") == [0, 3]
    page.locator('[data-step="1"]').click()
    assert page.evaluate("explorer.state.at") == [0, 4]
    page.locator('[data-grid="views"] tr').nth(6).locator("td").first.click()
    assert page.evaluate("explorer.state.at") == [1, 0]
    page.locator('[data-grid="offsets"] td').nth(7).click()
    assert page.evaluate("explorer.state.at") == [1, 2]
    frame = page.locator('[data-grid="x"] .xp-frame')
    page.wait_for_timeout(400)
    assert frame.bounding_box()["x"] == pytest.approx(centre(page, 1, 2)[0] - frame.bounding_box()["width"] / 4, abs=1)


def test_slide_plays_and_stops(page):
    page.locator('[data-part="window"]').fill("7")
    page.locator('[data-part="play"]').click()
    page.wait_for_function("explorer.state.at[1] === 4")
    page.wait_for_function("document.querySelector('[data-part=play]').textContent === 'Slide'")


def test_gradients_of_ones_of_one_and_random(page):
    page.locator('[value="backward"]').check(force=True)
    page.get_by_role("button", name="all ones").click()
    assert (shown(page, "dy") == 1).all() and page.evaluate("explorer.state.dy") == "ones"
    page.get_by_role("button", name="only this one").click()
    assert shown(page, "dy").sum() == 1 and shown(page, "dy")[1, 2] == 1
    page.get_by_role("button", name="random").click()
    assert len(set(shown(page, "dy").ravel())) > 3
    page.locator('[data-grid="dy"] input').nth(7).fill("5")
    assert shown(page, "dy")[1, 2] == 5 and page.evaluate("explorer.state.dy")[1][2] == 5
    page.get_by_label("image, rows: less").click()
    page.get_by_label("image, columns: more").click()
    assert shown(page, "dy").shape == (1, 6) and shown(page, "dy")[0, 5] == 1
    page.evaluate("explorer.load(explorer.address())")
    assert not page.locator('[data-part="note"]').is_visible() and shown(page, "dy").shape == (1, 6)


def test_what_falls_on_padding_is_dropped(page):
    page.evaluate("explorer.load('#x=4x6&w=3x3&p=1&mode=backward&at=0,0')")
    assert page.locator('[data-grid="dx"] .ring.lit').count() == 5
    assert "5 of the 9 fall on padding" in words(page, "sum")


def test_drawing_by_touch_and_by_key(chromium, address):
    with opened(chromium, address, "#x=blank&w=delta", **PHONE) as page:
        assert page.locator('[data-grid="x"]').evaluate("(box) => getComputedStyle(box).touchAction") == "none"
        page.locator('[data-field="brush"]').fill("4")
        page.touchscreen.tap(*centre(page, 1, 1))
        page.locator('[data-grid="x"] input').nth(13 * 2 + 5).focus()
        page.keyboard.press("Space")
        assert (shown(page, "x")[1, 1], shown(page, "x")[2, 5], shown(page, "x").sum()) == (4, 4, 8)
        page.locator('[value="type"]').check(force=True)
        assert page.locator('[data-grid="x"]').evaluate("(box) => getComputedStyle(box).touchAction") == "auto"


# Eyes ---------------------------------------------------------------------------------------------------------------

VIEWS = {
    "first": "",
    "largest": "#x=12x16&w=5x5&p=full&d=2&mode=backward&at=3,3",
    "long numbers": "#x=2x3:999999,-999999,5,6,7,8&w=2x2:999999,5,6,7&p=1",
    "picture": "#x=eye&w=outline&show=picture&p=same&at=2,2",
    "no fit": "#x=2x3&w=5x5&d=3",
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("screen", [WIDE, PHONE], ids=["wide", "phone"])
def test_nothing_overflows_and_targets_are_large(chromium, address, view, screen):
    with opened(chromium, address, VIEWS[view], **screen) as page:
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
        beyond = """[...document.querySelectorAll('.xp *')].filter((e) => !e.closest('.xp-grid, pre, .xp-live') &&
            e.getBoundingClientRect().right > document.querySelector('.xp').getBoundingClientRect().right + 1)
            .map((e) => e.outerHTML.slice(0, 80))"""
        assert page.evaluate(beyond) == []
        small = """[...document.querySelectorAll('.xp :is(button, select, input, td[tabindex])')].filter((e) => {
            const { width, height } = (e.matches('[type=checkbox]') ? e.closest('label') : e).getBoundingClientRect();
            return width && (width < 24 || height < 24); }).map((e) => e.outerHTML.slice(0, 80))"""
        assert page.evaluate(small) == []


def test_numbers_fit_their_cells(chromium, address):
    for view in ("", VIEWS["long numbers"], VIEWS["long numbers"] + "&mode=backward"):
        with opened(chromium, address, view, **PHONE) as page:
            spills = """[...document.querySelectorAll('.xp-sheet td')].filter((td) => {
                const text = td.querySelector('span') ?? td.querySelector('input') ?? td;
                return (text.matches('span') ? text.offsetWidth : text.scrollWidth) > td.clientWidth + 1;
            }).map((td) => td.textContent)"""
            assert page.evaluate(spills) == []


def test_the_theme_is_followed(page):
    def colours():
        return page.evaluate("""['.xp', '[data-grid=x] td', '.xp button', '[data-grid=offsets] td'].map((s) => {
            const style = getComputedStyle(document.querySelector(s));
            return [style.color, style.backgroundColor]; })""")

    page.evaluate("document.documentElement.dataset.theme = 'light'")
    light = colours()
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    dark = colours()
    changed = [before != after for before, after in zip(light, dark, strict=True)]
    assert changed == [True, False, True, True], "tiles keep their colours, all else changes"
    assert dark[0][0] == f"rgb{palette.rgb(palette.INK.dark)}"


def test_colours_are_those_of_the_figures():
    style = (STATIC / "explorer.css").read_text(encoding="utf-8")
    script = (STATIC / "explorer.js").read_text(encoding="utf-8")
    for name, role in {"x": "input", "w": "kernel", "y": "output", "g": "gradient"}.items():
        assert f"--{name}: {palette.ROLES[role].tile};" in style
        assert f"--{name}-line: {palette.ROLES[role].line};" in style
    assert f"--ring: {palette.ROLES['padding'].tile};" in style
    assert f"--unused: {palette.ROLES['unused'].tile};" in style
    assert f"--tile-ink: {palette.TILE_INK};" in style and f"--g-faint: {palette.COUNTS[1]};" in style
    for name in ("COUNTS", "SIGNED", "GREYS"):
        assert f"const {name} = {list(getattr(palette, name))};".replace("'", '"') in script


def test_reduced_motion_is_respected(chromium, address):
    with opened(chromium, address, reduced_motion="reduce") as page:
        assert not page.locator('[data-part="play"]').is_visible()
        frame = page.locator('[data-grid="x"] .xp-frame')
        page.wait_for_timeout(100)
        assert frame.evaluate("(e) => getComputedStyle(e).transitionProperty") == "none"


def test_everything_has_a_name(chromium, address):
    with opened(chromium, address, "#x=4x6&w=3x2&mode=backward&flip=1") as page:
        unnamed = """[...document.querySelectorAll('.xp :is(input, select, button, [role=radiogroup], table)')]
            .filter((e) => !(e.getAttribute('aria-label') || e.caption || e.labels?.length || e.textContent.trim()))
            .map((e) => e.outerHTML.slice(0, 80))"""
        assert page.evaluate(unnamed) == []


def test_it_can_be_read_without_a_script(chromium, address):
    with browsing.opened(chromium, address, java_script_enabled=False) as page:
        assert page.locator(".xp noscript p").is_visible()
        assert page.get_by_text("padding before").is_visible()
        assert page.get_by_label("stride, rows", exact=True).input_value() == "1"
        assert page.get_by_role("heading", name="Try this").is_visible()


def test_printed_it_shows_its_state(page):
    page.emulate_media(media="print")
    assert not page.locator('[data-step="1"]').is_visible() and not page.get_by_label("Take another image").is_visible()
    for part in ("caption", "sum", "size", "code"):
        assert page.locator(f'[data-part="{part}"]').is_visible()
    assert page.get_by_label("stride, rows", exact=True).is_visible()
    assert page.get_by_label("padding", exact=True).is_visible()


def test_the_driver_stays_in_reach(chromium, address):
    with opened(chromium, address, **PHONE) as page:
        for place in ("x", "views"):
            page.locator(f'[data-grid="{place}"]').scroll_into_view_if_needed()
            box = page.locator(".xp-driver").bounding_box()
            assert box["y"] > 0 and box["y"] + box["height"] <= 844 + 1
        on_top = """(e) => {
            const { x, y, width } = e.getBoundingClientRect();
            return e.contains(document.elementFromPoint(x + width / 2, y + 20)); }"""
        assert page.locator(".xp-driver").evaluate(on_top), "something lies on the driver"
        assert page.locator(".secondary-toggle:visible").count() == 0, "it opens a sidebar that is not there"


def test_scripts_are_on_this_page_only(site):
    for name in pages():
        text = (site / f"{name}.html").read_text(encoding="utf-8")
        assert len(re.findall(r'<script[^>]*explorer[\w-]*\.js', text)) == (4 if name == "book/explorer" else 0)
        assert ("explorer.css" in text) == (name == "book/explorer")
