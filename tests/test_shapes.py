"""Sizes, padding and the reading of arguments."""

import re

import numpy as np
import pytest

from scratchconv import output_size, shapes


def windows_counted(n, k, stride, before, after, dilation):
    """How many windows fit, by trying every start."""
    taps = [u * dilation for u in range(k)]
    return sum(start + taps[-1] < n + before + after for start in range(0, n + before + after, stride))


def test_output_size_counts_the_windows_that_fit():
    rng = np.random.default_rng(0)
    for n, k, stride, before, after, dilation in rng.integers((1, 1, 1, 0, 0, 1), (12, 6, 5, 5, 5, 4), (400, 6)):
        expected = windows_counted(n, k, stride, before, after, dilation)
        arguments = {"stride": stride, "padding": (before, after), "dilation": dilation}
        if expected:
            assert output_size(n, k, **arguments) == expected, (n, k, arguments)
        else:
            with pytest.raises(ValueError, match="must fit"):
                output_size(n, k, **arguments)


@pytest.mark.parametrize("stride", [1, 2, 3, 5])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("k", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("n", [1, 2, 5, 6])
def test_same_gives_ceil_of_n_over_stride_and_the_odd_pixel_goes_after(n, k, dilation, stride):
    arguments = {"stride": stride, "dilation": dilation}
    assert output_size(n, k, padding="same", **arguments) == -(-n // stride)
    before, after = shapes.axis_padding("same", n, k, stride, dilation)
    assert after - before in (0, 1)
    if after:  # as little as will do: with one pixel less a window is lost
        assert windows_counted(n, k, stride, before, after - 1, dilation) < -(-n // stride)


def test_full_gives_every_position_that_touches():
    assert output_size(5, 3, padding="full") == 7
    assert output_size(5, 3, padding="full", dilation=2) == 9
    assert output_size(5, 3, padding="full", stride=2) == 4


def test_an_output_size_is_a_python_int():
    assert type(output_size(np.int32(7), np.uint8(3), stride=np.int64(2), padding=np.array([1, 1]))) is int


def test_one_amount_is_added_at_both_ends_and_a_pair_once():
    assert shapes.axis_padding(2, 5, 3, 1, 1) == (2, 2)
    assert shapes.axis_padding((2, 1), 5, 3, 1, 1) == (2, 1)
    assert shapes.axis_padding("valid", 5, 3, 1, 1) == (0, 0)
    assert shapes.axis_padding("full", 5, 3, 2, 2) == (4, 4)


@pytest.mark.parametrize(
    ("padding", "amounts"),
    [
        (1, ((1, 1), (1, 1))),
        (np.int8(1), ((1, 1), (1, 1))),
        ((1, 2), ((1, 1), (2, 2))),
        ([1, 2], ((1, 1), (2, 2))),
        (((1, 2), (3, 4)), ((1, 2), (3, 4))),
        (np.array([[1, 2], [3, 4]]), ((1, 2), (3, 4))),
        ("valid", ((0, 0), (0, 0))),
        ("same", ((0, 0), (1, 2))),
        ("full", ((1, 1), (3, 3))),
    ],
)
def test_every_form_of_padding_means_four_amounts(padding, amounts):
    # a height of 5 is covered by two windows of 2, stride 3; a width of 7 with a kernel of 4 lacks three columns
    assert shapes.image_padding(padding, (5, 7), (2, 4), (3, 1), (1, 1)) == amounts


@pytest.mark.parametrize(
    "padding", [(1, 2, 3), (1,), (), ((1, 2), 3), (1, (2, 3)), ("same", 1, 1), np.ones((3, 2), int)]
)
def test_padding_of_another_form_is_refused_and_shown(padding):
    with pytest.raises(ValueError, match=r"padding must be .*\(top, bottom\).*; got") as error:
        shapes.image_padding(padding, (5, 7), (2, 4), (1, 1), (1, 1))
    assert repr(padding) in str(error.value)


def test_three_amounts_for_one_axis_are_refused_and_shown():
    with pytest.raises(ValueError, match=r"\(before, after\), got \(1, 2, 3\)"):
        shapes.image_padding(((0, 0), (1, 2, 3)), (5, 7), (2, 4), (1, 1), (1, 1))


@pytest.mark.parametrize("word", ["SAME", "", "reflect", "same "])
def test_an_unknown_word_is_answered_with_the_known_ones(word):
    with pytest.raises(ValueError, match='"valid", "same", "full"') as error:
        output_size(5, 3, padding=word)
    assert repr(word) in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"stride": 0}, ValueError, "stride must be at least 1, got 0"),
        ({"stride": -1}, ValueError, "stride must be at least 1, got -1"),
        ({"stride": 2.0}, TypeError, r"stride must be an integer, got 2\.0 of type float"),
        ({"stride": True}, TypeError, "stride must be an integer, got True of type bool"),
        ({"stride": np.bool_(True)}, TypeError, "stride must be an integer"),
        ({"stride": "2"}, TypeError, "stride must be an integer, got '2'"),
        ({"stride": None}, TypeError, "stride must be an integer, got None"),
        ({"dilation": 0}, ValueError, "dilation must be at least 1, got 0; dilation 1 means no gap"),
        ({"padding": -1}, ValueError, "padding must be at least 0, got -1"),
        ({"padding": (1, -2)}, ValueError, "padding must be at least 0, got -2"),
        ({"padding": 0.5}, TypeError, "padding must be an integer, got 0.5"),
        ({"padding": False}, TypeError, "padding must be an integer"),
        ({"padding": (1, 2, 3)}, ValueError, r"\(before, after\)"),
        ({"n": -1}, ValueError, "n must be at least 0"),
        ({"k": 0}, ValueError, "k must be at least 1"),
        ({"k": 3.0}, TypeError, "k must be an integer"),
    ],
)
def test_output_size_states_the_rule_and_what_it_got(arguments, error, words):
    with pytest.raises(error, match=words):
        output_size(**{"n": 5, "k": 3} | arguments)


