"""What was measured, and the figures of chapter 17 that show it: every number drawn is one of the stored ones."""

import json
import re
from importlib.resources import files

import numpy as np
import pytest
from figures_under_test import PIECES
from test_plotting import cells_of, parsed, parts, states

from scratchconv import data, plotting
from scratchconv.data.measured import NAMES
from scratchconv.methods.piecewise import Piecewise
from scratchconv.plotting import palette
from scratchconv.plotting.cost_map import in_milliseconds, winners
from scratchconv.plotting.cost_steps import milliseconds
from scratchconv.plotting.memory_bill import in_words
from scratchconv.plotting.pytorch_ratios import ratios
from scratchconv.plotting.ratio_crowd import kind

LAYERS = data.measured("steps")["layers"]
ROWS = [row for row in data.measured("layers")["rows"] if row["dtype"] == "float32"]
MAP = data.measured("costmap")
SIZES = data.measured("piecesize")
UNSEEN = data.measured("unseen")["rows"]


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
    times += [size["seconds"] for size in SIZES["sizes"]]
    assert len(times) > 72
    assert all(0 < low <= middle <= high for middle, low, high in times)


def test_an_unknown_name_is_an_error():
    with pytest.raises(ValueError, match="'piecesize', 'redrawn', 'steps', 'unseen'; got 'lap times'"):
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


# ------------------------------------------------------------------------------------------------------ crowd


def crowds():
    """{way: {role: places of its tiles, (column, row)}} as drawn."""
    figure = parsed(plotting.ratio_crowd(UNSEEN, 2.2))
    panels = {}
    for trace in figure["data"]:
        roles = [role for role in ("output", "input", "kernel") if trace.get("fillcolor") == palette.ROLES[role].tile]
        if roles:
            boxes = cells_of(trace)
            places = [(round((left + right) / 2), round((top + bottom) / 2)) for left, top, right, bottom in boxes]
            panels.setdefault(trace["xaxis"], {})[roles[0]] = places
    found = [panel for panel in panels.values() if sum(map(len, panel.values())) == len(UNSEEN)]
    return dict(zip(("forward", "both"), found, strict=True))


@pytest.mark.parametrize(("way", "summed"), [("forward", ["forward"]), ("both", ["forward", "backward"])])
def test_every_layer_has_a_tile_above_its_ratio_in_the_colour_of_its_kind(way, summed):
    wanted = {"output": [], "input": [], "kernel": []}
    for row in UNSEEN:
        ours, theirs = (sum(row[part][side][0] for part in summed) for side in ("ours", "PyTorch"))
        role = {"one group": "output", "groups": "input", "depthwise": "kernel"}[kind(row)]
        wanted[role].append(int(4 * np.log2(32 * ours / theirs)))
    drawn_columns = {role: sorted(column for column, _ in places) for role, places in crowds()[way].items()}
    assert drawn_columns == {role: sorted(columns) for role, columns in wanted.items()}


def test_no_tile_covers_another_and_none_floats():
    for panel in crowds().values():
        places = [place for some in panel.values() for place in some]
        assert len(set(places)) == len(places)
        ground = max(row for _, row in places)
        assert all((column, row + 1) in places or row == ground for column, row in places)


def test_lines_stand_at_one_and_at_the_bound():
    figure = parsed(plotting.ratio_crowd(UNSEEN, 2.2))
    lines = [t for t in figure["data"] if t.get("line", {}).get("dash") == "6px,3px"]
    ratios_drawn = sorted({round(2 ** ((t["x"][0] + 0.5) / 4) / 32, 3) for t in lines})
    assert ratios_drawn == [1, 2.2]


def test_a_crowd_beyond_the_axis_is_refused():
    times = {"ours": [9], "PyTorch": [1]}
    with pytest.raises(ValueError, match="between 1/32 and 8 to be drawn, got 9"):
        plotting.ratio_crowd([{"x": (1, 1, 9, 9), "groups": 1, "forward": times, "backward": times}], 2)


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


# ------------------------------------------------------------------------------------------------------ pieces

WITHOUT_CACHES = {"machine": {"caches": {}}, "sizes": PIECES["sizes"]}
pieces = pytest.mark.parametrize("times", [SIZES, PIECES, WITHOUT_CACHES], ids=["stored", "made up", "no caches"])


def a_read_plot(times):
    """The traces of the plot, as (bytes, ms) read off its axes: from the words beside it and below."""
    figure = parsed(plotting.piece_sizes(times))
    words = [trace for trace in figure["data"] if trace["mode"] == "text"]
    beside = next(t for t in words if t["text"][-1] == "0")
    below = next(t for t in words if re.fullmatch(r"\d+ [kM]B", t["text"][0]) and len(t["text"]) > 1)
    height, ms = np.polyfit(beside["y"], list(map(float, beside["text"])), 1, full=True)[:2]
    assert ms.sum() < 1e-9  # the numbers of the axis stand on a straight line
    octave, off = np.polyfit(below["x"], np.log2(list(map(in_bytes, below["text"]))), 1, full=True)[:2]
    assert off.sum() < 1e-5
    plot = next(t for t in figure["data"] if t["mode"] == "markers")["xaxis"]
    return figure, plot, lambda x, y: (2 ** np.polyval(octave, x), np.polyval(height, y))


def in_bytes(words):
    amount, unit = words.split()
    return float(amount) * {"kB": 2**10, "MB": 2**20}[unit]


