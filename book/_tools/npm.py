"""What two tools take from npm, installed on demand into .venv/node in the versions that book/_tools/node pins."""

import shutil
import subprocess

from project import ROOT

PINS = ROOT / "book" / "_tools" / "node"
FOLDER = ROOT / ".venv" / "node"
FILES = ("package.json", "package-lock.json", ".npmrc")


def modules():
    """The folder node_modules, as pinned. Ends the program with a sentence where npm is missing or fails."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("This needs Node.js 18.16 or newer with npm, and found no npm. (`make book` needs neither.)")
    wanted = (PINS / "package-lock.json").read_bytes()
    stamp = FOLDER / "installed"
    if not (stamp.is_file() and stamp.read_bytes() == wanted):
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copyfile(PINS / name, FOLDER / name)
        print("Installing the packages of book/_tools/node (about 100 MB; a minute) ...", flush=True)
        if subprocess.run([npm, "ci"], cwd=FOLDER, stdin=subprocess.DEVNULL).returncode:
            raise SystemExit("npm could not install them (its last lines say why).")
        stamp.write_bytes(wanted)
    return FOLDER / "node_modules"
