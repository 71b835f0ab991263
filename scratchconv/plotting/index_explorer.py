"""Chapter 3: a window is a list of flat indices, and moving it adds a constant."""

from __future__ import annotations

import numpy as np

from ..correlate import correlate2d
from ..windows import view_index, window_offsets
from .board import SLACK, Board, box, cell_size, check_frames
from .lettering import show, spelt_sum
from .palette import NUMBER, VALUE

GAP, ABOVE = 34, 32  # px beside and above a panel
SUM = 0.9  # cells under the image, for the products and their sum in two lines


def index_explorer(x, w, *, start=None):
    """One window four times: in the image, in memory, as a row of indices, and as an output.

    Parameters
    ----------
    x : array_like, shape (H, W)
        The image, of small whole numbers.
    w : array_like, shape (KH, KW)
        The kernel.
    start : int, optional
        The window shown first, counted in reading order; by default one near the end.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each window.

    Raises
    ------
    ValueError
        If the kernel does not fit into the image, or the numbers do not fit into the figure: about
        30 pixels and 20 windows do.

    See Also
    --------
    scratchconv.view_index : the matrix in the middle.

    Notes
    -----
    Chapter 3. About 1.7 kB a frame, 62 kB for ten windows.

    Examples
    --------
    >>> x = np.arange(24).reshape(4, 6)
    >>> figure = index_explorer(x, np.ones((3, 2), dtype=int))
    >>> len(figure.frames)
    10
    """
    x, w = np.asarray(x), np.asarray(w)
    y = correlate2d(x, w)
    views = view_index(x.shape, w.shape)  # (OH*OW, KH*KW)
    offsets = window_offsets(x.shape, w.shape)
    (H, W), (KH, KW), (OH, OW), (N, K) = x.shape, w.shape, y.shape, views.shape
    check_frames(y.size, "window")

    strip = _Strip(H * W, int(offsets[-1]))
    wide, narrow, height, narrow_height = _places(x.shape, w.shape, y.shape, views.shape, strip.height)
    board = Board(
        height,
        f"A {KH} by {KW} window slides over a {H} by {W} image; its {K} flat indices light up on the memory "
        "strip, fill one row of the matrix of indices and give one output.",
        narrow_height=narrow_height,
    )
    image = board.panel(H + SUM, W, wide["x"], narrow["x"], "image <b>x</b>: value, flat index")
    memory = board.panel(2, H * W, wide["memory"], narrow["memory"], "the same pixels in memory", square=False)
    matrix = board.panel(N, K, wide["views"], narrow["views"], "<b>indices</b>: row = window")
    output = board.panel(OH, OW, wide["y"], narrow["y"], "output <b>y</b>")
    kernel = board.panel(KH, KW, wide["w"], narrow["w"], "kernel <b>w</b>")

    def pixels(window):
        return [(0, int(index), 1, 1) for index in views[window]]

    def folded(window):
        return [strip.cell(int(index)) for index in views[window]]

    board.tiles(image, x.shape, "input")
    window = board.stencil(image, (0, 0, KH, KW), "kernel")
    board.numbers(image, np.arange(H * W).reshape(H, W), corner=True)
    board.numbers(image, x, size=VALUE, bold=True, dy=0.1, hover=lambda i, j: (
        f"x[{i},{j}] = {show(x[i, j])}<br>flat index {i}·{W} + {j} = {i * W + j}"))
    window_border = board.outline(image, (0, 0, KH, KW), "kernel")

    every = board.tiles(memory, (1, H * W), "input")
    ghost = board.outline(memory, pixels(0), "kernel", width=1.5, dash="2px,3px")  # where window 0 was
    lit = board.stencil(memory, pixels(0), "kernel")
    told = [f"memory cell {n}<br>x[{n // W},{n % W}] = {show(x.flat[n])}" for n in range(H * W)]
    indices = board.numbers(memory, np.arange(H * W)[None], size=13, spare="thin", hover=[told],
                            narrow_cells=strip.wide)
    lit_border = board.outline(memory, pixels(0), "kernel", width=2)
    arrow = board.arrow(memory, [[(0, 0.9), (0, 0.9)]])
    added = board.words(memory, [0.5], [0.9], ["+0"], bold=True, size=15)
    if strip.rows > 1:
        board.on_phone({every: [strip.cell(n) for n in range(H * W)], ghost: folded(0), indices: strip.middles()})

    board.tiles(matrix, views.shape, "input")
    row = board.stencil(matrix, (0, 0, 1, K), "kernel")
    board.numbers(matrix, views, size=14, hover=lambda n, k: (
        f"window {n}, place {k}<br>index {views[n, k]}, value {show(x.flat[views[n, k]])}"))
    rows_to_come = board.curtain(matrix, views.shape)
    row_border = board.outline(matrix, (0, 0, 1, K), "kernel", width=2.5)

    board.tiles(kernel, w.shape, "kernel")
    board.numbers(kernel, w, size=17, bold=True, hover=lambda u, v: f"w[{u},{v}] = {show(w[u, v])}")

    board.tiles(output, y.shape, "output")
    board.numbers(output, y, size=16, bold=True, hover=lambda i, j: (
        f"y[{i},{j}] = {show(y[i, j])}<br>the pixels at row {i * OW + j} of the indices, times w"))
    outputs_to_come = board.curtain(output, y.shape)
    output_border = board.outline(output, (0, 0, 1, 1), "output")

    sums = [spelt_sum(x.flat[row].tolist(), w.ravel().tolist(), total, 288, NUMBER)
            for row, total in zip(views, y.ravel().tolist(), strict=True)]
    spelt = board.words(image, -0.5, H + SUM / 2 - 0.45, [sums[0]], size=NUMBER)

    for n, offset in enumerate(offsets.tolist()):
        i, j = divmod(n, OW)
        board.frame(f"window {n} = window 0 + {offset}", {
            window: (i, j, KH, KW), window_border: (i, j, KH, KW),
            lit: pixels(n), lit_border: pixels(n),
            arrow: [[(0, 0.9), (offset, 0.9)]],
            added: {"text": [f"+{offset}"], **_beside(offset, H * W)},
            row: (n, 0, 1, K), row_border: (n, 0, 1, K), rows_to_come: (n + 1) * K - 1,
            spelt: [sums[n]], outputs_to_come: n, output_border: (i, j, 1, 1),
        }, {
            lit: folded(n), lit_border: folded(n), arrow: strip.ways(offset), added: strip.beside(offset),
        } if strip.rows > 1 else {})
    return board.finish(start=N - min(3, N) if start is None else start)


