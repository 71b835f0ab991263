"""Equations as MathML, written at build time: the browser draws them itself, without a script, on paper and offline.

`latex2mathml` translates. It does not know everything the book writes; what it would pass over or get wrong is put
right here, and what is not known to come out well stops the build. The font is STIX Two Math out of `ziamath`, cut down
to the characters the pages use, because telephones carry no font for mathematics.
"""

import html
import importlib.util
import re
import string
import xml.etree.ElementTree as ET
from pathlib import Path

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.errors import ExtensionError
from sphinx.util.math import get_node_equation_number

from .fonts import cut

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
FONT = Path("fonts") / "STIXTwoMath-Regular.ttf"

# Commands that were looked at in a browser. A new one is looked at first, then added.
KNOWN = set(
    r"\, \; \\ \bar \begin \cdot \end \frac \lceil \le \left \lfloor \partial \qquad \quad \rceil \rfloor \right \sum "
    r"\text \underbrace \widehat".split()
)
ENVIRONMENTS = {"aligned", "cases"}
ACCENTS = {"^": "ˆ", "\u00af": "\u00af"}    # what latex2mathml writes: what the font stretches
ITALIC = "".join(map(chr, [*range(0x1D434, 0x1D468), 0x210E]))    # what a browser makes of the letter of an <mi>


def mathml(tex, *, display):
    """The formula as one `<math>` element."""
    check(tex)
    written = convert(re.sub(r"\\begin{aligned}(.*?)\\end{aligned}", _as_array, tex, flags=re.S))
    root = ET.fromstring(written.replace(f' xmlns="{NAMESPACE}"', ""))
    root.set("display", "block" if display else "inline")
    _mend(root, display)
    return ET.tostring(root, encoding="unicode")


def check(tex):
    """Refuse what nobody has looked at."""
    unknown = sorted(set(re.findall(r"\\(?:[A-Za-z]+|.)", tex, flags=re.S)) - KNOWN)
    unknown += sorted(set(re.findall(r"\\begin{(\w+)}", tex)) - ENVIRONMENTS)
    if unknown:
        raise ExtensionError(f"the formula {tex!r} uses {', '.join(unknown)}; look at it, then add it to equations.py")


def _as_array(match):
    """aligned is not known to latex2mathml: columns in turn to the right and to the left."""
    body = match[1].strip()
    columns = max(row.count("&") for row in body.split(r"\\")) + 1
    return rf"\begin{{array}}{{{'rl' * (columns // 2) + 'r' * (columns % 2)}}}{body}\end{{array}}"


def _mend(root, display):
    for table in root.iter("mtable"):
        _align(table, display)
    for over in root.iter("mover"):
        _accent(over)
    for limits in [*root.iter("msub"), *root.iter("msubsup")]:
        if limits[0].text == "∑":
            limits.tag = limits.tag.replace("sub", "under").replace("sup", "over")
    for power in root.iter("msup"):
        if power[1].text == "\u2032":
            _prime(power)


def _prime(power):
    """The font's prime is small and stands high already: beside the letter, not as a power, it keeps its size."""
    power.tag = "mrow"
    power[1].tag = "mo"
    power[1].attrib.update(lspace="0.05em", rspace="0")


def _align(table, display):
    """Browsers know the alignment of a cell from the style sheet only: make it a class."""
    aligned = any(cell.get("columnalign") == "right" for cell in table.iter("mtd"))
    table.set("class", "aligned" if aligned else "cases")
    if aligned and display:
        table.set("displaystyle", "true")
    for cell in table.iter("mtd"):
        cell.set("class", cell.attrib.pop("columnalign", "center"))


def _accent(over):
    """A hat over two letters grows, a bar over one does not."""
    base, accent = over
    if accent.tag == "mo" and accent.text in ACCENTS:
        over.set("accent", "true")
        accent.text = ACCENTS[accent.text]
        accent.set("stretchy", "true" if len(list(base.iter("mi"))) > 1 else "false")
        if accent.text == "\u00af":
            accent.set("class", "bar")


def write_font(app, exception):
    """The characters of all formulas, in a font of about 50 kB."""
    if exception or app.builder.format != "html":
        return
    pages = (page.read_text(encoding="utf-8") for page in Path(app.outdir).rglob("*.html"))
    formulas = "".join(formula for page in pages for formula in re.findall(r"<math .*?</math>", page, re.DOTALL))
    text = html.unescape(re.sub(r"<[^>]*>", "", formulas))
    source = Path(importlib.util.find_spec("ziamath").submodule_search_locations[0]) / FONT
    cut(source, Path(app.outdir) / "_static" / "math.woff2", f"{text}{string.printable.strip()}{ITALIC}")


def ask_early(app, pagename, templatename, context, doctree):
    """A page with formulas asks for their font at once: lines would move if it came after the text."""
    if doctree is not None and any(doctree.findall(lambda node: isinstance(node, (nodes.math, nodes.math_block)))):
        font = context["pathto"]("_static/math.woff2", resource=True)
        context["metatags"] += f'<link rel="preload" href="{font}" as="font" type="font/woff2" crossorigin>'


def keep_signs(app, doctree, docname):
    """Give a formula in a line the signs it touches, as in "(n)," : browsers break lines on both sides of a formula."""
    for formula in list(doctree.findall(nodes.math)):
        for side, signs in ((-1, r"[^\s\w]+$"), (1, r"^[^\s\w]+")):
            place = formula.parent.index(formula) + side
            beside = formula.parent[place] if 0 <= place < len(formula.parent) else None
            if isinstance(beside, nodes.Text) and (found := re.search(signs, beside)):
                formula.parent[place] = nodes.Text(re.sub(signs, "", beside))
                formula["before" if side < 0 else "after"] = found[0]


def inline(translator, node):
    before, after = (html.escape(node.get(side, "")) for side in ("before", "after"))
    translator.body.append(f'<span class="math">{before}{mathml(node.astext(), display=False)}{after}</span>')
    raise nodes.SkipNode


def block(translator, node):
    formula = mathml(node.astext(), display=True)
    number = get_node_equation_number(translator, node) if node["number"] else ""
    tag = ""
    if number:
        link = f'<a class="headerlink" href="#{node["ids"][0]}" title="Link to this equation">#</a>'
        tag = f'<span class="eqno">({html.escape(number)}){link}</span>'
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    translator.body.append(f'<div class="formula">{formula}</div>{tag}</div>')
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    app.add_css_file("equations.css")
    app.connect("doctree-resolved", keep_signs)
    app.connect("html-page-context", ask_early)
    app.connect("build-finished", write_font)
