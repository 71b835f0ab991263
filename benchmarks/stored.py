"""Write what the book shows: small JSON files inside the package, with the machine named."""

from __future__ import annotations

import json
from pathlib import Path
from time import sleep

FOLDER = Path(__file__).resolve().parents[1] / "scratchconv" / "measured"
BUSY = 0.05  # of all processors; above, times would be somebody else's too


def store(name, contents):
    """Write measured/name.json, numbers cut to four digits, one row to a line."""
    path = FOLDER / f"{name}.json"
    path.write_text(_lines(rounded(contents)) + "\n", encoding="utf-8")
    print(f"written: {path.name}, {path.stat().st_size} bytes")


def rounded(value):
    """Floats of any depth with four significant digits."""
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(part) for part in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _lines(contents):
    parts = []
    for key, value in contents.items():
        rows = value if isinstance(value, list) and value and isinstance(value[0], dict) else None
        text = "[\n" + ",\n".join(map(_compact, rows)) + "\n]" if rows else _compact(value)
        parts.append(f"{json.dumps(key)}: {text}")
    return "{" + ",\n".join(parts) + "}"


def _compact(value):
    return json.dumps(value, ensure_ascii=False)


def quiet(seconds=3):
    """How busy the processors are before the measurement, for the record; refuses to begin on a busy machine."""
    before = _ticks()
    sleep(seconds)
    idle, everything = (after - was for after, was in zip(_ticks(), before, strict=True))
    busy = 1 - idle / everything
    if busy > BUSY:
        raise SystemExit(f"the processors are {busy:.0%} busy with something else; wait until it is done")
    return {"busy before": busy}


def _ticks():
    """(idle, all) ticks of all processors since the system began."""
    ticks = [int(n) for n in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)
