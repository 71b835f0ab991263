"""Chapter 18: what a Fourier product adds up when the transform has no room for the whole convolution."""

from __future__ import annotations

import numpy as np

from ..correlate import convolve2d
from .board import Board, box, cell_size, check_frames
from .lettering import show

GAP, ABOVE, LINE = 34, 32, 26  # px beside and above a panel, and of a line of words


def wrap_error(x, w):
    """The full convolution folded onto the size of the image: every cell of the product is a sum of cells.

    Parameters
    ----------
    x : array_like, shape (H, W)
        The image, of small whole numbers.
    w : array_like, shape (KH, KW)
        The kernel, no larger than the image.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each cell of the transform of x's size, and a last one with room enough.

    Raises
    ------
    ValueError
        If the kernel is larger than the image, or the figure becomes too large: about 20 pixels do.

    See Also
    --------
    scratchconv.convolve2d : the full convolution.

    Notes
    -----
    Chapter 18. A transform of H × W repeats the image without end, so that what leaves on one side comes back on
    the other. With H + KH − 1 rows and W + KW − 1 columns nothing meets. About 2.3 kB a frame.

    Examples
    --------
    >>> figure = wrap_error([[1, 2, 3], [4, 5, 6]], [[10, 20], [30, 40]])
    >>> [step.label for step in figure.layout.sliders[0].steps][::6]
    ['size 2 × 3: cell [0,0]', 'size 3 × 4: nothing wraps']
    """
    x, w = np.asarray(x), np.asarray(w)
    (H, W), (KH, KW) = x.shape, w.shape
    if KH > H or KW > W:
        raise ValueError(f"the kernel, {KH} × {KW}, is larger than the image, {H} × {W}: its transform would wrap too")
    check_frames(x.size + 1, "pixel")
    full = convolve2d(x, w)
    folded = by_fourier(x, w, x.shape)
    wrong = ~np.isclose(folded, full[:H, :W])
    board, parts = _painted(x, w, full)
    seen = np.full(full.shape, None, dtype=object)
    seen[:H, :W] = folded
    for i, j in np.ndindex(H, W):
        terms = [(r, c) for r in range(i, full.shape[0], H) for c in range(j, full.shape[1], W)]
        board.frame(f"size {H} × {W}: cell [{i},{j}]", {
            parts["values"]: seen, parts["tiles"]: [(r, c, 1, 1) for r, c in np.ndindex(H, W)],
            parts["crosses"]: ["✗" if wrong.flat[p] else None for p in range(x.size)],
            parts["terms"]: [(r, c, 1, 1) for r, c in terms], parts["cell"]: [(i, j, 1, 1)],
            parts["wrong"]: [(i, j, 1, 1)] if wrong[i, j] else [],
            parts["words"]: _words(full, terms, folded[i, j], wrong[i, j]),
        })
    board.frame(f"size {full.shape[0]} × {full.shape[1]}: nothing wraps", {
        parts["values"]: by_fourier(x, w, full.shape),
        parts["tiles"]: [(r, c, 1, 1) for r, c in np.ndindex(full.shape)],
        parts["crosses"]: [None] * x.size, parts["terms"]: [], parts["cell"]: [], parts["wrong"]: [],
        parts["words"]: ["every sum has one term:", "<b>the full convolution</b>"],
    })
    return board.finish(start=0)


def by_fourier(x, w, shape):
    """The product of two transforms of this size, back in the image: whole numbers from whole numbers.

    >>> by_fourier(np.array([[1, 2, 3], [4, 5, 6]]), np.array([[10, 20], [30, 40]]), (2, 3))
    array([[430, 350, 450],
           [310, 230, 330]])
    """
    y = np.fft.ifft2(np.fft.fft2(x, shape) * np.fft.fft2(w, shape)).real
    whole = np.issubdtype(x.dtype, np.integer) and np.issubdtype(w.dtype, np.integer)
    return np.rint(y).astype(int) if whole else y


