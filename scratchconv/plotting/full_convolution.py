"""Chapter 10: a full convolution in three steps: pad, flip, correlate."""

from __future__ import annotations

import math

import numpy as np

from ..conv import flip_kernels
from ..correlate import convolve2d
from .board import Board, box, cell_size, check_frames
from .flip import turned
from .lettering import factor, show
from .palette import VALUE

GAP, ABOVE, LINE = 26, 34, 24  # px beside a panel, above one with a title, and for a line of words
STEP = 60  # degrees of the turn from one frame to the next
FROG = (32, 32), (5, 5)  # a picture and a kernel whose sizes are told beside those of the figure


def full_convolution(x, w, *, start=None):
    """Zeros grow around a picture, the kernel turns, and slides from beyond one corner to beyond the other.

    Parameters
    ----------
    x : array_like, shape (H, W)
        The picture, of small whole numbers.
    w : array_like, shape (KH, KW)
        The kernel, of small whole numbers.
    start : int, optional
        The output shown first, counted in reading order; by default one near the middle.

    Returns
    -------
    plotly.graph_objects.Figure
        Five frames for picture, padding and flip, and one for each output.

    Raises
    ------
    ValueError
        If there are more than 45 outputs, or the numbers do not fit into the figure: 3×4 pixels and a kernel of
        2×3 do.

    See Also
    --------
    scratchconv.full_conv2d : for batches, channels and many filters.
    growing_support : the same sums, seen from the picture.

    Notes
    -----
    Chapter 10. About 1.7 kB a frame.

    Examples
    --------
    >>> x = np.arange(12).reshape(3, 4)
    >>> figure = full_convolution(x, [[1, 2, 3], [4, 5, 6]])
    >>> len(figure.frames)
    29
    """
    x, w = np.asarray(x), np.asarray(w)
    y, flipped = convolve2d(x, w, mode="full"), flip_kernels(w)
    KH, KW = w.shape
    check_frames(y.size + 2 + 180 // STEP, "output, and five before the first")
    ring = ((KH - 1, KH - 1), (KW - 1, KW - 1))
    padded, inside = np.pad(x, ring), np.pad(np.ones(x.shape, bool), ring)

    board, picture, stage, lines, sizes, output = _board(x.shape, w.shape, padded.shape, y.shape)
    zeros_to_come, window = _paint_padded(board, picture, padded, inside, _bands(x.shape, ring))
    taps = board.numbers(picture, np.full(w.shape, None), corner=True)
    border = board.outline(picture, [], "kernel")
    tiles, names = _paint_stage(board, stage, w)
    sentence = board.words(lines, -0.5, list(range(KH + 1)), [""] * (KH + 1))
    told = board.words(sizes, -0.5, [0, 1, 2], _sizes(x.shape, w.shape, 0))
    board.words(sizes, 6.2, [0, 1, 2], _sizes(*FROG, None), role="muted")
    board.tiles(output, y.shape, "output")
    board.numbers(output, y, size=VALUE, bold=True, hover=lambda i, j: f"y[{i},{j}] = {show(y[i, j])}")
    to_come = board.curtain(output, y.shape)
    lit = board.outline(output, [], "output")

    board.frame("a picture and a kernel", {})
    board.frame(f"1 pad: {KH - 1} above, {KW - 1} to the left", {
        zeros_to_come: _bands(x.shape, ring, opened=True), told: _sizes(x.shape, w.shape, 1)})
    for degrees in range(STEP, 180 + STEP, STEP):
        xy, places = turned(w.shape, degrees)
        board.frame(f"2 flip: the kernel turns {degrees}°", {tiles: xy, names: places})
    corner = {"x": np.indices(w.shape)[1].ravel() - 0.43, "y": np.indices(w.shape)[0].ravel() - 0.27}
    for k, (p, q) in enumerate(np.ndindex(y.shape)):
        place = (p, q, KH, KW)
        board.frame(f"3 correlate: y[{p},{q}]", {
            window: place, border: place, to_come: k, lit: (p, q, 1, 1), told: _sizes(x.shape, w.shape, 2),
            taps: {"text": flipped, "x": corner["x"] + q, "y": corner["y"] + p},
            sentence: spelt_out(padded, inside, flipped, y[p, q], (p, q)),
        })
    first, middle = 2 + 180 // STEP, y.shape[0] // 2 * y.shape[1] + y.shape[1] // 2
    return board.finish(start=first + (middle if start is None else start), move=420, hold=1100)


def spelt_out(padded, inside, flipped, total, corner):
    """One line for each row of the kernel, with the pixels that exist, and the sum below."""
    (p, q), (KH, KW) = corner, flipped.shape
    lines = []
    for u in range(KH):
        met = [v for v in range(KW) if inside[p + u, q + v]]
        terms = [f"{factor(padded[p + u, q + v])}·{factor(flipped[u, v])}" for v in met]
        if terms:
            lines.append("+ " * bool(lines) + " + ".join(terms))
    return [*lines, f"= <b>{show(total)}</b>", *[""] * (KH - len(lines))]


def _paint_padded(board, panel, padded, inside, bands):
    """The picture and its ring of zeros under a cover; the handles of the cover and of the window, not there yet."""
    outside = [(int(p), int(q), 1, 1) for p, q in np.argwhere(~inside)]
    board.tiles(panel, [(int(p), int(q), 1, 1) for p, q in np.argwhere(inside)], "input")
    board.tiles(panel, outside, "padding")
    window = board.stencil(panel, [], "kernel")
    board.outline(panel, outside, "padding", width=1.5)  # over the window, which shows where it hangs over the edge
    top, left = np.argwhere(inside)[0].tolist()
    board.numbers(panel, np.where(inside, None, padded), bold=True, dy=0.12, hover=[
        ["padding: 0" for _ in row] for row in padded])
    cover = board.stencil(panel, bands, "empty")
    board.numbers(panel, np.where(inside, padded, None), bold=True, dy=0.12, hover=lambda p, q: (
        f"x[{p - top},{q - left}] = {show(padded[p, q])}" if inside[p, q] else "padding: 0"))
    return cover, window


def _bands(shape, ring, opened=False):
    """Four cells (row, column, height, width) over the ring, or drawn back to its outer edge."""
    (H, W), ((top, bottom), (left, right)) = shape, ring
    PH, PW = H + top + bottom, W + left + right
    if opened:
        return [(0, 0, 0, PW), (PH, 0, 0, PW), (0, 0, PH, 0), (0, PW, PH, 0)]
    return [(0, 0, top, PW), (PH - bottom, 0, bottom, PW), (top, 0, H, left), (top, PW - right, H, right)]


def _paint_stage(board, panel, w):
    """The tiles of the kernel and their numbers, which stay upright when it turns."""
    xy, places = turned(w.shape, 0)
    tiles = board.path(panel, xy, "kernel")
    return tiles, board.numbers(panel, w, size=VALUE, bold=True, dx=places["x"][0], dy=places["y"][0],
                                hover=lambda u, v: f"w[{u},{v}] = ")


def _sizes(shape, kernel, step):
    """The size of the picture, of the padded picture and of the output; the one of this step in bold."""
    (H, W), (KH, KW) = shape, kernel
    sizes = [(H, W), (H + 2 * (KH - 1), W + 2 * (KW - 1)), (H + KH - 1, W + KW - 1)]
    names = ["picture", "padded", "output"] if step is not None else ["frog", "padded", "output"]
    texts = [f"{name} {rows} × {columns}" for name, (rows, columns) in zip(names, sizes, strict=True)]
    return [f"<b>{text}</b>" if place == step else text for place, text in enumerate(texts)]


def _board(picture, kernel, padded, output):
    """The empty board and its panels: the padded picture, the kernel, lines of words, sizes, the output."""
    (KH, KW), side = kernel, math.hypot(*kernel)

    def design(width, left, beside):
        """`left` px for the picture over the kernel and its sum; the output `beside` them or, on a phone, below."""
        whole = cell_size(*padded, left, 300, most=46)
        below = padded[0] * whole + ABOVE
        stage = box(0, below, side, side, cell_size(side, side, 130, 130, most=36))
        right = stage[2] + GAP
        used = below + max(stage[3], (KH + 1) * LINE)
        x0, y0 = (left + GAP, 0) if beside else (0, used + ABOVE)
        y = box(x0, y0, *output, cell_size(*output, width - x0, 330, most=52))
        told = below if beside else y0 + y[3] + ABOVE
        boxes = {
            "x": box(0, 0, *padded, whole),
            "w": stage,
            "lines": (right, below, left - right, (KH + 1) * LINE),
            "y": y,
            "sizes": (x0, max(told, y0 + y[3] + ABOVE), width - x0, 3 * LINE),
        }
        return boxes, max(y + height for _, y, _, height in boxes.values())

    (wide, height), (narrow, narrow_height) = design(672, 340, True), design(342, 342, False)
    board = Board(
        height,
        f"A ring of zeros grows around a {picture[0]} by {picture[1]} picture, a {KH} by {KW} kernel turns by 180 "
        f"degrees and slides from beyond one corner to beyond the other: {output[0]} by {output[1]} outputs.",
        narrow_height=narrow_height,
    )

    def panel(name, rows, columns, title, **options):
        return board.panel(rows, columns, wide[name], narrow[name], title, **options)

    return (
        board,
        panel("x", *padded, "picture <b>x</b>, padded"),
        panel("w", side, side, "kernel <b>w</b>"),
        panel("lines", KH + 1, 12, "<b>x</b>·<b>w</b>, added up", square=False),
        panel("sizes", 3, 12, "sizes, here and for the frog", square=False),
        panel("y", *output, "output <b>y</b>"),
    )
