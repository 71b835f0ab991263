"""The built site: every page whole, nothing from another host, every link leads somewhere.

`make test` builds the site first and insists on it; a bare `pytest` skips these tests when there is none.
"""

import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from chapter_rules import code, figures, tags
from fontTools.ttLib import TTFont
from project import BOOK, ROOT, chapter_number, chapters, notebooks, pages, read_notebook, repository_url

from scratchconv.plotting.palette import TOKENS, rgb

STATIC = BOOK / "_ext" / "scratchbook" / "static"
SCRIPT = "figures.js"
LOADS = ("script", "img", "iframe", "source", "video", "audio", "embed")
OUTSIDE = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//")
LEFTOVER = re.compile(r"\{[a-z][\w:-]*\}`|^:::|\$\$|\]\(#|\(eq-[\w-]+\)=?|```", re.MULTILINE)

PAGES = pages()
NOTEBOOKS = [f"book/{path.stem}" for path in notebooks()]
CHAPTERS = [f"book/{path.stem}" for path in chapters()]
every_page = pytest.mark.parametrize("page", PAGES)
every_notebook = pytest.mark.parametrize("page", NOTEBOOKS)
every_chapter = pytest.mark.parametrize("page", CHAPTERS)


@cache
def parsed(file):
    return BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")


@pytest.fixture
def read(site):
    return lambda page: parsed(site / f"{page}.html")


def article(soup):
    return soup.find("article")


def loaded(soup):
    """Every address the page makes a browser ask for by itself."""
    yield from (tag["src"] for tag in soup.find_all(LOADS, src=True))
    for tag in soup.find_all("link"):
        if {"stylesheet", "icon", "preload", "prefetch", "preconnect", "modulepreload"} & set(tag.get("rel", [])):
            yield tag["href"]


def notebook(page):
    return read_notebook(ROOT / f"{page}.ipynb")


# Pages --------------------------------------------------------------------------------------------------------------


def test_the_site_has_the_pages_of_the_contents(site):
    assert {str(file.relative_to(site).with_suffix("")) for file in (site / "book").rglob("*.html")} == set(PAGES)


def test_titles_are_different(read):
    titles = [read(page).title.get_text().strip() for page in PAGES]
    assert len(set(titles)) == len(titles) and all(titles)


@every_page
def test_a_page_is_whole(read, page):
    soup = read(page)
    assert soup.html["lang"] == "en"
    assert soup.html["data-theme"] == "light", "no colours without JavaScript"
    assert len(article(soup).find_all("h1")) == 1
    assert soup.find("link", rel="icon"), "no icon: the browser would ask for one and not find it"
    assert not soup.select(".system-message, .problematic"), "Sphinx wrote an error into the page"
    assert len(soup.select("button.search-button-field, .bd-header .search-button")) <= 1, "two search buttons"


def head(soup, name):
    return [tag["content"] for tag in soup.find_all("meta", attrs={"name": name})]


@every_page
def test_a_page_describes_itself_with_its_first_sentences(read, page):
    (description,) = head(read(page), "description")
    promise = " ".join(article(read(page)).select_one("h1 ~ p").get_text().split())
    assert promise.startswith(description) and 40 < len(description) < 200
    assert {size.removesuffix(".0") for size in head(read(page), "viewport")} == {"width=device-width, initial-scale=1"}


def test_descriptions_are_different(site, read):
    described = [head(read(page), "description")[0] for page in PAGES]
    assert len(set(described)) == len(described)
    assert head(parsed(site / "index.html"), "description") == described[:1]


@every_page
def test_no_markup_is_left_over(read, page):
    body = BeautifulSoup(str(article(read(page))), "html.parser")
    for tag in body.select("pre, code, script, .math, style"):
        tag.decompose()
    assert LEFTOVER.findall(body.get_text()) == []


@every_page
def test_pictures_are_described(read, page):
    for picture in read(page).find_all("img"):
        assert picture.get("alt", "").strip(), picture


# The reference ------------------------------------------------------------------------------------------------------