class _Strip:
    """The strip of memory on a phone: where its cells would be too small it is folded into two rows.

    Under a row runs the arrow. Everything is in the units of the strip that is not folded: `wide` is a cell's width.
    """

    CELL, LANE, LEAST = 27, 22, 19  # px: height of a row, of the room for the arrow, smallest width of a cell

    def __init__(self, pixels, last):
        self.pixels, self.rows = pixels, 1 if 342 / pixels >= self.LEAST else 2
        self.columns = -(-pixels // self.rows)
        self.wide = pixels / self.columns
        lanes = 1 + (last >= self.columns)  # an arrow that stays in the first row needs no second one
        self.height = self.rows * self.CELL + lanes * self.LANE if self.rows > 1 else 42
        self.unit = self.height / (2 + SLACK)  # px

    def cell(self, n):
        """(row, column, height, width) of pixel n, with air beside it."""
        row, column = divmod(n, self.columns)
        air = 0.6 * self.pixels / 342  # 0.6 px
        top, height = (px / self.unit for px in (row * (self.CELL + self.LANE), self.CELL))
        return top, column * self.wide + air, height, self.wide - 2 * air

    def middle(self, n):
        row, column, height, width = self.cell(n)
        return column + (width - 1) / 2, row + (height - 1) / 2

    def middles(self):
        x, y = zip(*map(self.middle, range(self.pixels)), strict=True)
        return {"x": x, "y": y}

    def under(self, n):
        """The point of the arrow's lane that is under pixel n."""
        x, y = self.middle(n)
        return x, y + (self.CELL + self.LANE) / 2 / self.unit

    def ways(self, offset):
        """The arrow from pixel 0 to the one at the offset; in the second row it goes on where that begins."""
        start, end = self.under(0), self.under(offset)
        if offset < self.columns:
            return [[start, end]]
        return [[start, (self.pixels - 0.5, start[1])], [(-0.5, end[1]), end]]

    def beside(self, offset):
        """Behind the head of the arrow or, where the row ends, before it."""
        x, y = self.under(offset)
        ends = x + self.wide * 1.5 > self.pixels - 0.5
        return {"x": [x - 2.4 * self.wide if ends else x + 0.4 * self.wide], "y": [y]}


def _beside(offset, pixels):
    """Behind the head of the arrow or, where the strip ends, below it."""
    if offset < pixels - 4:
        return {"x": [offset + 0.5], "y": [0.9]}
    return {"x": [pixels - 3.5], "y": [1.4]}


def _places(x_shape, w_shape, y_shape, views_shape, strip):
    """Boxes of the panels in both designs, and the two heights of the board."""
    (H, W), (KH, KW), (OH, OW), (N, K) = x_shape, w_shape, y_shape, views_shape
    image = box(0, 0, H + SUM, W, cell_size(H + SUM, W, 288, 245))
    left = max(image[2], 190) + GAP  # the titles need their room too
    views = box(left, 0, N, K, cell_size(N, K, min(26 * K, 660 - left - max(110, 24 * OW)), 330, 27))
    right = left + max(views[2], 150) + GAP
    output = box(right, 0, OH, OW, cell_size(OH, OW, 672 - right, 150, 40))
    below = output[3] + ABOVE
    kernel = box(right, below, KH, KW, cell_size(KH, KW, 672 - right, 130, 38))
    body = max(image[3], views[3], below + kernel[3])
    wide = {"x": image, "views": views, "y": output, "w": kernel, "memory": (0, body + ABOVE, min(672, 40 * H * W), 62)}

    image = box(0, 0, H + SUM, W, cell_size(H + SUM, W, 342, 290, 58))
    memory = (0, image[3] + ABOVE, min(342, 40 * H * W), strip)
    top = memory[1] + memory[3] + ABOVE
    views = box(0, top, N, K, cell_size(N, K, 158, 340, 26))
    output = box(176, top, OH, OW, cell_size(OH, OW, 166, 150, 36))
    kernel_top = top + output[3] + ABOVE
    kernel = box(176, kernel_top, KH, KW, cell_size(KH, KW, 166, 130, 38))
    narrow = {"x": image, "views": views, "y": output, "w": kernel, "memory": memory}
    return wide, narrow, body + ABOVE + 62, max(views[1] + views[3], kernel_top + kernel[3])
