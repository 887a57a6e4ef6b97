"""What is judged: files, packages, tests, settings, the base and the Python."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gate import process
from gate.base import find_base
from gate.errors import ConfigError, ToolError
from gate.interpreters import Python, find_python, inspect_python
from gate.project import Project, is_test, list_files, open_project

Repository = Any  # conftest's
Make = Callable[..., Project]


@pytest.mark.parametrize(
    "path, expected",
    [
        ("test_a.py", True),
        ("a_test.py", True),
        ("conftest.py", True),
        ("tests/helper.py", True),
        ("src/taxi/tests/a.py", True),
        ("test/a.py", True),
        ("testing.py", False),
        ("src/contest.py", False),
        ("latest.py", False),
        ("protests/a.py", False),
    ],
)
def test_tests_are_known_by_their_names(path: str, expected: bool) -> None:
    assert is_test(path) is expected


@pytest.mark.parametrize(
    "files, packages",
    [
        (["a.py"], ()),
        (["taxi/__init__.py", "taxi/sub/__init__.py"], ("taxi",)),
        (["src/taxi/__init__.py", "src/bus/__init__.py"], ("src/bus", "src/taxi")),
        (["taxi/__init__.py", "tests/__init__.py"], ("taxi",)),
        (["__init__.py", "taxi/__init__.py"], ("taxi",)),
        (["scripts/a.py", "notebooks/b.py"], ()),
    ],
)
def test_packages_are_the_top_ones(
    make_project: Make, files: list[str], packages: tuple[str, ...]
) -> None:
    assert make_project(dict.fromkeys(files, "")).packages == packages


def test_sources_and_tests_are_told_apart(make_project: Make) -> None:
    names = ["a.py", "b.pyi", "c.csv", "tests/test_a.py", "test_b.py", "d.pyx"]
    project = make_project(dict.fromkeys(names, ""))
    assert project.sources == ("a.py", "b.pyi", "test_b.py", "tests/test_a.py")
    assert project.tests == ("test_b.py", "tests/test_a.py")


def test_outside_git_the_usual_rubbish_is_left_out(tmp_path: Path) -> None:
    names = ["a.py", "b/c.csv", ".hidden/x.py", "node_modules/x.py", "build/x.py"]
    names += ["e/pyvenv.cfg", "e/lib/x.py", "taxi.egg-info/x.py", "__pycache__/x.pyc"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "dangling.py").symlink_to(tmp_path / "nothing")
    with open(os.fsencode(tmp_path) + b"/\xff.py", "wb"):
        pass
    assert list_files(tmp_path, in_git=False) == ("a.py", "b/c.csv")


def test_in_git_files_are_those_that_are_there(repository: Repository) -> None:
    repository.commit({"a.py": "", "gone.py": "", ".gitignore": "x.py\n", "x.py": ""})
    (repository.root / "gone.py").unlink()
    (repository.root / "dangling.py").symlink_to("nothing")
    repository.write({"new.py": ""})
    assert list_files(repository.root, in_git=True) == (".gitignore", "a.py", "new.py")


@pytest.mark.parametrize("in_git", [True, False])
def test_links_are_no_files_of_the_projects(
    repository: Repository, tmp_path_factory: pytest.TempPathFactory, in_git: bool
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.py"
    outside.touch()
    repository.write({"a.py": ""})
    (repository.root / "out.py").symlink_to(outside)
    (repository.root / "again.py").symlink_to("a.py")
    repository.commit()
    assert list_files(repository.root, in_git=in_git) == ("a.py",)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_file_whose_name_is_no_text_is_noted(repository: Repository) -> None:
    repository.commit({"a.py": ""})
    Path(os.fsdecode(os.fsencode(repository.root) + b"/b\xff.py")).write_text("x = 1\n")
    project = open_project(repository.root, base=None, python=None)
    assert project.files == ("a.py",)
    assert project.notes[-1].endswith("not UTF-8 text: b\ufffd.py")


@pytest.mark.parametrize(
    "files, own",
    [
        ({}, None),
        ({"pyproject.toml": "[tool.black]\n"}, None),
        ({"pyproject.toml": "[tool.mypy]\nstrict = true\n"}, "pyproject.toml"),
        ({"pyproject.toml": "[tool.mypy.x]\n"}, "pyproject.toml"),
        ({"pyproject.toml": "tool = 3\n"}, None),
        ({"mypy.ini": ""}, "mypy.ini"),
        ({"setup.cfg": "[metadata]\nname = x\n"}, None),
        ({"setup.cfg": "[mypy]\n"}, "setup.cfg"),
        ({"setup.cfg": "no section\n"}, None),
        ({"setup.cfg": "[mypy\n"}, None),
        ({"setup.cfg": "[tool:mypy]\n"}, "setup.cfg"),
        ({"tox.ini": "[testenv]\n"}, None),
    ],
)
def test_a_projects_own_settings_are_found(
    make_project: Make, files: dict[str, str], own: str | None
) -> None:
    project = make_project(files)
    places = ("mypy.ini", "pyproject.toml", "setup.cfg", "tox.ini")
    assert project.configures("mypy", *places) == own


def test_the_first_of_a_tools_own_places_wins(make_project: Make) -> None:
    project = make_project(
        {
            ".coveragerc": "",
            ".flake8": "# no section\n",
            "pyproject.toml": "[tool.coverage.run]\n[tool.flake8]\n",
            "tox.ini": "[coverage:paths]\n",
        }
    )
    assert project.configures("coverage", "a.ini", "tox.ini", "pyproject.toml") == (
        "tox.ini"
    )
    assert project.configures("coverage", ".coveragerc", "tox.ini") == ".coveragerc"
    assert project.configures("flake8", ".flake8", "pyproject.toml") == "pyproject.toml"


@pytest.mark.parametrize("text", ["[tool", "a = 1\na = 2\n", b"\xff"])
def test_a_broken_pyproject_is_named(make_project: Make, text: str | bytes) -> None:
    with pytest.raises(ConfigError, match="not valid TOML") as caught:
        _ = make_project({"pyproject.toml": text}).pyproject
    assert caught.value.path == "pyproject.toml"


# The base, in clones as a runner makes them.


@pytest.fixture
def upstream(repository: Repository) -> Repository:
    """main has two commits; topic left it after the first, and changed a file."""
    repository.commit({"a.py": "1\n"})
    repository.git("checkout", "-q", "-b", "topic")
    repository.commit({"a.py": "1\n2\n"})
    repository.git("checkout", "-q", "main")
    repository.commit({"b.py": "1\n"})
    return repository


def cloned(
    upstream: Repository, tmp_path: Path, *options: str, ref: str = "topic"
) -> Repository:
    clone = type(upstream)(tmp_path / "clone")
    upstream.git(
        "clone", "-q", *options, "-b", ref, upstream.root.as_uri(), str(clone.root)
    )
    return clone


def test_the_base_is_where_the_branch_left(
    upstream: Repository, tmp_path: Path
) -> None:
    clone = cloned(upstream, tmp_path)
    base, note = find_base(clone.root, None)
    assert base and not note
    assert base.origin == "origin/main"
    assert base.commit == upstream.git("rev-parse", "main~")


@pytest.mark.parametrize("asked", ["main", "origin/main", "HEAD~", "v1"])
def test_the_base_asked_for_is_taken(
    upstream: Repository, tmp_path: Path, asked: str
) -> None:
    upstream.git("tag", "v1", "main~")
    clone = cloned(upstream, tmp_path)
    base, note = find_base(clone.root, asked)
    assert base and not note
    assert base.commit == upstream.git("rev-parse", "main~")


@pytest.mark.parametrize("asked", ["nothing", "--output=x", "a b"])
def test_a_base_that_is_not_there_is_told(
    upstream: Repository, tmp_path: Path, asked: str
) -> None:
    with pytest.raises(ConfigError, match="is no commit of this clone") as caught:
        find_base(cloned(upstream, tmp_path).root, asked)
    assert "fetch-depth: 0" in caught.value.hint


def merged(upstream: Repository, monkeypatch: pytest.MonkeyPatch) -> str:
    """GitHub's test merge of topic into main, as `pull_request` checks it out."""
    upstream.git("checkout", "-q", "-b", "merge", "main")
    upstream.git("merge", "-q", "--no-ff", "topic", "-m", "merge")
    head = str(upstream.git("rev-parse", "HEAD"))
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    monkeypatch.setenv("GITHUB_SHA", head)
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    return head


