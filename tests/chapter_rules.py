"""What every notebook keeps to. A rule takes one and its number, and yields a sentence for each fault it finds."""

import ast
import json
import re

from execute import METADATA, SETTING
from project import FIGURE, setup_cell, source

TAGS = {
    "remove-cell",
    "hide-input",
    "remove-input",
    "hide-output",
    "raises-exception",
    "solution",
    "hide-cell",
}
LONGEST_CELL = 25
LONGEST_LINE, LONGEST_FOLDED_LINE = 76, 74    # what a page 1280 px wide shows without scrolling
LARGEST_FIGURE, MOST_FRAMES = 140_000, 50
SHOWN = {FIGURE, "text/plain", "image/png"}
MACHINE = re.compile(r"/(home|Users|root|tmp|work|private|usr|opt)/|site-packages|[A-Z]:\\\\|ipykernel_|0x[0-9a-f]{8}")
ROLE = re.compile(r"\{[a-z][\w:-]*\}`")
LABEL = re.compile(r"\$\$ *\((eq-[\w-]+)\)")
EXERCISE = re.compile(r"### Exercise (\d+) · \S")
MAGIC = re.compile(r"^( *)[%!].*$", re.MULTILINE)
RULES, CHAPTER_RULES = [], []


def rule(function):
    """For every notebook."""
    RULES.append(function)
    return function


def chapter_rule(function):
    """For the notebooks that carry a number."""
    CHAPTER_RULES.append(function)
    return function


