"""Run every check of the project, one stage after another, and stop at the first that fails.

lint -> unit tests and doctests -> every notebook, run and compared with what it stores -> strict build of the site
-> checks of the built site.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from execute import kernel_environment
from project import ROOT, notebooks

SITE_TESTS = ("tests/test_site.py", "tests/test_explorer.py", "tests/test_browser.py")


def stages():
    """name -> (title, command after `python`), in the order they run."""
    pytest = ["-m", "pytest", "-q"]
    books = [str(path.relative_to(ROOT)) for path in notebooks()]
    return {
        "lint": ("Lint", ["-m", "ruff", "check", "."]),
        "units": ("Unit tests and doctests", [*pytest, "-n", "2", *(f"--deselect={test}" for test in SITE_TESTS)]),
        "notebooks": (
            f"{len(books)} notebooks, run and compared with their stored outputs",
            [*pytest, "-n", "2", "--dist", "loadfile", "--nbval", "--nbval-current-env", *books],
        ),
        "site": ("Site, built from nothing with warnings as errors", ["book/_tools/build.py", "--always"]),
        "pages": ("Pages of the built site", [*pytest, *SITE_TESTS]),
    }


def environment(folder):
    """The reader's own Jupyter and pytest settings stay out; the site tests may not be skipped."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # two processes share the cores
    return {**inherited, **kernel_environment(folder), **one_thread, "SCRATCHCONV_SITE": "required"}


def duration(seconds):
    return f"{int(seconds // 60)} min {seconds % 60:.0f} s" if seconds >= 60 else f"{seconds:.1f} s"


def main(arguments=None):
    every = stages()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="*", metavar="stage", help=f"only these: {', '.join(every)}")
    wanted = parser.parse_args(arguments).stages or list(every)
    if unknown := [name for name in wanted if name not in every]:
        parser.error(f"no stage called {unknown[0]!r}; there are {', '.join(every)}")

    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        settings = environment(folder)
        for number, name in enumerate(wanted, start=1):
            title, command = every[name]
            print(f"\n=== {number}/{len(wanted)} {title} (at {duration(time.perf_counter() - begin)})", flush=True)
            status = subprocess.run([sys.executable, *command], cwd=ROOT, env=settings).returncode
            if status:
                raise SystemExit(f"=== FAILED: {title} (at {duration(time.perf_counter() - begin)})")
    print(f"=== All passed in {duration(time.perf_counter() - begin)}")


if __name__ == "__main__":
    main()
