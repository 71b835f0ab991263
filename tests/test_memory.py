"""Temporaries stay small whatever the batch, the image and the number of filters: counted by tracemalloc."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from scratchconv import conv2d, conv2d_grad, correlate2d, full_conv2d, methods, slabs, threads, workspace

MB = 2**20
ALLOWED = 256 * MB
BATCH, FILTERS = (4096, 3, 32, 32), (16, 3, 5, 5)


def zeros(*shape):
    return np.zeros(shape, np.float32)


def temporaries(call):
    """Bytes at the peak of call() beyond what it returns."""
    tracemalloc.start()
    try:
        result = call()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    results = result if isinstance(result, tuple) else (result,)
    return peak - sum(r.nbytes for r in results)


def test_the_count_sees_a_temporary():
    assert temporaries(lambda: (zeros(MB) + 1)[:1]) > 8 * MB - 10_000


@pytest.mark.parametrize("method", [m for m in methods.METHODS if m != "loops"])
def test_a_large_batch(method):
    x, w = zeros(*BATCH), zeros(*FILTERS)
    assert temporaries(lambda: conv2d(x, w, method=method)) < ALLOWED


def test_the_gradients_of_a_large_batch():
    x, w, dy = zeros(*BATCH), zeros(*FILTERS), zeros(4096, 16, 28, 28)
    assert temporaries(lambda: conv2d_grad(dy, x, w)) < ALLOWED


def test_padding_a_batch_does_not_copy_it():
    x, w, dy = zeros(1024, *BATCH[1:]), zeros(*FILTERS), zeros(1024, 16, 32, 32)
    assert temporaries(lambda: conv2d(x, w, padding="same")) < ALLOWED / 4
    assert temporaries(lambda: conv2d_grad(dy, x, w, padding="same")) < ALLOWED / 4


def test_loops_need_no_windows_at_all():
    x, w = zeros(256, 3, 8, 8), zeros(2, 3, 5, 5)
    assert temporaries(lambda: conv2d(x, w, method="loops")) < MB


# In each the input, the output or the windows are far more than SMALL numbers.
SMALL = 2**16
LARGE = {
    "one image, large kernel": ((1, 1, 150, 200), (1, 1, 11, 15), {}),
    "one image, one row of taps": ((1, 1, 300, 400), (2, 1, 1, 20), {}),
    "many filters of 1×1": ((2, 16, 64, 64), (256, 16, 1, 1), {}),
    "stride over a padded image": ((2, 3, 600, 600), (4, 3, 2, 2), {"stride": 16, "padding": 1}),
    "one filter for each channel": ((4, 64, 40, 40), (64, 1, 5, 5), {"groups": 64, "padding": "same"}),
    "dilation over a large image": ((1, 4, 200, 200), (4, 4, 3, 3), {"dilation": 20}),
    "large kernel, many channels, wide image": ((1, 64, 30, 400), (8, 64, 15, 15), {}),
    "padding larger than the image": ((64, 4, 8, 8), (4, 4, 3, 3), {"padding": 16}),
}


@pytest.mark.parametrize("large", LARGE)
def test_temporaries_are_a_handful_of_slabs(large, monkeypatch):
    monkeypatch.setattr(slabs, "SLAB_NUMBERS", SMALL)
    x_shape, w_shape, options = LARGE[large]
    x, w = np.zeros(x_shape, int), np.zeros(w_shape, int)  # integers take the plain way
    dy = conv2d(x, w, **options)
    windows = dy[:, 0].size * x.shape[1] * w[0, 0].size
    assert max(x.size, dy.size, windows) > 10 * SMALL
    allowed = 7 * SMALL * x.itemsize
    assert temporaries(lambda: conv2d(x, w, **options)) < allowed
    assert temporaries(lambda: conv2d_grad(dy, x, w, **options)) < allowed


@pytest.mark.parametrize("large", LARGE)
def test_the_fast_way_stays_below_64_megabytes(large, monkeypatch):
    monkeypatch.setattr(workspace, "_free", [])  # nothing is left from an earlier call
    x_shape, w_shape, options = LARGE[large]
    x, w = zeros(8 * x_shape[0], *x_shape[1:]), zeros(*w_shape)
    dy = conv2d(x, w, **options)
    assert temporaries(lambda: conv2d(x, w, **options)) < 64 * MB
    assert temporaries(lambda: conv2d_grad(dy, x, w, **options)) < 64 * MB


@pytest.mark.parametrize(("groups", "channels"), [(1, 8), (2, 16)])
def test_many_filters_over_many_pixels(groups, channels, monkeypatch):
    """Results of 46 MB: no thread may keep as many numbers of its own."""
    monkeypatch.setattr(workspace, "_free", [])
    monkeypatch.setattr(threads, "_blas", threads._Blas(lambda: 2, lambda count: None))
    x, w, dy = zeros(1, channels, 80, 80), zeros(2048, 8, 3, 5), zeros(1, 2048, 78, 76)
    assert temporaries(lambda: conv2d(x, w, groups=groups)) < 64 * MB
    assert temporaries(lambda: conv2d_grad(dy, x, w, groups=groups)) < 64 * MB


def test_tiles_with_few_outputs_are_transformed_a_few_at_a_time(monkeypatch):
    """Tiles of 80×96 pixels, of which a kernel of 61×61 leaves 20×36 outputs: a spectrum has ten numbers for each."""
    monkeypatch.setattr(workspace, "_free", [])
    monkeypatch.setattr(threads, "_blas", threads._Blas(lambda: 2, lambda count: None))
    x, w, dy = zeros(4, 16, 200, 200), zeros(16, 16, 61, 61), zeros(4, 16, 140, 140)
    assert temporaries(lambda: conv2d_grad(dy, x, w)) < 64 * MB


@pytest.mark.parametrize(("images", "size", "stride"), [(1, 9, 1), (64, 9, 1), (64, 15, 2)])  # few windows, and many
def test_many_weights_are_not_copied_whole(images, size, stride, monkeypatch):
    """38 MB of weights in float64, of which methods keep two or three copies in orders of their own."""
    monkeypatch.setattr(workspace, "_free", [])
    x, w = np.zeros((images, 512, size, size)), np.zeros((1024, 512, 3, 3))
    dy = np.zeros(conv2d(x, w, stride=stride).shape)
    assert temporaries(lambda: conv2d(x, w, stride=stride)) < 64 * MB
    assert temporaries(lambda: conv2d_grad(dy, x, w, stride=stride)) < 64 * MB


MIXED_SHAPES = """
import sys
sys.path[:0] = ["benchmarks", "."]
from layers import ROWS, unseen
from memory import peak
from ours import calls
import scratchconv.threads as threads

