"""The figure of chapter 2: the numbers that travel are the kernel's, and where they arrive is the flip."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.signal import convolve2d, correlate2d

from scratchconv import flip_kernels, plotting
from scratchconv.plotting.lettering import show

CASES = {
    "wide": ((4, 5), (2, 3)),
    "tall": ((5, 4), (3, 2)),
    "even": ((3, 4), (2, 2)),
    "one row": ((3, 6), (1, 3)),
    "nine taps": ((5, 5), (3, 3)),
}
TURN = 9  # frames of 20 degrees


def drawn(case):
    x_shape, w_shape = CASES[case]
    x = np.random.default_rng(2).integers(-9, 10, x_shape)
    w = np.arange(1, 1 + np.prod(w_shape)).reshape(w_shape)
    return x, w, plotting.flip(x, w)


def texts(values):
    return [show(value) for value in np.ravel(values)]


def places_of_the_taps(figure, w, outputs):
    """Where the kernel's numbers stand in the frames of the turn, (taps, 2) each, the first one at rest."""
    moves = figure.frames[0].data
    number = next(n for n, trace in enumerate(figure.data)
                  if list(trace.text or ()) == texts(w) and moves[n].x is not None and moves[n].text is None)
    frames = [frame.data[number] for frame in figure.frames[outputs - 1 : outputs + TURN]]
    return [np.array([trace.x, trace.y]).T for trace in frames]


def test_draws_the_results_of_scipy():
    x, w, figure = drawn("wide")
    painted = [list(trace.text) for trace in figure.data if trace.mode == "text"]
    assert texts(correlate2d(x, w, mode="valid")) in painted
    assert texts(convolve2d(x, w, mode="valid")) in painted


@pytest.mark.parametrize("case", CASES)
def test_every_frame_spells_out_its_sum(case):
    x, w, figure = drawn(case)
    results = [correlate2d(x, w, mode="valid"), convolve2d(x, w, mode="valid")]
    totals = []
    for frame in figure.frames:
        line = next(t.text[0] for t in frame.data if t.text and len(t.text) == 1)
        if "=" in line:
            terms, total = line.replace("−", "-").replace("·", "*").replace("<br>", " ").split("=")
            assert eval(terms) == int(total.strip()[3:-4])  # <b>12</b>
            totals.append(int(total.strip()[3:-4]))
    assert totals == np.concatenate([y.ravel() for y in results]).tolist()


@pytest.mark.parametrize("case", CASES)
def test_the_turn_ends_at_the_flip_and_keeps_to_circles(case):
    _, w, figure = drawn(case)
    outputs = (len(figure.frames) - TURN) // 2
    places = places_of_the_taps(figure, w, outputs)
    rest, end = places[0], places[-1]
    reading_order = np.lexsort((end[:, 0].round(2), end[:, 1].round(2)))
    assert w.ravel()[reading_order].tolist() == flip_kernels(w).ravel().tolist()
    assert np.allclose(end[::-1], rest, atol=2e-3)
    middle = rest.mean(0)
    radii = [np.hypot(*(place - middle).T) for place in places]
    assert np.allclose(radii, radii[0], atol=2e-3)
    steps = [np.hypot(*(b - a).T).max() for a, b in pairwise(places)]
    assert np.allclose(steps, steps[0], atol=5e-3)  # the same angle each time, no jump


def test_the_kernel_must_fit():
    with pytest.raises(ValueError, match="kernel must fit"):
        plotting.flip(np.ones((2, 5), int), np.ones((3, 2), int))
