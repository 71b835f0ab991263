"""Names in docstrings: `oracles.conv2d` leads to `scratchconv.oracles.conv2d`, `scipy.signal.…` stays plain text."""

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


def setup(app):
    app.connect("missing-reference", resolve)
