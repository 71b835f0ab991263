"""Chapter 16: how far a central difference is from the gradient, by the size of its step."""

from __future__ import annotations

import math

import numpy as np

from ..conv import conv2d
from ..grad import conv2d_grad
from .board import Board
from .geometry import rounded
from .palette import CORNER, NUMBER, ROLES, rgb

STEPS = tuple(float(f"{digit}e-{k}") for k in range(13) for digit in (3, 1) if digit == 1 or k)  # 1, 0.3, 0.1 … 1e-12
TYPES = {"float64": ("input", -1.6), "float32": ("padding", 0.9)}  # and where its name stands, from its end
HIGH, LOW = 1, -12  # decades at the ends of the axis of errors
TICKS, APART = 5, 3  # words on each axis, and decades between two
POINT, NOW = 7, 15  # px of a point, and of the one of this step
LINE, TABLE = 25, 18  # px of a line of numbers, and above them
SIDE, AIR = 32, 4  # px for the numbers of the upright axis, and beside them
FOOT = 13.3  # decades of the lower axis, with room for half of its last number


def step_sizes(x, w, steps=STEPS):
    """The error of central differences against their step, in float64 and float32: two arms of a V.

    The loss is the sum of y³ / 3 over the outputs y of a cross-correlation, so that its gradient is that of y for
    y². A third power bends, and by how much is known: what a difference is off by has two parts, and both are shown.

    Parameters
    ----------
    x : array_like, shape (H, W)
        The image. Numbers such as 3/8 are exact in both types, so that the gradient is exact as well.
    w : array_like, shape (KH, KW)
        The kernel.
    steps : sequence of float
        The steps h, from 1 to 1e-12, in the order in which they are shown.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each step; starts with the best one in float64.

    Raises
    ------
    ValueError
        If a step lies beyond the axis, or the kernel does not fit.

    See Also
    --------
    scratchconv.check_gradients : compares with such differences; its step is 1e-5.

    Notes
    -----
    Chapter 16. Errors are the largest of all pixels over the largest gradient. The bend costs h²/3 times the sum of
    w³ over the windows of a pixel; the rest is rounding. Two losses for every pixel and step, in loops: keep x small.

    References
    ----------
    W. Press et al., Numerical Recipes, 3rd edition, 2007, section 5.7.

    Examples
    --------
    >>> x, w = np.arange(6).reshape(2, 3) / 8, np.array([[1, -2], [0.5, 1]])
    >>> figure = step_sizes(x, w, (0.5, 1e-5))
    >>> [step.label[:9] for step in figure.layout.sliders[0].steps]
    ['h = 0.5: ', 'h = 1e−5:']
    """
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    if not all(1e-12 <= h <= 1 for h in steps):
        raise ValueError(f"steps lie between 1 and 1e-12 to be drawn, got {max(steps):g} to {min(steps):g}")
    parts = {name: [errors(x.astype(name), w.astype(name), h) for h in steps] for name in TYPES}
    best = int(np.argmin([error for error, *_ in parts["float64"]]))
    board, moving = _painted(steps, parts)
    for n, h in enumerate(steps):
        board.frame(f"h = {written(h)}: error {written(parts['float64'][n][0])}", {
            moving["line"]: _upright(h), moving["now"]: _now(h, [parts[name][n][0] for name in TYPES]),
            moving["table"]: [text for name in TYPES for text in _told(*parts[name][n])],
        })  # fmt: skip
    return board.finish(start=best)


def errors(x, w, h):
    """(error, bend, rounding) of the differences in the type of x and w, each over the largest gradient.

    >>> found = errors(np.array([[0.5, 1.0]]), np.array([[2.0, 0.0]]), 0.5)  # a gradient of 2, and a difference of 8/3
    >>> [round(part, 3) for part in found]
    [0.333, 0.333, 0.0]
    """
    exact_x, exact_w = x.astype(float), w.astype(float)
    y = _correlated(exact_x, exact_w)
    gradient = _gradient(y * y, exact_x, exact_w)
    bend = h * h / 3 * _gradient(np.ones_like(y), exact_x, exact_w**3)
    off = _differences(x, w, x.dtype.type(h)).astype(float) - gradient
    return tuple(float(np.abs(part).max() / np.abs(gradient).max()) for part in (off, bend, off - bend))


def written(value):
    """A number with two digits and, if it is small, a power of ten.

    >>> written(0.3), written(3e-05), written(0.0), written(1.234e-11)
    ('0.3', '3e−5', '0', '1.2e−11')
    """
    if value == 0 or value >= 0.01:
        return f"{value:.2g}"
    digits, power = f"{value:.1e}".split("e")
    return f"{digits.removesuffix('.0')}e−{int(power[1:])}"


def _correlated(x, w):
    """In loops, whose order of additions is the same on every machine: so is the rounding."""
    return conv2d(x[None, None], w[None, None], method="loops")[0, 0]


def _gradient(dy, x, w):
    return conv2d_grad(dy[None, None], x[None, None], w[None, None]).dx[0, 0]


def _loss(x, w):
    y = _correlated(x, w)
    return (y * y * y).sum() / 3


def _differences(x, w, h):
    """The central difference of the loss for each pixel."""
    slopes = np.empty_like(x)
    for place in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[place] += h
        below[place] -= h
        slopes[place] = (_loss(above, w) - _loss(below, w)) / (2 * h)
    return slopes


# ------------------------------------------------------------------------------------------------ drawing