def run():
    worst = 0
    for row in [*unseen(12, 7), *ROWS[:9]]:
        for call in calls(row, row.arrays("float32")):
            worst = max(worst, peak(call))
    return worst

threads._blas = threads._Blas(lambda: 2, lambda count: None)
print(run())
"""


def test_a_run_of_mixed_shapes_stays_below_64_megabytes_as_the_system_counts():
    """The first calls make the workspaces, later ones use them again, and no shape leaves memory of its own."""
    root = Path(__file__).parents[1]
    run = subprocess.run([sys.executable, "-c", MIXED_SHAPES], cwd=root, capture_output=True, text=True, check=True)
    assert 4 * MB < int(run.stdout) < 64 * MB


def test_the_other_operators_cut_their_work_too():
    assert temporaries(lambda: full_conv2d(zeros(1024, 3, 32, 32), zeros(8, 3, 5, 5))) < 64 * MB
    x, w = zeros(1500, 1500), zeros(15, 15)
    assert temporaries(lambda: correlate2d(x, w, mode="same")) < 64 * MB


def test_integers_are_widened_slab_by_slab():
    x, w = np.zeros((2048, 1, 28, 28), np.uint8), np.ones((2, 1, 3, 3), np.uint8)
    assert temporaries(lambda: conv2d(x, w)) < 64 * MB