def traces_of(traces, plot, **wanted):
    """The traces of a panel whose line looks so."""
    return [t for t in traces if t["xaxis"] == plot and t["mode"] == "lines"
            and all(t["line"].get(key) == value for key, value in wanted.items())]


@pieces
def test_points_stand_at_the_medians_and_bars_run_between_the_quartiles(times):
    figure, plot, read = a_read_plot(times)
    sizes = np.array([size["bytes"] for size in times["sizes"]])
    seconds = np.array([size["seconds"] for size in times["sizes"]])
    points = next(t for t in figure["data"] if t["mode"] == "markers" and "hovertext" in t)
    [line] = traces_of(figure["data"], plot, width=1.5, color=palette.ROLES["kernel"].line)
    for trace in (points, line):
        at, ms = read(np.array(trace["x"]), np.array(trace["y"]))
        np.testing.assert_allclose(at, sizes, rtol=2e-3)
        np.testing.assert_allclose(ms, 1e3 * seconds[:, 0], atol=2e-3 * ms.max())
    [bars] = traces_of(figure["data"], plot, width=3)
    ends = [read(*np.array(bar).T) for bar in parts(bars)]
    np.testing.assert_allclose([at for at, _ in ends], np.stack([sizes, sizes], 1), rtol=2e-3)
    np.testing.assert_allclose([ms for _, ms in ends], 1e3 * seconds[:, 1:], atol=2e-3 * ms.max())
    tops = [t for t in figure["data"] if t["mode"] == "text" and t["text"][-1] == "0"]
    assert float(tops[0]["text"][0]) >= 1e3 * seconds.max()


@pieces
def test_a_dashed_line_stands_where_a_cache_ends(times):
    figure, plot, read = a_read_plot(times)
    first, last = (times["sizes"][end]["bytes"] for end in (0, -1))
    ends = {name: size for name, size in times["machine"]["caches"].items() if first <= size <= last}
    lines = [part for trace in traces_of(figure["data"], plot, dash="6px,3px") for part in parts(trace)]
    found = [read(*np.array(line).T) for line in lines]
    assert len(found) == len(ends)
    np.testing.assert_allclose([at for at, _ in found], [[size, size] for size in ends.values()], rtol=2e-3)
    names = [t for t in figure["data"] if t["mode"] == "text" and t["text"] == list(ends)]
    if ends:
        assert names[0]["x"] == [line[0][0] for line in lines]
    assert any("caches" in t["text"] for t in figure["data"] if t["mode"] == "text") == bool(ends)


@pieces
def test_each_step_names_a_size_and_marks_its_point(times):
    figure, _, read = a_read_plot(times)
    for traces, step, size in zip(states(figure), figure["layout"]["sliders"][0]["steps"], times["sizes"], strict=True):
        [mark] = [t for t in traces if t["mode"] == "markers" and "hovertext" not in t]
        points = next(t for t in traces if t["mode"] == "markers" and "hovertext" in t)
        at, ms = read(mark["x"][0], mark["y"][0])
        assert (mark["x"][0], mark["y"][0]) in zip(points["x"], points["y"], strict=True)
        assert at == pytest.approx(size["bytes"], rel=2e-3)
        assert ms == pytest.approx(1e3 * size["seconds"][0], rel=0.02)
        name, count, shown = re.fullmatch(r"(\S+ [kM]B): (\d+) pieces?, (\S+) ms", step["label"]).groups()
        assert (in_bytes(name), int(count)) == (size["bytes"], size["pieces"])
        assert float(shown) == pytest.approx(1e3 * size["seconds"][0], rel=5e-3)


@pieces
def test_a_point_tells_its_size_pieces_and_times(times):
    figure = parsed(plotting.piece_sizes(times))
    told = next(t["hovertext"] for t in figure["data"] if t["mode"] == "markers" and "hovertext" in t)
    for text, step, size in zip(told, figure["layout"]["sliders"][0]["steps"], times["sizes"], strict=True):
        first, second = text.split("<br>")
        assert first == step["label"]
        assert second == "quartiles " + " and ".join(milliseconds(end) for end in size["seconds"][1:])


@pieces
def test_it_starts_at_the_size_nearest_to_the_packages_own(times):
    slider = plotting.piece_sizes(times).layout.sliders[0]
    away = [abs(size["bytes"] - Piecewise.bytes) for size in times["sizes"]]
    assert away[slider.active] == min(away)


@pieces
def test_below_stand_sizes_with_their_numbers_of_pieces(times):
    words = [t["text"] for t in parsed(plotting.piece_sizes(times))["data"] if t["mode"] == "text"]
    names = next(text for text in words if "MB" in text[-1])
    counts = {size["bytes"]: str(size["pieces"]) for size in times["sizes"]}
    assert in_bytes(names[0]) == times["sizes"][0]["bytes"] and in_bytes(names[-1]) == times["sizes"][-1]["bytes"]
    assert [counts[in_bytes(name)] for name in names] in words


@pytest.mark.parametrize("seconds", [[0.03, 0.04, 0.05], [0.03, 0.01, 0.02], [0.03, 0, 0.05]], ids=str)
def test_a_median_outside_its_quartiles_is_refused(seconds):
    sizes = [{"bytes": 2**20, "pieces": 64, "seconds": seconds}]
    with pytest.raises(ValueError, match=r"above 0 to be drawn; got 0\.03, .* for 1 MB: 64 pieces, 30\.0 ms"):
        plotting.piece_sizes({"machine": {"caches": {}}, "sizes": sizes})
