"""Winograd's F(4×4, 3×3): 36 multiplications give 16 outputs of a 3×3 kernel that would take 144 (chapter 19).

The image falls into tiles of 6×6 pixels that begin every 4. A tile d and a kernel g are transformed, multiplied
number by number and transformed back: Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A. Number by number means: 36 matrix products over
the channels. Both transforms are matrix products too, of all tiles at once, with the Kronecker squares of B and A.
"""

from __future__ import annotations

from .piecewise import Piecewise
from .products import matmul
from .winograd_tiles import AA, GG, REACH, TILE, extra, product, transformed

FILTER_BYTES = 20 * 2**20  # of transformed filters


class Winograd(Piecewise):
    """Correlate padded pieces with 3×3 filters w (F, C, 3, 3) that were transformed once."""

    exact = False  # infinity in one pixel of a tile makes the whole tile NaN
    bytes = 5 * 2**20
    tile = (TILE, TILE)

    def __init__(self, w, layer):
        super().__init__(layer)
        F, C = w.shape[:2]
        taps = w.transpose(2, 3, 0, 1).reshape(9, F * C)
        self.u = (GG.astype(w.dtype) @ taps).reshape(36, F, C)
        self.a = AA.astype(w.dtype)

    @staticmethod
    def suits(layer):
        """Whether the layer has the one kernel, step and grouping that the transforms are made for."""
        return (layer.KH, layer.KW, *layer.stride, *layer.dilation, layer.groups) == (3, 3, 1, 1, 1, 1, 1)

    @staticmethod
    def pays(layer, itemsize):
        """Whether 36 products for 16 outputs save more than the transforms cost, all counted in multiplications."""
        if REACH**2 * layer.C * layer.F * itemsize > FILTER_BYTES:
            return False
        C, F, tiles = layer.C, layer.F, layer.N * -(-layer.OH // TILE) * -(-layer.OW // TILE)
        transforms = tiles * (2900 * C + 1300 * F) + 1500 * C * F  # with the copies: a number moved costs as much as 40
        return transforms + tiles * 36 * C * F < layer.N * layer.OH * layer.OW * 10 * C * F

    @staticmethod
    def numbers(layer):
        tile = REACH**2 * (2 * layer.C + layer.F) + TILE**2 * layer.F
        return -(-tile // TILE**2)

    def extra(self, rows, columns):
        return extra(rows, columns)

    def __call__(self, piece, out, workspace):
        """piece (n, C, h, w) -> out (n, F, rows, columns)."""
        v, tiles = transformed(piece, workspace)
        F, C = self.u.shape[1:]
        m = workspace.array((36, F, v.shape[1] // C), v.dtype)
        matmul(self.u, v.reshape(36, C, -1), m, workspace)
        y = workspace.array((16, m[0].size), v.dtype)
        product(self.a, m.reshape(36, -1), y)
        _store(y.reshape(TILE, TILE, F, *tiles), out)


def _store(y, out):
    """(4, 4, F, n, TH, TW) -> (n, F, rows, columns): each of a tile's 16 places is a strided slice of the image."""
    for i in range(min(TILE, out.shape[2])):
        for j in range(min(TILE, out.shape[3])):
            place = out[:, :, i::TILE, j::TILE]
            place[...] = y[i, j].swapaxes(0, 1)[:, :, : place.shape[2], : place.shape[3]]
