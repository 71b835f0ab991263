"""conv2d, full_conv2d and flip_kernels: values, types, memory and the words of their errors."""

from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np
import pytest
from cases import CASES, LAYOUTS, random_layers
from comparing import assert_equal, assert_own_memory, assert_unchanged

from scratchconv import conv2d, flip_kernels, full_conv2d, methods, oracles, slabs

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
X, W = np.arange(24).reshape(1, 1, 4, 6), np.array([[[[1, 0], [2, -1], [0, 3]]]])


# ---------------------------------------------------------------------------------------- values


def the_equation(x, w, b, stride, padding, dilation, groups):
    """The sum that defines the layer, one number at a time; outside the image a pixel is zero."""
    (N, C, H, W), (F, c, KH, KW) = x.shape, w.shape
    (sh, sw), (dh, dw), ((top, bottom), (left, right)) = stride, dilation, padding
    rows = [i for i in range(-top, H + bottom, sh) if i + dh * (KH - 1) < H + bottom]
    columns = [j for j in range(-left, W + right, sw) if j + dw * (KW - 1) < W + right]
    y = np.zeros((N, F, len(rows), len(columns)), x.dtype)
    for n, f, (i, top_), (j, left_) in product(range(N), range(F), enumerate(rows), enumerate(columns)):
        y[n, f, i, j] = b[f]
        first = f // (F // groups) * c  # the first channel of this filter's group
        for k, u, v in product(range(c), range(KH), range(KW)):
            row, column = top_ + u * dh, left_ + v * dw
            if 0 <= row < H and 0 <= column < W:
                y[n, f, i, j] += x[n, first + k, row, column] * w[f, k, u, v]
    assert first + c == C
    return y


