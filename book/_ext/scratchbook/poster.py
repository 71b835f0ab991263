"""A figure's first state as HTML and SVG: readable before any script runs, without one, and on paper.

Each pair of axes is an <svg> that stands where Plotly would put it, at every width. Inside, paths are drawn in cells
and stretched; words keep their size and stand at percentages. The wide and the phone design are one drawing: only
boxes and sizes differ, which the style sheet chooses between, as the figure script does. What Plotly adds by its own
rules (the offsets of titles, lines of words, heads of arrows, the handle) is written here and in book.css as numbers;
a browser test compares every part with Plotly's drawing.
"""

import base64
import copy
import json
import math
import re
from dataclasses import dataclass
from hashlib import sha1
from html import escape
from itertools import groupby

import numpy as np

from scratchconv.plotting import board, palette

from .features import ANCHORS, Unsupported, check_figure

DESIGNS = ("wide", "narrow")
UNIT = 1000    # parts of a cell: coordinates are stored with three places, so all are whole numbers
TITLE_DROP, TITLE_TEXT = 23, (2, 15)    # px: from the panel's upper edge up to the title's box, and the words in it
LINE_HEIGHT = 1.3    # em
TAGS = {
    "b": ('<tspan font-weight="bold">', "</tspan>"),
    "i": ('<tspan font-style="italic">', "</tspan>"),
    "sub": ('<tspan font-size="70%" dy=".3em">', '</tspan><tspan dy="-.21em">\u200b</tspan>'),
    "sup": ('<tspan font-size="70%" dy="-.6em">', '</tspan><tspan dy=".42em">\u200b</tspan>'),
}
TOKENS = {colour: name for name, token in palette.TOKENS.items() for colour in (token.light, token.moving)}


def poster(figure):
    """(HTML of the poster, the figure with its pictures taken out: their source is "#id" of the poster's)."""
    check_figure(figure)
    designs = [adapted(figure, design) for design in DESIGNS]
    pictures = Pictures(figure)
    margin = figure["layout"]["margin"]
    drawing = "".join(panel.drawn(pictures) for panel in panels(*designs))
    return (
        f'<div class="poster" aria-hidden="true">{pictures.store()}'
        f'<div class="poster-panels" style="inset:{margin["t"]}px {margin["r"]}px 0 {margin["l"]}px">{drawing}</div>'
        f"{controls(figure['layout'])}</div>",
        pictures.taken_out(),
    )


def adapted(figure, design):
    """The figure without frames, as the figure script prepares it for a design."""
    shown = copy.deepcopy({"data": figure["data"], "layout": figure["layout"]})
    meta = figure["layout"]["meta"]
    if design == "narrow":
        for path, value in meta["narrow"].items():
            put(shown["layout"], path, value)
        for place, changes in meta["narrow_traces"].items():
            for path, value in changes.items():
                put(shown["data"][int(place)], path, value)
    return shown


def put(target, path, value):
    *way, last = path.split(".")
    for key in way:
        target = target.setdefault(key, {})
    target[last] = value


# Panels ---------------------------------------------------------------------------------------------------------------


def panels(wide, narrow):
    """One for each pair of axes, in the order in which Plotly paints them."""
    names = [key.removeprefix("xaxis") for key in wide["layout"] if key.startswith("xaxis")]
    return [Panel(name, wide, narrow) for name in sorted(names, key=lambda name: int(name or 1))]


