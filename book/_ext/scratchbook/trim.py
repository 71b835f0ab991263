"""The finished pages made light: what the theme sends along and no page here uses is taken out.

The theme draws eleven icons with a script of 1.5 MB, styles them with 400 kB of rules, and lets seven scripts hold up
the first line of text. Here the icons stand in the page as pictures, the rules that can match nothing are dropped and
the rest is one file, and every script waits until the page can be read.
"""

import hashlib
import re
from pathlib import Path

from .assets import STATIC
from .fonts import cut
from .stylesheets import bundle

STYLE = "site.css"
ICON = re.compile(r'<(i|span)\b([^>]*?)class="([^"]*\bfa-[^"]*)"([^>]*)></\1>')
NO_NAMES = {"fa-solid", "fa-regular", "fa-brands", "fa-lg"}    # classes of an icon that do not name it
SHEET = re.compile(r'\s*<link [^>]*?href="((?:\.\./)*)_static/([^"?]+\.css)[^>]*>')
SCRIPT = re.compile(r"[ \t]*<script[^>]*>.*?</script>\n?", re.DOTALL)
USELESS = (    # in the head of every page
    re.compile(r'\s*<meta name="docsearch:[^>]*>'),
    re.compile(r"\s*<!-- (?:Loaded before|So that users|Pre-loaded scripts).*?-->", re.DOTALL),
    re.compile(r'\s*<link rel="preload" as="script"[^>]*>'),
)
VIEWPORT = re.compile(r'\s*<meta name="viewport"[^>]*>')
ICON_FACE = """\
@font-face {font-family: "Font Awesome 6 Free"; font-weight: 900; font-display: block; src: url("icons.woff2");}
"""
OURS = {sheet.name for sheet in STATIC.glob("*.css")}    # kept whole: they also style what Plotly draws
SEARCHING = ("searchtools.js", "language_data.js", "searchindex.js")
LEFT_OUT = ("scripts/*.map", "styles/*.map", "scripts/*.LICENSE.txt", "scripts/fontawesome.js", "vendor/fontawesome")


def trim(app, exception):
    """Rewrite every page of a finished build."""
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir)
    pages = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*.html")}
    icons = icon_shapes(folder / "_static/scripts/fontawesome.js")
    pages = {path: draw_icons(text, icons) for path, text in pages.items()}
    sheets = common_sheets(pages.values())
    words = used_words([*pages.values(), *read_scripts(folder)])
    style = cut_icon_font(folder / "_static", bundle(folder / "_static", sheets, words, whole=OURS))
    (folder / "_static" / STYLE).write_text(style, encoding="utf-8")
    version = hashlib.sha256(style.encode()).hexdigest()[:8]
    for path, text in pages.items():
        path.write_text(lighten(text, path.stem == "search", sheets, version), encoding="utf-8")
    for unused in (found for pattern in LEFT_OUT for found in (folder / "_static").glob(pattern)):
        remove(unused)


def remove(path):
    if path.is_dir():
        for part in path.iterdir():
            remove(part)
        path.rmdir()
    else:
        path.unlink()


# Icons ----------------------------------------------------------------------------------------------------------------


def icon_shapes(script):
    """name -> (width, height, path), out of the theme's own script: solid icons come first and win."""
    source = script.read_text(encoding="utf-8")
    rows = re.findall(r'"?([\w-]+)"?:\[(\d+),(\d+),\[[^\]]*\],"[0-9a-f]+","([^"]+)"\]', source)
    shapes = {}
    for name, width, height, path in rows:
        shapes[name] = (int(width), int(height), path)    # the script ends with the solid ones
    return shapes


def draw_icons(page, shapes):
    """`<i class="fa-solid fa-bars">` -> the picture itself, with the other classes and attributes kept."""
    def draw(match):
        _, before, classes, after = match.groups()
        names = [word for word in classes.split() if word.startswith("fa-") and word not in NO_NAMES]
        width, height, path = shapes[names[0].removeprefix("fa-")]
        return (
            f'<svg{before}class="icon {" ".join(classes.split())}"{after} aria-hidden="true" '
            f'viewBox="0 0 {width} {height}"><path fill="currentColor" d="{path}"/></svg>'
        )
    return ICON.sub(draw, page)


def cut_icon_font(static, style):
    """A few icons come from style rules: keep of the font what they ask for. Returns the rules with the small font."""
    faces = re.findall(r"@font-face \{[^}]*Font Awesome[^}]*\}\n", style)
    for face in faces:
        style = style.replace(face, "")
    used = set(re.findall("[\ue000-\uf8ff]", style))
    cut(static / "vendor/fontawesome/webfonts/fa-solid-900.ttf", static / "icons.woff2", used)
    return ICON_FACE + style


# What the pages use ---------------------------------------------------------------------------------------------------


def common_sheets(pages):
    """The style sheets that every page with any of them links, in order."""
    lists = [[match[2] for match in SHEET.finditer(page)] for page in pages]
    lists = [sheets for sheets in lists if sheets]
    return [sheet for sheet in lists[0] if all(sheet in sheets for sheets in lists)]


def read_scripts(folder):
    """What may put a class on an element later: every script but the large libraries."""
    scripts = [path for path in (folder / "_static").rglob("*.js") if path.stat().st_size < 200_000]
    return [path.read_text(encoding="utf-8") for path in scripts]


def used_words(texts):
    return {word for text in texts for word in re.findall(r"[\w-]+", text)}


# The head of a page ---------------------------------------------------------------------------------------------------


def lighten(page, is_search, sheets, version):
    """One style sheet, no script before the text, each thing once."""
    if "</head>" not in page:
        return page    # the front door
    head, body = page.split("</head>", 1)
    for pattern in USELESS:
        head = pattern.sub("", head)
    head = link_style(head, sheets, version)
    head = keep_first(VIEWPORT, head)
    head = head.replace('data-theme="auto"', 'data-theme="light"', 1)    # without JavaScript; else FIRST_THEME decides
    return f"{defer_scripts(head, is_search)}</head>{body}"


def link_style(head, sheets, version):
    """The first of the common sheets gives way to the one file, the others go."""
    first = True

    def swap(match):
        nonlocal first
        if match[2] not in sheets:
            return match[0]
        link = f'\n    <link rel="stylesheet" href="{match[1]}_static/{STYLE}?v={version}" />' if first else ""
        first = False
        return link
    return SHEET.sub(swap, head)


def keep_first(pattern, text):
    matches = iter(range(len(pattern.findall(text))))
    return pattern.sub(lambda match: "" if next(matches) else match[0], text)


def defer_scripts(head, is_search):
    """Scripts run in the same order as before, after the page has been read in."""
    seen = set()
    unwanted = ("fontawesome.js",) if is_search else ("fontawesome.js", *SEARCHING)

    def rewrite(match):
        script = match[0]
        if script.strip() in seen or any(f"/{name}" in script for name in unwanted):
            return ""
        seen.add(script.strip())
        if " src=" in script:
            return script if " defer" in script else script.replace("<script", "<script defer", 1)
        if "DOCUMENTATION_OPTIONS" in script:
            return script.replace("<script", '<script type="module"', 1)    # a module waits its turn among the others
        return script
    return SCRIPT.sub(rewrite, head)


def setup(app):
    app.connect("build-finished", trim, priority=950)    # after everything else has been written
