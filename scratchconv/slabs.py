"""Cut the work of a layer into slabs, so that temporaries stay small whatever the batch and the image.

A slab is some images times some output rows times some output columns. Everything the layer does
(padding, copying windows, multiplying) is done for one slab at a time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .shapes import Layer

SLAB_NUMBERS = 2**21  # numbers in the largest temporary of a slab: 8 MB in float32, 16 MB in float64


class Slab(NamedTuple):
    images: slice
    rows: slice
    columns: slice

    @property
    def y(self):
        """Where the slab's results stand in y (N, F, OH, OW), apart from the filters."""
        return self.images, slice(None), self.rows, self.columns


def slabs(layer: Layer, budget: int | None = None):
    """The slabs of a layer in reading order; together they cover every output once."""
    budget = SLAB_NUMBERS if budget is None else budget
    row, pixel = _numbers_in_a_row(layer), _numbers_at_a_pixel(layer)
    columns = _step(layer.OW, budget, pixel)
    rows = _step(layer.OH, budget, row) if columns == layer.OW else 1
    images = _step(layer.N, budget, row * layer.OH) if rows == layer.OH else 1
    for n in range(0, layer.N, images):
        for i in range(0, layer.OH, rows):
            for j in range(0, layer.OW, columns):
                yield Slab(_part(n, images, layer.N), _part(i, rows, layer.OH), _part(j, columns, layer.OW))


def _numbers_at_a_pixel(layer):
    """The longest column kept for one output position: its window, its filters or the pixels it skips over."""
    window = layer.C // layer.groups * layer.KH * layer.KW
    skipped = layer.C * layer.stride[0] * layer.stride[1]
    return max(window, layer.F, skipped)


def _numbers_in_a_row(layer):
    return _numbers_at_a_pixel(layer) * layer.OW


def _step(count, budget, each):
    return max(1, min(count, budget // each))


def _part(start, step, end):
    return slice(start, min(start + step, end))


def cut(x, layer: Layer, slab: Slab, dtype):
    """The padded pixels under a slab's windows, (n, C, h, w) in `dtype`; a view of x where nothing need change."""
    rows, columns = _reach(layer, slab, 0), _reach(layer, slab, 1)
    inside = x[slab.images, :, rows.inside, columns.inside]
    if rows.before == rows.after == columns.before == columns.after == 0:
        return inside.astype(dtype, copy=False)
    n, C = inside.shape[:2]
    padded = np.zeros((n, C, rows.size, columns.size), dtype)
    padded[:, :, rows.middle, columns.middle] = inside
    return padded


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

    @property
    def size(self):
        return self.middle.stop + self.after


def _reach(layer, slab, axis):
    outputs = (slab.rows, slab.columns)[axis]
    n, stride, before = (layer.H, layer.W)[axis], layer.stride[axis], layer.padding[axis][0]
    start = outputs.start * stride - before
    stop = (outputs.stop - 1) * stride - before + layer.span[axis]
    first, last = min(max(start, 0), n), max(min(stop, n), 0)
    last = max(first, last)
    zeros_before = min(max(-start, 0), stop - start)
    return _Reach(zeros_before, slice(first, last), (stop - start) - zeros_before - (last - first))
