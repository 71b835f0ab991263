"""Call a function that may never return, and come back in time."""

from __future__ import annotations

import contextvars
import ctypes
import queue
import threading

GRACE = 1.0  # seconds an abandoned call has to notice


class OutOfTime(Exception):
    """The call did not return in time; `is_stuck` tells whether its thread is still there."""

    def __init__(self, is_stuck):
        super().__init__()
        self.is_stuck = is_stuck


def call_within(seconds, function):
    """The result of `function()` or its exception; `OutOfTime` if neither comes in time.

    It runs in a daemon thread, which does not keep Python from ending, and which is told to end when it is late
    or when the caller is interrupted.
    """
    outcome = queue.SimpleQueue()

    def work():
        try:
            outcome.put((function(), None))
        except BaseException as error:
            outcome.put((None, error))

    # The context ties what the thread prints to the notebook cell that started it.
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(work,), daemon=True, name="scratchconv download")
    thread.start()
    late = True
    try:
        thread.join(seconds)
        late = thread.is_alive()
    finally:
        if late:
            _abandon(thread)
    if late:
        raise OutOfTime(is_stuck=thread.is_alive())
    result, error = outcome.get()
    if error is not None:
        raise error
    return result


def _abandon(thread):
    """Ask a thread to end.

    Python can do no more than leave an exception for the thread to find when its present wait is over. So a
    server that wakes up hours later cannot make it write files that by then belong to another call.
    """
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
    thread.join(GRACE)
