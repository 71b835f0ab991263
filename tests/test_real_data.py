"""Every chapter that shows pictures runs on MNIST and CIFAR-10 too: the one visible setting is changed, nothing else.

The real files are used where `made_up_data.real_cache` finds them; elsewhere made-up ones in the same formats.
"""

import json

import pytest
from execute import kernel_environment, run, with_source
from made_up_data import CIFAR_HOME, MNIST_HOME, cached, cifar_files, mnist_files, real_cache
from project import notebooks, read_notebook

CHAPTERS = [path for path in notebooks() if with_source(read_notebook(path), "kaggle")]


def test_chapters_3_to_6_are_among_them():
    assert {"03", "04", "05", "06"} <= {path.name[:2] for path in CHAPTERS}


@pytest.fixture
def kaggle(monkeypatch, tmp_path):
    """A kernel's environment in which kagglehub finds both data sets, and no network."""
    cache = real_cache(MNIST_HOME)
    if cache is None or real_cache(CIFAR_HOME) != cache:
        cache = cached(tmp_path / "cache", MNIST_HOME, mnist_files(20))
        cached(cache, CIFAR_HOME, cifar_files(n=4))
    unreachable = {f"{scheme}_proxy": "http://127.0.0.1:9" for scheme in ("http", "https")}
    for name, value in {"KAGGLEHUB_CACHE": cache, **unreachable, **kernel_environment(tmp_path)}.items():
        monkeypatch.setenv(name, str(value))
    return cache


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_the_chapter_runs_on_real_data(path, kaggle, tmp_path):
    stored, folder = read_notebook(path), tmp_path / "empty"
    folder.mkdir()
    executed = run(with_source(stored, "kaggle"), folder)
    assert pictures(executed) != pictures(stored)  # the figures show other data, and every assertion held


def pictures(notebook):
    """All outputs of a notebook, as one text."""
    return json.dumps([cell.get("outputs") for cell in notebook["cells"]])