@dataclass(frozen=True)
class Panel:
    """One pair of axes in both designs."""

    name: str
    wide: dict
    narrow: dict

    @property
    def ranges(self):
        """The edges of the panel in cells: (left, right), (top, bottom)."""
        x, y = (self.wide["layout"][axis + self.name] for axis in ("xaxis", "yaxis"))
        bottom, top = y["range"]
        if not (x["range"][0] < x["range"][1] and top < bottom and y.get("scaleanchor") in (None, "x" + self.name)):
            raise Unsupported(f"a poster draws y downwards and panels that keep to themselves: not {x} with {y}")
        return x["range"], (top, bottom)

    @property
    def size(self):
        """Width and height in cells."""
        return tuple(end - start for start, end in self.ranges)

    @property
    def square(self):
        return "scaleanchor" in self.wide["layout"]["yaxis" + self.name]

    def box(self, design):
        """Left edge and width as parts of the drawing's width; upper edge and height in px."""
        layout = getattr(self, design)["layout"]
        margin = layout["margin"]
        across, up = (layout[axis + self.name]["domain"] for axis in ("xaxis", "yaxis"))
        height = layout["height"] - margin["t"] - margin["b"]
        return across[0], across[1] - across[0], (1 - up[1]) * height, (up[1] - up[0]) * height

    def cell(self, design):
        """Px of a cell, across and down, where the drawing has its designed width."""
        _, width, _, height = self.box(design)
        across, down = width * board.WIDTHS[design] / self.size[0], height / self.size[1]
        return (min(across, down),) * 2 if self.square else (across, down)

    def style(self):
        """The box of both designs. Square cells shrink the box to the left and to the top, as they do in Plotly."""
        ratio = self.size[0] / self.size[1]
        parts = [f"aspect-ratio:{number(ratio, 5)}"] if self.square else []
        for prefix, design in zip(("", "n"), DESIGNS, strict=True):
            left, width, top, height = self.box(design)
            most = f"min({number(100 * width)}%,{number(height * ratio)}px)"
            parts += [f"--{prefix}x:{number(100 * left)}%", f"--{prefix}y:{number(top)}px"]
            parts += [f"--{prefix}w:{most if self.square else f'{number(100 * width)}%'}"]
            parts += [] if self.square else [f"--{prefix}h:{number(height)}px"]
        return ";".join(parts)

    def spot(self, x, y):
        """The attributes x and y of a point."""
        parts = ((value - start) / (end - start) for value, (start, end) in zip((x, y), self.ranges, strict=True))
        return 'x="{}%" y="{}%"'.format(*(number(100 * part) for part in parts))

    def drawn(self, pictures):
        layers = [*pictures.below(self.name), *self.layers(pictures)]
        runs = groupby(layers, key=lambda layer: layer[0])
        parts = [(self.stretched if stretched else "".join)(part for _, part in run) for stretched, run in runs]
        return f'<svg style="{self.style()}">{"".join(parts)}{self.title()}</svg>'

    def stretched(self, parts):
        """Parts drawn in cells, cut off at the edges of the panel."""
        corner = (UNIT * start for start, _ in self.ranges)
        box = " ".join(number(value, 1) for value in (*corner, *(UNIT * size for size in self.size)))
        return f'<svg viewBox="{box}" preserveAspectRatio="none" fill="none">{"".join(parts)}</svg>'

    def layers(self, pictures):
        """(whether it is drawn in cells, its markup) of every part of every trace, heatmaps first."""
        own = [
            (place, pair)
            for place, pair in enumerate(zip(self.wide["data"], self.narrow["data"], strict=True))
            if pair[0]["xaxis"] == "x" + self.name
        ]
        for place, (trace, other) in sorted(own, key=lambda item: item[1][0]["type"] != "heatmap"):
            if trace["type"] == "heatmap":
                yield True, pictures.use(f"heatmap {place}", (-0.5, -0.5), pictures.shapes[place])
            elif trace["mode"] == "text":
                yield False, self.words(trace, other)
            elif trace["mode"] == "none" and "fill" not in trace:
                continue    # places that are hovered, and not drawn
            elif trace["mode"] == "markers":
                yield False, both(squares(self, trace), squares(self, other))
            else:
                yield True, both(path(trace), path(other))
                if trace["mode"] == "lines+markers":
                    yield False, both(heads(self, trace, "wide"), heads(self, other, "narrow"))

    def words(self, trace, other):
        """Texts at points. On a phone they may be smaller, or some be left out."""
        sizes = [one["textfont"]["size"] for one in (trace, other)]
        if all(trace[key] == other[key] for key in ("text", "x", "y")):
            return texts(self, trace, *sizes)
        return both(*(texts(self, one, size, size) for one, size in zip((trace, other), sizes, strict=True)))

    def title(self):
        """The words above the panel. Plotly puts their box at whole px."""
        layout = self.wide["layout"]
        top = self.box("wide")[2] + layout["margin"]["t"]
        y = round(top - TITLE_DROP) + TITLE_TEXT[1] - top
        return "".join(
            f'<text class="muted" font-size="{note["font"]["size"]}" x="{TITLE_TEXT[0]}" y="{number(y)}">'
            f"{lettered(note['text'])}</text>"
            for note in layout.get("annotations", [])
            if note["xref"] == f"x{self.name} domain"
        )


