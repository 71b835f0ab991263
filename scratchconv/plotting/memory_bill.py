"""Chapter 6: what each way to correlate a batch has to keep in memory, as the batch grows."""

from __future__ import annotations

import math

import numpy as np

from ..shapes import layer, result_and_work_dtype
from ..slabs import slabs
from .board import Board
from .lettering import NOTHING_YET
from .palette import CORNER, NUMBER

BATCHES = (1, 4, 16, 64, 256, 1024, 4096, 16384, 50_000)  # the last is CIFAR-10's training set
UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
FIRST, LAST = 2, 11  # the axis runs from 10² to 10¹¹ bytes
BAR = 0.56  # height of a bar in rows
ROW, TALL_ROW, ABOVE = 40, 54, 26  # px of a row, of one on a phone, and of the words above a bar there
HEAD, FOOT = 22, 44  # px above and below the bars


def memory_bill(x, w, *, batches=BATCHES, memory=16 * 10**9):
    """Bars of bytes that grow with the batch: input, output, and the largest temporary of three methods.

    Parameters
    ----------
    x : array_like, shape (N, C, H, W)
        A batch; only its type and the shape of one image count.
    w : array_like, shape (F, C, KH, KW)
        The filters.
    batches : sequence of int
        Batch sizes, one frame each.
    memory : int, default 16 * 10**9
        Bytes of a computer's memory: where the line stands, and what a bill is compared with.

    Returns
    -------
    plotly.graph_objects.Figure
        Starts with the largest batch.

    Raises
    ------
    ValueError
        If the shapes do not fit together, or an amount lies beyond the axis, 100 bytes to 100 GB.

    See Also
    --------
    scratchconv.conv2d : its method "strided" works in such slabs; "auto" in smaller ones.

    Notes
    -----
    Nothing is allocated: the amounts are counts of numbers times bytes a number.

    Examples
    --------
    >>> x, w = np.zeros((1, 3, 32, 32)), np.zeros((2, 3, 5, 5))
    >>> figure = memory_bill(x, w, batches=(1, 50_000))
    >>> [frame.data[-2].text[-1] for frame in figure.frames]
    ['470 kB', '23.5 GB']
    """
    bills = [bill(x, w, N) for N in batches]
    amounts = [amount for one in bills for amount in one.values()] + [memory]
    if not 10**FIRST <= min(amounts) <= max(amounts) <= 10**LAST:
        raise ValueError(
            f"amounts must lie between 100 bytes and 100 GB to be drawn, got {in_words(min(amounts))} to "
            f"{in_words(max(amounts))}; choose other batches"
        )
    board, names, bars, values, head, foot, line = _places(len(bills[0]))
    roles = ["input", "output", "kernel", "kernel", "kernel"]
    rows = range(len(roles))
    _axis(board, bars, foot)
    moving = [board.stencil(bars, _bar(row, 10 ** (FIRST + 1)), role) for row, role in zip(rows, roles, strict=True)]
    beyond = board.stencil(bars, [], "wrong")
    edge = board.outline(bars, [], "wrong", width=2, inset=0)
    limit = _decades(memory)
    board.path(line, ([limit, limit], [-0.5, 0.5]), "wrong", line=True, dash="6px,3px")
    board.words(head, limit, 0, f"<b>{in_words(memory)}</b>", size=NUMBER, align="center")
    board.words(names, -0.5, list(rows), list(bills[0]), size=NUMBER)
    board.words(values, 0, list(rows), [NOTHING_YET] * len(roles), align="center", hover=_counted(x, w))
    bytes_ = board.words(values, 0.5, list(rows), ["0 B"] * len(roles), size=NUMBER, bold=True, align="right")
    cross = board.words(bars, LAST - FIRST - 0.5, list(rows), ["✗"] * len(roles), role="wrong", align="right")

    for N, one in zip(batches, bills, strict=True):
        over = [(row, amount) for row, amount in zip(rows, one.values(), strict=True) if amount > memory]
        parts = [_bar(row, amount, memory) for row, amount in over]
        board.frame(
            f"a batch of {N:,} image{'s' * (N > 1)}",
            {
                **{bar: _bar(row, amount) for bar, row, amount in zip(moving, rows, one.values(), strict=True)},
                beyond: parts,
                edge: parts,
                bytes_: [in_words(amount) for amount in one.values()],
                cross: ["✗" if row in dict(over) else None for row in rows],
            },
        )
    return board.finish(start=len(batches) - 1)


