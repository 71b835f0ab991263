"""Chapter 17: what a layer takes when it is cut into smaller and larger pieces."""

from __future__ import annotations

import math

import numpy as np

from ..methods.piecewise import Piecewise
from .board import Board
from .cost_steps import milliseconds, octaves
from .geometry import rounded
from .palette import CORNER, NUMBER, ROLES, rgb

UNITS = ((2**30, "GB"), (2**20, "MB"), (2**10, "kB"))  # as caches are sold
MOST_STEPS = 5  # of the axis of times
APART, CLOSE = 3, 1.5  # every how many-th size is named, unless it is so few octaves from the last
POINT, NOW = 9, 21  # px of a point, and of what lies under the one of this size
HEAD, GAP, LINE = 22, 7, 20  # px of the names of the caches, over and under the plot, of a line of words there
LEFT, RIGHT = 46, 14  # px beside the plot: the numbers of the axis, and room for the last size


def piece_sizes(times):
    """Milliseconds of a layer against the size of its pieces, with lines where the caches end.

    Parameters
    ----------
    times : dict
        ``data.measured("piecesize")``: in "sizes", from small to large, "bytes" of a piece at most, how many "pieces"
        there are, and "seconds" as (median, lower quartile, upper quartile); in "machine", the "caches", if known, as
        {"L1": bytes, …}.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each size; starts with the one nearest to the package's own, the smaller of two.

    Raises
    ------
    ValueError
        If a median is not above 0 and between its quartiles.

    See Also
    --------
    cost_steps, cost_map

    Notes
    -----
    Chapter 17. Nothing is timed here. A kB is 1024 bytes, as caches are sold. A cache that ends beyond the axis has no
    line.

    Examples
    --------
    >>> small, large = [0.031, 0.03, 0.033], [0.0291, 0.028, 0.03]
    >>> sizes = [{"bytes": 2**20, "pieces": 64, "seconds": small},
    ...          {"bytes": 2**22, "pieces": 16, "seconds": large}]
    >>> machine = {"caches": {"L2": 2**21}}
    >>> figure = piece_sizes({"machine": machine, "sizes": sizes})
    >>> [step.label for step in figure.layout.sliders[0].steps]
    ['1 MB: 64 pieces, 31.0 ms', '4 MB: 16 pieces, 29.1 ms']
    """
    sizes = times["sizes"]
    for size in sizes:
        middle, low, high = size["seconds"]
        if not 0 < low <= middle <= high:
            raise ValueError(
                "seconds are a median, the lower and the upper quartile around it, above 0 to be drawn; got "
                f"{middle:g}, {low:g}, {high:g} for {told(size)}"
            )
    board, at, now = _painted(sizes, times["machine"].get("caches", {}))
    for size in sizes:
        board.frame(told(size), {now: _under(*at(size["bytes"], size["seconds"][0]))})
    return board.finish(start=min(range(len(sizes)), key=lambda n: abs(sizes[n]["bytes"] - Piecewise.bytes)))


def told(size):
    """What the caption says of a size.

    >>> told({"bytes": 2**26, "pieces": 1, "seconds": [0.15, 0.14, 0.17]})
    '64 MB: 1 piece, 150 ms'
    """
    count = size["pieces"]
    return f"{in_units(size['bytes'])}: {count} piece{'s' * (count > 1)}, {milliseconds(size['seconds'][0])}"


def in_units(amount):
    """Bytes in units of 1024.

    >>> in_units(512), in_units(32768), in_units(5 * 2**18), in_units(2**26)
    ('512 B', '32 kB', '1.25 MB', '64 MB')
    """
    size, unit = next(((size, unit) for size, unit in UNITS if amount >= size), (1, "B"))
    return f"{amount / size:.4g} {unit}"


def step_of_axis(most):
    """The distance of two numbers on an axis from 0 that holds `most`: 1, 2 or 5 times a power of ten.

    >>> step_of_axis(0.66), step_of_axis(33), step_of_axis(1)
    (0.2, 10.0, 0.2)
    """
    power = 10.0 ** math.floor(math.log10(most))
    return next(part * power for part in (0.2, 0.5, 1, 2) if most <= MOST_STEPS * part * power)


def _painted(sizes, caches):
    """The finished board; where a size and a time stand in the plot; and the mark that moves."""
    first, most = sizes[0]["bytes"], 1e3 * max(size["seconds"][2] for size in sizes)
    span, step = octaves(sizes[-1]["bytes"], first) + 1, step_of_axis(most)
    steps = math.ceil(most / step)
    ends = {name: size for name, size in caches.items() if -0.5 <= octaves(size, first) <= span - 0.5}

    def at(amount, seconds=0.0):
        return tuple(rounded([octaves(amount, first), steps - 0.5 - 1e3 * seconds / step]))

    board, head, scale, plot, foot = _places(span, steps, "caches" if ends else None)
    _times(board, scale, plot, [f"{k * step:g}" for k in range(steps, -1, -1)])
    _caches(board, head, plot, [at(size)[0] for size in ends.values()], ends)
    _sizes(board, foot, [(at(size["bytes"])[0], size) for size in sizes])
    now = board.squares(plot, **_under(*at(first)), role="kernel")
    _series(board, plot, sizes, at)
    return board, at, now


