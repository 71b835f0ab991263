"""The bugs found in the five source documents: written anew, each gives its wrong answer, the package the right one.

B: gives a wrong result or breaks. W: a weakness. X: suspected, but right as it was written. A letter behind the number
tells several inputs of one row apart. Rows about running times, names and starting weights have no place here.
"""

import tracemalloc
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from scipy import signal

from scratchconv import (
    check,
    check_gradients,
    conv2d,
    conv2d_grad,
    convolve2d,
    correlate2d,
    flip_kernels,
    full_conv2d,
    output_size,
    shapes,
    slabs,
    toeplitz_matrix,
    view_index,
    window_index,
)
from scratchconv.windows import window_view


class Pitfall(NamedTuple):
    """What a document does and what came of it; what the package does and what must come of it."""

    theirs: Callable
    wrong: object  # a value, or the error that it ends in
    ours: Callable
    right: object


def outcome(call):
    try:
        return call()
    except Exception as error:
        return type(error)


def same(a, b):
    if isinstance(a, type) or isinstance(b, type):
        return a is b
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=0, atol=1e-9)


def one(array):
    """(H, W) -> (1, 1, H, W)."""
    return np.asarray(array)[None, None]


VERTICAL_EDGE = np.array([[1, 0, -1]] * 3)
RNG = np.random.default_rng(0)

# ------------------------------------------------------------------------------------- S0: index windows


def square_window(side, kernel):
    """Tiles the rows where the columns belong, and takes the image's height for its width."""
    KH, KW = kernel.shape
    return np.tile(np.arange(KH), KW) + np.repeat(np.arange(KH) * side, KW)


def square_correlation(image, kernel):
    side = image.shape[0]
    count = 1 + side - kernel.shape[0]
    offsets = np.tile(np.arange(count), count) + np.repeat(np.arange(count) * side, count)
    index = square_window(side, kernel) + offsets[:, None]
    return (image.ravel()[index] @ kernel.ravel()).reshape(count, count)


def exchanged_correlation(image, kernel):
    """Counts the columns from the rows, and repeats the vertical offsets once too often or too seldom."""
    (H, W), (KH, KW) = image.shape, kernel.shape
    across, down = 1 + H - KH, 1 + W - KW
    window = np.tile(np.arange(KW), KH) + np.repeat(np.arange(KH) * W, KW)
    x_offsets = np.tile(np.arange(across), down)[:, None]
    y_offsets = np.repeat(np.arange(down) * W, down)[:, None]
    return image.ravel()[np.tile(window, (across * down, 1)) + x_offsets + y_offsets] @ kernel.ravel()


PAIR = np.array([[[[1, 0, -1, 0, 1]] * 5, [[1, 0, 1, 1, 1]] * 5, np.eye(5)[::-1]]])
FROG_SIZED = np.arange(3072).reshape(32, 32, 3)
TWO_FILTERS = RNG.integers(-5, 5, (2, 3, 2, 3))
PHOTOS = RNG.integers(0, 9, (3, 3, 5, 6))
BRIGHT = np.full((8, 8), 148, np.uint8)
BRIGHT[0, :3] += 1


def padded_correlation(w):
    pad = [(0, 0), (0, 0), *((k - 1, k - 1) for k in TWO_FILTERS.shape[2:])]
    return outcome(lambda: check.close(conv2d(np.pad(PHOTOS, pad), w), full_conv2d(PHOTOS, TWO_FILTERS)))


def kernel_major_maps():
    return [
        sum(signal.convolve2d(x, k) for x, k in zip(image, kernels, strict=True))
        for kernels in TWO_FILTERS
        for image in PHOTOS
    ]


def largest_copy_of_windows():
    layer = shapes.layer(
        np.broadcast_to(np.uint8(0), (50_000, 3, 32, 32)), np.empty((2, 3, 5, 5)),
        stride=1, padding=0, dilation=1, groups=1,
    )  # fmt: skip
    first = next(slabs.slabs(layer))
    return first.images.stop * first.rows.stop * first.columns.stop * 75 * 8


