"""One download at a time, across the threads of this process and the processes of this machine."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time

try:
    import fcntl
except ImportError:  # not a POSIX system: threads are still kept apart
    fcntl = None

_threads = threading.Lock()
PAUSE = 0.1  # seconds between two looks at a lock that another process holds


class Busy(Exception):
    """The lock stayed taken for as long as the caller could wait."""


@contextlib.contextmanager
def exclusive(path, seconds):
    """Hold the lock file `path`, waiting for it at most `seconds`; raises `Busy`.

    The operating system drops the lock with the process that holds it, so a killed process leaves nothing to
    clean up. The empty file stays: removing it would let two processes lock two files of one name. Where no
    file can be written, there is nothing a download could write either, and the threads' lock has to do.
    """
    end = time.monotonic() + seconds
    if not _threads.acquire(timeout=max(seconds, 0)):
        raise Busy(f"another thread of this process was still downloading after {seconds:.3g} s")
    try:
        file = _open(path)
        try:
            if file is not None:
                _wait_for(file, path, end)
            yield
        finally:
            if file is not None:
                file.close()  # closing releases
    finally:
        _threads.release()


def _open(path):
    if fcntl is None:
        return None
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return open(path, "a+b")
    except OSError:
        return None


def _wait_for(file, path, end):
    told = False
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise Busy(f"another process still held {path}") from None
        except OSError:
            return None  # a file system without locks
        if not told:
            print("Another process is downloading the same files; waiting for it.", file=sys.stderr, flush=True)
            told = True
        time.sleep(PAUSE)
