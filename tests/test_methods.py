"""Every method computes the same valid correlation, on every row of the table."""

import numpy as np
import pytest
from cases import CASES
from comparing import assert_equal, assert_own_memory, assert_unchanged

from scratchconv import conv2d, methods, oracles, shapes

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
every_method = pytest.mark.parametrize("method", methods.METHODS)
# `einsum` is no method of its own and is called directly: without padding, groups or an empty batch.
EINSUM = {name: case for name, case in CASES.items() if case.options.keys() <= {"stride", "dilation"} and case.x[0]}


@every_method
@every_case
def test_a_method_equals_scipy(case, method):
    x, w, b = case.arrays()
    y = conv2d(x, w, b, method=method, **case.options)
    assert y.shape == case.y
    assert_equal(y, oracles.conv2d(x, w, b, **case.options))


@every_method
@every_case
def test_a_method_is_exact_on_integers(case, method):
    x, w, b = case.arrays(np.uint8)
    y = conv2d(x, w, b, method=method, **case.options)
    assert_equal(y, oracles.conv2d(x, w, b, **case.options), dtype=np.int64)


@every_method
@every_case
def test_a_method_keeps_float32(case, method):
    x, w, b = case.arrays(np.float32)
    y = conv2d(x, w, b, method=method, **case.options)
    exact = oracles.conv2d(*(a.astype(float) for a in (x, w, b)), **case.options)
    assert_equal(y, exact, dtype=np.float32)


@every_method
@every_case
def test_a_method_writes_to_no_input_and_returns_memory_of_its_own(case, method):
    inputs = case.arrays()
    copies = [a.copy() for a in inputs]
    y = conv2d(*inputs, method=method, **case.options)
    assert_unchanged(inputs, copies)
    assert_own_memory([y], inputs)


@every_method
def test_integers_too_large_for_int64_on_the_way_are_exact_with_every_method(method):
    x = np.array([2**62, 2**62, 2**62]).reshape(1, 1, 1, 3)
    w = np.array([3, -2, -1]).reshape(1, 1, 1, 3)
    assert_equal(conv2d(x, w, method=method), np.array([[[[0]]]]), dtype=np.int64)


@every_method
def test_a_method_takes_padded_input_and_two_steps(method):
    """The signature all share: x, w, (vertical, horizontal) stride, (vertical, horizontal) dilation."""
    x, w = np.arange(2.0 * 63).reshape(2, 1, 7, 9), np.arange(6.0).reshape(1, 1, 2, 3)
    if method == "winograd":  # takes one kind of layer only; conv2d sends others elsewhere
        w = np.arange(18.0).reshape(2, 1, 3, 3)
        assert_equal(methods.winograd(x, w, (1, 1), (1, 1)), oracles.conv2d(x, w))
        return
    y = methods.METHODS[method](x, w, (2, 1), (3, 2))
    assert_equal(y, oracles.conv2d(x, w, stride=(2, 1), dilation=(3, 2)))


@pytest.mark.parametrize("case", EINSUM.values(), ids=EINSUM)
@pytest.mark.parametrize("dtype", [np.float64, np.int64])
def test_einsum_is_the_same_product(case, dtype):
    x, w, _ = case.arrays(dtype)
    steps = {name: shapes.pair(size, name) for name, size in case.options.items()}
    assert_equal(methods.einsum(x, w, **steps), oracles.conv2d(x, w, **case.options))


@pytest.mark.parametrize("name", ["fft", "", "Loops", None, 3])
def test_an_unknown_method_is_answered_with_the_known_ones(name):
    x, w = np.ones((1, 1, 3, 4)), np.ones((1, 1, 2, 2))
    with pytest.raises(ValueError, match=r'"auto", "loops", "index", "strided".*"blocked", "winograd"') as error:
        conv2d(x, w, method=name)
    assert repr(name) in str(error.value)
