"""What was measured, as a table and as a figure."""

from __future__ import annotations

import numpy as np

SEED_METHODS = ("gather by index", "einsum", "four loops")


def ratio(row, which):
    """Our time over PyTorch's: "forward", "backward" or "both"."""
    parts = ("forward", "backward") if which == "both" else (which,)
    return sum(row[p]["ours"][0] for p in parts) / sum(row[p]["PyTorch"][0] for p in parts)


def mean(values):
    return float(np.exp(np.mean(np.log(values)))) if values else float("nan")


def table(rows):
    """Lines of text: milliseconds with quartiles, ratios to PyTorch, fraction of the limit, memory."""
    heads = ("type", 8), ("forward ms", 22), ("PyTorch", 22), ("ratio", 7), ("backward ms", 22), ("PyTorch", 22)
    heads += ("both", 7), ("limit", 7), ("MB", 6)
    lines = [f"{'layer':20}" + "".join(f"{name:>{width}}" for name, width in heads)]
    for row in rows:
        cells = "".join(
            f"{_times(row[part]['ours'])}{_times(row[part]['PyTorch'])}{ratio(row, which):7.2f}"
            for part, which in (("forward", "forward"), ("backward", "both"))
        )
        limit = row["forward"]["one matrix product"][0] / row["forward"]["ours"][0]
        lines.append(f"{row['name']:20}{row['dtype']:>8}{cells}{limit:7.2f}{max(row['megabytes'].values()):6.0f}")
    return [*lines, "", *summary(rows)]


def _times(times):
    median, low, high = (1e3 * t for t in times)
    return f"{median:9.2f} ({low:.2f}–{high:.2f})".rjust(22)


def summary(rows):
    """Means and worst rows of each type of number, and how much slower the source documents' methods are."""
    lines = []
    for dtype in sorted({row["dtype"] for row in rows}):
        of_type = [row for row in rows if row["dtype"] == dtype]
        for which in ("forward", "both"):
            ratios = [ratio(row, which) for row in of_type]
            lines.append(f"{dtype}, {which}: {mean(ratios):.2f} of PyTorch's time, worst row {max(ratios):.2f}")
        for rival in SEED_METHODS:
            times = [row["forward"][rival][0] / row["forward"]["ours"][0] for row in of_type if rival in row["forward"]]
            if times:
                lines.append(f"{dtype}: {mean(times):.1f} times faster than {rival}, at least {min(times):.1f} times")
    return lines


def figure(rows, machine):
    """Ratios to PyTorch of every row, forward and both ways; left of the line we are quicker."""
    import plotly.graph_objects as go

    figure = go.Figure()
    names = [f"{row['name']}, {row['dtype']}" for row in rows]
    for which, symbol in (("forward", "circle"), ("both", "diamond")):
        figure.add_scatter(
            x=[ratio(row, which) for row in rows], y=names, mode="markers", marker={"symbol": symbol, "size": 10},
            name={"forward": "forward", "both": "forward and backward"}[which],
        )  # fmt: skip
    figure.add_vline(x=1, line_dash="dot")
    figure.update_xaxes(type="log", title="our time / PyTorch's time", dtick="D1")
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_layout(title=f"conv2d and conv2d_grad against PyTorch, {machine}", height=200 + 26 * len(rows))
    return figure
