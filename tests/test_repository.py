"""The repository's address stands in one place, and everything that needs it follows."""

import json
import shutil
import subprocess
import sys

import pytest
from project import ROOT, SETUP, notebooks, repository_url
from repository import FOLLOWERS

NEW = "https://github.com/ada-l/filters.2"
OLD = repository_url().removeprefix("https://github.com/")


@pytest.fixture
def copy(tmp_path):
    """The files that can hold the address, in a folder with a space in its name."""
    root = tmp_path / "a copy"
    for pattern in (*FOLLOWERS, "_toc.yml"):
        for path in ROOT.glob(pattern):
            target = root / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    return root


def repository(root, *arguments):
    command = [sys.executable, str(ROOT / "book/_tools/repository.py"), "--root", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def contents(root):
    return {path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_without_address_it_shows_the_present_one(copy):
    before = contents(copy)
    result = repository(copy)
    assert (result.returncode, result.stdout.strip()) == (0, repository_url())
    assert contents(copy) == before


def test_everything_follows(copy):
    before = contents(copy)
    result = repository(copy, NEW)
    assert result.returncode == 0, result.stderr
    for path, content in contents(copy).items():
        assert OLD.encode() not in content, f"{path.name} still names the old repository"
    assert repository_url(copy) == NEW
    assert f'"{NEW}"' in (copy / "pyproject.toml").read_text(encoding="utf-8")
    for path in notebooks(copy):
        first = json.loads(path.read_text(encoding="utf-8"))["cells"][0]
        assert "".join(first["source"]) == SETUP.format(url=NEW), path.name
    named = {line.partition(":")[0] for line in result.stdout.splitlines()[:-1]}
    assert named == {str(path.relative_to(copy)) for path, content in before.items() if OLD.encode() in content}


def test_a_repository_whose_name_begins_the_same_is_another(copy):
    other = f"https://github.com/{OLD}-slides"
    readme = copy / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8") + f"\n[slides]({other}), [book](https://github.com/{OLD})\n")
    assert repository(copy, NEW).returncode == 0
    assert readme.read_text(encoding="utf-8").endswith(f"[slides]({other}), [book]({NEW})\n")


def test_there_and_back_changes_nothing(copy):
    before = contents(copy)
    repository(copy, NEW)
    present = "https://github.com/ada-l/filters"    # the beginning of the other: no part of it may be taken for it
    repository(copy, present)
    text = b"".join(contents(copy).values())
    assert b"filters.2" not in text and b"ada-l/filters" in text
    assert {path: content.replace(b"ada-l/filters", OLD.encode()) for path, content in contents(copy).items()} == before


@pytest.mark.parametrize(
    "url",
    [
        "ada/filters",
        "http://github.com/ada/filters",
        "https://gitlab.com/ada/filters",
        "https://github.com/ada",
        "https://github.com/ada/filters/tree/main",
        "https://github.com/-ada/filters",
        "https://github.com/a--b/filters",
        "https://github.com/ada/fil ters",
        "https://github.com/ada/..",
        f"https://github.com/{'a' * 40}/filters",
        'https://github.com/ada/filters"',
    ],
)
def test_a_bad_address_changes_nothing(copy, url):
    before = contents(copy)
    result = repository(copy, url)
    assert result.returncode != 0
    assert "Nothing was changed" in result.stderr and repr(url) in result.stderr
    assert contents(copy) == before


def test_a_file_that_cannot_be_written_changes_nothing(copy):
    blocker = copy / "pyproject.toml.part"
    blocker.mkdir()    # where the new text would be put
    before = contents(copy)
    assert repository(copy, NEW).returncode != 0
    assert contents(copy) == before
