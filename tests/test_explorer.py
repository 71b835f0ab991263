"""The explorer in a real browser: its numbers are the package's, and a reader can reach everything.

Numbers are read from the tables that a reader sees, not from the program behind them. The tests need the built site
and a browser; see `browsing`.
"""

import itertools
import re
from contextlib import contextmanager

import browsing
import numpy as np
import pytest
import scipy.signal
from browsing import PHONE, WIDE
from bs4 import BeautifulSoup
from project import BOOK, pages

import scratchconv as sc
from scratchconv import data
from scratchconv.plotting import palette
from scratchconv.shapes import image_padding

STATIC = BOOK / "_ext" / "scratchbook" / "static"
SETTINGS = 300
PATIENCE = 60_000    # ms for Plotly to arrive and draw on a busy machine
ALL_ROWS, AROUND = 120, 20    # as in explorer-drawing.js

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
def address(host):
    return f"{host}/book/explorer.html"


@contextmanager
def opened(chromium, address, setting="", **context):
    """The explorer with a setting, which must neither complain nor ask another host for anything."""
    with browsing.opened(chromium, address + setting, **{**WIDE, **context}) as page:
        page.evaluate(PICTURED)
        yield page
        assert page.complaints == []


@pytest.fixture
def page(chromium, address):
    with opened(chromium, address) as fresh:
        yield fresh


# The heatmap that is drawn for the setting there is now; nothing while it is not.
PICTURED = """void (window.pictured = (name) => {
  const box = document.querySelector(`[data-picture="${name}"]`);
  const { data, _fullLayout } = box.querySelector(".js-plotly-plot") ?? {};
  return !box.hidden && _fullLayout && data?.[0];
})"""


def numbers(table):
    """A table as it is read, as integers."""
    return np.array([[int(text.replace("−", "-")) for text in row] for row in table])


def shown(page, name):
    table = page.evaluate(READ.replace("explorer.load(address);", ""), [""])[0][name]
    return numbers([["0" if text in ("k", "y") else text for text in row] for row in table])


def words(page, part):
    return page.locator(f'[data-part="{part}"]').text_content()


# Arithmetic ---------------------------------------------------------------------------------------------------------


class Setting:
    """A random setting: what the package is given, and the address that says the same."""

    def __init__(self, rng, size, kernel, value):
        self.x = rng.integers(-value, value, size, endpoint=True)
        self.w = rng.integers(-value, value, kernel, endpoint=True)
        self.stride, self.dilation = two(rng, 1, 6), two(rng, 1, 3)
        self.flip = bool(rng.random() < 0.5)
        one, pair, four = two(rng, 0, 4)[0], two(rng, 0, 4), (two(rng, 0, 4), two(rng, 0, 4))
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


def two(rng, low, high):
    return tuple(int(n) for n in rng.integers(low, high, 2, endpoint=True))


def settings(count, seed):
    """Random settings: small ones mostly; every tenth of one of the rarer kinds."""
    rng = np.random.default_rng(seed)
    rare = itertools.cycle(["large", "one tap", "whole image", "one pixel", "huge values"])
    return [draw(rng, next(rare) if k % 10 == 0 else "small") for k in range(count)]


def draw(rng, kind):
    size, kernel = two(rng, 1, 8), two(rng, 1, 5)
    size = {"large": two(rng, 9, 32), "whole image": kernel, "one pixel": (1, 1)}.get(kind, size)
    kernel = (1, 1) if kind == "one tap" else kernel
    return Setting(rng, size, kernel, 999_999 if kind == "huge values" else 99)


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
    rows = shown_rows(k, setting.y.size)
    inside = inner(coverage, setting)
    return {
        "error": "", "x": padded, "w": w, "y": setting.y, "dy": setting.dy,
        "dx": grads.dx[0, 0], "dw": sc.flip_kernels(dw) if setting.flip else dw, "db": grads.db[0],
        "coverage": inside, "first": sc.window_index(w.shape, padded.shape, dilation=setting.dilation),
        "window": view_index[k], "offsets": offsets.reshape(setting.y.shape),
        "views": padded.ravel()[view_index[rows]], "rows": list(rows), "weights": kernel.ravel(),
        "indices": view_index[rows],
        "sum": setting.y[setting.at], "size": setting.y.shape, "cost": setting.y.size * w.size,
        "unused": np.sum(inside == 0), "zeros": setting.y.size * w.size - inside.sum(),
    }


