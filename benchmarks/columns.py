"""Time products by their number of columns, and layers whose rows are filled up beside the same layers as they are.

    python benchmarks/columns.py        writes scratchconv/measured/columns.json, in half a minute

One thread works, in float32. A product is one row of outputs of a layer: (64, 144) times (144, columns).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
COLUMNS = (16, 20, 24, 26, 28, 30, 32)
ROWS, TAPS, STACK = 64, 144, 28


def products():
    """{columns: call} for stacks of products that differ in nothing else."""
    import numpy as np

    def of(columns):
        b, out = np.ones((STACK, TAPS, columns), np.float32), np.empty((STACK, ROWS, columns), np.float32)
        return lambda: np.matmul(a, b, out=out)

    a = np.ones((ROWS, TAPS), np.float32)
    return {columns: of(columns) for columns in COLUMNS}


def both_ways(x, w, layer):
    """{"filled up": call, "as they are": call} for one layer done by `Blocked`."""
    import numpy as np

    from scratchconv import engine
    from scratchconv.methods.blocked import Blocked

    def correlate(fill):
        module.filled = fill
        try:
            engine.correlate(x, w, 0, y, layer, Blocked)
        finally:
            module.filled = filled
        return y

    y, module = np.empty(layer.y_shape, x.dtype), sys.modules[Blocked.__module__]
    filled = module.filled
    return {"filled up": lambda: correlate(filled), "as they are": lambda: correlate(lambda columns, *_: columns)}


def chosen():
    """(row, layer) of the layers of networks whose rows "auto" fills up."""
    import numpy as np
    from networks import NETWORKS

    from scratchconv import methods, shapes
    from scratchconv.methods.products import filled

    for row in NETWORKS:
        x, w = (np.broadcast_to(np.float32(0), shape) for shape in (row.x, row.w))
        layer = shapes.layer(x, w, **row.options)
        filters, taps = layer.F // layer.groups, w[0].size
        wide = filled(layer.OW, filters, taps, x.itemsize)
        if methods.choose("auto", layer, x.dtype) is methods.Blocked and wide > layer.OW:
            yield row, layer


def main():
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    from run import begin_anew, fair, host
    from stored import quiet, store
    from timing import alternate

    if not fair():
        return begin_anew()
    machine = host() | quiet()
    how = {"rounds": 21, "block": 0.06}
    by_columns = {columns: times.scaled(1 / STACK) for columns, times in alternate(products(), **how).items()}
    layers = []
    for row, layer in chosen():
        x, w, *_ = row.arrays("float32")
        layers.append({"name": row.name, "seconds": alternate(both_ways(x, w, layer), **how)})
    protocol = "medians and quartiles of 21 alternating blocks of 60 ms, float32, one thread, environment of make bench"
    found = [{"columns": columns, "seconds": times} for columns, times in by_columns.items()]
    store("columns", {"machine": machine, "protocol": protocol, "products": found, "layers": layers})
    return 0


if __name__ == "__main__":
    sys.exit(main())