S0 = {
    "B1": Pitfall(
        lambda: square_correlation(np.arange(24).reshape(4, 6) ** 2, VERTICAL_EDGE),
        [[-60, -72], [-108, -120]],
        lambda: correlate2d(np.arange(24).reshape(4, 6) ** 2, VERTICAL_EDGE),
        [[-84, -96, -108, -120], [-156, -168, -180, -192]],
    ),
    "B2": Pitfall(
        lambda: square_correlation(np.arange(24).reshape(6, 4), VERTICAL_EDGE),
        IndexError,
        lambda: correlate2d(np.arange(24).reshape(6, 4), VERTICAL_EDGE),
        np.full((4, 2), -6),
    ),
    "B3, the window": Pitfall(
        lambda: square_window(5, np.empty((2, 3))), [0, 1, 0, 6, 5, 6],
        lambda: window_index((2, 3), (5, 5)), [0, 1, 2, 5, 6, 7],
    ),
    "B3, the shape": Pitfall(
        lambda: square_correlation(np.arange(25).reshape(5, 5), np.arange(1, 7).reshape(2, 3)).shape, (4, 4),
        lambda: correlate2d(np.arange(25).reshape(5, 5), np.arange(1, 7).reshape(2, 3)),
        [[100, 121, 142], [205, 226, 247], [310, 331, 352], [415, 436, 457]],
    ),
    "B4": Pitfall(
        lambda: exchanged_correlation(np.arange(24).reshape(4, 6), np.ones((2, 2))), ValueError,
        lambda: correlate2d(np.arange(24).reshape(4, 6), np.ones((2, 2))),
        [[14 + 4 * j + 24 * i for j in range(5)] for i in range(3)],
    ),
    "B5": Pitfall(
        lambda: exchanged_correlation(np.arange(8).reshape(4, 2), np.ones((2, 2))), [6, 10, 14],
        lambda: correlate2d(np.arange(8).reshape(4, 2), np.ones((2, 2))).ravel(), [6, 14, 22],
    ),
    "B6": Pitfall(
        lambda: FROG_SIZED[:5, :5].ravel() @ PAIR.swapaxes(1, 3).ravel(), 6450,
        lambda: conv2d(FROG_SIZED.transpose(2, 0, 1)[None], PAIR)[0, 0, 0, 0], 5985,
    ),
    "B8": Pitfall(lambda: 2 * (28 - 3 + 1), 52, lambda: 2 * output_size(32, 5), 56),
    "B9, transposed": Pitfall(
        lambda: padded_correlation(np.ascontiguousarray(TWO_FILTERS.swapaxes(2, 3))), False,
        lambda: padded_correlation(flip_kernels(TWO_FILTERS)), True,
    ),
    "B9, channels flipped too": Pitfall(
        lambda: padded_correlation(TWO_FILTERS[:, ::-1, ::-1, ::-1]), False,
        lambda: padded_correlation(flip_kernels(TWO_FILTERS)), True,
    ),
    "W1": Pitfall(
        lambda: np.array_equal(np.array(kernel_major_maps())[[1, 3]], full_conv2d(PHOTOS, TWO_FILTERS)[1]), False,
        lambda: np.array_equal(np.array(kernel_major_maps())[[1, 4]], full_conv2d(PHOTOS, TWO_FILTERS)[1]), True,
    ),
    "W2": Pitfall(
        lambda: BRIGHT.ravel()[view_index((8, 8), (3, 3))][0] @ np.ones(9, np.uint8), 55,
        lambda: correlate2d(BRIGHT, np.ones((3, 3), np.uint8))[0, 0], 1335,
    ),
    "W3": Pitfall(
        lambda: 50_000 * view_index((3, 32, 32), (3, 5, 5)).size * 8 / 1e9, 23.52,
        lambda: largest_copy_of_windows() <= 2**24, True,
    ),
}  # fmt: skip

# ------------------------------------------------------------------------------ S1: "same", bias, formulas


