"""Run every check of the project, one stage after another, and stop at the first that fails.

lint -> unit tests and doctests -> every notebook, run on the installed package in an empty folder and compared with
what it stores -> strict build of the site -> checks of the built site -> every page in a real browser. Where no browser
is found, the last stage is left out and the last line says so; with SCRATCHCONV_BROWSER=required that is a failure.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from browsing import why_no_browser
from execute import kernel_environment
from project import ROOT, notebooks

SITE_TESTS = ("tests/test_site.py",)
BROWSER_TESTS = (    # longest first
    "tests/test_browser.py",
    "tests/test_poster_pages.py",
    "tests/test_explorer.py",
    "tests/test_tall_figures.py",
    "tests/test_trimmed_style.py",
)


def stages():
    """name -> (title, command after `python`), in the order they run."""
    pytest = ["-m", "pytest", "-q"]
    later = [f"--deselect={test}" for test in SITE_TESTS + BROWSER_TESTS]
    return {
        "lint": ("Lint", ["-m", "ruff", "check", "."]),
        "units": ("Unit tests and doctests", [*pytest, "-n", "2", *later]),
        "notebooks": (
            f"{len(notebooks())} notebooks, run as on Colab and compared with their stored outputs",
            ["book/_tools/elsewhere.py"],
        ),
        "site": ("Site, built from nothing with warnings as errors", ["book/_tools/build.py", "--always"]),
        "pages": ("Pages of the built site", [*pytest, *SITE_TESTS]),
        "browser": ("Every page in a browser", [*pytest, "-n", "2", "--dist", "worksteal", *BROWSER_TESTS]),
    }


def environment(folder):
    """The reader's own Jupyter and pytest settings stay out; the site tests may not be skipped."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # two processes share the cores
    required = {"SCRATCHCONV_SITE": "required", "SCRATCHCONV_BROWSER": "required"}    # nothing is skipped on the way
    return {**inherited, **kernel_environment(folder), **one_thread, **required}


def duration(seconds):
    return f"{int(seconds // 60)} min {seconds % 60:.0f} s" if seconds >= 60 else f"{seconds:.1f} s"


def main(arguments=None):
    every = stages()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="*", metavar="stage", help=f"only these: {', '.join(every)}")
    wanted = parser.parse_args(arguments).stages or list(every)
    if unknown := [name for name in wanted if name not in every]:
        parser.error(f"no stage called {unknown[0]!r}; there are {', '.join(every)}")

    missing = why_no_browser() if "browser" in wanted else ""
    if missing and os.environ.get("SCRATCHCONV_BROWSER") == "required":
        raise SystemExit(f"=== FAILED: {missing}")
    if missing:
        wanted.remove("browser")

    with tempfile.TemporaryDirectory() as folder:
        spent = run({name: every[name] for name in wanted}, environment(folder))
    print(f"=== All passed in {duration(sum(spent.values()))}: " + ", ".join(
        f"{name} {duration(seconds)}" for name, seconds in spent.items()
    ))
    if missing:
        print(f"=== Not run, the pages in a browser: {missing}")


def run(chosen, settings):
    """Run these stages up to the first that fails; return name -> seconds."""
    spent = {}
    for number, (name, (title, command)) in enumerate(chosen.items(), start=1):
        print(f"\n=== {number}/{len(chosen)} {title} (at {duration(sum(spent.values()))})", flush=True)
        begin = time.perf_counter()
        status = subprocess.run([sys.executable, *command], cwd=ROOT, env=settings).returncode
        spent[name] = time.perf_counter() - begin
        if status:
            raise SystemExit(f"=== FAILED: {title} (at {duration(sum(spent.values()))})")
    return spent


if __name__ == "__main__":
    main()
