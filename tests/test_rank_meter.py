"""The rank meter against SciPy's singular values, and a kernel taken apart into columns and rows."""

import re

import numpy as np
import pytest
from figures_under_test import ROUND
from scipy import linalg, signal
from test_plotting import axis_of, cells_of, numbers, parsed, states, texts

from scratchconv import plotting
from scratchconv.plotting import palette

CASES = {
    "round": ROUND,
    "rank 1": np.outer([1, 2, 3], [1, 0, -1, 4]),
    "full rank, tall": np.array([[3, -1], [2, 5], [0, 1], [-4, 2]]),
    "one row": np.array([[1, -2, 4]]),
}
cases = pytest.mark.parametrize("w", CASES.values(), ids=CASES)


@cases
def test_bars_are_scipys_singular_values(w):
    figure = parsed(plotting.rank_meter(w))
    values, axis = linalg.svdvals(w), axis_of(figure, "singular")
    assert np.allclose(numbers(texts(figure, "singular")[0]), values, atol=0.051)
    assert len(figure["frames"]) == len(values)
    tile = palette.ROLES["kernel"].tile
    for rank, traces in enumerate(states(figure), start=1):
        bars = next(t for t in traces if t["xaxis"] == axis and t.get("fillcolor") == tile)
        lengths = [right - left for left, _, right, _ in cells_of(bars)][:rank]
        assert np.allclose(np.array(lengths) / lengths[0], values[:rank] / values[0], atol=0.02)


@cases
def test_the_rebuilt_kernel_is_the_best_of_its_rank(w):
    figure = parsed(plotting.rank_meter(w))
    axis = axis_of(figure, "rebuilt")
    values = linalg.svdvals(w)
    assert np.allclose(numbers(texts(figure, "kernel w")[0]), w.ravel())
    for rank, traces in enumerate(states(figure), start=1):
        rebuilt = np.array(numbers(texts(figure, "rebuilt", rank - 1)[0])).reshape(w.shape)
        error = linalg.norm(rebuilt - w)  # no kernel of this rank is nearer (Eckart and Young)
        assert error == pytest.approx(linalg.norm(values[rank:]), abs=0.05 * np.sqrt(w.size))
        dashed = next(t for t in traces if t["xaxis"] == axis and t["mode"] == "lines")
        boxes = [cell for cell in cells_of(dashed) if cell[2] - cell[0] > 0.1]
        cells = {(round(top + 0.5), round(left + 0.5)) for left, top, *_ in boxes}
        assert cells == {cell for cell in np.ndindex(w.shape) if abs(rebuilt[cell] - w[cell]) > 0.049}
        caption = figure["layout"]["sliders"][0]["steps"][rank - 1]["label"]
        assert ("exact" in caption) == (rank >= np.linalg.matrix_rank(w))


@cases
def test_the_cost_is_that_of_columns_and_rows(w):
    figure = parsed(plotting.rank_meter(w))
    for rank, traces in enumerate(states(figure), start=1):
        split, plain = next(t["text"] for t in traces if t.get("mode") == "text" and "plain" in t["text"][-1])
        assert int(re.search(r"<b>(\d+)</b>", split)[1]) == rank * sum(w.shape)
        assert int(re.search(r"<b>(\d+)</b>", plain)[1]) == w.size


def test_it_starts_one_rank_before_columns_and_rows_are_enough():
    figure = parsed(plotting.rank_meter(ROUND))
    start = figure["layout"]["sliders"][0]["active"] + 2
    assert start == np.linalg.matrix_rank(ROUND) == 3
    [off] = [t for t in figure["data"] if t["mode"] == "lines" and "dash" in t["line"]]
    assert len(cells_of(off)) > 1  # in the first view something differs, and is marked
    assert parsed(plotting.rank_meter([[1, -2, 4]]))["layout"]["sliders"][0]["active"] == 0
    U, S, V = linalg.svd(ROUND)
    x = np.random.default_rng(0).normal(size=(12, 15))
    columns = [signal.correlate2d(x, U[:, [k]] * S[k], "valid") for k in range(start)]
    parts = [signal.correlate2d(column, V[[k]], "valid") for k, column in enumerate(columns)]
    assert np.allclose(sum(parts), signal.correlate2d(x, ROUND, "valid"))
    assert not np.allclose(sum(parts[:-1]), signal.correlate2d(x, ROUND, "valid"))


def test_nothing_has_no_rank():
    with pytest.raises(ValueError, match="all zeros"):
        plotting.rank_meter(np.zeros((2, 3)))
