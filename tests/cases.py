"""The one named table of layers. Every implementation is tested on every row; each row makes its arrays from a seed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Case(NamedTuple):
    """The shapes of x and w, the output size worked out by hand, what conv2d is told, how x lies in memory."""

    x: tuple[int, int, int, int]
    w: tuple[int, int, int, int]
    out: tuple[int, int]
    options: dict = {}  # noqa: RUF012  (never written to)
    layout: str = "plain"
    seed: int = 0

    @property
    def y(self):
        return (self.x[0], self.w[0], *self.out)

    def arrays(self, dtype=float):
        """x, w, b of the case: random numbers, or small integers where dtype is an integer type."""
        draw = _integers if np.dtype(dtype).kind in "iu" else _normal
        rng = np.random.default_rng(self.seed)
        x, w, b = (draw(rng, shape).astype(dtype) for shape in (self.x, self.w, self.w[:1]))
        return LAYOUTS[self.layout](x), w, b

    def dy(self, dtype=float):
        """A gradient of the output. It is random, because a gradient of ones hides a flip."""
        draw = _integers if np.dtype(dtype).kind in "iu" else _normal
        return draw(np.random.default_rng(self.seed + 1), self.y).astype(dtype)


def _normal(rng, shape):
    return rng.standard_normal(shape)


def _integers(rng, shape):
    return rng.integers(0, 10, shape)


def _read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


def _every_other(x):
    wide = np.full((*x.shape[:3], 2 * x.shape[3]), 99, x.dtype)
    wide[..., ::2] = x
    return wide[..., ::2]


# The same numbers, laid out otherwise.
LAYOUTS = {
    "plain": lambda x: x,
    "read-only": _read_only,
    "every other pixel": _every_other,
    "channels last in memory": lambda x: x.transpose(0, 2, 3, 1).copy().transpose(0, 3, 1, 2),
    "Fortran order": np.asfortranarray,
    "reversed": lambda x: x[:, :, ::-1, ::-1].copy()[:, :, ::-1, ::-1],
    "one pixel for all": lambda x: np.broadcast_to(x[:1, :1, :1, :1], x.shape),
}

CASES = {
    "default: rectangles, batch 2": Case((2, 3, 5, 7), (4, 3, 2, 3), (4, 5)),
    "kernel 1×1": Case((2, 3, 4, 5), (4, 3, 1, 1), (4, 5)),
    "kernel 1×1, stride 2": Case((2, 3, 4, 5), (4, 3, 1, 1), (2, 3), {"stride": 2}),
    "one number": Case((1, 1, 1, 1), (1, 1, 1, 1), (1, 1)),
    "even kernel": Case((2, 2, 6, 5), (3, 2, 4, 2), (3, 4)),
    "wide image": Case((1, 2, 3, 11), (2, 2, 2, 3), (2, 9)),
    "tall image": Case((1, 2, 11, 3), (2, 2, 3, 2), (9, 2)),
    "row kernel": Case((2, 1, 4, 6), (2, 1, 1, 4), (4, 3)),
    "column kernel": Case((2, 1, 6, 4), (2, 1, 4, 1), (3, 4)),
    "kernel as large as the image": Case((2, 3, 4, 3), (2, 3, 4, 3), (1, 1)),
    "kernel as large as the padded image": Case((2, 1, 2, 3), (2, 1, 4, 5), (1, 1), {"padding": 1}),
    "N = 1": Case((1, 3, 5, 6), (2, 3, 3, 2), (3, 5)),
    "N = 0": Case((0, 3, 5, 6), (2, 3, 3, 2), (3, 5)),
    "N = 0, padded and strided": Case((0, 2, 5, 6), (2, 2, 3, 2), (3, 3), {"stride": (2, 3), "padding": 1}),
    "stride without remainder": Case((2, 2, 7, 9), (3, 2, 3, 3), (3, 4), {"stride": 2}),
    "stride with remainder": Case((2, 2, 8, 10), (3, 2, 3, 3), (3, 4), {"stride": 2}),
    "non-square stride": Case((2, 2, 9, 10), (3, 2, 2, 3), (3, 4), {"stride": (3, 2)}),
    "stride larger than the kernel": Case((2, 2, 9, 11), (3, 2, 2, 2), (2, 3), {"stride": (5, 4)}),
    "stride larger than the image": Case((2, 2, 3, 4), (3, 2, 2, 2), (1, 1), {"stride": 9}),
    "padding": Case((2, 2, 4, 6), (3, 2, 3, 3), (4, 6), {"padding": 1}),
    "padding by axis": Case((2, 2, 4, 6), (3, 2, 3, 2), (6, 5), {"padding": (2, 0)}),
    "padding as large as the kernel": Case((2, 2, 3, 4), (3, 2, 2, 3), (6, 8), {"padding": (2, 3)}),
    "padding larger than the kernel": Case((1, 2, 3, 2), (2, 2, 2, 2), (12, 11), {"padding": 5}),
    "padding larger than the kernel, strided": Case(
        (2, 1, 2, 3), (2, 1, 2, 2), (4, 4), {"padding": 5, "stride": (3, 3)}
    ),
    "asymmetric padding": Case((2, 2, 4, 5), (3, 2, 3, 2), (5, 9), {"padding": ((1, 2), (0, 5))}),
    "asymmetric padding, strided": Case(
        (2, 2, 4, 5), (3, 2, 3, 2), (2, 4), {"padding": ((0, 1), (3, 1)), "stride": (2, 2)}
    ),
    "dilation 2": Case((2, 2, 7, 8), (3, 2, 3, 2), (3, 6), {"dilation": 2}),
    "non-square dilation": Case((2, 2, 7, 8), (3, 2, 2, 3), (4, 6), {"dilation": (3, 1)}),
    "dilation, stride and padding": Case(
        (2, 2, 6, 9), (3, 2, 3, 2), (2, 4), {"dilation": (2, 3), "stride": (3, 2), "padding": (1, 1)}
    ),
    "groups = C": Case((2, 3, 5, 6), (3, 1, 2, 3), (4, 4), {"groups": 3}),
    "groups = C, two filters each": Case((2, 3, 5, 6), (6, 1, 2, 3), (4, 4), {"groups": 3}),
    "groups with several filters": Case((2, 4, 5, 6), (6, 2, 3, 2), (3, 5), {"groups": 2}),
    "everything at once": Case(
        (2, 4, 7, 9),
        (6, 2, 2, 3),
        (5, 3),
        {"stride": (2, 3), "padding": ((1, 2), (0, 2)), "dilation": (1, 2), "groups": 2},
    ),
    "valid": Case((2, 2, 5, 6), (3, 2, 2, 3), (4, 4), {"padding": "valid"}),
    "same": Case((2, 2, 5, 6), (3, 2, 3, 5), (5, 6), {"padding": "same"}),
    "same, even kernel": Case((2, 2, 5, 6), (3, 2, 4, 2), (5, 6), {"padding": "same"}),
    "same, kernel larger than the image": Case((2, 1, 2, 3), (2, 1, 5, 4), (2, 3), {"padding": "same"}),
    "same, dilation": Case((2, 2, 5, 6), (3, 2, 2, 3), (5, 6), {"padding": "same", "dilation": (3, 2)}),
    "same, stride": Case((2, 2, 5, 8), (3, 2, 3, 3), (3, 3), {"padding": "same", "stride": (2, 3)}),
    "same, stride, even kernel": Case((2, 2, 7, 6), (3, 2, 4, 2), (3, 3), {"padding": "same", "stride": (3, 2)}),
    "same, stride larger than the kernel": Case((2, 2, 7, 9), (3, 2, 1, 2), (3, 3), {"padding": "same", "stride": 3}),
    "full": Case((2, 2, 4, 5), (3, 2, 3, 2), (6, 6), {"padding": "full"}),
    "full, kernel larger than the image": Case((2, 1, 2, 3), (2, 1, 4, 5), (5, 7), {"padding": "full"}),
    "full, stride and dilation": Case(
        (2, 2, 4, 5), (3, 2, 3, 2), (4, 3), {"padding": "full", "dilation": (2, 1), "stride": (2, 2)}
    ),
    "read-only": Case((2, 3, 5, 7), (4, 3, 2, 3), (4, 5), layout="read-only"),
    "read-only, padded": Case((2, 3, 5, 7), (4, 3, 2, 3), (6, 7), {"padding": 1}, layout="read-only"),
    "non-contiguous": Case((2, 3, 5, 7), (4, 3, 2, 3), (4, 5), layout="every other pixel"),
    "non-contiguous, strided": Case((2, 3, 5, 7), (4, 3, 2, 3), (2, 3), {"stride": 2}, layout="every other pixel"),
    "channels last in memory": Case((2, 3, 5, 7), (4, 3, 2, 3), (4, 5), layout="channels last in memory"),
    "Fortran order": Case((2, 3, 5, 7), (4, 3, 2, 3), (4, 5), layout="Fortran order"),
    "negative steps in memory": Case((2, 3, 5, 7), (4, 3, 2, 3), (4, 5), layout="reversed"),
    "broadcast, steps of zero": Case((2, 3, 5, 7), (4, 3, 2, 3), (4, 5), layout="one pixel for all"),
}


def random_layers(count, seed):
    """`count` random layers whose kernel fits: (x shape, w shape, options). Small, odd and often rectangular."""
    rng = np.random.default_rng(seed)
    made = 0
    while made < count:
        x, w, options, needed = _draw(rng)
        if all(n + p >= k for n, p, k in zip(x[2:], needed["padding"], needed["span"], strict=True)):
            made += 1
            yield x, w, options


def _draw(rng):
    def numbers(low, high):
        return tuple(int(n) for n in rng.integers(low, high, 2, endpoint=True))

    G, c, f = (int(n) for n in rng.integers(1, 3, 3, endpoint=True))
    size, kernel, stride, dilation = numbers(1, 9), numbers(1, 4), numbers(1, 4), numbers(1, 3)
    span = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    padding, added = _draw_padding(rng, numbers, span)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": G}
    shapes = (int(rng.integers(1, 4)), G * c, *size), (G * f, c, *kernel)
    return *shapes, options, {"padding": added, "span": span}


def _draw_padding(rng, numbers, span):
    """One of the forms that padding is written in, and how much it adds along each axis at least."""
    one, two, four = numbers(0, 5)[0], numbers(0, 5), (numbers(0, 5), numbers(0, 5))
    words = ["valid", "same", "full"]
    forms = [
        (one, (2 * one, 2 * one)),
        (two, (2 * two[0], 2 * two[1])),
        (four, (sum(four[0]), sum(four[1]))),
        (words[0], (0, 0)),
        (words[1], span),  # always fits
        (words[2], span),
    ]
    return forms[rng.integers(len(forms))]
