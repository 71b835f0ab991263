"""Winograd's F(4×4, 3×3): 36 multiplications give 16 outputs of a 3×3 kernel that would take 144 (chapter 19).

The image falls into tiles of 6×6 pixels that begin every 4. A tile d and a kernel g are transformed, multiplied
number by number and transformed back: Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A. Number by number means: 36 matrix products over
the channels. Both transforms are matrix products too, of all tiles at once, with the Kronecker squares of B and A.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .. import layout
from ..threads import one_blas_thread, share
from ..workspace import lease
from .piecewise import COPIES_BYTES, Piecewise
from .products import matmul
from .winograd_tiles import AA, GG, REACH, TILE, extra, product, transformed

TOGETHER = 64  # filters whose transforms stand side by side: with the tiles of a piece they make one small product
MANY = 2**14  # filters times channels: below, waking a second thread takes longer than it saves


class Winograd(Piecewise):
    """Correlate padded pieces with 3×3 filters w (F, C, 3, 3) that were transformed once."""

    exact = False  # infinity in one pixel of a tile makes the whole tile NaN
    bytes = 5 * 2**20
    per_weight = REACH**2 // 9
    tile = (TILE, TILE)
    memory = staticmethod(layout.channels_innermost)

    def __init__(self, w, layer):
        super().__init__(layer)
        self.space = lease(REACH**2 * layer.F * layer.C * w.itemsize)
        self.u = transformed_filters(w, self.space)
        self.a = AA.astype(w.dtype)

    @staticmethod
    def suits(layer):
        """Whether the layer has the one kernel, step and grouping that the transforms are made for."""
        return (layer.KH, layer.KW, *layer.stride, *layer.dilation, layer.groups) == (3, 3, 1, 1, 1, 1, 1)

    @staticmethod
    def pays(layer, itemsize):
        """Whether 36 products for 16 outputs save more than the transforms cost, all counted in multiplications."""
        C, F, tiles = layer.C, layer.F, layer.N * -(-layer.OH // TILE) * -(-layer.OW // TILE)
        blocks = -(-(REACH**2) * C * F * itemsize // COPIES_BYTES)  # of filters: x is transformed for each
        transforms = tiles * (2000 * C * blocks + 2000 * F) + 1500 * C * F  # a number moved costs as much as 40
        return transforms + tiles * 36 * C * F < layer.N * layer.OH * layer.OW * 10 * C * F

    @staticmethod
    def numbers(layer):
        tile = REACH**2 * (2 * layer.C + layer.F) + TILE**2 * layer.F
        return -(-tile // TILE**2)

    def extra(self, rows, columns):
        return extra(rows, columns)

    def run(self, space, piece, groups, out):
        v, tiles = transformed(piece, space)
        m = space.array((REACH**2, v.shape[1], out.shape[1]), v.dtype)
        for first, u in zip(range(0, m.shape[2], TOGETHER), self.u, strict=True):
            matmul(v, u, m[..., first : first + TOGETHER], space)
        y = space.array((TILE**2, m[0].size), v.dtype)
        product(self.a, m.reshape(REACH**2, -1), y)
        _store(y.reshape(TILE, TILE, *tiles, -1), out, space)


def transformed_filters(w, space):
    """G g Gᵀ of every kernel g: for each `TOGETHER` of the filters (F, C, 3, 3) an array (36, C, f)."""
    F, C = w.shape[:2]
    blocks = [w[first : first + TOGETHER] for first in range(0, F, TOGETHER)]
    found = [space.array((REACH**2, C, len(block)), w.dtype) for block in blocks]

    def fill(job):
        block, u = job
        taps = np.empty((*block.shape[2:], C, len(block)), w.dtype)
        layout.copy(taps.transpose(3, 2, 0, 1)[None], block[None])
        product(GG.astype(w.dtype), taps.reshape(len(GG[0]), -1), u.reshape(REACH**2, -1))

    with one_blas_thread() as available:
        share(fill, zip(blocks, found, strict=True), available if F * C >= MANY else 1)
    return found


def _store(y, out, space):
    """(4, 4, n, TH, TW, F) -> (n, F, rows, columns): pixel (i, j) of every tile where it belongs, then turned back."""
    _, _, n, TH, TW, F = y.shape
    pixels = layout.channels_innermost(space, (n, F, TILE * TH, TILE * TW), y.dtype)
    image, channel, row, column = pixels.strides
    strides = row, column, image, TILE * row, TILE * column, channel
    layout.copy_rows(as_strided(pixels, y.shape, strides), y)
    out[...] = pixels[:, :, : out.shape[2], : out.shape[3]]
