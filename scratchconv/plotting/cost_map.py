"""Chapter 17: which method is the quickest, over kernel sizes and channels."""

from __future__ import annotations

from .board import Board
from .cost_steps import milliseconds
from .palette import NUMBER

ROLES = {"blocked": "kernel", "winograd": "output", "transforms": "input", "strided": "padding"}
ROW, HEAD, NAMES, SMALL_NAMES = 34, 26, 66, 44  # px of a row, of the channels' numbers, of the kernels' names
LEGEND = 34  # px


def cost_map(times):
    """Milliseconds by kernel size and channels: tiles in the colour of the quickest method, one frame for each.

    Parameters
    ----------
    times : dict
        ``data.measured("costmap")``: "kernels", "channels" and for each method a table of seconds, None where it
        cannot do the layer.

    Returns
    -------
    plotly.graph_objects.Figure
        Starts with the quickest time of each cell; the other frames show the times of one method.

    Raises
    ------
    ValueError
        If no method has a time for a cell.

    See Also
    --------
    cost_steps, pytorch_ratios

    Notes
    -----
    Chapter 17. Nothing is timed here.

    Examples
    --------
    >>> times = {"blocked": [[0.02]], "strided": [[0.05]]}
    >>> times |= {"kernels": [3], "channels": [4]}
    >>> [step.label for step in cost_map(times).layout.sliders[0].steps]
    ['the quickest, in ms', 'blocked, in ms', 'strided, in ms']
    """
    kernels, channels = times["kernels"], times["channels"]
    best = winners(times)
    board, panel, legend = _places(kernels, channels)
    names = [name for name in ROLES if name in times]
    for name in names:
        cells = [(r, c, 1, 1) for r, row in enumerate(best) for c, won in enumerate(row) if won == name]
        board.tiles(panel, cells or [(0, 0, 0, 0)], ROLES[name])
    numbers = board.numbers(panel, [[in_milliseconds(1)] * len(channels)] * len(kernels), hover=lambda r, c: (
        f"{kernels[r]}×{kernels[r]}, {channels[c]} channels<br>{best[r][c]}: {milliseconds(times[best[r][c]][r][c])}"))
    _legend(board, legend, names)
    quickest = [[times[won][r][c] for c, won in enumerate(row)] for r, row in enumerate(best)]
    for name, table in [("the quickest", quickest), *((name, times[name]) for name in names)]:
        board.frame(f"{name}, in ms", {numbers: [[in_milliseconds(t) for t in row] for row in table]})
    return board.finish()


def winners(times):
    """The name of the quickest method in every cell.

    >>> winners({"kernels": [1], "channels": [1, 2], "blocked": [[2.0, 1.0]], "winograd": [[None, 0.5]]})
    [['blocked', 'winograd']]
    """
    names = [name for name in ROLES if name in times]
    found = []
    for r, kernel in enumerate(times["kernels"]):
        found.append([])
        for c, channels in enumerate(times["channels"]):
            known = {name: times[name][r][c] for name in names if times[name][r][c] is not None}
            if not known:
                raise ValueError(f"no method has a time for a kernel of {kernel} and {channels} channels")
            found[-1].append(min(known, key=known.get))
    return found


def in_milliseconds(seconds):
    """A time as a tile shows it, at most four signs; a dash for None.

    >>> [in_milliseconds(t) for t in (0.00001234, 0.00123, 0.0123, 1.234, None)]
    ['.01', '1.2', '12', '1234', '–']
    """
    if seconds is None:
        return "–"
    amount = 1e3 * seconds
    return f"{amount:.0f}" if amount >= 9.95 else f"{amount:.1f}" if amount >= 0.995 else f"{amount:.2f}".lstrip("0")


def _legend(board, legend, names):
    board.tiles(legend, [(0, 0, 0, 0)], "padding")
    for place, name in enumerate(names):
        row, column = divmod(place, 2)
        board.tiles(legend, [(row + 0.2, 6 * column, 0.6, 0.8)], ROLES[name])
        board.words(legend, 6 * column + 0.6, row, name, size=NUMBER)


def _places(kernels, channels):
    """The board with the names of rows and columns, and its panels."""
    R, C = len(kernels), len(channels)
    high = R * ROW
    board = Board(
        HEAD + high + 2 * LEGEND,
        "A table of kernel sizes and channels: each tile is coloured by the quickest method and holds its "
        "milliseconds; the slider shows one method after another.",
        narrow_height=HEAD + high + 2 * LEGEND,
    )
    heads = board.panel(1, C, (NAMES, 0, 672 - NAMES, HEAD), (SMALL_NAMES, 0, 342 - SMALL_NAMES, HEAD),
                        "channels, and as many filters", square=False)  # fmt: skip
    rows = board.panel(R, 1, (0, HEAD, NAMES, high), (0, HEAD, SMALL_NAMES, high), square=False)
    panel = board.panel(R, C, (NAMES, HEAD, 672 - NAMES, high), (SMALL_NAMES, HEAD, 342 - SMALL_NAMES, high),
                        square=False)  # fmt: skip
    legend = board.panel(2, 12, (NAMES, HEAD + high, 672 - NAMES, 2 * LEGEND), (0, HEAD + high, 342, 2 * LEGEND),
                         square=False)  # fmt: skip
    board.words(heads, list(range(C)), 0, [str(c) for c in channels], size=NUMBER, narrow_size=12, align="center")
    board.words(rows, -0.5, list(range(R)), [f"{k}×{k}" for k in kernels], size=NUMBER, narrow_size=12)
    return board, panel, legend
