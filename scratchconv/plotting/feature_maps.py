"""Chapter 21: one picture on its way through the first layer, filter by filter."""

from __future__ import annotations

import numpy as np

from ..conv import conv2d
from .board import Board, box, cell_size, check_frames
from .lettering import factor, show
from .palette import CORNER, GREYS, NUMBER, blend, signed_pixels

STAGES = ("filter", "map", "after ReLU", "pooled")
POOL = 2  # rows and columns that become one
GAP, HEAD, FOOT = 1.4, 4, 0.6  # cells of a map: between two, above each row for its name, under it
EDGE = 0.7  # and beside all, for the outline of a lit column
SHADES = 15  # of red, and as many of blue
BESIDE, ABOVE, LINE = 30, 32, 25  # px beside and above panels, and of a line of words


def feature_maps(image, w, b=None):
    """One image through a layer: filters, maps, what ReLU leaves and what pooling makes of it, as small pictures.

    Parameters
    ----------
    image : array_like, shape (H, W)
        A grey picture, from its smallest value, black, to its largest, white.
    w : array_like, shape (F, 1, KH, KW)
        The filters.
    b : array_like, shape (F,), optional
        Their biases, if they have any.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each filter, which lights its column of pictures and the window where it answers most.

    Raises
    ------
    ValueError
        If the image is not a grey one, or the shapes do not fit together.

    See Also
    --------
    learning : how such filters come about.
    scratchconv.conv2d : computes the maps.

    Notes
    -----
    Chapter 21. All maps share one scale of colours, and the filters another. Pooling takes means of 2 × 2 outputs; a
    last row or column that is alone is left out. About 1.6 kB a frame.

    Examples
    --------
    >>> image = np.zeros((5, 6))
    >>> image[1:3, 2:5] = 1
    >>> w = [[[[1, 1], [1, 1]]], [[[-1, 1], [-1, 1]]]]
    >>> figure = feature_maps(image, w)
    >>> [step.label for step in figure.layout.sliders[0].steps]
    ['filter 0: most at row 1, col 2', 'filter 1: most at row 1, col 1']
    """
    image, w = np.asarray(image, dtype=float), np.asarray(w, dtype=float)
    if image.ndim != 2:
        raise ValueError(f"the image is grey, (H, W), got shape {image.shape}")
    check_frames(len(w), "filter")
    y = conv2d(image[None, None], w, b)[0]  # (F, OH, OW)
    board, parts = _painted(image, w, y)
    KH, KW = w.shape[2:]
    for f, kernel in enumerate(w[:, 0]):
        i, j = (int(at) for at in np.unravel_index(y[f].argmax(), y[f].shape))
        patch = image[i : i + KH, j : j + KW]
        products = patch * kernel
        board.frame(f"filter {f}: most at row {i}, col {j}", {
            parts["window"]: (i, j, KH, KW), parts["patch"]: _seen(image, i, j, (KH, KW)),
            parts["kernel"]: _short(kernel), parts["products"]: _short(products),
            parts["words"]: _told(y, b, (f, i, j)),
            parts["column"]: _column(f, w.shape, y.shape), parts["outputs"]: _outputs(f, i, j, y.shape),
        })  # fmt: skip
    return board.finish(start=int(np.argmax(y.max(axis=(1, 2)))))


def _told(y, b, place):
    """What the products, and a bias, add up to."""
    more = "" if b is None else f" + {factor(round(float(b[place[0]]), 2))}"
    return [f"sum of products{more}", "= <b>y</b>[{},{},{}] = <b>{}</b>".format(*place, show(y[place], 3))]


