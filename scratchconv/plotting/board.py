"""The canvas of every figure: paint everything once, then let frames move stencils and curtains.

A figure is painted finished: all tiles, all numbers. Frames move a few outlines over it and open curtains, so nothing
is computed while the reader watches and all text is in the page from the start. The order of painting is the order
on the board: tiles, stencil, numbers, outline.

A board has two designs, 672 px wide and, for a phone, 342 px wide. Each panel says where it stands in both.

Examples
--------
>>> import numpy as np
>>> x = np.arange(12).reshape(3, 4)
>>> board = Board(200, "A 2 by 2 window slides over a 3 by 4 image.", narrow_height=210)
>>> image = board.panel(3, 4, wide=(0, 0, 260, 195), narrow=(0, 0, 260, 195), title="image <b>x</b>")
>>> _ = board.tiles(image, (3, 4), "input")
>>> window = board.stencil(image, [(0, 0, 2, 2)], "kernel")
>>> _ = board.numbers(image, x)
>>> border = board.outline(image, [(0, 0, 2, 2)], "kernel")
>>> for i in range(2):
...     for j in range(3):
...         cells = [(i, j, 2, 2)]
...         board.frame(f"window at row {i}, column {j}", {window: cells, border: cells})
>>> figure = board.finish(start=4)
>>> len(figure.frames), len(figure.data)
(6, 4)
"""

from __future__ import annotations

import base64
import json
import math
import re
import struct
import zlib
from dataclasses import dataclass

import numpy as np

from . import palette
from .geometry import SLACK, arc, box, cell_size, grid, half_turn, rects, unread
from .labels import ALIGN, Text
from .layers import DESIGNS, Arrows, Cells, Curtain, Fixed, Layer, Marks, Path, Places, Squares, mark_size
from .lettering import text_width

__all__ = ["Board", "Panel", "arc", "box", "cell_size", "grid", "half_turn", "rects", "unread"]

WIDTHS = {"wide": 672, "narrow": 342}  # px of drawing in the narrowest content column of each design
SIDE, ABOVE, BELOW, CONTROLS = 8, 30, 8, 86  # px of margin; CONTROLS takes the place of BELOW
BUDGET = {"traces": 25, "frames": 50, "nodes": 1200, "frame_bytes": 4400, "bytes": 140_000}
CAPTION_LETTERS, CAPTION_WIDTH = 32, 238  # px beside the buttons on a phone

INSET, TIGHT_INSET, TIGHT = 0.025, 0.045, 20  # of a cell; the second where cells are under TIGHT px


@dataclass(frozen=True)
class Panel:
    """A part of the board with its own grid of `rows` × `cols` cells; made by `Board.panel`."""

    number: int
    rows: float
    cols: float
    wide: tuple
    narrow: tuple
    square: bool

    @property
    def slack(self):
        """What the panel shows beyond its cells, in cells across and down, so that outlines are not cut."""
        if self.square:
            return SLACK, SLACK
        _, _, width, height = self.wide
        return min(SLACK, 3 * self.cols / width), min(SLACK, 3 * self.rows / height)  # 3 px

    @property
    def axis(self):
        """The suffix of the panel's axes in Plotly (nothing, 2, 3 and so on)."""
        return "" if self.number == 1 else str(self.number)

    def box(self, design):
        """(x, y, width, height) in px."""
        return self.wide if design == "wide" else self.narrow

    def board_width(self, design):
        """Width in px of the whole board."""
        return WIDTHS[design]

    def cell(self, design):
        """(width, height) of a cell in px."""
        _, _, width, height = self.box(design)
        across, down = self.slack
        size = width / (self.cols + across), height / (self.rows + down)
        return (min(size),) * 2 if self.square else size

    def at(self, x, y, design):
        """Where the point (x, y) of the grid stands on the board, in px."""
        left, top, _, _ = self.box(design)
        (width, height), (across, down) = self.cell(design), self.slack
        return left + (x + 0.5 + across / 2) * width, top + (y + 0.5 + down / 2) * height


    def holds(self, x, y):
        """Whether the point lies inside the panel, its edge included."""
        return -0.501 <= x <= self.cols - 0.499 and -0.501 <= y <= self.rows - 0.499