def _at(h, error):
    """Where a step and its error stand in the panel, whose cells are decades; an error beyond it, at its edge."""
    return tuple(rounded([-math.log10(h), HIGH - 0.5 - math.log10(min(max(error, 10.0**LOW), 10.0**HIGH))]))


def _upright(h):
    x, _ = _at(h, 1)
    return [x, x], [-0.5, HIGH - LOW - 0.5]


def _now(h, found):
    x, y = zip(*(_at(h, error) for error in found), strict=True)
    return {"x": x, "y": y, "sides": [NOW] * len(found)}


def _told(error, bend, rounding):
    """The three numbers of a type, the larger part of the error bold."""
    texts = [written(error), written(bend), written(rounding)]
    larger = 1 if bend > rounding else 2
    texts[larger] = f"<b>{texts[larger]}</b>"
    return texts


def _painted(steps, parts):
    """The finished board and its moving parts by name."""
    board, panel, side, foot, table = _places()
    _axes(board, panel, side, foot)
    moving = {"line": board.path(panel, _upright(steps[0]), "muted", line=True, width=1.5)}
    board.path(panel, _bend(steps[0], parts["float64"][0][1]), "kernel", line=True, width=8, opacity=0.4)
    moving["now"] = board.squares(panel, **_now(steps[0], [1] * len(TYPES)), role="kernel")
    for name in TYPES:
        _series(board, panel, steps, [error for error, *_ in parts[name]], name)
    for x, align, words in ((0.4, "left", "too long:<br>it bends"), (11.6, "right", "too short:<br>digits cancel")):
        board.words(panel, x, HIGH - LOW - 1.6, words, size=NUMBER, narrow_size=13, align=align)
    board.words(table, [0.95, 1.95, 2.95], 0, ["error", "bend", "rounding"], size=NUMBER, align="right", role="muted")
    board.words(table, -0.5, [1, 2], list(TYPES), size=NUMBER, role="muted")
    x, y = zip(*[(column, row) for row in (1, 2) for column in (0.95, 1.95, 2.95)], strict=True)
    moving["table"] = board.words(table, x, y, ["0"] * len(x), size=NUMBER, align="right")
    return board, moving


def _series(board, panel, steps, found, name):
    """Points joined by a thin line, and the name of their type beside the last."""
    role, beside = TYPES[name]
    x, y = zip(*(_at(h, error) for h, error in zip(steps, found, strict=True)), strict=True)
    board.path(panel, (x, y), role, line=True, width=1.5)
    colour = np.tile(np.array(rgb(ROLES[role].line), dtype=np.uint8), (1, len(steps), 1))
    hover = [f"h = {written(h)}<br>{name}: error {written(error)}" for h, error in zip(steps, found, strict=True)]
    board.cells(panel, colour, px=POINT, narrow_px=POINT - 1, hover=hover, at=(list(x), list(y)))
    end = min(x[-1] + 0.4, 11.6), min(max(y[-1] + beside, 0), HIGH - LOW - 1)
    board.words(panel, *end, name, size=NUMBER, narrow_size=13, align="right")


def _bend(h, bend):
    """The line of the bend, which grows with the square of the step, from the longest step down to the axis."""
    at_one = max(bend / h**2, 10.0**LOW)
    return tuple(zip(_at(1, at_one), _at(math.sqrt(10.0**LOW / at_one), 10.0**LOW), strict=True))


def _axes(board, panel, side, foot):
    """A hairline at every third decade of both axes and its number."""
    decades = [-APART * k for k in range(TICKS)]
    x, y = [], []
    for decade in decades:
        across, down = _at(10.0**decade, 10.0**decade)
        x += [-0.5, 12.5, None, across, across, None]
        y += [down, down, None, -0.5, HIGH - LOW - 0.5, None]
    board.path(panel, (x[:-1], y[:-1]), "hair", line=True, width=1)
    words = [written(10.0**decade) for decade in decades]
    heights = [_at(1, 10.0**decade)[1] for decade in decades[:-1]]
    board.words(side, 0.5, heights, words[:-1], size=CORNER, narrow_size=11, align="right", role="muted")
    board.words(foot, [-decade for decade in decades], 0, words, size=CORNER, align="center", role="muted")


def _places():
    """The empty board: the plot, the numbers of its two axes and the table."""
    boxes, heights = {}, []
    for width, high in ((672, 290), (342, 270)):
        table, left = min(width, 440), SIDE + AIR
        for name, place in (("side", (0, 0, SIDE, high)), ("plot", (left, 0, (width - left) * 13 / FOOT, high)),
                            ("foot", (left, high, width - left, 20)),
                            ("table", (0, high + 20 + TABLE, table, 3 * LINE))):  # fmt: skip
            boxes[name] = (*boxes.get(name, ()), place)
        heights.append(high + 20 + TABLE + 3 * LINE)
    board = Board(
        heights[0],
        "The error of central differences against their step, on axes of powers of ten: it falls while the step "
        "shrinks, and rises again when the digits of the loss cancel, sooner in float32 than in float64.",
        narrow_height=heights[1],
    )
    panel = board.panel(HIGH - LOW, 13, *boxes["plot"], "error, as the step <b>h</b> shrinks", square=False)
    return (board, panel, board.panel(HIGH - LOW, 1, *boxes["side"], square=False),
            board.panel(1, FOOT, *boxes["foot"], square=False),
            board.panel(3, 3.5, *boxes["table"], square=False))  # fmt: skip
