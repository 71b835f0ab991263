"""Measure conv2d and conv2d_grad against PyTorch, SciPy, one matrix product and the source documents' methods.

All in one process, in alternating blocks (ours, theirs, ours, …) of at least 60 ms, of which medians and quartiles
are kept. Three sweeps over all layers share the blocks: what else the machine does for a while spoils a few of each
layer, not all of one.
The process is started so that neither side pays for what the other leaves behind: waiting threads sleep
(OMP_WAIT_POLICY=passive) and freed memory is kept (MALLOC_MMAP_THRESHOLD_ and MALLOC_TRIM_THRESHOLD_ of 1 GiB).
The matrix product takes turns with them. NumPy's OpenBLAS shares it among threads of its own, which keep a core busy
for 0.1 s when the product is done. The block after it, ours, therefore begins with 0.12 s of calls that do not count.
Results are compared with PyTorch's in float64 before they are timed.

    make bench                        the table, in float32 and float64
    make bench OPTIONS="--quick"      a few rows, in under a minute
    make bench OPTIONS="--unseen 30"  random layers that nobody has tuned for
    make bench OPTIONS="--networks"   layers of known networks
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from time import perf_counter

HERE = Path(__file__).resolve().parent
FAIR = {"OMP_WAIT_POLICY": "passive", "MALLOC_MMAP_THRESHOLD_": str(2**30), "MALLOC_TRIM_THRESHOLD_": str(2**30)}
SEED = "seed of the random layers"  # in the protocol
SWEEPS = 3  # over all layers
SETTLE = 0.12  # seconds after the matrix product
QUICK = (1, 3, 5, 8)
TOLERANCE = {"float32": 1e-4, "float64": 1e-10}


def options(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few rows in float32 against the quick rivals only")
    parser.add_argument("--rows", help="numbers of rows, from 0, separated by commas")
    parser.add_argument("--unseen", type=int, metavar="COUNT", help="so many random layers instead of the table")
    parser.add_argument("--networks", action="store_true", help="layers of known networks instead of the table")
    parser.add_argument("--seed", type=int, default=1, help="of the random layers (default 1)")
    parser.add_argument("--dtype", choices=sorted(TOLERANCE), action="append", help="only this type; may be repeated")
    parser.add_argument("--rounds", type=int, default=9, help="blocks of each side (default 9)")
    parser.add_argument("--block", type=float, default=0.06, help="seconds in a block (default 0.06; 0: one call)")
    parser.add_argument("--threads", type=int, help="threads of either side (default: as many as there are cores)")
    parser.add_argument("--no-slow", action="store_true", help="leave out SciPy and the source documents' methods")
    parser.add_argument("--as-is", action="store_true", help="leave the environment of the process as it is")
    parser.add_argument("--output", type=Path, help="JSON (default: results.json, or part.json); a figure beside it")
    chosen = parser.parse_args(arguments)
    chosen.other = bool(chosen.unseen or chosen.networks)  # than the table
    part = (chosen.quick, chosen.rows, chosen.other, chosen.dtype, chosen.threads, chosen.no_slow, chosen.as_is)
    chosen.output = chosen.output or HERE / ("part.json" if any(part) else "results.json")
    return chosen


def main():
    chosen = options()
    if not (chosen.as_is or fair()):
        return begin_anew()
    if chosen.threads:
        os.environ.update(OPENBLAS_NUM_THREADS=str(chosen.threads), OMP_NUM_THREADS=str(chosen.threads))
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    import report

    results = measure(chosen)
    chosen.output.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print("\n".join(report.table(results["rows"])))
    picture = chosen.output.with_suffix(".html")
    report.figure(results["rows"], results["machine"]["processor"]).write_html(picture)
    print(f"\nwritten: {chosen.output} and {picture.name}, in {results['seconds']:.0f} s")
    return 0


def fair():
    return all(os.environ.get(name) == value for name, value in FAIR.items())


def begin_anew():
    """Run the same command in a process with a fair environment; returns its code."""
    return subprocess.run([sys.executable, *sys.argv], env={**os.environ, **FAIR}, check=False).returncode


def measure(chosen):
    """Everything that is measured, as it is written to the JSON file."""
    from layers import ROWS, unseen
    from networks import NETWORKS
    from tqdm import tqdm

    begin = perf_counter()
    rows = unseen(chosen.unseen, chosen.seed) if chosen.unseen else NETWORKS if chosen.networks else ROWS
    numbers = [int(n) for n in chosen.rows.split(",")] if chosen.rows else QUICK if chosen.quick else range(len(rows))
    dtypes = chosen.dtype or (["float32"] if chosen.quick or chosen.other else sorted(TOLERANCE))
    jobs = [(rows[n], dtype) for dtype in dtypes for n in numbers if n < len(rows)]
    sweeps = split(rounds(chosen))
    found = [{} for _ in jobs]
    with tqdm(total=len(jobs) * len(sweeps), unit="layer", disable=None) as bar:
        for count in sweeps:
            for job, blocks in zip(jobs, found, strict=True):
                add_blocks(blocks, *job, count, chosen)
                bar.update()
    measured = [measured_row(*job, blocks, chosen) for job, blocks in zip(jobs, found, strict=True)]
    return {"machine": machine(), "protocol": protocol(chosen), "seconds": perf_counter() - begin, "rows": measured}


def rounds(chosen):
    return 5 if chosen.quick else chosen.rounds


def split(count):
    """So many rounds as the rounds of each sweep."""
    sweeps = max(1, min(SWEEPS, count // 3))
    return [count // sweeps + (n < count % sweeps) for n in range(sweeps)]


def add_blocks(blocks, row, dtype, count, chosen):
    """Add the seconds of `count` rounds of one layer, in one type of number, to those of the sweeps before."""
    import rivals
    from ours import calls
    from timing import blocks as timed

    arrays = row.arrays(dtype)
    (forward, backward), (their_forward, their_backward) = calls(row, arrays), rivals.pytorch(row, arrays)
    if not blocks:
        check(row, dtype, forward, backward)
    product, share = rivals.matrix_product(row, dtype)
    timing = {"rounds": count, "block": chosen.block}
    rivals_of_forward = {"one matrix product": product, "ours": forward, "PyTorch": their_forward}
    ahead = timed(rivals_of_forward, settle={"ours": SETTLE if chosen.block else 0}, **timing)
    ahead["one matrix product"] = [share * seconds for seconds in ahead["one matrix product"]]
    back = timed({"ours": backward, "PyTorch": their_backward}, **timing)
    for way, found in (("forward", ahead), ("backward", back)):
        place = blocks.setdefault(way, {})
        for name, seconds in found.items():
            place.setdefault(name, []).extend(seconds)


def measured_row(row, dtype, blocks, chosen):
    """The layer, its memory and its times, as they are written."""
    from memory import extra_megabytes
    from timing import Times

    times = {way: {name: Times.of(s) for name, s in found.items()} for way, found in blocks.items()}
    if not (chosen.quick or chosen.no_slow or chosen.other):
        times["forward"] |= slow_times(row, dtype)
    about = {"dtype": dtype, "multiplications": row.multiplications, "megabytes": extra_megabytes(row, dtype)}
    return row._asdict() | about | times


def slow_times(row, dtype):
    """The times of SciPy and of the source documents' methods, forward, without alternation."""
    import rivals
    from ours import calls
    from timing import once

    arrays, found = row.arrays(dtype), {}
    expected = calls(row, arrays)[0]()
    for name, method in rivals.SLOW.items():
        call, factor = rivals.of_some_images(row, arrays, method)
        compare([call()], [expected[: round(len(expected) / factor)]], dtype)
        found[name] = once(call).scaled(factor)
    return found


