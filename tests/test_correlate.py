"""correlate2d and convolve2d are SciPy's, on rectangles of any size."""

import numpy as np
import pytest
from comparing import assert_equal, assert_own_memory, assert_unchanged
from scipy import signal

from scratchconv import convolve2d, correlate2d

SIZES = [(1, 1), (1, 4), (3, 1), (2, 3), (3, 2), (4, 4), (5, 2)]
pairs = [
    pytest.mark.parametrize("image", [(1, 1), (1, 6), (6, 1), (4, 6), (6, 4), (5, 5), (2, 2)]),
    pytest.mark.parametrize("kernel", SIZES),
    pytest.mark.parametrize(("ours", "theirs"), [(correlate2d, signal.correlate2d), (convolve2d, signal.convolve2d)]),
]


def every_pair(test):
    for mark in pairs:
        test = mark(test)
    return test


def draw(image, kernel):
    rng = np.random.default_rng(1)
    return rng.standard_normal(image), rng.standard_normal(kernel)


@every_pair
@pytest.mark.parametrize("mode", ["same", "full"])
def test_same_and_full_equal_scipy_also_for_kernels_larger_than_the_image(ours, theirs, image, kernel, mode):
    x, w = draw(image, kernel)
    assert_equal(ours(x, w, mode=mode), theirs(x, w, mode=mode))


@every_pair
def test_valid_equals_scipy_or_raises_where_scipy_would_exchange_the_two(ours, theirs, image, kernel):
    x, w = draw(image, kernel)
    if kernel[0] <= image[0] and kernel[1] <= image[1]:
        assert_equal(ours(x, w, mode="valid"), theirs(x, w, mode="valid"))
    else:
        with pytest.raises(ValueError, match="the kernel must fit"):
            ours(x, w, mode="valid")


def test_the_default_modes_differ():
    x, w = draw((4, 6), (2, 3))
    assert_equal(correlate2d(x, w), signal.correlate2d(x, w, mode="valid"))
    assert_equal(convolve2d(x, w), signal.convolve2d(x, w, mode="full"))


@pytest.mark.parametrize("mode", ["valid", "same", "full"])
def test_a_convolution_is_a_correlation_with_the_kernel_turned(mode):
    x, w = draw((5, 7), (3, 5))  # odd sizes: "same" has one middle
    assert_equal(convolve2d(x, w, mode=mode), correlate2d(x, w[::-1, ::-1], mode=mode))


@pytest.mark.parametrize("ours", [correlate2d, convolve2d])
def test_integers_are_exact_and_do_not_wrap(ours):
    x = np.full((3, 3), 200, np.uint8)
    y = ours(x, np.ones((3, 3), np.uint8), mode="valid")
    assert y.dtype == np.int64
    assert y.tolist() == [[1800]]


@pytest.mark.parametrize("ours", [correlate2d, convolve2d])
def test_float32_stays_float32_and_lists_work(ours):
    assert ours(np.ones((3, 4), np.float32), np.ones((2, 2), np.float32)).dtype == np.float32
    assert_equal(ours([[1, 2], [3, 4]], [[10]], mode="valid"), np.array([[10, 20], [30, 40]]))


@pytest.mark.parametrize("ours", [correlate2d, convolve2d])
@pytest.mark.parametrize("mode", ["valid", "same", "full"])
def test_inputs_are_left_alone(ours, mode):
    x, w = draw((4, 6), (1, 1))
    copies = x.copy(), w.copy()
    y = ours(x, w, mode=mode)
    assert_unchanged([x, w], copies)
    assert_own_memory([y], [x, w])


@pytest.mark.parametrize("ours", [correlate2d, convolve2d])
@pytest.mark.parametrize(
    ("x", "w", "mode", "error", "words"),
    [
        (np.ones((1, 3, 4)), np.ones((2, 2)), "valid", ValueError, r"x must have two axes .*conv2d takes channels"),
        (np.ones(4), np.ones((2, 2)), "valid", ValueError, r"x must have two axes \(height, width\), got shape \(4,\)"),
        (np.ones((3, 4)), np.ones(2), "valid", ValueError, "w must have two axes"),
        (np.ones((0, 4)), np.ones((2, 2)), "full", ValueError, r"x must not be empty, got shape \(0, 4\)"),
        (np.ones((3, 4)), np.ones((2, 0)), "full", ValueError, "w must not be empty"),
        (np.ones((3, 4)), np.ones((2, 2)), "SAME", ValueError, 'mode must be "valid", "same" or "full", got \'SAME\''),
        (np.ones((3, 4)), np.ones((2, 2)), 1, ValueError, "mode must be .* got 1"),
        (np.ones((3, 4)), np.ones((2, 2)), None, ValueError, "mode must be .* got None"),
        (np.ones((3, 4)), np.ones((2, 2)), ("same", "same"), ValueError, "mode must be"),
        (np.ones((3, 4)), np.ones((2, 2)), np.array(["same"]), ValueError, "mode must be"),
        (np.ones((3, 4), complex), np.ones((2, 2)), "valid", TypeError, "x must hold real numbers"),
        (np.ones((3, 4)), np.ones((2, 2), object), "valid", TypeError, "w must hold real numbers"),
        (np.ones((2, 4)), np.ones((3, 2)), "valid", ValueError, "the height measures 2 pixels"),
    ],
)
def test_wrong_input_is_refused_in_words(ours, x, w, mode, error, words):
    with pytest.raises(error, match=words):
        ours(x, w, mode=mode)