def test_a_kernel_that_does_not_fit_is_an_error_with_the_sizes_in_it():
    with pytest.raises(ValueError, match="measures 3 pixels, padding adds 1 and 0, and a kernel of 5 does not fit"):
        output_size(3, 5, padding=(1, 0))
    with pytest.raises(ValueError, match="kernel of 3 with dilation 4 spans 9 pixels"):
        output_size(8, 3, dilation=4)
    assert output_size(9, 3, dilation=4) == 1
    with pytest.raises(ValueError, match="0 pixels"):
        output_size(0, 1)


def test_a_pair_is_one_integer_or_two():
    assert shapes.pair(3, "stride") == (3, 3)
    for two in [(3, 4), [3, 4], np.array([3, 4])]:
        assert shapes.pair(two, "stride") == (3, 4)
    assert shapes.pair(np.array(3), "stride") == (3, 3)
    for wrong in [(1,), (1, 2, 3), []]:
        with pytest.raises(ValueError, match=r"one integer or \(vertical, horizontal\)"):
            shapes.pair(wrong, "stride")
    with pytest.raises(TypeError, match="must be an integer"):
        shapes.pair((1, 2.0), "stride")


# ------------------------------------------------------------------------------------- the layer


def the_layer(x, w, stride=1, padding=0, dilation=1, groups=1):
    return shapes.layer(
        np.empty(x), np.empty(w), stride=stride, padding=padding, dilation=dilation, groups=groups
    )


def test_a_layer_knows_all_its_sizes():
    layer = the_layer((2, 4, 7, 9), (6, 2, 2, 3), (2, 3), ((1, 2), (0, 2)), (1, 2), 2)
    assert layer == (2, 4, 7, 9, 6, 2, 3, 5, 3, (2, 3), ((1, 2), (0, 2)), (1, 2), 2)
    assert layer.y_shape == (2, 6, 5, 3)
    assert layer.span == (2, 5)


@pytest.mark.parametrize(
    ("x", "w", "groups", "words"),
    [
        ((5, 6), (1, 1, 2, 2), 1, r"x must have four axes \(N, C, H, W\), got shape \(5, 6\); .*x\[None, None\]"),
        ((3, 5, 6), (1, 3, 2, 2), 1, r"x must have four axes .* for one image pass x\[None\]"),
        ((1, 1, 3, 5, 6), (1, 3, 2, 2), 1, r"x must have four axes .*\(1, 1, 3, 5, 6\)"),
        ((1, 1, 5, 6), (2, 2), 1, r"w must have four axes .*w\[None, None\]"),
        ((1, 3, 5, 6), (3, 2, 2), 1, r"w must have four axes .* for one filter pass w\[None\]"),
        ((2, 32, 30, 3), (4, 3, 2, 2), 1, r"x has 32 channels and w expects 3; x looks like \(N, H, W, C\)"),
        ((2, 32, 30, 4), (4, 2, 2, 2), 2, r"w expects 4 \(2 groups of 2\); x looks like \(N, H, W, C\)"),
        ((2, 3, 30, 32), (5, 5, 3, 4), 1, r"w looks like \(KH, KW, C, F\)"),
        ((2, 3, 30, 32), (4, 5, 5, 3), 1, r"w looks like \(F, KH, KW, C\)"),
        ((2, 3, 30, 32), (4, 2, 5, 5), 1, "x has 3 channels and w expects 2$"),
        ((2, 4, 30, 32), (4, 4, 5, 5), 2, r"groups=2 each filter sees C // groups channels, so w.shape\[1\] is 4 / 2"),
        ((2, 4, 30, 32), (3, 2, 5, 5), 2, "groups must divide the number of filters: w has 3 filters, groups is 2"),
        ((2, 3, 5, 6), (0, 3, 2, 2), 1, "only the batch may be empty"),
        ((2, 0, 5, 6), (2, 0, 2, 2), 1, "only the batch may be empty"),
        ((2, 3, 5, 6), (2, 3, 0, 2), 1, "only the batch may be empty"),
        ((2, 3, 3, 6), (2, 3, 4, 2), 1, "the height measures 3 pixels"),
        ((2, 3, 6, 3), (2, 3, 2, 4), 1, "the width measures 3 pixels"),
    ],
)
def test_shapes_that_do_not_fit_are_named_with_the_likely_cause(x, w, groups, words):
    with pytest.raises(ValueError, match=words):
        the_layer(x, w, groups=groups)


