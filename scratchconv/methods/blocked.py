"""Cache-sized pieces: copy each row once for every tap of a kernel's row, then let the products overlap (chapter 17).

The columns of a matrix product would hold every pixel KH·KW times. Here a row of the image is copied KW times only,
each time shifted by one tap, and the rows stand one after the other:

    lowered[row] is (KW·c, OW),   so   lowered[i : i + KH] is the (KH·KW·c, OW) matrix of windows of output row i

The matrix of the next output row begins one row further on: adding a constant to an address is a slice, not a copy.
"""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..layout import copy_rows
from . import costs
from .piecewise import Piecewise, row_taps
from .products import filled, matmul


class Blocked(Piecewise):
    """Correlate padded pieces with filters w (F, c, KH, KW), which are laid out once."""

    def __init__(self, w, layer):
        super().__init__(layer)
        (sh, _), (dh, _), G = layer.stride, layer.dilation, layer.groups
        self.together = dh // gcd(sh, dh)  # output rows so far apart see the same rows of the image
        self.step = sh * self.together // dh  # and are so many of these rows apart
        self.w = _filter_rows(w.reshape(G, -1, *w.shape[1:]))

    @staticmethod
    def numbers(layer):
        return layer.C * max(layer.KW * layer.stride[0], layer.stride[0] * layer.stride[1]) + layer.F

    @staticmethod
    def nanoseconds(layer):
        """What a layer takes on one core, apart from what all methods have to do."""
        copied = costs.copies(layer, costs.rows(layer) * layer.KW, layer.OW)
        multiplied = costs.multiplications(layer) * (1 + costs.waste(layer.F // layer.groups))
        return copied + costs.MULTIPLY * multiplied + costs.PRODUCT * layer.N * layer.groups * layer.OH

    def prepare(self, piece, out, space):
        steps = [self._prepare(rows, place, space) for rows, place in self._rows_together(piece, out)]

        def run(piece, groups, out):
            for step, (rows, place) in zip(steps, self._rows_together(piece, out), strict=True):
                step(rows, groups, place)

        return run

    def _rows_together(self, piece, out):
        """Output rows that see the same rows of the image, with these rows: (piece, out) for each such set."""
        sh, dh = self.layer.stride[0], self.layer.dilation[0]
        for first in range(min(self.together, out.shape[2])):
            place = out[:, :, first :: self.together]
            rows = (place.shape[2] - 1) * self.step + self.layer.KH
            yield piece[:, :, first * sh :: dh][:, :, :rows], place

    def _prepare(self, piece, out, space):
        """`prepare` for rows that are seen together."""
        (n, _, OH, OW), (_, f, taps) = out.shape, self.w.shape
        width = filled(OW, f, taps, piece.itemsize) if _in_line(out) else OW
        lowered = space.array((*_taps(piece, self.layer, OW).shape[:-1], width), piece.dtype)
        lowered[..., OW:] = 0
        windows = _windows(lowered, OH, self.layer.KH, self.step)

        def run(piece, groups, out):
            _lower(piece, self.layer, lowered[..., :OW])
            _filters_at_once(self.w[groups], windows, out.reshape(n, -1, f, OH, OW), space)

        return run


def _filter_rows(w):
    """(G, f, c, KH, KW) -> (G, f, KH·KW·c): the taps of each filter in the order of the lowered rows."""
    return np.ascontiguousarray(w.transpose(0, 1, 3, 4, 2)).reshape(*w.shape[:2], -1)


def _taps(piece, layer, OW):
    """What each tap along a row meets, not copied yet: (n, C, h, w) -> (n, G, h, KW, c, OW)."""
    (n, C, h, w), c = piece.shape, layer.C // layer.groups
    taps = row_taps(piece.reshape(n, C // c, c, h, w), layer.KW, OW, layer.stride[1], layer.dilation[1])
    return taps.transpose(0, 1, 3, 4, 2, 5)


def _lower(piece, layer, lowered):
    """Fill the rows with their taps, lowered (n, G, h, KW, c, OW): the one copy."""
    copy_rows(lowered, _taps(piece, layer, lowered.shape[-1]))


def _windows(lowered, rows, taps, step):
    """(n, G, h, KW, c, OW) -> (n, G, rows, taps·KW·c, OW): one matrix for each output row, overlapping in memory."""
    n, G, _, KW, c, OW = lowered.shape
    image, group, row, _, line, number = lowered.strides
    shape, strides = (n, G, rows, taps * KW * c, OW), (image, group, step * row, line, number)
    return as_strided(lowered, shape, strides, writeable=False)


def _in_line(out):
    """Whether each row of outputs ends where the next one of the same filter begins."""
    return out.strides[2] == out.shape[3] * out.strides[3]


def _filters_at_once(w, windows, out, space):
    """One product for each output row, written where it belongs, out (n, G, f, rows, OW).

    Windows may be wider than a row. What a product has too much then stands in the next row until that row's own
    product is written over it; the last row takes what it needs.
    """
    w, rows, OW = w[:, None], out.swapaxes(2, 3), out.shape[-1]
    if windows.shape[-1] > OW:
        n, G, OH, f, _ = rows.shape
        wide = as_strided(rows, (n, G, OH - 1, f, windows.shape[-1]), rows.strides)
        matmul(w, windows[:, :, :-1], wide, space)
        windows, rows = windows[:, :, -1:, :, :OW], rows[:, :, -1:]
    matmul(w, windows, rows, space)
