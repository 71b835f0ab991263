"""Chapter 17: our time over PyTorch's for many layers, one tile each."""

from __future__ import annotations

from .board import Board
from .cost_steps import octaves
from .palette import CORNER
from .pytorch_ratios import WAYS

LOW, OCTAVES, BINS = 1 / 32, 8, 4  # the left end of the axis, its length, and columns of tiles in an octave
TICKS = {1 / 16: "1/16", 1 / 4: "1/4", 1: "1", 4: "4"}
KINDS = {"one group": "output", "groups": "input", "depthwise": "kernel"}
TITLES = {"forward": "forward", "both": "forward and backward"}
WIDTH, NARROW, GAP = 326, 342, 20  # px of a panel in the two designs, and between two
TILE, SMALLEST = 13, 8  # px of a tile's height, and how many of them a panel has room for at least
HEAD, TITLE, FOOT = 28, 30, 40  # px of the legend, of a title, and of the axis' words


def ratio_crowd(rows, bound):
    """Every layer as a tile above the ratio of times, forward and with gradients, in the colour of its kind.

    Parameters
    ----------
    rows : list of dict
        Rows of ``data.measured("unseen")["rows"]`` or of "networks": "x", "groups", and "forward" and "backward" with
        the seconds of "ours" and "PyTorch", medians first.
    bound : float
        A ratio that no layer should pass: a second line stands there.

    Returns
    -------
    plotly.graph_objects.Figure
        Tiles in the same column differ by less than a fifth. Nothing moves.

    Raises
    ------
    ValueError
        If a ratio lies beyond the axis, 1/32 to 8.

    See Also
    --------
    pytorch_ratios : chosen layers, each with its name.

    Notes
    -----
    Chapter 17. About 160 bytes for each layer.

    Examples
    --------
    >>> times = {"ours": [0.3], "PyTorch": [0.4]}
    >>> row = {"x": (1, 3, 8, 8), "groups": 1}
    >>> row |= {"forward": times, "backward": times}
    >>> len(ratio_crowd([row], 2).layout.annotations)
    2
    """
    crowds = {way: _crowd(rows, way) for way in TITLES}
    tall = max(SMALLEST, *(len(column) for crowd in crowds.values() for column in crowd.values()))
    board, head, places = _places(tall)
    _legend(board, head)
    for way, (crowd, foot) in places.items():
        _lines(board, crowd, foot, tall, bound)
        for name, role in KINDS.items():
            cells = [(tall - 1 - height, bin, 1, 1) for bin, column in crowds[way].items()
                     for height, found in enumerate(column) if found == name]  # fmt: skip
            if cells:
                board.tiles(crowd, cells, role)
    return board.finish()


def kind(row):
    """What a layer is called by its groups.

    >>> [kind({"x": (1, 6, 8, 8), "groups": groups}) for groups in (1, 2, 6)]
    ['one group', 'groups', 'depthwise']
    """
    return "one group" if row["groups"] == 1 else "depthwise" if row["groups"] == row["x"][1] else "groups"


def _crowd(rows, way):
    """The kinds of the layers in each column, from below: {column: [kind, …]}."""
    columns = {}
    for row in sorted(rows, key=lambda row: list(KINDS).index(kind(row))):
        place = octaves(_ratio(row, way), LOW) * BINS
        if not 0 <= place < OCTAVES * BINS:
            raise ValueError(f"ratios lie between 1/32 and 8 to be drawn, got {_ratio(row, way):.3g}")
        columns.setdefault(int(place), []).append(kind(row))
    return columns


def _ratio(row, way):
    ours, theirs = (sum(row[part][side][0] for part in WAYS[way]) for side in ("ours", "PyTorch"))
    return ours / theirs


def _lines(board, crowd, foot, tall, bound):
    """The axis below, and lines at 1 and at the bound."""
    at = {ratio: octaves(ratio, LOW) * BINS - 0.5 for ratio in (*TICKS, bound)}
    for ratio, role in ((1, "muted"), (bound, "wrong")):
        board.path(crowd, ([at[ratio]] * 2, [-0.5, tall - 0.5]), role, line=True, dash="6px,3px")
    board.words(crowd, at[bound] + 0.4, 0, f"{bound:g}", size=CORNER, role="muted")
    board.path(crowd, ([-0.5, OCTAVES * BINS - 0.5], [tall - 0.5] * 2), "hair", line=True, width=1)
    ticks = [at[ratio] for ratio in TICKS]
    board.words(foot, ticks, 0, list(TICKS.values()), size=CORNER, align="center", role="muted")
    board.words(foot, at[1] - 0.4, 1, "← we are quicker", size=CORNER, align="right", role="muted")
    board.words(foot, at[1] + 0.4, 1, "PyTorch is →", size=CORNER, role="muted")


def _legend(board, head):
    for column, role in enumerate(KINDS.values()):
        board.tiles(head, [(0, 4 * column, 1, 0.5)], role)
    board.words(head, [4 * column + 0.3 for column in range(len(KINDS))], 0, list(KINDS), size=CORNER, role="muted")


def _places(tall):
    """The empty board, the legend's panel, and of each way a panel for its tiles and one for the words below."""
    high = tall * TILE
    one, below = TITLE + high + FOOT, HEAD + TITLE
    board = Board(
        HEAD + one,
        "Our time divided by PyTorch's for many layers, forward and with gradients: one tile for each layer, in "
        "columns along a line of ratios.",
        narrow_height=HEAD + 2 * one,
    )
    head = board.panel(1, 12, (0, 0, 342, HEAD - 8), (0, 0, 342, HEAD - 8), square=False)
    places = {}
    for number, (way, title) in enumerate(TITLES.items()):
        left, top = number * (WIDTH + GAP), below + number * one
        tiles = board.panel(
            tall, OCTAVES * BINS, (left, below, WIDTH, high), (0, top, NARROW, high), title, square=False
        )
        words = (left, below + high, WIDTH, FOOT), (0, top + high, NARROW, FOOT)
        places[way] = tiles, board.panel(2, OCTAVES * BINS, *words, square=False)
    return board, head, places
