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
from .products import matmul


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

    def __call__(self, piece, out, workspace):
        """piece (n, C, h, w) -> out (n, F, rows, columns)."""
        sh, dh = self.layer.stride[0], self.layer.dilation[0]
        for first in range(min(self.together, out.shape[2])):
            mark = workspace.mark()
            self._correlate(piece[:, :, first * sh :: dh], out[:, :, first :: self.together], workspace)
            workspace.rewind(mark)

    def _correlate(self, piece, out, workspace):
        (n, F, OH, OW), G, KH = out.shape, self.layer.groups, self.layer.KH
        piece = piece[:, :, : (OH - 1) * self.step + KH]
        lowered = _lower(piece.reshape(n, G, -1, *piece.shape[2:]), self.layer, OW, workspace)
        _filters_at_once(self.w, lowered, out.reshape(n, G, F // G, OH, OW), self.step, KH, workspace)


def _filter_rows(w):
    """(G, f, c, KH, KW) -> (G, f, KH·KW·c): the taps of each filter in the order of the lowered rows."""
    return np.ascontiguousarray(w.transpose(0, 1, 3, 4, 2)).reshape(*w.shape[:2], -1)


def _lower(piece, layer, OW, workspace):
    """Rows with their taps (n, G, h, KW·c, OW): the one copy."""
    (n, G, c, h, _), KW = piece.shape, layer.KW
    taps = row_taps(piece, KW, OW, layer.stride[1], layer.dilation[1])  # (n, G, c, h, KW, OW)
    lowered = workspace.array((n, G, h, KW, c, OW), piece.dtype)
    copy_rows(lowered, taps.transpose(0, 1, 3, 4, 2, 5))
    return lowered.reshape(n, G, h, KW * c, OW)


def _windows(lowered, rows, taps, step):
    """(n, G, h, KW·c, OW) -> (n, G, rows, taps·KW·c, OW): one matrix for each output row, overlapping in memory."""
    n, G, _, row, OW = lowered.shape
    a, b, c, d, e = lowered.strides
    return as_strided(lowered, (n, G, rows, taps * row, OW), (a, b, step * c, d, e), writeable=False)


def _filters_at_once(w, lowered, out, step, KH, space):
    """One product for each output row, written where it belongs."""
    windows = _windows(lowered, out.shape[3], KH, step)  # (n, G, OH, K, OW)
    matmul(w[:, None], windows, out.swapaxes(2, 3), space)
