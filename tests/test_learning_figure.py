"""The learning figure: weights, losses and counts as they were recorded, and how much of a filter is a slope."""

import math
import re

import numpy as np
import pytest
from figures_under_test import training
from test_plotting import axis_of, numbers, parsed, parts, states, texts

from scratchconv import plotting
from scratchconv.plotting import palette
from scratchconv.plotting.learning import ARROWS, LOSSES, slope, told_slope

CASES = {"the chapter's": training(12), "six filters": training(4, 6, 3, 5, 3, seed=3), "one record": training(0, 3)}
cases = pytest.mark.parametrize("history", CASES.values(), ids=CASES)


def marks(traces, figure, title):
    return [t for t in traces if t["mode"] == "markers" and t["xaxis"] == axis_of(figure, title)]


@cases
def test_tiles_are_the_weights_on_one_scale(history):
    figure = parsed(plotting.learning(history))
    ends = set()
    for traces, record in zip(states(figure), history, strict=True):
        [tiles] = marks(traces, figure, "the")
        assert tiles["marker"]["color"] == np.round(record["w"], 2).ravel().tolist()
        ends.add((tiles["marker"]["cmin"], tiles["marker"]["cmax"]))
        F, _, KH, KW = record["w"].shape
        places = list(zip(tiles["y"], tiles["x"], strict=True))
        for f, (u, v) in ((f, at) for f in range(F) for at in np.ndindex(KH, KW)):
            k = (f * KH + u) * KW + v
            assert tiles["hovertext"][k] == f"filter {f}, row {u}, column {v}<br>weight "
            corner = places[f * KH * KW]
            assert places[k] == pytest.approx((corner[0] + u, corner[1] + v), abs=2e-3)
        first = np.array(places)[:: KH * KW]  # apart by more than a filter, down or across
        far = np.abs(first[:, None] - first) > (KH, KW)
        assert (far.any(axis=2) | np.eye(F, dtype=bool)).all()
    [(low, high)] = ends
    assert low == -high and high >= max(np.abs(record["w"]).max() for record in history)
    colours = [colour for _, colour in tiles["marker"]["colorscale"]]
    assert colours == list(palette.SIGNED)


@cases
def test_losses_are_drawn_to_scale_up_to_this_epoch(history):
    figure = parsed(plotting.learning(history))
    axis = axis_of(figure, "loss")
    zero = max(y for t in figure["data"] if t["xaxis"] == axis and t["mode"] == "lines" for _, y in parts(t)[0])
    for epoch, traces in enumerate(states(figure)):
        now, *points = marks(traces, figure, "loss")
        for k, (name, (_, role, _)) in enumerate(LOSSES.items()):
            wanted = [record[name] for record in history]
            np.testing.assert_allclose([zero - y for y in points[k]["y"]], wanted, atol=2e-3)
            line = next(t for t in traces if t["xaxis"] == axis and t["mode"] == "lines"
                        and t["line"]["color"] == palette.ROLES[role].line)
            ends = [min(k, epoch) for k in range(len(history))]
            assert line["x"] == ends
            np.testing.assert_allclose([zero - y for y in line["y"]], [wanted[k] for k in ends], atol=2e-3)
            assert (now["x"][k], now["y"][k]) == (epoch, points[k]["y"][epoch])
            assert points[k]["hovertext"][epoch].endswith(f"loss {wanted[epoch]:.3f}")
        caption = figure["layout"]["sliders"][0]["steps"][epoch]["label"]
        assert caption == f"epoch {epoch}: loss {history[epoch]['loss']:.2f}"


@cases
def test_counts_and_what_is_said_about_them(history):
    figure = parsed(plotting.learning(history))
    for epoch, (traces, record) in enumerate(zip(states(figure), history, strict=True)):
        counts = record["confusion"]
        [tiles] = marks(traces, figure, "written")
        assert tiles["marker"]["color"] == counts.ravel().tolist()
        assert tiles["hovertemplate"].startswith("%{hovertext}%{marker.color}")    # 0 too, which is not written
        assert tiles["hovertext"] == [f"{i} read as {j}<br>times: " for i, j in np.ndindex(counts.shape)]
        shown = texts(figure, "written", epoch)[1]
        assert [value or 0 for value in numbers(shown)] == counts.ravel().tolist()
        assert list(zip(tiles["y"], tiles["x"], strict=True)) == [(i + 1, j + 1) for i, j in np.ndindex(counts.shape)]
        said = [re.sub("<[^>]*>", "", line) for line in texts(figure, "the", epoch)[1]]
        assert said[0] == f"training loss {record['loss']:.2f}"
        assert said[1] == f"held-out loss {record['held_out']:.2f}"
        assert said[2] == f"{counts.trace()} of {counts.sum()} digits right"
        wrong = counts - np.diag(np.diag(counts))
        if not wrong.any():
            assert said[3] == "no mistakes"
            continue
        written, read, times = map(int, re.findall(r"\d+", said[3]))
        assert written != read and counts[written, read] == times == wrong.max()


@pytest.mark.parametrize("shape", [(5, 4), (3, 3), (2, 6)])
def test_a_slope_is_the_plane_through_the_weights(shape):
    rng = np.random.default_rng(8)
    u, v = np.indices(shape)
    for tilt in (0, 0.3, 3):
        kernel = rng.normal(size=shape) + tilt * (2 * u - v)
        plane = np.stack([np.ones(kernel.size), u.ravel(), v.ravel()], axis=1)
        (_, down, across), rest, *_ = np.linalg.lstsq(plane, kernel.ravel())
        part, angle = slope(kernel)
        assert part == pytest.approx(1 - rest[0] / (kernel.size * kernel.var()))
        assert math.tan(math.radians(angle)) == pytest.approx(down / across)
        assert (math.cos(math.radians(angle)) > 0) == (across > 0)


DOWN, ACROSS = (0, 1, 1, 1, 0, -1, -1, -1), (1, 1, 0, -1, -1, -1, 0, 1)


@pytest.mark.parametrize("arrow, down, across", list(zip(ARROWS, DOWN, ACROSS, strict=True)))
def test_arrows_point_to_where_a_kernel_rises(arrow, down, across):
    u, v = np.indices((4, 4))
    assert told_slope(down * u + across * v) == f"{arrow} 100 %"


def test_a_flat_kernel_has_no_slope():
    assert slope(np.ones((3, 2)))[0] == 0


def test_filters_of_a_later_layer_are_an_error():
    record = {"loss": 1, "held_out": 1, "w": np.zeros((2, 3, 4, 4)), "confusion": np.eye(2, dtype=int)}
    with pytest.raises(ValueError, match=r"one channel can be drawn, \(F, 1, KH, KW\), got shape \(2, 3, 4, 4\)"):
        plotting.learning([record])
