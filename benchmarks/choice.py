"""How good the choice among `methods.DIRECT` is: random layers, each done in every way.

    python benchmarks/choice.py [--layers 300] [--seed 1] [--threads 2]

What the choice costs is the time of the chosen way over that of the quickest, in the geometric mean.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LARGEST = 300_000_000  # multiplications: larger layers would take most of the time


def options(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, default=300, help="how many (default 300)")
    parser.add_argument("--seed", type=int, default=1, help="of the random layers (default 1)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="(default: as many as there are cores)")
    return parser.parse_args(arguments)


def drawn(count, seed):
    """(row, layer, ways) of random layers for which there are several ways and none outside of these is taken."""
    import numpy as np
    from layers import unseen

    from scratchconv import methods, shapes

    found = []
    for row in unseen(4 * count, seed):
        x, w = (np.broadcast_to(np.float32(0), shape) for shape in (row.x, row.w))
        layer = shapes.layer(x, w, **row.options)
        ways = methods.direct(layer, x.itemsize)
        taken = methods.choose("auto", layer, x.dtype)
        if row.multiplications <= LARGEST and len(ways) > 1 and taken is ways[0]:
            found.append((row, layer, ways))
    return found[:count]


def seconds(row, layer, ways, rounds=4):
    """{name: seconds} of the quickest of some calls, in turn; the chosen way first."""
    import numpy as np
    from timing import alternate

    from scratchconv import engine

    x, w, *_ = row.arrays("float32")
    y = np.empty(layer.y_shape, x.dtype)
    calls = {way.__name__: (lambda way=way: engine.correlate(x, w, 0, y, layer, way)) for way in ways}
    return {name: times.low for name, times in alternate(calls, rounds=rounds, block=0.01).items()}


def summary(times):
    """Lines of text from the seconds of every layer, in which the chosen way stands first."""
    import numpy as np

    from scratchconv.methods import DIRECT

    chosen, quickest = [next(iter(t)) for t in times], [min(t, key=t.get) for t in times]
    over = np.array([t[one] / t[other] for t, one, other in zip(times, chosen, quickest, strict=True)])
    lost = np.exp(np.log(over).mean()) - 1
    names = [way.__name__ for way in DIRECT]
    shares = [(name, *(which.count(name) / len(times) for which in (chosen, quickest))) for name in names]
    lines = [f"{name:12} chosen for {one:4.0%}, quickest for {other:4.0%}" for name, one, other in shares]
    return [f"{len(times)} layers: the choice costs {lost:.1%}, at worst {over.max() - 1:.0%}", *lines]


def main():
    chosen = options()
    os.environ["OPENBLAS_NUM_THREADS"] = str(chosen.threads)
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    from run import begin_anew, fair
    from tqdm import tqdm

    if not fair():
        return begin_anew()
    bar = tqdm(drawn(chosen.layers, chosen.seed), unit="layer", disable=None)
    print("\n".join(summary([seconds(*layer) for layer in bar])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
