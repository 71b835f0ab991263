"""The figures that every test of `test_plotting.py` looks at: one line each, with a chapter's sizes or worse.

A name without a comma is the figure of a chapter, which must be light; the others are a reader's own sizes. Non-square
images, asymmetric non-square kernels, negative numbers, a stride, the smallest sizes.
"""

import numpy as np

from scratchconv import data, plotting

X = np.random.default_rng(4).integers(0, 10, (4, 6))
W = np.array([[1, 0], [2, -1], [0, 3]])
KERNELS = np.array([[[1, 0], [2, -1], [0, 3]], [[0, 1], [-1, 1], [1, 0]]])
SQUARE = np.array([[[1, 0, -1]] * 3, [[1, 0, 1], [0, 0, 0], [-1, 0, -1]]])
EDGE = np.outer([1, 2, 3, 2, 1], [1, 2, 0, -2, -1])
WIDE = np.array([[1, 0, -1, 0, 2], [0, 1, 0, 0, 0], [0, 0, 2, 0, -1]])
ROUND = np.array([[0, 0, 1, 1, 1, 0, 0], [0, 1, 1, 1, 1, 1, 0], [1] * 7, [0, 1, 1, 1, 1, 1, 0], [0, 0, 1, 1, 1, 0, 0]])
TESTS = ["5×5, 3×3, ones", "4×4, 2×2, ones", "random gradient", "wide, 4×7", "kernel 2×3", "stride 2",
         "bias, batch of 2", "gradient in halves"]
BUGS = ["rows for columns", "padding fixed at 1", "gradient cut to integers", "outputs skipped",
        "windows put back wrong", "mean over the batch", "bias along the rows"]
CAUGHT = [[{"C": True, "m": False, "-": None}[mark] for mark in row] for row in (
    "mCmmmmm", "mmmmCCC", "mCmmmCC", "CCmmCmm", "CCm-CmC", "--mCCmm", "mCmmmCC", "mmCmCCC")]
PIECES = {
    "machine": {"caches": {"L1": 49152, "L2": 2 * 2**20, "L3": 260 * 2**20}},
    "sizes": [{"bytes": 2**k, "pieces": 5000 >> n, "seconds": [t / 1e4, t / 1.1e4, t / 7e3]}
              for n, (k, t) in enumerate([(14, 47), (17, 20), (18, 12), (19, 11), (21, 10.5), (22, 11), (25, 13)])],
}


def training(epochs, F=8, KH=5, KW=4, classes=10, seed=0):
    """Records such as a training makes: a loss that falls, weights that drift, counts that gather on the diagonal."""
    rng = np.random.default_rng(seed)
    start, drift = rng.normal(0, 0.1, (2, F, 1, KH, KW))
    part = [epoch / max(epochs, 1) for epoch in range(epochs + 1)]
    return [{
        "loss": 2.3 * np.exp(-5 * t), "held_out": 2.3 * np.exp(-4 * t) + 0.2 * t, "w": start + 9 * t * drift,
        "confusion": rng.integers(0, 4, (classes, classes)) * (rng.random((classes, classes)) < 0.4)
        + np.eye(classes, dtype=int) * int(80 * t),
    } for t in part]


DIGIT = np.zeros((14, 11))
DIGIT[2:12, 3:9] = np.random.default_rng(5).random((10, 6))
DIGIT -= 0.25
FILTERS = training(1)[1]["w"]
EIGHTHS = np.random.default_rng(0).integers(0, 9, (4, 6)) / 8
HALVES = np.array([[1, -2, 1], [3, 0, -1]]) / 2

