"""A window is a list of flat indices; moving it adds a constant (chapters 1, 3, 5 and 12)."""

from __future__ import annotations

import numpy as np

from .shapes import integer, output_size, pair, span


def window_index(kernel_shape, input_shape, *, dilation=1):
    """Flat indices of the pixels under a kernel in the top left corner of the input.

    Parameters
    ----------
    kernel_shape : (KH, KW) or (C, KH, KW)
        Size of the kernel. Over an input with channels, (KH, KW) means all of them.
    input_shape : (H, W) or (C, H, W)
        Size of the input, which is stored row by row, channels first.
    dilation : int or (vertical, horizontal), default 1
        Pixels from one tap of the kernel to the next.

    Returns
    -------
    ndarray of intp, shape (C * KH * KW,)
        ``c * H * W + u * dilation * W + v * dilation`` for each tap (c, u, v) in reading order.

    Raises
    ------
    ValueError
        If the kernel is larger than the input, the channels differ or an argument is out of range.
    TypeError
        If a size is not an integer.

    See Also
    --------
    window_offsets : what to add to reach the other windows.
    view_index : the sum of both, all windows at once.

    Notes
    -----
    Built in chapter 3 (one channel) and chapter 5 (several). The row below is W cells later: the width
    counts, never the height.

    Examples
    --------
    >>> window_index((3, 3), (28, 28))
    array([ 0,  1,  2, 28, 29, 30, 56, 57, 58])
    >>> window_index((2, 3), (4, 6))
    array([0, 1, 2, 6, 7, 8])
    """
    (C, KH, KW), (_, H, W) = _sizes(kernel_shape, input_shape)
    dh, dw = pair(dilation, "dilation")
    _must_fit((KH, KW), (H, W), (dh, dw))
    channels = np.arange(C)[:, None, None] * (H * W)  # (C, 1, 1)
    rows = np.arange(KH)[:, None] * (dh * W)  # (KH, 1)
    columns = np.arange(KW) * dw  # (KW,)
    return (channels + rows + columns).ravel().astype(np.intp, copy=False)  # (C*KH*KW,)


def window_offsets(input_shape, kernel_shape, *, stride=1, dilation=1):
    """What to add to `window_index` for each output position, row by row.

    Parameters
    ----------
    input_shape : (H, W) or (C, H, W)
        Size of the input. Channels make no difference: a window always covers all of them.
    kernel_shape : (KH, KW) or (C, KH, KW)
        Size of the kernel.
    stride, dilation : int or (vertical, horizontal), default 1
        Pixels from one window to the next, and from one tap to the next.

    Returns
    -------
    ndarray of intp, shape (OH * OW,)
        ``i * stride * W + j * stride`` for each output position (i, j) in reading order.

    Raises
    ------
    ValueError
        If the kernel is larger than the input, the channels differ or an argument is out of range.
    TypeError
        If a size is not an integer.

    See Also
    --------
    window_index, view_index, output_size

    Notes
    -----
    Built in chapter 3; chapter 8 adds the stride.

    Examples
    --------
    >>> window_offsets((4, 6), (3, 2))
    array([ 0,  1,  2,  3,  4,  6,  7,  8,  9, 10])
    >>> window_offsets((4, 6), (2, 2), stride=2)
    array([ 0,  2,  4, 12, 14, 16])
    """
    (_, KH, KW), (_, H, W) = _sizes(kernel_shape, input_shape)
    (sh, sw), (dh, dw) = pair(stride, "stride"), pair(dilation, "dilation")
    _must_fit((KH, KW), (H, W), (dh, dw))
    OH, OW = output_size(H, KH, stride=sh, dilation=dh), output_size(W, KW, stride=sw, dilation=dw)
    rows = np.arange(OH)[:, None] * (sh * W)  # (OH, 1)
    columns = np.arange(OW) * sw  # (OW,)
    return (rows + columns).ravel().astype(np.intp, copy=False)  # (OH*OW,)


