"""Small repairs to what the stock parts write."""

from pathlib import Path

from docutils import nodes

FRONT_DOOR = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<link rel="icon" href="_static/{icon}">
<meta http-equiv="refresh" content="0; url={page}">
<p><a href="{page}">{title}</a></p>
</html>
"""


def name_solutions(app, doctree):
    """A folded cell says "Show the code"; an exercise's solution says what it is."""
    for cell in doctree.findall(nodes.container):
        if "tag_solution" in cell["classes"]:
            cell["prompt_show"], cell["prompt_hide"] = "Show the solution", "Hide the solution"


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
        door = FRONT_DOOR.format(title=app.config.html_title, icon=icon, page=page)
        (Path(app.outdir) / "index.html").write_text(door, encoding="utf-8")


def setup(app):
    app.connect("doctree-read", name_solutions)
    app.connect("html-page-context", show_colab, priority=900)    # after the theme has added its buttons
    app.connect("html-page-context", let_prompts_speak)
    app.connect("build-finished", write_front_door, priority=900)    # after the stock one
