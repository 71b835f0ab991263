"""The tools behind `make site` and `make audit`, as far as they need neither npm nor a browser."""

import gzip
import json
import urllib.error
import urllib.request
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import audit
import finish
import npm
import pytest
import serve

GOOD = {"performance": 90, "accessibility": 100, "best-practices": 100, "seo": 100}
TIMES = {"first text": "1 s", "largest part": "2 s", "blocked": "0 ms", "shift": "0"}
LIGHT = {"before a figure": 700, "whole page": 1300, "second page": 200}


def test_the_small_plotly_is_of_the_version_the_figures_are_made_for():
    pinned = json.loads(npm.PINS.read_text())["dependencies"]["plotly.js-cartesian-dist-min"]
    package = Path(find_spec("plotly").submodule_search_locations[0])
    assert finish.version(package / "package_data" / "plotly.min.js") == pinned


def test_the_small_plotly_draws_every_figure():
    assert "scatter" in finish.kinds_of_traces() <= finish.CARTESIAN


def test_without_npm_a_sentence_says_what_is_missing(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match=r"Node\.js 18"):
        npm.modules()


def weight(**changes):
    return {"site": {"book/intro": LIGHT | changes}, "html": {"book/intro": LIGHT}}


def test_what_keeps_the_budgets_is_not_reported():
    assert list(audit.broken(weight(), {"intro": GOOD})) == []


@pytest.mark.parametrize("name", LIGHT)
def test_a_page_that_is_too_heavy_is_reported(name):
    assert [name in line for line in audit.broken(weight(**{name: LIGHT[name] + 0.1}), {"intro": GOOD})] == [True]


@pytest.mark.parametrize("name", GOOD)
def test_a_score_that_is_too_low_is_reported(name):
    assert [name in line for line in audit.broken(weight(), {"intro": GOOD | {name: GOOD[name] - 1}})] == [True]


def test_the_report_names_the_heaviest_page():
    heavy = {"book/intro": LIGHT, "book/03": LIGHT | {"whole page": 1299.6}}
    text = audit.report({"site": heavy, "html": heavy}, {"intro": GOOD | TIMES}, "On a machine.")
    assert text.startswith("On a machine.\n\n|  | intro |\n| --- | --- |\n| performance | 90 |")
    assert "| first text | 1 s |" in text
    assert "| `make site` | whole page | intro | 1,300 | 1,300 |" in text


@contextmanager
def fetched(address):
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        yield answer


def test_the_host_compresses_text_and_keeps_the_rest(tmp_path):
    words, picture = b"words " * 500, bytes(range(256))
    (tmp_path / "index.html").write_bytes(words)
    (tmp_path / "a.woff2").write_bytes(picture)
    with serve.served(tmp_path, serve.Host) as host:
        with fetched(f"{host}/?x#y") as answer:
            body = answer.read()
            assert (answer.headers["Content-Encoding"], gzip.decompress(body)) == ("gzip", words)
            assert len(body) < 100
        with fetched(f"{host}/a.woff2") as answer:
            assert (answer.headers["Content-Encoding"], answer.read()) == (None, picture)
        (tmp_path / "index.html").write_bytes(b"new")
        with fetched(f"{host}/index.html") as answer:
            assert gzip.decompress(answer.read()) == b"new"
        with pytest.raises(urllib.error.HTTPError, match="404"), fetched(f"{host}/../secret"):
            pass
