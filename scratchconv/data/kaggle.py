"""MNIST and CIFAR-10: from the files in kagglehub's cache to arrays."""

from __future__ import annotations

import threading
import time
from numbers import Real
from typing import NamedTuple

import numpy as np

from .download import Request, download, out_of_time
from .formats import read_cifar10, read_mnist
from .lock import Busy, exclusive

MNIST = "hojjatk/mnist-dataset/versions/1"  # versioned handles: a cached one makes no request
CIFAR10 = "pankrzysiu/cifar10-python/versions/1"
TIMEOUT = 600.0  # seconds


class Dataset(NamedTuple):
    """Images and labels, all uint8, the ones to train on and the ones to test on."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def load_mnist(*, timeout=TIMEOUT, progress=True):
    """MNIST: 70,000 handwritten digits, from kagglehub's cache or else from Kaggle.

    Parameters
    ----------
    timeout : float, default 600
        Seconds after which an unfinished download is given up.
    progress : bool, default True
        Show kagglehub's progress bar while downloading. False also hides what else is written to
        ``sys.stderr`` during that time.

    Returns
    -------
    Dataset
        Named tuple of uint8 arrays: ``train_images`` (60000, 28, 28), ``train_labels`` (60000,),
        ``test_images`` (10000, 28, 28), ``test_labels`` (10000,).

    Raises
    ------
    ValueError
        If a file is malformed: wrong first bytes, size, shape or labels. The message names the file and what
        to delete. What this very call has downloaded is removed again.
    TimeoutError, ConnectionError, OSError
        If the files cannot be had; the message says what to do.
    ImportError
        If kagglehub is not installed.

    Warns
    -----
    UserWarning
        If a file is well formed and yet not the one that everybody uses, by its md5 digest.

    See Also
    --------
    digits : digits that need no network.
    load_cifar10 : small colour photographs.

    Notes
    -----
    Used in chapters 1, 3 and 4, when the reader asks for it. Cached files are used without any request, so
    this works offline, from a folder that cannot be written as well. Set ``KAGGLEHUB_CACHE`` to say where the
    cache is. Two processes that ask at once make one download. Cost: 55 MB of memory.

    References
    ----------
    Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten digits.

    Examples
    --------
    This needs the files, so the doctests skip it; ``tests/test_data.py`` runs it.

    >>> load_mnist().train_images.shape                    # doctest: +SKIP
    (60000, 28, 28)
    """
    return Dataset(*_load("MNIST", MNIST, read_mnist, timeout, progress))


def load_cifar10(*, timeout=TIMEOUT, progress=True):
    """CIFAR-10: colour photographs of 32 × 32 pixels in ten classes, from kagglehub's cache or else from Kaggle.

    Parameters
    ----------
    timeout : float, default 600
        Seconds after which an unfinished download is given up.
    progress : bool, default True
        Show kagglehub's progress bar while downloading. False also hides what else is written to
        ``sys.stderr`` during that time.

    Returns
    -------
    Dataset
        Named tuple of uint8 arrays: ``train_images`` (50000, 3, 32, 32), channels first, ``train_labels``
        (50000,), ``test_images`` (10000, 3, 32, 32), ``test_labels`` (10000,). The first image is a frog,
        label 6.

    Raises
    ------
    ValueError
        If a file is malformed, or is a pickle that wants to do anything but build arrays. The message names
        the file and what to delete. What this very call has downloaded is removed again.
    TimeoutError, ConnectionError, OSError
        If the files cannot be had; the message says what to do.
    ImportError
        If kagglehub is not installed.

    Warns
    -----
    UserWarning
        If some of the five training batches are missing; the others are used.

    See Also
    --------
    colour_images : pictures that need no network.
    load_mnist : handwritten digits.

    Notes
    -----
    Used in chapters 5, 6, 7 and 10, when the reader asks for it; the cache works as for `load_mnist`. The files
    are pickles, which can run any code; they are read by an unpickler that can only build arrays. Cost: 184 MB
    of memory, for a moment twice that.

    References
    ----------
    A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.

    Examples
    --------
    This needs the files, so the doctests skip it; ``tests/test_data.py`` runs it.

    >>> load_cifar10().train_images.shape                  # doctest: +SKIP
    (50000, 3, 32, 32)
    """
    return Dataset(*_load("CIFAR-10", CIFAR10, read_cifar10, timeout, progress))


def _load(name, handle, read, timeout, progress):
    """Have the files, downloading them if they are not cached, and read them."""
    request = Request(name, handle, end=time.monotonic() + _seconds(timeout), timeout=timeout, progress=progress)
    if request.is_cached():
        return _fetch_and_read(request, read)
    try:
        with exclusive(request.lock, timeout):
            return _fetch_and_read(request, read)
    except Busy as error:
        raise out_of_time(request, str(error), "Let that download finish, or stop it; then run this again.") from error


def _fetch_and_read(request, read):
    is_new = not request.is_cached()  # asked under the lock: another process may have been first
    had_folder = request.folder.exists()
    folder = download(request)
    try:
        return read(folder)
    except (ValueError, FileNotFoundError) as error:
        kind = FileNotFoundError if isinstance(error, FileNotFoundError) else ValueError
        if folder != request.folder:  # Colab and Kaggle mount a copy of their own
            advice = "It is a mounted copy: set DISABLE_COLAB_CACHE=1 or DISABLE_KAGGLE_CACHE=1 to download."
        elif is_new:
            request.discard(keep_folder=had_folder)
            advice = "This call had downloaded it and has undone that: run it again."
        else:
            advice = f"To download again, delete {request.folder} and {request.mark}"
            advice += ", or set KAGGLEHUB_CACHE to another folder."
        raise kind(f"{error} {advice}") from error


def _seconds(timeout):
    if isinstance(timeout, bool) or not isinstance(timeout, Real):
        raise TypeError(f"timeout is a number of seconds; received {timeout!r}")
    if not 0 < timeout <= threading.TIMEOUT_MAX:  # what Python can wait for, some centuries; not infinity, not nan
        raise ValueError(f"timeout must be a positive number of seconds; received {timeout!r}")
    return timeout
