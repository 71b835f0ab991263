"""The backward pass of `conv2d`: three gradients from one (chapters 13 and 14)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from . import input_gradient, methods, shapes, weight_gradient
from .engine import blocks, run
from .methods.piecewise import Piecewise
from .methods.winograd import Winograd
from .shapes import each_group, span
from .slabs import add_back, cut, slabs
from .threads import one_blas_thread
from .windows import window_view

FEW_FILTERS = 8


class Conv2dGrads(NamedTuple):
    """Gradients of the loss, each with the shape of what it is the gradient of."""

    dx: np.ndarray
    dw: np.ndarray
    db: np.ndarray


def conv2d_grad(dy, x, w, *, stride=1, padding=0, dilation=1, groups=1):
    """Gradients of a loss with respect to the input, the weights and the bias of `conv2d`.

    Parameters
    ----------
    dy : array_like, shape (N, F, OH, OW)
        Gradient of the loss with respect to ``y = conv2d(x, w, b, ...)``.
    x : array_like, shape (N, C, H, W)
    w : array_like, shape (F, C // groups, KH, KW)
    stride, padding, dilation, groups
        The same as in the forward pass, in every form that `conv2d` takes.

    Returns
    -------
    Conv2dGrads
        Named tuple (dx, dw, db) of new arrays shaped like x, w and (F,). Sums over the batch, never means.

    Raises
    ------
    ValueError
        If dy does not have the shape of the output, or as `conv2d`.
    TypeError
        As `conv2d`.

    See Also
    --------
    check_gradients : compares any gradient with central differences.
    oracles.conv2d_grad : the same by loops over SciPy.

    Notes
    -----
    Every output is a dot product of a window with a filter, so its gradient flows to both: to the filter times
    the window (dw), and to the window times the filter, added up where windows overlap (dx). Each costs as many
    multiplications as the forward pass, or fewer where `conv2d` has a quicker way, for dx is a correlation too.
    Temporaries are bounded as in `conv2d`, beside two arrays of the size of w. The result has one type for all
    three: integer x and w with a float dy give floats. Built in chapters 13 and 14, the fast ways in chapter 17.

    References
    ----------
    Y. LeCun et al., "Backpropagation applied to handwritten zip code recognition", Neural Computation, 1989.

    Examples
    --------
    >>> x = np.arange(1, 17).reshape(1, 1, 4, 4)
    >>> w = np.array([[[[1, 2], [3, 4]]]])
    >>> grads = conv2d_grad(np.ones((1, 1, 3, 3), int), x, w)
    >>> grads.dw
    array([[[[54, 63],
             [90, 99]]]])
    >>> grads.dx[0, 0]
    array([[ 1,  3,  3,  2],
           [ 4, 10, 10,  6],
           [ 4, 10, 10,  6],
           [ 3,  7,  7,  4]])
    """
    dy, x, w = shapes.numeric(dy, "dy"), shapes.numeric(x, "x"), shapes.numeric(w, "w")
    layer = shapes.layer(x, w, stride=stride, padding=padding, dilation=dilation, groups=groups)
    if dy.shape != layer.y_shape:
        raise ValueError(
            f"dy must have the shape of conv2d's output, {layer.y_shape}; got {dy.shape}; "
            f"were stride, padding, dilation and groups the same in the forward pass?"
        )
    terms = max(dy.size // max(1, layer.F), layer.F * layer.KH * layer.KW)
    dtype, work = shapes.result_and_work_dtype(dy, x, w, terms=terms)

    w = np.ascontiguousarray(w, work)
    with shapes.quietly():
        fast = methods.choose("auto", layer, work)
        dx, dw = (_shared_gradients if fast else _plain_gradients)(dy, x, w, layer)
        db = _bias_gradient(dy, work)
        return Conv2dGrads(*(shapes.narrow(g, dtype) for g in (dx, dw, db)))


def _bias_gradient(dy, work):
    """Sums over images and positions, (F,). The few of a few filters may all cancel: then float64 from the first."""
    wide = np.result_type(work, np.float64) if work.kind == "f" else work
    maps = dy.sum((2, 3), dtype=wide if dy.shape[1] < FEW_FILTERS else work)
    return maps.sum(0, dtype=wide).astype(work)


def _shared_gradients(dy, x, w, layer):
    """Both gradients, of a block of channels at a time where the weights are many."""
    dx, dw = np.empty(x.shape, w.dtype), np.empty(w.shape, w.dtype)
    kept = 2 * Winograd.per_weight if Winograd.suits(layer) else Piecewise.per_weight  # of w and of dw
    for channels in blocks(layer.C, layer, kept * w.nbytes):
        part = layer._replace(C=channels.stop - channels.start)
        _fill_gradients(dy, x[:, channels], w[:, channels], part, dx[:, channels], dw[:, channels])
    return dx, dw


def _fill_gradients(dy, x, w, layer, dx, dw):
    """Both gradients from jobs that threads share."""
    weights, spoilt = weight_gradient.quickest(layer, w.itemsize)(dy, x, layer, dw), []
    way = input_gradient.quickest(layer, w.itemsize)

    def prepare(workers):
        return way(dy, w, dx, layer, workers, spoilt) + weights.jobs(workers)

    run(prepare, layer)
    with one_blas_thread():  # a product on all threads would leave one of them busy when the next layer begins
        weights.store()
    if not weights.exact and not np.isfinite(dw.sum()):
        dw[...] = _plain_gradients(dy, x, w, layer)[1]
    if spoilt or not np.isfinite(w.sum()):  # a filter's infinity must not meet the zeros around dy
        dx[...] = _plain_gradients(dy, x, w, layer)[0]


def _plain_gradients(dy, x, w, layer):
    """Both gradients as chapters 13 and 14 derive them, for every type of number."""
    dx, dw = np.zeros(x.shape, w.dtype), np.zeros(w.shape, w.dtype)
    for slab in slabs(layer):
        piece = cut(x, layer, slab, w.dtype)
        dpiece = np.zeros(piece.shape, w.dtype)
        for channels, filters, _ in each_group(layer):
            dy_rows = _rows(dy[slab.images, filters, slab.rows, slab.columns].astype(w.dtype, copy=False))
            dw[filters] += _weights_gradient(dy_rows, piece[:, channels], layer)
            _add_input_gradient(dpiece[:, channels], dy_rows, w[filters], layer)
        add_back(dx, dpiece, layer, slab)
    return dx, dw


def _rows(dy):
    """(n, F, OH, OW) -> (F, n, OH, OW): one row of numbers per filter."""
    return np.ascontiguousarray(dy.transpose(1, 0, 2, 3))


def _weights_gradient(dy_rows, piece, layer):
    """Each filter's dy times every window it saw, added up: one matrix product over images and positions."""
    F, C = dy_rows.shape[0], piece.shape[1]
    windows = window_view(piece, (layer.KH, layer.KW), stride=layer.stride, dilation=layer.dilation)
    columns = windows.transpose(1, 4, 5, 0, 2, 3).reshape(C * layer.KH * layer.KW, -1)  # (C*KH*KW, n*OH*OW)
    return (dy_rows.reshape(F, -1) @ columns.T).reshape(F, C, layer.KH, layer.KW)


def _add_input_gradient(dpiece, dy_rows, w, layer):
    """Each dy times its filter, added onto the window it came from, one tap (u, v) at a time."""
    (F, n, OH, OW), (_, C, KH, KW) = dy_rows.shape, w.shape
    dwindows = w.reshape(F, -1).T @ dy_rows.reshape(F, -1)  # (C*KH*KW, n*OH*OW)
    dwindows = dwindows.reshape(C, KH, KW, n, OH, OW)
    for u in range(KH):
        rows = _under_tap(u, OH, layer, 0)
        for v in range(KW):
            columns = _under_tap(v, OW, layer, 1)
            dpiece[:, :, rows, columns] += dwindows[:, u, v].swapaxes(0, 1)


def _under_tap(tap, outputs, layer, axis):
    """The pixels that one tap meets as its window takes every position along an axis."""
    start, stride = tap * layer.dilation[axis], layer.stride[axis]
    return slice(start, start + span(outputs, stride), stride)
