"""The explorer: a directive that puts its controls on a page, and its scripts on that page only.

A link to one of its settings, `[words](explorer.md#x=4x6&w=3x2&s=2)`, names no place on the page, so that MyST would
call it broken. Here it becomes a plain link. `tests/test_explorer.py` opens every one of them.
"""

import json
from pathlib import Path

import numpy as np
from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.addnodes import pending_xref
from sphinx.transforms.post_transforms import SphinxPostTransform

from scratchconv import data

PAGE = "book/explorer"
MARK = "explorer"
SKELETON = Path(__file__).with_name("explorer.html")
PARTS = ("math", "presets", "address", "grid", "colours", "picture", "words", "drawing")    # each needs those before it
SCRIPTS = ("figures.js", *(f"explorer-{part}.js" for part in PARTS), "explorer.js")
STYLE = "explorer.css"

LUMINANCE = (0.299, 0.587, 0.114)    # red, green, blue
EYE = slice(4, 11), slice(18, 27)

AXES = ("rows", "columns")
SETTINGS = {    # row of the table: the field's name, and what stands in it before a script runs
    "image": ("x", (4, 6)),
    "kernel": ("w", (3, 2)),
    "stride": ("stride", (1, 1)),
    "dilation": ("dilation", (1, 1)),
    "padding before": ("before", (0, 0)),
    "padding after": ("after", (0, 0)),
}
PADDING = """\
<tr><th scope="row">padding</th><td colspan="2"><select data-field="padding" aria-label="padding">
<option value="valid">valid: none</option><option value="same">same: size / stride</option>
<option value="full">full: every touch</option><option value="own">own numbers</option>
</select></td></tr>"""


class Explorer(Directive):
    """`{explorer}` in a page."""

    def run(self):
        return [nodes.raw(text=skeleton(), format="html", classes=[MARK])]


def skeleton():
    """The explorer's markup, readable without a script."""
    rows = []
    for name, (field, values) in SETTINGS.items():
        if name == "padding before":
            rows.append(PADDING)
        cells = "".join(stepper(f"{field}{a}", f"{name}, {axis}", values[a]) for a, axis in enumerate(AXES))
        rows.append(f'<tr><th scope="row">{name}</th>{cells}</tr>')
    page = SKELETON.read_text(encoding="utf-8").replace("<!-- settings -->", "\n".join(rows))
    drawn = json.dumps(pictures())
    return page.replace("<!-- pictures -->", f'<script type="application/json" data-pictures>{drawn}</script>')


def pictures():
    """Images that the package draws, each in rows as `explorer-presets.js` writes its own."""
    grey = np.rint(data.frog() @ LUMINANCE).astype(int)
    images = {"frog": grey, "eye": grey[EYE], "digit": data.grey_images("bundled", n=1)[0]}
    return {name: "; ".join(" ".join(map(str, row)) for row in image) for name, image in images.items()}


def stepper(field, label, value):
    """A number with a button on each side, for thumbs; the arrow keys of the number do the same."""
    less, more = (
        f'<button type="button" data-field="{field}" data-by="{by}" tabindex="-1" '
        f'aria-label="{label}: {word}">{sign}</button>'
        for by, word, sign in ((-1, "less", "−"), (1, "more", "+"))
    )
    number = f'<input type="number" data-field="{field}" value="{value}" aria-label="{label}">'
    return f'<td><span class="xp-stepper">{less}{number}{more}</span></td>'


class SettingLinks(SphinxPostTransform):
    """Links to a setting of the explorer, before MyST looks for a place of that name."""

    default_priority = 4
    formats = ("html",)

    def run(self, **kwargs):
        for node in list(self.document.findall(pending_xref)):
            page, state = self.target(node)
            if page == PAGE and "=" in state:
                place = self.app.builder.get_relative_uri(self.env.docname, PAGE) if self.env.docname != PAGE else ""
                link = nodes.reference("", "", *node[0].children, internal=True, refuri=f"{place}#{state}")
                node.replace_self(link)

    def target(self, node):
        """(page, what follows the #) of a MyST link."""
        if node.get("reftype") != "myst":
            return "", ""
        if node.get("refdomain") == "doc":
            return node["reftarget"], node.get("reftargetid") or ""
        return self.env.docname, node["reftarget"]


def add_files(app, pagename, templatename, context, doctree):
    """Load scripts and style on the page that holds the explorer, and on no other."""
    if doctree is not None and any(MARK in raw["classes"] for raw in doctree.findall(nodes.raw)):
        app.add_css_file(STYLE)
        for script in SCRIPTS:
            app.add_js_file(script, loading_method="defer")


def setup(app):
    app.add_directive("explorer", Explorer)
    app.add_post_transform(SettingLinks)
    app.connect("html-page-context", add_files)
