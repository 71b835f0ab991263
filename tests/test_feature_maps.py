"""Feature maps: every small picture, window and number against SciPy."""

import re

import numpy as np
import pytest
from figures_under_test import DIGIT, EDGE, FILTERS, KERNELS
from scipy import signal
from test_plotting import axis_of, cells_of, parsed, picture, states

from scratchconv import plotting
from scratchconv.plotting import palette

CASES = {
    "the chapter's": (DIGIT, FILTERS, None),
    "biases, odd maps": (EDGE[:, :4], KERNELS[:, None] / 2, [0.5, -3]),
    "strongest at the end": (np.pad(KERNELS[0], [(2, 0), (2, 0)]), KERNELS[:, None] / 2, None),
}
cases = pytest.mark.parametrize("image, w, b", CASES.values(), ids=CASES)


def maps(image, w, b):
    b = np.zeros(len(w)) if b is None else b
    return [signal.correlate2d(image, kernel, "valid") + bias for kernel, bias in zip(w[:, 0], b, strict=True)]


def pooled(y):
    y = np.maximum(y, 0)
    return np.array([[y[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].mean() for j in range(y.shape[1] // 2)]
                     for i in range(y.shape[0] // 2)])


def limits(figure):
    """The end of the scale that each row of small pictures names."""
    told = next(t["text"] for t in figure["data"] if t.get("mode") == "text" and t["text"][0].startswith("filter,"))
    assert all(re.search(r"−(\S+) to \1$", line) for line in told)
    return [float(line.split()[-1]) for line in told]


@cases
def test_small_pictures_are_scipys_maps(image, w, b):
    figure = parsed(plotting.feature_maps(image, w, b))
    y = maps(image, w, b)
    rows = list(w[:, 0]), y, [np.maximum(m, 0) for m in y], [pooled(m) for m in y]
    ends = limits(figure)
    largest = [np.abs(w).max(), *[np.abs(y).max()] * 3]  # the ends are rounded up to a tenth
    assert all(0 <= end - most < 0.1 for end, most in zip(ends, largest, strict=True))
    images = iter(range(1, len(figure["layout"]["images"])))
    for row, end in zip(rows, ends, strict=True):
        for values in row:
            shown = picture(figure, next(images))
            step = shown.shape[0] // values.shape[0]
            pixels = shown[step // 2 :: step, step // 2 :: step]
            np.testing.assert_array_equal(pixels, palette.signed_pixels(np.round(15 * values / end), 15))
    assert next(images, None) is None


@cases
def test_every_pixel_of_a_small_picture_tells_filter_place_and_value(image, w, b):
    figure = parsed(plotting.feature_maps(image, w, b))
    y = maps(image, w, b)
    rows = list(w[:, 0]), y, [np.maximum(m, 0) for m in y], [pooled(m) for m in y]
    places = next(t for t in figure["data"] if t["mode"] == "none" and "hovertext" in t)
    told = iter(zip(places["x"], places["y"], places["hovertext"], strict=True))
    pictures = iter(figure["layout"]["images"][1:])
    for row in rows:
        for f, values in enumerate(row):
            shown = next(pictures)
            for (u, v), value in np.ndenumerate(values):
                across, down, words = next(told)
                assert across == pytest.approx(shown["x"] + (v + 0.5) * shown["sizex"] / values.shape[1], abs=2e-3)
                assert down == pytest.approx(shown["y"] + (u + 0.5) * shown["sizey"] / values.shape[0], abs=2e-3)
                place, number = words.split(": ")
                assert place == f"filter {f}, row {u}, column {v}"
                assert float(number.replace("−", "-")) == pytest.approx(value, rel=0.06, abs=1e-3)
    assert next(told, None) is None


@cases
def test_the_outline_of_a_column_is_not_cut(image, w, b):
    figure = parsed(plotting.feature_maps(image, w, b))
    for traces in states(figure):
        column = next(t for t in reversed(traces) if t["mode"] == "lines")
        layout = figure["layout"]
        x, y = (layout[f"{a}axis{column['xaxis'][1:]}"]["range"] for a in "xy")
        for along, ends in (("x", x), ("y", y)):
            drawn = [value for value in column[along] if value is not None]
            air = min(drawn) - min(ends), max(ends) - max(drawn)
            assert min(air) > 0.299    # half a line, 1.25 px


@cases
def test_the_window_is_where_the_filter_answers_most(image, w, b):
    figure = parsed(plotting.feature_maps(image, w, b))
    axis = axis_of(figure, "image")
    y = maps(image, w, b)
    assert figure["layout"]["sliders"][0]["active"] == np.argmax([m.max() for m in y])
    for f, traces in enumerate(states(figure)):
        i, j = np.unravel_index(y[f].argmax(), y[f].shape)
        left, top, right, bottom = cells_of(next(t for t in traces if t["xaxis"] == axis and t["mode"] == "lines"))[0]
        assert (top + 0.5, left + 0.5, bottom - top, right - left) == (i, j, *w.shape[2:])
        assert figure["layout"]["sliders"][0]["steps"][f]["label"] == f"filter {f}: most at row {i}, col {j}"
        patch = image[i : i + w.shape[2], j : j + w.shape[3]]
        seen, kernel, products = (t for t in traces if t["mode"] == "markers")
        assert [float(text.split("= ")[1].replace("−", "-")) for text in seen["hovertext"]] == pytest.approx(
            patch.ravel().tolist(), rel=0.06, abs=1e-3)
        assert kernel["marker"]["color"] == np.round(w[f, 0], 2).ravel().tolist()
        assert products["marker"]["color"] == np.round(patch * w[f, 0], 2).ravel().tolist()
        sums = next(t["text"] for t in traces if t.get("mode") == "text" and t["text"][0].startswith("sum"))
        assert sums[1].startswith(f"= <b>y</b>[{f},{i},{j}] = ")
        value = float(re.search(r"= <b>([^<]*)</b>$", sums[1])[1].replace("−", "-"))
        assert value == pytest.approx(y[f].max(), rel=6e-3)
        assert ("+" in sums[0]) == (b is not None)


@cases
def test_the_lit_column_holds_the_marked_outputs(image, w, b):
    figure = parsed(plotting.feature_maps(image, w, b))
    images = figure["layout"]["images"][1:]
    F = len(w)
    y = maps(image, w, b)
    for f, traces in enumerate(states(figure)):
        lines = [t for t in traces if t["mode"] == "lines" and t["xaxis"] == images[0]["xref"]]
        outputs, column = (cells_of(trace) for trace in lines)
        pictures = [images[row * F + f] for row in range(4)]
        for place, (left, top, right, bottom) in zip(pictures, column[1:], strict=True):
            assert left < place["x"] < place["x"] + place["sizex"] < right
            assert top < place["y"] < place["y"] + place["sizey"] < bottom
        i, j = np.unravel_index(y[f].argmax(), y[f].shape)
        OH, OW = y[f].shape
        for place, cell in zip(pictures[1:3], outputs, strict=False):
            np.testing.assert_allclose(cell[:2], [place["x"] + j, place["y"] + i], atol=1e-3)
        left, top, right, bottom = outputs[2]
        place, (rows, columns) = pictures[3], pooled(y[f]).shape
        side = place["sizey"] / rows
        block = min(i // 2, rows - 1), min(j // 2, columns - 1)
        np.testing.assert_allclose([left, top, right - left, bottom - top],
                                   [place["x"] + block[1] * side, place["y"] + block[0] * side, side, side], atol=2e-3)
        assert place["sizex"] / columns == pytest.approx(side)
        assert (pictures[1]["sizey"], pictures[1]["sizex"]) == (OH, OW)


def test_a_picture_in_colour_is_an_error():
    with pytest.raises(ValueError, match=r"the image is grey, \(H, W\), got shape \(3, 4, 5\)"):
        plotting.feature_maps(np.zeros((3, 4, 5)), FILTERS)
