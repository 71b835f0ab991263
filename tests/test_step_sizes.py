"""The error of central differences: both its parts in fractions, without any rounding, and what is drawn of them."""

import re
from fractions import Fraction

import numpy as np
import pytest
from figures_under_test import EIGHTHS, HALVES
from test_plotting import axis_of, parsed, states

from scratchconv import plotting
from scratchconv.plotting.step_sizes import HIGH, STEPS, TYPES, errors, written

CASES = {"the chapter's": (EIGHTHS, HALVES), "tall": (EIGHTHS.T, HALVES.T), "one row": (EIGHTHS[:1], HALVES[:1, 1:])}
cases = pytest.mark.parametrize("x, w", CASES.values(), ids=CASES)


def outputs(x, w):
    """Every window times the kernel, in whatever the numbers are."""
    (H, W), (KH, KW) = x.shape, w.shape
    return [sum(x[i + u, j + v] * w[u, v] for u, v in np.ndindex(KH, KW))
            for i, j in np.ndindex(H - KH + 1, W - KW + 1)]


def exact(x, w, h):
    """(largest bend, largest gradient) over all pixels, as fractions."""
    fractions = np.vectorize(Fraction, otypes=[object])
    x, w, h = fractions(x), fractions(w), Fraction(h)
    middle, bends, gradients = outputs(x, w), [], []
    for place in np.ndindex(x.shape):
        nudged = x.copy()
        nudged[place] += h
        steps = [a - b for a, b in zip(outputs(nudged, w), middle, strict=True)]  # of each output
        gradients.append(sum(y * y * s for y, s in zip(middle, steps, strict=True)) / h)
        losses = [sum((y + sign * s) ** 3 for y, s in zip(middle, steps, strict=True)) / 3 for sign in (1, -1)]
        bends.append((losses[0] - losses[1]) / (2 * h) - gradients[-1])
    return max(map(abs, bends)), max(map(abs, gradients))


@cases
@pytest.mark.parametrize("h", [1, 0.25, 2**-9, 1e-4, 3e-11])
def test_the_bend_is_the_error_of_fractions(x, w, h):
    bend, gradient = exact(x, w, h)
    assert errors(x, w, h)[1] == pytest.approx(float(bend / gradient), rel=1e-12)


@cases
@pytest.mark.parametrize("h", [1, 0.25, 2**-6])
def test_short_numbers_leave_no_rounding(x, w, h):
    bend, gradient = exact(x, w, h)
    error, _, rounding = errors(x, w, h)  # x ± h and its third power are exact; only the division by 3 rounds
    assert error == pytest.approx(float(bend / gradient), rel=1e-10)
    assert rounding < 2e-16 / h


@cases
@pytest.mark.parametrize("name", TYPES)
def test_rounding_grows_as_the_step_shrinks(x, w, name):
    eps, loss = np.finfo(name).eps, sum(abs(y) ** 3 for y in outputs(x, w)) / 3
    gradient = float(exact(x, w, 1)[1])
    found = [errors(x.astype(name), w.astype(name), h)[2] for h in STEPS]
    assert all(rounding <= 10 * eps * (loss + 1) / (h * gradient) for h, rounding in zip(STEPS, found, strict=True))
    assert max(found) > 1000 * found[0]


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("h", [1e-3, 3e-7])
def test_every_number_of_a_difference_has_the_type(name, h):
    """The same sums once more, number by number: all of them round as their type does."""
    x, w, h = EIGHTHS.astype(name), HALVES.astype(name), np.dtype(name).type(h)
    _, gradient = exact(EIGHTHS, HALVES, 1)
    off = []
    for place in np.ndindex(x.shape):
        losses = []
        for sign in (1, -1):
            nudged = x.copy()
            nudged[place] += sign * h
            y = np.array(outputs(nudged, w))
            assert y.dtype == name
            losses.append((y * y * y).sum() / 3)
        step = np.zeros_like(EIGHTHS)
        step[place] = 1
        slope = sum(y * y * s for y, s in zip(outputs(EIGHTHS, HALVES), outputs(step, HALVES), strict=True))
        off.append(abs(float((losses[0] - losses[1]) / (2 * h)) - slope))
    assert errors(x, w, h)[0] == pytest.approx(max(off) / float(gradient), rel=1e-9)


def test_in_float32_a_tiny_step_moves_nothing():
    error, _, rounding = errors(EIGHTHS.astype("float32"), HALVES.astype("float32"), 1e-10)
    assert error == rounding == 1  # a difference of zero is off by the whole gradient


def test_the_best_step_is_the_one_that_the_package_takes():
    figure = parsed(plotting.step_sizes(EIGHTHS, HALVES))
    slider = figure["layout"]["sliders"][0]
    assert slider["steps"][slider["active"]]["label"] == "h = 1e−5: error 4.2e−11"
    best = {name: min(STEPS, key=lambda h: errors(EIGHTHS.astype(name), HALVES.astype(name), h)[0]) for name in TYPES}
    assert best == {"float64": 1e-5, "float32": 3e-3}


@cases
def test_points_marks_and_table_are_the_errors(x, w):
    figure = parsed(plotting.step_sizes(x, w))
    axis = axis_of(figure, "error, as")
    found = {name: [errors(x.astype(name), w.astype(name), h) for h in STEPS] for name in TYPES}
    points = [t for t in figure["data"] if t["mode"] == "markers" and "hovertext" in t]
    for trace, name in zip(points, TYPES, strict=True):
        assert trace["xaxis"] == axis
        np.testing.assert_allclose(trace["x"], -np.log10(STEPS), atol=1e-3)
        drawn = 10 ** (HIGH - 0.5 - np.array(trace["y"]))
        np.testing.assert_allclose(drawn, np.clip([error for error, *_ in found[name]], 1e-12, 10), rtol=3e-3)
        assert trace["hovertext"][3].endswith(f"{name}: error {written(found[name][3][0])}")
    for n, traces in enumerate(states(figure)):
        now = next(t for t in traces if t["mode"] == "markers" and "hovertext" not in t)
        assert now["x"] == [points[0]["x"][n]] * 2
        assert now["y"] == [trace["y"][n] for trace in points]
        table = [t["text"] for t in traces if t.get("mode") == "text"][-1]
        plain = [re.sub("<[^>]*>", "", text) for text in table]
        assert plain == [written(part) for name in TYPES for part in found[name][n]]
        for row, name in enumerate(TYPES):
            larger = 1 if found[name][n][1] > found[name][n][2] else 2
            assert [place for place in range(3) if "<b>" in table[3 * row + place]] == [larger]


def test_no_mark_touches_the_numbers_of_the_upright_axis():
    figure = parsed(plotting.step_sizes(EIGHTHS, HALVES))
    layout, plot = figure["layout"], axis_of(figure, "error, as")
    side = next(t["xaxis"] for t in figure["data"] if t.get("mode") == "text" and t["text"][-1] == "1e−9")
    for width, domains in (
        (672, [layout[f"xaxis{axis[1:]}"]["domain"] for axis in (side, plot)]),
        (342, [layout["meta"]["narrow"][f"xaxis{axis[1:]}.domain"] for axis in (side, plot)]),
    ):
        [_, end], [start, _] = domains
        assert (start - end) * width >= 3


def test_a_step_beyond_the_axis_is_an_error():
    with pytest.raises(ValueError, match="between 1 and 1e-12 to be drawn, got 2 to 2"):
        plotting.step_sizes(EIGHTHS, HALVES, (2,))
