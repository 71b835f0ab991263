"""The oracles themselves, against SciPy called by hand and against numbers done on paper."""

import numpy as np
import pytest
from cases import CASES
from comparing import assert_equal, assert_unchanged
from scipy import signal

from scratchconv import oracles


def test_one_image_and_one_kernel_are_scipy_itself():
    x, w = np.random.default_rng(0).standard_normal((5, 7)), np.random.default_rng(1).standard_normal((2, 3))
    one = x[None, None], w[None, None]
    assert_equal(oracles.conv2d(*one)[0, 0], signal.correlate2d(x, w, "valid"))
    assert_equal(oracles.conv2d(*one, padding="full")[0, 0], signal.correlate2d(x, w, "full"))
    assert_equal(oracles.conv2d(*one, padding="same")[0, 0], signal.correlate2d(x, w, "same"))
    assert_equal(oracles.conv2d(*one, stride=(2, 3))[0, 0], signal.correlate2d(x, w, "valid")[::2, ::3])
    assert_equal(oracles.full_conv2d(*one)[0, 0], signal.convolve2d(x, w, "full"))


def test_channels_are_summed_filters_kept_and_biases_added():
    x, w, b = CASES["default: rectangles, batch 2"].arrays()
    y = oracles.conv2d(x, w, b)
    by_hand = sum(signal.correlate2d(x[1, c], w[3, c], "valid") for c in range(3)) + b[3]
    assert_equal(y[1, 3], by_hand)


def test_filters_of_the_second_group_see_the_channels_of_the_second_group():
    x, w, _ = CASES["groups with several filters"].arrays()
    by_hand = sum(signal.correlate2d(x[0, 2 + c], w[4, c], "valid") for c in range(2))
    assert_equal(oracles.conv2d(x, w, groups=2)[0, 4], by_hand)


def test_dilation_puts_zeros_between_the_taps():
    x, w = np.arange(35.0).reshape(1, 1, 5, 7), np.array([[[[1.0, 10.0], [100.0, 1000.0]]]])
    y = oracles.conv2d(x, w, dilation=(2, 3))[0, 0]
    assert y.shape == (3, 4)
    assert y[1, 2] == x[0, 0, 1, 2] + 10 * x[0, 0, 1, 5] + 100 * x[0, 0, 3, 2] + 1000 * x[0, 0, 3, 5]


@pytest.mark.parametrize(
    ("padding", "shape", "corner"),
    [(1, (5, 6), (1, 1)), ((0, 2), (3, 8), (0, 2)), (((1, 0), (3, 2)), (4, 9), (1, 3)), ("valid", (3, 4), (0, 0))],
)
def test_padding_stands_where_it_is_said_to(padding, shape, corner):
    y = oracles.conv2d(np.arange(1, 13).reshape(1, 1, 3, 4), np.ones((1, 1, 1, 1), int), padding=padding)[0, 0]
    assert y.shape == shape
    assert y[corner] == 1
    assert (y != 0).sum() == 12


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [(2, 3), (4, 4), (5, 1)])
def test_same_gives_ceil_of_the_size_over_the_stride(kernel, stride):
    y = oracles.conv2d(np.ones((1, 1, 7, 8)), np.ones((1, 1, *kernel)), padding="same", stride=stride)
    assert y.shape[2:] == (-(-7 // stride), -(-8 // stride))


def test_an_empty_batch_keeps_the_other_sizes():
    assert oracles.conv2d(np.ones((0, 2, 4, 6)), np.ones((3, 2, 2, 3)), stride=2).shape == (0, 3, 2, 2)


def test_small_integers_are_summed_in_64_bits():
    x = np.full((1, 1, 3, 3), 200, np.uint8)
    assert oracles.conv2d(x, x).item() == 360_000
    assert oracles.full_conv2d(x, x)[0, 0, 2, 2] == 360_000
    assert oracles.conv2d_grad(np.full((1, 1, 1, 1), 200, np.uint8), x, x)[1].max() == 40_000


def test_gradients_of_the_oracle_are_its_own_central_differences():
    """The oracle for the gradients is held to the oracle for the values, not to the package."""
    case = CASES["everything at once"]
    x, w, b = case.arrays()
    dy, rng = case.dy(), np.random.default_rng(9)
    dx, dw, db = oracles.conv2d_grad(dy, x, w, **case.options)
    ex, ew, eb = (rng.standard_normal(a.shape) for a in (x, w, b))

    def loss(step):
        return np.vdot(dy, oracles.conv2d(x + step * ex, w + step * ew, b + step * eb, **case.options))

    slope = (loss(1e-4) - loss(-1e-4)) / 2e-4
    assert slope == pytest.approx(np.vdot(dx, ex) + np.vdot(dw, ew) + np.vdot(db, eb), rel=1e-8)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_oracles_agree_with_the_table_and_write_to_nothing(case):
    inputs = (*case.arrays(), case.dy())
    copies = [a.copy() for a in inputs]
    x, w, b, dy = inputs
    assert oracles.conv2d(x, w, b, **case.options).shape == case.y
    grads = oracles.conv2d_grad(dy, x, w, **case.options)
    assert [g.shape for g in grads] == [x.shape, w.shape, b.shape]
    assert_unchanged(inputs, copies)
