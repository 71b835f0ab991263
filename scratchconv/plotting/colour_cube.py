"""Chapter 5: the same deep window in two layouts of memory."""

from __future__ import annotations

import numpy as np

from ..windows import view_index, window_offsets
from .board import Board, box, cell_size
from .palette import VALUE

GAP, ABOVE = 34, 32  # px beside and above a panel


def colour_cube(input_shape, kernel_shape, *, start=None):
    """A window slides over an input with channels; its cells light up in memory, channels first and channels last.

    Parameters
    ----------
    input_shape : (C, H, W)
        About 40 numbers fit.
    kernel_shape : (KH, KW)
    start : int, optional
        The window shown first; by default one in the middle.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each window.

    Raises
    ------
    ValueError
        If the kernel does not fit into the input, or the input into the figure.

    See Also
    --------
    scratchconv.view_index : the indices of the upper strip.

    Examples
    --------
    >>> len(colour_cube((3, 3, 4), (2, 2)).frames)
    6
    """
    (C, H, W), (KH, KW) = input_shape, kernel_shape
    first = np.arange(C * H * W).reshape(C, H, W)  # flat index of each number, channels first
    last = np.arange(C * H * W).reshape(H, W, C).transpose(2, 0, 1)  # the same numbers, channels last
    views_first = view_index(input_shape, (C, KH, KW))
    views_last = last.ravel()[views_first]
    offsets = window_offsets(input_shape, kernel_shape)
    OW = W - KW + 1

    wide, narrow, heights = _places(C, H, W)
    board = Board(
        heights[0],
        f"A {KH} by {KW} window slides over {C} channels of {H} by {W}; its numbers light up in two lines of memory, "
        "one channels first and one channels last.",
        narrow_height=heights[1],
    )
    lit = {}
    for c in range(C):
        panel = board.panel(H, W, wide[c], narrow[c], f"channel {c}")
        board.tiles(panel, (H, W), "input")
        window = board.stencil(panel, (0, 0, KH, KW), "kernel")
        board.numbers(panel, last[c], corner=True)
        board.numbers(panel, first[c], size=VALUE, bold=True, dx=0.08, dy=0.1, hover=lambda i, j, c=c: (
            f"channel {c}, row {i}, column {j}<br>channels first: index {first[c, i, j]}"
            f"<br>channels last: index {last[c, i, j]}"))
        border = board.outline(panel, (0, 0, KH, KW), "kernel")
        lit[window] = lit[border] = lambda k: (*divmod(k, OW), KH, KW)
    titles = {"first": "in memory, channels first: bold above", "last": "in memory, channels last: small above"}
    for name, views in ("first", views_first), ("last", views_last):
        window, border = _strip(board, wide[name], narrow[name], titles[name], views)
        lit[window] = lit[border] = lambda k, views=views: [(0, int(index), 1, 1) for index in np.sort(views[k])]

    for k, offset in enumerate(offsets.tolist()):
        moved = int(views_last[k, 0] - views_last[0, 0])
        board.frame(f"first +{offset}, last +{moved}", {handle: cells(k) for handle, cells in lit.items()})
    return board.finish(start=len(offsets) // 2 if start is None else start)


def _strip(board, wide, narrow, title, views):
    """One line of memory with a ghost of window 0; the handles of its lit cells and their borders."""
    length = int(views.max()) + 1
    cells = [(0, int(index), 1, 1) for index in np.sort(views[0])]
    panel = board.panel(1, length, wide, narrow, title, square=False)
    board.tiles(panel, (1, length), "input")
    board.outline(panel, cells, "kernel", width=1.5, dash="2px,3px")
    window = board.stencil(panel, cells, "kernel")
    board.numbers(panel, np.arange(length)[None], size=12, spare="thin")
    return window, board.outline(panel, cells, "kernel", width=2)


def _places(C, H, W):
    """Boxes of the panels in both designs, and the two heights of the board."""
    cell = cell_size(H, C * W, 672 - (C - 1) * GAP, 200)
    wide = {c: box(c * (W * cell + GAP), 0, H, W, cell) for c in range(C)}
    top = wide[0][3] + ABOVE
    wide |= {"first": (0, top, 672, 28), "last": (0, top + 28 + ABOVE, 672, 28)}

    cell = cell_size(H, W, 160, 160)
    narrow = {c: box(c % 2 * 178, c // 2 * (H * cell + ABOVE + 4), H, W, cell) for c in range(C)}
    below = narrow[C - 1][1] + narrow[C - 1][3] + ABOVE
    narrow |= {"first": (0, below, 342, 24), "last": (0, below + 24 + ABOVE, 342, 24)}
    return wide, narrow, (top + 56 + ABOVE, below + 48 + ABOVE)
