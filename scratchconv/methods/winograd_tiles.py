"""Tiles of 6×6 pixels and the transforms of Winograd's F(4×4, 3×3), all tiles at once (chapter 19)."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..layout import copy_rows, turned
from .products import SMALL

TILE, KERNEL = 4, 3
REACH = TILE + KERNEL - 1

Bt = np.array(
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ],
    dtype=float,
)
G = np.array(
    [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ]
)
At = np.array([[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]], dtype=float)
GG, BB, AA = (np.kron(m, m) for m in (G, Bt, At))  # of a whole kernel (36, 9), tile (36, 36), result (16, 36)


def extra(rows, columns):
    """Pixels that the last tiles reach beyond the last window."""
    return -rows % TILE, -columns % TILE


def transformed(piece, space):
    """Bᵀ d B of every tile d of a piece (n, C, h, w): (36, T, C), and the shape (n, TH, TW) of the tiles."""
    piece = turned(piece, space)
    (n, C, h, w), (image, channel, row, column) = piece.shape, piece.strides
    TH, TW = (h - REACH) // TILE + 1, (w - REACH) // TILE + 1
    d, v = (space.array((REACH, REACH, n, TH, TW, C), piece.dtype) for _ in range(2))
    strides = row, column, image, TILE * row, TILE * column, channel
    copy_rows(d, as_strided(piece, d.shape, strides, writeable=False))
    d, v = d.reshape(REACH**2, -1), v.reshape(REACH**2, -1)
    product(BB.astype(piece.dtype), d, v)
    return v.reshape(REACH**2, -1, C), (n, TH, TW)


def product(small, wide, out):
    """small @ wide into out, so many columns at a time that BLAS packs nothing."""
    columns = wide.shape[1]
    size = min(columns, SMALL // small.size)
    blocks = columns // size
    whole = blocks * size

    def stack(a):
        return a[:, :whole].reshape(len(a), blocks, size).swapaxes(0, 1)

    np.matmul(small, stack(wide), out=stack(out))
    if whole < columns:
        np.matmul(small, wide[:, whole:], out=out[:, whole:])
