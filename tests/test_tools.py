"""The tools behind the Makefile do what they say, and leave things alone when something fails."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from contextlib import contextmanager
from importlib.metadata import metadata, requires, version
from types import SimpleNamespace

import browser
import browsing
import elsewhere
import pytest
from check import BROWSER_TESTS, stages
from check import environment as environment_of_stages
from execute import METADATA, with_source
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from project import ROOT, notebook_text

TOOLS = ROOT / "book" / "_tools"
REQUIREMENTS = ROOT / "requirements.txt"
SETTING = 'SOURCE = "bundled"'
PROGRAMS = ("browser", "build", "check", "elsewhere", "execute", "pins", "repository", "screenshots", "serve")


def tool(name, *arguments, **options):
    command = [sys.executable, str(TOOLS / f"{name}.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, **options)


def notebook(*sources):
    cells = [
        {"cell_type": "code", "execution_count": None, "id": f"cell-{i}", "metadata": {}, "outputs": [], "source": text}
        for i, text in enumerate(sources)
    ]
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_tool_explains_itself(name):
    result = tool(name, "--help")
    assert result.returncode == 0 and result.stdout.startswith("usage:") and len(result.stdout.splitlines()) > 4


def test_make_lists_its_targets():
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = ("env", "book", "serve", "test", "browser", "screenshots", "run", "lint", "repository", "clean")
    for target in targets:
        assert re.search(rf"^ +make {target} ", listed, re.MULTILINE), target


# Running notebooks ----------------------------------------------------------------------------------------------


def test_a_run_stores_what_it_printed_and_nothing_of_the_machine(tmp_path):
    path = tmp_path / "one.ipynb"
    path.write_text(notebook_text(notebook("x = 1\nprint('two  ')", "x + 1")))
    assert tool("execute", path).returncode == 0
    stored = json.loads(path.read_text())
    assert [cell["execution_count"] for cell in stored["cells"]] == [1, 2]
    assert stored["cells"][0]["outputs"][0]["text"] == ["two  \n"]
    assert stored["cells"][1]["outputs"][0]["data"] == {"text/plain": ["2"]}
    assert stored["metadata"] == METADATA
    assert [cell["id"] for cell in stored["cells"]] == ["cell-0", "cell-1"]
    assert all(cell["metadata"] == {} for cell in stored["cells"])

    first = path.read_text()
    assert tool("execute", path).returncode == 0
    assert path.read_text() == first, "a second run changed the file"


def test_a_failing_notebook_is_left_as_it_was(tmp_path):
    path = tmp_path / "bad.ipynb"
    path.write_text(notebook_text(notebook("x = 1", "x / 0", "x")))
    before = path.read_bytes()
    result = tool("execute", path)
    assert result.returncode != 0
    assert "cell 2 raised ZeroDivisionError" in result.stderr
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_an_unknown_chapter_is_named():
    result = tool("execute", "99")
    assert result.returncode != 0 and "'99'" in result.stderr


def test_the_data_setting_is_replaced_once():
    changed = with_source(notebook("a = 1", f"{SETTING}  # or\nb = 2"), "kaggle")
    assert changed["cells"][1]["source"] == 'SOURCE = "kaggle"  # or\nb = 2'
    assert with_source(notebook("a = 1", f"# {SETTING}"), "kaggle") is None
    with pytest.raises(SystemExit, match="2 places"):
        with_source(notebook(SETTING, SETTING), "kaggle")


def test_real_data_never_overwrites_the_book(tmp_path):
    result = tool("execute", "--source", "kaggle", tmp_path / "none.ipynb")
    assert result.returncode == 2 and "--output" in result.stderr


def test_real_data_goes_to_the_other_folder(tmp_path):
    path = tmp_path / "with-data.ipynb"
    path.write_text(notebook_text(notebook(SETTING, "SOURCE")))
    before = path.read_bytes()
    assert tool("execute", "--source", "kaggle", "--output", tmp_path / "out", path).returncode == 0
    stored = json.loads((tmp_path / "out" / "with-data.ipynb").read_text())
    assert stored["cells"][1]["outputs"][0]["data"]["text/plain"] == ["'kaggle'"]
    assert path.read_bytes() == before


# Serving ------------------------------------------------------------------------------------------------------------


def test_serving_finds_a_free_port_and_stops_cleanly(tmp_path):
    (tmp_path / "index.html").write_text("the book")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, str(TOOLS / "serve.py"), "--folder", str(tmp_path), "--port", str(port)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert f"Port {port} is taken" in server.stdout.readline()
            address = re.search(r"http://localhost:(\d+)/", server.stdout.readline())
            assert int(address[1]) > port
            with urllib.request.urlopen(f"http://127.0.0.1:{address[1]}/") as page:
                assert page.read() == b"the book"
            server.send_signal(signal.SIGINT)
            assert server.wait(timeout=10) == 0
        finally:
            server.kill()
            server.stdout.close()


def test_serving_says_when_there_is_no_site(tmp_path):
    result = tool("serve", "--folder", tmp_path)
    assert result.returncode != 0 and "make book" in result.stderr


# A browser --------------------------------------------------------------------------------------------------------


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine without a browser, on which Playwright and the package manager are shell scripts."""
    chromium = tmp_path / "chromium"

    @contextmanager
    def started():
        if not chromium.exists():
            raise browsing.NoBrowser("nothing is here")
        yield SimpleNamespace(program="chromium", version="1.2")

    def set_up(playwright="exit 1", apt="exit 1", rights=()):
        monkeypatch.setattr(browser, "browser", started)
        monkeypatch.setattr(browser, "PLAYWRIGHT", shell(playwright))
        monkeypatch.setattr(browser, "APT", shell(apt))
        monkeypatch.setattr(browser, "rights", lambda: rights)
        monkeypatch.setattr(browser.shutil, "which", lambda name: name)
        monkeypatch.delenv("SCRATCHCONV_CHROMIUM", raising=False)
        return chromium

    def shell(script):
        return ("sh", "-c", f"cd '{tmp_path}'; {script}", "sh")

    return set_up


