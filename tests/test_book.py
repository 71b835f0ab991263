"""The book's own tests: every chapter keeps every rule, and every rule notices when it is broken."""

import copy
from collections import Counter

import pytest
from chapter_rules import CHAPTER_RULES, FIGURE, LABEL, RULES, code, figures, prose, tags
from project import BOOK, chapter_number, chapters, notebook_text, notebooks, pages, read_notebook, source

BY_NAME = {rule.__name__: rule for rule in RULES + CHAPTER_RULES}
SETTING = 'SOURCE = "bundled"'
every_notebook = pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
every_chapter = pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)


def test_toc_and_folder_agree():
    on_disk = {f"book/{path.stem}" for path in BOOK.iterdir() if path.suffix in (".ipynb", ".md")}
    assert set(pages()) == on_disk
    assert len(pages()) == len(on_disk), "a page stands twice in the table of contents"
    numbers = [chapter_number(path) for path in chapters()]
    assert numbers == sorted(set(numbers))


@every_notebook
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_notebook_keeps_the_rule(rule, path):
    assert list(rule(read_notebook(path), chapter_number(path))) == []


@every_chapter
@pytest.mark.parametrize("rule", CHAPTER_RULES, ids=lambda rule: rule.__name__)
def test_chapter_keeps_the_rule(rule, path):
    assert list(rule(read_notebook(path), chapter_number(path))) == []


@every_notebook
def test_stored_as_the_tools_store_it(path):
    assert path.read_text(encoding="utf-8") == notebook_text(read_notebook(path))


def test_labels_are_unique():
    stored = [read_notebook(path) for path in notebooks()]
    names = [cell["metadata"]["mystnb"]["figure"]["name"] for notebook in stored for cell, _ in figures(notebook)]
    labels = [label for notebook in stored for text in prose(notebook) for label in LABEL.findall(text)]
    assert [name for name, times in Counter(names + labels).items() if times > 1] == []


def test_the_introduction_leads_to_every_chapter():
    text = "\n".join(prose(read_notebook(BOOK / "intro.ipynb")))
    assert [path.name for path in chapters() if f"]({path.name})" not in text] == []


# Do the rules bite? Each damage below must be noticed by the rule it is named after. ----------------------------


def last_code(notebook):
    return code(notebook)[-1]


def first_figure(notebook):
    return next(figures(notebook))


def solution(notebook):
    return next(cell for cell in code(notebook) if "solution" in tags(cell))


def drop(notebook, test):
    notebook["cells"] = [cell for cell in notebook["cells"] if not test(cell)]


def replace_everywhere(notebook, old, new):
    for cell in notebook["cells"]:
        cell["source"] = source(cell).replace(old, new)


def without_checks(notebook):
    replace_everywhere(notebook, "check.same", "print")
    replace_everywhere(notebook, "assert ", "_ = ")


