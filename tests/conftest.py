"""What the tests share: the built site and a browser, which `make test` and continuous integration insist on."""

import os

import browsing
import pytest
from project import SITE


def missing(what, variable):
    """Skip what needs it, or fail where the run must have it."""
    if os.environ.get(variable) == "required":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def site():
    """The folder of the built site. `make test` sets SCRATCHCONV_SITE, so that a missing site is a failure there."""
    if not (SITE / "index.html").is_file():
        missing("the site is not built: `make book` builds it", "SCRATCHCONV_SITE")
    return SITE


@pytest.fixture(scope="module")
def chromium(site):
    """A browser for the tests of one file; where tests run side by side, each process has its own."""
    try:
        with browsing.browser() as started:
            yield started
    except browsing.NoBrowser as reason:
        missing(str(reason), "SCRATCHCONV_BROWSER")


@pytest.fixture(scope="module")
def host(site):
    """The address at which the site is served to that browser."""
    with browsing.served(site) as address:
        yield address
