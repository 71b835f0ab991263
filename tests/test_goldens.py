"""The numbers that the five source documents print, each from the inputs described there.

S0 to S4 name the documents. What a document printed wrongly stands in test_pitfalls.py with the right number.
"""

import numpy as np
import pytest
from comparing import assert_equal

from scratchconv import (
    adjoint_gap,
    conv2d,
    conv2d_grad,
    convolve2d,
    correlate2d,
    flip_kernels,
    full_conv2d,
    methods,
    output_size,
    toeplitz_matrix,
    view_index,
    window_index,
    window_offsets,
)
from scratchconv.windows import window_view

VERTICAL_EDGE = np.array([[1, 0, -1]] * 3)
SECOND = np.array([[1, 0, 1], [0, 0, 0], [-1, 0, -1]])

# S0's pair of 5×5 filters over three channels, channels first as they are written there.
PAIR = np.array(
    [
        [
            [[1, 0, -1, 0, 1]] * 5,
            [[1, 0, 1, 1, 1]] * 5,
            np.eye(5)[::-1],
        ],
        [
            [[0.5] * 5] * 5,
            [[1, 2, 3, 4, 5], [1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 1, 0, 1, 1]],
            [[0, 0, 1, 0, 0], [0, 0.5, 1, 0.5, 0], [1, 1, 1, 1, 1], [0, 0.5, 1, 0.5, 0], [0, 0, 1, 0, 0]],
        ],
    ]
)
# arange(3072) as S0 stores an image, (32, 32, 3), turned to channels first.
NUMBERED = np.arange(3072).reshape(32, 32, 3).transpose(2, 0, 1)[None]


def channels_last(index, C, H, W):
    """Flat indices into a (C, H, W) image, as the indices of the same pixels in an (H, W, C) image."""
    c, i, j = np.unravel_index(index, (C, H, W))
    return (i * W + j) * C + c


# ---------------------------------------------------------------------------------- S0: index windows


def test_s0_a_kernel_as_a_vector_and_two_as_a_matrix():
    assert VERTICAL_EDGE.ravel().tolist() == [1, 0, -1, 1, 0, -1, 1, 0, -1]
    columns = np.stack([VERTICAL_EDGE, SECOND]).reshape(2, -1).T
    assert columns.tolist() == [[1, 1], [0, 0], [-1, 1], [1, 0], [0, 0], [-1, 0], [1, -1], [0, 0], [-1, -1]]


def test_s0_the_window_of_a_digit():
    assert window_index((3, 3), (28, 28)).tolist() == [0, 1, 2, 28, 29, 30, 56, 57, 58]
    assert len(window_offsets((28, 28), (3, 3))) == 676
    assert output_size(28, 3) == 26


@pytest.mark.parametrize(("kernel", "value"), [(VERTICAL_EDGE, -6), (SECOND, -112)])
def test_s0_a_ramp_gives_one_number_everywhere(kernel, value):
    ramp = np.arange(784).reshape(28, 28)
    assert_equal(correlate2d(ramp, kernel), np.full((26, 26), value))
    assert (ramp.ravel()[view_index((28, 28), (3, 3))] @ kernel.ravel() == value).all()


def test_s0_two_kernels_make_two_columns_of_676():
    ramp = np.arange(784).reshape(28, 28)
    kernels = np.stack([VERTICAL_EDGE, SECOND])
    flat = ramp.ravel()[view_index((28, 28), (3, 3))] @ kernels.reshape(2, -1).T
    assert flat.shape == (676, 2)
    maps = conv2d(ramp[None, None], kernels[:, None])  # (1, 2, 26, 26)
    assert_equal(maps[0].reshape(2, -1).T, flat)
    beside = np.concatenate([maps[0], maps[0]]).transpose(1, 2, 0)
    assert beside.shape == (26, 26, 4)


def test_s0_the_filters_have_these_sums_and_shapes():
    assert PAIR.sum((1, 2, 3)).tolist() == [30, 50.5]
    last = PAIR.transpose(0, 2, 3, 1)
    assert last.shape == (2, 5, 5, 3)
    assert last.reshape(2, -1).T.shape == (75, 2)


