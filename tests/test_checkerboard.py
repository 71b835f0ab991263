"""The checkerboard: its counts against SciPy, which has transposed convolution as a convolution of spread-out ones."""

import re

import numpy as np
import pytest
from scipy import signal
from test_plotting import cells_of, numbers, parsed, states

from scratchconv import plotting

CASES = {  # shape of x, kernels, stride
    "the chapter's": ((3, 4), ((2, 2), (3, 3), (4, 4)), (2, 2)),
    "a stride of three": ((3, 2), ((3, 2), (4, 4), (5, 3)), (3, 2)),
    "gaps": ((2, 4), ((1, 1), (2, 1), (2, 3)), (2, 2)),
}
cases = pytest.mark.parametrize("x_shape, kernels, stride", CASES.values(), ids=CASES)


def spread(ones, stride):
    """Pixels `stride` apart, with zeros between them."""
    H, W = ones.shape
    wide = np.zeros(((H - 1) * stride[0] + 1, (W - 1) * stride[1] + 1), dtype=int)
    wide[:: stride[0], :: stride[1]] = ones
    return wide


@cases
def test_counts_are_a_transposed_convolution_of_ones(x_shape, kernels, stride):
    figure = parsed(plotting.checkerboard(x_shape, kernels, stride))
    for n, traces in enumerate(states(figure)):
        given = np.arange(np.prod(x_shape)).reshape(x_shape) <= n
        counts = [signal.convolve2d(spread(given, stride), np.ones(w, int)).ravel().tolist() for w in kernels]
        shown = [numbers(trace["text"]) for trace in traces if trace.get("mode") == "text"]
        assert [[value or 0 for value in panel] for panel in shown] == counts
        assert [t["marker"]["color"] for t in traces if t.get("mode") == "markers"] == counts


@cases
def test_the_patch_starts_where_the_caption_says(x_shape, kernels, stride):
    figure = parsed(plotting.checkerboard(x_shape, kernels, stride))
    for traces, step in zip(states(figure), figure["layout"]["sliders"][0]["steps"], strict=True):
        i, j, row, column = map(int, re.findall(r"\d+", step["label"]))
        assert (row, column) == (i * stride[0], j * stride[1])
        giver, *patches = [cells_of(trace)[0] for trace in traces if trace["mode"] == "lines"]
        assert np.rint(giver[:2]).tolist() == [j, i] and len(patches) == 3
        for (KH, KW), (left, top, right, bottom) in zip(kernels, patches, strict=True):
            assert np.allclose((left, top, right, bottom), (column - 0.5, row - 0.5, column + KW - 0.5, row + KH - 0.5),
                               atol=0.05)


def test_the_title_says_which_kernels_are_even():
    titles = [title["text"] for title in parsed(plotting.checkerboard((3, 4)))["layout"]["annotations"][1:]]
    verdicts = [re.sub("<[^>]*>", "", title).split(": ")[1] for title in titles]
    assert verdicts == ["inside all 1", "inside 1, 2, 4", "inside all 4"]


def test_three_kernels_and_no_more():
    with pytest.raises(ValueError, match="compares three kernels, got 2"):
        plotting.checkerboard((3, 4), (2, 3))