def code(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def prose(notebook):
    return [source(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]


def tags(cell):
    return cell["metadata"].get("tags", [])


def figures(notebook):
    """(cell, figure) for every stored Plotly figure."""
    for cell in code(notebook):
        for output in cell["outputs"]:
            if FIGURE in output.get("data", {}):
                yield cell, output["data"][FIGURE]


def output_text(output):
    """Everything of an output a reader can see, except figures."""
    shown = {kind: value for kind, value in output.get("data", {}).items() if kind != FIGURE}
    return json.dumps([output.get("text"), output.get("traceback"), shown], ensure_ascii=False)


def parts(cell):
    """Every node of a cell's syntax tree; a magic command counts as `pass`."""
    return ast.walk(ast.parse(MAGIC.sub(r"\1pass", source(cell))))


def calls(cell):
    """Dotted names of the functions a cell calls."""
    return {ast.unparse(node.func) for node in parts(cell) if isinstance(node, ast.Call)}


def asserts(cell):
    return any(isinstance(node, ast.Assert) for node in parts(cell))


# How it is stored ---------------------------------------------------------------------------------------------------


@rule
def ran_from_top_to_bottom(notebook, number):
    counts = [cell["execution_count"] for cell in code(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"execution counts are {counts}"


@rule
def holds_nothing_of_the_machine(notebook, number):
    if notebook["metadata"] != METADATA:
        yield "metadata differ from the common ones"
    for cell in code(notebook):
        if "execution" in cell["metadata"]:
            yield "a cell holds timings"
        for output in cell["outputs"]:
            if found := MACHINE.search(output_text(output)):
                yield f"an output of {source(cell)[:40]!r} holds {found[0]!r}"


@rule
def cell_ids_are_unique(notebook, number):
    ids = [cell["id"] for cell in notebook["cells"]]
    if len(set(ids)) != len(ids):
        yield "a cell id is used twice"


@rule
def setup_is_the_common_one(notebook, number):
    first = notebook["cells"][0]
    if source(first) != setup_cell() or tags(first) != ["remove-cell"]:
        yield "the first cell is not the common setup cell, tagged remove-cell"


@rule
def tags_are_known(notebook, number):
    for place, cell in enumerate(notebook["cells"]):
        if unknown := set(tags(cell)) - TAGS:
            yield f"unknown tags {sorted(unknown)}"
        if place and "remove-cell" in tags(cell):
            yield "only the setup cell may be removed"
        if ("solution" in tags(cell)) != ("hide-cell" in tags(cell)):
            yield "solutions, and only they, are tagged hide-cell"


@rule
def outputs_are_text_pictures_or_figures(notebook, number):
    for cell in code(notebook):
        for output in cell["outputs"]:
            if unknown := set(output.get("data", {})) - SHOWN:
                yield f"an output is {sorted(unknown)}"
            if output.get("name") == "stderr":
                yield f"{source(cell)[:40]!r} wrote to stderr"


@rule
def errors_are_meant_and_short(notebook, number):
    for cell in code(notebook):
        errors = [output for output in cell["outputs"] if output["output_type"] == "error"]
        if bool(errors) != ("raises-exception" in tags(cell)):
            yield f"raises-exception and a stored error go together: {source(cell)[:40]!r}"
        if any(len(error["traceback"]) > 3 for error in errors):
            yield "a traceback is longer than the error"


# How it is written --------------------------------------------------------------------------------------------------


@rule
def cells_are_short_and_plain(notebook, number):
    for cell in code(notebook):
        lines = source(cell).splitlines()
        if len(lines) > LONGEST_CELL:
            yield f"a code cell has {len(lines)} lines"
        if any(line.rstrip().endswith(";") for line in lines):
            yield "a line ends in ;"


@rule
def lines_fit_the_page(notebook, number):
    for cell in code(notebook):
        if {"remove-cell", "remove-input"} & set(tags(cell)):
            continue
        longest = LONGEST_FOLDED_LINE if {"hide-cell", "hide-input"} & set(tags(cell)) else LONGEST_LINE
        for line in source(cell).splitlines():
            if len(line) > longest:
                yield f"a line of code has {len(line)} characters, {longest} are seen without scrolling: {line!r}"


@chapter_rule
def title_carries_the_number(notebook, number):
    titles = [line for text in prose(notebook) for line in text.splitlines() if line.startswith("# ")]
    if len(titles) != 1 or not titles[0].startswith(f"# {number} · "):
        yield f"the one title should start with '# {number} · ', and there are {titles}"


@chapter_rule
def says_what_to_know_before(notebook, number):
    boxes = [text for text in prose(notebook) if ":::{admonition} Before you start" in text]
    if len(boxes) != 1 or not all(words in boxes[0] for words in ("You will build", "You need", "minutes")):
        yield "one box 'Before you start' should say: You will build …, You need …, About … minutes"


@rule
def reads_well_in_colab(notebook, number):
    for text in prose(notebook):
        if found := ROLE.search(text):
            yield f"{found[0]} is shown as it stands in Colab: write a link"


@chapter_rule
def has_a_labelled_equation(notebook, number):
    if not any(LABEL.search(text) for text in prose(notebook)):
        yield "no equation has a label (eq-…)"


@rule
def states_its_oracle_check(notebook, number):
    for cell in code(notebook)[1:]:
        if "solution" in tags(cell):
            continue
        names = calls(cell)
        if "check.same" in names or (asserts(cell) and re.search(r"\b(oracles|scipy|signal)\.", source(cell))):
            return
    yield "no cell compares with an oracle (check.same, or an assert on oracles or SciPy)"


@chapter_rule
def exercises_have_asserting_solutions(notebook, number):
    place, solved = 0, True
    for cell in notebook["cells"]:
        if match := EXERCISE.match(source(cell)) if cell["cell_type"] == "markdown" else None:
            if not solved:
                yield f"exercise {place} has no solution"
            place, solved = place + 1, False
            if int(match[1]) != place:
                yield f"exercise {match[1]} comes in place {place}"
        if cell["cell_type"] == "code" and "solution" in tags(cell):
            solved = True
            if not asserts(cell):
                yield f"the solution of exercise {place} asserts nothing"
    if not solved:
        yield f"exercise {place} has no solution"
    if not 2 <= place <= 3:
        yield f"there are {place} exercises, not two or three"


@rule
def figures_are_captioned_described_and_small(notebook, number):
    moving = 0
    for cell, figure in figures(notebook):
        about = cell["metadata"].get("mystnb", {}).get("figure", {})
        name = about.get("name", "")
        if not re.fullmatch(r"fig-[a-z0-9-]+", name):
            yield f"a figure's name is {name!r}, not fig-…"
        if len(about.get("caption", "")) < 20:
            yield f"{name} has no caption"
        if len(figure["layout"].get("meta", {}).get("alt", "")) < 20:
            yield f"{name} has no description (layout.meta.alt)"
        if (size := len(json.dumps(figure, separators=(",", ":")))) > LARGEST_FIGURE:
            yield f"{name} has {size} bytes"
        if (frames := len(figure.get("frames", []))) > MOST_FRAMES:
            yield f"{name} has {frames} frames"
        moving += frames > 1
    if not moving:
        yield "no figure moves"


@rule
def data_come_from_one_setting(notebook, number):
    settings = sum(len(SETTING.findall(source(cell))) for cell in code(notebook))
    used = [cell for cell in code(notebook) if calls(cell) & {"data.grey_images", "data.colour_images"}]
    if settings != (1 if used or 3 <= number <= 6 else 0):
        yield f'SOURCE = "bundled" begins {settings} lines'
    for cell in used:
        if "SOURCE" not in source(cell):
            yield f"pictures that do not follow SOURCE: {source(cell)[:40]!r}"