def bordered_conv(x, w, bias=0, kind="same"):
    """Leaves out the windows that reach over the border instead of padding, and the bias in one of the kinds."""
    (H, W), (KH, KW) = x.shape, w.shape
    top, left = KH // 2, KW // 2
    out = np.zeros((H, W) if kind == "same" else (H - KH + 1, W - KW + 1), np.float32)
    for i in range(H - KH + 1):
        for j in range(W - KW + 1):
            total = (x[i : i + KH, j : j + KW] * w).sum()
            if kind == "same":
                out[i + top, j + left] = total + bias
            else:
                out[i, j] = total
    return out


def bordered_channels(x, w, bias=0, kind="same"):
    """Takes the number of channels for the kernel's size, and adds the bias once for each channel."""
    (C, H, W), k = x.shape, w.shape[0]
    out = np.zeros((H, W) if kind == "same" else (H - k + 1, W - k + 1), np.float32)
    for c in range(C):
        out += bordered_conv(x[c], w[c], bias, kind)
    return out


DELTA = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]])
ROWS = np.array([[1, 2, 3, 4], [4, 5, 6, 7], [8, 9, 10, 11], [12, 13, 14, 15]])
SMALL = np.array([[1, 2, 3], [4, 5, 6], [8, 9, 10]])
STRIPES = np.array([[1, 0, 0, 1, 1]] * 5)
TWO_CHANNELS = np.arange(18).reshape(2, 3, 3)
HALVES = np.array([np.full((3, 3), 0.5), [[0.5, 0.5, 0], [0, 0, 0], [0, 0, 0]]])
DOUBLES = np.array([np.full((3, 3), 2.0), HALVES[1]])


def layer_numbers(n, c, k):
    """How many numbers a layer learns: those that have a gradient."""
    x, w = np.zeros((1, c, k, k)), np.zeros((n, c, k, k))
    _, dw, db = conv2d_grad(np.zeros((1, n, 1, 1)), x, w)
    return dw.size + db.size


