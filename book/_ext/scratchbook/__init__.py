"""The book's Sphinx extension: figures drawn from stored JSON, numbers by chapter, nothing from another host.

How authors write things that read well both here and in Colab (which shows MyST as plain text):

=======================  ==========================================================================
a numbered equation      ``$$ y = w \\cdot x $$ (eq-name)``
a reference to it        ``[equation](#eq-name)``: the site appends the number
a numbered figure        cell metadata ``mystnb: {figure: {name: fig-name, caption: …}}``
a reference to it        ``[figure](#fig-name)``: the site appends the number
a chapter                ``[chapter 3](03-index-windows.ipynb)``
a glossary term          ``[stride](#term-stride)``; the term stands in a ``{glossary}`` of glossary.md
a box                    ``:::{admonition} Title`` … ``:::``
a folded solution        a code cell tagged ``solution`` and ``hide-cell``
a picture, first page    a list item that begins with a chapter's link or a function's name in code
the button, first page   a paragraph that is nothing but a link
=======================  ==========================================================================
"""

from . import api, assets, equations, explorer, figures, landing, pages, references, trim


def setup(app):
    equations.setup(app)
    explorer.setup(app)
    figures.setup(app)
    references.setup(app)
    landing.setup(app)
    pages.setup(app)
    api.setup(app)
    assets.setup(app)
    trim.setup(app)
    return {"version": "1.0", "parallel_read_safe": True, "parallel_write_safe": True}
