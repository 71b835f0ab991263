"""Ways to compute a valid correlation, one file each.

All have one signature: ``method(x, w, stride, dilation) -> y`` with x (N, C, H, W) padded already, w (F, C, KH, KW),
stride and dilation as (vertical, horizontal) and y (N, F, OH, OW). Arguments are checked by the caller.
The fast ones, for the numbers that BLAS multiplies, are classes as well (see `piecewise`): `choose` picks among them.
"""

from functools import lru_cache

from ..shapes import Layer
from .abreast import Abreast
from .banded import Banded
from .blocked import Blocked
from .channels_last import ChannelsLast
from .columns import Columns
from .depthwise import Depthwise
from .fourier import correlate as fourier
from .index import correlate as index
from .loops import correlate as loops
from .overlap_save import OverlapSave
from .piecewise import whole
from .pixels import Pixels
from .pointwise import Pointwise
from .shift_add import ShiftAdd
from .strided import correlate as strided
from .strided import einsum as einsum
from .toeplitz import correlate as toeplitz
from .winograd import Winograd


def blocked(x, w, stride, dilation):
    return whole(Blocked, x, w, stride, dilation)


def winograd(x, w, stride, dilation):
    return whole(Winograd, x, w, stride, dilation)


METHODS = {
    "loops": loops,
    "index": index,
    "strided": strided,
    "toeplitz": toeplitz,
    "fourier": fourier,
    "blocked": blocked,
    "winograd": winograd,
}
DIRECT = (Blocked, Abreast, Banded, ChannelsLast, Depthwise, Pixels, ShiftAdd)  # each says what it takes
FAST = ("auto", "blocked", "winograd")
FAST_TYPES = ("float32", "float64")
SMALL_WINDOWS = 40_000  # numbers in all windows of a layer that the plain form does at least as fast
SMALL_PRODUCT = 250_000  # multiplications of one product, up to which OpenBLAS does not wake its other threads


def find(name):
    """The method called `name` in its plain form, for numbers of any type; the fast ones need BLAS and give way."""
    if not isinstance(name, str) or name not in ("auto", *METHODS):
        known = ", ".join(f'"{m}"' for m in ("auto", *METHODS))
        raise ValueError(f"method must be one of {known}; got {name!r}")
    return strided if name in FAST else METHODS[name]


def choose(name, layer: Layer, dtype):
    """The class that does the work of "auto", "blocked" or "winograd" for this layer, or None: use the plain form."""
    if name not in FAST or dtype.name not in FAST_TYPES or layer.N == 0:
        return None
    if name == "auto" and _small(layer):
        return None
    if name == "blocked" or (name == "winograd" and not Winograd.suits(layer)):
        return Blocked
    return Winograd if name == "winograd" else quickest(layer, dtype.itemsize)


def _small(layer):
    """Whether a layer is done before the fast methods have cut it into pieces."""
    outputs, window = layer.N * layer.OH * layer.OW, layer.C * layer.KH * layer.KW
    return layer.groups == 1 and outputs * window <= SMALL_WINDOWS and outputs * window * layer.F <= SMALL_PRODUCT


@lru_cache(maxsize=256)
def quickest(layer, itemsize):
    """The rule of "auto" for layers that are not small."""
    if layer.KH == layer.KW == 1:
        return Pointwise
    if OverlapSave.suits(layer, itemsize):
        return OverlapSave
    if Winograd.suits(layer) and Winograd.pays(layer, itemsize):
        return Winograd
    if Columns.suits(layer):
        return Columns
    return direct(layer, itemsize)[0]


def direct(layer, itemsize):
    """The ways without a transform or whole windows, the one first that should take the least time."""
    ways = [way for way in DIRECT if way is Blocked or way.suits(layer, itemsize)]
    return sorted(ways, key=lambda way: way.nanoseconds(layer))
