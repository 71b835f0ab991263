"""Run fast methods over a layer: piece by piece, shared among threads, in memory that is used again (chapter 17)."""

from __future__ import annotations

from functools import partial
from math import prod

import numpy as np

from . import workspace
from .layout import copy, copy_rows
from .methods.blocked import Blocked
from .methods.columns import Columns
from .methods.costs import waste
from .methods.piecewise import COPIES_BYTES
from .shapes import each_group, groups_in
from .slabs import cut, edges_of, slabs, slices
from .threads import one_blas_thread, share

MOVED = 20  # multiplications in the time that a number of x or y takes to be moved through a layer
COPIED = 25  # and that one takes to be copied for a tap
WORTH_SHARING = 36_000_000  # multiplications; below, waking a second thread takes longer than it saves


def run(prepare, layer):
    """Do the jobs of ``prepare(workers)``, each called with a workspace, on as many threads as pay."""
    with one_blas_thread() as available, workspace.one_for_each_thread() as mine:
        workers = available if effort(layer) > WORTH_SHARING else 1
        share(lambda job: _in_workspace(job, mine()), prepare(workers), workers)


def effort(layer):
    """The multiplications of a layer, and what its thin products, copies and moved numbers take, in multiplications."""
    c, f, outputs = layer.C // layer.groups, layer.F // layer.groups, layer.N * layer.F * layer.OH * layer.OW
    copies = layer.N * layer.C * layer.H * layer.OW * layer.KW if layer.KW > 1 else 0
    multiplications = outputs * c * layer.KH * layer.KW * (1 + waste(f))
    return multiplications + MOVED * (layer.N * layer.C * layer.H * layer.W + outputs) + COPIED * copies


def _in_workspace(job, space):
    space.rewind(0)
    job(space)


def blocks(count, layer, nbytes):
    """0 to `count`, filters or channels, in slices for which a method keeps no more than `COPIES_BYTES` of `nbytes`."""
    return slices(count, -(-nbytes // COPIES_BYTES) if layer.groups == 1 else 1)


def correlate(x, w, bias, y, layer, method):
    """Fill y (N, F, OH, OW) with what `method` makes of x and w, plus the bias, (F, 1, 1) or 0."""
    for filters in blocks(layer.F, layer, method.per_weight * w.nbytes):
        part = layer._replace(F=filters.stop - filters.start)
        _correlate(x, w[filters], bias[filters] if np.ndim(bias) else bias, y[:, filters], part, method)


def _correlate(x, w, bias, y, layer, method):
    spoilt = []
    run(lambda workers: correlations(x, w, bias, y, layer, method, workers, spoilt), layer)
    if spoilt:
        _correlate(x, w, bias, y, layer, Blocked)


def correlations(x, w, bias, y, layer, method, workers, spoilt):
    """The jobs that fill y between them, one for each slab of some groups or block of channels.

    A method that is not exact spreads NaN and infinity, and may overflow on the way: such slabs go to `spoilt`,
    and the caller begins anew with one that is exact.
    """
    if method is Columns:
        return method.jobs(x, w, bias, y, layer, workers)
    kernel, count = method(w, layer), parts_of(method, layer, y.itemsize, workers)
    fill, parts, jobs = _Filling(kernel, x, bias, y, layer, spoilt), list(groups_in(layer, count)), []
    for size in dict.fromkeys(part for *_, part in parts):  # two at most: the last part may have fewer groups
        alike = [(channels, filters) for channels, filters, part in parts if part == size]
        at_a_pixel, shares = kernel.numbers(size), workers if count == 1 else 1
        pieces = slabs(size, kernel.bytes // y.itemsize, at_a_pixel, kernel.halo(), shares, kernel.tile)
        jobs += [partial(fill, slab, *part) for slab in pieces for part in alike]
    return jobs


def parts_of(method, layer, itemsize, workers):
    """Into how many parts the groups of a layer are split, so that an image need not be, or as many as belong together.

    Slabs that share an image by rows would both keep the rows that windows of either reach into.
    """
    reach = (layer.span[0] - 1) // layer.stride[0]
    image = method.images(layer) * method.numbers(layer) * layer.OW * (layer.OH + reach) * itemsize
    fit = max(1, layer.groups * method.bytes // image)
    parts = -(-layer.groups // fit)
    if layer.N * parts < 4 * workers and layer.N % workers:
        parts = -(-parts // workers) * workers
    return min(parts, layer.groups)


class _Filling:
    """Fills the outputs of one slab and some groups. A thread prepares once for all that are alike."""

    def __init__(self, kernel, x, bias, y, layer, spoilt):
        self.kernel, self.x, self.bias, self.y, self.layer, self.spoilt = kernel, x, bias, y, layer, spoilt

    def __call__(self, slab, channels, filters, space):
        place, c = self.y[slab.images, filters, slab.rows, slab.columns], self.layer.C // self.layer.groups
        edges = edges_of(self.layer, slab, self.kernel.extra(*place.shape[2:]))
        inside = edges.of(self.x[slab.images, channels])
        piece = None if any(edges.zeros) else inside.astype(self.y.dtype, copy=False)
        key = self.kernel, edges.zeros, inside.shape, place.shape
        frame, aside, run = space.made(key, partial(self._prepare, edges, inside.shape, piece, place, space))
        if piece is None:
            piece, middle = frame
            copy(middle, inside)
        out = place if aside is None else aside
        run(piece, slice(channels.start // c, channels.stop // c), out)
        if not self.kernel.exact and not _finite(out):
            self.spoilt.append(slab)
        if np.ndim(self.bias):
            out += self.bias[filters]
        if aside is not None:
            copy_rows(place, aside)

    def _prepare(self, edges, shape, piece, place, space):
        """The padding and the place of the pixels in it, memory for results that do not go straight to y, the rest."""
        frame, aside = None, None
        if not _joined(place, self.kernel.joined):
            aside = space.array(place.shape, place.dtype)
        if piece is None:
            frame = edges.frame(shape, place.dtype, partial(self.kernel.memory, space))
            piece = frame[0]
        return frame, aside, self.kernel.prepare(piece, place if aside is None else aside, space)


def _finite(a):
    """Whether all numbers of an array are finite, and none so large that its square is not."""
    rows = a.reshape(*a.shape[:2], -1)
    return np.isfinite(rows[..., None, :] @ rows[..., None]).all()  # products read them twice as fast as a sum


def _joined(a, axes):
    """Whether the numbers of the last `axes` axes follow one another in memory without gaps."""
    steps = [a.itemsize * prod(a.shape[axis + 1 :]) for axis in range(4 - axes, 4)]
    return list(a.strides[4 - axes :]) == steps


def plain(x, w, y, layer, method):
    """Fill y with a method of any kind: slab by slab, group by group."""
    for slab in slabs(layer):
        piece, out = cut(x, layer, slab, y.dtype), y[slab.y]
        for channels, filters, _ in each_group(layer):
            out[:, filters] = method(piece[:, channels], w[filters], layer.stride, layer.dilation)
