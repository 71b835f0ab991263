"""Pictures that are already on the disk: the frog, scikit-learn's digits and photographs."""

from __future__ import annotations

from importlib.resources import files
from typing import NamedTuple

import numpy as np

from .needs import count, need

FROG_SIZE = 32

PHOTOGRAPH_CREDITS = {
    "china": "https://www.flickr.com/photos/danielbuechele/6061409035 by danielbuechele, CC BY 2.0",
    "flower": "https://www.flickr.com/photos/vultilion/6056698931 by vultilion, CC BY 2.0",
}


class Photographs(NamedTuple):
    """The photographs that scikit-learn ships, each (427, 640, 3) uint8; credits in `PHOTOGRAPH_CREDITS`."""

    china: np.ndarray
    flower: np.ndarray


def frog():
    """The book's own frog: 32 × 32 pixel art with one red eye and one purple eye.

    Returns
    -------
    ndarray of uint8, shape (32, 32, 3)
        Height, width, then red, green, blue from 0 to 255: channels last, as pictures are stored.

    Raises
    ------
    ValueError
        If the drawing that the package ships, ``frog.txt``, has been damaged.

    See Also
    --------
    colour_images : the same frog, channels first, among other pictures.

    Notes
    -----
    Used from chapter 5 on. A 5 × 5 window with its corner at x = 20, y = 5 covers the purple eye; counted along
    the 32·3 numbers of each row, the window starts at 3·20 + 96·5 = 540. Cost: 3 kB.

    Examples
    --------
    >>> picture = frog()
    >>> picture.shape
    (32, 32, 3)
    >>> red, green, blue = picture[7, 21]          # inside the purple eye
    >>> bool(blue > red > green)
    True
    >>> bool((picture.ravel()[540:543] == picture[5, 20]).all())
    True
    """
    text = files("scratchconv").joinpath("frog.txt").read_text(encoding="utf-8")
    return parse_pixel_art(text, "frog.txt", (FROG_SIZE, FROG_SIZE))


def parse_pixel_art(text, name, shape):
    """A picture from text: a palette (``letter red green blue``) and rows of letters; ``#`` starts a comment."""
    palette, rows = {}, []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if len(words) > 1:
            palette[words[0]] = _colour(words, f"{name}, line {number}")
        elif words:
            rows.append((number, words[0]))
    H, W = shape
    if len(rows) != H:
        raise ValueError(f"{name} must hold {H} rows of letters, found {len(rows)}; was the file edited?")
    for number, row in rows:
        strangers = sorted(set(row) - set(palette))
        if len(row) != W or strangers:
            raise ValueError(
                f"{name}, line {number}: a row is {W} letters of the palette {''.join(palette)}; "
                f"received {len(row)} letters, not in the palette: {strangers or 'none'}"
            )
    return np.array([[palette[letter] for letter in row] for _, row in rows], dtype=np.uint8)  # (H, W, 3)


def _colour(words, where):
    """The three levels of a palette line."""
    letter, *levels = words
    if len(letter) != 1 or len(levels) != 3 or not all(v.isdecimal() and int(v) < 256 for v in levels):
        raise ValueError(
            f"{where}: a palette line is one letter and three levels from 0 to 255; received {' '.join(words)!r}"
        )
    return [int(v) for v in levels]


def digits(n=None):
    """Handwritten digits in the format of MNIST, from the 1,797 that scikit-learn ships.

    Parameters
    ----------
    n : int, optional
        How many, from the first; all of them by default.

    Returns
    -------
    images : ndarray of uint8, shape (n, 28, 28)
        0 is paper, 255 is ink.
    labels : ndarray of uint8, shape (n,)
        The digit that was written, 0 to 9.

    Raises
    ------
    ImportError
        If scikit-learn is not installed.
    TypeError, ValueError
        If `n` is not a whole number from 0 to 1797.

    See Also
    --------
    load_mnist : the real MNIST.
    grey_images : either, chosen by one word.

    Notes
    -----
    Used from chapter 1 on. The originals are 8 × 8 with 17 grey levels. They are enlarged to 20 × 20 by
    bilinear interpolation and centred in 28 × 28, as MNIST centres its own. All arithmetic is in integers,
    so every machine gets the same pixels. They are good for mechanics; a network trained on them has not
    learned MNIST. Cost: 8·20·(8 + 20) multiplications a digit; the largest temporary is 3.2 kB a digit.

    References
    ----------
    E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998.

    Examples
    --------
    >>> images, labels = digits(5)
    >>> images.shape, images.dtype, labels
    ((5, 28, 28), dtype('uint8'), array([0, 1, 2, 3, 4], dtype=uint8))
    >>> int(images.min()), int(images.max())
    (0, 255)
    """
    stored = need("sklearn.datasets").load_digits()
    n = count(len(stored.images) if n is None else n, len(stored.images), "bundled digits")
    small = stored.images[:n].astype(np.int64)  # (n, 8, 8), levels 0 to 16
    images = np.zeros((n, 28, 28), dtype=np.uint8)
    images[:, 4:24, 4:24] = _enlarge(small, 20, top=16)
    return images, stored.target[:n].astype(np.uint8)


def _enlarge(images, size, *, top):
    """Bilinear enlargement of square integer images to 0..255, where `top` is their full level."""
    weights, unit = _bilinear_weights(images.shape[-1], size)  # (size, old), rows add up to unit
    sums = weights @ images @ weights.T  # (n, size, size), unit**2 times the level
    scale = top * unit * unit
    return (sums * 255 + scale // 2) // scale  # rounded to the nearest level


def _bilinear_weights(old, new):
    """Integer weights (new, old): pixel centres fall on pixel centres, and the border repeats."""
    unit = 2 * new
    weights = np.zeros((new, old), dtype=np.int64)
    for i in range(new):
        # The centre of new pixel i lies at (2i + 1)·old / (2·new) - 1/2 old pixels; both sides times 2·new:
        position = min(max((2 * i + 1) * old - new, 0), unit * (old - 1))
        left, part = divmod(position, unit)
        weights[i, left] += unit - part
        weights[i, min(left + 1, old - 1)] += part
    return weights, unit


def photographs():
    """Two colour photographs, wider than tall, from those that scikit-learn ships.

    Returns
    -------
    Photographs
        Named tuple (china, flower); each an ndarray of uint8, shape (427, 640, 3), channels last.

    Raises
    ------
    ImportError
        If scikit-learn or Pillow is not installed.

    See Also
    --------
    colour_images : small square pictures cut from them.

    Notes
    -----
    Used from chapter 5 on. Cost: 820 kB each. ``china`` is by danielbuechele and ``flower`` by vultilion
    (flickr.com), both under the Creative Commons licence CC BY 2.0; `PHOTOGRAPH_CREDITS` has the addresses to
    show beside them.

    Examples
    --------
    >>> photographs().flower.shape
    (427, 640, 3)
    >>> "CC BY 2.0" in PHOTOGRAPH_CREDITS["flower"]
    True
    """
    need("PIL")  # scikit-learn decodes with it, and without it has a less helpful message
    load = need("sklearn.datasets").load_sample_image
    return Photographs(*(np.array(load(f"{name}.jpg"), dtype=np.uint8) for name in Photographs._fields))