def view_index(input_shape, kernel_shape, *, stride=1, dilation=1):
    """Flat indices of every window, one row per window.

    Parameters
    ----------
    input_shape : (H, W) or (C, H, W)
        Size of the input.
    kernel_shape : (KH, KW) or (C, KH, KW)
        Size of the kernel.
    stride, dilation : int or (vertical, horizontal), default 1
        Pixels from one window to the next, and from one tap to the next.

    Returns
    -------
    ndarray of intp, shape (OH * OW, C * KH * KW)
        ``x.ravel()[view_index(x.shape, w.shape)] @ w.ravel()`` is the correlation, flat.

    Raises
    ------
    ValueError
        If the kernel is larger than the input, the channels differ or an argument is out of range.
    TypeError
        If a size is not an integer.

    See Also
    --------
    window_index, window_offsets

    Notes
    -----
    Built in chapter 3. The matrix holds OH·OW·C·KH·KW indices of 8 bytes: as large as the windows
    themselves in float64.

    Examples
    --------
    >>> view_index((3, 4), (2, 3))
    array([[ 0,  1,  2,  4,  5,  6],
           [ 1,  2,  3,  5,  6,  7],
           [ 4,  5,  6,  8,  9, 10],
           [ 5,  6,  7,  9, 10, 11]])
    """
    first = window_index(kernel_shape, input_shape, dilation=dilation)
    offsets = window_offsets(input_shape, kernel_shape, stride=stride, dilation=dilation)
    return offsets[:, None] + first  # (OH*OW, C*KH*KW)


def window_view(x, kernel_shape, *, stride=(1, 1), dilation=(1, 1)):
    """Every window of the last two axes of `x` as a read-only view: no pixel is copied.

    Parameters
    ----------
    x : ndarray, shape (..., H, W)
    kernel_shape : (KH, KW)
    stride, dilation : (vertical, horizontal)

    Returns
    -------
    ndarray, shape (..., OH, OW, KH, KW)
        Shares memory with `x` and cannot be written to: one pixel stands in many windows.

    Raises
    ------
    ValueError
        If the kernel does not fit into the last two axes of `x`, or an argument is out of range.
    TypeError
        If a size is not an integer.

    See Also
    --------
    view_index : the same windows as indices, which copies when it is used.

    Notes
    -----
    Costs no memory, whatever the kernel. Reading it in order does touch every pixel KH·KW times.

    Examples
    --------
    >>> window_view(np.arange(12).reshape(3, 4), (2, 2)).shape
    (2, 3, 2, 2)
    """
    (KH, KW), (sh, sw), (dh, dw) = kernel_shape, stride, dilation
    _must_fit(kernel_shape, x.shape[-2:], dilation)
    whole = (span(KH, dh), span(KW, dw))
    windows = np.lib.stride_tricks.sliding_window_view(x, whole, axis=(-2, -1))
    return windows[..., ::sh, ::sw, ::dh, ::dw]


def _sizes(kernel_shape, input_shape):
    """((C, KH, KW), (C, H, W)) from shapes with or without channels."""
    kernel = _shape(kernel_shape, "kernel_shape", "(KH, KW) or (C, KH, KW)")
    image = _shape(input_shape, "input_shape", "(H, W) or (C, H, W)")
    C = image[0] if len(image) == 3 else 1
    if len(kernel) == 3 and kernel[0] != C:
        raise ValueError(
            f"the kernel must have the input's channels: kernel_shape {kernel} has {kernel[0]}, "
            f"input_shape {image} has {C}; both are given channels first"
        )
    return (C, *kernel[-2:]), (C, *image[-2:])


def _shape(shape, name, form):
    shape = tuple(shape) if np.iterable(shape) else (shape,)
    if len(shape) not in (2, 3):
        raise ValueError(f"{name} must be {form}, got {shape}")
    return tuple(integer(n, name, least=1) for n in shape)


def _must_fit(kernel, image, dilation):
    for k, n, d, axis in zip(kernel, image, dilation, ("height", "width"), strict=True):
        if span(k, d) > n:
            raise ValueError(
                f"a window must lie inside the input: a kernel of {axis} {k} with dilation {d} spans "
                f"{span(k, d)} pixels and the input has {n}; are kernel and input shape exchanged?"
            )
