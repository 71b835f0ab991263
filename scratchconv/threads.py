"""Share work among a few threads while BLAS keeps to one thread in each (chapter 17).

BLAS may use both cores for one large matrix product, but not for a thousand small ones, nor for the copies
between them. The other way round both are shared: every thread does its own jobs from beginning to end.
"""

from __future__ import annotations

import ctypes
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, local

import numpy as np

MOST = 4  # threads; each has a workspace, and together they must stay small
NAMES = ("scipy_openblas_{}_num_threads64_", "scipy_openblas_{}_num_threads", "openblas_{}_num_threads64_",
         "openblas_{}_num_threads")  # fmt: skip


class _Blas:
    """The number of threads of NumPy's BLAS. Callers may overlap: the first sets it to one, the last restores it."""

    def __init__(self, get, set_):
        self.get, self.set = get, set_
        self.lock, self.users, self.before = Lock(), 0, 1

    def enter(self):
        """Keep BLAS to one thread; returns how many it had."""
        with self.lock:
            if self.users == 0 and self.get:
                self.before = self.get()
                self.set(1)
            self.users += 1
            return self.before

    def leave(self):
        with self.lock:
            self.users -= 1
            if self.users == 0 and self.get:
                self.set(self.before)


def _controls():
    """The functions of the OpenBLAS inside NumPy that read and set its threads, or (None, None)."""
    for path in _libraries():
        try:
            library = ctypes.CDLL(str(path))
        except OSError:
            continue
        for name in NAMES:
            get, set_ = (getattr(library, name.format(verb), None) for verb in ("get", "set"))
            if get and set_:
                return get, set_
    return None, None


def _libraries():
    """Where NumPy's wheels keep OpenBLAS: numpy.libs (Linux, Windows) or numpy/.dylibs (macOS)."""
    numpy = Path(np.__file__).parent
    for folder in (numpy.parent / "numpy.libs", numpy / ".dylibs"):
        yield from sorted(folder.glob("*openblas*"))


_blas = _Blas(*_controls())
_here = local()  # .inside: this thread is working on a job already


@contextmanager
def one_blas_thread():
    """Keep BLAS to one thread inside the block, whatever happens there; gives the number of threads to use."""
    workers = _blas.enter()
    try:
        yield 1 if getattr(_here, "inside", False) else min(workers, MOST)
    finally:
        _blas.leave()


def share(work, jobs, workers):
    """Call ``work(job)`` for every job. The calling thread takes jobs like all others; errors reach the caller."""
    jobs = list(jobs)
    helpers = min(workers, len(jobs)) - 1
    queue, lock = iter(jobs), Lock()
    futures = [_pool(helpers).submit(_take, work, queue, lock) for _ in range(max(0, helpers))]
    try:
        _take(work, queue, lock)
    finally:
        errors = [future.exception() for future in futures if not future.cancel()]  # waits for what has begun
    for error in errors:
        if error is not None:
            raise error


def _take(work, queue, lock):
    outside, _here.inside = getattr(_here, "inside", False), True
    try:
        with np.errstate(invalid="ignore", over="ignore"):  # NumPy keeps these settings for each thread
            while True:
                with lock:
                    job = next(queue, _take)
                if job is _take:
                    return
                work(job)
    except BaseException:
        with lock:
            for _ in queue:
                pass  # nothing new is begun, in this thread or another
        raise
    finally:
        _here.inside = outside


_pools: dict[int, ThreadPoolExecutor] = {}
_pools_lock = Lock()


def _pool(helpers):
    """The pool with so many threads; they sleep between calls."""
    with _pools_lock:
        if helpers not in _pools:
            _pools[helpers] = ThreadPoolExecutor(helpers, thread_name_prefix="scratchconv")
        return _pools[helpers]


def _after_fork():
    """A child process inherits neither the threads nor a lock that one of them held."""
    global _pools_lock
    _pools.clear()
    _pools_lock, _blas.lock = Lock(), Lock()
    if _blas.users and _blas.get:
        _blas.users = 0
        _blas.set(_blas.before)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
