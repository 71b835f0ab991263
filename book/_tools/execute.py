"""Run the book's notebooks and store their outputs.

Without names every notebook of the table of contents runs, in place. A notebook whose cell fails is left as it was.
With `--source kaggle` the chapters that use data run on the real MNIST and CIFAR-10 and go to another folder.
"""

import argparse
import copy
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from project import notebook_text, notebooks, read_notebook, source

SETTING = re.compile(r'^SOURCE = "bundled"', re.MULTILINE)    # one visible line in a chapter that uses data
METADATA = {    # no Python version: it would change with the machine
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def kernel_environment(folder):
    """Settings that keep the reader's own Jupyter, IPython and Plotly configuration out of the run."""
    profile = Path(folder) / "ipythondir" / "profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_kernel_config.py").write_text('get_config().IPKernelApp.log_level = "ERROR"\n')
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    return {
        **{name: str(Path(folder) / name.lower()) for name in places},
        "JUPYTER_PLATFORM_DIRS": "1",
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PLOTLY_RENDERER": "plotly_mimetype",
    }


def run(notebook, folder):
    """Execute a notebook (nbformat JSON) in a fresh kernel and an empty folder; return a new one with outputs."""
    import nbformat
    from nbclient import NotebookClient

    node = nbformat.reads(json.dumps(notebook), as_version=4)
    node.metadata = nbformat.from_dict(METADATA)
    for cell in node.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(node, timeout=600, kernel_name="python3", record_timing=False, coalesce_streams=True,
                            resources={"metadata": {"path": folder}})
    client.execute()
    node.metadata = nbformat.from_dict(METADATA)    # the kernel has added its own
    return stored(node)


def stored(node):
    """The notebook as plain JSON in the project's one form, with text split into lines."""
    import nbformat

    node = nbformat.v4.rwbase.strip_transient(node)
    plain = nbformat.v4.rwbase.split_lines(copy.deepcopy(node))
    for cell in plain["cells"]:
        if cell["cell_type"] == "code":
            cell["metadata"].pop("execution", None)
    return {"cells": plain["cells"], "metadata": plain["metadata"], "nbformat": 4, "nbformat_minor": 5}


def with_source(notebook, name):
    """The notebook with its one visible data setting changed, or None if it has none."""
    changed = copy.deepcopy(notebook)
    places = 0
    for cell in changed["cells"]:
        if cell["cell_type"] == "code":
            cell["source"], count = SETTING.subn(f'SOURCE = "{name}"', source(cell))
            places += count
    if places > 1:
        raise SystemExit(f'SOURCE = "bundled" stands in {places} places; one was expected')
    return changed if places else None


def write_whole(path, text):
    """Replace a file in one step, so that an interruption leaves the old one."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def find(names):
    """Paths for what was typed: a path, a file name, or the beginning of a name such as 03."""
    if not names:
        return notebooks()
    found = []
    for name in names:
        paths = [Path(name)] if Path(name).is_file() else [p for p in notebooks() if p.name.startswith(name)]
        if not paths:
            raise SystemExit(f"no notebook called {name!r}; there are {', '.join(p.stem for p in notebooks())}")
        found += paths
    return found


def failure(error, notebook):
    """One line saying which cell failed, and the error itself."""
    from nbclient.exceptions import CellExecutionError

    if not isinstance(error, CellExecutionError):
        return f"{type(error).__name__}: {error}"
    cells = [i for i, cell in enumerate(notebook["cells"], start=1) if cell["cell_type"] == "code"]
    text = str(error)
    place = next((i for i in cells if source(notebook["cells"][i - 1]).strip() in text), "?")
    return f"cell {place} raised {error.ename}: {error.evalue}\n{text}"


def execute(path, output, name):
    """Run one notebook and store it; return an error message, or None."""
    notebook = read_notebook(path)
    wanted = with_source(notebook, name) if name else notebook
    if wanted is None:
        print("  no data setting, skipped", flush=True)
        return None
    with tempfile.TemporaryDirectory() as folder:
        try:
            result = run(wanted, folder)
        except Exception as error:    # whatever it was, the stored notebook stays
            return failure(error, wanted)
    target = Path(output) / path.name if output else path
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, notebook_text(result))
    return None


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", help="paths, or beginnings of names such as 03; all if none")
    parser.add_argument("--source", choices=["kaggle"], help="run on the real data instead of the bundled samples")
    parser.add_argument("--output", help="write the executed notebooks to this folder and leave the book's own alone")
    options = parser.parse_args(arguments)
    if options.source and not options.output:
        parser.error("--source changes the results: name a folder for them with --output")

    failed = []
    paths = find(options.notebooks)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(kernel_environment(folder))
        for number, path in enumerate(paths, start=1):
            print(f"[{number}/{len(paths)}] {path.stem}", flush=True)
            start = time.perf_counter()
            error = execute(path, options.output, options.source)
            if error:
                failed.append(path.stem)
                print(f"  FAILED, notebook left as it was: {error}", file=sys.stderr, flush=True)
            else:
                print(f"  {time.perf_counter() - start:.1f} s", flush=True)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
