"""The figure of chapter 7: its numbers are NumPy's and SciPy's, and every arrow ends on the pixel that was copied."""

import itertools

import numpy as np
import pytest
from scipy import signal

from scratchconv.plotting.border_modes import border_modes

NUMPY = {"zero": "constant", "edge": "edge", "symmetric": "symmetric", "reflect": "reflect", "wrap": "wrap"}

CASES = {
    "odd kernel": ((4, 6), (3, 5)),
    "even kernel, its odd pixel after": ((4, 6), (2, 4)),
    "ring on two sides only": ((5, 4), (1, 3)),
    "tall image, tall kernel": ((6, 3), (5, 3)),
}


def drawn(case):
    """The image, whose pixels all differ, a kernel without zeros, and the figure."""
    shape, kernel = CASES[case]
    x = np.arange(1, 1 + np.prod(shape)).reshape(shape)
    w = np.random.default_rng(0).integers(1, 4, kernel)
    return x, w, border_modes(x, w)


def numbers(figure, frame, length):
    """The texts of `length` numbers that the figure shows in a frame."""
    shown = [new.text if new.text is not None else old.text for new, old in zip(frame.data, figure.data, strict=True)]
    return [[int(text.replace("−", "-")) for text in texts] for texts in shown if texts and len(texts) == length]


def ring(w):
    return [((k - 1) // 2, k // 2) for k in w.shape]


def corners(x):
    """Where the windows of the figure stand, clockwise."""
    bottom, right = x.shape[0] - 1, x.shape[1] - 1
    return [(0, 0), (0, right), (bottom, right), (bottom, 0)]


def frames(x, figure):
    """(mode, corner, frame) in the order of the slider."""
    steps = [(mode, corner) for mode in NUMPY for corner in corners(x)]
    labels = [f"{mode}: window of y[{i},{j}]" for mode, (i, j) in steps]
    assert [step.label for step in figure.layout.sliders[0].steps] == labels
    return [(*step, frame) for step, frame in zip(steps, figure.frames, strict=True)]


@pytest.mark.parametrize("case", CASES)
def test_the_ring_is_numpys_and_the_outputs_are_scipys(case):
    x, w, figure = drawn(case)
    for mode, _, frame in frames(x, figure):
        padded = np.pad(x, ring(w), mode=NUMPY[mode])
        assert numbers(figure, frame, padded.size) == [padded.ravel().tolist()]
        delta_output, output = numbers(figure, frame, x.size)[-2:]
        assert delta_output == x.ravel().tolist()
        assert output == signal.correlate2d(padded, w, mode="valid").ravel().tolist()


@pytest.mark.parametrize("case", CASES)
def test_arrows_run_from_the_ring_under_the_window_to_the_pixel_it_copies(case):
    x, w, figure = drawn(case)
    (place,) = [n for n, trace in enumerate(figure.data) if trace.mode == "lines+markers"]
    outside = ~np.pad(np.ones(x.shape, bool), ring(w))
    last_row, last_column = np.subtract(outside.shape, 1)
    beside = [n - sum(sides) for n, sides in zip(outside.shape, ring(w), strict=True)]
    for mode, (i, j), frame in frames(x, figure):
        padded = np.pad(x, ring(w), mode=NUMPY[mode])
        ends = [(way[0], way[-1]) for way in ways(frame.data[place])]
        arrows = [np.rint([start, end]).astype(int).tolist() for start, end in ends if start != end]
        under = np.add(np.argwhere(outside[i : i + w.shape[0], j : j + w.shape[1]]), [i, j])
        expected = [
            [column, row] for row, column in under.tolist()
            if (row in (0, last_row) and column in (0, last_column)) or not in_a_corner(row, column, w, beside)
        ]
        assert [start for start, _ in arrows] == ([] if mode == "zero" else expected)
        for (column, row), (to_column, to_row) in arrows:
            assert not outside[to_row, to_column]
            assert padded[to_row, to_column] == padded[row, column]


def ways(trace):
    """The points of each arrow."""
    points = list(zip(trace.x, trace.y, strict=True))
    gaps = [n for n, point in enumerate(points) if point == (None, None)]
    return [points[a + 1 : b] for a, b in zip([-1, *gaps], [*gaps, len(points)], strict=True)]


@pytest.mark.parametrize("case", CASES)
def test_no_arrow_crosses_a_number(case):
    """A digit of the figure stands within a fifth of a cell of the middle, each way."""
    x, _, figure = drawn(case)
    (place,) = [n for n, trace in enumerate(figure.data) if trace.mode == "lines+markers"]
    for _, _, frame in frames(x, figure):
        for way in ways(frame.data[place]):
            for start, end in itertools.pairwise(way):
                points = np.linspace(start, end, 200)
                if start != end:
                    assert np.abs(points - points.round()).max(axis=1).min() >= 0.2


def in_a_corner(row, column, w, beside):
    """Whether a cell of the ring lies beyond the image both ways."""
    beyond = [not before <= at < before + size
              for at, (before, _), size in zip((row, column), ring(w), beside, strict=True)]
    return all(beyond)


@pytest.mark.parametrize("case", CASES)
def test_the_window_lies_over_the_output_that_is_lit(case):
    x, w, figure = drawn(case)
    for _, (i, j), frame in frames(x, figure):
        moving = [new for new, old in zip(frame.data, figure.data, strict=True) if old.mode == "lines" and new.x]
        window, *lit = ([round(min(t.y) + 0.5), round(min(t.x) + 0.5), round(max(t.y) + 0.5), round(max(t.x) + 0.5)]
                        for t in moving)
        assert window == [i, j, i + w.shape[0], j + w.shape[1]]
        assert lit == [[i, j, i + 1, j + 1]] * 2


def test_an_unknown_mode_and_a_kernel_without_a_ring_are_refused():
    with pytest.raises(ValueError, match="start must be one of zero, edge"):
        border_modes(np.ones((3, 4)), np.ones((3, 3)), start="mirror")
    with pytest.raises(ValueError, match="needs no padding"):
        border_modes(np.ones((3, 4)), np.ones((1, 1)))
