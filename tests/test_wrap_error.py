"""The wrap error: every sum against SciPy's full convolution, folded here by hand."""

import re

import numpy as np
import pytest
from scipy import signal
from test_plotting import axis_of, cells_of, numbers, parsed, states, texts

from scratchconv import plotting
from scratchconv.plotting import palette

CASES = {
    "known numbers": (np.array([[1, 2, 3], [4, 5, 6]]), np.array([[10, 20], [30, 40]])),
    "signed": (np.array([[3, 0, -1, 2], [5, -4, 1, 0], [2, 2, -3, 7]]), np.array([[1, -2, 3], [0, 4, -1]])),
    "as large as the image": (np.array([[1, 2], [-3, 5]]), np.array([[2, 7], [1, -1]])),
    "nothing wraps": (np.array([[1, 2, 3], [4, 5, 6]]), np.array([[3]])),
}
cases = pytest.mark.parametrize("x, w", CASES.values(), ids=CASES)
SUM = re.compile(r"−?\s?\d+")


def folded(full, shape):
    y = np.zeros(shape, dtype=int)
    for (r, c), value in np.ndenumerate(full):
        y[r % shape[0], c % shape[1]] += value
    return y


def outlined(figure, traces, title, role):
    axis, line = axis_of(figure, title), palette.ROLES[role].line
    trace = next(t for t in traces if t["xaxis"] == axis and t["mode"] == "lines" and t["line"]["color"] == line)
    return {(round(top + 0.5), round(left + 0.5)) for left, top, right, _ in cells_of(trace) if right - left > 0.1}


def shown(figure, frame, shape):
    """The values of the product, and where a ✗ stands."""
    values, crosses = texts(figure, "by Fourier", frame)
    return np.array(numbers(values), dtype=object).reshape(shape), [mark == "✗" for mark in crosses]


@cases
def test_values_crosses_and_the_last_frame(x, w):
    figure = parsed(plotting.wrap_error(x, w))
    full = signal.convolve2d(x, w)
    y, (H, W) = folded(full, x.shape), x.shape
    assert len(figure["frames"]) == x.size + 1
    assert numbers(texts(figure, "full")[0]) == full.ravel().tolist()
    for frame in range(x.size):
        values, crosses = shown(figure, frame, full.shape)
        assert np.array_equal(values[:H, :W].astype(int), y)
        assert all(value is None for value in [*values[H:].flat, *values[:, W:].flat])
        assert crosses == (y != full[:H, :W]).ravel().tolist()
    values, crosses = shown(figure, x.size, full.shape)
    assert np.array_equal(values.astype(int), full) and not any(crosses)


def test_known_numbers():
    values, crosses = shown(parsed(plotting.wrap_error(*CASES["known numbers"])), 0, (3, 4))
    assert values[:2, :3].tolist() == [[430, 350, 450], [310, 230, 330]]
    assert crosses == [True, True, True, True, False, False]


@cases
def test_the_lit_cells_add_up_to_the_cell(x, w):
    figure = parsed(plotting.wrap_error(x, w))
    full = signal.convolve2d(x, w)
    y = folded(full, x.shape)
    for (traces, step), (i, j) in zip(
        zip(states(figure), figure["layout"]["sliders"][0]["steps"], strict=True), np.ndindex(x.shape), strict=False
    ):
        assert step["label"].endswith(f"cell [{i},{j}]")
        assert outlined(figure, traces, "by Fourier", "output") == {(i, j)}
        assert sum(full[cell] for cell in outlined(figure, traces, "full", "kernel")) == y[i, j]
        wrong = outlined(figure, traces, "by Fourier", "wrong")
        assert wrong == ({(i, j)} if y[i, j] != full[i, j] else set())
        said, verdict = next(t["text"] for t in traces if t.get("mode") == "text" and len(t["text"]) == 2
                             and ("right" in t["text"][1] or "should" in t["text"][1]))
        *terms, total = [int(n.replace("−", "-").replace(" ", "")) for n in SUM.findall(re.sub("<[^>]*>", "", said))]
        assert total == y[i, j] and sum(terms or [total]) == y[i, j]
        assert ("✗" in verdict) == bool(wrong)


def test_a_kernel_larger_than_the_image_is_an_error():
    with pytest.raises(ValueError, match="the kernel, 3 × 1, is larger than the image, 2 × 5"):
        plotting.wrap_error(np.ones((2, 5)), np.ones((3, 1)))