def check_frames(count, what):
    """Raise a ValueError that names the cause if a figure would need more frames than it may have."""
    if count > BUDGET["frames"]:
        raise ValueError(
            f"a figure has at most {BUDGET['frames']} frames, one for each {what}, and here are {count}: "
            "draw a smaller image, or a larger stride"
        )


class Board:
    """The canvas of one figure.

    Parameters
    ----------
    height : float
        Height of the drawing in the wide design in px, without the margin for the first titles (30) and the
        controls (86), which are added. The drawing is 672 px wide.
    alt : str
        One sentence: what moves and what it shows. Read aloud instead of the picture.
    narrow_height : float
        Height of the drawing in the phone design, which is 342 px wide.

    Raises
    ------
    ValueError
        If `alt` is not a sentence. Later methods raise it for panels outside the board, text without room
        and, in `finish`, figures over budget.

    Notes
    -----
    Every method that paints returns a handle. `frame` takes handles and their new state; a handle that is
    not named keeps the state of the frame before. The kinds of state are:

    ==========================  ===========================================================
    painted by                  new state in a frame
    ==========================  ===========================================================
    tiles, stencil, outline     a list of cells (row, column, height, width), or one
    hatch                       a list of cells; none is fine
    curtain                     k, the number of the last output that is visible; -1: none
    numbers, words              an array or list of values; or dict(x=…, y=…, text=…, hover=…),
                                each optional, to move them and to tell where they are now
    cells                       values as painted, or dict(values=…, hover=…)
    path                        (x, y), as many points as before
    squares                     dict(x=…, y=…, sides=…)
    arrow                       a list of routes
    ==========================  ===========================================================
    """

    def __init__(self, height, alt, *, narrow_height):
        if not isinstance(alt, str) or len(alt.split()) < 4:
            raise ValueError(f"alt must be a sentence that says what moves and what it shows, got {alt!r}")
        self.alt = alt
        self.heights = {"wide": height, "narrow": narrow_height}
        self._panels, self._titles, self._layers, self._frames, self._images = [], [], [], [], []
        self._phone, self._phone_frames = {}, []

    # ------------------------------------------------------------------------------------------ places

    def panel(self, rows, cols, wide, narrow, title="", square=True):
        """A grid of `rows` × `cols` cells.

        Parameters
        ----------
        rows, cols : float
            Size in cells. The centre of the first cell is x = 0, y = 0, and y grows downwards.
        wide, narrow : (x, y, width, height)
            Its box in px of the two designs, from the upper left corner of the drawing. A square panel takes
            the largest square cells that fit, at the upper left of its box: see `cell_size` and `box`.
        title : str, optional
            Stands above the box: 30 px of room for it must be left, except at y = 0.
        square : bool, default True
            Keep cells square. False stretches them to the box: for strips, bars and lines of words.

        Returns
        -------
        Panel
        """
        for design, place in zip(DESIGNS, (wide, narrow), strict=True):
            x, y, width, height = place
            inside = x >= -0.5 and y >= -0.5 and x + width <= WIDTHS[design] + 0.5
            if not inside or y + height > self.heights[design] + 0.5:
                raise ValueError(
                    f"a panel stays on the board of {WIDTHS[design]} × {self.heights[design]:g} px in the "
                    f"{design} design, got x, y, width, height = {tuple(round(v, 1) for v in place)}"
                )
        panel = Panel(len(self._panels) + 1, rows, cols, tuple(wide), tuple(narrow), square)
        self._panels.append(panel)
        if title:
            self._add_title(panel, title)
        return panel

    def _add_title(self, panel, title):
        for design in DESIGNS:
            x, y, _, _ = panel.box(design)
            width = text_width(title, palette.TITLE)
            if x + width > WIDTHS[design] + SIDE:
                raise ValueError(f"the title “{title}” runs off the board in the {design} design")
            for other, words in self._titles:
                left, top, _, _ = other.box(design)
                if abs(top - y) < palette.TITLE and x < left + text_width(words, palette.TITLE) and left < x + width:
                    raise ValueError(f"the titles “{words}” and “{title}” overlap in the {design} design")
        self._titles.append((panel, title))

    # ------------------------------------------------------------------------------------------- paint

    def tiles(self, panel, shape, role, *, opacity=1):
        """Tiles for a (rows, columns) array, or for a list of cells. `role`: a key of ROLES, or "empty"."""
        cells = grid(shape) if len(shape) == 2 and np.isscalar(shape[0]) else shape
        return self.stencil(panel, cells, role, opacity=opacity)

    def stencil(self, panel, cells, role, *, opacity=1, border=0):
        """Filled cells: paint it over the tiles and under the numbers, and let frames move it.

        With a `border` in px the cells carry their outline themselves, under the numbers.
        """
        colour = palette.EMPTY.moving if role == "empty" else palette.ROLES[role].tile
        line = palette.ROLES[role].line if border else None
        trace = _path(panel, fill=colour, line=line, width=border, opacity=opacity)
        return self._add(Cells(panel, [trace], cells, _inset(panel)))

    def outline(self, panel, cells, role, *, width=3, dash=None, inset=None):
        """Borders of cells, over the numbers. `role` "picture" is the one to use on a photograph.

        Padding is dotted, unused and wrong cells are dashed, unless `dash` says otherwise; a negative `inset`
        (in cells) draws the border outside.
        """
        if role == "picture":
            traces = [_path(panel, line=colour, width=thick) for colour, thick in palette.ON_PICTURE]
            return self._add(Cells(panel, traces, cells, inset or 0))
        colour, dash = palette.ROLES[role].line, dash or palette.ROLES[role].dash
        trace = _path(panel, line=colour, width=width, dash=dash)
        return self._add(Cells(panel, [trace], cells, _inset(panel) if inset is None else inset))

    def curtain(self, panel, shape):
        """Covers a (rows, columns) array of outputs; in a frame, k uncovers outputs 0 … k."""
        return self._add(Curtain(panel, [_path(panel, fill=palette.EMPTY.moving)], shape))

    def hatch(self, panel, cells):
        """Diagonal lines for cells that are not used. Paint tiles in role "unused" under it."""
        trace = _path(panel, line=palette.ROLES["unused"].line, width=1.3)
        return self._add(Cells(panel, [trace], cells, hatched=True))

    def path(self, panel, xy, role, *, line=False, width=2, dash=None, opacity=1):
        """Any path (x, y) with None between its parts: filled in the role's tile colour, or as a line.

        `role` is a key of ROLES; for lines also "muted" and "hair", for areas also "empty".
        """
        if line:
            neutral = {"muted": palette.MUTED, "hair": palette.HAIR}
            colour = neutral[role].moving if role in neutral else palette.ROLES[role].line
            trace = _path(panel, line=colour, width=width, dash=dash, opacity=opacity)
        else:
            colour = palette.EMPTY.moving if role == "empty" else palette.ROLES[role].tile
            trace = _path(panel, fill=colour, opacity=opacity)
        return self._add(Path(panel, [trace], xy))

    def arrow(self, panel, routes, *, role="muted", width=1.5):
        """Arrows: a list of routes, each a list of points (x, y); see `arc` for bent ones."""
        colour = palette.MUTED.moving if role == "muted" else palette.ROLES[role].line
        head = {"color": colour, "opacity": 1, "angleref": "previous", "line": {"width": 0}}
        trace = {**_path(panel, line=colour, width=width), "mode": "lines+markers", "marker": head}
        return self._add(Arrows(panel, [trace], routes))

    def numbers(self, panel, array, *, hover=None, size=palette.NUMBER, narrow_size=None, bold=False, corner=False,
                role="tile", dx=0, dy=0, spare="", narrow_cells=1, blank=""):
        """The values of an array, one in each cell. Paint them after tiles and stencils.

        Parameters
        ----------
        panel : Panel
        array : array_like, shape (rows, columns)
            Numbers or texts; None stays blank.
        hover : callable or nested list, optional
            What a tap or the pointer shows: ``hover(i, j)`` for each cell. The value in the cell is written behind
            texts that end with a space, so that it is right in every frame.
        size, narrow_size : int
            Largest size of the digits in px. They are made smaller until the longest value of all frames
            fits into its cell; fractions that do not fit lose digits, down to two.
        bold : bool
            For values that are the point of the figure.
        corner : bool
            Small, in the upper left corner of the cell: for indices beside values.
        role : str, default "tile"
            "tile" is dark ink in both themes, for coloured tiles. "ink" is for EMPTY cells and the bare page.
        dx, dy : float
            Shift in cells.
        spare : {"", "thin", "drop"}
            What becomes of numbers without room: an error; in a row, every second (third, …) is shown; none is
            shown, only hovered. With the last two they cannot change.
        narrow_cells : float
            Cells that a number may take in the phone design, if it stands elsewhere there.
        blank : str
            Hovered behind a text in place of a value, in frames in which the cell has none; costs a text a cell.

        Raises
        ------
        ValueError
            In `finish`, if a value does not fit at 10 px.
        """
        array = np.array(array, dtype=object)
        array = array[None] if array.ndim == 1 else array
        rows, columns = array.shape
        if corner:
            dx, dy, size = dx - 0.43, dy - 0.27, min(size, palette.CORNER)
        trace = _text(panel, _text_colour(role), bold, "left" if corner else "center")
        if hover is not None:
            texts = [hover(i, j) if callable(hover) else hover[i][j] for i in range(rows) for j in range(columns)]
            trace.update(_hover(texts))
        x = [j + dx for _ in range(rows) for j in range(columns)]
        y = [i + dy for i in range(rows) for _ in range(columns)]
        return self._add(Text(panel, [trace], x, y, array.ravel(), size=size, narrow_size=narrow_size, bold=bold,
                              spare=spare, narrow_cells=narrow_cells, blank=blank))

    def words(self, panel, x, y, texts, *, size=palette.FORMULA, narrow_size=None, bold=False, align="left",
              role="ink", cells=0, hover=None):
        """Text at points of a panel: formulas, labels of bars, ✗ (role "wrong").

        `x`, `y` and `texts` are lists, or single values; -0.5 is the left and the upper edge. The points must lie
        inside the panel, or Plotly hides them; the text may run out of it. `align` says which side of the text is
        at x: "left", "center" or "right". `role` is "ink", "muted", "tile" (on a tile) or a key of ROLES. Text may
        carry <b>, <sub>, <sup> and <br>, and shrinks to stay on the board or, with `cells`, within so many cells
        across, or (across, down). `hover` is a list, one for each text, as in `numbers`.
        """
        texts = [texts] if isinstance(texts, str) else list(texts)
        x, y = (list(np.broadcast_to(v, len(texts)).astype(float)) for v in (x, y))
        trace = _text(panel, _text_colour(role), bold, align)
        if hover is not None:
            trace.update(_hover(list(hover)))
        return self._add(Text(panel, [trace], x, y, texts, size=size, narrow_size=narrow_size, bold=bold,
                              align=align, cells=cells))

    def cells(self, panel, values, scale=None, px=None, narrow_px=None, *, most=None, limit=None, hover=None, at=None):
        """Square tiles whose colours change from frame to frame: counts, weights, or the pixels of a patch.

        Parameters
        ----------
        values : array_like
            (rows, columns) numbers on `scale`, or (rows, columns, 3) uint8 pixels.
        scale : list, optional
            ``palette.count_scale(most)``; needed with numbers.
        px, narrow_px : float, optional
            Side of a tile; by default what fits the panel.
        most : int, optional
            The largest count on `scale`; the smallest is 0.
        limit : float, optional
            For signed numbers, which need no scale: blue at −limit, red at limit.
        hover : list of str, optional
            What each tile shows. A number, not a pixel, is written behind texts that end with a space.
        at : (x, y), optional
            The centres of the tiles, as two lists in reading order; by default the grid of the panel.
        """
        rows, columns = np.shape(values)[:2]
        size = px or mark_size(panel, "wide")
        marker = {"symbol": "square", "size": size, "line": {"width": 0}, "opacity": 1}
        if scale:
            marker.update(colorscale=scale, cmin=-0.5, cmax=most + 0.5, showscale=False)
        if limit:
            signed = palette.continuous_scale(palette.SIGNED)
            marker.update(colorscale=signed, cmin=-limit, cmax=limit, showscale=False)
        y, x = at[::-1] if at else np.indices((rows, columns)).reshape(2, -1).tolist()
        trace = {**_base(panel), "mode": "markers", "x": x, "y": y, "marker": marker}
        texts = None if hover is None else list(np.ravel(hover))
        trace["hoverinfo"] = "skip" if texts is None else "text"
        if (scale or limit) and texts:
            trace.update(_hover(texts, "%{marker.color}"))
        layer = Marks(panel, [trace], values, texts)
        if narrow_px:
            layer.narrow = lambda states: {"marker.size": narrow_px}
        return self._add(layer)

    def squares(self, panel, x, y, sides, role):
        """Square tiles about the points (x, y) that may travel and grow; their sides are in px of both designs."""
        marker = {"symbol": "square", "color": palette.ROLES[role].tile, "line": {"width": 0}, "opacity": 1}
        trace = {**_base(panel), "mode": "markers", "marker": marker}
        return self._add(Squares(panel, [trace], x, y, sides))

    def picture(self, panel, rgb, at=None):
        """A picture under everything else: (H, W, 3) or (H, W) uint8, one pixel to a cell of the panel.

        With `at`, a cell (row, column, height, width), it fills that cell: several pictures share a panel. It cannot
        change: move an outline over it, or open a curtain.
        """
        pixels = np.asarray(rgb)
        if pixels.dtype != np.uint8:
            raise ValueError(
                f"a picture is uint8, 0 … 255, got {pixels.dtype}; for a map of numbers see palette.signed_pixels"
            )
        pixels = np.repeat(pixels[..., None], 3, axis=2) if pixels.ndim == 2 else pixels  # (H, W, 3)
        height, width = pixels.shape[:2]
        side = max(height, width)
        times = min(10, 320 // side) if side <= 100 else 1  # browsers blur what they enlarge, which suits photographs
        if at:
            times = min(times, math.ceil(panel.cell("wide")[0] * at[3] / width))  # the small ones of many: as shown
        enlarged = pixels.repeat(times, axis=0).repeat(times, axis=1)
        row, column, tall, wide = at or (0, 0, height, width)
        corner = {"x": column - 0.5, "y": row - 0.5, "xanchor": "left", "yanchor": "top"}
        self._images.append(
            {
                "source": "data:image/png;base64," + base64.b64encode(png(enlarged)).decode(),
                "xref": "x" + panel.axis,
                "yref": "y" + panel.axis,
                "sizing": "stretch",
                "layer": "below",
                **corner,
                "sizex": wide,
                "sizey": tall,
            }
        )

    def places(self, panel, x, y, hover):
        """Points that show nothing but what is hovered: pixels of a picture, which has no tiles. They cost no nodes."""
        return self._add(Places(panel, [{**_path(panel), **_hover(list(hover))}], (x, y)))

    def heatmap(self, panel, values, scale, limits):
        """A map of numbers with the value under the pointer, for figures without frames only."""
        values = np.ascontiguousarray(values)
        if values.dtype not in (np.uint8, np.float32):
            raise ValueError(f"a heatmap is uint8 or float32, got {values.dtype}: float64 is eight bytes a pixel")
        trace = {**_base(panel), "type": "heatmap", "z": values, "zmin": limits[0], "zmax": limits[1]}
        del trace["showlegend"], trace["cliponaxis"]
        trace.update(colorscale=scale, showscale=False, hoverinfo="text")
        trace["hovertemplate"] = "row %{y}, column %{x}<br>%{z:,.5~r}<extra></extra>"
        return self._add(Fixed(panel, [trace]))

    def _add(self, layer):
        self._layers.append(layer)
        return layer

    # ------------------------------------------------------------------------------------------ frames

    def on_phone(self, changes):
        """What stands elsewhere in the phone design, before any frame: {handle: its state there}.

        For a strip that is folded there. Frames that move such a handle say so for both designs.
        """
        self._phone |= {handle: handle.parse(state) for handle, state in changes.items()}

    def frame(self, caption, changes, on_phone=None):
        """The next position of the slider.

        Parameters
        ----------
        caption : str
            Stands above the slider and is read aloud; at most 32 letters.
        changes : dict
            {handle: its new state}. What is not named stays as in the frame before.
        on_phone : dict, optional
            The same for handles that stand elsewhere in the phone design.
        """
        plain = re.sub("<[^>]*>", "", caption)
        if not plain or len(plain) > CAPTION_LETTERS or text_width(caption, palette.CAPTION) > CAPTION_WIDTH:
            raise ValueError(
                f"a caption has 1 to {CAPTION_LETTERS} letters and fits beside the buttons of a phone, "
                f"got {len(plain)} letters in “{caption}”"
            )
        on_phone = on_phone or {}
        for handle in [*changes, *on_phone]:
            if not isinstance(handle, Layer):
                raise ValueError(f"a frame changes what the board has painted, got {handle!r}: not a handle")
        self._frames.append((caption, {handle: handle.parse(state) for handle, state in changes.items()}))
        self._phone_frames.append({handle: handle.parse(state) for handle, state in on_phone.items()})

    def finish(self, start=0, *, move=260, hold=850):
        """The Plotly figure.

        Parameters
        ----------
        start : int
            The frame shown first, and in print: the most telling one.
        move, hold : int
            Milliseconds of a move, and from one frame to the next while playing.

        Returns
        -------
        plotly.graph_objects.Figure

        Raises
        ------
        ValueError
            If text has no room or the figure is over budget (traces, frames, nodes, bytes).
        """
        if self._frames and not 0 <= start < len(self._frames):
            raise ValueError(f"start is one of the frames 0 … {len(self._frames) - 1}, got {start}")
        if self._frames and any(layer.kind == "heatmap" for layer in self._layers):
            raise ValueError("a heatmap vanishes while frames change: draw cells, or a picture under a curtain")
        traces, frames, narrow_traces, narrow_frames = self._compiled(start)
        layout = self._layout()
        layout["meta"]["narrow_traces"] = narrow_traces
        if any(narrow_frames):
            layout["meta"]["narrow_frames"] = narrow_frames
        if frames:
            layout.update(_controls([caption for caption, _ in self._frames], start, move, hold))
        figure = _graph_objects().Figure({"data": traces, "layout": layout, "frames": frames})
        self._check_budget(figure, frames, len(traces))
        return figure

    def _compiled(self, start):
        """Traces in their first state, frames that name every trace, and the phone's attributes of both."""
        traces, narrow_traces, narrow_frames = [], {}, [{} for _ in self._frames]
        moving = [[] for _ in self._frames]
        for layer in self._layers:
            states = self._states(layer)
            drawn = layer.render(states)
            elsewhere = self._elsewhere(layer, drawn)
            first = start if self._frames else 0
            narrow = {**layer.narrow(states), **elsewhere[first]}
            changing = _changing(drawn)
            now = drawn[first]
            for trace in layer.traces:
                if narrow:
                    narrow_traces[str(len(traces))] = narrow
                for frame, moved in zip(narrow_frames, elsewhere, strict=False):
                    frame.update({str(len(traces)): moved} if moved and changing else {})
                traces.append(_merged(trace, now))
                for frame, state in zip(moving, drawn, strict=False):
                    frame.append({"type": trace["type"], **_picked(state, changing)})
        everything = list(range(len(traces)))  # the named move to the front: so name them all, in order
        frames = [{"name": str(k), "data": data, "traces": everything} for k, data in enumerate(moving)]
        return traces, frames, narrow_traces, narrow_frames

    def _states(self, layer):
        """The layer's state in every frame, written out in full so that the slider can jump anywhere."""
        return _in_full(layer.state, [changes.get(layer, {}) for _, changes in self._frames])

    def _elsewhere(self, layer, drawn):
        """Dotted attributes of each frame that are not the same in the phone design, which may move a layer."""
        moves = [changes.get(layer, {}) for changes in self._phone_frames]
        if layer not in self._phone and not any(moves):
            return [{} for _ in drawn]
        both = [{**changes.get(layer, {}), **move} for (_, changes), move in zip(self._frames, moves, strict=True)]
        states = _in_full({**layer.state, **self._phone.get(layer, {})}, both)
        return [_differing(there, here) for there, here in zip(layer.render(states), drawn, strict=True)]

    # ------------------------------------------------------------------------------------------ layout

    def _layout(self):
        below = CONTROLS if self._frames else BELOW
        height, narrow_height = (round(self.heights[design]) + ABOVE + below for design in DESIGNS)
        layout = {
            "height": height,
            "margin": {"l": SIDE, "r": SIDE, "t": ABOVE, "b": below},
            "paper_bgcolor": palette.PAGE.light,
            "plot_bgcolor": palette.NOTHING,
            "font": {"family": palette.SANS, "size": palette.NUMBER, "color": palette.INK.light},
            "hoverlabel": _hover_label(),
            "hovermode": "closest",
            "dragmode": False,
            "showlegend": False,
            "template": "none",
            "annotations": [_title(panel, words) for panel, words in self._titles],
            "images": self._images,
            "meta": {"alt": self.alt, "narrow": {**self._narrow_domains(), "height": narrow_height}},
        }
        for panel in self._panels:
            (x, y), (across, down) = self._domains(panel, "wide"), panel.slack
            right, bottom = panel.cols - 0.5 + across / 2, panel.rows - 0.5 + down / 2
            layout["xaxis" + panel.axis] = {**_axis(x), "range": [-0.5 - across / 2, right],
                                            "anchor": "y" + panel.axis, "constraintoward": "left"}
            layout["yaxis" + panel.axis] = {**_axis(y), "range": [bottom, -0.5 - down / 2],
                                            "anchor": "x" + panel.axis, "constraintoward": "top"}
            if panel.square:
                layout["yaxis" + panel.axis]["scaleanchor"] = "x" + panel.axis
        return layout

    def _narrow_domains(self):
        domains = {}
        for panel in self._panels:
            x, y = self._domains(panel, "narrow")
            domains[f"xaxis{panel.axis}.domain"] = x
            domains[f"yaxis{panel.axis}.domain"] = y
        return domains

    def _domains(self, panel, design):
        """The panel's box as fractions of the drawing, which Plotly wants from the bottom and within [0, 1]."""
        x, y, width, height = panel.box(design)
        across, down = WIDTHS[design], self.heights[design]
        inside = [x / across, (x + width) / across], [1 - (y + height) / down, 1 - y / down]
        return [[min(1.0, max(0.0, round(value, 4))) for value in ends] for ends in inside]

    def _check_budget(self, figure, frames, traces):
        text = figure.to_json()
        largest = max((len(_compact(frame)) for frame in frames), default=0)
        used = {
            "traces": (traces, "draw cells of one colour as one trace"),
            "frames": (len(frames), "leave out positions, or draw a smaller array or a larger stride"),
            "nodes": (self._nodes(), "draw fewer cells or fewer numbers"),
            "frame_bytes": (largest, "draw a smaller array; let frames move outlines and curtains, not many cells"),
            "bytes": (len(text), "draw a smaller array or fewer frames"),
        }
        for what, (amount, advice) in used.items():
            if amount > BUDGET[what]:
                limit = f"{BUDGET[what]} {what.replace('_', ' ')}"
                raise ValueError(f"a figure has at most {limit}, this one {amount}: {advice}")

    def _nodes(self):
        """About how many SVG nodes the page gets, counted in Chromium: right to a tenth."""
        layers = sum(layer.nodes(layer.state) * len(layer.traces) for layer in self._layers)
        return 80 + 55 * len(self._panels) + 5 * len(self._titles) + 3 * len(self._frames) + layers


# -------------------------------------------------------------------------------------- parts of Plotly


def _base(panel):
    axes = {"xaxis": "x" + panel.axis, "yaxis": "y" + panel.axis}
    return {"type": "scatter", **axes, "hoverinfo": "skip", "showlegend": False, "cliponaxis": False}


def _path(panel, *, fill=None, line=None, width=0, dash=None, opacity=1):
    pen = {"color": line or palette.NOTHING, "width": width, "simplify": False}
    if dash and dash != "solid":
        pen["dash"] = dash
    trace = {**_base(panel), "mode": "lines" if line else "none", "line": pen}
    if fill:
        trace.update(fill="toself", fillcolor=fill)
    if opacity != 1:
        trace["opacity"] = opacity
    return trace


def _text(panel, colour, bold, align):
    font = {"color": colour, **({"weight": 700} if bold else {})}
    return {**_base(panel), "mode": "text", "textposition": ALIGN[align], "textfont": font}


def _text_colour(role):
    named = {"ink": palette.INK.light, "muted": palette.MUTED.light, "tile": palette.TILE_INK}
    return named[role] if role in named else palette.ROLES[role].line


def _inset(panel):
    return TIGHT_INSET if min(panel.cell("wide")) < TIGHT else INSET


def _axis(domain):
    hidden = {"showgrid": False, "zeroline": False, "showticklabels": False, "ticks": ""}
    return {**hidden, "fixedrange": True, "constrain": "domain", "domain": domain}


def _title(panel, words):
    where = {"xref": f"x{panel.axis} domain", "yref": f"y{panel.axis} domain", "x": 0, "y": 1}
    anchor = {"xanchor": "left", "yanchor": "bottom", "yshift": 3, "align": "left", "showarrow": False}
    return {"text": words, **where, **anchor, "font": {"size": palette.TITLE, "color": palette.MUTED.light}}


def _hover(texts, value="%{text}"):
    """What is shown over each point; behind texts that end with a space, the point's own value."""
    hover = {"hovertext": texts, "hoverinfo": "text"}
    return {**hover, "hovertemplate": f"%{{hovertext}}{value}<extra></extra>"} if texts[0].endswith(" ") else hover


def _hover_label():
    font = {"color": palette.WHITE, "size": palette.HOVER, "family": palette.SANS}
    return {"bgcolor": palette.INK.light, "bordercolor": palette.INK.light, "font": font}


def _controls(captions, start, move, hold):
    """Slider and two buttons in the bottom margin, in px, so that they never overlap the drawing."""
    ease = {"duration": move, "easing": "cubic-in-out"}
    go = {"mode": "immediate", "frame": {"duration": move, "redraw": False}, "transition": ease}
    play = {**go, "fromcurrent": True, "frame": {"duration": hold, "redraw": False}}
    stop = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}, "transition": {"duration": 0}}
    frame = {"bgcolor": palette.EMPTY.light, "bordercolor": palette.HAIR.light, "x": 0, "y": 0, "yanchor": "top"}
    slider = {
        **frame,
        "active": start,
        "len": 1,
        "pad": {"l": 104, "r": 8, "t": 10, "b": 0},
        "borderwidth": 1,
        "activebgcolor": palette.GRIP,
        "ticklen": 0,
        "minorticklen": 0,
        "tickwidth": 0,
        "font": {"size": 1, "color": palette.NOTHING},  # hides the labels of the steps
        "currentvalue": {
            "prefix": "",
            "xanchor": "left",
            "offset": 12,
            "font": {"size": palette.CAPTION, "color": palette.INK.light},
        },
        "transition": ease,
        "steps": [
            {"method": "animate", "label": caption, "value": str(k), "args": [[str(k)], go]}
            for k, caption in enumerate(captions)
        ],
    }
    buttons = {
        **frame,
        "type": "buttons",
        "direction": "left",
        "xanchor": "left",
        "pad": {"t": 33, "r": 0, "l": 0},
        "showactive": False,
        "font": {"size": palette.NUMBER, "color": palette.INK.light},
        "buttons": [
            {"label": "▶", "method": "animate", "args": [None, play]},
            {"label": "❚❚", "method": "animate", "args": [[None], stop]},
        ],
    }
    return {"sliders": [slider], "updatemenus": [buttons]}


