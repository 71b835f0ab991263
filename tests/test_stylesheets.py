"""Style sheets made one and smaller: what may match stays, what cannot goes."""

import pytest
from scratchbook.stylesheets import bundle, prune, read
from scratchbook.trim import VIEWPORT, defer_scripts, draw_icons, keep_first


@pytest.mark.parametrize(
    ("sheet", "kept"),
    [
        (".used{color:red}", ".used{color:red}\n"),
        (".gone{color:red}", ""),
        (".used.gone{color:red}", ""),
        (".gone,.used{color:red}", ".used{color:red}\n"),
        ("#gone .used{color:red}", ""),
        ("p{color:red}", "p{color:red}\n"),
        (".used:not(.gone){color:red}", ".used:not(.gone){color:red}\n"),
        (".used:is(.gone,.used){color:red}", ".used:is(.gone,.used){color:red}\n"),
        (r".md\:used{color:red}", ""),
        (".used{}", ""),
        ("/* words */ .used { color : red ; }", ".used{color : red ;}\n"),
        ("@media print{.gone{color:red}}", ""),
        ("@media print{.used{color:red}.gone{top:0}}", "@media print{.used{color:red}\n}\n"),
        ("@media print{@supports (top:0){.used{top:0}}}", "@media print{@supports (top:0){.used{top:0}\n}\n}\n"),
        ("@keyframes turn{to{top:0}}", "@keyframes turn{to{top:0}}\n"),
        ('@charset "utf-8";.used{top:0}', ".used{top:0}\n"),
    ],
)
def test_what_stays(sheet, kept):
    assert prune(sheet, {"used"}) == kept


def test_a_sheet_that_cannot_be_read_says_so():
    with pytest.raises(ValueError, match="line 1"):
        prune("p{top:0} a", set())


def test_imports_come_in_place_and_addresses_follow(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "base.css").write_text("p{top:0}")
    own = '@import "../base.css";\na{src:url(../fonts/a.woff2),url(data:x),url(#y)}'
    (tmp_path / "deep" / "own.css").write_text(own)
    assert read(tmp_path, "deep/own.css") == 'p{top:0}\na{src:url("fonts/a.woff2"),url(data:x),url(#y)}'
    assert bundle(tmp_path, ["base.css", "base.css"], set()) == "p{top:0}\n" * 2


def test_a_sheet_can_be_kept_whole(tmp_path):
    for name in ("theirs.css", "ours.css"):
        (tmp_path / name).write_text(f".{name[0]}{{top:0}}")
    assert bundle(tmp_path, ["theirs.css", "ours.css"], set(), whole={"ours.css"}) == ".o{top:0}\n"


def test_icons_keep_their_other_classes_and_attributes():
    page = '<b><i class="switch fa-solid fa-sun   fa-lg" data-mode="light" title="Light"></i></b><i class="other"></i>'
    assert draw_icons(page, {"sun": (10, 20, "M0 0z")}) == (
        '<b><svg class="icon switch fa-solid fa-sun fa-lg" data-mode="light" title="Light" aria-hidden="true" '
        'viewBox="0 0 10 20"><path fill="currentColor" d="M0 0z"/></svg></b><i class="other"></i>'
    )


def test_scripts_keep_their_order_and_wait():
    head = (
        '<script src="a.js"></script>\n<script>first()</script>\n<script>first()</script>\n'
        '<script>DOCUMENTATION_OPTIONS.pagename = 1;</script>\n<script src="_static/searchtools.js"></script>\n'
        '<script defer src="b.js"></script>\n<script src="_static/scripts/fontawesome.js?d"></script>\n'
    )
    page, search = defer_scripts(head, False), defer_scripts(head, True)
    assert page == (
        '<script defer src="a.js"></script>\n<script>first()</script>\n'
        '<script type="module">DOCUMENTATION_OPTIONS.pagename = 1;</script>\n<script defer src="b.js"></script>\n'
    )
    assert "searchtools.js" in search and "fontawesome" not in search


def test_one_viewport():
    metas = '\n<meta name="viewport" content="1">\n<meta name="viewport" content="2">'
    assert keep_first(VIEWPORT, metas) == '\n<meta name="viewport" content="1">'