@pytest.mark.parametrize("depth", [[], ["--depth=2"]], ids=["whole", "two"])
def test_on_a_pull_request_the_base_is_what_it_merges_into(
    upstream: Repository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    depth: list[str],
) -> None:
    merged(upstream, monkeypatch)
    base, note = find_base(cloned(upstream, tmp_path, *depth, ref="merge").root, None)
    assert base and not note
    assert base.commit == upstream.git("rev-parse", "main")
    assert base.origin == "the pull request's base"


def test_on_a_pull_requests_own_head_the_base_is_its_branch(
    upstream: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merged(upstream, monkeypatch)
    base, _ = find_base(cloned(upstream, tmp_path, ref="topic").root, None)
    assert base
    assert base.commit == upstream.git("rev-parse", "main~")
    assert base.origin == "origin/main"


def test_a_shallow_clone_says_how_to_get_a_base(
    upstream: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merged(upstream, monkeypatch)
    clone = cloned(upstream, tmp_path, "--depth=1", ref="merge")
    base, note = find_base(clone.root, None)
    assert base is None
    assert "no base to compare with" in note and "fetch-depth: 0" in note


def test_without_a_default_branch_there_is_no_base(repository: Repository) -> None:
    repository.commit({"a.py": ""})
    repository.git("branch", "-m", "trunk")
    base, note = find_base(repository.root, None)
    assert (base, note) == (
        None,
        "no base to compare with: no default branch was found",
    )


def test_a_project_without_a_commit_is_judged(repository: Repository) -> None:
    repository.write({"a.py": ""})
    project = open_project(repository.root, base=None, python=sys.executable)
    assert (project.head, project.base, project.files) == ("", None, ("a.py",))
    assert project.changed_lines is None


def test_a_project_outside_git_is_judged(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch()
    project = open_project(tmp_path, base=None, python=sys.executable)
    assert (project.head, project.base, project.files) == ("", None, ("a.py",))


def test_a_base_asked_for_outside_git_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no git repository"):
        open_project(tmp_path, base="main", python=sys.executable)


def test_a_sub_folder_of_a_repository_is_a_project(repository: Repository) -> None:
    base = repository.commit({"sub/a.py": "1\n", "b.py": ""})
    repository.git("checkout", "-q", "-b", "topic")
    repository.commit({"sub/a.py": "1\n2\n"})
    repository.write({"sub/new.py": "1\n"})
    project = open_project(repository.root / "sub", base="main", python=sys.executable)
    assert project.files == ("a.py", "new.py")
    assert project.base and project.base.commit == base
    assert project.changed_lines == {"a.py": frozenset({2}), "new.py": frozenset({1})}
    assert not project.dirty


def test_nothing_is_left_where_a_project_cannot_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(ConfigError):
        open_project(tmp_path, base=None, python="no-such-python")
    assert list(tmp_path.iterdir()) == []


# The Python.


def environment(root: Path, *, python: str = sys.executable) -> Path:
    """What looks like a virtual environment: a script that starts this Python."""
    program = root / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{python}" "$@"\n')
    program.chmod(0o755)
    return program


posix = pytest.mark.skipif(os.name == "nt", reason="scripts with #! are POSIX's")


@pytest.fixture
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)


@posix
def test_the_python_asked_for_goes_before_all(tmp_path: Path, python: Python) -> None:
    environment(tmp_path / ".venv")
    asked = environment(tmp_path / "mine")
    for given in ("mine/bin/python", str(asked)):
        found = find_python(tmp_path, given, python)
        assert (found.path, found.origin) == (asked, "as asked")


@posix
def test_a_python_asked_for_by_name_is_the_paths(
    tmp_path: Path, python: Python, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path = environment(tmp_path / "elsewhere")
    monkeypatch.setenv("PATH", str(on_path.parent))
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "python").touch(0o755)
    assert find_python(tmp_path / "here", "python", python).path == on_path
    monkeypatch.chdir(tmp_path / "here")
    relative = find_python(tmp_path, "../elsewhere/bin/python", python)
    assert relative.path.samefile(on_path)


@pytest.mark.parametrize("asked", ["no-such-python", "mine/bin/python", "."])
def test_a_python_asked_for_that_is_none_is_told(
    tmp_path: Path, python: Python, asked: str
) -> None:
    with pytest.raises((ConfigError, ToolError), match="Python") as caught:
        find_python(tmp_path, asked, python)
    assert "--python" in caught.value.hint


@posix
@pytest.mark.usefixtures("_no_environment")
def test_pythons_are_looked_for_in_order(
    tmp_path: Path, python: Python, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(environment(tmp_path / "path").parent))
    (tmp_path / "path" / "bin" / "python").rename(tmp_path / "path" / "bin" / "python3")
    assert "on the PATH" in find_python(tmp_path, None, python).origin
    for name in ("venv", ".venv"):
        environment(tmp_path / name)
        found = find_python(tmp_path, None, python)
        assert found.origin == f"the environment in {name}"
    environment(tmp_path / "conda")
    monkeypatch.setenv("CONDA_PREFIX", str(tmp_path / "conda"))
    assert "conda" in find_python(tmp_path, None, python).origin
    environment(tmp_path / "active")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert "active virtual" in find_python(tmp_path, None, python).origin


@posix
@pytest.mark.usefixtures("_no_environment")
def test_a_committed_environment_is_not_run(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = "#!/bin/sh\ntouch ran\n"
    repository.commit({"venv/bin/python": program, "a.py": ""})
    (repository.root / "venv" / "bin" / "python").chmod(0o755)
    (repository.root / ".venv").symlink_to("venv")
    repository.commit()
    project = open_project(repository.root, base=None, python=None)
    assert "environment in" not in project.python.origin
    notes = [note for note in project.notes if "is committed" in note]
    assert len(notes) == 2


@posix
@pytest.mark.usefixtures("_no_environment")
def test_an_environment_that_is_not_committed_is_used(repository: Repository) -> None:
    repository.commit({"a.py": ""})
    environment(repository.root / "venv")
    project = open_project(repository.root, base=None, python=None)
    assert project.python.origin == "the environment in venv"
    assert not [note for note in project.notes if "is committed" in note]


@pytest.mark.usefixtures("_no_environment")
def test_without_any_the_gates_own_serves(
    tmp_path: Path, python: Python, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_python(tmp_path, None, python) is python


@posix
def test_a_python_that_does_not_answer_is_told(tmp_path: Path) -> None:
    liar = environment(tmp_path / "x", python="/bin/echo")
    with pytest.raises(ToolError, match="is no Python that runs"):
        inspect_python(liar, "x")


def test_a_python_knows_what_it_has(python: Python) -> None:
    assert python.version == sys.version_info[:3]
    assert python.has("pytest") and python.has("coverage")
    assert not python.has("no-such-tool")


@pytest.mark.parametrize("safe", ["", "1"])
def test_a_users_own_module_is_not_run_for_a_tool(
    tmp_path: Path, python: Python, monkeypatch: pytest.MonkeyPatch, safe: str
) -> None:
    """Nor with PYTHONSAFEPATH, where the working folder is not on the path."""
    for name in ("black.py", "json.py", "runpy.py", "click.py"):
        (tmp_path / name).write_text("raise SystemExit('the user's own')")
    monkeypatch.setenv("PYTHONSAFEPATH", safe)
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "wanted.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "library"))
    done = process.run([*python.module("black"), "--version"], cwd=tmp_path)
    assert "black" in done.stdout, done.output
    words = [*python.module("pydoc"), "wanted"]
    assert "wanted" in process.run(words, cwd=tmp_path).stdout
