"""Make sure that a browser is here for the tests and the pictures of the pages; install one if there is none.

Taken is the program that SCRATCHCONV_CHROMIUM names, else Playwright's own Chromium, else Chromium or Chrome of the
system: the first that starts. If none does, Playwright downloads its own (about 180 MB); if it cannot, the package
manager of Debian or Ubuntu installs one, as root or by `sudo` where that asks for no password.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from browsing import WANTED, NoBrowser, browser

PLAYWRIGHT = (sys.executable, "-m", "playwright")
APT = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-y", "-o", "DPkg::Lock::Timeout=120")
MINUTES = 10    # for one step


def say(text):
    print(text, flush=True)


def present():
    """Whether a browser starts; says which, or why not."""
    try:
        with browser() as started:
            say(f"Browser: {started.program}, version {started.version}")
            return True
    except NoBrowser as reason:
        say(f"Browser: {reason}")
        return False


def trouble(command, minutes=MINUTES):
    """Run a command that must ask nothing and end in time; return why it failed, in one line, or ""."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, **options, text=True, errors="replace", start_new_session=True) as process:
        try:
            printed, _ = process.communicate(timeout=60 * minutes)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)    # with all that it has started
            return f"stopped after {minutes:g} minutes"
    lines = [line.strip() for line in printed.splitlines() if line.strip()] or [f"status {process.returncode}"]
    return next((line for line in lines if "error" in line.lower()), lines[-1]) if process.returncode else ""


def step(what, *command):
    """One step, announced and judged in a line each; returns whether it worked."""
    say(f"Browser: {what} ...")
    if reason := trouble(command):
        say(f"Browser: that failed: {reason}")
    return not reason


def rights():
    """What to put before a command of the administrator; None if that is not allowed."""
    if os.geteuid() == 0:
        return ()
    return ("sudo", "-n") if shutil.which("sudo") and not trouble(("sudo", "-n", "true"), minutes=0.5) else None


def from_playwright():
    if not step("downloading Playwright's own Chromium", *PLAYWRIGHT, "install", "--no-shell", "chromium"):
        return False
    if present():
        return True
    allowed = rights()
    needs = "installing the libraries that it needs"
    return allowed is not None and step(needs, *allowed, *PLAYWRIGHT, "install-deps", "chromium") and present()


def from_system():
    allowed = rights()
    if allowed is None or not shutil.which("apt-get"):
        return False
    step("asking the package manager for its list", *allowed, *APT, "update")
    return step("installing the package chromium", *allowed, *APT, "install", "chromium") and present()


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args(arguments)
    if present():
        return
    if os.environ.get(WANTED) or not (from_playwright() or from_system()):
        raise SystemExit(f"Browser: none; install Chromium or Chrome, or set {WANTED} to the path of one")


if __name__ == "__main__":
    main()
