"""What the fast methods have in common: a class that lays out the filters once, and then goes piece by piece."""

from functools import partial

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..shapes import layer as checked_layer
from ..workspace import Workspace, borrow

COPIES_BYTES = 20 * 2**20  # of the weights, in whatever orders they are laid out


class Piecewise:
    """Made from w (F, c, KH, KW) and a `shapes.Layer`; does one padded piece at a time, of all groups or some."""

    exact = True  # False: a number that is not finite would reach windows that do not hold it
    bytes = 6 * 2**20  # for one piece and its temporaries: more would fall out of the cache, less would be more calls
    per_weight = 2  # numbers kept for one of the weights, at most
    joined = 1  # axes of `out`, counted from the last, that must follow one another in memory without gaps
    tile = (1, 1)  # output is cut at multiples of so many rows and columns
    memory = staticmethod(Workspace.array)  # what makes a padded piece, ``memory(space, (n, C, h, w), dtype)``

    def __init__(self, layer):
        self.layer = layer

    @staticmethod
    def numbers(layer):
        """Numbers kept for one output position."""
        raise NotImplementedError

    def halo(self):
        """Rows that a piece keeps beyond those of its output."""
        return (self.layer.span[0] - 1) // self.layer.stride[0]

    @staticmethod
    def images(layer):
        """Images that a piece should hold, of some groups if need be."""
        return 1

    def extra(self, rows, columns):
        """Zeros wanted below and to the right of a piece with so many outputs."""
        return 0, 0

    def prepare(self, piece, out, space):
        """What fills `out` (n, F, rows, columns) from `piece` (n, C, h, w), and others of their shapes and strides.

        It is called as ``run(piece, groups, out)``, where `groups` is the slice of all groups whose channels are in
        the piece. Memory and views that every piece can use are made here, once: where two threads make them anew
        for each piece, one waits for the other.
        """
        return partial(self.run, space)

    def run(self, space, piece, groups, out):
        """The same for a method that has nothing to prepare; temporaries come from `space.array`."""
        raise NotImplementedError

    def __call__(self, piece, out, space):
        """A single piece with the channels of all groups."""
        self.prepare(piece, out, space)(piece, slice(None), out)


def row_taps(piece, taps, OW, stride, dilation):
    """(..., h, w) -> (..., h, taps, OW), read-only: what each tap along a row meets at every output column."""
    *outer, step = piece.strides
    shape, strides = (*piece.shape[:-1], taps, OW), (*outer, dilation * step, stride * step)
    return as_strided(piece, shape, strides, writeable=False)


def whole(Method, x, w, stride, dilation):
    """Correlate all of x at once, in the signature that all methods share."""
    layer = checked_layer(x, w, stride=stride, padding=0, dilation=dilation, groups=1)
    kernel, y = Method(w, layer), np.empty(layer.y_shape, np.result_type(x, w))
    rows, columns = kernel.extra(layer.OH, layer.OW)
    with borrow() as space:
        kernel(np.pad(x, ((0, 0), (0, 0), (0, rows), (0, columns))), y, space)
    return y
