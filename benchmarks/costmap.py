"""Time four methods over kernel sizes and channels, as many filters as channels, on one size of map.

    python benchmarks/costmap.py      writes scratchconv/measured/costmap.json, in three minutes

"strided" multiplies on all of BLAS's threads, which stay busy for a while: it comes last, and `run.SETTLE` after it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
KERNELS = (1, 3, 5, 7, 9, 11, 15, 21)
CHANNELS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
IMAGES, SIZE = 2, 32
METHODS = ("blocked", "winograd", "transforms", "strided")


def calls(x, w):
    """{method: call} of those that can do the layer, padded to "same"."""
    import scratchconv as sc
    from scratchconv import engine, shapes
    from scratchconv.methods.overlap_save import OverlapSave, plan

    layer = shapes.layer(x, w, stride=1, padding="same", dilation=1, groups=1)
    y = np.empty(layer.y_shape, x.dtype)
    ways = {"blocked": lambda: sc.conv2d(x, w, padding="same", method="blocked")}
    if w.shape[2:] == (3, 3):
        ways["winograd"] = lambda: sc.conv2d(x, w, padding="same", method="winograd")
    if w[0, 0].size > 1 and plan(layer, x.itemsize):
        ways["transforms"] = lambda: (engine.correlate(x, w, 0, y, layer, OverlapSave), y)[1]
    return ways | {"strided": lambda: sc.conv2d(x, w, padding="same", method="strided")}


def measure(kernel, channels, seconds=0.02):
    """{method: median seconds} of one cell of the map."""
    from run import SETTLE
    from timing import alternate

    rng = np.random.default_rng(0)
    x = rng.standard_normal((IMAGES, channels, SIZE, SIZE), np.float32)
    w = rng.standard_normal((channels, channels, kernel, kernel), np.float32)
    times = alternate(calls(x, w), rounds=3, block=seconds, settle={"blocked": SETTLE})  # it comes after "strided"
    return {name: found.median for name, found in times.items()}


def main():
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    from run import begin_anew, fair, host
    from stored import quiet, store
    from tqdm import tqdm

    if not fair():
        return begin_anew()

    machine = host() | quiet()
    cells = [(k, c) for k in KERNELS for c in CHANNELS]
    times = {cell: measure(*cell) for cell in tqdm(cells, unit="layer", disable=None)}
    seconds = {name: [[times[k, c].get(name) for c in CHANNELS] for k in KERNELS] for name in METHODS}
    layer = {"images": IMAGES, "size": SIZE, "padding": "same", "filters": "as many as channels", "dtype": "float32"}
    store("costmap", {"machine": machine, "layer": layer, "kernels": KERNELS, "channels": CHANNELS, **seconds})
    return 0


if __name__ == "__main__":
    sys.exit(main())
