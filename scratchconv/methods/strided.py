"""Windows as a view without copies, laid out once as columns, then one product for each image (chapter 12)."""

import numpy as np

from ..windows import window_view


def correlate(x, w, stride, dilation):
    (N, C, _, _), (F, _, KH, KW) = x.shape, w.shape
    windows = window_view(x, (KH, KW), stride=stride, dilation=dilation)  # (N, C, OH, OW, KH, KW)
    OH, OW = windows.shape[2:4]
    columns = windows.transpose(0, 1, 4, 5, 2, 3).reshape(N, C * KH * KW, OH * OW)  # the one copy
    y = w.reshape(F, C * KH * KW) @ columns  # (N, F, OH*OW)
    return y.reshape(N, F, OH, OW)


def einsum(x, w, stride=(1, 1), dilation=(1, 1)):
    """The same product, written as the equation: letters on the left that are missing on the right are summed."""
    windows = window_view(x, w.shape[2:], stride=stride, dilation=dilation)  # (N, C, OH, OW, KH, KW)
    return np.einsum("ncijuv,fcuv->nfij", windows, w, optimize=True)  # optimize: by one matrix product
