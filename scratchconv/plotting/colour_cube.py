"""Chapter 5: the sheets of a deep input slide out of their stack, into two layouts of memory."""

from __future__ import annotations

import numpy as np

from ..windows import view_index, window_offsets
from .board import Board
from .palette import CORNER, NUMBER, TITLE

ABOVE, GAP = 32, 24  # px above a panel with a title, and between the two
PANEL = (672 - GAP) / 2  # px across a panel, in both designs
LINE = 120  # units across a panel: whole numbers for all corners, so that frames stay small
DEEP, SKEW, BETWEEN = 7, 5, 5  # units: a row of a sheet, how far it leans to the left, and from sheet to sheet
WORDS = 10  # units for the words above the memory
NAMES = 34  # units for the names of the channels beside their sheets


def colour_cube(input_shape, kernel_shape, *, start=None):
    """Sheets of channels slide into memory, channels first and channels last; then a window slides over both.

    Parameters
    ----------
    input_shape : (C, H, W)
        About 40 numbers fit.
    kernel_shape : (KH, KW)
    start : int, optional
        The window shown first; by default one in the middle.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for the stack, one for each line of memory, one for each window.

    Raises
    ------
    ValueError
        If the kernel does not fit into the input, or the input into the figure.

    See Also
    --------
    scratchconv.view_index : the indices of the windows, channels first.

    Notes
    -----
    Chapter 5. About 3 kB a frame, because every number of both memories can move. A line of memory is a channel on the
    one side, a row of pixels on the other.

    Examples
    --------
    >>> len(colour_cube((3, 3, 4), (2, 2)).frames)
    10
    """
    (C, H, W), (KH, KW) = input_shape, kernel_shape
    first = np.arange(C * H * W).reshape(C, H, W)  # flat index of each number, channels first
    last = np.arange(C * H * W).reshape(H, W, C).transpose(2, 0, 1)  # the same numbers, channels last
    views = view_index(input_shape, (C, KH, KW))
    offsets = window_offsets(input_shape, kernel_shape)
    corners = [divmod(offset, W) for offset in offsets.tolist()]

    board, panels = _board(input_shape, kernel_shape)
    titles = f"({C}, {H}, {W}): a line is a channel", f"({H}, {W}, {C}): a line is a row of pixels"
    stacks = [
        _Stack(board, panels[0], first, H * W, (KH, KW), titles[0]),
        _Stack(board, panels[1], last, W * C, (KH, KW), titles[1]),
    ]

    def frame(caption, lines, corner, windows):
        changes = [stack.state(lines, corner, lit) for stack, lit in zip(stacks, windows, strict=True)]
        board.frame(caption, {**changes[0], **changes[1]})

    frame(f"{C} channels of {H} × {W}", 0, corners[0], [[], []])
    for line in range(max(C, H)):
        frame(f"line {line} slides into memory", line + 1, corners[0], [[], []])
    for k, corner in enumerate(corners):
        lit = [np.sort(stack.index.ravel()[views[k]]) for stack in stacks]
        moved = [int(now[0] - stack.index[0, 0, 0]) for now, stack in zip(lit, stacks, strict=True)]
        frame(f"window {k}: first +{moved[0]}, last +{moved[1]}", max(C, H), corner, lit)
    waiting = len(corners) // 2 if start is None else start
    return board.finish(start=1 + max(C, H) + waiting, move=420, hold=1100)


