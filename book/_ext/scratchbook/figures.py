"""Plotly figures from their stored JSON: no execution, no network, one script on the pages that need it."""

import json
from html import escape

from docutils import nodes

MIME = "application/vnd.plotly.v1+json"
MARK = "plotly-figure"    # class of the wrapper docutils writes; also how a page is known to hold a figure
SCRIPT = "figures.js"


class PlotlyFigure:
    """The MIME renderer myst-nb finds through the entry point beside this package."""

    mime_priority_overrides = (("html", MIME, 1),)

    @staticmethod
    def handle_mime(renderer, data, inline):
        if data.mime_type != MIME or inline:
            return None
        return [nodes.raw(text=figure_html(data.content), format="html", classes=[MARK])]


def figure_html(figure):
    """What stands inside the figure's wrapper: the canvas with its height reserved, a description, the JSON."""
    layout = figure.get("layout", {})
    meta = layout.get("meta", {})
    alt = meta.get("alt", "")
    height = layout.get("height", 450)
    narrow = meta.get("narrow", {}).get("height", height)
    return (
        f'<div class="plotly-canvas" style="--height: {height:g}px; --narrow-height: {narrow:g}px" '
        f'role="group" aria-roledescription="interactive figure" tabindex="0" aria-label="{escape(alt)}"></div>\n'
        f"<noscript><p>This figure needs JavaScript. It shows: {escape(alt)}</p></noscript>\n"
        f'<script type="application/json">{script_json(figure)}</script>'
    )


def script_json(value):
    """JSON that no string inside can end: in a script element only `<` begins markup."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def add_script(app, pagename, templatename, context, doctree):
    """Load the figure script on the pages that hold a figure, and on no other."""
    if doctree is not None and any(MARK in raw["classes"] for raw in doctree.findall(nodes.raw)):
        app.add_js_file(SCRIPT, loading_method="defer")


def setup(app):
    app.connect("html-page-context", add_script)
