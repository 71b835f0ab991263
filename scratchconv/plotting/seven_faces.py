"""One operator, seven faces: the same output computed in seven ways, all lit together."""

from __future__ import annotations

from itertools import chain
from typing import NamedTuple

import numpy as np

from .. import methods, shapes
from ..conv import conv2d
from ..methods.toeplitz import toeplitz_matrix
from ..windows import window_index, window_offsets, window_view
from .board import Board, arc, unread
from .lettering import factor, show, text_width
from .palette import ROLES, SIGNED, blend, signed_pixels

# Everything below is in cells of a column: 18.2 of them across, 18 px each.
ACROSS, TITLE, GAP = 18.2, 1.3, 0.6
RESULT = (1.1, 1.8)  # height and width of the tile that holds an output
RIGHT = ACROSS - RESULT[1]
PIXELS, TAPS, OUTPUTS = 16, 6, 3  # the most that has room; outputs along each axis


def seven_faces(x, w, *, start=None):
    """The same output as a loop, an index window, a row of views, strides, einsum, a matrix and a product of spectra.

    Parameters
    ----------
    x : array_like, shape (H, W)
        The image, of small whole numbers.
    w : array_like, shape (KH, KW)
        The kernel, of small whole numbers.
    start : int, optional
        The output shown first, counted in reading order; by default one past the middle.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each output.

    Raises
    ------
    ValueError
        If the kernel does not fit into the image, or there are more than 16 pixels, 3×3 outputs or 6 taps.
    ImportError
        If SciPy is missing: the matrix is one of its sparse arrays.

    See Also
    --------
    scratchconv.conv2d : ``method=`` picks one of the faces.
    scratchconv.toeplitz_matrix : the sixth.

    Notes
    -----
    Each green tile holds the number that its own way has computed. In the last face the sixteen numbers are what
    each frequency gives to the output, ``product * exp(2πi (k i / H + l j / W)) / (H W)``: the real parts, because
    the imaginary ones of k and −k cancel. Up to 4.4 kB a frame, 96 kB in all.

    Examples
    --------
    >>> x = np.arange(1, 17).reshape(4, 4)
    >>> figure = seven_faces(x, [[1, 2], [3, 4]])
    >>> len(figure.frames)
    9
    """
    facts = _facts(np.asarray(x), np.asarray(w))
    left, right = _Sheet(), _Sheet()
    _column(left, facts, [_loop, _index, _views, _strides])
    _column(right, facts, [_einsum, _toeplitz, _fourier])

    board, panels = _board(facts, left, right)
    moving = [pair for panel, sheet in zip(panels, (left, right), strict=True) for pair in sheet.paint(board, panel)]
    for k, (i, j) in enumerate(np.ndindex(facts.OH, facts.OW)):
        caption = f"y[{i},{j}] = {show(facts.results['loop'][k])}, seven times"
        board.frame(caption, {handle: state(k) for handle, state in moving})
    return board.finish(start=min(facts.N // 2 + 1, facts.N - 1) if start is None else start, hold=1100)


def _board(facts, left, right):
    """Two columns side by side; on a phone one below the other."""
    columns, wide, narrow, between = (left, right), 326, 342, 44  # px
    tall, narrow_tall = ([(sheet.rows + 0.04) * px / (ACROSS + 0.04) for sheet in columns] for px in (wide, narrow))
    board = Board(
        max(tall),
        f"The same output of a {facts.H} by {facts.W} image and a {facts.KH} by {facts.KW} kernel lights up seven "
        "times: as a loop, an index window, a row of views, strides in memory, einsum, a row of the Toeplitz matrix "
        "and a sum over all frequencies.",
        narrow_height=sum(narrow_tall) + between,
    )
    places = ((0, 0), (0, 0)), ((672 - wide, 0), (0, narrow_tall[0] + between))
    panels = [
        board.panel(sheet.rows, ACROSS, (*place, wide, tall[n]), (*narrow_place, narrow, narrow_tall[n]), sheet.title)
        for n, (sheet, (place, narrow_place)) in enumerate(zip(columns, places, strict=True))
    ]
    return board, panels


# ------------------------------------------------------------------------------------------- the numbers


class _Facts(NamedTuple):
    """Everything the figure says, computed once."""

    x: np.ndarray
    w: np.ndarray
    H: int
    W: int
    KH: int
    KW: int
    OH: int
    OW: int
    first: np.ndarray  # (K,) flat indices of window 0
    offsets: np.ndarray  # (N,)
    steps: tuple  # strides of the 4-D view, in items
    matrix: np.ndarray  # (N, H*W)
    taps: np.ndarray  # (N, K): where the matrix holds weights
    spectra: list  # sizes of X, W and their product, each (H, W)
    shares: np.ndarray  # (N, H, W): what each frequency gives to each output
    results: dict  # face -> (N,) outputs

    @property
    def N(self):
        return len(self.offsets)

    def windows(self, k):
        """Flat indices of window k."""
        return (self.first + self.offsets[k]).tolist()

    def terms(self, k):
        """(pixel, weight) for each tap of window k."""
        return list(zip(self.x.flat[self.windows(k)].tolist(), self.w.ravel().tolist(), strict=True))

    def so_far(self, k):
        """The running sum, tap by tap."""
        return np.cumsum([pixel * weight for pixel, weight in self.terms(k)])

    def corner(self, k):
        """Row and column of output k, and of its window."""
        return divmod(k, self.OW)

    def output(self, k):
        """Its name."""
        return "y[{},{}]".format(*self.corner(k))

    def tap(self, k, t):
        """The names of what tap t multiplies."""
        (i, j), (u, v) = self.corner(k), divmod(t, self.KW)
        return f"x[{i + u},{j + v}] · w[{u},{v}]"


def _facts(x, w):
    x, w = shapes.image(x, "x"), shapes.image(w, "w")
    OH, OW = (n - k + 1 for n, k in zip(x.shape, w.shape, strict=True))
    if x.size > PIXELS or w.size > TAPS or max(OH, OW) > OUTPUTS:
        raise ValueError(
            f"seven faces have room for {PIXELS} pixels, {TAPS} taps and {OUTPUTS} × {OUTPUTS} outputs, got {x.size}, "
            f"{w.size} and {OH} × {OW}: use a smaller image"
        )
    y, T = conv2d(x[None, None], w[None, None], method="loops")[0, 0], toeplitz_matrix(w, x.shape)
    first, offsets = window_index(w.shape, x.shape), window_offsets(x.shape, w.shape)
    image, kernel = (a.astype(np.result_type(a, np.int64)) for a in (x, w))
    view = window_view(np.ascontiguousarray(image), w.shape)
    views = image.ravel()[offsets[:, None] + first]
    results = {
        "loop": y.ravel(),
        "index": np.array([image.flat[first + offset] @ kernel.ravel() for offset in offsets]),
        "views": views @ kernel.ravel(),
        "strides": _by_method("strided", x, w),
        "einsum": methods.einsum(image[None, None], kernel[None, None]).ravel(),
        "toeplitz": T @ image.ravel(),
        "fourier": _by_method("fourier", x, w),
    }
    taps = T.indices.reshape(y.size, w.size)
    steps = tuple(step // view.itemsize for step in view.strides)
    spectra, shares = _frequencies(x, w, y.shape)
    return _Facts(x, w, *x.shape, *w.shape, *y.shape, first, offsets, steps, T.toarray(), taps,
                  spectra, shares, results)


def _by_method(name, x, w):
    return conv2d(x[None, None], w[None, None], method=name).ravel()


def _frequencies(x, w, outputs):
    """The sizes of three spectra, and the share of every frequency in every output."""
    X, W = np.fft.fft2(x), np.fft.fft2(w, x.shape)
    product = X * W.conj()
    rows, columns = (np.arange(n) / n for n in x.shape)
    turns = [rows[:, None] * i + columns * j for i, j in np.ndindex(outputs)]  # this output's wave, in full turns
    shares = (product * np.exp(2j * np.pi * np.array(turns))).real / x.size
    return [_tidy(np.abs(a)) for a in (X, W, product)], _tidy(shares)


def _tidy(values):
    """Without the rounding errors of the transforms, so that whole numbers look whole."""
    return np.where(np.abs(values - values.round()) < 1e-9, values.round() + 0.0, values)


# ---------------------------------------------------------------------------------------------- a column


class _Sheet:
    """One column of faces: each adds its parts here, and those of one kind are painted as one trace."""

    def __init__(self):
        self.rows, self.title = 0, ""
        self.room, self.room_of_shares = 1.7, 0  # of the large numbers and of the shares, in cells
        self.tiles = {role: [] for role in ("input", "output", "kernel", "empty")}
        self.small, self.large, self.labels = [], [], []  # (x, y, text, hover)
        self.lit, self.results, self.said, self.arrows, self.rings, self.covers = [], [], [], [], [], []  # k -> …
        self.notes = []  # k -> (x, y, text): numbers that change, in cells of the shares
        self.colours = []  # (at, pixels or k -> pixels, hovers or k -> hovers, size in cells)

    def array(self, where, cells, values, hovers):
        """Numbers in cells."""
        for cell, value, hover in zip(cells, values, hovers, strict=True):
            where.append((*_centre(cell), show(value), hover))

    def head(self, top, title):
        """The title of a face; returns the row below it. The first one stands above the panel."""
        if top == 0:
            self.title = title
            return 0
        self.label(0, top + 0.6, title)
        return top + TITLE

    def label(self, x, y, text):
        self.labels.append((x - 0.5, y - 0.5, text, ""))

    def say(self, x, y, text, told):
        """Words that change: text(k), and what stands before them under the pointer, told(k)."""
        self.said.append(lambda k: (x - 0.5, y - 0.5, text(k), f"{told(k)}: "))

    def result(self, cell, values=None, told=None):
        """A tile that holds an output: cell(k), and values[k] with told(k) unless the number stands there already."""
        self.results.append((cell, values, told))

    def paint(self, board, panel):
        """Everything onto a panel, in order; returns (handle, k -> its state)."""
        for role, cells in self.tiles.items():
            if cells:
                board.tiles(panel, cells, role)
        moving = [
            (board.stencil(panel, _all(self.lit, 0), "kernel", border=2), lambda k: _all(self.lit, k)),
            (board.stencil(panel, self._tiles(0), "output", border=2), self._tiles),
        ]
        moving += [pair for colours in self.colours for pair in self._squares(board, panel, *colours)]
        for entries, size, bold, room in ((self.small, 11, False, 0.92), (self.large, 15, True, self.room)):
            if entries:
                x, y, texts, hovers = zip(*entries, strict=True)
                board.words(panel, x, y, texts, size=size, bold=bold, cells=room, role="tile", align="center",
                            hover=hovers)
        if self.notes:
            moving.append((self._words(board, panel, _all(self.notes, 0), size=12, role="tile", align="center",
                                       cells=self.room_of_shares), lambda k: _placed(_all(self.notes, k))))
        if self.covers:
            moving.append((board.stencil(panel, _all(self.covers, 0), "empty"), lambda k: _all(self.covers, k)))
        moving.append((self._words(board, panel, self._numbers(0), size=13, bold=True, role="tile", align="center",
                                   cells=RESULT[1]), lambda k: _placed(self._numbers(k))))
        x, y, texts, _ = zip(*self.labels, strict=True)
        board.words(panel, x, y, texts, size=14, role="muted")
        moving.append((self._words(board, panel, self._said(0), size=14), lambda k: _placed(self._said(k))))
        if self.arrows:
            moving.append((board.arrow(panel, _all(self.arrows, 0)), lambda k: _all(self.arrows, k)))
        if self.rings:
            moving.append((board.outline(panel, _all(self.rings, 0), "kernel"), lambda k: _all(self.rings, k)))
        return moving

    def _tiles(self, k):
        return [cell(k) for cell, _, _ in self.results]

    def _numbers(self, k):
        return [(*_centre(cell(k)), show(values[k]), f"{told(k)} = ")
                for cell, values, told in self.results if values is not None]

    def _said(self, k):
        return [words(k) for words in self.said]

    @staticmethod
    def _words(board, panel, entries, **style):
        x, y, texts, *hovers = zip(*entries, strict=True)
        return board.words(panel, x, y, texts, hover=hovers[0] if hovers else None, **style)

    @staticmethod
    def _squares(board, panel, at, pixels, hovers, size):
        px, narrow_px = (round(panel.cell(design)[0] * size * 0.94, 1) for design in ("wide", "narrow"))
        still = not callable(pixels)
        layer = board.cells(panel, pixels if still else pixels(0), px=px, narrow_px=narrow_px, at=at,
                            hover=hovers if still else hovers(0))
        return [] if still else [(layer, lambda k: {"values": pixels(k), "hover": hovers(k)})]


def _column(sheet, facts, faces):
    for face in faces:
        sheet.rows = face(sheet, facts, sheet.rows + GAP * (face is not faces[0]))


def _all(parts, k):
    return list(chain(*(part(k) for part in parts)))


def _placed(entries):
    return dict(zip(("x", "y", "text", "hover"), zip(*entries, strict=True), strict=False))


def _block(top, left, shape, height, width=None):
    """The cells of an array, each `height` × `width`, from the upper left corner on."""
    width = height if width is None else width
    return [(top + i * height, left + j * width, height, width) for i, j in np.ndindex(*shape)]


def _centre(cell):
    row, column, height, width = cell
    return column + (width - 1) / 2, row + (height - 1) / 2


def _runs(facts, y, places):
    """The places of a window on a strip: one run for each row of the kernel."""
    return [(y, n, 1, facts.KW) for n in places[:: facts.KW]]


def _under(top, left, size, shape):
    """The one cell that covers `shape` cells of `size`."""
    return top, left, shape[0] * size, shape[1] * size


# ----------------------------------------------------------------------------------------------- the faces
# Each takes the sheet, the facts and the row it starts at, and returns the row it ends at.


def _loop(sheet, facts, top):
    y, size = sheet.head(top, "<b>1</b> · loop: for i, for j, for u, for v"), 6.8 / max(facts.H, facts.W)
    sheet.room = min(size, 1.7)
    pixels = _block(y, 0, facts.x.shape, size)
    sheet.tiles["input"] += pixels
    sheet.array(sheet.large, pixels, facts.x.flat, [f"x[{i},{j}]" for i, j in np.ndindex(facts.x.shape)])
    sheet.lit.append(lambda k: [_under(y + facts.corner(k)[0] * size, facts.corner(k)[1] * size, size, facts.w.shape)])

    line = 6.8 / (facts.w.size + 1)
    sheet.say(7.6, y + line / 2, lambda k: "<b>i = {}, j = {}</b>".format(*facts.corner(k)), lambda k: f"output {k}")
    sheet.label(RIGHT, y + line / 2, "sum")
    for t in range(facts.w.size):
        sheet.say(7.6, y + (t + 1.5) * line, lambda k, t=t: _product(*facts.terms(k)[t]),
                  lambda k, t=t: facts.tap(k, t))
    for t in range(facts.w.size - 1):
        sheet.say(RIGHT + 0.2, y + (t + 1.5) * line, lambda k, t=t: show(facts.so_far(k)[t]),
                  lambda k, t=t: f"taps 0 … {t}")
    sheet.result(lambda k: (y + 6.8 - line / 2 - RESULT[0] / 2, RIGHT, *RESULT), facts.results["loop"],
                 lambda k: f"all taps: {facts.output(k)}")
    return y + 6.8


def _product(pixel, weight):
    return f"{show(pixel)} · {factor(weight)} = {show(pixel * weight)}"


def _index(sheet, facts, top):
    y, pixels = sheet.head(top, "<b>2</b> · index window: add a constant"), facts.x.size
    cells = _block(y, 0, (1, pixels), 1)
    sheet.tiles["input"] += cells
    sheet.array(sheet.small, cells, range(pixels), [f"flat index {n}<br>holds {show(facts.x.flat[n])}"
                                                    for n in range(pixels)])
    sheet.lit.append(lambda k: _runs(facts, y, facts.windows(k)))
    sheet.result(lambda k: (y - 0.05, RIGHT, *RESULT), facts.results["index"],
                 lambda k: f"offset {facts.offsets[k]}: {facts.output(k)}")
    start = _spaced(facts.first)
    sheet.say(0, y + 1.7, lambda k: f"{start}  + {facts.offsets[k]}  =  {_spaced(facts.windows(k))}",
              lambda k: f"window {k}")
    return y + 2.3


def _spaced(numbers):
    return " ".join(str(n) for n in numbers)


def _views(sheet, facts, top):
    y = sheet.head(top, "<b>3</b> · views: row times kernel")
    (N, K), row, wide = (facts.N, facts.w.size), 0.88, max(5, facts.w.size)
    index = facts.first + facts.offsets[:, None]
    cells = _block(y, 0, (N, K), row, wide / K)
    sheet.tiles["input"] += cells
    sheet.array(sheet.small, cells, facts.x.flat[index].ravel(), [f"window {k}, tap {t}" for k, t in np.ndindex(N, K)])

    beside, below = wide + 1.3, y + (N - K) / 2 * row
    kernel = _block(below, beside, (K, 1), row, 1.25)
    sheet.lit.append(lambda k: [(y + k * row, 0, row, wide), (below, beside, K * row, 1.25)])
    sheet.array(sheet.small, kernel, facts.w.flat, [f"w, tap {t}" for t in range(K)])
    sheet.label(wide + 0.3, y + N * row / 2, "@")
    sheet.label(beside + 1.5, y + N * row / 2, "=")
    sheet.result(lambda k: (y + k * row, beside + 2.5, row, RESULT[1]), facts.results["views"],
                 lambda k: f"row {k} @ w: {facts.output(k)}")
    return max(y + N * row, _folded(sheet, facts, y, ACROSS - 1.7 * facts.OW))


def _folded(sheet, facts, top, left):
    """The column of outputs as the map y, covered as far as it is not computed yet."""
    shape, size = (facts.OH, facts.OW), 1.7
    maps = _block(top, left, shape, size)
    sheet.label(left, top - TITLE + 0.6, "folded: y")
    sheet.tiles["output"] += maps
    sheet.array(sheet.large, maps, facts.results["views"], [f"y[{i},{j}]" for i, j in np.ndindex(shape)])
    sheet.result(lambda k: maps[k])
    sheet.covers.append(lambda k: [(top + i * size, left + j * size, size, wide * size)
                                   for i, j, _, wide in unread(k, shape)])
    return top + facts.OH * size


def _strides(sheet, facts, top):
    high, pixels = 1.8, facts.x.size
    y = high + sheet.head(top, "<b>4</b> · strides: jumps of ({}, {}, {}, {}) in memory".format(*facts.steps))
    cells = _block(y, 0, (1, pixels), 1)
    sheet.tiles["input"] += cells
    sheet.array(sheet.small, cells, facts.x.flat, [f"x[{n // facts.W},{n % facts.W}]" for n in range(pixels)])
    sheet.lit.append(lambda k: _runs(facts, y, _jumped(facts, k)))
    sheet.result(lambda k: (y - 0.05, RIGHT, *RESULT), facts.results["strides"],
                 lambda k: f"sum over u, v: {facts.output(k)}")
    sheet.arrows.append(lambda k: _jumps(facts, k, y - 0.55, high - 0.1))
    sheet.say(0, y + 1.7, lambda k: "{}·{} + {}·{}  + u·{} + v·{}".format(
        facts.corner(k)[0], facts.steps[0], facts.corner(k)[1], facts.steps[1], *facts.steps[2:]),
        lambda k: f"window {k}")
    return y + 2.3


def _jumped(facts, k):
    """Where the four strides lead for output k: the items of its window."""
    (i, j), (a, b, c, d) = facts.corner(k), facts.steps
    return [i * a + j * b + u * c + v * d for u, v in np.ndindex(facts.w.shape)]


def _jumps(facts, k, y, high):
    """Arcs from item 0 to the window's corner, down one row of it, and along its rows."""
    (i, j), (a, b, c, d) = facts.corner(k), facts.steps
    corner = i * a + j * b
    ways = [(0, i * a), (i * a, corner)]
    ways += [(corner + u * c, corner + u * c + c) for u in range(facts.KH - 1)]
    ways += [(corner + u * c + v * d, corner + u * c + v * d + d) for u, v in np.ndindex(facts.KH, facts.KW - 1)]
    return [_hop(start, end, y, high) for start, end in ways]


def _hop(start, end, y, high):
    way = end - start
    rise = min(high, 0.45 + 0.17 * way) if way else 0
    points = arc((start, y), (end, y), bulge=rise / (way or 1), points=7)
    return [(round(a, 2), round(b, 2)) for a, b in points]  # a fifth of a px; frames are short of bytes


def _einsum(sheet, facts, top):
    y = sheet.head(top, "<b>5</b> · einsum: a product of letters") + 1.15
    (OH, OW), (KH, KW) = (facts.OH, facts.OW), facts.w.shape
    size, gap = 0.92, 0.5

    def corner(i, j):
        return y + i * (KH * size + gap), j * (KW * size + gap)

    for i, j in np.ndindex(OH, OW):
        cells = _block(*corner(i, j), (KH, KW), size)
        sheet.tiles["input"] += cells
        sheet.array(sheet.small, cells, facts.x[i : i + KH, j : j + KW].flat,
                    [f"view[{i},{j},{u},{v}]" for u, v in np.ndindex(KH, KW)])
    sheet.lit.append(lambda k: [_under(*corner(*facts.corner(k)), size, (KH, KW))])

    wide, cell = OW * (KW * size + gap) - gap, 1.3
    left = wide + 1.6
    kernel = _block(y, left, (KH, KW), cell)
    sheet.tiles["kernel"] += kernel
    sheet.array(sheet.small, kernel, facts.w.flat, [f"w[{u},{v}]" for u, v in np.ndindex(KH, KW)])
    sheet.result(lambda k: (y, RIGHT, *RESULT), facts.results["einsum"],
                 lambda k: f"sum over u, v: {facts.output(k)}")
    arrow = (left + KW * cell + RIGHT) / 2 - 0.4
    for x, letters in (0, "<b>ijuv</b>"), (wide + 0.4, ","), (left, "<b>uv</b>"), (arrow, "->"), (RIGHT, "<b>ij</b>"):
        sheet.label(x, y - 0.65, letters)
    below = y + KH * cell + 1
    sheet.say(left, below, lambda k: "<b>i = {}, j = {}</b> stay".format(*facts.corner(k)), lambda k: f"output {k}")
    sheet.say(left, below + 1.3, lambda k: "<b>u, v</b> are summed", lambda k: f"{KH * KW} products")
    return max(corner(OH, OW)[0] - gap, below + 2)


def _toeplitz(sheet, facts, top):
    (N, pixels), row = facts.matrix.shape, 0.95
    y = sheet.head(top, f"<b>6</b> · Toeplitz matrix, {N} × {pixels}: a row is a window")
    above = _block(y, 0, (1, pixels), 1)
    sheet.tiles["input"] += above
    sheet.array(sheet.small, above, facts.x.flat, [f"x.ravel()[{n}]" for n in range(pixels)])
    sheet.lit.append(lambda k: _runs(facts, above[0][0], facts.taps[k]))
    sheet.label(pixels + 0.6, y + 0.5, "<b>x</b>")

    y += 1.4
    taps = [(k, n) for k in range(N) for n in facts.taps[k].tolist()]
    weights = [(y + k * row, n, row, 1) for k, n in taps]
    sheet.tiles["kernel"] += weights
    sheet.tiles["empty"] += [cell for cell in _block(y, 0, (N, pixels), row, 1) if cell not in weights]
    sheet.array(sheet.small, weights, [facts.matrix[tap] for tap in taps], [f"T[{k},{n}]" for k, n in taps])
    sheet.rings.append(lambda k: [(y + k * row, 0, row, pixels)])
    sheet.result(lambda k: (y + k * row, RIGHT, row, RESULT[1]), facts.results["toeplitz"],
                 lambda k: f"row {k} @ x: {facts.output(k)}")
    return y + N * row


def _fourier(sheet, facts, top):
    y = sheet.head(top, "<b>7</b> · Fourier: every frequency has a share")
    side, shares, places = 2.4, 5.2, (0, 3.1, 6.5)
    size, middle = side / max(facts.H, facts.W), y + shares / 2
    names, roles = ("|X|", "|W|", "|product|"), ("input", "kernel", "output")
    spectra = [_block(middle - side / 2, left, facts.x.shape, size) for left in places]
    tints = [_tinted(*pair) for pair in zip(facts.spectra, roles, strict=True)]
    told = [_told(*pair) for pair in zip(names, facts.spectra, strict=True)]
    sheet.colours.append((_points(chain(*spectra)), np.concatenate(tints)[None], list(chain(*told)), size))
    for left, name in zip(places, names, strict=True):
        beside = (side - text_width(name, 14) / 18) / 2  # cells, so that the name stands in the middle
        sheet.label(max(0, left + beside), middle + side / 2 + 0.75, name)
    for left, sign in (2.63, "·"), (5.66, "="), (9.35, "→"):
        sheet.label(left, middle, sign)
    _shares(sheet, facts, y, 10.6, shares)
    sheet.result(lambda k: (middle - RESULT[0] / 2, RIGHT, *RESULT), facts.results["fourier"],
                 lambda k: f"all shares: {facts.output(k)}")
    return y + shares + 1.3


def _shares(sheet, facts, y, left, side):
    """What each frequency gives to the output: colours, and numbers if all are whole and have room."""
    size = side / max(facts.H, facts.W)
    cells = _block(y, left, facts.x.shape, size)
    most = np.abs(facts.shares).reshape(facts.N, -1)[:, 1:].max(initial=0) or 1  # frequency 0 is off the scale
    sheet.colours.append((_points(cells), lambda k: _signed(facts.shares[k], most),
                          lambda k: _told("gives", facts.shares[k]), size))
    if max(facts.H, facts.W) <= 4 and np.array_equal(facts.shares, facts.shares.round()):
        sheet.room_of_shares = size
        sheet.notes.append(lambda k: [(*_centre(cell), show(int(share) or None))
                                      for cell, share in zip(cells, facts.shares[k].flat, strict=True)])
    sheet.say(left, y + side + 0.65, lambda k: f"shares of {facts.output(k)}",
              lambda k: f"of {facts.x.size} frequencies")


def _points(cells):
    return [list(values) for values in zip(*(_centre(cell) for cell in cells), strict=True)]


def _tinted(spectrum, role):
    """Sizes as tints of a role's colour: their square roots, because frequency 0 towers over the others."""
    t = np.sqrt(spectrum.ravel() / (spectrum.max() or 1))
    return blend((SIGNED[2], ROLES[role].tile, ROLES[role].line), t)


def _signed(shares, most):
    """Blue and red as on every page, up to half the ramp: dark ink stays readable."""
    return signed_pixels(shares.clip(-most, most), limit=2 * most)


def _told(name, values):
    return [f"frequency {k},{l}<br>{name} {show(float(v))}" for (k, l), v in np.ndenumerate(values)]
