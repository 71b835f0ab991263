"""Time row lowering on one layer in pieces of many sizes, from a few kilobytes to the whole layer.

    python benchmarks/piecesize.py      writes scratchconv/measured/piecesize.json, in half a minute

The pieces are the package's: images, or rows of one image, as many as fit. The methods that "auto" would rather take
are left out, and one thread works, so that each piece has a cache to itself.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SIZES = tuple(2**k for k in range(15, 27))  # bytes: 32 kB to 64 MB
NAME = "3×3, 64 channels"
CACHES = Path("/sys/devices/system/cpu/cpu0/cache")


def caches():
    """{"L1": bytes, …} of the first processor: data or both, as Linux tells them; empty elsewhere."""
    found = {}
    for index in sorted(CACHES.glob("index*")):
        kind, level, size = ((index / name).read_text().strip() for name in ("type", "level", "size"))
        if kind != "Instruction":
            found[f"L{level}"] = int(size.removesuffix("K")) * 1024
    return found


def calls(x, w, layer):
    """{bytes: call} for each size, and how many pieces each makes."""
    import numpy as np

    from scratchconv import engine
    from scratchconv.methods.blocked import Blocked
    from scratchconv.slabs import slabs

    def of_size(size):
        Sized = type("Sized", (Blocked,), {"bytes": size})
        kernel = Sized(w, layer)
        pieces = len(list(slabs(layer, size // y.itemsize, kernel.numbers(layer), kernel.halo())))
        return lambda: engine.correlate(x, w, 0, y, layer, Sized), pieces

    y = np.empty(layer.y_shape, x.dtype)
    return {size: of_size(size) for size in SIZES}


def main():
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    from layers import ROWS
    from run import begin_anew, fair, host
    from stored import quiet, store
    from timing import alternate

    from scratchconv import shapes

    if not fair():
        return begin_anew()
    machine = host() | {"caches": caches()} | quiet()
    row = next(row for row in ROWS if row.name == NAME)
    x, w, *_ = row.arrays("float32")
    layer = shapes.layer(x, w, **row.options)
    sized = calls(x, w, layer)
    times = alternate({size: call for size, (call, _) in sized.items()}, rounds=5, block=0.12)
    sizes = [{"bytes": size, "pieces": sized[size][1], "seconds": times[size]} for size in SIZES]
    protocol = "medians and quartiles of 5 alternating blocks of 120 ms, float32, one thread, environment of make bench"
    store("piecesize", {"machine": machine, "protocol": protocol, "layer": row._asdict(), "sizes": sizes})
    for size in sizes:
        print(f"{size['bytes'] // 1024:7} kB {size['pieces']:5} pieces {1e3 * size['seconds'][0]:8.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
