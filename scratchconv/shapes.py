"""Sizes, padding amounts and argument checks: the only module that does any of them (chapters 1, 7 and 8).

Everything else in the package trusts what comes out of here, so the rules for what a caller may write
(`stride=2`, `padding="same"`, `x` as a list of lists) and the wording of the errors stand in one place.
"""

from __future__ import annotations

import operator
from typing import NamedTuple

import numpy as np

PADDING_WORDS = ("valid", "same", "full")
INT64 = np.iinfo(np.int64)


class Layer(NamedTuple):
    """The sizes of one layer operation, each checked: made by `layer`, read by `conv2d` and `conv2d_grad`."""

    N: int
    C: int
    H: int
    W: int
    F: int
    KH: int
    KW: int
    OH: int
    OW: int
    stride: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]
    dilation: tuple[int, int]
    groups: int

    @property
    def y_shape(self) -> tuple[int, int, int, int]:
        return (self.N, self.F, self.OH, self.OW)

    @property
    def span(self) -> tuple[int, int]:
        """Rows and columns from the first tap of a kernel to its last: d(k - 1) + 1."""
        return span(self.KH, self.dilation[0]), span(self.KW, self.dilation[1])


# ---------------------------------------------------------------------------------------------- sizes


def span(k: int, dilation: int) -> int:
    """Pixels from the first tap of a kernel of k taps to the last, both included."""
    return dilation * (k - 1) + 1


def output_size(n, k, *, stride=1, padding=0, dilation=1):
    """Number of windows of `k` taps that fit along an axis of `n` pixels.

    Parameters
    ----------
    n, k : int
        Input size and kernel size along one axis, in pixels.
    stride : int, default 1
        Pixels from one window to the next.
    padding : int, (before, after), "valid", "same" or "full", default 0
        Pixels added at the two ends of the axis. One integer is added at both ends.
    dilation : int, default 1
        Pixels from one tap of the kernel to the next.

    Returns
    -------
    int
        ``floor((n + before + after - dilation * (k - 1) - 1) / stride) + 1``, at least 1.

    Raises
    ------
    ValueError
        If the kernel does not fit into the padded axis, or an argument is out of range.
    TypeError
        If an argument is not an integer.

    See Also
    --------
    window_offsets : where those windows begin.

    Notes
    -----
    Chapter 8 derives the formula and shows which pixels the floor leaves unused.

    References
    ----------
    V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", 2016, arXiv:1603.07285.

    Examples
    --------
    >>> output_size(50, 4, stride=2)
    24
    >>> output_size(7, 3, padding=1, stride=2)
    4
    >>> output_size(5, 3, padding="same")
    5
    """
    n, k = integer(n, "n", least=0), integer(k, "k", least=1)
    stride, dilation = integer(stride, "stride", least=1), integer(dilation, "dilation", least=1)
    before, after = axis_padding(padding, n, k, stride, dilation)
    return _windows_that_fit(n, k, stride, (before, after), dilation, axis="axis")


def _windows_that_fit(n, k, stride, padding, dilation, *, axis):
    room = n + sum(padding) - span(k, dilation)
    if room < 0:
        dilated = f" with dilation {dilation} spans {span(k, dilation)} pixels and" if dilation > 1 else ""
        raise ValueError(
            f"the kernel must fit into the padded input: the {axis} measures {n} pixels, "
            f"padding adds {padding[0]} and {padding[1]}, and a kernel of {k}{dilated} does not fit; "
            f"use a smaller kernel or more padding"
        )
    return room // stride + 1


# ------------------------------------------------------------------------------------------- padding


def axis_padding(padding, n, k, stride, dilation):
    """Pixels (before, after) along one axis for an int, a pair of ints or one of `PADDING_WORDS`."""
    if isinstance(padding, str):
        return _padding_in_words(padding, n, k, stride, dilation)
    if _is_sequence(padding):
        if len(padding) != 2:
            raise ValueError(f"padding of one axis is an integer or (before, after), got {padding!r}")
        return tuple(integer(p, "padding", least=0) for p in padding)
    amount = integer(padding, "padding", least=0)
    return amount, amount


