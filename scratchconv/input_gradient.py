"""The gradient of the input: correlations of dy, or rows or windows added back where they came from (chapter 14)."""

from __future__ import annotations

from functools import lru_cache, partial
from math import gcd
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from . import methods
from .engine import correlations
from .layout import copy_rows
from .methods import costs
from .methods.blocked import Blocked
from .methods.columns import Columns, blocks
from .methods.piecewise import Piecewise
from .methods.pixels import FEWEST, innermost, transpose
from .methods.products import matmul
from .shapes import Layer, each_group, span
from .slabs import add_back, cut, everything, slabs

ROW_BYTES = 4 * 2**20  # of what one job keeps that adds rows back
PIXEL_BYTES = 6 * 2**20  # of what one job keeps that adds pixels back

PHASE = 60_000  # nanoseconds, before the first number of a phase is found


@lru_cache(maxsize=256)
def quickest(layer, itemsize):
    """The function whose jobs should fill dx in the least time: ``way(dy, w, dx, layer, workers, spoilt)``.

    `spoilt` is as in `engine.correlations`.
    """
    if Columns.suits(layer):
        return added_back_by_channels
    found_by = methods.quickest(_part(layer, *phases(layer)[0]), itemsize) if layer.stride == (1, 1) else None
    if found_by not in (None, *methods.DIRECT):
        return correlated
    estimates = _nanoseconds(layer, itemsize)
    return min(estimates, key=estimates.get)


def _nanoseconds(layer, itemsize):
    """Estimates of the time that each way takes on one core. The first two multiply zeros where windows end."""
    parts = [_part(layer, *phase) for phase in phases(layer) if _reached(*phase)]
    lines = [_along_rows(layer, phase) for phase in _phases(layer, 0) if _reached(phase)]
    runs = {
        rows_added_back: layer.N * layer.C * layer.KW * sum(part.OH for part in lines),
        windows_added_back: layer.N * layer.C * layer.KW * layer.KH * layer.OH,
    }
    products = {
        correlated: sum(PHASE + methods.direct(part, itemsize)[0].nanoseconds(part) for part in parts),
        rows_added_back: sum(PHASE + Blocked.nanoseconds(part) for part in lines),
        windows_added_back: PHASE + costs.MULTIPLY * costs.multiplications(layer),
    }
    found = {way: spent + runs.get(way, 0) * (costs.RUN + costs.ADD * layer.OW) for way, spent in products.items()}
    return found | ({pixels_added_back: _of_pixels(layer)} if pixels_suit(layer) else {})


def _of_pixels(layer):
    """The same for adding back pixels of some images: dy is turned and copied, its products are added up and turned."""
    pixels, f = layer.N * layer.OH * layer.W, layer.F // layer.groups
    products = pixels * layer.C * layer.KH * layer.KW * f * costs.MULTIPLY
    products += pixels // _images(layer) * layer.groups * costs.PRODUCT
    copies = layer.F * layer.OH * (layer.W + layer.KW - 1) * (costs.TURN + 2 * costs.COPY)
    results = layer.C * (costs.TURN * layer.H * layer.W + costs.ADD * layer.KH * layer.OH * layer.W)
    return PHASE + products + layer.N * (copies + results)


def _reached(*axes):
    """Whether any tap reaches a phase."""
    return all(phase.taps.stop > 0 for phase in axes)


# ------------------------------------------------------------------------- correlations, phase by phase


class Phase(NamedTuple):
    """Along one axis, the pixels first, first + stride, … and the taps that reach them, evenly spaced."""

    pixels: slice
    count: int
    taps: slice
    before: int  # zeros that dy needs in front, or what it can lose (negative)


def phases(layer):
    """Pixels whose numbers leave the same remainder when divided by the stride are reached by the same taps."""
    return [(v, h) for v in _phases(layer, 0) for h in _phases(layer, 1)]


def _phases(layer, axis):
    found = [_phase(layer, axis, remainder) for remainder in range(layer.stride[axis])]
    return [phase for phase in found if phase.count]


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


def correlated(dy, w, dx, layer, workers, spoilt):
    """Jobs that correlate dy, phase by phase."""
    w = exchanged(w, layer.groups)
    return [job for phase in phases(layer) for job in _correlated(dy, w, dx, layer, phase, workers, spoilt)]


