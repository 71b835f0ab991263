"""Chapter 21: how much of the input one output sees, layer by layer."""

from __future__ import annotations

import itertools

import numpy as np

from ..grad import conv2d_grad
from ..shapes import output_size
from .board import Board, box, cell_size, check_frames
from .coverage import blank_zeros
from .palette import count_scale

ABOVE, LINE = 32, 25  # px above a panel, and of a line of words
LEAN, FLAT = 0.42, 0.44  # of a cell: how far a row shifts to the right, and how high it is drawn
LIFT, NAME = 1.7, 6.2  # cells between two planes, and beside them for their names
LAYERS = (((3, 3), 1), ((2, 3), 2), ((3, 2), 1))


def receptive_field(x_shape, layers=LAYERS):
    """One output lit in each layer in turn, and its cone down to the pixels it sees.

    Parameters
    ----------
    x_shape : (H, W)
        Size of the input.
    layers : sequence of ((KH, KW), stride)
        Kernel and stride of each layer, the first one first.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each layer; starts with the last.

    Raises
    ------
    ValueError
        If a kernel does not fit, or the figure becomes too large: about 130 pixels and three layers do.

    See Also
    --------
    scratchconv.conv2d_grad : a gradient of 1 in one output reaches what it sees, and counts the ways.

    Notes
    -----
    Chapter 21. About 2.5 kB a frame. A layer adds (k − 1) times the product of all strides before it to the field.
    Planes are drawn to scale: after a stride of 2 a cell is twice as large.

    References
    ----------
    A. Araujo, W. Norris, J. Sim: Computing receptive fields of convolutional neural networks. Distill, 2019.

    Examples
    --------
    >>> figure = receptive_field((10, 13))
    >>> [step.label for step in figure.layout.sliders[0].steps][1:]
    ['layer 2 sees 4 × 5 pixels', 'layer 3 sees 8 × 7 pixels']
    """
    layers = [(tuple(kernel), int(stride)) for kernel, stride in layers]
    check_frames(len(layers), "layer")
    planes = _planes(x_shape, layers)
    fields = [_fields(layers[:depth], _middle(planes[depth])) for depth in range(1, len(planes))]
    ways = [_ways(planes[: depth + 1], layers[:depth], _middle(planes[depth])) for depth in range(1, len(planes))]
    board, parts = _painted(planes, layers, ways)
    lines = []
    for depth, (regions, count) in enumerate(zip(fields, ways, strict=True), start=1):
        height, width = regions[-1][2:]
        lines.append(_told(depth, layers, fields))
        board.frame(f"layer {depth} sees {height} × {width} pixels", {
            parts["output"]: _quads([_corners(planes[depth], regions[0])], 1),
            parts["lit"]: _quads([_corners(planes[depth - down], region)
                                  for down, region in enumerate(regions[1:], start=1)], len(layers)),
            parts["cone"]: _cone(planes, depth, regions, len(layers)),
            parts["colours"]: count, parts["numbers"]: blank_zeros(count), parts["field"]: [regions[-1]],
            parts["lines"]: lines + [None] * (len(layers) - depth),
        })
    return board.finish(start=len(layers) - 1)


class _Plane:
    """One layer's outputs: how many, how far apart in pixels of x, and where the first is centred."""

    def __init__(self, shape, jump, first, level):
        self.shape, self.jump, self.first, self.level = shape, jump, first, level

    def at(self, row, column):
        """Where a place of the grid, in pixels of x, stands in the drawing."""
        return column - LEAN * row + self.level[0], FLAT * row + self.level[1]


def _planes(x_shape, layers):
    """x and the outputs of every layer, the last on top."""
    H, W = x_shape
    lift = H * FLAT + LIFT
    planes = [_Plane((H, W), 1, (0.0, 0.0), (LEAN * (H - 0.5), len(layers) * lift))]
    for n, ((KH, KW), stride) in enumerate(layers, start=1):
        below = planes[-1]
        shape = tuple(output_size(size, k, stride=stride) for size, k in zip(below.shape, (KH, KW), strict=True))
        first = tuple(f + (k - 1) / 2 * below.jump for f, k in zip(below.first, (KH, KW), strict=True))
        planes.append(_Plane(shape, below.jump * stride, first, (LEAN * (H - 0.5), (len(layers) - n) * lift)))
    return planes


def _middle(plane):
    return plane.shape[0] // 2, plane.shape[1] // 2


def _fields(layers, cell):
    """The cells (row, column, height, width) that one output sees in its own layer and in each one below it."""
    regions = [(*cell, 1, 1)]
    for (KH, KW), stride in reversed(layers):
        row, column, height, width = regions[-1]
        regions.append((row * stride, column * stride, (height - 1) * stride + KH, (width - 1) * stride + KW))
    return regions


def _ways(planes, layers, cell):
    """On how many ways each pixel of x reaches one output: its gradient, if all weights are 1."""
    dy = np.zeros(planes[-1].shape, dtype=int)
    dy[cell] = 1
    for plane, (kernel, stride) in zip(reversed(planes[:-1]), reversed(layers), strict=True):
        x, w = np.zeros((1, 1, *plane.shape), dtype=int), np.ones((1, 1, *kernel), dtype=int)
        dy = conv2d_grad(dy[None, None], x, w, stride=stride).dx[0, 0]
    return dy


