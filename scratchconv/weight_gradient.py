"""The gradient of the weights: each row of taps is a slice of the same lowered pixels, shifted by rows (chapter 14).

Only the taps along a row are copied. With the rows of all images side by side,

    lowered is (c·KW, h·n·OW),   and tap row u meets   lowered[:, u·n·OW : (u + OH)·n·OW],

so that KH matrix products with dy, (f, OH·n·OW) turned round, give all of dw.
"""

from __future__ import annotations

from functools import partial
from math import gcd
from threading import Lock

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .channels_last_weight_gradient import PART_BYTES, ChannelsLastWeightGradient, DepthwiseWeightGradient
from .layout import copy_rows
from .methods import columns, costs
from .methods.columns import Columns
from .methods.piecewise import Piecewise, row_taps
from .methods.products import long_matmul, matmul
from .shapes import each_group
from .slabs import cut, slabs, slices
from .transformed_weight_gradient import FourierWeightGradient, WinogradWeightGradient

FEW = 4  # channels times filters of a group, of several groups
COPY_ROW = 0.23  # nanoseconds for a number of a long row
LONG = 64  # pixels in a row of all images that make a product worth starting
IMAGES = 8  # wanted in a slab then
ROWS = 4  # of dy at a time, at most, where filters are few
FEW_PIXELS = 1024  # below, adding up what two threads found takes as long as finding it


def quickest(layer, itemsize):
    """The class that should add up dw in the least time."""
    if FourierWeightGradient.pays(layer, itemsize):
        return FourierWeightGradient
    if WinogradWeightGradient.pays(layer, itemsize):
        return WinogradWeightGradient
    if Columns.suits(layer):
        return ColumnsWeightGradient
    if DepthwiseWeightGradient.pays(layer):
        return DepthwiseWeightGradient
    if RowsWeightGradient.pays(layer):
        return RowsWeightGradient
    if ExchangedWeightGradient.pays(layer):
        return ExchangedWeightGradient
    return ChannelsLastWeightGradient if ChannelsLastWeightGradient.pays(layer, itemsize) else WeightGradient