@pytest.mark.parametrize(
    ("x", "w"),
    [((2, 32, 30, 3), (4, 3, 5, 6)), ((2, 3, 32, 30), (5, 6, 3, 4)), ((2, 3, 32, 30), (4, 5, 6, 3))],
)
def test_the_advice_in_the_message_works_when_it_is_followed(x, w):
    with pytest.raises(ValueError, match="so pass") as error:
        the_layer(x, w)
    name, axes = re.search(r"so pass (\w)\.transpose\((.*)\)", str(error.value)).groups()
    arrays = {"x": np.empty(x), "w": np.empty(w)}
    arrays[name] = arrays[name].transpose([int(axis) for axis in axes.split(",")])
    assert the_layer(arrays["x"].shape, arrays["w"].shape).y_shape == (2, 4, 28, 25)


@pytest.mark.parametrize(("groups", "error"), [(0, ValueError), (-1, ValueError), (1.0, TypeError), (True, TypeError)])
def test_groups_is_a_positive_integer(groups, error):
    with pytest.raises(error, match="groups must be"):
        the_layer((1, 2, 3, 4), (2, 2, 2, 2), groups=groups)


# --------------------------------------------------------------------------------- types of arrays


@pytest.mark.parametrize(
    "array",
    [
        np.ones(2, complex),
        np.array([1, 2], object),
        np.array(["1", "2"]),
        np.array([b"1"]),
        np.array(["2020-01-01"], "datetime64[D]"),
        np.zeros(2, [("a", int)]),
        [2**64, 1],
        None,
    ],
)
def test_what_is_not_a_real_number_is_a_type_error_that_names_the_argument(array):
    with pytest.raises(TypeError, match=r"^w must hold real numbers or booleans, got dtype"):
        shapes.numeric(array, "w")


def test_a_masked_array_is_refused_because_its_mask_would_be_lost():
    with pytest.raises(TypeError, match=r"x is a masked array.*x\.filled"):
        shapes.numeric(np.ma.masked_array([1, 2], [True, False]), "x")


def test_real_arrays_pass_as_they_are():
    for dtype in ["?", "i1", "u1", "i8", "u8", "f2", "f4", "f8", ">f4", ">i2"]:
        array = np.ones(3, dtype)
        assert shapes.numeric(array, "x") is array


def test_the_bias_holds_one_number_for_each_filter():
    assert shapes.bias([1, 2, 3], 3).tolist() == [1, 2, 3]
    for wrong in (1.0, [1.0], [[1.0], [2.0], [3.0]], [1, 2, 3, 4]):
        with pytest.raises(ValueError, match=r"one number for each of the 3 filters, shape \(3,\)"):
            shapes.bias(wrong, 3)


def dtypes(*arrays, terms=1):
    return tuple(d.name for d in shapes.result_and_work_dtype(*(np.asarray(a) for a in arrays), terms=terms))


def test_the_dtype_of_a_result():
    one = {name: np.ones(1, name) for name in ["f2", "f4", "f8", "i1", "i8", "u8", "?"]}
    assert dtypes(one["f4"], one["f4"]) == ("float32", "float32")
    assert dtypes(one["f4"], one["f8"]) == ("float64", "float64")
    assert dtypes(one["f2"], one["f2"]) == ("float16", "float32")
    assert dtypes(one["i1"], one["f4"]) == ("float32", "float32")
    assert dtypes(one["i8"], one["f4"]) == ("float64", "float64")
    assert dtypes(one["?"], one["u8"]) == ("int64", "int64")


def test_integers_are_worked_in_int64_exactly_as_long_as_no_sum_can_pass_it():
    most = np.iinfo(np.int64).max
    assert dtypes([most // 2], [1], terms=1) == ("int64", "int64")
    assert dtypes([most // 2 + 1], [1], terms=1) == ("int64", "object")
    assert dtypes([-(2**62) - 1, 0], [1], terms=1) == ("int64", "object")
    assert dtypes([3], [most // 6], terms=1) == ("int64", "int64")
    assert dtypes([3], [most // 6], terms=2) == ("int64", "object")
    assert dtypes(np.empty(0, int), [5], terms=9) == ("int64", "int64")


def test_an_integer_beyond_int64_is_an_error_and_not_a_wrapped_number():
    limits = np.array([2**63 - 1, -(2**63)], object)
    assert shapes.narrow(limits, np.dtype(np.int64)).tolist() == limits.tolist()
    for beyond in (2**63, -(2**63) - 1):
        with pytest.raises(ValueError, match=f"fit int64.*{abs(beyond)}.*float64"):
            shapes.narrow(np.array([1, beyond], object), np.dtype(np.int64))
