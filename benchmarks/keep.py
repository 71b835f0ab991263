"""Keep of the results of `make bench` what chapter 17 shows.

    python benchmarks/keep.py                      after make bench: writes scratchconv/measured/layers.json
    python benchmarks/keep.py part.json            after --unseen or --networks: unseen.json or networks.json
    python benchmarks/keep.py --elsewhere A B C    the three of a second machine: elsewhere.json
    python benchmarks/keep.py --redrawn part.json  after --unseen with another seed: redrawn.json
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from run import SEED
from stored import FOLDER, store

SIDES = ("ours", "PyTorch", "one matrix product")
ABOUT = ("name", "x", "w", "stride", "padding", "groups", "dtype", "multiplications", "megabytes")
DRAWN = ("x", "w", "stride", "padding", "dilation", "groups")
LISTS = ("layers", "unseen", "networks")


def options(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="*", type=Path, help="what make bench has written (default: results.json)")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--elsewhere", action="store_true", help="keep three results as those of a second machine")
    kind.add_argument("--redrawn", action="store_true", help="keep random layers of another seed beside the first ones")
    chosen = parser.parse_args(arguments)
    chosen.results = chosen.results or [Path(__file__).with_name("results.json")]
    return chosen


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
    rows = [{name: row[name] for name in about} | _medians(row, SIDES[:2]) for row in results["rows"]]
    protocol = results["protocol"] | {"times": "seconds: median of the blocks"}
    return {"machine": results["machine"], "protocol": protocol, "rows": rows}


def kept_elsewhere(runs):
    """Medians of all three lists on a second machine, each in the order of its list: the layers are not repeated."""
    runs = {results["protocol"]["list"]: results for results in runs}
    machines = [results["machine"] for results in runs.values()]
    if sorted(runs) != sorted(LISTS) or any(machine != machines[0] for machine in machines):
        raise SystemExit(f"needed are results of {', '.join(LISTS)}, all of one machine; got {', '.join(runs)}")
    protocol = {name: runs[name]["protocol"] for name in LISTS}
    sides = {name: SIDES if name == "layers" else SIDES[:2] for name in LISTS}
    rows = {name: [_medians(row, sides[name]) for row in runs[name]["rows"]] for name in LISTS}
    return {"machine": machines[0], "protocol": protocol} | rows


def kept_redrawn(runs):
    """Medians of random layers that are not those of unseen.json."""
    first = json.loads((FOLDER / "unseen.json").read_text(encoding="utf-8"))["protocol"][SEED]
    protocols = [run["protocol"] for run in runs]
    if [protocol["list"] for protocol in protocols] != ["unseen"] or protocols[0][SEED] == first:
        raise SystemExit(f"needed is one result of --unseen with a seed other than {first}; got {protocols}")
    return kept_medians(runs[0], DRAWN)


def _medians(row, sides):
    ways = ("forward", "backward")
    return {way: {side: row[way][side][:1] for side in sides if side in row[way]} for way in ways}


def main():
    chosen = options()
    results = [json.loads(path.read_text(encoding="utf-8")) for path in chosen.results]
    if chosen.elsewhere:
        store("elsewhere", kept_elsewhere(results))
    elif chosen.redrawn:
        store("redrawn", kept_redrawn(results))
    else:
        for run in results:
            store(*keep(run))
    return 0


if __name__ == "__main__":
    sys.exit(main())