def bill(x, w, N):
    """Bytes of x, y and the largest temporary of three methods, for a batch of N images such as those of x.

    >>> bill(np.zeros((1, 3, 32, 32)), np.zeros((2, 3, 5, 5)), 50_000)["gather: all windows"] / 10**9
    23.52
    """
    x, w = np.asarray(x), np.asarray(w)
    _, work = result_and_work_dtype(x[:1], w, terms=w[0].size)
    batch = np.broadcast_to(x[:1], (N, *x.shape[1:]))  # a shape and a type, no memory
    sizes = layer(batch, w, stride=1, padding=0, dilation=1, groups=1)
    window = w[0].size  # C·KH·KW numbers
    slab = next(slabs(sizes))  # the first is as large as any
    positions = math.prod(len(range(part.start, part.stop)) for part in slab)
    return {
        "input <b>x</b>": batch.nbytes,
        "output <b>y</b>": math.prod(sizes.y_shape) * work.itemsize,
        "loop: one window": window * work.itemsize,
        "strided: one slab": positions * window * work.itemsize,
        "gather: all windows": N * sizes.OH * sizes.OW * window * work.itemsize,
    }


def _counted(x, w):
    """What the bytes of each line are: how many numbers, and how large one is."""
    x, w = np.asarray(x), np.asarray(w)
    _, work = result_and_work_dtype(x[:1], w, terms=w[0].size)
    _, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = layer(x[:1], w, stride=1, padding=0, dilation=1, groups=1).y_shape[2:]
    window, each = f"{C}·{KH}·{KW}", f"numbers of {work.itemsize} bytes"
    return [
        f"N·{C}·{H}·{W} numbers of {x.itemsize} bytes",
        f"N·{F}·{OH}·{OW} {each}",
        f"{window} {each}",
        f"some windows of {window} {each}",
        f"N·{OH}·{OW} windows of {window} {each}",
    ]


def in_words(amount):
    """Bytes as a bill states them.

    >>> in_words(600), in_words(16_464_000), in_words(23_520_000_000)
    ('600 B', '16.5 MB', '23.5 GB')
    """
    for size, unit in UNITS:
        if amount >= size:
            return f"{amount / size:.3g} {unit}" if amount < 999.5 * size else f"{amount / size:,.0f} {unit}"
    return f"{amount:,} B"


def _decades(amount):
    """Where an amount stands on the axis: cells from the left edge of the panel, whose cells are decades."""
    return math.log10(amount) - FIRST - 0.5


def _bar(row, amount, start=10**FIRST):
    """The cell (row, column, height, width) from one amount to another."""
    left = _decades(start)
    return (row + (1 - BAR) / 2, left + 0.5, BAR, _decades(amount) - left)


def _axis(board, bars, foot):
    """A hairline and its words at every factor of a thousand."""
    ticks = sorted((size, f"1 {unit}") for size, unit in UNITS)
    places, words = [_decades(size) for size, _ in ticks], [words for _, words in ticks]
    lines = [(place, row) for place in places for row in range(bars.rows)]  # one piece for each bar
    x = [x for place, _ in lines for x in (place, place, None)]
    wide, narrow = ([y for _, row in lines for y in (row - end, row + end, None)] for end in (0.5, BAR / 2))
    hairs = board.path(bars, (x, wide), "hair", line=True, width=1)
    hairs.narrow = lambda _: {"y": narrow}  # words stand between the bars of a phone
    board.words(foot, places, 0, words, size=CORNER, align="center", role="muted")
    board.words(foot, -0.5, 1, "each line: a thousand times the one before", size=CORNER, role="muted")


def _places(count):
    """The empty board: names, values and bars side by side, or name and value above their bar on a phone."""
    high, tall, end = count * ROW, count * TALL_ROW, LAST - FIRST
    board = Board(
        HEAD + high + FOOT,
        "Bars of bytes on an axis of factors of a thousand: as the batch grows, the gathered windows pass the memory "
        "of a computer and the slab stops growing.",
        narrow_height=HEAD + ABOVE + tall + FOOT,
    )
    top = HEAD + ABOVE  # of the bars on a phone
    names = board.panel(count, 1, (0, HEAD, 150, high), (0, HEAD, 170, tall), square=False)
    values = board.panel(count, 1, (150, HEAD, 84, high), (170, HEAD, 90, tall), square=False)
    bars = board.panel(count, end, (246, HEAD, 426, high), (0, top, 342, tall), square=False)
    head = board.panel(1, end, (246, 0, 426, HEAD), (0, 0, 342, HEAD), square=False)
    foot = board.panel(2, end, (246, HEAD + high, 426, FOOT), (0, top + tall, 342, FOOT), square=False)
    line = board.panel(1, end, (246, HEAD, 426, high), (0, HEAD, 342, ABOVE + tall), square=False)  # up to its words
    return board, names, bars, values, head, foot, line