# Traces ---------------------------------------------------------------------------------------------------------------


def path(trace):
    """Filled areas and lines: one path."""
    line, lined = trace["line"], trace["mode"] != "none"
    colours = {"fill": trace["fillcolor"]} if "fill" in trace else {}
    look = paint(**colours, **({"stroke": line["color"]} if lined else {}))
    look += f' stroke-width="{line["width"]}"' if lined else ""
    look += f' stroke-dasharray="{line["dash"].replace("px", "")}"' if "dash" in line else ""
    look += f' opacity="{trace["opacity"]}"' if "opacity" in trace else ""
    return f'<path{look} d="{way(trace["x"], trace["y"], closed=not lined)}"/>'


def way(x, y, closed):
    """Path data for points with None between the parts: relative, in whole UNITs, so that equal tiles read alike."""
    points = [None if p is None or q is None else (round(UNIT * p), round(UNIT * q)) for p, q in zip(x, y, strict=True)]
    return "".join(part(list(run), closed) for gap, run in groupby(points, key=lambda point: point is None) if not gap)


def part(points, closed):
    start, *rest = points
    ends = closed and rest and rest[-1] == start
    steps = zip(points, rest[:-1] if ends else rest, strict=False)
    return "M" + pair(*start) + "".join(step(q[0] - p[0], q[1] - p[1]) for p, q in steps) + "z" * bool(ends)


def step(x, y):
    along = f"h{x}" if x else ""
    return "l" + pair(x, y) if x and y else along or (f"v{y}" if y else "")


def pair(x, y):
    return f"{x}{y}" if y < 0 else f"{x} {y}"


def squares(panel, trace):
    """Square markers, whose size is in px."""
    marker = trace["marker"]
    sizes = marker["size"] if isinstance(marker["size"], list) else [marker["size"]] * len(trace["x"])
    rows = list(zip(trace["x"], trace["y"], sizes, colours(marker, len(sizes)), strict=True))
    return "".join(same_size(panel, size, rows) for size in dict.fromkeys(sizes) if size)


def same_size(panel, size, rows):
    """The squares of one size; they hang on their middles."""
    tiles = "".join(
        f'<rect {panel.spot(x, y)} width="{size}" height="{size}"{paint(fill=colour)}/>'
        for x, y, side, colour in rows if side == size
    )
    return f'<g transform="translate({number(-size / 2)} {number(-size / 2)})">{tiles}</g>'


def colours(marker, count):
    """The colour of each marker."""
    if "colorscale" not in marker:
        return marker["color"] if isinstance(marker["color"], list) else [marker["color"]] * count
    low, high = marker["cmin"], marker["cmax"]
    return palette.hexes(on_scale((np.array(marker["color"]) - low) / (high - low), marker["colorscale"]))


def on_scale(t, scale):
    """uint8 colours at the places `t` of a Plotly colour scale, (place, hex code) in order."""
    places = [place for place, _ in scale]
    channels = np.array([palette.rgb(colour) for _, colour in scale]).T
    return np.stack([np.rint(np.interp(t, places, channel)) for channel in channels], axis=-1).astype(np.uint8)