def test_a_browser_that_is_here_is_taken(machine, capsys):
    machine("echo x > asked; exit 1").touch()
    browser.main([])
    assert capsys.readouterr().out == "Browser: chromium, version 1.2\n"


def test_playwright_is_asked_first(machine, capsys):
    machine(playwright='[ "$1" = install ] && touch chromium')
    browser.main([])
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 3 and "Playwright" in said[1] and said[2] == "Browser: chromium, version 1.2"


def test_a_download_without_its_libraries_gets_them(machine, capsys):
    machine(playwright='[ "$1" = install ] || touch chromium')
    browser.main([])
    assert "libraries" in capsys.readouterr().out


def test_the_package_manager_is_asked_where_the_download_fails(machine, capsys):
    playwright = "echo Error: no such host; echo at; exit 1"
    machine(playwright, apt='[ "$1" = update ] || { [ "$2" = chromium ] && touch chromium; }')
    browser.main([])
    said = capsys.readouterr().out.splitlines()
    assert said[2] == "Browser: that failed: Error: no such host" and len(said) == 6
    assert said[-1] == "Browser: chromium, version 1.2"


@pytest.mark.parametrize("rights", [None, ()])
def test_where_nothing_helps_one_line_says_what_to_do(machine, rights, capsys):
    machine(rights=rights)
    with pytest.raises(SystemExit, match=r"none; install Chromium or Chrome, or set SCRATCHCONV_CHROMIUM"):
        browser.main([])
    assert ("package" in capsys.readouterr().out) == (rights is not None)


def test_a_program_that_was_named_is_not_replaced(machine, monkeypatch):
    machine(playwright="touch chromium")
    monkeypatch.setenv("SCRATCHCONV_CHROMIUM", "mine")
    with pytest.raises(SystemExit):
        browser.main([])


def test_a_step_that_hangs_is_stopped_with_all_it_started(tmp_path):
    begin = time.perf_counter()
    script = f"sleep 300 & echo $! > '{tmp_path}/child'; sleep 300"
    assert browser.trouble(["sh", "-c", script], minutes=0.1) == "stopped after 0.1 minutes"
    assert time.perf_counter() - begin < 30
    child = int((tmp_path / "child").read_text())
    assert not running(child)


def running(process):
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True).stdout
    return bool(state.strip()) and not state.startswith("Z")


def test_a_step_that_asks_gets_no_answer():
    program = "import browser; print(browser.trouble(['sh', '-c', 'read answer || exit 7']))"
    asked = subprocess.run([sys.executable, "-c", program], cwd=TOOLS, input="yes\n", capture_output=True, text=True)
    assert asked.stdout == "status 7\n"
    own_session = 'test "$(ps -o sid= -p $$ | tr -d " ")" = $$'    # without a terminal at which it could ask
    assert browser.trouble(["sh", "-c", own_session]) == ""


