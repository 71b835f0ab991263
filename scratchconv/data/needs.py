"""Import what only this part of the package needs, or say how to get it; check a count of pictures."""

from __future__ import annotations

import importlib
import operator
import warnings


def need(module):
    """Import `module`, which the extra ``[book]`` installs."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="IProgress not found")  # a plain progress bar will do
            return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{module} is needed for these pictures and cannot be imported ({error}); "
            'install it with: pip install "scratchconv[book]"'
        ) from error


def count(n, available, what):
    """The number of pictures asked for, as an int from 0 to `available`."""
    try:
        n = operator.index(n)
    except TypeError:
        raise TypeError(f"n is a number of {what}, a whole number; received {n!r}") from None
    if not 0 <= n <= available:
        raise ValueError(f"n must be from 0 to {available}, the number of {what} there are; received {n}")
    return n