def _correlated(dy, w, dx, layer, phase, workers, spoilt):
    """dx at one phase is a correlation of dy with the phase's taps, flipped. w is `exchanged`."""
    vertical, horizontal = phase
    place = dx[:, :, vertical.pixels, horizontal.pixels]
    taps = w[:, :, vertical.taps, horizontal.taps][:, :, ::-1, ::-1]
    if taps.size == 0:
        place[...] = 0
        return []
    part = _part(layer, vertical, horizontal)
    return correlations(dy, taps, 0, place, part, methods.quickest(part, dx.itemsize), workers, spoilt)


def _part(layer, vertical, horizontal):
    """The correlation that finds dx at one phase, as a layer of its own."""
    KH, KW = (len(range(layer.KH)[vertical.taps]), len(range(layer.KW)[horizontal.taps]))
    return Layer(
        layer.N, layer.F, layer.OH, layer.OW, layer.C, KH, KW, vertical.count, horizontal.count, stride=(1, 1),
        padding=((vertical.before, 0), (horizontal.before, 0)), dilation=_apart(layer), groups=layer.groups,
    )  # fmt: skip


def _apart(layer):
    """How far apart, in dy, the taps of one phase are."""
    return tuple(d // gcd(d, s) for d, s in zip(layer.dilation, layer.stride, strict=True))


def exchanged(w, groups):
    """Filters (F, c, KH, KW) -> (C, f, KH, KW), exchanged inside each group; f is innermost in memory."""
    F, c, KH, KW = w.shape
    w = np.ascontiguousarray(w.reshape(groups, F // groups, -1).swapaxes(1, 2))
    return w.reshape(groups * c, KH, KW, F // groups).transpose(0, 3, 1, 2)


# ------------------------------------------------------------------------ rows and windows added back


def rows_added_back(dy, w, dx, layer, workers, spoilt=()):
    """Jobs that multiply rows of dy with every tap along a row, and add each tap's share where it came from.

    The taps above each other are summed by the products; only those beside each other are added up one by one.
    """
    w = exchanged(w, layer.groups)
    return [job for phase in _phases(layer, 0) for job in _rows_added(dy, w, dx, layer, phase, workers)]


def _rows_added(dy, w, dx, layer, phase, workers):
    """The rows of dx at one phase. w is `exchanged`."""
    place, taps = dx[:, :, phase.pixels], w[:, :, phase.taps][:, :, ::-1]
    if taps.size == 0:
        place[...] = 0
        return []
    (C, f, KH, KW), G, part = taps.shape, layer.groups, _along_rows(layer, phase)
    along = taps.reshape(G, C // G, f, KH, KW).transpose(0, 4, 1, 2, 3).reshape(G * KW * (C // G), f, KH, 1)
    kernel = Blocked(along, part)

    def fill(slab, space):
        piece, out = cut(dy, part, slab, dx.dtype, space), place[slab.images, :, slab.rows]
        shares = space.array((len(piece), part.F, *out.shape[2:3], layer.OW), dx.dtype)
        kernel(piece, shares, space)
        shares = shares.reshape(len(piece), G, KW, C // G, *shares.shape[2:])
        out[...] = 0
        _add_along_rows(out.reshape(len(out), G, C // G, *out.shape[2:]), shares, layer)

    budget, numbers = ROW_BYTES // dx.itemsize, layer.F + part.F + C
    return [partial(fill, slab) for slab in slabs(part, budget, numbers, KH - 1, workers, (1, layer.OW))]


def _along_rows(layer, phase):
    """The correlation of rows of dy with the taps above each other, at one phase, as a layer: KW filters for each."""
    KH = len(range(layer.KH)[phase.taps])
    return Layer(
        layer.N, layer.F, layer.OH, layer.OW, layer.KW * layer.C, KH, 1, phase.count, layer.OW, stride=(1, 1),
        padding=((phase.before, 0), (0, 0)), dilation=(_apart(layer)[0], 1), groups=layer.groups,
    )  # fmt: skip


def _add_along_rows(out, shares, layer):
    """shares (n, G, KW, c, rows, OW) of each tap onto out (n, G, c, rows, W), where windows took them from."""
    stride, dilation, left = layer.stride[1], layer.dilation[1], layer.padding[1][0]
    for v in range(layer.KW):
        pixel = v * dilation - left  # under tap v of the first window
        first = max(0, -(pixel // stride))
        last = min(layer.OW, (layer.W - 1 - pixel) // stride + 1)
        if first < last:
            under = slice(pixel + first * stride, pixel + (last - 1) * stride + 1, stride)
            out[..., under] += shares[:, :, v, ..., first:last]


def pixels_suit(layer):
    """Whether windows are next to each other, taps as well, and a piece holds some images."""
    return layer.stride == layer.dilation == (1, 1) and _images(layer) >= FEWEST


def _images(layer, itemsize=4):
    """So many go into a piece, where there are enough for two."""
    return min(layer.N // 2, PIXEL_BYTES // (itemsize * _pixel_numbers(layer) * layer.OH * layer.W))


def _pixel_numbers(layer):
    """Numbers kept for a pixel of a row of windows."""
    reach = layer.W + layer.KW - 1
    return 2 * layer.F * reach // layer.W + layer.C * layer.KH + layer.C * -(-layer.H // layer.OH)


def pixels_added_back(dy, w, dx, layer, workers, spoilt=()):
    """The same for small maps in large batches: the batch goes innermost, as in `methods.pixels`, and the axes swap.

    The taps beside each other are summed by the products, for they follow one another in memory; those above each
    other are added up one by one.
    """
    G, KH, KW, c, f = layer.groups, layer.KH, layer.KW, layer.C // layer.groups, layer.F // layer.groups
    top, padding = layer.padding[0][0], ((0, 0), (_phase(layer, 1, 0).before, 0))
    part = layer._replace(C=layer.F, H=layer.OH, W=layer.OW, F=KH * layer.C, KH=1, OW=layer.W, padding=padding)
    taps = w.reshape(G, f, c, KH, KW)[..., ::-1].transpose(0, 3, 2, 4, 1)  # (G, KH, c, KW, f)
    taps = np.ascontiguousarray(taps).reshape(G, 1, 1, KH * c, KW * f)

    def fill(slab, space):
        pixels = innermost(cut(dy, part, slab, dx.dtype, space), G, space)  # (G, OH, reach, f, n)
        *strides, number = pixels.strides
        n = pixels.shape[-1]
        windows = as_strided(pixels, (G, layer.OH, layer.W, KW * f, n), (*strides, number), writeable=False)
        shares = space.array((G, layer.OH, layer.W, KH * c, n), dx.dtype)
        matmul(taps, windows, shares, space)
        shares = shares.reshape(G, layer.OH, layer.W, KH, c, n).transpose(3, 0, 4, 1, 2, 5)
        out = space.array((G, c, layer.H, layer.W, n), dx.dtype)
        out[...] = 0
        for u in range(KH):
            first, last = max(0, top - u), min(layer.OH, layer.H + top - u)
            if first < last:
                out[:, :, first + u - top : last + u - top] += shares[u, :, :, first:last]
        transpose(out.reshape(-1, n), dx[slab.images].reshape(n, -1))

    pieces = slabs(part, PIXEL_BYTES // dx.itemsize, _pixel_numbers(layer), 0, workers, (layer.OH, layer.W))
    return [partial(fill, slab) for slab in pieces]


def windows_added_back(dy, w, dx, layer, workers, spoilt=()):
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


def added_back_by_channels(dy, w, dx, layer, workers, spoilt=()):
    """The same where pixels are few and filters many: each job fills some channels, and the weights stay in place."""
    return [
        partial(_fill_channels, dy[:, filters], w[filters], dx[:, channels], part, block)
        for channels, filters, part in each_group(layer)
        for block in blocks(part, dx.itemsize, workers)
    ]


def _fill_channels(dy, w, dx, layer, channels, space):
    """Some channels of dx, of one group."""
    part = layer._replace(C=channels.stop - channels.start)
    columns = w[:, channels].reshape(layer.F, -1).T[None]  # (1, c*KH*KW, F), not copied
    place = dx[:, channels]
    place[...] = 0
    add_back(place, _windows_added(dy, columns, part, dx.dtype, space), part, everything(part))


def _windows_added(dy, columns, layer, dtype, space):
    """(n, F, rows, columns) -> the gradient of the padded pixels below, (n, C, h, w)."""
    (n, F, OH, OW), G = dy.shape, layer.groups
    (sh, sw), (dh, dw), (KH, KW) = layer.stride, layer.dilation, (layer.KH, layer.KW)
    rows = dy
    if not dy.flags.c_contiguous or dy.dtype != dtype:
        rows = space.array(dy.shape, dtype)
        copy_rows(rows, dy)
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
