"""Small repairs to what the stock parts write."""

import re
from html import escape
from pathlib import Path

from docutils import nodes

FRONT_DOOR = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="{description}">
<title>{title}</title>
<link rel="icon" href="_static/{icon}">
<meta http-equiv="refresh" content="0; url={page}">
<p><a href="{page}">{title}</a></p>
</html>
"""

DESCRIPTION = '<meta name="description" content="{}" />\n'
LONGEST = 180    # characters of a description, about what a list of search results shows
SENTENCE_END = re.compile(r"(?<=[.?]) ")
JOINT = re.compile(r"(?<=\w[_./])(?=\w)")    # where a long name may be broken


def promise(doctree):
    """The sentences below a page's title that fit into a description, at least one."""
    section = next(doctree.findall(nodes.section))
    paragraph = next(child for child in section.children if isinstance(child, nodes.paragraph))
    first, *more = SENTENCE_END.split(" ".join(paragraph.astext().split()))
    for sentence in more:
        if len(first) + 1 + len(sentence) > LONGEST:
            break
        first += f" {sentence}"
    return first


def describe(app, pagename, templatename, context, doctree):
    """Every page says in its head what it promises below its title."""
    search = f"Search all pages of {app.config.html_title}."    # the one page without a text of its own
    text = promise(doctree) if doctree else search
    context["metatags"] = context.get("metatags", "") + DESCRIPTION.format(escape(text))


def name_solutions(app, doctree):
    """A folded cell says "Show the code"; an exercise's solution says what it is."""
    for cell in doctree.findall(nodes.container):
        if "tag_solution" in cell["classes"]:
            cell["prompt_show"], cell["prompt_hide"] = "Show the solution", "Hide the solution"


def let_verdicts_wrap(app, doctree):
    """What `check` says is a sentence: it may be broken into lines, as a printed array may not."""
    for printed in doctree.findall(nodes.literal_block):
        if "stream" in printed["classes"] and printed.astext().startswith(("✓", "✗")):
            printed["classes"].append("verdict")


def let_names_break(app, doctree):
    """In a table a long name may go on in the next line, after an underscore, dot or slash: elsewhere it is torn."""
    for entry in doctree.findall(nodes.entry):
        for name in entry.findall(nodes.literal):
            first, *more = JOINT.split(name.astext())
            name.children = []
            name += nodes.Text(first)
            for part in more:
                name += [nodes.raw("", "<wbr>", format="html"), nodes.Text(part)]


def let_prompts_speak(app, pagename, templatename, context, doctree):
    """myst-nb labels every folded cell "Toggle hidden content", which hides the visible words from a screen reader."""
    if "body" in context:
        context["body"] = context["body"].replace('<summary aria-label="Toggle hidden content">', "<summary>")


def show_colab(app, pagename, templatename, context, doctree):
    """The theme hides its one launch button in a menu of one: show the button itself."""
    for place, item in enumerate(context.get("header_buttons", [])):
        if item.get("label") == "launch-buttons":
            button = {**item["buttons"][0], "text": "Open in Colab", "label": "colab"}
            context["header_buttons"][place] = button


def write_front_door(app, exception):
    """The stock index.html only leads on: no title, no icon, no link for a reader whose browser stays."""
    if exception is None and app.builder.format == "html":
        icon = Path(app.config.html_favicon).name
        page = app.builder.get_target_uri(app.config.root_doc)
        text = promise(app.env.get_doctree(app.config.root_doc))
        door = FRONT_DOOR.format(title=app.config.html_title, description=escape(text), icon=icon, page=page)
        (Path(app.outdir) / "index.html").write_text(door, encoding="utf-8")


def setup(app):
    app.connect("doctree-read", name_solutions)
    app.connect("doctree-read", let_verdicts_wrap)
    app.connect("doctree-read", let_names_break)
    app.connect("html-page-context", show_colab, priority=900)    # after the theme has added its buttons
    app.connect("html-page-context", let_prompts_speak)
    app.connect("html-page-context", describe)
    app.connect("build-finished", write_front_door, priority=900)    # after the stock one
