"""The two views of a gradient: every number in them against sums written out by hand, not by `conv2d_grad`."""

import json
import re

import numpy as np
import pytest

from scratchconv import plotting

DY = np.array([[2, -1, 0, 1], [3, 1, -2, 1], [1, 0, 2, -1]])
W = np.array([[1, -2, 3], [0, 4, -1]])
CASES = {  # dy, shape of x, w, stride
    "known numbers": (np.ones((3, 3), int), (4, 4), np.array([[1, 2], [3, 4]]), 1),
    "signed": (DY, (4, 6), W, 1),
    "stride with pixels left over": (DY[:2], (4, 10), W, 2),
    "gaps": (DY[:1], (3, 12), np.array([[3, -2]]), 3),
    "tall": (DY.T[:3, :3], (7, 3), W.T[:, :1], (2, 1)),
}
cases = pytest.mark.parametrize("dy, x_shape, w, stride", CASES.values(), ids=CASES)


def states(figure):
    """What each trace shows in each frame."""
    figure = json.loads(figure.to_json())
    return [
        [{**trace, **change} for trace, change in zip(figure["data"], frame["data"], strict=True)]
        for frame in figure["frames"]
    ]


def shown(texts):
    return [0 if text == "\u00a0" else int(re.sub("<[^>]*>", "", text).replace("−", "-")) for text in texts]


def labels(traces, count):
    """The texts of the label traces that have so many."""
    return [trace["text"] for trace in traces if trace.get("mode") == "text" and len(trace["text"]) == count]


@cases
def test_scatter_adds_one_patch_a_frame(dy, x_shape, w, stride):
    frames = states(plotting.one_gradient(dy, x_shape, w, stride=stride))
    (KH, KW), (sh, sw) = w.shape, np.broadcast_to(stride, 2)
    dx = np.zeros(x_shape, int)
    assert len(frames) == dy.size
    for traces, (i, j) in zip(frames, np.ndindex(dy.shape), strict=True):
        dx[i * sh : i * sh + KH, j * sw : j * sw + KW] += dy[i, j] * w
        assert dx.ravel().tolist() in [shown(texts) for texts in labels(traces, dx.size)]
        assert (dy[i, j] * w).ravel().tolist() in [shown(texts) for texts in labels(traces, w.size)]


def test_the_last_frame_is_the_known_dx():
    last = states(plotting.one_gradient(*CASES["known numbers"][:3]))[-1]
    known = [1, 3, 3, 2, 4, 10, 10, 6, 4, 10, 10, 6, 3, 7, 7, 4]
    assert known in [shown(texts) for texts in labels(last, 16)]


def test_a_pixel_that_no_window_reaches_stays_blank():
    dy, x_shape, w, stride = CASES["stride with pixels left over"]
    last = states(plotting.one_gradient(dy, x_shape, w, stride=stride))[-1]
    blank = np.array(labels(last, 40)[0]).reshape(x_shape) == "\u00a0"
    assert blank[:, 9].all() and not blank[:, :9].any()


@pytest.mark.parametrize("case", ["known numbers", "signed"])
def test_gather_spells_out_what_each_pixel_receives(case):
    dy, x_shape, w, _ = CASES[case]
    (OH, OW), (KH, KW) = dy.shape, w.shape
    for traces, (p, q) in zip(states(plotting.gather_gradient(dy, x_shape, w)), np.ndindex(*x_shape), strict=True):
        reach = [(i, j) for i in range(p - KH + 1, p + 1) for j in range(q - KW + 1, q + 1)]
        met = [(i, j) for i, j in reach if 0 <= i < OH and 0 <= j < OW]
        terms = [(int(dy[i, j]), int(w[p - i, q - j])) for i, j in met]
        lines = next(t["text"] for t in traces if t.get("mode") == "text" and any("=" in text for text in t["text"]))
        spelt = re.findall(r"\(?(−?\d+)\)?·\(?(−?\d+)\)?", " ".join(lines))
        assert [tuple(shown(pair)) for pair in spelt] == terms
        total = next(line for line in lines if line.startswith("="))
        assert shown([total.removeprefix("= ")]) == [sum(a * b for a, b in terms)]


def test_a_dy_of_another_size_is_an_error():
    for figure in (plotting.one_gradient, plotting.gather_gradient):
        with pytest.raises(ValueError, match="dy must have the shape"):
            figure(np.ones((3, 2), int), (4, 4), np.ones((2, 2), int))
