"""Cut the work of a layer into slabs, so that temporaries stay small whatever the batch and the image.

A slab is some images times some output rows times some output columns. Everything the layer does
(padding, copying windows, multiplying) is done for one slab at a time.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from .layout import copy
from .shapes import Layer
from .workspace import Workspace

SLAB_NUMBERS = 2**21  # numbers in the largest temporary of a slab: 8 MB in float32, 16 MB in float64


class Slab(NamedTuple):
    images: slice
    rows: slice
    columns: slice

    @property
    def y(self):
        """Where the slab's results stand in y (N, F, OH, OW), apart from the filters."""
        return self.images, slice(None), self.rows, self.columns


def slices(count, parts):
    """0 to `count` in about so many slices of even size."""
    size = -(-count // max(1, min(parts, count)))
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def everything(layer: Layer):
    """The one slab that is the whole layer."""
    return Slab(slice(0, layer.N), slice(0, layer.OH), slice(0, layer.OW))


def slabs(layer: Layer, budget: int | None = None, at_a_pixel: int | None = None, halo=0, shares=1, tile=(1, 1)):
    """The slabs of a layer in reading order; together they cover every output once.

    A slab keeps `at_a_pixel` numbers for each output position, and for `halo` rows more that its windows reach into;
    at most `budget` in all. The number of slabs is a multiple of `shares` where that is possible, so that so many
    threads finish together; of a few images, those that are left over are shared by rows. Rows and columns are cut
    at multiples of `tile`.
    """
    budget = SLAB_NUMBERS if budget is None else budget
    pixel = _numbers_at_a_pixel(layer) if at_a_pixel is None else at_a_pixel
    left_over = 0 if layer.N >= 4 * shares else layer.N % shares
    yield from _slabs(layer, range(layer.N - left_over), budget, pixel, halo, (shares, 1), tile)
    yield from _slabs(layer, range(layer.N - left_over, layer.N), budget, pixel, halo, (1, shares), tile)


def _slabs(layer, of_images, budget, pixel, halo, shares, tile):
    """The slabs of some images, which so many threads share by images and by rows."""
    columns = _step(layer.OW, budget, pixel * (1 + 2 * halo))  # rather fewer columns than more halo than rows
    columns = min(layer.OW, -(-columns // tile[1]) * tile[1])
    row = pixel * columns
    tiles = _step(-(-layer.OH // tile[0]), budget - halo * row, row * tile[0], shares[1])
    rows = min(layer.OH, tiles * tile[0])
    whole = rows == layer.OH and columns == layer.OW
    images = _step(len(of_images), budget, row * (layer.OH + halo), shares[0]) if whole else 1
    for n in of_images[::images]:
        for i in range(0, layer.OH, rows):
            for j in range(0, layer.OW, columns):
                yield Slab(_part(n, images, of_images.stop), _part(i, rows, layer.OH), _part(j, columns, layer.OW))


def _numbers_at_a_pixel(layer):
    """The longest column kept for one output position: its window, its filters or the pixels it skips over."""
    window = layer.C // layer.groups * layer.KH * layer.KW
    skipped = layer.C * layer.stride[0] * layer.stride[1]
    return max(window, layer.F, skipped)


def _step(count, budget, each, shares=1):
    """How many of `count` things to take at a time: as many as fit, in a number of parts that can be shared."""
    fit = max(1, min(count, budget // each))
    parts = -(-count // fit)
    even = -(-parts // shares) * shares
    return fit if shares == 1 or count == 0 else -(-count // min(even, count))


def _part(start, step, end):
    return slice(start, min(start + step, end))


def cut(x, layer: Layer, slab: Slab, dtype, space=None, memory=Workspace.array, extra=(0, 0)):
    """The padded pixels under a slab's windows, (n, C, h, w) in `dtype`; a view of x where nothing need change.

    x may have more axes between the images and the rows. A copy has `extra` rows and columns of zeros at the end. With
    a workspace it stands in `memory(space, shape, dtype)`, among zeros that are laid out once for all alike pieces:
    what the workspace held before becomes invalid.
    """
    edges = edges_of(layer, slab, extra)
    inside = edges.of(x[slab.images])
    if not any(edges.zeros):
        return inside.astype(dtype, copy=False)
    if space is None:
        padded, middle = edges.frame(inside.shape, dtype, np.empty)
    else:
        empty, key = partial(memory, space), (memory, edges.zeros, inside.shape, dtype)
        padded, middle = space.made(key, partial(edges.frame, inside.shape, dtype, empty))
    copy(middle, inside)
    return padded


def edges_of(layer: Layer, slab: Slab, extra=(0, 0)):
    """The `Edges` of a slab, worked out once for all with its rows and columns."""
    return _edges(layer, slab.rows.start, slab.rows.stop, slab.columns.start, slab.columns.stop, extra)


@lru_cache(maxsize=256)
def _edges(layer, top, bottom, left, right, extra):
    return Edges(layer, Slab(slice(0, layer.N), slice(top, bottom), slice(left, right)), extra)


class Edges:
    """Where the pixels under a slab's windows begin and end in an image, and the zeros around them."""

    def __init__(self, layer: Layer, slab: Slab, extra):
        rows, columns = _reach(layer, slab, 0), _reach(layer, slab, 1)
        self._inside = ..., rows.inside, columns.inside
        ends = rows.after + extra[0], columns.after + extra[1]
        self.zeros = rows.before, ends[0], columns.before, ends[1]  # above, below, left, right

    def of(self, images):
        """The pixels of some images (..., H, W), without the zeros."""
        return images[self._inside]

    def frame(self, shape, dtype, empty):
        """Zeros around pixels of this shape, in memory from `empty(shape, dtype)`, and the place of the pixels."""
        (*outer, h, w), (above, below, left, right) = shape, self.zeros
        padded = empty((*outer, above + h + below, left + w + right), dtype)
        padded[..., :above, :] = padded[..., above + h :, :] = 0
        padded[..., :left] = padded[..., left + w :] = 0
        return padded, padded[..., above : above + h, left : left + w]


def add_back(dx, piece, layer: Layer, slab: Slab):
    """Undo `cut`: add the gradient of a slab's pixels to dx and drop what fell on the padding."""
    rows, columns = _reach(layer, slab, 0), _reach(layer, slab, 1)
    dx[slab.images, :, rows.inside, columns.inside] += piece[:, :, rows.middle, columns.middle]


class _Reach(NamedTuple):
    """What a range of windows covers along one axis: `before` zeros, the pixels `inside`, `after` zeros."""

    before: int
    inside: slice
    after: int

    @property
    def middle(self):
        return slice(self.before, self.before + self.inside.stop - self.inside.start)


def _reach(layer, slab, axis):
    outputs = (slab.rows, slab.columns)[axis]
    n, stride, before = (layer.H, layer.W)[axis], layer.stride[axis], layer.padding[axis][0]
    start = outputs.start * stride - before
    stop = (outputs.stop - 1) * stride - before + layer.span[axis]
    first, last = min(max(start, 0), n), max(min(stop, n), 0)
    last = max(first, last)
    zeros_before = min(max(-start, 0), stop - start)
    return _Reach(zeros_before, slice(first, last), (stop - start) - zeros_before - (last - first))
