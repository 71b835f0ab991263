"""Chapter 11: the correlation written out as one matrix, a window in every row."""

from __future__ import annotations

import numpy as np

from ..correlate import correlate2d
from ..windows import view_index
from .board import Board, box, cell_size, check_frames
from .lettering import factor, show

GAP, ABOVE, LINES = 28, 32, 48  # px beside and above a panel, and of two lines of words
TOP, ASIDE, ANSWER = 2, 0.5, 1.7  # rows above the matrix, columns between it and y, columns that y takes


def toeplitz(x, w):
    """The matrix T with T @ x.ravel() = y.ravel(): a row is a window, a column is a scatter.

    Parameters
    ----------
    x : array_like, shape (H, W)
        The image, of small whole numbers.
    w : array_like, shape (KH, KW)
        The kernel.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each row of the matrix, then one for each column.

    Raises
    ------
    ValueError
        If the kernel does not fit into the image, or the figure becomes too large: 16 pixels and 9 windows do.

    See Also
    --------
    scratchconv.toeplitz_matrix : the same matrix, sparse.
    scratchconv.view_index : its rows say which columns of the matrix are not zero.

    Notes
    -----
    Chapter 11. About 2.4 kB a frame. The matrix is filled by `view_index`, which needs no SciPy.

    Examples
    --------
    >>> figure = toeplitz(np.arange(1, 17).reshape(4, 4), [[1, 2], [3, 4]])
    >>> len(figure.frames)
    25
    """
    x, w = np.asarray(x), np.asarray(w)
    y = correlate2d(x, w)
    views = view_index(x.shape, w.shape)  # (OH*OW, KH*KW)
    check_frames(x.size + y.size, "row and each column")
    board, parts = _painted(x, w, y, views)
    for n, window in enumerate(views.tolist()):
        i, j = divmod(n, y.shape[1])
        terms = " + ".join(f"{show(v)}·{factor(x.flat[p])}" for v, p in zip(w.flat, window, strict=True))
        state = _lit(x.shape, y.shape, pixels=window, outputs=[n], row=n)
        parts.frame(f"row {n}: the window of y[{i},{j}]", state, [terms, f"= <b>{show(y[i, j])}</b>"])
    for p in range(x.size):
        i, j = divmod(p, x.shape[1])
        outputs, taps = (part.tolist() for part in np.nonzero(views == p))
        state = _lit(x.shape, y.shape, pixels=[p], outputs=outputs, column=p)
        parts.frame(f"column {p}: where x[{i},{j}] goes", state, [
            "to " + ", ".join(f"y[{n // y.shape[1]},{n % y.shape[1]}]" for n in outputs),
            "times " + ", ".join(show(w.flat[t]) for t in taps)])
    return board.finish(start=y.size // 2)


def _lit(x_shape, y_shape, *, pixels, outputs, row=None, column=None):
    """The cells each outline takes, by name: a whole row and its window, or a whole column and what it feeds."""
    N, M = x_shape[0] * x_shape[1], y_shape[0] * y_shape[1]
    by_row = row is not None
    return {
        "window": [(*divmod(p, x_shape[1]), 1, 1) for p in pixels if by_row],
        "pixel": [(*divmod(p, x_shape[1]), 1, 1) for p in pixels if not by_row],
        "vector window": [(0, p, 1, 1) for p in pixels if by_row],
        "vector pixel": [(0, p, 1, 1) for p in pixels if not by_row],
        "row": [(TOP + row, 0, 1, N)] if by_row else [],
        "column": [] if by_row else [(TOP, column, M, 1)],
        "answer": [(TOP + n, N + ASIDE, 1, ANSWER) for n in outputs],
        "output": [(*divmod(n, y_shape[1]), 1, 1) for n in outputs],
    }


class _Parts:
    """What moves: handles by name, and a line of words."""

    def __init__(self, board, handles, words):
        self.board, self.handles, self.words = board, handles, words

    def frame(self, caption, state, lines):
        changes = {handle: state[name] for name, several in self.handles.items() for handle in several}
        self.board.frame(caption, {**changes, self.words: lines})


def _painted(x, w, y, views):
    """The finished board and its moving parts."""
    (H, W), (OH, OW), (M, K), N = x.shape, y.shape, views.shape, x.size
    places = _places(x.shape, w.shape, y.shape)
    board = Board(
        places["height"][0],
        f"A {M} by {N} matrix that is empty but for {M * K} weights: a row of it lights the {K} pixels of one window, "
        "a column the outputs that one pixel goes to.",
        narrow_height=places["height"][1],
    )
    sheet = board.panel(TOP + M, N + ASIDE + ANSWER, *places["sheet"], "<b>x</b> as one line")
    image = board.panel(H, W, *places["x"], "image <b>x</b>")
    output = board.panel(OH, OW, *places["y"], "output <b>y</b>")
    kernel = board.panel(*w.shape, *places["w"], "<b>w</b>")
    lines = board.panel(2, 1, *places["words"], square=False)

    handles = _painted_sheet(board, sheet, x, w, y, views) | _painted_grids(board, image, output, kernel, x, w, y)
    return board, _Parts(board, handles, board.words(lines, -0.5, [0, 1], ["", ""], size=16))


def _painted_sheet(board, sheet, x, w, y, views):
    """x as a line, the matrix below it, and y beside the matrix: all in one panel, so that they line up."""
    (M, _), N, W = views.shape, x.size, x.shape[1]
    filled = [(n, p, show(w.flat[t])) for n, window in enumerate(views.tolist()) for t, p in enumerate(window)]
    at_y = N + ASIDE + ANSWER / 2 - 0.5
    board.tiles(sheet, (1, N), "input")
    window = board.stencil(sheet, [], "kernel")
    board.numbers(sheet, x.reshape(1, N), size=14, hover=lambda _, p: f"x[{p // W},{p % W}] = {show(x.flat[p])}")
    board.tiles(sheet, [(TOP + n, p, 1, 1) for n in range(M) for p in range(N)], "empty")
    board.tiles(sheet, [(TOP + n, p, 1, 1) for n, p, _ in filled], "kernel")
    columns, rows, weights = zip(*[(p, TOP + n, weight) for n, p, weight in filled], strict=True)
    board.words(sheet, columns, rows, weights, size=15, align="center", role="tile", cells=1,
                hover=[f"T[{row - TOP},{p}] = {weight}" for p, row, weight in zip(columns, rows, weights, strict=True)])
    board.tiles(sheet, [(TOP + n, N + ASIDE, 1, ANSWER) for n in range(M)], "output")
    board.words(sheet, at_y, [TOP + n for n in range(M)], [show(value) for value in y.flat], size=14, align="center",
                role="tile", cells=ANSWER, hover=[f"row {n} of T times x" for n in range(M)])
    names = [f"matrix <b>T</b> {M} × {N}, zeros left out", "<b>y</b>"]
    board.words(sheet, [-0.5, N + ASIDE - 0.5], 1, names, size=14, role="muted")
    return {
        "vector window": [window, board.outline(sheet, [], "kernel", width=2)],
        "vector pixel": [board.outline(sheet, [], "input")],
        "row": [board.outline(sheet, [], "kernel")],
        "column": [board.outline(sheet, [], "input")],
        "answer": [board.outline(sheet, [], "output", width=2.5)],
    }


def _painted_grids(board, image, output, kernel, x, w, y):
    """x, y and w as the reader knows them."""
    W, OW = x.shape[1], y.shape[1]
    board.tiles(image, x.shape, "input")
    window = board.stencil(image, [], "kernel")
    board.numbers(image, x, size=16, bold=True, hover=lambda i, j: (
        f"x[{i},{j}] = {show(x[i, j])}<br>column {i * W + j} of T"))
    board.tiles(output, y.shape, "output")
    board.numbers(output, y, size=13, hover=lambda i, j: f"y[{i},{j}] = {show(y[i, j])}<br>row {i * OW + j} of T")
    board.tiles(kernel, w.shape, "kernel")
    board.numbers(kernel, w, size=14, hover=lambda u, v: f"w[{u},{v}] = {show(w[u, v])}")
    return {
        "window": [window, board.outline(image, [], "kernel", width=2)],
        "pixel": [board.outline(image, [], "input", width=3.5)],
        "output": [board.outline(output, [], "output", width=2.5)],
    }


def _places(x_shape, w_shape, y_shape):
    """Boxes (wide, narrow) by name, and the two heights of the board."""
    N, M = x_shape[0] * x_shape[1], y_shape[0] * y_shape[1]
    rows, columns = TOP + M, N + ASIDE + ANSWER
    sheet = box(0, 0, rows, columns, cell_size(rows, columns, 474, 320, 26))
    left = sheet[2] + GAP
    image = box(left, 0, *x_shape, cell_size(*x_shape, 672 - left, 164, 40))
    top = image[3] + ABOVE
    cell = cell_size(max(y_shape[0], w_shape[0]), y_shape[1] + w_shape[1] + 0.7, 672 - left, 96, 32)
    output = box(left, top, *y_shape, cell)
    kernel = box(left + output[2] + 0.6 * cell, top, *w_shape, cell)
    body = max(sheet[3], top + max(output[3], kernel[3]))

    phone = box(0, 0, rows, columns, cell_size(rows, columns, 342, 300, 24))
    below = phone[3] + ABOVE
    small = box(0, below, *x_shape, cell_size(*x_shape, 146, 150, 36))
    cell = cell_size(max(y_shape[0], w_shape[0]), y_shape[1] + w_shape[1] + 0.7, 342 - small[2] - 26, 150, 31)
    answer = box(small[2] + 24, below, *y_shape, cell)
    weights = box(answer[0] + answer[2] + 0.6 * cell, below, *w_shape, cell)
    end = below + max(small[3], answer[3], weights[3])
    return {
        "sheet": (sheet, phone), "x": (image, small), "y": (output, answer), "w": (kernel, weights),
        "words": ((0, body + 10, 672, LINES), (0, end + 10, 342, LINES)),
        "height": (body + 10 + LINES, end + 10 + LINES),
    }