def heads(panel, trace, design):
    """The heads of arrows. A head points where its last stretch leads on a drawing of the designed width.

    Plotly does not draw a marker without a stretch before it.
    """
    marker, (across, down) = trace["marker"], panel.cell(design)
    drawn, before = [], None
    for x, y, size, symbol in zip(trace["x"], trace["y"], marker["size"], marker["symbol"], strict=True):
        if size and before:
            if symbol != "triangle-up":
                raise Unsupported(f"a poster cannot draw the marker {symbol!r} at the end of a line")
            angle = math.degrees(math.atan2((y - before[1]) * down, (x - before[0]) * across))
            spot = f'<svg {panel.spot(x, y)} overflow="visible">'
            drawn.append(f"{spot}{head(size / 2, angle)}</svg>")
        before = None if x is None else (x, y)
    return f'<g{paint(fill=marker["color"])}>{"".join(drawn)}</g>' if drawn else ""


def head(radius, angle):
    """A triangle that points to the right before it is turned."""
    back, side = number(-radius / 2), number(2 * radius / math.sqrt(3))
    turn = f' transform="rotate({number(angle, 1)})"' if angle else ""
    return f'<path d="M{back} -{side}V{side}L{number(radius)} 0z"{turn}/>'


def texts(panel, trace, size, narrow_size):
    """Words at points. Sizes are variables, of which the style sheet takes the one of the design."""
    font = trace["textfont"]
    narrow = f";--n:{narrow_size}px" if narrow_size != size else ""
    weight = f' font-weight="{font["weight"]}"' if "weight" in font else ""
    group = f'<g style="--f:{size}px{narrow}" text-anchor="{ANCHORS[trace["textposition"]]}"{weight}'
    words = "".join(
        text(panel, x, y, str(words))
        for x, y, words in zip(trace["x"], trace["y"], trace["text"], strict=True)
        if str(words).strip()
    )
    return f"{group}{paint(fill=font['color'])}>{words}</g>" if words else ""


def text(panel, x, y, words):
    first, *rest = words.split("<br>")
    spot = panel.spot(x, y)
    across = spot.split(" ")[0]
    dy = 0.75 - (1 + LINE_HEIGHT * len(rest)) / 2
    lines = "".join(f'<tspan {across} dy="{LINE_HEIGHT}em">{lettered(line)}</tspan>' for line in rest)
    return f'<text {spot} dy="{number(dy, 3)}em">{lettered(first)}{lines}</text>'


def lettered(line):
    """A line with Plotly's tags, as tspans.

    >>> lettered("3 < <b>w</b>")
    '3 &lt; <tspan font-weight="bold">w</tspan>'
    """
    parts = re.split(r"<(/?[a-z]+)>", line)
    if open_tags(parts[1::2]) or re.search(r"&#?\w+;", line):
        raise Unsupported(f"a poster knows the tags {', '.join(TAGS)}, in pairs and within a line, got {line!r}")
    parts[::2] = map(escape, parts[::2])
    parts[1::2] = [TAGS[tag.strip("/")][tag.startswith("/")] for tag in parts[1::2]]
    return "".join(parts)


def open_tags(tags):
    """The tags that are unknown, not closed, or closed in the wrong order."""
    stack = []
    for tag in tags:
        if stack and tag == "/" + stack[-1]:
            stack.pop()
        else:
            stack.append(tag)
    return stack + [tag for tag in tags if tag.strip("/") not in TAGS]


def paint(**colours):
    """Colours of `fill` and `stroke` as attributes; neutral ones as classes, which follow the theme."""
    names = [TOKENS[colour] + "-line" * (what == "stroke") for what, colour in colours.items() if colour in TOKENS]
    plain = {what: colour for what, colour in colours.items() if colour not in TOKENS}
    for colour in plain.values():
        if not re.fullmatch("#[0-9a-f]{6}", colour):
            raise Unsupported(f"a poster cannot draw the colour {colour!r}")
    classes = f' class="{" ".join(names)}"' if names else ""
    return classes + "".join(f' {what}="{colour}"' for what, colour in plain.items())


def both(wide, narrow):
    """What the two designs do not share."""
    return wide if wide == narrow else f'<g class="wide">{wide}</g><g class="narrow">{narrow}</g>'


