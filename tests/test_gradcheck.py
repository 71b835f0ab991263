"""The two tests of a backward pass must pass what is right and refuse what is wrong."""

import numpy as np
import pytest

from scratchconv import adjoint_gap, check_gradients, conv2d, conv2d_grad

RNG = np.random.default_rng(0)
X, W, B = RNG.standard_normal((2, 2, 4, 5)), RNG.standard_normal((3, 2, 2, 3)), RNG.standard_normal(3)


def backward(dy, x, w, b):
    return conv2d_grad(dy, x, w)


def spoil(which, how):
    """A backward pass whose gradient number `which` is damaged."""

    def wrong(dy, x, w, b):
        grads = list(conv2d_grad(dy, x, w))
        grads[which] = how(grads[which])
        return grads

    return wrong


# The wrong turns of real code: a mean for a sum, a flip, a lost border, another sign, another number, not a number.
BUGS = {
    "mean over the batch": lambda g: g / 2,
    "flipped": lambda g: g[..., ::-1],
    "sign": lambda g: -g,
    "zero": lambda g: 0 * g,
    "one entry": lambda g: g + (np.arange(g.size).reshape(g.shape) == 1) * 0.5,
    "nan": lambda g: g * np.nan,
    "infinite": lambda g: g + np.inf,
}


def test_a_right_backward_pass_has_errors_of_rounding_size_one_for_each_input():
    errors = check_gradients(conv2d, backward, X, W, B)
    assert len(errors) == 3
    assert all(isinstance(e, float) for e in errors)
    assert max(errors) < 1e-8


@pytest.mark.parametrize("bug", BUGS)
@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_damaged_gradient_is_refused_and_only_that_one(which, bug):
    errors = check_gradients(conv2d, spoil(which, BUGS[bug]), X, W, B)
    assert errors[which] > 1e-2
    assert all(e < 1e-8 for i, e in enumerate(errors) if i != which)


def test_an_error_is_relative_to_the_largest_gradient():
    errors = check_gradients(lambda x: 1e6 * x, lambda dy, x: (1.25e6 * dy,), np.ones(3))
    assert errors[0] == pytest.approx(0.2)


def test_the_gradient_that_arrives_is_random_so_an_exchange_is_seen():
    """With a gradient of ones, reversing the batch and both axes would give the same dw."""
    errors = check_gradients(conv2d, lambda dy, x, w, b: conv2d_grad(dy[::-1, :, ::-1, ::-1], x, w), X, W, B)
    assert min(errors[:2]) > 1e-2


def test_the_seed_draws_the_gradient():
    seen = []
    for seed in (0, 0, 1):
        check_gradients(lambda x: x, lambda dy, x: (seen.append(dy) or dy,), np.ones(4), seed=seed)
    assert np.array_equal(seen[0], seen[1])
    assert not np.array_equal(seen[0], seen[2])


def test_the_step_is_half_the_distance_between_the_two_points():
    points = []
    check_gradients(lambda x: points.append(x.item()) or x, lambda dy, x: (dy,), [2.0], step=0.25)
    assert points == [2.0, 2.25, 1.75]


def test_inputs_are_copied_and_left_alone():
    x = np.arange(1, 4)
    assert max(check_gradients(lambda x: x**3, lambda dy, x: (3 * x**2 * dy,), x)) < 1e-8
    assert x.tolist() == [1, 2, 3]
    x = np.ones(3)
    check_gradients(np.sin, lambda dy, x: (np.cos(x) * dy,), x)
    assert (x == 1).all()


def test_float32_inputs_are_checked_in_float64():
    seen = []
    check_gradients(lambda x: seen.append(x.dtype) or x, lambda dy, x: (dy,), np.ones(2, np.float32))
    assert set(seen) == {np.dtype(np.float64)}


def test_a_missing_gradient_and_one_of_another_shape_are_errors():
    with pytest.raises(ValueError, match="one gradient per input: 3, got 2"):
        check_gradients(conv2d, lambda *a: backward(*a)[:2], X, W, B)
    with pytest.raises(ValueError, match=r"shape of its input: \(3,\), got \(1, 3\)"):
        check_gradients(conv2d, spoil(2, lambda g: g[None]), X, W, B)
    with pytest.raises(TypeError, match="an input must hold real numbers"):
        check_gradients(conv2d, backward, X * 1j, W, B)


def test_a_function_that_ignores_its_input_has_no_error():
    assert check_gradients(lambda x: np.zeros(2), lambda dy, x: (np.zeros(3),), np.ones(3)) == (0.0,)
    assert check_gradients(lambda x: x, lambda dy, x: (dy,), np.ones((0, 2))) == (0.0,)


# ---------------------------------------------------------------------------------------- adjoint


A = RNG.standard_normal((4, 6))


def test_the_transpose_has_no_gap():
    assert adjoint_gap(lambda x: A @ x, lambda dy: A.T @ dy, RNG.standard_normal(6)) < 1e-15
    assert adjoint_gap(lambda x: conv2d(x, W), lambda dy: conv2d_grad(dy, X, W).dx, X) < 1e-15


@pytest.mark.parametrize("bug", ["mean over the batch", "flipped", "sign", "zero", "one entry"])
def test_anything_but_the_transpose_has_one(bug):
    assert adjoint_gap(lambda x: conv2d(x, W), lambda dy: BUGS[bug](conv2d_grad(dy, X, W).dx), X) > 1e-4


def test_a_gap_of_nan_is_not_small():
    assert not adjoint_gap(lambda x: A @ x, lambda dy: A.T @ dy * np.nan, np.ones(6)) < 1


def test_the_gap_is_relative():
    gaps = [adjoint_gap(lambda x, s=s: s * x, lambda dy, s=s: 0.5 * s * dy, [1.0, 2.0]) for s in (1.0, 1e9)]
    assert gaps[0] == pytest.approx(gaps[1])


def test_an_adjoint_of_another_shape_is_an_error():
    with pytest.raises(ValueError, match=r"shape of x, \(6,\); got \(4,\)"):
        adjoint_gap(lambda x: A @ x, lambda dy: dy, np.ones(6))


def test_nothing_in_and_nothing_out_is_no_gap():
    assert adjoint_gap(lambda x: 0 * x, lambda dy: 0 * dy, np.zeros(3)) == 0.0
