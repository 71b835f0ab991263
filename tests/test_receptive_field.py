"""The receptive field: numbers, outline and cone against SciPy, which spreads one output back over the layers."""

import re

import numpy as np
import pytest
from scipy import signal
from test_plotting import axis_of, cells_of, numbers, parsed, parts, states, texts, themed

from scratchconv import plotting
from scratchconv.plotting import palette
from scratchconv.plotting.receptive_field import LAYERS

CASES = {
    "the chapter's": ((10, 13), LAYERS),
    "two strides": ((9, 14), (((2, 4), 2), ((3, 2), 1), ((1, 2), 2))),
    "even kernels": ((7, 8), (((2, 2), 1), ((4, 2), 1))),
}
cases = pytest.mark.parametrize("x_shape, layers", CASES.values(), ids=CASES)


def shapes(x_shape, layers):
    sizes = [x_shape]
    for (KH, KW), stride in layers:
        sizes.append(((sizes[-1][0] - KH) // stride + 1, (sizes[-1][1] - KW) // stride + 1))
    return sizes


def seen(x_shape, layers):
    """On how many ways each pixel reaches the output in the middle of the last of these layers."""
    sizes = shapes(x_shape, layers)
    ways = np.zeros(sizes[-1], dtype=int)
    ways[sizes[-1][0] // 2, sizes[-1][1] // 2] = 1
    for below, (kernel, stride) in zip(sizes[-2::-1], layers[::-1], strict=True):
        spread = np.zeros([stride * (n - 1) + 1 for n in ways.shape], dtype=int)
        spread[::stride, ::stride] = ways
        patch = signal.convolve2d(spread, np.ones(kernel, dtype=int))
        ways = np.pad(patch, [(0, size - have) for size, have in zip(below, patch.shape, strict=True)])
    return ways


def extent(ways):
    """(row, column, height, width) of what is not zero."""
    rows, columns = np.nonzero(ways.any(1))[0], np.nonzero(ways.any(0))[0]
    return rows[0], columns[0], rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1


def outlined(traces, axis):
    outline = next(t for t in traces if t["xaxis"] == axis and t["mode"] == "lines")
    left, top, right, bottom = cells_of(outline)[0]
    return round(top + 0.5), round(left + 0.5), round(bottom - top), round(right - left)


@cases
def test_numbers_and_outline(x_shape, layers):
    figure = parsed(plotting.receptive_field(x_shape, layers))
    axis = axis_of(figure, "ways from")
    assert len(figure["frames"]) == len(layers)
    for n, traces in enumerate(states(figure)):
        ways = seen(x_shape, layers[: n + 1])
        assert [value or 0 for value in numbers(texts(figure, "ways from", n)[0])] == ways.ravel().tolist()
        assert outlined(traces, axis) == extent(ways)
        height, width = extent(ways)[2:]
        caption = figure["layout"]["sliders"][0]["steps"][n]["label"]
        assert caption == f"layer {n + 1} sees {height} × {width} pixels"
        told = next(t["text"] for t in traces if t.get("mode") == "text" and "sees" in t["text"][0])
        assert re.sub("<[^>]*>", "", told[n]).endswith(f"sees {height} × {width}")
        assert all("sees" not in line for line in told[n + 1 :])


@cases
def test_the_cone_ends_on_the_field(x_shape, layers):
    figure = parsed(plotting.receptive_field(x_shape, layers))
    axis = axis_of(figure, "one output")
    (H, W), tiles = x_shape, {role: palette.ROLES[role].tile for role in ("input", "kernel")}
    for n, traces in enumerate(states(figure)):
        stack = [t for t in traces if t["xaxis"] == axis]
        plane, lit = (parts(next(t for t in stack if t.get("fillcolor") == tiles[role])) for role in tiles)
        corner, right, _, down = np.array(plane[0][:4])
        across, along = (right - corner) / W, (down - corner) / H  # one column, one row of x in the drawing
        row, column, height, width = extent(seen(x_shape, layers[: n + 1]))
        field = [corner + r * along + c * across for r, c in
                 ((row, column), (row, column + width), (row + height, column + width), (row + height, column))]
        assert any(np.allclose(quad[:4], field, atol=0.01) for quad in lit)
        cone = next(t for t in stack if t["mode"] == "lines" and t["line"]["color"] == palette.ROLES["kernel"].line)
        ends = [np.array(edge[1]) for edge in parts(cone)]
        assert all(any(np.allclose(end, point, atol=0.01) for end in ends) for point in field)
        output = next(t for t in stack if t["mode"] == "lines" and t["line"]["width"] == 4)
        centre = np.mean(parts(output)[0][:4], axis=0)
        assert centre[0] == pytest.approx(np.mean(field, axis=0)[0], abs=0.01)  # straight above its field
        assert centre[1] < min(point[1] for point in field)


def test_cone_and_cells_can_be_seen_in_both_themes():
    figure = parsed(plotting.receptive_field((10, 13)))
    lines = [t["line"] for t in figure["data"] if t["xaxis"] == axis_of(figure, "one output") and t["mode"] == "lines"]
    *grids, cone, _ = lines
    for theme in ("light", "dark"):
        grounds = [palette.ROLES["input"].tile, *[palette.ROLES["output"].tile] * 3]
        for line, ground in zip(grids, grounds, strict=True):
            assert palette.contrast(themed(line["color"], theme), ground) >= 3
        assert palette.contrast(themed(cone["color"], theme), getattr(palette.PAGE, theme)) >= 3
    assert cone["width"] >= 2


def test_known_sizes():
    steps = parsed(plotting.receptive_field((10, 13)))["layout"]["sliders"][0]["steps"]
    assert [re.findall(r"\d+", step["label"])[1:] for step in steps] == [["3", "3"], ["4", "5"], ["8", "7"]]


@cases
def test_what_is_hovered_counts_the_ways(x_shape, layers):
    figure, ways = parsed(plotting.receptive_field(x_shape, layers)), seen(x_shape, layers)
    told = [words for trace in figure["data"] for words in trace.get("hovertext") or [] if " to an output" in words]
    assert len(told) == ways.size
    for words in told:
        told_of = re.fullmatch(r"x\[(\d+),(\d+)\]: (\d+) (ways?) to an output of layer (\d+)", words)
        i, j, count, way, layer = told_of.groups()
        assert (int(count), int(layer)) == (ways[int(i), int(j)], len(layers))
        assert (way == "way") == (count == "1")
