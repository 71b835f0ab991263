"""The byte tape: every way against NumPy's own view of numbered cells, every stride against NumPy's strides."""

import itertools
import re

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from test_plotting import axis_of, cells_of, parsed, states, texts

from scratchconv import plotting
from scratchconv.plotting import palette

CASES = {  # image, kernel, cell
    "the chapter's": (np.zeros((4, 5), np.int32), (2, 3), None),
    "known strides": (np.zeros((5, 5), np.int32), (2, 2), 12),
    "bytes, in a corner": (np.zeros((3, 7), np.uint8), (3, 2), 20),
    "a column of windows": (np.zeros((5, 3)), (2, 3), None),
}
cases = pytest.mark.parametrize("x, kernel, cell", CASES.values(), ids=CASES)
ROW = 2  # of the tape in its panel


def numbered(x, kernel):
    """NumPy's view of an image whose cells hold their own numbers."""
    return sliding_window_view(np.arange(x.size).reshape(x.shape), kernel)


def ways_drawn(figure):
    axis = axis_of(figure, "ways to cell")
    table = next(t["text"] for t in figure["data"] if t.get("mode") == "text" and t["xaxis"] == axis
                 and "i" not in t["text"])
    return np.array(table[4:], dtype=int).reshape(-1, 4)


@cases
def test_all_ways_lead_to_the_cell_and_none_is_missing(x, kernel, cell):
    figure = parsed(plotting.byte_tape(x, kernel, cell=cell))
    view = numbered(x, kernel)
    ways = ways_drawn(figure)
    reached = {int(view[tuple(way)]) for way in ways}
    assert len(reached) == 1 and (cell is None or reached == {cell})
    assert len(ways) == np.count_nonzero(view == reached.pop())
    if cell is None:
        assert len(ways) == np.bincount(view.ravel()).max()


@cases
def test_strides_are_numpys(x, kernel, cell):
    figure = parsed(plotting.byte_tape(x, kernel, cell=cell))
    strides = sliding_window_view(x, kernel).strides
    lines = next(t["text"] for t in figure["data"] if t.get("mode") == "text" and t["text"][0].startswith("bytes ("))
    assert lines == [f"bytes {strides}", f"items {tuple(step // x.itemsize for step in strides)}"]


@cases
def test_jumps_end_to_end_reach_the_lit_cell(x, kernel, cell):
    figure = parsed(plotting.byte_tape(x, kernel, cell=cell))
    view, axis = numbered(x, kernel), axis_of(figure, "memory")
    ways, steps = ways_drawn(figure), figure["layout"]["sliders"][0]["steps"]
    for traces, step in zip(states(figure), steps, strict=True):
        way = re.match(r"view\[(.*)\]", step["label"])
        arrows = [t for t in traces if t["mode"] == "lines+markers" and t["xaxis"] == axis]
        jumps = sorted(jump for trace in arrows for jump in ends(trace))
        words = [text for t in traces if t.get("mode") == "text" and t["xaxis"] == axis for text in t["text"]]
        assert [f"+{b - a}" for a, b in jumps] == [text for text in words if text.startswith("+")]
        assert all(b == c for (_, b), (c, _) in itertools.pairwise(jumps)) and jumps[0][0] == 0
        assert jumps[-1][1] == lit_cell(traces, axis)
        if way:
            i, j, u, v = map(int, way[1].split(","))
            assert [i, j, u, v] in ways.tolist() and jumps[-1][1] == view[i, j, u, v]
            assert [len(ends(trace)) for trace in arrows] == [i + j, u + v]
            assert [trace["line"]["color"] for trace in arrows] == [palette.ROLES[r].line for r in ("output", "kernel")]
            assert window_cells(traces, axis) == view[i, j].ravel().tolist()


def ends(trace):
    """(first, last) cell of every arc that goes anywhere."""
    part, jumps = [], []
    for x in [*trace["x"], None]:
        if x is None:
            jumps += [(round(part[0]), round(part[-1]))] if part[0] != part[-1] else []
            part = []
        else:
            part.append(x)
    return jumps


def lit_cell(traces, axis):
    line = palette.ROLES["input"].line
    outline = next(t for t in traces if t["mode"] == "lines" and t["xaxis"] == axis and t["line"]["color"] == line)
    left, _, right, _ = cells_of(outline)[0]
    return round((left + right) / 2)


def window_cells(traces, axis):
    tile = palette.ROLES["kernel"].tile
    stencil = next(t for t in traces if t.get("fillcolor") == tile and t["xaxis"] == axis)
    return [round((left + right) / 2) for left, _, right, _ in cells_of(stencil)]


@cases
def test_the_sum_is_spelt_out(x, kernel, cell):
    figure = parsed(plotting.byte_tape(x, kernel, cell=cell))
    for traces in states(figure):
        terms, total = next(t["text"] for t in traces if t.get("mode") == "text" and t["text"][-1].startswith("= "))
        products = [int(n) * int(step) for n, step in re.findall(r"(\d+)·(\d+)", terms)]
        assert len(products) == 4 and f"= <b>cell {sum(products)}</b>" == total


def test_the_tape_is_numbered():
    figure = parsed(plotting.byte_tape(np.zeros((4, 5), np.int32), (2, 3)))
    assert texts(figure, "memory")[0] == [str(p) for p in range(20)]
    assert texts(figure, "memory")[1] == ["byte 0", "byte 20", "byte 40", "byte 60"]


def test_a_cell_that_is_not_there_is_an_error():
    with pytest.raises(ValueError, match=r"one of the 20 cells of x, 0 … 19, got 20"):
        plotting.byte_tape(np.zeros((4, 5)), (2, 2), cell=20)
