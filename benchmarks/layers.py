"""The layers that are measured: the rows of the table, and others that nobody has tuned for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Row(NamedTuple):
    """One layer: the shapes of x and w and what conv2d is told."""

    name: str
    x: tuple[int, int, int, int]
    w: tuple[int, int, int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1

    @property
    def options(self):
        return {"stride": self.stride, "padding": self.padding, "dilation": self.dilation, "groups": self.groups}

    @property
    def y(self):
        sizes = zip(self.x[2:], self.w[2:], self.stride, self.padding, self.dilation, strict=True)
        return self.x[0], self.w[0], *((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in sizes)

    @property
    def multiplications(self):
        return int(np.prod(self.y)) * int(np.prod(self.w[1:]))

    def arrays(self, dtype, seed=0):
        """x, w, b and dy of the layer: contiguous random numbers, the same for every type."""
        rng = np.random.default_rng(seed)
        shapes = self.x, self.w, self.w[:1], self.y
        return tuple(rng.standard_normal(shape, np.float32).astype(dtype) for shape in shapes)


ROWS = [
    Row("4×4, stride 2", (64, 3, 50, 50), (15, 3, 4, 4), (2, 2)),
    Row("5×5 on CIFAR", (64, 3, 32, 32), (16, 3, 5, 5)),
    Row("LeNet, first", (256, 1, 28, 28), (6, 1, 5, 5), padding=(2, 2)),
    Row("LeNet, second", (256, 6, 14, 14), (16, 6, 5, 5)),
    Row("3×3, 64 channels", (16, 64, 56, 56), (64, 64, 3, 3), padding=(1, 1)),
    Row("3×3, 128 channels", (16, 128, 28, 28), (128, 128, 3, 3), padding=(1, 1)),
    Row("3×3, 256 channels", (16, 256, 14, 14), (256, 256, 3, 3), padding=(1, 1)),
    Row("1×1", (16, 64, 56, 56), (256, 64, 1, 1)),
    Row("depthwise", (32, 64, 56, 56), (64, 1, 3, 3), padding=(1, 1), groups=64),
    Row("21×21", (4, 8, 256, 256), (8, 8, 21, 21)),
    Row("first layer, 7×7", (16, 3, 224, 224), (64, 3, 7, 7), (2, 2), (3, 3)),
    Row("one large image", (1, 3, 1080, 1920), (8, 3, 3, 3)),
]


def unseen(count, seed):
    """`count` random layers: batch 1 to 64, odd and prime sizes, groups, dilation, strides that differ by axis."""
    rng = np.random.default_rng(seed)
    rows = []
    while len(rows) < count:
        row = _draw(rng, f"unseen {len(rows) + 1}")
        if min(row.y) > 0 and 3e6 < row.multiplications < 2e9 and np.prod(row.x) + np.prod(row.y) < 2e7:
            rows.append(row)
    return rows


def _draw(rng, name):
    def pick(*values):
        return values[rng.integers(len(values))]

    def pairs(*values):
        one = pick(*values)
        return (one, one) if rng.random() < 0.7 else (one, pick(*values))

    G, size = pick(1, 1, 1, 1, 2, 3, 8, "C"), pick(7, 13, 14, 17, 23, 28, 31, 56, 61, 97, 112, 150, 211)
    channels = pick(1, 3, 4, 8, 13, 16, 24, 32, 48, 64, 97, 128, 192, 256, 384)
    filters = pick(4, 8, 10, 16, 24, 32, 37, 64, 96, 128, 131, 256)
    C = channels if G == "C" else -(-channels // G) * G
    G = C if G == "C" else G
    F = C * pick(1, 1, 2) if G == C else -(-filters // G) * G
    H, W = size, size if rng.random() < 0.6 else size + pick(3, 10, 25)
    kernel = pairs(1, 2, 3, 3, 3, 3, 5, 5, 7, 9, 11, 13)
    stride, dilation = pairs(1, 1, 1, 1, 2, 2, 3), pairs(1, 1, 1, 1, 1, 2, 3)
    padding = tuple(d * (k - 1) // 2 * pick(0, 1, 1) for k, d in zip(kernel, dilation, strict=True))
    return Row(name, (pick(1, 1, 2, 5, 16, 32, 64), C, H, W), (F, C // G, *kernel), stride, padding, dilation, G)