def _words(full, terms, total, wrong):
    sums = " + ".join(show(full[term]) for term in terms).replace("+ −", "− ")
    verdict = f"✗ it should be {show(full[terms[0]])}" if wrong else "one term, right"
    return [f"{sums} = <b>{show(total)}</b>" if len(terms) > 1 else f"<b>{show(total)}</b>", verdict]


def _painted(x, w, full):
    """The finished board and its moving parts by name."""
    (H, W), (FH, FW) = x.shape, full.shape
    places = _places(x.shape, w.shape, full.shape)
    board = Board(
        places["height"][0],
        f"The full convolution of {FH} by {FW} cells folds onto a transform of {H} by {W}: each cell lights the cells "
        "that it adds up, and wrong sums are crossed.",
        narrow_height=places["height"][1],
    )
    whole = board.panel(FH, FW, *places["full"], f"full convolution {FH} × {FW}")
    product = board.panel(FH, FW, *places["product"], "by Fourier product")
    image = board.panel(H, W, *places["x"], "image <b>x</b>")
    kernel = board.panel(*w.shape, *places["w"], "<b>w</b>")
    words = board.panel(2, 1, *places["words"], square=False)

    board.tiles(whole, full.shape, "output")
    outside = [(r, c, 1, 1) for r, c in np.ndindex(full.shape) if r >= H or c >= W]
    board.tiles(whole, outside, "padding")
    board.numbers(whole, full, size=17, narrow_size=14, bold=True, hover=lambda r, c: (
        f"row {r} → {r % H}, column {c} → {c % W}<br>value {show(full[r, c])}"))
    board.outline(whole, outside, "padding", width=1.5)
    terms = board.outline(whole, [], "kernel")

    board.tiles(product, full.shape, "empty")
    tiles = board.stencil(product, [], "output")
    values = board.numbers(product, full, size=17, narrow_size=14, bold=True, dy=0.06,
                           hover=lambda r, c: f"row {r}, column {c} of the product: ", blank=": no room")
    corners = [(c + 0.34, r - 0.3) for r, c in np.ndindex(H, W)]
    crosses = board.words(product, *zip(*corners, strict=True), [None] * x.size, size=13, bold=True, align="center",
                          role="wrong")
    cell, wrong = board.outline(product, [], "output"), board.outline(product, [], "wrong")
    board.tiles(image, x.shape, "input")
    board.numbers(image, x, hover=lambda i, j: f"x[{i},{j}] = {show(x[i, j])}")
    board.tiles(kernel, w.shape, "kernel")
    board.numbers(kernel, w, hover=lambda u, v: f"w[{u},{v}] = {show(w[u, v])}")
    lines = board.words(words, -0.5, [0, 1], ["", ""], size=16)
    return board, {"terms": terms, "tiles": tiles, "values": values, "crosses": crosses, "cell": cell, "wrong": wrong,
                   "words": lines}


def _places(x_shape, w_shape, full_shape):
    """Boxes (wide, narrow) by name, and the two heights of the board."""
    full = box(0, 0, *full_shape, cell_size(*full_shape, 230, 200, 56))
    product = box(full[2] + GAP, 0, *full_shape, full[2] / (full_shape[1] + 0.04))
    left = 2 * (full[2] + GAP)
    image = box(left, 0, *x_shape, cell_size(*x_shape, 672 - left, 90, 40))
    kernel = box(left, image[3] + ABOVE, *w_shape, cell_size(*w_shape, 672 - left, 90, 40))
    body = max(full[3], kernel[1] + kernel[3])

    small = box(0, 0, *full_shape, cell_size(*full_shape, 160, 150))
    result = box(182, 0, *full_shape, cell_size(*full_shape, 160, 150))
    top = small[3] + ABOVE
    pixels = box(0, top, *x_shape, cell_size(*x_shape, 160, 110, 38))
    taps = box(182, top, *w_shape, cell_size(*w_shape, 160, 110, 38))
    end = top + max(pixels[3], taps[3])
    return {
        "full": (full, small), "product": (product, result), "x": (image, pixels), "w": (kernel, taps),
        "words": ((0, body + 8, 672, 2 * LINE), (0, end + 8, 342, 2 * LINE)),
        "height": (body + 8 + 2 * LINE, end + 8 + 2 * LINE),
    }