def test_a_browser_that_does_not_start_is_passed_over(monkeypatch, tmp_path):
    def launch(executable_path, **_):
        if executable_path == str(broken):
            raise Error("cannot start\nfor a long reason")
        return SimpleNamespace()

    Error = pytest.importorskip("playwright.sync_api").Error
    broken, sound = tmp_path / "chromium", tmp_path / "google-chrome"
    for program in (broken, sound):
        program.write_text("")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("SCRATCHCONV_CHROMIUM", raising=False)
    own = SimpleNamespace(executable_path="/nowhere", launch=launch)
    assert browsing.launched(own).program == str(sound)
    sound.unlink()
    monkeypatch.setattr(browsing, "MAC", "/nowhere")
    with pytest.raises(browsing.NoBrowser, match=r"chromium does not start: cannot start\)"):
        browsing.launched(own)


# The environment ------------------------------------------------------------------------------------------------------


def requirement_name(text):
    return re.match(r"[A-Za-z0-9._-]+", text)[0].lower().replace("_", "-")


def test_everything_is_pinned():
    lines = [line for line in REQUIREMENTS.read_text().splitlines() if not line.startswith("#")]
    for line in lines:
        assert re.fullmatch(r'[a-z0-9._-]+==[\w.]+(; sys_platform == "\w+")?', line), line
    pinned = {requirement_name(line) for line in lines}
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    wanted = {requirement_name(text) for name in ("book", "site", "test") for text in extras[name]}
    assert wanted <= pinned, f"not pinned: {sorted(wanted - pinned)}"
    assert "torch" not in pinned


@pytest.fixture
def pins():
    """Only inside the project's own environment: elsewhere versions may differ."""
    if not (ROOT / ".venv").exists() or not sys.prefix.startswith(str(ROOT / ".venv")):
        pytest.skip("not in .venv")
    return [Requirement(line) for line in REQUIREMENTS.read_text().splitlines() if "==" in line]


def test_the_pins_are_what_is_installed_here(pins):
    for pin in pins:
        if not pin.marker:
            assert version(pin.name) in pin.specifier, pin.name


