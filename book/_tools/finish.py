"""Make the folder to put on a host: _build/site, the built pages with a smaller Plotly.

The site that `make book` builds needs nothing but Python, and holds the Plotly that comes with the Python package
(1.5 MB compressed). Its figures use a part of it, which npm has in a bundle of a third of the size. Versions are
compared, and so is what the figures use with what the bundle can draw.
"""

import argparse
import re
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import build
import npm
from project import FIGURE, ROOT, SITE, notebooks, read_notebook

FINISHED = SITE.parent / "site"
BUNDLE = "plotly.js-cartesian-dist-min/plotly-cartesian.min.js"
CARTESIAN = {"scatter", "bar", "box", "heatmap", "histogram", "histogram2d", "image", "contour", "violin"}


def version(script):
    """4.1.1 for a Plotly script."""
    with open(script, encoding="utf-8") as lines:
        return re.search(r"plotly\.js .*?v(\d+\.\d+\.\d+)", lines.read(300))[1]


def kinds_of_traces():
    """What the stored figures draw with."""
    cells = (cell for path in notebooks() for cell in read_notebook(path)["cells"])
    outputs = (output for cell in cells for output in cell.get("outputs", []))
    figures = (output["data"][FIGURE] for output in outputs if FIGURE in output.get("data", {}))
    return {trace.get("type", "scatter") for figure in figures for trace in figure["data"]}


def finish():
    """Copy the built site and put the small bundle in place of the large one."""
    small, large = npm.modules() / BUNDLE, SITE / "_static" / "plotly.min.js"
    if version(small) != version(large):
        raise SystemExit(
            f"The bundle of npm is Plotly {version(small)}, the figures are made for {version(large)}: "
            f"set plotly.js-cartesian-dist-min in {npm.PINS.relative_to(ROOT)} to {version(large)}."
        )
    if beyond := kinds_of_traces() - CARTESIAN:
        raise SystemExit(f"The small bundle cannot draw traces of type {', '.join(sorted(beyond))}.")
    shutil.rmtree(FINISHED, ignore_errors=True)
    shutil.copytree(SITE, FINISHED, ignore=shutil.ignore_patterns("*.map", ".buildinfo"))
    shutil.copyfile(small, FINISHED / "_static" / "plotly.min.js")
    return FINISHED


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args(arguments)
    build.main([])
    folder = finish()
    print(f"Ready for a host: {folder.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