def _padding_in_words(word, n, k, stride, dilation):
    if word == "valid":
        return 0, 0
    if word == "full":
        return (span(k, dilation) - 1,) * 2
    if word == "same":
        windows = -(-n // stride)  # ceil(n / stride)
        total = max((windows - 1) * stride + span(k, dilation) - n, 0)
        return total // 2, total - total // 2  # the odd pixel goes after
    raise ValueError(f'padding in words is one of "valid", "same", "full", got {word!r}')


def image_padding(padding, size, kernel, stride, dilation):
    """Pixels ((top, bottom), (left, right)) for every form that `conv2d` accepts."""
    if isinstance(padding, str) or not _is_sequence(padding):
        vertical = horizontal = padding
    elif len(padding) == 2 and len({_is_sequence(p) for p in padding}) == 1:
        vertical, horizontal = padding
    else:
        raise ValueError(
            "padding must be an integer, (vertical, horizontal), ((top, bottom), (left, right)), "
            f'"valid", "same" or "full"; got {padding!r}'
        )
    return tuple(
        axis_padding(p, n, k, s, d)
        for p, n, k, s, d in zip((vertical, horizontal), size, kernel, stride, dilation, strict=True)
    )


# ------------------------------------------------------------------------------ reading the arguments


def integer(value, name, *, least):
    """`value` as a Python int that is at least `least`; True and 2.0 are not integers here."""
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {value!r} of type {type(value).__name__}") from None
    if number < least:
        hint = "; dilation 1 means no gap" if name.startswith("dilation") else ""
        raise ValueError(f"{name} must be at least {least}, got {number}{hint}")
    return number


def pair(value, name, *, least=1):
    """(vertical, horizontal) from one integer for both axes or from two."""
    if _is_sequence(value):
        if len(value) != 2:
            raise ValueError(f"{name} must be one integer or (vertical, horizontal), got {value!r}")
        vertical, horizontal = value
    else:
        vertical = horizontal = value
    return integer(vertical, name, least=least), integer(horizontal, name, least=least)


def _is_sequence(value):
    return isinstance(value, (tuple, list)) or (isinstance(value, np.ndarray) and value.ndim > 0)


def numeric(value, name):
    """`value` as an array of real numbers. It may share memory with `value`: callers do not write to it."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array, whose mask would be lost; pass {name}.filled(0)")
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be an array with rows of equal length: {error}") from None
    if array.dtype.kind not in "biuf":
        hint = "; take its real and imaginary parts one at a time" if array.dtype.kind == "c" else ""
        raise TypeError(f"{name} must hold real numbers or booleans, got dtype {array.dtype}{hint}")
    return array


def image(value, name):
    """`value` as a non-empty (H, W) array of real numbers."""
    array = numeric(value, name)
    if array.ndim != 2:
        hint = "; conv2d takes channels and batches" if array.ndim > 2 else ""
        raise ValueError(f"{name} must have two axes (height, width), got shape {array.shape}{hint}")
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {array.shape}")
    return array


# ----------------------------------------------------------------------------------------- the layer


def layer(x, w, *, stride, padding, dilation, groups) -> Layer:
    """Check x (N, C, H, W) against w (F, C // groups, KH, KW) and work out every size of the layer."""
    _four_axes(x, w)
    stride, dilation = pair(stride, "stride"), pair(dilation, "dilation")
    groups = integer(groups, "groups", least=1)
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    _channels_agree(x.shape, w.shape, groups)
    padding = image_padding(padding, (H, W), (KH, KW), stride, dilation)
    OH = _windows_that_fit(H, KH, stride[0], padding[0], dilation[0], axis="height")
    OW = _windows_that_fit(W, KW, stride[1], padding[1], dilation[1], axis="width")
    return Layer(N, C, H, W, F, KH, KW, OH, OW, stride, padding, dilation, groups)


def groups_in(layer, parts):
    """The groups in so many parts of even size: channels and filters as slices, and the part as a layer of its own."""
    at_once = -(-layer.groups // parts)
    c, f = layer.C // layer.groups, layer.F // layer.groups
    for g in range(0, layer.groups, at_once):
        G = min(at_once, layer.groups - g)
        part = layer._replace(C=c * G, F=f * G, groups=G)
        yield slice(g * c, (g + G) * c), slice(g * f, (g + G) * f), part


def each_group(layer):
    """The same, one group at a time."""
    return groups_in(layer, layer.groups)


def _four_axes(x, w):
    if x.ndim != 4:
        hint = {3: "; for one image pass x[None]", 2: "; for one grey image pass x[None, None]"}.get(x.ndim, "")
        raise ValueError(f"x must have four axes (N, C, H, W), got shape {x.shape}{hint}")
    if w.ndim != 4:
        hint = {3: "; for one filter pass w[None]", 2: "; for one kernel pass w[None, None]"}.get(w.ndim, "")
        raise ValueError(f"w must have four axes (F, C // groups, KH, KW), got shape {w.shape}{hint}")
    if 0 in w.shape or 0 in x.shape[1:]:
        raise ValueError(f"only the batch may be empty: x has shape {x.shape} and w has shape {w.shape}")


def _channels_agree(x_shape, w_shape, groups):
    C, F, expected = x_shape[1], w_shape[0], w_shape[1] * groups
    if C == expected and F % groups == 0:
        return
    if C == expected:
        raise ValueError(f"groups must divide the number of filters: w has {F} filters, groups is {groups}")
    rule = f"x has {C} channels and w expects {expected}"
    if groups > 1:
        rule += f" ({groups} groups of {w_shape[1]})"
    if x_shape[3] == expected:
        rule += "; x looks like (N, H, W, C): conv2d takes (N, C, H, W), so pass x.transpose(0, 3, 1, 2)"
    elif w_shape[2] == C and groups == 1:
        rule += "; w looks like (KH, KW, C, F): conv2d takes (F, C, KH, KW), so pass w.transpose(3, 2, 0, 1)"
    elif w_shape[3] == C and groups == 1:
        rule += "; w looks like (F, KH, KW, C): conv2d takes (F, C, KH, KW), so pass w.transpose(0, 3, 1, 2)"
    elif C % groups:
        rule += f"; groups must divide the channels, and {groups} does not divide {C}"
    elif w_shape[1] == C and groups > 1:
        rule += f"; with groups={groups} each filter sees C // groups channels, so w.shape[1] is {C} / {groups}"
    raise ValueError(rule)


def bias(b, F):
    """`b` as an (F,) array of real numbers."""
    array = numeric(b, "b")
    if array.shape != (F,):
        raise ValueError(f"b must hold one number for each of the {F} filters, shape ({F},); got {array.shape}")
    return array


# --------------------------------------------------------------------------------------------- types


def result_and_work_dtype(*arrays, terms):
    """The dtype to return and the dtype to compute in, for sums of `terms` products of the arrays' numbers.

    Integers and booleans give int64. Where a sum could pass its range the work is done in Python's
    integers (dtype object), which have none, and `narrow` decides afterwards. float16 is summed in float32.
    """
    if all(a.dtype.kind in "biu" for a in arrays):
        factors = sorted((_largest(a) for a in arrays), reverse=True)
        bound = (terms + 1) * max(1, factors[0]) * max([1, *factors[1:2]])
        return np.dtype(np.int64), np.dtype(np.int64 if bound <= INT64.max else object)
    result = np.result_type(*arrays)
    return result, np.dtype(np.float32) if result == np.float16 else result


def _largest(array):
    return max(abs(int(array.min())), abs(int(array.max()))) if array.size else 0


def narrow(array, dtype):
    """`array` in `dtype`; an integer that int64 cannot hold is an error, not a wrapped number."""
    if array.dtype == object and array.size and not INT64.min <= array.min() <= array.max() <= INT64.max:
        raise ValueError(
            f"integer results must fit int64 (at most {INT64.max}); the largest here is "
            f"{max(array.max(), -array.min())}; convert the inputs to float64 if rounding is acceptable"
        )
    return array.astype(dtype, copy=False)


def quietly():
    """NaN and infinity in the input are the caller's: they go through without NumPy's warnings, as in PyTorch."""
    return np.errstate(invalid="ignore", over="ignore")
