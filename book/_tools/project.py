"""What the tools and the tests need to know: where the book is, which pages it has, how a notebook is stored."""

import copy
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
SITE = ROOT / "_build" / "html"
FIGURE = "application/vnd.plotly.v1+json"
CHAPTER = re.compile(r"(\d\d)-")

SETUP = """\
# Setup. On Colab this installs the package; elsewhere it is already there.
import sys

if "google.colab" in sys.modules:
    %pip install --quiet "scratchconv[book] @ git+{url}"

import numpy as np

import scratchconv as sc
from scratchconv import check, data, oracles, plotting

get_ipython().InteractiveTB.set_mode("Minimal")"""


def repository_url(root=ROOT):
    """The repository's address, from the one place that holds it: `repository: url:` in _config.yml."""
    config = (root / "_config.yml").read_text(encoding="utf-8")
    return re.search(r"^repository:\n  url: (\S+)$", config, re.MULTILINE)[1]


def setup_cell(url=None):
    """The first cell of every chapter, byte for byte."""
    return SETUP.format(url=url or repository_url())


def pages(root=ROOT):
    """Every page of the table of contents, in order, without suffix: ["book/intro", "book/01-…", …]."""
    import yaml  # here, so that tools which only need the address run without the environment

    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    return [toc["root"]] + [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]


def notebooks(root=ROOT):
    """The notebooks among the pages, as paths: the introduction and the chapters."""
    written = [page for page in pages(root) if not (root / f"{page}.md").is_file()]
    return [root / f"{page}.ipynb" for page in written]


def chapter_number(path):
    """3 for 03-index-windows.ipynb, 0 for a page that is no chapter."""
    match = CHAPTER.match(Path(path).name)
    return int(match[1]) if match else 0


def chapters(root=ROOT):
    """The notebooks that carry a number."""
    return [path for path in notebooks(root) if chapter_number(path)]


def built(folder=SITE):
    """The folder of the built site. Ends the program with a sentence where there is none."""
    if not (folder / "index.html").is_file():
        raise SystemExit(f"There is no site in {folder}: run `make book` first")
    return folder


def read_notebook(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def notebook_text(notebook):
    """A notebook as it is stored: the same bytes whoever writes it, each figure's JSON on one line."""
    figures = []

    def set_aside(cell):
        for output in cell.get("outputs", []):
            if FIGURE in output.get("data", {}):
                figures.append(json.dumps(output["data"][FIGURE], ensure_ascii=False, sort_keys=True))
                output["data"][FIGURE] = f"<figure {len(figures) - 1}>"
        return cell

    plain = copy.deepcopy(notebook)
    plain["cells"] = [set_aside(cell) for cell in plain["cells"]]
    text = json.dumps(plain, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    return re.sub(r'"<figure (\d+)>"', lambda match: figures[int(match[1])], text)


def source(cell):
    """A cell's source as one string, however it is stored."""
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
