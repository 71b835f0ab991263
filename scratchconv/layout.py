"""Arrays in which the channels of a pixel follow one another, and the copies that turn the axes so (chapter 17)."""

from __future__ import annotations

from math import gcd

import numpy as np

LINE = 16  # numbers in a cache line
SET = 4096  # bytes; lines so far apart have the same few places in the first cache
WAYS = 8  # of these places
ITEM = 512  # bytes; longer runs are moved as fast number by number


def channels_innermost(space, shape, dtype):
    """An array (n, C, h, w) in which the channels of a pixel follow one another."""
    n, C, h, w = shape
    pitch = C + LINE if C % 128 == 0 else C  # of rows a power of two apart, few would fit into the cache at once
    return space.array((n, h, w, pitch), dtype)[..., :C].transpose(0, 3, 1, 2)


def turned(a, space):
    """a (n, C, h, w) with the channels of a pixel in line: itself, if they are."""
    if a.strides[1] == a.itemsize:
        return a
    place = channels_innermost(space, a.shape, a.dtype)
    copy(place, a)
    return place


def copy_rows(place, a):
    """place[...] = a, of one shape and type; where the last axis is a run of numbers in both, a run is one item.

    NumPy then moves a row of a narrow map that lies in the cache in half the time that its numbers take one by one.
    """
    run, plain = a.shape[-1] * a.itemsize, a.dtype == place.dtype and not a.dtype.hasobject
    if plain and 0 < run <= ITEM and a.strides[-1] == place.strides[-1] == a.itemsize:
        item = np.dtype((np.void, run))
        place, a = place.view(item), a.view(item)
    place[...] = a


def copy(place, a):
    """place[...] = a, both (n, C, ...); where that puts the channels in line, so many at a time as the cache can hold.

    A line of a holds several numbers of one channel, and is read again for each of them. Lines of all channels are
    read in turn. Where they lie a power of two apart, they take each other's places.
    """
    at_once = WAYS * SET // gcd(a.strides[1], SET)
    if place.strides[1] != place.itemsize or at_once >= a.shape[1]:
        copy_rows(place, a)
        return
    for first in range(0, a.shape[1], at_once):
        channels = slice(first, first + at_once)
        place[:, channels] = a[:, channels]
