"""The matrix of a correlation: T @ x is conv2d(x, w), for every shape, stride and padding; its transpose is dx."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cases import CASES, random_layers
from comparing import assert_equal
from scipy import sparse

import scratchconv
from scratchconv import conv2d, conv2d_grad, oracles, toeplitz_matrix

# The cases that a matrix can be asked for: it has stride and padding, and no groups or dilation.
ASKED = {name: case for name, case in CASES.items() if not case.options.keys() & {"groups", "dilation"}}
every_case = pytest.mark.parametrize("case", ASKED.values(), ids=ASKED)


@every_case
@pytest.mark.parametrize("dtype", [np.float64, np.uint8])
def test_the_matrix_times_each_image_is_scipys_correlation(case, dtype):
    x, w, _ = case.arrays(dtype)
    T = toeplitz_matrix(w, x.shape[1:], **case.options)
    assert T.shape == (np.prod(case.y[1:]), np.prod(x.shape[1:]))
    y = oracles.conv2d(x, w, **case.options)
    for image, maps in zip(x, y, strict=True):
        assert_equal(T @ image.ravel(), maps.ravel(), dtype=np.int64 if dtype == np.uint8 else dtype)


@every_case
def test_the_transpose_times_a_gradient_is_dx(case):
    x, w, _ = case.arrays(int)
    dy = case.dy(int)
    T = toeplitz_matrix(w, x.shape[1:], **case.options)
    dx = conv2d_grad(dy, x, w, **case.options).dx
    for gradient, expected in zip(dy, dx, strict=True):
        assert_equal(T.T @ gradient.ravel(), expected.ravel())


def test_random_layers():
    for x_shape, w_shape, options in random_layers(150, seed=11):
        options = {key: options[key] for key in ("stride", "padding")}
        w_shape = (w_shape[0], x_shape[1], *w_shape[2:])
        rng = np.random.default_rng(sum(x_shape))
        x, w = rng.integers(-9, 10, (1, *x_shape[1:])), rng.integers(-9, 10, w_shape)
        assert_equal(toeplitz_matrix(w, x_shape[1:], **options) @ x.ravel(), conv2d(x, w, **options).ravel())


def test_it_is_a_sparse_array_that_stores_each_tap_once():
    T = toeplitz_matrix([[1, 0], [0, 4]], (3, 5))
    assert isinstance(T, sparse.csr_array)
    assert T.nnz == 8 * 4  # zero weights too: they are taps
    assert T.has_canonical_format
    assert np.array_equal(T.toarray() != 0, toeplitz_matrix([[1, 0], [0, 1]], (3, 5)).toarray())


def test_padding_gets_no_columns():
    T = toeplitz_matrix(np.ones((3, 3), int), (2, 2), padding=1)
    assert T.toarray().tolist() == [[1, 1, 1, 1]] * 4
    assert toeplitz_matrix(np.ones((2, 2), int), (2, 3), padding=3)[[0]].nnz == 0  # a window of zeros: an empty row


def test_one_channel_with_and_without_its_axis():
    w = np.arange(6).reshape(2, 3)
    dense = toeplitz_matrix(w, (4, 5)).toarray()
    for kernel, shape in [(w, (1, 4, 5)), (w[None, None], (4, 5)), (w[None, None], [1, 4, 5])]:
        assert_equal(toeplitz_matrix(kernel, shape).toarray(), dense)


def test_it_is_constant_along_the_diagonals_of_its_blocks():
    T = toeplitz_matrix(np.arange(1, 7).reshape(2, 3), (4, 5)).toarray().reshape(3, 3, 4, 5)  # i, j, row, column
    for i, j in np.ndindex(2, 2):
        assert np.array_equal(T[i, j, :, :-1], T[i, j + 1, :, 1:])
        assert np.array_equal(T[i, j, :-1], T[i + 1, j, 1:])


@pytest.mark.parametrize(("given", "kept"), [
    (np.bool_, np.int64), (np.uint8, np.int64), (np.int64, np.int64),
    (np.float16, np.float32), (np.float32, np.float32), (np.float64, np.float64),
])  # fmt: skip
def test_types(given, kept):
    assert toeplitz_matrix(np.ones((2, 2), given), (3, 4)).dtype == kept


def test_a_weight_beyond_int64_is_refused_and_the_largest_kept():
    assert toeplitz_matrix([[2**63 - 1]], (1, 1)).toarray().tolist() == [[2**63 - 1]]
    with pytest.raises(ValueError, match="int64"):
        toeplitz_matrix(np.array([[2**63]], np.uint64), (1, 1))


@pytest.mark.parametrize(("w", "shape", "words"), [
    (np.ones((2, 2)), (1, 1, 4, 4), r"one image, \(C, H, W\) or \(H, W\), got \(1, 1, 4, 4\)"),
    (np.ones((2, 2)), 16, "one image"),
    (np.ones((2, 2)), (2, 4, 4), "x has 2 channels and w expects 1"),
    (np.ones((3, 2, 2)), (3, 4, 4), r"pass w\[None\]"),
    (np.ones((2, 5)), (5, 4), "width measures 4"),
    (np.ones((2, 2)), (4, 0), "at least 1"),
])  # fmt: skip
def test_sizes_that_do_not_fit(w, shape, words):
    with pytest.raises(ValueError, match=words):
        toeplitz_matrix(w, shape)


def test_without_scipy_it_says_how_to_get_it():
    program = "import sys; sys.modules['scipy'] = None; import scratchconv as sc; sc.toeplitz_matrix([[1]], (1, 1))"
    root = str(Path(scratchconv.__file__).parents[1])
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=False)
    assert "ImportError: the Toeplitz matrix is a scipy.sparse array" in run.stderr
    assert 'pip install "scratchconv[book]"' in run.stderr
