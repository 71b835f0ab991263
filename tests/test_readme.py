"""What the README and the first page promise: the example prints what it says, the tables name the real chapters."""

import contextlib
import io
import json
import re
from pathlib import Path

import pytest
import yaml

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


README = (ROOT / "README.md").read_text(encoding="utf-8")
INTRO = prose(ROOT / "book" / "intro.ipynb")
ROW = re.compile(r"^\|[^|]*\| \[(.+?)\]\(book/(\d\d-.+?)\) \| (.+) \| (\d+) \|$", re.M)
STEP = re.compile(r"^- \[(.+?)\]\((\d\d-.+?)\) \*(\d+) minutes\*\\\n  (.+)\.$", re.M)
TABLE = [(name, title, int(minutes), idea) for title, name, idea, minutes in ROW.findall(README)]
PATH = [(name, title, int(minutes), idea[0].lower() + idea[1:]) for title, name, minutes, idea in STEP.findall(INTRO)]


@pytest.mark.parametrize("rows", [TABLE, PATH], ids=["README.md", "intro"])
def test_each_chapter_is_listed_with_its_own_title_and_minutes(rows):
    assert [row[:3] for row in rows] == list(chapters())


def test_both_lists_give_a_chapter_the_same_idea():
    ideas = {name: idea[0].lower() + idea[1:] for name, *_, idea in TABLE}
    assert ideas == {name: idea for name, *_, idea in PATH}


def test_the_total_is_the_sum_of_the_chapters():
    total = re.search(r"^(\d+) chapters, (\d+) hours (\d+) minutes in all", INTRO, re.M)
    count, hours, minutes = map(int, total.groups())
    assert (count, 60 * hours + minutes) == (len(PATH), sum(row[2] for row in PATH))


def test_chapters_still_to_be_written_are_the_missing_ones():
    named = re.search(r"Still to be written: chapters (.+?)\.", INTRO)[1]
    spans = [re.findall(r"\d+", part) for part in re.split(r", | and ", named)]
    missing = [number for span in spans for number in range(int(span[0]), int(span[-1]) + 1)]
    written = [int(name[:2]) for name, *_ in PATH]
    assert sorted(missing + written) == list(range(1, max(missing + written) + 1))


def test_the_path_has_the_parts_of_the_contents():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["parts"]
    wanted = [
        (part["caption"], [Path(chapter["file"]).name + ".ipynb" for chapter in part["chapters"]])
        for part in contents if re.match(r"book/\d", part["chapters"][0]["file"])
    ]
    parts = re.findall(r"^### ([IVX]+ · .+)\n((?:(?!#).*\n?)*)", INTRO, re.M)
    assert [(title, [name for _, name, *_ in STEP.findall(text)]) for title, text in parts] == wanted


def test_the_example_prints_what_the_readme_shows():
    code, shown = re.search(r"```python\n(.+?)```\n\n```\n(.+?)```", README, re.S).groups()
    assert len(code.strip().splitlines()) == 5
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    assert printed.getvalue() == shown


def test_the_picture_is_there():
    picture = re.search(r"!\[.+?\]\((.+?)\)", README)[1]
    assert (ROOT / picture).stat().st_size > 1000
