"""What the tests share: the built site and a browser, which `make test` and continuous integration insist on."""

import os

import browsing
import pytest
import serve
from project import SITE

from scratchconv import engine, methods

SAID = pytest.StashKey()


def required(what):
    return os.environ.get(f"SCRATCHCONV_{what}") == "required"


@pytest.hookimpl(trylast=True)    # after -k
def pytest_collection_modifyitems(config, items):
    """Where there is no browser, its tests are left out together, rather than skipped one by one."""
    meant = [item for item in items if "chromium" in getattr(item, "fixturenames", ())]
    if meant and not required("BROWSER") and (reason := browsing.why_no_browser()):
        items[:] = [item for item in items if item not in meant]
        config.hook.pytest_deselected(items=meant)
        config.stash[SAID] = f"{len(meant)} tests left out: {reason}"


def pytest_terminal_summary(terminalreporter, config):
    if SAID in config.stash:
        terminalreporter.write_line(config.stash[SAID])


@pytest.fixture(autouse=True)
def small_layers_too(monkeypatch):
    """Fast methods and threads are tested on small arrays too, which "auto" leaves to the plain form or one thread."""
    monkeypatch.setattr(methods, "SMALL_WINDOWS", 0)
    monkeypatch.setattr(engine, "WORTH_SHARING", 0)


@pytest.fixture(scope="module")    # not the session: a test that names the browser first is to be told of it first
def site():
    """The folder of the built site. `make test` sets SCRATCHCONV_SITE, so that a missing site is a failure there."""
    if not (SITE / "index.html").is_file():
        if required("SITE"):
            pytest.fail("the site is not built")
        pytest.skip("the site is not built: `make book` builds it")
    return SITE


@pytest.fixture(scope="module")
def chromium():
    """A browser for the tests of one file; where tests run side by side, each process has its own."""
    with browsing.browser() as started:
        yield started


@pytest.fixture(scope="module")
def host(site):
    """The address at which the site is served to that browser."""
    with serve.served(site) as address:
        yield address
