"""Slabs cover a layer once, hold what their windows need, and stay small."""

import numpy as np
import pytest
from cases import CASES
from comparing import assert_equal

from scratchconv import shapes
from scratchconv.slabs import SLAB_NUMBERS, add_back, cut, slabs

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
budgets = pytest.mark.parametrize("budget", [1, 25, 100, 600, SLAB_NUMBERS])


def layer_of(case):
    x, w, _ = case.arrays()
    options = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1} | case.options
    return x, shapes.layer(x, w, **options)


@budgets
@every_case
def test_slabs_cover_every_output_once(case, budget):
    _, layer = layer_of(case)
    visits = np.zeros(layer.y_shape, int)
    for slab in slabs(layer, budget):
        assert visits[slab.y].size, "an empty slab"
        visits[slab.y] += 1
    assert (visits == 1).all()


@budgets
@every_case
def test_a_slab_copies_no_more_windows_than_the_budget_allows_or_one(case, budget):
    _, layer = layer_of(case)
    window = layer.C // layer.groups * layer.KH * layer.KW
    for slab in slabs(layer, budget):
        positions = np.empty(layer.y_shape)[slab.y][:, 0].size
        assert positions == 1 or positions * max(window, layer.F) <= budget


def test_the_whole_budget_is_used():
    """Images first, then rows of one image, then part of one row: never more pieces than needed."""
    _, layer = layer_of(CASES["default: rectangles, batch 2"])  # windows of 18, rows of 5, 4 rows, 2 images
    assert [len(list(slabs(layer, 18 * n))) for n in (1, 5, 10, 20, 40)] == [40, 8, 4, 2, 1]


@pytest.mark.parametrize("shares", [1, 2, 3, 4])
@pytest.mark.parametrize("images", [1, 2, 3, 5, 9])
def test_threads_finish_together(images, shares):
    """Every thread gets as many outputs as any other, give or take a row of one image, or one image of many."""
    x, w = np.empty((images, 2, 14, 9)), np.empty((3, 2, 3, 3))
    layer = shapes.layer(x, w, stride=1, padding=0, dilation=1, groups=1)
    sizes = sorted((np.empty(layer.y_shape)[slab.y].size for slab in slabs(layer, 10**9, 1, 2, shares)), reverse=True)
    assert sum(sizes) == images * 3 * 12 * 7
    threads = [0] * shares
    for size in sizes:  # each in turn to the thread that is free first
        threads[threads.index(min(threads))] += size
    unit = 3 * 12 * 7 if images >= 4 * shares else 3 * 7 * (images % shares + 1)
    assert max(threads) - min(threads) <= unit


def test_slabs_come_in_reading_order():
    _, layer = layer_of(CASES["default: rectangles, batch 2"])
    starts = [(slab.images.start, slab.rows.start, slab.columns.start) for slab in slabs(layer, 36)]
    assert starts == sorted(starts)
    assert len(starts) == 2 * 4 * 3


@budgets
@every_case
def test_a_piece_holds_the_padded_pixels_under_its_windows(case, budget):
    x, layer = layer_of(case)
    padded = np.pad(x, ((0, 0), (0, 0), *layer.padding))
    for slab in slabs(layer, budget):
        rows, columns = (
            slice(part.start * s, (part.stop - 1) * s + span)
            for part, s, span in zip((slab.rows, slab.columns), layer.stride, layer.span, strict=True)
        )
        assert_equal(np.asarray(cut(x, layer, slab, np.dtype(float))), padded[slab.images, :, rows, columns])


@budgets
@every_case
def test_adding_back_is_the_transpose_of_cutting(case, budget):
    """<cut(x), p> = <x, add_back(p)> for a random p, slab by slab."""
    x, layer = layer_of(case)
    rng = np.random.default_rng(0)
    for slab in slabs(layer, budget):
        piece = cut(x, layer, slab, np.dtype(float))
        p, dx = rng.standard_normal(piece.shape), np.zeros(x.shape)
        add_back(dx, p, layer, slab)
        np.testing.assert_allclose(np.vdot(piece, p), np.vdot(x, dx), atol=1e-12)


def test_a_piece_is_a_view_where_nothing_need_change_and_converted_where_the_type_must():
    x, layer = layer_of(CASES["default: rectangles, batch 2"])
    (slab,) = slabs(layer)
    assert np.shares_memory(cut(x, layer, slab, x.dtype), x)
    assert cut(x, layer, slab, np.dtype(np.float32)).dtype == np.float32


def test_adding_back_adds():
    x, layer = layer_of(CASES["kernel 1×1"])
    (slab,) = slabs(layer)
    dx = np.ones(x.shape)
    add_back(dx, np.full(x.shape, 2.0), layer, slab)
    assert (dx == 3).all()


@pytest.mark.parametrize(("height", "fit"), [(112, 19), (30, 30), (29, 13), (61, 100), (4, 4), (3, 8), (20, 3)])
def test_threads_share_an_image_by_whole_tiles(height, fit):
    x, w = np.empty((1, 2, height + 2, 9)), np.empty((3, 2, 3, 3))
    layer = shapes.layer(x, w, stride=1, padding=0, dilation=1, groups=1)
    rows = [slab.rows for slab in slabs(layer, fit * 7 * 5, 5, 0, 2, (4, 7))]
    assert all(r.start % 4 == 0 for r in rows)
    assert max(r.stop - r.start for r in rows) <= max(4, min(fit, -(-height // 8) * 4))
