"""One block of memory for each thread at work, used again and again: temporaries without page faults (chapter 17).

Memory that the system has just handed out costs a page fault every 4 kB at its first touch, often more than the
arithmetic on it. So temporaries come from a few blocks that are kept, never more of them than KEPT.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from math import prod
from threading import Lock, RLock, local
from weakref import finalize

import numpy as np

BYTES = 10 * 2**20  # in one block
KEPT = 4  # blocks that wait for their next user

_free: list[np.ndarray] = []
_lock = RLock()  # garbage collection may give a block back while another is taken


class Workspace:
    """Hands out pieces of one block, one after another; what no longer fits is ordinary memory."""

    def __init__(self, block):
        self._block, self._used = block, 0
        self.forget()

    def array(self, shape, dtype):
        """An array with arbitrary contents, valid until the workspace is given back or `rewind` goes before it."""
        dtype = np.dtype(dtype)
        size = prod(shape) * dtype.itemsize
        start = -(-self._used // 64) * 64  # a cache line
        if start < self._kept:  # what was made for a key loses its memory
            self.forget()
        if start + size > self._block.size:
            return np.empty(shape, dtype)
        self._used = start + size
        return self._block[start : start + size].view(dtype).reshape(shape)

    def mark(self):
        return self._used

    def rewind(self, mark):
        self._used = mark

    def made(self, key, make):
        """What ``make()`` made when it was last asked for this key, arrays included; all others become invalid."""
        if self._key is None or key != self._key:
            self.forget()
            self._used = 0
            self._made = make()
            self._key, self._kept = key, self._used
        self._used = self._kept
        return self._made

    def forget(self):
        """Let go of what was made for a key: it may hold the workspace, or whole copies of the weights."""
        self._key, self._made, self._kept = None, None, 0


@contextmanager
def borrow():
    """A workspace of one's own for the length of the block."""
    block = _take()
    space = Workspace(block)
    try:
        yield space
    finally:
        space.forget()
        _give_back(block)


@contextmanager
def one_for_each_thread():
    """A function that gives each thread that calls it a workspace, the same one until the end of the block."""
    here, lock = local(), Lock()
    with ExitStack() as borrowed:

        def mine():
            if not hasattr(here, "space"):
                with lock:
                    here.space = borrowed.enter_context(borrow())
            return here.space

        yield mine


def lease(nbytes):
    """A workspace of one's own until nobody holds it, if it has so many bytes; otherwise one of ordinary memory.

    Its arrays must not outlive it: whoever keeps them keeps the workspace as well.
    """
    if nbytes > BYTES:
        return Workspace(np.empty(0, np.uint8))
    block = _take()
    space = Workspace(block)
    finalize(space, _give_back, block)
    return space


def _take():
    with _lock:
        return _free.pop() if _free else np.empty(BYTES, np.uint8)


def _give_back(block):
    with _lock:
        if len(_free) < KEPT:
            _free.append(block)
