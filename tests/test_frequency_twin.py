"""The frequency twin: the result against SciPy's wrapped convolution with the ring's own picture."""

import re

import numpy as np
import pytest
from scipy import fft, signal
from test_plotting import parsed, parts, picture, states

from scratchconv import data, plotting
from scratchconv.plotting.frequency_twin import STEPS

CASES = {
    "the frog's eye": (data.frog()[2:16, 14:32, 2], (0, 1, 3, 7, 13)),
    "odd": (np.random.default_rng(1).integers(60, 200, (9, 7)), (0, 1.5, 2, 9)),
}
cases = pytest.mark.parametrize("image, radii", CASES.values(), ids=CASES)


def kept(shape, radius):
    """The waves that are no shorter than width / radius, in the order of the transform."""
    down, across = np.meshgrid(fft.fftfreq(shape[0]), fft.fftfreq(shape[1]), indexing="ij")
    return np.hypot(down, across) <= radius / shape[1] + 1e-9


def cells(traces):
    """The values of the product and of the result."""
    return [np.array(t["marker"]["color"]) for t in traces if t.get("mode") == "markers"]


@cases
def test_the_result_is_a_wrapped_convolution(image, radii):
    figure = parsed(plotting.frequency_twin(image, radii=radii))
    for traces, radius in zip(states(figure), radii, strict=True):
        H, W = image.shape
        kernel = fft.ifft2(kept(image.shape, radius)).real
        wrapped = np.pad(image.astype(float), [(H - 1, 0), (W - 1, 0)], mode="wrap")
        smooth = np.clip(signal.convolve2d(wrapped, kernel, "valid"), 0, 255)
        result = cells(traces)[1].reshape(H, W)
        assert np.abs(result - smooth / 255 * STEPS).max() <= 0.51


@cases
def test_the_ring_keeps_what_the_caption_counts(image, radii):
    figure = parsed(plotting.frequency_twin(image, radii=radii))
    steps = figure["layout"]["sliders"][0]["steps"]
    for traces, step, radius in zip(states(figure), steps, radii, strict=True):
        mask = fft.fftshift(kept(image.shape, radius))
        told = re.fullmatch(r"radius ([\d.]+): (\d+) of (\d+) waves", step["label"]).groups()
        assert (float(told[0]), int(told[1]), int(told[2])) == (radius, mask.sum(), image.size)
        size = np.log1p(np.abs(fft.fftshift(fft.fft2(image))))
        assert cells(traces)[0].tolist() == np.where(mask, np.rint(size / size.max() * STEPS), 0).ravel().tolist()
        ring = next(t for t in traces if t["mode"] == "lines")
        xs, ys = zip(*parts(ring)[0], strict=True)
        rows, columns = np.nonzero(mask)
        assert min(xs) <= columns.min() <= columns.max() <= max(xs)
        assert min(ys) <= rows.min() <= rows.max() <= max(ys)


def test_a_ring_round_all_gives_the_image_back():
    image = CASES["the frog's eye"][0]
    figure = parsed(plotting.frequency_twin(image))
    assert cells(states(figure)[-1])[1].tolist() == np.rint(image / 255 * STEPS).ravel().tolist()
    np.testing.assert_array_equal(picture(figure, 0)[5::10, 5::10, 0], image)
    grey = cells(states(figure)[0])[1]
    assert set(grey.tolist()) == {round(image.mean() / 255 * STEPS)}


def test_a_picture_in_colour_is_an_error():
    with pytest.raises(ValueError, match=r"the image is grey, \(H, W\), got shape \(32, 32, 3\)"):
        plotting.frequency_twin(data.frog())