def shown_rows(k, count):
    """Rows of the matrix of views: all, or of many those around the selected one."""
    if count <= ALL_ROWS:
        return range(count)
    first = min(max(k - AROUND, 0), count - 2 * AROUND - 1)
    return range(first, first + 2 * AROUND + 1)


def inner(padded, setting):
    """What a padded array holds where the image is."""
    (top, _), (left, _) = setting.pads
    return padded[top:, left:][: setting.x.shape[0], : setting.x.shape[1]]


def observed(setting, forward, backward):
    views = numbers(forward["views"][1:])
    rows, views = views[:, 0].tolist(), views[:, 1:]
    said = forward["words"]
    unused = re.search(r"(\d+) of \d+ pixels (are|is) touched by no tap: (?:they are|it is) hatched", said["size"])
    cost = re.search(r"= (\d+) multiplication(s?)\b", said["cost"])
    assert bool(cost[2]) == (cost[1] != "1") and (not unused or (unused[2] == "is") == (unused[1] == "1"))
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
        "views": views[:, :-1] if np.array_equal(views[:, -1], setting.y.ravel()[rows]) else None, "rows": rows,
        "weights": numbers([forward["views"][0][1:-1]])[0],
        "indices": numbers([row[1:-1] for row in backward["views"][1:]]),
        "sum": spelt_out(said["sum"], setting),
        "size": tuple(int(n) for n in re.findall(r"\+ 1 = (\d+)", said["size"])),
        "cost": int(cost[1]),
        "unused": int(unused[1]) if unused else 0, "zeros": int(zeros[1]) if zeros else 0,
    }


def spelt_out(text, setting):
    """The value of a sum written as `y[1, 2] = 4·1 + 6·0 = 4`, if its parts agree."""
    name, products, total = text.replace("−", "-").split(" = ")
    if name != f"y[{setting.at[0]}, {setting.at[1]}]":
        return None
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
    chosen = settings(SETTINGS, seed=1)
    fits = [setting for setting in chosen if not setting.error]
    assert len(fits) > SETTINGS * 0.6 and len(fits) < SETTINGS * 0.95, "too few settings of one kind"
    assert compared(page, chosen) == {}


def test_the_numbers_are_scipys(page):
    """The same without the package: the page shows what SciPy's correlation and convolution give."""
    for setting in settings(60, seed=5):
        if setting.error:
            continue
        padded, (sh, sw), (dh, dw) = np.pad(setting.x, setting.pads), setting.stride, setting.dilation
        spread = np.zeros([d * (k - 1) + 1 for d, k in zip(setting.dilation, setting.w.shape, strict=True)], int)
        spread[::dh, ::dw] = setting.w
        slide = scipy.signal.convolve2d if setting.flip else scipy.signal.correlate2d
        read = page.evaluate(READ, [setting.address("forward")])[0]
        assert np.array_equal(numbers(read["y"]), slide(padded, spread, mode="valid")[::sh, ::sw]), setting.address("")


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


def test_decimals_are_the_packages(page):
    rng = np.random.default_rng(6)
    for _ in range(30):
        x, w = (np.round(rng.normal(0, 30, two(rng, low, high)), 3) for low, high in ((3, 6), (1, 3)))
        dy = np.round(rng.normal(0, 3, np.subtract(x.shape, w.shape) + 1), 2)
        parts = f"#x={write(x)}&w={write(w)}&dy={write(dy)}&at=0,0"
        forward, backward = page.evaluate(READ, [parts, f"{parts}&mode=backward"])
        grads = sc.conv2d_grad(dy[None, None], x[None, None], w[None, None])
        wanted = {"y": sc.conv2d(x[None, None], w[None, None])[0, 0], "dx": grads.dx[0, 0], "dw": grads.dw[0, 0]}
        for name, values in wanted.items():
            table = (forward if name == "y" else backward)[name]
            read = np.array([[float(text.replace("−", "-")) for text in row] for row in table])
            assert np.allclose(read, values, rtol=6e-4, atol=1e-9), (name, parts)
        exact = np.array([[float(text.replace("−", "-")) for text in row] for row in forward["x"]])
        assert np.array_equal(exact, x), "what the reader gave is shown to the last digit"


