"""Chapter 17: our time over PyTorch's, layer by layer."""

from __future__ import annotations

import math

from .board import Board
from .cost_steps import milliseconds, octaves
from .geometry import rounded
from .palette import CORNER, NUMBER

LOW, HIGH = 1 / 16, 4  # the ends of the axis
TICKS = {1 / 16: "1/16", 1 / 8: "1/8", 1 / 4: "1/4", 1 / 2: "1/2", 1: "1", 2: "2", 4: "4"}
WAYS = {"forward": ("forward",), "both": ("forward", "backward")}
ROLES = {"forward": "output", "both": "gradient"}
CORNERS = {"forward": 16, "both": 4}  # of a mark: all but a circle, and a diamond
LEFT = {"forward": -0.42, "both": -0.15}  # of a mark in the head of its column
SHIFT = {"forward": -0.17, "both": 0.17}  # of a mark from the middle of its row, in rows
ROW, TALL_ROW, ABOVE = 32, 62, 26  # px of a row, of one on a phone, and of the words above the marks there
HEAD, FOOT = 26, 44  # px of the legend and of the axis' words
RADIUS = 6.5  # px of a mark


def pytorch_ratios(rows):
    """Marks about a line at 1: the ratio of times of each layer, forward and with gradients, with its quartiles.

    Parameters
    ----------
    rows : list of dict
        Rows of ``data.measured("layers")["rows"]``: "name", "forward" and "backward", each with the seconds of "ours"
        and "PyTorch" as (median, lower quartile, upper quartile).

    Returns
    -------
    plotly.graph_objects.Figure
        The rows in order of their ratio with gradients, the best first. Nothing moves.

    Raises
    ------
    ValueError
        If a ratio lies beyond the axis, 1/16 to 4.

    See Also
    --------
    cost_steps : how we got there.

    Notes
    -----
    Chapter 17. A line runs from our lower quartile over PyTorch's upper one to the opposite: as wide as it can be.

    Examples
    --------
    >>> times = {"ours": [0.3, 0.2, 0.4], "PyTorch": [0.4, 0.4, 0.5]}
    >>> row = {"name": "3×3", "forward": times, "backward": times}
    >>> texts = [trace.text or () for trace in pytorch_ratios([row]).data]
    >>> [text for line in texts for text in line if text == "0.75"]
    ['0.75', '0.75']
    """
    rows = sorted(rows, key=lambda row: ratios(row, "both")[0])
    every = [end for row in rows for way in WAYS for end in ratios(row, way)]
    if not LOW <= min(every) <= max(every) <= HIGH:
        raise ValueError(f"ratios lie between 1/16 and 4 to be drawn, got {min(every):.3g} to {max(every):.3g}")
    board, names, dots, values, head, foot = _places(len(rows))
    places = list(range(len(rows)))
    _axis(board, dots, foot, places)
    board.words(names, -0.5, places, [row["name"] for row in rows], size=NUMBER)
    for column, way in enumerate(WAYS):
        found = [ratios(row, way) for row in rows]
        heights = [place + SHIFT[way] for place in places]
        board.path(dots, _ranges(found, heights), ROLES[way], line=True, width=3)
        _marks(board, dots, [_at(middle) for middle, _, _ in found], heights, way)
        board.words(values, column + 0.4, places, [f"{middle:.2f}" for middle, _, _ in found], size=NUMBER,
                    align="right", hover=[_told(row, way) for row in rows])  # fmt: skip
    _legend(board, head)
    return board.finish()


def ratios(row, way):
    """(ratio of medians, the lowest and the highest that the quartiles allow).

    >>> times = {"ours": [3, 2, 4], "PyTorch": [4, 4, 5]}
    >>> ratios({"forward": times, "backward": times}, "both")
    (0.75, 0.4, 1.0)
    """
    ours, theirs = ([sum(row[part][side][k] for part in WAYS[way]) for k in range(3)] for side in ("ours", "PyTorch"))
    return ours[0] / theirs[0], ours[1] / theirs[2], ours[2] / theirs[1]


