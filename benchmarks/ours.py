"""The two calls that are measured."""

from __future__ import annotations

from scratchconv import conv2d, conv2d_grad


def calls(row, arrays):
    """conv2d and conv2d_grad of a `layers.Row`, as calls without arguments."""
    x, w, b, dy = arrays
    return lambda: conv2d(x, w, b, **row.options), lambda: conv2d_grad(dy, x, w, **row.options)