def check(row, dtype, forward, backward):
    """Compare with PyTorch's float64: its own float32 adds up db so that the fourth digit is wrong at times."""
    import rivals

    their_forward, their_backward = rivals.pytorch(row, row.arrays("float64"))
    compare([forward()], [their_forward()], dtype)
    compare(backward(), their_backward(), dtype)


def compare(ours, theirs, dtype):
    """Refuse to time what is wrong: differences are measured against the largest number of the expected result."""
    import numpy as np

    for a, b in zip(ours, theirs, strict=True):
        scale = max(np.abs(b).max(initial=0), 1e-30)
        difference = np.abs(a - b).max(initial=0) / scale
        if a.shape != b.shape or not difference < TOLERANCE[dtype]:
            raise AssertionError(f"results differ by {difference:.1e} of the largest number, in {dtype}")


def machine():
    """The processor, the number of cores and the versions of everything that takes part."""
    import scipy
    import torch

    return host() | {
        "scipy": scipy.__version__, "torch": torch.__version__, "torch threads": torch.get_num_threads(),
    }  # fmt: skip


def host():
    """The processor, the number of cores, Python and NumPy."""
    import numpy as np

    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def protocol(chosen):
    drawn = {SEED: chosen.seed} if chosen.unseen else {}
    named = "unseen" if chosen.unseen else "networks" if chosen.networks else "layers"
    return drawn | {
        "list": named,
        "rounds": rounds(chosen),
        "sweeps": len(split(rounds(chosen))),
        "seconds in a block": chosen.block,
        "seconds not counted after the matrix product": SETTLE if chosen.block else 0,
        "environment": {name: os.environ.get(name, "") for name in FAIR},
        "times": "seconds: median, lower and upper quartile of the blocks",
    }


if __name__ == "__main__":
    sys.exit(main())
