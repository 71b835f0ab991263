#!/bin/sh
# Make or refresh .venv: everything in requirements.txt, then this project itself (editable).
# usage: sh book/_tools/env.sh [PYTHON]
# Nothing happens when the environment already matches the two files, this folder and its Python.
set -eu

oldest="3.11"

say() { printf '%s\n' "$*"; }
stop() {
    say "" "Cannot make the environment: $1" >&2
    shift
    for line in "$@"; do say "  $line" >&2; done
    exit 1
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

case "${1:-}" in
-h | --help)
    sed -n '2,4s/^# //p' "$0"
    exit 0
    ;;
esac

python=""
for candidate in "${1:-python3}" python3 python3.13 python3.12 python3.11; do
    if new_enough "$candidate"; then
        python=$candidate
        break
    fi
done

if [ -z "$python" ]; then
    found=$("${1:-python3}" --version 2>&1) || found="no Python 3 at all"
    stop "it needs Python $oldest or newer, and found: $found" \
        "Debian, Ubuntu:  sudo apt install python3 python3-venv" \
        "Fedora:          sudo dnf install python3" \
        "macOS:           brew install python, or the installer from python.org" \
        "If a newer Python has another name, say which:  make PYTHON=/path/to/python3.12 ..."
fi

stamp=".venv/.matches"
state=$( { pwd; "$python" --version; cat requirements.txt pyproject.toml; } | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$state" ] && [ -x .venv/bin/python ]; then
    exit 0
fi

if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    stop "$python cannot make virtual environments (the modules venv and ensurepip are missing)" \
        "Debian, Ubuntu:  sudo apt install python$version-venv" \
        "elsewhere: install a complete Python $oldest or newer, or say which:  make PYTHON=/path/to/python3 ..."
fi

# An environment of another folder, of another Python or of an interrupted run is made anew; else it is updated.
if [ "$(cat .venv/.made-in 2>/dev/null)" != "$(pwd) $("$python" --version)" ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    say "Making .venv with $("$python" --version) ..."
    rm -rf .venv
    "$python" -m venv .venv
    say "$(pwd) $("$python" --version)" >.venv/.made-in
fi
rm -f "$stamp"

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_USER=0
say "Installing requirements.txt (about 900 MB the first time; a few minutes) ..."
.venv/bin/python -m pip install --requirement requirements.txt ||
    stop "pip could not install requirements.txt (its last lines say why)" \
        "Is there a network, and is there 2 GB of free disk? Run the same command again to go on."
.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
say "$state" >"$stamp"
say "The environment is ready."
