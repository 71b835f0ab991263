"""Is this backward pass right? Two tests that need no second implementation (chapter 13)."""

from __future__ import annotations

import numpy as np

from .shapes import numeric


def check_gradients(forward, backward, *inputs, step=1e-5, seed=0):
    """Compare a backward pass with central differences of its forward pass.

    Parameters
    ----------
    forward : callable
        ``forward(*inputs)`` returns an array y.
    backward : callable
        ``backward(dy, *inputs)`` returns one gradient for each input, in the same order.
    *inputs : array_like
        Where to check. They are copied to float64 first.
    step : float, default 1e-5
        Half the distance between the two points of a difference, in units of the input.
    seed : int, default 0
        Draws the output gradient dy. It is random because a gradient of ones hides a flip or an exchange.

    Returns
    -------
    tuple of float
        For each input the largest difference, divided by the largest gradient. About 1e-9 is right in
        float64; 1e-2 or more is a bug.

    Raises
    ------
    ValueError
        If `backward` returns another number of gradients than there are inputs, or one of another shape.
    TypeError
        If an array does not hold real numbers.

    See Also
    --------
    adjoint_gap : quicker, for one linear input.

    Notes
    -----
    Calls `forward` twice for every number in every input, so keep the inputs small. Built in chapter 13.

    References
    ----------
    Y. Bengio, "Practical recommendations for gradient-based training of deep architectures", 2012, section 4.1.

    Examples
    --------
    >>> backward = lambda dy, x: (2 * x * dy,)
    >>> x = [[1.0, -2.0, 3.0]]
    >>> errors = check_gradients(lambda x: x**2, backward, x)
    >>> max(errors) < 1e-8
    True
    """
    inputs = [numeric(x, "an input").astype(np.float64) for x in inputs]
    dy = _random_like(forward(*inputs), seed)
    grads = backward(dy, *inputs)
    if len(grads) != len(inputs):
        raise ValueError(f"backward must return one gradient per input: {len(inputs)}, got {len(grads)}")
    for x, grad in zip(inputs, grads, strict=True):
        if np.shape(grad) != x.shape:
            raise ValueError(f"a gradient has the shape of its input: {x.shape}, got {np.shape(grad)}")

    def loss():
        return np.vdot(dy, forward(*inputs))

    return tuple(
        _relative(np.asarray(grad), _central_differences(loss, x, step))
        for x, grad in zip(inputs, grads, strict=True)
    )


def _central_differences(loss, x, step):
    """The gradient of loss() with respect to x, which loss reads and which is put back after each nudge."""
    grad = np.empty_like(x)
    for place in np.ndindex(x.shape):
        value = x[place]
        x[place] = value + step
        above = loss()
        x[place] = value - step
        below = loss()
        x[place] = value
        grad[place] = (above - below) / (2 * step)
    return grad


def adjoint_gap(forward, adjoint, x, *, seed=0):
    """How far ``adjoint`` is from the transpose of the linear map ``forward``, relative to what they return.

    Parameters
    ----------
    forward : callable
        A linear map: ``forward(x)`` returns y.
    adjoint : callable
        ``adjoint(dy)`` returns an array shaped like x.
    x : array_like
        Where to test. Use random numbers.
    seed : int, default 0
        Draws dy.

    Returns
    -------
    float
        ``|<forward(x), dy> - <x, adjoint(dy)>|`` over the sum of the magnitudes of their terms. Rounding
        gives about 1e-16 in float64.

    Raises
    ------
    ValueError
        If ``adjoint(dy)`` is not shaped like x.
    TypeError
        If an array does not hold real numbers.

    See Also
    --------
    check_gradients

    Notes
    -----
    One forward and one backward pass, whatever the size. For `conv2d` without bias, dx is the adjoint in x
    and dw the adjoint in w. Built in chapters 13 and 14.

    References
    ----------
    J. Claerbout, "Earth Soundings Analysis: Processing versus Inversion", 1992: the dot-product test.

    Examples
    --------
    >>> A = np.arange(6.0).reshape(2, 3)
    >>> x = [1.0, -2.0, 0.5]
    >>> adjoint_gap(lambda x: A @ x, lambda dy: A.T @ dy, x) < 1e-14
    True
    """
    x = numeric(x, "x").astype(np.float64)
    y = np.asarray(forward(x))
    dy = _random_like(y, seed)
    dx = np.asarray(adjoint(dy))
    if dx.shape != x.shape:
        raise ValueError(f"the adjoint must return the shape of x, {x.shape}; got {dx.shape}")
    scale = np.abs(y * dy).sum() + np.abs(x * dx).sum()
    return float(abs(np.vdot(y, dy) - np.vdot(x, dx)) / scale) if scale else 0.0


def _random_like(y, seed):
    return np.random.default_rng(seed).standard_normal(np.shape(y))


def _relative(ours, theirs):
    """Largest difference over the largest magnitude; NaN anywhere is an infinite error."""
    difference = np.abs(ours - theirs)
    if not np.isfinite(difference).all():
        return float("inf")
    scale = max(np.abs(ours).max(initial=0.0), np.abs(theirs).max(initial=0.0))
    return float(difference.max(initial=0.0) / scale) if scale else 0.0
