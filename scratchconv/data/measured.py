"""What was measured once, on a machine that is named, and is only read here: speed is no output of a notebook."""

from __future__ import annotations

import json
from importlib.resources import files

NAMES = ("columns", "costmap", "elsewhere", "layers", "networks", "piecesize", "redrawn", "steps", "unseen")


def measured(name):
    """Times and memory as `make bench` and its smaller companions have stored them.

    Parameters
    ----------
    name : str
        "layers": twelve layers against PyTorch and one matrix product, from ``make bench``.
        "unseen": random layers against PyTorch, from ``make bench OPTIONS="--unseen …"``, without quartiles.
        "networks": layers of known networks against PyTorch, ``make bench OPTIONS="--networks"``, without quartiles.
        "elsewhere": these three lists on a second machine, medians only, in the same order.
        "redrawn": other random layers on the second machine, drawn when the package was done.
        "steps": what each step of chapter 17 wins, from ``benchmarks/steps.py``.
        "costmap": four methods over kernel sizes and channels, from ``benchmarks/costmap.py``.
        "columns": products by their number of columns, from ``benchmarks/columns.py``, on the second machine.
        "piecesize": one layer in pieces of many sizes, from ``benchmarks/piecesize.py``.

    Returns
    -------
    dict
        With "machine": processor, cores and versions. Seconds are a median, then quartiles where they are kept.

    Raises
    ------
    ValueError
        If nothing of that name was measured.

    See Also
    --------
    scratchconv.plotting.cost_steps, scratchconv.plotting.piece_sizes, scratchconv.plotting.cost_map,
    scratchconv.plotting.pytorch_ratios, scratchconv.plotting.ratio_crowd

    Notes
    -----
    Chapter 17. Nothing is timed here, so a notebook prints the same wherever it runs.

    Examples
    --------
    >>> len(measured("layers")["rows"])
    24
    """
    if name not in NAMES:
        raise ValueError(f"what was measured is called one of {', '.join(map(repr, NAMES))}; got {name!r}")
    return json.loads(files("scratchconv").joinpath("measured", f"{name}.json").read_text(encoding="utf-8"))
