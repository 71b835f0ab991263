"""Small maps in large batches: the batch goes innermost, and every output pixel is one product (chapter 17).

With ten pixels to a row, rows make thin matrices. But the same pixel of all images, (c, n), is as wide as the batch:

    lowered[i, column] is (KH·c, n),   lowered[i, j : j + KW] is the (KW·KH·c, n) matrix of windows at pixel (i, j)
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..layout import copy_rows
from . import costs
from .piecewise import Piecewise
from .products import matmul

FEWEST = 16  # images in a piece: fewer make products too thin to pay for turning pixels round


class Pixels(Piecewise):
    """Correlate padded pieces of many images with filters w (F, c, KH, KW)."""

    bytes = 4 * 2**20
    joined = 3

    def __init__(self, w, layer):
        super().__init__(layer)
        G, f = layer.groups, layer.F // layer.groups
        w = w.reshape(G, f, -1, layer.KH, layer.KW).transpose(0, 1, 4, 3, 2)  # (G, f, KW, KH, c)
        self.w = np.ascontiguousarray(w).reshape(G, 1, 1, f, -1)

    @staticmethod
    def suits(layer, itemsize):
        """Whether taps are not spread, and a piece holds some images."""
        return layer.dilation == (1, 1) and _images(layer, itemsize) >= FEWEST

    @staticmethod
    def nanoseconds(layer):
        """What a layer takes on one core, apart from what all methods have to do."""
        n, width = max(1, _images(layer)), costs.width(layer)
        rows = layer.C * layer.OH * layer.KH * width  # of the n images
        products = costs.MULTIPLY * costs.multiplications(layer)
        products += costs.PRODUCT * layer.groups * layer.OH * layer.OW * layer.N / n
        numbers = costs.rows(layer) * width + layer.N * layer.F * layer.OH * layer.OW
        return products + costs.TURN * numbers + layer.N * rows * (costs.RUN / n + 2 * costs.COPY)  # and read again

    @staticmethod
    def numbers(layer):
        lowered = layer.C * layer.KH * layer.stride[1]
        return lowered + layer.C * layer.stride[0] * layer.stride[1] + layer.F

    def halo(self):
        return 0  # each output row has its own copy

    def run(self, space, piece, groups, out):
        n, F, OH, OW = out.shape
        lowered = self._lower(piece, OH, space)  # (G, OH, W, KH, c, n)
        G, KH, c = lowered.shape[0], *lowered.shape[3:5]
        sw, K = self.layer.stride[1], self.layer.KW * KH * c
        a, b, column, _, tap, g = lowered.strides
        windows = as_strided(lowered, (G, OH, OW, K, n), (a, b, sw * column, tap, g), writeable=False)
        y = space.array((G, F // G, OH, OW, n), piece.dtype)
        matmul(self.w[groups], windows, y.transpose(0, 2, 3, 1, 4), space)
        transpose(y.reshape(-1, n), out.reshape(n, -1))

    def _lower(self, piece, OH, space):
        """(n, C, h, w) -> (G, OH, w, KH, c, n): the images innermost, each row KH times."""
        (n, C, h, w), KH, sh = piece.shape, self.layer.KH, self.layer.stride[0]
        G = C * self.layer.groups // self.layer.C
        pixels = space.array((G, C // G, h, w, n), piece.dtype)
        transpose(piece.reshape(n, -1), pixels.reshape(-1, n))
        a, b, c, d, e = pixels.strides
        rows = as_strided(pixels, (G, OH, w, KH, C // G, n), (a, sh * c, d, c, b, e), writeable=False)
        lowered = space.array(rows.shape, piece.dtype)
        copy_rows(lowered, rows)
        return lowered


def _images(layer, itemsize=4):
    """So many go into a piece, where there are enough for two."""
    return min(layer.N // 2, Pixels.bytes // (itemsize * Pixels.numbers(layer) * layer.OH * layer.OW))


def innermost(piece, groups, space):
    """(n, C, h, w) -> (G, h, w, c, n)."""
    n, C, h, w = piece.shape
    turned = space.array((groups, C // groups, h, w, n), piece.dtype)
    transpose(piece.reshape(n, -1), turned.reshape(-1, n))
    pixels = space.array((groups, h, w, C // groups, n), piece.dtype)
    copy_rows(pixels, turned.transpose(0, 2, 3, 1, 4))
    return pixels


def transpose(a, out):
    np.copyto(out, a.T)
