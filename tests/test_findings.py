"""What the prose and the docstrings say of a figure, where no cell prints it: read off what is drawn and stored."""

import json
import re

import numpy as np
import pytest
from figures_under_test import EIGHTHS, HALVES
from project import notebooks, read_notebook, source

from scratchconv import data, plotting
from scratchconv.plotting.step_sizes import STEPS, errors

PLOTLY = "application/vnd.plotly.v1+json"
SIZE = re.compile(r"[Aa]bout ([\d.]+) (kB|bytes) a frame")


def drawn():
    """(page, function, figure) for every figure of the book that moves, as it is stored."""
    for path in notebooks():
        for cell in read_notebook(path)["cells"]:
            call = re.search(r"plotting\.(\w+)\(", source(cell)) if cell["cell_type"] == "code" else None
            for output in cell.get("outputs", []) if call else []:
                figure = output.get("data", {}).get(PLOTLY)
                if figure and figure.get("frames"):
                    yield path.stem, call[1], figure


def said_of(page, text):
    """Whether the prose of a page says so."""
    path = next(path for path in notebooks() if path.stem == page)
    return any(text in source(cell) for cell in read_notebook(path)["cells"] if cell["cell_type"] == "markdown")


def test_frames_are_as_large_as_the_docstrings_say():
    found = {}
    for page, name, figure in drawn():
        words = SIZE.search(" ".join(getattr(plotting, name).__doc__.split()))
        if words:
            said = float(words[1]) * (1000 if words[2] == "kB" else 1)
            sizes = [len(json.dumps(frame, separators=(",", ":"))) for frame in figure["frames"]]
            found[page, name] = np.mean(sizes) / said
    assert len(found) > 15
    assert {figure: ratio for figure, ratio in found.items() if not 0.75 < ratio < 1.34} == {}


def test_the_best_steps_of_central_differences():
    assert said_of("ahead", "In float64 it is 0.00001")
    assert said_of("ahead", "in float32, which has half the digits, it is 0.003")
    for dtype, best in ((np.float64, 1e-5), (np.float32, 3e-3)):
        off = {h: errors(EIGHTHS.astype(dtype), HALVES.astype(dtype), h)[0] for h in STEPS}
        assert min(off, key=off.get) == best
        assert (off[min(STEPS)] == 1) == (dtype is np.float32), "the difference is zero"


def test_the_pupil_appears_between_radius_five_and_six():
    assert said_of("ahead", "With a radius of 5 the eye is one bright spot, with 6 a dark one stands in it.")
    eye = data.frog()[2:16, 14:32, 2]
    waves = np.hypot(np.fft.fftfreq(eye.shape[0])[:, None], np.fft.fftfreq(eye.shape[1]))
    for radius, appears in ((4, False), (5, False), (6, True), (7, True)):
        ring = waves <= radius / eye.shape[1] + 1e-9
        kept = np.fft.ifft2(np.fft.fft2(eye) * ring).real
        left, pupil, right = kept[5, 6], kept[5, 8], kept[5, 10]
        assert (min(left, right) - pupil > 20) == appears


def test_the_filters_that_wait_for_an_edge():
    assert said_of("ahead", "Filters 0, 3 and 7 wait for an edge too")
    assert said_of("ahead", "half of the eight turn into edges")
    [figure] = [figure for page, name, figure in drawn() if (page, name) == ("ahead", "learning")]
    texts = [trace["text"] for trace in figure["frames"][-1]["data"] if trace.get("text")]
    [slopes] = [text for text in texts if all(str(words).endswith("%") for words in text)]
    even = [int(re.search(r"\d+", words)[0]) > 50 for words in slopes]
    assert [k for k, edge in enumerate(even) if edge] == [0, 3, 5, 7]


@pytest.mark.parametrize(
    ("mode", "pixel"), [("edge", (0, 0)), ("symmetric", (0, 1)), ("reflect", (1, 2)), ("wrap", (3, 4))]
)
def test_the_pixel_that_each_mode_copies_into_the_corner(mode, pixel):
    row, column = pixel
    words = {"edge": "copies the pixel in ", "symmetric": "the one in "}.get(mode, "")
    assert said_of("07-borders", f"*{mode}* {words}row {row}, column {column}")
    image = np.arange(24).reshape(4, 6)
    assert np.pad(image, ((1, 1), (2, 2)), mode=mode)[0, 0] == image[pixel]
