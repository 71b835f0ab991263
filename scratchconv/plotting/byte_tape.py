"""Chapter 12: four strides lead from the start of memory to one cell, on as many ways as there are windows over it."""

from __future__ import annotations

import numpy as np

from ..windows import window_view
from .board import Board, arc, box, cell_size, check_frames

GAP, ABOVE, LINE = 34, 32, 26  # px beside and above a panel, and of a line of words
AXES = "ijuv"
MEANING = ("next window down", "next window right", "next row inside", "next column inside")
TAPE, HIGH, LOW = 2, 1.4, 0.7  # the row of the tape in its panel; rows that a long and a short jump rise


def byte_tape(x, kernel_shape, *, cell=None):
    """The view (OH, OW, KH, KW) of an image, read as jumps on a tape of memory.

    Parameters
    ----------
    x : array_like, shape (H, W)
        The image; only its size and its type count.
    kernel_shape : (KH, KW)
        Size of the window.
    cell : int, optional
        The memory cell that all ways lead to; by default the first of those that most windows cover.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each of the four axes, then one for each window that holds the cell.

    Raises
    ------
    ValueError
        If the kernel does not fit, `cell` is not in x, or the figure becomes too large: about 24 pixels do.

    See Also
    --------
    index_explorer : the same windows as lists of indices.

    Notes
    -----
    Chapter 12. About 1.8 kB a frame. The strides are those of the package's own view, in items and in bytes.

    Examples
    --------
    >>> figure = byte_tape(np.zeros((4, 5), dtype=np.int32), (2, 3))
    >>> len(figure.frames), figure.data[-1].text
    (10, ('0·5 + 1·1 + 1·5 + 1·1', '= <b>cell 7</b>'))
    """
    x = np.ascontiguousarray(x)
    view = window_view(x, kernel_shape)  # (OH, OW, KH, KW)
    strides = [step // x.itemsize for step in view.strides]
    cell, ways = _ways(view.shape, strides, x.size, cell)
    scenes = [*_axis_scenes(view.shape), *_way_scenes(ways, cell)]
    check_frames(len(scenes), "axis and each window")
    board, parts = _painted(x, view, cell, ways)
    for caption, way, before, row in scenes:
        _frame(board, parts, caption, way, before, row, strides, x.shape[1])
    return board.finish(start=len(scenes) - len(ways) + min(1, len(ways) - 1))


def _ways(shape, strides, size, cell):
    """The cell to reach, and every index (i, j, u, v) of the view that leads there."""
    index = np.stack(np.indices(shape), axis=-1).reshape(-1, 4)  # (OH*OW*KH*KW, 4)
    cells = index @ strides
    if cell is None:
        cell = int(np.argmax(np.bincount(cells, minlength=size)))
    if not 0 <= cell < size:
        raise ValueError(f"cell is one of the {size} cells of x, 0 … {size - 1}, got {cell}")
    return cell, [tuple(way) for way in index[cells == cell].tolist()]


def _axis_scenes(shape):
    """(caption, way, window before, row of the table) of a single step along each axis that has one."""
    steps = np.eye(4, dtype=int).tolist()
    return [(f"axis {letter}: {words}", tuple(step), (0, 0), None)
            for letter, words, step, size in zip(AXES, MEANING, steps, shape, strict=True) if size > 1]


def _way_scenes(ways, cell):
    befores = [(0, 0), *(way[:2] for way in ways)]
    return [(f"view[{','.join(map(str, way))}] is cell {cell}", way, before, row)
            for row, (way, before) in enumerate(zip(ways, befores, strict=False))]


def _jumps(way, strides):
    """(axis, from cell, to cell) of every jump, the window's first."""
    jumps, here = [], 0
    for axis, (count, step) in enumerate(zip(way, strides, strict=True)):
        for _ in range(count):
            jumps.append((axis, here, here + step))
            here += step
    return jumps


def _rise(step):
    return HIGH if step > 1 else LOW


def _route(start, end):
    """The arc of one jump over the tape, from the top of one cell to the top of another."""
    top = TAPE - 0.56
    return arc((start, top), (end, top), bulge=_rise(end - start) / (end - start))


def _frame(board, parts, caption, way, before, row, strides, W):
    i, j, u, v = way
    jumps = _jumps(way, strides)
    here = jumps[-1][2] if jumps else 0
    KH, KW = parts["shape"]
    window = [(i, j, KH, KW)]
    pixels = [(TAPE, (i + a) * W + j + b, 1, 1) for a in range(KH) for b in range(KW)]
    board.frame(caption, {
        parts["window"]: window, parts["border"]: window, parts["before"]: [(*before, KH, KW)],
        parts["pixel"]: [(i + u, j + v, 1, 1)],
        parts["lit"]: pixels, parts["cell"]: [(TAPE, here, 1, 1)],
        parts["moves"]: [_route(a, b) for axis, a, b in jumps if axis < 2],
        parts["steps"]: [_route(a, b) for axis, a, b in jumps if axis >= 2],
        parts["labels"]: _labels(jumps, parts["most"]),
        parts["row"]: [] if row is None else [(row + 1, 0, 1, 4)],
        parts["formula"]: [" + ".join(f"{n}·{step}" for n, step in zip(way, strides, strict=True)),
                           f"= <b>cell {here}</b>"],
    })


def _labels(jumps, most):
    """What every jump adds, above its arc; the unused labels wait without a text."""
    y = [TAPE - 0.5 - _rise(b - a) - 0.3 for _, a, b in jumps]
    spare = most - len(jumps)
    return {"x": [(a + b) / 2 for _, a, b in jumps] + [0] * spare, "y": y + [0] * spare,
            "text": [f"+{b - a}" for _, a, b in jumps] + [None] * spare}


def _painted(x, view, cell, ways):
    """The finished board and its moving parts by name."""
    (H, W), (KH, KW), size = x.shape, view.shape[2:], x.itemsize
    places = _places((H, W), len(ways))
    board = Board(
        places["height"][0],
        f"A tape of {x.size} memory cells: the four strides of the view are jumps along it, and {len(ways)} different "
        f"ways through the {KH} by {KW} windows end at cell {cell}.",
        narrow_height=places["height"][1],
    )
    image = board.panel(H, W, *places["x"], "image; dotted: window before")
    table = board.panel(len(ways) + 1, 4, *places["table"], f"ways to cell {cell}")
    tape = board.panel(TAPE + 1.8, x.size, *places["tape"], f"memory: a cell is one item of {size} bytes", square=False)
    words = board.panel(5, 1, *places["words"], square=False)
    most = max(1, *(sum(way) for way in ways))
    parts = _painted_image(board, image, x, (KH, KW)) | _painted_tape(board, tape, x, (KH, KW), most)

    board.words(table, [0, 1, 2, 3], 0, list(AXES), size=15, bold=True, align="center", role="muted")
    board.tiles(table, [(r + 1, c, 1, 1) for r in range(len(ways)) for c in range(2)], "output")
    board.tiles(table, [(r + 1, c, 1, 1) for r in range(len(ways)) for c in (2, 3)], "kernel")
    told = ["view[{},{},{},{}]".format(*way) for way in ways]
    board.numbers(table, [[None] * 4, *ways], size=14, hover=lambda r, _: f"{told[max(r - 1, 0)]} is cell {cell}")
    parts["row"] = board.outline(table, [], "input")

    strides = ", ".join(map(str, view.strides))
    items = ", ".join(str(step // size) for step in view.strides)
    board.words(words, -0.5, 0, "strides of the view", size=14, role="muted")
    board.words(words, -0.5, [1, 2], [f"bytes ({strides})", f"items ({items})"], size=15)
    parts["formula"] = board.words(words, -0.5, [3, 4], ["", ""], size=15)
    return board, parts | {"shape": (KH, KW), "most": most}


def _painted_image(board, image, x, kernel):
    W = x.shape[1]
    board.tiles(image, x.shape, "input")
    window = board.stencil(image, [(0, 0, *kernel)], "kernel")
    before = board.outline(image, [(0, 0, *kernel)], "kernel", width=2, dash="2px,3px")
    board.numbers(image, np.arange(x.size).reshape(x.shape), size=17, bold=True, hover=lambda i, j: (
        f"x[{i},{j}]<br>cell {i}·{W} + {j} = {i * W + j}"))
    border = board.outline(image, [(0, 0, *kernel)], "kernel")
    return {"window": window, "before": before, "border": border, "pixel": board.outline(image, [], "input", width=3.5)}


def _painted_tape(board, tape, x, kernel, most):
    W, size, N = x.shape[1], x.itemsize, x.size
    cells = [(TAPE, p, 1, 1) for p in range(N)]
    board.tiles(tape, cells, "input")
    lit = board.stencil(tape, cells[:1], "kernel")
    board.numbers(tape, [range(N)], dy=TAPE, size=14, spare="thin", hover=lambda _, p: (
        f"cell {p}<br>bytes {p * size} … {(p + 1) * size - 1}"))
    starts = list(range(0, N, W))
    bytes_ = [f"byte {p * size}" for p in starts]
    board.words(tape, [p - 0.5 for p in starts], TAPE + 0.95, bytes_, size=12, role="muted")
    sums = board.words(tape, [0] * most, [0] * most, [None] * most, size=14, narrow_size=11, bold=True, align="center")
    return {
        "lit": lit,
        "cell": board.outline(tape, [], "input", width=3.5),
        "moves": board.arrow(tape, [], role="output", width=2.5),
        "steps": board.arrow(tape, [], role="kernel", width=2.5),
        "labels": sums,
    }


def _places(x_shape, ways):
    """Boxes (wide, narrow) by name, and the two heights of the board."""
    image = box(0, 0, *x_shape, cell_size(*x_shape, 250, 190, 44))
    left = max(image[2], 190) + GAP
    table = box(left, 0, ways + 1, 4, cell_size(ways + 1, 4, 120, 190, 26))
    words = (left + max(table[2], 110) + GAP, 0, 672 - left - max(table[2], 110) - GAP, 5 * LINE)
    body = max(image[3], table[3], words[3])
    tape = (0, body + ABOVE, min(672, 36 * x_shape[0] * x_shape[1]), 126)

    small = box(0, 0, *x_shape, cell_size(*x_shape, 205, 190, 40))
    rows = box(max(small[2], 205) + 22, 0, ways + 1, 4, cell_size(ways + 1, 4, 110, 190, 26))
    top = max(small[3], rows[3]) + ABOVE
    strip = (0, top, 342, 92)
    lines = (0, top + strip[3] + 8, 342, 5 * LINE)
    return {
        "x": (image, small), "table": (table, rows), "tape": (tape, strip), "words": (words, lines),
        "height": (tape[1] + tape[3], lines[1] + lines[3]),
    }
