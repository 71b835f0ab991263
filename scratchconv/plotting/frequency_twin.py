"""Chapter 18: a picture and its spectrum, and what becomes of one when the other is cut."""

from __future__ import annotations

import numpy as np

from .board import Board, box, cell_size, check_frames
from .layers import DESIGNS
from .palette import GREYS, blend, continuous_scale

GAP, ABOVE = 30, 32  # px between pictures
STEPS = 63  # shades of grey
ROUND = 48  # points of the ring
RADII = (0, 1, 2, 3, 4, 5, 6, 7, 9, 13)


def frequency_twin(image, *, radii=RADII, start=3):
    """Image, spectrum, the part of it inside a ring, and the picture of that part.

    Parameters
    ----------
    image : array_like, shape (H, W)
        A small grey picture, 0 … 255.
    radii : sequence of float
        Radii of the ring, one frame each, in waves across the width of the image.
    start : int, default 3
        The frame shown first, counted from 0.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    ValueError
        If the image is not a grey one, or too large: about 260 pixels.

    See Also
    --------
    wrap_error : the same product, in numbers.

    Notes
    -----
    Chapter 18. The spectrum is drawn with the longest waves in the middle and the logarithm of its size as grey.
    To multiply it with a disk is to convolve the image with the disk's own picture, wrapped around.
    About 3 kB a frame.

    Examples
    --------
    >>> figure = frequency_twin(np.arange(24).reshape(4, 6), radii=(0, 9))
    >>> [step.label for step in figure.layout.sliders[0].steps]
    ['radius 0: 1 of 24 waves', 'radius 9: 24 of 24 waves']
    """
    image = np.asarray(image, dtype=float)
    if image.ndim != 2:
        raise ValueError(f"the image is grey, (H, W), got shape {image.shape}")
    check_frames(len(radii), "radius")
    spectrum = np.fft.fftshift(np.fft.fft2(image))
    board, rings, product, result = _painted(image, spectrum)
    centre = (image.shape[1] // 2, image.shape[0] // 2)
    for radius in radii:
        kept = inside(image.shape, radius)
        back = np.fft.ifft2(np.fft.ifftshift(spectrum * kept)).real
        board.frame(f"radius {radius}: {int(kept.sum())} of {image.size} waves", {
            **dict.fromkeys(rings, _ring(centre, radius, image.shape)),
            product: steps(np.where(kept, loudness(spectrum), 0)), result: steps(back / 255),
        })
    return board.finish(start=min(start, len(radii) - 1))


def inside(shape, radius):
    """The waves of the shifted spectrum that are no shorter than width / radius.

    >>> int(inside((4, 6), 1).sum()), bool(inside((4, 6), 9).all())
    (3, True)
    """
    H, W = shape
    down, across = np.fft.fftshift(np.fft.fftfreq(H)), np.fft.fftshift(np.fft.fftfreq(W))
    return down[:, None] ** 2 + across**2 <= (radius / W) ** 2 + 1e-12


def loudness(spectrum):
    """How strong each wave is, 0 … 1 on a scale of factors."""
    size = np.log1p(np.abs(spectrum))
    return size / size.max()


def steps(values):
    """A map of 0 … 1 as whole shades of grey, which are short in a frame."""
    return np.rint(np.clip(values, 0, 1) * STEPS).astype(int)


def _ring(centre, radius, shape):
    """The ring round all waves inside: wider than high by as much as the image is."""
    (H, W), angle = shape, np.linspace(0, 2 * np.pi, ROUND + 1)
    across, down = radius + 0.5, (radius + 0.5) * H / W
    x, y = centre[0] + across * np.cos(angle), centre[1] + down * np.sin(angle)
    return np.clip(x, -0.5, W - 0.5).tolist(), np.clip(y, -0.5, H - 0.5).tolist()


def _painted(image, spectrum):
    """The finished board, its ring (an edge and a line), and the cells of the product and of the result."""
    places = _places(image.shape)
    board = Board(
        places["height"][0],
        "A ring grows on the spectrum of a picture: what lies inside it is kept, and the picture made of it turns from "
        "one grey into the image.",
        narrow_height=places["height"][1],
    )
    titles = ("image", "its spectrum, a ring", "result", "product: what is inside")
    seen, waves, result, product = (board.panel(*image.shape, *places[n], title) for n, title in enumerate(titles))
    board.picture(seen, blend(GREYS, image / 255))
    board.picture(waves, blend(GREYS, loudness(spectrum)))
    empty, scale = np.zeros(image.shape, dtype=int), continuous_scale(GREYS)
    whole = [product.cell(design)[0] + 0.6 for design in DESIGNS]  # px: without gaps, as a picture has none
    cells = [board.cells(panel, empty, scale, *whole, most=STEPS) for panel in (product, result)]
    at = _ring((0, 0), 0, image.shape)
    rings = [board.path(waves, at, role, line=True, width=width) for role, width in (("hair", 6), ("kernel", 3))]
    return board, rings, *cells


def _places(shape):
    """Boxes (wide, narrow) of the four pictures, the spectrum's beside the image's, and the heights of the board."""
    places, heights = {}, []
    for width, gap in ((672, GAP), (342, 14)):
        cell = cell_size(*shape, (width - gap) / 2, 200)
        _, _, across, down = box(0, 0, *shape, cell)
        corners = [(0, 0), (across + gap, 0), (0, down + ABOVE), (across + gap, down + ABOVE)]
        for n, (left, top) in enumerate(corners):
            places[n] = (*places.get(n, ()), box(left, top, *shape, cell))
        heights.append(2 * down + ABOVE)
    return places | {"height": heights}