FIGURES = {
    "slide": lambda: plotting.slide(X, W),
    "slide, square golden": lambda: plotting.slide(np.arange(1, 17).reshape(4, 4), [[1, 2], [3, 4]]),
    "slide, stride": lambda: plotting.slide(-3 * X, W.T, stride=(1, 2)),
    "slide, 1×1": lambda: plotting.slide([[1, 2], [3, 4]], [[-2]]),
    "index_explorer": lambda: plotting.index_explorer(X, W),
    "index_explorer, 3×3": lambda: plotting.index_explorer(np.arange(30).reshape(5, 6) % 10, np.eye(3, dtype=int)),
    "index_explorer, one row": lambda: plotting.index_explorer([[5, 3, 0, 2, 7]], [[1, -1]]),
    "matrix_product": lambda: plotting.matrix_product(X, KERNELS),
    "matrix_product, 3×3": lambda: plotting.matrix_product(X, SQUARE),
    "matrix_product, one kernel": lambda: plotting.matrix_product(X[:3], KERNELS[:1]),
    "picture_window": lambda: plotting.picture_window(data.frog(), EDGE),
    "picture_window, filter": lambda: plotting.picture_window(data.frog(), np.stack([EDGE, -EDGE, 0 * EDGE])),
    "picture_window, small": lambda: plotting.picture_window(data.frog()[4:12, 3:20], EDGE[:2, :3], start=(9, 2)),
    "colour_cube": lambda: plotting.colour_cube((3, 3, 4), (2, 2)),
    "colour_cube, tall kernel": lambda: plotting.colour_cube((2, 4, 5), (3, 1)),
    "coverage": lambda: plotting.coverage((5, 6), (3, 3)),
    "coverage, checkerboard": lambda: plotting.coverage((7, 9), (3, 3), 2),
    "coverage, times x": lambda: plotting.coverage((4, 5), (2, 3), x=X[:, :5]),
    "size_calculator": lambda: plotting.size_calculator(10, 3),
    "size_calculator, padding": lambda: plotting.size_calculator(7, 4, padding=2, strides=(1, 2, 3)),
    "size_calculator, gaps": lambda: plotting.size_calculator(12, 2, strides=(3, 4, 5)),
    "dilation_calculator": lambda: plotting.dilation_calculator(10, 3),
    "dilation_calculator, padding": lambda: plotting.dilation_calculator(9, 3, padding=1, stride=2),
    "image_grid": lambda: plotting.image_grid([data.frog(), data.frog()[..., 0]], ["frog", "red"]),
    "image_grid, signed": lambda: plotting.image_grid([EDGE, -2 * EDGE, WIDE], ["edge", "twice", "wide"], signed=True),
    "border_modes": lambda: plotting.border_modes(np.arange(24).reshape(4, 6) % 10, WIDE),
    "flip": lambda: plotting.flip(X[:, :5], np.array([[1, 2, 3], [4, 5, 6]])),
    "flip, tall, negative": lambda: plotting.flip(-X.T, 3 * W),
    "flip, 3×3": lambda: plotting.flip(X, np.arange(-4, 5).reshape(3, 3)),
    "flip, one row": lambda: plotting.flip(X[:1], [[1, -1]]),
    "full_convolution": lambda: plotting.full_convolution(X[:3, :4], np.array([[1, 2, 3], [4, 5, 6]])),
    "full_convolution, tall, negative": lambda: plotting.full_convolution(X[:2, :4], -W),
    "growing_support": lambda: plotting.growing_support([[1, 2, 3], [4, 5, 6]]),
    "memory_bill": lambda: plotting.memory_bill(np.zeros((1, 3, 32, 32)), np.zeros((2, 3, 5, 5))),
    "one_gradient": lambda: plotting.one_gradient(np.ones((3, 3), int), (4, 4), [[1, 2], [3, 4]]),
    "one_gradient, stride": lambda: plotting.one_gradient(EDGE[:3, 1:] - 2, (7, 9), SQUARE[0], stride=2),
    "one_gradient, gaps": lambda: plotting.one_gradient([[2, -1, 4]], (3, 9), [[3, -2]], stride=3),
    "seven_faces": lambda: plotting.seven_faces(np.arange(1, 17).reshape(4, 4), [[1, 2], [3, 4]]),
    "seven_faces, wide, signed": lambda: plotting.seven_faces(np.arange(15).reshape(3, 5) % 7 - 3, EDGE[:2, 1:4] - 1),
    "seven_faces, tall": lambda: plotting.seven_faces(3 * X[:, :3].T[:, :4].T, [[1], [-2]]),
    "seven_faces, 1×1": lambda: plotting.seven_faces([[1, 2], [3, 4]], [[-2]]),
    "gather_gradient": lambda: plotting.gather_gradient(np.ones((3, 3), int), (4, 4), [[1, 2], [3, 4]]),
    "gather_gradient, signed": lambda: plotting.gather_gradient(EDGE[:3, :4], (4, 6), [[1, -2, 3], [0, 4, -1]]),
    "gather_gradient, 1×1": lambda: plotting.gather_gradient([[2, -1, 4]], (1, 3), [[3]]),
    "checkerboard": lambda: plotting.checkerboard((3, 4)),
    "checkerboard, other strides": lambda: plotting.checkerboard((4, 2), ((1, 2), (3, 2), (2, 5)), stride=(1, 3)),
    "toeplitz": lambda: plotting.toeplitz(np.arange(1, 17).reshape(4, 4), [[1, 2], [3, 4]]),
    "toeplitz, signed, wide": lambda: plotting.toeplitz(X[:3, :5] - 4, [[1, -2, 3], [0, 4, -1]]),
    "toeplitz, one row": lambda: plotting.toeplitz([[5, 3, 0, 2, 7]], [[1, -1]]),
    "byte_tape": lambda: plotting.byte_tape(np.zeros((4, 5), np.int32), (2, 3)),
    "byte_tape, square golden": lambda: plotting.byte_tape(np.zeros((5, 5), np.int32), (2, 2), cell=24),
    "byte_tape, one column": lambda: plotting.byte_tape(np.zeros((3, 6)), (2, 1)),
    "depthwise_cost": lambda: plotting.depthwise_cost((6, 10, 14), (12, 6, 3, 3)),
    "depthwise_cost, known parameters": lambda: plotting.depthwise_cost((3, 50, 50), (15, 3, 4, 4)),
    "depthwise_cost, 1×1": lambda: plotting.depthwise_cost((8, 5, 7), (4, 8, 1, 1)),
    "four_products": lambda: plotting.four_products([1, 2, 3, 4], [1, 2, 3]),
    "four_products, signed": lambda: plotting.four_products([-7, 12, 0, -9], [3, -4, 0.5]),
    "receptive_field": lambda: plotting.receptive_field((10, 13)),
    "receptive_field, two strides": lambda: plotting.receptive_field((9, 14), (((2, 4), 2), ((3, 2), 1), ((1, 2), 2))),
    "receptive_field, one layer": lambda: plotting.receptive_field((3, 5), (((2, 3), 1),)),
    "frequency_twin": lambda: plotting.frequency_twin(data.frog()[2:16, 14:32, 2]),
    "frequency_twin, odd": lambda: plotting.frequency_twin(EDGE[:3] * 20 + 128, radii=(0, 0.5, 2)),
    "step_sizes": lambda: plotting.step_sizes(EIGHTHS, HALVES),
    "step_sizes, few, tall": lambda: plotting.step_sizes(EIGHTHS.T, HALVES.T, (0.5, 3e-3, 1e-12)),
    "step_sizes, no bend": lambda: plotting.step_sizes(EIGHTHS[:1], [[1, -1]], (0.1, 1e-8)),
    "learning": lambda: plotting.learning(training(12)),
    "learning, six filters, few classes": lambda: plotting.learning(training(4, 6, 3, 5, 3)),
    "learning, before it begins": lambda: plotting.learning(training(0, 3, 4, 4, 2)),
    "feature_maps": lambda: plotting.feature_maps(DIGIT, FILTERS),
    "feature_maps, biases, odd": lambda: plotting.feature_maps(EDGE[:, :4], KERNELS[:, None] / 2, [0.5, -3]),
    "feature_maps, wide": lambda: plotting.feature_maps(X, W.T[None, None], [0]),
    "wrap_error": lambda: plotting.wrap_error([[1, 2, 3], [4, 5, 6]], [[10, 20], [30, 40]]),
    "wrap_error, signed": lambda: plotting.wrap_error(X[:3, :4], [[1, -2, 3], [0, 4, -1]]),
    "wrap_error, 1×1": lambda: plotting.wrap_error(X[:2, :3] / 2, [[-1.5]]),
    "rank_meter": lambda: plotting.rank_meter(ROUND),
    "rank_meter, signed": lambda: plotting.rank_meter(W * 1.7 - 1),
    "rank_meter, a row": lambda: plotting.rank_meter([[1, -2, 4]]),
    "catch_matrix": lambda: plotting.catch_matrix(TESTS, BUGS, CAUGHT),
    "catch_matrix, small": lambda: plotting.catch_matrix(["square", "wide"], ["height for width"], [[False], [True]]),
    "cost_steps": lambda: plotting.cost_steps(data.measured("steps")["layers"][1]),
    "cost_steps, few channels": lambda: plotting.cost_steps(data.measured("steps")["layers"][0]),
    "pytorch_ratios": lambda: plotting.pytorch_ratios(
        [row for row in data.measured("layers")["rows"] if row["dtype"] == "float32"]),
    "ratio_crowd": lambda: plotting.ratio_crowd(data.measured("unseen")["rows"], 2.2),
    "ratio_crowd, few": lambda: plotting.ratio_crowd(data.measured("unseen")["rows"][:3], 1.5),
    "piece_sizes": lambda: plotting.piece_sizes(data.measured("piecesize")),
    "piece_sizes, made up": lambda: plotting.piece_sizes(PIECES),
    "piece_sizes, one, no caches": lambda: plotting.piece_sizes({"machine": {}, "sizes": PIECES["sizes"][2:3]}),
    "cost_map": lambda: plotting.cost_map(data.measured("costmap")),
}
