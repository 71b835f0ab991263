"""What two tools take from npm, installed on demand into .venv/node, in the versions that package.json pins."""

import shutil
import subprocess
from pathlib import Path

from project import ROOT

PINS = Path(__file__).with_name("package.json")
FOLDER = ROOT / ".venv" / "node"
INSTALL = ("install", "--no-package-lock", "--no-audit", "--no-fund", "--no-update-notifier")


def modules():
    """The folder node_modules, as pinned. Ends the program with a sentence where npm is missing or fails."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("This needs Node.js 18.16 or newer with npm, and found no npm. (`make book` needs neither.)")
    stamp = FOLDER / "installed"
    if not (stamp.is_file() and stamp.read_bytes() == PINS.read_bytes()):
        FOLDER.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PINS, FOLDER / "package.json")
        print("Installing what book/_tools/package.json names (about 100 MB; a minute) ...", flush=True)
        if subprocess.run([npm, *INSTALL], cwd=FOLDER, stdin=subprocess.DEVNULL).returncode:
            raise SystemExit("npm could not install them (its last lines say why).")
        shutil.copyfile(PINS, stamp)
    return FOLDER / "node_modules"