DAMAGES = [
    ("ran_from_top_to_bottom", lambda nb: last_code(nb).update(execution_count=None)),
    ("ran_from_top_to_bottom", lambda nb: last_code(nb).update(execution_count=99)),
    ("holds_nothing_of_the_machine", lambda nb: nb["metadata"]["language_info"].update(version="3.11.7")),
    ("holds_nothing_of_the_machine", lambda nb: last_code(nb)["metadata"].update(execution={})),
    ("holds_nothing_of_the_machine", lambda nb: last_code(nb)["outputs"].append(
        {"output_type": "stream", "name": "stdout", "text": ["File /home/ada/book.py\n"]})),
    ("cell_ids_are_unique", lambda nb: last_code(nb).update(id=nb["cells"][0]["id"])),
    ("setup_is_the_common_one", lambda nb: nb["cells"][0].update(source=source(nb["cells"][0]) + "\n")),
    ("setup_is_the_common_one", lambda nb: nb["cells"].pop(0)),
    ("tags_are_known", lambda nb: last_code(nb)["metadata"].update(tags=["hide_input"])),
    ("tags_are_known", lambda nb: solution(nb)["metadata"].update(tags=["solution"])),
    ("tags_are_known", lambda nb: last_code(nb)["metadata"].update(tags=["remove-cell"])),
    ("outputs_are_text_pictures_or_figures", lambda nb: last_code(nb)["outputs"].append(
        {"output_type": "display_data", "metadata": {}, "data": {"text/html": ["<div>"]}})),
    ("outputs_are_text_pictures_or_figures", lambda nb: last_code(nb)["outputs"].append(
        {"output_type": "stream", "name": "stderr", "text": ["careful\n"]})),
    ("errors_are_meant_and_short", lambda nb: last_code(nb)["outputs"].append(
        {"output_type": "error", "ename": "E", "evalue": "", "traceback": ["E"]})),
    ("errors_are_meant_and_short", lambda nb: last_code(nb).update(
        metadata={"tags": ["raises-exception"]},
        outputs=[{"output_type": "error", "ename": "E", "evalue": "", "traceback": ["a", "b", "c", "d"]}])),
    ("cells_are_short_and_plain", lambda nb: last_code(nb).update(source="x = 1;")),
    ("cells_are_short_and_plain", lambda nb: last_code(nb).update(source="x = 1\n" * 26)),
    ("lines_fit_the_page", lambda nb: code(nb)[1].update(source=source(code(nb)[1]) + "\n" + "x" * 77)),
    ("lines_fit_the_page", lambda nb: solution(nb).update(source="x" * 75)),
    ("title_carries_the_number", lambda nb: replace_everywhere(nb, " · ", " ")),
    ("says_what_to_know_before", lambda nb: replace_everywhere(nb, "Before you start", "Before")),
    ("says_what_to_know_before", lambda nb: replace_everywhere(nb, "You need", "Needed:")),
    ("reads_well_in_colab", lambda nb: nb["cells"][1].update(source=source(nb["cells"][1]) + "\n{eq}`eq-x`")),
    ("has_a_labelled_equation", lambda nb: replace_everywhere(nb, "(eq-", "(")),
    ("states_its_oracle_check", without_checks),
    ("exercises_have_asserting_solutions", lambda nb: solution(nb).update(source="answer = 1")),
    ("exercises_have_asserting_solutions", lambda nb: drop(nb, lambda cell: "solution" in tags(cell))),
    ("exercises_have_asserting_solutions", lambda nb: nb["cells"].remove(solution(nb))),
    ("exercises_have_asserting_solutions", lambda nb: replace_everywhere(nb, "### Exercise", "### Task")),
    ("exercises_have_asserting_solutions", lambda nb: replace_everywhere(nb, "### Exercise 1", "### Exercise 4")),
    ("figures_are_captioned_described_and_small", lambda nb: first_figure(nb)[0]["metadata"].pop("mystnb")),
    ("figures_are_captioned_described_and_small",
     lambda nb: first_figure(nb)[0]["metadata"]["mystnb"]["figure"].pop("caption")),
    ("figures_are_captioned_described_and_small", lambda nb: first_figure(nb)[1]["layout"].pop("meta")),
    ("figures_are_captioned_described_and_small", lambda nb: first_figure(nb)[1].update(frames=[{}] * 51)),
    ("figures_are_captioned_described_and_small", lambda nb: first_figure(nb)[1].update(x="0" * 140_000)),
    ("figures_are_captioned_described_and_small", lambda nb: drop(nb, lambda cell: FIGURE in str(cell.get("outputs")))),
    ("data_come_from_one_setting", lambda nb: last_code(nb).update(source=f"{SETTING}\n{SETTING}")),
    ("data_come_from_one_setting", lambda nb: nb["cells"].append(
        {**last_code(nb), "source": "data.grey_images('bundled')"})),
]


@pytest.mark.parametrize(("name", "damage"), DAMAGES, ids=[f"{i}-{name}" for i, (name, _) in enumerate(DAMAGES)])
def test_the_rule_bites(name, damage):
    path = chapters()[0]
    notebook = copy.deepcopy(read_notebook(path))
    damage(notebook)
    assert list(BY_NAME[name](notebook, chapter_number(path))), f"{name} did not notice"


def test_every_rule_has_been_seen_to_bite():
    assert {name for name, _ in DAMAGES} == set(BY_NAME)
