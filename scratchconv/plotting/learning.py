"""Chapter 20: what changes while a network learns: its loss, its first filters, its mistakes."""

from __future__ import annotations

import math

import numpy as np

from .board import Board, box, cell_size, check_frames
from .coverage import blank_zeros
from .geometry import rounded
from .lettering import show
from .palette import CORNER, NUMBER, ROLES, count_scale, rgb

LOSSES = {"loss": ("training", "output", None), "held_out": ("held-out", "input", "6px,3px")}
ARROWS = "→↘↓↙←↖↑↗"
SPACE, LABEL = 1, 1.9  # cells between filters, and under one for its slope
FOOT = 0.4  # losses, as room for the numbers of epochs
POINT, NOW = 7, 13  # px of a point of a loss, and of the one of this epoch
ABOVE = 32  # px above a panel with a title
LINES, SENTENCE = 4, 1.6  # lines of words under the filters, and cells of one


def learning(history):
    """The losses, the filters of the first layer and the confusion counts of a training, epoch by epoch.

    Parameters
    ----------
    history : sequence of dict
        What was recorded before the first epoch and after each one: "loss" and "held_out", the mean losses of the
        images trained on and of others; "w", the filters, shape (F, 1, KH, KW); "confusion", counts of held-out
        images, shape (classes, classes), a row for what was written and a column for what was read.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each record; starts with the last.

    Raises
    ------
    ValueError
        If the filters have more than one channel, or numbers do not fit: 8 filters of 5 × 5 and 10 classes do.

    See Also
    --------
    scratchconv.conv2d_grad : what the filters learn from.
    feature_maps : what the filters have learned to see.

    Notes
    -----
    Chapter 20. Nothing is trained here. The colours of the weights keep their meaning: the largest weight of all
    epochs is the end of the scale. Under a filter stands how much of it is an even slope. About 3 kB a frame.

    Examples
    --------
    >>> record = {"loss": 2.3, "held_out": 2.3, "w": np.zeros((4, 1, 3, 4))}
    >>> record["confusion"] = np.eye(2, dtype=int)
    >>> better = {**record, "loss": 0.5, "w": np.ones((4, 1, 3, 4))}
    >>> figure = learning([record, better])
    >>> [step.label for step in figure.layout.sliders[0].steps]
    ['epoch 0: loss 2.30', 'epoch 1: loss 0.50']
    """
    check_frames(len(history), "epoch")
    shape = np.shape(history[0]["w"])
    if len(shape) != 4 or shape[1] != 1:
        raise ValueError(f"filters with one channel can be drawn, (F, 1, KH, KW), got shape {shape}")
    board, parts = _painted(history)
    for epoch, record in enumerate(history):
        w = np.round(record["w"], 2)
        board.frame(f"epoch {epoch}: loss {record['loss']:.2f}", {
            **{parts[name]: _until(history, name, epoch) for name in LOSSES},
            parts["now"]: _now(history, epoch),
            parts["w"]: w.reshape(1, -1),
            parts["slopes"]: [told_slope(kernel) for kernel in record["w"][:, 0]],
            parts["counts"]: record["confusion"], parts["numbers"]: blank_zeros(record["confusion"]),
            parts["words"]: _words(record),
        })  # fmt: skip
    return board.finish(start=len(history) - 1)


def slope(kernel):
    """How much of a kernel is an even slope (0 … 1), and where it rises to, in degrees clockwise from the right.

    Of the variance of the weights, the part that a plane through them explains: about 2 of n − 1 for noise, 1 for
    a kernel that grows evenly in one direction, as the kernel of an edge does.

    >>> slope([[0, 0], [1, 1], [2, 2]])
    (1.0, 90.0)
    """
    kernel = np.asarray(kernel, dtype=float)
    places = [axis - axis.mean() for axis in np.indices(kernel.shape)]
    down, across = (float((kernel * axis).sum() / max((axis**2).sum(), 1)) for axis in places)
    variance = ((kernel - kernel.mean()) ** 2).sum()
    explained = ((down * places[0] + across * places[1]) ** 2).sum()
    return float(explained / variance) if variance else 0.0, math.degrees(math.atan2(down, across))


def told_slope(kernel):
    """A slope as it stands under a filter.

    >>> told_slope([[0, 0], [1, 1], [2, 2]])
    '↓ 100 %'
    """
    part, angle = slope(kernel)
    return f"{ARROWS[round(angle / 45) % 8]} {100 * part:.0f} %"


