"""Numbers that follow the chapters: figure 3.1 and equation (3.2) stand in chapter 3, whatever the build order.

Sphinx numbers by the order of the table of contents. Here a chapter's number is part of its file name
(`03-index-windows`), and numbers are missing while chapters are still to come.
"""

import re

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

CHAPTER = re.compile(r"(?:.*/)?(\d+)-")
BEFORE_NUMBER = re.compile(r"(?<=\b[Cc]hapter) (?=\d)")


def chapter_number(docname):
    """3 for `book/03-index-windows`; None for a page that is no chapter."""
    match = CHAPTER.match(docname)
    return int(match[1]) if match else None


def number_by_chapter(app, env):
    """Rewrite the numbers Sphinx has just given: (chapter, place within the chapter)."""
    for docname, kinds in env.toc_fignumbers.items():
        chapter = chapter_number(docname)
        for ids in kinds.values():
            for place, anchor in enumerate(ids, start=1):
                ids[anchor] = (place,) if chapter is None else (chapter, place)
    return []


class PlainReferences(SphinxPostTransform):
    """References whose source reads as plain words in Colab: no number is typed, no role is seen.

    `[equation](#eq-name)` becomes `equation (3.2)` and `[figure](#fig-name)` becomes `figure 3.1`, capital or not;
    `[any words](#term-name)` leads to the glossary's definition. No line ends between "chapter" and its number.
    """

    default_priority = 5    # before MyST resolves its references (9)
    formats = ("html",)

    def run(self, **kwargs):
        for node in list(self.document.findall(pending_xref)):
            if node.get("reftype") == "myst":
                self.rewrite(node, node["reftarget"], node.astext().lower())
        for node in self.document.findall(nodes.reference):    # MyST has resolved what is on the same page
            if node.get("refid", "").startswith("fig-") and node.astext().lower() == "figure":
                node.append(nodes.Text(f"\u00a0{self.figure(node['refid'])}"))
        for text in list(self.document.findall(nodes.Text)):
            if BEFORE_NUMBER.search(text) and not isinstance(text.parent, (nodes.FixedTextElement, nodes.literal)):
                text.parent.replace(text, nodes.Text(BEFORE_NUMBER.sub("\u00a0", text)))

    def rewrite(self, node, target, words):
        if target in self.terms:
            self.refer(node, self.terms[target], target)
        elif target.startswith("fig-") and words == "figure":
            node[0].append(nodes.Text(f"\u00a0{self.figure(target)}"))
        elif target in self.equations:
            docname, _ = self.equations[target]
            anchor = nodes.make_id(f"equation-{target}")
            number = f"\u00a0({self.number(docname, 'displaymath', anchor)})" if words == "equation" else ""
            self.refer(node, docname, anchor, number)

    def refer(self, node, docname, anchor, number=""):
        """Put a finished link in place of a reference that Sphinx would reword or find ambiguous."""
        text = node[0].deepcopy()
        text.append(nodes.Text(number))
        node.replace_self(make_refnode(self.app.builder, self.env.docname, docname, anchor, text))

    @property
    def terms(self):
        """Anchor of each glossary term -> the page that defines it."""
        objects = self.env.get_domain("std").objects
        return {anchor: docname for (kind, _), (docname, anchor) in objects.items() if kind == "term"}

    @property
    def equations(self):
        """Label of each equation -> (page, Sphinx's own number)."""
        return self.env.get_domain("math").equations

    def figure(self, target):
        docname, anchor, _ = self.env.get_domain("std").labels.get(target.lower(), ("", "", ""))
        return self.number(docname, "figure", anchor)

    def number(self, docname, kind, anchor):
        place = self.env.toc_fignumbers.get(docname, {}).get(kind, {}).get(anchor, "?")
        return ".".join(map(str, place))


def setup(app):
    app.add_post_transform(PlainReferences)
    app.connect("env-get-updated", number_by_chapter, priority=900)    # after Sphinx's own numbering
