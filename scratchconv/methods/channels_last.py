"""Many channels on narrow maps: rows of channels are copied instead of rows of pixels (chapter 17).

The pixels of a narrow row are few, and a stride leaves only some of them. The channels of a pixel are many, and no
stride divides them. So the channels go innermost. Then the pixels under one row of taps follow one another:

    lowered is (n, OW, h, KW·c),   lowered[n, j, i : i + KH] is the window (KH·KW·c) of output (i, j)

As in `Blocked`, windows overlap, and one copy of each tap of a row is enough. All images and output columns are the
rows of one product.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..layout import channels_innermost, copy, copy_rows
from . import costs
from .blocked import Blocked
from .products import matmul

TALL = 96  # rows of a product that are worth having


class ChannelsLast(Blocked):
    """Correlate padded pieces with filters w (F, c, KH, KW), which are laid out once."""

    memory = staticmethod(channels_innermost)

    def __init__(self, w, layer):
        super().__init__(w, layer)
        self.w = np.ascontiguousarray(self.w.swapaxes(1, 2))  # (G, KH·KW·c, f)

    @staticmethod
    def suits(layer, itemsize):
        return layer.C > layer.groups

    @staticmethod
    def nanoseconds(layer):
        """What a layer takes on one core, apart from what all methods have to do."""
        products = costs.MULTIPLY * costs.multiplications(layer) + costs.PRODUCT * layer.groups * layer.OH
        return products + ChannelsLast.copies(layer)

    @staticmethod
    def copies(layer):
        """The share of the copies: of x and y, whose axes are turned, and of each tap along a row."""
        pixels, results = costs.rows(layer) * costs.width(layer), layer.N * layer.F * layer.OH * layer.OW
        runs = pixels // layer.C + results // layer.F  # of all channels of a pixel
        taps = pixels * layer.OW // costs.width(layer) * layer.KW
        joined = layer.C * layer.KW if layer.groups == layer.dilation[1] == 1 else layer.C // layer.groups
        return costs.RUN * (runs + taps // joined) + costs.TURN * (pixels + results) + costs.COPY * taps

    @staticmethod
    def numbers(layer):
        return layer.C * layer.stride[0] * (layer.KW + layer.stride[1]) + 2 * layer.F

    @staticmethod
    def images(layer):
        return min(layer.N, -(-TALL // layer.OW))

    def prepare(self, piece, out, space):
        if piece.strides[1] == piece.itemsize:
            return super().prepare(piece, out, space)
        in_line = channels_innermost(space, piece.shape, piece.dtype)
        correlate = super().prepare(in_line, out, space)

        def run(piece, groups, out):
            copy(in_line, piece)
            correlate(in_line, groups, out)

        return run

    def _prepare(self, piece, out, space):
        (n, C, h, _), (_, _, OH, OW), (_, K, f) = piece.shape, out.shape, self.w.shape
        G, KW = C * self.layer.groups // self.layer.C, self.layer.KW
        lowered = space.array((G, n, OW, h, KW, C // G), piece.dtype)
        group, _, column, row, _, number = lowered.strides
        shape, strides = (G, OH, n * OW, K), (group, self.step * row, column, number)
        windows = as_strided(lowered, shape, strides, writeable=False)
        y = space.array((G, OH, n * OW, f), piece.dtype)
        places = y.reshape(G, OH, n, OW, f).transpose(2, 0, 4, 1, 3)

        def run(piece, groups, out):
            copy_rows(lowered, self._taps(piece, lowered))
            matmul(windows, self.w[groups][:, None], y, space)
            out.reshape(n, G, f, OH, OW)[...] = places

        return run

    def _taps(self, piece, lowered):
        """Channels under each row of taps, not copied yet, shaped as `lowered`."""
        image, channel, row, pixel = piece.strides
        along = self.layer.stride[1] * pixel, row, self.layer.dilation[1] * pixel
        return as_strided(piece, lowered.shape, (lowered.shape[-1] * channel, image, *along, channel), writeable=False)
