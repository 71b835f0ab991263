"""Several images with narrow maps: they stand abreast, so that short rows make long ones (chapter 17).

A short row is copied at the price of a longer one, and its product is thin. So row i of every image is laid beside
row i of the others, each with its padding. Of these long rows one copy is made for each tap, as `Blocked` does:

    lowered[row] is (KW·c, n·w),   lowered[i : i + KH] is the (KH·KW·c, n·w) matrix of windows of row i of all images

Where two images meet, windows reach into both. Their products are dropped when the others are moved where they belong.
"""

from __future__ import annotations

from functools import partial
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


class Abreast(Blocked):
    """Correlate padded pieces with filters w (F, c, KH, KW), which are laid out once.

    Few filters make thin products as well. They are therefore applied to a few rows at once: the band holds each of
    them several times, every time a row further down, with zeros above and below.
    """

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

    def memory(self, space):
        return partial(_side_by_side, space)

    def _correlate(self, piece, out, workspace):
        n, _, OH, OW = out.shape
        lowered = self._lower(piece, OW, workspace)
        (G, f, _), N, columns = self.w.shape, lowered.shape[3], piece.shape[3] // self.layer.stride[1]
        y = workspace.array((G, OH, f, n * columns), piece.dtype)
        together = OH - OH % self.rows
        place = y[:, :together].reshape(G, -1, self.rows * f, n * columns)
        self._multiply(self.band, lowered, place[..., :N], self.rows * self.step, workspace)
        if together < OH:
            left = lowered[:, together * self.step :]
            self._multiply(self.w, left, y[:, together:, :, :N], self.step, workspace)
        y = y.reshape(G, OH, f, n, columns)[..., :OW]
        copy_rows(out.reshape(n, G, f, OH, OW), y.transpose(3, 0, 2, 1, 4))

    def _multiply(self, w, lowered, y, step, workspace):
        """w (G, M, K) with the windows of every so many rows into y (G, rows, M, N)."""
        group, row, line, number = lowered.strides
        shape = (*y.shape[:2], w.shape[2], y.shape[3])
        windows = as_strided(lowered, shape, (group, step * row, line, number), writeable=False)
        matmul(w[:, None], windows, y, workspace)

    def _lower(self, piece, OW, workspace):
        """Rows of all images with their taps, (G, h, KW·c, N): one run for each tap."""
        (n, C, h, w), G, item = piece.shape, self.layer.groups, piece.itemsize
        (_, stride), (_, dilation), KW, c = self.layer.stride, self.layer.dilation, self.layer.KW, C // G
        if piece.strides[3] != item or (n > 1 and piece.strides[0] != w * item):
            copy = _side_by_side(workspace, piece.shape, piece.dtype)
            copy_rows(copy, piece)
            piece = copy
        _, channel, row, _ = piece.strides
        shape = (G, h, KW, c, (n - 1) * (w // stride) + OW)
        strides = (c * channel, row, dilation * item, channel, stride * item)
        lowered = workspace.array(shape, piece.dtype)
        copy_rows(lowered, as_strided(piece, shape, strides, writeable=False))
        return lowered.reshape(G, h, KW * c, -1)


def _side_by_side(space, shape, dtype):
    """An array (n, C, h, w) in which row i of all images follow one another."""
    n, C, h, w = shape
    return space.array((C, h, n, w), dtype).transpose(2, 0, 1, 3)


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
