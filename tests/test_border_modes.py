"""The figure of chapter 7: its numbers are NumPy's and SciPy's, and every arrow ends on the pixel that was copied."""

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


@pytest.mark.parametrize("case", CASES)
def test_the_ring_is_numpys_and_the_outputs_are_scipys(case):
    x, w, figure = drawn(case)
    assert [step.label for step in figure.layout.sliders[0].steps] == [f"border: {mode}" for mode in NUMPY]
    for numpys, frame in zip(NUMPY.values(), figure.frames, strict=True):
        padded = np.pad(x, ring(w), mode=numpys)
        assert numbers(figure, frame, padded.size) == [padded.ravel().tolist()]
        delta_output, output = numbers(figure, frame, x.size)[-2:]
        assert delta_output == x.ravel().tolist()
        assert output == signal.correlate2d(padded, w, mode="valid").ravel().tolist()


@pytest.mark.parametrize("case", CASES)
def test_arrows_run_from_the_ring_to_the_pixel_it_copies(case):
    x, w, figure = drawn(case)
    (top, bottom), (left, right) = sides = ring(w)
    beside = (top + bottom) * x.shape[1] + (left + right) * x.shape[0]
    corner = bool(top and left)
    (place,) = [n for n, trace in enumerate(figure.data) if trace.mode == "lines+markers"]
    inside = np.pad(np.ones(x.shape, bool), sides)
    for (mode, numpys), frame in zip(NUMPY.items(), figure.frames, strict=True):
        xs, ys = (frame.data[place][axis] or figure.data[place][axis] for axis in "xy")
        arrows = list(zip(zip(xs[::3], ys[::3], strict=True), zip(xs[1::3], ys[1::3], strict=True), strict=True))
        assert len(arrows) == beside + corner
        padded = np.pad(x, sides, mode=numpys)
        for start, end in arrows:
            (column, row), (to_column, to_row) = np.rint(start).astype(int), np.rint(end).astype(int)
            assert not inside[row, column]
            if mode == "zero":
                assert start == end and padded[row, column] == 0
            else:
                assert inside[to_row, to_column]
                assert padded[to_row, to_column] == padded[row, column]


def test_an_unknown_mode_and_a_kernel_without_a_ring_are_refused():
    with pytest.raises(ValueError, match="start must be one of zero, edge"):
        border_modes(np.ones((3, 4)), np.ones((3, 3)), start="mirror")
    with pytest.raises(ValueError, match="needs no padding"):
        border_modes(np.ones((3, 4)), np.ones((1, 1)))
