"""The gradient of the input: stride-1 correlations of dy, or windows added back where filters are few (chapter 14)."""

from __future__ import annotations

from functools import partial
from math import gcd
from threading import Lock
from typing import NamedTuple

import numpy as np

from . import methods
from .engine import correlations
from .methods.columns import Columns, blocks
from .methods.piecewise import Piecewise
from .methods.products import matmul
from .shapes import Layer, span
from .slabs import add_back, everything, slabs

MULTIPLY, ADD, CALL = 0.022, 1.0, 60_000  # nanoseconds: one tap of a product, one number of a window, one more phase


def jobs(dy, w, dx, layer, workers, spoilt):
    """The jobs that fill dx (N, C, H, W) between them; `spoilt` as in `engine.correlations`."""
    if Columns.suits(layer):
        return added_back_by_channels(dy, w, dx, layer, workers)
    if cheaper_to_add_back(layer):
        return added_back(dy, w, dx, layer, workers)
    w = exchanged(w, layer.groups)
    return [job for phase in phases(layer) for job in _correlated(dy, w, dx, layer, phase, workers, spoilt)]


def cheaper_to_add_back(layer):
    """Whether adding windows up should cost less than what correlations waste: thin products, and many calls."""
    c, windows = layer.C // layer.groups, layer.N * layer.OH * layer.OW * layer.C * layer.KH * layer.KW
    taps = -(-layer.KH // layer.stride[0])
    waste = 0 if c >= 8 else 0.6 if c >= 4 else 7 / taps
    calls = layer.stride[0] * layer.stride[1] * layer.dilation[0] - 1
    return windows * ADD < MULTIPLY * windows * (layer.F // layer.groups) * waste + CALL * calls


# ------------------------------------------------------------------------- correlations, phase by phase


class Phase(NamedTuple):
    """Along one axis, the pixels first, first + stride, … and the taps that reach them, evenly spaced."""

    pixels: slice
    count: int
    taps: slice
    before: int  # zeros that dy needs in front, or what it can lose (negative)


def phases(layer):
    """Pixels whose numbers leave the same remainder when divided by the stride are reached by the same taps."""
    vertical, horizontal = ([_phase(layer, axis, r) for r in range(layer.stride[axis])] for axis in (0, 1))
    return [(v, h) for v in vertical for h in horizontal if v.count and h.count]


def _phase(layer, axis, remainder):
    """The phase of padded pixels P with P % stride == remainder."""
    size, k = (layer.H, layer.W)[axis], (layer.KH, layer.KW)[axis]
    stride, dilation, top = layer.stride[axis], layer.dilation[axis], layer.padding[axis][0]
    first = (remainder - top) % stride
    count = len(range(first, size, stride))
    taps = [u for u in range(k) if (u * dilation - remainder) % stride == 0]
    if not taps:
        return Phase(slice(first, size, stride), count, slice(0, 0), 0)
    every = stride // gcd(stride, dilation)
    before = (taps[-1] * dilation - first - top) // stride  # dy row of the last tap: (P - u·dilation) / stride
    return Phase(slice(first, size, stride), count, slice(taps[0], k, every), before)


def _correlated(dy, w, dx, layer, phase, workers, spoilt):
    """dx at one phase is a correlation of dy with the phase's taps, flipped. w is `exchanged`."""
    vertical, horizontal = phase
    place = dx[:, :, vertical.pixels, horizontal.pixels]
    taps = w[:, :, vertical.taps, horizontal.taps][:, :, ::-1, ::-1]
    if taps.size == 0:
        place[...] = 0
        return []
    part = Layer(
        layer.N, layer.F, layer.OH, layer.OW, layer.C, *taps.shape[2:], vertical.count, horizontal.count,
        stride=(1, 1), padding=((vertical.before, 0), (horizontal.before, 0)),
        dilation=tuple(d // gcd(d, s) for d, s in zip(layer.dilation, layer.stride, strict=True)), groups=layer.groups,
    )  # fmt: skip
    return correlations(dy, taps, 0, place, part, methods.quickest(part, dx.itemsize), workers, spoilt)


def exchanged(w, groups):
    """Filters (F, c, KH, KW) -> (C, f, KH, KW), exchanged inside each group; f is innermost in memory."""
    F, c, KH, KW = w.shape
    w = np.ascontiguousarray(w.reshape(groups, F // groups, -1).swapaxes(1, 2))
    return w.reshape(groups * c, KH, KW, F // groups).transpose(0, 3, 1, 2)


# -------------------------------------------------------------------------------- windows added back


def added_back(dy, w, dx, layer, workers):
    """Jobs that multiply dy with every filter and add each window onto the pixels it came from."""
    dx[...] = 0
    G, lock = layer.groups, Lock()
    columns = np.ascontiguousarray(w.reshape(G, layer.F // G, -1).swapaxes(1, 2))  # (G, c*KH*KW, f)

    def add(slab):
        def job(space):
            piece = _windows_added(dy[slab.y], columns, layer, dx.dtype, space)
            with lock:  # slabs overlap by the rows that their windows share
                add_back(dx, piece, layer, slab)

        return job

    window = layer.C * (layer.KH * layer.KW + 2 * layer.stride[0] * layer.stride[1]) + layer.F
    return [add(slab) for slab in slabs(layer, Piecewise.bytes // dx.itemsize, window, 0, workers)]


def added_back_by_channels(dy, w, dx, layer, workers):
    """The same where pixels are few and filters many: each job fills some channels, and the weights stay in place."""

    def fill(channels, space):
        part = layer._replace(C=channels.stop - channels.start)
        columns = w[:, channels].reshape(layer.F, -1).T[None]  # (1, c*KH*KW, F), not copied
        place = dx[:, channels]
        place[...] = 0
        add_back(place, _windows_added(dy, columns, part, dx.dtype, space), part, everything(part))

    return [partial(fill, channels) for channels in blocks(layer, dx.itemsize, workers)]


def _windows_added(dy, columns, layer, dtype, space):
    """(n, F, rows, columns) -> the gradient of the padded pixels below, (n, C, h, w)."""
    (n, F, OH, OW), G = dy.shape, layer.groups
    (sh, sw), (dh, dw), (KH, KW) = layer.stride, layer.dilation, (layer.KH, layer.KW)
    rows = dy
    if not dy.flags.c_contiguous or dy.dtype != dtype:
        rows = space.array(dy.shape, dtype)
        rows[...] = dy
    windows = space.array((n, G, columns.shape[1], OH * OW), dtype)
    matmul(columns, rows.reshape(n, G, F // G, -1), windows, space)
    windows = windows.reshape(n, layer.C, KH, KW, OH, OW)
    h, w = (span(o, s) - 1 + reach for o, s, reach in zip((OH, OW), (sh, sw), layer.span, strict=True))
    piece = space.array((n, layer.C, h, w), dtype)
    piece[...] = 0
    for u in range(KH):
        for v in range(KW):
            under = piece[:, :, u * dh : u * dh + span(OH, sh) : sh, v * dw : v * dw + span(OW, sw) : sw]
            under += windows[:, :, u, v]
    return piece
