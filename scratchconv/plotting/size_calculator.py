"""Chapter 8: how many windows fit, and which pixels they leave out."""

from __future__ import annotations

from ..shapes import output_size, span
from ..windows import view_index
from .board import Board
from .lettering import show, text_width
from .palette import TITLE, VALUE

AWAY = 0.8  # cells from the last pixel to the column of outputs
ROW, LOWEST = 31, 17  # px from one window to the next, the second where there are many
FIRST, PIXEL = 54, 40  # px down to the first window, and the height of a pixel
SPREAD, TALLEST = 2, 34  # few windows stand up to so many times as far apart, and are at most so many px high


def size_calculator(n, k, *, strides=range(1, 6), padding=0, dilation=1, start=1):
    """The windows of each stride on one row of pixels, the outputs they give and the pixels never used.

    Parameters
    ----------
    n, k : int
        Pixels of the input and taps of the kernel, along one axis.
    strides : sequence of int, default 1 to 5
        One frame for each.
    padding : int, default 0
        Pixels added at both ends, drawn dotted.
    dilation : int, default 1
        Pixels from one tap to the next.
    start : int, default 1
        The frame shown first, counted from 0.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    ValueError
        If the kernel does not fit, or there are too many pixels or windows to draw: about 30 pixels and 12
        windows.

    See Also
    --------
    scratchconv.output_size : the formula.
    dilation_calculator : the same with one stride and several dilations.

    Notes
    -----
    Chapter 8. About 3 kB a frame.

    Examples
    --------
    >>> figure = size_calculator(10, 3)
    >>> [step.label for step in figure.layout.sliders[0].steps][:2]
    ['stride 1', 'stride 2']
    """
    settings = [(f"stride {s}", s, dilation) for s in strides]
    return _calculator(n, k, settings, padding, start, "for each stride")


def dilation_calculator(n, k, *, dilations=None, stride=1, padding=0, start=1):
    """The windows of each dilation on one row of pixels: the same taps, further apart.

    Parameters
    ----------
    n, k : int
        Pixels of the input and taps of the kernel, along one axis.
    dilations : sequence of int, optional
        One frame for each; by default 1 to 4, as far as they fit.
    stride : int, default 1
        Pixels from one window to the next.
    padding : int, default 0
        Pixels added at both ends, drawn dotted.
    start : int, default 1
        The frame shown first, counted from 0.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    ValueError
        As `size_calculator`.

    See Also
    --------
    size_calculator : the same with one dilation and several strides.

    Notes
    -----
    Chapter 8. About 4 kB a frame.

    Examples
    --------
    >>> figure = dilation_calculator(10, 3)
    >>> len(figure.frames)
    4
    """
    if dilations is None:
        dilations = [1] + [d for d in (2, 3, 4) if span(k, d) <= n + 2 * padding]
    settings = [(f"dilation {d}", stride, d) for d in dilations]
    return _calculator(n, k, settings, padding, start, "for each dilation")


class _Setting:
    """What one stride and dilation do to a row of n pixels."""

    def __init__(self, n, k, stride, padding, dilation):
        self.k, self.stride, self.padding, self.dilation = k, stride, padding, dilation
        self.pixels = range(-padding, n + padding)
        self.outputs = output_size(n, k, stride=stride, padding=padding, dilation=dilation)
        places = view_index((1, len(self.pixels)), (1, k), stride=(1, stride), dilation=(1, dilation))
        self.taps = (places - padding).tolist()  # one row of pixels for each window
        used = {pixel for window in self.taps for pixel in window}
        self.unused = [pixel for pixel in range(n) if pixel not in used]
        self.n = n

    def is_long(self):
        """Whether a phone has no room for the formula in one line."""
        return text_width(" = ".join(self._formula()), 14) >= 342

    def words(self, lines):
        """The formula with its numbers, in one line or two, and which pixels are left out."""
        return [("<br>= " if lines == 2 else " = ").join(self._formula()), self._remark()]

    def _formula(self):
        total = f"{self.n} + 2·{self.padding}" if self.padding else f"{self.n}"
        span = f"{self.dilation}·({self.k} − 1) − 1" if self.dilation > 1 else f"{self.k}"
        room = self.n + 2 * self.padding - self.dilation * (self.k - 1) - 1
        result = f"<b>{self.outputs} output{'s' * (self.outputs != 1)}</b>"
        return f"⌊({total} − {span}) / {self.stride}⌋ + 1", f"⌊{room / self.stride:.4g}⌋ + 1 = {result}"

    def _remark(self):
        end = self.taps[-1][-1]
        kinds = {"skipped": [p for p in self.unused if p < end], "left over": [p for p in self.unused if p > end]}
        told = [f"{kind} {', '.join(map(str, pixels))}" for kind, pixels in kinds.items() if pixels]
        return "; ".join(told) or "every pixel is used"


