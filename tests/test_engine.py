"""The fast methods: every rule of "auto", threads, pieces, numbers that are not finite, both types of number."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from comparing import assert_unchanged

from scratchconv import (
    channels_last_weight_gradient,
    conv2d,
    conv2d_grad,
    engine,
    grad,
    input_gradient,
    methods,
    shapes,
    threads,
    weight_gradient,
    workspace,
)
from scratchconv.methods import columns, overlap_save, piecewise

PLAIN = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}

# Layers large enough that "auto" takes the way named first (OverlapSave: see `transforms_pay`).
LAYERS = {
    "Pointwise": ((9, 12, 20, 21), (17, 12, 1, 1), {}),
    "Pointwise, groups and stride": ((3, 6, 20, 21), (12, 3, 1, 1), {"groups": 2, "stride": (2, 3), "padding": 1}),
    "OverlapSave": ((3, 3, 67, 50), (4, 3, 9, 7), {}),
    "OverlapSave, stride": ((3, 4, 61, 90), (5, 4, 8, 11), {"stride": (1, 2), "padding": (5, 0)}),
    "OverlapSave, groups and dilation": (
        (3, 4, 60, 71), (6, 2, 9, 8), {"groups": 2, "dilation": (2, 1), "padding": (5, 0)},
    ),
    "Winograd": ((4, 64, 28, 27), (53, 64, 3, 3), {"padding": 1}),
    "Winograd, prime sizes": ((3, 61, 29, 31), (53, 61, 3, 3), {"padding": ((0, 1), (2, 0))}),
    "Winograd, several blocks of filters": ((2, 112, 14, 15), (150, 112, 3, 3), {"padding": 1}),
    "Pixels": ((97, 3, 13, 12), (8, 3, 5, 5), {}),
    "Pixels, groups and stride": ((64, 6, 11, 9), (24, 3, 5, 6), {"groups": 2, "stride": (2, 1), "padding": 1}),
    "Columns": ((1, 37, 9, 11), (64, 37, 3, 5), {"padding": (1, 0)}),
    "Columns, stride and dilation": (
        (3, 30, 17, 16), (61, 30, 3, 3), {"stride": (3, 2), "dilation": (1, 2), "padding": 2},
    ),
    "Columns, large groups": ((1, 70, 9, 11), (128, 35, 5, 7), {"groups": 2, "padding": (1, 0)}),
    "Banded": ((16, 12, 14, 13), (12, 1, 3, 5), {"groups": 12, "padding": (1, 2)}),
    "Banded, several filters and strides": (
        (32, 7, 15, 16), (14, 1, 3, 5), {"groups": 7, "stride": (2, 2), "dilation": (1, 2), "padding": (0, 3)},
    ),
    "ChannelsLast": ((7, 128, 9, 7), (12, 128, 3, 3), {"padding": ((1, 0), (0, 2))}),
    "ChannelsLast, strides and no padding": ((3, 60, 15, 13), (9, 60, 4, 3), {"stride": (3, 2)}),
    "ChannelsLast, groups and dilation": (
        (5, 96, 14, 9), (32, 48, 3, 3), {"groups": 2, "stride": (2, 1), "dilation": (3, 2), "padding": (3, 2)},
    ),
    "Depthwise": ((2, 130, 9, 8), (130, 1, 3, 3), {"groups": 130, "padding": 1}),
    "Depthwise, several filters, strides and dilation": (
        (3, 128, 15, 17), (256, 1, 3, 2), {"groups": 128, "stride": (2, 3), "dilation": (1, 3), "padding": (2, 1)},
    ),
    "Depthwise, no padding": ((2, 150, 11, 7), (150, 1, 5, 4), {"groups": 150, "stride": (1, 2)}),
    "ShiftAdd": ((3, 24, 19, 23), (4, 24, 3, 5), {"padding": (1, 2)}),
    "ShiftAdd, dilation": (
        (3, 12, 23, 21), (4, 6, 3, 4), {"groups": 2, "dilation": (2, 1), "padding": ((3, 0), (1, 5))},
    ),
    "ShiftAdd, groups, stride and dilation": (
        (4, 48, 21, 32), (6, 24, 3, 4), {"groups": 2, "stride": (2, 1), "dilation": (2, 3), "padding": (1, 2)},
    ),
    "Blocked": ((2, 5, 33, 34), (7, 5, 5, 4), {"padding": 2}),
    "Blocked, dilation by axis": ((12, 6, 30, 29), (12, 6, 3, 3), {"dilation": (3, 2), "stride": (2, 3)}),
    "Abreast": ((4, 6, 23, 21), (6, 1, 3, 3), {"groups": 6, "padding": 1}),
    "Abreast, four rows at once and some left over": ((5, 6, 21, 23), (6, 1, 9, 7), {"groups": 6, "padding": 3}),
    "Abreast, two rows at once and a stride": (
        (5, 6, 31, 23), (6, 1, 9, 7), {"groups": 6, "stride": (2, 1), "padding": 3},
    ),
    "Abreast, two filters and dilation": (
        (5, 6, 31, 23), (12, 1, 5, 7), {"groups": 6, "padding": 3, "dilation": (2, 1)},
    ),
    "Abreast, stride and no padding": ((3, 8, 30, 27), (8, 1, 7, 3), {"groups": 8, "stride": (1, 2)}),
    "Abreast, few filters and rows left over": (
        (7, 6, 22, 31), (4, 3, 3, 4), {"groups": 2, "stride": (2, 2), "dilation": (2, 3), "padding": 3},
    ),
    "Abreast, many taps": ((5, 60, 30, 30), (12, 60, 3, 3), {"padding": 1}),
    "Pixels, batch of 1000": ((1000, 1, 9, 7), (3, 1, 2, 3), {}),
    "Blocked, many taps": ((2, 100, 9, 40), (37, 100, 3, 5), {}),
    "Blocked, many filters": ((3, 16, 40, 41), (300, 16, 3, 3), {"stride": 2}),
    "Blocked, rows filled up": ((3, 16, 11, 30), (40, 16, 3, 3), {"padding": 1}),
    "Blocked, rows filled up to four registers": ((2, 12, 9, 62), (40, 12, 3, 3), {"padding": (0, 1)}),
    "Blocked, rows filled up, groups and stride": (
        (4, 32, 21, 30), (48, 16, 4, 3), {"groups": 2, "stride": (2, 1), "padding": 1},
    ),
    "Blocked, rows filled up, many taps": ((4, 100, 9, 34), (70, 100, 3, 4), {}),
    "Blocked, rows that are not in line": ((2, 16, 21, 30), (40, 16, 3, 3), {"dilation": (2, 1), "padding": (2, 1)}),
}  # fmt: skip
every_layer = pytest.mark.parametrize("name", LAYERS)
both_types = pytest.mark.parametrize("dtype", [np.float64, np.float32])
TOLERANCE = {np.float64: 1e-10, np.float32: 1e-4}


def arrays(name, dtype=np.float64, seed=0):
    x, w, options = LAYERS[name]
    rng = np.random.default_rng(seed)
    x, w, b = (rng.standard_normal(shape).astype(dtype) for shape in (x, w, w[:1]))
    layer = shapes.layer(x, w, **PLAIN | options)
    return x, w, b, rng.standard_normal(layer.y_shape).astype(dtype), layer, options


def expected(dy, x, w, layer):
    """y without a bias, dx and dw by the plain methods of the chapters, in the type of the arrays."""
    with shapes.quietly():
        y = conv2d(x, w, method="strided", **{name: getattr(layer, name) for name in PLAIN})
        return y, *grad._plain_gradients(dy, x, w, layer)


def assert_close(ours, theirs, tolerance):
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    finite = np.isfinite(theirs)
    np.testing.assert_array_equal(ours[~finite], theirs[~finite])
    scale = np.abs(theirs[finite]).max(initial=0)
    np.testing.assert_allclose(ours[finite], theirs[finite], rtol=0, atol=tolerance * scale)


@pytest.fixture(autouse=True)
def transforms_pay(request, monkeypatch):
    """Layers named OverlapSave go that way, in several tiles, small as they are: large ones would take minutes."""
    if request.node.originalname and "OverlapSave" in request.node.name:
        monkeypatch.setattr(overlap_save, "DIRECT", 100.0)
        monkeypatch.setattr(overlap_save, "SIZES", (20, 24, 32, 40, 48))
        overlap_save.plan.cache_clear()
        yield
        overlap_save.plan.cache_clear()
    else:
        yield


@pytest.fixture
def two_threads(monkeypatch):
    """Two workers, however many threads BLAS may use where the tests run."""
    monkeypatch.setattr(threads, "_blas", threads._Blas(lambda: 2, lambda count: None))


def in_small_pieces(kilobytes, monkeypatch):
    for cls in (piecewise.Piecewise, *piecewise.Piecewise.__subclasses__()):
        monkeypatch.setattr(cls, "bytes", kilobytes * 1024)
    monkeypatch.setattr("scratchconv.methods.columns.BYTES", kilobytes * 1024)
    monkeypatch.setattr(methods.Abreast, "suits", lambda layer, itemsize: layer.N > 1)  # however small a piece is


@every_layer
def test_auto_takes_the_way_the_layer_is_made_for(name):
    layer = arrays(name)[4]
    assert methods.choose("auto", layer, np.dtype(float)).__name__ == name.split(",")[0]


@pytest.mark.parametrize("itemsize", [4, 8])
@pytest.mark.parametrize(
    ("x", "w", "options", "pays"),
    [
        ((4, 4, 100, 101), (4, 4, 31, 29), {}, True),
        ((4, 8, 90, 101), (8, 8, 17, 21), {"stride": (1, 2), "padding": (5, 0)}, True),
        ((4, 8, 90, 101), (8, 4, 31, 31), {"groups": 2, "dilation": (2, 1), "padding": (5, 0)}, True),
        ((4, 4, 100, 101), (4, 4, 7, 7), {}, False),
        ((4, 4, 40, 41), (4, 4, 31, 29), {}, False),
    ],
)
def test_transforms_are_for_large_kernels_on_large_maps(x, w, options, pays, itemsize):
    layer = shapes.layer(np.empty(x), np.empty(w), **PLAIN | options)
    assert overlap_save.OverlapSave.suits(layer, itemsize) == pays


@pytest.mark.parametrize(
    ("x", "w", "groups", "small"),
    [
        ((1, 3, 16, 16), (8, 3, 3, 3), 1, True),
        ((1, 3, 40, 40), (6, 3, 3, 3), 1, True),  # 38,988 numbers in its windows
        ((1, 3, 41, 41), (6, 3, 3, 3), 1, False),  # 41,067
        ((1, 3, 16, 16), (47, 3, 3, 3), 1, True),  # 248,724 multiplications
        ((1, 3, 16, 16), (48, 3, 3, 3), 1, False),  # 254,016
        ((1, 8, 9, 9), (8, 1, 3, 3), 8, False),  # the plain form takes one group after another
    ],
)
def test_auto_leaves_small_layers_to_the_plain_form(x, w, groups, small, monkeypatch):
    monkeypatch.undo()
    layer = shapes.layer(np.empty(x), np.empty(w), **PLAIN | {"groups": groups})
    assert (methods.choose("auto", layer, np.dtype(float)) is None) == small
    assert methods.choose("blocked", layer, np.dtype(float)) is not None
    rng = np.random.default_rng(0)
    x, w, dy = (rng.standard_normal(shape) for shape in (x, w, layer.y_shape))
    y, dx, dw = expected(dy, x, w, layer)
    assert_close(conv2d(x, w, groups=groups), y, 1e-10)
    grads = conv2d_grad(dy, x, w, groups=groups)
    assert_close(grads.dx, dx, 1e-10)
    assert_close(grads.dw, dw, 1e-10)


@pytest.mark.parametrize(
    ("name", "takes"),
    {
        "OverlapSave": "FourierWeightGradient",
        "Winograd": "WinogradWeightGradient",
        "Columns": "ColumnsWeightGradient",
        "Columns, large groups": "ColumnsWeightGradient",
        "ChannelsLast, strides and no padding": "ChannelsLastWeightGradient",
        "Depthwise": "DepthwiseWeightGradient",
        "Abreast": "RowsWeightGradient",
        "ShiftAdd, dilation": "ExchangedWeightGradient",
        "Abreast, few filters and rows left over": "WeightGradient",
        "Blocked": "WeightGradient",
    }.items(),
)
def test_dw_is_added_up_in_the_way_the_layer_is_made_for(name, takes):
    assert weight_gradient.quickest(arrays(name)[4], 8).__name__ == takes


@pytest.mark.parametrize(
    ("x", "w", "options", "takes"),
    [
        ((2, 192, 30, 31), (16, 192, 3, 3), {}, "correlated"),
        ((4, 64, 20, 21), (64, 64, 3, 3), {"padding": 1}, "correlated"),  # by Winograd's products
        ((64, 3, 32, 32), (16, 3, 5, 5), {}, "rows_added_back"),
        ((16, 3, 112, 112), (64, 3, 7, 7), {"stride": 2, "padding": 3}, "rows_added_back"),
        ((8, 4, 56, 66), (256, 2, 3, 5), {"groups": 2, "stride": 2}, "windows_added_back"),
        ((99, 6, 14, 13), (16, 6, 5, 5), {}, "pixels_added_back"),
        ((99, 6, 14, 13), (16, 6, 5, 5), {"dilation": 2}, "windows_added_back"),  # taps that are apart
        ((99, 16, 14, 13), (16, 16, 3, 3), {"padding": 2}, "correlated"),  # by Pixels
        ((1, 64, 9, 9), (64, 64, 3, 3), {}, "added_back_by_channels"),
        ((1, 80, 9, 9), (96, 40, 8, 8), {"groups": 2}, "added_back_by_channels"),
    ],
)
def test_dx_is_found_in_the_way_the_layer_is_made_for(x, w, options, takes):
    layer = shapes.layer(np.empty(x), np.empty(w), **PLAIN | options)
    assert input_gradient.quickest(layer, 4).__name__ == takes


@pytest.mark.parametrize("name", ["Pixels", "Pixels, groups and stride", "Winograd, prime sizes", "Banded"])
@pytest.mark.parametrize("odd", [None, np.nan, -np.inf])
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_the_dx_of_small_maps_is_the_same_with_the_batch_innermost(name, odd, two_threads, monkeypatch):
    monkeypatch.setattr(input_gradient, "PIXEL_BYTES", 100_000)
    x, w, _, _, layer, options = arrays(name)
    options = options | {"stride": 1}
    layer = shapes.layer(x, w, **PLAIN | options)
    dy = np.random.default_rng(1).standard_normal(layer.y_shape)
    if odd is not None:
        dy.flat[7] = odd
    dx, spoilt = np.empty(x.shape), []
    with shapes.quietly():
        jobs = input_gradient.pixels_added_back(dy, w, dx, layer, 2, spoilt)
        with workspace.borrow() as space:
            for job in jobs:
                job(space)
    assert_close(dx, expected(dy, x, w, layer)[1], 1e-10)


@pytest.mark.parametrize("method", [methods.Blocked, methods.Abreast, methods.ChannelsLast, methods.Depthwise])
def test_phases_of_one_shape_have_taps_of_their_own(method, two_threads, monkeypatch):
    monkeypatch.setattr(input_gradient, "quickest", lambda layer, itemsize: input_gradient.correlated)
    monkeypatch.setattr(methods, "quickest", lambda layer, itemsize: method)
    groups = 24 if method is methods.Depthwise else 2
    random, options = np.random.default_rng(5), PLAIN | {"stride": 2, "groups": groups}
    x, w = random.standard_normal((6, 24, 22, 22)), random.standard_normal((24, 24 // groups, 4, 4))
    layer = shapes.layer(x, w, **options)
    dy = random.standard_normal(layer.y_shape)
    assert_close(conv2d_grad(dy, x, w, **options).dx, expected(dy, x, w, layer)[1], 1e-10)


@every_layer
@pytest.mark.parametrize("odd", [None, np.nan, np.inf])
@pytest.mark.parametrize("way", ["correlated", "rows_added_back", "windows_added_back"])
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_every_way_finds_the_same_dx(name, way, odd, two_threads, monkeypatch):
    monkeypatch.setattr(input_gradient, "quickest", lambda layer, itemsize: getattr(input_gradient, way))
    monkeypatch.setattr(input_gradient, "ROW_BYTES", 30_000)
    monkeypatch.setattr(input_gradient, "PIXEL_BYTES", 30_000)
    x, w, _, dy, layer, options = arrays(name)
    if odd is not None:
        dy.flat[7] = odd
    assert_close(conv2d_grad(dy, x, w, **options).dx, expected(dy, x, w, layer)[1], 1e-10)


@every_layer
@both_types
def test_the_fast_ways_equal_the_plain_ones(name, dtype, two_threads):
    x, w, b, dy, layer, options = arrays(name, dtype)
    before = [a.copy() for a in (x, w, b, dy)]
    y, dx, dw = expected(*(a.astype(float) for a in (dy, x, w)), layer)
    grads = conv2d_grad(dy, x, w, **options)
    for method in ("auto", "blocked", "winograd"):
        assert_close(conv2d(x, w, b, method=method, **options), y + b[:, None, None], TOLERANCE[dtype])
    assert_close(grads.dx, dx, TOLERANCE[dtype])
    assert_close(grads.dw, dw, TOLERANCE[dtype])
    assert {a.dtype for a in grads} == {np.dtype(dtype)}
    assert_unchanged([x, w, b, dy], before)


@every_layer
@pytest.mark.parametrize("way", [None, "correlated", "rows_added_back", "windows_added_back"])
def test_large_weights_are_taken_in_blocks(name, way, two_threads, monkeypatch):
    x, w, b, dy, layer, options = arrays(name)
    monkeypatch.setattr(engine, "COPIES_BYTES", 2 * w.nbytes // 3)
    way = "pixels_added_back" if way is None and name == "Pixels" else way
    if way:
        monkeypatch.setattr(input_gradient, "quickest", lambda layer, itemsize: getattr(input_gradient, way))
    y, dx, dw = expected(dy, x, w, layer)
    assert_close(conv2d(x, w, b, **options), y + b[:, None, None], 1e-10)
    grads = conv2d_grad(dy, x, w, **options)
    assert_close(grads.dx, dx, 1e-10)
    assert_close(grads.dw, dw, 1e-10)


@every_layer
@pytest.mark.parametrize("which", ["x", "w", "dy"])
def test_one_array_in_float32_takes_no_digit_from_the_others(name, which, two_threads):
    x, w, _, dy, layer, options = arrays(name)
    given = {"x": x, "w": w, "dy": dy}
    given[which] = given[which].astype(np.float32)
    x, w, dy = (a.astype(float) for a in given.values())
    y, dx, dw = expected(dy, x, w, layer)
    assert_close(conv2d(given["x"], given["w"], **options), y, 1e-10)
    grads = conv2d_grad(given["dy"], given["x"], given["w"], **options)
    assert_close(grads.dx, dx, 1e-10)
    assert_close(grads.dw, dw, 1e-10)


@every_layer
@pytest.mark.parametrize("kilobytes", [1, 30, 400])
def test_small_pieces_change_nothing(name, kilobytes, two_threads, monkeypatch):
    in_small_pieces(kilobytes, monkeypatch)
    x, w, _, dy, layer, options = arrays(name)
    y, dx, dw = expected(dy, x, w, layer)
    assert_close(conv2d(x, w, **options), y, 1e-10)
    grads = conv2d_grad(dy, x, w, **options)
    assert_close(grads.dx, dx, 1e-10)
    assert_close(grads.dw, dw, 1e-10)


@every_layer
@pytest.mark.parametrize("kilobytes", [30, 400, None])
def test_nothing_is_written_into_the_arguments(name, kilobytes, two_threads, monkeypatch):
    if kilobytes:
        in_small_pieces(kilobytes, monkeypatch)
    x, w, b, dy, layer, options = arrays(name)
    for a in (x, w, b, dy):
        a.flags.writeable = False
    assert conv2d(x, w, b, **options).shape == layer.y_shape
    assert conv2d_grad(dy, x, w, **options).dx.shape == x.shape


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("way", methods.DIRECT)
def test_a_thread_prepares_once_for_pieces_that_are_alike(way, padding, monkeypatch):
    monkeypatch.setattr(way, "bytes", 60_000)
    prepared, real = [], way.prepare
    monkeypatch.setattr(way, "prepare", lambda self, *arguments: prepared.append(self) or real(self, *arguments))
    random = np.random.default_rng(3)
    x, w = random.standard_normal((40, 20, 9, 9)), random.standard_normal((20, 1, 3, 3))
    layer = shapes.layer(x, w, **PLAIN | {"padding": padding, "groups": 20})
    y = np.empty(layer.y_shape)
    jobs = engine.correlations(x, w, 0, y, layer, way, 1, [])
    with workspace.borrow() as space:
        for job in jobs:
            space.rewind(0)
            job(space)
    assert_close(y, expected(y, x, w, layer)[0], 1e-10)
    slabs, channels = ({str(job.args[k]) for job in jobs} for k in (0, 1))
    shapes_of = {(y[job.args[0].y].shape, job.args[1].stop - job.args[1].start) for job in jobs}
    assert len(jobs) == len(slabs) * len(channels) > 2 * len(shapes_of)
    assert len(prepared) == len(shapes_of)
    assert len({id(kernel) for kernel in prepared}) == 1  # and the filters are laid out once


@every_layer
@pytest.mark.parametrize(("odd", "index"), [(np.nan, 5), (np.inf, 5), (-np.inf, -6)])  # the last image's, too
@pytest.mark.parametrize("place", ["x", "w", "dy"])
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_what_is_not_finite_reaches_exactly_what_the_equation_says(name, odd, index, place, two_threads):
    x, w, _, dy, layer, options = arrays(name)
    {"x": x, "w": w, "dy": dy}[place].flat[index] = odd
    y, dx, dw = expected(dy, x, w, layer)
    assert_close(conv2d(x, w, **options), y, 1e-10)
    grads = conv2d_grad(dy, x, w, **options)
    assert_close(grads.dx, dx, 1e-10)
    assert_close(grads.dw, dw, 1e-10)


@every_layer
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_numbers_that_would_overflow_on_the_way_do_not(name):
    """Winograd's transforms multiply by up to 100, Fourier's add up a whole tile."""
    x, w, _, _, _, options = arrays(name, np.float32)
    x, w = x * np.float32(3e37 / np.abs(x).max()), w / np.float32(np.abs(w).sum())
    y = conv2d(x, w, **options)
    exact = conv2d(x.astype(float), w.astype(float), method="strided", **options)
    assert np.isfinite(y).all()
    assert_close(y, exact.astype(np.float32), 1e-4)


@every_layer
def test_the_number_of_threads_changes_nothing_but_rounding(name, monkeypatch):
    x, w, b, dy, _, options = arrays(name)
    results = []
    for count in (1, 2, 3):
        monkeypatch.setattr(threads, "_blas", threads._Blas(lambda count=count: count, lambda _: None))
        results.append((conv2d(x, w, b, **options), *conv2d_grad(dy, x, w, **options)))
    for one, *others in zip(*results, strict=True):
        for other in others:
            assert_close(other, one, 1e-12)


def test_several_callers_at_once_get_the_answers_of_one(two_threads):
    def work(name):
        x, w, b, dy, _, options = arrays(name)
        return conv2d(x, w, b, **options), *conv2d_grad(dy, x, w, **options)

    names = [name for name in LAYERS if "Winograd" not in name] * 2
    one = [work(name) for name in names]
    with ThreadPoolExecutor(4) as pool:
        for ours, theirs in zip(pool.map(work, names), one, strict=True):
            for a, b in zip(ours, theirs, strict=True):
                assert_close(a, b, 1e-12)


@every_layer
@pytest.mark.parametrize("kilobytes", [None, 1])
def test_strange_layouts_in_memory_work(name, kilobytes, two_threads, monkeypatch):
    if kilobytes:
        in_small_pieces(kilobytes, monkeypatch)
    x, w, _, dy, layer, options = arrays(name)
    y, dx, dw = expected(dy, x, w, layer)

    def strange(a):
        wide = np.full((*a.shape[:3], 2 * a.shape[3]), np.nan)
        wide[..., ::-2] = a
        view = wide[..., ::-2]
        view.flags.writeable = False
        return view

    assert_close(conv2d(strange(x), strange(w), **options), y, 1e-10)
    grads = conv2d_grad(strange(dy), strange(x), strange(w), **options)
    assert_close(grads.dx, dx, 1e-10)
    assert_close(grads.dw, dw, 1e-10)


@pytest.mark.parametrize("dtype", [np.int32, bool, np.float16, np.longdouble])
@pytest.mark.parametrize("method", ["auto", "blocked", "winograd"])
def test_numbers_that_blas_does_not_multiply_go_the_plain_way(dtype, method):
    x, w = np.ones((2, 40, 9, 9), dtype), np.ones((33, 40, 3, 3), dtype)
    assert methods.choose(method, shapes.layer(x, w, **PLAIN), np.dtype(dtype)) is None
    y = conv2d(x, w, method=method)
    assert (y == 360).all()
    assert y.dtype == (np.int64 if dtype in (np.int32, bool) else dtype)


@pytest.mark.parametrize(
    ("x", "w", "groups", "whole"),
    [
        ((1, 6, 40, 41), (6, 1, 5, 5), 6, True),  # threads share the groups of one image
        ((3, 6, 40, 41), (6, 1, 5, 5), 6, True),
        ((1, 6, 40, 41), (6, 6, 5, 5), 1, False),
        ((8, 128, 97, 122), (128, 1, 5, 9), 128, True),  # one image would not fit into a piece
    ],
)
def test_groups_are_shared_before_rows(x, w, groups, whole):
    x, w = (np.empty(shape, np.float32) for shape in (x, w))
    layer = shapes.layer(x, w, **PLAIN | {"groups": groups})
    jobs = engine.correlations(x, w, 0, np.empty(layer.y_shape, np.float32), layer, methods.Blocked, 2, [])
    rows = [job.args[0].rows for job in jobs]
    assert len(jobs) % 2 == 0
    assert all((r.start, r.stop) == (0, layer.OH) for r in rows) == whole


@pytest.mark.parametrize("name", [name for name in LAYERS if name.startswith("Blocked, rows")])
def test_rows_that_stand_in_line_are_filled_up_but_the_last(name, monkeypatch):
    module, seen = sys.modules[methods.Blocked.__module__], []
    matmul = module.matmul
    monkeypatch.setattr(module, "matmul", lambda w, windows, out, space: (
        seen.append((out.shape[2], out.shape[4])), matmul(w, windows, out, space),
    ))  # fmt: skip
    x, w, _, _, layer, options = arrays(name, np.float32)
    conv2d(x, w, **options)
    wide = -(-layer.OW // 32) * 32
    rows = {width: sum(rows for rows, of in seen if of == width) for width in (layer.OW, wide)}
    assert (rows[wide] > rows[layer.OW] > 0) == ("not in line" not in name)


@pytest.mark.parametrize(
    ("images", "x", "w", "groups", "takes"),
    [
        (8, (64, 28, 28), (64, 1, 3, 3), 64, "Abreast"),
        (1, (64, 28, 28), (64, 1, 3, 3), 64, "Blocked"),  # nothing stands beside one image
        (32, (64, 7, 7), (64, 1, 3, 3), 64, "Banded"),
        (8, (64, 9, 500), (64, 1, 3, 3), 64, "Blocked"),  # rows that are long by themselves
        (8, (512, 26, 60), (64, 512, 5, 5), 1, "Blocked"),  # one image fills a piece
        (8, (512, 26, 26), (64, 512, 5, 5), 1, "ChannelsLast"),
        (32, (384, 7, 7), (32, 384, 3, 5), 1, "ChannelsLast"),
    ],
)
def test_images_stand_abreast_where_rows_are_short(images, x, w, groups, takes):
    layer = shapes.layer(np.empty((images, *x)), np.empty(w), **PLAIN | {"groups": groups, "padding": w[3] // 2})
    assert methods.quickest(layer, 4).__name__ == takes


@pytest.mark.parametrize(
    ("x", "w", "takes"),
    [
        ((16, 512, 14, 14), (512, 512, 3, 3), "Winograd"),  # in two blocks of filters
        ((8, 1024, 6, 6), (512, 1024, 3, 3), "Columns"),  # where x would be transformed four times
        ((40, 6, 9, 9), (16, 6, 5, 5), "Pixels"),
        ((30, 6, 9, 9), (16, 6, 5, 5), "ChannelsLast"),  # two pieces of fifteen images, too thin
    ],
)
def test_what_is_turned_must_be_worth_it(x, w, takes):
    layer = shapes.layer(np.empty(x), np.empty(w), **PLAIN | {"padding": 1})
    assert methods.quickest(layer, 4).__name__ == takes


@pytest.mark.parametrize(
    ("w", "stride", "rows"),
    [
        ((6, 1, 3, 3), 1, 1),  # a look at every result would take longer than is saved
        ((6, 1, 7, 7), 1, 2),
        ((6, 1, 9, 9), 1, 4),
        ((12, 1, 7, 7), 1, 4),
        ((6, 1, 7, 7), 4, 1),  # the rows share too few taps
        ((48, 1, 7, 7), 1, 1),  # eight filters fill a register
    ],
)
def test_few_filters_are_applied_to_several_rows_at_once(w, stride, rows):
    layer = shapes.layer(np.empty((4, 6, 31, 31)), np.empty(w), **PLAIN | {"groups": 6, "stride": stride})
    assert methods.Abreast(np.ones(w), layer).rows == rows


@pytest.fixture
def locks(monkeypatch):
    """The locks that are made during a test, each with a count of how often it was held."""
    made = []

    class Watched:
        def __init__(self):
            self.lock, self.used = threading.Lock(), 0
            made.append(self)

        def __enter__(self):
            self.lock.acquire()
            self.used += 1

        def __exit__(self, *error):
            self.lock.release()

    for module in (columns, channels_last_weight_gradient):
        monkeypatch.setattr(module, "Lock", Watched)
    return made


@pytest.mark.parametrize("name", ["ChannelsLast, strides and no padding", "Depthwise"])
def test_what_adds_to_the_same_dw_holds_one_lock(name, locks):
    x, w, _, dy, layer, _ = arrays(name)
    weights = weight_gradient.quickest(layer, 8)(dy, x, layer, np.empty_like(w))
    jobs = weights.jobs(2)
    with workspace.borrow() as space:
        for job in jobs:
            job(space)
    assert [lock.used for lock in locks] == [len(jobs)]
    assert len(jobs) > 1


@pytest.mark.parametrize(
    ("x", "w", "options", "itemsize", "way", "pays"),
    [
        ((128, 256, 9, 9), (128, 256, 6, 6), {"stride": 2}, 4, "ChannelsLast", True),
        ((128, 256, 9, 9), (128, 256, 6, 6), {"stride": 2}, 8, "ChannelsLast", False),  # each thread keeps 9.4 MB
        ((256, 6, 14, 14), (16, 6, 5, 5), {}, 4, "ChannelsLast", False),  # a pixel fills no cache line
        ((8, 256, 14, 14), (256, 1, 9, 9), {"groups": 256}, 4, "Depthwise", True),
        ((8, 256, 14, 14), (256, 1, 11, 11), {"groups": 256}, 4, "Depthwise", False),  # many taps
        ((8, 16, 28, 28), (16, 1, 3, 3), {"groups": 16}, 4, "Depthwise", False),  # few channels
    ],
)
def test_dw_is_added_up_with_channels_last_where_that_pays(x, w, options, itemsize, way, pays):
    layer = shapes.layer(np.empty(x), np.empty(w), **PLAIN | options)
    assert (weight_gradient.quickest(layer, itemsize).__name__ == f"{way}WeightGradient") == pays
    assert (methods.ChannelsLast in methods.direct(layer, itemsize)) == (way == "ChannelsLast")


def test_what_adds_to_the_same_y_holds_one_lock(two_threads, locks):
    x, w, b, *_, options = arrays("Columns, large groups")
    conv2d(x, w, b, **options)
    assert [lock.used for lock in locks] == [4]  # two blocks of channels in each of two groups