class WeightGradient:
    """Adds up dw in a layout that suits the products: first all `jobs`, then `store`."""

    exact = True  # False: numbers that are not finite reach more than the equation says

    def __init__(self, dy, x, layer, dw):
        c, f = layer.C // layer.groups, layer.F // layer.groups
        self.dy, self.x, self.layer, self.lock = dy, x, layer, Lock()
        self.place = dw.reshape(layer.groups, f, c, layer.KH, layer.KW)
        self.total = np.zeros((layer.KH, layer.groups, c, layer.KW, f), dw.dtype)
        self.budget, self.halo = Piecewise.bytes // dw.itemsize, (layer.span[0] - 1) // layer.stride[0]

    def store(self):
        """Put what was added up where it belongs, (F, c, KH, KW)."""
        KH, G, c, KW, f = self.total.shape
        rows = np.ascontiguousarray(self.total.reshape(-1, f).T)  # two axes first: quicker than five at a time
        self.place[...] = rows.reshape(f, KH, G, c, KW).transpose(2, 0, 3, 1, 4)

    def jobs(self, workers):
        """Slabs are shared, or where pixels are few and channels many, channels."""
        blocks = self._blocks(workers)
        shares = workers if len(blocks) == 1 else 1
        pieces = slabs(self.layer, self.budget, self._pixel(len(blocks)), self.halo, shares)
        return [partial(self._add, slab, block) for slab in pieces for block in blocks]

    def _pixel(self, blocks):
        """Numbers that a job keeps for one output position: pixels, their taps and dy of all filters."""
        layer = self.layer
        return layer.C * (layer.KW + layer.stride[1]) * layer.stride[0] // blocks + layer.F

    def _blocks(self, workers):
        """(groups, channels) as slices: all groups, and so few channels of each that no block's part of dw is large."""
        layer, c = self.layer, self.layer.C // self.layer.groups
        blocks = -(-self.total.nbytes // PART_BYTES)
        if layer.groups == 1 and c >= 8 * workers and layer.N * layer.OH * layer.OW <= FEW_PIXELS:
            blocks = max(blocks, workers)
        return [(slice(None), channels) for channels in slices(c, blocks)]

    def _add(self, slab, block, space):
        """Add what one slab and block of channels has to give."""
        layer, dy = self.layer, self.dy[slab.y]
        lowered = self._lower(slab, block, dy.shape[3], space)  # (G, c, KW, sh, h, n, OW)
        (G, c, KW, sh), (f, pixels) = lowered.shape[:4], (layer.F // layer.groups, dy[:, 0].size)
        dy = self._side_by_side(dy, space)
        part = space.array((layer.KH, G, c * KW, f), lowered.dtype)
        every = sh // gcd(sh, layer.dilation[0])  # from one tap to the next that meets rows of the same remainder
        for u in range(min(every, layer.KH)):
            first, phase = divmod(u * layer.dilation[0], sh)
            rows, down = lowered[:, :, :, phase, first:], every * layer.dilation[0] // sh
            group, _, tap, row, *_, number = rows.strides
            shape = len(part[u::every]), G, c * KW, pixels
            taps = as_strided(rows, shape, (down * row, group, tap, number), writeable=False)
            long_matmul(taps, dy, part[u::every], space)
        with self.lock:
            self.total[:, *block] += part.reshape(layer.KH, G, c, KW, f)

    def _side_by_side(self, dy, space):
        """dy (n, F, OH, OW) with the rows of all images in line, (G, f, OH·n·OW)."""
        (n, F, OH, OW), G = dy.shape, self.layer.groups
        rows = dy.reshape(n, G, F // G, OH, OW).transpose(1, 2, 3, 0, 4)
        if n > 1 or dy.dtype != self.total.dtype or dy.strides[2:] != (OW * dy.itemsize, dy.itemsize):
            place = space.array(rows.shape, self.total.dtype)
            copy_rows(place, rows)
            rows = place
        return rows.reshape(G, F // G, -1)

    def _lower(self, slab, block, OW, space):
        """Each tap along a row as a row of pixels of all images: (G, c, KW, sh, h, n, OW), rows sorted by remainder."""
        taps = self._row_taps(slab, block, OW, space).transpose(1, 2, 4, 3, 0, 5)
        (G, c, KW, h, n, _), sh = taps.shape, self.layer.stride[0]
        lowered = space.array((G, c, KW, sh, -(-h // sh), n, OW), taps.dtype)
        for phase in range(min(sh, h)):
            rows = taps[:, :, :, phase::sh]
            copy_rows(lowered[:, :, :, phase, : rows.shape[3]], rows)
        return lowered

    def _row_taps(self, slab, block, OW, space):
        """What each tap along a row meets, not copied yet: (n, G, c, h, KW, OW)."""
        piece, layer = self._piece(slab, block, space), self.layer
        return row_taps(piece, layer.KW, OW, layer.stride[1], layer.dilation[1])

    def _piece(self, slab, block, space):
        """The padded pixels of a slab and block: (n, G, c, h, w)."""
        layer = self.layer
        x = self.x.reshape(layer.N, layer.groups, -1, layer.H, layer.W)[:, *block]
        return cut(x, layer, slab, self.total.dtype, space)


class ExchangedWeightGradient(WeightGradient):
    """The same with x and dy exchanged, for many channels and few filters: the taps of dy are copied, not those of x.

    Moving dy one way is moving x the other: in a stride-1 layer over dy, padded until every pixel of x is an output,
    x is the gradient and dw, its axes exchanged and its taps flipped, is what is asked for.
    """

    exact = False  # the zeros around dy meet pixels that no window holds

    def __init__(self, dy, x, layer, dw):
        reach = [(span - 1 - before, 0) for span, (before, _) in zip(layer.span, layer.padding, strict=True)]
        exchanged = layer._replace(
            C=layer.F, H=layer.OH, W=layer.OW, F=layer.C, OH=layer.H, OW=layer.W, padding=tuple(reach)
        )
        super().__init__(x, dy, exchanged, dw)
        filters = dw.reshape(layer.groups, -1, *dw.shape[1:])  # (G, f, c, KH, KW)
        self.place = filters.swapaxes(1, 2)[..., ::-1, ::-1]

    @staticmethod
    def pays(layer):
        """Whether the copies it saves should take longer than what it multiplies with zeros."""
        inside, outside = layer.OH * layer.OW, layer.H * layer.W
        zeros = layer.C * layer.F // layer.groups * layer.KH * layer.KW * (outside - inside)
        copies = (layer.KW - 1) * (layer.C * inside - layer.F * outside)
        return layer.stride == (1, 1) and COPY_ROW * copies > costs.MULTIPLY * zeros


class RowsWeightGradient(WeightGradient):
    """The same for few filters: some rows of dy at a time meet all rows of pixels that any of their windows hold.

    Nothing is copied for the taps. The rows of all images stand side by side, those of dy with zeros where those of
    the pixels go on, and tap v begins v numbers further on. Of each product (rows·f, P) by (P, reach·c) only those
    numbers count in which a row of dy meets a row of its own window; they stand on a diagonal.
    """

    exact = False  # the zeros beside dy meet pixels of the next image

    @staticmethod
    def pays(layer):
        c, f = layer.C // layer.groups, layer.F // layer.groups
        return c * f <= (FEW if layer.groups > 1 else 1) and layer.N * layer.OW >= LONG

    def _blocks(self, workers):
        """(groups, channels) as slices: all channels, and so few groups that several images go into one slab."""
        layer, c = self.layer, self.layer.C // self.layer.groups
        image = self._pixel(1) * (layer.OH + self.halo) * layer.OW
        blocks = max(-(-min(IMAGES, layer.N) * image // self.budget), self.total.nbytes // PART_BYTES)
        return [(groups, slice(0, c)) for groups in slices(layer.groups, blocks)]

    def _pixel(self, blocks):
        (sh, sw), layer = self.layer.stride, self.layer
        return 2 * (layer.C * sh * sw + layer.F) // blocks

    def _add(self, slab, block, space):
        pixels, dy = self._padded_rows(slab, block, space)
        G, blocks, rows, f, P = dy.shape
        (sh, sw), c = self.layer.stride, pixels.shape[2]
        reach = (rows - 1) * sh + self.layer.span[0]
        sums = space.array((self.layer.KW, G, rows * f, reach * c), dy.dtype)
        products = space.array((G, blocks, rows * f, reach * c), dy.dtype)
        for v in range(self.layer.KW):
            begin, phase = divmod(v * self.layer.dilation[1], sw)
            taps = _blocks_of_rows(pixels[:, :, :, phase, begin:], blocks, rows * sh, reach)
            matmul(dy[..., : P - begin].reshape(G, blocks, rows * f, -1), taps, products, space)
            np.add.reduce(products, axis=1, out=sums[v])
        part = self._own_windows(sums.reshape(-1, G, rows, f, reach, c))
        with self.lock:
            self.total[:, *block] += part

    def _padded_rows(self, slab, block, space):
        """Rows of all images in line: pixels (G, h, c, sw, P), sorted by remainder, and dy (G, blocks, rows, f, P)."""
        piece, (sh, sw) = self._piece(slab, block, space), self.layer.stride
        dy = self.dy[slab.y]
        (n, G, c, h, w), (OH, OW) = piece.shape, dy.shape[2:]
        blocks = -(-OH // ROWS)
        rows, width = -(-OH // blocks), -(-w // sw)
        pixels = space.array((G, (blocks * rows - 1) * sh + self.layer.span[0], c, sw, n, width), piece.dtype)
        pixels[:, h:] = 0
        for phase in range(sw):
            columns = piece[..., phase::sw].transpose(1, 3, 2, 0, 4)[:, : pixels.shape[1]]
            copy_rows(pixels[:, :h, :, phase, :, : columns.shape[-1]], columns)
            pixels[:, :h, :, phase, :, columns.shape[-1] :] = 0
        dy = dy.reshape(n, self.layer.groups, -1, OH, OW)[:, block[0]].transpose(1, 3, 2, 0, 4)
        place = space.array((G, blocks * rows, dy.shape[2], n, width), piece.dtype)
        place[:, OH:] = place[..., OW:] = 0
        copy_rows(place[:, :OH, ..., :OW], dy)
        return pixels.reshape(*pixels.shape[:4], -1), place.reshape(G, blocks, rows, dy.shape[2], -1)

    def _own_windows(self, sums):
        """(KW, G, rows, f, reach, c) -> (KH, G, c, KW, f): each row of dy with the rows of its own window."""
        KW, G, rows, f, _, c = sums.shape
        (sh, _), (dh, _) = self.layer.stride, self.layer.dilation
        tap, group, row, filter_, below, channel = sums.strides
        strides = row + sh * below, dh * below, group, channel, tap, filter_
        return as_strided(sums, (rows, self.layer.KH, G, c, KW, f), strides, writeable=False).sum(0)


def _blocks_of_rows(pixels, blocks, step, reach):
    """(G, h, c, P) -> (G, blocks, P, reach*c): what the rows of a block of dy may meet, `step` rows after the last."""
    G, _, c, P = pixels.shape
    group, row, channel, pixel = pixels.strides
    shape, strides = (G, blocks, P, reach * c), (group, step * row, pixel, channel)
    return as_strided(pixels, shape, strides, writeable=False)


class ColumnsWeightGradient:
    """The same for few pixels and many filters: dy times the windows in full, each channel's dw where it belongs."""

    exact = True

    def __init__(self, dy, x, layer, dw):
        self.dy, self.x, self.layer, self.place = dy, x, layer, dw

    def store(self):
        """Nothing is left to do."""

    def jobs(self, workers):
        return [
            partial(self._fill, channels, filters, part, block)
            for channels, filters, part in each_group(self.layer)
            for block in columns.blocks(part, self.place.itemsize, workers)
        ]

    def _fill(self, channels, filters, layer, block, space):
        """dw of some channels of one group."""
        windows = columns.windows(self.x[:, channels], layer, block, self.place.dtype, space)
        dy = space.array((layer.F, layer.N, layer.OH, layer.OW), self.place.dtype)
        copy_rows(dy, self.dy[:, filters].swapaxes(0, 1))
        np.matmul(dy.reshape(layer.F, -1), windows.T, out=self.place[filters, block].reshape(layer.F, -1))
