"""Small pictures for the first page: one for each chapter, one for each thing the reader builds.

They speak the language of the figures: blue is the input, amber the kernel and its window, green the output, pink a
gradient. What can be computed is computed by the package: indices, coverage, feature maps.
"""

import base64
import io

import numpy as np
from PIL import Image

import scratchconv as sc
from scratchconv import data
from scratchconv.plotting.palette import COUNTS, ROLES, signed_pixels

SMALL, LARGE = (96, 64), (160, 64)    # width and height of a chapter's picture, and of one of the four larger ones
INPUT, KERNEL, OUTPUT, GRADIENT, PADDING = (
    ROLES[role] for role in ("input", "kernel", "output", "gradient", "padding")
)


def svg(size, *parts):
    """The picture as it stands in the page. The words beside it say what it shows, so it is hidden from a reader."""
    width, height = size
    return f'<svg class="drawing" viewBox="0 0 {width} {height}" aria-hidden="true">{"".join(parts)}</svg>'


def grid(shape, corner=(0, 0)):
    """(row, column) of the cells of a block."""
    rows, columns = shape
    return [(corner[0] + row, corner[1] + column) for row in range(rows) for column in range(columns)]


def tiles(cells, at, size, fill):
    """Cells as one path; `at` is the place of cell (0, 0), `size` a side or (width, height)."""
    width, height = size if isinstance(size, tuple) else (size, size)
    corners = [(at[0] + column * width + 0.5, at[1] + row * height + 0.5) for row, column in cells]
    path = "".join(f"M{x:g} {y:g}h{width - 1:g}v{height - 1:g}h{1 - width:g}z" for x, y in corners)
    return f'<path style="fill:{fill}" d="{path}"/>'


def ring(corner, shape, at, size, line, dash=""):
    """The outline of a block of cells."""
    x, y = at[0] + corner[1] * size, at[1] + corner[0] * size
    dashes = f";stroke-dasharray:{dash}" if dash else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{shape[1] * size:g}" height="{shape[0] * size:g}" '
        f'style="fill:none;stroke:{line};stroke-width:2{dashes}"/>'
    )


def window(corner, shape, at, size, role=KERNEL):
    """A block of cells, filled and outlined."""
    return tiles(grid(shape, corner), at, size, role.tile) + ring(corner, shape, at, size, role.line)


def board(shape, at, size, role=INPUT):
    return tiles(grid(shape), at, size, role.tile)


def empty(shape, at, size):
    return tiles(grid(shape), at, size, "var(--fig-empty)")


def arrow(path, tip):
    """A muted curve with a head that points down, or right."""
    x, y = tip
    head = {"v": f"M{x - 4} {y - 5}L{x} {y}L{x + 4} {y - 5}", ">": f"M{x - 5} {y - 4}L{x} {y}L{x - 5} {y + 4}"}
    kind = "v" if path.startswith("v") else ">"
    return f'<path style="fill:none;stroke:var(--fig-muted);stroke-width:2" d="{path[1:]}{head[kind]}"/>'


def sign(text, x, y):
    return f'<text x="{x}" y="{y}" text-anchor="middle" style="fill:var(--fig-muted);font-size:13px">{text}</text>'


