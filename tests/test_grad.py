"""conv2d_grad: against SciPy, central differences and the adjoint identity, always with a random gradient."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from cases import CASES, LAYOUTS, random_layers
from comparing import assert_equal, assert_own_memory, assert_unchanged

from scratchconv import adjoint_gap, check_gradients, conv2d, conv2d_grad, full_conv2d, oracles, slabs

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def assert_grads_equal(ours, theirs, dtype=None):
    for gradient, expected in zip(ours, theirs, strict=True):
        assert_equal(gradient, expected, dtype=dtype)


# ---------------------------------------------------------------------------------------- values


@every_case
def test_gradients_equal_scipy(case):
    x, w, _ = case.arrays()
    grads = conv2d_grad(case.dy(), x, w, **case.options)
    assert_grads_equal(grads, oracles.conv2d_grad(case.dy(), x, w, **case.options))
    assert [g.shape for g in grads] == [x.shape, w.shape, w.shape[:1]]


@every_case
def test_gradients_equal_central_differences(case):
    x, w, b = case.arrays()

    def forward(x, w, b):
        return conv2d(x, w, b, **case.options)

    def backward(dy, x, w, b):
        return conv2d_grad(dy, x, w, **case.options)

    assert max(check_gradients(forward, backward, x, w, b)) < 1e-7


@every_case
def test_dx_is_the_adjoint_in_x_and_dw_the_adjoint_in_w(case):
    x, w, _ = case.arrays()
    in_x = adjoint_gap(
        lambda x: conv2d(x, w, **case.options), lambda dy: conv2d_grad(dy, x, w, **case.options).dx, x, seed=1
    )
    in_w = adjoint_gap(
        lambda w: conv2d(x, w, **case.options), lambda dy: conv2d_grad(dy, x, w, **case.options).dw, w, seed=2
    )
    assert max(in_x, in_w) < 1e-14


@every_case
def test_integer_gradients_are_exact(case):
    x, w, _ = case.arrays(np.int16)
    dy = case.dy(np.int16)
    assert_grads_equal(conv2d_grad(dy, x, w, **case.options), oracles.conv2d_grad(dy, x, w, **case.options))


@every_case
@pytest.mark.parametrize("numbers", [1, 40])
def test_cutting_the_work_into_slabs_changes_nothing(case, numbers, monkeypatch):
    monkeypatch.setattr(slabs, "SLAB_NUMBERS", numbers)
    x, w, _ = case.arrays()
    grads = conv2d_grad(case.dy(), x, w, **case.options)
    assert_grads_equal(grads, oracles.conv2d_grad(case.dy(), x, w, **case.options))


@pytest.mark.parametrize("numbers", [1, 30, 200, slabs.SLAB_NUMBERS])
def test_random_layers_equal_scipy_however_they_are_cut(numbers, monkeypatch):
    monkeypatch.setattr(slabs, "SLAB_NUMBERS", numbers)
    rng = np.random.default_rng(numbers)
    for x_shape, w_shape, options in random_layers(75, seed=100 + numbers):
        x, w = rng.standard_normal(x_shape), rng.standard_normal(w_shape)
        dy = rng.standard_normal(conv2d(x, w, **options).shape)
        assert_grads_equal(conv2d_grad(dy, x, w, **options), oracles.conv2d_grad(dy, x, w, **options))


def test_dx_is_a_full_convolution_with_filters_and_channels_exchanged():
    case = CASES["default: rectangles, batch 2"]
    x, w, _ = case.arrays()
    assert_equal(conv2d_grad(case.dy(), x, w).dx, full_conv2d(case.dy(), w.transpose(1, 0, 2, 3)))


def test_dw_is_a_correlation_with_batch_and_channels_exchanged():
    case = CASES["default: rectangles, batch 2"]
    x, w, _ = case.arrays()
    swapped = conv2d(x.transpose(1, 0, 2, 3), case.dy().transpose(1, 0, 2, 3))  # (C, F, KH, KW)
    assert_equal(conv2d_grad(case.dy(), x, w).dw, swapped.transpose(1, 0, 2, 3))


def test_gradients_are_sums_over_the_batch_and_never_means():
    case = CASES["N = 1"]
    x, w, _ = case.arrays()
    one = conv2d_grad(case.dy(), x, w)
    three = conv2d_grad(case.dy().repeat(3, 0), x.repeat(3, 0), w)
    assert_equal(three.dx, one.dx.repeat(3, 0))
    assert_equal(three.dw, 3 * one.dw)
    assert_equal(three.db, 3 * one.db)


def test_the_three_gradients_have_names_and_an_order():
    case = CASES["N = 1"]
    grads = conv2d_grad(case.dy(), *case.arrays()[:2])
    dx, dw, db = grads
    assert grads.dx is dx and grads.dw is dw and grads.db is db
    assert grads._fields == ("dx", "dw", "db")


def test_a_pixel_that_no_window_meets_has_no_gradient():
    x, w = np.ones((1, 1, 4, 6)), np.ones((1, 1, 2, 2))
    dx = conv2d_grad(np.ones((1, 1, 1, 2)), x, w, stride=(3, 4)).dx[0, 0]
    met = np.zeros((4, 6))
    met[:2, [0, 1, 4, 5]] = 1
    assert_equal(dx, met)


def test_an_empty_batch_has_gradients_of_zero_for_the_weights():
    x, w = np.ones((0, 2, 4, 5), np.float32), np.ones((3, 2, 2, 2), np.float32)
    dx, dw, db = conv2d_grad(np.ones((0, 3, 3, 4), np.float32), x, w)
    assert_equal(dx, x)
    assert_equal(dw, np.zeros_like(w))
    assert_equal(db, np.zeros(3, np.float32))


# ----------------------------------------------------------------------------------------- types


@pytest.mark.parametrize(
    ("dy", "x", "w", "result"),
    [
        ("f4", "f4", "f4", "f4"),
        ("f8", "f8", "f8", "f8"),
        ("f2", "f2", "f2", "f2"),
        ("f4", "f4", "f8", "f8"),
        ("f8", "f4", "f4", "f8"),
        ("f8", "i8", "i8", "f8"),
        ("f4", "u1", "i1", "f4"),
        ("f4", "i8", "i8", "f8"),
        ("i8", "f4", "i1", "f8"),
        ("i8", "i8", "i8", "i8"),
        ("u1", "u1", "u1", "i8"),
        ("?", "?", "?", "i8"),
        ("u8", "i1", "u8", "i8"),
        (">f4", ">f4", "f4", "f4"),
    ],
)
def test_all_three_gradients_have_the_common_type(dy, x, w, result):
    case = CASES["default: rectangles, batch 2"]
    arrays = [a.astype(d) for a, d in zip((case.dy(int), *case.arrays(int)[:2]), (dy, x, w), strict=True)]
    expected = oracles.conv2d_grad(*(a.astype(float) for a in arrays))
    grads = conv2d_grad(*arrays)
    assert_grads_equal(grads, [e.astype(result) for e in expected], dtype=result)


def test_integer_inputs_do_not_cut_off_a_float_gradient():
    dx, dw, db = conv2d_grad(np.full((1, 1, 2, 2), 0.5), [[[[1, 2], [3, 4]]]], [[[[3]]]])
    assert dx.tolist() == [[[[1.5, 1.5], [1.5, 1.5]]]]
    assert dw.tolist() == [[[[5.0]]]]
    assert db.tolist() == [2.0]


def test_small_integers_do_not_wrap():
    x, w, dy = (np.full(s, 255, np.uint8) for s in ((2, 1, 3, 3), (1, 1, 2, 2), (2, 1, 2, 2)))
    dx, dw, db = conv2d_grad(dy, x, w)
    assert dx.max() == 4 * 255**2
    assert (dw == 8 * 255**2).all()
    assert db.tolist() == [8 * 255]


def test_integers_beyond_2_to_the_53_are_exact():
    big = 2**53 + 1
    one = np.ones((1, 1, 1, 1), int)
    assert conv2d_grad(one, one * big, one).dw.item() == big
    assert conv2d_grad(one, one, one * big).dx.item() == big
    assert conv2d_grad(one * big, one, one).db.item() == big


def test_a_gradient_near_the_end_of_int64_is_exact_and_beyond_it_an_error():
    x = np.array([2**62, 2**62]).reshape(2, 1, 1, 1)
    one = np.ones((1, 1, 1, 1), int)
    dy = np.array([-1, -1]).reshape(2, 1, 1, 1)
    assert conv2d_grad(dy, x, one).dw.item() == -(2**63)
    with pytest.raises(ValueError, match="integer results must fit int64"):
        conv2d_grad(-dy, x, one)
    with pytest.raises(ValueError, match="integer results must fit int64"):
        conv2d_grad(x, np.zeros_like(x), one)  # only db is too large: dw is zero, dx is x


@pytest.mark.parametrize("bad", [complex, object, str])
@pytest.mark.parametrize("place", ["dy", "x", "w"])
def test_what_is_not_a_real_number_is_refused_by_name(place, bad):
    case = CASES["N = 1"]
    arrays = dict(zip(("dy", "x", "w"), (case.dy(), *case.arrays()[:2]), strict=True))
    with pytest.raises(TypeError, match=f"^{place} must hold real numbers"):
        conv2d_grad(**arrays | {place: arrays[place].astype(bad)})
    with pytest.raises(TypeError, match=f"^{place} is a masked array"):
        conv2d_grad(**arrays | {place: np.ma.masked_array(arrays[place])})


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_nan_in_dy_reaches_its_window_its_filter_and_its_bias_and_nothing_else():
    x, w, dy = np.ones((2, 1, 4, 5)), np.ones((2, 1, 2, 3)), np.ones((2, 2, 3, 3))
    dy[1, 0, 2, 1] = np.nan
    dx, dw, db = (np.isnan(g) for g in conv2d_grad(dy, x, w))
    window = np.zeros((2, 1, 4, 5), bool)
    window[1, 0, 2:4, 1:4] = True
    np.testing.assert_array_equal(dx, window)
    assert dw[0].all() and not dw[1].any()
    assert db.tolist() == [True, False]


# -------------------------------------------------------------------------------- arrays and memory


@every_case
def test_no_input_is_written_to_and_no_gradient_shares_its_memory(case):
    inputs = (case.dy(), *case.arrays()[:2])
    copies = [a.copy() for a in inputs]
    grads = conv2d_grad(*inputs, **case.options)
    assert_unchanged(inputs, copies)
    assert_own_memory(grads, inputs)


def test_a_gradient_of_a_1x1_kernel_of_one_is_a_copy():
    dy, x, w = (np.ones(s) for s in ((1, 1, 3, 4), (1, 1, 3, 4), (1, 1, 1, 1)))
    assert_own_memory(conv2d_grad(dy, x, w), [dy, x, w])
    one = np.ones((1, 1, 1, 1))
    assert_own_memory(conv2d_grad(one, one, one), [one])


@pytest.mark.parametrize("layout", ["read-only", "every other pixel", "Fortran order", "reversed", "one pixel for all"])
def test_dy_may_lie_in_memory_as_it_likes(layout):
    case = CASES["default: rectangles, batch 2"]
    x, w, _ = case.arrays()
    dy = LAYOUTS[layout](case.dy())
    assert_grads_equal(conv2d_grad(dy, x, w), oracles.conv2d_grad(dy.copy(), x, w))


def test_lists_work_as_arrays_do():
    dy, x, w = [[[[1, 2, 3]]]], [[[[1, 2, 3, 4], [5, 6, 7, 8]]]], [[[[1, 0], [2, -1]]]]
    assert_grads_equal(conv2d_grad(dy, x, w), conv2d_grad(*(np.array(a) for a in (dy, x, w))))


def test_several_threads_get_the_answers_of_one():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((24, 3, 4, 18, 15)), rng.standard_normal((24, 6, 2, 3, 2))
    jobs = list(zip(x, w, (1, 2, 3) * 8, strict=True))

    def work(job):
        x, w, stride = job
        dy = np.ones((3, 6, -(-18 // stride), -(-15 // stride)))
        return conv2d_grad(dy, x, w, stride=stride, padding="same", groups=2)

    one = [work(job) for job in jobs]
    with ThreadPoolExecutor(6) as pool:
        for ours, expected in zip(pool.map(work, jobs), one, strict=True):
            assert_grads_equal(ours, expected)


# ---------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize("shape", [(2, 4, 4, 6), (2, 4, 5, 4), (2, 3, 4, 5), (1, 4, 4, 5), (4, 4, 5), (2, 4, 1, 1), ()])
def test_a_dy_of_another_shape_is_refused_with_both_shapes_and_the_likely_cause(shape):
    x, w, _ = CASES["default: rectangles, batch 2"].arrays()
    words = r"shape of conv2d's output, \(2, 4, 4, 5\); got .*the same in the forward pass"
    with pytest.raises(ValueError, match=words) as error:
        conv2d_grad(np.ones(shape), x, w)
    assert str(shape) in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"x": np.ones((2, 5, 7, 3))}, ValueError, r"x looks like \(N, H, W, C\)"),
        ({"x": np.ones((3, 5, 7))}, ValueError, "x must have four axes"),
        ({"groups": 2}, ValueError, "w expects 6"),
        ({"stride": 0}, ValueError, "stride must be at least 1"),
        ({"stride": 1.0}, TypeError, "stride must be an integer"),
        ({"padding": "mirror"}, ValueError, "padding in words"),
        ({"padding": -1}, ValueError, "padding must be at least 0"),
        ({"dilation": 9}, ValueError, "does not fit"),
    ],
)
def test_wrong_input_is_answered_as_conv2d_answers_it(arguments, error, words):
    case = CASES["default: rectangles, batch 2"]
    right = dict(zip(("dy", "x", "w"), (case.dy(), *case.arrays()[:2]), strict=True))
    with pytest.raises(error, match=words):
        conv2d_grad(**right | arguments)


@pytest.mark.parametrize("filters", [1, 7])
def test_db_of_maps_that_cancel_is_exact(filters):
    """Each map adds up to 0.001 or so: what a sum of its 10,000 numbers in float32 loses is a large part of that."""
    rng = np.random.default_rng(0)
    dy = rng.standard_normal((1, filters, 100, 100)).astype(np.float32)
    dy[..., -1, -1] -= dy.sum((2, 3), dtype=float) - 1e-3
    x, w = np.zeros((1, 1, 100, 100), np.float32), np.zeros((filters, 1, 1, 1), np.float32)
    np.testing.assert_allclose(conv2d_grad(dy, x, w).db, dy.sum((0, 2, 3), dtype=float), rtol=1e-6)


def test_db_of_many_images_is_as_exact_as_one_of_few():
    """The maps of 4,000 images nearly cancel: a sum in float32 would be off by a thousandth of what is left."""
    rng = np.random.default_rng(0)
    dy = rng.standard_normal((4000, 1, 3, 4)).astype(np.float32) + np.float32(1)
    dy[2000:] = -dy[:2000]
    dy[-1, 0, 0, 0] += np.float32(0.01)
    x, w = np.zeros((4000, 1, 3, 4), np.float32), np.zeros((1, 1, 1, 1), np.float32)
    np.testing.assert_allclose(conv2d_grad(dy, x, w).db, dy.sum(dtype=float), rtol=1e-4)