def test_s0_the_window_in_colour():
    """Ours lists channel after channel; in the layout of S0 the same pixels have the numbers printed there."""
    window = channels_last(window_index((3, 5, 5), (3, 32, 32)), 3, 32, 32).reshape(3, 5, 5).transpose(1, 2, 0)
    assert window[:, 0, 0].tolist() == [0, 96, 192, 288, 384]
    assert window[0].ravel().tolist() == list(range(15))
    assert window.max() == window[4, 4, 2] == 398
    eye = 3 * 20 + 96 * 5
    assert eye == 540
    offset = window_offsets((3, 32, 32), (5, 5))[5 * 28 + 20]  # the window with its corner at x = 20, y = 5
    assert channels_last(offset, 3, 32, 32) == eye


def test_s0_the_index_matrix_of_a_colour_image():
    index = channels_last(view_index((3, 32, 32), (3, 5, 5)), 3, 32, 32)
    assert index.shape == (784, 75)
    assert index[1, 0] == 3
    assert index[28, 0] == 96
    assert index.max() == index[-1, -1] == 3071
    padded = channels_last(view_index((3, 40, 40), (3, 5, 5)), 3, 40, 40)
    assert padded.shape == (1296, 75)
    assert padded.max() == padded[-1, -1] == 4799
    assert index.reshape(-1, 3, 5, 5)[:4].shape == (4, 3, 5, 5)


@pytest.mark.parametrize("method", methods.METHODS)
def test_s0_the_numbered_image(method):
    y = conv2d(NUMBERED, PAIR, method=method)
    assert y.shape == (1, 2, 28, 28)
    assert y[0, :, 0, 0].tolist() == [5985, 7780]
    assert y[0, :, 0, 1].tolist() == [6075, 7931.5]
    assert y[0, :, 1, 0].tolist() == [8865, 12628]
    assert y.sum((0, 2, 3)).tolist() == [36126720, 59014228]


def test_s0_two_images_at_once():
    two = np.concatenate([NUMBERED, NUMBERED[..., ::-1]])
    views = two.reshape(2, -1)[:, view_index((3, 32, 32), (3, 5, 5))]
    assert views.shape == (2, 784, 75)
    y = conv2d(two, PAIR)
    assert y.transpose(0, 2, 3, 1).shape == (2, 28, 28, 2)
    assert_equal((views @ PAIR.reshape(2, -1).T).transpose(0, 2, 1).reshape(y.shape), y)


def test_s0_the_full_convolution_of_two_images():
    padded = np.pad(NUMBERED.repeat(2, 0), ((0, 0), (0, 0), (4, 4), (4, 4)))
    assert padded.transpose(0, 2, 3, 1).shape == (2, 40, 40, 3)
    y = full_conv2d(NUMBERED.repeat(2, 0), PAIR)
    assert y.shape == (2, 2, 36, 36)
    assert_equal(y, conv2d(padded, flip_kernels(PAIR)))


# --------------------------------------------------------------------------- S1: shapes and small examples

S1_IMAGE = np.array([[1, 2, 3, 4], [4, 5, 6, 7], [8, 9, 10, 11], [12, 13, 14, 15]])
S1_SMALL = np.array([[1, 2, 3], [4, 5, 6], [8, 9, 10]])
S1_FILTERS = np.array([[np.full((3, 3), 0.5), np.zeros((3, 3))], [np.full((3, 3), 2.0), np.zeros((3, 3))]])
S1_FILTERS[:, 1, 0, :2] = 0.5


def test_s1_cut_examples():
    delta = np.zeros((3, 3), int)
    delta[1, 1] = 1
    assert correlate2d(S1_IMAGE, delta).tolist() == [[5, 6], [9, 10]]
    assert correlate2d(S1_SMALL, [[0, 0], [0, 1]]).tolist() == [[5, 6], [9, 10]]
    assert correlate2d(S1_SMALL, np.full((2, 2), 0.5)).tolist() == [[6, 8], [13, 15]]