@pytest.mark.parametrize(
    ("stride", "padding", "dilation", "groups"),
    [
        ((1, 1), ((0, 0), (0, 0)), (1, 1), 1),
        ((2, 1), ((0, 0), (0, 0)), (1, 1), 1),
        ((1, 1), ((1, 2), (3, 0)), (1, 1), 1),
        ((1, 1), ((0, 0), (0, 0)), (2, 1), 1),
        ((1, 1), ((0, 0), (0, 0)), (1, 1), 2),
        ((2, 3), ((2, 0), (1, 4)), (2, 1), 2),
    ],
)
def test_conv2d_is_its_equation(stride, padding, dilation, groups):
    rng = np.random.default_rng(5)
    x, w, b = rng.integers(-9, 9, (2, 4, 6, 7)), rng.integers(-9, 9, (6, 4 // groups, 3, 2)), rng.integers(-9, 9, 6)
    y = conv2d(x, w, b, stride=stride, padding=padding, dilation=dilation, groups=groups)
    assert_equal(y, the_equation(x, w, b, stride, padding, dilation, groups))


@every_case
def test_conv2d_equals_scipy_and_has_the_size_worked_out_by_hand(case):
    x, w, b = case.arrays()
    y = conv2d(x, w, b, **case.options)
    assert y.shape == case.y
    assert_equal(y, oracles.conv2d(x, w, b, **case.options))
    assert_equal(conv2d(x, w, **case.options), oracles.conv2d(x, w, **case.options))


@every_case
@pytest.mark.parametrize("numbers", [1, 40])
def test_cutting_the_work_into_slabs_changes_nothing(case, numbers, monkeypatch):
    monkeypatch.setattr(slabs, "SLAB_NUMBERS", numbers)
    x, w, b = case.arrays()
    assert_equal(conv2d(x, w, b, **case.options), oracles.conv2d(x, w, b, **case.options))


@pytest.mark.parametrize("numbers", [1, 30, 200, slabs.SLAB_NUMBERS])
def test_random_layers_equal_scipy_however_they_are_cut(numbers, monkeypatch):
    monkeypatch.setattr(slabs, "SLAB_NUMBERS", numbers)
    rng = np.random.default_rng(numbers)
    for x_shape, w_shape, options in random_layers(100, seed=numbers):
        x, w, b = rng.standard_normal(x_shape), rng.standard_normal(w_shape), rng.standard_normal(w_shape[0])
        assert_equal(conv2d(x, w, b, **options), oracles.conv2d(x, w, b, **options))


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (2, 5), (5, 2)])
def test_a_single_one_with_same_padding_returns_the_image(size):
    """The one stands where "same" puts the middle: at (k - 1) // 2, the odd pixel after it."""
    w = np.zeros((1, 1, *size), int)
    w[0, 0, (size[0] - 1) // 2, (size[1] - 1) // 2] = 1
    assert_equal(conv2d(X, w, padding="same"), X)


def test_every_filter_gets_its_own_bias():
    plain, shifted = conv2d(X, np.repeat(W, 3, 0)), conv2d(X, np.repeat(W, 3, 0), [100, 200, 300])
    assert (shifted - plain)[0, :, 0, 0].tolist() == [100, 200, 300]
    assert np.ptp(shifted - plain, axis=(2, 3)).tolist() == [[0, 0, 0]]


def test_an_image_wholly_in_padding_gives_the_bias_alone():
    y = conv2d(np.ones((1, 1, 1, 1)), np.ones((1, 1, 2, 2)), [7.0], padding=3, stride=5)
    assert y.tolist() == [[[[7.0, 7.0], [7.0, 7.0]]]]


def test_groups_do_not_see_each_other():
    case = CASES["groups with several filters"]
    x, w, b = case.arrays()
    louder = x.copy()
    louder[:, 2:] += 100
    before, after = (conv2d(a, w, b, groups=2) for a in (x, louder))
    np.testing.assert_array_equal(before[:, :3], after[:, :3])
    assert (before[:, 3:] != after[:, 3:]).all()


# ------------------------------------------------------------------------------------ full, flip


@pytest.mark.parametrize(
    ("x", "w"),
    [
        ((2, 3, 5, 7), (4, 3, 2, 3)),
        ((1, 1, 2, 3), (1, 1, 4, 5)),  # the kernel is the larger one
        ((3, 2, 4, 1), (2, 2, 1, 4)),
        ((2, 1, 3, 3), (1, 1, 1, 1)),
    ],
)
@pytest.mark.parametrize("method", ["auto", *methods.METHODS])
def test_full_conv2d_equals_scipy(x, w, method):
    rng = np.random.default_rng(3)
    x, w = rng.standard_normal(x), rng.standard_normal(w)
    y = full_conv2d(x, w, method=method)
    assert_equal(y, oracles.full_conv2d(x, w))
    assert y.shape == (x.shape[0], w.shape[0], x.shape[2] + w.shape[2] - 1, x.shape[3] + w.shape[3] - 1)


def test_full_conv2d_of_an_empty_batch_is_empty():
    assert full_conv2d(np.zeros((0, 2, 4, 5)), np.zeros((3, 2, 2, 3))).shape == (0, 3, 5, 7)


def test_full_conv2d_leaves_its_inputs_alone():
    x, w, _ = CASES["default: rectangles, batch 2"].arrays()
    copies = [x.copy(), w.copy()]
    y = full_conv2d(x, w)
    assert_unchanged([x, w], copies)
    assert_own_memory([y], [x, w])


def test_a_flip_turns_both_spatial_axes_and_never_the_channels():
    w = np.arange(2 * 3 * 2 * 4).reshape(2, 3, 2, 4)
    assert_equal(flip_kernels(w), w[:, :, ::-1, ::-1])
    assert_equal(flip_kernels(flip_kernels(w)), w)
    assert_equal(flip_kernels([[1, 2, 3], [4, 5, 6]]), np.array([[6, 5, 4], [3, 2, 1]]))


def test_a_flip_is_a_copy_in_the_same_type():
    w = np.ones((1, 1), np.float32)
    assert_own_memory([flip_kernels(w)], [w])
    assert flip_kernels(w).dtype == np.float32


def test_a_flip_needs_two_axes_of_real_numbers():
    with pytest.raises(ValueError, match=r"at least two axes \(\.\.\., KH, KW\), got shape \(3,\)"):
        flip_kernels([1, 2, 3])
    with pytest.raises(TypeError, match="w must hold real numbers"):
        flip_kernels([[1j]])


# ----------------------------------------------------------------------------------------- types


@pytest.mark.parametrize(
    ("x", "w", "b", "y"),
    [
        ("f4", "f4", None, "f4"),
        ("f4", "f4", "f4", "f4"),
        ("f8", "f8", "f8", "f8"),
        ("f2", "f2", None, "f2"),
        ("f4", "f8", None, "f8"),
        ("f8", "f4", None, "f8"),
        ("f4", "f4", "f8", "f8"),
        ("f2", "f4", None, "f4"),
        ("u1", "f4", None, "f4"),
        ("f4", "i8", None, "f8"),
        ("i4", "i4", "f8", "f8"),
        ("?", "f2", None, "f2"),
        ("?", "?", "?", "i8"),
        ("u1", "i1", None, "i8"),
        ("u8", "u8", None, "i8"),
        ("u8", "i1", "i2", "i8"),
        (">f4", ">f4", None, "f4"),
        (">i2", "i4", None, "i8"),
    ],
)
def test_the_type_of_the_result(x, w, b, y):
    case = CASES["default: rectangles, batch 2"]
    arrays = [a.astype(d) for a, d in zip(case.arrays(np.uint8), (x, w, b), strict=True) if d]
    expected = oracles.conv2d(*(a.astype(float) for a in arrays))
    for method in methods.METHODS:
        ours = conv2d(*arrays, method=method)
        assert ours.dtype == np.dtype(y)
        assert_equal(ours, expected.astype(y))


def test_small_integers_do_not_wrap():
    x, w = np.full((1, 1, 3, 3), 255, np.uint8), np.full((1, 1, 3, 3), 255, np.uint8)
    assert conv2d(x, w).item() == 9 * 255 * 255
    assert conv2d(np.full((1, 1, 1, 1), -128, np.int8), np.full((1, 1, 1, 1), -128, np.int8)).item() == 128 * 128


def test_booleans_are_counted():
    assert conv2d(np.ones((1, 1, 3, 3), bool), np.ones((1, 1, 3, 3), bool), [True]).item() == 10


def one_by_one(*numbers, dtype=None):
    return np.array(numbers, dtype).reshape(1, 1, 1, -1)


def test_integers_beyond_2_to_the_53_are_exact():
    big = 2**53 + 1
    assert conv2d(one_by_one(big), one_by_one(1)).item() == big
    assert conv2d(one_by_one(big, 1), one_by_one(1, -big), [5]).item() == 5


@pytest.mark.parametrize(
    ("x", "w", "b", "y"),
    [
        ([2**62, 2**62 - 1], [1, 1], 0, 2**63 - 1),  # the largest
        ([2**62, 2**62], [-1, -1], 0, -(2**63)),  # the smallest
        ([2**62, 2**62], [1, 1], -1, 2**63 - 1),  # too large until the bias is added
        ([2**62, 2**62], [2, -2], 0, 0),  # too large on the way
        ([-(2**63), 0], [1, 1], 0, -(2**63)),
        ([2**59] * 15, [1] * 15, 0, 15 * 2**59),
    ],
)
def test_sums_near_the_end_of_int64_are_exact(x, w, b, y):
    assert conv2d(one_by_one(*x), one_by_one(*w), [b]).item() == y


def test_uint64_beyond_int64_may_go_in_but_not_come_out():
    x = one_by_one(2**64 - 1, 2**64 - 3, dtype=np.uint64)
    assert conv2d(x, one_by_one(1, -1)).item() == 2
    with pytest.raises(ValueError, match=r"integer results must fit int64.*18446744073709551615.*float64"):
        conv2d(x, one_by_one(1, 0))


@pytest.mark.parametrize(
    ("x", "b"),
    [([2**62] * 2, 0), ([2**62, 2**62 - 1], 1), ([-(2**62)] * 2, -1), ([2**59] * 16, 0), ([2**55 + 1] * 256, 0)],
)
def test_a_sum_that_int64_cannot_hold_is_an_error(x, b):
    with pytest.raises(ValueError, match="integer results must fit int64"):
        conv2d(one_by_one(*x), np.ones((1, 1, 1, len(x)), int), [b])


@pytest.mark.parametrize("method", methods.METHODS)
def test_float16_is_summed_in_float32(method):
    x, w = one_by_one(6e4, 6e4, 1, dtype=np.float16), one_by_one(2, -2, 1, dtype=np.float16)
    assert conv2d(x, w, method=method).item() == 1  # 120,000 is beyond float16: there, infinity less infinity


def test_a_float_result_may_hold_what_no_integer_could():
    assert conv2d(one_by_one(2.0**63), one_by_one(2)).item() == 2.0**64


@pytest.mark.parametrize("bad", ["complex", "object", "str", "masked"])
@pytest.mark.parametrize("place", ["x", "w", "b"])
def test_what_is_not_a_real_number_is_refused_by_name(place, bad):
    arrays = dict(zip("xwb", CASES["N = 1"].arrays(), strict=True))
    convert = {"complex": complex, "object": object, "str": str}
    spoilt = np.ma.masked_array(arrays[place]) if bad == "masked" else arrays[place].astype(convert[bad])
    with pytest.raises(TypeError, match=f"^{place} (must hold real numbers|is a masked array)"):
        conv2d(**arrays | {place: spoilt})


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("method", methods.METHODS)
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_reach_exactly_the_windows_that_hold_them(odd, method):
    x, w = np.ones((2, 2, 5, 6)), np.ones((1, 2, 2, 3))
    x[1, 0, 2, 3] = odd
    y = conv2d(x, w, method=method)
    touched = np.zeros_like(y, bool)
    touched[1, 0, 1:3, 1:4] = True
    np.testing.assert_array_equal(~np.isfinite(y), touched)
    np.testing.assert_array_equal(y[touched], np.full(6, odd))


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("method", methods.METHODS)
def test_infinity_times_a_zero_of_the_padding_is_nan(method):
    x, w = np.ones((1, 1, 2, 2)), np.array([[[[np.inf, 1.0]]]])
    y = conv2d(x, w, padding=((0, 0), (1, 0)), method=method)
    np.testing.assert_array_equal(y[0, 0], [[np.nan, np.inf]] * 2)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_float16_beyond_its_range_is_infinite():
    assert conv2d(np.full((1, 1, 1, 2), 6e4, np.float16), np.ones((1, 1, 1, 2), np.float16)).item() == np.inf


# ------------------------------------------------------------------------------- arrays and memory


@every_case
def test_no_input_is_written_to_and_no_result_shares_its_memory(case):
    inputs = case.arrays()
    copies = [a.copy() for a in inputs]
    y = conv2d(*inputs, **case.options)
    assert_unchanged(inputs, copies)
    assert_own_memory([y], inputs)


def test_a_1x1_kernel_of_one_returns_a_copy():
    for x in (np.ones((1, 1, 3, 4)), np.ones((1, 1, 3, 4), int)):
        y = conv2d(x, np.ones((1, 1, 1, 1), x.dtype))
        assert_own_memory([y], [x])
        y[:] = 5
        assert (x == 1).all()


def test_read_only_weights_and_bias_work():
    x, w, b = CASES["N = 1"].arrays()
    expected = conv2d(x, w, b)
    for array in (x, w, b):
        array.flags.writeable = False
    assert_equal(conv2d(x, w, b), expected)


@pytest.mark.parametrize("order", ["Fortran order", "every other pixel", "reversed", "channels last in memory"])
def test_weights_may_lie_in_memory_as_they_like(order):
    x, w, b = CASES["default: rectangles, batch 2"].arrays()
    assert_equal(conv2d(x, LAYOUTS[order](w), b), conv2d(x, w, b))


def test_lists_work_as_arrays_do():
    assert_equal(conv2d(X.tolist(), W.tolist(), [5]), conv2d(X, W, np.array([5])))
    assert conv2d([[[[1.5]]]], [[[[2]]]]).dtype == np.float64


def test_numpy_integers_work_as_arguments():
    plain = conv2d(X, W, stride=(1, 2), padding=((1, 0), (2, 1)), dilation=(1, 3), groups=1)
    numpy = conv2d(
        X, W, stride=np.array([1, 2]), padding=np.array([[1, 0], [2, 1]]), dilation=[np.int8(1), np.uint64(3)],
        groups=np.int32(1),
    )  # fmt: skip
    assert_equal(numpy, plain)
    assert_equal(conv2d(X, W, stride=np.int64(2)), conv2d(X, W, stride=2))


def test_an_empty_batch_gives_an_empty_batch_of_the_right_type():
    for dtype, result in (("f4", "f4"), ("u1", "i8"), ("u8", "i8")):
        y = conv2d(np.zeros((0, 2, 4, 5), dtype), np.ones((3, 2, 2, 2), dtype))
        assert y.shape == (0, 3, 3, 4)
        assert y.dtype == np.dtype(result)


def test_several_threads_get_the_answers_of_one():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((24, 3, 4, 20, 17)), rng.standard_normal((24, 6, 2, 3, 2))
    jobs = list(zip(x, w, (1, 2, 3) * 8, strict=True))

    def work(job):
        x, w, stride = job
        return conv2d(x, w, stride=stride, padding="same", groups=2)

    one = [work(job) for job in jobs]
    with ThreadPoolExecutor(6) as pool:
        for ours, expected in zip(pool.map(work, jobs), one, strict=True):
            assert_equal(ours, expected)


# ---------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"x": np.ones((2, 32, 30, 3))}, ValueError, r"x has 32 channels and w expects 3; x looks like \(N, H, W, C\)"),
        ({"x": np.ones((3, 8, 9))}, ValueError, r"x must have four axes .*, got shape \(3, 8, 9\); .*x\[None\]"),
        ({"x": np.ones((2, 4, 8, 9))}, ValueError, "x has 4 channels and w expects 3"),
        ({"w": np.ones((3, 2, 2))}, ValueError, "w must have four axes"),
        ({"groups": 3}, ValueError, r"x has 3 channels and w expects 9 \(3 groups of 3\)"),
        ({"w": np.ones((4, 1, 2, 2)), "groups": 3}, ValueError, "groups must divide the number of filters"),
        ({"groups": 0}, ValueError, "groups must be at least 1, got 0"),
        ({"b": np.ones(3)}, ValueError, r"b must hold one number for each of the 2 filters, shape \(2,\); got \(3,\)"),
        ({"b": np.ones((2, 1))}, ValueError, r"shape \(2,\); got \(2, 1\)"),
        ({"b": 1.0}, ValueError, r"shape \(2,\); got \(\)"),
        ({"w": np.ones((2, 3, 9, 2))}, ValueError, "must fit into the padded input: the height .* kernel of 9"),
        ({"w": np.ones((2, 3, 2, 10))}, ValueError, "the width measures 9 pixels"),
        ({"dilation": 8}, ValueError, "kernel of 2 with dilation 8 spans 9 pixels and does not fit"),
        ({"padding": -1}, ValueError, "padding must be at least 0, got -1"),
        ({"padding": ((0, 0), (0, -3))}, ValueError, "padding must be at least 0, got -3"),
        ({"padding": 1.0}, TypeError, "padding must be an integer, got 1.0 of type float"),
        ({"padding": "SAME"}, ValueError, '"valid", "same", "full", got \'SAME\''),
        ({"padding": (1, 2, 3)}, ValueError, r"padding must be .*\(top, bottom\).* got \(1, 2, 3\)"),
        ({"padding": None}, TypeError, "padding must be an integer, got None"),
        ({"stride": 0}, ValueError, "stride must be at least 1, got 0"),
        ({"stride": (1, 0)}, ValueError, "stride must be at least 1, got 0"),
        ({"stride": 1.0}, TypeError, "stride must be an integer, got 1.0 of type float"),
        ({"stride": True}, TypeError, "stride must be an integer, got True of type bool"),
        ({"stride": (1, 1, 1)}, ValueError, r"stride must be one integer or \(vertical, horizontal\)"),
        ({"dilation": 0}, ValueError, "dilation 1 means no gap"),
        ({"dilation": 1.5}, TypeError, "dilation must be an integer"),
        ({"x": np.ones((2, 3, 0, 9)), "padding": 1}, ValueError, "only the batch may be empty"),
        ({"x": np.ones((2, 5, 8, 9)), "groups": 2}, ValueError, "groups must divide the channels.* does not divide 5"),
        ({"x": [[[[1, 2], [3]]]]}, ValueError, "x must be an array with rows of equal length"),
        ({"method": ["loops"]}, ValueError, "method must be one of"),
        ({"method": "fft"}, ValueError, 'method must be one of "auto", "loops".* got \'fft\''),
    ],
)
def test_wrong_input_is_answered_with_the_rule_what_came_and_the_likely_cause(arguments, error, words):
    right = {"x": np.ones((2, 3, 8, 9)), "w": np.ones((2, 3, 2, 2)), "b": np.ones(2)}
    conv2d(**right)
    with pytest.raises(error, match=words):
        conv2d(**right | arguments)


def test_only_arrays_are_positional():
    with pytest.raises(TypeError, match="positional"):
        conv2d(X, W, None, 2)


def test_full_conv2d_refuses_what_conv2d_refuses():
    with pytest.raises(ValueError, match="x has 1 channels and w expects 2"):
        full_conv2d(X, np.ones((1, 2, 2, 2)))
    with pytest.raises(ValueError, match="method must be one of"):
        full_conv2d(X, W, method="fft")