def test_examples_of_the_reference_end_inside_their_box(read):
    lines = [line for box in article(read("book/api")).select("pre") for line in box.get_text().splitlines()]
    assert len(lines) > 100 and [line for line in lines if len(line) > 73] == []    # what a page 1280 px wide shows


def test_the_reference_says_nothing_of_fields_that_have_no_words(read):
    assert "Alias for field" not in article(read("book/api")).get_text()


# The first page -----------------------------------------------------------------------------------------------------


def test_the_first_page_pictures_every_chapter_and_leads_to_the_first(read):
    from scratchbook import drawings

    body = article(read(PAGES[0]))
    for place, selector in (("the-path", "a"), ("what-you-will-build", "code")):
        items = body.select(f"#{place} li")
        assert items and all(item.select_one("svg.drawing[aria-hidden=true]") for item in items)
        assert all(item.select_one(selector) for item in items)
    assert set(drawings.CHAPTERS) <= {chapter_number(page) for page in CHAPTERS}, "a drawing of no chapter"
    begin = [link["href"] for link in body.select("p.begin > a")]
    assert begin == [f"{Path(CHAPTERS[0]).name}.html"] * 2
    assert not body.select(".cell_input")[0].find_next("figure"), "code stands above the first figure"


# Nothing from outside -----------------------------------------------------------------------------------------------


@every_page
def test_a_page_loads_nothing_from_another_host(read, page):
    assert [address for address in loaded(read(page)) if OUTSIDE.match(address)] == []
    assert "thebe" not in str(read(page))


@every_page
def test_what_a_page_loads_is_there(site, read, page):
    folder = (site / page).parent
    for address in loaded(read(page)):
        if not address.startswith("data:"):
            assert (folder / unquote(urlsplit(address).path)).is_file(), address


def test_styles_load_nothing_from_another_host(site):
    for file in site.rglob("*.css"):
        found = re.findall(r"(?:url\(|@import )\s*['\"]?((?:https?:)?//[^'\")]*)", file.read_text(encoding="utf-8"))
        assert found == [], file.name


