"""Figures: the rules every figure keeps, the numbers of each, and the board they are drawn on."""

import base64
import copy
import functools
import io
import json
import math
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from figures_under_test import EDGE, FIGURES, KERNELS, W, X

import scratchconv as sc
from scratchconv import data, plotting
from scratchconv.plotting import Board, palette
from scratchconv.plotting.board import BUDGET, WIDTHS
from scratchconv.plotting.geometry import padded, rects, strokes, unread
from scratchconv.plotting.lettering import NOTHING_YET, factor, fitting_size, show, text_width

HEX = re.compile("#[0-9a-fA-F]{6}")
every_figure = pytest.mark.parametrize("name", FIGURES)


# ------------------------------------------------------------------------------------ reading a figure


@functools.cache
def drawn(name):
    """The figure as the page gets it."""
    return json.loads(stored(name))


@functools.cache
def stored(name):
    return FIGURES[name]().to_json()


def parsed(figure):
    return json.loads(figure.to_json())


def states(figure):
    """All traces as they stand in each frame, or once in a figure without frames."""
    frames = figure.get("frames") or [{"data": [{}] * len(figure["data"])}]
    return [[deep(trace, change) for trace, change in zip(figure["data"], f["data"], strict=True)] for f in frames]


def deep(old, new):
    return {**old, **{k: deep(old[k], v) if isinstance(v, dict) and k in old else v for k, v in new.items()}}


def axis_of(figure, title):
    """The axis of the panel whose title begins with these words, tags not counted."""
    for annotation in figure["layout"]["annotations"]:
        if re.sub("<[^>]*>", "", annotation["text"]).startswith(title):
            return annotation["xref"].split()[0]
    raise LookupError(title)


def texts(figure, title, frame=0):
    """The texts of each label trace of a panel, in one frame."""
    axis = axis_of(figure, title)
    return [t["text"] for t in states(figure)[frame] if t.get("mode") == "text" and t["xaxis"] == axis]


def numbers(texts):
    return [None if text == NOTHING_YET else float(text.replace("−", "-")) for text in texts]


def cells_of(trace):
    """The boxes (left, top, right, bottom) a path is made of."""
    boxes = []
    for corners in parts(trace):
        xs, ys = zip(*corners, strict=True)
        boxes.append((min(xs), min(ys), max(xs), max(ys)))
    return boxes


def parts(trace):
    part, whole = [], []
    for x, y in [*zip(trace["x"], trace["y"], strict=True), (None, None)]:
        if x is None:
            whole.append(part)
            part = []
        else:
            part.append((x, y))
    return [p for p in whole if p]


# ------------------------------------------------------------------------------- what every figure keeps


@every_figure
def test_every_frame_names_every_trace_in_order(name):
    figure = drawn(name)
    for frame in figure.get("frames") or []:
        assert frame["traces"] == list(range(len(figure["data"])))
        assert len(frame["data"]) == len(figure["data"])
        assert all(change["type"] == trace["type"] for change, trace in zip(frame["data"], figure["data"], strict=True))


@every_figure
def test_a_path_keeps_its_number_of_points(name):
    figure = drawn(name)
    for number, trace in enumerate(figure["data"]):
        if trace.get("mode") in ("none", "lines"):
            lengths = {(len(state[number]["x"]), len(state[number]["y"])) for state in states(figure)}
            assert len(lengths) == 1, f"trace {number}: {lengths}"
            assert trace["line"]["simplify"] is False


@every_figure
def test_no_text_is_empty_and_minus_signs_are_true(name):
    for state in states(drawn(name)):
        for trace in state:
            if trace.get("mode") == "text":
                assert len(trace["text"]) == len(trace["x"]) == len(trace["y"])
                assert all(trace["text"])
                hover = trace.get("hovertext") or []
                hover = [hover] if isinstance(hover, str) else hover
                assert not [text for text in [*trace["text"], *hover] if re.search(r"(?<!\w)-\d", text)]


@every_figure
def test_text_and_marks_stand_inside_their_panel(name):
    figure = drawn(name)  # Plotly hides a point outside the range of its axes
    for state in states(figure):
        for trace in state:
            if trace.get("mode") in ("text", "markers"):
                for letter in "xy":
                    low, high = sorted(figure["layout"][letter + "axis" + trace[letter + "axis"][1:]]["range"])
                    assert all(low <= value <= high for value in trace[letter])


@every_figure
def test_it_starts_in_the_frame_its_slider_shows(name):
    figure = drawn(name)
    if figure.get("frames"):
        active = figure["layout"]["sliders"][0]["active"]
        assert states(figure)[active] == figure["data"]


@every_figure
def test_it_is_within_budget(name):
    figure = drawn(name)
    frames = figure.get("frames") or []
    assert len(figure["data"]) <= 25 and len(frames) <= 50
    assert all(len(json.dumps(frame, separators=(",", ":"))) <= 4400 for frame in frames)
    assert len(json.dumps(figure, separators=(",", ":"))) <= 140_000


@every_figure
def test_it_can_be_read_on_both_designs(name):
    figure = drawn(name)
    meta = figure["layout"]["meta"]
    for trace in figure["data"]:
        if trace.get("mode") == "text":
            assert trace["textfont"]["size"] >= 10
    for changes in meta["narrow_traces"].values():
        assert changes.get("textfont.size", 10) >= 10
    axes = {key for key in figure["layout"] if re.match("[xy]axis", key)}
    assert {path.split(".")[0] for path in meta["narrow"]} - {"height"} == axes
    assert meta["narrow"]["height"] > 0
    domains = [figure["layout"][axis]["domain"] for axis in axes]
    domains += [value for path, value in meta["narrow"].items() if path.endswith("domain")]
    assert all(0 <= low < high <= 1 for low, high in domains)


@every_figure
def test_it_says_what_it_shows(name):
    figure = drawn(name)
    assert len(figure["layout"]["meta"]["alt"].split()) >= 4
    if figure.get("frames"):
        captions = [step["label"] for step in figure["layout"]["sliders"][0]["steps"]]
        assert len(captions) == len(figure["frames"])
        assert all(0 < len(re.sub("<[^>]*>", "", caption)) <= 32 for caption in captions)


