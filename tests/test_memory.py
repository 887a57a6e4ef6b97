"""An answer is remembered for as long as nothing that it depends on has changed."""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate import guard, memory, pipeline, process, reach, surroundings
from gate.cache import FOLDER, Cache
from gate.checks import CHECKS, DEPENDS
from gate.config import CheckSettings
from gate.findings import Finding, Result, Status, Weight, worst_first
from gate.interpreters import Python
from gate.memory import Memory
from gate.project import Project, list_files
from tests.conftest import Files, MakeProject, write

REMEMBERED = (*DEPENDS, "lint")
CODE: Files = {
    "setup.cfg": "[flake8]\nmax-line-length = 88\n",
    "pkg/__init__.py": "",
    "pkg/one.py": "import os\nimport abc\n\nx = 1\n",
    "pkg/two.py": "import os\n\n\ndef f( ):\n    return os\n",
    "main.py": "from pkg import one\n\nprint(one)\n",
}


def results(project: Project) -> dict[str, Result]:
    """What the checks say that are remembered, without what is the run's own."""
    chosen = {
        name: CheckSettings(weight=Weight.ERROR, options=CHECKS[name].Options())
        for name in REMEMBERED
    }
    found = pipeline.run(project, chosen)
    return {
        result.check: msgspec.structs.replace(
            result, duration=0.0, findings=worst_first(result.findings)
        )
        for result in found
    }


