"""One image, one kernel: SciPy's two operators on (H, W) arrays (chapters 1, 2 and 7)."""

from __future__ import annotations

from . import shapes
from .conv import conv2d, flip_kernels


def correlate2d(x, w, *, mode="valid"):
    """Cross-correlation of one image with one kernel: slide, multiply, add; no flip.

    Parameters
    ----------
    x : array_like, shape (H, W)
    w : array_like, shape (KH, KW)
    mode : {"valid", "same", "full"}, default "valid"
        "valid": windows inside the image. "same": an output of the image's size. "full": every position at
        which the kernel touches the image. What lies outside the image counts as zero.

    Returns
    -------
    ndarray
        Shape (H - KH + 1, W - KW + 1), (H, W) or (H + KH - 1, W + KW - 1).

    Raises
    ------
    ValueError
        If an array is not two-dimensional or is empty, the mode is unknown, or, with "valid", the kernel
        is larger than the image.
    TypeError
        If an array does not hold real numbers.

    See Also
    --------
    convolve2d : with the flip.
    conv2d : channels, batches, stride, dilation, groups.

    Notes
    -----
    ``y[i, j] = sum over u, v of x[i + u, j + v] * w[u, v]``: OH·OW·KH·KW multiplications. For the same `mode` the
    numbers are those of `scipy.signal.correlate2d`, whose own default is "full", with two exceptions. In "valid"
    SciPy exchanges the roles of a small x and a large w, and here that is an error. And SciPy keeps small integer
    types, in which sums may wrap, where this gives int64. Built in chapter 1.

    Examples
    --------
    >>> import numpy as np
    >>> correlate2d(np.arange(1, 17).reshape(4, 4), [[1, 2], [3, 4]])
    array([[ 44,  54,  64],
           [ 84,  94, 104],
           [124, 134, 144]])
    """
    x, w = shapes.image(x, "x"), shapes.image(w, "w")
    _known(mode)
    return conv2d(x[None, None], w[None, None], padding=mode)[0, 0]


def convolve2d(x, w, *, mode="full"):
    """Convolution of one image with one kernel: `correlate2d` with the kernel flipped on both axes.

    Parameters
    ----------
    x : array_like, shape (H, W)
    w : array_like, shape (KH, KW)
    mode : {"full", "same", "valid"}, default "full"
        As in `correlate2d`. For a kernel of even size "same" keeps the window that begins one pixel earlier.

    Returns
    -------
    ndarray
        Shape (H + KH - 1, W + KW - 1), (H, W) or (H - KH + 1, W - KW + 1).

    Raises
    ------
    ValueError, TypeError
        As `correlate2d`.

    See Also
    --------
    correlate2d : without the flip.
    full_conv2d : batches and channels.

    Notes
    -----
    The numbers of `scipy.signal.convolve2d`, with the exceptions named in `correlate2d`. Built in chapter 2.

    Examples
    --------
    >>> convolve2d([[1, 2, 3], [4, 5, 6]], [[10, 20], [30, 40]])
    array([[ 10,  40,  70,  60],
           [ 70, 230, 330, 240],
           [120, 310, 380, 240]])
    """
    x, w = shapes.image(x, "x"), shapes.image(w, "w")
    _known(mode)
    # "same" keeps the middle of the full result, so the odd row of an even kernel goes before, not after.
    padding = [(k // 2, (k - 1) // 2) for k in w.shape] if mode == "same" else mode
    return conv2d(x[None, None], flip_kernels(w)[None, None], padding=padding)[0, 0]


def _known(mode):
    if not isinstance(mode, str) or mode not in shapes.PADDING_WORDS:
        raise ValueError(f'mode must be "valid", "same" or "full", got {mode!r}')