def _words(record):
    """The losses, and what the confusion counts say."""
    counts = np.asarray(record["confusion"])
    wrong = counts * (1 - np.eye(len(counts), dtype=int))
    written, read = np.unravel_index(wrong.argmax(), wrong.shape)
    times = int(wrong.max())
    return [
        f"training loss <b>{record['loss']:.2f}</b>",
        f"held-out loss <b>{record['held_out']:.2f}</b>",
        f"<b>{counts.trace()}</b> of {counts.sum()} digits right",
        f"worst: {written} read as {read}, {times} time{'s' * (times != 1)}" if times else "no mistakes",
    ]


# ------------------------------------------------------------------------------------------------- losses


def _top(history):
    """The loss at the upper edge: a multiple of a half."""
    return math.ceil(2 * max(record[name] for record in history for name in LOSSES) + 0.2) / 2


def _line(history, name):
    """The points (epoch, place) of a loss; its panel is measured in epochs and in losses."""
    return list(range(len(history))), rounded(_top(history) - 0.5 - record[name] for record in history)


def _until(history, name, epoch):
    """The line up to an epoch, with as many points as the whole."""
    x, y = _line(history, name)
    return [min(place, epoch) for place in x], [y[min(place, epoch)] for place in x]


def _now(history, epoch):
    y = [_line(history, name)[1][epoch] for name in LOSSES]
    return {"x": [epoch] * len(y), "y": y, "sides": [NOW] * len(y)}


def _painted_losses(board, panel, history):
    """Both lines, pale as a whole and strong up to this epoch, and their points."""
    top, last = _top(history), len(history) - 1
    ticks = [tick for tick in range(int(top) + 1) if tick < top]
    x, y = zip(*[point for tick in ticks for point in _level(top - 0.5 - tick, last)], strict=True)
    board.path(panel, (x[:-1], y[:-1]), "hair", line=True, width=1)
    for tick in ticks[1:]:
        above = top - 0.5 - tick - 0.05 * top
        board.words(panel, last + 0.5, above, str(tick), size=CORNER, align="right", role="muted")
    for epoch in {0, last}:
        board.words(panel, epoch, top - 0.5 + 0.65 * FOOT, f"{epoch}", size=CORNER, align="center", role="muted")
    parts = {"now": board.squares(panel, **_now(history, last), role="kernel")}
    for name, (_, role, dash) in LOSSES.items():
        board.path(panel, _line(history, name), "hair", line=True, width=2)
        parts[name] = board.path(panel, _line(history, name), role, line=True, width=3, dash=dash)
    for name, (told, role, _) in LOSSES.items():
        colour = np.tile(np.array(rgb(ROLES[role].line), dtype=np.uint8), (1, len(history), 1))
        hover = [f"epoch {epoch}<br>{told} loss {record[name]:.3f}" for epoch, record in enumerate(history)]
        board.cells(panel, colour, px=POINT, narrow_px=POINT, hover=hover, at=_line(history, name))
    return parts


def _level(y, last):
    return (-0.5, y), (last + 0.5, y), (None, None)


# ------------------------------------------------------------------------------------------------ filters


