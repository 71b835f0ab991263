"""The gradient of the weights in a domain where it takes fewer multiplications: Winograd's or Fourier's (chapter 17).

What each job adds up stays in that domain; it is transformed back once, at the end.
"""

from __future__ import annotations

from functools import partial
from math import prod
from threading import Lock

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .layout import channels_innermost, copy, copy_rows
from .methods import overlap_save
from .methods import winograd_tiles as winograd
from .methods.overlap_save import OverlapSave
from .methods.products import matmul
from .methods.winograd import Winograd
from .shapes import span
from .slabs import cut, slabs
from .workspace import lease

PART_BYTES = 2**19  # of the sums that are added to dw in either domain at a time


class WinogradWeightGradient:
    """The same for 3×3 kernels, in Winograd's domain: 36 products where there were 9 for each of 16 outputs.

    Each tile of y is Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A, so the gradient of g is Gᵀ[(A dy Aᵀ) ⊙ (Bᵀ d B)]G, summed over tiles.
    """

    exact = False

    def __init__(self, dy, x, layer, dw):
        self.dy, self.x, self.layer, self.place, self.lock = dy, x, layer, dw, Lock()
        shape = winograd.REACH**2, layer.C, layer.F
        self.space = lease(prod(shape) * dw.itemsize)
        self.total = self.space.array(shape, dw.dtype)
        self.total[...] = 0

    @staticmethod
    def pays(layer, itemsize):
        return Winograd.suits(layer) and Winograd.pays(layer, itemsize)

    def store(self):
        """Put what was added up where it belongs, (F, C, 3, 3); not finite if a number of x or dy is not."""
        C, F = self.total.shape[1:]
        dw = winograd.GG.T.astype(self.total.dtype) @ self.total.reshape(winograd.REACH**2, C * F)  # (9, C*F)
        self.place.reshape(F, C, 9)[...] = dw.reshape(9 * C, F).T.reshape(F, 9, C).swapaxes(1, 2)

    def jobs(self, workers):
        layer, tile = self.layer, winograd.TILE
        numbers = winograd.REACH**2 * (2 * layer.C + layer.F) // tile**2 + layer.F
        pieces = slabs(layer, Winograd.bytes // self.total.itemsize, numbers, 2, workers, (tile, tile))
        return [partial(self._add, slab) for slab in pieces]

    def _add(self, slab, space):
        dtype, extra = self.total.dtype, winograd.extra(*self.dy[slab.y].shape[2:])
        piece = cut(self.x, self.layer, slab, dtype, space, channels_innermost, extra)
        v, tiles = winograd.transformed(piece, space)
        e = space.array((winograd.REACH**2, prod(tiles) * self.layer.F), dtype)
        winograd.product(winograd.AA.T.astype(dtype), self._tiles(self.dy[slab.y], tiles, space), e)
        _add_products(v.swapaxes(1, 2), e.reshape(*v.shape[:2], -1), self.total, self.lock, space)

    def _tiles(self, dy, tiles, space):
        """(n, F, rows, columns) -> (16, T*F): the 4×4 gradients of each tile, zero beyond the edges."""
        (_, F, rows, columns), (n, TH, TW), tile = dy.shape, tiles, winograd.TILE
        padded = channels_innermost(space, (n, F, tile * TH, tile * TW), self.total.dtype)
        padded[:, :, rows:] = padded[..., columns:] = 0
        copy(padded[:, :, :rows, :columns], dy)
        image, channel, row, column = padded.strides
        placed = space.array((tile, tile, *tiles, F), padded.dtype)
        copy_rows(placed, as_strided(padded, placed.shape, (row, column, image, tile * row, tile * column, channel)))
        return placed.reshape(tile**2, -1)


class FourierWeightGradient:
    """The same for large kernels: a product of numbers for each frequency instead of a sum over pixels.

    Tap (u, v) of dw is the correlation of x with dy at the lag (u, v). A tile of L×L pixels holds all that its outputs
    see, so the first lags of its circular correlation are free of wrapping. What tiles find adds up in the spectrum.
    """

    exact = False  # a transform spreads what is not finite over the whole tile

    def __init__(self, dy, x, layer, dw):
        self.dy, self.x, self.layer, self.place, self.lock = dy, x, layer, dw, Lock()
        self.size = overlap_save.plan(layer, dw.itemsize).size
        self.tile = overlap_save.useful(layer, self.size)
        frequencies, G = self.size[0] * (self.size[1] // 2 + 1), layer.groups
        self.total = np.zeros((frequencies, G, layer.F // G, layer.C // G), np.result_type(dw, np.complex64))

    @staticmethod
    def pays(layer, itemsize):
        return OverlapSave.suits(layer, itemsize)

    def store(self):
        """Put what was added up where it belongs, (F, c, KH, KW)."""
        (F, c, KH, KW), (dh, dw) = self.place.shape, self.layer.dilation
        spectrum = self.total.reshape(-1, F * c).T.reshape(F, c, self.size[0], -1)
        lags = np.fft.irfft2(spectrum, self.size)
        self.place[...] = lags[:, :, : KH * dh : dh, : KW * dw : dw]

    def jobs(self, workers):
        (sh, sw), layer = self.layer.stride, self.layer
        spectra = (layer.C + layer.F) * prod(self.size) // prod(self.tile)  # of the tiles, shared among their outputs
        numbers = layer.C * sh * sw + layer.F + 3 * spectra // 2
        budget, halo = OverlapSave.bytes // self.place.itemsize, self.tile[0] // 2
        return [partial(self._add, slab) for slab in slabs(layer, budget, numbers, halo, workers, self.tile)]

    def _add(self, slab, space):
        """Add what the tiles of one slab have to give."""
        dtype = self.place.dtype
        piece, dy = cut(self.x, self.layer, slab, dtype, space), self.dy[slab.y].astype(dtype, copy=False)
        (sh, sw), (rows, columns), (K, G, f, c) = self.layer.stride, self.tile, self.total.shape
        corners = list(np.ndindex(-(-dy.shape[2] // rows), -(-dy.shape[3] // columns)))
        x = space.array((K, G, len(corners), len(dy), c), self.total.dtype)
        outputs = space.array((K, G, f, len(corners), len(dy)), self.total.dtype)
        for k, (i, j) in enumerate(corners):
            i, j = i * rows, j * columns
            tile = piece[:, :, i * sh :, j * sw :][:, :, : self.size[0], : self.size[1]]
            np.copyto(x[:, :, k], self._spectrum(tile).transpose(3, 1, 0, 2), casting="same_kind")
            tile = self._apart(dy[:, :, i : i + rows, j : j + columns], space)
            np.conj(self._spectrum(tile).transpose(3, 1, 2, 0), out=outputs[:, :, :, k], casting="same_kind")
        x, outputs = x.reshape(K, G, -1, c), outputs.reshape(K, G, f, -1)
        _add_products(outputs, x, self.total, self.lock, space)

    def _apart(self, dy, space):
        """dy with as many zeros between its numbers as windows skip."""
        (sh, sw), (n, F, OH, OW) = self.layer.stride, dy.shape
        if sh == sw == 1:
            return dy
        place = space.array((n, F, span(OH, sh), span(OW, sw)), self.place.dtype)
        place[...] = 0
        place[:, :, ::sh, ::sw] = dy
        return place

    def _spectrum(self, tile):
        """(n, C, L, L) or less -> its transform, (n, G, c, frequencies)."""
        n, channels = tile.shape[:2]
        return np.fft.rfft2(tile, self.size).reshape(n, self.layer.groups, channels // self.layer.groups, -1)


def _add_products(a, b, total, lock, space):
    """total += a @ b, for so few frequencies at a time that the products are still in the cache when they are added."""
    size = max(1, PART_BYTES // total[0].nbytes)
    for first in range(0, len(total), size):
        mark, place = space.mark(), total[first : first + size]
        part = space.array(place.shape, place.dtype)
        matmul(a[first : first + size], b[first : first + size], part, space)
        with lock:
            place += part
        space.rewind(mark)
