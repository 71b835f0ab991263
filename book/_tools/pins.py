"""Write requirements.txt anew: the newest versions the extras book, site and test allow, and all they need.

Run it with the oldest supported Python, then `make test`. It asks pip what it would install and installs nothing.
With --keep, what is pinned already stays: use it after adding something to an extra.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from project import ROOT

REQUIREMENTS = ROOT / "requirements.txt"
HEADER = """\
# Everything that builds, runs and tests the book, pinned: the extras book, site and test of pyproject.toml and all
# they need. Written by `python book/_tools/pins.py` on Python 3.11; the same versions install on 3.12 and 3.13.
"""
# What pip cannot know on this machine: needs of another system, and versions that refuse an early patch of 3.11.
ELSEWHERE = ['appnope==1.0.0; sys_platform == "darwin"']
LIMITS = ["soupsieve<3"]    # later ones refuse Python 3.11.0 to 3.11.4, which Debian 12 has


def pinned():
    """The pins there are, without those for another system."""
    return [line for line in REQUIREMENTS.read_text().splitlines() if "==" in line and ";" not in line]


def resolve(kept):
    """Name -> version of everything pip would install for this project."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        wanted = [f"{ROOT}[book,site,test]", "setuptools", *LIMITS, *kept]
        subprocess.run([*command, "--report", str(report), *wanted], check=True)
        found = json.loads(report.read_text())["install"]
    packages = {item["metadata"]["name"].lower(): item["metadata"] for item in found}
    packages.pop("scratchconv")
    for name, metadata in packages.items():
        print(f"{name:32}{metadata['version']:16}Python {metadata.get('requires_python', 'any')}")
    return {name: metadata["version"] for name, metadata in packages.items()}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="keep the versions that are pinned already")
    kept = pinned() if parser.parse_args(arguments).keep else []
    lines = sorted([f"{name}=={version}" for name, version in resolve(kept).items()] + ELSEWHERE)
    REQUIREMENTS.write_text(HEADER + "\n".join(lines) + "\n")
    print(f"requirements.txt: {len(lines)} pins")


if __name__ == "__main__":
    main()