S1 = {
    "B10": Pitfall(
        lambda: bordered_conv(ROWS, DELTA), [[0, 0, 0, 0], [0, 5, 6, 0], [0, 9, 10, 0], [0, 0, 0, 0]],
        lambda: correlate2d(ROWS, DELTA, mode="same"), ROWS,
    ),
    "B11": Pitfall(
        lambda: bordered_conv(SMALL, np.full((2, 2), 0.5)), [[0, 0, 0], [0, 6, 8], [0, 13, 15]],
        lambda: correlate2d(SMALL, np.full((2, 2), 0.5), mode="same"), [[6, 8, 4.5], [13, 15, 8], [8.5, 9.5, 5]],
    ),
    "B12, same": Pitfall(
        lambda: bordered_conv(STRIPES, np.array([[1, -1]])), [[0, 1, 0, -1, 0]] * 5,
        lambda: correlate2d(STRIPES, [[1, -1]], mode="same"), [[1, 0, -1, 0, 1]] * 5,
    ),
    "B12, valid": Pitfall(
        lambda: bordered_conv(STRIPES, np.array([[1, -1]])), [[0, 1, 0, -1, 0]] * 5,
        lambda: correlate2d(STRIPES, [[1, -1]]), [[1, 0, -1, 0]] * 5,
    ),
    "B13, cut": Pitfall(
        lambda: bordered_conv(ROWS, DELTA, 100, "cut"), [[5, 6], [9, 10]],
        lambda: conv2d(one(ROWS), one(DELTA), [100])[0, 0], [[105, 106], [109, 110]],
    ),
    "B13, border": Pitfall(
        lambda: bordered_conv(ROWS, DELTA, 100)[0], [0, 0, 0, 0],
        lambda: conv2d(one(ROWS), one(DELTA), [100], padding="same")[0, 0], ROWS + 100,
    ),
    "B14": Pitfall(
        lambda: bordered_channels(TWO_CHANNELS, HALVES, 1)[1, 1], 29.5,
        lambda: conv2d(TWO_CHANNELS[None], HALVES[None], [1]).item(), 28.5,
    ),
    "B15": Pitfall(
        lambda: bordered_channels(np.ones((2, 5, 5)), np.ones((2, 3, 3)), kind="cut"), ValueError,
        lambda: conv2d(np.ones((1, 2, 5, 5)), np.ones((1, 2, 3, 3)))[0, 0], np.full((3, 3), 18),
    ),
    "B16": Pitfall(
        lambda: bordered_channels(TWO_CHANNELS, HALVES), [[0, 0, 0], [0, 27.5, 0], [0, 0, 0]],
        lambda: conv2d(TWO_CHANNELS[None], np.stack([HALVES, DOUBLES]), padding="same")[0],
        [[[4, 7.5, 6], [15, 27.5, 24], [16, 29, 25.5]], [[16, 30, 24], [46.5, 81.5, 64.5], [46, 78.5, 61.5]]],
    ),
    "B17": Pitfall(
        lambda: bordered_conv(ROWS, DELTA, np.array([1, 2])), ValueError,
        lambda: conv2d(one(ROWS), one(DELTA).repeat(2, 0), [1, 2])[0, :, 0, 0], [6, 7],
    ),
    "B18": Pitfall(lambda: (5 - 3 + 1 + 1 + 0) / 1, 4, lambda: output_size(5, 3), 3),
    "B19": Pitfall(lambda: 3 * 3 * (5 * 5 + 1), 234, lambda: layer_numbers(3, 3, 5), 228),
    "B19, fifteen filters": Pitfall(lambda: 15 * 3 * (4 * 4 + 1), 765, lambda: layer_numbers(15, 3, 4), 735),
    "B20": Pitfall(
        lambda: 28**2 * 28**2 / 2, 307_328,
        lambda: toeplitz_matrix(np.ones((5, 5)), (28, 28), stride=2).nnz, 3_600,
    ),
    "B20, stride 1": Pitfall(  # 31 zeros for each weight
        lambda: 24**2 * 28**2, 451_584,
        lambda: toeplitz_matrix(np.ones((5, 5)), (28, 28)).nnz, 14_400,
    ),
    "B20, the zeros too": Pitfall(  # the stride divides both axes of the output
        lambda: 24**2 * 28**2 // 2, 225_792,
        lambda: np.prod(toeplitz_matrix(np.ones((5, 5)), (28, 28), stride=2).shape), 112_896,
    ),
    "B20, padded": Pitfall(
        lambda: 28**2 * 28**2 / 2, 307_328,
        lambda: np.prod(toeplitz_matrix(np.ones((5, 5)), (28, 28), stride=2, padding="same").shape), 153_664,
    ),
    "B21": Pitfall(lambda: 0 * 0, 0, lambda: window_index((1, 1), (5, 5)).size, 1),
    "B21, no kernel": Pitfall(lambda: np.empty((0, 0)).size, 0, lambda: output_size(5, 0), ValueError),
    "B22": Pitfall(
        lambda: len([(i, j) for i in range(-1, 1) for j in range(-1, 1)]), 4,
        lambda: window_index((3, 3), (5, 5)).size, 9,
    ),
    "W4": Pitfall(  # (1, -1) is said to see horizontal edges
        lambda: True, True,
        lambda: bool(correlate2d(STRIPES.T, [[1, -1]]).any()), False,
    ),
    "W5": Pitfall(
        lambda: signal.convolve([[1, 2, 3], [4, 5, 6]], np.flip([[10, 20], [30, 40]]), "full"),
        [[40, 110, 180, 90], [180, 370, 470, 210], [80, 140, 170, 60]],
        lambda: convolve2d([[1, 2, 3], [4, 5, 6]], [[10, 20], [30, 40]]),
        [[10, 40, 70, 60], [70, 230, 330, 240], [120, 310, 380, 240]],
    ),
    "W6": Pitfall(
        lambda: int(bordered_conv(np.array([[2**24 + 1]]), np.array([[1]])).item()), 2**24,
        lambda: correlate2d([[2**24 + 1]], [[1]]).item(), 2**24 + 1,
    ),
}  # fmt: skip

# ------------------------------------------------------------------------------------- S2: backward


def pad_by_one(w, dy):
    """A full correlation with the flipped kernel, whose padding is 1 whatever the kernel."""
    return correlate2d(np.pad(dy, 1), w[::-1, ::-1])


