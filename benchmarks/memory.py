"""Peak memory of one call beyond its results, as the operating system counts it, in a process of its own.

    python benchmarks/memory.py '{"name": …, "x": …}' float32 forward    prints the bytes
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

RETURNED = {"MALLOC_MMAP_THRESHOLD_": str(2**16)}  # arrays go back to the system when they are freed, and are seen
STATUS, FORGET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def extra_megabytes(row, dtype):
    """{"forward": MB, "backward": MB}, each of the first call in a new process."""
    return {which: _in_a_new_process(row, dtype, which) / 2**20 for which in ("forward", "backward")}


def _in_a_new_process(row, dtype, which):
    command = [sys.executable, __file__, json.dumps(row._asdict()), dtype, which]
    environment = os.environ | RETURNED
    return int(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)


def peak(call):
    """Bytes at the peak of a call beyond what it returns and what was there before."""
    if not FORGET.exists():  # not Linux: NumPy tells tracemalloc what it allocates
        tracemalloc.start()
        result = call()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most - _size(result)
    FORGET.write_text("5")  # the high-water mark starts again at what is in use now
    before = _kilobytes("VmRSS")
    result = call()
    return max(0, (_kilobytes("VmHWM") - before) * 1024 - _size(result))


def _kilobytes(name):
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1])


def _size(result):
    return sum(a.nbytes for a in (result if isinstance(result, tuple) else (result,)))


def main():
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).resolve().parents[1])]
    from layers import Row
    from ours import calls

    fields = json.loads(sys.argv[1])
    row = Row(**{name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()})
    forward, backward = calls(row, row.arrays(sys.argv[2]))
    print(peak(forward if sys.argv[3] == "forward" else backward))


if __name__ == "__main__":
    main()
