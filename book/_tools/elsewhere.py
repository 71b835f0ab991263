"""Run every notebook as on Colab, and compare what it prints with what it stores.

The package is built and installed as pip does it, out of the way of this folder; each notebook runs on that copy, alone
in a folder of its own. So a file that is missing from the package, or a path that leads only from here, is noticed.
Arguments go on to pytest (-k 05, say).
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from project import BOOK, ROOT, notebooks

PACKAGED = ("pyproject.toml", "README.md", "LICENSE")
PYTEST = (
    *("-m", "pytest", "-q", "-ra", "-n", "2", "--dist", "loadfile"),
    *("--nbval", "--nbval-current-env", "-p", "no:cacheprovider", "--import-mode=importlib"),
)
INSTALL = ("-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--no-compile")


def installed(folder):
    """Install the package into a new folder; return that. A copy is built: here an old build may lie about."""
    source, target = folder / "source", folder / "installed"
    shutil.copytree(ROOT / "scratchconv", source / "scratchconv", ignore=shutil.ignore_patterns("__pycache__"))
    for name in PACKAGED:
        shutil.copy(ROOT / name, source)
    subprocess.run([sys.executable, *INSTALL, "--target", str(target), str(source)], check=True)
    return target


def laid_out(folder):
    """Copy each notebook into a folder of its own, and how they are compared beside them; return their paths in it."""
    shutil.copy(BOOK / "conftest.py", folder)
    places = [Path(path.stem) / path.name for path in notebooks()]
    for place, path in zip(places, notebooks(), strict=True):
        (folder / place).parent.mkdir()
        shutil.copy(path, folder / place)
    return list(map(str, places))


def imported_from(cwd, settings):
    """The folder from which a program there takes the package."""
    program = "import scratchconv; print(scratchconv.__path__[0])"
    return Path(subprocess.check_output([sys.executable, "-c", program], cwd=cwd, env=settings, text=True).strip())


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    _, options = parser.parse_known_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder, empty = Path(name), Path(name) / "notebooks"
        empty.mkdir()
        settings = {**os.environ, "PYTHONPATH": str(installed(folder))}
        if imported_from(empty, settings).parent.resolve() != (folder / "installed").resolve():
            raise SystemExit("The notebooks would not run on the package that was just installed.")
        command = [sys.executable, *PYTEST, "--rootdir", str(empty), *options, *laid_out(empty)]
        return subprocess.run(command, cwd=empty, env=settings).returncode


if __name__ == "__main__":
    sys.exit(main())