def _corner(f, shape):
    """Row and column of a filter's upper left weight in the panel of two rows."""
    F, _, KH, KW = shape
    row, column = divmod(f, -(-F // 2))
    return row * (KH + LABEL), column * (KW + SPACE)


def _extent(shape):
    """Rows and columns of that panel, which holds the words as well."""
    F, _, KH, KW = shape
    return (1 + (F > 1)) * (KH + LABEL) + LINES * SENTENCE, -(-F // 2) * (KW + SPACE) - SPACE


def _limit(history):
    """The largest weight of all epochs, rounded up to a tenth: the ends of the scale of colours."""
    return math.ceil(10 * max(float(np.abs(record["w"]).max()) for record in history)) / 10 or 1.0


def _painted_filters(board, panel, history):
    """The tiles of all weights, and how much of each filter is a slope."""
    shape = np.shape(history[0]["w"])
    F, _, KH, KW = shape
    weights = [(f, u, v) for f in range(F) for u in range(KH) for v in range(KW)]
    places = [(_corner(f, shape)[0] + u, _corner(f, shape)[1] + v) for f, u, v in weights]
    y, x = (list(axis) for axis in zip(*places, strict=True))
    hover = [f"filter {f}, row {u}, column {v}<br>weight " for f, u, v in weights]
    w = board.cells(panel, np.zeros((1, len(weights))), limit=_limit(history), hover=hover, at=(x, y))
    corners = [_corner(f, shape) for f in range(F)]
    middles, below = [column + (KW - 1) / 2 for _, column in corners], [row + KH + 0.15 for row, _ in corners]
    slopes = board.words(
        panel, middles, below, ["→ 100 %"] * F, size=13, narrow_size=12, align="center", cells=KW, role="muted",
        hover=[f"how much of filter {f} is an even slope,<br>and where it rises: " for f in range(F)])  # fmt: skip
    return {"w": w, "slopes": slopes}


# ---------------------------------------------------------------------------------------------- confusion


def _painted_counts(board, panel, history):
    """Counts of held-out images, what was written down and what was read across, with their names in row and column 0.

    The names share the panel of the counts, because a panel costs as many nodes as half the table.
    """
    classes = len(history[0]["confusion"])
    most = max(int(np.max(record["confusion"])) for record in history)
    along, zeros = list(range(1, classes + 1)), [0] * classes
    board.words(panel, along + zeros, zeros + along, [str(k) for k in range(classes)] * 2, size=13, align="center",
                role="muted")  # fmt: skip
    cells = [(i, j) for i in along for j in along]
    board.tiles(panel, [(*cell, 1, 1) for cell in cells], "empty")
    y, x = (list(axis) for axis in zip(*cells, strict=True))
    hover = [f"{i - 1} read as {j - 1}<br>times: " for i, j in cells]
    counts = board.cells(panel, history[-1]["confusion"], count_scale(most), most=most, hover=hover, at=(x, y))
    numbers = board.numbers(panel, history[-1]["confusion"], size=13, dx=1, dy=1)
    return {"counts": counts, "numbers": numbers}


# ------------------------------------------------------------------------------------------------- places


def _painted(history):
    """The finished board and its moving parts by name."""
    shape, classes = np.shape(history[0]["w"]), len(history[0]["confusion"])
    places = _places(shape, classes)
    board = Board(
        places["height"][0],
        "The loss of a network falls epoch by epoch, the pictures of its first filters turn from noise into edges, and "
        "the counts of what was read gather on the diagonal.",
        narrow_height=places["height"][1],
    )
    limit = _limit(history)
    losses = board.panel(_top(history) + FOOT, len(history), *places["loss"], "loss, by epoch", square=False)
    title = f"the {shape[0]} filters <b>w</b>, {show(-limit)} to {show(limit)}"
    filters = board.panel(*_extent(shape), *places["w"], title)
    table = board.panel(classes + 1, classes + 1, *places["counts"], "written ↓ read as →")
    parts = _painted_losses(board, losses, history)
    parts |= _painted_filters(board, filters, history)
    parts |= _painted_counts(board, table, history)
    lines = [_extent(shape)[0] + SENTENCE * (row - LINES + 0.5) - 0.5 for row in range(LINES)]
    for line, (_, role, dash) in zip(lines, LOSSES.values(), strict=False):
        board.path(filters, ([-0.5, 1.7], [line, line]), role, line=True, width=3, dash=dash)
    parts["words"] = board.words(filters, 2.2, lines, [None] * LINES, size=NUMBER)
    return board, parts


def _places(shape, classes):
    """Boxes (wide, narrow) by name, and the two heights of the board."""
    places, heights = {}, []
    rows, columns = _extent(shape)
    for width in (672, 342):
        phone = width < 500
        loss = (0, 0, width if phone else 280, 150 if phone else 220)
        table = box(0, loss[3] + ABOVE, classes + 1, classes + 1, cell_size(classes + 1, classes + 1, 290, 270))
        start = (0, table[1] + table[3] + ABOVE) if phone else (320, 0)  # on a phone the filters are near the slider
        filters = box(*start, rows, columns, cell_size(rows, columns, width - start[0], 380, 20))
        for name, place in {"loss": loss, "w": filters, "counts": table}.items():
            places[name] = (*places.get(name, ()), place)
        heights.append(max(filters[1] + filters[3], table[1] + table[3]))
    return places | {"height": heights}
