"""Work shared among threads: every job once, errors reach the caller, BLAS gets back the threads it had."""

import os
import threading
import time

import numpy as np
import pytest

from scratchconv import conv2d, conv2d_grad, engine, threads, weight_gradient
from scratchconv.threads import one_blas_thread, share


class Count:
    """Stands for a BLAS library with so many threads."""

    def __init__(self, value):
        self.value, self.history = value, []

    def set(self, value):
        self.value = value
        self.history.append(value)


@pytest.fixture
def blas(monkeypatch):
    count = Count(3)
    monkeypatch.setattr(threads, "_blas", threads._Blas(lambda: count.value, count.set))
    return count


def test_blas_has_one_thread_inside_and_its_own_afterwards(blas):
    with one_blas_thread() as workers:
        assert (workers, blas.value) == (3, 1)
    assert blas.value == 3


def test_blas_gets_its_threads_back_after_an_error(blas):
    with pytest.raises(KeyError), one_blas_thread():
        raise KeyError
    assert blas.value == 3


def test_of_callers_that_overlap_the_last_one_restores(blas):
    inside, leave = threading.Barrier(2), threading.Event()

    def other():
        with one_blas_thread():
            inside.wait()
            leave.wait()

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait()
    with one_blas_thread() as workers:
        assert workers == 3
    assert blas.value == 1, "the other one is still at work"
    leave.set()
    thread.join()
    assert blas.history == [1, 3]


def test_a_job_does_not_share_its_work_again(blas):
    def job(_):
        with one_blas_thread() as workers:
            seen.append(workers)

    seen = []
    share(job, range(4), 2)
    assert seen == [1] * 4


def test_there_are_never_more_workers_than_workspaces_may_be(blas):
    blas.value = 64
    with one_blas_thread() as workers:
        assert workers == threads.MOST


def test_without_control_of_blas_the_caller_works_alone(monkeypatch):
    monkeypatch.setattr(threads, "_blas", threads._Blas(None, None))
    with one_blas_thread() as workers:
        assert workers == 1


@pytest.mark.skipif(threads._controls()[0] is None, reason="NumPy without OpenBLAS inside")
@pytest.mark.parametrize("call", [lambda x, w: conv2d(x, w), lambda x, w: conv2d_grad(conv2d(x, w), x, w)])
@pytest.mark.parametrize("fails", [False, True])
def test_the_real_blas_has_its_threads_back_after_a_layer(call, fails, monkeypatch):
    get, set_ = threads._controls()
    before, seen = get(), []

    def sharing(work, jobs, workers):
        seen.append(get())
        if fails:
            raise KeyError
        return share(work, jobs, workers)

    monkeypatch.setattr("scratchconv.engine.share", sharing)
    x, w = np.ones((2, 3, 9, 9)), np.ones((4, 3, 3, 3))
    set_(2)
    try:
        if fails:
            with pytest.raises(KeyError):
                call(x, w)
        else:
            call(x, w)
        assert get() == 2
    finally:
        set_(before)
    assert set(seen) == {1}


@pytest.mark.skipif(threads._controls()[0] is None, reason="NumPy without OpenBLAS inside")
@pytest.mark.parametrize("Weights", [weight_gradient.WeightGradient, weight_gradient.WinogradWeightGradient])
def test_blas_keeps_to_one_thread_until_the_gradient_is_stored(Weights, monkeypatch):
    """Its other threads would keep a core busy for 0.1 s after a product, and the next layer would want it."""
    get, set_ = threads._controls()
    before, seen, store = get(), [], Weights.store
    monkeypatch.setattr(Weights, "store", lambda self: (seen.append(get()), store(self)))
    monkeypatch.setattr(weight_gradient, "quickest", lambda layer, itemsize: Weights)
    x, w = np.ones((2, 3, 9, 9)), np.ones((4, 3, 3, 3))
    set_(2)
    try:
        conv2d_grad(conv2d(x, w), x, w)
        assert get() == 2
    finally:
        set_(before)
    assert seen == [1]


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("jobs", [0, 1, 3, 50])
def test_every_job_is_done_once(workers, jobs):
    done = []
    share(done.append, range(jobs), workers)
    assert sorted(done) == list(range(jobs))


def test_several_threads_take_part():
    at_work = threading.Barrier(2, timeout=20)  # breaks if one thread does both jobs
    share(lambda _: at_work.wait(), range(2), 2)


@pytest.mark.parametrize(("workers", "fails_in_caller"), [(1, True), (2, True), (2, False)])
def test_an_error_in_any_thread_reaches_the_caller_and_nothing_new_is_begun(workers, fails_in_caller):
    caller, raised, done = threading.current_thread(), threading.Event(), []

    def job(n):
        if (threading.current_thread() is caller) == fails_in_caller and not raised.is_set():
            raised.set()
            raise ZeroDivisionError(f"job {n}")
        raised.wait(20)
        time.sleep(0.001)
        done.append(n)

    with pytest.raises(ZeroDivisionError, match="job"):
        share(job, range(1000), workers)
    assert len(done) < 500


def test_the_helpers_are_as_quiet_about_nan_as_the_caller(recwarn):
    share(lambda _: np.array([np.inf]) - np.inf, range(8), 2)
    assert not recwarn.list


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_process_has_threads_of_its_own():
    share(lambda _: None, range(8), 2)  # the pool of the parent exists
    child = os.fork()
    if child == 0:
        try:
            both = threading.Barrier(2, timeout=10)
            share(lambda _: both.wait(), range(2), 2)
        except BaseException:
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize(("size", "takes"), [(114, 1), (124, 2)])  # an effort of 33 and of 39 million
def test_a_second_thread_is_woken_only_for_layers_that_are_worth_it(size, takes, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(threads, "_blas", threads._Blas(lambda: 2, lambda count: None))
    seen = []
    monkeypatch.setattr(engine, "share", lambda work, jobs, workers: (seen.append(workers), share(work, jobs, workers)))
    conv2d(np.ones((4, 8, size, size)), np.ones((8, 8, 3, 3)), stride=2)
    assert seen == [takes]
