"""Cells, curtains, hatching and arcs as lists of points. Nothing here knows a colour or Plotly.

A cell is (row, column, height, width) in units of one tile; the tile (r, c) is centred on x = c, y = r, and y grows
downwards. All four may be fractions, so a tile can be halfway between two places.
"""

from __future__ import annotations

import math


def rects(cells, inset=0.0):
    """One closed path for each cell, None between them: the lists x, y that Plotly fills.

    >>> rects([(0, 0, 1, 2)])
    ([-0.5, 1.5, 1.5, -0.5, -0.5], [-0.5, -0.5, 0.5, 0.5, -0.5])
    """
    x, y = [], []
    for row, column, height, width in cells:
        left, right = column - 0.5 + inset, column + width - 0.5 - inset
        top, bottom = row - 0.5 + inset, row + height - 0.5 - inset
        if width <= 0:  # nothing there, but as many points: a curtain closes to a line
            left = right = column - 0.5
        if height <= 0:
            top = bottom = row - 0.5
        x += [left, right, right, left, left, None]
        y += [top, top, bottom, bottom, top, None]
    return rounded(x[:-1]), rounded(y[:-1])


def grid(shape):
    """The cells of a whole (rows, columns) array, in reading order."""
    return [(row, column, 1, 1) for row in range(shape[0]) for column in range(shape[1])]


def unread(k, shape):
    """Cells over the outputs after output `k` of a (rows, columns) array, always the same number of them.

    `k` counts in reading order; -1 covers everything. Up to ten rows there is one cell a row, so that each
    row's curtain opens by itself; above that two, the rest of the row and the rows below.

    >>> unread(6, (2, 5))
    [(0, 5, 1, 0), (1, 2, 1, 3)]
    """
    rows, columns = shape
    i, j = divmod(k, columns)
    if rows > 10:
        return [(i, j + 1, 1, columns - j - 1), (i + 1, 0, rows - i - 1, columns)]
    starts = [columns if row < i else j + 1 if row == i else 0 for row in range(rows)]
    return [(row, start, 1, columns - start) for row, start in enumerate(starts)]


def padded(cells, count, home=(0, 0)):
    """`cells` brought to `count`, because a path must keep its number of points from frame to frame.

    The last cell is repeated, which nobody sees and which moves well; without any, cells of no size wait at `home`.
    """
    spare = cells[-1] if cells else (*home, 0, 0)
    return [*cells, *[spare] * (count - len(cells))]


def strokes(cells, lines=6):
    """Diagonal lines inside each cell, as x, y lists: our own hatching, since Plotly's cannot be animated.

    Every cell gets the same number of lines, whatever its size.
    """
    x, y = [], []
    for row, column, tall, wide in cells:
        for k in range(lines):
            along = (k + 0.5) / lines * (tall + wide)  # where the line leaves the top edge, or would
            x0, x1 = max(0, along - tall), min(wide, along)
            x += [column - 0.5 + x0, column - 0.5 + x1, None]
            y += [row - 0.5 + along - x0, row - 0.5 + along - x1, None]
    return rounded(x[:-1]), rounded(y[:-1])


def arc(start, end, bulge=0.3, points=9):
    """A bent way from `start` to `end`, both (x, y): its middle is `bulge` times the distance to the left.

    >>> arc((0, 0), (2, 0), bulge=0.5, points=3)
    [(0.0, 0.0), (1.0, -1.0), (2.0, 0.0)]
    """
    (x0, y0), (x1, y1) = start, end
    way = []
    for k in range(points):
        t = k / (points - 1)
        out = 4 * bulge * t * (1 - t)
        way.append((x0 + t * (x1 - x0) + out * (y1 - y0), y0 + t * (y1 - y0) - out * (x1 - x0)))
    return [(round(x, 3) + 0.0, round(y, 3) + 0.0) for x, y in way]


def half_turn(point, centre, degrees):
    """Where (x, y) stands after turning clockwise about `centre`; 180 is the flip of a kernel.

    >>> half_turn((0, 0), (1, 2), 180)
    (2.0, 4.0)
    """
    angle = math.radians(degrees)
    x, y = point[0] - centre[0], point[1] - centre[1]
    turned = (x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle))
    return round(centre[0] + turned[0], 3) + 0.0, round(centre[1] + turned[1], 3) + 0.0


def cell_size(rows, columns, width, height, most=48):
    """Side in px of the largest square cells of which rows × columns fit into width × height px."""
    return min(most, width / (columns + SLACK), height / (rows + SLACK))


def box(x, y, rows, columns, cell):
    """The pixel box (x, y, width, height) of rows × columns cells with their upper left corner at x, y."""
    return x, y, (columns + SLACK) * cell, (rows + SLACK) * cell


def rounded(values):
    """Three places are a twentieth of a pixel; None stays. Keeps frames small and files reproducible."""
    return [value if value is None else plain(round(value, 3)) for value in values]


def plain(value):
    """A whole float as an int: `3` instead of `3.0` in the JSON, here and nowhere visible."""
    return int(value) if value == int(value) else float(value)


SLACK = 0.04  # a panel shows this much more than its cells, so that outlines are not cut
