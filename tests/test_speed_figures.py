"""What was measured, and the figures of chapter 17 that show it: every number drawn is one of the stored ones."""

import json
from importlib.resources import files

import numpy as np
import pytest
from test_plotting import cells_of, parsed, parts, states

from scratchconv import data, plotting
from scratchconv.data.measured import NAMES
from scratchconv.plotting import palette
from scratchconv.plotting.cost_map import in_milliseconds, winners
from scratchconv.plotting.cost_steps import milliseconds
from scratchconv.plotting.memory_bill import in_words
from scratchconv.plotting.pytorch_ratios import ratios

LAYERS = data.measured("steps")["layers"]
ROWS = [row for row in data.measured("layers")["rows"] if row["dtype"] == "float32"]
MAP = data.measured("costmap")


# ------------------------------------------------------------------------------------------------ stored times


@pytest.mark.parametrize("name", NAMES)
def test_what_is_stored_is_small_and_names_its_machine(name):
    text = files("scratchconv").joinpath("measured", f"{name}.json").read_text(encoding="utf-8")
    assert len(text) < 30_000
    machine = json.loads(text)["machine"]
    assert machine["processor"] and machine["cores"] >= 1 and machine["numpy"]


def test_every_stored_file_has_a_name():
    stored = {path.name for path in files("scratchconv").joinpath("measured").iterdir()}
    assert stored == {f"{name}.json" for name in NAMES}


def test_times_are_medians_between_their_quartiles():
    times = [step["seconds"] for layer in LAYERS for step in layer["steps"]] + [layer["limit"] for layer in LAYERS]
    times += [side for row in ROWS for way in ("forward", "backward") for side in row[way].values()]
    assert len(times) > 60
    assert all(0 < low <= middle <= high for middle, low, high in times)


def test_an_unknown_name_is_an_error():
    with pytest.raises(ValueError, match="'costmap', 'layers', 'steps'; got 'lap times'"):
        data.measured("lap times")


# ------------------------------------------------------------------------------------------------------ steps


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer["name"])
def test_bars_are_as_long_as_their_share_of_the_limit(layer):
    figure = parsed(plotting.cost_steps(layer))
    shares = [layer["limit"][0] / step["seconds"][0] for step in layer["steps"]]
    for k, traces in enumerate(states(figure)):
        bars = next(t for t in traces if t.get("fillcolor") == palette.ROLES["kernel"].tile)
        boxes = cells_of(bars)
        assert [round((top + bottom) / 2, 2) for _, top, _, bottom in boxes] == list(range(len(shares)))
        assert {left for left, *_ in boxes} == {-0.5}
        lengths = [right - left for left, _, right, _ in boxes]
        np.testing.assert_allclose(lengths, [*shares[: k + 1], *[0] * (len(shares) - k - 1)], atol=0.001)
        assert figure["layout"]["sliders"][0]["steps"][k]["label"].endswith(f"{shares[k]:.2f} of limit")
    end = [t["text"] for t in states(figure)[-1] if t.get("mode") == "text"]
    assert [f"{share:.2f}" for share in shares] in end
    assert [milliseconds(step["seconds"][0]) for step in layer["steps"]] in end
    assert [in_words(round(step["megabytes"] * 2**20)) for step in layer["steps"]] in end


def test_the_line_stands_at_the_limit():
    figure = parsed(plotting.cost_steps(LAYERS[0]))
    line = next(t for t in figure["data"] if t.get("line", {}).get("dash") == "6px,3px")
    assert {x for x in line["x"] if x is not None} == {0.5}  # bars begin at -0.5: one limit further


# ----------------------------------------------------------------------------------------------------- ratios