@every_figure
def test_it_moves_without_redraws_shapes_or_heatmaps(name):
    figure = drawn(name)
    layout = figure["layout"]
    assert not layout.get("shapes") and "width" not in layout
    assert len(json.dumps(layout["template"])) < 100  # Plotly's own is 6.5 kB in every figure
    assert layout["dragmode"] is False
    assert all(layout[key]["fixedrange"] for key in layout if re.match("[xy]axis", key))
    if figure.get("frames"):
        assert {trace["type"] for trace in figure["data"]} == {"scatter"}
        assert not any("layout" in frame for frame in figure["frames"])
        steps = [*layout["sliders"][0]["steps"], *layout["updatemenus"][0]["buttons"]]
        assert all(step["args"][1]["frame"]["redraw"] is False for step in steps)


@every_figure
def test_it_is_the_same_every_time(name):
    assert FIGURES[name]().to_json() == stored(name)


@every_figure
def test_numbers_can_be_told_from_what_is_under_them(name):
    figure = drawn(name)
    every = states(figure)
    for frame in {0, len(every) // 3, len(every) * 2 // 3, len(every) - 1}:
        for number, trace in enumerate(every[frame]):
            if trace.get("mode") == "text":
                check_legible(figure, every[frame], number, name)


def check_legible(figure, traces, number, name):
    trace = traces[number]
    for text, x, y in zip(trace["text"], trace["x"], trace["y"], strict=True):
        if text == NOTHING_YET or covered(traces[number + 1 :], trace["xaxis"], x, y):
            continue
        for theme in ("light", "dark"):
            ground = ground_under(figure, traces[:number], trace["xaxis"], x, y, theme)
            if ground is not None:
                ink = themed(trace["textfont"]["color"], theme)
                least = 3 if text in "✗×" else 4.5
                assert palette.contrast(ink, ground) >= least, f"{name}: “{text}” {ink} on {ground}, {theme}"


def ground_under(figure, below, axis, x, y, theme):
    """The colour at a point of a panel, or None on a picture, whose colours are the reader's."""
    if any(image["xref"] == axis for image in figure["layout"].get("images", [])):
        return None
    colour = themed(palette.PAGE.light, theme)
    for trace in below:
        if trace["xaxis"] == axis:
            paint, opacity = paint_at(trace, x, y, mark_side(figure, trace))
            if paint:
                colour = mixed(colour, themed(paint, theme), opacity)
    return colour


def covered(above, axis, x, y):
    return any(trace["xaxis"] == axis and paint_at(trace, x, y) == (palette.EMPTY.moving, 1) for trace in above)


def mark_side(figure, trace):
    """Side of a trace's square marks in cells of its panel, one for each or one for all."""
    if trace.get("mode") != "markers":
        return 0
    axis = figure["layout"]["xaxis" + trace["xaxis"][1:]]
    (left, right), (low, high) = axis["domain"], axis["range"]
    return np.array(trace["marker"]["size"]) * (high - low) / ((right - left) * WIDTHS["wide"])


def paint_at(trace, x, y, side=0):
    """The colour with which a trace covers a point, and its opacity."""
    opacity = trace.get("opacity", 1)
    if trace.get("fill") and any(inside(part, x, y) for part in parts(trace)):
        return trace["fillcolor"], opacity
    if trace.get("mode") == "markers":
        sides = np.broadcast_to(side, len(trace["x"]))
        for i, (a, b) in enumerate(zip(trace["x"], trace["y"], strict=True)):
            if abs(a - x) < sides[i] / 2 and abs(b - y) < sides[i] / 2:
                return scaled(trace["marker"], i), opacity
    return None, 1


def inside(corners, x, y):
    """Whether a point lies in a polygon: an odd number of its sides lies to the right."""
    crossings = 0
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
            crossings += 1
    return crossings % 2 == 1


def scaled(marker, i):
    value = marker["color"][i] if isinstance(marker["color"], list) else marker["color"]
    if isinstance(value, str):
        return value
    place = (value - marker["cmin"]) / (marker["cmax"] - marker["cmin"])
    return [colour for edge, colour in marker["colorscale"] if edge <= place + 1e-9][-1]


def themed(colour, theme):
    """A colour as the page shows it: tokens follow the theme, the others do not."""
    for token in (*palette.TOKENS.values(), palette.PAGE):
        if colour in (token.light, token.moving):
            return getattr(token, theme)
    return colour


def mixed(below, above, opacity):
    return palette.hexes(np.rint(
        np.array([palette.rgb(below)]) * (1 - opacity) + np.array([palette.rgb(above)]) * opacity
    ).astype(np.uint8))[0]


@every_figure
def test_all_its_colours_are_in_the_palette(name):
    known = palette_colours()
    for trace in drawn(name)["data"]:
        trace = {key: value for key, value in trace.items() if key not in ("hovertext", "text", "colorscale", "z")}
        if isinstance(trace.get("marker", {}).get("color"), list):
            del trace["marker"]  # pixels of a picture, or counts on a scale
        used = set(re.findall(r"#[0-9a-fA-F]{6}|rgba?\([^)]*\)", json.dumps(trace)))
        assert used <= known


def palette_colours():
    roles = [colour for role in palette.ROLES.values() for colour in (role.tile, role.line)]
    tokens = [colour for token in palette.TOKENS.values() for colour in (token.light, token.moving)]
    picture = [colour for colour, _ in palette.ON_PICTURE]
    return {*roles, *tokens, *picture, palette.TILE_INK, palette.NOTHING, palette.WHITE}


@pytest.mark.parametrize("name", [name for name in FIGURES if "," not in name])
def test_a_chapters_figure_is_light(name):
    figure = drawn(name)
    frames = figure.get("frames") or []
    points = sum(len(t["x"]) * (2 if t["mode"] == "text" else 1) for t in figure["data"]
                 if t.get("mode") in ("text", "markers"))
    panels = {t["xaxis"] for t in figure["data"]}
    nodes = 80 + points + 8 * len(figure["data"]) + 55 * len(panels) + 3 * len(frames)
    assert nodes <= 1050  # counted in Chromium: right to a tenth


@pytest.mark.parametrize("name", [name for name in FIGURES if "," not in name])
def test_every_number_on_a_tile_tells_its_place(name):
    figure = drawn(name)
    most = [max(len(state[n].get("text") or ()) for state in states(figure)) for n in range(len(figure["data"]))]
    for trace, count in zip(figure["data"], most, strict=True):
        large = trace.get("textposition") == "middle center"  # a small one in a corner belongs to the large one
        if trace.get("mode") == "text" and large and trace["textfont"]["color"] == palette.TILE_INK:
            if set(zip(trace["x"], trace["y"], strict=True)) <= told_by_marks(figure, trace["xaxis"]):
                continue
            told = trace["hovertext"]
            assert len(told) == count and all(re.search(r"\d|output", text) for text in told)
            assert ("hovertemplate" in trace) == told[0].endswith(" ")


@pytest.mark.parametrize("name", [name for name in FIGURES if name != "growing_support"])    # has no bytes left for it
def test_what_is_hovered_never_ends_where_a_number_should_stand(name):
    """A cell may be blank in a frame; then its hover says so."""
    for traces in states(drawn(name)):
        for trace in traces:
            if trace.get("hovertemplate", "").endswith("%{text}<extra></extra>"):
                pairs = zip(trace["hovertext"], trace["text"], strict=False)
                blank = [told.rstrip() for told, text in pairs if not text.strip()]
                assert not [told for told in blank if told.endswith((":", "="))]


def told_by_marks(figure, axis):
    """The centres of a panel's coloured tiles that tell their place and value themselves."""
    marks = (t for t in figure["data"] if t["xaxis"] == axis and t.get("mode") == "markers" and "hovertext" in t)
    return {(x, y) for t in marks for x, y, text in zip(t["x"], t["y"], t["hovertext"], strict=True) if text}


def test_every_public_figure_is_under_test():
    builders = {n for n in plotting.__all__ if callable(getattr(plotting, n)) and n not in NOT_FIGURES}
    assert {name.split(",")[0] for name in FIGURES} == builders


NOT_FIGURES = {"Board", "Panel", "arc", "box", "cell_size", "factor", "grid", "half_turn", "rects", "show", "unread"}


# ------------------------------------------------------------------------------------------- the palette


def test_hex_codes_stand_in_the_palette_only():
    folder = Path(plotting.__file__).parent
    offenders = {path.name: HEX.findall(path.read_text("utf-8")) for path in folder.glob("*.py")}
    assert {name for name, codes in offenders.items() if codes} == {"palette.py"}


def test_ink_on_every_tile_and_outlines_on_their_own():
    for role in palette.ROLES.values():
        assert palette.contrast(palette.TILE_INK, role.tile) >= 4.5
        assert palette.contrast(role.line, role.tile) >= (3 if role.dash == "solid" else 2.8)  # dots and dashes say it
    for most in range(1, 17):
        for _, colour in palette.count_scale(most):
            assert palette.contrast(palette.TILE_INK, colour) >= 4.5


def test_tokens_in_both_themes():
    for theme in ("light", "dark"):
        page, empty = getattr(palette.PAGE, theme), getattr(palette.EMPTY, theme)
        for token in (palette.INK, palette.MUTED):
            assert palette.contrast(getattr(token, theme), page) >= 4.5
        assert palette.contrast(getattr(palette.INK, theme), empty) >= 4.5
    assert palette.contrast(palette.WHITE, palette.INK.light) >= 4.5  # the hover box
    for end in (palette.SIGNED[0], palette.SIGNED[-1]):
        assert palette.contrast(palette.WHITE, end) >= 4.5


def test_no_data_colour_is_a_token():
    light = {token.light for token in palette.TOKENS.values()} | {palette.PAGE.light}
    data_colours = {role.tile for role in palette.ROLES.values()} | {role.line for role in palette.ROLES.values()}
    assert not data_colours & light
    assert not {palette.TILE_INK} & light
    assert len({token.mark for token in palette.TOKENS.values()}) == 4


def test_the_style_sheet_follows_the_tokens():
    sheet = Path(__file__).parents[1] / "book/_ext/scratchbook/static/book.css"
    if not sheet.exists():
        pytest.skip("the site's style sheet is not in this checkout")
    css = sheet.read_text("utf-8")
    light, dark = re.findall(r"html(?:\[data-theme=\"dark\"\])? \{([^}]*--fig-ink[^}]*)\}", css)
    for name, token in palette.TOKENS.items():
        assert f"--fig-{name}: {token.light};" in light
        assert f"--fig-{name}: {token.dark};" in dark
        stored = "rgb({}, {}, {})".format(*palette.rgb(token.light))
        rules = re.findall(rf"\.plotly-figure [^{{]*: {re.escape(stored)}\"\][^{{]*{{[^}}]*var\(--fig-(\w+)\)", css)
        assert set(rules) == {name}
    for name in ("muted", "hair", "empty"):  # what moves is known by its opacity, see palette.Token
        mark = f"opacity: {palette.TOKENS[name].mark}"
        assert set(re.findall(rf"{mark}\"\][^{{]*{{[^}}]*var\(--fig-(\w+)\)", css)) == {name}


def test_counts_climb_and_keep_their_ends():
    for most in (1, 2, 4, 9):
        steps = [colour for _, colour in palette.count_scale(most)][::2]
        assert len(steps) == len(set(steps)) == most + 1
        assert steps[0] == palette.COUNTS[0]
        brightness = [palette.luminance(colour) for colour in steps]
        assert brightness == sorted(brightness, reverse=True)
    assert [colour for _, colour in palette.count_scale(4)][::2] == list(palette.COUNTS)


def test_signed_maps_are_symmetric():
    pixels = palette.signed_pixels([[-2.0, 0.0, 2.0, 1.0]])
    assert palette.hexes(pixels)[:3] == [palette.SIGNED[0], palette.SIGNED[2], palette.SIGNED[4]]
    assert palette.hexes(palette.signed_pixels([[1.0]], limit=2))[0] == palette.hexes(pixels)[3]
    assert palette.signed_pixels(np.zeros((2, 2))).shape == (2, 2, 3)


# --------------------------------------------------------------------------------- the numbers of each figure

RNG = np.random.default_rng(7)
SIZES = {
    "4×6, 3×2": (RNG.integers(0, 10, (4, 6)), RNG.integers(-2, 4, (3, 2))),
    "5×3, 2×3": (RNG.integers(-5, 6, (5, 3)), RNG.integers(-2, 4, (2, 3))),
    "3×4, 1×1": (RNG.integers(0, 10, (3, 4)), np.array([[-2]])),
}
sizes = pytest.mark.parametrize("x, w", SIZES.values(), ids=SIZES)


@sizes
@pytest.mark.parametrize("stride", [1, 2])
def test_slide_multiplies_and_adds_what_the_package_does(x, w, stride):
    figure = parsed(plotting.slide(x, w, stride=stride))
    y = sc.conv2d(x[None, None], w[None, None], stride=stride)[0, 0]
    assert numbers(texts(figure, "image x")[0]) == x.ravel().tolist()
    assert numbers(texts(figure, "output y")[0]) == y.ravel().tolist()
    windows = x.ravel()[sc.view_index(x.shape, w.shape, stride=stride)]
    corners = sc.window_offsets(x.shape, w.shape, stride=stride)
    assert len(figure["frames"]) == y.size
    for n, state in enumerate(states(figure)):
        table = [t["text"] for t in state if t.get("mode") == "text"][-5 if w.size > 1 else -4 :]
        pixels, kernel, products, *sums = (numbers(row) for row in table)
        assert pixels == windows[n].tolist() and kernel == w.ravel().tolist()
        assert products == (windows[n] * w.ravel()).tolist()
        assert [*sums[0], *sums[-1]][: w.size] == np.cumsum(products).tolist()
        assert sums[-1] == [y.flat[n]]
        assert figure["layout"]["sliders"][0]["steps"][n]["label"] == (
            f"window at row {corners[n] // x.shape[1]}, column {corners[n] % x.shape[1]}")


@sizes
def test_index_explorer_lights_the_windows_indices(x, w):
    figure = parsed(plotting.index_explorer(x, w))
    views, offsets = sc.view_index(x.shape, w.shape), sc.window_offsets(x.shape, w.shape)
    index, values = (numbers(t) for t in texts(figure, "image x")[:2])
    assert index == list(range(x.size)) and values == x.ravel().tolist()
    assert numbers(texts(figure, "indices")[0]) == views.ravel().tolist()
    assert numbers(texts(figure, "output y")[0]) == sc.correlate2d(x, w).ravel().tolist()
    memory = axis_of(figure, "the same pixels")
    for n, state in enumerate(states(figure)):
        lit = next(t for t in state if t["xaxis"] == memory and t.get("fillcolor") == palette.ROLES["kernel"].tile)
        assert [round((left + right) / 2) for left, _, right, _ in cells_of(lit)] == views[n].tolist()
        assert f"window {n} = window 0 + {offsets[n]}" == figure["layout"]["sliders"][0]["steps"][n]["label"]
        products, total = re.sub("<[^>]*>", "", texts(figure, "image x", n)[2][0]).replace("−", "-").split(" = ")
        assert eval(products.replace("·", "*")) == int(total) == sc.correlate2d(x, w).flat[n]
        assert products.count("·") == w.size
        assert f"+{offsets[n]}" in [t["text"][0] for t in state if t.get("mode") == "text" and t["xaxis"] == memory]


def on_phone(figure):
    """The figure as the page's script prepares it for a phone, frames included."""
    figure, meta = copy.deepcopy(figure), figure["layout"]["meta"]
    for place, changes in meta["narrow_traces"].items():
        put(figure["data"][int(place)], changes)
    for frame, moved in zip(figure["frames"], meta.get("narrow_frames", []), strict=False):
        for place, changes in moved.items():
            put(frame["data"][int(place)], changes)
    return figure


def put(target, changes):
    for path, value in changes.items():
        *way, last = path.split(".")
        functools.reduce(lambda part, key: part.setdefault(key, {}), way, target)[last] = value


@pytest.mark.parametrize("shape, kernel", [((4, 6), (3, 2)), ((5, 6), (3, 3)), ((6, 4), (2, 2)), ((4, 5), (3, 3))])
def test_on_a_phone_memory_is_folded_and_everything_moves_with_it(shape, kernel):
    x = np.arange(np.prod(shape)).reshape(shape) % 10
    wide = parsed(plotting.index_explorer(x, np.ones(kernel, int)))
    figure = on_phone(wide)
    memory, views, offsets = axis_of(figure, "the same"), sc.view_index(shape, kernel), sc.window_offsets(shape, kernel)
    low, high = figure["layout"]["xaxis" + memory[1:]]["range"]
    for n, state in enumerate(states(figure)):
        of = [t for t in state if t["xaxis"] == memory]
        index = next(t for t in of if t["mode"] == "text" and len(t["text"]) == x.size)
        places = dict(zip(map(int, index["text"]), zip(index["x"], index["y"], strict=True), strict=True))
        assert len(set(index["y"])) == 2 and index["textfont"]["size"] >= 12
        every, ghost, lit, border = (cells_of(t) for t in of if t["mode"] in ("none", "lines"))
        assert min(right - left for left, _, right, _ in every) * WIDTHS["narrow"] / (high - low) >= 18  # px
        assert [under(every, places[i]) for i in range(x.size)] == list(range(x.size))
        for boxes, window in ((ghost, views[0]), (lit, views[n]), (border, views[n])):
            assert [under(boxes, places[i]) for i in window] == list(range(len(window)))
        arrow = next(t for t in of if t["mode"] == "lines+markers")
        heads = [k for k, size in enumerate(arrow["marker"]["size"]) if size]
        assert bool(heads) == bool(offsets[n])
        if heads:
            assert arrow["x"][heads[-1]] == pytest.approx(places[offsets[n]][0], abs=0.01)
            assert arrow["y"][heads[-1]] > places[offsets[n]][1]
    assert states(wide)[0] != states(figure)[0]


def under(boxes, place):
    """The one box that a point lies in."""
    x, y = place
    [found] = {k for k, (left, top, right, bottom) in enumerate(boxes) if left < x < right and top < y < bottom}
    return found


def test_a_short_strip_is_not_folded():
    assert "narrow_frames" not in parsed(plotting.index_explorer([[5, 3, 0, 2, 7]], [[1, -1]]))["layout"]["meta"]


def test_the_curtain_opens_one_output_a_frame():
    figure = parsed(plotting.slide(X, W))
    axis = axis_of(figure, "output y")
    OH, OW = sc.correlate2d(X, W).shape
    for n, state in enumerate(states(figure)):
        curtain = next(t for t in state if t["xaxis"] == axis and t.get("fillcolor") == palette.EMPTY.moving)
        hidden = [k for k in range(OH * OW) if any(inside(part, k % OW, k // OW) for part in parts(curtain))]
        assert hidden == list(range(n + 1, OH * OW))


@pytest.mark.parametrize("count", [1, 2])
def test_matrix_product_spells_out_its_sums(count):
    kernels = KERNELS[:count]
    figure = parsed(plotting.matrix_product(X, kernels))
    y = sc.conv2d(X[None, None], kernels[:, None])[0]
    assert numbers(texts(figure, "views")[0]) == X.ravel()[sc.view_index(X.shape, W.shape)].ravel().tolist()
    assert numbers(texts(figure, "kernels")[0]) == kernels.reshape(count, -1).T.ravel().tolist()
    assert numbers(texts(figure, "y ")[0]) == y.reshape(count, -1).T.ravel().tolist()
    for f in range(count):
        assert numbers(texts(figure, f"column {f}")[0]) == y[f].ravel().tolist()
    for n, state in enumerate(states(figure)):
        sums = next(t["text"] for t in state if t.get("mode") == "text" and "=" in t["text"][0] and "·" in t["text"][0])
        for f, line in enumerate(sums):
            left, right = re.sub("<[^>]*>", "", line).replace("−", "-").replace("·", "*").split(" = ")
            assert eval(left) == float(right) == y[f].flat[n]


def test_picture_window_finds_the_eye():
    frog = data.frog()
    figure = parsed(plotting.picture_window(frog, EDGE))
    active = figure["layout"]["sliders"][0]["active"]
    assert figure["layout"]["sliders"][0]["steps"][active]["label"] == "window at row 5, column 20"
    formula = [t["text"] for t in figure["data"] if t.get("mode") == "text"][-1]
    assert re.sub("<[^>]*>", "", formula[0]) == "channels last: 3·20 + 96·5 = 540"
    assert formula[1] == "channels first: 20 + 32·5 = 180"
    for step, traces in zip(figure["layout"]["sliders"][0]["steps"], states(figure), strict=True):
        row, column = map(int, re.findall(r"\d+", step["label"]))
        window = frog[row : row + 5, column : column + 5].astype(int)
        value = [t for t in traces if t["mode"] == "text"][-2]
        assert f"<b>{show((window * EDGE[..., None]).sum())}</b>" in value["text"][0]
        hovered = next(t for t in traces if t["mode"] == "markers")["hovertext"]
        assert [list(map(int, re.findall(r"\d+", text))) for text in hovered] == [
            [i, j, frog[:i].size + frog[i, :j].size, *frog[i, j]]
            for i in range(row, row + 5) for j in range(column, column + 5)]
    patch = next(t for t in figure["data"] if t.get("mode") == "markers")
    assert patch["marker"]["color"] == palette.hexes(frog[5:10, 20:25])
    np.testing.assert_array_equal(picture(figure, 0)[5::10, 5::10], frog)
    y = sc.conv2d(np.moveaxis(frog, 2, 0)[None].astype(int), np.stack([EDGE] * 3)[None])[0, 0]
    np.testing.assert_array_equal(picture(figure, 1)[5::10, 5::10], palette.signed_pixels(y))


def picture(figure, number):
    image = pytest.importorskip("PIL.Image")
    source = figure["layout"]["images"][number]["source"]
    return np.array(image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))))


def test_picture_window_tells_offsets_by_the_shape():
    figure = parsed(plotting.picture_window(data.frog()[:10, :17], EDGE[:2, :3], start=(9, 2)))
    formula = [t["text"] for t in figure["data"] if t.get("mode") == "text"][-1]
    assert formula[0].startswith("channels last: 3·9 + 51·2 = ") and "129" in formula[0]
    assert formula[1] == "channels first: 9 + 17·2 = 43"


@pytest.mark.parametrize("shape, kernel, stride", [((5, 5), (3, 3), 1), ((7, 9), (3, 3), 2), ((4, 6), (3, 2), 1),
                                                   ((5, 7), (2, 2), 3), ((6, 7), (2, 3), (2, 1))])
def test_coverage_counts_every_patch(shape, kernel, stride):
    figure = parsed(plotting.coverage(shape, kernel, stride))
    sh, sw = np.broadcast_to(stride, 2)
    counts = np.zeros(shape, dtype=int)
    OH, OW = (sc.output_size(n, k, stride=int(s)) for n, k, s in zip(shape, kernel, (sh, sw), strict=True))
    every = states(figure)
    for n in range(OH * OW):
        top, left = sh * (n // OW), sw * (n % OW)
        counts[top : top + kernel[0], left : left + kernel[1]] += 1  # by hand, not by conv2d_grad
        shown = texts(figure, "how many", n)[0]
        assert [0 if v is None else v for v in numbers(shown)] == counts.ravel().tolist()
        assert next(t for t in every[n] if t.get("mode") == "markers")["marker"]["color"] == counts.ravel().tolist()


def test_coverage_of_the_golden_and_times_x():
    x = np.arange(25).reshape(5, 5)
    figure = parsed(plotting.coverage((5, 5), (3, 3), x=x))
    golden = np.outer([1, 2, 3, 2, 1], [1, 2, 3, 2, 1])
    assert numbers(texts(figure, "how many", 8)[0]) == golden.ravel().tolist()
    assert numbers(texts(figure, "how many", 9)[0]) == (golden * x).ravel().tolist()


@pytest.mark.parametrize("n, k, padding", [(10, 3, 0), (7, 4, 2), (12, 2, 0), (5, 5, 1)])
def test_size_calculator_counts_as_output_size_and_names_unused_pixels(n, k, padding):
    strides = (1, 2, 3, 4)
    check_calculator(parsed(plotting.size_calculator(n, k, padding=padding, strides=strides)), n, k, padding,
                     [(stride, 1) for stride in strides])


@pytest.mark.parametrize("n, k, padding, stride", [(10, 3, 0, 1), (9, 2, 1, 2), (11, 3, 0, 3)])
def test_dilation_calculator_too(n, k, padding, stride):
    dilations = (1, 2, 3)
    figure = parsed(plotting.dilation_calculator(n, k, padding=padding, stride=stride, dilations=dilations))
    check_calculator(figure, n, k, padding, [(stride, dilation) for dilation in dilations])


def check_calculator(figure, n, k, padding, settings):
    for state, (stride, dilation) in zip(states(figure), settings, strict=True):
        labels = [t["text"] for t in state if t.get("mode") == "text"]
        taps, outputs, (formula, remark) = labels[-3:]
        expected = sc.output_size(n, k, stride=stride, padding=padding, dilation=dilation)
        covered = [stride * i + dilation * u - padding for i in range(expected) for u in range(k)]
        assert len(outputs) == expected
        if all(dilation == 1 for _, dilation in settings):
            ends = [text.split(" … ") for text in taps]
            assert [[numbers(e)[0], numbers(e)[-1]] for e in ends] == [
                [stride * i - padding, stride * i + k - 1 - padding] for i in range(expected)]
        else:
            assert numbers(taps) == covered
        plain = re.sub("<[^>]*>", " ", formula)
        assert f"= {expected} output" in re.sub(" +", " ", plain)
        left = plain.split("=")[0].replace("⌊", "math.floor(").replace("⌋", ")").replace("−", "-").replace("·", "*")
        assert eval(left) == expected
        exact = (n + 2 * padding - dilation * (k - 1) - 1) / stride
        assert re.findall(r"⌊([\d.]+)⌋ \+ 1 = ", plain) == [f"{exact:.4g}"]
        unused = sorted(set(range(n)) - set(covered))
        assert sorted(map(int, re.findall(r"\d+", remark))) == unused


@pytest.mark.parametrize("figure", [plotting.size_calculator(10, 3), plotting.dilation_calculator(10, 3)])
def test_few_windows_use_the_room_of_many(figure):
    """They stand in the middle of it, further apart, and no lower than their own distance from the row of pixels."""
    rows = [next(sorted({y for _, top, _, bottom in cells_of(t) for y in (top, bottom)}) for t in state
                 if t.get("fillcolor") == palette.ROLES["output"].tile) for state in states(parsed(figure))]
    (first, last), apart = (rows[0][0], rows[0][-1]), rows[0][2] - rows[0][0]
    for edges in rows:
        assert edges[0] - first == pytest.approx(last - edges[-1], abs=0.01)
        assert len(edges) == 2 or apart <= edges[2] - edges[0] + 0.001 <= 2 * apart + 0.01
        assert (edges[-1] - edges[0]) / (last - first) >= min(0.85, (len(edges) - 1) * apart / (last - first))


def test_image_grid_shares_one_range_and_keeps_values():
    a, b = np.array([[0.5, -3.0]]), np.array([[1, 2]])
    figure = plotting.image_grid([a, b], ["one", "two"], signed=True)
    assert {(t.zmin, t.zmax) for t in figure.data if t.type == "heatmap"} == {(-3.0, 3.0)}
    np.testing.assert_array_equal(figure.data[0].z, a.astype(np.float32))
    assert figure.data[0].z.dtype == np.float32
    plain = plotting.image_grid([a, b], ["one", "two"])
    assert (plain.data[0].zmin, plain.data[0].zmax) == (-3.0, 2.0)
    grey = plotting.image_grid([np.array([[3, 200]], dtype=np.uint8)], ["grey"])
    assert grey.data[0].z.dtype == np.uint8 and (grey.data[0].zmin, grey.data[0].zmax) == (0, 255)
    assert "f4" in figure.to_json() and "f8" not in figure.to_json()


def test_image_grid_draws_colour_pixels():
    frog = data.frog()
    figure = parsed(plotting.image_grid([frog], ["frog"]))
    np.testing.assert_array_equal(picture(figure, 0)[4::10, 4::10], frog)


def test_image_grid_wants_titles_and_channels_last():
    with pytest.raises(ValueError, match="one title for each image: got 1 images and 2 titles"):
        plotting.image_grid([np.eye(3)], ["a", "b"])
    with pytest.raises(ValueError, match="channels first becomes channels last"):
        plotting.image_grid([np.zeros((3, 8, 8), np.uint8)], ["a"])
    with pytest.raises(ValueError, match="colour image is uint8"):
        plotting.image_grid([np.zeros((8, 8, 3))], ["a"])


# ---------------------------------------------------------------------------------------------- the board


def board(height=200, narrow_height=200):
    new = Board(height, "A test of one panel with four cells.", narrow_height=narrow_height)
    return new, new.panel(2, 2, (0, 0, 100, 100), (0, 0, 100, 100), "panel")


def test_a_handle_keeps_its_state_until_it_is_named_again():
    b, panel = board()
    stencil = b.stencil(panel, (0, 0, 1, 1), "kernel")
    numbers = b.numbers(panel, [[1, 2], [3, 4]])
    for caption, changes in [("a", {}), ("b", {stencil: (1, 1, 1, 1)}), ("c", {numbers: [5, 6, 7, 8]}), ("d", {})]:
        b.frame(caption, changes)
    figure = parsed(b.finish(start=1))
    shown = [(cells_of(s[0])[0][0] > 0, s[1]["text"][0]) for s in states(figure)]
    assert shown == [(False, "1"), (True, "1"), (True, "5"), (True, "5")]
    assert all("x" in frame["data"][0] for frame in figure["frames"])  # in full, so that the slider can jump


def test_cells_may_differ_in_number():
    b, panel = board()
    stencil = b.stencil(panel, [], "kernel")
    hatch = b.hatch(panel, [])
    for cells in ([], [(0, 0, 1, 1)], [(0, 0, 1, 1), (1, 1, 1, 1)]):
        b.frame(f"{len(cells)} cells", {stencil: cells, hatch: cells})
    every = states(parsed(b.finish()))
    assert [sum(r > l for l, _, r, _ in cells_of(s[0])) for s in every] == [0, 2, 2]  # the last one is repeated
    assert len({len(s[1]["x"]) for s in every}) == 1


def test_numbers_move_and_shrink_together():
    b, panel = board()
    numbers = b.numbers(panel, [[1, 2]], size=40)
    b.frame("there", {numbers: {"x": [1, 0]}})
    b.frame("long", {numbers: ["12345", "6"]})
    figure = parsed(b.finish())
    assert states(figure)[1][0]["x"] == [1, 0]
    size = figure["data"][0]["textfont"]["size"]
    assert 10 <= size < 40 and text_width("12345", size) <= 48
    assert "textfont" not in figure["frames"][1]["data"][0]


@pytest.mark.parametrize("cell, air", [(60, 3), (30, 3), (25, 1)])
def test_a_number_keeps_off_the_edges_of_its_cell(cell, air):
    """3 px on each side, or 1 where its smallest size would not leave so much."""
    b = Board(200, "A test of one panel with two cells.", narrow_height=200)
    panel = b.panel(1, 2, (0, 0, 2 * cell, cell), (0, 0, 2 * cell, cell), square=False)
    b.numbers(panel, [[-12, 5]], size=18)
    size = parsed(b.finish())["data"][0]["textfont"]["size"]
    free = (panel.cell("wide")[0] - text_width("−12", size)) / 2
    assert size >= 10 and free >= air
    assert size in (10, 18) or (panel.cell("wide")[0] - text_width("−12", size + 1)) / 2 < air


def test_what_cannot_be_drawn_is_an_error():
    def finished(paint, **kwargs):
        b, panel = board()
        paint(b, panel)
        return b.finish(**kwargs)

    with pytest.raises(ValueError, match="does not fit into 47 px of a cell in the wide design"):
        finished(lambda b, p: b.numbers(p, [["1234567890123"]]))
    with pytest.raises(ValueError, match="does not fit into the board in the narrow design"):
        finished(lambda b, p: b.words(p, 0, 0, "w" * 45))
    with pytest.raises(ValueError, match="Plotly hides text outside its panel"):
        finished(lambda b, p: b.words(p, 3, 0, "out"))
    with pytest.raises(ValueError, match="at least 10 px"):
        finished(lambda b, p: b.words(p, 0, 0, "small", size=9))
    with pytest.raises(ValueError, match=r"stays on the board of 342 × 200 px in the narrow design"):
        finished(lambda b, p: b.panel(1, 1, (0, 0, 10, 10), (340, 0, 10, 10)))
    with pytest.raises(ValueError, match="titles “panel” and “other” overlap"):
        finished(lambda b, p: b.panel(1, 1, (20, 0, 10, 10), (20, 0, 10, 10), "other"))
    with pytest.raises(ValueError, match="runs off the board in the narrow design"):
        finished(lambda b, p: b.panel(1, 1, (300, 0, 10, 10), (300, 0, 10, 10), "a long title"))
    with pytest.raises(ValueError, match=r"one value each, got \[2, 4\] of them"):
        finished(lambda b, p: b.frame("a", {b.cells(p, [[0, 1], [1, 0]], palette.count_scale(1), most=1): [[1, 0]]}))
    with pytest.raises(ValueError, match="uint8, 0 … 255, got float64"):
        finished(lambda b, p: b.picture(p, np.zeros((2, 2))))
    with pytest.raises(ValueError, match="uint8 or float32, got float64"):
        finished(lambda b, p: b.heatmap(p, np.zeros((2, 2)), [], (0, 1)))
    with pytest.raises(ValueError, match="one of the frames 0 … 0, got 1"):
        finished(lambda b, p: b.frame("a", {}), start=1)
    with pytest.raises(ValueError, match="alt must be a sentence"):
        Board(10, "figure", narrow_height=10)


def test_what_cannot_move_is_an_error():
    b, panel = board()
    path = b.path(panel, ([0, 1], [0, 1]), "kernel", line=True)
    stencil, curtain = b.stencil(panel, (0, 0, 1, 1), "kernel"), b.curtain(panel, (2, 2))
    with pytest.raises(ValueError, match="got 'x': not a handle"):
        b.frame("a", {"x": 1})
    with pytest.raises(ValueError, match="a caption has 1 to 32 letters"):
        b.frame("w" * 33, {})
    with pytest.raises(ValueError, match=r"a cell is \(row, column, height, width\), got \(0, 0, 1\)"):
        b.frame("a", {stencil: [(0, 0, 1)]})
    with pytest.raises(ValueError, match="opens up to output -1 … 3, got 4"):
        b.frame("a", {curtain: 4})
    with pytest.raises(ValueError, match="one text for each place"):
        c, other = board()
        c.frame("a", {c.numbers(other, [[1, 2]]): [1]})
        c.finish()
    told, place = board()
    with pytest.raises(ValueError, match="give the label a hover"):
        told.frame("a", {told.words(place, 0, 0, "one"): {"hover": ["there"]}})
    told.frame("a", {told.words(place, [0, 1], 0, ["one", "two"], hover=["here", "there"]): {"hover": ["here"]}})
    with pytest.raises(ValueError, match="one hover for each of 2 texts, got 1"):
        told.finish()
    b.frame("a", {path: ([0, 1, 2], [0, 1, 2])})
    b.frame("b", {path: ([0, 1], [0, 1])})
    with pytest.raises(ValueError, match="keeps its number of points"):
        b.finish()


def test_a_heatmap_has_no_frames():
    b, panel = board()
    heatmap = b.heatmap(panel, np.zeros((2, 2), np.float32), palette.continuous_scale(palette.GREYS), (0, 1))
    with pytest.raises(ValueError, match="vanishes while frames change"):
        b.frame("a", {heatmap: 1})
    b.frame("a", {})
    with pytest.raises(ValueError, match="vanishes while frames change"):
        b.finish()


@pytest.mark.parametrize("what", BUDGET)
def test_a_figure_over_budget_is_an_error(what, monkeypatch):
    monkeypatch.setitem(BUDGET, what, 0)
    b, panel = board()
    b.numbers(panel, [[1, 2]])
    b.frame("a", {})
    with pytest.raises(ValueError, match=f"at most 0 {what.replace('_', ' ')}, this one"):
        b.finish()


def test_arrows_have_heads_only_when_they_go_somewhere():
    b, panel = board()
    arrows = b.arrow(panel, [[(0, 0), (1, 1)], [(0, 1), (0, 1)]])
    b.frame("two", {arrows: [plotting.arc((0, 0), (1, 0)), [(0, 0), (1, 1)]]})
    figure = parsed(b.finish())
    trace = figure["data"][0]
    assert len(trace["x"]) == len(trace["marker"]["size"]) == len(trace["marker"]["symbol"])
    heads = [i for i, size in enumerate(trace["marker"]["size"]) if size == 10]
    assert [(trace["x"][i], trace["y"][i]) for i in heads] == [(1, 0), (1, 1)]
    still, other = board()
    still.arrow(other, [[(0, 0), (0, 0)]])
    assert set(parsed(still.finish())["data"][0]["marker"]["size"]) == {0}


def test_fractions_lose_digits_and_numbers_may_be_left_out():
    b, panel = board()
    b.numbers(panel, [[-0.123456, 2.0]], size=20)
    b.numbers(panel, [["1234567890"]], spare="drop")
    figure = parsed(b.finish())
    assert figure["data"][0]["text"] == ["−0.1235", "2"] and figure["data"][0]["textfont"]["size"] == 10
    assert figure["data"][1]["text"] == [NOTHING_YET]
    tight = Board(40, "A test of cells that are tight.", narrow_height=40)
    tight.numbers(tight.panel(1, 2, (0, 0, 72, 40), (0, 0, 70, 40)), [[-0.123456, 2.0]])
    assert parsed(tight.finish())["data"][0]["text"] == ["−0.12", "2"]


def test_too_many_windows_is_an_error_that_says_so():
    for draw in (lambda x, w: plotting.slide(x, w), plotting.index_explorer,
                 lambda x, w: plotting.matrix_product(x, w[None]), lambda x, w: plotting.coverage(x.shape, w.shape)):
        with pytest.raises(ValueError, match=r"at most 50 frames, one for each [a-z ]+, and here are 676"):
            draw(np.zeros((28, 28), int), np.ones((3, 3), int))


def test_products_of_bytes_do_not_wrap():
    figure = parsed(plotting.slide(np.full((1, 2), 200, np.uint8), np.full((1, 2), 2, np.uint8)))
    assert [t["text"] for t in figure["data"] if t.get("mode") == "text"][-3:] == [["400", "400"], ["400"], ["800"]]


def test_the_phone_gets_its_own_sizes():
    b = Board(200, "A strip of numbers that is tight on a phone.", narrow_height=200)
    panel = b.panel(1, 24, (0, 0, 672, 28), (0, 0, 342, 18), square=False)
    b.numbers(panel, np.arange(24)[None], size=13)
    b.numbers(panel, 1000 + np.arange(24)[None], size=13, spare="thin")
    figure = parsed(b.finish())
    assert figure["data"][0]["textfont"]["size"] == 13
    changes = figure["layout"]["meta"]["narrow_traces"]
    assert changes["0"] == {"textfont.size": 10}
    shown = [text for text in changes["1"]["text"] if text != NOTHING_YET]
    assert shown == [str(1000 + i) for i in range(0, 24, 2)]
    assert figure["layout"]["meta"]["narrow"]["xaxis.domain"] == [0, 1]
    assert WIDTHS == {"wide": 672, "narrow": 342}


def test_without_plotly_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly", None)
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    b, panel = board()
    b.tiles(panel, (2, 2), "input")
    with pytest.raises(ImportError, match=re.escape('pip install "scratchconv[book]"')):
        b.finish()


# ------------------------------------------------------------------------------- geometry and lettering


@pytest.mark.parametrize("shape", [(2, 5), (1, 1), (12, 3), (28, 28)])
def test_unread_covers_exactly_what_comes_after(shape):
    counts = set()
    for k in range(-1, shape[0] * shape[1], 1 if math.prod(shape) < 50 else 37):
        hidden = np.zeros(shape, dtype=int)
        cells = unread(k, shape)
        for row, column, height, width in cells:
            if height > 0 and width > 0:
                hidden[row : row + height, column : column + width] += 1
        np.testing.assert_array_equal(hidden.ravel(), np.arange(hidden.size) > k)
        counts.add(len(rects(cells)[0]))
    assert len(counts) == 1


def test_rects_stay_inside_and_strokes_too():
    x, y = rects([(1, 2, 1, 3)], inset=0.1)
    assert (min(x), max(x), min(y), max(y)) == (1.6, 4.4, 0.6, 1.4)
    x, y = strokes([(1, 2, 2, 1)])
    assert all(1.5 <= v <= 2.5 for v in x if v is not None) and all(0.5 <= v <= 2.5 for v in y if v is not None)
    assert padded([], 2, home=(3, 4)) == [(3, 4, 0, 0)] * 2


def test_half_turn_flips_a_kernel():
    for row, column in np.ndindex(2, 3):
        assert plotting.half_turn((column, row), (1, 0.5), 180) == (2 - column, 1 - row)
    assert plotting.half_turn((1, 0), (0, 0), 90) == (0, 1)  # y grows downwards: clockwise


def test_large_numbers_are_written_out():
    assert [plotting.show(v, d) for v, d in ((12378.4, 4), (-9999.7, 4), (1234.5, 2), (9999.4, 4), (1e6, 4))] == [
        "12,378", "−10,000", "1,234", "9999", "1,000,000"]
    figure = plotting.image_grid([np.array([[-12378.4, 900.0]])], ["large"], signed=True)
    assert [t.text[0] for t in figure.data if t.type == "scatter" and t.mode == "text"] == ["−12,378", "12,378", "0"]
    assert figure.data[0].hovertemplate.count("%{z:,.5~r}") == 1  # decimal, with commas


def test_numbers_are_written_with_true_minus_signs():
    assert [show(v) for v in (3, -3, 2.0, -0.5, np.int64(-7), np.float32(0.25), None, "")] == [
        "3", "−3", "2", "−0.5", "−7", "0.25", NOTHING_YET, NOTHING_YET]
    assert [factor(v) for v in (2, -2, 0)] == ["2", "(−2)", "0"]


def test_text_is_not_wider_than_measured():
    font = pytest.importorskip("PIL.ImageFont")
    try:
        sans = font.truetype("DejaVuSans.ttf", 100)
    except OSError:
        pytest.skip("DejaVu Sans, the widest fallback, is not installed")
    for text in ("0123456789", "window 7 = window 0 + 8", "⌊(10 − 3) / 2⌋ + 1 = 4 outputs",
                 "dx[2:5, 4:7] += dy[1,2] · w", "how many patches reach each cell of dx 7 × 9"):
        assert sans.getlength(text) <= text_width(text, 100) <= 1.15 * sans.getlength(text)
    assert fitting_size(["12"], (13, 30), 15) == 10
    assert fitting_size(["12"], (12, 30), 15) == 0