def _under(x, y):
    return {"x": [x], "y": [y], "sides": [NOW]}


def _series(board, plot, sizes, at):
    """A bar from quartile to quartile for each size, and the medians as points joined by a thin line."""
    bars = [at(size["bytes"], end) for size in sizes for end in size["seconds"][1:]]
    x, y = zip(*(at(size["bytes"], size["seconds"][0]) for size in sizes), strict=True)
    board.path(plot, (x, y), "kernel", line=True, width=1.5)
    board.path(plot, _apart(bars), "kernel", line=True, width=3)
    colour = np.tile(np.array(rgb(ROLES["kernel"].line), dtype=np.uint8), (1, len(sizes), 1))
    hover = [f"{told(size)}<br>quartiles {' and '.join(map(milliseconds, size['seconds'][1:]))}"
             for size in sizes]  # fmt: skip
    board.cells(plot, colour, px=POINT, narrow_px=POINT, hover=hover, at=(list(x), list(y)))


def _apart(points):
    """The path that joins the first point to the second, the third to the fourth and so on."""
    x, y = [], []
    for (x0, y0), (x1, y1) in zip(points[::2], points[1::2], strict=True):
        x += [x0, x1, None]
        y += [y0, y1, None]
    return x[:-1], y[:-1]


def _times(board, scale, plot, words):
    """A hairline and its number at every step of the axis, from the top down to 0."""
    heights = [k - 0.5 for k in range(len(words))]
    board.path(plot, _apart([(x, y) for y in heights for x in (-0.5, plot.cols - 0.5)]), "hair", line=True, width=1)
    board.words(scale, 0.36, heights, words, size=CORNER, align="right", role="muted")


def _caches(board, head, plot, places, ends):
    """A dashed line where each cache ends, its name above."""
    if ends:
        lines = _apart([(x, y) for x in places for y in (-0.5, plot.rows - 0.5)])
        board.path(plot, lines, "muted", line=True, width=1.5, dash="6px,3px")
        board.words(head, places, 0, list(ends), size=NUMBER, bold=True, align="center",
                    hover=[f"the cache {name} ends: {in_units(size)}" for name, size in ends.items()])  # fmt: skip


def _sizes(board, foot, placed):
    """Every third size, how many pieces these are, and the same for the last."""
    shown = [one for one in placed[:-1:APART] if placed[-1][0] - one[0] > CLOSE] + placed[-1:]
    for row, words in enumerate(([in_units(size["bytes"]) for _, size in shown],
                                 [str(size["pieces"]) for _, size in shown])):  # fmt: skip
        board.words(foot, [x for x, _ in shown], row, words, size=CORNER, align="center", role="muted")


def _places(span, steps, above):
    """The board with the words at its left, and its panels: above, beside and in the plot, and two lines under it."""
    boxes, heights = {}, []
    for width, high in ((672, 280), (342, 240)):
        across = width - LEFT - RIGHT
        top, below = HEAD + GAP, HEAD + GAP + high + GAP
        for name, place in (("title", (0, 0, LEFT, HEAD)), ("head", (LEFT, 0, across, HEAD)),
                            ("scale", (0, top, LEFT, high)), ("plot", (LEFT, top, across, high)),
                            ("names", (0, below, LEFT, 2 * LINE)),
                            ("foot", (LEFT, below, across, 2 * LINE))):  # fmt: skip
            boxes[name] = (*boxes.get(name, ()), place)
        heights.append(below + 2 * LINE)
    board = Board(
        heights[0],
        "Milliseconds of a layer against the size of the pieces it is cut into, from 0, with a range bar at each size "
        "and dashed lines where the caches end; the slider marks one size after another.",
        narrow_height=heights[1],
    )
    title = board.panel(1, 1, *boxes["title"], "milliseconds, by the size of a piece", square=False)
    names = board.panel(2, 1, *boxes["names"], square=False)
    for panel, row, word in ((title, 0, above), (names, 1, "pieces")):
        board.words(panel, -0.5, row, [word], size=CORNER, narrow_size=11, role="muted")
    return board, *(board.panel(rows, cols, *boxes[name], square=False) for name, rows, cols in (
        ("head", 1, span), ("scale", steps, 1), ("plot", steps, span), ("foot", 2, span)))  # fmt: skip
