"""Chapter 5: a window on a colour picture, what it sees, what comes out and where it starts in memory."""

from __future__ import annotations

import numpy as np

from ..conv import conv2d
from ..windows import window_offsets
from .board import Board, box, cell_size
from .lettering import show
from .palette import signed_pixels

STOPS = 48  # frames on the regular grid; the last output is one more
CHANNELS = ("red", "green", "blue")


def picture_window(rgb, w, *, start=(20, 5)):
    """A window slides over a picture; beside it the pixels it covers, the kernel, and the map of outputs.

    Parameters
    ----------
    rgb : array_like of uint8, shape (H, W, 3)
        The picture, channels last, as pictures are stored.
    w : array_like, shape (KH, KW) or (3, KH, KW)
        One kernel for all three channels, or one for each.
    start : (column, row), default (20, 5)
        The corner of the window shown first, as x and y; moved inside the picture if it lies outside.

    Returns
    -------
    plotly.graph_objects.Figure
        Up to 50 frames: every window of a small picture, every second, third … of a larger one.

    Raises
    ------
    ValueError
        If `rgb` is not a picture with channels last, or the kernel does not fit into it or into the figure.

    See Also
    --------
    scratchconv.conv2d : computes the map.
    scratchconv.window_offsets : the offsets channels first.

    Notes
    -----
    Chapter 5. About 1.9 kB a frame, 110 kB for a picture of 32 × 32. The formula is written for both layouts:
    channels last, a step to the right skips the channels of a pixel; channels first, it is one number.

    Examples
    --------
    >>> from scratchconv.data import frog
    >>> figure = picture_window(frog(), np.ones((5, 5), dtype=int))
    >>> figure.layout.sliders[0].steps[figure.layout.sliders[0].active].label
    'window at row 5, column 20'
    """
    rgb, w = np.asarray(rgb), np.asarray(w)
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        raise ValueError(
            f"a picture is (H, W, 3) uint8, channels last, got {rgb.shape} {rgb.dtype}; "
            "channels first becomes channels last by x.transpose(1, 2, 0)"
        )
    if w.ndim == 2:
        w = np.stack([w] * 3)  # (3, KH, KW)
    H, W, C = rgb.shape
    KH, KW = w.shape[1:]
    pixels = np.moveaxis(rgb, 2, 0)  # (3, H, W)
    y = conv2d(pixels[None].astype(w.dtype, copy=False), w[None])[0, 0]  # (OH, OW)
    OH, OW = y.shape
    offsets = window_offsets(pixels.shape, w.shape).reshape(OH, OW)
    column, row = (min(max(at, 0), n - 1) for at, n in zip(start, (OW, OH), strict=True))
    kernels = w[:1] if (w == w[0]).all() else w

    wide, narrow, height, narrow_height = _places((H, W), (KH, KW), (OH, OW), len(kernels))
    board = Board(
        height,
        f"A {KH} by {KW} window slides over a {H} by {W} picture; the patch under it is shown enlarged, and the map "
        "of outputs grows row by row.",
        narrow_height=narrow_height,
    )
    picture = board.panel(H, W, wide["x"], narrow["x"], f"image <b>x</b> {H} × {W} × {C}")
    patch = board.panel(KH, KW, wide["patch"], narrow["patch"], "the window")
    output = board.panel(OH, OW, wide["y"], narrow["y"], f"output <b>y</b> {OH} × {OW}")
    value = board.panel(1, 1, wide["value"], narrow["value"], square=False)
    formula = board.panel(2, 1, wide["formula"], narrow["formula"], square=False)

    board.picture(picture, rgb)
    window = board.outline(picture, (row, column, KH, KW), "picture")

    colours = board.cells(patch, rgb[:KH, :KW], hover=_told(rgb, 0, 0, (KH, KW)))
    board.outline(patch, (0, 0, KH, KW), "kernel", inset=0)

    for k, kernel in enumerate(kernels):
        name = "kernel <b>w</b>" if len(kernels) == 1 else f"<b>w</b> {CHANNELS[k]}"
        panel = board.panel(KH, KW, wide["w"][k], narrow["w"][k], name)
        board.tiles(panel, (KH, KW), "kernel")
        board.numbers(panel, kernel, size=13, spare="drop",
                      hover=lambda u, v, k=kernel: f"w[{u},{v}] = {show(k[u, v])}")

    board.picture(output, signed_pixels(y))
    outputs_to_come = board.curtain(output, y.shape)
    current = board.outline(output, _around(0, 0, y.shape), "output", width=2.5, inset=0)
    result = board.words(value, -0.5, 0, [""], size=15)
    words = board.words(formula, -0.5, [0, 1], ["", ""], size=15)

    stops = _stops((OH, OW), (row, column))
    for i, j in stops:
        last = f"channels last: {C}·{j} + {C * W}·{i} = <b>{C * j + C * W * i}</b>"
        first = f"channels first: {j} + {W}·{i} = {offsets[i, j]}"
        board.frame(f"window at row {i}, column {j}", {
            window: (i, j, KH, KW),
            colours: {"values": rgb[i : i + KH, j : j + KW], "hover": _told(rgb, i, j, (KH, KW))},
            outputs_to_come: i * OW + j, current: _around(i, j, y.shape),
            result: [f"<b>y</b>[{i},{j}] = <b>{show(y[i, j])}</b>"], words: [last, first],
        })
    return board.finish(start=stops.index((row, column)), move=180, hold=420)