def _told(depth, layers, fields):
    """A layer's kernel and what it adds to the field."""
    (KH, KW), stride = layers[depth - 1]
    height, width = fields[depth - 1][-1][2:]
    step = f", stride {stride}" if stride > 1 else ""
    return f"{depth}: kernel {KH} × {KW}{step} → sees <b>{height} × {width}</b>"


def _corners(plane, region):
    """The four corners of a region of cells in the drawing."""
    (row, column, height, width), jump = region, plane.jump
    top, left = (first + (start - 0.5) * jump
                 for first, start in zip(plane.first, (row, column), strict=True))
    bottom, right = top + height * jump, left + width * jump
    return [plane.at(top, left), plane.at(top, right), plane.at(bottom, right), plane.at(bottom, left)]


def _quads(corners, count):
    """Closed paths, `count` of them: the last is repeated."""
    x, y = [], []
    for quad in [*corners, *corners[-1:] * (count - len(corners))]:
        x += [point[0] for point in (*quad, quad[0])] + [None]
        y += [point[1] for point in (*quad, quad[0])] + [None]
    return x[:-1], y[:-1]


def _cone(planes, depth, regions, count):
    """The edges of the cone: from the corners of every region to those of the one below."""
    shapes = [_corners(planes[depth - down], region) for down, region in enumerate(regions)]
    edges = [edge for upper, lower in itertools.pairwise(shapes) for edge in zip(upper, lower, strict=True)]
    top = shapes[0][0]
    return _lines([*edges, *[(top, top)] * (4 * count - len(edges))])


def _grid(plane):
    """The lines between the cells of a plane."""
    rows, columns = plane.shape
    top, left, _, _ = _corners(plane, (0, 0, rows, columns))
    ends = [_corners(plane, (r, 0, 1, columns))[:2] for r in range(1, rows)]
    ends += [_corners(plane, (0, c, rows, 1))[::3] for c in range(1, columns)]
    return _lines(ends or [(top, left)])


def _lines(segments):
    x, y = [], []
    for start, end in segments:
        x += [start[0], end[0], None]
        y += [start[1], end[1], None]
    return x[:-1], y[:-1]


def _painted(planes, layers, ways):
    """The finished board and its moving parts by name."""
    (H, W), n = planes[0].shape, len(layers)
    rows, columns = (n + 1) * (H * FLAT + LIFT) - LIFT + 0.6, W + LEAN * H + NAME
    places = _places((H, W), rows, columns, n)
    most = max(int(count.max()) for count in ways)
    board = Board(
        places["height"][0],
        f"The outputs of {n} layers as a stack of planes above an input of {H} by {W}: one output is lit, and its cone "
        "widens downwards to all pixels that it sees.",
        narrow_height=places["height"][1],
    )
    stack = board.panel(rows, columns, *places["stack"], "one output and its cone")
    image = board.panel(H, W, *places["x"], "ways from a pixel of <b>x</b> to it")
    words = board.panel(n, 1, *places["words"], square=False)
    for level, plane in enumerate(planes):
        whole = _corners(plane, (0, 0, *plane.shape))
        board.path(stack, _quads([whole], 1), "output" if level else "input")
    somewhere = ([0, 0], [0, 0])
    lit = board.path(stack, somewhere, "kernel")
    for level, plane in enumerate(planes):
        board.path(stack, _grid(plane), "output" if level else "input", line=True, width=1)
    names = ["<b>x</b>: ", *(f"layer {level}: " for level in range(1, n + 1))]
    told = ["{}{} × {}".format(name, *plane.shape) for name, plane in zip(names, planes, strict=True)]
    sides = [plane.at(H / 2 - 0.5, W + 0.5) for plane in planes]
    board.words(stack, *zip(*sides, strict=True), told, size=14, role="muted")
    parts = {
        "lit": lit,
        "cone": board.path(stack, somewhere, "kernel", line=True, width=2.5),
        "output": board.path(stack, somewhere, "output", line=True, width=4),
    }
    board.tiles(image, (H, W), "empty")
    parts["colours"] = board.cells(image, ways[-1], count_scale(most), most=most)
    parts["numbers"] = board.numbers(image, ways[-1], size=15, hover=lambda i, j: (
        f"x[{i},{j}]: {ways[-1][i, j]} way{'s' * int(ways[-1][i, j] != 1)} to an output of layer {n}"))
    parts["field"] = board.outline(image, [], "kernel")
    parts["lines"] = board.words(words, -0.5, list(range(n)), [None] * n, size=15)
    return board, parts


def _places(x_shape, rows, columns, n):
    """Boxes (wide, narrow) by name, and the two heights of the board."""
    stack = box(0, 0, rows, columns, cell_size(rows, columns, 350, 340))
    left = stack[2] + 20
    image = box(left, 0, *x_shape, cell_size(*x_shape, 672 - left, 220, 26))
    words = (left, image[3] + 18, 672 - left, n * LINE)
    tall = box(0, 0, rows, columns, cell_size(rows, columns, 342, 290))
    below = tall[3] + ABOVE
    small = box(0, below, *x_shape, cell_size(*x_shape, 342, 230, 26))
    lines = (0, below + small[3] + 10, 342, n * LINE)
    return {
        "stack": (stack, tall), "x": (image, small), "words": (words, lines),
        "height": (max(stack[3], words[1] + words[3]), lines[1] + lines[3]),
    }
