"""One channel to a group, channels last: the innermost loop runs over channels, not over a short row (chapter 17).

A filter of one channel meets pixels of its own channel only. With the numbers of all channels side by side, as

    piece is (n, h, w, C),   w is (KH, KW, C),

tap (u, v) of every filter is a row of C numbers, and so is what it meets at one output: C multiplications without a
copy, however narrow the map and whatever the stride. Turning the axes round takes two copies, one of x and one of y.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..layout import channels_innermost, copy
from . import costs
from .piecewise import Piecewise


class Depthwise(Piecewise):
    """Correlate padded pieces with filters w (F, 1, KH, KW), which are laid out once."""

    bytes = 2 * 2**20
    joined = 0
    memory = staticmethod(channels_innermost)

    def __init__(self, w, layer):
        super().__init__(layer)
        taps = w.reshape(layer.C, -1, layer.KH, layer.KW).transpose(1, 2, 3, 0)
        self.w = np.ascontiguousarray(taps)  # (f, KH, KW, C)

    @staticmethod
    def suits(layer, itemsize):
        return layer.C == layer.groups > 1

    @staticmethod
    def nanoseconds(layer):
        """What a layer takes on one core, apart from what all methods have to do."""
        numbers = costs.rows(layer) * costs.width(layer) + layer.N * layer.F * layer.OH * layer.OW
        loop = costs.LOOP / _channels(layer) + costs.FUSED
        return costs.TURN * numbers + loop * costs.multiplications(layer)

    @staticmethod
    def numbers(layer):
        return layer.C * layer.stride[0] * layer.stride[1] + layer.F

    def prepare(self, piece, out, space):
        n, _, OH, OW = out.shape
        turn = piece.strides[1] != piece.itemsize
        in_line = channels_innermost(space, piece.shape, piece.dtype) if turn else None
        y = channels_innermost(space, (n, piece.shape[1], OH, OW), piece.dtype)

        def run(piece, groups, out):
            if turn:
                copy(in_line, piece)
                piece = in_line
            windows, places = windows_of(piece, self.layer, OH, OW), out.reshape(n, y.shape[1], -1, OH, OW)
            for j, w in enumerate(self.w):
                np.einsum("nyxuvc,uvc->ncyx", windows, w[..., groups], out=y)
                places[:, :, j] = y

        return run


def _channels(layer):
    """So many of float32 fit into a piece, with at least one image."""
    one = Depthwise.numbers(layer) // layer.C * layer.OW * (layer.OH + layer.span[0] - 1)
    return max(1, min(layer.C, Depthwise.bytes // 4 // one))


def windows_of(piece, layer, OH, OW):
    """(n, C, h, w), channels in line -> (n, OH, OW, KH, KW, C), overlapping in memory."""
    (n, C, _, _), (image, number, row, pixel) = piece.shape, piece.strides
    (sh, sw), (dh, dw) = layer.stride, layer.dilation
    shape, strides = (n, OH, OW, layer.KH, layer.KW, C), (image, sh * row, sw * pixel, dh * row, dw * pixel, number)
    return as_strided(piece, shape, strides, writeable=False)
