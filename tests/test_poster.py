"""Posters: everything the first state of a figure shows, in both designs, or an error.

That a poster stands where Plotly draws is compared in a browser, by `test_poster_pages.py`.
"""

import base64
import copy
import gzip
import json
import struct
import sys
import zlib
from xml.etree import ElementTree

import numpy as np
import pytest
from chapter_rules import figures
from figures_under_test import FIGURES
from project import BOOK, notebooks, read_notebook

from scratchconv import plotting
from scratchconv.plotting import palette
from scratchconv.plotting.board import BUDGET, Board

sys.path.insert(0, str(BOOK / "_ext"))
from scratchbook.features import Unsupported
from scratchbook.poster import DESIGNS, adapted, number, poster

STORED = {f"{path.stem} {k}": figure for path in notebooks()
          for k, (_, figure) in enumerate(figures(read_notebook(path)))}
LARGEST = 9000    # bytes, compressed
MOST_NODES = BUDGET["nodes"] // 2    # elements a design: lighter than the drawing it stands for
NOTHING_YET = "\u00a0"
every_figure = pytest.mark.parametrize("name", [*STORED, *FIGURES])


def stored(name):
    return STORED[name] if name in STORED else as_stored(FIGURES[name]())


def as_stored(figure):
    return json.loads(figure.to_json())


def tree(figure):
    return ElementTree.fromstring(poster(figure)[0])


def shown(element, design):
    """The element and all below it that the design shows."""
    if element.get("class") not in set(DESIGNS) - {design}:
        yield element
        for child in element:
            yield from shown(child, design)


def words(element):
    return "".join(element.itertext()).replace("\u200b", "")


def plain(text):
    for tag in ("b", "i", "sub", "sup", "br"):
        text = text.replace(f"<{tag}>", "").replace(f"</{tag}>", "")
    return text


# Every figure ---------------------------------------------------------------------------------------------------------


@every_figure
def test_a_poster_is_whole_and_light(name):
    html, _ = poster(stored(name))
    root = ElementTree.fromstring(html)
    assert root.get("aria-hidden") == "true"
    assert not any(element.get("tabindex") or element.get("href", "").startswith("http") for element in root.iter())
    for design in DESIGNS:
        assert sum(1 for _ in shown(root, design)) <= MOST_NODES
    assert len(gzip.compress(html.encode())) <= LARGEST


@every_figure
@pytest.mark.parametrize("design", DESIGNS)
def test_a_poster_says_what_the_figure_says(name, design):
    """The same words and numbers, at the same size."""
    figure = stored(name)
    layout, data = (adapted(figure, design)[key] for key in ("layout", "data"))
    wanted = [
        (plain(text), trace["textfont"]["size"])
        for trace in data
        if trace.get("mode") == "text"
        for text in trace["text"]
        if text != NOTHING_YET
    ]
    titles = [plain(note["text"]) for note in layout.get("annotations", [])]
    sliders = [plain(slider["steps"][slider["active"]]["label"]) for slider in layout.get("sliders", [])]
    found, others = [], []
    for group in shown(tree(figure), design):
        for text in group.findall("text"):
            if group.tag == "g":
                found.append((words(text), size(group, design)))
            else:
                others.append(words(text))
    assert sorted(found) == sorted(wanted)
    assert sorted(others) == sorted([*titles, *sliders])


def size(group, design):
    sizes = dict(part.split(":") for part in group.get("style").split(";"))
    return float(sizes.get("--n", sizes["--f"])[:-2] if design == "narrow" else sizes["--f"][:-2])


@every_figure
def test_neutral_colours_follow_the_theme_and_no_other(name):
    """A token is written as a class, and ink on tiles never."""
    figure = stored(name)
    html, _ = poster(figure)
    assert not any(token.light in html for token in palette.TOKENS.values())
    on_tiles = any(trace.get("textfont", {}).get("color") == palette.TILE_INK for trace in figure["data"])
    assert (f'fill="{palette.TILE_INK}"' in html) == on_tiles


@every_figure
def test_pictures_stand_in_the_page_once(name):
    figure = stored(name)
    html, rest = poster(figure)
    images = figure["layout"].get("images", [])
    root = ElementTree.fromstring(html)
    sources = {f"#{symbol.get('id')}": symbol[0].get("href") for symbol in root.iter("symbol")}
    assert {use.get("href") for use in root.iter("use")} == set(sources)
    assert not any(image["source"] in json.dumps(rest) for image in images)
    filled = copy.deepcopy(rest)
    for image in filled["layout"].get("images", []):
        image["source"] = sources[image["source"]]
    assert filled == figure


# One figure, by hand --------------------------------------------------------------------------------------------------


def by_hand():
    board = Board(200, "Two panels with numbers, a window and an arrow.", narrow_height=300)
    square = board.panel(2, 4, (100, 50, 202, 102), (0, 150, 202, 102), "the <b>title</b>")
    strip = board.panel(1, 4, (0, 180, 672, 20), (0, 280, 342, 20), square=False)
    board.tiles(square, (1, 2), "input")
    window = board.stencil(square, (0, 0, 1, 1), "kernel", opacity=0.5)
    board.numbers(square, [[1, 2, 3, 4], [5, None, 7, -8]])
    board.outline(square, (0, 0, 1, 2), "padding")
    board.words(strip, -0.5, 0, "a<sub>1</sub> < 2", narrow_size=12)
    board.arrow(strip, [[(0, 0), (2, 0)]])
    for column in range(3):
        board.frame(f"column {column}", {window: (0, column, 1, 1)})
    return as_stored(board.finish(start=1))


