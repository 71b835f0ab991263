"""What the package is measured against: PyTorch, SciPy in a loop, one matrix product, and the source documents' ways.

Each function takes a `layers.Row` and its arrays and returns calls without arguments. The methods of the source
documents (gather by index, plain einsum, four loops) are written anew from their descriptions.
"""

from __future__ import annotations

import numpy as np
from layers import Row

from scratchconv import oracles
from scratchconv.methods import find
from scratchconv.windows import view_index, window_view

GATHERED = 2**26  # numbers that the gather may copy at a time: 256 MB in float32
FACTOR = 2**24  # numbers in the larger factor of the one matrix product


def pytorch(row: Row, arrays):
    """forward and backward by PyTorch, without the bookkeeping of autograd."""
    import torch

    x, w, b, dy = (torch.from_numpy(a) for a in arrays)

    def forward():
        return torch.nn.functional.conv2d(x, w, b, **row.options).numpy()

    def backward():
        grads = torch.ops.aten.convolution_backward(
            dy, x, w, [len(w)], row.stride, row.padding, row.dilation, False, [0, 0], row.groups, [True, True, True]
        )
        return tuple(g.numpy() for g in grads)

    return forward, backward


def matrix_product(row: Row, dtype):
    """(call, how often it stands for the layer): matrix products with as many multiplications in all."""
    f, K = row.w[0] // row.groups, int(np.prod(row.w[1:]))
    positions = row.multiplications // (row.w[0] * K)
    columns = max(1, min(positions, FACTOR // K))
    a, b = np.ones((f, K), dtype), np.ones((K, columns), dtype)
    out = np.empty((f, columns), dtype)
    return lambda: np.matmul(a, b, out=out), row.groups * positions / columns


def of_some_images(row: Row, arrays, method):
    """(call, factor): `method` on a few images; the whole batch takes factor times as long."""
    x, w, b, _ = arrays
    padded = np.pad(x, ((0, 0), (0, 0), *((p, p) for p in row.padding)))
    window_numbers = row.multiplications // len(x) // row.w[0]  # of one image
    images = max(1, min(len(x), GATHERED // window_numbers)) if method is gather else 1
    part = padded[:images]
    c, f = row.x[1] // row.groups, row.w[0] // row.groups

    def call():
        pairs = [(part[:, g * c : g * c + c], w[g * f : g * f + f]) for g in range(row.groups)]
        return np.concatenate([method(*pair, row.stride, row.dilation) for pair in pairs], 1) + b[:, None, None]

    return call, len(x) / images


def gather(x, w, stride, dilation):
    """All windows of all images copied by one index array, then one product."""
    (N, C, H, W), (F, _, KH, KW) = x.shape, w.shape
    index = view_index((C, H, W), (C, KH, KW), stride=stride, dilation=dilation)
    windows = x.reshape(N, -1)[:, index]  # (N, OH*OW, C*KH*KW)
    OW = (W - dilation[1] * (KW - 1) - 1) // stride[1] + 1
    return (windows @ w.reshape(F, -1).T).transpose(0, 2, 1).reshape(N, F, -1, OW)


def einsum(x, w, stride, dilation):
    """A view of all windows and the sum as it is written, without a product of matrices."""
    windows = window_view(x, w.shape[2:], stride=stride, dilation=dilation)
    return np.einsum("ncijuv,fcuv->nfij", windows, w)


def loops(x, w, stride, dilation):
    """Four loops and a sum."""
    return find("loops")(x, w, stride, dilation)


def scipy_loop(x, w, stride, dilation):
    """`scipy.signal.correlate2d` for every image, filter and channel."""
    return oracles.conv2d(x, w, stride=stride, dilation=dilation)


SLOW = {"gather by index": gather, "einsum": einsum, "scipy.signal in a loop": scipy_loop, "four loops": loops}
