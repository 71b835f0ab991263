"""Everything a page loads comes from the site itself: our style and script, Plotly, MathJax and its fonts."""

import importlib.util
import shutil
from pathlib import Path

STATIC = Path(__file__).parent / "static"
MATHJAX = "mathjax"
MATHJAX_PARTS = ("tex-chtml.js", "output/chtml/fonts/woff-v2", "input/tex/extensions")


# The theme knows only at the end of the page which theme "auto" means. Until then the page would have no colours, two
# logos and no borders: it would flash and shift. `localStorage` holds what the reader has chosen with the button.
FIRST_THEME = """\
const page = document.documentElement.dataset;
if (page.theme !== "light" && page.theme !== "dark")
  page.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";"""


def package_folder(name):
    """Where an installed package keeps its files, without importing it."""
    return Path(importlib.util.find_spec(name).submodule_search_locations[0])


def use_local_files(app):
    app.config.html_static_path.append(str(STATIC))
    app.config.mathjax_path = f"{MATHJAX}/tex-chtml.js"
    app.add_css_file("book.css")
    app.add_js_file(None, body=f"{{{FIRST_THEME}}}")
    app.add_js_file("book.js", loading_method="defer")


def copy_libraries(app, exception):
    """Copy Plotly and MathJax out of the installed packages, so that versions always match the pins."""
    if exception or app.builder.format != "html":
        return
    target = Path(app.outdir) / "_static"
    shutil.copyfile(package_folder("plotly") / "package_data" / "plotly.min.js", target / "plotly.min.js")
    source = package_folder("sphinx-mathjax-offline") / "static" / "mathjax"
    for part in MATHJAX_PARTS:
        if (source / part).is_dir():
            shutil.copytree(source / part, target / MATHJAX / part, dirs_exist_ok=True)
        else:
            (target / MATHJAX).mkdir(exist_ok=True)
            shutil.copyfile(source / part, target / MATHJAX / part)


def setup(app):
    app.connect("builder-inited", use_local_files)
    app.connect("build-finished", copy_libraries)
