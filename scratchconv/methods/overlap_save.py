"""Large kernels by Fourier transforms of tiles: a product of numbers instead of a sum over taps (chapter 18).

A tile of L×L pixels yields (L - KH + 1)×(L - KW + 1) outputs; what wraps round its edges is thrown away
("overlap-save"). The transforms of the filters are made once. Between the transforms stands, for each frequency,
a small matrix product over the channels.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..layout import copy_rows
from ..shapes import span
from .piecewise import Piecewise

SIZES = (16, 20, 24, 32, 40, 48, 64, 80, 96, 108, 128, 144, 192, 240)
FILTER_BYTES = 8 * 2**20  # transforms of all filters

# Nanoseconds: a pixel transformed, what a row of pixels costs on top, a pixel multiplied, one tap of a sum.
TRANSFORM, ROW, PRODUCT, DIRECT = 3.0, 180.0, 0.06, 0.025


class Plan(NamedTuple):
    """Tile sizes of the two axes and an estimate of the time."""

    size: tuple[int, int]
    nanoseconds: float


@lru_cache(maxsize=256)
def plan(layer, itemsize):
    """The quickest tiles whose transformed filters fit into FILTER_BYTES, or None."""
    plans = [_estimate(layer, (a, b)) for a in _sizes(layer, 0) for b in _sizes(layer, 1)]
    room = FILTER_BYTES // (2 * itemsize * layer.F * layer.C // layer.groups)
    plans = [p for p in plans if p.size[0] * (p.size[1] // 2 + 1) <= room]
    return min(plans, key=lambda p: p.nanoseconds, default=None)


def _sizes(layer, axis):
    kernel, outputs = layer.span[axis], (layer.OH, layer.OW)[axis]
    whole = (outputs - 1) * layer.stride[axis] + kernel
    fitting = [s for s in SIZES if s >= kernel + layer.stride[axis]]
    return [s for s in fitting if s < whole] + [s for s in fitting if s >= whole][:1]


def useful(layer, size):
    """Outputs along each axis of one tile."""
    return tuple((s - k) // step + 1 for s, k, step in zip(size, layer.span, layer.stride, strict=True))


def _estimate(layer, size):
    tiles = layer.N
    for outputs, of_a_tile in zip((layer.OH, layer.OW), useful(layer, size), strict=True):
        tiles *= -(-outputs // of_a_tile)
    c = layer.C // layer.groups
    transform = (TRANSFORM + ROW / min(size)) * (tiles * (layer.C + layer.F) + layer.F * c)
    return Plan(size, size[0] * size[1] * (transform + PRODUCT * tiles * layer.F * c))


class OverlapSave(Piecewise):
    """Correlate padded pieces with filters w (F, c, KH, KW) that were transformed once."""

    exact = False  # a transform spreads what is not finite over the whole tile
    bytes = 6 * 2**20

    @staticmethod
    def suits(layer, itemsize):
        """Whether the transforms should take less time than the sums over taps they replace."""
        direct = layer.N * layer.OH * layer.OW * layer.F * layer.C // layer.groups * layer.KH * layer.KW
        quickest = plan(layer, itemsize) if layer.KH * layer.KW >= 25 else None
        return quickest is not None and quickest.nanoseconds < DIRECT * direct

    def __init__(self, w, layer):
        super().__init__(layer)
        self.size = plan(layer, w.itemsize).size
        self.tile = useful(layer, self.size)
        (dh, dw), (F, c) = layer.dilation, w.shape[:2]
        spread = np.zeros((F, c, span(layer.KH, dh), span(layer.KW, dw)), w.dtype)
        spread[:, :, ::dh, ::dw] = w
        w = np.conj(np.fft.rfft2(spread, self.size)).astype(_complex(w.dtype), copy=False)
        w = w.reshape(layer.groups, F // layer.groups, c, -1)
        self.w = np.ascontiguousarray(w.transpose(3, 0, 1, 2))  # (frequencies, G, f, c)

    @staticmethod
    def numbers(layer):
        return 3 * (layer.C * layer.stride[0] * layer.stride[1] + layer.F)

    def halo(self):
        return self.tile[0] // 2  # a piece is a tile at least: rather a short one than a wide one

    def run(self, space, piece, groups, out):
        """One tile at a time."""
        (sh, sw), (rows, columns) = self.layer.stride, self.tile
        for i in range(0, out.shape[2], rows):
            for j in range(0, out.shape[3], columns):
                place = out[:, :, i : i + rows, j : j + columns]
                tile = piece[:, :, i * sh :, j * sw :][:, :, : self.size[0], : self.size[1]]
                y = self._correlate(tile, self.w[:, groups], space)[:, :, ::sh, ::sw]
                copy_rows(place, y[:, :, : place.shape[2], : place.shape[3]])

    def _correlate(self, tile, w, space):
        """(n, C, L, L) or less -> (n, F, L, L), of which only the first outputs are free of wrapping."""
        n = len(tile)
        K, G, f, c = w.shape
        x = np.fft.rfft2(tile, self.size)
        mark = space.mark()
        by_frequency = space.array((K, G, c, n), self.w.dtype)
        np.copyto(by_frequency, x.reshape(n, G, c, K).transpose(3, 1, 2, 0), casting="same_kind")
        products = np.matmul(w, by_frequency, out=space.array((K, G, f, n), self.w.dtype))
        y = np.ascontiguousarray(products.reshape(K, G * f, n).transpose(2, 1, 0))
        space.rewind(mark)
        return np.fft.irfft2(y.reshape(n, G * f, self.size[0], -1), self.size)


def _complex(dtype):
    return np.result_type(dtype, np.complex64)
