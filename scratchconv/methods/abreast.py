"""Several images with narrow maps: they stand abreast, so that short rows make long ones (chapter 17).

A short row is copied at the price of a longer one, and its product is thin. So row i of every image is laid beside
row i of the others, each with its padding. Of these long rows one copy is made for each tap, as `Blocked` does:

    lowered[row] is (KW·c, n·w),   lowered[i : i + KH] is the (KH·KW·c, n·w) matrix of windows of row i of all images

Where two images meet, windows reach into both. Their products are dropped when the others are moved where they belong.
"""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..layout import copy_rows
from . import costs
from .blocked import Blocked
from .products import matmul

WIDE = 256  # columns of a product that are worth having
CHECK = 13  # multiplications in the time of a look at a result
AT_ONCE = (1, 2, 4)  # rows of outputs


def _side_by_side(space, shape, dtype):
    """An array (n, C, h, w) in which row i of all images follow one another."""
    n, C, h, w = shape
    return space.array((C, h, n, w), dtype).transpose(2, 0, 1, 3)


class Abreast(Blocked):
    """Correlate padded pieces with filters w (F, c, KH, KW), which are laid out once.

    Few filters make thin products as well. They are therefore applied to a few rows at once: the band holds each of
    them several times, every time a row further down, with zeros above and below.
    """

    memory = staticmethod(_side_by_side)

    def __init__(self, w, layer):
        super().__init__(w, layer)
        (G, f, K), (self.rows, _) = self.w.shape, _rows_at_once(layer)
        self.exact = self.rows == 1  # otherwise a zero meets pixels outside the window
        down = self.step * K // layer.KH
        self.band = np.zeros((G, self.rows, f, K + (self.rows - 1) * down), w.dtype)
        for row in range(self.rows):
            self.band[:, row, :, row * down : row * down + K] = self.w
        self.band = self.band.reshape(G, self.rows * f, -1)

    @staticmethod
    def suits(layer, itemsize):
        """Whether two images fit into a piece, of one group if need be."""
        group = layer._replace(C=layer.C // layer.groups, F=layer.F // layer.groups, groups=1)
        pair = 2 * Abreast.numbers(group) * layer.OW * layer.OH * itemsize
        return layer.N > 1 and pair <= Abreast.bytes

    @staticmethod
    def nanoseconds(layer):
        """What a layer takes on one core, apart from what all methods have to do."""
        _, multiplied = _rows_at_once(layer)
        copied = costs.copies(layer, costs.rows(layer), layer.KW * _columns(layer))
        if layer.padding == ((0, 0), (0, 0)):  # otherwise a copy is made anyway, with zeros around it
            copied += costs.rows(layer) * (costs.RUN + costs.COPY * costs.width(layer))
        results = layer.N * layer.F * layer.OH * _columns(layer)
        return copied + results * (costs.MULTIPLY * multiplied + costs.PLACE) + costs.PRODUCT * layer.groups * layer.OH

    @staticmethod
    def numbers(layer):
        pixels = layer.C * layer.stride[0] * (layer.KW + layer.stride[1])
        return -(-(pixels + layer.F) * _columns(layer) // layer.OW)

    @staticmethod
    def images(layer):
        return min(layer.N, max(1, WIDE // layer.OW))

    def extra(self, rows, columns):
        """Columns up to a multiple of the stride: windows of every image begin at the same remainder."""
        stride = self.layer.stride[1]
        return 0, -((columns - 1) * stride + self.layer.span[1]) % stride

    def _prepare(self, piece, out, space):
        (n, C, h, w), (_, _, OH, OW) = piece.shape, out.shape
        f, c, columns = self.w.shape[1], self.layer.C // self.layer.groups, w // self.layer.stride[1]
        in_line = None if _stand_abreast(piece) else _side_by_side(space, piece.shape, piece.dtype)
        lowered = space.array((C // c, h, self.layer.KW, c, (n - 1) * columns + OW), piece.dtype)
        y = space.array((C // c, OH, f, n * columns), piece.dtype)
        places = y.reshape(C // c, OH, f, n, columns)[..., :OW].transpose(3, 0, 2, 1, 4)
        together, left = self._products(lowered, y)

        def run(piece, groups, out):
            if in_line is not None:
                copy_rows(in_line, piece)
                piece = in_line
            copy_rows(lowered, self._taps(piece, lowered))
            matmul(self.band[groups][:, None], *together, space)
            if left:
                matmul(self.w[groups][:, None], *left, space)
            copy_rows(out.reshape(n, C // c, f, OH, OW), places)

        return run

    def _taps(self, piece, lowered):
        """Rows of all images as each tap meets them, not copied yet: one run for each tap, shaped as `lowered`."""
        (_, stride), (_, dilation) = self.layer.stride, self.layer.dilation
        c, (_, channel, row, item) = lowered.shape[3], piece.strides
        strides = (c * channel, row, dilation * item, channel, stride * item)
        return as_strided(piece, lowered.shape, strides, writeable=False)

    def _products(self, lowered, y):
        """Windows and where their products go, of all rows that are done at once, and of those left over or None."""
        (G, OH, f, _), N = y.shape, lowered.shape[-1]
        together = OH - OH % self.rows
        place = y[:, :together].reshape(G, -1, self.rows * f, y.shape[3])[..., :N]
        some = _windows(lowered, place.shape[1], self.band.shape[2], self.rows * self.step), place
        if together == OH:
            return some, None
        rest = lowered[:, together * self.step :]
        return some, (_windows(rest, OH - together, self.w.shape[2], self.step), y[:, together:, :, :N])


def _windows(lowered, rows, taps, step):
    """(G, h, KW, c, N) -> (G, rows, taps, N): one matrix for every so many rows, overlapping in memory."""
    (G, *_, N), (group, row, _, line, number) = lowered.shape, lowered.strides
    return as_strided(lowered, (G, rows, taps, N), (group, step * row, line, number), writeable=False)


def _stand_abreast(piece):
    """Whether row i of all images follow one another, as `_side_by_side` lays them."""
    n, _, _, w = piece.shape
    return piece.strides[3] == piece.itemsize and (n == 1 or piece.strides[0] == w * piece.itemsize)


def _columns(layer):
    """Columns of an image in the products, with those that are dropped."""
    return -(-costs.width(layer) // layer.stride[1])


def _rows_at_once(layer):
    """How many rows take the fewest multiplications for each result, and how many these are.

    Idle ones count, and so does a look at every result: above one row, it has to be finite.
    """
    c, f = layer.C // layer.groups, layer.F // layer.groups
    step = layer.stride[0] // gcd(layer.stride[0], layer.dilation[0])

    def multiplications(rows):
        taps = c * layer.KW * (layer.KH + (rows - 1) * step)
        return (1 + costs.waste(rows * f)) * taps + CHECK * (rows > 1)

    return min(((rows, multiplications(rows)) for rows in AT_ONCE), key=lambda way: way[1])
