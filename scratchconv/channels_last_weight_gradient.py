"""The gradient of the weights with channels last: what stands in line are channels, not pixels (chapters 14 and 17)."""

from __future__ import annotations

from functools import partial
from threading import Lock

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .engine import parts_of
from .layout import LINE, channels_innermost, copy_rows, turned
from .methods import costs
from .methods.channels_last import ChannelsLast
from .methods.depthwise import Depthwise, windows_of
from .methods.products import matmul
from .shapes import groups_in
from .slabs import cut, slabs

PART_BYTES = 6 * 2**20  # of what one job adds to dw
LONGER = 1.2  # a row of outputs, times the taps above each other, than a row of channels
MOST_TAPS = 100  # above, products of more numbers than are wanted take less time than sums one by one
BESIDE = 2  # what rows of pixels take with all copies around them, as a multiple of the copies for their taps


class ChannelsLastWeightGradient:
    """The same for narrow maps and many channels: each tap is a row of channels, and no stride divides these.

    The taps beside each other stand beside each other, (KW·c) for every output of a row. The rows of all images follow
    one another, and tap row u is a slice of them, u rows further on: P outputs long, (P, KW·c), it meets dy, (f, P).
    """

    exact = True

    def __init__(self, dy, x, layer, dw):
        G, c, f = layer.groups, layer.C // layer.groups, layer.F // layer.groups
        self.dy, self.x, self.layer, self.lock = dy, x, layer, Lock()
        self.place = dw.reshape(G, f, c, layer.KH, layer.KW)
        self.total = np.zeros((layer.KH, G, f, layer.KW * c), dw.dtype)

    @staticmethod
    def pays(layer, itemsize):
        """Whether rows of channels take less time than rows of pixels. They fill a cache line, and dw is small."""
        weights = layer.F * layer.C // layer.groups * layer.KH * layer.KW
        if layer.C == layer.groups or layer.C < LINE or weights * itemsize > PART_BYTES:
            return False
        idle = costs.MULTIPLY * costs.multiplications(layer) * costs.waste(layer.F // layer.groups)
        pixels = costs.copies(layer, costs.rows(layer) * layer.KW, layer.OW)
        return ChannelsLast.copies(layer) + idle < BESIDE * pixels

    def store(self):
        """Put what was added up where it belongs, (F, c, KH, KW)."""
        G, f, c, KH, KW = self.place.shape
        self.place[...] = self.total.reshape(KH, G, f, KW, c).transpose(1, 2, 4, 0, 3)

    def jobs(self, workers):
        layer, reach = self.layer, (self.layer.span[0] - 1) // self.layer.stride[0]
        budget, numbers = ChannelsLast.bytes // self.total.itemsize, ChannelsLast.numbers(layer)
        return [partial(self._add, slab) for slab in slabs(layer, budget, numbers, reach, workers)]

    def _add(self, slab, space):
        """Add what one slab has to give."""
        layer, G, sh = self.layer, self.layer.groups, self.layer.stride[0]
        dy = self.dy[slab.y]
        n, _, OH, OW = dy.shape
        lowered = self._lower(slab, n, OW, space)
        rows = space.array((G, self.total.shape[2], OH, n, OW), self.total.dtype)
        copy_rows(rows, dy.reshape(n, G, -1, OH, OW).transpose(1, 2, 3, 0, 4))  # of all images in line
        rows = rows.reshape(G, -1, OH * n * OW)
        part = space.array(self.total.shape, self.total.dtype)
        for u in range(layer.KH):
            first, phase = divmod(u * layer.dilation[0], sh)
            matmul(rows, lowered[:, phase, first : first + OH].reshape(G, OH * n * OW, -1), part[u], space)
        with self.lock:
            self.total += part

    def _lower(self, slab, n, OW, space):
        """The channels under each row of taps, rows sorted by remainder: (G, sh, h, n, OW, KW, c)."""
        layer, G, (sh, sw), dtype = self.layer, self.layer.groups, self.layer.stride, self.total.dtype
        piece = turned(cut(self.x, layer, slab, dtype, space, channels_innermost), space)
        (_, C, h, _), (image, channel, row, pixel) = piece.shape, piece.strides
        lowered = space.array((G, sh, -(-h // sh), n, OW, layer.KW, C // G), dtype)
        strides = (C // G * channel, sh * row, image, sw * pixel, layer.dilation[1] * pixel, channel)
        for phase in range(min(sh, h)):
            shape = (G, len(range(phase, h, sh)), *lowered.shape[3:])
            rows = as_strided(piece[:, :, phase:], shape, strides, writeable=False)
            copy_rows(lowered[:, phase, : shape[1]], rows)
        return lowered


class DepthwiseWeightGradient:
    """The same for one channel to a group: what dy makes of one pixel of each window is a row of C numbers."""

    exact = True

    def __init__(self, dy, x, layer, dw):
        self.dy, self.x, self.layer, self.place, self.lock = dy, x, layer, dw, Lock()
        self.total = np.zeros((layer.F // layer.C, layer.KH, layer.KW, layer.C), dw.dtype)

    @staticmethod
    def pays(layer):
        """Whether rows of channels are longer than what is copied of an image's rows, and the taps few."""
        long = layer.OW * layer.KH <= LONGER * layer.C and layer.KH * layer.KW <= MOST_TAPS
        return layer.C == layer.groups > 1 and long

    def store(self):
        """Put what was added up where it belongs, (F, 1, KH, KW)."""
        f, KH, KW, C = self.total.shape
        self.place.reshape(C, f, KH, KW)[...] = self.total.transpose(3, 0, 1, 2)

    def jobs(self, workers):
        layer, itemsize, found = self.layer, self.total.itemsize, []
        parts = parts_of(Depthwise, layer, itemsize, workers)
        for channels, filters, part in groups_in(layer, parts):
            budget, halo = Depthwise.bytes // itemsize, (layer.span[0] - 1) // layer.stride[0]
            pieces = slabs(part, budget, Depthwise.numbers(part), halo, workers if parts == 1 else 1)
            found += [partial(self._add, part, channels, filters, slab) for slab in pieces]
        return found

    def _add(self, part, channels, filters, slab, space):
        """Add what one slab of some channels has to give."""
        dy, dtype = self.dy[:, filters][slab.y], self.total.dtype
        (n, _, OH, OW), (f, *_) = dy.shape, self.total.shape
        piece = cut(self.x[:, channels], part, slab, dtype, space, channels_innermost)
        windows = windows_of(turned(piece, space), part, OH, OW)
        for j in range(f):
            mark = space.mark()
            of_one_filter = dy.reshape(n, part.C, f, OH, OW)[:, :, j].astype(dtype, copy=False)
            sums = np.einsum("nyxuvc,ncyx->uvc", windows, turned(of_one_filter, space))
            with self.lock:
                self.total[j, ..., channels] += sums
            space.rewind(mark)