def _told(row, way):
    ours, theirs = (milliseconds(sum(row[part][side][0] for part in WAYS[way])) for side in ("ours", "PyTorch"))
    return f"{row['name']}, {' and '.join(WAYS[way])}<br>ours {ours}, PyTorch {theirs}"


def _at(ratio):
    """Where a ratio stands in a panel whose cells are factors of two."""
    return octaves(ratio, LOW) - 0.5


def _marks(board, panel, x, y, way):
    """Filled and outlined polygons about the points, round in both designs."""
    wide, narrow = (list(_polygons(x, y, CORNERS[way], *panel.cell(design))) for design in ("wide", "narrow"))
    for line in (False, True):
        path = board.path(panel, wide, ROLES[way], line=line, width=1.5)
        path.narrow = lambda _: {"x": rounded(narrow[0]), "y": rounded(narrow[1])}


def _polygons(x, y, corners, width, height):
    """Closed paths, as lists x and y; cells are width × height px."""
    angles = [math.tau * k / corners for k in range(corners + 1)]
    across, down = ([RADIUS / cell * part(a) for a in angles] for cell, part in ((width, math.sin), (height, math.cos)))
    return ([v for at in places for v in (*(at + step for step in steps), None)]
            for places, steps in ((x, across), (y, down)))  # fmt: skip


def _ranges(found, heights):
    x, y = [], []
    for (_, low, high), height in zip(found, heights, strict=True):
        x += [_at(low), _at(high), None]
        y += [height, height, None]
    return x, y


def _axis(board, dots, foot, places):
    """A hairline at every factor of two, a dashed one at 1, in pieces that leave room for words on a phone."""
    others = [tick for tick in TICKS if tick != 1]
    for ticks, role, pen in ((others, "hair", {"width": 1}), ([1], "muted", {"dash": "6px,3px"})):
        at = [_at(tick) for tick in ticks]
        lines = board.path(dots, _pieces(at, places, 0.5), role, line=True, **pen)
        lines.narrow = lambda _, at=at: {"y": _pieces(at, places, 0.26)[1]}
    board.words(foot, [_at(tick) for tick in TICKS], 0, list(TICKS.values()), size=CORNER, align="center", role="muted")
    board.words(foot, _at(1) - 0.1, 1, "← we are quicker", size=CORNER, align="right", role="muted")
    board.words(foot, _at(1) + 0.1, 1, "PyTorch is →", size=CORNER, role="muted")


def _pieces(x, places, half):
    pieces = [(at, row) for at in x for row in places]
    y = [v for _, row in pieces for v in (row - half, row + half, None)]
    return [v for at, _ in pieces for v in (at, at, None)], y


def _legend(board, head):
    """The marks, as heads of the two columns of numbers."""
    for column, way in enumerate(WAYS):
        _marks(board, head, [column + LEFT[way]], [0], way)
        board.words(head, column + 0.4, 0, way, size=CORNER, align="right", role="muted")


def _places(count):
    """The empty board: names, marks and values side by side, or names and values above the marks on a phone."""
    high, tall, end = count * ROW, count * TALL_ROW, octaves(HIGH, LOW)
    board = Board(
        HEAD + high + FOOT,
        "Our time divided by PyTorch's for each layer, forward and with gradients: marks about a line at 1, with a "
        "range bar each.",
        narrow_height=HEAD + ABOVE + tall + FOOT,
    )
    head = board.panel(1, 2, (524, 0, 148, HEAD), (170, 0, 172, HEAD), square=False)
    names = board.panel(count, 1, (0, HEAD, 156, high), (0, HEAD, 170, tall), square=False)
    dots = board.panel(count, end, (164, HEAD, 350, high), (8, HEAD + ABOVE, 326, tall), square=False)
    values = board.panel(count, 2, (524, HEAD, 148, high), (170, HEAD, 172, tall), square=False)
    foot = board.panel(2, end, (164, HEAD + high, 350, FOOT), (8, HEAD + ABOVE + tall, 326, FOOT), square=False)
    return board, names, dots, values, head, foot
