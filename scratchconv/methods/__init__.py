"""Ways to compute a valid correlation, one file each, all with one signature.

``method(x, w, stride, dilation) -> y`` with x (N, C, H, W) padded already, w (F, C, KH, KW),
stride and dilation as (vertical, horizontal) and y (N, F, OH, OW). Arguments are checked by the caller.
"""

from .fourier import correlate as fourier
from .index import correlate as index
from .loops import correlate as loops
from .strided import correlate as strided
from .strided import einsum as einsum
from .toeplitz import correlate as toeplitz

METHODS = {
    "loops": loops,
    "index": index,
    "strided": strided,
    "toeplitz": toeplitz,
    "fourier": fourier,
}


def find(name):
    """The method called `name`; "auto" is the quickest one for the general case."""
    if name == "auto":
        return strided
    if not isinstance(name, str) or name not in METHODS:
        known = ", ".join(f'"{m}"' for m in ("auto", *METHODS))
        raise ValueError(f"method must be one of {known}; got {name!r}")
    return METHODS[name]