def png(pixels):
    """The bytes of a PNG file of (H, W, 3) uint8 pixels."""
    height, width, _ = pixels.shape
    plain = b"".join(b"\0" + row.tobytes() for row in pixels)  # 0: the line as it is, best for pixel art
    steps = np.concatenate([pixels[:, :1], pixels[:, 1:] - pixels[:, :-1]], axis=1)  # modulo 256
    slopes = b"".join(b"\1" + row.tobytes() for row in steps)  # 1: steps from pixel to pixel, best for photographs
    data = min((zlib.compress(lines, 9) for lines in (plain, slopes)), key=len)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits, red green blue
    parts = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _merged(trace, state):
    """`trace` with `state` written into it, marker and font attribute by attribute."""
    whole = dict(trace)
    for key, value in state.items():
        whole[key] = {**whole.get(key, {}), **value} if isinstance(value, dict) else value
    return whole


def _in_full(state, changes):
    """The state after each of the changes; the state alone if there are none."""
    states = []
    for change in changes:
        state = {**state, **change}
        states.append(state)
    return states or [state]


def _differing(there, here, path=""):
    """The attributes of one state that are not the same in another, as {dotted name: value}."""
    found = {}
    for key, value in there.items():
        if isinstance(value, dict):
            found |= _differing(value, here[key], f"{path}{key}.")
        elif value != here[key]:
            found[path + key] = value
    return found


def _changing(states):
    """The attributes that are not the same in all states: {name: {}}, or {name: {inner name: {}}}."""
    first, changing = states[0], {}
    for key, value in first.items():
        if any(state[key] != value for state in states):
            changing[key] = _changing([state[key] for state in states]) if isinstance(value, dict) else {}
    return changing


def _picked(state, names):
    return {key: _picked(state[key], inner) if inner else state[key] for key, inner in names.items()}


def _compact(value):
    return json.dumps(value, separators=(",", ":"))


def _graph_objects():
    try:
        import plotly.graph_objects
    except ImportError as error:
        raise ImportError('figures need Plotly: pip install "scratchconv[book]"') from error
    return plotly.graph_objects