def stages(y):
    """What becomes of the maps (F, OH, OW): themselves, without what is negative, and means of 2 × 2 outputs.

    >>> [stage.tolist() for stage in stages(np.array([[[-4, 8, 1], [0, 4, 1]]]))]
    [[[[-4, 8, 1], [0, 4, 1]]], [[[0, 8, 1], [0, 4, 1]]], [[[3.0]]]]
    """
    left = np.maximum(y, 0)
    F, OH, OW = (size // step for size, step in zip(y.shape, (1, POOL, POOL), strict=True))
    blocks = left[:, : OH * POOL, : OW * POOL].reshape(F, OH, POOL, OW, POOL)
    return y, left, blocks.mean(axis=(2, 4))  # the last: (F, OH // 2, OW // 2)


# ------------------------------------------------------------------------------------------------ colours


def _grey(image):
    """The pixels of the image."""
    low, high = image.min(), image.max()
    return blend(GREYS, (image - low) / ((high - low) or 1))


def _seen(image, i, j, size):
    """The pixels of the window at (i, j), and what each is."""
    window = np.s_[i : i + size[0], j : j + size[1]]
    places = [(i + u, j + v) for u, v in np.ndindex(size)]
    return {"values": _grey(image)[window], "hover": ["x[{},{}] = {}".format(*at, show(image[at], 2)) for at in places]}


def _shaded(values, limit):
    """A map as pixels, in whole shades: few colours make a small picture, and the page holds many."""
    return signed_pixels(np.rint(values / limit * SHADES), SHADES)


def _short(values):
    """Weights and products with two places, which are short in a frame."""
    return np.round(values, 2)


def _limit(values):
    return float(np.ceil(10 * np.abs(values).max(initial=0)) / 10) or 1.0


# ------------------------------------------------------------------------------------------------- places


def _corner(f, row, shape):
    """Row and column of the upper left corner of a small picture, in outputs of a map."""
    _, OH, OW = shape
    return HEAD + row * (OH + FOOT + HEAD) + HEAD, f * (OW + GAP) + EDGE


def _place(f, row, size, shape):
    """The cell (row, column, height, width) of a small picture, as large as a map allows."""
    top, left = _corner(f, row, shape)
    scale = min(shape[1] / size[0], shape[2] / size[1])
    return top, left, scale * size[0], scale * size[1]


def _column(f, w_shape, shape):
    """The cells of a column: its number and its small pictures."""
    sizes = w_shape[2:], shape[1:], shape[1:], _pooled(shape)
    pictures = [_place(f, row, size, shape) for row, size in enumerate(sizes)]
    return [(0.6, pictures[1][1], HEAD - 1.4, shape[2]), *pictures]


def _pooled(shape):
    return tuple(size // POOL for size in shape[1:])


def _extent(shape):
    F, OH, OW = shape
    return HEAD + len(STAGES) * (OH + FOOT + HEAD), F * (OW + GAP) - GAP + 2 * EDGE


def _outputs(f, i, j, shape):
    """The strongest output in the map, after ReLU, and where pooling has put it."""
    cells = []
    for row in (1, 2):
        top, left = _corner(f, row, shape)
        cells.append((top + i, left + j, 1, 1))
    blocks = _pooled(shape)
    top, left, height, _ = _place(f, 3, blocks, shape)
    side = height / blocks[0]
    i, j = (min(at // POOL, size - 1) for at, size in zip((i, j), blocks, strict=True))
    return [*cells, (top + i * side, left + j * side, side, side)]


def _pixels(f, values, place):
    """(x, y, what is hovered) for each pixel of a small picture; short, for there are many."""
    top, left, height, width = place
    down, across = height / values.shape[0], width / values.shape[1]
    return [(left - 0.5 + (v + 0.5) * across, top - 0.5 + (u + 0.5) * down,
             f"filter {f}, row {u}, column {v}: {show(value, 2)}") for (u, v), value in np.ndenumerate(values)]


def _painted(image, w, y):
    """The finished board and its moving parts by name."""
    (F, _, KH, KW), shape = w.shape, y.shape
    places = _places(image.shape, (KH, KW), shape)
    board = Board(
        places["height"][0],
        f"A picture and what {F} filters make of it: a column of small pictures for each filter, from its weights to "
        "its pooled map; one column is lit, and in the picture the window where its filter answers most.",
        narrow_height=places["height"][1],
    )
    whole = board.panel(*image.shape, *places["x"], "image <b>x</b>")
    patch, kernel, product = (board.panel(KH, KW, *places[name], name) for name in ("window", "filter", "product"))
    words = board.panel(2, 1, *places["words"], square=False)
    grid = board.panel(*_extent(shape), *places["grid"])
    board.picture(whole, _grey(image))
    parts = {"window": board.outline(whole, (0, 0, KH, KW), "picture")}
    limit = _limit(w)
    taps = [f"row {u}, column {v}" for u, v in np.ndindex(KH, KW)]
    parts["patch"] = board.cells(patch, _grey(image)[:KH, :KW], hover=taps)
    parts["kernel"] = board.cells(kernel, w[0, 0], limit=limit, hover=[f"{tap}<br>weight " for tap in taps])
    parts["products"] = board.cells(product, w[0, 0], limit=limit, hover=[f"{tap}<br>product " for tap in taps])
    parts["words"] = board.words(words, -0.5, [0, 1], [None] * 2, size=NUMBER)
    _paint_grid(board, grid, w, y)
    parts["outputs"] = board.outline(grid, [(0, 0, 0, 0)], "output", width=2, inset=0)
    parts["column"] = board.outline(grid, [(0, 0, 0, 0)], "kernel", width=2.5, inset=-0.3)
    return board, parts


def _paint_grid(board, grid, w, y):
    """All small pictures, a row for each stage, with the names of rows and columns."""
    F, _, OW = y.shape
    limits = _limit(w), *[_limit(y)] * 3
    told = []
    for row, maps in enumerate((w[:, 0], *stages(y))):
        for f, values in enumerate(maps):
            place = _place(f, row, values.shape, y.shape)
            board.picture(grid, _shaded(values, limits[row]), place)
            told += _pixels(f, values, place)
    board.places(grid, *zip(*told, strict=True))
    tops = [_corner(0, row, y.shape)[0] - HEAD / 2 - 0.7 for row in range(len(STAGES))]
    names = [f"{stage}, {show(-limit)} to {show(limit)}" for stage, limit in zip(STAGES, limits, strict=True)]
    board.words(grid, EDGE - 0.5, tops, names, size=CORNER, narrow_size=11, role="muted")
    middles = [_corner(f, 0, y.shape)[1] + OW / 2 - 0.5 for f in range(F)]
    board.words(grid, middles, HEAD / 2 - 0.8, [str(f) for f in range(F)], size=CORNER, bold=True, align="center",
                hover=[f"filter {f}<br>outputs {show(m.min(), 2)} to {show(m.max(), 2)}" for f, m in enumerate(y)])


def _places(x_shape, w_shape, y_shape):
    """Boxes (wide, narrow) by name, and the two heights of the board."""
    places, heights = {}, []
    rows, columns = _extent(y_shape)
    for width in (672, 342):
        phone = width < 500
        image = box(0, 0, *x_shape, cell_size(*x_shape, 110 if phone else 200, 130 if phone else 200))
        left, top = (image[2] + 18, 0) if phone else (0, image[3] + ABOVE)
        room = ((width if phone else 206) - left + 14) / 3
        cell = cell_size(*w_shape, room - 14, 80)
        three = [box(left + k * room, top, *w_shape, cell) for k in range(3)]
        words = (left, top + three[0][3] + 4, width - left if phone else 206, 2 * LINE)
        start = (0, max(image[3], words[1] + words[3]) + 4) if phone else (206 + BESIDE, 0)
        grid = box(*start, rows, columns, cell_size(rows, columns, width - start[0], 420))
        boxes = {"x": image, **dict(zip(("window", "filter", "product"), three, strict=True)), "words": words,
                 "grid": grid}  # fmt: skip
        for name, place in boxes.items():
            places[name] = (*places.get(name, ()), place)
        heights.append(max(place[1] + place[3] for place in boxes.values()))
    return places | {"height": heights}