def test_decimals_are_computed_too(page):
    page.evaluate("explorer.load('#x=1x3:0.5,-1.25,2&w=1x2:.1,3')")
    assert page.evaluate("explorer.result.y") == [[pytest.approx(-3.7), pytest.approx(5.875)]]
    assert page.locator('[data-grid="y"] td span').all_text_contents() == ["−3.7", "5.875"]


def test_presets_are_the_books(page):
    presets = page.evaluate("Object.keys(setting.IMAGES).map((name) => [name, setting.image(name)])")
    presets = {name: np.array(image) for name, image in presets}
    frog = data.frog()[4:11, 18:27] @ [0.299, 0.587, 0.114]
    assert np.array_equal(presets["eye"], np.rint(frog).astype(int))
    assert presets["frog"].shape == (32, 32) and np.array_equal(presets["frog"][4:11, 18:27], presets["eye"])
    assert np.array_equal(presets["digit"], data.grey_images("bundled", n=1)[0])
    digits = pytest.importorskip("sklearn.datasets").load_digits()
    assert digits.target[7] == 7 and np.array_equal(presets["seven"], digits.images[7].astype(int))


GOLDENS = {    # words of the list: the table and its numbers, from the sources the chapters rebuild
    "1 · One dot product for each place": ("y", [[44, 54, 64], [84, 94, 104], [124, 134, 144]]),
    "2 · Convolution in full": ("y", [[10, 40, 70, 60], [70, 230, 330, 240], [120, 310, 380, 240]]),
    "2 · The same without the flip": ("y", [[40, 110, 180, 90], [180, 370, 470, 210], [80, 140, 170, 60]]),
    "3 · A ramp of 28 × 28, vertical edges": ("y", np.full((26, 26), -6)),
    "3 · The same ramp, corners": ("y", np.full((26, 26), -112)),
    "7 · A stripe, same padding": ("y", [[1, 0, -1, 0, 1]] * 5),
    "7 · Half of four neighbours": ("y", [[6, 8], [13, 15]]),
    "7 · A centre that copies": ("y", np.array([[1], [4], [8], [12]]) + np.arange(4)),
    "8 · Stride 2 uses every pixel once": ("y", [[14, 22, 30], [62, 70, 78]]),
    "13 · One gradient scatters": ("dx", [[1, 3, 3, 2], [4, 10, 10, 6], [4, 10, 10, 6], [3, 7, 7, 4]]),
    "14 · Coverage of 5 × 5 by 3 × 3": ("coverage", np.outer([1, 2, 3, 2, 1], [1, 2, 3, 2, 1])),
}


def test_examples_show_the_books_numbers(page):
    examples = page.locator('[data-part="examples"] option').all_text_contents()[1:]
    assert set(GOLDENS) <= set(examples)
    for words_ in examples:
        page.locator('[data-part="examples"]').select_option(label=words_)
        assert not page.locator('[data-part="note"]').is_visible() and words(page, "error") == "", words_
        assert page.locator('[data-part="examples"] :checked').text_content() == words_
        if words_ in GOLDENS:
            name, wanted = GOLDENS[words_]
            assert np.array_equal(shown(page, name), wanted), words_
    page.locator('[data-part="examples"]').select_option(label="13 · One gradient scatters")
    assert np.array_equal(shown(page, "dw"), [[54, 63], [90, 99]])
    page.locator('[data-part="examples"]').select_option(label="14 · Seven by seven, as rows")
    rows = [[1, 2, 3, 8, 9, 10, 15, 16, 17], [2, 3, 4, 9, 10, 11, 16, 17, 18]]
    assert shown(page, "views")[1:3, 1:-1].tolist() == rows


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


BROKEN = [
    "x=banana", "x=0x4", "x=33x4", "x=4x33", "x=2x2:1,2,3", "x=2x2:1,2,3,four", "x=2x2:1,2,3,1e9", "w=6x1", "s=0",
    "s=1,2,3", "s=-1", "s=1.5", "s=7", "d=0", "d=4", "p=1,2,3", "p=13", "p=some", "flip=yes", "at=1", "at=a,b",
    "mode=up", "show=x", "views=rows", "dy=twos", "colour=red", "x=%E0%A4%A", "__proto__=1", "x=constructor", "x=",
    "x=1x1:1e400", "x=1x2:Infinity,NaN", "x=<img src=x onerror=alert(1)>", "dy=1x1:1,2", "s=1e0", "at=-1,0",
]


