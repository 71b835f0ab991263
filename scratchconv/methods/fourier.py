"""A product of spectra: what slides in space multiplies, frequency by frequency, in Fourier space (chapter 18).

The transform of a correlation is the transform of x times the conjugate of the transform of w. To conjugate a
spectrum is to flip its image, and a product of spectra without it would be convolution: the flip of chapter 2.
The product goes round the edges, from the last pixel on to the first. A valid window never crosses an edge, so
the outputs that went round are not among those kept.
"""

from __future__ import annotations

import numpy as np

from ..shapes import output_size
from .strided import correlate as strided

UNIT = 2.0**-53  # the largest relative error of one float64 operation


def correlate(x, w, stride, dilation):
    """As every method. Where a rounded product could be wrong, `strided` computes the result instead:

    integers whose rounding errors might reach ½, and anything that is or becomes infinite or NaN, because one
    such pixel spreads to all frequencies.
    """
    size = tuple(1 << (n - 1).bit_length() for n in x.shape[2:])  # powers of two are quick, and have a proven bound
    dtype = np.result_type(x, w)
    if dtype.kind != "f" and not _rounds_to_the_right_integer(x, w, size):
        return strided(x, w, stride, dilation)
    y = _product(x, w, size, stride, dilation)
    if not np.isfinite(y).all():
        return strided(x, w, stride, dilation)
    return (y if dtype.kind == "f" else np.rint(y)).astype(dtype)


def _product(x, w, size, stride, dilation):
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    (sh, sw), (dh, dw) = stride, dilation
    OH, OW = output_size(H, KH, stride=sh, dilation=dh), output_size(W, KW, stride=sw, dilation=dw)
    wide = np.promote_types(np.result_type(x, w), np.float64)  # an error goes to all outputs: float32 is too coarse
    X = np.fft.rfft2(x.astype(wide), size)  # (N, C, rows of size, half its columns and one)
    y = np.empty((N, F, OH, OW), wide)
    for f in range(F):
        spread = np.zeros((w.shape[1], *size), wide)
        spread[:, : dh * KH : dh, : dw * KW : dw] = w[f]  # zeros between the taps, and after them
        Y = np.einsum("nchk,chk->nhk", X, np.fft.rfft2(spread).conj())  # summed over channels
        y[:, f] = np.fft.irfft2(Y, size)[:, : OH * sh : sh, : OW * sw : sw]  # every position, then the stride's
    return y


def _rounds_to_the_right_integer(x, w, size):
    """Whether rounding errors provably stay below ½, with room for a factor of 8.

    The bound on a transform there and back of a power of two: C. Percival, "Rapid multiplication modulo the sum and
    difference of highly composite numbers", 2003; its terms in the size of `UNIT` are added up here.
    """
    if np.result_type(x, w).kind == "O":
        return False
    steps = 13 * np.log2(size[0] * size[1]) + 3 + x.shape[1]
    lengths = [np.sqrt(np.square(a, dtype=float).sum((1, 2, 3)).max(initial=0)) for a in (x, w)]
    return bool(lengths[0] * lengths[1] * steps * UNIT < 1 / 16)
