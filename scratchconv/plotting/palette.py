"""What the colours and sizes of every figure mean: the only file of the package with hex codes in it.

A colour stands for a role in the computation and means the same on every page. Neutral colours are tokens: the
site's style sheet looks for exactly these values and replaces them in dark mode, so none of them may be used for
data. Tiles stay light in both themes, with dark ink on them: paper on a dark table.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Role(NamedTuple):
    """A tile and its outline, which differ in lightness as well as in hue."""

    tile: str
    line: str
    dash: str = "solid"


class Token(NamedTuple):
    """A neutral colour as stored in a figure, and what the page makes of it in dark mode.

    Plotly fades a moving path from the colour on the screen to the colour in the figure, so that in dark mode a
    curtain would flash: in between, the stored colour is nowhere to be found. What moves therefore carries the
    token's `mark`, an opacity that nothing else has and nobody sees, and the style sheet looks for that too.
    """

    light: str
    dark: str
    mark: float = 1

    @property
    def moving(self):
        """The colour for traces.

        >>> EMPTY.moving
        'rgba(236,239,243,0.999)'
        """
        return "rgba({},{},{},{})".format(*rgb(self.light), self.mark)


ROLES = {
    "input": Role("#c7dff5", "#1f6fb5"),  # x
    "kernel": Role("#ffc457", "#a85400"),  # w, and the window that is w laid on x
    "output": Role("#86cfae", "#08704f"),  # y
    "gradient": Role("#de8fc8", "#93206f"),  # dy, dx, dw, db
    "padding": Role("#dfe3e8", "#7b8694", "2px,3px"),  # always dotted
    "unused": Role("#eceff2", "#7b8694", "4px,3px"),  # always hatched or dashed
    "wrong": Role("#f7dcd9", "#c0342b", "6px,3px"),  # always with ✗ or dashed
}

INK = Token("#1b2430", "#dde4ec")  # text on the page
MUTED = Token("#556070", "#a3adba", 0.997)  # titles, arrows
HAIR = Token("#c3ccd6", "#465163", 0.998)  # thin lines
EMPTY = Token("#eceff3", "#2a323e", 0.999)  # tiles without a value yet, curtains, controls
PAGE = Token("#ffffff", "#14181e")
TOKENS = {"ink": INK, "muted": MUTED, "hair": HAIR, "empty": EMPTY}

TILE_INK = "#1a2330"  # numbers on tiles, in both themes: never a token
ON_PICTURE = (("#ffffff", 5), ("#e07b00", 3))  # a window on a photograph: orange on a wider white line
GRIP = "#e07b00"  # the slider's handle while it is held
WHITE = "#ffffff"
NOTHING = "rgba(0,0,0,0)"

COUNTS = ("#eceff3", "#f6d9ee", "#e9addb", "#dd8ecb", "#d077bb")  # 0 is EMPTY: nothing there yet, so no number
SIGNED = ("#215aa0", "#7aacd6", "#f3f3f0", "#e4966e", "#9e2a20")  # symmetric about 0
GREYS = ("#000000", "#ffffff")

SANS = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif"
)
NUMBER, VALUE, TITLE, CAPTION, FORMULA, CORNER, HOVER = 15, 18, 14, 15, 16, 12, 13  # px
SMALLEST = 10  # px, in the strip of a phone only


def rgb(colour):
    """(red, green, blue) in 0 … 255 of a hex code.

    >>> rgb("#1b2430")
    (27, 36, 48)
    """
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def hexes(pixels):
    """Hex codes of (…, 3) uint8 pixels, in reading order: what `Board.cells` shows of a picture.

    >>> hexes(np.array([[[255, 196, 87], [0, 0, 0]]], dtype=np.uint8))
    ['#ffc457', '#000000']
    """
    return ["#" + "".join(f"{channel:02x}" for channel in p) for p in np.asarray(pixels).reshape(-1, 3).tolist()]


def blend(colours, t):
    """The colours at the places `t` (0 … 1) of a ramp: uint8, one axis of 3 more than `t`."""
    stops = np.array([rgb(colour) for colour in colours], dtype=float)
    place = np.clip(np.asarray(t, dtype=float), 0, 1) * (len(stops) - 1)
    below = np.minimum(place.astype(int), len(stops) - 2)
    part = (place - below)[..., None]
    return np.rint(stops[below] * (1 - part) + stops[below + 1] * part).astype(np.uint8)


def signed_pixels(values, limit=None):
    """A map as (H, W, 3) pixels, blue below 0 and red above, `limit` (the largest |value|) at the two ends."""
    values = np.asarray(values, dtype=float)
    limit = np.abs(values).max(initial=0) if limit is None else limit
    return blend(SIGNED, (values / (limit or 1) + 1) / 2)


def count_scale(most):
    """Plotly colour scale for the counts 0 … `most`, one flat step for each count (from −½ to most + ½).

    Up to 4 the steps are COUNTS; above that the same ramp is cut finer and the numbers carry the difference.
    """
    last = len(COUNTS) - 1
    places = range(most + 1) if most <= last else [0, *np.linspace(1, last, most)]
    steps = hexes(blend(COUNTS, np.array(places) / last))
    edges = [round(i / len(steps), 4) for i in range(len(steps) + 1)]
    return [[edge, step] for i, step in enumerate(steps) for edge in (edges[i], edges[i + 1])]


def continuous_scale(colours):
    """Plotly colour scale with the colours at equal distances."""
    return [[i / (len(colours) - 1), colour] for i, colour in enumerate(colours)]


def luminance(colour):
    """Relative luminance, 0 … 1, as the contrast rules of WCAG 2 define it."""
    channel = np.array(rgb(colour)) / 255
    linear = np.where(channel <= 0.03928, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(one, other):
    """Contrast of two colours, 1 … 21. Text wants 4.5, lines want 3.

    >>> round(contrast(TILE_INK, ROLES["kernel"].tile), 1)
    10.0
    """
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
