"""What "equal" means in these tests: shape first, then dtype, then values."""

from __future__ import annotations

import numpy as np

ROUNDING = {"float16": 2e-3, "float32": 2e-5, "float64": 1e-11}  # relative to the largest value expected


def assert_equal(ours, theirs, *, dtype=None):
    """`ours` has the shape of `theirs`, the dtype asked for (that of `theirs` unless told) and its values."""
    theirs = np.asarray(theirs)
    dtype = theirs.dtype if dtype is None else np.dtype(dtype)
    assert isinstance(ours, np.ndarray), f"an array was expected, got {type(ours).__name__}"
    assert ours.shape == theirs.shape, f"shape {ours.shape}, expected {theirs.shape}"
    assert ours.dtype == dtype, f"dtype {ours.dtype}, expected {dtype}"
    if dtype.kind in "iub":
        np.testing.assert_array_equal(ours, theirs)
    else:
        finite = np.abs(theirs[np.isfinite(theirs)], dtype=float)
        tolerance = ROUNDING[dtype.name] * max(1.0, finite.max(initial=0))
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance, equal_nan=True)


def assert_unchanged(arrays, copies):
    """No input was written to: same numbers, bit for bit."""
    for array, copy in zip(arrays, copies, strict=True):
        assert np.asarray(array).tobytes() == np.asarray(copy).tobytes(), "an input was modified"


def assert_own_memory(results, inputs):
    """No result shares memory with an input, and all can be written to."""
    for result in results:
        assert result.flags.writeable, "a result is read-only"
        for array in inputs:
            assert not np.shares_memory(result, array), "a result aliases an input"