def again(project: Project) -> Project:
    """The project as the next run would open it."""
    scratch = Path(tempfile.mkdtemp(dir=project.scratch))
    files = list_files(project.root, in_git=False)
    return dataclasses.replace(project, files=files, scratch=scratch)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tools that were started, by name, and the files that flake8 was told."""
    seen: list[str] = []
    run = process.run

    def spy(command: Sequence[str | Path], **options: object) -> process.Completed:
        words = [*map(str, command)]
        module = next((word for word in words if "run_module(" in word), "")
        seen.append(module.partition("run_module('")[2].partition("'")[0])
        seen.extend(word for word in words if word.startswith("--filename="))
        return run(command, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(process, "run", spy)
    return seen


def tools(started: list[str]) -> list[str]:
    found = sorted(filter(None, started))
    started.clear()
    return found


def test_an_unchanged_tree_is_not_judged_again(
    make_project: MakeProject, started: list[str]
) -> None:
    project = make_project(CODE)
    first = results(project)
    assert {"black", "flake8", "isort"} <= {*tools(started)}
    assert first["lint"].findings and first["formatting"].findings
    assert results(again(project)) == first
    assert tools(started) == []


def test_of_a_changed_file_nothing_else_is_judged_again(
    make_project: MakeProject, started: list[str]
) -> None:
    project = make_project(CODE)
    results(project)
    tools(started)
    write(project.root, {"pkg/one.py": "import os\n"})
    found = results(again(project))
    assert "--filename=pkg/one.py" in tools(started)
    lines = [(f.path, f.rule) for f in found["lint"].findings]
    assert lines == [("pkg/one.py", "lint/F401"), *lines[1:]]
    assert {path for path, _ in lines} == {"pkg/one.py", "pkg/two.py"}


EDITS = st.lists(
    st.tuples(
        st.sampled_from([*CODE, "pkg/three.py", "os.py", "pkg/.gitignore"]),
        st.sampled_from(
            [
                *(None, "", "import sys\n", "import pkg\nimport os\n", "x=1\n"),
                *("def f():\n  pass\n", "x = 1  # noqa\n", "import b\n\nimport a\n"),
                *("[flake8]\nignore = E\n", "[flake8]\nexclude = pkg\n", "*\n"),
                "[isort]\nforce_sort_within_sections = true\n",
                "[flake8]\nper-file-ignores =\n    pkg/one.py: F401\n",
            ]
        ),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=12)
@given(st.lists(EDITS, min_size=1, max_size=2))
def test_with_a_memory_all_is_said_that_would_be_said_without(
    python: Python, runs: list[list[tuple[str, str | None]]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root, scratch = Path(folder, "root"), Path(folder, "scratch")
        scratch.mkdir()
        write(root, CODE)
        empty = Project(
            root=root, scratch=scratch, files=(), python=python, own_python=python
        )
        results(again(empty))
        for edits in runs:
            for path, text in edits:
                (root / path).unlink(missing_ok=True)
                write(root, {path: text} if text is not None else {})
            with_it = results(again(empty))
            (kept := root / FOLDER).rename(aside := Path(folder, "aside"))
            without = results(again(empty))
            assert with_it == without
            shutil.rmtree(kept)
            aside.rename(kept)


class Counted:
    """A run that counts, and says what it is told."""

    def __init__(self, status: Status = Status.PASSED) -> None:
        self.calls = 0
        self.status = status

    def __call__(self) -> Result:
        self.calls += 1
        return Result(status=self.status, summary=f"call {self.calls}")


def remembering(
    root: Path, files: Sequence[str] = ("a.py",), around: object = 1
) -> Memory:
    return Memory(root, files, around, Cache(root))


def test_each_thing_that_an_answer_depends_on_makes_it_another(tmp_path: Path) -> None:
    run = Counted()
    remembering(tmp_path).result("a", {"x": 1}, 1, run)
    remembering(tmp_path).result("a", {"x": 1}, 1, run)
    assert run.calls == 1
    remembering(tmp_path).result("b", {"x": 1}, 1, run)
    remembering(tmp_path).result("a", {"x": 2}, 1, run)
    remembering(tmp_path).result("a", {"x": 1}, 2, run)
    remembering(tmp_path, around=2).result("a", {"x": 1}, 1, run)
    assert run.calls == 5


@pytest.mark.parametrize("status", [Status.ERROR, Status.SKIPPED])
def test_an_error_is_not_remembered(tmp_path: Path, status: Status) -> None:
    run = Counted(status)
    for _ in range(2):
        remembering(tmp_path).result("a", {}, 1, run)
    assert run.calls == 2


def test_a_file_that_changes_meanwhile_is_not_remembered(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "1"})

    def look(paths: Sequence[str]) -> Iterator[Finding]:
        yield Finding(rule="a/b", message=(tmp_path / "a.py").read_text(), path="a.py")
        write(tmp_path, {"a.py": "22"})

    first = remembering(tmp_path)
    first.by_file("a", 1, ["a.py"], look)
    first.result("a", {}, 1, Counted())
    assert not [*tmp_path.glob(f"{FOLDER}/*.json")]


def by_file(
    root: Path, files: Files, depends: object = 1, around: object = 1
) -> tuple[list[str], list[str]]:
    """The files that were looked at, and what was found in all."""
    write(root, files)
    seen: list[str] = []

    def look(paths: Sequence[str]) -> Iterator[Finding]:
        seen.extend(paths)
        for path in paths:
            text = (root / path).read_text()
            yield Finding(rule="a/b", message=text, path=path)

    names = sorted(p.name for p in root.glob("*.py"))
    found = remembering(root, names, around).by_file("a", depends, names, look)
    return seen, [finding.message for finding in found]


def test_a_file_is_looked_at_when_it_is_new_or_has_changed(tmp_path: Path) -> None:
    assert by_file(tmp_path, {"a.py": "1", "b.py": "2"})[0] == ["a.py", "b.py"]
    assert by_file(tmp_path, {}) == ([], ["1", "2"])
    assert by_file(tmp_path, {"b.py": "3"}) == (["b.py"], ["1", "3"])
    # The same content by another name is another file.
    assert by_file(tmp_path, {"c.py": "1"}) == (["c.py"], ["1", "3", "1"])
    (tmp_path / "a.py").unlink()
    assert by_file(tmp_path, {}) == ([], ["3", "1"])
    assert by_file(tmp_path, {}, depends=2)[0] == ["b.py", "c.py"]
    assert by_file(tmp_path, {}, around=2)[0] == ["b.py", "c.py"]


def test_the_same_size_and_time_are_not_the_same_content(tmp_path: Path) -> None:
    by_file(tmp_path, {"a.py": "1"})
    at = (tmp_path / "a.py").stat()
    write(tmp_path, {"a.py": "2"})
    os.utime(tmp_path / "a.py", ns=(at.st_atime_ns, at.st_mtime_ns))
    assert by_file(tmp_path, {}) == (["a.py"], ["2"])


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"\xff", b'{"a.py": ["x"]}', b'{"status": "passed"}']
)
def test_an_entry_that_is_corrupt_is_not_there(tmp_path: Path, data: bytes) -> None:
    by_file(tmp_path, {"a.py": "1"})
    run = Counted()
    remembering(tmp_path).result("a", {}, 1, run)
    for path in (tmp_path / FOLDER).glob("*.json"):
        path.write_bytes(data)
    assert by_file(tmp_path, {})[0] == ["a.py"]
    remembering(tmp_path).result("a", {}, 1, run)
    assert run.calls == 2


def test_data_is_told_by_its_start_and_size_and_text_by_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_START", 4)

    def digest(data: bytes) -> str:
        (tmp_path / "a.bin").write_bytes(data)
        return remembering(tmp_path, ["a.bin"]).everything

    assert digest(b"\0abcdef") == digest(b"\0abcdeX")
    assert digest(b"\0abcdef") != digest(b"\0abcdefg")
    assert digest(b"\0abcdef") != digest(b"\0Xbcdef")
    assert digest(b"abcdef") != digest(b"abcdeX")


def test_of_a_strangers_change_nothing_is_remembered(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(CODE)
    results(project)
    before = {
        p: p.read_bytes() for p in (project.root / FOLDER).rglob("*") if p.is_file()
    }
    seen: list[Project] = []
    check = CHECKS["naming"]

    class Fake:
        Options = check.Options

        @staticmethod
        def run(project: Project, options: object) -> Result:
            seen.append(project)
            return Result(status=Status.PASSED, summary="")

    monkeypatch.setitem(CHECKS, "naming", Fake)
    chosen = {
        name: CheckSettings(weight=Weight.ERROR, options=CHECKS[name].Options())
        for name in REMEMBERED
    }
    monkeypatch.setattr(guard, "renounce", lambda: None)
    write(project.root, {"pkg/one.py": "import os\n"})
    pipeline.run(again(project), chosen, apart=lambda: None)
    assert seen[0].memory is None and seen[0].cache is None
    after = {
        p: p.read_bytes() for p in (project.root / FOLDER).rglob("*") if p.is_file()
    }
    assert after == before


# What else answers depend on.


@pytest.fixture
def project(make_project: MakeProject) -> Project:
    return make_project(CODE)


Change = Callable[[Project, pytest.MonkeyPatch], Project]


def _tool(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    tools = {**project.python.tools, "flake8": "0"}
    return dataclasses.replace(
        project, python=dataclasses.replace(project.python, tools=tools)
    )


def _plugin(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    return with_plugin(project, "flake8_bugbear-1.dist-info")


def _gate(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr("gate.__version__", "0")
    return project


def _own_code(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(surroundings, "_own_code", lambda: "other")
    return project


def _above(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    write(project.root.parent, {".flake8": "[flake8]\nignore = E\n"})
    return project


def _user(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project.root.parent))
    write(project.root.parent, {"black": "[tool.black]\nline-length = 3\n"})
    return project


def _variable(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PYTHONUTF8", "1")
    return project


def _place(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    return dataclasses.replace(
        project, root=project.root.rename(project.root.parent / "x")
    )


def _python(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    python = dataclasses.replace(project.own_python, version=(3, 0, 0))
    return dataclasses.replace(project, own_python=python)


def with_plugin(project: Project, name: str, files: Files | None = None) -> Project:
    """The project with one more plug-in of flake8 in its Python."""
    folder = Path(tempfile.mkdtemp(dir=project.scratch))
    write(folder / name, {"entry_points.txt": "[flake8.extension]\nB = b\n"})
    write(folder / name, files or {})
    folders = (*project.python.folders, str(folder))
    python = dataclasses.replace(project.python, folders=folders)
    return dataclasses.replace(project, python=python)


@pytest.mark.parametrize(
    "change",
    [_tool, _plugin, _gate, _own_code, _above, _user, _variable, _place, _python],
)
def test_what_an_answer_depends_on_besides_the_tree(
    project: Project, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    before = surroundings.around(project)
    assert surroundings.around(project) == before
    assert surroundings.around(change(project, monkeypatch)) != before


def test_a_tool_that_is_being_worked_on_is_not_told_by_its_version(
    project: Project,
) -> None:
    assert surroundings.are_told(project)
    edited = with_plugin(project, "black-1.dist-info", {"direct_url.json": "{}"})
    assert not surroundings.are_told(edited)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("flake8_bugbear-1.dist-info", True),
        ("pep8_naming-1.dist-info", True),
        ("flake8_mypy-1.dist-info", False),
        ("flake8_requirements-1.dist-info", False),
    ],
)
def test_plugins_of_flake8_are_known_to_look_at_one_file_or_not(
    project: Project, name: str, told: bool
) -> None:
    assert (reach.of_flake8(with_plugin(project, name)) is not None) is told
    edited = with_plugin(project, name, {"direct_url.json": "{}"})
    assert reach.of_flake8(edited) is None


@pytest.mark.parametrize(
    "text",
    [
        "[flake8]\n[flake8:local-plugins]\nextension =\n    X = a:B\n",
        "[flake8]\nenable-extensions = RQ\n",
        "[flake8]\nfilename = *.txt\n",
    ],
)
def test_settings_by_which_flake8_looks_further(project: Project, text: str) -> None:
    assert reach.of_flake8(project) is not None
    write(project.root, {"setup.cfg": text})
    assert reach.of_flake8(project) is None


def test_what_isort_would_call_first_party(project: Project) -> None:
    before = reach.of_isort(project)
    assert before is not None and reach.of_isort(project) == before
    (project.root / "wandb").mkdir()  # as a run leaves it, and git ignores it
    assert (second := reach.of_isort(project)) != before
    write(project.root, {"wandb/part/a.txt": ""})  # a part of a namespace
    assert (third := reach.of_isort(project)) != second
    write(project.root, {"wandb/__init__.py": "", "wandb/more/a.txt": ""})
    assert reach.of_isort(project) != third


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("src_paths = lib,tests/helpers", True),
        ("src_paths =\n  lib\n  ../other", False),
        ("src_paths = /elsewhere", False),
        ("src_paths = lib/*", False),
        ("old_finders = true", False),
    ],
)
def test_where_isort_looks_for_sources(project: Project, line: str, told: bool) -> None:
    write(project.root, {"setup.cfg": f"[isort]\n{line}\n"})
    before = reach.of_isort(project)
    assert (before is not None) is told
    write(project.root, {"lib/own.py": ""})
    assert not told or reach.of_isort(project) != before


def test_a_folder_of_very_many_names_is_not_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "MAX_NAMES", 20)
    write(project.root, {f"data/{number}.csv": "" for number in range(30)})
    assert reach.of_isort(project) is None


def test_a_name_that_flake8_would_take_for_a_pattern_is_not_one(
    make_project: MakeProject,
) -> None:
    project = make_project({"a/x[1].py": "import os\n", "a/x1.py": "import os\n"})
    results(project)
    write(project.root, {"a/x[1].py": "import abc\n"})
    found = results(again(project))["lint"]
    assert [f.message.split("'")[1] for f in found.findings] == ["os", "abc"]
