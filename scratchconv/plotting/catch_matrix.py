"""Chapter 16: which test catches which bug."""

from __future__ import annotations

from .board import Board, check_frames

MARKS = {True: "●", False: "○", None: "–"}
SAYS = {True: "caught", False: "missed", None: "does not apply"}
ROLES = {True: "output", False: "wrong", None: "empty"}
ROW, LINE, ABOVE = 30, 25, 32  # px of a row, of a line of the list, and above a panel with a title
NAMES, CELL = 200, 30  # px of the tests' names, and width of a column
SMALL_NAMES, SMALL_CELL = 152, 26  # on a phone


def catch_matrix(tests, bugs, caught):
    """Tests as rows, bugs as columns: a dot where the test fails on the bug, a ring where it passes and should not.

    Parameters
    ----------
    tests : sequence of str
        What each test feeds in, in a few words.
    bugs : sequence of str
        What each bug is, in a few words.
    caught : nested sequence, shape (tests, bugs)
        True: the test caught the bug; False: it missed it; None: the bug has no such input.

    Returns
    -------
    plotly.graph_objects.Figure
        One frame for each test, which counts what this one and those before it have caught; starts with the last.

    Raises
    ------
    ValueError
        If `caught` has another shape, or names have no room: about 24 letters for a test and 30 for a bug.

    See Also
    --------
    scratchconv.check_gradients : a test that needs no known answer.

    Notes
    -----
    Chapter 16. Nothing is computed here: run the bugs and hand in what came of it. About 1 kB a frame.

    Examples
    --------
    >>> tests, bugs = ["square", "wide"], ["height for width"]
    >>> figure = catch_matrix(tests, bugs, [[False], [True]])
    >>> [step.label for step in figure.layout.sliders[0].steps]
    ['1 test: 0 of 1 bugs caught', '2 tests: 1 of 1 bugs caught']
    """
    caught = [[None if cell is None else bool(cell) for cell in row] for row in caught]
    if [len(row) for row in caught] != [len(bugs)] * len(tests):
        raise ValueError(
            f"caught has a row for each of the {len(tests)} tests and in it an entry for each of the {len(bugs)} bugs, "
            f"got rows of {[len(row) for row in caught]}"
        )
    check_frames(len(tests), "test")
    board, parts = _painted(tests, bugs, caught)
    for t in range(len(tests)):
        found = [any(row[b] for row in caught[: t + 1]) for b in range(len(bugs))]
        board.frame(f"{t + 1} test{'s' * (t > 0)}: {sum(found)} of {len(bugs)} bugs caught", {
            parts["hidden"]: (t + 1) * len(bugs) - 1, parts["row"]: [(t, 0, 1, len(bugs))],
            parts["found"]: [(0, b, 1, 1) for b in range(len(bugs)) if found[b]],
            parts["list"]: [f"{MARKS[here]} <b>{b + 1}</b> {name}"
                            for b, (name, here) in enumerate(zip(bugs, found, strict=True))],
        })
    return board.finish(start=len(tests) - 1)


def _painted(tests, bugs, caught):
    """The finished board and its moving parts by name."""
    T, B = len(tests), len(bugs)
    places = _places(T, B)
    board = Board(
        places["height"][0],
        f"A matrix of {T} tests and {B} bugs, a dot for each bug that a test catches and a ring for each it misses; "
        "test by test the list of caught bugs grows.",
        narrow_height=places["height"][1],
    )
    names = board.panel(T, 1, *places["names"], square=False)
    heads = board.panel(1, B, *places["heads"], "bugs", square=False)
    matrix = board.panel(T, B, *places["matrix"], square=False)
    legend = board.panel(B, 1, *places["list"], "caught so far", square=False)
    board.words(names, 0.5, list(range(T)), list(tests), size=15, align="right")
    board.tiles(heads, (1, B), "padding")
    found = board.stencil(heads, [], "output")
    board.numbers(heads, [range(1, B + 1)], bold=True, hover=lambda _, b: f"bug {b + 1}: {bugs[b]}")
    for here, role in ROLES.items():
        cells = [(t, b, 1, 1) for t in range(T) for b in range(B) if caught[t][b] is here]
        board.tiles(matrix, cells or [(0, 0, 0, 0)], role)
    board.numbers(matrix, [["–" if here is None else None for here in row] for row in caught], role="ink")
    board.numbers(matrix, [[None if here is None else MARKS[here] for here in row] for row in caught], size=17,
                  hover=lambda t, b: f"{tests[t]}<br>{b + 1} {bugs[b]}: {SAYS[caught[t][b]]}")
    hidden = board.curtain(matrix, (T, B))
    row = board.outline(matrix, [], "kernel")
    lines = board.words(legend, -0.5, list(range(B)), [None] * B, size=15)
    return board, {"found": found, "hidden": hidden, "row": row, "list": lines}


def _places(T, B):
    """Boxes (wide, narrow) by name, and the two heights of the board."""
    places, ends = {}, []
    for names, cell, width in ((NAMES, CELL, 672), (SMALL_NAMES, SMALL_CELL, 342)):
        left, top = names + 8, ROW + 6
        body, narrow = top + T * ROW, width < 500
        beside = left + B * cell + 26
        list_ = (0, body + ABOVE, width, B * LINE) if narrow else (beside, 0, width - beside, B * LINE)
        boxes = {"names": (0, top, names, T * ROW), "heads": (left, 0, B * cell, ROW),
                 "matrix": (left, top, B * cell, T * ROW), "list": list_}
        for name, place in boxes.items():
            places[name] = (*places.get(name, ()), place)
        ends.append(max(body, list_[1] + list_[3]))
    return places | {"height": ends}