def _around(i, j, shape):
    """A cell, or where cells are tiny one somewhat larger, which stays inside the map: a border would hide it."""
    more = 0.4 if max(shape) > 14 else 0
    ends = [(max(at - more, 0), min(at + 1 + more, n)) for at, n in zip((i, j), shape, strict=True)]
    (top, bottom), (left, right) = ends
    return top, left, bottom - top, right - left


def _told(rgb, i, j, size):
    """What a tap on the pixels of the window at (i, j) shows: place, flat index of the red, and colours."""
    places = [(i + u, j + v) for u, v in np.ndindex(size)]
    return ["[{},{}] index {}<br>RGB {} {} {}".format(*place, 3 * (place[0] * rgb.shape[1] + place[1]), *rgb[place])
            for place in places]


def _stops(shape, through):
    """Places (row, column) on a regular grid through the one to start with, as many as the frames allow."""
    for step in range(1, max(shape) + 1):
        rows, columns = (range(at % step, n, step) for at, n in zip(through, shape, strict=True))
        if len(rows) * len(columns) <= STOPS:
            break
    stops = [(i, j) for i in rows for j in columns]
    end = (shape[0] - 1, shape[1] - 1)
    return stops if stops[-1] == end else [*stops, end]


def _places(x_shape, w_shape, y_shape, kernels):
    """Boxes of the panels in both designs, and the two heights of the board."""
    picture = box(0, 0, *x_shape, cell_size(*x_shape, 318, 340))
    left = picture[2] + 34
    room = 672 - left
    small = (room - 24) / 3
    patch = box(left, 0, *w_shape, cell_size(*w_shape, 122, 122))
    right = left + max(patch[2], 90) + 28
    output = box(right, 0, *y_shape, cell_size(*y_shape, 672 - right, 170))
    value = (right, output[3] + 6, 672 - right, 24)
    below = (patch[3] if kernels == 1 else max(patch[3], output[3] + 26)) + 32
    cell = cell_size(*w_shape, small if kernels > 1 else 122, 112, 38)
    kernel = [box(left + k * (small + 12), below, *w_shape, cell) for k in range(kernels)]
    formula = (left, max(below + kernel[0][3], output[3] + 30) + 12, room, 46)
    wide = {"value": value, "x": picture, "patch": patch, "y": output, "w": kernel, "formula": formula}
    height = max(picture[3], formula[1] + 46)

    picture = box(0, 0, *x_shape, cell_size(*x_shape, 342, 360))
    top = picture[3] + 32
    patch = box(0, top, *w_shape, cell_size(*w_shape, 130, 160))
    output = box(160, top, *y_shape, cell_size(*y_shape, 182, 170))
    value = (160, top + output[3] + 6, 182, 24)
    below = top + (patch[3] if kernels == 1 else max(patch[3], output[3] + 26)) + 32
    cell = cell_size(*w_shape, 106 if kernels > 1 else 130, 112, 38)
    kernel = [box(118 * k, below, *w_shape, cell) for k in range(kernels)]
    formula = (0, max(below + kernel[0][3], top + output[3] + 30) + 12, 342, 46)
    narrow = {"value": value, "x": picture, "patch": patch, "y": output, "w": kernel, "formula": formula}
    return wide, narrow, height, formula[1] + 46
