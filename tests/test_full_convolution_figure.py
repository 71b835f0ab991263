"""The figures of chapter 10: the three steps of a full convolution, and the pixels that paint; numbers from SciPy."""

import re

import numpy as np
import pytest
from scipy.signal import convolve2d
from test_plotting import axis_of, cells_of, inside, numbers, parsed, parts, states

from scratchconv import plotting
from scratchconv.plotting import palette
from scratchconv.plotting.lettering import NOTHING_YET

BEFORE = 5  # frames: the picture, the padding, three of the turn
CASES = {
    "wide": ((3, 4), (2, 3)),
    "tall kernel": ((2, 3), (3, 2)),
    "one row": ((2, 4), (1, 3)),
    "square": ((3, 3), (2, 2)),
}
cases = pytest.mark.parametrize("case", CASES)


def drawn(case):
    x_shape, w_shape = CASES[case]
    x = np.random.default_rng(10).integers(1, 10, x_shape)
    w = np.arange(1, 1 + np.prod(w_shape)).reshape(w_shape) * -1
    return x, w, parsed(plotting.full_convolution(x, w))


def labels(traces, axis):
    """The numbers of a panel, blanks left out: [{(row, column): number}], one for each trace."""
    found = []
    for trace in traces:
        if trace.get("mode") == "text" and trace["xaxis"] == axis:
            there = zip(trace["x"], trace["y"], trace["text"], strict=True)
            found.append({(round(y), round(x)): numbers([text])[0] for x, y, text in there if text != NOTHING_YET})
    return found


@cases
def test_the_padded_picture_is_numpys_and_comes_after_the_picture(case):
    x, w, figure = drawn(case)
    (KH, KW), axis = w.shape, axis_of(figure, "picture x")
    padded = np.pad(x, [(KH - 1, KH - 1), (KW - 1, KW - 1)])
    for number, traces in enumerate(states(figure)):
        zeros, pixels, _ = labels(traces, axis)
        shown = {**zeros, **pixels}
        assert [shown[place] for place in np.ndindex(padded.shape)] == padded.ravel().tolist()
        cover = next(t for t in traces if t["xaxis"] == axis and t.get("fillcolor") == palette.EMPTY.moving)
        hidden = {(i, j) for i, j in shown if any(inside(part, j, i) for part in parts(cover))}
        assert hidden == (set(zeros) if number == 0 else set())


@cases
def test_the_kernel_turns_before_it_slides(case):
    _, w, figure = drawn(case)
    axis = axis_of(figure, "kernel w")
    for number, traces in enumerate(states(figure)):
        (trace,) = [t for t in traces if t.get("mode") == "text" and t["xaxis"] == axis]
        order = np.lexsort((np.round(trace["x"], 1), np.round(trace["y"], 1)))
        read = np.array(numbers(trace["text"]))[order].tolist()
        if number < 2:
            assert read == w.ravel().tolist()
        if number >= BEFORE - 1:
            assert read == w[::-1, ::-1].ravel().tolist()


@cases
def test_every_output_is_scipys_and_lights_with_its_window(case):
    x, w, figure = drawn(case)
    y, (KH, KW) = convolve2d(x, w, mode="full"), w.shape
    axis, out = axis_of(figure, "picture x"), axis_of(figure, "output y")
    every = states(figure)
    assert len(every) == BEFORE + y.size
    for traces, (p, q) in zip(every[BEFORE:], np.ndindex(y.shape), strict=True):
        assert labels(traces, out)[0][p, q] == y[p, q]
        assert labels(traces, axis)[2] == {(p + u, q + v): w[::-1, ::-1][u, v] for u, v in np.ndindex(w.shape)}
        borders = {t["xaxis"]: cells_of(t)[0] for t in traces if t.get("mode") == "lines" and t["line"]["width"] == 3}
        assert np.rint(np.add(borders[axis], 0.5)).tolist() == [q, p, q + KW, p + KH]
        assert np.rint(np.add(borders[out], 0.5)).tolist() == [q, p, q + 1, p + 1]
        lines = next(t["text"] for t in traces if t.get("mode") == "text" and any("=" in line for line in t["text"]))
        met, total = re.sub("<[^>]*>", "", " ".join(lines)).replace("−", "-").replace("·", "*").split("=")
        assert eval(met) == int(total) == y[p, q]
        reach = [(p - u, q - v) for u, v in np.ndindex(w.shape)]
        assert met.count("*") == sum(0 <= i < x.shape[0] and 0 <= j < x.shape[1] for i, j in reach)


@cases
def test_sizes_are_told_for_the_figure_and_for_the_frog(case):
    x, w, figure = drawn(case)
    told = [t["text"] for t in figure["data"] if t.get("mode") == "text" and "padded" in "".join(t["text"])]
    for texts, picture, kernel in zip(told, (x, np.ones((32, 32))), (w, np.ones((5, 5))), strict=True):
        padded = np.pad(picture, [(k - 1, k - 1) for k in kernel.shape])
        full = convolve2d(picture, kernel, mode="full")
        assert [tuple(map(int, re.findall(r"\d+", text))) for text in texts] == [
            picture.shape, padded.shape, full.shape]
    assert (padded.shape, full.shape) == ((40, 40), (36, 36))


@pytest.mark.parametrize("w", [[[1, 2, 3], [4, 5, 6]], [[1, -1], [0, 2], [3, 1]], [[2, 1]]])
def test_growing_support_adds_up_the_pixels_so_far(w):
    figure = parsed(plotting.growing_support(w, rounds=2))
    axis, every = axis_of(figure, "output y"), iter(states(figure))
    picture = np.ones((1, 1), int)
    for _ in range(2):
        for count in range(1, picture.size + 1):
            so_far = np.where(np.arange(picture.size).reshape(picture.shape) < count, picture, 0)
            shown = labels(next(every), axis)[0]
            y = convolve2d(so_far, w, mode="full")
            assert all(shown.get(place, 0) == y[place] for place in np.ndindex(y.shape))
            assert set(shown) >= {place for place in np.ndindex(y.shape) if y[place]}
        picture = convolve2d(picture, w, mode="full")
    assert next(every, None) is None


def test_too_many_outputs_are_refused():
    with pytest.raises(ValueError, match="at most 50 frames, one for each output"):
        plotting.full_convolution(np.ones((6, 7), int), np.ones((2, 2), int))
