"""Plotly figures from their stored JSON: no execution, no network, one script on the pages that need it.

Every figure comes with a poster of its first state, which is all a reader needs until they take hold of it.
"""

import json
from html import escape

from docutils import nodes
from sphinx.errors import ExtensionError

from .poster import Unsupported, poster

MIME = "application/vnd.plotly.v1+json"
SCRIPT = "figures.js"
TALL = 640    # px: what a phone shows of a page at once


class figure_node(nodes.General, nodes.Element):
    """A figure. It is not raw HTML, whose words the search would index: 0 1 2 3 …"""


class PlotlyFigure:
    """The MIME renderer myst-nb finds through the entry point beside this package."""

    mime_priority_overrides = (("html", MIME, 1),)

    @staticmethod
    def handle_mime(renderer, data, inline):
        if data.mime_type != MIME or inline:
            return None
        try:
            return [figure_node(html=figure_html(data.content))]
        except Unsupported as error:
            raise ExtensionError(f"{renderer.source}: {error}") from error


def figure_html(figure):
    """The canvas with its height reserved, a description and the poster; the JSON."""
    shown, rest = poster(figure)
    layout = figure["layout"]
    meta = layout["meta"]
    tall = " tall" if "sliders" in layout and meta["narrow"]["height"] > TALL else ""
    return (
        f'<div class="plotly-figure"><div class="plotly-canvas{tall}" '
        f'style="--height: {layout["height"]:g}px; --narrow-height: {meta["narrow"]["height"]:g}px" role="group" '
        f'aria-roledescription="interactive figure" tabindex="0" aria-label="{escape(meta["alt"])}">{shown}</div>\n'
        f"<noscript><p>Without JavaScript this figure does not move.</p></noscript>\n"
        f'<script type="application/json">{script_json(rest)}</script></div>\n'
    )


def script_json(value):
    """JSON that no string inside can end: in a script element only `<` begins markup."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def write(translator, node):
    translator.body.append(node["html"])
    raise nodes.SkipNode


def add_script(app, pagename, templatename, context, doctree):
    """Load the figure script on the pages that hold a figure, and on no other."""
    if doctree is not None and next(doctree.findall(figure_node), None):
        app.add_js_file(SCRIPT, loading_method="defer")


def setup(app):
    app.add_node(figure_node, html=(write, None))
    app.connect("html-page-context", add_script)
