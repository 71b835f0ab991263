"""The catch matrix: its marks against what was handed in, and the page's against the bugs of `test_pitfalls.py`."""

import json

import numpy as np
import pytest
import test_pitfalls as bugs
from figures_under_test import BUGS, CAUGHT, TESTS
from project import BOOK, read_notebook
from test_plotting import axis_of, cells_of, parsed, states

from scratchconv import conv2d_grad, correlate2d, oracles, plotting
from scratchconv.plotting import palette

MARKS = {"●": True, "○": False, "–": None}


def marks(figure, rows, columns):
    """The matrix as it can be read off the page: dashes stand in one trace, dots and rings in another."""
    whole = [t["text"] for t in figure["data"] if t.get("mode") == "text" and len(t["text"]) == rows * columns]
    shown = [max(pair, key="●○–".find) for pair in zip(*whole, strict=True)]
    return [[MARKS[mark] for mark in shown[r * columns : (r + 1) * columns]] for r in range(rows)]


def test_marks_and_tiles_are_what_was_handed_in():
    figure = parsed(plotting.catch_matrix(TESTS, BUGS, CAUGHT))
    assert marks(figure, len(TESTS), len(BUGS)) == CAUGHT
    dots = next(t for t in figure["data"] if t.get("mode") == "text" and "●" in t["text"] and len(t["text"]) == 56)
    for role, mark in (("output", True), ("wrong", False)):
        colour = palette.ROLES[role].tile
        tiles = next(t for t in figure["data"] if t.get("fillcolor") == colour and t["xaxis"] == dots["xaxis"])
        painted = {(round(top + 0.5), round(left + 0.5)) for left, top, *_ in cells_of(tiles)}
        assert painted == {(t, b) for t in range(8) for b in range(7) if CAUGHT[t][b] is mark}
    hovers = dots["hovertext"]
    assert hovers[1] == "5×5, 3×3, ones<br>2 padding fixed at 1: caught"
    assert hovers[5 * 7] == "stride 2<br>1 rows for columns: does not apply"


def test_what_was_caught_grows_test_by_test():
    figure = parsed(plotting.catch_matrix(TESTS, BUGS, CAUGHT))
    heads = axis_of(figure, "bugs")
    for t, traces in enumerate(states(figure)):
        found = {b for row in CAUGHT[: t + 1] for b, mark in enumerate(row) if mark}
        caption = figure["layout"]["sliders"][0]["steps"][t]["label"]
        assert caption.startswith(f"{t + 1} test") and f"{len(found)} of 7" in caption
        lit = next(tr for tr in traces if tr["xaxis"] == heads and tr.get("fillcolor") == palette.ROLES["output"].tile)
        assert {round(left + 0.5) for left, _, right, _ in cells_of(lit) if right - left > 0.1} == found
        told = next(tr["text"] for tr in traces if tr.get("mode") == "text" and "<b>1</b>" in tr["text"][0])
        assert {b for b, line in enumerate(told) if line.startswith("●")} == found


# ------------------------------------------------------------- the page's matrix, from the bugs as the tests know them

CASES = {  # test: (size, kernel, images, filters, stride, gradient, bias)
    "5×5, 3×3, ones": ((5, 5), (3, 3), 1, 1, 1, "ones", 0),
    "4×4, 2×2, ones": ((4, 4), (2, 2), 2, 2, 1, "ones", 0),
    "random gradient": ((5, 5), (3, 3), 2, 2, 1, "random", 0),
    "wide, 4×7": ((4, 7), (3, 3), 1, 1, 1, "ones", 0),
    "kernel 2×3": ((5, 5), (2, 3), 1, 2, 1, "ones", 0),
    "stride 2": ((6, 6), (2, 2), 1, 1, 2, "ones", 0),
    "bias, batch of 2": ((5, 5), (3, 3), 2, 3, 1, "ones", 100),
    "gradient in halves": ((4, 4), (2, 2), 2, 2, 1, "halves", 0),
}


def outcomes(size, kernel, N, F, stride, gradient, bias):
    """(theirs, right) of every bug on one input; None where the bug has no such input."""
    rng = np.random.default_rng(3)
    x, w = rng.integers(1, 9, (N, 1, *size)), rng.integers(1, 9, (F, 1, *kernel))
    y = oracles.conv2d(x, w, stride=stride)
    dy = {"ones": np.ones_like(y), "random": rng.integers(-9, 9, y.shape), "halves": np.full(y.shape, 0.5)}[gradient]
    image, weights, send = x[0, 0], w[0, 0], dy[0, 0]
    dx = conv2d_grad(dy[:1, :1], x[:1], w[:1], stride=stride).dx[0, 0]
    dw, b = conv2d_grad(dy, x, w, stride=stride).dw, bias * np.arange(1, F + 1)
    square, plain = kernel[0] == kernel[1] and size[0] == size[1], stride == 1
    return [
        plain and (lambda: bugs.exchanged_correlation(image, weights), correlate2d(image, weights).ravel()),
        plain and (lambda: bugs.pad_by_one(weights, send), dx),
        plain and (lambda: bugs.integer_dx(send, image, weights), dx),
        square and (lambda: bugs.stepping_correlation(image, weights, stride), y[0, 0]),
        square and plain and (lambda: back(image, size[0], kernel[0]), image * bugs.coverage(size[0], kernel[0])),
        (lambda: dw / N, dw),
        (lambda: y + b[None, :, None], y + b[:, None, None]),
    ]


def back(image, n, k):
    return bugs.misplaced_col2im(image.ravel()[bugs.view_index((n, n), (k, k))], n, k)


@pytest.mark.parametrize("name", CASES)
def test_the_pages_row_is_what_the_bugs_do(name):
    row = page_matrix()[TESTS.index(name)]
    for mark, pair in zip(row, outcomes(*CASES[name]), strict=True):
        if pair and mark is not None:
            theirs, right = pair
            assert mark == (not bugs.same(bugs.outcome(theirs), right))


def page_matrix():
    for cell in read_notebook(BOOK / "ahead.ipynb")["cells"]:
        if "fig-catch-matrix" in json.dumps(cell["metadata"]):
            figure = cell["outputs"][0]["data"]["application/vnd.plotly.v1+json"]
            return marks(figure, 8, 7)
    raise LookupError("fig-catch-matrix")


def test_the_page_shows_the_known_table():
    assert page_matrix() == CAUGHT


def test_a_matrix_of_another_shape_is_an_error():
    with pytest.raises(ValueError, match=r"for each of the 2 tests .* for each of the 1 bugs, got rows of \[1\]"):
        plotting.catch_matrix(["a", "b"], ["c"], [[True]])
