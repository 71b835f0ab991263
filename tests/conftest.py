"""What the tests share: the built site, which `make test` insists on."""

import os

import pytest
from project import SITE


@pytest.fixture(scope="session")
def site():
    """The folder of the built site. `make test` sets SCRATCHCONV_SITE, so that a missing site is a failure there."""
    if not (SITE / "index.html").is_file():
        if os.environ.get("SCRATCHCONV_SITE") == "required":
            pytest.fail("the site is not built")
        pytest.skip("the site is not built: `make book` builds it")
    return SITE
