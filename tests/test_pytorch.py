"""A second opinion: PyTorch, where it is installed."""

import numpy as np
import pytest
from cases import CASES, random_layers
from comparing import assert_equal

from scratchconv import conv2d, conv2d_grad, full_conv2d, methods, shapes, slabs

torch = pytest.importorskip("torch")
functional = torch.nn.functional

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def their_conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    """`torch.nn.functional.conv2d`, which has no "full", no four amounts, and "same" with a stride of 1 only."""
    native = padding == "valid" or (padding == "same" and stride == 1)
    if not native:
        size, kernel = x.shape[2:], w.shape[2:]
        pairs = shapes.pair(stride, "stride"), shapes.pair(dilation, "dilation")
        (top, bottom), (left, right) = shapes.image_padding(padding, size, kernel, *pairs)
        x, padding = functional.pad(x, (left, right, top, bottom)), 0
    return functional.conv2d(x, w, b, stride, padding, dilation, groups)


def their_grads(dy, x, w, **options):
    x, w = (torch.tensor(np.asarray(a), requires_grad=True) for a in (x, w))
    b = torch.zeros(len(w), dtype=w.dtype, requires_grad=True)
    their_conv2d(x, w, b, **options).backward(torch.tensor(np.asarray(dy)))
    return [t.grad.numpy() for t in (x, w, b)]


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@every_case
def test_conv2d_equals_pytorch(case, dtype):
    arrays = case.arrays(dtype)
    theirs = their_conv2d(*(torch.tensor(np.ascontiguousarray(a)) for a in arrays), **case.options)
    assert_equal(conv2d(*arrays, **case.options), theirs.numpy())


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@every_case
def test_gradients_equal_pytorch(case, dtype):
    x, w, _ = (np.ascontiguousarray(a) for a in case.arrays(dtype))
    dy = case.dy(dtype)
    for ours, theirs in zip(conv2d_grad(dy, x, w, **case.options), their_grads(dy, x, w, **case.options), strict=True):
        assert_equal(ours, theirs)


@pytest.mark.parametrize("numbers", [60, slabs.SLAB_NUMBERS])
def test_random_layers_equal_pytorch(numbers, monkeypatch):
    monkeypatch.setattr(slabs, "SLAB_NUMBERS", numbers)
    rng = np.random.default_rng(numbers)
    for x_shape, w_shape, options in random_layers(100, seed=1000 + numbers):
        x, w = rng.standard_normal(x_shape), rng.standard_normal(w_shape)
        y = conv2d(x, w, **options)
        assert_equal(y, their_conv2d(torch.tensor(x), torch.tensor(w), **options).numpy())
        dy = rng.standard_normal(y.shape)
        for ours, theirs in zip(conv2d_grad(dy, x, w, **options), their_grads(dy, x, w, **options), strict=True):
            assert_equal(ours, theirs)


@pytest.mark.parametrize("kernel", [(3, 3), (2, 4), (5, 2), (1, 6)])
@pytest.mark.parametrize("dilation", [1, 2, (2, 1)])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
def test_same_is_the_same_same(kernel, dilation):
    rng = np.random.default_rng(4)
    x, w = rng.standard_normal((2, 2, 6, 9)), rng.standard_normal((3, 2, *kernel))
    theirs = functional.conv2d(torch.tensor(x), torch.tensor(w), padding="same", dilation=dilation)
    assert_equal(conv2d(x, w, padding="same", dilation=dilation), theirs.numpy())


def test_full_conv2d_is_a_transposed_convolution_with_the_axes_of_w_exchanged():
    x, w, _ = CASES["default: rectangles, batch 2"].arrays()
    theirs = functional.conv_transpose2d(torch.tensor(x), torch.tensor(w.transpose(1, 0, 2, 3).copy()))
    assert_equal(full_conv2d(x, w), theirs.numpy())


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("place", ["x", "w", "b", "dy"])
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("padding", [0, 1])
def test_nan_and_infinity_go_through_as_in_pytorch(odd, padding, place):
    rng = np.random.default_rng(2)
    arrays = {"x": (2, 2, 5, 6), "w": (3, 2, 3, 2), "b": 3, "dy": (2, 3, 3 + 2 * padding, 5 + 2 * padding)}
    arrays = {name: rng.standard_normal(shape) for name, shape in arrays.items()}
    arrays[place].flat[7 % arrays[place].size] = odd
    x, w, b, dy = (arrays[name] for name in ("x", "w", "b", "dy"))
    theirs = their_conv2d(*(torch.tensor(a) for a in (x, w, b)), padding=padding)
    for method in methods.METHODS:
        assert_equal(conv2d(x, w, b, padding=padding, method=method), theirs.numpy())
    for ours, grad in zip(conv2d_grad(dy, x, w, padding=padding), their_grads(dy, x, w, padding=padding), strict=True):
        assert_equal(ours, grad)
