"""The product of spectra: how close it comes, when integers are exact, and when another method steps in."""

import numpy as np
import pytest
from cases import CASES, random_layers
from comparing import assert_equal

from scratchconv import conv2d, oracles
from scratchconv.methods import fourier as correlate
from scratchconv.methods import strided

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
ONE = (1, 1)


@pytest.fixture
def alone(monkeypatch):
    """The method without its way out: `strided` may not be called."""

    def called(*_):
        raise AssertionError("another method stepped in")

    monkeypatch.setitem(correlate.__globals__, "strided", called)


@every_case
@pytest.mark.parametrize(("dtype", "close"), [(np.float64, 1e-10), (np.float32, 1e-4)])
def test_every_case_by_spectra_alone(case, dtype, close, alone):
    x, w, b = case.arrays(dtype)
    y = conv2d(x, w, b, method="fourier", **case.options)
    exact = oracles.conv2d(*(a.astype(float) for a in (x, w, b)), **case.options)
    assert y.dtype == dtype
    np.testing.assert_allclose(y, exact, rtol=0, atol=close)


@every_case
def test_small_integers_by_spectra_alone(case, alone):
    x, w, b = case.arrays(np.uint8)
    assert_equal(conv2d(x, w, b, method="fourier", **case.options), oracles.conv2d(x, w, b, **case.options))


def test_random_layers(alone):
    for seed, (x_shape, w_shape, options) in enumerate(random_layers(150, seed=5)):
        rng = np.random.default_rng(seed)
        x, w = rng.integers(-999, 999, x_shape), rng.integers(-999, 999, w_shape)
        assert_equal(conv2d(x, w, method="fourier", **options), conv2d(x, w, method="loops", **options))


def test_a_large_image_of_bytes_is_exact_by_spectra_alone(alone):
    rng = np.random.default_rng(1)
    x, w = rng.integers(0, 256, (1, 3, 130, 70)), rng.integers(-128, 128, (2, 3, 11, 7))
    assert_equal(correlate(x, w, ONE, ONE), strided(x, w, ONE, ONE))


def test_integers_that_rounding_would_change_take_another_way():
    """Their product of spectra is wrong, and the result is right."""
    rng = np.random.default_rng(2)
    x, w = rng.integers(-(2**28), 2**28, (1, 2, 9, 12)), rng.integers(-(2**28), 2**28, (2, 2, 3, 4))
    exact = conv2d(x, w, method="loops")
    assert not np.array_equal(np.rint(correlate(x.astype(float), w.astype(float), ONE, ONE)), exact)
    assert_equal(conv2d(x, w, method="fourier"), exact)


def test_the_bound_lets_no_wrong_integer_through():
    """At every size of number: where the bound says yes, the error is far from ½; at the largest it says no."""
    certain = correlate.__globals__["_rounds_to_the_right_integer"]
    said = []
    for bits in range(4, 31):
        rng = np.random.default_rng(bits)
        x = rng.integers(-(2**bits), 2**bits, (1, 2, 16, 32))
        w = rng.integers(-(2**bits), 2**bits, (1, 2, 5, 3))
        said.append(certain(x, w, (16, 32)))
        error = correlate(x.astype(float), w.astype(float), ONE, ONE) - strided(x, w, ONE, ONE)
        assert not said[-1] or np.abs(error).max() < 1 / 16
    assert said == sorted(said, reverse=True) and said[0] and not said[-1]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["x", "w"])
def test_nan_and_infinity_reach_the_outputs_they_reach_elsewhere(value, where):
    x, w, _ = CASES["default: rectangles, batch 2"].arrays()
    (x if where == "x" else w)[0, 1, 1, 2] = value
    x[0, 0, 0, 0] = w[1, 1, 1, 1] = 0
    with np.errstate(all="raise"):
        ours, theirs = (conv2d(x, w, method=method) for method in ("fourier", "loops"))
    assert np.isfinite(ours).any() and not np.isfinite(ours).all()
    assert_equal(ours, theirs)


def test_a_spectrum_that_overflows_is_not_a_result():
    x = np.full((1, 1, 4, 6), 1e308)
    assert_equal(conv2d(x, np.full((1, 1, 1, 1), 1e-300), method="fourier"), np.full((1, 1, 4, 6), 1e8))


def test_float32_is_computed_in_float64():
    """A large pixel far away would cost a small output its digits: an error goes to all outputs."""
    rng = np.random.default_rng(4)
    x, w = (rng.standard_normal(shape).astype(np.float32) for shape in ((1, 1, 9, 13), (1, 1, 2, 3)))
    x[..., 8, 12] = 1e6
    y, exact = correlate(x, w, ONE, ONE), strided(x.astype(float), w.astype(float), ONE, ONE)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y[..., :7, :9], exact[..., :7, :9], rtol=0, atol=1e-5)
