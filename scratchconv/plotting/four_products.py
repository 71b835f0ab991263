"""Chapter 19: two outputs of a kernel of three with four products instead of six."""

from __future__ import annotations

import numpy as np

from .board import Board
from .lettering import factor, show

# F(2, 3) of Winograd: y = OUT @ ((WEIGHTS @ w) * (SUMS @ x)), for four pixels and three taps.
SUMS = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])
WEIGHTS = np.array([[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]]) / 2
OUT = np.array([[1, 1, 1, 0], [0, 1, -1, -1]])
IN_WORDS = ("w0", "(w0 + w1 + w2)/2", "(w0 − w1 + w2)/2", "w2")

PITCH, TILE, HIGH = 4.35, 2.6, 0.8  # cells from column to column, and size of a tile
COLUMNS, ROWS, FIRST = 4 * PITCH + TILE, 4.5, 0.5  # the first tile is that far below the names
FLOW, STRIP, ABOVE, LINE = 226, 36, 32, 25  # px
OUTPUT_ROWS = (FIRST + 1, FIRST + 2)


def four_products(x, w):
    """Four inputs become four sums, four products and two outputs; beside them the six products of the plain way.

    Parameters
    ----------
    x : array_like, shape (4,)
        Four pixels of a row.
    w : array_like, shape (3,)
        A kernel of three taps.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each product and each output; starts with the last, when all is there.

    Raises
    ------
    ValueError
        If there are not four pixels and three taps.

    See Also
    --------
    scratchconv.correlate2d : the two outputs, by six products.

    Notes
    -----
    Chapter 19. The sums of weights are computed once for a kernel and used for every four pixels, so they are not
    counted. About 1.8 kB a frame.

    References
    ----------
    A. Lavin, S. Gray: Fast algorithms for convolutional neural networks. CVPR, 2016.

    Examples
    --------
    >>> figure = four_products([1, 2, 3, 4], [1, 2, 3])
    >>> [step.label for step in figure.layout.sliders[0].steps][-2:]
    ['y0 = m0 + m1 + m2 = 14', 'y1 = m1 − m2 − m3 = 20']
    """
    x, w = np.asarray(x), np.asarray(w)
    if x.shape != (4,) or w.shape != (3,):
        raise ValueError(f"F(2, 3) takes four pixels and three taps, got shapes {x.shape} and {w.shape}")
    sums, weights = SUMS @ x, WEIGHTS @ w
    products = sums * weights
    y = OUT @ products
    board, parts = _painted(x, w, sums, weights, products, y)
    for k in range(4):
        value = f"{show(sums[k])} · {factor(weights[k])} = {show(products[k])}"
        _frame(board, parts, f"m{k} = {value}", [f"({_terms(SUMS[k], 'x')}) · {IN_WORDS[k]}", f"= {value}"],
               signs=SUMS[k], way=(0, FIRST + k), chain=[(c, FIRST + k) for c in (1, 2, 3)], done=k, output=-1)
    for o in range(2):
        words = f"y{o} = {_terms(OUT[o], 'm')}"
        _frame(board, parts, f"{words} = {show(y[o])}", [words, f"= {_sum(OUT[o], products)} = <b>{show(y[o])}</b>"],
               signs=OUT[o], way=(3, OUTPUT_ROWS[o]), chain=[(4, OUTPUT_ROWS[o])], done=3, output=o)
    return board.finish(start=5)


def _terms(signs, name):
    """A sum in letters: "x1 − x3"."""
    terms = [("− " if sign < 0 else "+ ") + f"{name}{i}" for i, sign in enumerate(signs) if sign]
    if terms[0].startswith("−"):  # the sum reads better from its positive end
        terms.reverse()
    return " ".join(terms).removeprefix("+ ")


def _sum(signs, values):
    """The same in numbers."""
    terms = [("− " if sign < 0 else "+ ") + factor(value) for sign, value in zip(signs, values, strict=True) if sign]
    return " ".join(terms).removeprefix("+ ")


def _tile(column, row):
    return (row + (1 - HIGH) / 2, column * PITCH, HIGH, TILE)


def _wire(column, start, end):
    """From the right edge of a tile to the left edge of one in the next column."""
    return (column * PITCH + TILE - 0.5, start), ((column + 1) * PITCH - 0.5, end)


def _wires(signs, column, end, wanted):
    """The wires with one sign that meet in the tile `end`."""
    return [_wire(column, FIRST + i, end) for i, sign in enumerate(signs) if sign == wanted]


def _lines(wires, count):
    """`count` wires as one path; the last is repeated, because a path keeps its number of points."""
    x, y = [], []
    wires = wires or [((0, 0.2), (0, 0.2))]
    for (x0, y0), (x1, y1) in [*wires, *wires[-1:] * (count - len(wires))]:
        x += [x0, x1, None]
        y += [y0, y1, None]
    return x[:-1], y[:-1]


