"""Chapter 4: all windows as rows times all kernels as columns."""

from __future__ import annotations

import numpy as np

from ..conv import conv2d
from ..windows import view_index
from .board import Board, box, cell_size, check_frames
from .lettering import show, spelt_sum

ABOVE = 32  # px above a panel with a title
SIGN = 58, 42  # px for @ and = in the two designs


def matrix_product(x, kernels, *, start=None):
    """The matrix of views times the matrix of kernels, row by row, and the maps its columns fold into.

    Parameters
    ----------
    x : array_like, shape (H, W)
        The image, of small whole numbers.
    kernels : array_like, shape (F, KH, KW)
        The kernels.
    start : int, optional
        The row shown first; by default one past the middle.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each window.

    Raises
    ------
    ValueError
        If `kernels` is not (F, KH, KW), or the numbers do not fit into the figure: 15 windows and two
        kernels of 9 do, or 10 windows and three kernels of 6.

    See Also
    --------
    scratchconv.view_index : the indices of the rows.

    Notes
    -----
    Chapter 4. About 1.3 kB a frame, 39 kB for ten windows and two kernels.

    Examples
    --------
    >>> x = np.arange(24).reshape(4, 6) % 7
    >>> figure = matrix_product(x, np.ones((2, 3, 2), dtype=int))
    >>> len(figure.frames)
    10
    """
    x, kernels = np.asarray(x), np.asarray(kernels)
    if kernels.ndim != 3:
        raise ValueError(f"kernels is (F, KH, KW), got shape {kernels.shape}; one kernel is kernels[None]")
    maps = conv2d(x[None, None], kernels[:, None])[0]  # (F, OH, OW)
    views = x.ravel()[view_index(x.shape, kernels.shape[1:])]  # (OH*OW, KH*KW)
    columns = kernels.reshape(len(kernels), -1).T  # (KH*KW, F)
    (F, OH, OW), (N, K) = maps.shape, views.shape
    y = maps.reshape(F, N).T  # (OH*OW, F)
    check_frames(maps[0].size, "window")

    sums = [[spelt_sum(views[n], columns[:, f], y[n, f], 342, 13) for f in range(F)] for n in range(N)]
    lines = 1 + max(line.count("<br>") for row in sums for line in row)
    wide, narrow, height, narrow_height = _places(N, K, F, (OH, OW), lines)
    board = Board(
        height,
        f"{N} window rows of {K} values times {F} kernel columns give {N} rows of {F} outputs, which fold into "
        f"{F} output maps.",
        narrow_height=narrow_height,
    )
    left = board.panel(N, K, wide["views"], narrow["views"], f"<b>views</b> {N}×{K}")
    middle = board.panel(K, F, wide["kernels"], narrow["kernels"], f"<b>kernels</b> {K}×{F}", square=False)
    signs = board.panel(1, 1, wide["signs"], narrow["signs"], square=False)
    right = board.panel(N, F, wide["y"], narrow["y"], f"<b>y</b> {N}×{F}", square=False)
    spelt = board.panel(F, 1, wide["sums"], narrow["sums"], square=False)
    board.words(signs, [-0.34, 0.33], 0, ["@", "="], size=22, align="center")

    board.tiles(left, views.shape, "input")
    row = board.stencil(left, (0, 0, 1, K), "kernel")
    board.numbers(left, views, hover=lambda n, k: f"window {n}, place {k}: {show(views[n, k])}")
    row_border = board.outline(left, (0, 0, 1, K), "kernel")

    board.tiles(middle, columns.shape, "kernel")
    board.numbers(middle, columns, bold=True, hover=lambda k, f: f"kernel {f}, place {k}: {show(columns[k, f])}")
    board.outline(middle, [(0, f, K, 1) for f in range(F)], "kernel", width=2)

    board.tiles(right, y.shape, "output")
    board.numbers(right, y, bold=True, hover=lambda n, f: f"row {n} · kernel {f} = {show(y[n, f])}")
    rows_to_come = board.curtain(right, y.shape)
    result_border = board.outline(right, (0, 0, 1, F), "output")
    formula = board.words(spelt, -0.5, range(F), sums[0], size=16)

    curtains, borders = [], []
    for f, panel_map in enumerate(maps):
        panel = board.panel(OH, OW, wide["maps"][f], narrow["maps"][f], f"column {f}, folded {OH}×{OW}"
                            if f == 0 else f"column {f}")
        board.tiles(panel, panel_map.shape, "output")
        board.numbers(panel, panel_map, size=17, bold=True,
                      hover=lambda i, j, f=f, m=panel_map: f"y[{f},{i},{j}] = {show(m[i, j])}")
        curtains.append(board.curtain(panel, panel_map.shape))
        borders.append(board.outline(panel, (0, 0, 1, 1), "output"))

    for n in range(N):
        place = (*divmod(n, OW), 1, 1)
        board.frame(f"row {n} @ {F} kernel{'s' * (F > 1)}", {
            row: (n, 0, 1, K), row_border: (n, 0, 1, K), formula: sums[n],
            rows_to_come: (n + 1) * F - 1, result_border: (n, 0, 1, F),
            **dict.fromkeys(curtains, n), **dict.fromkeys(borders, place),
        })
    return board.finish(start=N * 2 // 3 if start is None else start)


def _places(N, K, F, fold, lines):
    """Boxes of the panels in both designs, and the two heights of the board."""
    wide = _product(N, K, F, 672 - 48 - 180, SIGN[0], 30)
    x = wide["y"][0] + max(wide["y"][2], 66) + 36
    wide["maps"], low = _stack(F, fold, x, 0, 672 - x, 300)
    top = max(wide["views"][3], low, wide["kernels"][3]) + 14
    wide["sums"] = (0, top, 672, F * lines * 21)

    narrow = _product(N, K, F, 342, SIGN[1], 24)
    below = max(narrow["views"][3], narrow["kernels"][3]) + ABOVE
    narrow["maps"], low = _pairs(F, fold, below)
    narrow_top = low + 14
    narrow["sums"] = (0, narrow_top, 342, F * lines * 20)
    return wide, narrow, top + F * lines * 21, narrow_top + F * lines * 20


def _product(N, K, F, width, sign, least):
    """views @ kernels = y from left to right, a weight at least so many px wide.

    Titles want 100 and 60 px; sums are wider than what they add.
    """
    sums = max(60, 32 * F)
    cell = cell_size(N, K, width - sign - 100 - sums, 330, 28)
    cell = min(cell, cell_size(N, K, width - 2 * sign - least * F - sums, 330, 28))
    views = box(0, 0, N, K, cell)
    kernels = (views[2] + sign, 0, F * max(cell, least), K * cell)
    right = kernels[0] + max(kernels[2] + sign, 100)
    return {
        "views": views,
        "kernels": kernels,
        "y": (right, 0, max(F * cell, 32 * F), views[3]),
        "signs": (views[2], K * cell / 2 - 14, right - views[2], 28),  # in the gaps beside the kernels
    }


def _stack(F, fold, x, y, width, height):
    """The maps one below the other, and where they end."""
    cell = cell_size(*fold, width, (height - (F - 1) * ABOVE) / F, 45)
    boxes = []
    for _ in range(F):
        boxes.append(box(x, y, *fold, cell))
        y += boxes[-1][3] + ABOVE
    return boxes, y - ABOVE


def _pairs(F, fold, y):
    """The maps two in a row, and where they end. The first title is long: it gets the wider half."""
    cell = cell_size(*fold, 150, 150, 36)
    boxes = []
    for f in range(F):
        boxes.append(box(0 if f % 2 == 0 else 190, y, *fold, cell))
        if f % 2 or f == F - 1:
            y += boxes[-1][3] + ABOVE
    return boxes, y - ABOVE
