"""Chapter 15: how evenly a transposed convolution reaches its output, for kernels of several sizes."""

from __future__ import annotations

import numpy as np

from .board import Board, box, check_frames
from .coverage import blank_zeros, patch_counts
from .palette import count_scale

GAP, ABOVE = 24, 32  # px between panels, and above one with a title
CELL, NARROW_CELL = 30, 26  # px at most
TITLED = 165  # px that a title takes


def checkerboard(x_shape, kernels=(2, 3, 4), stride=2):
    """Every pixel of x adds one patch to y: the counts of several kernels grow side by side.

    Parameters
    ----------
    x_shape : (H, W)
        Size of the input of the transposed convolution, which is small: y is larger.
    kernels : sequence of int or (KH, KW), default (2, 3, 4)
        Sizes of three kernels, one panel each.
    stride : int or (vertical, horizontal), default 2
        Pixels of y from one patch to the next.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each pixel of x; starts with the last, when y is complete.

    Raises
    ------
    ValueError
        If there are not three kernels, more than 50 pixels, or the numbers have no room: about 200 cells in
        all do.

    See Also
    --------
    coverage : one kernel alone.

    Notes
    -----
    Chapter 15. About 2 kB a frame. The counts are the dx of `conv2d_grad` for ones, which is a transposed
    convolution. Inside y, where no patch is missing, they are even if the stride divides the kernel.

    References
    ----------
    A. Odena, V. Dumoulin, C. Olah: Deconvolution and checkerboard artifacts. Distill, 2016.

    Examples
    --------
    >>> figure = checkerboard((3, 4))
    >>> len(figure.frames), figure.layout.annotations[2].text
    (12, '<b>3 × 3</b>: inside 1, 2, 4')
    """
    H, W = x_shape
    check_frames(H * W, "pixel of x")
    sizes = [tuple(np.broadcast_to(k, 2).tolist()) for k in kernels]
    if len(sizes) != 3:
        raise ValueError(f"the figure compares three kernels, got {len(sizes)}: {kernels}")
    sh, sw = np.broadcast_to(stride, 2).tolist()
    shapes = [((H - 1) * sh + KH, (W - 1) * sw + KW) for KH, KW in sizes]
    counts = [patch_counts(y, w, (H, W), stride) for y, w in zip(shapes, sizes, strict=True)]  # each (H, W, *y)
    most = max(int(count.max()) for count in counts)

    places = _places((H, W), shapes)
    board = Board(
        places["height"][0],
        f"Each of the {H} × {W} pixels of x adds one patch to y, for kernels of three sizes; the numbers count the "
        f"patches that reach a cell, up to {most}.",
        narrow_height=places["height"][1],
    )
    source = board.panel(H, W, *places["x"], f"input <b>x</b>, stride {_written(sh, sw)}")
    board.tiles(source, (H, W), "input")
    giver = board.outline(source, (0, 0, 1, 1), "input")
    targets = [_target(board, places[f], size, count[-1, -1], (sh, sw), most)
               for f, (size, count) in enumerate(zip(sizes, counts, strict=True))]

    for i, j in np.ndindex(H, W):
        changes = {giver: (i, j, 1, 1)}
        for (colours, numbers, patch), size, count in zip(targets, sizes, counts, strict=True):
            changes |= {colours: count[i, j], numbers: blank_zeros(count[i, j]), patch: (sh * i, sw * j, *size)}
        board.frame(f"x[{i},{j}] → patch at y[{sh * i},{sw * j}]", changes)
    return board.finish(start=H * W - 1)


def _target(board, place, size, count, stride, most):
    """One y: its coloured cells, its numbers and the outline of the patch."""
    panel = board.panel(*count.shape, *place, f"<b>{_written(*size, always=True)}</b>: {_verdict(count, size, stride)}")
    colours = board.cells(panel, count, count_scale(most), most=most)
    numbers = board.numbers(panel, count, size=16, bold=True, hover=lambda i, j: (
        f"y[{i},{j}]: {count[i, j]} {'patch' if count[i, j] == 1 else 'patches'} in the end"))
    return colours, numbers, board.outline(panel, (0, 0, *size), "kernel")


def _verdict(count, size, stride):
    """The different counts inside y: away from its edges, where no patch is missing."""
    (KH, KW), (sh, sw), (H, W) = size, stride, count.shape
    top, left = max(KH - sh, 0), max(KW - sw, 0)
    found = sorted(set(count[top : H - top, left : W - left].ravel().tolist()))
    if not found:
        return "no inside"
    return f"inside all {found[0]}" if len(found) == 1 else f"inside {', '.join(map(str, found))}"


def _written(vertical, horizontal, *, always=False):
    return f"{vertical}" if vertical == horizontal and not always else f"{vertical} × {horizontal}"


def _places(x_shape, y_shapes):
    """Boxes (wide, narrow) of x and the three outputs, and the two heights of the board."""
    (H, W), columns = x_shape, sum(w for _, w in y_shapes)
    cell = min(CELL, (672 - 2 * GAP) / (columns + 0.2))
    below = (H + 0.04) * cell + ABOVE
    wide = [box(0, below, *y_shapes[0], cell)]
    bottom = max(below + wide[0][3], *(h * cell for h, _ in y_shapes))
    left = max(wide[0][2], TITLED) + GAP
    for h, w in y_shapes[1:]:
        wide.append(box(left, bottom - (h + 0.04) * cell, h, w, cell))
        left += max(wide[-1][2], TITLED) + GAP

    small = min(NARROW_CELL, (342 - GAP) / (W + y_shapes[0][1] + 0.1), *(342 / (w + 0.04) for _, w in y_shapes))
    narrow = [box(342 - max((y_shapes[0][1] + 0.04) * small, TITLED), 0, *y_shapes[0], small)]
    top = max(narrow[0][3], (H + 0.04) * small) + ABOVE
    for h, w in y_shapes[1:]:
        narrow.append(box(0, top, h, w, small))
        top += narrow[-1][3] + ABOVE
    pairs = dict(enumerate(zip(wide, narrow, strict=True)))
    return pairs | {"x": (box(0, 0, H, W, cell), box(0, 0, H, W, small)), "height": (bottom, top - ABOVE)}
