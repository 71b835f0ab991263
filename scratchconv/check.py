"""Compare an answer with the right one, and say which well-known mistake a wrong one looks like."""

from __future__ import annotations

import numpy as np


def same(ours, theirs, name="SciPy"):
    """Print one line if two arrays are equal; otherwise raise and name the likely mistake.

    Parameters
    ----------
    ours : array_like
        The answer to check.
    theirs : array_like
        The right answer.
    name : str, default "SciPy"
        Where the right answer comes from, for the message.

    Raises
    ------
    AssertionError
        If shapes or values differ. Integers must be equal; floats agree to a relative 1e-5 in float32
        and 1e-10 in float64, measured against the largest value.

    Notes
    -----
    The mistakes it knows are the ones found in real code: flips, transposes, wrapped integers, a missing
    bias, sums taken as means, an answer shifted by one, another layout.

    Examples
    --------
    >>> same([[1, 2], [3, 4]], np.array([[1, 2], [3, 4]]))
    ✓ equal to SciPy: shape (2, 2), all 4 values
    >>> same([[4, 3], [2, 1]], np.array([[1, 2], [3, 4]]))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    AssertionError: not equal to SciPy: 4 of 4 values differ, the first ...
    It looks turned by 180°: was the kernel flipped when it should not ...
    """
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    if ours.dtype.kind not in "biufc":
        raise AssertionError(f"not equal to {name}: the answer holds no numbers ({ours.dtype}); is a part missing?")
    if close(ours, theirs):
        values = "its one value" if ours.size == 1 else f"all {ours.size} values"
        print(f"✓ equal to {name}: shape {ours.shape}, {values}")
        return
    raise AssertionError(f"not equal to {name}: {_difference(ours, theirs)}.{_hint(ours, theirs)}")


def close(ours, theirs):
    """True if two arrays of one shape are equal up to the rounding of the coarser type; NaN equals NaN.

    Examples
    --------
    >>> close([1.0, 2.0], [1.0, 2.0 + 1e-12]), close([1, 2], [1, 3])
    (True, False)
    """
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    return ours.shape == theirs.shape and bool(_agree(ours, theirs).all())


def _agree(ours, theirs):
    """Value for value, whether two arrays of one shape are equal up to rounding."""
    floats = [a.dtype for a in (ours, theirs) if a.dtype.kind in "fc"]
    if not floats:
        return ours == theirs
    rounding = max(np.finfo(dtype).eps for dtype in floats)
    tolerance = 1e-5 if rounding > 1e-10 else 1e-10
    largest = np.abs(theirs[np.isfinite(theirs)]).max(initial=0)
    return np.isclose(ours, theirs, rtol=tolerance, atol=tolerance * largest, equal_nan=True)


def _difference(ours, theirs):
    if ours.shape != theirs.shape:
        return f"shape {ours.shape}, expected {theirs.shape}"
    wrong = np.argwhere(~_agree(ours, theirs))
    place = tuple(int(i) for i in wrong[0])
    return (
        f"{len(wrong)} of {ours.size} values differ, the first at {place}: {ours[place]:g}, expected {theirs[place]:g}"
    )


def _hint(ours, theirs):
    for test, words in _MISTAKES:
        if test(ours, theirs):
            return "\nIt looks " + words
    return ""


def _turned(ours, theirs):
    return ours.ndim > 1 and close(np.flip(ours, (-2, -1)), theirs)


def _transposed(ours, theirs):
    return ours.ndim > 1 and close(ours.swapaxes(-2, -1), theirs)


def _channels_last(ours, theirs):
    return ours.ndim > 2 and close(np.moveaxis(ours, -1, -3), theirs)


def _wrapped(ours, theirs):
    same_shape = ours.shape == theirs.shape and ours.dtype.kind in "iu" and theirs.dtype.kind in "iu"
    return same_shape and ours.dtype.itemsize < theirs.dtype.itemsize and close(ours, theirs.astype(ours.dtype))


def _constant_added(ours, theirs):
    if ours.shape != theirs.shape or ours.size < 2:
        return False
    gaps = ours.astype(float) - theirs
    return close(gaps, np.broadcast_to(gaps.mean((-2, -1) if gaps.ndim > 1 else None, keepdims=True), gaps.shape))


def _scaled(ours, theirs):
    if ours.shape != theirs.shape or ours.size < 2 or not np.any(ours):
        return False
    ours, theirs = ours.astype(float), theirs.astype(float)
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all() and theirs.any()):
        return False
    return close(ours * (np.vdot(ours, theirs) / np.vdot(ours, ours)), theirs)


def _shifted(ours, theirs):
    if ours.shape != theirs.shape or ours.ndim < 2 or min(ours.shape[-2:]) < 3:
        return False
    return any(
        close(np.roll(ours, step, axis)[..., 1:-1, 1:-1], theirs[..., 1:-1, 1:-1])
        for axis in (-1, -2)
        for step in (1, -1)
    )


def _border(ours, theirs):
    if ours.shape != theirs.shape or ours.ndim < 2 or min(ours.shape[-2:]) < 3:
        return False
    return close(ours[..., 1:-1, 1:-1], theirs[..., 1:-1, 1:-1])


def _fewer(ours, theirs):
    return ours.ndim == theirs.ndim > 1 and sorted(ours.shape[-2:]) != sorted(theirs.shape[-2:])


_MISTAKES = [
    (_turned, "turned by 180°: was the kernel flipped when it should not be, or the other way round?"),
    (_transposed, "transposed: were rows and columns, or height and width, exchanged?"),
    (_channels_last, "channels last: this book puts the channels before height and width."),
    (_wrapped, "wrapped: the sums passed the range of a small integer type; convert to int64 first."),
    (_constant_added, "shifted by a constant: was the bias left out, or added once for every channel?"),
    (_scaled, "scaled: was a mean taken where a sum belongs, over the batch perhaps?"),
    (_border, "right inside and wrong at the border: was the image padded with zeros on every side?"),
    (_shifted, "moved by one pixel: is the padding on the right side, top and left first?"),
    (_fewer, "cut differently: do the padding and the count of windows, n - k + 1, agree?"),
]
