"""Keep of the results of `make bench` what chapter 17 shows.

    python benchmarks/keep.py [results.json]      writes scratchconv/measured/layers.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from stored import store

SIDES = ("ours", "PyTorch", "one matrix product")
ABOUT = ("name", "x", "w", "stride", "padding", "groups", "dtype", "multiplications", "megabytes")


def kept(results):
    """The machine, the protocol, and of each row the layer and the times of the three quick rivals."""
    rows = [
        {name: row[name] for name in ABOUT}
        | {way: {side: row[way][side] for side in SIDES if side in row[way]} for way in ("forward", "backward")}
        for row in results["rows"]
    ]
    return {"machine": results["machine"], "protocol": results["protocol"], "rows": rows}


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("results.json")
    store("layers", kept(json.loads(path.read_text(encoding="utf-8"))))