def test_s1_the_stripes():
    X = np.ones((5, 5))
    X[:, 1:3] = 0
    k = np.array([[1.0, -1.0]])
    assert correlate2d(X, k).tolist() == [[1, 0, -1, 0]] * 5
    assert not correlate2d(X.T, k).any()
    assert correlate2d(X.T, k.T).T.tolist() == [[1, 0, -1, 0]] * 5


def test_s1_layer_shapes():
    x, w = np.zeros((10, 3, 100, 100), np.float32), np.zeros((3, 3, 5, 5), np.float32)
    assert conv2d(x, w, padding="same").shape == (10, 3, 100, 100)
    assert conv2d(x, w, padding="valid", stride=2).shape == (10, 3, 48, 48)


def test_s1_several_channels_in_and_out():
    x = np.arange(18).reshape(1, 2, 3, 3)
    assert conv2d(x, S1_FILTERS[:1]).tolist() == [[[[27.5]]]]
    assert conv2d(x, S1_FILTERS).ravel().tolist() == [27.5, 81.5]
    assert conv2d(x, S1_FILTERS, padding="same")[0, :, 1, 1].tolist() == [27.5, 81.5]


def test_s1_full_correlation_and_its_convolution():
    I, K = [[1, 2, 3], [4, 5, 6]], [[10, 20], [30, 40]]
    printed = [[40, 110, 180, 90], [180, 370, 470, 210], [80, 140, 170, 60]]
    assert correlate2d(I, K, mode="full").tolist() == printed
    assert convolve2d(I, flip_kernels(K)).tolist() == printed
    assert convolve2d(I, K).tolist() == [[10, 40, 70, 60], [70, 230, 330, 240], [120, 310, 380, 240]]


@pytest.mark.parametrize("method", methods.METHODS)
def test_s1_one_operator_by_every_method(method):
    x, w = np.arange(1, 17).reshape(1, 1, 4, 4), np.arange(1, 5).reshape(1, 1, 2, 2)
    assert conv2d(x, w, method=method).tolist() == [[[[44, 54, 64], [84, 94, 104], [124, 134, 144]]]]


def test_s1_the_matrix_and_how_it_weighs_each_pixel():
    x, w = np.arange(1, 17).reshape(4, 4), np.arange(1, 5).reshape(2, 2)
    T = toeplitz_matrix(w, (4, 4))
    assert (T.shape, T.nnz) == ((9, 16), 36)
    assert (T @ x.ravel()).tolist() == [44, 54, 64, 84, 94, 104, 124, 134, 144]
    weighed = [[1, 3, 3, 2], [4, 10, 10, 6], [4, 10, 10, 6], [3, 7, 7, 4]]  # the dx of a gradient of ones
    assert (T.T @ np.ones(9, int)).reshape(4, 4).tolist() == weighed


# ------------------------------------------------------------------------------- S2: the backward pass

S2_X, S2_W = np.arange(1, 97).reshape(2, 3, 4, 4), np.arange(1, 25).reshape(2, 3, 2, 2)
S2_Y = [
    [
        [[2060, 2138, 2216], [2372, 2450, 2528], [2684, 2762, 2840]],
        [[4868, 5090, 5312], [5756, 5978, 6200], [6644, 6866, 7088]],
    ],
    [
        [[5804, 5882, 5960], [6116, 6194, 6272], [6428, 6506, 6584]],
        [[15524, 15746, 15968], [16412, 16634, 16856], [17300, 17522, 17744]],
    ],
]
S2_DX = [
    [[14, 30, 30, 16], [32, 68, 68, 36], [32, 68, 68, 36], [18, 38, 38, 20]],
    [[22, 46, 46, 24], [48, 100, 100, 52], [48, 100, 100, 52], [26, 54, 54, 28]],
    [[30, 62, 62, 32], [64, 132, 132, 68], [64, 132, 132, 68], [34, 70, 70, 36]],
]
S2_DW = [[[540, 558], [612, 630]], [[828, 846], [900, 918]], [[1116, 1134], [1188, 1206]]]


