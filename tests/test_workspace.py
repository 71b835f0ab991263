"""Memory used again: pieces do not overlap, what does not fit is ordinary memory, few blocks are kept."""

import gc
from threading import Barrier, Thread
from weakref import ref

import numpy as np
import pytest

from scratchconv import workspace
from scratchconv.workspace import Workspace, borrow


def block(size):
    return Workspace(np.zeros(size, np.uint8))


def test_pieces_do_not_overlap_and_begin_on_cache_lines():
    with borrow() as space:
        pieces = [space.array(shape, dtype) for shape, dtype in (((3, 5), "f4"), ((7,), "f8"), ((2, 2, 2), "c16"))]
    for n, piece in enumerate(pieces):
        piece[...] = n
    for n, piece in enumerate(pieces):
        assert (piece == n).all()
        assert (piece.__array_interface__["data"][0] - pieces[0].__array_interface__["data"][0]) % 64 == 0
    assert [p.shape for p in pieces] == [(3, 5), (7,), (2, 2, 2)]
    assert [p.dtype for p in pieces] == ["f4", "f8", "c16"]


def test_what_no_longer_fits_is_ordinary_memory():
    space = block(256)
    inside, outside, small = space.array((20,), "f8"), space.array((20,), "f8"), space.array((4,), "f8")
    assert np.shares_memory(inside, space._block)
    assert not np.shares_memory(outside, space._block)
    assert np.shares_memory(small, space._block)


def test_rewinding_gives_the_same_memory_again():
    space = block(256)
    mark = space.mark()
    first = space.array((20,), "f8")
    space.rewind(mark)
    assert np.shares_memory(first, space.array((20,), "f8"))


def test_a_block_is_used_again_but_never_by_two_at_once():
    with borrow() as one, borrow() as two:
        first, second = one.array((4,), "f8"), two.array((4,), "f8")
        assert not np.shares_memory(first, second)
    with borrow() as again:
        assert any(np.shares_memory(again.array((4,), "f8"), old) for old in (first, second))


def test_few_blocks_are_kept(monkeypatch):
    monkeypatch.setattr(workspace, "_free", [])
    monkeypatch.setattr(workspace, "BYTES", 64)
    opened = [borrow() for _ in range(workspace.KEPT + 3)]
    for one in opened:
        one.__enter__()
    for one in opened:
        one.__exit__(None, None, None)
    assert len(workspace._free) == workspace.KEPT


def test_a_block_comes_back_after_an_error(monkeypatch):
    monkeypatch.setattr(workspace, "_free", [])
    with pytest.raises(KeyError), borrow():
        raise KeyError
    assert len(workspace._free) == 1


def test_what_was_made_for_a_key_is_kept_until_another_is_asked_for():
    space, made = block(1024), []

    def make():
        made.append(space.array((16,), "f8"))
        return made[-1]

    first = space.made("one", make)
    first[...] = 1
    space.rewind(0)
    assert space.made("one", make) is first
    later = space.array((16,), "f8")
    assert not np.shares_memory(first, later)
    assert space.made("one", make) is first
    assert np.shares_memory(space.array((16,), "f8"), later)  # free again
    second = space.made("two", make)
    assert np.shares_memory(second, first)
    assert space.made("one", make) is not first
    assert len(made) == 3


def test_what_was_made_is_forgotten_when_its_memory_is_used_for_something_else():
    space = block(1024)
    first = space.made("one", lambda: space.array((16,), "f8"))
    space.rewind(0)
    other = space.array((4,), "f8")
    assert np.shares_memory(first, other)
    assert space.made("one", lambda: "anew") == "anew"


def test_nothing_is_kept_of_what_could_not_be_made_or_of_what_was_before():
    space = block(1024)
    space.made("one", lambda: "made")
    with pytest.raises(ZeroDivisionError):
        space.made("two", lambda: 1 / 0)
    assert space.made("two", lambda: "made") == "made"
    with pytest.raises(ZeroDivisionError):
        space.made("one", lambda: 1 / 0)
    assert space.made("two", lambda: "anew") == "anew"


def test_what_was_made_goes_when_the_workspace_is_given_back():
    class Made:
        pass

    gc.disable()
    try:
        with borrow() as space:
            made = space.made("one", Made)
            made.space, alive = space, ref(made)
            del made
            assert alive() is not None
        del space
        assert alive() is None
    finally:
        gc.enable()


def test_each_thread_has_a_workspace_until_the_end(monkeypatch):
    monkeypatch.setattr(workspace, "_free", [])
    together, found = Barrier(3), []

    def work(mine):
        found.append((mine(), mine()))
        together.wait()

    with workspace.one_for_each_thread() as mine:
        threads = [Thread(target=work, args=(mine,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert workspace._free == []
        assert all(first is again for first, again in found)
        assert len({id(first._block) for first, _ in found}) == 3
    assert len(workspace._free) == 3


def test_a_leased_block_goes_back_when_nobody_holds_it(monkeypatch):
    monkeypatch.setattr(workspace, "_free", [])
    space = workspace.lease(800)
    first = space.array((100,), "f8")
    assert np.shares_memory(first, space._block)
    with borrow() as other:
        assert not np.shares_memory(other.array((100,), "f8"), first)
    assert len(workspace._free) == 1
    del space
    assert len(workspace._free) == 2
    assert any(np.shares_memory(first, block) for block in workspace._free)


def test_no_block_is_leased_for_what_does_not_fit(monkeypatch):
    monkeypatch.setattr(workspace, "_free", [])
    space = workspace.lease(workspace.BYTES + 1)
    assert space._block.size == 0
    assert space.array((workspace.BYTES + 1,), "u1").size == workspace.BYTES + 1
    del space
    assert workspace._free == []
