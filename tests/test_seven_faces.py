"""The seven faces: every number in them against sums written out by hand, in every frame."""

import functools
import json
import re

import numpy as np
import pytest
from scipy.signal import correlate2d

from scratchconv import plotting
from scratchconv.plotting import palette

CASES = {
    "known numbers": (np.arange(1, 17).reshape(4, 4), np.array([[1, 2], [3, 4]])),
    "wide, signed, a zero tap": (np.arange(15).reshape(3, 5) % 7 - 3, np.array([[1, 0, -1], [2, 0, -3]])),
    "tall": (np.random.default_rng(3).integers(-9, 10, (4, 3)), np.array([[2], [-1]])),
}
cases = pytest.mark.parametrize("case", CASES)
OUTPUT, KERNEL = palette.ROLES["output"], palette.ROLES["kernel"]
BLANK = "\u00a0"


@functools.cache
def frames(case):
    """What each trace shows in each frame, with nested attributes merged."""
    figure = json.loads(plotting.seven_faces(*CASES[case]).to_json())
    return [
        [
            {**t, **{a: {**t[a], **v} if isinstance(v, dict) and a in t else v for a, v in c.items()}}
            for t, c in zip(figure["data"], frame["data"], strict=True)
        ]
        for frame in figure["frames"]
    ]


def number(text):
    return 0 if text == BLANK else float(text.replace("−", "-"))


def written(traces):
    """(trace, x, y, text) of everything written."""
    texts = [t for t in traces if t.get("mode") == "text"]
    return [(t, *entry) for t in texts for entry in zip(t["x"], t["y"], t["text"], strict=True)]


def said(traces, pattern):
    """The groups of the one text that matches."""
    found = [m for _, _, _, text in written(traces) if (m := re.fullmatch(pattern, re.sub("<[^>]*>", "", text)))]
    assert len(found) == 1, (pattern, len(found))
    return [number(group) for group in found[0].groups()]


def hovered(traces, pattern):
    """{numbers in the hover text: the number written there} for every hover text that matches."""
    return {
        tuple(int(g) for g in match.groups()): number(text)
        for t in traces if "hovertext" in t and t.get("mode") == "text"
        for hover, text in zip(t["hovertext"], t["text"], strict=True) if (match := re.fullmatch(pattern, hover))
    }


def boxes(trace):
    """(left, top, right, bottom) of each part of a path."""
    points = [*zip(trace["x"], trace["y"], strict=True), (None, None)]
    parts, part = [], []
    for x, y in points:
        if x is None:
            parts.append(part)
            part = []
        else:
            part.append((x, y))
    return [(min(a)[0], min(b for _, b in a), max(a)[0], max(b for _, b in a)) for a in parts]


def lit(traces, role):
    """The boxes of all stencils of a role that have a border."""
    return [box for t in traces if t.get("fillcolor") == role.tile and t["line"]["width"] == 2 for box in boxes(t)]


def inside(box, x, y):
    return box[0] < x < box[2] and box[1] < y < box[3]


@cases
def test_every_green_tile_holds_the_output_of_its_frame(case):
    x, w = CASES[case]
    y = correlate2d(x, w, mode="valid")
    every = frames(case)
    assert len(every) == y.size
    for k, traces in enumerate(every):
        tiles = {(t["xaxis"], box) for t in traces if t.get("fillcolor") == OUTPUT.tile and t["line"]["width"] == 2
                 for box in boxes(t)}
        assert len(tiles) == 8  # seven faces, and the place in y
        for axis, box in tiles:
            held = {number(text) for t, a, b, text in written(traces) if t["xaxis"] == axis and inside(box, a, b)}
            assert held == {y.flat[k]}


@cases
def test_the_loop_adds_up_product_by_product(case):
    x, w = CASES[case]
    for k, traces in enumerate(frames(case)):
        i, j = divmod(k, x.shape[1] - w.shape[1] + 1)
        assert said(traces, r"i = (\d), j = (\d)") == [i, j]
        window = x[i : i + w.shape[0], j : j + w.shape[1]]
        lines = [(t, re.fullmatch(r"(−?\d+) · \(?(−?\d+)\)? = (−?\d+)", text)) for t, _, _, text in written(traces)]
        table, spelt = zip(*[(t, [number(g) for g in match.groups()]) for t, match in lines if match], strict=True)
        assert list(spelt) == [[a, b, a * b] for a, b in zip(window.flat, w.flat, strict=True)]
        sums = [number(text) for text in table[0]["text"] if re.fullmatch(r"−?\d+", text)]
        assert sums == np.cumsum(window.ravel() * w.ravel()).tolist()[:-1]


@cases
def test_what_moves_tells_where_it_is_now(case):
    """Under the pointer each green tile names its output and each product its two factors, in every frame."""
    x, w = CASES[case]
    y = correlate2d(x, w, mode="valid")
    for k, traces in enumerate(frames(case)):
        i, j = divmod(k, y.shape[1])
        told = [pair for t in traces if "hovertemplate" in t for pair in zip(t["hovertext"], t["text"], strict=True)]
        results = [(hover, number(text)) for hover, text in told if "y[" in hover]
        assert len(results) == len({hover for hover, _ in results}) + 1 == 7  # faces 4 and 5 say the same
        assert all(hover.endswith(f": y[{i},{j}] = ") and value == y[i, j] for hover, value in results)
        factors = [re.fullmatch(r"x\[(\d),(\d)\] · w\[(\d),(\d)\]: ", hover) for hover, _ in told]
        places = [tuple(int(g) for g in match.groups()) for match in factors if match]
        assert places == [(i + u, j + v, u, v) for u, v in np.ndindex(w.shape)]


