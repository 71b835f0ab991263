"""Everything a page loads comes from the site itself: our style and script, and Plotly."""

import importlib.util
import shutil
from pathlib import Path

STATIC = Path(__file__).parent / "static"

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
    app.add_css_file("book.css")
    app.add_js_file(None, body=f"{{{FIRST_THEME}}}")
    app.add_js_file("book.js", loading_method="defer")


def copy_plotly(app, exception):
    """Copy Plotly out of the installed package, so that its version always matches the pin."""
    if exception or app.builder.format != "html":
        return
    target = Path(app.outdir) / "_static"
    shutil.copyfile(package_folder("plotly") / "package_data" / "plotly.min.js", target / "plotly.min.js")


def setup(app):
    app.connect("builder-inited", use_local_files)
    app.connect("build-finished", copy_plotly)
