"""Chapter 18: how many columns times rows a kernel is made of."""

from __future__ import annotations

import numpy as np

from .board import Board, box, cell_size
from .lettering import show

GAP, ABOVE, LINE = 28, 32, 26  # px beside and above a panel, and of a line of words
BARS, BAR = 10, 0.6  # cells of the longest bar, and its height in rows
SAME = 1e-9  # of the largest weight


def rank_meter(w):
    """The singular values of a kernel as bars, and the kernel that the first of them rebuild.

    Parameters
    ----------
    w : array_like, shape (KH, KW)
        The kernel.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each rank; starts with the last one that is not exact, if there is one.

    Raises
    ------
    ValueError
        If the kernel is all zeros, or too large for its numbers: about 5 × 7.

    See Also
    --------
    scratchconv.correlate2d : a kernel of rank 1 is a column and then a row.

    Notes
    -----
    Chapter 18. A rank of r costs r · (KH + KW) multiplications a pixel instead of KH · KW. The numbers are rounded to
    one place. About 3 kB a frame.

    Examples
    --------
    >>> figure = rank_meter(np.outer([1, 2, 1], [1, 0, -1, 0]))
    >>> [step.label for step in figure.layout.sliders[0].steps]
    ['rank 1: exact', 'rank 2: exact', 'rank 3: exact']
    """
    w = np.asarray(w)
    if not w.any():
        raise ValueError("the kernel is all zeros: it has rank 0 and costs nothing")
    (KH, KW), (U, S, V) = w.shape, np.linalg.svd(w, full_matrices=False)
    exact = max(1, int((S > SAME * S[0]).sum()))
    board, parts = _painted(w, S)
    for rank in range(1, len(S) + 1):
        rebuilt = (U[:, :rank] * S[:rank]) @ V[:rank]
        off = np.abs(rebuilt - w)
        cells = [(r, c, 1, 1) for r, c in np.ndindex(w.shape) if off[r, c] > 0.05]
        board.frame(f"rank {rank}: " + ("exact" if rank >= exact else f"off by up to {off.max():.2g}"), {
            parts["bars"]: [_bar(k, S) for k in range(rank)],
            parts["rebuilt"]: rounded(rebuilt), parts["off"]: cells,
            parts["words"]: [f"{rank} · ({KH} + {KW}) = <b>{rank * (KH + KW)}</b> multiplications a pixel",
                             f"plain: {KH} · {KW} = <b>{KH * KW}</b>"],
        })
    return board.finish(start=max(0, exact - 2))


def rounded(values):
    """One place after the point, and no minus before a zero."""
    return [[show(round(value, 1) + 0.0) for value in row] for row in np.asarray(values, dtype=float).tolist()]


def _bar(k, S):
    return (k + (1 - BAR) / 2, 0, BAR, max(BARS * S[k] / S[0], 0.02))


def _painted(w, S):
    """The finished board and its moving parts by name."""
    (KH, KW), n = w.shape, len(S)
    places = _places(w.shape, n)
    board = Board(
        places["height"][0],
        f"The {n} singular values of a {KH} by {KW} kernel as bars: with every one that is added the rebuilt kernel "
        "comes nearer, and costs more.",
        narrow_height=places["height"][1],
    )
    meter = board.panel(n, BARS + 6, *places["bars"], "singular values", square=False)
    kernel = board.panel(KH, KW, *places["w"], f"kernel <b>w</b> {KH} × {KW}")
    copy = board.panel(KH, KW, *places["copy"], "rebuilt; dashed: differs")
    lines = board.panel(2, 1, *places["words"], square=False)
    board.tiles(meter, [_bar(k, S) for k in range(n)], "empty")
    bars = board.stencil(meter, [], "kernel", border=2)
    values = [show(round(value, 1) + 0.0) for value in S.tolist()]
    board.words(meter, BARS + 5.4, list(range(n)), values, bold=True, size=15, align="right")
    board.tiles(kernel, w.shape, "kernel")
    board.numbers(kernel, rounded(w), size=14, hover=lambda u, v: f"w[{u},{v}] = {show(w[u, v])}")
    board.tiles(copy, w.shape, "kernel")
    rebuilt = board.numbers(copy, rounded(w), size=14, hover=lambda u, v: (
        f"rebuilt [{u},{v}], w[{u},{v}] = {show(w[u, v])}"))
    off = board.outline(copy, [], "wrong", width=1.5)
    words = board.words(lines, -0.5, [0, 1], ["", ""], size=16)
    return board, {"bars": bars, "rebuilt": rebuilt, "off": off, "words": words}


def _places(shape, n):
    """Boxes (wide, narrow) by name, and the two heights of the board."""
    left = 130 + GAP
    cell = cell_size(shape[0], 2 * shape[1] + GAP / 32, 672 - left - GAP, 190, 40)
    kernel = box(left, 0, *shape, cell)
    copy = box(left + max(kernel[2] + GAP, 190), 0, *shape, cell)
    high = max(kernel[3], 28 * n)
    tall = 26 * n
    cell = cell_size(*shape, 342, 170, 40)
    first = box(0, tall + ABOVE, *shape, cell)
    second = box(0, first[1] + first[3] + ABOVE, *shape, cell)
    end = second[1] + second[3]
    return {
        "bars": ((0, 0, 130, high), (0, 0, 342, tall)), "w": (kernel, first), "copy": (copy, second),
        "words": ((0, high + 8, 672, 2 * LINE), (0, end + 8, 342, 2 * LINE)),
        "height": (high + 8 + 2 * LINE, end + 8 + 2 * LINE),
    }
