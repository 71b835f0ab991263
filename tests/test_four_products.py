"""F(2, 3): what flows through the picture against SciPy's two outputs, wires and all."""

import re

import numpy as np
import pytest
from scipy import signal
from test_plotting import axis_of, cells_of, parsed, parts, states, texts, themed

from scratchconv import plotting
from scratchconv.plotting import palette

CASES = {
    "known outputs": ([1, 2, 3, 4], [1, 2, 3]),
    "signed": ([-7, 12, 0, -9], [3, -4, 1]),
    "fractions": ([2, -1, 5, 3], [0.5, 2, -1.5]),
}
cases = pytest.mark.parametrize("x, w", CASES.values(), ids=CASES)


def real(text):
    return float(re.sub("<[^>]*>|[()]", "", text).replace("−", "-"))


def drawn(x, w):
    """The figure, and the texts of its flow: x, sums, weights and y, then the products."""
    figure = parsed(plotting.four_products(x, w))
    flow = [t for t in figure["data"] if t["xaxis"] == "x" and t.get("mode") == "text"]
    values, products = (np.array([real(v) for v in t["text"]]) for t in flow if len(t["text"]) in (14, 4))
    return figure, values, products


def test_wires_can_be_seen_in_both_themes():
    figure = parsed(plotting.four_products(*CASES["known outputs"]))
    wires = [t["line"]["color"] for t in figure["data"] if t["mode"] == "lines" and t["xaxis"] == "x"][:4]
    assert len(set(wires)) == 2  # all that there are, and those of this step
    for colour in wires:
        for theme in ("light", "dark"):
            assert palette.contrast(themed(colour, theme), getattr(palette.PAGE, theme)) >= 3


@cases
def test_the_numbers_in_the_tiles(x, w):
    figure, values, products = drawn(x, w)
    pixels, sums, weights, y = values[:4], values[4:8], values[8:12], values[12:]
    assert pixels.tolist() == x
    assert sums.tolist() == [x[0] - x[2], x[1] + x[2], x[2] - x[1], x[1] - x[3]]
    assert np.allclose(weights, [w[0], sum(w) / 2, (w[0] - w[1] + w[2]) / 2, w[2]])
    assert np.allclose(products, sums * weights)
    assert np.allclose(y, signal.correlate(x, w, "valid"))
    assert [real(v) for v in texts(figure, "this way")[0]] == products.tolist()
    six = [real(v) for v in texts(figure, "plain way")[0]]
    assert len(six) == 6 and np.allclose([sum(six[:3]), sum(six[3:])], y)


def test_known_outputs():
    _, values, _ = drawn(*CASES["known outputs"])
    assert values[12:].tolist() == [14, 20]


@cases
def test_lit_wires_add_and_subtract_to_the_lit_tile(x, w):
    figure, values, products = drawn(x, w)
    for n, traces in enumerate(states(figure)):
        lit = [t for t in traces if t["mode"] == "lines" and t["line"]["width"] == 3 and len(parts(t)[0]) == 2]
        total = 0
        for trace in lit:
            if trace["xaxis"] != "x":
                continue
            sign = -1 if trace["line"].get("dash") else 1
            wires = {tuple(map(tuple, wire)) for wire in parts(trace) if wire[0][0] != wire[1][0]}
            column = values[:4] if n < 4 else products
            total += sign * sum(column[round(start[1] - 0.5)] for start, _ in wires)
        assert total == pytest.approx(values[4 + n] if n < 4 else values[8 + n])


@cases
def test_the_words_say_the_same(x, w):
    figure, values, products = drawn(x, w)
    for n, (traces, step) in enumerate(zip(states(figure), figure["layout"]["sliders"][0]["steps"], strict=True)):
        last = next(t["text"] for t in traces if t.get("mode") == "text" and t["text"][-1].startswith("= "))[-1]
        result = products[n] if n < 4 else values[8 + n]
        assert real(last.split("= ")[-1]) == pytest.approx(result, abs=0.001)
        assert real(step["label"].split("= ")[-1]) == pytest.approx(result, abs=0.001)


def test_what_is_not_computed_yet_is_hidden():
    figure, _, _ = drawn(*CASES["known outputs"])
    counted = axis_of(figure, "this way")
    for n, traces in enumerate(states(figure)):
        curtains = {t["xaxis"]: t for t in traces if t.get("fillcolor") == palette.EMPTY.moving}  # the last of each
        hidden = {cell for cell in cells_of(curtains["x"]) if cell[2] - cell[0] > 0.1}
        assert len(hidden) == 2 * max(0, 3 - n) + min(2, 5 - n)
        left = sum(right - left for left, _, right, _ in cells_of(curtains[counted]))
        assert left == pytest.approx(max(0, 3 - n), abs=0.1)


def test_other_sizes_are_an_error():
    with pytest.raises(ValueError, match="takes four pixels and three taps"):
        plotting.four_products([1, 2, 3], [1, 2, 3])
