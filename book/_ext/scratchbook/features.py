"""What a poster can draw of a figure: everything `scratchconv.plotting.Board` makes, and nothing else.

A figure is compared with a pattern of the same shape. A feature the pattern does not have is an error, because the
poster would be drawn without it and nobody would see.
"""

from types import EllipsisType

from scratchconv.plotting import palette

ANY = ...    # drawn, whatever it is
UNSEEN = {"cliponaxis": False, "showlegend": False, "hoverinfo": ANY, "hovertext": ANY, "hovertemplate": ANY}


class Unsupported(ValueError):
    """The figure has a feature that its poster would not show."""


class OneOf(tuple):
    """The values that are drawn."""


class ListOf(tuple):
    """A list, each entry like the pattern."""


def one_of(*values):
    return OneOf(values)


def list_of(pattern):
    return ListOf([pattern])


def check(value, pattern, path):
    """Raise `Unsupported` if `value` has anything that `pattern` does not allow."""
    if isinstance(pattern, EllipsisType):
        return
    if isinstance(pattern, dict) and isinstance(value, dict):
        check_keys(value, pattern, path)
    elif isinstance(pattern, ListOf) and isinstance(value, list):
        for place, entry in enumerate(value):
            check(entry, pattern[0], f"{path}[{place}]")
    elif value not in (pattern if isinstance(pattern, OneOf) else (pattern,)):
        raise Unsupported(f"a poster cannot draw {path} = {str(value)[:60]!r}: see {__name__}")


def check_keys(value, pattern, path):
    for key, part in value.items():
        if key not in pattern:
            raise Unsupported(f"a poster cannot draw {path}.{key} = {str(part)[:60]!r}: see {__name__}")
        check(part, pattern[key], f"{path}.{key}")


def check_figure(figure):
    """Raise `Unsupported` if the figure, without its frames, has a feature that is not drawn."""
    for place, trace in enumerate(figure["data"]):
        kind = trace.get("mode", trace["type"])
        if kind not in TRACES:
            raise Unsupported(f"a poster cannot draw data[{place}] of the kind {kind!r}: see {__name__}")
        check(trace, TRACES[kind], f"data[{place}]")
    layout = figure["layout"]
    axes = {key: AXIS for key in layout if key.startswith(("xaxis", "yaxis"))}
    check(layout, {**LAYOUT, **axes}, "layout")


# Traces ---------------------------------------------------------------------------------------------------------------

PLACE = {"type": "scatter", "mode": ANY, "x": ANY, "y": ANY, "xaxis": ANY, "yaxis": ANY, **UNSEEN}
LINE = {"color": ANY, "width": ANY, "dash": ANY, "simplify": False}
PATH = {**PLACE, "line": LINE, "fill": "toself", "fillcolor": ANY, "opacity": ANY}
NO_LINE = {"width": 0}
HEADS = {"color": ANY, "size": ANY, "symbol": ANY, "opacity": 1, "angleref": "previous", "line": NO_LINE}
SQUARES = {"symbol": "square", "size": ANY, "color": ANY, "opacity": 1, "line": NO_LINE}
SCALE = {"colorscale": ANY, "cmin": ANY, "cmax": ANY, "showscale": False}
ANCHORS = {"middle right": "start", "middle center": "middle", "middle left": "end"}    # Plotly names the other side
FONT = {"color": ANY, "size": ANY, "weight": 700}

TRACES = {
    "none": PATH,
    "lines": PATH,
    "lines+markers": {**PATH, "marker": HEADS},
    "markers": {**PLACE, "marker": {**SQUARES, **SCALE}},
    "text": {**PLACE, "text": ANY, "textposition": one_of(*ANCHORS), "textfont": FONT},
    "heatmap": {"type": "heatmap", "xaxis": ANY, "yaxis": ANY, "z": ANY, "zmin": ANY, "zmax": ANY, "colorscale": ANY,
                "showscale": False, **UNSEEN},
}

# Layout ---------------------------------------------------------------------------------------------------------------

AXIS = {
    "domain": ANY, "range": ANY, "anchor": ANY, "scaleanchor": ANY, "constrain": "domain",
    "constraintoward": one_of("left", "top"), "fixedrange": True,
    "showgrid": False, "zeroline": False, "showticklabels": False, "ticks": "",
}    # fmt: skip
TITLE = {
    "text": ANY, "font": {"size": palette.TITLE, "color": palette.MUTED.light}, "showarrow": False,
    "xref": ANY, "yref": ANY, "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom", "yshift": 3, "align": "left",
}    # fmt: skip
IMAGE = {
    "source": ANY, "xref": ANY, "yref": ANY, "x": ANY, "y": ANY, "xanchor": "left", "yanchor": "top",
    "sizex": ANY, "sizey": ANY, "sizing": "stretch", "layer": "below",
}    # fmt: skip
CONTROL = {"x": 0, "y": 0, "yanchor": "top", "bgcolor": palette.EMPTY.light, "bordercolor": palette.HAIR.light}
SLIDER = {
    **CONTROL, "active": ANY, "steps": ANY, "len": 1, "pad": {"l": 104, "r": 8, "t": 10, "b": 0}, "borderwidth": 1,
    "activebgcolor": ANY, "ticklen": 0, "minorticklen": 0, "tickwidth": 0, "transition": ANY,
    "font": {"size": 1, "color": palette.NOTHING},
    "currentvalue": {"prefix": "", "xanchor": "left", "offset": 12,
                     "font": {"size": palette.CAPTION, "color": palette.INK.light}},
}    # fmt: skip
BUTTON = {"label": one_of("▶", "❚❚"), "method": "animate", "args": ANY}
BUTTONS = {
    **CONTROL, "type": "buttons", "direction": "left", "xanchor": "left", "pad": {"t": 33, "r": 0, "l": 0},
    "showactive": False, "font": {"size": palette.NUMBER, "color": palette.INK.light}, "buttons": list_of(BUTTON),
}    # fmt: skip
LAYOUT = {
    "height": ANY, "width": ANY, "margin": {"l": 8, "r": 8, "t": 30, "b": one_of(8, 86)}, "meta": ANY,
    "paper_bgcolor": palette.PAGE.light, "plot_bgcolor": palette.NOTHING,
    "font": {"family": palette.SANS, "size": palette.NUMBER, "color": palette.INK.light},
    "hoverlabel": ANY, "hovermode": ANY, "dragmode": False, "showlegend": False,
    "template": {"data": {"scatter": list_of({"type": "scatter"})}},
    "annotations": list_of(TITLE), "images": list_of(IMAGE), "sliders": list_of(SLIDER),
    "updatemenus": list_of(BUTTONS),
}    # fmt: skip
