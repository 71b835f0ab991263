"""The benchmark's own parts: the rows, the clock, the comparison before timing, the report."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
sys.path.insert(0, str(FOLDER))

import layers  # noqa: E402
import memory  # noqa: E402
import networks  # noqa: E402
import report  # noqa: E402
import rivals  # noqa: E402
import run  # noqa: E402
import timing  # noqa: E402

from scratchconv import conv2d  # noqa: E402

SMALL = layers.Row("small", (3, 4, 9, 8), (6, 2, 3, 2), (2, 1), (1, 2), (1, 2), 2)


@pytest.mark.parametrize("row", [SMALL, *layers.unseen(40, 5), *networks.NETWORKS], ids=lambda row: row.name)
def test_a_row_knows_its_output_and_its_multiplications(row):
    x, w = np.empty(row.x, bool), np.empty(row.w, bool)
    from scratchconv import shapes

    layer = shapes.layer(x, w, **row.options)
    assert layer.y_shape == row.y
    assert row.multiplications == np.prod(layer.y_shape) * w[0].size


def test_the_table_has_the_rows_that_were_agreed():
    eight = {
        ((64, 3, 50, 50), (15, 3, 4, 4)), ((64, 3, 32, 32), (16, 3, 5, 5)), ((256, 1, 28, 28), (6, 1, 5, 5)),
        ((256, 6, 14, 14), (16, 6, 5, 5)), ((16, 64, 56, 56), (64, 64, 3, 3)), ((16, 128, 28, 28), (128, 128, 3, 3)),
        ((16, 256, 14, 14), (256, 256, 3, 3)), ((16, 64, 56, 56), (256, 64, 1, 1)),
    }  # fmt: skip
    others = {
        ((32, 64, 56, 56), (64, 1, 3, 3)), ((4, 8, 256, 256), (8, 8, 21, 21)), ((16, 3, 224, 224), (64, 3, 7, 7)),
        ((1, 3, 1080, 1920), (8, 3, 3, 3)),
    }  # fmt: skip
    assert {(row.x, row.w) for row in layers.ROWS} == eight | others


def test_unseen_layers_follow_from_their_seed_and_are_of_every_kind():
    rows = layers.unseen(200, 3)
    assert rows == layers.unseen(200, 3) != layers.unseen(200, 4)
    assert {1, 64} <= {row.x[0] for row in rows}
    for name in ("stride", "padding", "dilation"):
        assert any(len(set(getattr(row, name))) == 2 for row in rows), name
    assert any(row.groups == row.x[1] > 1 for row in rows)


@pytest.mark.parametrize("method", rivals.SLOW.values(), ids=rivals.SLOW)
def test_a_rival_computes_the_same(method):
    arrays = SMALL.arrays("float64")
    call, factor = rivals.of_some_images(SMALL, arrays, method)
    expected = conv2d(*arrays[:3], **SMALL.options)
    part = call()
    assert len(part) * factor == len(expected)
    np.testing.assert_allclose(part, expected[: len(part)], atol=1e-12)


def test_the_matrix_product_has_as_many_multiplications():
    for row in (SMALL, *layers.ROWS):
        call, times = rivals.matrix_product(row, "float32")
        f, columns = call().shape
        assert round(f * columns * np.prod(row.w[1:]) * times) == row.multiplications


def test_what_is_wrong_is_not_timed():
    y = np.ones((2, 3))
    run.compare([y], [y * (1 + 1e-12)], "float64")
    for wrong in (y * (1 + 1e-9), y * np.nan, y[:1]):
        with pytest.raises((AssertionError, ValueError)):
            run.compare([wrong], [y], "float64")


def test_sides_are_timed_in_turn():
    order = []
    times = timing.alternate({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, rounds=4, block=0)
    assert "".join(order[-8:]) == "abababab"
    assert times["a"].low <= times["a"].median <= times["a"].high


@pytest.mark.parametrize(("rounds", "sweeps"), [(9, [3, 3, 3]), (5, [5]), (7, [4, 3]), (1, [1]), (20, [7, 7, 6])])
def test_sweeps_share_the_rounds(rounds, sweeps):
    assert run.split(rounds) == sweeps


def test_sweeps_add_to_the_blocks_of_each_layer():
    pytest.importorskip("torch")
    chosen, blocks = run.options(["--block", "0", "--rounds", "5"]), {}
    run.add_blocks(blocks, SMALL, "float32", 3, chosen)
    run.add_blocks(blocks, SMALL, "float32", 2, chosen)
    assert {way: list(found) for way, found in blocks.items()} == {
        "forward": ["one matrix product", "ours", "PyTorch"],
        "backward": ["ours", "PyTorch"],
    }
    assert {len(seconds) for found in blocks.values() for seconds in found.values()} == {5}


def test_memory_of_a_call_is_what_it_uses_beyond_its_result():
    def call():
        first = np.ones(2**23)  # 64 MB, which the system gets back whatever was freed before
        return np.sqrt(first)[:1].copy()  # and 64 MB

    used = memory.peak(call)
    assert 120e6 < used < 150e6
    assert memory.peak(lambda: np.ones(2**22)) < 3e6


def result(ours, theirs, **slow):
    times = {"ours": [ours] * 3, "PyTorch": [theirs] * 3}
    forward = times | {"one matrix product": [1.0] * 3} | {name.replace("_", " "): [t] * 3 for name, t in slow.items()}
    megabytes = {"forward": 7, "backward": 9}
    return {"name": "row", "dtype": "float32", "forward": forward, "backward": times, "megabytes": megabytes}


def test_means_are_geometric_and_the_worst_row_is_named():
    lines = report.summary([result(1.0, 4.0, four_loops=100.0), result(1.0, 1.0, four_loops=400.0)])
    assert "float32, forward: 0.50 of PyTorch's time, worst row 1.00" in lines
    assert "float32: 200.0 times faster than four loops, at least 100.0 times" in lines


def test_every_row_is_in_the_table_and_in_the_figure():
    pytest.importorskip("plotly")
    rows = [result(1.0, 2.0), result(3.0, 2.0)]
    assert sum(line.startswith("row ") for line in report.table(rows)) == 2
    forward, both = report.figure(rows, "a machine").data
    assert list(forward.x) == list(both.x) == [0.5, 1.5]


def test_help_says_how_it_is_measured():
    command = [sys.executable, FOLDER / "run.py", "--help"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "alternating blocks" in text and "--quick" in text


def test_a_run_of_a_part_leaves_the_results_of_the_whole():
    assert run.options([]).output.name == "results.json"
    other = ["--unseen", "5"], ["--networks"]
    for part in (["--quick"], ["--rows", "3"], *other, ["--dtype", "float32"], ["--threads", "1"]):
        assert run.options(part).output.name == "part.json"
    assert run.options(["--quick", "--output", "mine.json"]).output.name == "mine.json"


@pytest.mark.parametrize(
    ("arguments", "name"), [([], "layers"), (["--unseen", "5"], "unseen"), (["--networks"], "networks")]
)
def test_the_protocol_names_the_list_it_was_made_from(arguments, name):
    assert run.protocol(run.options(arguments))["list"] == name


def test_a_run_writes_what_it_measured(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("tqdm")
    output = tmp_path / "results.json"
    command = [sys.executable, FOLDER / "run.py", "--rows", "3", "--quick", "--block", "0.001", "--output", output]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    stored = json.loads(output.read_text(encoding="utf-8"))
    assert [row["name"] for row in stored["rows"]] == ["LeNet, second"]
    assert stored["machine"]["numpy"] == np.__version__
    assert stored["protocol"]["environment"]["OMP_WAIT_POLICY"] == "passive"
    assert "LeNet, second" in ran.stdout
    assert output.with_suffix(".html").exists()
