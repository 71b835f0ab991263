"""Matrix products in parts equal the products they stand for."""

import numpy as np
import pytest

from scratchconv.methods import products
from scratchconv.workspace import borrow

SHAPES = {
    "one product": ((5, 700), (700, 6)),
    "a stack": ((2, 3, 5, 700), (2, 3, 700, 6)),
    "one filter block for all rows": ((1, 3, 1, 5, 700), (2, 3, 4, 700, 6)),
    "a stack on the right only": ((5, 700), (3, 4, 700, 6)),
    "many filters": ((90, 300), (2, 300, 7)),
    "few taps": ((90, 20), (3, 20, 30)),
    "taps that leave a remainder": ((4, 701), (2, 701, 5)),
    "wide": ((2, 4, 6), (2, 6, 301)),
    "one filter": ((1, 999), (2, 999, 5)),
}


@pytest.mark.parametrize("shapes", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("small", [100, 3000, 10**9])
@pytest.mark.parametrize("together", [1, 500, 10**9])
def test_parts_add_up_to_the_product(shapes, small, together, monkeypatch):
    monkeypatch.setattr(products, "SMALL", small)
    monkeypatch.setattr(products, "TOGETHER", together)
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal(shape) for shape in shapes)
    expected = np.matmul(a, b)
    out = np.full((*expected.shape[:-1], expected.shape[-1] + 3), np.nan)[..., :-3]  # rows with gaps, as in an image
    with borrow() as space:
        products.matmul(a, b, out, space)
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-11)


def test_a_product_that_is_small_enough_is_not_cut(monkeypatch):
    monkeypatch.setattr(products, "_split_taps", None)
    monkeypatch.setattr(products, "_split_columns", None)
    with borrow() as space:
        products.matmul(np.ones((10, 950)), np.ones((950, 100)), np.empty((10, 100)), space)
        with pytest.raises(TypeError):
            products.matmul(np.ones((11, 950)), np.ones((950, 100)), np.empty((11, 100)), space)


@pytest.mark.parametrize(
    ("columns", "rows", "taps", "itemsize", "wide"),
    [
        (24, 64, 144, 4, 24), (25, 64, 144, 4, 32), (31, 64, 144, 4, 32), (32, 64, 144, 4, 32), (33, 64, 144, 4, 33),
        (31, 64, 95, 4, 31), (31, 64, 96, 4, 32), (28, 999, 5000, 4, 32),
        (55, 64, 144, 4, 55), (56, 64, 144, 4, 64), (63, 64, 156, 4, 64), (63, 64, 157, 4, 63), (63, 104, 144, 4, 63),
        (12, 64, 100, 8, 12), (13, 64, 100, 8, 16), (16, 64, 100, 8, 16), (28, 64, 100, 8, 32), (27, 64, 100, 8, 27),
    ],
)  # fmt: skip
def test_columns_that_nearly_fill_registers_are_filled_up(columns, rows, taps, itemsize, wide):
    assert products.filled(columns, rows, taps, itemsize) == wide


@pytest.mark.parametrize("taps", [96, 150, 157, 1000, 30_000])
@pytest.mark.parametrize("rows", [1, 2, 20, 60, 99, 101, 500])
def test_what_is_filled_up_is_not_cut_into_columns(taps, rows, monkeypatch):
    """A product may then reach over what the next one puts there: it has to be done with before that begins."""
    monkeypatch.setattr(products, "_split_columns", None)
    monkeypatch.setattr(products, "_split_taps", lambda *_: None)
    monkeypatch.setattr(products.np, "matmul", lambda *_, out: None)
    for itemsize in (4, 8):
        for columns in range(1, 70):
            wide = products.filled(columns, rows, taps, itemsize)
            if wide > columns:
                products.matmul(np.empty((rows, taps)), np.empty((taps, wide)), np.empty((rows, wide)), None)


@pytest.mark.parametrize("shapes", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize(("block", "taps"), [(3, 7), (32, 512)])
@pytest.mark.parametrize("together", [1, 500, 10**9])
def test_blocks_add_up_to_the_long_product(shapes, block, taps, together, monkeypatch):
    for name, value in {"BLOCK": block, "TAPS": taps, "TOGETHER": together}.items():
        monkeypatch.setattr(products, name, value)
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal(shape) for shape in shapes)
    expected = np.matmul(a, b)
    wide = np.full((*expected.shape[:-1], expected.shape[-1] + 3), np.nan)
    with borrow() as space:
        products.long_matmul(a, np.ascontiguousarray(b.swapaxes(-1, -2)), wide[..., :-3], space)
    np.testing.assert_allclose(wide[..., :-3], expected, rtol=0, atol=1e-11)
    assert np.isnan(wide[..., -3:]).all()
