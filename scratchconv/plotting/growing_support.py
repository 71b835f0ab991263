"""Chapter 10: in a full convolution every pixel paints a copy of the kernel, and the picture grows."""

from __future__ import annotations

import numpy as np

from ..correlate import convolve2d
from .board import Board, box, cell_size, grid
from .lettering import factor, show
from .palette import VALUE

GAP, ABOVE = 34, 32  # px beside and above a panel


def growing_support(w, *, rounds=3):
    """One pixel, convolved in full again and again; the copies of the kernel add up one by one.

    Parameters
    ----------
    w : array_like, shape (KH, KW)
        The kernel, of small whole numbers.
    rounds : int, default 3
        How many convolutions.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each pixel of each round.

    Raises
    ------
    ValueError
        If there are more than 50 pixels to paint, or the numbers do not fit into the figure.

    See Also
    --------
    scratchconv.convolve2d : whose results are shown.

    Examples
    --------
    >>> len(growing_support([[1, 2, 3], [4, 5, 6]], rounds=2).frames)
    7
    """
    w = np.asarray(w)
    pictures = [np.ones((1, 1), w.dtype)]
    for _ in range(rounds):
        pictures.append(convolve2d(pictures[-1], w, mode="full"))
    KH, KW = w.shape
    (H, W), (OH, OW) = pictures[-2].shape, pictures[-1].shape

    wide, narrow, heights = _places((H, W), (KH, KW), (OH, OW))
    board = Board(
        heights[0],
        f"Each pixel of a picture adds a copy of a {KH} by {KW} kernel to the output; in {rounds} rounds one pixel "
        f"grows to {OH} by {OW}.",
        narrow_height=heights[1],
    )
    before = board.panel(H, W, wide["x"], narrow["x"], "picture <b>x</b>")
    kernel = board.panel(KH, KW, wide["w"], narrow["w"], "kernel <b>w</b>")
    after = board.panel(OH, OW, wide["y"], narrow["y"], "output <b>y</b>, painted so far")
    line = board.panel(1, 1, wide["line"], narrow["line"], square=False)

    board.tiles(before, (H, W), "empty")
    picture = board.stencil(before, (0, 0, 1, 1), "input")
    pixels = board.numbers(before, _framed(pictures[0], (H, W)), size=VALUE, bold=True,
                           hover=lambda i, j: f"x[{i},{j}] = ")
    pixel = board.outline(before, (0, 0, 1, 1), "input")

    board.tiles(kernel, w.shape, "kernel")
    board.numbers(kernel, w, size=VALUE, bold=True, hover=lambda u, v: f"w[{u},{v}] = {show(w[u, v])}")

    board.tiles(after, (OH, OW), "empty")
    support = board.stencil(after, _reached(0, 0, (KH, KW), (KH, KW)), "output")
    sums = board.numbers(after, _framed(pictures[1], (OH, OW)), size=VALUE, bold=True,
                         hover=lambda i, j: f"y[{i},{j}] = ")
    copy = board.outline(after, (0, 0, KH, KW), "kernel")
    sizes = board.words(line, -0.5, 0, [_sizes(pictures, 1)])

    for r, x in enumerate(pictures[:-1], 1):
        y = np.zeros_like(pictures[r])
        for i, j in np.ndindex(x.shape):
            y[i:i + KH, j:j + KW] += x[i, j] * w
            reached = _reached(i, j, y.shape, w.shape)
            board.frame(f"round {r}: x[{i},{j}] paints {factor(x[i, j])}·w", {
                picture: grid(x.shape), pixels: _framed(x, (H, W)), pixel: (i, j, 1, 1),
                support: reached, sums: _framed(y, (OH, OW), reached),
                copy: (i, j, KH, KW), sizes: [_sizes(pictures, r)],
            })
        if not np.array_equal(y, pictures[r]):
            raise ValueError("the painted copies do not add up to convolve2d's result")
    return board.finish(start=w.size - 1 if rounds > 1 else 0)


def _reached(i, j, shape, kernel):
    """The cells on which the copies of all pixels up to (i, j) lie."""
    KH, KW = kernel
    full_rows = i - 1 + KH if i else 0
    blocks = [(0, full_rows, shape[1]), (i, i + KH, j + KW)]  # from row, to row, columns
    inside = {(row, column) for top, end, width in blocks for row in range(top, end) for column in range(width)}
    return [(row, column, 1, 1) for row, column in sorted(inside)]


def _framed(values, shape, cells=None):
    """`values` at the upper left of a larger table, blank elsewhere and outside the `cells`."""
    table = np.full(shape, None, object)
    for row, column, _, _ in grid(values.shape) if cells is None else cells:
        table[row, column] = values[row, column]
    return table


def _sizes(pictures, now):
    """The sizes of all pictures in a row of words, this round's in bold."""
    sizes = ["{} × {}".format(*picture.shape) for picture in pictures]
    sizes[now] = f"<b>{sizes[now]}</b>"
    return "size:  " + "  →  ".join(sizes)


def _places(x_shape, w_shape, y_shape):
    """Boxes of the panels in both designs, and the two heights of the board."""
    output_cell = cell_size(*y_shape, 330, 260)
    left = cell_size(*x_shape, 672 - GAP - output_cell * y_shape[1], 190, output_cell)
    picture = box(0, 0, *x_shape, left)
    output = box(picture[2] + GAP, 0, *y_shape, output_cell)
    kernel = box(0, picture[3] + ABOVE, *w_shape, left)
    body = max(kernel[1] + kernel[3], output[3])
    wide = {"x": picture, "w": kernel, "y": output, "line": (0, body + 14, 672, 28)}

    output = box(0, 0, *y_shape, cell_size(*y_shape, 342, 300))
    top = output[3] + ABOVE
    cell = cell_size(max(x_shape[0], w_shape[0]), x_shape[1] + w_shape[1] + 1.5, 342, 200, 40)
    picture = box(0, top, *x_shape, cell)
    kernel = box(picture[2] + cell, top, *w_shape, cell)
    below = top + max(picture[3], kernel[3])
    narrow = {"x": picture, "w": kernel, "y": output, "line": (0, below + 14, 342, 28)}
    return wide, narrow, (body + 42, below + 42)