def test_s2_one_channel_forward_and_backward():
    x, w = np.arange(1, 17).reshape(1, 1, 4, 4), np.arange(1, 5).reshape(1, 1, 2, 2)
    assert conv2d(x, w)[0, 0].tolist() == [[44, 54, 64], [84, 94, 104], [124, 134, 144]]
    dx, dw, db = conv2d_grad(np.ones((1, 1, 3, 3), int), x, w)
    assert dx[0, 0].tolist() == [[1, 3, 3, 2], [4, 10, 10, 6], [4, 10, 10, 6], [3, 7, 7, 4]]
    assert dw[0, 0].tolist() == [[54, 63], [90, 99]]
    assert db.tolist() == [9]


@pytest.mark.parametrize("method", methods.METHODS)
def test_s2_the_whole_layer_forward(method):
    assert conv2d(S2_X, S2_W, method=method).tolist() == S2_Y


def test_s2_the_whole_layer_backward():
    dx, dw, db = conv2d_grad(np.ones((2, 2, 3, 3), int), S2_X, S2_W)
    assert dx.tolist() == [S2_DX, S2_DX]
    assert dw.tolist() == [S2_DW, S2_DW]
    assert db.tolist() == [18, 18]


def test_s2_three_sums_are_one_number():
    y = conv2d(S2_X, S2_W)
    dx, dw, _ = conv2d_grad(np.ones_like(y), S2_X, S2_W)
    assert y.sum() == np.vdot(S2_X, dx) == np.vdot(S2_W, dw) == 281304
    assert adjoint_gap(lambda x: conv2d(x, S2_W), lambda dy: conv2d_grad(dy, S2_X, S2_W).dx, S2_X) < 1e-14


# ------------------------------------------------------------------------- S3 and S4: strides and matrices


def test_s3_sizes():
    y = conv2d(np.zeros((1, 3, 50, 50), np.float32), np.zeros((15, 3, 4, 4), np.float32), stride=2)
    assert y.shape[1:] == (15, 24, 24)
    assert output_size(50, 4, stride=2) == 24
    assert output_size(3, 2) == 2
    assert window_view(np.zeros((9, 9)), (2, 2)).shape == (8, 8, 2, 2)


def test_s3_steps_in_memory():
    x = np.arange(25, dtype=np.int32).reshape(5, 5)
    assert x.strides == (20, 4)
    in_items = tuple(s // x.itemsize for s in x.strides)
    assert in_items == (5, 1)
    assert window_view(x, (2, 3)).strides == (20, 4, 20, 4)
    assert window_view(x, (2, 3), stride=(2, 1)).strides == (40, 4, 20, 4)


def test_s4_sizes():
    assert output_size(7, 3) == 5
    assert output_size(7, 3, padding=1) == 7
    assert output_size(7, 3, padding=1, stride=2) == 4


def test_s4_the_windows_as_a_matrix():
    numbered = np.arange(1, 50)
    rows = numbered[view_index((7, 7), (3, 3))]
    assert rows[:2].tolist() == [[1, 2, 3, 8, 9, 10, 15, 16, 17], [2, 3, 4, 9, 10, 11, 16, 17, 18]]
    assert (rows == 3).sum() == 3
    assert view_index((3, 7, 7), (3, 3, 3)).shape == (25, 27)


def test_s4_how_often_a_pixel_is_seen():
    dx = conv2d_grad(np.ones((1, 1, 3, 3), int), np.zeros((1, 1, 5, 5), int), np.ones((1, 1, 3, 3), int)).dx
    assert dx[0, 0].tolist() == [[1, 2, 3, 2, 1], [2, 4, 6, 4, 2], [3, 6, 9, 6, 3], [2, 4, 6, 4, 2], [1, 2, 3, 2, 1]]
    seen = np.bincount(view_index((5, 5), (3, 3)).ravel(), minlength=25)
    assert seen.tolist() == dx.ravel().tolist()