def test_our_files_name_no_host():
    for file in STATIC.iterdir():
        if file.suffix in (".js", ".css"):
            program = re.sub(r"(^\s*|; )// .*$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
            assert "//" not in program, file.name


@every_page
def test_formulas_stand_in_the_page(page, read):
    formulas = read(page).select(".math")
    assert formulas or page not in CHAPTERS
    for formula in formulas:
        assert formula.find("math").get_text(), formula
        assert "\\" not in formula.get_text(), f"TeX is left over: {formula}"


def test_the_font_of_formulas_has_every_character(site):
    font = TTFont(site / "_static" / "math.woff2")
    assert "MATH" in font, "brackets and sums would not grow"
    formulas = [tag for page in PAGES for tag in parsed(site / f"{page}.html").find_all("math")]
    drawn = {letter for formula in formulas for letter in formula.get_text()}
    assert len(drawn) > 50
    missing = drawn - set(map(chr, font.getBestCmap())) - {"\u2001", "\u2003"}
    assert not missing, missing


# Weight -------------------------------------------------------------------------------------------------------------


@every_page
def test_a_page_waits_for_one_style_sheet_and_no_script(page, read):
    head = read(page).head
    sheets = [link["href"].partition("?")[0] for link in head.select('link[rel="stylesheet"]')]
    own = {"book/intro": ["../_static/landing.css"], "book/explorer": ["../_static/explorer.css"]}
    assert sheets == ["../_static/site.css", *own.get(page, [])]
    assert [script for script in head.select("script[src]") if not script.has_attr("defer")] == []
    assert not head.select('script[src*="searchindex"], script[src*="fontawesome"]')
    assert len(head.select('meta[name="viewport"]')) == 1


@every_page
def test_icons_are_pictures(page, read):
    assert not read(page).select("i[class*=fa-], span[class*=fa-]")
    icons = read(page).select("svg.icon")
    assert len(icons) > 5
    assert all(icon.path["d"] and icon["viewbox"] and icon["aria-hidden"] == "true" for icon in icons)


# Links --------------------------------------------------------------------------------------------------------------


@every_page
def test_links_lead_somewhere(site, read, page):
    folder = (site / page).parent
    for link in read(page).find_all("a", href=True):
        parts = urlsplit(link["href"])
        if parts.scheme or parts.netloc:
            assert parts.scheme in ("https", "mailto"), link
            continue
        target = (folder / unquote(parts.path)).resolve() if parts.path else site / f"{page}.html"
        assert target.is_file(), link
        if "=" in parts.fragment:  # a setting of the explorer, which its own tests open
            assert target.name == "explorer.html", link
        elif parts.fragment and target.suffix == ".html":
            assert parsed(target).find(id=unquote(parts.fragment)), f"nothing called {parts.fragment!r}: {link}"


@every_notebook
def test_a_notebook_opens_in_colab(read, page):
    owner_and_name = repository_url().removeprefix("https://github.com/")
    wanted = f"https://colab.research.google.com/github/{owner_and_name}/blob/main/{page}.ipynb"
    buttons = [link for link in read(page).find_all("a", href=True) if "colab.research" in link["href"]]
    assert [button["href"] for button in buttons] == [wanted]
    assert "Open in Colab" in buttons[0].get_text()


@every_chapter
def test_numbers_follow_the_chapter(read, page):
    number = chapter_number(page)
    soup = article(read(page))
    captions = [tag.get_text().strip() for tag in soup.select("figcaption .caption-number")]
    assert captions == [f"Figure {number}.{place}" for place in range(1, len(captions) + 1)]
    equations = [re.match(r"\([\d.]+\)", tag.get_text())[0] for tag in soup.select(".eqno")]
    assert equations and equations == [f"({number}.{place})" for place in range(1, len(equations) + 1)]
    for link in soup.find_all("a", href=re.compile(r"#(equation|fig)-")):
        assert "?" not in link.get_text(), link


def test_references_carry_the_number_of_what_they_lead_to(site, read):
    seen = 0
    for page in CHAPTERS:
        for link in article(read(page)).select("a.internal[href*='#fig-'], a.internal[href*='#equation-']"):
            words = link.get_text().lower()
            assert words not in ("figure", "equation"), f"no number: {link}"
            if match := re.fullmatch(r"(figure|equation)\s\(?([\d.]+)\)?", words):
                path, _, anchor = link["href"].partition("#")
                target = parsed((site / page).parent / path) if path else read(page)
                shown = target.find(id=anchor).select_one(".caption-number, .eqno").get_text()
                assert match[2] == re.search(r"[\d.]+\d", shown)[0], link
                seen += 1
    assert seen, "no figure and no equation is referred to by its number"


def test_no_line_ends_between_chapter_and_its_number(read):
    for page in PAGES:
        for words in article(read(page)).find_all(string=re.compile(r"[Cc]hapter \d")):
            assert words.find_parent(["pre", "code", "script"]), f"{page}: {words}"


# Figures ------------------------------------------------------------------------------------------------------------


def test_plotly_is_the_installed_one(site):
    installed = Path(find_spec("plotly").origin).parent / "package_data" / "plotly.min.js"
    assert (site / "_static" / "plotly.min.js").read_bytes() == installed.read_bytes()


@every_page
def test_the_script_is_loaded_once_and_only_where_there_are_figures(read, page):
    soup = read(page)
    scripts = [tag for tag in soup.find_all("script", src=True) if Path(urlsplit(tag["src"]).path).name == SCRIPT]
    assert len(scripts) == (1 if soup.select(".plotly-figure, [data-part=explorer], .explorer") else 0)
    assert all(tag.has_attr("defer") for tag in scripts)
    assert "plotly.min.js" not in str(soup), "the figure script loads Plotly, the page does not"


@every_notebook
def test_figures_are_the_stored_ones(read, page):
    stored = [figure for _, figure in figures(notebook(page))]
    soup = article(read(page))
    shown = [json.loads(tag.string) for tag in soup.select(".plotly-figure script")]
    for image in (image for figure in shown for image in figure["layout"].get("images", [])):
        [kept] = soup.select(f"{image['source']} image")    # the poster has it; the figure script takes it from there
        image["source"] = kept["href"]
    assert shown == stored and stored


@every_notebook
def test_figures_are_captioned_and_described(read, page):
    wanted = [(cell["metadata"]["mystnb"]["figure"]["name"], figure) for cell, figure in figures(notebook(page))]
    shown = article(read(page)).select("figure:has(.plotly-figure)")
    for tag, (name, figure) in zip(shown, wanted, strict=True):
        canvas = tag.select_one(".plotly-canvas")
        meta = figure["layout"]["meta"]
        assert tag["id"] == name
        assert len(tag.select_one("figcaption .caption-text").get_text()) > 20
        assert canvas["aria-label"] == meta["alt"] and canvas["role"] == "group" and canvas["tabindex"] == "0"
        assert canvas["aria-roledescription"] == "interactive figure"
        assert tag.find("noscript").get_text() == "Without JavaScript this figure does not move."
        assert canvas.select_one(".poster[aria-hidden=true] svg")
        assert f"--height: {figure['layout']['height']:g}px" in canvas["style"]
        assert f"--narrow-height: {meta['narrow']['height']:g}px" in canvas["style"]


def test_the_search_does_not_know_the_numbers_of_posters(site, read):
    index = json.loads((site / "searchindex.js").read_text().removeprefix("Search.setIndex(").removesuffix(")"))
    posters, rest = set(), set()
    for page in PAGES:
        body = BeautifulSoup(str(read(page)), "html.parser")
        for poster in body.select(".poster"):
            posters |= set(re.findall(r"\d{3,}", poster.extract().get_text(" ")))
        rest |= set(re.findall(r"\d{3,}", body.get_text(" ")))
    assert posters - rest and not (posters - rest) & set(index["terms"])


def test_the_style_knows_the_neutral_colours_of_the_figures():
    style = (STATIC / "book.css").read_text(encoding="utf-8")
    light = re.search(r"html \{([^}]*)\}", style)[1]
    dark = re.search(r'html\[data-theme="dark"\] \{([^}]*)\}', style)[1]
    for name, token in TOKENS.items():
        assert f"--fig-{name}: {token.light};" in light
        assert f"--fig-{name}: {token.dark};" in dark
        red, green, blue = rgb(token.light)
        rules = re.findall(rf': rgb\({red}, {green}, {blue}\)"\][^}}]*var\((--[\w-]+)\)', style)
        assert rules and set(rules) == {f"--fig-{name}"}
        marked = re.findall(rf'-opacity: {token.mark}"\][^}}]*var\((--[\w-]+)\)', style)
        assert token.mark == 1 or (marked and set(marked) == {f"--fig-{name}"})


# Solutions and the rest ---------------------------------------------------------------------------------------------


@every_chapter
def test_solutions_are_folded(read, page):
    solutions = sum("solution" in tags(cell) for cell in code(notebook(page)))
    folded = article(read(page)).select("details:not([open]) > summary")
    assert sum("Show the solution" in summary.get_text() for summary in folded) == solutions > 0
    assert not any(summary.has_attr("aria-label") for summary in folded)


def test_glossary_terms_are_linked(read):
    used = {link["href"].partition("#")[2] for page in CHAPTERS for link in read(page).select('a[href*="#term-"]')}
    defined = {term["id"] for term in read("book/glossary").select("dt[id^=term-]")}
    assert len(used) >= 5 and used <= defined


def test_no_name_became_a_list_in_the_reference(read):
    """reStructuredText takes "R. M. Gray" at the beginning of a line for item 18."""
    assert "R. M. Gray" in read("book/api").get_text()
    assert not read("book/api").select("article ol[start], article ol.upperalpha")


def test_the_reference_lists_the_public_names(read):
    import scratchconv

    listed = {tag["id"] for tag in read("book/api").select("dt[id]")}
    assert {f"scratchconv.{name}" for name in scratchconv.__all__} <= listed
