"""Chapter 7: what a window finds when it hangs over the edge of the image."""

from __future__ import annotations

import numpy as np

from ..correlate import correlate2d
from ..shapes import axis_padding
from .board import Board, box, cell_size
from .lettering import show

GAP, TITLE_ROOM, LINE = 18, 34, 30  # px beside a panel, above one, and for a line of words
INSIDE = 0.25  # cells from the middle of a cell to the end of an arrow that comes over its corner

MODES = {  # our name: NumPy's, and what it says about the world outside
    "zero": ("constant", "Outside there is nothing: no arrow, and a 0."),
    "edge": ("edge", "Edge: the last pixel, again and again."),
    "symmetric": ("symmetric", "Symmetric: a mirror beside the last pixel."),
    "reflect": ("reflect", "Reflect: a mirror on the last pixel."),
    "wrap": ("wrap", "Wrap: the other end of the picture."),
}


def border_modes(x, w, *, start="reflect"):
    """An image in its ring of padding, five ways to fill the ring, and what two kernels make of it.

    The window stands in one corner of the image after the other. An arrow runs from each cell of the ring under it,
    in the corner itself from the outermost, to the pixel that it copies. A delta kernel gives back the image in every
    mode; with `w` the outputs next to the border differ.

    Parameters
    ----------
    x : array_like, shape (H, W)
        The image, of small whole numbers.
    w : array_like, shape (KH, KW)
        A kernel larger than 1×1. Its size decides how wide the ring is: the padding of "same".
    start : {"zero", "edge", "symmetric", "reflect", "wrap"}, default "reflect"
        The mode shown first.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each mode and corner of the image.

    Raises
    ------
    ValueError
        If `start` is no mode, the kernel is 1×1, or the numbers do not fit into the figure: 4×6 pixels and a
        kernel of 3×5 do.

    See Also
    --------
    scratchconv.conv2d : pads with zeros; for another border, `numpy.pad` first.

    Examples
    --------
    >>> w = [[1, 0, -1, 0, 2], [0, 1, 0, 0, 0], [0, 0, 2, 0, -1]]
    >>> len(border_modes(np.arange(24).reshape(4, 6) % 10, w).frames)
    20
    """
    x, w = np.asarray(x), np.asarray(w)
    if start not in MODES:
        raise ValueError(f"start must be one of {', '.join(MODES)}, got {start!r}")
    if w.size == 1:
        raise ValueError("a kernel of 1×1 needs no padding: draw a larger one")
    (KH, KW), (top, left) = w.shape, ((k - 1) // 2 for k in w.shape)
    ring = [axis_padding("same", n, k, 1, 1) for n, k in zip(x.shape, w.shape, strict=True)]
    filled = {mode: np.pad(x, ring, mode=numpys) for mode, (numpys, _) in MODES.items()}
    delta = np.zeros_like(w)
    delta[top, left] = 1  # the tap that lies on the pixel itself

    board, whole, line, kernels, outputs = _places(x.shape, w.shape, filled[start].shape)
    outside = _ring_cells(x.shape, ring)
    board.tiles(whole, [(top + i, left + j, 1, 1) for i, j in np.ndindex(x.shape)], "input")
    board.tiles(whole, outside, "padding")
    board.outline(whole, outside, "padding", width=1.5)
    arrows = board.arrow(whole, [], role="input")
    numbers = board.numbers(whole, filled[start], bold=True, hover=lambda i, j: (
        f"padding, row {show(i - top)}, column {show(j - left)} = "
        if (i, j, 1, 1) in outside else f"x[{i - top},{j - left}] = "))
    window = board.outline(whole, (0, 0, KH, KW), "kernel")
    sentence = board.words(line, -0.5, 0, MODES[start][1])
    ys, lit = {}, []
    for panel, output, kernel in zip(kernels, outputs, (delta, w), strict=True):
        board.tiles(panel, w.shape, "kernel")
        board.numbers(panel, kernel, size=13, hover=lambda u, v, k=kernel: f"[{u},{v}] = {show(k[u, v])}")
        board.tiles(output, x.shape, "output")
        ys[board.numbers(output, x, size=14, bold=kernel is delta, hover=lambda i, j: f"[{i},{j}] = ")] = kernel
        lit.append(board.outline(output, (0, 0, 1, 1), "output"))

    corners = _corners(x.shape)
    for mode, (_, meaning) in MODES.items():
        results = {y: correlate2d(filled[mode], kernel) for y, kernel in ys.items()}
        for i, j in corners:
            board.frame(f"{mode}: window of y[{i},{j}]", {
                arrows: _routes(x.shape, ring, mode, (i, j, KH, KW)), window: (i, j, KH, KW),
                numbers: filled[mode], sentence: [meaning], **results, **dict.fromkeys(lit, (i, j, 1, 1)),
            })
    return board.finish(start=list(MODES).index(start) * len(corners), hold=1600)


def _corners(shape):
    """The four corners of the image, clockwise from the first pixel; fewer if they coincide."""
    bottom, right = shape[0] - 1, shape[1] - 1
    return list(dict.fromkeys([(0, 0), (0, right), (bottom, right), (bottom, 0)]))


def _ring_cells(shape, ring):
    """The cells (row, column, 1, 1) of the padded image that are not image."""
    inside = np.pad(np.ones(shape, bool), ring)
    return [(int(row), int(column), 1, 1) for row, column in np.argwhere(~inside)]


def _routes(shape, ring, mode, window):
    """An arrow for each cell of the ring under the window; none where nothing is copied.

    In a corner only the outermost cell has one, because they would cross: all follow both their sides.
    """
    (top, _), (left, _) = ring
    (H, W), (i, j, KH, KW) = shape, window
    if mode == "zero":
        return []
    sources = np.pad(np.arange(H * W).reshape(H, W), ring, mode=MODES[mode][0])
    outermost, routes = [(0, n - 1) for n in sources.shape], []
    for row, column, _, _ in _ring_cells(shape, ring):
        if i <= row < i + KH and j <= column < j + KW:
            above, before = max(top - row, row - top - H + 1, 0), max(left - column, column - left - W + 1, 0)
            if above and before and not (row in outermost[0] and column in outermost[1]):
                continue
            up, across = divmod(int(sources[row, column]), W)
            aside = 0.32 + 0.1 * (max(above, before) - 1)
            routes.append(_beside((column, row), (left + across, top + up), aside))
    return routes


def _beside(start, end, aside):
    """From one cell to another, beside the numbers: along a row or a column `aside` cells to the right of the line
    between the centres, so that the ways there and back do not meet; otherwise on the lines between the cells."""
    (x0, y0), (x1, y1) = start, end
    across, down = np.sign(x1 - x0), np.sign(y1 - y0)
    if across and down:
        left, right, upper, lower = x0 + across / 2, x1 - across / 2, y0 + down / 2, y1 - down / 2
        on_lines = [(left, upper), (right, upper), (right, lower)]
        return [(x0 + INSIDE * across, y0 + INSIDE * down), *on_lines, (x1 - INSIDE * across, y1 - INSIDE * down)]
    return [(x - down * aside, y + across * aside) for x, y in (start, end)]


def _places(image, kernel, padded):
    """The empty board and its panels: the padded image, a line of words, two kernels, two outputs."""
    (H, W), (KH, KW), (PH, PW) = image, kernel, padded
    pairs = max(H, KH)

    def design(width, split):
        """Left: the padded image over its line. Right, or below on a phone: the two pairs."""
        whole = cell_size(PH, PW, split, 400, most=38)
        x0 = PW * whole + GAP if split < width else 0
        y0 = 0 if split < width else PH * whole + LINE + TITLE_ROOM
        small = cell_size(pairs, KW * 0.72 + W, width - x0 - GAP, 400, most=34)
        boxes = {"whole": box(0, 0, PH, PW, whole), "line": (0, PH * whole + 8, width, LINE)}
        for n in range(2):
            y = y0 + n * (pairs * small + TITLE_ROOM)
            boxes[f"w{n}"] = box(x0, y, KH, KW, small * 0.72)
            boxes[f"y{n}"] = box(x0 + KW * small * 0.72 + GAP, y, H, W, small)
        return boxes, max(y + height for _, y, _, height in boxes.values())

    (wide, height), (narrow, narrow_height) = design(672, 350), design(342, 342)
    alt = (
        f"An image of {H} by {W} pixels in a ring of padding: for each of five modes, which pixel each cell of "
        "the ring under a window copies, and the outputs of a delta kernel and of another one."
    )
    board = Board(height, alt, narrow_height=narrow_height)

    def panel(name, rows, columns, title="", **options):
        return board.panel(rows, columns, wide[name], narrow[name], title, **options)

    whole = panel("whole", PH, PW, "image <b>x</b> in its padding")
    line = panel("line", 1, 30, square=False)
    kernels = [panel("w0", KH, KW, "delta"), panel("w1", KH, KW, "kernel <b>w</b>")]
    outputs = [panel("y0", H, W, "its output"), panel("y1", H, W, "its output <b>y</b>")]
    return board, whole, line, kernels, outputs
