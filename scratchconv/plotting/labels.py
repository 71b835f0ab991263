"""Words and numbers: the layer that finds the size at which everything it will ever say has room."""

from __future__ import annotations

import numpy as np

from .geometry import rounded
from .layers import Layer
from .lettering import NOTHING_YET, fitting_size, show, text_width
from .palette import SMALLEST

ALIGN = {"left": "middle right", "center": "middle center", "right": "middle left"}  # Plotly names the other side
AIR = 4  # px beside the longest number, where the smallest size leaves them
DIGITS = (4, 3, 2)  # significant ones of a fraction: fewer where cells are tight


class Text(Layer):
    """Words or numbers at points.

    `cells` is the room of a text in cells, or (across, down), or 0 for words, which may run up to the edge of the
    board. `spare` says
    what to do with numbers that have no room at the smallest size: nothing (an error), "thin" (show every second,
    third … of a row) or "drop" (show none). Thinned and dropped numbers cannot change.
    """

    kind = "text"

    def __init__(self, panel, traces, x, y, texts, *, size, narrow_size, bold, align="center", cells=1, spare="",
                 narrow_cells=None, blank=""):
        self.sizes = {"wide": size, "narrow": narrow_size or size}
        self.bold, self.align, self.spare, self.blank = bold, align, spare, blank
        self.cells, self.down = cells if isinstance(cells, tuple) else (cells, 1)
        self.across = {"wide": self.cells, "narrow": narrow_cells or self.cells}
        told = {"hovertext": traces[0]["hovertext"]} if "hovertext" in traces[0] else {}
        super().__init__(panel, traces, {"x": rounded(x), "y": rounded(y), "text": list(texts), **told})
        self._check(self.state)

    def parse(self, value):
        if not isinstance(value, dict):
            value = {"text": value}
        unknown = set(value) - {"x", "y", "text", "hover"}
        if unknown:
            raise ValueError(f"a frame changes text, x, y and hover of a label, got {', '.join(sorted(unknown))}")
        change = {axis: rounded(value[axis]) for axis in ("x", "y") if axis in value}
        if "hover" in value:
            if "hovertext" not in self.state:
                raise ValueError("a frame changes what is hovered where something was at first: give the label a hover")
            change["hovertext"] = list(value["hover"])
        if "text" in value:
            change["text"] = np.array(value["text"], dtype=object).ravel().tolist()
        return change

    def render(self, states):
        for state in states:
            self._check(state)
        written = self._written(states)
        size = self._size("wide", written)
        texts = [self._shown("wide", texts) for texts in (state["text"] for state in written)]
        return [
            {**state, **self._told(state), "text": text, "textfont": {"size": size}}
            for state, text in zip(written, texts, strict=True)
        ]

    def _told(self, state):
        """What is hovered: a cell without a value says what it is instead of one."""
        if not self.blank:
            return {}
        pairs = zip(state["hovertext"], state["text"], strict=False)
        return {"hovertext": [told.rstrip(" =:") + self.blank if text == NOTHING_YET else told for told, text in pairs]}

    def narrow(self, states):
        written = self._written(states)
        sizes = [self._size(design, written) for design in ("narrow", "wide")]
        texts = [self._shown(design, written[0]["text"]) for design in ("narrow", "wide")]
        changes = {"textfont.size": sizes[0]} if sizes[0] != sizes[1] else {}
        return {**changes, "text": texts[0]} if texts[0] != texts[1] else changes

    def nodes(self, state):
        return 6 + sum(2 + ("<" in str(text)) for text in state["text"])

    def _check(self, state):
        lengths = {key: len(state[key]) for key in ("x", "y", "text")}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"one text for each place: got {lengths}; is the array of another shape?")
        if len(state.get("hovertext", state["text"])) < len(state["text"]):
            raise ValueError(f"one hover for each of {len(state['text'])} texts, got {len(state['hovertext'])}")
        if not all(self.panel.holds(*place) for place in zip(state["x"], state["y"], strict=True)):
            raise ValueError(
                "Plotly hides text outside its panel: x runs from -0.5 to "
                f"{self.panel.cols - 0.5:g} and y to {self.panel.rows - 0.5:g}, got {state['x']} and {state['y']}; "
                "make the panel larger or give the words a panel of their own"
            )

    def _written(self, states):
        """The states with their values as texts, fractions with as many digits as have room in both designs."""
        for digits in DIGITS:
            written = [{**state, "text": [show(value, digits) for value in state["text"]]} for state in states]
            if not self.cells or (self._fitting("wide", written) and self._fitting("narrow", written)):
                break
        return written

    def _size(self, design, states):
        size = self._fitting(design, states)
        if size:
            return size
        if self.spare == "drop":
            return SMALLEST
        longest = max((t for state in states for t in state["text"]), key=lambda t: text_width(t, 10))
        where = f"{self._room(design)[0]:.0f} px of a cell" if self.cells else "the board"
        raise ValueError(
            f"“{longest}” does not fit into {where} in the {design} design at {SMALLEST} px, the smallest text "
            "allowed; draw a smaller array, or numbers with fewer digits"
        )

    def _fitting(self, design, states):
        """The largest size, up to the one asked for, at which the text of every state has room, or 0."""
        largest = self.sizes[design]
        if largest < SMALLEST:
            raise ValueError(f"text is at least {SMALLEST} px high, got {largest}")
        if not self.cells:
            return min(self._free_size(design, state, largest) for state in states)
        texts = {text for state in states for text in state["text"]}
        width, height = self._room(design, self._step(design, states[0]["text"]))
        with_air = fitting_size(texts, (width - AIR, height), largest, self.bold)
        return with_air or fitting_size(texts, (width, height), largest, self.bold)

    def _room(self, design, step=1):
        width, height = self.panel.cell(design)
        return width * step * self.across[design] - (1 if width < 20 else 2), height * self.down

    def _step(self, design, texts):
        """Every how many-th number has room, in a row of cells that is too tight for all."""
        if self.spare != "thin":
            return 1
        fits = (s for s in range(1, 6) if fitting_size(texts, self._room(design, s), SMALLEST, self.bold))
        return next(fits, 1)

    def _shown(self, design, texts):
        if self.spare == "drop" and not fitting_size(texts, self._room(design), SMALLEST, self.bold):
            return [NOTHING_YET] * len(texts)
        step = self._step(design, texts)
        return [text if place % step == 0 else NOTHING_YET for place, text in enumerate(texts)]

    def _free_size(self, design, state, largest):
        """As `_fitting`, for words: they may run up to the edge of the board."""
        for size in range(largest, SMALLEST - 1, -1):
            places = zip(state["text"], state["x"], state["y"], strict=True)
            if all(text_width(t, size, self.bold) <= self._way(design, x, y) + 0.5 for t, x, y in places):
                return size
        return 0

    def _way(self, design, x, y):
        """Px from a point to the edge of the board, in the direction in which the text runs."""
        left, _ = self.panel.at(x, y, design)
        right = self.panel.board_width(design) - left
        return {"left": right, "right": left, "center": 2 * min(left, right)}[self.align] + 8  # the margin
