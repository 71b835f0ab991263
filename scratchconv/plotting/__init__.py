"""Plotly figures, one function each, drawn from the package's own results (chapters 1 to 21).

Every figure is a `Board` with panels, painted once; frames only move outlines over it. Plotly is needed to finish a
figure, not to import this module: ``pip install "scratchconv[book]"``.
"""

from . import palette
from .board import Board, Panel, arc, box, cell_size, grid, half_turn, rects, unread
from .border_modes import border_modes
from .byte_tape import byte_tape
from .catch_matrix import catch_matrix
from .checkerboard import checkerboard
from .colour_cube import colour_cube
from .cost_map import cost_map
from .cost_steps import cost_steps
from .coverage import coverage
from .depthwise_cost import depthwise_cost
from .feature_maps import feature_maps
from .flip import flip
from .four_products import four_products
from .frequency_twin import frequency_twin
from .full_convolution import full_convolution
from .growing_support import growing_support
from .image_grid import image_grid
from .index_explorer import index_explorer
from .learning import learning
from .lettering import factor, show
from .matrix_product import matrix_product
from .memory_bill import memory_bill
from .one_gradient import gather_gradient, one_gradient
from .picture_window import picture_window
from .piece_sizes import piece_sizes
from .pytorch_ratios import pytorch_ratios
from .rank_meter import rank_meter
from .ratio_crowd import ratio_crowd
from .receptive_field import receptive_field
from .seven_faces import seven_faces
from .size_calculator import dilation_calculator, size_calculator
from .slide import slide
from .step_sizes import step_sizes
from .toeplitz import toeplitz
from .wrap_error import wrap_error

__all__ = [
    "Board",
    "Panel",
    "arc",
    "border_modes",
    "box",
    "byte_tape",
    "catch_matrix",
    "cell_size",
    "checkerboard",
    "colour_cube",
    "cost_map",
    "cost_steps",
    "coverage",
    "depthwise_cost",
    "dilation_calculator",
    "factor",
    "feature_maps",
    "flip",
    "four_products",
    "frequency_twin",
    "full_convolution",
    "gather_gradient",
    "grid",
    "growing_support",
    "half_turn",
    "image_grid",
    "index_explorer",
    "learning",
    "matrix_product",
    "memory_bill",
    "one_gradient",
    "palette",
    "picture_window",
    "piece_sizes",
    "pytorch_ratios",
    "rank_meter",
    "ratio_crowd",
    "receptive_field",
    "rects",
    "seven_faces",
    "show",
    "size_calculator",
    "slide",
    "step_sizes",
    "toeplitz",
    "unread",
    "wrap_error",
]
