"""One style sheet for the site: the theme's and ours, less the rules that can match nothing."""

import posixpath
import re

import tinycss2

LOCAL_URL = re.compile(r"url\((['\"]?)(?!data:|#|https?:)([^'\")]+)\1\)")
IMPORT = re.compile(r"@import\s+['\"]([^'\"]+)['\"];")


def bundle(folder, sheets, words, whole=()):
    """Several style sheets of a folder as one, each but the `whole` ones reduced to what may match one of the words."""
    return "".join(prune(read(folder, sheet), None if sheet in whole else words) for sheet in sheets)


def read(folder, sheet):
    """A style sheet with its imports in place and its addresses as seen from the folder."""
    here = posixpath.dirname(sheet)
    text = (folder / sheet).read_text(encoding="utf-8")
    text = IMPORT.sub(lambda match: read(folder, posixpath.normpath(posixpath.join(here, match[1]))), text)
    return LOCAL_URL.sub(lambda match: f'url("{posixpath.normpath(posixpath.join(here, match[2]))}")', text)


def prune(sheet, words):
    """The rules of a style sheet that can match one of the words, all if there are none, without comments and space."""
    rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    return "".join(kept_rule(rule, words) for rule in rules)


def kept_rule(rule, words):
    """The rule as text, "" if nothing can match it."""
    if rule.type == "at-rule":
        return kept_at_rule(rule, words)
    if rule.type != "qualified-rule":
        raise ValueError(f"a style sheet has an error in line {rule.source_line}: {rule.message}")
    selectors = [one for one in split_selectors(tinycss2.serialize(rule.prelude)) if can_match(one, words)]
    body = tidy(tinycss2.serialize(rule.content))
    return f"{','.join(selectors)}{{{body}}}\n" if selectors and body else ""


def kept_at_rule(rule, words):
    prelude = tidy(tinycss2.serialize(rule.prelude))
    if rule.content is None:
        return "" if rule.at_keyword == "charset" else f"@{rule.at_keyword} {prelude};\n"
    if rule.at_keyword in ("media", "supports", "container", "layer"):
        inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        body = "".join(kept_rule(one, words) for one in inner)
        return f"@{rule.at_keyword} {prelude}{{{body}}}\n" if body else ""
    body = tidy(tinycss2.serialize(rule.content))
    return f"@{rule.at_keyword} {prelude}{{{body}}}\n"


def tidy(text):
    return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)).strip()


def split_selectors(prelude):
    """At the commas that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(prelude):
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and not depth:
            parts.append(prelude[start:place])
            start = place + 1
    return [tidy(part) for part in (*parts, prelude[start:])]


def can_match(selector, words):
    """False if it asks for a class or an id that stands nowhere. What is in brackets is taken to match."""
    if words is None:
        return True
    while (outside := re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", selector)) != selector:
        selector = outside
    names = re.findall(r"[.#]((?:\\.|[\w-])+)", selector)
    return all(is_known(name.replace("\\", ""), words) for name in names)


def is_known(name, words):
    return all(part in words for part in re.findall(r"[\w-]+", name))