def integer_dx(dy, x, w):
    """Collects float gradients in an array of the input's type."""
    dx = np.zeros_like(x)
    (KH, KW), (OH, OW) = w.shape, dy.shape
    i = np.repeat(np.arange(KH), KW)[:, None] + np.repeat(np.arange(OH), OW)
    j = np.tile(np.arange(KW), KH)[:, None] + np.tile(np.arange(OW), OH)
    np.add.at(dx, (i, j), w.reshape(-1, 1) * dy.reshape(1, -1))
    return dx


def unchecked_count(n, k):
    return list(range(n - k + 1))


SIXTEEN, NINE, FOUR = (np.arange(1, n * n + 1).reshape(n, n) for n in (4, 3, 2))
S2_X, S2_W = np.arange(1, 97).reshape(2, 3, 4, 4), np.arange(1, 25).reshape(2, 3, 2, 2)
SMALL_X, SMALL_W = S2_X.astype(np.uint8), S2_W.astype(np.uint8)
ONES_2D = np.ones((2, 2, 3, 3), int)


def flipped_backward(dy, x, w):
    return conv2d_grad(dy[::-1, :, ::-1, ::-1], x, w)[:2]


S2 = {
    "B23": Pitfall(
        lambda: pad_by_one(NINE, np.ones((2, 2), int)), [[12, 16], [24, 28]],
        lambda: conv2d_grad(np.ones((1, 1, 2, 2), int), one(SIXTEEN), one(NINE)).dx[0, 0],
        [[1, 3, 5, 3], [5, 12, 16, 9], [11, 24, 28, 15], [7, 15, 17, 9]],
    ),
    "B23, 1×1": Pitfall(
        lambda: pad_by_one(np.ones((1, 1)), np.ones((4, 4))).shape, (6, 6),
        lambda: conv2d_grad(np.ones((1, 1, 4, 4)), one(SIXTEEN), np.ones((1, 1, 1, 1))).dx.shape, (1, 1, 4, 4),
    ),
    "B23, 2×3": Pitfall(
        lambda: pad_by_one(np.ones((2, 3)), np.ones((3, 2))).shape, (4, 2),
        lambda: conv2d_grad(np.ones((1, 1, 3, 2)), one(SIXTEEN), np.ones((1, 1, 2, 3))).dx.shape, (1, 1, 4, 4),
    ),
    "B24": Pitfall(
        lambda: bool(np.array([1, 2, 3]).all() == np.array([7, 8, 9]).all()), True,
        lambda: check.close([1, 2, 3], [7, 8, 9]), False,
    ),
    "B25": Pitfall(
        lambda: integer_dx(np.full((2, 2), 0.5), FOUR, np.array([[3]])), [[1, 1], [1, 1]],
        lambda: conv2d_grad(np.full((1, 1, 2, 2), 0.5), one(FOUR), one([[3]])).dx[0, 0], [[1.5, 1.5], [1.5, 1.5]],
    ),
    "B25, S2's own kernels": Pitfall(
        lambda: sum(integer_dx(np.full((3, 3), 0.1), S2_X[0, 0], S2_W[f, 0]) for f in (0, 1))[0, 0], 1,
        lambda: conv2d_grad(np.full((2, 2, 3, 3), 0.1), S2_X, S2_W).dx[0, 0, :2],
        [[1.4, 3, 3, 1.6], [3.2, 6.8, 6.8, 3.6]],
    ),
    "B26": Pitfall(
        lambda: all(map(np.array_equal, flipped_backward(ONES_2D, S2_X, S2_W), conv2d_grad(ONES_2D, S2_X, S2_W))), True,
        lambda: max(check_gradients(conv2d, flipped_backward, S2_X, S2_W)) < 1e-2, False,
    ),
    "W8, the name": Pitfall(
        lambda: correlate2d(SIXTEEN, FOUR)[0], [44, 54, 64],
        lambda: convolve2d(SIXTEEN, FOUR, mode="valid")[0], [26, 36, 46],
    ),
    "W8, a kernel larger than the image": Pitfall(
        lambda: unchecked_count(3, 5), [],
        lambda: correlate2d(NINE, np.ones((5, 5))), ValueError,
    ),
    "W8, uint8": Pitfall(
        lambda: (SMALL_X.ravel()[view_index((3, 4, 4), (3, 2, 2))] @ SMALL_W[0].ravel())[:3], [12, 90, 168],
        lambda: conv2d(SMALL_X, SMALL_W)[0, 0, 0], [2060, 2138, 2216],
    ),
}  # fmt: skip

