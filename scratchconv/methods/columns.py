"""Few pixels under many filters: copy every window in full and leave the weights where they are (chapters 3 and 17).

Deep in a network a map has some fifty pixels and a layer a million weights. There the windows are the small array, and
turning the weights into another order would take longer than all else. Threads share the channels: each copies the
windows of its own, multiplies them by its own columns of the weights, and adds what it gets to y.
"""

from __future__ import annotations

from functools import partial
from threading import Lock

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..layout import copy_rows
from ..shapes import each_group
from ..slabs import cut, everything, slices

FEW = 3  # outputs for each filter of a group: above, the windows are larger than the weights
WEIGHTS = 50_000  # in a group that is worth jobs of its own, of several
RESULTS = 2**21  # numbers, at most: every thread keeps what it adds to them
BYTES = 6 * 2**20  # of the windows in one job


class Columns:
    """The way of the chapters with a twist: the sum over channels is shared, not the outputs."""

    per_weight = 0  # it keeps no copy of them

    @staticmethod
    def suits(layer):
        outputs, f = layer.N * layer.OH * layer.OW, layer.F // layer.groups
        large = layer.groups == 1 or f * layer.C // layer.groups * layer.KH * layer.KW >= WEIGHTS
        return large and layer.KH * layer.KW > 1 and outputs <= min(FEW * f, RESULTS // f)

    @staticmethod
    def jobs(x, w, bias, y, layer, workers):
        """The jobs that fill y between them."""
        y[...] = bias
        lock = Lock()
        return [
            partial(_add, x[:, channels], w[filters], y[:, filters], part, lock, block)
            for channels, filters, part in each_group(layer)
            for block in blocks(part, y.itemsize, workers)
        ]


def _add(x, w, y, layer, lock, channels, space):
    """Add to y, of one group, what some of its channels have to give."""
    columns = windows(x, layer, channels, y.dtype, space)  # (c*KH*KW, N*OH*OW)
    part = space.array((layer.F, columns.shape[1]), y.dtype)
    np.matmul(w[:, channels].reshape(layer.F, -1), columns, out=part)
    part = part.reshape(layer.F, layer.N, layer.OH, layer.OW).swapaxes(0, 1)
    with lock:
        np.add(y, part, out=y)


def blocks(layer, itemsize, workers):
    """The channels in slices: one for each thread, or more where their windows would be large."""
    windows = layer.C * layer.KH * layer.KW * layer.N * layer.OH * layer.OW * itemsize
    return slices(layer.C, max(workers, -(-windows // BYTES)))


def windows(x, layer, channels, dtype, space):
    """Every window of some channels as a column: (c*KH*KW, N*OH*OW)."""
    piece = cut(x[:, channels], layer, everything(layer), dtype, space)
    n, c, row, pixel = piece.strides
    (sh, sw), (dh, dw) = layer.stride, layer.dilation
    shape = (piece.shape[1], layer.KH, layer.KW, layer.N, layer.OH, layer.OW)
    strides = (c, dh * row, dw * pixel, n, sh * row, sw * pixel)
    columns = space.array(shape, dtype)
    copy_rows(columns, as_strided(piece, shape, strides, writeable=False))
    return columns.reshape(-1, layer.N * layer.OH * layer.OW)
