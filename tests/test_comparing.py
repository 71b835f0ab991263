"""The helpers themselves: they must fail when they should."""

import numpy as np
import pytest
from comparing import assert_equal, assert_own_memory, assert_unchanged

ONE = np.ones((2, 3))


@pytest.mark.parametrize(
    ("ours", "complaint"),
    [
        (np.ones((3, 2), np.float32), "shape"),
        (np.ones((2, 3), np.float32), "dtype"),
        (ONE + 1e-9, "Not equal"),
        (np.where(np.eye(2, 3), np.nan, 1.0), "nan"),
        ([[1.0] * 3] * 2, "array was expected"),
    ],
)
def test_a_difference_is_named_shape_before_dtype_before_values(ours, complaint):
    with pytest.raises(AssertionError, match=complaint):
        assert_equal(ours, ONE)


def test_rounding_is_no_difference():
    assert_equal(ONE + 1e-14, ONE)
    assert_equal(np.full((2, 3), np.nan), np.full((2, 3), np.nan))


def test_integers_are_compared_exactly():
    with pytest.raises(AssertionError):
        assert_equal(np.array([2**60 + 1]), np.array([2**60]))


def test_a_written_input_and_a_shared_result_are_noticed():
    with pytest.raises(AssertionError, match="modified"):
        assert_unchanged([ONE], [ONE + 1])
    with pytest.raises(AssertionError, match="aliases"):
        assert_own_memory([ONE[0]], [ONE])
    with pytest.raises(AssertionError, match="read-only"):
        assert_own_memory([np.broadcast_to(1.0, 3)], [ONE])
