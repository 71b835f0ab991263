"""The kinds of thing a board can hold, each a Plotly trace or two and the state that frames may change.

A layer is also the handle its author gets back. It knows three things: what the author may say about it
(`parse`), what Plotly must be told for a list of such states (`render`, which sees all states at once, so that paths
get one number of points and numbers one size), and what is different on a phone (`narrow`).
"""

from __future__ import annotations

import numpy as np

from .geometry import padded, plain, rects, rounded, strokes, unread
from .lettering import NOTHING_YET, fitting_size, show, text_width
from .palette import SMALLEST, hexes

DESIGNS = ("wide", "narrow")
ALIGN = {"left": "middle right", "center": "middle center", "right": "middle left"}  # Plotly names the other side


class Layer:
    """What `Board` methods return: name it in `Board.frame` to change what it drew."""

    kind = "layer"

    def __init__(self, panel, traces, state):
        self.panel, self.traces, self.state = panel, traces, state

    def parse(self, value):
        """The part of the state that `value`, given to `Board.frame`, changes."""
        raise NotImplementedError

    def render(self, states):
        """Trace attributes, one dict for each state."""
        raise NotImplementedError

    def narrow(self, states):
        """Dotted trace attributes of the phone design."""
        return {}

    def nodes(self, state):
        """About how many SVG nodes a trace takes."""
        return 8


class Cells(Layer):
    """Closed paths: tiles, stencils, outlines, hatching."""

    kind = "cells"

    def __init__(self, panel, traces, cells, inset=0.0, hatched=False):
        self.inset, self.hatched = inset, hatched
        super().__init__(panel, traces, self.parse(cells))

    def parse(self, value):
        cells = [value] if len(value) and np.isscalar(value[0]) else list(value)
        for cell in cells:
            if len(cell) != 4:
                raise ValueError(
                    f"a cell is (row, column, height, width), got {cell}; one number short or one too many?"
                )
        return {"cells": [tuple(plain(float(part)) for part in cell) for cell in cells]}

    def render(self, states):
        most = max(1, *(len(state["cells"]) for state in states))
        home = next((state["cells"][0][:2] for state in states if state["cells"]), (0, 0))
        drawn = []
        for state in states:
            cells = padded(state["cells"], most, home)
            x, y = strokes(cells) if self.hatched else rects(cells, self.inset)
            drawn.append({"x": x, "y": y})
        return drawn


class Curtain(Cells):
    """What is not computed yet: covers the outputs after number k."""

    kind = "curtain"

    def __init__(self, panel, traces, shape):
        self.shape = shape
        super().__init__(panel, traces, unread(-1, shape))

    def parse(self, value):
        if np.isscalar(value):
            rows, columns = self.shape
            if not -1 <= value < rows * columns:
                raise ValueError(
                    f"a curtain over {rows} × {columns} outputs opens up to output -1 … {rows * columns - 1}, "
                    f"got {value}"
                )
            value = unread(int(value), self.shape)
        return super().parse(value)


class Path(Layer):
    """Any path, as x and y lists with None between the parts."""

    kind = "path"

    def __init__(self, panel, traces, xy):
        super().__init__(panel, traces, self.parse(xy))

    def parse(self, value):
        x, y = value
        if len(x) != len(y):
            raise ValueError(f"a path is (x, y) of one length, got {len(x)} and {len(y)} points")
        return {"x": rounded(x), "y": rounded(y)}

    def render(self, states):
        lengths = {len(state["x"]) for state in states}
        if len(lengths) > 1:
            raise ValueError(
                f"a path keeps its number of points from frame to frame, or it jumps; got {sorted(lengths)}"
            )
        return states


class Arrows(Layer):
    """Ways through two or more points with a head at the end; a way of no length has no head."""

    kind = "arrows"
    HEAD, TAIL = 10, 5

    def __init__(self, panel, traces, routes, tail):
        self.tail = tail
        super().__init__(panel, traces, self.parse(routes))

    def parse(self, value):
        routes = [[tuple(point) for point in route] for route in value]
        for route in routes:
            if len(route) < 2 or any(len(point) != 2 for point in route):
                raise ValueError(
                    f"an arrow runs through two points (x, y) or more, got {route}; "
                    "give a list of arrows, each a list of points"
                )
        return {"routes": routes}

    def render(self, states):
        points = max((len(route) for state in states for route in state["routes"]), default=2)
        count = max(1, *(len(state["routes"]) for state in states))
        return [self._drawn(state["routes"], points, count) for state in states]

    def _drawn(self, routes, points, count):
        nowhere = [(0, 0)] * 2
        x, y, size = [], [], []
        for route in [*routes, *[nowhere] * (count - len(routes))]:
            way = [route[0]] * (points - len(route)) + route
            there = any(point != way[0] for point in way)
            x += [p[0] for p in way] + [None]
            y += [p[1] for p in way] + [None]
            size += [self.TAIL * self.tail * there] + [0] * (points - 2) + [self.HEAD * there] + [0]
        symbol = (["circle"] + ["triangle-up"] * (points - 1) + ["circle"]) * count
        return {
            "x": rounded(x[:-1]),
            "y": rounded(y[:-1]),
            "marker": {"size": size[:-1], "symbol": symbol[:-1]},
        }

    def nodes(self, state):
        return 6 + sum(len(route) for route in state["routes"])


