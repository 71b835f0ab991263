"""Channels in line: turned arrays hold the same numbers, whatever the strides of the array that is turned."""

import numpy as np
import pytest

from scratchconv import layout
from scratchconv.workspace import Workspace


def space():
    return Workspace(np.zeros(0, np.uint8))


def numbers(shape, dtype="f4"):
    return np.arange(np.prod(shape), dtype=dtype).reshape(shape)


SHAPES = {
    "few channels": (2, 3, 5, 4),
    "channels a power of two apart": (2, 37, 32, 32),
    "half of that": (1, 50, 16, 32),
    "more than that, in float64": (2, 17, 64, 64),
    "many channels": (1, 256, 4, 4),
    "one pixel": (3, 300, 1, 1),
}


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_turned_holds_the_same_numbers(shape, dtype):
    a = numbers(shape, dtype)
    found = layout.turned(a, space())
    np.testing.assert_array_equal(found, a)
    assert found.strides[1] == found.itemsize
    assert layout.turned(found, space()) is found


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_pixels_of_channels_in_line_are_not_a_large_power_of_two_apart(shape):
    place = layout.channels_innermost(space(), shape, np.dtype("f4"))
    assert place.shape == shape
    assert place.strides[3] % 512 != 0


@pytest.mark.parametrize(
    ("view", "runs"),
    [
        (lambda a: a[:, :, 1:, :-2], 5),  # 4096 bytes from channel to channel: eight at a time
        (lambda a: a[:, ::-1], 5),
        (lambda a: a[:, ::2], 3),
        (lambda a: np.broadcast_to(a[:, :1], a.shape), 5),
        (lambda a: numbers((2, 37, 16, 32)), 3),  # 2048 bytes: sixteen
        (lambda a: numbers((2, 37, 31, 33)), 1),
    ],
)
def test_no_more_channels_are_copied_at_a_time_than_the_cache_can_hold(view, runs):
    a = view(numbers((2, 37, 32, 32)))
    copied = []

    class Place(np.ndarray):
        def __setitem__(self, key, value):
            copied.append(value.shape[1])
            super().__setitem__(key, value)

    place = layout.channels_innermost(space(), a.shape, a.dtype).view(Place)
    layout.copy(place, a)
    np.testing.assert_array_equal(place, a)
    assert len(copied) == runs
    assert sum(copied) == a.shape[1]


def test_other_places_are_filled_at_once():
    a = numbers((2, 37, 32, 32))
    place = np.empty_like(a)
    layout.copy(place, a)
    np.testing.assert_array_equal(place, a)


RUNS = {
    "rows of a map in a frame": lambda n: np.zeros((2, 3, n + 2, n + 3), "f4")[:, :, 1:-1, 2:-1],
    "rows in another order": lambda n: np.zeros((3, n, 2, n + 1), "f4")[..., :n].transpose(2, 0, 1, 3),
    "columns": lambda n: np.zeros((n, 2, 3, n), "f4").transpose(1, 2, 3, 0),
    "every other": lambda n: np.zeros((2, 3, n, 2 * n), "f4")[..., ::2],
}


@pytest.mark.parametrize("n", [0, 1, 2, 7, 128, 129])
@pytest.mark.parametrize("dtype", ["f4", "f8", ">f4", "i8", "O"])
@pytest.mark.parametrize("place", RUNS)
def test_rows_are_copied_as_they_are_assigned(place, dtype, n):
    make = RUNS[place]
    for turn in (lambda a: a, lambda a: a[::-1], lambda a: a[..., ::-1], lambda a: np.broadcast_to(a[:1], a.shape)):
        a, copied, assigned = turn(numbers((2, 3, n, n), dtype)), make(n), make(n)
        layout.copy_rows(copied, a)
        assigned[...] = a
        np.testing.assert_array_equal(copied, assigned)
        assert (copied == a).all()
    layout.copy_rows(make(n)[:0], a[:0])


def test_rows_of_python_numbers_are_copied_too():
    a, place = numbers((2, 3, 4, 5), "O"), np.zeros((2, 3, 4, 6), "O")
    layout.copy_rows(place[..., 1:], a)
    assert (place[..., 1:] == a).all()


def test_a_row_of_a_narrow_map_is_one_item():
    class Place(np.ndarray):
        def __setitem__(self, index, value):
            sizes.append(value.itemsize)
            super().__setitem__(index, value)

    sizes = []
    for columns in (14, 128, 129):
        place, a = (np.zeros((2, 3, 5, columns + 1), "f4")[..., 1:] for _ in range(2))
        layout.copy_rows(place.view(Place), a)
    assert sizes == [56, 512, 4]  # longer rows gain nothing
