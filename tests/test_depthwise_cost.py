"""The cost of groups: what the bars and numbers say, against the sizes of real arrays."""

import numpy as np
import pytest
from test_plotting import axis_of, cells_of, parsed, states, texts

from scratchconv import conv2d_grad, oracles, plotting
from scratchconv.plotting import palette

CASES = {  # x_shape, w_shape, groups
    "the chapter's": ((6, 10, 14), (12, 6, 3, 3), [1, 2, 3, 6]),
    "known parameters": ((3, 9, 8), (3, 3, 5, 5), [1, 3]),
    "not square": ((4, 7, 9), (8, 4, 3, 2), [1, 2, 4]),
}
cases = pytest.mark.parametrize("x_shape, w_shape, groups", CASES.values(), ids=CASES)


def shown(figure, title, frame):
    """The value beside a bar, and the part of the whole bar that is filled."""
    value = next(t for t in texts(figure, title, frame) if "·" not in t[0])[0]
    axis = axis_of(figure, title)
    bars = [t for t in states(figure)[frame] if t["xaxis"] == axis and t.get("fill")]
    empty, filled = (cells_of(bar)[0] for bar in bars)
    return int(value.replace(",", "")), (filled[2] - filled[0]) / (empty[2] - empty[0])


@cases
def test_numbers_are_the_sizes_of_arrays(x_shape, w_shape, groups):
    figure = parsed(plotting.depthwise_cost(x_shape, w_shape))
    assert len(figure["frames"]) == len(groups)
    (F, C, KH, KW), x = w_shape, np.ones((1, *x_shape))
    for frame, g in enumerate(groups):
        w = np.ones((F, C // g, KH, KW))
        y = oracles.conv2d(x, w, groups=g)  # of ones: every output is the number of its products
        _, dw, db = conv2d_grad(y, x, w, groups=g)
        parameters, filled = shown(figure, "parameters", frame)
        assert parameters == dw.size + db.size
        assert filled == pytest.approx(parameters / shown(figure, "parameters", 0)[0], abs=0.01)
        products, filled = shown(figure, "multiplications", frame)
        assert products == y.sum() and filled == pytest.approx(1 / g, abs=0.01)


@pytest.mark.parametrize("w_shape, parameters", [((3, 3, 5, 5), 228), ((15, 3, 4, 4), 735)])
def test_known_parameters(w_shape, parameters):
    figure = parsed(plotting.depthwise_cost((3, 50, 50), w_shape))
    assert shown(figure, "parameters", 0)[0] == parameters


@cases
def test_a_kernel_is_uncovered_where_the_filter_sees_the_channel(x_shape, w_shape, groups):
    figure = parsed(plotting.depthwise_cost(x_shape, w_shape))
    (F, C, _, _), axis = w_shape, axis_of(figure, "filter")
    for traces, g in zip(states(figure), groups, strict=True):
        w = np.ones((F, C // g, 1, 1))
        deltas = np.eye(C)[:, :, None, None]  # image c has only channel c
        sees = oracles.conv2d(deltas, w, groups=g)[:, :, 0, 0].T.astype(bool)  # (F, C)
        curtain = next(t for t in traces if t["xaxis"] == axis and t.get("fillcolor") == palette.EMPTY.moving)
        covers = [cell for cell in cells_of(curtain) if cell[2] - cell[0] > 0.1]
        hidden = [[any(a < c + 1.3 < b and top < f + 1.3 < low for a, top, b, low in covers) for c in range(C)]
                  for f in range(F)]
        assert np.array_equal(~np.array(hidden), sees)


def test_groups_that_do_not_divide_are_an_error():
    with pytest.raises(ValueError, match="4 groups do not divide 6 channels and 12 filters"):
        plotting.depthwise_cost((6, 10, 14), (12, 6, 3, 3), groups=(1, 4))
    with pytest.raises(ValueError, match="x has 3 channels and w expects 6"):
        plotting.depthwise_cost((3, 10, 14), (12, 6, 3, 3))