def picture(pixels, at, side):
    """An image of (H, W, 3) uint8 pixels, kept crisp."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    code = base64.b64encode(file.getvalue()).decode()
    return (
        f'<image x="{at[0]}" y="{at[1]}" width="{side}" height="{side}" style="image-rendering:pixelated" '
        f'href="data:image/png;base64,{code}"/>'
    )


# Chapters ------------------------------------------------------------------------------------------------------------


def slide():
    at, size = (6, 4), 14
    before = ring((0, 0), (3, 2), at, size, KERNEL.line, "3,3")
    return svg(SMALL, board((4, 6), at, size), before, window((1, 3), (3, 2), at, size))


def flip():
    left, right, size, shape = (4, 22), (61, 22), 12, (3, 2)
    first, last = (tiles([cell], place, size, KERNEL.line) for cell, place in (((0, 0), left), ((2, 1), right)))
    kernels = [board(shape, place, size, KERNEL) for place in (left, right)]
    return svg(SMALL, *kernels, first, last, arrow("vM16 16C28 0 62 0 73 13", (74, 17)))


def index_window():
    shape, kernel, corner = (4, 6), (2, 3), (1, 2)
    lit = sc.window_index(kernel, shape) + corner[0] * shape[1] + corner[1]
    line = [(0, int(index)) for index in lit]
    memory = tiles(grid((1, 24)), (0, 50), (4, 12), INPUT.tile) + tiles(line, (0, 50), (4, 12), KERNEL.line)
    return svg(SMALL, board(shape, (18, 2), 10), window(corner, kernel, (18, 2), 10), memory)


def many_kernels():
    views, kernels, outputs = (2, 4), (41, 20), (75, 4)
    return svg(
        SMALL, board((7, 3), views, 8), window((2, 0), (1, 3), views, 8), sign("×", 33, 38),
        board((3, 2), kernels, 8, KERNEL), sign("=", 66, 38),
        board((7, 2), outputs, 8, OUTPUT), ring((2, 0), (1, 2), outputs, 8, OUTPUT.line),
    )


def channels():
    planes = [(22 - 10 * depth, 4 + 8 * depth) for depth in range(3)]
    layers = [
        f'<rect x="{x - 1}" y="{y - 1}" width="62" height="42" style="fill:var(--pst-color-background)"/>'
        + board((4, 6), (x, y), 10) + window((1, 2), (2, 3), (x, y), 10)
        for x, y in planes
    ]
    return svg(SMALL, *layers)


def batch():
    images, outputs, size = [(4, 4), (4, 35)], [(68, 8), (68, 39)], 8
    slides = [board((3, 4), at, size) + window((0, 1), (2, 2), at, size) for at in images]
    results = [empty((2, 3), at, size) + window((0, 1), (1, 1), at, size, OUTPUT) for at in outputs]
    return svg(SMALL, *slides, sign("×", 41, 37), board((2, 2), (47, 24), 7, KERNEL), *results)


def borders():
    at, size = (14, 8), 11
    outside = [ring(cell, (1, 1), at, size, "var(--fig-hair)", "1,2") for cell in grid((5, 7), (-1, -1))]
    at_edge = ring((-1, 2), (3, 3), at, size, KERNEL.line)
    covered = tiles(grid((2, 3), (0, 2)), at, size, KERNEL.tile)
    return svg(SMALL, *outside, board((4, 6), (at[0], at[1]), size), covered, at_edge)


def stride():
    at, size = (4, 4), 11
    steps = [window((row, column), (2, 2), at, size) for row in (0, 3) for column in (0, 3, 6)]
    return svg(SMALL, board((5, 8), at, size), *steps)


def full():
    at, size, image = (10, 8), 11, np.zeros((1, 1, 3, 5), int)
    image[0, 0, 1, [0, 3]] = 1
    painted = sc.full_conv2d(image, np.ones((1, 1, 2, 3), int))[0, 0]
    cells = [(int(row), int(column)) for row, column in np.argwhere(painted)]
    return svg(
        SMALL, empty(painted.shape, at, size), tiles(cells, at, size, OUTPUT.tile),
        *(ring((1, column), (1, 1), at, size, INPUT.line) for column in (0, 3)),
    )


def one_gradient():
    dy, dx = (2, 4), (38, 22)
    return svg(
        SMALL, empty((3, 4), dy, 8), window((1, 2), (1, 1), dy, 8, GRADIENT),
        arrow("vM28 16C50 10 66 8 70 24", (71, 28)),
        board((4, 6), dx, 9), window((1, 2), (2, 3), dx, 9, GRADIENT),
    )


def covered(x_shape, kernel, stride):
    """How many windows contain each pixel: the gradient of the input when all else is 1."""
    x, w = np.zeros((1, 1, *x_shape), int), np.ones((1, 1, *kernel), int)
    dy = np.ones_like(sc.conv2d(x, w, stride=stride))
    return sc.conv2d_grad(dy, x, w, stride=stride).dx[0, 0]


def counts(values, at, size):
    """A map of small whole numbers, darker for more."""
    steps = np.unique(values)
    return "".join(
        tiles([(int(row), int(column)) for row, column in np.argwhere(values == step)], at, size, COUNTS[step])
        for step in steps
    )


def coverage():
    return svg(SMALL, counts(covered((5, 7), (3, 3), 2), (9, 4), 11))


def lowered_rows():
    """An image, and its rows twice: the windows of one row of outputs are a slice of them."""
    at, size = (4, 16), 6
    below, line = (54, 4), 7
    return svg(
        SMALL, board((4, 6), at, size), tiles(grid((3, 6), (1, 0)), at, size, KERNEL.tile),
        board((8, 5), below, line), ring((0, 0), (6, 5), below, line, KERNEL.line, "3,3"),
        window((2, 0), (6, 5), below, line),
    )


def plain():
    """A chapter without a drawing of its own."""
    return svg(SMALL, board((4, 6), (6, 4), 14), window((1, 2), (2, 3), (6, 4), 14))


# What the reader builds ----------------------------------------------------------------------------------------------


def all_windows():
    """A window on the image, and the matrix with one row of indices for each window."""
    shape, kernel, at, matrix = (4, 6), (2, 3), (4, 8), (112, 2)
    rows = len(sc.view_index(shape, kernel))
    return svg(
        LARGE, board(shape, at, 12), window((1, 2), kernel, at, 12), arrow(">M84 32H100", (102, 32)),
        board((rows, 6), matrix, 5), window((6, 0), (1, 6), matrix, 5),
    )


def feature_maps():
    """The frog, and what two filters make of it."""
    frog = data.frog()
    edge = np.outer([1, 2, 3, 2, 1], [1, 2, 0, -2, -1])
    filters = np.stack([edge, edge.T])[:, None].repeat(3, axis=1)
    maps = sc.conv2d(frog.transpose(2, 0, 1)[None].astype(float), filters)[0]
    shown = [picture(signed_pixels(one), (74 + 43 * place, 12), 40) for place, one in enumerate(maps)]
    return svg(LARGE, picture(frog, (2, 6), 52), arrow(">M58 32H67", (69, 32)), *shown)


def layer_gradient():
    """A gradient for each output, and what every pixel is told."""
    dy, dx = (6, 18), (76, 4)
    return svg(
        LARGE, board((2, 3), dy, 14, GRADIENT), arrow(">M54 32H68", (70, 32)),
        counts(covered((5, 7), (3, 3), 2), dx, 11),
    )


def equal():
    """Two results, number by number the same."""
    return svg(
        LARGE, board((4, 4), (8, 4), 14, OUTPUT), sign("=", 80, 37), board((4, 4), (96, 4), 14, OUTPUT),
    )


CHAPTERS = {
    1: slide, 2: flip, 3: index_window, 4: many_kernels, 5: channels, 6: batch, 7: borders, 8: stride, 10: full,
    13: one_gradient, 14: coverage, 17: lowered_rows,
}
BUILT = {"view_index": all_windows, "conv2d": feature_maps, "conv2d_grad": layer_gradient, "adjoint_gap": equal}
