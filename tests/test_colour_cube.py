"""The figure of chapter 5: what is lit in either memory is the window on the sheets, and numbers stay themselves."""

import numpy as np
import pytest
from test_plotting import inside, numbers, parsed, parts, states

import scratchconv as sc
from scratchconv import plotting
from scratchconv.plotting import palette

CASES = {
    "chapter 5": ((3, 3, 4), (2, 2)),
    "more rows than channels": ((2, 4, 5), (3, 1)),
    "more channels than rows": ((4, 2, 3), (1, 2)),
    "as wide as the input": ((2, 3, 4), (2, 4)),
}
cases = pytest.mark.parametrize("shape, kernel", CASES.values(), ids=CASES)


def memories(shape):
    """index[c, i, j] in the two layouts, written with NumPy's own reshape and transpose."""
    C, H, W = shape
    count = np.arange(C * H * W)
    return count.reshape(C, H, W), count.reshape(H, W, C).transpose(2, 0, 1)


def drawn(shape, kernel):
    """For each frame the traces of the two panels: {mode: traces in the order of painting}."""
    figure = parsed(plotting.colour_cube(shape, kernel))
    for traces in states(figure):
        yield [[t for t in traces if t["xaxis"] == axis] for axis in ("x", "x2")]


def labels(traces):
    """{number: where it stands} for the numbers in memory and for those on the sheets."""
    texts = [t for t in traces if t["mode"] == "text" and t["text"][0].isdigit()]
    return [dict(zip(map(int, numbers(t["text"])), zip(t["x"], t["y"], strict=True), strict=True)) for t in texts]


def lit(traces):
    """The orange areas in memory and on the sheets."""
    return [parts(t) for t in traces if t.get("fillcolor") == palette.ROLES["kernel"].tile]


def under(areas, places):
    """The numbers that stand on one of the areas."""
    return sorted(number for number, (x, y) in places.items() if any(inside(area, x, y) for area in areas))


def windows(shape, kernel):
    (_, H, W), (KH, KW) = shape, kernel
    return [np.s_[:, i : i + KH, j : j + KW] for i in range(H - KH + 1) for j in range(W - KW + 1)]


@cases
def test_the_same_window_is_lit_on_the_sheets_and_in_both_memories(shape, kernel):
    frames, seen = list(drawn(shape, kernel)), windows(shape, kernel)
    for panels, window in zip(frames[-len(seen) :], seen, strict=True):
        for traces, index in zip(panels, memories(shape), strict=True):
            (memory, sheets), (in_memory, on_sheets) = labels(traces), lit(traces)
            assert under(in_memory, memory) == sorted(index[window].ravel().tolist())
            assert under(on_sheets, sheets) == sorted(index[window].ravel().tolist())


@cases
def test_channels_first_lights_the_packages_windows(shape, kernel):
    views = sc.view_index(shape, (shape[0], *kernel))
    for panels, view in zip(list(drawn(shape, kernel))[-len(views) :], views, strict=True):
        assert under(lit(panels[0])[0], labels(panels[0])[0]) == sorted(view.tolist())


@cases
def test_numbers_slide_line_by_line_from_their_sheet_to_their_place_in_memory(shape, kernel):
    C, H, W = shape
    frames, steps = list(drawn(shape, kernel)), max(C, H)
    for step, panels in enumerate(frames[: steps + 1]):
        for traces, line in zip(panels, (H * W, W * C), strict=True):
            memory, sheets = labels(traces)
            bottom = max(y for _, y in sheets.values())
            there = sorted(number for number, (_, y) in memory.items() if y > bottom + 5)
            assert there == list(range(min(step * line, C * H * W)))
            assert all(np.hypot(*np.subtract(memory[n], sheets[n])) <= 1.5 for n in set(memory) - set(there))
            assert not under(lit(traces)[0], memory)


@cases
def test_memory_reads_from_left_to_right_and_line_by_line(shape, kernel):
    for traces, line in zip(list(drawn(shape, kernel))[-1], (shape[1] * shape[2], shape[2] * shape[0]), strict=True):
        places = np.array([labels(traces)[0][n] for n in range(np.prod(shape))]).reshape(-1, line, 2)
        assert np.ptp(np.diff(places[..., 0], axis=1)) == 0 and (np.diff(places[..., 0], axis=1) > 0).all()
        assert (np.ptp(places[..., 1], axis=1) == 0).all() and (np.diff(places[:, 0, 1]) > 0).all()


def test_the_chapters_window_is_six_runs_first_and_two_runs_last():
    shape, kernel = CASES["chapter 5"]
    for panels in list(drawn(shape, kernel))[-6:]:
        assert [len({tuple(run) for run in lit(traces)[0]}) for traces in panels] == [6, 2]
