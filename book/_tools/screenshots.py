"""Take a picture of every page of the built site, wide and narrow, light and dark, and a sheet with all of them.

The pictures are whole pages with every figure drawn. Open index.html in the folder to look at them side by side.
"""

import argparse
import html
import io
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from browsing import PHONE, WIDE, NoBrowser, browser, opened, served, settle
from PIL import Image
from project import ROOT, SITE, pages
from tqdm import tqdm

FOLDER = ROOT / "_build" / "screenshots"
SCREENS = (WIDE, PHONE)
THEMES = ("light", "dark")
TALLEST = 8000    # px of one piece: a page may be taller than the largest picture that a browser can paint
AT_ONCE = 2    # pages; each has a browser of its own

SHEET = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Every page</title>
<style>
  body {{ margin: 1rem; font: 15px/1.5 system-ui, sans-serif; background: #888e96; color: #10151b; }}
  nav {{ columns: 16rem; }}
  section {{ display: flex; gap: 1rem; align-items: start; }}
  h2 {{ margin: 2rem 0 .5rem; position: sticky; top: 0; background: inherit; }}
  figure {{ margin: 0; flex: 1280; }}
  figure.narrow {{ flex: 390; }}
  img {{ width: 100%; height: auto; display: block; }}
  a {{ color: inherit; }}
</style>
<h1>Every page</h1>
<nav>{contents}</nav>
{sections}
</html>
"""


def chosen(words, every):
    """The pages whose name contains one of the words; all if there are none."""
    if unknown := [word for word in words if not any(word in page for page in every)]:
        raise SystemExit(f"no page is called {unknown[0]!r}; there are {', '.join(every)}")
    return [page for page in every if not words or any(word in page for word in words)]


def whole(view):
    """The page as one image, however tall it is."""
    width, height = view.evaluate("[innerWidth, Math.ceil(document.documentElement.getBoundingClientRect().height)]")
    image = Image.new("RGB", (width, height))
    for top in range(0, height, TALLEST):
        clip = {"x": 0, "y": top, "width": width, "height": min(TALLEST, height - top)}
        with Image.open(io.BytesIO(view.screenshot(full_page=True, clip=clip))) as piece:
            image.paste(piece, (0, top))
    return image


def shoot(host, page, folder):
    """Take the pictures of one page; return (file name, width, height, theme) of each."""
    taken = []
    with browser() as chromium:
        for screen in SCREENS:
            with opened(chromium, f"{host}/{page}.html", color_scheme=THEMES[0], **screen) as view:
                settle(view)
                for theme in THEMES:
                    image = themed(view, theme)
                    name = f"{Path(page).name}-{screen['viewport']['width']}-{theme}.png"
                    image.save(folder / name, compress_level=3)    # large and fast rather than small and slow
                    taken.append((name, *image.size, theme))
    return taken


def themed(view, theme):
    """The page in a theme; it follows the system's, as long as nobody has chosen one."""
    view.emulate_media(color_scheme=theme)
    view.wait_for_function("(theme) => document.documentElement.dataset.theme === theme", arg=theme)
    view.evaluate("probe.still()")
    return whole(view)


def sheet(pictures):
    """The page that shows all pictures side by side; `pictures` maps a page to what `shoot` returned."""
    contents = "".join(f'<a href="#{page}">{html.escape(page)}</a><br>' for page in pictures)
    return SHEET.format(contents=contents, sections="\n".join(section(*item) for item in pictures.items()))


def section(page, taken):
    return f'<h2 id="{page}">{html.escape(page)}</h2>\n<section>{"".join(map(figure, taken))}</section>'


def figure(picture):
    name, width, height, theme = picture
    narrow = "narrow" if width == PHONE["viewport"]["width"] else "wide"
    return (
        f'<figure class="{narrow}"><figcaption>{width} px, {theme}, {height:,} px tall</figcaption><a href="{name}">'
        f'<img src="{name}" width="{width}" height="{height}" loading="lazy" alt="{name}"></a></figure>'
    )


def take(wanted, folder, site=SITE):
    """Take all pictures, a few pages at a time, showing how far it is; return page -> pictures."""
    with served(site) as host, ThreadPoolExecutor(AT_ONCE) as pool:
        done = pool.map(lambda page: shoot(host, page, folder), wanted)
        return dict(zip(wanted, tqdm(done, total=len(wanted), unit="page"), strict=True))


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", help="only pages whose name contains one of these words")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to write them (default: _build/screenshots)")
    options = parser.parse_args(arguments)
    if not (SITE / "index.html").is_file():
        raise SystemExit(f"There is no site in {SITE}: run `make book` first")
    wanted = chosen(options.pages, [*pages(), "search"])
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        pictures = take(wanted, options.folder)
    except NoBrowser as reason:
        raise SystemExit(f"No pictures: {reason}") from None
    (options.folder / "index.html").write_text(sheet(pictures), encoding="utf-8")
    print(f"{sum(map(len, pictures.values()))} pictures: {options.folder / 'index.html'}")


if __name__ == "__main__":
    main()
