"""The kinds of thing a board can hold, each a Plotly trace or two and the state that frames may change.

A layer is also the handle its author gets back. It knows three things: what the author may say about it
(`parse`), what Plotly must be told for a list of such states (`render`, which sees all states at once, so that paths
get one number of points and numbers one size), and what is different on a phone (`narrow`).
"""

from __future__ import annotations

import numpy as np

from .geometry import padded, plain, rects, rounded, strokes, unread
from .palette import hexes

DESIGNS = ("wide", "narrow")


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


class Places(Path):
    """Points without a mark: the pointer finds them, and nothing is drawn."""

    kind = "places"


class Arrows(Layer):
    """Ways through two or more points with a head at the end; a way of no length has no head."""

    kind = "arrows"
    HEAD = 10

    def __init__(self, panel, traces, routes):
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
            size += [0] * (points - 1) + [self.HEAD * there] + [0]
        symbol = (["circle"] + ["triangle-up"] * (points - 1) + ["circle"]) * count
        return {
            "x": rounded(x[:-1]),
            "y": rounded(y[:-1]),
            "marker": {"size": size[:-1], "symbol": symbol[:-1]},
        }

    def nodes(self, state):
        return 6 + sum(len(route) for route in state["routes"])


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


class Squares(Layer):
    """Square tiles that travel and grow: a tenth of the bytes of as many paths."""

    kind = "squares"

    def __init__(self, panel, traces, x, y, sides):
        super().__init__(panel, traces, self.parse({"x": x, "y": y, "sides": sides}))

    def parse(self, value):
        lengths = {key: len(numbers) for key, numbers in value.items()}
        if set(lengths) != {"x", "y", "sides"} or len(set(lengths.values())) > 1:
            raise ValueError(f"squares take an x, a y and a side each, got {lengths}")
        return {key: rounded(numbers) for key, numbers in value.items()}

    def render(self, states):
        return [{"x": state["x"], "y": state["y"], "marker": {"size": state["sides"]}} for state in states]

    def nodes(self, state):
        return 6 + len(state["x"])


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
