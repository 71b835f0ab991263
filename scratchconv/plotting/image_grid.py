"""Pictures and maps side by side, in many chapters: nothing moves, so the value under the pointer can be shown."""

from __future__ import annotations

import numpy as np

from .board import Board, box, cell_size
from .lettering import show
from .palette import GREYS, SIGNED, TITLE, blend, continuous_scale

GAP, ABOVE, LARGEST = 16, 34, 320  # px
BAR, BAR_ROOM = 200, 44  # px: length of the colour bar, and height of bar and words


def image_grid(images, titles, *, signed=False, alt=None):
    """Pictures and maps side by side, all maps on one range of values.

    Parameters
    ----------
    images : sequence of array_like
        Each (H, W), grey, or (H, W, 3) uint8, colour, channels last. If all grey ones are uint8, they are drawn
        from 0 to 255; otherwise all of them from the smallest to the largest value of all, other types as float32.
    titles : sequence of str
        One for each image, short.
    signed : bool, default False
        Draw values of both signs, blue below zero and red above, on a range symmetric about zero.
    alt : str, optional
        One sentence for readers who do not see it; by default the titles.

    Returns
    -------
    plotly.graph_objects.Figure
        Up to four images in a row, two on a phone; without frames.

    Raises
    ------
    ValueError
        If an image has another shape, images and titles differ in number, a title is too long for its
        column, or the figure would be larger than 140 kB: draw ``image[::4, ::4]``.

    Notes
    -----
    In many chapters. Four bytes a pixel for maps, one for grey pictures, about two for colour.

    Examples
    --------
    >>> images, titles = [np.eye(3), -np.eye(3)], ["one", "minus one"]
    >>> figure = image_grid(images, titles, signed=True)
    >>> figure.data[0].zmin, figure.data[0].zmax
    (-1.0, 1.0)
    """
    images = [_image(image) for image in images]
    if len(images) != len(titles) or not images:
        raise ValueError(f"one title for each image: got {len(images)} images and {len(titles)} titles")
    maps = [image for image in images if image.ndim == 2]
    limits = _limits(maps, signed)
    scale = continuous_scale(SIGNED if signed else GREYS)
    with_bar = any(image.dtype == np.float32 for image in maps) or (signed and bool(maps))

    bar_room = BAR_ROOM if with_bar else 0
    wide, height = _places([image.shape[:2] for image in images], 672, min(4, len(images)))
    narrow, narrow_height = _places([image.shape[:2] for image in images], 342, min(2, len(images)))
    board = Board(
        height + bar_room,
        alt or f"{len(images)} pictures side by side: {', '.join(titles)}.",
        narrow_height=narrow_height + bar_room,
    )
    for image, title, *boxes in zip(images, titles, wide, narrow, strict=True):
        panel = board.panel(*image.shape[:2], *boxes, title)
        if image.ndim == 3:
            board.picture(panel, image)
        else:
            board.heatmap(panel, image, scale, limits)
    if with_bar:
        _colour_bar(board, (height, narrow_height), limits, SIGNED if signed else GREYS)
    return board.finish()


def _image(image):
    """uint8 as it is, everything else as float32: float64 would double the page for nothing visible."""
    image = np.asarray(image)
    if image.ndim not in (2, 3) or 0 in image.shape or (image.ndim == 3 and image.shape[2] != 3):
        raise ValueError(
            f"an image is (H, W) or (H, W, 3), channels last, got {image.shape}; "
            "channels first becomes channels last by image.transpose(1, 2, 0)"
        )
    if image.ndim == 3 and image.dtype != np.uint8:
        raise ValueError(f"a colour image is uint8, 0 … 255, got {image.dtype}; divide, clip and convert it first")
    return image if image.dtype == np.uint8 else image.astype(np.float32)


def _limits(maps, signed):
    """The smallest and the largest value of the colour scale."""
    finite = [m[np.isfinite(m)] for m in maps]
    values = np.concatenate([f.ravel() for f in finite]) if finite else np.zeros(0)
    if signed:
        limit = float(np.abs(values.astype(float)).max(initial=0)) or 1.0
        return -limit, limit
    if all(m.dtype == np.uint8 for m in maps):
        return 0, 255
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    return (low, high) if low < high else (low, low + 1.0)


def _places(shapes, width, columns):
    """The box of each image in rows of `columns`, and where the last row ends."""
    room = (width - (columns - 1) * GAP) / columns
    boxes, top = [], 0
    for first in range(0, len(shapes), columns):
        row = shapes[first : first + columns]
        cells = [cell_size(*shape, room, LARGEST, most=LARGEST) for shape in row]
        boxes += [box(k * (room + GAP), top, *shape, cell)
                  for k, (shape, cell) in enumerate(zip(row, cells, strict=True))]
        top = max(y + h for _, y, _, h in boxes) + ABOVE
    return boxes, top - ABOVE


def _colour_bar(board, tops, limits, colours):
    """A strip of the scale with its ends, and the middle of a signed one, in words."""
    bars = [(0, top + 14, BAR, 10) for top in tops]
    words = [(0, top + 26, BAR, 18) for top in tops]
    strip = board.panel(1, 64, *bars, square=False)
    board.picture(strip, blend(colours, np.linspace(0, 1, 64)[None]))
    # The thin frame shows where white ends on a white page, and black on a dark one.
    board.outline(strip, (0, 0, 1, 64), "padding", width=1, dash="solid", inset=0)
    labels = board.panel(1, 1, *words, square=False)
    for x, align, value in ((-0.5, "left", limits[0]), (0.5, "right", limits[1])):
        board.words(labels, x, 0, show(value), size=TITLE, role="muted", align=align)
    if limits[0] == -limits[1]:
        board.words(labels, 0, 0, "0", size=TITLE, role="muted", align="center")