class _Stack:
    """The sheets of an input, the cells under them that slide into lines of memory, and the window on both.

    `index[c, i, j]` is the place of a number in memory, and `line` how many numbers a line holds.
    """

    def __init__(self, board, panel, index, line, kernel, title):
        self.index, self.line, self.kernel = index, line, kernel
        self.pitch = LINE // line  # units a cell of memory
        self.top = len(index) * _storey(index) - BETWEEN + WORDS  # units down to the memory
        self.everywhere = list(np.ndindex(index.shape))
        self.order = [self.everywhere[place] for place in np.argsort(index.ravel())]  # as they follow in memory
        self.posts = board.path(panel, self._posts((0, 0)), "kernel", line=True, width=1.5)
        self._paint_memory(board, panel)
        self._paint_sheets(board, panel)
        self._paint_words(board, panel, title)

    def _paint_memory(self, board, panel):
        """Empty cells, and the numbers that slide into them; painted first, so that they slide out under the sheets."""
        board.path(panel, _polygons([self._slot(k, 1) for k in range(self.index.size)]), "empty")
        x, y, sides = self._places(0).values()
        self.cells = board.squares(panel, x, y, sides, "input")
        self.runs = board.path(panel, _polygons(self._lit([])), "kernel")
        self.numbers = board.words(panel, x, y, range(self.index.size), size=NUMBER, role="tile", align="center",
                                   cells=(self.pitch, 10), hover=[self._told(*place) for place in self.order])
        self.borders = board.path(panel, _polygons(self._lit([]), closed=True), "kernel", line=True, width=2.5)

    def _paint_sheets(self, board, panel):
        patches, window = [self._patch(*place, (1, 1)) for place in self.everywhere], self._window((0, 0))
        board.path(panel, _polygons(patches), "input")
        self.patches = board.path(panel, _polygons(window), "kernel")
        board.words(panel, *_middles(patches), self.index.ravel(), size=CORNER + 1, role="tile", align="center",
                    cells=(_wide(self.index) - 1, DEEP), hover=[self._told(*place) for place in self.everywhere])
        self.rims = board.path(panel, _polygons(window, closed=True), "kernel", line=True, width=2.5)

    def _paint_words(self, board, panel, title):
        C, H, _ = self.index.shape
        y = [c * _storey(self.index) + H * DEEP / 2 for c in range(C)] + [self.top - 5]
        names = [f"channel {c}" for c in range(C)] + [title]
        board.words(panel, [LINE - NAMES] * C + [-0.5], y, names, size=TITLE, role="muted")

    def state(self, lines, corner, lit):
        """The changes of a frame: so many lines of memory are filled, the window at a corner, lit places."""
        window, runs = self._window(corner), self._lit(lit)
        cells = self._places(lines)
        return {self.cells: cells, self.numbers: {"x": cells["x"], "y": cells["y"]}, self.runs: _polygons(runs),
                self.borders: _polygons(runs, closed=True),
                self.patches: _polygons(window), self.rims: _polygons(window, closed=True),
                self.posts: self._posts(corner)}

    def _places(self, lines):
        """Where the numbers are, and how large the squares under them: in so many lines of memory, or in the stack.

        In the stack they are small and a little low, so that none looks out from under its sheet.
        """
        there = min(lines * self.line, self.index.size)
        waiting = [[(x, y + 1) for x, y in self._patch(*place, (1, 1))] for place in self.order[there:]]
        x, y = _middles([self._slot(k, 1) for k in range(there)] + waiting)
        sides = [min(self.pitch, 10) - 1] * there + [DEEP // 2] * len(waiting)
        return {"x": x, "y": y, "sides": [round(side * PANEL / LINE) for side in sides]}

    def _told(self, c, i, j):
        return f"channel {c}, row {i}, column {j}<br>index {self.index[c, i, j]}"

    def _slot(self, k, length):
        """Corners of `length` cells of memory from cell k on."""
        line, place = divmod(k, self.line)
        left, top = place * self.pitch, self.top + 10 * line
        right, bottom = left + length * self.pitch - 1, top + 9
        return [(left, top), (right, top), (right, bottom), (left, bottom)]

    def _lit(self, places):
        """Corners of each run of neighbours among the sorted places: always as many, and of no size without any."""
        KH, KW = self.kernel
        most = np.sort(self.index[:, :KH, :KW].ravel())
        runs = _runs(places, self.line) or [(0, 0)] * len(_runs(most, self.line))
        return [self._slot(begin, length) if length else [(0, self.top)] * 4 for begin, length in runs]

    def _patch(self, c, i, j, size):
        """Corners of some cells of sheet c: lying flat, seen from the front and above."""
        (tall, wide), H = size, self.index.shape[1]
        top = c * _storey(self.index) + i * DEEP
        left, right = ((j + n) * _wide(self.index) + (H - i) * SKEW for n in (0, wide))
        lean, bottom = tall * SKEW - 1, top + tall * DEEP - 1
        return [(left, top), (right - 1, top), (right - 1 - lean, bottom), (left - lean, bottom)]

    def _window(self, corner):
        return [self._patch(c, *corner, self.kernel) for c in range(len(self.index))]

    def _posts(self, corner):
        """Upright lines from the corners of the window on the first sheet to those on the last."""
        sheets = self._window(corner)
        ends = [end for pair in zip(sheets[0], sheets[-1], strict=True) for end in (*pair, (None, None))]
        return tuple(zip(*ends[:-1], strict=True))


def _storey(index):
    """Units from the top of a sheet to the top of the next."""
    return index.shape[1] * DEEP + BETWEEN


def _wide(index):
    """Units of a cell across a sheet, as many as fit beside the names of the channels."""
    _, H, W = index.shape
    return (LINE - NAMES - H * SKEW) // W


def _runs(places, line):
    """(first, how many) for each run of neighbours in sorted places; a run ends with its line of memory."""
    breaks = np.flatnonzero((np.diff(places) != 1) | (np.diff(np.asarray(places) // line) != 0)) + 1
    return [(int(run[0]), len(run)) for run in np.split(places, breaks) if len(run)]


def _polygons(shapes, closed=False):
    """One path around each list of corners: closed for a line, open for an area, which closes itself."""
    points = [point for corners in shapes for point in (*corners, *corners[:closed], (None, None))]
    return tuple(zip(*points[:-1], strict=True))


def _middles(shapes):
    """x and y of the middle of each shape."""
    return (np.mean(shapes, axis=1).T).tolist()


def _board(input_shape, kernel_shape):
    """The empty board and its two panels: beside each other, or on a phone one above the other."""
    (C, H, W), (KH, KW) = input_shape, kernel_shape
    rows = C * (H * DEEP + BETWEEN) - BETWEEN + WORDS + 10 * max(C, H)
    tall = rows * PANEL / LINE
    board = Board(
        tall,
        f"{C} sheets of {H} by {W} numbers slide into memory, sheet by sheet on one side and on the other row by row, "
        f"the channels of each pixel together; then "
        f"a {KH} by {KW} window slides over the sheets, and its numbers light up in both memories.",
        narrow_height=2 * tall + ABOVE,
    )
    first = (0, 0, PANEL, tall)
    boxes = [(first, first), ((PANEL + GAP, 0, PANEL, tall), (0, tall + ABOVE, PANEL, tall))]
    titles = "channels <b>first</b>", "channels <b>last</b>"
    return board, [board.panel(rows, LINE, *place, title) for place, title in zip(boxes, titles, strict=True)]
