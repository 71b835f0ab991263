"""Names in docstrings: `oracles.conv2d` leads to `scratchconv.oracles.conv2d`, `scipy.signal.…` stays plain text.

And "R. M. Gray" is a person, not item 18 of a list.
"""

import re
from collections import _tuplegetter

from sphinx.util.nodes import make_refnode

PACKAGE = "scratchconv"
ELSEWHERE = ("numpy", "np", "scipy", "torch", "plotly", "go")    # documented by others, and no page may ask them


def resolve(app, env, node, contnode):
    """Find a Python name from the top of the package when it is not in the module that mentions it."""
    if node.get("refdomain") != "py":
        return None
    target = node["reftarget"]
    known = env.get_domain("py").objects
    name = next((name for name in (f"{PACKAGE}.{target}", target) if name in known), None)
    if name:
        entry = known[name]
        return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, contnode, name)
    return contnode if target.split(".")[0] in ELSEWHERE else None


def keep_initials(app, what, name, obj, options, lines):
    """Escape the initial with which a line begins: a letter and a full stop would begin a list."""
    lines[:] = [re.sub(r"^([A-Z]\.) (?=[A-Z])", r"\\\1 ", line) for line in lines]


def leave_out_fields(app, what, name, obj, skip, options):
    """The fields of a named tuple stand in its signature; what Python says of them is "Alias for field number 0"."""
    return True if isinstance(obj, _tuplegetter) else None


def setup(app):
    app.connect("autodoc-skip-member", leave_out_fields)
    app.connect("autodoc-process-docstring", keep_initials)
    app.connect("missing-reference", resolve)