def test_marks_stand_at_the_ratios_and_lines_join_the_quartiles():
    figure = parsed(plotting.pytorch_ratios(ROWS))
    rows = sorted(ROWS, key=lambda row: ratios(row, "both")[0])
    for way, role in (("forward", "output"), ("both", "gradient")):
        wanted = np.array([ratios(row, way) for row in rows])
        marks = next(t for t in figure["data"] if t.get("fillcolor") == palette.ROLES[role].tile)
        middles = [(left + right) / 2 for left, _, right, _ in cells_of(marks)]
        np.testing.assert_allclose(drawn(middles), wanted[:, 0], rtol=1e-3)
        lines = next(t for t in figure["data"] if t.get("mode") == "lines" and t["line"]["width"] == 3
                     and t["line"]["color"] == palette.ROLES[role].line)
        ends = [[drawn(x) for x, _ in line] for line in parts(lines)]
        np.testing.assert_allclose(ends, wanted[:, 1:], rtol=1e-3)
        shown = [[float(t) for t in trace["text"]] for trace in figure["data"]
                 if trace.get("mode") == "text" and "hovertext" in trace]
        assert np.round(wanted[:, 0], 2).tolist() in [np.round(column, 2).tolist() for column in shown]


def drawn(x):
    """The ratio at a place of the axis, whose cells are factors of two from 1/16 on."""
    return 2 ** (np.array(x) + 0.5) / 16


def test_every_row_is_named_once_the_best_first():
    figure = parsed(plotting.pytorch_ratios(ROWS))
    names = [row["name"] for row in sorted(ROWS, key=lambda row: ratios(row, "both")[0])]
    assert names in [t["text"] for t in figure["data"] if t.get("mode") == "text"]


def test_a_ratio_adds_times_before_it_divides():
    row = {"forward": {"ours": [1, 1, 1], "PyTorch": [2, 2, 2]}, "backward": {"ours": [5, 4, 6], "PyTorch": [2, 1, 3]}}
    assert ratios(row, "forward") == (0.5, 0.5, 0.5)
    assert ratios(row, "both") == (6 / 4, 5 / 5, 7 / 3)


def test_a_ratio_beyond_the_axis_is_refused():
    times = {"ours": [9, 9, 9], "PyTorch": [1, 1, 1]}
    with pytest.raises(ValueError, match="between 1/16 and 4 to be drawn, got 9 to 9"):
        plotting.pytorch_ratios([{"name": "slow", "forward": times, "backward": times}])


# -------------------------------------------------------------------------------------------------------- map


def test_tiles_are_coloured_by_the_quickest_and_hold_its_time():
    figure = parsed(plotting.cost_map(MAP))
    best, roles = winners(MAP), {"blocked": "kernel", "winograd": "output", "transforms": "input", "strided": "padding"}
    panel = next(t for t in figure["data"] if t.get("mode") == "text" and len(t["text"]) == 72)["xaxis"]
    for name, role in roles.items():
        colour = palette.ROLES[role].tile
        tiles = next(t for t in figure["data"] if t.get("fillcolor") == colour and t["xaxis"] == panel)
        boxes = [box for box in cells_of(tiles) if box[2] > box[0] + 0.1]  # a method that never wins has none
        painted = {(round(top + 0.5), round(left + 0.5)) for left, top, *_ in boxes}
        assert painted == {(r, c) for r, row in enumerate(best) for c, won in enumerate(row) if won == name}
    for frame, name in enumerate([None, *roles]):
        shown = next(t for t in states(figure)[frame] if t.get("mode") == "text" and len(t["text"]) == 72)["text"]
        wanted = [MAP[name or won][r][c] for r, row in enumerate(best) for c, won in enumerate(row)]
        assert shown == [in_milliseconds(seconds) for seconds in wanted]


def test_the_winner_has_the_smallest_time_of_all():
    for r, row in enumerate(winners(MAP)):
        for c, won in enumerate(row):
            times = [MAP[name][r][c] for name in ("blocked", "winograd", "transforms", "strided")]
            assert MAP[won][r][c] == min(time for time in times if time is not None)


def test_a_cell_without_a_time_is_an_error():
    with pytest.raises(ValueError, match="a kernel of 3 and 8 channels"):
        plotting.cost_map({"kernels": [3], "channels": [8], "blocked": [[None]]})