@pytest.mark.parametrize("system", ["linux", "darwin"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_what_the_pinned_packages_need_is_pinned_too(pins, python, system):
    machine = {
        "python_version": python, "python_full_version": f"{python}.0", "sys_platform": system,
        "platform_system": system.title(), "platform_machine": {"linux": "x86_64", "darwin": "arm64"}[system],
    }  # fmt: skip
    pinned = {canonical(pin.name): str(pin.specifier)[2:] for pin in pins if applies(pin, machine)}
    for name in pinned:
        if name == "appnope" and sys.platform != "darwin":
            continue    # not installed here, and it needs nothing
        assert python + ".0" in SpecifierSet(metadata(name)["Requires-Python"] or ""), name
        for need in map(Requirement, requires(name) or []):
            if applies(need, machine):
                assert pinned.get(canonical(need.name), "0") in need.specifier, f"{name} on {system} needs {need}"


def canonical(name):
    return requirement_name(name).replace(".", "-")


def applies(requirement, machine):
    return not requirement.marker or requirement.marker.evaluate({**machine, "extra": ""})


def environment(tmp_path, python):
    """Run env.sh in an empty folder with a stand-in for Python first on the path."""
    fake = tmp_path / "bin"
    fake.mkdir()
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        (fake / name).write_text(f"#!/bin/sh\n{python}\n")
        (fake / name).chmod(0o755)
    for name in ("requirements.txt", "pyproject.toml"):
        (tmp_path / name).write_text("")
    path = f"{fake}{os.pathsep}{os.environ['PATH']}"
    command = ["sh", str(TOOLS / "env.sh"), "python3"]
    return subprocess.run(command, cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, text=True)


def pretending(version):
    """A stand-in that runs this Python and says it is another version; it has no venv, so that the run ends there."""
    numbers = tuple(int(part) for part in version.split("."))
    program = f"import sys; sys.version_info = {numbers}; exec(sys.argv.pop(1))"
    return "\n".join([
        f'if [ "$1" = --version ]; then echo "Python {version}"; exit; fi',
        'case "$2" in *ensurepip*) exit 1;; esac',
        f'exec "{sys.executable}" -c "{program}" "$2"',
    ])  # fmt: skip


def test_an_old_python_is_named_with_the_way_out(tmp_path):
    result = environment(tmp_path, pretending("3.10.12"))
    assert result.returncode != 0
    assert "needs Python 3.11 or newer, and found: Python 3.10.12" in result.stderr and "apt install" in result.stderr


def test_the_oldest_supported_python_is_accepted(tmp_path):
    result = environment(tmp_path, pretending("3.11.0"))
    assert "needs Python" not in result.stderr and "apt install python3.11-venv" in result.stderr


def test_a_python_without_venv_is_named_with_the_way_out(tmp_path):
    python = f'case "$2" in *ensurepip*) exit 1;; *) exec "{sys.executable}" "$@";; esac'
    result = environment(tmp_path, python)
    assert result.returncode != 0
    assert "venv and ensurepip" in result.stderr and re.search(r"apt install python3\.\d+-venv", result.stderr)


# The stages of `make test` ------------------------------------------------------------------------------------------


def test_every_stage_is_there_and_none_is_lax(tmp_path):
    commands = {name: " ".join(command) for name, (_, command) in stages().items()}
    assert list(commands) == ["lint", "units", "notebooks", "site", "pages", "browser"]
    assert commands["notebooks"].startswith("book/_tools/elsewhere.py") and "lax" not in commands["notebooks"]
    assert "--nbval" in elsewhere.PYTEST and not any("lax" in option for option in elsewhere.PYTEST)
    assert "--always" in commands["site"]
    for test in BROWSER_TESTS:
        assert test in commands["browser"] and f"--deselect={test}" in commands["units"]
    assert environment_of_stages(tmp_path)["SCRATCHCONV_BROWSER"] == "required"


def test_what_needs_a_browser_waits_for_its_stage():
    """In the stage of the unit tests there is no site yet: there such a test fails in a clean clone, and only there."""
    tests = ROOT / "tests"
    asks = re.compile(r"^def test_\w+\(.*\bchromium\b", re.MULTILINE)
    wanting = {f"tests/{path.name}" for path in tests.glob("test_*.py") if asks.search(path.read_text("utf-8"))}
    assert wanting == set(BROWSER_TESTS)


def test_a_failing_stage_makes_the_run_fail(tmp_path):
    started = time.perf_counter()
    result = tool("check", "lint", cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(broken_ruff(tmp_path))})
    assert result.returncode != 0 and "FAILED: Lint" in result.stderr, result.stdout
    assert time.perf_counter() - started < 30


def without_a_browser(**settings):
    return {**os.environ, "SCRATCHCONV_CHROMIUM": "no-such-program", "SCRATCHCONV_BROWSER": "", **settings}


def test_one_line_at_the_end_says_that_there_is_no_browser():
    result = tool("check", "browser", env=without_a_browser())
    assert result.returncode == 0, result.stderr
    *_, passed, said = result.stdout.splitlines()
    assert passed.startswith("=== All passed") and result.stdout.count("browser") == said.count("browser")
    assert said.startswith("=== Not run, the pages in a browser: ") and "`make browser` gets one" in said


def test_a_browser_can_be_required():
    result = tool("check", "browser", env=without_a_browser(SCRATCHCONV_BROWSER="required"))
    assert result.returncode != 0 and "FAILED: no browser" in result.stderr


@pytest.mark.parametrize("required", [False, True])
def test_tests_without_a_browser_are_left_out_in_one_line(required):
    settings = {"SCRATCHCONV_BROWSER": "required"} if required else {}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_explorer.py"]
    chosen = ["-k", "test_turn_it or test_holes or test_colours_are_those"]
    env = without_a_browser(**settings)
    result = subprocess.run([*command, *chosen], cwd=ROOT, env=env, capture_output=True, text=True)
    if required:
        assert result.returncode != 0 and "NoBrowser" in result.stdout
    else:
        assert result.returncode == 0 and result.stdout.count("`make browser` gets one") == 1, result.stdout
        assert "1 passed" in result.stdout and "2 tests left out: no browser" in result.stdout


def broken_ruff(folder):
    """A module called ruff that finds fault with everything."""
    (folder / "ruff.py").write_text("raise SystemExit(1)\n")
    return folder
