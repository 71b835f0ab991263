"""Formulas: TeX in, MathML out."""

import re

import pytest
from chapter_rules import prose
from docutils import nodes
from project import notebooks, read_notebook
from scratchbook.equations import keep_signs, mathml
from sphinx.errors import ExtensionError


def shape(tex, display=True):
    """The elements without attributes: `<mi>x</mi>` for x."""
    return re.sub(r"<(\w+)[^>]*?(/?)>", r"<\1\2>", mathml(tex, display=display))


def columns(tex):
    """How each cell of a table is aligned."""
    return re.findall(r'<mtd class="(\w+)"', mathml(tex, display=True))


def test_aligned_rows_have_columns_to_the_right_and_left():
    assert columns(r"\begin{aligned} a &= b & c &= d \\ e &= f & g &= h \end{aligned}") == ["right", "left"] * 4
    assert columns(r"\begin{aligned} a &= b & c \end{aligned}") == ["right", "left", "right"]


def test_cases_stand_left():
    assert columns(r"\begin{cases} 1 & a \\ 0 & b \end{cases}") == ["left"] * 4


def test_limits_of_a_sum_stand_below():
    assert "<munder><mo>∑</mo><mrow><mi>u</mi><mo>,</mo><mi>v</mi></mrow></munder>" in shape(r"\sum_{u,v} x")
    assert "<munderover>" in shape(r"\sum_{u=0}^{3} x")


def test_a_hat_spans_two_letters_and_a_bar_one():
    assert 'stretchy="true">ˆ' in mathml(r"\widehat{dy}", display=False)
    assert 'stretchy="false" class="bar">¯' in mathml(r"\bar w", display=False)


def test_a_bar_keeps_off_its_letter_and_a_hat_does_not_need_to():
    assert 'class="bar"' in mathml(r"\bar w", display=False)
    assert "bar" not in mathml(r"\widehat{dy}", display=False)


def test_a_prime_stands_beside_its_letter_and_other_powers_above():
    """As a power it would be made small twice."""
    assert shape("f'") == "<math><mrow><mrow><mi>f</mi><mo>\u2032</mo></mrow></mrow></math>"
    assert "<msup><mi>f</mi><mn>2</mn></msup>" in shape("f^2")


def test_a_formula_knows_where_it_stands():
    assert mathml("x", display=False).startswith('<math display="inline">')
    assert mathml("x", display=True).startswith('<math display="block">')


@pytest.mark.parametrize("tex", [r"\mathbb{R}", r"\begin{gather} x \end{gather}", r"x \over y"])
def test_what_nobody_has_looked_at_stops_the_build(tex):
    with pytest.raises(ExtensionError, match="look at it"):
        mathml(tex, display=True)


def test_no_ampersand_is_left_in_any_formula_of_the_book():
    """latex2mathml writes what it does not know as letters."""
    text = "".join(text for path in notebooks() for text in prose(read_notebook(path)))
    formulas = re.findall(r"\$\$(.+?)\$\$", text, re.DOTALL)
    assert len(formulas) > 40
    for tex in formulas:
        assert not re.search(r"<m[io][^>]*>(&amp;|\\)", mathml(tex, display=True)), tex


@pytest.mark.parametrize("before, after, kept", [
    ("put ", ". So", ("", ".")),
    ("at (", "), as before", ("(", "),")),
    ("in ", "’s first place", ("", "’")),
    ("the ", " of it", ("", "")),
])
def test_a_formula_keeps_the_signs_it_touches(before, after, kept):
    line = nodes.paragraph("", "", nodes.Text(before), nodes.math("", "n"), nodes.Text(after))
    keep_signs(None, line, "page")
    formula = line[1]
    assert (formula.get("before", ""), formula.get("after", "")) == kept
    assert "".join((line[0], *kept, line[2])) == before + after


def test_formulas_that_touch_keep_no_signs():
    line = nodes.paragraph("", "", nodes.math("", "n"), nodes.math("", "m"))
    keep_signs(None, line, "page")
    assert all("before" not in formula and "after" not in formula for formula in line)
