"""The package as a whole: its public names, what it needs, the direction of its imports, its docstrings."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import scratchconv

SOURCE = Path(scratchconv.__file__).parent
PUBLIC = {
    "output_size", "window_index", "window_offsets", "view_index", "correlate2d", "convolve2d", "conv2d",
    "full_conv2d", "flip_kernels", "conv2d_grad", "check_gradients", "adjoint_gap",
    "toeplitz_matrix",
}  # fmt: skip

# What each module may import from the package: only what stands before it.
ORDER = [
    "shapes", "windows", "workspace", "threads", "layout", "slabs", "methods", "engine", "conv", "correlate",
    "input_gradient", "channels_last_weight_gradient", "transformed_weight_gradient", "weight_gradient", "grad",
]  # fmt: skip
BESIDE = {"oracles": set(), "check": set(), "gradcheck": {"shapes"}}


def imported_from_the_package(path):
    """The top module of every relative import in a file."""
    depth = len(path.relative_to(SOURCE).parts) - 1
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == depth + 1:
            found |= {node.module.split(".")[0]} if node.module else {alias.name for alias in node.names}
    return found


def test_the_public_names_are_there():
    assert set(scratchconv.__all__) >= PUBLIC
    assert all(callable(getattr(scratchconv, name)) for name in scratchconv.__all__)


def test_importing_the_package_needs_numpy_only():
    blocked = "scipy", "plotly", "sklearn", "kagglehub", "tqdm", "PIL", "torch", "matplotlib"
    program = f"import sys; sys.modules.update(dict.fromkeys({blocked!r})); import scratchconv as sc; " + (
        "print(sc.conv2d([[[[1, 2]]]], [[[[3]]]]).tolist())"
    )
    root = str(SOURCE.parent)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=False)
    assert run.stdout == "[[[[3, 6]]]]\n", run.stderr


@pytest.mark.parametrize("module", ORDER + list(BESIDE))
def test_imports_run_in_one_direction(module):
    files = SOURCE.glob(f"{module}/*.py") if (SOURCE / module).is_dir() else [SOURCE / f"{module}.py"]
    allowed = BESIDE[module] if module in BESIDE else set(ORDER[: ORDER.index(module)])
    for path in files:
        assert imported_from_the_package(path) <= allowed, path.name


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_docstring_is_complete(name):
    function = getattr(scratchconv, name)
    text = inspect.getdoc(function)
    for section in ("Parameters", "Returns", "Raises", "See Also", "Notes", "Examples"):
        assert f"\n{section}\n{'-' * len(section)}\n" in text, section
    for parameter in inspect.signature(function).parameters:
        assert parameter in text.split("Returns\n")[0].split("Parameters\n")[1], parameter
    assert "hapter" in text.split("Notes\n")[1], "no chapter is named"
    assert ">>> " in text.split("Examples\n")[1]