def test_a_broken_part_is_explained_and_nothing_is_lost(page):
    note = page.locator('[data-part="note"]')
    for broken in BROKEN:
        page.evaluate("explorer.load('#x=2x3:5,6,7,8,9,1&w=1x2&s=1,2')")
        page.locator('[data-grid="x"] input').first.fill("55")
        before = page.evaluate("explorer.address()")
        page.evaluate("(address) => explorer.load(address)", f"#{broken}")
        assert note.is_visible() and "cannot be read" in note.text_content() and "got “" in note.text_content(), broken
        assert "stays as it was" in note.text_content() and page.evaluate("explorer.address()") == before, broken
        page.evaluate("(address) => explorer.load(address)", f"#views=indices&{broken}")
        assert "one part" in note.text_content() and "others are set" in note.text_content(), broken
        assert page.evaluate("explorer.address()") == "#x=book&w=book&views=indices", broken
    page.locator('[data-grid="w"] input').first.fill("5")
    assert not note.is_visible()


def test_a_gradient_of_another_size_is_left_out(page):
    page.evaluate("explorer.load('#x=4x6&w=3x2&mode=backward&dy=2x2:1,2,3,4')")
    assert "dy has the size of the output, 2x5; got “2x2”" in words(page, "note")
    assert shown(page, "dy").shape == (2, 5)


def test_an_address_that_was_encoded_is_understood(page):
    page.evaluate("explorer.load('#x%3D4x6%26w%3D3x2%3A1%2C2%2C3%2C4%2C5%2C6%26s%3D2')")
    assert page.evaluate("explorer.address()") == "#x=4x6&w=3x2&s=2"


@pytest.mark.parametrize("padding", ["full", "same"])
def test_the_widest_padding_can_be_written_as_numbers(page, padding):
    page.evaluate(f"explorer.load('#x=2x2&w=5x5&d=3&p={padding}')")
    y = shown(page, "y")
    page.get_by_label("padding", exact=True).select_option("own")
    page.evaluate("explorer.load(explorer.address())")
    assert words(page, "note") == "" and np.array_equal(shown(page, "y"), y)


def test_small_numbers_are_written_so_that_they_can_be_read(page):
    page.locator('[data-grid="x"] input').first.fill(".0000001")
    page.locator('[data-grid="x"] input').nth(1).focus()
    page.evaluate("explorer.load(explorer.address())")
    assert words(page, "note") == "" and page.evaluate("explorer.state.x[0][0]") == 1e-7
    assert page.locator('[data-grid="x"] input').first.input_value() == "0.0000001"


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
    cost, zeros = (int(n) for n in re.search(r"= (\d+) multiplications?, (\d+) of them", words(page, "cost")).groups())
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
    drag(page, [(2, 3), (2, 9), (7, 9), (7, 3), (2, 3)])
    box = np.zeros((12, 16), int)
    box[2:8, [3, 9]] = box[[2, 7], 3:10] = 9
    assert page.evaluate("explorer.state.x") == box.tolist()
    page.wait_for_function("pictured('y').z.flat().some((value) => value)")
    y = np.array(pictured(page, "y")["z"])
    assert (y[3:5, 1] < 0).all() and (y[3:5, 9] > 0).all() and (y[:, 5] == 0).all()
    low, *_, high = (colour for _, colour in pictured(page, "y")["colorscale"])
    assert (low, high) == (palette.SIGNED[0], palette.SIGNED[-1]), "blue is below 0, red above"


def drag(page, places):
    """One stroke over a picture of the image, with one event a side: the cells between are filled in."""
    page.wait_for_function("pictured('x')")
    centres = [on_picture(page, "x", *place) for place in places]
    page.mouse.move(*centres[0])
    page.mouse.down()
    for place in centres[1:]:
        page.mouse.move(*place)
    page.mouse.up()


def pictured(page, name):
    """What Plotly has drawn as a picture: its heatmap."""
    page.wait_for_function("(name) => pictured(name)", arg=name, timeout=PATIENCE)
    return page.evaluate("(name) => JSON.parse(JSON.stringify(pictured(name)))", name)


