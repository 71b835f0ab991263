"""Cache-sized pieces: copy each row once for every tap of a kernel's row, then let the products overlap (chapter 17).

The columns of a matrix product would hold every pixel KH·KW times. Here a row of the image is copied KW times only,
each time shifted by one tap, and the rows stand one after the other:

    lowered[row] is (KW·c, OW),   so   lowered[i : i + KH] is the (KH·KW·c, OW) matrix of windows of output row i

The matrix of the next output row begins one row further on: adding a constant to an address is a slice, not a copy.
Where rows are thin and taps many, the rows of all images stand beside each other, as if they were one.
"""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .piecewise import Piecewise, row_taps
from .products import LARGE, matmul

THIN = 14  # columns of a row: in rows that are shorter, all images stand beside each other
DEEP = 1000  # taps, from which that is worth moving the results once more


class Blocked(Piecewise):
    """Correlate padded pieces with filters w (F, c, KH, KW), which are laid out once."""

    def __init__(self, w, layer):
        super().__init__(layer)
        (sh, _), (dh, _), G = layer.stride, layer.dilation, layer.groups
        self.together = dh // gcd(sh, dh)  # output rows so far apart see the same rows of the image
        self.step = sh * self.together // dh  # and are so many of these rows apart
        self.w = _filter_rows(w.reshape(G, -1, *w.shape[1:]))
        thin = layer.OW < THIN and layer.OW % 8 > 0  # rows that fill no register
        self.beside = thin and self.w.shape[2] >= DEEP and self.w.shape[1] < LARGE

    @staticmethod
    def numbers(layer):
        return layer.C * max(layer.KW * layer.stride[0], layer.stride[0] * layer.stride[1]) + layer.F

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
        beside = n > 1 and self.beside
        lowered = _lower(piece.reshape(n, G, -1, *piece.shape[2:]), self.layer, OW, workspace, beside)
        out = out.reshape(n, G, F // G, OH, OW)
        place = workspace.array((1, G, F // G, OH, n * OW), out.dtype) if beside else out
        _filters_at_once(self.w, lowered, place, self.step, KH, workspace)
        if beside:
            out[...] = place.reshape(G, F // G, OH, n, OW).transpose(3, 0, 1, 2, 4)


def _filter_rows(w):
    """(G, f, c, KH, KW) -> (G, f, KH·KW·c): the taps of each filter in the order of the lowered rows."""
    return np.ascontiguousarray(w.transpose(0, 1, 3, 4, 2)).reshape(*w.shape[:2], -1)


def _lower(piece, layer, OW, workspace, beside=False):
    """Rows with their taps (n, G, h, KW·c, OW): the one copy. `beside`: images in line, (1, G, h, KW·c, n·OW)."""
    (n, G, c, h, _), KW = piece.shape, layer.KW
    taps = row_taps(piece, KW, OW, layer.stride[1], layer.dilation[1])  # (n, G, c, h, KW, OW)
    taps = taps.transpose((1, 3, 4, 2, 0, 5) if beside else (0, 1, 3, 4, 2, 5))
    lowered = workspace.array(taps.shape, piece.dtype)
    np.copyto(lowered, taps)
    return lowered.reshape(-1, G, h, KW * c, n * OW if beside else OW)


def _windows(lowered, rows, taps, step):
    """(n, G, h, KW·c, OW) -> (n, G, rows, taps·KW·c, OW): one matrix for each output row, overlapping in memory."""
    n, G, _, row, OW = lowered.shape
    a, b, c, d, e = lowered.strides
    return as_strided(lowered, (n, G, rows, taps * row, OW), (a, b, step * c, d, e), writeable=False)


def _filters_at_once(w, lowered, out, step, KH, space):
    """One product for each output row, written where it belongs."""
    windows = _windows(lowered, out.shape[3], KH, step)  # (n, G, OH, K, OW)
    matmul(w[:, None], windows, out.swapaxes(2, 3), space)
