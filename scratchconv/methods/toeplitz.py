"""The whole correlation as one sparse matrix: a row for each output, its window's weights in that row (chapter 11)."""

from __future__ import annotations

import numpy as np

from .. import shapes
from ..windows import view_index
from .strided import correlate as strided


def correlate(x, w, stride, dilation):
    (N, C, H, W), (F, _, KH, KW) = x.shape, w.shape
    if np.result_type(x, w).kind == "O":
        return strided(x, w, stride, dilation)  # sparse matrices do not hold Python's integers
    taps = view_index((C, H, W), (C, KH, KW), stride=stride, dilation=dilation)  # (OH*OW, C*KH*KW)
    columns = x.reshape(N, C * H * W).T  # one image in each column
    maps = [_matrix(w[f : f + 1], taps, C * H * W) @ columns for f in range(F)]  # F times (OH*OW, N)
    OH = shapes.output_size(H, KH, stride=stride[0], dilation=dilation[0])
    return np.stack(maps).transpose(2, 0, 1).reshape(N, F, OH, -1)  # (F, OH*OW, N) -> (N, F, OH, OW)


def toeplitz_matrix(w, input_shape, *, stride=1, padding=0):
    """The sparse matrix that `conv2d` multiplies an image by: one row for each output, one column for each pixel.

    Parameters
    ----------
    w : array_like, shape (F, C, KH, KW) or (KH, KW)
        The filters, or one kernel for one channel.
    input_shape : (C, H, W) or (H, W)
        Size of the image; (H, W) is one channel.
    stride : int or (vertical, horizontal), default 1
        Pixels from one window to the next.
    padding : int, (ph, pw), ((top, bottom), (left, right)), "valid", "same" or "full", default 0
        Zeros around the image, as in `conv2d`. They get no columns.

    Returns
    -------
    scipy.sparse.csr_array, shape (F * OH * OW, C * H * W)
        T with ``T @ x.ravel()`` equal to the numbers of `conv2d` for one image x, with this stride and padding.
        For a batch, ``(T @ x.reshape(N, -1).T).T``. Integer and boolean weights give int64, float16 gives float32.

    Raises
    ------
    ValueError
        If the shapes do not fit together, an argument is out of range, or a weight exceeds int64.
    TypeError
        If `w` does not hold real numbers, or a size is not an integer.
    ImportError
        If SciPy is missing.

    See Also
    --------
    conv2d : with ``method="toeplitz"`` it multiplies by such matrices, a filter and a slab at a time.
    conv2d_grad : its dx is the transpose of this matrix times dy.
    view_index : where the weights of each row stand.

    Notes
    -----
    Each row holds the window's weights: at most C·KH·KW stored numbers, fewer where the window hangs over the
    edge. That is also the number of multiplications of each output. A weight of 0 inside a window is stored:
    it is one of the taps. Stored as a dense array the matrix would have F·OH·OW·C·H·W numbers. The largest
    temporary is the matrix itself, 12 to 16 bytes for each stored number in float64. For one channel and
    stride 1 it is a block Toeplitz matrix: constant along diagonals, in blocks of one row of the image each.
    Built in chapter 11.

    References
    ----------
    R. M. Gray, "Toeplitz and circulant matrices: a review", 2006.

    Examples
    --------
    >>> T = toeplitz_matrix([[1, 2], [3, 4]], (3, 4))
    >>> T.toarray()
    array([[1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0],
           [0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0],
           [0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0],
           [0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0],
           [0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0],
           [0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4]])
    >>> T @ np.arange(12)
    array([34, 44, 54, 74, 84, 94])
    """
    w, (C, H, W) = _filters(w), _three(input_shape)
    x = np.broadcast_to(np.int64(0), (1, C, H, W))  # any image of this size
    layer = shapes.layer(x, w, stride=stride, padding=padding, dilation=1, groups=1)
    numbered = np.pad(np.arange(C * H * W).reshape(C, H, W), ((0, 0), *layer.padding), constant_values=-1)
    taps = view_index(numbered.shape, w.shape[1:], stride=layer.stride)  # (OH*OW, C*KH*KW) in the padded image
    return _matrix(w, numbered.ravel()[taps], C * H * W)


def _matrix(w, taps, pixels):
    """The matrix whose row for filter f and window k holds w[f] in the columns taps[k]; −1 is no column."""
    there = taps >= 0
    F, weights = len(w), w.reshape(len(w), 1, -1)  # (F, 1, C*KH*KW)
    values = np.broadcast_to(weights, (F, *taps.shape))[:, there].ravel()
    ends = np.cumsum(np.tile(there.sum(1), F))
    parts = values, np.tile(taps[there], F), np.concatenate([[0], ends])
    return _sparse().csr_array(parts, shape=(len(ends), pixels))


def _filters(w):
    """`w` as (F, C, KH, KW), in a type that sparse matrices hold."""
    w = shapes.numeric(w, "w")
    w = w[None, None] if w.ndim == 2 else w
    dtype, work = shapes.result_and_work_dtype(w, terms=0)
    return shapes.narrow(w.astype(work), dtype) if work.kind == "O" else w.astype(work)


def _three(shape):
    shape = tuple(shape) if np.iterable(shape) else (shape,)
    if len(shape) not in (2, 3):
        raise ValueError(f"input_shape must be that of one image, (C, H, W) or (H, W), got {shape}")
    sizes = tuple(shapes.integer(n, "input_shape", least=1) for n in shape)
    return (1,) * (3 - len(sizes)) + sizes


def _sparse():
    try:
        from scipy import sparse
    except ImportError as error:
        raise ImportError(
            f"the Toeplitz matrix is a scipy.sparse array, and SciPy cannot be imported ({error}); "
            'install it with: pip install "scratchconv[book]"'
        ) from error
    return sparse
