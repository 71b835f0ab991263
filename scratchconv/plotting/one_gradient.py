"""Chapters 13 and 14: one gradient of the output, on its way back to the input. Seen from dy it is scattered, seen
from dx it is gathered."""

from __future__ import annotations

import numpy as np

from ..conv import flip_kernels
from ..grad import conv2d_grad
from ..shapes import pair
from .board import Board, box, cell_size
from .full_convolution import spelt_out
from .lettering import show
from .palette import VALUE

GAP, TITLE_ROOM, LINE = 26, 34, 22  # px beside a panel, above one, and for a line of words


def one_gradient(dy, x_shape, w, *, stride=1, start=None):
    """Scatter: each output gradient lays its multiple of the kernel onto the window that it came from.

    Parameters
    ----------
    dy : array_like, shape (OH, OW)
        Gradient of the output, small whole numbers.
    x_shape : (H, W)
        Size of the input.
    w : array_like, shape (KH, KW)
        The kernel, small whole numbers.
    stride : int or (vertical, horizontal), default 1
        As in the forward pass.
    start : int, optional
        The output shown first, counted in reading order; by default the one in the middle.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each output, with dx as it stands after that output's turn.

    Raises
    ------
    ValueError
        If dy is not as large as the output of an `x_shape` input, or the numbers do not fit into the figure:
        16 outputs and 7×9 pixels do.

    See Also
    --------
    gather_gradient : the same sums, seen from the input.
    scratchconv.conv2d_grad

    Examples
    --------
    >>> figure = one_gradient(np.ones((3, 3), int), (4, 4), [[1, 2], [3, 4]])
    >>> len(figure.frames)
    9
    """
    dy, w = np.asarray(dy), np.asarray(w)
    so_far = _running_dx(dy, x_shape, w, stride)  # (OH*OW, H, W)
    (KH, KW), (sh, sw) = w.shape, pair(stride, "stride")

    board, outputs, kernel, product, pixels = _scatter_board(dy.shape, x_shape, w.shape)
    board.tiles(outputs, dy.shape, "gradient")
    board.numbers(outputs, dy, bold=True, hover=lambda i, j: f"dy[{i},{j}] = {show(dy[i, j])}")
    lit = board.outline(outputs, (0, 0, 1, 1), "gradient", width=3.5)
    board.tiles(kernel, w.shape, "kernel")
    board.numbers(kernel, w, bold=True, hover=lambda u, v: f"w[{u},{v}] = {show(w[u, v])}")
    board.tiles(product, w.shape, "gradient")
    patch_numbers = board.numbers(product, dy.flat[0] * w, bold=True, hover=lambda u, v: f"this dy times w[{u},{v}] = ")

    board.tiles(pixels, x_shape, "gradient")
    untouched = board.curtain(pixels, x_shape)
    patch = board.stencil(pixels, (0, 0, KH, KW), "kernel", opacity=0.55)
    roomy = min(pixels.cell("wide")[0], pixels.cell("narrow")[0]) >= 44  # for a second number in the corner
    sums = board.numbers(pixels, np.full(x_shape, None), size=VALUE, bold=True, dy=0.12 * roomy,
                         hover=lambda p, q: f"dx[{p},{q}] so far = ", blank=": nothing")
    added = board.numbers(pixels, _signed(dy.flat[0] * w), corner=True) if roomy else None
    border = board.outline(pixels, (0, 0, KH, KW), "kernel")

    rows, columns = (a.ravel() for a in np.indices(w.shape))
    seen = np.zeros(x_shape, bool)
    for k, (i, j) in enumerate(np.ndindex(dy.shape)):
        top, left = i * sh, j * sw
        window = (top, left, KH, KW)
        seen[top : top + KH, left : left + KW] = True
        terms = {"x": columns + left - 0.43, "y": rows + top - 0.27, "text": _signed(dy[i, j] * w)}
        in_corners = {added: terms} if roomy else {}
        board.frame(
            f"dx[{top}:{top + KH}, {left}:{left + KW}] += dy[{i},{j}] · w",
            {
                lit: (i, j, 1, 1), patch_numbers: dy[i, j] * w,
                untouched: _runs(~seen), patch: window, border: window,
                sums: np.where(seen, so_far[k], None), **in_corners,
            },
        )  # fmt: skip
    return board.finish(start=dy.size // 2 if start is None else start, hold=1100)


def gather_gradient(dy, x_shape, w, *, start=None):
    """Gather: the outputs that reach one pixel, and the taps through which they do, are a full convolution.

    Parameters
    ----------
    dy : array_like, shape (OH, OW)
        Gradient of the output, small whole numbers.
    x_shape : (H, W)
        Size of the input.
    w : array_like, shape (KH, KW)
        The kernel, small whole numbers.
    start : int, optional
        The pixel shown first, counted in reading order; by default one near the middle.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each pixel of dx.

    Raises
    ------
    ValueError
        If dy is not as large as the output of an `x_shape` input, or the numbers do not fit into the figure:
        4×6 pixels and a kernel of 2×3 do.

    See Also
    --------
    one_gradient : the same sums, seen from the output.
    scratchconv.full_conv2d

    Examples
    --------
    >>> dy = np.ones((3, 3), int)
    >>> figure = gather_gradient(dy, (4, 4), [[1, 2], [3, 4]])
    >>> len(figure.frames)
    16
    """
    dy, w = np.asarray(dy), np.asarray(w)
    dx = _running_dx(dy, x_shape, w, 1)[-1]
    (H, W), (KH, KW) = x_shape, w.shape
    ring = ((KH - 1, KH - 1), (KW - 1, KW - 1))
    padded, inside, flipped = np.pad(dy, ring), np.pad(np.ones(dy.shape, bool), ring), flip_kernels(w)

    board, outputs, kernel, pixels, lines = _gather_board(padded.shape, x_shape, w.shape)
    outside = [(int(p), int(q), 1, 1) for p, q in np.argwhere(~inside)]
    board.tiles(outputs, [(int(p), int(q), 1, 1) for p, q in np.argwhere(inside)], "gradient")
    if outside:  # a 1×1 kernel needs no ring
        board.tiles(outputs, outside, "padding")
    window = board.stencil(outputs, (0, 0, KH, KW), "kernel")
    if outside:
        board.outline(outputs, outside, "padding", width=1.5)  # over the window: where it hangs over the edge
    board.numbers(outputs, padded, bold=True, dy=0.12, hover=lambda p, q: _named(p - KH + 1, q - KW + 1, dy))
    taps = board.numbers(outputs, flipped, corner=True)
    border = board.outline(outputs, (0, 0, KH, KW), "kernel")
    board.tiles(kernel, w.shape, "kernel")
    board.numbers(kernel, flipped, bold=True, hover=lambda u, v: (
        f"w[{KH - 1 - u},{KW - 1 - v}] = {show(flipped[u, v])}"))

    board.tiles(pixels, x_shape, "gradient")
    board.numbers(pixels, dx, bold=True, size=VALUE, hover=lambda p, q: f"dx[{p},{q}] = {show(dx[p, q])}")
    to_come = board.curtain(pixels, x_shape)
    lit = board.outline(pixels, (0, 0, 1, 1), "gradient", width=3.5)
    sentence = board.words(lines, -0.5, list(range(KH + 1)), [""] * (KH + 1))

    rows, columns = (a.ravel() for a in np.indices(w.shape))
    for k, (p, q) in enumerate(np.ndindex(*x_shape)):
        place = (p, q, KH, KW)
        board.frame(
            f"dx[{p},{q}] from the dy under w",
            {
                window: place, border: place, to_come: k, lit: (p, q, 1, 1),
                taps: {"x": columns + q - 0.43, "y": rows + p - 0.27},
                sentence: spelt_out(padded, inside, flipped, dx[p, q], (p, q)),
            },
        )  # fmt: skip
    return board.finish(start=(H // 2 * W + W // 2) if start is None else start, hold=1100)


def _running_dx(dy, x_shape, w, stride):
    """dx after the first, second, … output gradient: the package's own dx of a dy whose rest is still zero."""
    outputs = dy.size
    until = np.tril(np.ones((outputs, outputs), dy.dtype)) * dy.ravel()  # (outputs, OH*OW)
    x = np.zeros((outputs, 1, *x_shape), int)
    return conv2d_grad(until.reshape(outputs, 1, *dy.shape), x, w[None, None], stride=stride).dx[:, 0]


def _runs(mask):
    """The True cells of a mask, one flat cell for each run in a row."""
    edges = np.diff(np.pad(mask.astype(int), ((0, 0), (1, 1))))  # 1 where a run begins, -1 after its end
    starts, ends = np.argwhere(edges == 1), np.argwhere(edges == -1)
    return [(int(row), int(first), 1, int(end - first)) for (row, first), (_, end) in zip(starts, ends, strict=True)]


def _signed(terms):
    """What is added, as it stands in the corner of a cell."""
    texts = [f"+{show(t)}" if t >= 0 else show(t) for t in terms.ravel().tolist()]
    return np.array(texts, dtype=object).reshape(terms.shape)


def _named(i, j, dy):
    inside = 0 <= i < dy.shape[0] and 0 <= j < dy.shape[1]
    return f"dy[{i},{j}] = {show(dy[i, j])}" if inside else "outside dy: 0"


def _scatter_board(outputs, image, kernel):
    """The empty board and its panels: dy, w, one product, dx."""
    (OH, OW), (H, W), (KH, KW) = outputs, image, kernel

    def design(width, left, beside):
        """`left` px for dy over w and the product; dx stands `beside` them or, on a phone, below."""
        dy_cell = cell_size(OH, OW, left, 190, most=40)
        w_cell = min(dy_cell, cell_size(KH, 2 * KW, left - GAP - 6, 150, most=40))
        below = OH * dy_cell + TITLE_ROOM
        second = max(KW * w_cell + GAP, 96)  # the title “kernel w” needs its room
        boxes = {
            "dy": box(0, 0, OH, OW, dy_cell),
            "w": box(0, below, KH, KW, w_cell),
            "dy·w": box(second, below, KH, KW, w_cell),
        }
        used = below + KH * w_cell + 2
        x0, y0 = (left + GAP, 0) if beside else (0, used + TITLE_ROOM)
        boxes["dx"] = box(x0, y0, H, W, cell_size(H, W, width - x0, 330, most=62))
        return boxes, max(y + height for _, y, _, height in boxes.values())

    (wide, height), (narrow, narrow_height) = design(672, 250, True), design(342, 342, False)
    board = Board(
        height,
        f"Each of {OH} by {OW} output gradients dy, times the {KH} by {KW} kernel, is a patch that is added onto "
        f"its window of the {H} by {W} gradient dx; where patches overlap they add up.",
        narrow_height=narrow_height,
    )
    sizes = {"dy": outputs, "w": kernel, "dy·w": kernel, "dx": image}
    titles = {"dy": "gradient <b>dy</b>", "w": "kernel <b>w</b>", "dy·w": "this <b>dy</b> times <b>w</b>",
              "dx": "gradient <b>dx</b>, so far"}  # fmt: skip
    return board, *(board.panel(*sizes[name], wide[name], narrow[name], titles[name]) for name in sizes)


def _gather_board(padded, image, kernel):
    """The empty board and its panels: dy in its ring, flipped w, dx, lines of words."""
    (PH, PW), (H, W), (KH, KW) = padded, image, kernel

    def design(width, left, beside):
        dy_cell = cell_size(PH, PW, left, 300, most=46)
        below = PH * dy_cell + TITLE_ROOM
        w_cell = cell_size(KH, KW, 130, 130, most=40)
        right = max(KW * w_cell, 92) + GAP
        boxes = {
            "dy": box(0, 0, PH, PW, dy_cell),
            "w": box(0, below, KH, KW, w_cell),
            "lines": (right, below, left - right, (KH + 1) * LINE),
        }
        used = below + max(KH * w_cell + 2, (KH + 1) * LINE)
        x0, y0 = (left + GAP, 0) if beside else (0, used + TITLE_ROOM)
        boxes["dx"] = box(x0, y0, H, W, cell_size(H, W, width - x0, 330, most=62))
        return boxes, max(y + height for _, y, _, height in boxes.values())

    (wide, height), (narrow, narrow_height) = design(672, 330, True), design(342, 342, False)
    board = Board(
        height,
        f"The flipped {KH} by {KW} kernel slides over the output gradient dy in a ring of zeros, and each place "
        f"gives one pixel of the {H} by {W} gradient dx: a full convolution.",
        narrow_height=narrow_height,
    )
    outputs = board.panel(PH, PW, wide["dy"], narrow["dy"], "gradient <b>dy</b> in a ring of zeros")
    flipped = board.panel(KH, KW, wide["w"], narrow["w"], "<b>w</b> flipped")
    pixels = board.panel(H, W, wide["dx"], narrow["dx"], "gradient <b>dx</b>")
    lines = board.panel(KH + 1, 12, wide["lines"], narrow["lines"], "<b>dy</b>·<b>w</b>, added up", square=False)
    return board, outputs, flipped, pixels, lines
