"""The layer operation: parse, pad, split groups, call a method, add the bias (chapters 4 to 10)."""

from __future__ import annotations

import numpy as np

from . import engine, methods, shapes


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1, method="auto"):
    """Batched, multi-channel cross-correlation plus bias: what deep learning calls a convolution layer.

    Parameters
    ----------
    x : array_like, shape (N, C, H, W)
        A batch of N inputs with C channels, channels first.
    w : array_like, shape (F, C // groups, KH, KW)
        F filters. They are not flipped; `full_conv2d` flips.
    b : array_like, shape (F,), optional
        Added to every output of its filter.
    stride : int or (vertical, horizontal), default 1
        Pixels from one window to the next.
    padding : int, (ph, pw), ((top, bottom), (left, right)), "valid", "same" or "full", default 0
        Zeros around each image. "same" gives OH = ceil(H / stride), the odd pixel at the bottom and right;
        "full" adds dilation * (K - 1) on every side.
    dilation : int or (vertical, horizontal), default 1
        Pixels from one tap of the kernel to the next.
    groups : int, default 1
        Channels and filters are split into so many groups that do not see each other.
    method : str, default "auto"
        "auto", "loops", "index", "strided", "toeplitz", "fourier", "blocked" or "winograd": how to compute it. The
        result is the same up to rounding, relative to the largest output. "auto" takes the quickest way for the
        layer (`methods.quickest` is the rule; small layers are left to "strided"). "winograd" is for 3×3 kernels
        that move by one pixel; for others, and for numbers that are not float32 or float64, the fast methods give
        way to the next plainer one. "toeplitz" needs SciPy.

    Returns
    -------
    ndarray, shape (N, F, OH, OW)
        A new array. Integers and booleans give int64, exactly; floats the usual common type.

    Raises
    ------
    ValueError
        If the shapes do not fit together, an argument is out of range, or an integer result exceeds int64.
    TypeError
        If an array does not hold real numbers, or a size is not an integer.

    See Also
    --------
    conv2d_grad : its three gradients.
    full_conv2d : true convolution, with the flip.
    oracles.conv2d : the same by loops over SciPy.

    Notes
    -----
    ``y[n, f, i, j] = b[f] + sum over c, u, v of x[n, c, i*s + u*d - top, j*s + v*d - left] * w[f, c, u, v]``.
    Costs N·F·OH·OW·(C/groups)·KH·KW multiplications; with "winograd" a quarter of them and the transforms. The
    fast methods cut the work into slabs. Where a layer is large enough, as many threads share them as NumPy's
    OpenBLAS would use, four at most; with another BLAS it is one. The largest temporary of the fast
    methods is one slab for each thread, 6 MB of lowered pixels and as much again for what is made of them, kept
    for the next call; weights in an order of the method's own are 20 MB at most, unless there are groups. With
    "index" and "strided" a slab's windows hold at most 2²¹ numbers, or one window.
    Rounding is relative to the largest numbers near an output: "winograd" and transforms mix the pixels of a tile.
    NaN and infinity go through, without a warning, and reach no other windows than their own.
    Built in chapters 4 to 10, the fast ways in chapters 17 to 19.

    References
    ----------
    K. Chellapilla, S. Puri and P. Simard, "High performance convolutional neural networks for document
    processing", 2006: all windows as one matrix.
    A. Lavin and S. Gray, "Fast algorithms for convolutional neural networks", 2016, arXiv:1509.09308: Winograd.

    Examples
    --------
    >>> x = np.arange(24).reshape(1, 1, 4, 6)
    >>> w = np.array([[[[1, 0], [2, -1], [0, 3]]]])
    >>> conv2d(x, w, stride=(1, 2))
    array([[[[44, 54, 64],
             [74, 84, 94]]]])
    """
    plain_method = methods.find(method)
    x, w = shapes.numeric(x, "x"), shapes.numeric(w, "w")
    layer = shapes.layer(x, w, stride=stride, padding=padding, dilation=dilation, groups=groups)
    arrays = [x, w] if b is None else [x, w, shapes.bias(b, layer.F)]
    dtype, work = shapes.result_and_work_dtype(*arrays, terms=w[0].size)

    y, w = np.empty(layer.y_shape, work), np.ascontiguousarray(w, work)
    bias = 0 if b is None else arrays[2].astype(work)[:, None, None]  # (F, 1, 1)
    fast = methods.choose(method, layer, work)
    with shapes.quietly():
        if fast:
            engine.correlate(x, w, bias, y, layer, fast)
        else:
            engine.plain(x, w, y, layer, plain_method)
            y += bias
        return shapes.narrow(y, dtype)


def flip_kernels(w):
    """Turn every kernel by 180°: reverse both spatial axes, never the channels.

    Parameters
    ----------
    w : array_like, shape (..., KH, KW)

    Returns
    -------
    ndarray
        A new array of the same shape and type.

    Raises
    ------
    ValueError
        If `w` has fewer than two axes.
    TypeError
        If it does not hold real numbers.

    See Also
    --------
    full_conv2d, convolve2d

    Notes
    -----
    A flip is not a transpose: it keeps the shape of a kernel that is not square. Built in chapter 2.

    Examples
    --------
    >>> flip_kernels([[1, 2, 3], [4, 5, 6]])
    array([[6, 5, 4],
           [3, 2, 1]])
    """
    w = shapes.numeric(w, "w")
    if w.ndim < 2:
        raise ValueError(f"w must have at least two axes (..., KH, KW), got shape {w.shape}")
    return np.flip(w, (-2, -1)).copy()


def full_conv2d(x, w, *, method="auto"):
    """True convolution, full: pad by the kernel size less one, flip the kernels, correlate, sum over channels.

    Parameters
    ----------
    x : array_like, shape (N, C, H, W)
    w : array_like, shape (F, C, KH, KW)
    method : str, default "auto"
        As in `conv2d`.

    Returns
    -------
    ndarray, shape (N, F, H + KH - 1, W + KW - 1)
        Every position at which a kernel touches the image.

    Raises
    ------
    ValueError, TypeError
        As `conv2d`.

    See Also
    --------
    conv2d : the layer operation, without the flip.
    convolve2d : one image and one kernel.
    oracles.full_conv2d : the same by loops over `scipy.signal.convolve2d`.

    Notes
    -----
    Costs N·F·(H + KH - 1)·(W + KW - 1)·C·KH·KW multiplications. Built in chapter 10. Of dy and w, with
    filters and channels exchanged, it is the gradient of the input of a `conv2d` with stride 1 and no padding,
    dilation or groups (chapters 13 and 14).

    Examples
    --------
    >>> full_conv2d([[[[1, 2, 3], [4, 5, 6]]]], [[[[10, 20], [30, 40]]]])
    array([[[[ 10,  40,  70,  60],
             [ 70, 230, 330, 240],
             [120, 310, 380, 240]]]])
    """
    return conv2d(x, flip_kernels(w), padding="full", method=method)
