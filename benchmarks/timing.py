"""Alternating blocks: ours, theirs, ours, … each long enough that neither pays for what the other left behind."""

from __future__ import annotations

from time import perf_counter
from typing import NamedTuple

import numpy as np


class Times(NamedTuple):
    """Seconds per call: the median of the blocks and the quartiles around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, seconds):
        return cls(*(float(q) for q in np.quantile(seconds, (0.5, 0.25, 0.75))))

    def scaled(self, factor):
        return Times(*(factor * t for t in self))


def alternate(calls, **how):
    """The times of what `blocks` measures."""
    return {name: Times.of(seconds) for name, seconds in blocks(calls, **how).items()}


def blocks(calls, *, rounds=7, block=0.06, settle=None):
    """Time every call of the dict in turn, `rounds` times, in blocks of at least `block` seconds: seconds per call.

    `settle` names calls whose blocks begin with so many seconds of calls that are not counted.
    """
    settle = settle or {}
    repeats = {name: _repeats(call, block) for name, call in calls.items()}
    seconds = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            _warm(call, settle.get(name, 0))
            seconds[name].append(_block(call, repeats[name]))
    return seconds


def once(call, *, rounds=3):
    """For what is slow: so many calls, without alternation."""
    return Times.of([_block(call, 1) for _ in range(rounds)])


def _repeats(call, block):
    """How often a call fits into a block; the calls made to find out are the warm-up."""
    call()
    once = min(_block(call, 1) for _ in range(2))
    return max(1, int(np.ceil(block / once)))


def _warm(call, seconds):
    start = perf_counter()
    while perf_counter() - start < seconds:
        call()


def _block(call, repeats):
    start = perf_counter()
    for _ in range(repeats):
        call()
    return (perf_counter() - start) / repeats
