"""Chapter 17: what each step towards cache-sized pieces wins, against one matrix product."""

from __future__ import annotations

import math

from .board import Board
from .geometry import rects
from .memory_bill import in_words
from .palette import CORNER, NUMBER

ROW, TALL_ROW, ABOVE = 34, 54, 26  # px of a row, of one on a phone, and of the words above a bar there
BAR = 0.56  # height of a bar in rows
FOOT = 22  # px of the axis' words
SPARE = 0.1  # room behind the longest bar, in limits


def cost_steps(layer):
    """Bars of the speed of each step, as a share of the limit, with its time and memory; they appear one by one.

    Parameters
    ----------
    layer : dict
        One of ``data.measured("steps")["layers"]``: "limit" and, in "steps", "step", "seconds" and "megabytes".

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each step; starts with the last.

    Raises
    ------
    ValueError
        If the name of a step is too long for a caption.

    See Also
    --------
    pytorch_ratios : the finished layers beside PyTorch's.

    Notes
    -----
    Chapter 17. Nothing is timed here. The limit is one matrix product with as many multiplications, everything in
    place before it begins; a method that multiplies less may pass it.

    Examples
    --------
    >>> step = {"step": "row lowering", "megabytes": 3.0}
    >>> step["seconds"] = [0.004, 0.003, 0.005]
    >>> figure = cost_steps({"limit": [0.002] * 3, "steps": [step]})
    >>> figure.layout.sliders[0].steps[0].label
    'row lowering: 0.50 of limit'
    """
    steps = layer["steps"]
    shares = [layer["limit"][0] / step["seconds"][0] for step in steps]
    board, parts = _painted(steps, max(1, *shares) + SPARE)
    for k, step in enumerate(steps):
        board.frame(f"{step['step']}: {shares[k]:.2f} of limit", {
            parts["bars"]: rects([_bar(row, share if row <= k else 0) for row, share in enumerate(shares)]),
            parts["now"]: [_bar(k, shares[k])],
            parts["shares"]: _until(k, [f"{share:.2f}" for share in shares]),
            parts["times"]: _until(k, [milliseconds(s["seconds"][0]) for s in steps]),
            parts["memory"]: _until(k, [in_words(round(s["megabytes"] * 2**20)) for s in steps]),
        })  # fmt: skip
    return board.finish(start=len(steps) - 1)


def milliseconds(seconds):
    """A time with three digits.

    >>> milliseconds(0.0123456), milliseconds(0.0024), milliseconds(1.5)
    ('12.3 ms', '2.40 ms', '1500 ms')
    """
    digits = f"{1e3 * seconds:#.3g}" if seconds < 0.9995 else f"{1e3 * seconds:.0f}"
    return f"{digits.rstrip('.')} ms"


def _until(k, texts):
    return [text if row <= k else None for row, text in enumerate(texts)]


def _bar(row, share):
    """The cell (row, column, height, width) of a bar; its panel is measured in limits."""
    return row + (1 - BAR) / 2, 0, BAR, share


def _painted(steps, end):
    """The board with everything but the bars, and its moving parts by name."""
    count = len(steps)
    board, names, bars, values, foot = _places(count, end)
    rows = list(range(count))
    board.words(names, -0.5, rows, [step["step"] for step in steps], size=NUMBER)
    moving = {"bars": board.path(bars, rects([_bar(row, 0) for row in rows]), "kernel")}
    moving["now"] = board.outline(bars, [], "kernel", width=2, inset=0)
    line = board.path(bars, _limit(rows, 0.5), "muted", line=True, dash="6px,3px")
    line.narrow = lambda _: {"y": _limit(rows, BAR / 2)[1]}  # words stand between the bars of a phone
    for name, x, bold in (("shares", 0.1, True), ("times", 1.3, False), ("memory", 2.5, False)):
        moving[name] = board.words(values, x, rows, [None] * count, size=NUMBER, bold=bold, align="right")
    board.words(foot, 0.5, 0, "the limit", size=CORNER, align="center", role="muted")
    board.words(foot, -0.5, 0, "0", size=CORNER, role="muted")
    return board, moving


def _limit(rows, half):
    """A vertical line at 1, in one piece for each row."""
    return [x for _ in rows for x in (0.5, 0.5, None)], [y for row in rows for y in (row - half, row + half, None)]


def _places(count, end):
    """The empty board: names, bars and values side by side, or names and values above their bar on a phone."""
    high, tall = count * ROW, count * TALL_ROW
    board = Board(
        high + FOOT,
        "Bars of the speed of each step as a share of one matrix product, with its time and memory; step by step the "
        "bars grow towards the line.",
        narrow_height=ABOVE + tall + FOOT,
    )
    names = board.panel(count, 1, (0, 0, 136, high), (0, 0, 130, tall), "step", square=False)
    bars = board.panel(count, end, (144, 0, 290, high), (0, ABOVE, 342, tall), square=False)
    values = board.panel(count, 3, (444, 0, 228, high), (132, 0, 210, tall), "share, time, extra memory", square=False)
    foot = board.panel(1, end, (144, high, 290, FOOT), (0, ABOVE + tall, 342, FOOT), square=False)
    return board, names, bars, values, foot


def octaves(ratio, lowest):
    """How many doublings a ratio lies above the lowest.

    >>> octaves(0.5, 1 / 16)
    3.0
    """
    return math.log2(ratio / lowest)
