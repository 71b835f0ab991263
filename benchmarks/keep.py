"""Keep of the results of `make bench` what chapter 17 shows.

    python benchmarks/keep.py [results.json]      writes scratchconv/measured/layers.json
    python benchmarks/keep.py part.json           after --unseen or --networks: writes unseen.json or networks.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from stored import store

SIDES = ("ours", "PyTorch", "one matrix product")
ABOUT = ("name", "x", "w", "stride", "padding", "groups", "dtype", "multiplications", "megabytes")
DRAWN = ("x", "w", "stride", "padding", "dilation", "groups")


def keep(results):
    """The name under which results are stored, and what is kept of them."""
    name = results["protocol"]["list"]
    if name == "layers":
        return name, kept(results)
    return name, kept_medians(results, DRAWN if name == "unseen" else ("name", *DRAWN))


def kept(results):
    """The machine, the protocol, and of each row the layer and the times of the three quick rivals."""
    rows = [
        {name: row[name] for name in ABOUT}
        | {way: {side: row[way][side] for side in SIDES if side in row[way]} for way in ("forward", "backward")}
        for row in results["rows"]
    ]
    return {"machine": results["machine"], "protocol": results["protocol"], "rows": rows}


def kept_medians(results, about):
    """The same of layers that are many: no quartiles."""
    rows = []
    for row in results["rows"]:
        medians = {way: {side: [row[way][side][0]] for side in SIDES[:2]} for way in ("forward", "backward")}
        rows.append({name: row[name] for name in about} | medians)
    protocol = results["protocol"] | {"times": "seconds: median of the blocks"}
    return {"machine": results["machine"], "protocol": protocol, "rows": rows}


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("results.json")
    store(*keep(json.loads(path.read_text(encoding="utf-8"))))
