"""The figure of chapter 6 states bytes: they are those of arrays that the methods really make."""

import numpy as np
import pytest

from scratchconv import conv, conv2d, methods, view_index
from scratchconv.plotting.board import INSET
from scratchconv.plotting.memory_bill import BATCHES, bill, in_words, memory_bill
from scratchconv.windows import window_view

CASES = {
    "colour pictures": ((2, 3, 32, 32), (2, 3, 5, 5)),
    "wide image, tall kernel": ((3, 2, 4, 6), (5, 2, 3, 2)),
    "many filters": ((4, 1, 7, 9), (300, 1, 2, 2)),
    "more than a slab": ((40, 3, 32, 32), (2, 3, 5, 5)),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("case", CASES)
def test_the_bill_is_the_size_of_real_arrays(case, dtype, monkeypatch):
    shape, w_shape = CASES[case]
    x, w = np.ones(shape, dtype), np.ones(w_shape, dtype)
    seen = []

    def strided(piece, w, stride, dilation):
        seen.append(np.array(window_view(piece, w.shape[2:])).nbytes)
        return methods.strided(piece, w, stride, dilation)

    monkeypatch.setattr(conv.methods, "find", lambda name: strided)
    y = conv2d(x, w, method="strided")
    N, (KH, KW) = shape[0], w_shape[2:]
    views = x.reshape(N, -1)[:, view_index(shape[1:], w_shape[1:])]
    product = x[0, :, :KH, :KW] * w[0]
    assert list(bill(x, w, N).values()) == [x.nbytes, y.nbytes, product.nbytes, max(seen), views.nbytes]


def test_gathering_all_windows_of_cifar_would_need_23_5_gb():
    bytes_ = bill(np.zeros((1, 3, 32, 32)), np.zeros((2, 3, 5, 5)), 50_000)
    assert bytes_["gather: all windows"] == 50_000 * 784 * 75 * 8 == 23_520_000_000
    assert bytes_["strided: one slab"] < 2**21 * 8


@pytest.mark.parametrize("memory", [16 * 10**9, 10**8])
def test_bars_end_at_their_bytes_and_what_passes_the_line_is_crossed_out(memory):
    x, w = np.zeros((1, 3, 32, 32)), np.zeros((2, 3, 5, 5))
    figure = memory_bill(x, w, memory=memory)
    filled = [n for n, trace in enumerate(figure.data) if trace.fill == "toself"][:5]
    for N, frame in zip(BATCHES, figure.frames, strict=True):
        amounts = list(bill(x, w, N).values())
        paths = [frame.data[n].x or figure.data[n].x for n in filled]
        ends = [max(x for x in path if x is not None) + INSET for path in paths]
        np.testing.assert_allclose(ends, np.log10(amounts) - 2 - 0.5, atol=0.006)  # paths keep two decimals or more
        values, crosses = [trace.text for trace in frame.data if trace.text is not None]
        assert list(values) == [in_words(amount) for amount in amounts]
        assert [cross == "✗" for cross in crosses] == [amount > memory for amount in amounts]


def test_a_bill_beyond_the_axis_is_refused():
    with pytest.raises(ValueError, match="between 100 bytes and 100 GB"):
        memory_bill(np.zeros((1, 1, 4, 4)), np.zeros((1, 1, 1, 1)))