def _frame(board, parts, caption, words, *, signs, way, chain, done, output):
    """One product or one output: the tiles it comes from, its wires, and what is there by now."""
    column, row = way
    sources = [_tile(column, FIRST + i) for i in np.flatnonzero(signs).tolist()]
    board.frame(caption, {
        parts["sources"]: sources if column == 0 else [],
        parts["chain"]: [_tile(*place) for place in chain] + (sources if column else []),
        parts["plus"]: _lines(_wires(signs, column, row, 1), 3),
        parts["minus"]: _lines(_wires(signs, column, row, -1), 3),
        parts["hidden"]: [_tile(c, FIRST + k) for c in (1, 3) for k in range(done + 1, 4)]
        + [_tile(4, row) for row in OUTPUT_ROWS[output + 1 :]],
        parts["counted"]: done,
        parts["words"]: words,
    })


def _painted(x, w, sums, weights, products, y):
    """The finished board and its moving parts by name."""
    below = FLOW + ABOVE + STRIP
    board = Board(
        below + 10 + 2 * LINE,
        "Four pixels flow into four sums, each is multiplied by a sum of weights, and the four products add up to two "
        "outputs, which take six products on the plain way.",
        narrow_height=below + ABOVE + STRIP + 10 + 2 * LINE,
    )
    flow = board.panel(ROWS, COLUMNS, (0, 0, 672, FLOW), (0, 0, 342, FLOW), square=False)
    plain = board.panel(1, 6, (0, FLOW + ABOVE, 300, STRIP), (0, FLOW + ABOVE, 300, STRIP), "plain way: 6 products",
                        square=False)
    few = board.panel(1, 4, (372, FLOW + ABOVE, 200, STRIP), (0, below + ABOVE, 200, STRIP), "this way: 4 products",
                      square=False)
    last = below + ABOVE + STRIP
    lines = board.panel(2, 1, (0, below + 10, 672, 2 * LINE), (0, last + 10, 342, 2 * LINE), square=False)
    parts = _painted_flow(board, flow, (x, sums, weights, products), y)

    six = [x[o + t] * w[t] for o in range(2) for t in range(3)]
    board.tiles(plain, (1, 6), "kernel")
    board.numbers(plain, [six], size=16, hover=lambda _, n: (
        f"x{n // 3 + n % 3} · w{n % 3} = {show(six[n])}<br>a term of y{n // 3}"))
    board.path(plain, ([2.5, 2.5], [-0.5, 0.5]), "kernel", line=True, width=3)
    board.tiles(few, (1, 4), "kernel")
    board.numbers(few, [products], size=16, hover=lambda _, k: f"m{k} = {show(products[k])}")
    parts["counted"] = board.curtain(few, (1, 4))
    parts["words"] = board.words(lines, -0.5, [0, 1], ["", ""], size=16)
    return board, parts


def _painted_flow(board, flow, columns, y):
    middles = [column * PITCH - 0.5 + TILE / 2 for column in range(5)]
    wires = [(SUMS, 0, FIRST + k, k) for k in range(4)] + [(OUT, 3, row, o) for o, row in enumerate(OUTPUT_ROWS)]
    for sign, dash in ((1, None), (-1, "5px,4px")):
        every = [wire for matrix, column, row, k in wires for wire in _wires(matrix[k], column, row, sign)]
        board.path(flow, _lines(every, len(every)), "muted", line=True, width=1.5, dash=dash)
    plus = board.path(flow, _lines([], 3), "input", line=True, width=3)
    minus = board.path(flow, _lines([], 3), "input", line=True, width=3, dash="5px,4px")
    four = [FIRST + k for k in range(4)]
    for role, at in (("input", (0, 1)), ("kernel", (2,)), ("empty", (3,))):
        board.tiles(flow, [_tile(column, row) for column in at for row in four], role)
    board.tiles(flow, [_tile(4, row) for row in OUTPUT_ROWS], "output")
    between = [(column * PITCH - 0.5 - (PITCH - TILE) / 2, row) for column in (2, 3) for row in four]
    board.words(flow, *zip(*between, strict=True), ["×"] * 4 + ["="] * 4, size=16, align="center", role="muted")
    names = ["<b>x</b>", "sums of <b>x</b>", "sums of <b>w</b>", "products", "<b>y</b>"]
    board.words(flow, middles, -0.3, names, size=14, narrow_size=12, align="center", role="muted")
    x, sums, weights, products = columns
    at = [(middles[column], row) for column in range(3) for row in four] + [(middles[4], row) for row in OUTPUT_ROWS]
    style = {"size": 17, "bold": True, "align": "center", "cells": TILE}
    told = [f"x{k}" for k in range(4)] + [_terms(row, "x") for row in SUMS] + [*IN_WORDS] + ["y0", "y1"]
    values = [show(value) for value in (*x, *sums, *weights, *y)]
    board.words(flow, *zip(*at, strict=True), values, role="tile", hover=told, **style)
    board.words(flow, middles[3], four, [show(value) for value in products], **style)
    hidden = board.stencil(flow, [], "empty")
    sources, chain = board.outline(flow, [], "input"), board.outline(flow, [], "output")
    return {"hidden": hidden, "plus": plus, "minus": minus, "sources": sources, "chain": chain}
