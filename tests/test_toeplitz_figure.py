"""The matrix: read back from the picture it must give SciPy's output, and every outline must be where it belongs."""

import re

import numpy as np
import pytest
from scipy import signal
from test_plotting import axis_of, cells_of, parsed, states, texts

from scratchconv import plotting, toeplitz_matrix
from scratchconv.plotting import palette

CASES = {
    "known numbers": (np.arange(1, 17).reshape(4, 4), np.array([[1, 2], [3, 4]])),
    "wide, signed": (np.arange(15).reshape(3, 5) - 4, np.array([[1, -2, 3], [0, 4, -1]])),
    "tall": (np.arange(12).reshape(6, 2), np.array([[2], [-1], [5]])),
}
cases = pytest.mark.parametrize("x, w", CASES.values(), ids=CASES)
SHEET, TOP = "x as one line", 2  # the panel of the matrix, and the rows above it


def whole(text):
    return int(text.replace("−", "-"))


def matrix_drawn(figure, x, rows):
    """T as it can be read off the page: the numbers that stand in its cells."""
    T = np.zeros((rows, x.size), dtype=int)
    axis = axis_of(figure, SHEET)
    for trace in figure["data"]:
        if trace.get("mode") == "text" and trace["xaxis"] == axis:
            for text, p, row in zip(trace["text"], trace["x"], trace["y"], strict=True):
                if row >= TOP and p == round(p) and p < x.size:
                    T[round(row) - TOP, p] = whole(text)
    return T


def lit(figure, traces, title, role):
    """(row, column) of the cells that an outline of a role goes round, as a set."""
    axis = axis_of(figure, title)
    lines = [t for t in traces if t["mode"] == "lines" and t["line"]["color"] == palette.ROLES[role].line]
    cells = [cell for t in lines if t["xaxis"] == axis for cell in cells_of(t) if cell[2] - cell[0] > 0.1]
    return {
        (row, column)
        for left, top, right, bottom in cells
        for row in range(round(top + 0.5), round(bottom + 0.5))
        for column in range(round(left + 0.5), round(right + 0.5))
    }


def spoken(traces):
    """The two lines below the drawing."""
    pairs = [t["text"] for t in traces if t.get("mode") == "text" and len(t["text"]) == 2]
    return next(pair for pair in pairs if pair[1].startswith(("=", "times")))


@cases
def test_the_matrix_on_the_page_times_x_is_scipys_output(x, w):
    figure = parsed(plotting.toeplitz(x, w))
    y = signal.correlate2d(x, w, "valid")
    T = matrix_drawn(figure, x, y.size)
    assert np.array_equal(T @ x.ravel(), y.ravel())
    assert np.array_equal(T, toeplitz_matrix(w[None, None], (1, *x.shape)).toarray())
    assert [whole(t) for t in texts(figure, "output y")[0]] == y.ravel().tolist()
    assert [whole(t) for t in texts(figure, SHEET)[0]] == x.ravel().tolist()
    answers = next(t for t in texts(figure, SHEET) if len(t) == y.size and "T" not in t[0])
    assert [whole(t) for t in answers] == y.ravel().tolist()


def test_the_known_matrix_has_36_weights():
    T = matrix_drawn(parsed(plotting.toeplitz(*CASES["known numbers"])), CASES["known numbers"][0], 9)
    assert T.shape == (9, 16) and np.count_nonzero(T) == 36
    assert T.sum(0).reshape(4, 4).tolist() == [[1, 3, 3, 2], [4, 10, 10, 6], [4, 10, 10, 6], [3, 7, 7, 4]]


@cases
def test_a_row_lights_its_window_and_a_column_what_it_feeds(x, w):
    figure = parsed(plotting.toeplitz(x, w))
    shape = signal.correlate2d(x, w, "valid").shape
    frames, rows = states(figure), np.prod(shape)
    assert len(frames) == rows + x.size
    reach = np.array([(p, q) for p, q in np.ndindex(w.shape)])
    for n, traces in enumerate(frames[:rows]):
        i, j = divmod(n, shape[1])
        window = {(i + u, j + v) for u, v in reach.tolist()}
        assert lit(figure, traces, "image x", "kernel") == window
        assert lit(figure, traces, "output y", "output") == {(i, j)}
        row = {(TOP + n, p) for p in range(x.size)}
        assert lit(figure, traces, SHEET, "kernel") == row | {(0, p * x.shape[1] + q) for p, q in window}
    for p, traces in enumerate(frames[rows:]):
        i, j = divmod(p, x.shape[1])
        fed = {(i - u, j - v) for u, v in reach.tolist() if 0 <= i - u < shape[0] and 0 <= j - v < shape[1]}
        assert lit(figure, traces, "image x", "input") == {(i, j)}
        assert lit(figure, traces, "output y", "output") == fed
        assert lit(figure, traces, SHEET, "input") == {(0, p)} | {(TOP + n, p) for n in range(rows)}


@cases
def test_the_words_say_the_sum_and_the_taps(x, w):
    figure = parsed(plotting.toeplitz(x, w))
    shape = signal.correlate2d(x, w, "valid").shape
    y = signal.correlate2d(x, w, "valid").ravel()
    frames = [[re.sub("<[^>]*>", "", line) for line in spoken(traces)] for traces in states(figure)]
    for n, (terms, total) in enumerate(frames[: y.size]):
        pairs = re.findall(r"(−?\d+)·\(?(−?\d+)\)?", terms)
        assert len(pairs) == w.size and sum(whole(a) * whole(b) for a, b in pairs) == whole(total[2:]) == y[n]
    T = matrix_drawn(figure, x, y.size)
    for p, (to, times) in enumerate(frames[y.size :]):
        places = [int(i) * shape[1] + int(j) for i, j in re.findall(r"y\[(\d+),(\d+)\]", to)]
        assert [whole(t) for t in re.findall(r"−?\d+", times)] == T[places, p].tolist()
        assert np.count_nonzero(T[:, p]) <= len(places)
