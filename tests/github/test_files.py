"""The runner's files are, after the tests, what they were before them, and ours."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gate.errors import GateError
from gate.github.files import OUTPUT, SUMMARY, RunnerFiles

NAMES = (OUTPUT, SUMMARY, "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE")
ENV = "GITHUB_ENV"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """What a runner tells a step, and files that hold something of the step before."""
    folder = tmp_path / "_runner_file_commands"
    folder.mkdir()
    named = {name: folder / name.lower() for name in (*NAMES, "GITHUB_OF_TOMORROW")}
    named["GITHUB_EVENT_PATH"] = tmp_path / "event.json"
    for path in named.values():
        path.write_text("before\n", "utf-8")
    others = {"GITHUB_WORKSPACE": str(tmp_path), "HOME": str(tmp_path), "PATH": ""}
    return {**{name: str(path) for name, path in named.items()}, **others}


def append(path: Path) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("BASH_ENV=/tmp/evil\n")


def replace_by(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def attack(path: Path) -> None:
        path.unlink()
        make(path)

    return attack


def pipe(path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no pipes here")
    os.mkfifo(path)


def folder(path: Path) -> None:
    (path / "in it").mkdir(parents=True)


ATTACKS = [
    append,
    Path.unlink,
    replace_by(folder),
    replace_by(lambda path: path.symlink_to(path.with_name("other"))),
    replace_by(lambda path: path.symlink_to(__file__)),
    replace_by(pipe),
    lambda path: path.write_bytes(b""),
    lambda path: shutil.rmtree(path.parent),
]


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize(
    "name", [ENV, OUTPUT, "GITHUB_EVENT_PATH", "GITHUB_OF_TOMORROW"]
)
def test_whatever_becomes_of_a_file_it_is_put_back(
    environ: dict[str, str], attack: Callable[[Path], None], name: str
) -> None:
    files = RunnerFiles(environ)
    assert files.changed() == ()
    attack(Path(environ[name]))
    assert name in files.changed()
    files.put_back()
    assert files.changed() == ()
    assert Path(environ[name]).read_text("utf-8") == "before\n"
    assert Path(__file__).stat().st_size > 1_000


def test_what_is_added_comes_behind_what_was_there_and_stays(
    environ: dict[str, str],
) -> None:
    files = RunnerFiles(environ)
    append(Path(environ[OUTPUT]))
    files.put_back({OUTPUT: "verdict=open\n", SUMMARY: ""})
    files.put_back()
    assert Path(environ[OUTPUT]).read_text("utf-8") == "before\nverdict=open\n"
    assert Path(environ[SUMMARY]).read_text("utf-8") == "before\n"


def test_a_file_that_was_not_there_is_made_only_for_what_is_added(
    tmp_path: Path,
) -> None:
    named = {OUTPUT: str(tmp_path / "output"), ENV: str(tmp_path / "env")}
    files = RunnerFiles(named)
    append(tmp_path / "env")
    files.put_back({OUTPUT: "a=b\n", SUMMARY: "nobody asked"})
    assert [path.name for path in tmp_path.iterdir()] == ["output"]


def test_outside_of_github_there_are_none(tmp_path: Path) -> None:
    files = RunnerFiles({"HOME": str(tmp_path), OUTPUT: ""})
    files.put_back({OUTPUT: "a=b\n"})
    assert (files.folders, files.changed(), [*tmp_path.iterdir()]) == ((), (), [])


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    files = RunnerFiles({OUTPUT: str(tmp_path / "file" / "output")})
    with pytest.raises(GateError, match="cannot be written"):
        files.put_back({OUTPUT: "a=b\n"})
