"""The notebooks run on the package as pip installs it, away from this folder, as on Colab."""

import re
import tomllib
from importlib.metadata import packages_distributions, requires

import elsewhere
import pytest
from project import ROOT, notebooks, read_notebook, source

PACKAGE = ROOT / "scratchconv"
IMPORT = re.compile(r"""^ *(?:from|import) (\w+)|\bneed\(["'](\w+)""", re.MULTILINE)


def files(folder):
    """Every file in it that is no by-product of running."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(path) for path in paths if "__pycache__" not in path.parts}


def test_the_installed_package_has_every_file(tmp_path):
    assert files(elsewhere.installed(tmp_path) / "scratchconv") == files(PACKAGE)


def test_each_notebook_is_alone_in_its_folder(tmp_path):
    places = elsewhere.laid_out(tmp_path)
    assert files(tmp_path) == {"conftest.py", *places}
    assert len({(tmp_path / place).parent for place in places}) == len(notebooks())


def test_another_package_is_not_taken_for_the_installed_one(monkeypatch):
    monkeypatch.setattr(elsewhere, "installed", lambda folder: folder / "nothing")
    with pytest.raises(SystemExit, match="just installed"):
        elsewhere.main([])


def imported():
    """The first names of all modules that the package and the notebooks import."""
    texts = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    cells = [cell for path in notebooks() for cell in read_notebook(path)["cells"]]
    texts += [source(cell) for cell in cells if cell["cell_type"] == "code"]
    return {one or other for text in texts for one, other in IMPORT.findall(text)}


def distribution(requirement):
    return re.match(r"[\w-]+", requirement)[0].lower()


def test_a_chapter_needs_nothing_that_colab_does_not_install():
    """The setup cell installs the package with its extra "book", pip what those need (kagglehub brings requests)."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = project["dependencies"] + project["optional-dependencies"]["book"]
    listed += [need for line in listed for need in requires(distribution(line)) or [] if "extra ==" not in need]
    installed = {"scratchconv", *map(distribution, listed)}
    homes = packages_distributions()    # {"PIL": ["pillow"], …}
    needed = {name: set(map(str.lower, homes[name])) for name in imported() & set(homes)}
    assert {"numpy", "scipy", "plotly", "PIL", "sklearn"} <= set(needed)
    assert [name for name, home in needed.items() if not home & installed] == []