@cases
def test_the_lit_pixels_are_the_window_in_every_face(case):
    """Whatever face: the numbers under a lit stencil are the window's, or its flat indices."""
    x, w = CASES[case]
    W = x.shape[1]
    for k, traces in enumerate(frames(case)):
        i, j = divmod(k, W - w.shape[1] + 1)
        places = [(i + u) * W + j + v for u, v in np.ndindex(w.shape)]
        pixels = x.flat[places].tolist()
        for pattern, expected in {
            r"x\[\d,\d\]": 2 * pixels,  # in the image and on the strip of face 4
            r"flat index \d+<br>holds .*": places,
            r"window \d, tap \d": pixels,
            r"view\[\d,\d,\d,\d\]": pixels,
            r"x\.ravel\(\)\[\d+\]": pixels,
        }.items():
            found = [
                number(text)
                for t in traces if "hovertext" in t and t.get("mode") == "text"
                for a, b, text, hover in zip(t["x"], t["y"], t["text"], t["hovertext"], strict=True)
                if re.fullmatch(pattern, hover)
                and any(inside(box, a, b) for s in traces if s["xaxis"] == t["xaxis"] for box in lit([s], KERNEL))
            ]
            assert sorted(found) == sorted(expected), pattern


@cases
def test_indices_views_and_strides(case):
    x, w = CASES[case]
    (H, W), (KH, KW) = x.shape, w.shape
    first = [u * W + v for u, v in np.ndindex(KH, KW)]
    for k, traces in enumerate(frames(case)):
        i, j = divmod(k, W - KW + 1)
        sums = (re.fullmatch(r"([\d ]+?)  \+ (\d+)  =  ([\d ]+)", text) for _, _, _, text in written(traces))
        start, offset, moved = next(match.groups() for match in sums if match)
        assert [int(n) for n in start.split()] == first and int(offset) == i * W + j
        assert [int(n) for n in moved.split()] == [n + i * W + j for n in first]
        assert said(traces, r"(\d)·(\d+) \+ (\d)·(\d+)  \+ u·(\d+) \+ v·(\d+)") == [i, W, j, 1, W, 1]
        arrows = next(t for t in traces if "marker" in t and t["mode"] == "lines+markers")
        ends = {arrows["x"][n] for n, size in enumerate(arrows["marker"]["size"]) if size == 10}
        assert {i * W + j + n for n in first} - {0} <= ends <= {i * W + j + n for n in first} | {i * W}
    views = hovered(traces, r"window (\d), tap (\d)")
    for (n, t), value in views.items():
        a, b = divmod(n, W - KW + 1)
        u, v = divmod(t, KW)
        assert value == x[a + u, b + v]
    blocks = hovered(traces, r"view\[(\d),(\d),(\d),(\d)\]")
    assert len(views) == len(blocks) == (H - KH + 1) * (W - KW + 1) * w.size
    assert all(value == x[a + u, b + v] for (a, b, u, v), value in blocks.items())


@cases
def test_the_matrix_has_the_kernel_in_each_row(case):
    x, w = CASES[case]
    (H, W), (KH, KW) = x.shape, w.shape
    OW = W - KW + 1
    traces = frames(case)[0]
    matrix = hovered(traces, r"T\[(\d),(\d+)\]")
    assert matrix == {
        (k, (k // OW + u) * W + k % OW + v): w[u, v] for k in range((H - KH + 1) * OW) for u, v in np.ndindex(KH, KW)
    }
    empty = max((t for t in traces if t.get("fillcolor") == palette.EMPTY.moving), key=lambda t: len(t["x"]))
    assert len(boxes(empty)) == (H - KH + 1) * OW * x.size - len(matrix)


@cases
def test_the_shares_of_all_frequencies_add_up(case):
    x, w = CASES[case]
    y = correlate2d(x, w, mode="valid")
    spectra = [np.abs(np.fft.fft2(x)), np.abs(np.fft.fft2(w, x.shape))]
    spectra.append(spectra[0] * spectra[1])
    for k, traces in enumerate(frames(case)):
        fixed, shares = (t for t in traces if t.get("mode") == "markers")
        told = [re.fullmatch(r"frequency (\d),(\d)<br>\S+ (.+)", text).groups() for text in fixed["hovertext"]]
        np.testing.assert_allclose([number(v) for _, _, v in told], np.ravel(spectra), rtol=1e-3, atol=1e-9)
        told = [number(text.split("gives ")[1]) for text in shares["hovertext"]]
        assert sum(told) == pytest.approx(y.flat[k], abs=0.05)
        numbers = [t for t in traces if t.get("mode") == "text" and len(t["text"]) == x.size and "hovertext" not in t]
        if np.allclose(told, np.round(told), atol=0):
            assert [number(text) for text in numbers[0]["text"]] == told
        else:
            assert not numbers


def test_the_known_shares():
    traces = frames("known numbers")[5]
    numbers = next(t for t in traces if t.get("mode") == "text" and len(t["text"]) == 16 and "hovertext" not in t)
    assert [number(text) for text in numbers["text"]] == [85, 5, 1, 5, 8, 0, 0, 0, -8, 0, 0, 0, 8, 0, 0, 0]


@pytest.mark.parametrize(("x", "w"), [
    (np.ones((3, 6), int), np.ones((2, 4), int)),  # 18 pixels
    (np.ones((4, 4), int), np.ones((2, 1), int)),  # 3 × 4 outputs
    (np.ones((4, 4), int), np.ones((2, 4), int)),  # 8 taps
])  # fmt: skip
def test_what_has_no_room_is_refused(x, w):
    with pytest.raises(ValueError, match="seven faces have room for 16 pixels, 6 taps and 3 × 3 outputs"):
        plotting.seven_faces(x, w)
