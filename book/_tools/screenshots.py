"""Take pictures of every page of the built site, wide and narrow, light and dark, and a sheet with all of them.

The pictures show whole pages, from top to bottom in numbered pieces, with every figure drawn and every solution and
other folded part open. Open index.html in the folder to look at them side by side.
"""

import argparse
import html
import io
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from browsing import PHONE, WIDE, NoBrowser, browser, opened, settle
from PIL import Image
from project import ROOT, built, pages
from serve import served
from tqdm import tqdm

FOLDER = ROOT / "_build" / "screenshots"
SCREENS = (WIDE, PHONE)
THEMES = ("light", "dark")
TALLEST = 2000    # px of one picture: large ones are hard to look at, and a browser paints some very tall ones wrongly
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
  img {{ width: 100%; height: auto; display: block; margin-bottom: 2px; }}
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


def pieces(view):
    """The page as images, from top to bottom. The reader's window is made as tall as one and moved down."""
    view.evaluate("probe.unstick()")
    height = view.evaluate("Math.ceil(document.documentElement.getBoundingClientRect().height)")
    window = dict(view.viewport_size)
    view.set_viewport_size({**window, "height": min(TALLEST, height)})
    images = [piece(view, top, min(TALLEST, height - top)) for top in range(0, height, TALLEST)]
    view.set_viewport_size(window)
    return images


def piece(view, top, height):
    """What the page shows from `top` on. The last one is cut from a window that cannot be moved further down."""
    view.evaluate("(top) => probe.scroll(top)", top)
    start = top - round(view.evaluate("scrollY"))
    with Image.open(io.BytesIO(view.screenshot())) as image:
        return image.convert("RGB").crop((0, start, image.width, min(start + height, image.height)))


def shoot(host, page, folder, folded=False):
    """Take the pictures of one page; return the theme and [(file name, width, height), …] for each width and theme."""
    taken = []
    with browser() as chromium:
        for screen in SCREENS:
            with opened(chromium, f"{host}/{page}.html", color_scheme=THEMES[0], **screen) as view:
                if not folded:
                    view.evaluate("probe.unfold()")
                settle(view)
                for theme in THEMES:
                    name = f"{Path(page).name}-{screen['viewport']['width']}-{theme}"
                    taken.append((theme, kept(themed(view, theme), folder / name)))
    return taken


def kept(images, path):
    """Write the pieces of one page as path-1.png, path-2.png, …"""
    names = [f"{path.name}-{number}.png" for number in range(1, len(images) + 1)]
    for name, image in zip(names, images, strict=True):
        image.save(path.with_name(name), compress_level=3)    # large and fast rather than small and slow
    return [(name, *image.size) for name, image in zip(names, images, strict=True)]


def themed(view, theme):
    """The page in a theme; it follows the system's, as long as nobody has chosen one."""
    view.emulate_media(color_scheme=theme)
    view.wait_for_function("(theme) => document.documentElement.dataset.theme === theme", arg=theme)
    view.evaluate("probe.still()")
    return pieces(view)


def sheet(pictures):
    """The page that shows all pictures side by side; `pictures` maps a page to what `shoot` returned."""
    contents = "".join(f'<a href="#{page}">{html.escape(page)}</a><br>' for page in pictures)
    return SHEET.format(contents=contents, sections="\n".join(section(*item) for item in pictures.items()))


def section(page, taken):
    return f'<h2 id="{page}">{html.escape(page)}</h2>\n<section>{"".join(map(figure, taken))}</section>'


def figure(picture):
    theme, shown = picture
    width = shown[0][1]
    narrow = "narrow" if width == PHONE["viewport"]["width"] else "wide"
    words = f"{width} px, {theme}, {sum(height for *_, height in shown):,} px tall"
    images = "".join(
        f'<a href="{name}"><img src="{name}" width="{width}" height="{height}" loading="lazy" alt="{name}"></a>'
        for name, width, height in shown
    )
    return f'<figure class="{narrow}"><figcaption>{words}</figcaption>{images}</figure>'


def take(wanted, folder, folded=False):
    """Take all pictures, a few pages at a time, showing how far it is; return page -> pictures."""
    with served(built()) as host, ThreadPoolExecutor(AT_ONCE) as pool:
        done = pool.map(lambda page: shoot(host, page, folder, folded), wanted)
        return dict(zip(wanted, tqdm(done, total=len(wanted), desc="Pictures", unit="page"), strict=True))


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", help="only pages whose name contains one of these words")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to write them (default: _build/screenshots)")
    parser.add_argument("--folded", action="store_true", help="leave folded what a reader finds folded")
    options = parser.parse_args(arguments)
    wanted = chosen(options.pages, [*pages(), "search"])
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        pictures = take(wanted, options.folder, options.folded)
    except NoBrowser as reason:
        raise SystemExit(f"No pictures: {reason}") from None
    (options.folder / "index.html").write_text(sheet(pictures), encoding="utf-8")
    count = sum(len(shown) for taken in pictures.values() for _, shown in taken)
    print(f"{count} pictures: {options.folder / 'index.html'}")


if __name__ == "__main__":
    main()