def on_picture(page, name, row, column):
    """Where on the screen a cell of a picture is, measured on what Plotly has painted."""
    return page.evaluate("""([name, row, column]) => {
        const canvas = document.querySelector(`[data-picture="${name}"] .js-plotly-plot`);
        const { left, top } = canvas.getBoundingClientRect();
        const { xaxis, yaxis } = canvas._fullLayout;
        return [left + xaxis._offset + xaxis.l2p(column), top + yaxis._offset + yaxis.l2p(row)];
    }""", [name, row, column])


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


NO_NUMBERS = "abc 1e400 1e3 --5 0x10 Infinity NaN 9999999 - 1.2.3 1,2,3".split()
WRONG = {**dict.fromkeys(NO_NUMBERS, "no number"), "1 2": "no number", "": "empty", " ": "empty"}
RIGHT = {"-0": 0, "0,5": 0.5, " 7 ": 7, "−3": -3, "+4": 4, ".5": 0.5, "5.": 5, "007": 7, "-999999": -999999}


def test_what_is_typed_is_read_or_explained(page):
    cell, said = page.locator('[data-grid="x"] input').nth(8), page.locator('[data-part="typo"]')
    for text, words_ in WRONG.items():
        cell.fill(text)
        cell.blur()
        assert words_ in said.text_content() and "olds 4" in said.text_content() and said.is_visible(), text
        assert cell.input_value() == "4" and page.evaluate("explorer.state.x[1][2]") == 4, text
    for text, value in RIGHT.items():
        cell.fill(text)
        assert page.evaluate("explorer.state.x[1][2]") == value and not said.is_visible(), text
        assert page.evaluate("Object.is(explorer.state.x[1][2], -0)") is False
    page.locator('[data-grid="x"] input').nth(9).focus()
    assert cell.input_value() == "−999999"


def test_numbers_of_the_setting_are_explained_too(page):
    said = page.locator('[data-part="typo"]')
    for label, text, words_ in [
        ("image, columns", "33", "1 to 32, not 33. It stays 6"), ("stride, rows", "0", "1 to 6, not 0. It stays 1"),
        ("kernel, rows", "", "1 to 5. It stays 3"), ("padding before, columns", "-1", "0 to 12, not -1. It stays 0"),
        ("dilation, rows", "1.5", "1 to 3, not 1.5. It stays 1"),
    ]:
        field = page.get_by_label(label, exact=True)
        field.evaluate("""(input, text) => {
            input.value = text;
            for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind, {bubbles: true}));
        }""", text)
        assert words_ in said.text_content() and page.evaluate("explorer.address()") == "#x=book&w=book&at=1,2", label
    page.get_by_label("stride, rows", exact=True).focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("e400")
    page.keyboard.press("Tab")
    assert "stride, rows: a whole number from 1 to 6. It stays 1" in said.text_content()


