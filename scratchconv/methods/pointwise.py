"""Kernels of one tap: an image is a matrix already, (c, pixels), and nothing need be copied (chapter 9)."""

from __future__ import annotations

import numpy as np

from ..layout import copy_rows
from .piecewise import Piecewise


class Pointwise(Piecewise):
    """Correlate pieces with filters w (F, c, 1, 1): one product for each image and group."""

    joined = 2

    def __init__(self, w, layer):
        super().__init__(layer)
        self.w = w.reshape(layer.groups, layer.F // layer.groups, -1)  # (G, f, c)

    @staticmethod
    def suits(layer):
        return layer.KH == layer.KW == 1

    @staticmethod
    def numbers(layer):
        return layer.C * layer.stride[0] * layer.stride[1] + layer.F

    def run(self, space, piece, groups, out):
        (sh, sw), (n, _, OH, OW), (_, f, c) = self.layer.stride, out.shape, self.w.shape
        pixels = piece[:, :, ::sh, ::sw]  # (n, C, OH, OW): stride skips pixels before any work is done
        if pixels.strides[2:] != (OW * piece.itemsize, piece.itemsize):
            pixels = space.array(pixels.shape, piece.dtype)
            copy_rows(pixels, piece[:, :, ::sh, ::sw])
        place = out.reshape(n, -1, f, OH * OW)
        np.matmul(self.w[groups], pixels.reshape(n, -1, c, OH * OW), out=place)
