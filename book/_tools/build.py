"""Build the site strictly: every warning is an error.

The build always starts from nothing, because Sphinx repeats no warning for a page it does not read again. It is
skipped when nothing that goes into the site has changed since the last good build.
"""

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from project import ROOT, pages

BUILD = ROOT / "_build"
STAMP = BUILD / "built-from"
INPUTS = ("_config.yml", "_toc.yml", "requirements.txt", "book", "scratchconv")
JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"    # its script in bin/ breaks in a path with a space


def fingerprint():
    """A digest of everything the site is made of."""
    digest = hashlib.sha256()
    for name in INPUTS:
        path = ROOT / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts and ".ipynb_checkpoints" not in file.parts:
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def build():
    """Run Jupyter Book on an empty folder, showing its progress; return what it complained about."""
    shutil.rmtree(BUILD, ignore_errors=True)
    command = [sys.executable, "-u", "-c", JUPYTER_BOOK, "build", ".", "-W", "--keep-going", "-n"]
    complaints = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            if re.search(r"\b(WARNING|ERROR|CRITICAL)\b", line):
                complaints.append(line.strip())
    return complaints or (["Jupyter Book failed, see above"] if process.returncode else [])


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--always", action="store_true", help="build even if nothing has changed")
    options = parser.parse_args(arguments)

    now = fingerprint()
    if not options.always and STAMP.is_file() and STAMP.read_text() == now:
        print("The site is up to date: _build/html/index.html")
        return
    start = time.perf_counter()
    if complaints := build():
        raise SystemExit("\n".join(["", "The site was not built cleanly:", *complaints]))
    STAMP.write_text(now)
    print(f"Built {len(pages())} pages in {time.perf_counter() - start:.1f} s: _build/html/index.html")


if __name__ == "__main__":
    main()
