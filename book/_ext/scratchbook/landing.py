"""The first page: its lists become cards with pictures, its lonely link becomes a button.

The notebook holds plain Markdown, so that it reads in Colab too. A list item is given the picture of what it names
first: a chapter, or a function in `code`. A paragraph that is nothing but a link is the call to begin.
"""

from docutils import nodes
from sphinx.addnodes import pending_xref

from . import drawings
from .references import chapter_number

STYLE = "landing.css"


def named_first(item):
    """The chapter number or the function name a list item begins with, or None."""
    first = next(item.findall(lambda node: isinstance(node, (pending_xref, nodes.literal))), None)
    if first is None or not item.astext().startswith(first.astext()):
        return None
    return first.astext() if isinstance(first, nodes.literal) else chapter_number(first["reftarget"])


def drawing(name):
    """The function that draws what a list item names, or None."""
    if isinstance(name, int):
        return drawings.CHAPTERS.get(name, drawings.plain)
    return drawings.BUILT.get(name)


def lay_out(app, doctree):
    """Pictures for the list items, a class for the call to begin."""
    if app.env.docname != app.config.root_doc:
        return
    for item in doctree.findall(nodes.list_item):
        if draw := drawing(named_first(item)):
            item["classes"].append("pictured")
            item.insert(0, nodes.raw(text=draw(), format="html"))
    for paragraph in doctree.findall(nodes.paragraph):
        if len(paragraph) == 1 and isinstance(paragraph[0], (pending_xref, nodes.reference)):
            paragraph["classes"].append("begin")


def add_style(app, pagename, templatename, context, doctree):
    if pagename == app.config.root_doc:
        app.add_css_file(STYLE)


def setup(app):
    app.connect("doctree-read", lay_out)
    app.connect("html-page-context", add_style)
