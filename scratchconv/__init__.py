"""scratchconv: convolution as neural networks use it, built from scratch, one chapter at a time.

Arrays are channels first: x (N, C, H, W), w (F, C, KH, KW), y (N, F, OH, OW). The package needs NumPy only;
`toeplitz_matrix` and `oracles` need SciPy, `plotting` Plotly and `data` what it loads, all in the extra
``scratchconv[book]``.
"""

from .conv import conv2d, flip_kernels, full_conv2d
from .correlate import convolve2d, correlate2d
from .grad import conv2d_grad
from .gradcheck import adjoint_gap, check_gradients
from .methods.toeplitz import toeplitz_matrix
from .shapes import output_size
from .windows import view_index, window_index, window_offsets

__version__ = "0.1.0"

__all__ = [
    "adjoint_gap",
    "check_gradients",
    "conv2d",
    "conv2d_grad",
    "convolve2d",
    "correlate2d",
    "flip_kernels",
    "full_conv2d",
    "output_size",
    "toeplitz_matrix",
    "view_index",
    "window_index",
    "window_offsets",
]