# --------------------------------------------------------------------------------------- S3: strides


def stepping_correlation(x, w, stride):
    """Steps over the outputs instead of the image, so that most outputs are never computed."""
    (H, W), (KH, KW) = x.shape, w.shape
    OH, OW = (H - KH) // stride + 1, (W - KW) // stride + 1
    y = np.zeros((OH, OW))
    for i in range(0, OH, stride):
        for j in range(0, OW, stride):
            y[i, j] = (x[i : i + KH, j : j + KW] * w).sum()
    return y


def column_bias():
    y, bias = np.zeros((2, 3)), np.zeros((4, 1))
    y[0, 0] = np.float64(1) + bias[0]
    return y


def unused_padding(x, w, padding):
    return correlate2d(x, w)


def windows_by_strides(x, KH, KW):
    shape = (x.shape[0] - KH + 1, x.shape[1] - KW + 1, KH, KW)
    return np.lib.stride_tricks.as_strided(x, shape, (*x.strides, *x.strides))


NUMBERED = np.arange(36).reshape(6, 6)
HUNDREDS = np.array([100, 200, 300])

S3 = {
    "B27": Pitfall(
        lambda: stepping_correlation(NUMBERED, np.ones((2, 2)), 2), [[14, 0, 22], [0, 0, 0], [62, 0, 70]],
        lambda: conv2d(one(NUMBERED), np.ones((1, 1, 2, 2)), stride=2)[0, 0],
        [[14, 22, 30], [62, 70, 78], [110, 118, 126]],
    ),
    "B29": Pitfall(
        column_bias, ValueError,
        lambda: conv2d(one(NUMBERED), np.zeros((3, 1, 6, 6)), HUNDREDS).ravel(), HUNDREDS,
    ),
    "B30": Pitfall(
        lambda: unused_padding(NUMBERED, np.ones((3, 3)), 1).shape, (4, 4),
        lambda: conv2d(one(NUMBERED), np.ones((1, 1, 3, 3)), padding=1)[0, 0].shape, (6, 6),
    ),
    "W10": Pitfall(
        lambda: np.arange(25, dtype=np.int64).reshape(5, 5).strides, (40, 8),
        lambda: [s // 8 for s in window_view(np.arange(25.0).reshape(5, 5), (2, 2)).strides], [5, 1, 5, 1],
    ),
    "W11, writeable": Pitfall(
        lambda: windows_by_strides(NUMBERED, 2, 2).flags.writeable, True,
        lambda: window_view(NUMBERED, (2, 2)).flags.writeable, False,
    ),
    "W11, sizes below zero": Pitfall(lambda: int((1 - 4) / 2 + 1), 0, lambda: output_size(1, 4, stride=2), ValueError),
    "X1": Pitfall(  # with a bias of shape (K, 1) this is right; with (K,) each row gets its own
        lambda: (np.zeros((1, 3, 3, 3)) + HUNDREDS[None, :, None])[0, 0], [[100] * 3, [200] * 3, [300] * 3],
        lambda: conv2d(np.ones((1, 1, 3, 3)), np.zeros((3, 1, 1, 1)), HUNDREDS)[0, 0], [[100] * 3] * 3,
    ),
}  # fmt: skip


def test_x1_as_written_is_right():
    column = HUNDREDS[:, None]
    written = np.zeros((1, 3, 3, 3)) + column[np.newaxis, :, np.newaxis]
    np.testing.assert_array_equal(written, conv2d(np.ones((1, 1, 3, 3)), np.zeros((3, 1, 1, 1)), HUNDREDS))


# ---------------------------------------------------------------------------------- S4: back to the image


def misplaced_col2im(windows, n, k):
    """Puts the windows back: the kernel's width stands where the output's belongs, and no window is skipped over."""
    taps = k * k
    x = np.zeros((n, n))
    for i, j, u, v in np.ndindex(n, n, k, k):
        if 0 <= i - u <= n - k and 0 <= j - v <= n - k:
            x[i, j] += windows.flat[(i - u) * k + (j - v) + taps * (u * k + v)]
    return x


def there_and_back(n, k):
    x = np.arange(1, n * n + 1).reshape(n, n)
    return misplaced_col2im(x.ravel()[view_index((n, n), (k, k))], n, k)


def coverage(n, k):
    size = n - k + 1
    return conv2d_grad(np.ones((1, 1, size, size)), np.zeros((1, 1, n, n)), np.ones((1, 1, k, k))).dx[0, 0]


def round_trip_is_right(n, k):
    return np.array_equal(there_and_back(n, k), np.arange(1, n * n + 1).reshape(n, n) * coverage(n, k))


def megabytes_of_the_weights_gradient():
    rng = np.random.default_rng(0)
    x, w, dy = rng.random((64, 3, 50, 50)), rng.random((15, 3, 4, 4)), rng.random((64, 15, 47, 47))
    tracemalloc.start()
    dx, _, _ = conv2d_grad(dy, x, w)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return (peak - dx.nbytes) / 1e6


S4 = {
    "B33": Pitfall(
        lambda: there_and_back(4, 2), [[1, 4, 8, 6], [8, 21, 22, 12], [9, 23, 25, 13], [5, 12, 16, 10]],
        lambda: SIXTEEN * coverage(4, 2), [[1, 4, 6, 4], [10, 24, 28, 16], [18, 40, 44, 24], [13, 28, 30, 16]],
    ),
    "B34": Pitfall(  # right by chance where n = 2k - 1
        lambda: [round_trip_is_right(*size) for size in ((5, 3), (3, 2), (4, 2), (6, 3))], [True, True, False, False],
        lambda: coverage(5, 3)[2], [3, 6, 9, 6, 3],
    ),
    "B35": Pitfall(
        lambda: np.ones((4, 1, 25)).sum(2).mean(0).item(), 25,
        lambda: conv2d_grad(np.ones((4, 1, 5, 5)), np.ones((4, 1, 7, 7)), np.ones((1, 1, 3, 3))).db.item(), 100,
    ),
    "B36": Pitfall(
        lambda: round(64 * 47 * 47 * 48 * 15 * 8 / 1e9, 2), 0.81,
        lambda: megabytes_of_the_weights_gradient() < 100, True,
    ),
    "B38": Pitfall(
        lambda: [j + 4 * i for i in range(3) for j in range(2)], [0, 1, 4, 5, 8, 9],
        lambda: window_index((2, 3), (3, 4)), [0, 1, 2, 4, 5, 6],
    ),
    "W13": Pitfall(
        lambda: np.zeros((3, 3)).itemsize, 8,
        lambda: conv2d(np.ones((1, 1, 3, 3), np.float32), np.ones((1, 1, 2, 2), np.float32)).itemsize, 4,
    ),
}  # fmt: skip

# ---------------------------------------------------------------------------------------- all of them

PITFALLS = S0 | S1 | S2 | S3 | S4
needs_new_numpy = pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.4.0", reason="a warning before NumPy 2.4")


@pytest.mark.parametrize("row", [pytest.param(r, marks=needs_new_numpy if r == "B29" else ()) for r in PITFALLS])
def test_the_bug_gives_the_wrong_answer(row):
    pitfall = PITFALLS[row]
    assert same(outcome(pitfall.theirs), pitfall.wrong), outcome(pitfall.theirs)
    assert not same(pitfall.wrong, pitfall.right), "this input does not tell the bug from the right answer"


@pytest.mark.parametrize("row", PITFALLS)
def test_the_package_gives_the_right_answer(row):
    pitfall = PITFALLS[row]
    assert same(outcome(pitfall.ours), pitfall.right), outcome(pitfall.ours)
