"""What the README and the first page promise: the example prints what it says, the tables name the real chapters."""

import contextlib
import io
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def prose(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def chapters():
    """(file name, title, minutes) of every chapter, as the chapter itself says."""
    for notebook in sorted((ROOT / "book").glob("[0-9][0-9]-*.ipynb")):
        text = prose(notebook)
        title = re.search(r"^# (.+)$", text, re.M)[1]
        yield notebook.name, title, int(re.search(r"About (\d+) minutes", text)[1])


TABLES = {
    "README.md": lambda: (ROOT / "README.md").read_text(encoding="utf-8"),
    "intro": lambda: prose(ROOT / "book" / "intro.ipynb"),
}


@pytest.mark.parametrize("page", TABLES)
def test_the_chapter_table_has_each_chapter_with_its_own_title_and_minutes(page):
    rows = re.findall(r"^\|[^|]*\| \[(.+?)\]\((?:book/)?(\d\d-.+?)\) \|.*\| (\d+) \|$", TABLES[page](), re.M)
    assert [(name, title, int(minutes)) for title, name, minutes in rows] == list(chapters())


def test_the_example_prints_what_the_readme_shows():
    code, shown = re.search(r"```python\n(.+?)```\n\n```\n(.+?)```", TABLES["README.md"](), re.S).groups()
    assert len(code.strip().splitlines()) == 5
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    assert printed.getvalue() == shown


def test_the_picture_is_there():
    picture = re.search(r"!\[.+?\]\((.+?)\)", TABLES["README.md"]())[1]
    assert (ROOT / picture).stat().st_size > 1000