def number(value, places=2):
    """A number in as few letters as possible.

    >>> number(0.5), number(-3.0), number(-0.25), number(-0.001)
    ('.5', '-3', '-.25', '0')
    """
    digits = f"{round(value, places) + 0.0:.{places}f}"
    return re.sub(r"^(-?)0\.", r"\1.", digits.rstrip("0").rstrip(".") if "." in digits else digits)


# Pictures -------------------------------------------------------------------------------------------------------------


class Pictures:
    """The pictures of a figure and its heatmaps, as pictures too. Each stands in the page once."""

    def __init__(self, figure):
        self.figure = figure
        self.name = "poster-" + sha1(json.dumps(figure, sort_keys=True).encode()).hexdigest()[:8]
        self.images = figure["layout"].get("images", [])
        self.sources = {f"image {place}": image["source"] for place, image in enumerate(self.images)}
        self.shapes = {}
        for place, trace in enumerate(figure["data"]):
            if trace["type"] == "heatmap":
                self.sources[f"heatmap {place}"], self.shapes[place] = heatmap(trace)

    def id(self, key):
        return f"{self.name}-{list(self.sources).index(key)}"

    def store(self):
        """Where the pictures stand, to be used by the panels and by the figure script."""
        symbols = (
            f'<symbol id="{self.id(key)}" viewBox="0 0 1 1" preserveAspectRatio="none">'
            f'<image width="1" height="1" preserveAspectRatio="none"{self.edges(key)} href="{source}"/></symbol>'
            for key, source in self.sources.items()
        )
        return f'<svg class="poster-pictures">{"".join(symbols)}</svg>' if self.sources else ""

    def edges(self, key):
        """The cells of a map have sharp ones. No rule of the style sheet would reach what <use> shows."""
        return ' style="image-rendering:pixelated"' if key.startswith("heatmap") else ""

    def use(self, key, corner, size):
        x, y, width, height = (number(UNIT * value, 0) for value in (*corner, *size))
        return f'<use href="#{self.id(key)}" x="{x}" y="{y}" width="{width}" height="{height}"/>'

    def below(self, panel):
        """The pictures of a panel, which lie under its traces."""
        for place, image in enumerate(self.images):
            if image["xref"] == "x" + panel:
                corner, size = (image["x"], image["y"]), (image["sizex"], image["sizey"])
                yield True, self.use(f"image {place}", corner, size)

    def taken_out(self):
        """The figure, with references in place of its pictures."""
        if not self.images:
            return self.figure
        images = [{**image, "source": "#" + self.id(f"image {place}")} for place, image in enumerate(self.images)]
        return {**self.figure, "layout": {**self.figure["layout"], "images": images}}


def heatmap(trace):
    """(a picture of a map of numbers as a data address, one pixel to a cell; its width and height)."""
    stored = trace["z"]
    values = np.frombuffer(base64.b64decode(stored["bdata"]), dtype="<" + stored["dtype"])
    values = values.reshape([int(size) for size in stored["shape"].split(",")])
    if not np.isfinite(values).all():
        raise Unsupported("a poster draws maps of finite numbers")
    pixels = on_scale((values - trace["zmin"]) / (trace["zmax"] - trace["zmin"]), trace["colorscale"])
    return "data:image/png;base64," + base64.b64encode(board.png(pixels)).decode(), values.shape[::-1]


# Controls -------------------------------------------------------------------------------------------------------------


def controls(layout):
    """The two buttons, the caption and the slider, at the place of the figure's first frame."""
    if "sliders" not in layout:
        return ""
    [slider], [buttons] = layout["sliders"], layout["updatemenus"]
    place = slider["active"] / max(1, len(slider["steps"]) - 1)
    labels = "".join(f"<b>{button['label']}</b>" for button in buttons["buttons"])
    caption = lettered(slider["steps"][slider["active"]]["label"])
    return (
        f'<div class="poster-controls" style="--at:{number(place, 4)}"><div class="poster-buttons">{labels}</div>'
        f'<div class="poster-slider"><svg><text class="ink" y="19.5">{caption}</text></svg>'
        '<p>\u00a0</p><div class="poster-rail"><i></i></div></div></div>'
    )
