"""Chapter 2: turn the kernel by 180° and a correlation becomes a convolution."""

from __future__ import annotations

import math

import numpy as np

from ..conv import flip_kernels
from ..correlate import convolve2d, correlate2d
from ..windows import view_index
from .board import INSET, Board, box, cell_size, grid, half_turn, rects
from .lettering import factor, show
from .palette import FORMULA, VALUE

GAP, ABOVE, LINE = 54, 34, 22  # px beside a panel, above one with a title, and for a line of the sum
TERMS = 6  # of a sum in one line: what a phone has room for
STEP = 20  # degrees from one frame to the next: frames are joined by straight lines, a half circle needs many
SMALL = 0.72  # size of the transpose beside the kernel


def flip(x, w):
    """The kernel slides, turns by 180°, and slides again: the correlation, and then the convolution.

    Parameters
    ----------
    x : array_like, shape (H, W)
        The image, of small whole numbers.
    w : array_like, shape (KH, KW)
        The kernel, of small whole numbers, all different if its taps are to be followed.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each output of the correlation, nine for the turn, one for each output of the convolution.

    Raises
    ------
    ValueError
        If the kernel does not fit into the image, or the numbers do not fit into the figure: 20 outputs and
        kernels of up to 9 taps do.

    See Also
    --------
    scratchconv.correlate2d, scratchconv.convolve2d, scratchconv.flip_kernels

    Examples
    --------
    >>> figure = flip(np.arange(20).reshape(4, 5), [[1, 2, 3], [4, 5, 6]])
    >>> len(figure.frames)
    27
    """
    x, w = np.asarray(x), np.asarray(w)
    flipped = flip_kernels(w)
    correlation, convolution = correlate2d(x, w), convolve2d(x, w, mode="valid")
    views = x.ravel()[view_index(x.shape, w.shape)]  # (OH*OW, KH*KW)
    (KH, KW), y_shape, last = w.shape, correlation.shape, correlation.size - 1

    board, stage, image, left, right, formula = _board(x.shape, w, y_shape)

    turning, names = _draw_turning(board, stage, w)
    board.tiles(image, x.shape, "input")
    window = board.stencil(image, (0, 0, KH, KW), "kernel")
    board.numbers(image, x, size=VALUE, bold=True, dy=0.12, hover=lambda i, j: f"x[{i},{j}] = {show(x[i, j])}")
    taps = board.numbers(image, w, corner=True)
    border = board.outline(image, (0, 0, KH, KW), "kernel")
    curtains, marks = {}, {}
    for panel, y in ((left, correlation), (right, convolution)):
        curtains[panel], marks[panel] = _draw_output(board, panel, y)
    line = board.words(formula, -0.5, [0], [_rule(w.shape)], size=FORMULA)

    def slide(panel, name, kernel, y):
        for n, (i, j) in enumerate(np.ndindex(y_shape)):
            board.frame(f"{name}: y[{i},{j}]", {
                window: (i, j, KH, KW), border: (i, j, KH, KW), taps: _placed(kernel, i, j),
                curtains[panel]: n, marks[panel]: (i, j, 1, 1), line: [_sum(views[n], kernel, y[i, j])],
            })

    nowhere = (0, 0, 0, 0)
    slide(left, "correlation", w, correlation)
    for degrees in range(STEP, 180 + STEP, STEP):
        xy, places = turned(w.shape, degrees)
        board.frame(f"the kernel turns: {degrees}°", {
            turning: xy, names: places, marks[left]: nowhere, taps: _placed(np.full(w.shape, None), 0, 0),
            window: nowhere, border: nowhere, line: [_rule(w.shape)],
        })
    slide(right, "convolution", flipped, convolution)
    return board.finish(start=len(range(0, 180, STEP)) + last + 1 + (last + 1) // 2, hold=600)


def _draw_turning(board, stage, w):
    """The tiles that turn between two bent arrows, and their numbers, which stay upright."""
    half = math.hypot(*w.shape) / 2
    left, centre = (half - 0.5 - 0.96 * half, half - 0.5), (half - 0.5, half - 0.5)
    over, under = ([half_turn(left, centre, part + degrees) for degrees in range(20, 161, 10)] for part in (0, 180))
    board.arrow(stage, [over, under])
    xy, places = turned(w.shape, 0)
    turning = board.path(stage, xy, "kernel")
    numbers = board.numbers(stage, w, size=VALUE, bold=True, dx=places["x"][0], dy=places["y"][0],
                            hover=lambda u, v: f"w[{u},{v}] = ")
    return turning, numbers


def _draw_output(board, panel, y):
    """All outputs under a closed curtain, and the outline of one of them, not there yet."""
    board.tiles(panel, y.shape, "output")
    board.numbers(panel, y, bold=True, hover=lambda i, j: f"y[{i},{j}] = {show(y[i, j])}")
    curtain = board.curtain(panel, y.shape)
    return curtain, board.outline(panel, (0, 0, 0, 0), "output")


def turned(shape, degrees):
    """Corners (x, y) of the tiles and the places of their numbers, turned about the middle of the stage."""
    (KH, KW), side = shape, math.hypot(*shape)
    top, left, middle = (side - KH) / 2, (side - KW) / 2, (side - 1) / 2

    def turn(x, y):
        return half_turn((x + left, y + top), (middle, middle), degrees)

    corners = [(None, None) if x is None else turn(x, y) for x, y in zip(*rects(grid(shape), INSET), strict=True)]
    places = [turn(v, u) for u, v in np.ndindex(KH, KW)]
    return tuple(zip(*corners, strict=True)), dict(zip("xy", zip(*places, strict=True), strict=True))


def _placed(kernel, i, j):
    """The taps in the upper left corners of the window's cells."""
    places = list(np.ndindex(kernel.shape))
    return {"text": kernel, "x": [j + v - 0.43 for _, v in places], "y": [i + u - 0.27 for u, _ in places]}


def _sum(window, kernel, total):
    terms = [f"{factor(p)}·{factor(t)}" for p, t in zip(window, kernel.ravel(), strict=True)]
    lines = [" + ".join(terms[k : k + TERMS]) for k in range(0, len(terms), TERMS)]
    return " +<br>".join(lines) + f" = <b>{show(total)}</b>"


def _rule(shape):
    KH, KW = shape
    return f"the tap at (u, v) goes to ({KH - 1} − u, {KW - 1} − v)"


def _board(x_shape, w, y_shape):
    """The board with what never moves, and the panels of what does."""
    (KH, KW), side = w.shape, math.hypot(*w.shape)
    wide, narrow, height, narrow_height = _places(x_shape, w.shape, y_shape)
    board = Board(
        height,
        f"The {KH} by {KW} kernel slides over the image for the correlation, turns by 180 degrees, which is not "
        "the transpose, and slides again for the convolution.",
        narrow_height=narrow_height,
    )
    kernel = board.panel(side, KW, wide["w"], narrow["w"], "kernel <b>w</b>")
    stage = board.panel(side, side, wide["stage"], narrow["stage"], "turning by 180°")
    wrong = board.panel(side / SMALL, KH + 1, wide["wrong"], narrow["wrong"], "not <b>w</b>.T")
    image = board.panel(*x_shape, wide["x"], narrow["x"], "image <b>x</b>")
    left = board.panel(*y_shape, wide["left"], narrow["left"], "correlation")
    right = board.panel(*y_shape, wide["right"], narrow["right"], "convolution")
    formula = board.panel(1, 1, wide["line"], narrow["line"], square=False)

    top = (side - KH) / 2
    board.tiles(kernel, [(top + u, v, 1, 1) for u, v in np.ndindex(KH, KW)], "kernel")
    board.numbers(kernel, w, size=VALUE, bold=True, dy=top, hover=lambda u, v: f"w[{u},{v}] = {show(w[u, v])}")

    top = (side / SMALL - KW) / 2
    cells = [(top + v, u, 1, 1) for v, u in np.ndindex(KW, KH)]
    board.tiles(wrong, cells, "wrong")
    board.outline(wrong, (top, 0, KW, KH), "wrong", width=1.5)
    board.numbers(wrong, w.T, dy=top, hover=lambda v, u: f"✗ w.T[{v},{u}] = ")
    board.words(wrong, KH, [(side / SMALL - 1) / 2], ["✗"], size=20, bold=True, align="center", role="wrong")
    return board, stage, image, left, right, formula


def _places(x_shape, w_shape, y_shape):
    """Boxes of the panels in both designs, and the two heights of the board."""
    (H, W), (OH, OW) = x_shape, y_shape
    tall = LINE * -(-math.prod(w_shape) // TERMS) + 12  # px of the sum

    upper, top = _upper_row(w_shape, 672, GAP + 16)
    room = (672 - 2 * GAP) / (W + 2 * OW)  # px a cell, if image and outputs had cells of one size
    image = box(0, top, H, W, cell_size(H, W, room * W, 190, 44))
    cell = cell_size(OH, OW, room * OW, 190, 44)
    across = box(0, 0, OH, OW, cell)[2]
    gap = max(GAP, min(96, (672 - image[2] - max(across, 80) - across) / 2))
    left = box(image[2] + gap, top, OH, OW, cell)
    right = box(left[0] + max(left[2], 80) + gap, top, OH, OW, cell)
    upper = _aligned(upper, left[0], right[0])
    below = top + max(image[3], left[3]) + 8
    wide = {**upper, "x": image, "left": left, "right": right, "line": (0, below, 672, tall)}

    upper, top = _upper_row(w_shape, 342, 20)
    image = box(0, top, H, W, cell_size(H, W, 342, 200, 44))
    line = (0, image[1] + image[3] + 4, 342, tall)
    top = line[1] + tall + ABOVE - 6
    cell = cell_size(OH, OW, 155, 155, 44)
    left, right = box(0, top, OH, OW, cell), box(max(OW * cell, 90) + 24, top, OH, OW, cell)
    narrow = {**upper, "x": image, "left": left, "right": right, "line": line}
    return wide, narrow, below + tall, top + left[3]


def _aligned(upper, left, right):
    """The upper row with its stage over the correlation and its transpose over the convolution, if there is room."""
    stage, wrong = upper["stage"], upper["wrong"]
    left = max(left, stage[0])
    right = max(right, left + max(stage[2], 112) + 20)
    if right + max(wrong[2], 60) > 672:
        return upper
    return {**upper, "stage": (left, *stage[1:]), "wrong": (right, *wrong[1:])}


def _upper_row(w_shape, width, gap):
    """The kernel, the stage on which it turns, and the transpose; and where the row below them begins."""
    (KH, KW), side = w_shape, math.hypot(*w_shape)
    for cell in range(44, 14, -1):
        kernel = box(0, 0, side, KW, cell)
        stage = box(max(kernel[2], 64) + gap, 0, side, side, cell)
        wrong = box(stage[0] + max(stage[2], 112) + gap, 0, side / SMALL, KH + 1, cell * SMALL)
        if wrong[0] + max(wrong[2], 60) <= width:
            break
    return {"w": kernel, "stage": stage, "wrong": wrong}, stage[3] + ABOVE
