"""How numbers are written and how wide text is, measured for the widest of the fonts a reader may have."""

from __future__ import annotations

import numbers as numeric
import re

from .palette import SMALLEST

NOTHING_YET = "\u00a0"  # Plotly drops a point whose text is empty and never brings it back

# Advance widths of DejaVu Sans in hundredths of an em; a letter that is not listed counts as the widest digit.
WIDTHS = {
    28: "'ijl",
    32: "IJ ,.·\u00a0",
    35: "/:;\\|f-",
    40: "()[]t⌊⌋⌈⌉!²r",
    53: '"*_`°–sz“”?',
    59: "cLFkvxyP",
    69: "KABRXZVΔ",
    79: "CUHNDG&OQ",
    85: "w#+<=>^~−×→≥≤✗✓M",
    100: "%mW@…",
}
EM = {letter: hundredths / 100 for hundredths, letters in WIDTHS.items() for letter in letters}


def show(value, digits=4):
    """A value as a figure writes it: a true minus sign, four significant digits, None as a blank.

    A number with a point that has more digits before it is written whole, with commas.

    >>> show(-3), show(2.50001), show(-0.126, 2), show(None) == NOTHING_YET
    ('−3', '2.5', '−0.13', True)
    >>> show(-12378.4)
    '−12,378'
    """
    if value is None or value == "":
        return NOTHING_YET
    if isinstance(value, numeric.Integral):
        return str(int(value)).replace("-", "−")
    if isinstance(value, numeric.Real):
        written = f"{value:.{digits}g}"
        return (f"{value:,.0f}" if "e+" in written else written).replace("-", "−")
    return str(value)


def factor(value):
    """A value as it stands after a dot: negative ones in brackets.

    >>> factor(-1)
    '(−1)'
    """
    return f"({show(value)})" if value < 0 else show(value)


def spelt_sum(values, weights, result, room, size):
    """The products and their sum, in two lines where one would be wider than `room` px at that size.

    >>> spelt_sum([4, 6], [1, -1], -2, 342, 13)
    '4·1 + 6·(−1) = <b>−2</b>'
    """
    terms = [f"{factor(a)}·{factor(b)}" for a, b in zip(values, weights, strict=True)]
    end = f" = <b>{show(result)}</b>"
    whole = " + ".join(terms) + end
    if text_width(whole, size) <= room:
        return whole
    half = -(-len(terms) // 2)
    return " + ".join(terms[:half]) + " +<br>" + " + ".join(terms[half:]) + end


def text_width(text, size, bold=False):
    """Width in px of a label, its longest line, tags not counted, in a wide font.

    >>> text_width("12", 10) <= 13
    True
    """
    return max(_line_width(line, size, bold) for line in text.split("<br>"))


def _line_width(line, size, bold):
    total = 0.0
    scale = 1.0
    for part in re.split(r"(<[^>]*>)", line):
        if part in ("<sub>", "<sup>"):
            scale = 0.7
        elif part in ("</sub>", "</sup>"):
            scale = 1.0
        elif part == "<b>":
            bold = True
        elif part == "</b>":
            bold = False
        else:
            total += scale * (1.1 if bold else 1.0) * sum(EM.get(letter, 0.64) for letter in part)
    return total * size


def fitting_size(texts, room, largest, bold=False):
    """The largest whole size up to `largest` at which every text fits into `room` = (width, height) px.

    Returns 0 when not even the smallest readable size fits.
    """
    for size in range(largest, SMALLEST - 1, -1):
        if size <= room[1] and all(text_width(text, size, bold) <= room[0] for text in texts):
            return size
    return 0
