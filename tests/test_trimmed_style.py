"""No rule that a page needs was dropped: the browser itself says which of the original rules match something."""

import json

import pytest
from browsing import WIDE, opened
from project import pages

SHEETS = (
    "basic.css styles/theme.css styles/pydata-sphinx-theme.css styles/sphinx-book-theme.css copybutton.css "
    "sphinx-design.min.css pygments.css equations.css book.css"
).split()

# Selectors of every style rule, in the browser's own spelling, each with the states (:hover, ::before) taken off; those
# of `originals` that match something in the page and are not in `kept` are returned.
LOST = """async ([originals, kept]) => {
  const selectors = async (address) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync((await (await fetch(address)).text()).replace(/@import[^;]*;/g, ""));
    const found = [];
    const walk = (rules) => [...rules].forEach((rule) => {
      if (rule.selectorText && rule.style.length) found.push(...rule.selectorText.split(/,(?![^(]*\\))/));
      if (rule.cssRules && !rule.selectorText) walk(rule.cssRules);
    });
    walk(sheet.cssRules);
    return found.map((one) => one.trim());
  };
  const still = /:{1,2}(?!not|is|where|has|root|nth|first|last|only|empty)[a-z-]+(\\([^)]*\\))?/g;
  const matches = (selector) => {
    try { return document.querySelector(selector.replace(still, "") || "*"); } catch { return false; }
  };
  document.querySelectorAll("details").forEach((box) => { box.open = true });
  const have = new Set(await selectors(kept));
  const wanted = (await Promise.all(originals.map(selectors))).flat();
  return [wanted.filter(matches).length, wanted.filter((one) => matches(one) && !have.has(one))];
}"""


@pytest.mark.parametrize("page", [*pages(), "search"])
def test_every_rule_that_matches_is_still_there(chromium, host, page):
    static = f"{host}/_static"
    with opened(chromium, f"{host}/{page}.html", **WIDE) as view:
        matching, lost = view.evaluate(LOST, [[f"{static}/{sheet}" for sheet in SHEETS], f"{static}/site.css"])
    assert matching > 200
    assert not lost, json.dumps(lost, indent=1)