@pytest.mark.parametrize("screen", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_button_stays_under_the_finger(chromium, address, screen):
    with opened(chromium, address, "#x=6x16&w=2x2&p=2", **screen) as page:
        more = page.get_by_label("image, rows: more")
        more.scroll_into_view_if_needed()
        before = more.bounding_box()
        for _ in range(3):
            page.mouse.click(before["x"] + before["width"] / 2, before["y"] + before["height"] / 2)
        assert len(page.evaluate("explorer.state.x")) == 9
        assert more.bounding_box()["y"] == pytest.approx(before["y"], abs=1)


def test_a_size_that_passes_through_smaller_ones_loses_nothing(page):
    x = shown(page, "x")
    columns = page.get_by_label("image, columns", exact=True)
    columns.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("12")    # first 1, then 12
    assert np.array_equal(shown(page, "x"), np.pad(x, ((0, 0), (0, 6))))
    page.get_by_label("image, rows: less").click(click_count=2)
    page.get_by_label("image, rows: more").click(click_count=2)
    assert np.array_equal(shown(page, "x"), np.pad(x, ((0, 0), (0, 6))))
    page.locator('[data-grid="x"] input').first.fill("1")
    page.get_by_label("image, columns: less").click()
    assert shown(page, "x")[0, 0] == 1


PASTE = """([place, text]) => {
    const data = new DataTransfer();
    data.setData("text", text);
    const cell = document.querySelector(`[data-grid="${place}"] input`);
    cell.focus();
    return !cell.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


@pytest.mark.parametrize("text", [
    "1\t2,5\t-3\n4\t5\t6\n", "1;2,5;-3\r\n4;5;6", "1, 2.5, -3\n4, 5, 6", "1 2.5 −3\n\n4 5 6 ",
    "[[1, 2.5, -3], [4, 5, 6]]",
    "array([[ 1. ,  2.5, -3. ],\n       [ 4. ,  5. ,  6. ]])",
])
def test_a_block_is_pasted(page, text):
    assert page.evaluate(PASTE, ["x", text])
    assert page.evaluate("explorer.state.x") == [[1, 2.5, -3], [4, 5, 6]]
    page.go_back()
    page.wait_for_function("explorer.state.x.length === 4")


def test_a_block_that_cannot_be_taken_changes_nothing(page):
    said, before = page.locator('[data-part="typo"]'), page.evaluate("explorer.address()")
    wide = "\t".join("1" * 40)
    for place, text, words_ in [
        ("x", "1 2\n3", "equally long"), ("x", "1 two\n3 4", "“two”"), ("x", wide, "at most 32 rows and 32 columns"),
        ("w", "1 2 3 4 5 6", "at most 5 rows and 5 columns"), ("x", "1e9 2", "up to 999999"),
    ]:
        page.evaluate(PASTE, [place, text])
        assert words_ in said.text_content() and "stays as it was" in said.text_content(), text
        assert page.evaluate("explorer.address()") == before
    assert not page.evaluate(PASTE, ["x", "12"]), "a single number is left to the browser"
    page.locator('[value="backward"]').check(force=True)
    page.evaluate(PASTE, ["dy", "1 2\n3 4"])
    assert "the size of the output, 2x5" in said.text_content()
    page.evaluate(PASTE, ["dy", "1 2 3 4 5\n6 7 8 9 0"])
    assert np.array_equal(shown(page, "dy"), [[1, 2, 3, 4, 5], [6, 7, 8, 9, 0]]) and not said.is_visible()


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
    assert page.evaluate("explorer.state.x.length") == 28 and page.evaluate("explorer.state.picture")
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
    page.evaluate("probe.still()")
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


@pytest.mark.parametrize("show", ["numbers", "picture"])
def test_drawing_by_touch_and_by_key(chromium, address, show):
    with opened(chromium, address, f"#x=blank&w=delta&show={show}", **PHONE) as page:
        sheet = page.locator('[data-grid="x"]' if show == "numbers" else '[data-picture="x"]')
        if show == "picture":
            pictured(page, "x")

        def place(*cell):
            return centre(page, *cell) if show == "numbers" else on_picture(page, "x", *cell)

        page.locator('[data-field="brush"]').fill("4")
        sheet.scroll_into_view_if_needed()
        before = page.evaluate("scrollY")
        swipe(page, place(1, 1), place(6, 1))
        page.touchscreen.tap(*place(2, 5))
        x = np.array(page.evaluate("explorer.state.x"))
        assert page.evaluate("scrollY") == before, "the page stays where it is while one paints"
        assert x[1:7, 1].tolist() == [4] * 6 and x[2, 5] == 4 and x.sum() == 28
        page.locator('[value="type"]').check(force=True)
        swipe(page, place(6, 1), place(1, 1))
        page.wait_for_function("(before) => scrollY > before", arg=before)
        assert np.array_equal(page.evaluate("explorer.state.x"), x)


def swipe(page, start, end, steps=8):
    """A finger that goes from one place to another, as the browser itself sees it."""
    session = page.context.new_cdp_session(page)
    for step in range(steps + 1):
        x, y = (a + (b - a) * step / steps for a, b in zip(start, end, strict=True))
        kind = "touchMove" if step else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


# Pictures -----------------------------------------------------------------------------------------------------------


def test_plotly_is_fetched_with_the_first_picture(chromium, address):
    asked = []
    with opened(chromium, address) as page:
        page.on("request", lambda request: asked.append(request.url) if "plotly" in request.url else None)
        page.get_by_label("stride, columns: more").click()
        assert not asked and page.evaluate("typeof Plotly") == "undefined"
        page.locator('[value="picture"]').check(force=True)
        pictured(page, "x")
        assert len(asked) == 1


PAINTED = """([name, values]) => {
    const pixels = pictured(name)?.z?.map((row) => row.filter((value) => value !== null)).filter((row) => row.length);
    return JSON.stringify(pixels) === JSON.stringify(values);
}"""


def test_pictures_show_the_packages_numbers(page):
    """In every cell of every picture: what Plotly colours, and what it says under the pointer."""
    for setting in settings(24, seed=7):
        if setting.error:
            continue
        wanted = expected(setting)
        for mode, names in {"forward": ["x", "y"], "backward": ["dy", "dx", "coverage"]}.items():
            page.evaluate("(address) => explorer.load(address)", setting.address(mode) + "&show=picture")
            for name in names:
                values = setting.x if name == "x" else wanted[name]
                page.wait_for_function(PAINTED, arg=[name, values.tolist()], timeout=PATIENCE)
                texts = [text for row in pictured(page, name)["text"] for text in row if not text.startswith("padding")]
                said = [f"{name}[{i}, {j}] = {value}" for (i, j), value in np.ndenumerate(values)]
                read = [text.partition(" ·")[0].replace("−", "-") for text in texts]
                assert read == said, (name, setting.address(mode))


def test_a_picture_is_pointed_at(page):
    page.evaluate("explorer.load('#x=frog&w=slant&show=picture')")
    pictured(page, "x")
    page.mouse.click(*on_picture(page, "x", 7, 22))
    assert page.evaluate("explorer.state.at") == [5, 20], "the window's middle goes there"
    frame = page.locator('[data-picture="x"] .xp-frame.window')
    page.wait_for_timeout(400)
    box, middle = frame.bounding_box(), on_picture(page, "x", 7, 22)
    assert (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) == pytest.approx(middle, abs=1)
    page.mouse.move(*on_picture(page, "x", 7, 23))
    page.wait_for_selector('[data-picture="x"] .hovertext')
    value = page.evaluate("explorer.state.x[7][23]")
    assert page.locator('[data-picture="x"] .hovertext').text_content() == f"x[7, 23] = {value} · index {7 * 32 + 23}"
    page.mouse.click(*on_picture(page, "y", 3, 4))
    assert page.evaluate("explorer.state.at") == [3, 4]


def test_pictures_by_keyboard(page):
    page.evaluate("explorer.load('#x=frog&w=slant&show=picture')")
    pictured(page, "y")
    page.locator('[data-picture="y"]').focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowUp"):
        page.keyboard.press(key)
    assert page.evaluate("explorer.state.at") == [1, 1] and words(page, "live").startswith("window 29: y[1, 1] =")
    page.locator('[data-picture="x"]').focus()
    for key in ("ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    assert words(page, "live") == f"x[1, 1] = {page.evaluate('explorer.state.x[1][1]')} · index 33"
    page.locator('[value="draw"]').check(force=True)
    page.locator('[data-picture="x"]').focus()
    page.keyboard.press("Space")
    assert page.evaluate("explorer.state.x[1][1]") == 9 and "= 9" in words(page, "live")


def test_without_plotly_the_numbers_are_offered(chromium, address):
    with browsing.opened(chromium, address) as page:
        page.route("**/*plotly*", lambda route: route.abort())
        page.locator('[value="picture"]').check(force=True)
        page.get_by_text("could not be loaded").first.wait_for()
        page.locator('[value="numbers"]').check(force=True)
        assert shown(page, "y")[1, 2] == 40


# Eyes ---------------------------------------------------------------------------------------------------------------

VIEWS = {
    "first": "",
    "largest": "#x=32x32&w=5x5&p=full&d=3&mode=backward&at=3,3",
    "long numbers": "#x=2x3:999999,-999999,5,6,7,8&w=2x2:999999,5,6,7&p=1",
    "picture": "#x=eye&w=outline&show=picture&p=same&at=2,2",
    "holes in a picture": "#x=frog&w=slant&show=picture&mode=backward&d=2&s=3,4&p=1,2,0,3&at=2,2",
    "flat picture": "#x=2x3&w=1x1&show=picture",
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
    for name, role in {"x": "input", "w": "kernel", "y": "output", "g": "gradient"}.items():
        assert f"--{name}: {palette.ROLES[role].tile};" in style
        assert f"--{name}-line: {palette.ROLES[role].line};" in style
    assert f"--ring: {palette.ROLES['padding'].tile};" in style
    assert f"--unused: {palette.ROLES['unused'].tile};" in style
    assert f"--tile-ink: {palette.TILE_INK};" in style and f"--g-faint: {palette.COUNTS[1]};" in style
    script = (STATIC / "explorer-colours.js").read_text(encoding="utf-8")
    for name in ("COUNTS", "SIGNED", "GREYS"):
        assert f"const {name} = {list(getattr(palette, name))};".replace("'", '"') in script


def test_reduced_motion_is_respected(chromium, address):
    with opened(chromium, address, reduced_motion="reduce") as page:
        assert not page.locator('[data-part="play"]').is_visible()
        frame = page.locator('[data-grid="x"] .xp-frame')
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


BETWEEN = {"viewport": {"width": 800, "height": 600}}


@pytest.mark.parametrize("screen", [WIDE, PHONE, BETWEEN], ids=["wide", "phone", "between"])
@pytest.mark.parametrize("view", ["first", "largest"])
def test_the_driver_stays_in_reach_and_covers_nothing(chromium, address, screen, view):
    with opened(chromium, address, VIEWS[view], **screen) as page:
        driver = page.locator(".xp-driver").bounding_box()
        under = """({ y, height }) => [...document.querySelectorAll('.xp :is(.xp-bar, .xp-panel, table, p, section)')]
            .filter((e) => {
                const { top, bottom, width } = e.getBoundingClientRect();
                return width > 1 && top < y + height - 1 && bottom > y + 1;
            }).map((e) => e.outerHTML.slice(0, 80))"""
        assert page.evaluate(under, driver) == [], "it has a place of its own"
        page.locator('[data-grid="views"]').scroll_into_view_if_needed()
        page.wait_for_timeout(200)
        header = page.locator(".bd-header-article").bounding_box()
        driver = page.locator(".xp-driver").bounding_box()
        assert driver["y"] == pytest.approx(header["y"] + header["height"], abs=1), "it follows, below the header"
        on_top = """(e) => {
            const { x, y, width } = e.getBoundingClientRect();
            return e.contains(document.elementFromPoint(x + width / 2, y + 20)); }"""
        assert page.locator(".xp-driver").evaluate(on_top), "something lies on the driver"
        assert page.locator(".secondary-toggle:visible").count() == 0, "it opens a sidebar that is not there"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(chromium, address, theme):
    with opened(chromium, address, color_scheme=theme) as page:
        for name, view in {**VIEWS, "largest": "#x=6x8&w=3x2&p=full&d=2&mode=backward&flip=1"}.items():
            page.evaluate("(address) => explorer.load(address)", view)    # of the largest, axe would take minutes
            if "show=picture" in view:
                pictured(page, "x")
            assert browsing.grave(page, ".xp") == [], name


def test_thumbs_have_room(chromium, address):
    with opened(chromium, address, **PHONE) as page:
        small = """[...document.querySelectorAll('.xp :is(button, select, .xp-choice label, .xp-stepper)')]
            .filter((e) => { const { width, height } = e.getBoundingClientRect();
                return width && (height < 42 || width < 44); })
            .map((e) => `${e.outerHTML.slice(0, 80)} ${e.offsetWidth} ${e.offsetHeight}`)"""
        assert page.evaluate(small) == []


def test_the_largest_setting_answers_at_once(page):
    """Far above what it takes (tens of milliseconds), so that a busy machine passes and a quadratic step does not."""
    for mode in ("", "&mode=backward", "&show=picture&mode=backward"):
        page.evaluate("(mode) => explorer.load(`#x=32x32&w=5x5&p=full&d=3${mode}`)", mode)
        took = page.evaluate("""() => {
            const times = [1, 2, 3, 4, 5].map((value) => {
                const start = performance.now();
                explorer.change({ x: explorer.state.x.with(3, explorer.state.x[3].with(3, value)) }, "typing");
                document.body.offsetHeight;
                return performance.now() - start;
            });
            return Math.min(...times);
        }""")
        assert took < 1000, mode


def test_scripts_are_on_this_page_only(site):
    for name in pages():
        text = (site / f"{name}.html").read_text(encoding="utf-8")
        assert len(re.findall(r'<script[^>]*explorer[\w-]*\.js', text)) == (9 if name == "book/explorer" else 0)
        assert ("explorer.css" in text) == (name == "book/explorer")
