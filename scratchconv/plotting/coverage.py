"""Chapters 14 and 15: how many windows reach each pixel."""

from __future__ import annotations

import math

import numpy as np

from ..grad import conv2d_grad
from ..shapes import output_size
from .board import Board, box, cell_size, check_frames
from .lettering import show
from .palette import VALUE, count_scale

ABOVE = 32  # px above a panel with a title


def coverage(x_shape, w_shape, stride=1, *, x=None):
    """Every output gradient adds one patch to dx: how often each pixel is reached, counted patch by patch.

    Parameters
    ----------
    x_shape : (H, W)
        Size of the image.
    w_shape : (KH, KW)
        Size of the kernel.
    stride : int or (vertical, horizontal), default 1
        Pixels from one window to the next.
    x : array_like, shape (H, W), optional
        An image. Then a last frame multiplies it by the counts: what becomes of an image that is cut into
        windows and put together again by adding.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each output gradient.

    Raises
    ------
    ValueError
        If the kernel does not fit into the image, or the figure becomes too large: up to 50 outputs and about
        100 pixels.

    See Also
    --------
    scratchconv.conv2d_grad : the counts are its dx for a kernel and a gradient of ones.

    Notes
    -----
    Chapter 14, and with stride 2 chapter 15. About 800 bytes a frame. Calls `conv2d_grad` once for each frame.

    Examples
    --------
    >>> figure = coverage((5, 6), (3, 3))
    >>> len(figure.frames)
    12
    """
    (H, W), (KH, KW) = x_shape, w_shape
    sh, sw = np.broadcast_to(stride, 2).tolist()
    OH, OW = output_size(H, KH, stride=sh), output_size(W, KW, stride=sw)
    check_frames(OH * OW, "output gradient")
    counts = patch_counts(x_shape, w_shape, (OH, OW), stride)  # (OH, OW, H, W)
    most = int(counts.max())

    wide, narrow, height, narrow_height = _places((H, W), (KH, KW), (OH, OW))
    board = Board(
        height,
        f"Each of the {OH} × {OW} output gradients adds one {KH} by {KW} patch to dx; the numbers count the patches "
        f"that reach each cell, up to {most}.",
        narrow_height=narrow_height,
    )
    gradient = board.panel(OH, OW, wide["dy"], narrow["dy"], f"output gradient <b>dy</b> {OH} × {OW}")
    kernel = board.panel(KH, KW, wide["w"], narrow["w"], f"kernel <b>w</b> {KH} × {KW}")
    image = board.panel(H, W, wide["dx"], narrow["dx"], f"how many patches reach a cell of <b>dx</b> {H} × {W}")

    board.tiles(gradient, (OH, OW), "gradient")
    board.numbers(gradient, [[f"{i},{j}" for j in range(OW)] for i in range(OH)], hover=lambda i, j: (
        f"dy[{i},{j}] feeds rows {sh * i}–{sh * i + KH - 1},<br>columns {sw * j}–{sw * j + KW - 1}"))
    giver = board.outline(gradient, (0, 0, 1, 1), "gradient", width=3.5)

    board.tiles(kernel, (KH, KW), "kernel")
    board.numbers(kernel, [[f"w<sub>{u}{v}</sub>" for v in range(KW)] for u in range(KH)], size=16,
                  hover=lambda u, v: f"w[{u},{v}]")
    board.outline(kernel, (0, 0, KH, KW), "kernel", width=2)

    last = counts[-1, -1]
    board.tiles(image, (H, W), "empty")
    colours = board.cells(image, last, count_scale(most), most=most)
    numbers = board.numbers(image, last, size=VALUE, bold=True, hover=lambda i, j: (
        f"dx[{i},{j}]: {last[i, j]} {'patch' if last[i, j] == 1 else 'patches'} in the end"))
    patch = board.outline(image, (0, 0, KH, KW), "gradient", width=3.5)

    for i in range(OH):
        for j in range(OW):
            top, left = sh * i, sw * j
            board.frame(f"dx[{top}:{top + KH}, {left}:{left + KW}] += dy[{i},{j}] · w", {
                giver: (i, j, 1, 1), patch: (top, left, KH, KW),
                colours: counts[i, j], numbers: blank_zeros(counts[i, j]),
            })
    if x is not None:
        board.frame("times x, number by number", {
            giver: [], patch: [], numbers: blank_zeros(np.asarray(x) * last, where=last == 0)})
    return board.finish(start=OH * OW - 1)


def patch_counts(x_shape, w_shape, y_shape, stride):
    """counts[i, j]: patches on each pixel once output (i, j) has given its own, by `conv2d_grad`."""
    x, w = np.zeros((1, 1, *x_shape), dtype=int), np.ones((1, 1, *w_shape), dtype=int)
    given = np.tri(math.prod(y_shape), dtype=int).reshape(-1, 1, 1, *y_shape)  # one more output in each
    dx = [conv2d_grad(dy, x, w, stride=stride).dx for dy in given]
    return np.reshape(dx, (*y_shape, *x_shape))


def blank_zeros(values, where=None):
    """Cells that nothing has reached show nothing."""
    values = np.asarray(values)
    empty = values == 0 if where is None else where
    return [[None if blank else show(value) for value, blank in zip(row, gaps, strict=True)]
            for row, gaps in zip(values.tolist(), empty.tolist(), strict=True)]


def _places(x_shape, w_shape, y_shape):
    """Boxes of the panels in both designs, and the two heights of the board."""
    gradient = box(0, 0, *y_shape, cell_size(*y_shape, 200, 170, 44))
    kernel_top = gradient[3] + ABOVE + 6
    kernel = box(0, kernel_top, *w_shape, cell_size(*w_shape, 180, 150, 44))
    left = max(gradient[2], 208) + 44
    image = box(left, 0, *x_shape, cell_size(*x_shape, 672 - left, 330, 54))
    wide = {"dy": gradient, "w": kernel, "dx": image}
    height = max(kernel_top + kernel[3], image[3])

    image = box(0, 0, *x_shape, cell_size(*x_shape, 342, 330, 58))
    top = image[3] + ABOVE
    gradient = box(0, top, *y_shape, cell_size(*y_shape, 180, 170, 40))
    kernel = box(218, top, *w_shape, cell_size(*w_shape, 124, 170, 40))
    narrow = {"dy": gradient, "w": kernel, "dx": image}
    return wide, narrow, height, top + max(gradient[3], kernel[3])
