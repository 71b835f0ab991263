"""One word chooses the pictures of a chapter: "bundled" or "kaggle"."""

from __future__ import annotations

import numpy as np

from .bundled import digits, frog, photographs
from .kaggle import load_cifar10, load_mnist
from .needs import count

SIDE = 32  # pixels, as in CIFAR-10
# Whole scenes first, details later: how many photograph pixels become one, down and across.
REDUCTIONS = (13, 6, 4, 2)


def grey_images(source="bundled", n=16):
    """Grey pictures of digits for a chapter.

    Parameters
    ----------
    source : {"bundled", "kaggle"}
        "bundled": scikit-learn's digits, no network. "kaggle": the training images of MNIST.
    n : int, default 16
        How many, from the first.

    Returns
    -------
    ndarray of uint8, shape (n, 28, 28)

    Raises
    ------
    ValueError
        If `source` is another word or there are fewer than `n` pictures.
    TypeError
        If `n` is not an integer.
    ImportError
        If scikit-learn is missing. With "kaggle" also what `load_mnist` raises.

    See Also
    --------
    digits, load_mnist : the same pictures with their labels.

    Notes
    -----
    Used in chapters 1, 3 and 4. Cost: that of `digits` or of `load_mnist`.

    Examples
    --------
    >>> grey_images("bundled", n=2).shape
    (2, 28, 28)
    """
    if _is_bundled(source):
        return digits(n)[0]
    images = load_mnist().train_images
    return images[: count(n, len(images), "MNIST training images")].copy()  # a view would keep all of them


def colour_images(source="bundled", n=16):
    """Small colour pictures for a chapter, channels first; the first one is a frog.

    Parameters
    ----------
    source : {"bundled", "kaggle"}
        "bundled": the book's frog, then pieces of `photographs`, no network. "kaggle": the training images of
        CIFAR-10, the first of which is a frog as well.
    n : int, default 16
        How many, from the first.

    Returns
    -------
    ndarray of uint8, shape (n, 3, 32, 32)

    Raises
    ------
    ValueError
        If `source` is another word or there are fewer than `n` pictures.
    TypeError
        If `n` is not an integer.
    ImportError
        If scikit-learn is missing, or Pillow. With "kaggle" also what `load_cifar10` raises.

    See Also
    --------
    frog, photographs : the bundled pictures in full size.
    load_cifar10 : the real pictures with their labels.

    Notes
    -----
    Used in chapters 5, 6, 7 and 10. The pieces are the means of square blocks of 13, 6, 4 and 2 pixels, rounded, so
    the first ones show a whole scene. Cost: 1.6 MB and no multiplications worth counting for "bundled".

    Examples
    --------
    >>> pictures = colour_images("bundled", n=3)
    >>> pictures.shape
    (3, 3, 32, 32)
    >>> bool((pictures[0] == frog().transpose(2, 0, 1)).all())
    True
    """
    if _is_bundled(source):
        pictures = [frog()] + [piece for k in REDUCTIONS for piece in _pieces(k)]
        n = count(n, len(pictures), "bundled colour pictures")
        last = np.stack(pictures)[:n]  # (n, 32, 32, 3)
        return np.ascontiguousarray(last.transpose(0, 3, 1, 2))  # (n, 3, 32, 32)
    images = load_cifar10().train_images
    return images[: count(n, len(images), "CIFAR-10 training images there")].copy()


def _is_bundled(source):
    if source not in ("bundled", "kaggle"):
        raise ValueError(f'source must be "bundled" (no network) or "kaggle" (MNIST, CIFAR-10); received {source!r}')
    return source == "bundled"


def _pieces(k):
    """The photographs reduced k times and cut into squares, one of each photograph in turn."""
    tiles = [_tiles(_reduce(photograph, k)) for photograph in photographs()]
    return [tile for together in zip(*tiles, strict=True) for tile in together]


def _reduce(picture, k):
    """Means of k × k blocks, rounded; the rows and columns left over are shared out at the borders."""
    H, W = (size // k for size in picture.shape[:2])
    top, left = ((size - k * (size // k)) // 2 for size in picture.shape[:2])
    blocks = picture[top : top + H * k, left : left + W * k].reshape(H, k, W, k, 3)
    return ((blocks.sum(axis=(1, 3), dtype=np.int64) + k * k // 2) // (k * k)).astype(np.uint8)  # (H, W, 3)


def _tiles(picture):
    """Squares of 32 × 32 in reading order, the grid centred in the picture."""
    H, W = picture.shape[:2]
    top, left = (H % SIDE) // 2, (W % SIDE) // 2
    return [
        picture[i : i + SIDE, j : j + SIDE]
        for i in range(top, H - SIDE + 1, SIDE)
        for j in range(left, W - SIDE + 1, SIDE)
    ]
