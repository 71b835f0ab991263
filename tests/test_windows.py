"""Index windows against a brute-force reading of the image, pixel by pixel."""

import itertools

import numpy as np
import pytest

from scratchconv import output_size, view_index, window_index, window_offsets
from scratchconv.windows import window_view

GEOMETRIES = [
    # input shape, kernel shape, stride, dilation
    ((4, 6), (2, 3), 1, 1),
    ((6, 4), (3, 2), 1, 1),
    ((5, 5), (5, 5), 1, 1),
    ((1, 7), (1, 3), 1, 1),
    ((7, 1), (3, 1), 2, 1),
    ((5, 8), (1, 1), (2, 3), 1),
    ((7, 8), (2, 3), (3, 2), 1),
    ((7, 8), (3, 2), 1, (2, 3)),
    ((9, 11), (2, 3), (2, 3), (3, 2)),
    ((3, 4, 6), (3, 2, 3), 1, 1),
    ((3, 4, 6), (2, 3), 1, 1),
    ((2, 7, 9), (2, 3, 2), (2, 3), (2, 1)),
    ((1, 5, 6), (1, 2, 2), 2, 1),
    ((5, 6), (1, 2, 2), 2, 1),
]
geometries = pytest.mark.parametrize(("image", "kernel", "stride", "dilation"), GEOMETRIES)


def two(value):
    return value if isinstance(value, tuple) else (value, value)


def windows_by_hand(image, kernel, stride, dilation):
    """Number the pixels in reading order and collect those that each window covers, one by one."""
    (C, H, W), (KH, KW) = (1, *image)[-3:], kernel[-2:]
    (sh, sw), (dh, dw) = two(stride), two(dilation)
    pixels = np.arange(C * H * W).reshape(C, H, W)
    windows = []
    for i, j in itertools.product(range(0, H, sh), range(0, W, sw)):
        if i + dh * (KH - 1) < H and j + dw * (KW - 1) < W:
            taps = itertools.product(range(C), range(KH), range(KW))
            windows.append([pixels[c, i + u * dh, j + v * dw] for c, u, v in taps])
    return np.array(windows)


@geometries
def test_view_index_holds_one_row_for_each_window_in_reading_order(image, kernel, stride, dilation):
    index = view_index(image, kernel, stride=stride, dilation=dilation)
    np.testing.assert_array_equal(index, windows_by_hand(image, kernel, stride, dilation))
    assert index.dtype == np.intp


@geometries
def test_window_index_is_the_first_window(image, kernel, stride, dilation):
    first = window_index(kernel, image, dilation=dilation)
    np.testing.assert_array_equal(first, windows_by_hand(image, kernel, stride, dilation)[0])
    assert first.dtype == np.intp


@geometries
def test_moving_a_window_adds_a_constant(image, kernel, stride, dilation):
    windows = windows_by_hand(image, kernel, stride, dilation)
    offsets = window_offsets(image, kernel, stride=stride, dilation=dilation)
    assert offsets.shape == (len(windows),)
    assert offsets.dtype == np.intp
    np.testing.assert_array_equal(windows - windows[0], np.broadcast_to(offsets[:, None], windows.shape))


@geometries
def test_there_are_as_many_windows_as_output_size_says(image, kernel, stride, dilation):
    rows, columns = (
        output_size(n, k, stride=s, dilation=d)
        for n, k, s, d in zip(image[-2:], kernel[-2:], two(stride), two(dilation), strict=True)
    )
    assert len(window_offsets(image, kernel, stride=stride, dilation=dilation)) == rows * columns


@geometries
def test_a_window_view_shows_the_same_windows_without_a_copy(image, kernel, stride, dilation):
    C, H, W = (1, *image)[-3:]
    pixels = np.arange(2 * C * H * W).reshape(2, C, H, W)
    view = window_view(pixels, kernel[-2:], stride=two(stride), dilation=two(dilation))
    assert np.shares_memory(view, pixels)
    assert not view.flags.writeable
    by_hand = windows_by_hand(image, kernel, stride, dilation)
    for n in (0, 1):  # (C, OH, OW, KH, KW) -> one row per window
        rows = view[n].transpose(1, 2, 0, 3, 4).reshape(by_hand.shape)
        np.testing.assert_array_equal(rows, by_hand + n * C * H * W)


def test_the_row_below_is_a_width_away_and_never_a_height():
    assert window_index((2, 1), (4, 6)).tolist() == [0, 6]
    assert window_index((2, 1), (6, 4)).tolist() == [0, 4]


def test_the_next_channel_is_an_image_away():
    assert window_index((3, 1, 1), (3, 4, 6)).tolist() == [0, 24, 48]


def test_shapes_may_be_lists_arrays_and_numpy_integers():
    expected = view_index((4, 6), (2, 3)).tolist()
    assert view_index([4, 6], [2, 3]).tolist() == expected
    assert view_index(np.array([4, 6]), (np.int8(2), np.uint16(3)), stride=np.int64(1)).tolist() == expected
    assert view_index(np.empty((4, 6)).shape, np.empty((2, 3)).shape).tolist() == expected


@pytest.mark.parametrize("call", [
    lambda kernel, image, **steps: window_index(kernel, image, dilation=steps.get("dilation", 1)),
    lambda kernel, image, **steps: window_offsets(image, kernel, **steps),
    lambda kernel, image, **steps: view_index(image, kernel, **steps),
], ids=["window_index", "window_offsets", "view_index"])  # fmt: skip
@pytest.mark.parametrize(
    ("kernel", "image", "steps", "error", "words"),
    [
        ((3, 3), (2, 5), {}, ValueError, "kernel of height 3 .* the input has 2; are kernel and input shape exchanged"),
        ((2, 6), (2, 5), {}, ValueError, "kernel of width 6"),
        ((2, 3), (2, 4), {"dilation": 2}, ValueError, "with dilation 2 spans 3 pixels and the input has 2"),
        (3, (5, 5), {}, ValueError, r"kernel_shape must be \(KH, KW\) or \(C, KH, KW\), got \(3,\)"),
        ((3, 3), (2, 3, 5, 5), {}, ValueError, r"input_shape must be \(H, W\) or \(C, H, W\)"),
        ((2, 2, 2), (3, 5, 5), {}, ValueError, "the kernel must have the input's channels"),
        ((3, 2, 2), (5, 5), {}, ValueError, "has 3, input_shape .* has 1; both are given channels first"),
        ((2, 2.0), (5, 5), {}, TypeError, r"kernel_shape must be an integer, got 2\.0"),
        ((2, 2), (5, True), {}, TypeError, "input_shape must be an integer, got True"),
        ((0, 2), (5, 5), {}, ValueError, "kernel_shape must be at least 1, got 0"),
        ((2, 2), (5, 5), {"dilation": 0}, ValueError, "dilation must be at least 1"),
    ],
)
def test_wrong_shapes_are_refused_in_words(call, kernel, image, steps, error, words):
    with pytest.raises(error, match=words):
        call(kernel, image, **steps)


@pytest.mark.parametrize(
    ("stride", "error"), [(0, ValueError), (1.5, TypeError), (True, TypeError), ((1, 2, 3), ValueError)]
)
def test_a_stride_is_checked(stride, error):
    for call in (window_offsets, view_index):
        with pytest.raises(error, match="stride must be"):
            call((5, 5), (2, 2), stride=stride)


def test_a_window_view_must_fit_too():
    with pytest.raises(ValueError, match="a window must lie inside the input"):
        window_view(np.zeros((3, 4)), (4, 4))
    assert window_view(np.zeros((3, 4)), (3, 4)).shape == (1, 1, 3, 4)
