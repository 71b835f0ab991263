"""One channel to a group on narrow maps: the taps are spread, and no pixel is copied for them (chapter 17).

The rows under a row of windows follow one another in memory. So one row of outputs, of one channel and all images, is
a product with a matrix that holds the filter once for every output, each time a stride further down:

    rows is (n, KH·w),   band is (KH·w, OW),   y[:, c, i] = rows @ band

Most of the band is zero. On a narrow map the idle multiplications take less time than copies of short rows.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..layout import copy_rows
from . import costs
from .piecewise import Piecewise

SINGLE = 30  # what a product of one image takes beyond its multiplications, as a multiple of them
BAND_BYTES = 6 * 2**20  # of all bands together


class Banded(Piecewise):
    """Correlate padded pieces with filters w (F, 1, KH, KW) that were spread once."""

    exact = False  # a zero of the band meets pixels outside the window

    def __init__(self, w, layer):
        super().__init__(layer)
        self.tile = (1, layer.OW)  # rows stay whole
        G, f, width = layer.groups, layer.F // layer.groups, costs.width(layer)
        band = np.zeros((G, f, layer.KH, width, layer.OW), w.dtype)
        *outer, row, number = band.strides
        (_, sw), (_, dw) = layer.stride, layer.dilation
        shape, strides = (G, f, layer.KH, layer.KW, layer.OW), (*outer, dw * row, sw * row + number)
        as_strided(band, shape, strides)[...] = w.reshape(G, f, layer.KH, layer.KW, 1)
        self.band = band.reshape(G, f, layer.KH * width, layer.OW)

    @staticmethod
    def suits(layer, itemsize):
        depthwise = layer.C == layer.groups > 1 and layer.F < 4 * layer.C and layer.dilation[0] == 1
        return depthwise and layer.F * layer.KH * costs.width(layer) * layer.OW * itemsize <= BAND_BYTES

    @staticmethod
    def nanoseconds(layer):
        """What a layer takes on one core, apart from what all methods have to do."""
        spread = costs.multiplications(layer) * costs.width(layer) / layer.KW * (1 + SINGLE / layer.N)
        return costs.MULTIPLY * spread + costs.PRODUCT * layer.F * layer.OH

    @staticmethod
    def numbers(layer):
        return layer.C * layer.stride[0] * layer.stride[1] + layer.F

    def prepare(self, piece, out, space):
        (n, C, _, width), (_, _, OH, OW) = piece.shape, out.shape
        rows = None if piece.flags.c_contiguous else space.array(piece.shape, piece.dtype)
        image, channel, row, number = (piece if rows is None else rows).strides
        shape, strides = (C, 1, OH, n, self.layer.KH * width), (channel, 0, self.layer.stride[0] * row, image, number)

        def run(piece, groups, out):
            if rows is not None:
                copy_rows(rows, piece)
                piece = rows
            windows, places = as_strided(piece, shape, strides, writeable=False), out.reshape(n, C, -1, OH, OW)
            np.matmul(windows, self.band[groups][:, :, None], out=places.transpose(1, 2, 3, 0, 4))

        return run
