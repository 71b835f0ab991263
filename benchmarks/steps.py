"""Time the steps of chapter 17, with the very functions that stand in the chapter, against one matrix product.

    python benchmarks/steps.py      writes scratchconv/measured/steps.json, in a minute

In a process like that of `run.py`, which keeps freed memory: page faults are not what is compared. A product on all
cores leaves a thread of BLAS waiting, which takes a core from whoever comes next: every block begins with `run.SETTLE`
seconds that do not count. Images are padded before.
"""

from __future__ import annotations

import ast
import json
import sys
import tracemalloc
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHAPTER = HERE.parent / "book" / "17-cache-sized-pieces.ipynb"
STEPS = {
    "gather by index": "gather",
    "strided, at once": "strided_at_once",
    "image by image": "image_by_image",
    "row lowering": "row_lowering",
    "in pieces": "in_pieces",
    "two threads": "shared",
    "small products": "small_products",
}
ROWS = ("5×5 on CIFAR", "3×3, 64 channels", "3×3, 256 channels")


def chapter_functions(path=CHAPTER):
    """What the cells of a chapter define, by name; only imports, constants and functions are run."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [c for c in cells if c["cell_type"] == "code" and "solution" not in c["metadata"].get("tags", [])]
    nodes = [node for cell in code[1:] for node in ast.parse("".join(cell["source"])).body if _defines(node)]
    names = {}
    exec("import numpy as np\nimport scratchconv as sc", names)
    exec(compile(ast.Module(nodes, []), path.name, "exec"), names)
    return names


def _defines(node):
    constant = isinstance(node, ast.Assign) and all(isinstance(t, ast.Name) and t.id.isupper() for t in node.targets)
    return constant or isinstance(node, (ast.FunctionDef, ast.Import, ast.ImportFrom))


def measure(row, rounds=5, block=0.25):
    """Seconds and megabytes of every step on one layer, and the limit: as many multiplications in one product."""
    import numpy as np
    import rivals
    from run import SETTLE, compare
    from timing import alternate

    x, w, *_ = row.arrays("float32")
    x = np.pad(x, ((0, 0), (0, 0), *((p, p) for p in row.padding)))
    calls = steps(x, w)
    expected = calls["the package"]()
    for call in calls.values():
        compare([call()], [expected], "float32")
    product, share = rivals.matrix_product(row, "float32")
    times = alternate({"limit": product, **calls}, rounds=rounds, block=block, settle=dict.fromkeys(calls, SETTLE))
    done = [{"step": name, "seconds": times[name], "megabytes": peak(call) / 2**20} for name, call in calls.items()]
    return {
        "name": row.name, "x": x.shape, "w": w.shape, "multiplications": row.multiplications,
        "limit": times["limit"].scaled(share), "steps": done,
    }  # fmt: skip


def steps(x, w):
    """The chapter's functions and the package's own, as calls without arguments."""
    import scratchconv as sc

    functions = chapter_functions()
    calls = {label: lambda f=functions[name]: f(x, w) for label, name in STEPS.items()}
    return calls | {"the package": lambda: sc.conv2d(x, w)}


def peak(call):
    """Bytes that NumPy asks for at the peak of a call, beyond what it returns."""
    from scratchconv import workspace

    workspace._free.clear()  # the package keeps its workspace from call to call: count it
    tracemalloc.start()
    result = call()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most - result.nbytes


def main():
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    from layers import ROWS as LAYERS
    from run import begin_anew, fair, host
    from stored import quiet, store

    if not fair():
        return begin_anew()
    machine = host() | quiet()
    measured = [measure(row) for row in LAYERS if row.name in ROWS]
    protocol = "medians and quartiles of 5 alternating blocks of 250 ms at least, 0.12 s before each not counted, "
    protocol += "float32, environment of make bench"
    store("steps", {"machine": machine, "protocol": protocol, "layers": measured})
    for layer in measured:
        print(layer["name"], *(f"{s['step']} {1e3 * s['seconds'][0]:.1f} ms" for s in layer["steps"]), sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
