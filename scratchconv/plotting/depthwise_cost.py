"""Chapter 9: what groups save, counted in kernels."""

from __future__ import annotations

import numpy as np

from ..shapes import output_size
from .board import Board, box, cell_size, check_frames

GAP, ABOVE, LINE = 36, 18, 30  # px beside the grid, above the bars on a phone, and of a line of words or a bar
EDGE = 1.3  # cells from the channels' and the filters' own tiles to the kernels
FULL, BAR = 10, 0.7  # cells that the longest bar takes, and its height in lines


def depthwise_cost(x_shape, w_shape, *, groups=None):
    """The kernels of a layer, filters × channels, and how many are left when the channels split into groups.

    Parameters
    ----------
    x_shape : (C, H, W)
        Size of one input.
    w_shape : (F, C, KH, KW)
        Size of the weights without groups.
    groups : sequence of int, optional
        One frame each; by default all that divide both C and F.

    Returns
    -------
    plotly.graph_objects.Figure
        Starts with the frame in the middle, where the blocks can be seen.

    Raises
    ------
    ValueError
        If the channels differ, the kernel does not fit, or a number of groups does not divide C and F.

    See Also
    --------
    scratchconv.conv2d : its argument `groups`.

    Notes
    -----
    Chapter 9. About 1.2 kB a frame. Parameters are weights and one bias for each filter; multiplications are
    those of one input without padding.

    References
    ----------
    A. G. Howard et al.: MobileNets: efficient convolutional neural networks for mobile vision applications, 2017.

    Examples
    --------
    >>> figure = depthwise_cost((6, 10, 14), (12, 6, 3, 3))
    >>> [step.label for step in figure.layout.sliders[0].steps]
    ['1 group: all see all', '2 groups', '3 groups', '6 groups: depthwise']
    """
    (C, H, W), (F, D, KH, KW) = x_shape, w_shape
    if C != D:
        raise ValueError(f"x has {C} channels and w expects {D}: without groups they are the same")
    choices = [g for g in range(1, C + 1) if C % g == F % g == 0] if groups is None else list(groups)
    check_frames(len(choices), "number of groups")
    if bad := [g for g in choices if g < 1 or C % g or F % g]:
        raise ValueError(f"{bad[0]} groups do not divide {C} channels and {F} filters")
    outputs = output_size(H, KH) * output_size(W, KW)
    costs = [cost(w_shape, outputs, g) for g in choices]
    board, curtain, rows = _painted(x_shape, w_shape, outputs, choices)
    for g, amounts in zip(choices, costs, strict=True):
        changes = {curtain: _missing(C, F, g)}
        sums = (f"{F} · {C // g} · {KH}·{KW} + {F} biases", f"{F} · {C // g} · {KH}·{KW} · {outputs} outputs")
        for (bar, value, formula), amount, most, words in zip(rows, amounts, costs[0], sums, strict=True):
            changes |= {bar: [_bar(FULL * amount / most)], value: [f"{amount:,}"], formula: [words]}
        board.frame(_caption(g, C), changes)
    return board.finish(start=len(choices) // 2)


def cost(w_shape, outputs, groups=1):
    """(parameters, multiplications) of a layer with so many outputs in each map.

    >>> cost((3, 3, 5, 5), 1)[0], cost((15, 3, 4, 4), 1)[0]
    (228, 735)
    """
    F, C, KH, KW = w_shape
    weights = F * (C // groups) * KH * KW
    return weights + F, weights * outputs


def _caption(g, C):
    plain = f"{g} group{'s' * (g > 1)}"
    if g == 1:
        return plain + ": all see all"
    return plain + (": depthwise" if g == C else "")


def _missing(C, F, g):
    """What lies beside the blocks of the diagonal, left and right of each."""
    down, across = F // g, C // g
    left = [(EDGE + k * down, EDGE, down, k * across) for k in range(g)]
    right = [(EDGE + k * down, EDGE + (k + 1) * across, down, C - (k + 1) * across) for k in range(g)]
    return [cell for cell in left + right if cell[3]]


def _bar(length):
    return ((1 - BAR) / 2, 0, BAR, length)


def _taps(C, F, KH, KW):
    """Lines that cut every tile of the grid into the taps of its kernel."""
    x, y = [], []
    for f, c in np.ndindex(F, C):
        left, top = EDGE + c - 0.45, EDGE + f - 0.45
        for u in range(1, KH):
            x += [left, left + 0.9, None]
            y += [top + 0.9 * u / KH] * 2 + [None]
        for v in range(1, KW):
            x += [left + 0.9 * v / KW] * 2 + [None]
            y += [top, top + 0.9, None]
    return x[:-1], y[:-1]


def _painted(x_shape, w_shape, outputs, choices):
    """The finished board, the curtain over the kernels, and (bar, value, formula) of each cost."""
    (C, _, _), (F, _, KH, KW) = x_shape, w_shape
    places = _places(C, F)
    board = Board(
        places["height"][0],
        f"{F} filters of {C} kernels as a grid. With more groups only blocks on its diagonal are left, and the bars of "
        "parameters and multiplications shrink.",
        narrow_height=places["height"][1],
    )
    grid = board.panel(F + EDGE, C + EDGE, *places["grid"], "filter ↓, channel →")
    board.tiles(grid, [(0, EDGE + c, 1, 1) for c in range(C)], "input")
    board.tiles(grid, [(EDGE + f, 0, 1, 1) for f in range(F)], "output")
    board.words(grid, [EDGE + c for c in range(C)], 0, [str(c) for c in range(C)], size=13, align="center", role="tile",
                cells=1, hover=[f"channel {c}" for c in range(C)])
    board.words(grid, 0, [EDGE + f for f in range(F)], [str(f) for f in range(F)], size=13, align="center", role="tile",
                cells=1, hover=[f"filter {f}" for f in range(F)])
    board.tiles(grid, [(EDGE + f, EDGE + c, 1, 1) for f in range(F) for c in range(C)], "kernel")
    if KH * KW > 1:
        board.path(grid, _taps(C, F, KH, KW), "kernel", line=True, width=0.8, opacity=0.55)
    curtain = board.stencil(grid, _missing(C, F, max(choices)), "empty")
    rows = [_cost_rows(board, places, *names) for names in
            (("parameters", "kernel", 0), ("multiplications", "output", 1))]
    return board, curtain, rows


def _cost_rows(board, places, name, role, number):
    """A title, a bar on the ghost of the longest, its value and its sum."""
    panel = board.panel(2, FULL, *places[number], name, square=False)
    board.tiles(panel, [_bar(FULL)], "empty")
    bar = board.stencil(panel, [_bar(FULL)], role, border=2)
    formula = board.words(panel, -0.5, 1, [""], size=15)
    value = board.words(panel, FULL - 0.6, 1, [""], size=18, bold=True, align="right")
    return bar, value, formula


def _places(C, F):
    """Boxes (wide, narrow) of the grid and the two costs, and the two heights of the board."""
    rows, columns = F + EDGE, C + EDGE
    grid = box(0, 0, rows, columns, cell_size(rows, columns, 260, 320, 26))
    left = max(grid[2], 150) + GAP
    small = box(0, 0, rows, columns, cell_size(rows, columns, 342, 300, 26))
    wide = [(left, top, 672 - left, 2 * LINE) for top in (0, 2 * LINE + 44)]
    narrow = [(0, small[3] + 32 + top, 342, 2 * LINE) for top in (0, 2 * LINE + 36)]
    ends = max(grid[3], wide[1][1] + 2 * LINE), narrow[1][1] + 2 * LINE
    return {"grid": (grid, small), 0: (wide[0], narrow[0]), 1: (wide[1], narrow[1]), "height": ends}
