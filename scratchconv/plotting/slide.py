"""Chapter 1: slide a window, multiply, add."""

from __future__ import annotations

import numpy as np

from ..conv import conv2d
from ..windows import view_index, window_offsets
from .board import Board, box, cell_size, check_frames
from .lettering import show
from .palette import TITLE, VALUE

ABOVE, GAP = 32, 42  # px above a panel with a title, and beside one
LABELS = 84  # px for the words beside the rows of the sum


def slide(x, w, stride=1):
    """A window slides over the image; under it, its products and the running sum that ends in the output.

    Parameters
    ----------
    x : array_like, shape (H, W)
        The image.
    w : array_like, shape (KH, KW)
        The kernel.
    stride : int or (vertical, horizontal), default 1
        Pixels from one window to the next.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each output.

    Raises
    ------
    ValueError
        If the kernel does not fit into the image, or the numbers do not fit into the figure: images of up
        to 8 × 12 pixels, kernels of up to 9 and 50 outputs do.

    See Also
    --------
    scratchconv.correlate2d : what it computes.

    Notes
    -----
    Chapter 1. About 900 bytes a frame, 26 kB for ten windows.

    Examples
    --------
    >>> x = np.arange(24).reshape(4, 6)
    >>> figure = slide(x, np.ones((3, 2), dtype=int))
    >>> len(figure.frames)
    10
    """
    x, w = np.asarray(x), np.asarray(w)
    offsets = window_offsets(x.shape, w.shape, stride=stride)
    y = conv2d(x[None, None], w[None, None], stride=stride)[0, 0]
    windows = x.ravel()[view_index(x.shape, w.shape, stride=stride)].astype(y.dtype)  # (OH*OW, KH*KW), wide enough
    products = windows * w.ravel()
    sums = products.cumsum(axis=1)
    (H, W), (KH, KW), (OH, OW), K = x.shape, w.shape, y.shape, w.size
    check_frames(y.size, "window")

    wide, narrow, height, narrow_height = _places(x.shape, w.shape, y.shape)
    board = Board(
        height,
        f"A {KH} by {KW} window slides over a {H} by {W} image; below, its {K} pixels times the kernel, and the "
        "running sum that ends in the output.",
        narrow_height=narrow_height,
    )
    image = board.panel(H, W, wide["x"], narrow["x"], "image <b>x</b>")
    kernel = board.panel(KH, KW, wide["w"], narrow["w"], "kernel <b>w</b>")
    output = board.panel(OH, OW, wide["y"], narrow["y"], "output <b>y</b>")
    table = board.panel(4, K, wide["sum"], narrow["sum"], square=False)
    margin = board.panel(4, 1, wide["names"], narrow["names"], square=False)

    board.tiles(image, x.shape, "input")
    window = board.stencil(image, (0, 0, KH, KW), "kernel")
    board.numbers(image, x, size=VALUE, bold=True, hover=lambda i, j: f"x[{i},{j}] = {show(x[i, j])}")
    window_border = board.outline(image, (0, 0, KH, KW), "kernel")

    board.tiles(kernel, w.shape, "kernel")
    board.numbers(kernel, w, size=VALUE, bold=True, hover=lambda u, v: f"w[{u},{v}] = {show(w[u, v])}")

    board.tiles(output, y.shape, "output")
    board.numbers(output, y, size=VALUE, bold=True, hover=lambda i, j: f"y[{i},{j}] = {show(y[i, j])}")
    outputs_to_come = board.curtain(output, y.shape)
    output_border = board.outline(output, (0, 0, 1, 1), "output")

    names = ["window", "× kernel", "= product", "sum so far"]
    board.words(margin, -0.5, range(4), names, size=TITLE, role="muted")
    board.tiles(table, [(0, place, 1, 1) for place in range(K)], "input")
    board.tiles(table, [(1, place, 1, 1) for place in range(K)], "kernel")
    board.tiles(table, [(2, place, 1, 1) for place in range(K)] + [(3, p, 1, 1) for p in range(K - 1)], "empty")
    board.tiles(table, [(3, K - 1, 1, 1)], "output")
    taps = ["{},{}".format(*divmod(k, KW)) for k in range(K)]
    pixels = board.numbers(table, windows[:1], hover=lambda _, k: f"pixel under w[{taps[k]}] = ")
    board.numbers(table, w.reshape(1, K), dy=1, hover=lambda _, k: f"w[{taps[k]}] = ")
    product = board.numbers(table, products[:1], dy=2, role="ink", hover=lambda _, k: f"pixel times w[{taps[k]}] = ")
    part = board.numbers(table, sums[:1, :-1], dy=3, role="ink", hover=lambda _, k: (
        f"products 0 to {k}, added up = ")) if K > 1 else None
    total = board.numbers(table, sums[:1, -1:], dx=K - 1, dy=3, size=VALUE, bold=True, hover=lambda *_: "output = ")
    board.outline(table, (3, K - 1, 1, 1), "output")

    for n, offset in enumerate(offsets.tolist()):
        top, left = divmod(offset, W)
        place = (top, left, KH, KW)
        parts = {part: sums[n, :-1]} if part else {}
        board.frame(f"window at row {top}, column {left}", {
            window: place, window_border: place,
            outputs_to_come: n, output_border: (*divmod(n, OW), 1, 1),
            pixels: windows[n], product: products[n], total: sums[n, -1:], **parts,
        })
    return board.finish(start=len(offsets) * 2 // 3)


def _places(x_shape, w_shape, y_shape):
    """Boxes of the panels in both designs, and the two heights of the board."""
    (H, W), (KH, KW), (OH, OW) = x_shape, w_shape, y_shape
    cell = cell_size(max(H, KH, OH), W + KW + OW, 672 - 2 * GAP - max(0, 70 - 48 * KW), 250)  # one size for all
    image = box(0, 0, H, W, cell)
    left = image[2] + GAP
    kernel = box(left, 0, KH, KW, cell)
    right = left + max(kernel[2], 70) + GAP
    output = box(right, 0, OH, OW, cell_size(OH, OW, 672 - right, 250, cell))
    top = max(image[3], kernel[3], output[3]) + 24
    cell = min(98, (672 - LABELS) / (KH * KW))
    wide = {"x": image, "w": kernel, "y": output, "sum": (LABELS, top, cell * KH * KW, 4 * 30)}
    wide["names"] = (0, top, LABELS, 4 * 30)

    image = box(0, 0, H, W, cell_size(H, W, 342, 280, 58))
    below = image[3] + ABOVE
    kernel = box(0, below, KH, KW, cell_size(KH, KW, 100, 150, 40))
    right = max(kernel[2], 70) + 34
    output = box(right, below, OH, OW, cell_size(OH, OW, 342 - right, 150, 40))
    narrow_top = below + max(kernel[3], output[3]) + 22
    cell = min(56, (342 - LABELS) / (KH * KW))
    narrow = {"x": image, "w": kernel, "y": output, "sum": (LABELS, narrow_top, cell * KH * KW, 4 * 28)}
    narrow["names"] = (0, narrow_top, LABELS, 4 * 28)
    return wide, narrow, top + 4 * 30, narrow_top + 4 * 28