def _calculator(n, k, settings, padding, start, what):
    states = [_Setting(n, k, stride, padding, dilation) for _, stride, dilation in settings]
    rows = max(state.outputs for state in states)
    row = max(LOWEST, min(ROW, 300 / rows))  # px
    pixels = n + 2 * padding
    output = max(1, pixels / 10)  # cells wide, so that a name has room on a phone too
    length = pixels + AWAY + output
    drawing = FIRST + rows * row
    height_of = {1: 48, 2: 72}  # px
    formula = 1 + any(state.is_long() for state in states)  # lines, the same in every frame
    space = height_of[formula]
    height = drawing + 20 + space
    board = Board(
        height,
        f"{n} pixels and a window of {k}: {what}, where the windows lie, which outputs they give and which "
        "pixels are never used.",
        narrow_height=height,
    )
    # One cell is one pixel wide and one PIXEL high; windows are rows of less than a cell.
    boxes = [(0, 0, width, drawing) for width in (672, 342)]
    panel = board.panel(drawing / PIXEL, length, *boxes, f"input: <b>{n} pixels</b>, window: <b>{k}</b>", square=False)
    lines = board.panel(2, 1, (0, drawing + 20, 672, space), (0, drawing + 20, 342, space), square=False)
    _paint(board, panel, lines, states, [caption for caption, *_ in settings], row / PIXEL, output, formula)
    return board.finish(start=min(start, len(states) - 1))


def _paint(board, panel, lines, states, captions, pitch, wide, formula_lines):
    first = states[0]
    p, n = first.padding, first.n
    column = len(first.pixels) - 0.5 + AWAY  # left edge of the outputs
    most = max(state.outputs for state in states)
    contiguous = all(state.dilation == 1 for state in states)  # else single taps, strung on a thread
    outside = [(0, pixel + p, 1, 1) for pixel in first.pixels if not 0 <= pixel < n]

    def pixels(numbers):
        return [(0, number + p, 1, 1) for number in numbers]

    def apart(state):
        """From one window to the next: fewer windows use the room of the most."""
        return pitch * min(SPREAD, most / state.outputs)

    def tall(state):
        return min(0.76 * apart(state), max(TALLEST / PIXEL, 0.76 * pitch))

    def down(state):
        """The middle of each window; what room is left is shared above and below."""
        above = (most * pitch - state.outputs * apart(state)) / 2 + (apart(state) - 0.24 * pitch) / 2
        return [FIRST / PIXEL - 0.5 + above + i * apart(state) for i in range(state.outputs)]

    def bars(state):
        high = tall(state)
        rows = [(y + 0.5 - high / 2, window) for y, window in zip(down(state), state.taps, strict=True)]
        if contiguous:
            return [(top, window[0] + p, high, state.k) for top, window in rows]
        return [(top, tap + p, high, 1) for top, window in rows for tap in window]

    def outputs(state):
        high = tall(state)
        return [(y + 0.5 - high / 2, column + 0.5, high, wide) for y in down(state)]

    def labels(state):
        if contiguous:
            middles = [(w[0] + w[-1]) / 2 + p for w in state.taps]
            names = [show(w[0]) if state.k == 1 else f"{show(w[0])} … {show(w[-1])}" for w in state.taps]
            return {"x": middles, "y": down(state), "text": names}
        taps = [(y, tap) for y, window in zip(down(state), state.taps, strict=True) for tap in window]
        return {"x": [tap + p for _, tap in taps], "y": [y for y, _ in taps], "text": [show(tap) for _, tap in taps]}

    def names(state):
        texts = [f"y<sub>{i}</sub>" for i in range(state.outputs)]
        return {"x": [column + wide / 2] * state.outputs, "y": down(state), "text": texts}

    def links(state):
        x, y, rows = [], [], down(state)
        for i in range(most):
            there = i < state.outputs  # the others wait, without length, at the last output
            x += [state.taps[i][0] + p if there else column, column, None]
            y += [rows[min(i, state.outputs - 1)]] * 2 + [None]
        return x[:-1], y[:-1]

    board.tiles(panel, pixels(range(n)), "input")
    if outside:
        board.tiles(panel, outside, "padding")
        board.outline(panel, outside, "padding", width=1.5)
    veil = board.stencil(panel, pixels(first.unused), "unused")
    stripes = board.hatch(panel, pixels(first.unused))
    dashes = board.outline(panel, pixels(first.unused), "unused", width=1.5)
    board.numbers(panel, [list(first.pixels)], size=VALUE, narrow_size=15, bold=True, spare="thin",
                  hover=lambda _, j: f"pixel {j - p}" if 0 <= j - p < n else f"padding, place {show(j - p)}")
    board.words(panel, panel.cols - 0.5, 0, "output", size=TITLE, align="right", role="muted")
    threads = board.path(panel, links(first), "muted", line=True, width=1)
    windows = board.stencil(panel, bars(first), "kernel", border=2)
    results = board.stencil(panel, outputs(first), "output")
    high = int(0.76 * pitch * PIXEL)  # px: text is no higher than its bar
    told = [f"window {i}: pixels " for i in range(most)] if contiguous else [
        f"window {i}, tap {u}: pixel " for i in range(most) for u in range(first.k)]
    taps = board.words(panel, *labels(first).values(), size=min(13, high), align="center", role="tile",
                       cells=first.k if contiguous else 1, hover=told)
    outs = board.words(panel, *names(first).values(), size=min(15, high), bold=True, align="center", role="tile",
                       cells=wide, hover=[f"output {i}, from window {i}" for i in range(most)])
    formula = board.words(lines, -0.5, [0, 1], first.words(formula_lines), size=17)

    for caption, state in zip(captions, states, strict=True):
        board.frame(caption, {
            veil: pixels(state.unused), stripes: pixels(state.unused), dashes: pixels(state.unused),
            threads: links(state), windows: bars(state), taps: labels(state),
            results: outputs(state), outs: names(state), formula: state.words(formula_lines),
        })
