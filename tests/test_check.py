"""`check.same` passes what is right, refuses what is wrong, and names the mistake it looks like."""

import numpy as np
import pytest
from scipy import signal

from scratchconv import check

RNG = np.random.default_rng(0)
RIGHT = RNG.integers(-500, 5000, (2, 4, 4, 5))  # any right answer will do
X, W = RNG.integers(0, 256, (6, 7)), RNG.integers(1, 4, (3, 3))


def complaint(ours, theirs=RIGHT, name="SciPy"):
    with pytest.raises(AssertionError) as error:
        check.same(ours, theirs, name)
    return str(error.value)


def test_equal_arrays_print_one_line(capsys):
    check.same(RIGHT.copy(), RIGHT)
    assert capsys.readouterr().out == "✓ equal to SciPy: shape (2, 4, 4, 5), all 160 values\n"
    check.same(3, 3, "the loop")
    assert capsys.readouterr().out == "✓ equal to the loop: shape (), its one value\n"


def test_one_wrong_value_is_found_counted_and_shown():
    ours = RIGHT.copy()
    right = RIGHT[1, 2, 3, 4]
    ours[1, 2, 3, 4] += 1
    assert f"1 of 160 values differ, the first at (1, 2, 3, 4): {right + 1}, expected {right}" in complaint(ours)


def test_integers_must_be_equal_however_large():
    assert "1 of 1 values differ" in complaint(np.array([2**60 + 1]), np.array([2**60]))


@pytest.mark.parametrize(("dtype", "passes", "fails"), [("f4", 1e-6, 1e-4), ("f8", 1e-12, 1e-8)])
def test_floats_may_differ_by_rounding_of_the_coarser_type(dtype, passes, fails):
    theirs = RIGHT.astype(float)
    check.same((theirs * (1 + passes)).astype(dtype), theirs)
    complaint((theirs * (1 + fails)).astype(dtype), theirs)
    complaint(theirs, (theirs * (1 + fails)).astype(dtype))


def test_rounding_is_measured_against_the_largest_value():
    assert check.close([1e6, 1e-9], [1e6, 0.0])
    assert not check.close([1.0, 1e-9], [1.0, 0.0])


def test_nan_equals_nan_and_nothing_else():
    assert check.close([np.nan, 1.0, np.inf], [np.nan, 1.0, np.inf])
    assert not check.close([np.nan, 1.0], [1.0, 1.0])
    assert not check.close([np.inf, 1.0], [-np.inf, 1.0])
    assert "values differ" in complaint([np.nan, 1.0], [1.0, 1.0])


def test_another_shape_is_named_first():
    assert "shape (2, 4, 5, 4), expected (2, 4, 4, 5)" in complaint(RIGHT.swapaxes(2, 3))
    assert "shape (2,), expected (1, 2)" in complaint([1, 2], [[1, 2]])
    assert not check.close(np.ones((1, 2)), np.ones(2))


MISTAKES = {
    "turned by 180°": (lambda: RIGHT[..., ::-1, ::-1], RIGHT),
    "transposed": (lambda: RIGHT.swapaxes(-1, -2), RIGHT),
    "channels last": (lambda: RIGHT.transpose(0, 2, 3, 1), RIGHT),
    "wrapped": (lambda: RIGHT.astype(np.uint8), RIGHT),
    "shifted by a constant": (lambda: RIGHT + 7, RIGHT),
    "shifted by a constant, one for each filter": (lambda: RIGHT + np.arange(4)[:, None, None], RIGHT),
    "scaled": (lambda: RIGHT / 2, RIGHT),
    "right inside and wrong at the border": (
        lambda: np.pad(signal.correlate2d(X, W, mode="valid"), 1),
        signal.correlate2d(X, W, mode="same"),
    ),
    "moved by one pixel": (lambda: np.roll(RIGHT, 1, -1), RIGHT),
    "moved by one pixel, down": (lambda: np.roll(RIGHT, 1, -2), RIGHT),
    "cut differently": (lambda: RIGHT[..., :-1, :], RIGHT),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_well_known_mistake_is_named(mistake):
    make, right = MISTAKES[mistake]
    assert f"It looks {mistake.split(',')[0]}" in complaint(make(), right)


def test_an_unknown_mistake_gets_no_guess():
    noise = np.random.default_rng(5).integers(0, 255, RIGHT.shape)
    assert "It looks" not in complaint(noise)
    assert "It looks" not in complaint([1, 2, 3], [1, 2, 3, 4])


def test_names_stand_in_the_message():
    assert complaint([1], [2], "the loop").startswith("not equal to the loop: 1 of 1 values differ")


def test_booleans_scalars_and_empty_arrays_can_be_compared(capsys):
    assert "1 of 2 values differ" in complaint([True, False], [True, True])
    assert "at (): 3, expected 4" in complaint(3, 4)
    check.same([], [])
    assert "shape (0,), all 0 values" in capsys.readouterr().out


def test_an_answer_that_is_still_missing_is_named():
    assert "is a part missing?" in complaint(..., [1, 2])
    assert "is a part missing?" in complaint(np.full((2, 2), None), np.ones((2, 2)))


def test_rounding_is_not_counted_among_the_wrong_values():
    ours, theirs = [[1e-17, 2, 3], [4, 5, 7.0]], [[0.0, 2, 3], [4, 5, 6]]
    assert "1 of 6 values differ, the first at (1, 2): 7, expected 6" in complaint(ours, theirs)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_mean_is_recognised_in_large_integers_and_infinity_is_no_scale():
    right = np.arange(1, 10).reshape(3, 3) * 2**40
    assert "It looks scaled" in complaint(right // 2, right)
    assert "It looks" not in complaint([[np.inf, 1.0], [2, 5]], [[1.0, 7], [4, 2]])
