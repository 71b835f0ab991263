"""The operators of this package by plain loops over `scipy.signal`: slow, obvious, and written independently.

They check `conv2d` and `conv2d_grad` in the chapters and in the tests, so they share no arithmetic with them:
padding, stride and dilation are done by building the larger array and slicing the answer out of it.
"""

from __future__ import annotations

import math

import numpy as np

try:
    from scipy import signal
except ImportError as error:  # pragma: no cover
    raise ImportError('the oracles need SciPy: pip install "scratchconv[book]"') from error


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    """`scratchconv.conv2d` by one `scipy.signal.correlate2d` for each image, filter and channel.

    Parameters
    ----------
    x, w, b, stride, padding, dilation, groups
        As `scratchconv.conv2d`. They are not checked.

    Returns
    -------
    ndarray, shape (N, F, OH, OW)

    Notes
    -----
    The loops that chapter 6 checks against. With groups = 1: N·F·C calls of SciPy.

    Examples
    --------
    >>> conv2d(np.ones((1, 2, 3, 4)), np.ones((1, 2, 2, 2)))[0, 0]
    array([[8., 8., 8.],
           [8., 8., 8.]])
    """
    x, w = _wide(x), _wide(w)
    sh, sw = _two(stride)
    x = _pad(x, w.shape[2:], stride, padding, dilation)
    w = _spread(w, _two(dilation))
    channels, filters = w.shape[1], w.shape[0] // groups
    maps = [
        [
            sum(signal.correlate2d(image[f // filters * channels + c], w[f, c], mode="valid") for c in range(channels))
            for f in range(len(w))
        ]
        for image in x
    ]
    empty = (0, len(w), x.shape[2] - w.shape[2] + 1, x.shape[3] - w.shape[3] + 1)
    y = np.array(maps) if maps else np.zeros(empty, np.result_type(x, w))
    y = y[:, :, ::sh, ::sw]
    return y if b is None else y + np.asarray(b)[:, None, None]


def full_conv2d(x, w):
    """`scratchconv.full_conv2d` by one `scipy.signal.convolve2d` for each image, filter and channel.

    Parameters
    ----------
    x : array_like, shape (N, C, H, W)
    w : array_like, shape (F, C, KH, KW)

    Returns
    -------
    ndarray, shape (N, F, H + KH - 1, W + KW - 1)

    Examples
    --------
    >>> full_conv2d(np.ones((1, 1, 2, 2)), np.ones((1, 1, 1, 2)))[0, 0]
    array([[1., 2., 1.],
           [1., 2., 1.]])
    """
    x, w = _wide(x), _wide(w)
    return np.array(
        [[sum(signal.convolve2d(a, k, mode="full") for a, k in zip(image, kernels, strict=True)) for kernels in w]
         for image in x]
    )  # fmt: skip


def conv2d_grad(dy, x, w, *, stride=1, padding=0, dilation=1, groups=1):
    """`scratchconv.conv2d_grad` by loops over SciPy: dw from correlations, dx from full convolutions.

    Parameters
    ----------
    dy, x, w, stride, padding, dilation, groups
        As `scratchconv.conv2d_grad`. They are not checked.

    Returns
    -------
    tuple of ndarray
        (dx, dw, db).

    Notes
    -----
    With a stride, dy is first spread out with zeros to the outputs that a stride of 1 would have had.

    Examples
    --------
    >>> x, w = np.arange(6.0).reshape(1, 1, 2, 3), np.ones((1, 1, 2, 2))
    >>> dx, dw, db = conv2d_grad(np.ones((1, 1, 1, 2)), x, w)
    >>> dw[0, 0]
    array([[1., 3.],
           [7., 9.]])
    """
    dy, x, w = _wide(dy), _wide(x), _wide(w)
    H, W = x.shape[2:]
    (top, _), (left, _) = _amounts((H, W), w.shape[2:], stride, padding, dilation)
    padded = _pad(x, w.shape[2:], stride, padding, dilation)
    (step_h, step_w), (tap_h, tap_w) = _two(stride), _two(dilation)
    wide = _spread(w, (tap_h, tap_w))
    size = (padded.shape[2] - wide.shape[2] + 1, padded.shape[3] - wide.shape[3] + 1)
    dense = np.zeros((*dy.shape[:2], *size), dy.dtype)
    dense[:, :, ::step_h, ::step_w] = dy
    channels, filters = w.shape[1], w.shape[0] // groups

    common = np.result_type(dy, x, w)
    dpadded, dw = np.zeros(padded.shape, common), np.zeros(w.shape, common)
    for n in range(len(x)):
        for f in range(len(w)):
            for c in range(channels):
                source = f // filters * channels + c
                dw[f, c] += signal.correlate2d(padded[n, source], dense[n, f], mode="valid")[::tap_h, ::tap_w]
                dpadded[n, source] += signal.convolve2d(dense[n, f], wide[f, c], mode="full")
    return dpadded[:, :, top : top + H, left : left + W], dw, dy.sum((0, 2, 3))


def _wide(array):
    """Integers in 64 bits, so that SciPy's sums do not wrap."""
    array = np.asarray(array)
    return array.astype(np.int64) if array.dtype.kind in "bui" else array


def _two(value):
    return tuple(value) if np.iterable(value) else (value, value)


def _spread(w, dilation):
    """Put dilation - 1 zeros between the taps of every kernel."""
    (F, C, KH, KW), (dh, dw) = w.shape, dilation
    wide = np.zeros((F, C, dh * (KH - 1) + 1, dw * (KW - 1) + 1), w.dtype)
    wide[:, :, ::dh, ::dw] = w
    return wide


def _amounts(size, kernel, stride, padding, dilation):
    if padding == "same":
        return [_same(*axis) for axis in zip(size, kernel, _two(stride), _two(dilation), strict=True)]
    if padding == "full":
        return [(d * (k - 1), d * (k - 1)) for k, d in zip(kernel, _two(dilation), strict=True)]
    return [_two(p) for p in _two(0 if padding == "valid" else padding)]


def _same(n, k, stride, dilation):
    """As many zeros as the last of ceil(n / stride) windows reaches beyond the image, half of them before."""
    reach = (math.ceil(n / stride) - 1) * stride + dilation * (k - 1) + 1
    missing = max(reach - n, 0)
    return missing // 2, math.ceil(missing / 2)


def _pad(x, kernel, stride, padding, dilation):
    amounts = _amounts(x.shape[2:], kernel, stride, padding, dilation)
    return np.pad(x, [(0, 0), (0, 0), *amounts])