def test_a_panel_stands_where_its_axes_are():
    square, strip = tree(by_hand()).find("./div[@class='poster-panels']")
    style = dict(part.split(":", 1) for part in square.get("style").split(";"))
    assert style["aspect-ratio"] == number(4.04 / 2.04, 5)
    assert style["--x"] == "14.88%" and style["--y"] == "50px"    # 100 of 672 px
    assert style["--w"] == "min(30.06%,202px)"
    assert style["--nx"] == "0%" and style["--ny"] == "150px" and style["--nw"] == "min(59.06%,202px)"
    style = dict(part.split(":", 1) for part in strip.get("style").split(";"))
    assert style["--w"] == style["--nw"] == "100%" and (style["--h"], style["--nh"]) == ("20px", "20.01px")


def test_parts_stand_where_the_figure_has_them_in_the_order_of_painting():
    square, strip = tree(by_hand()).find("./div[@class='poster-panels']")
    tiles, numbers, outline, title = square
    assert tiles.get("viewBox") == "-520 -520 4040 2040" and tiles.get("preserveAspectRatio") == "none"
    assert [path.get("d") for path in tiles] == [
        "M-475-475h950v950h-950zM525-475h950v950h-950z",
        "M525-475h950v950h-950z",
    ]
    assert [path.get("opacity") for path in tiles] == [None, "0.5"]
    assert [text.get("x") for text in numbers[:4]] == [number(100 * (j + 0.52) / 4.04) + "%" for j in range(4)]
    assert {text.get("y") for text in numbers[4:]} == {number(100 * 1.52 / 2.04) + "%"}
    [border] = outline
    assert border.get("d") == "M-475-475h1950v950h-1950v-950"    # not closed: as Plotly draws it
    assert (border.get("stroke"), border.get("stroke-dasharray")) == (palette.ROLES["padding"].line, "2,3")
    assert words(title) == "the title" and title.find("tspan").get("font-weight") == "bold"
    formula, way, head = strip
    assert words(formula[0]) == "a1 < 2" and formula.get("style") == "--f:16px;--n:12px"
    assert way[0].get("class") == "muted-line" and head.get("class") == "muted"
    assert head[0].get("x") == number(100 * 2.5089 / 4.0179) + "%"    # the strip shows 3 px more than its cells


def test_the_controls_stand_at_the_first_frame():
    controls = tree(by_hand()).find("./div[@class='poster-controls']")
    assert controls.get("style") == "--at:.5"
    assert [words(button) for button in controls.iter("b")] == ["▶", "❚❚"]
    assert words(controls.find(".//text")) == "column 1"


def test_a_map_has_the_colours_of_its_scale():
    values = np.array([[-2, -1, 0], [1, 2, 1.5]], dtype=np.float32)
    figure = as_stored(plotting.image_grid([values], ["map"], signed=True))
    [picture] = [image for image in tree(figure).iter("image") if "pixelated" in image.get("style", "")]
    shown = pixels(base64.b64decode(picture.get("href").partition(",")[2]))
    assert np.array_equal(shown, palette.signed_pixels(values))


def pixels(png):
    """(H, W, 3) of a PNG file whose lines are plain or stepped."""
    width, height = struct.unpack(">II", png[16:24])
    start = png.index(b"IDAT")
    lines = np.frombuffer(zlib.decompress(png[start + 4 :]), dtype=np.uint8).reshape(height, 1 + 3 * width)
    whole = lines[:, 1:].reshape(height, width, 3)
    return whole if lines[0, 0] == 0 else np.cumsum(whole, axis=1, dtype=np.uint8)


def test_counts_have_the_colours_of_their_scale():
    figure = as_stored(FIGURES["coverage"]())
    [marks] = [trace for trace in figure["data"] if trace.get("mode") == "markers"]
    most = round(marks["marker"]["cmax"] - 0.5)
    steps = [colour for _, colour in palette.count_scale(most)][::2]
    drawn = [rect.get("fill") for rect in shown(tree(figure), "wide") if rect.tag == "rect"]
    assert drawn == [steps[count] for count in marks["marker"]["color"]]


# What cannot be drawn -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("layout.xaxis.type", "log"),
        ("layout.xaxis.showticklabels", True),
        ("layout.xaxis.title", {"text": "N"}),
        ("layout.yaxis.range", [0, 4]),
        ("layout.yaxis.scaleanchor", "x2"),
        ("layout.shapes", [{"type": "line"}]),
        ("layout.margin.l", 40),
        ("layout.annotations.0.showarrow", True),
        ("layout.annotations.0.text", "<u>title</u>"),
        ("layout.annotations.0.text", "<b>title"),
        ("layout.annotations.0.text", "a &lt; b"),
        ("layout.sliders.0.len", 0.5),
        ("layout.updatemenus.0.buttons.0.label", "go"),
        ("layout.plot_bgcolor", "#ffffff"),
        ("data.0.fill", "tozeroy"),
        ("data.0.fillcolor", "red"),
        ("data.0.fillpattern", {"shape": "/"}),
        ("data.0.line.shape", "spline"),
        ("data.0.type", "bar"),
        ("data.2.mode", "lines+text"),
        ("data.2.textposition", "top center"),
        ("data.5.marker.symbol", "diamond"),
        ("data.5.marker.opacity", 0.5),
    ],
)
def test_what_a_poster_cannot_draw_is_an_error(path, value):
    figure = by_hand()
    poster(figure)
    *way, last = (int(key) if key.isdigit() else key for key in path.split("."))
    target = figure
    for key in way:
        target = target[key]
    if last == "symbol":
        value = [value] * len(target[last])
    target[last] = value
    with pytest.raises(Unsupported, match="a poster"):
        poster(figure)


def test_the_error_names_the_feature():
    figure = by_hand()
    figure["data"][3]["line"]["shape"] = "spline"
    with pytest.raises(Unsupported, match=r"data\[3\].line.shape = 'spline'"):
        poster(figure)