class Text(Layer):
    """Words or numbers at points."""

    kind = "text"

    def __init__(self, panel, traces, x, y, texts, *, size, narrow_size, bold, align="center", in_cells, thin=False):
        self.sizes = {"wide": size, "narrow": narrow_size or size}
        self.bold, self.align, self.in_cells, self.thin = bold, align, in_cells, thin
        super().__init__(panel, traces, {"x": rounded(x), "y": rounded(y), "text": [show(t) for t in texts]})
        self._check_lengths(self.state)

    def parse(self, value):
        if not isinstance(value, dict):
            value = {"text": value}
        unknown = set(value) - {"x", "y", "text"}
        if unknown:
            raise ValueError(f"a frame changes text, x and y of a label, got {', '.join(sorted(unknown))}")
        change = {axis: rounded(value[axis]) for axis in ("x", "y") if axis in value}
        if "text" in value:
            texts = value["text"]
            texts = texts.ravel().tolist() if isinstance(texts, np.ndarray) else np.ravel(texts).tolist()
            change["text"] = [show(text) for text in texts]
        return change

    def render(self, states):
        for state in states:
            self._check_lengths(state)
            self._check_places(state)
        return [{**state, "textfont": {"size": self.size("wide", states)}} for state in states]

    def narrow(self, states):
        changes = {}
        size = self.size("narrow", states)
        if size != self.size("wide", states):
            changes["textfont.size"] = size
        step = self._step("narrow", states)
        if step > 1:
            changes["text"] = self._every(step, states[0]["text"])
        return changes

    def size(self, design, states):
        """Largest size, up to the one asked for, at which the text of every state has room."""
        largest = self.sizes[design]
        if largest < SMALLEST:
            raise ValueError(f"text is at least {SMALLEST} px high, got {largest}")
        if self.in_cells:
            step = self._step(design, states)
            texts = {text for state in states for text in state["text"]}
            size = fitting_size(texts, self._cell(design, step), largest, self.bold)
        else:
            size = min(self._free_size(design, state, largest) for state in states)
        if not size:
            longest = max((t for state in states for t in state["text"]), key=lambda t: text_width(t, 10))
            width, _ = self.panel.cell(design)
            where = f"a cell of {width:.0f} px" if self.in_cells else "the board"
            raise ValueError(
                f"“{longest}” does not fit into {where} in the {design} design at {SMALLEST} px, the smallest "
                "text allowed; draw a smaller array or shorter text"
            )
        return size

    def nodes(self, state):
        return 6 + sum(2 + ("<" in text) for text in state["text"])

    def _check_lengths(self, state):
        lengths = {key: len(state[key]) for key in ("x", "y", "text")}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"one text for each place: got {lengths}; is the array of another shape?")

    def _check_places(self, state):
        if not all(self.panel.holds(*place) for place in zip(state["x"], state["y"], strict=True)):
            raise ValueError(
                "Plotly hides text outside its panel: x runs from -0.5 to "
                f"{self.panel.cols - 0.5:g} and y to {self.panel.rows - 0.5:g}, got {state['x']} and {state['y']}; "
                "make the panel larger or give the words a panel of their own"
            )

    def _cell(self, design, step=1):
        width, height = self.panel.cell(design)
        return width * step - (1 if width < 20 else 2), height

    def _step(self, design, states):
        """Every how many-th number can be shown in a row of cells that is too tight for all."""
        if not self.thin:
            return 1
        texts = set(states[0]["text"])
        fits = (s for s in range(1, 6) if fitting_size(texts, self._cell(design, s), SMALLEST, self.bold))
        return next(fits, 1)

    def _every(self, step, texts):
        return [text if place % step == 0 else NOTHING_YET for place, text in enumerate(texts)]

    def _free_size(self, design, state, largest):
        """As `size`, for words: they may run up to the edge of the board."""
        for size in range(largest, SMALLEST - 1, -1):
            places = zip(state["text"], state["x"], state["y"], strict=True)
            if all(text_width(t, size, self.bold) <= self._room(design, x, y) + 0.5 for t, x, y in places):
                return size
        return 0

    def _room(self, design, x, y):
        left, _ = self.panel.at(x, y, design)
        right = self.panel.board_width(design) - left
        return {"left": right, "right": left, "center": 2 * min(left, right)}[self.align] + 8  # the margin


class Marks(Layer):
    """Square tiles whose colour changes: numbers on a scale, or colours themselves."""

    kind = "marks"

    def __init__(self, panel, traces, values, hover):
        super().__init__(panel, traces, {"hover": hover})
        self.state.update(self.parse(values))

    def parse(self, value):
        if isinstance(value, dict):
            change = {"hover": list(np.ravel(value["hover"]))} if "hover" in value else {}
            return {**change, **(self.parse(value["values"]) if "values" in value else {})}
        array = np.asarray(value)
        if array.ndim == 3:  # pixels
            return {"color": hexes(array)}
        return {"color": array.ravel().tolist()}

    def render(self, states):
        counts = {len(self.traces[0]["x"]), *(len(state["color"]) for state in states)}
        if len(counts) > 1:
            raise ValueError(f"cells keep their number and take one value each, got {sorted(counts)} of them")
        return [
            {"marker": {"color": s["color"]}, **({"hovertext": s["hover"]} if s["hover"] else {})} for s in states
        ]

    def narrow(self, states):
        return {"marker.size": mark_size(self.panel, "narrow")}

    def nodes(self, state):
        return 6 + len(state["color"])


class Fixed(Layer):
    """What cannot change: a heatmap, which vanishes during every transition."""

    kind = "heatmap"

    def __init__(self, panel, traces):
        super().__init__(panel, traces, {})

    def parse(self, value):
        raise ValueError("a heatmap vanishes while frames change: draw cells, or a picture under a curtain")

    def render(self, states):
        return [{} for _ in states]


def mark_size(panel, design):
    """Side in px of a square marker that leaves the same gap as a tile."""
    return round(min(panel.cell(design)) * 0.95, 1)
