"""release.py: which tags become a release, what is in it, and where `v1` points."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from tests.conftest import Repository

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX system")

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / ".github" / "release.py"
FAKE_GH = ROOT / "tests" / "harness" / "fake_gh.py"
CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- Something to come.

## [{name}] - 2026-10-01

### Added

- Something that is there.

## 0.1.0

The first version.

[Unreleased]: https://example.org
"""
FILES = ("a.whl", "a.tar.gz")
WORKFLOW_FILE = ROOT / ".github" / "workflows" / "release.yml"
WORKFLOW: dict[Any, Any] = yaml.safe_load(WORKFLOW_FILE.read_text("utf-8"))


@dataclass(frozen=True, kw_only=True)
class Releasing:
    """A repository of ours in small, its main on GitHub, and a `gh` that pretends."""

    repository: Repository
    state: Path

    def tag(self, tag: str, **changes: str) -> str:
        """Commit what a release needs, tag it, and say the commit's name."""
        name = tag.removeprefix("v")
        version, changelog = name.replace("-", ""), CHANGELOG.format(name=name)
        files = {
            "gate/__init__.py": f'"""G."""\n\n__version__ = "{version}"\n',
            "CHANGELOG.md": changelog,
            **changes,
        }
        commit = self.repository.commit(files)
        self.repository.git("tag", "-a", "-m", tag, tag)
        self.repository.git("update-ref", "refs/remotes/origin/main", commit)
        passed = {"workflow": "ci.yml", "event": "push", "branch": "main"}
        self.set(runs=[{**passed, "commit": commit, "status": "success"}])
        return commit

    def set(self, **changes: Any) -> None:
        self.state.write_text(json.dumps({**self.get(), **changes}), "utf-8")

    def get(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self.state.read_text("utf-8"))
        return state

    def run(self, *words: str) -> str:
        """What the script prints; with "release: ..." when it refuses."""
        tools = self.state.parent / "tools"
        done = subprocess.run(
            [sys.executable, str(self.repository.root / ".github/release.py"), *words],
            env={
                **os.environ,
                "PATH": os.pathsep.join([str(tools), os.environ["PATH"]]),
                "FAKE_GH": str(self.state),
            },
            capture_output=True,
            encoding="utf-8",
        )
        assert "Traceback" not in done.stderr, done.stderr
        if done.returncode == 0:
            return done.stdout
        assert done.stderr.startswith("release: "), done.stderr
        return done.stdout + done.stderr

    def publish(self, tag: str) -> str:
        folder = self.state.parent / "dist"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        sums = ""
        for name in FILES:
            (folder / name).write_text(f"{name} of {tag}", "utf-8")
            digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
            sums += f"{digest}  {name}\n"
        (folder / "SHA256SUMS").write_text(sums, "utf-8")
        return self.run("publish", tag, str(folder))


@pytest.fixture
def releasing(repository: Repository, tmp_path: Path) -> Releasing:
    repository.write({".github/release.py": SCRIPT.read_text("utf-8")})
    tool = tmp_path / "tools" / "gh"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE_GH}" "$@"\n', "utf-8")
    tool.chmod(0o755)
    state = tmp_path / "state.json"
    empty = {"runs": [], "releases": {}, "refs": {}, "refuses": [], "asked": []}
    state.write_text(json.dumps(empty), "utf-8")
    return Releasing(repository=repository, state=state)


# Which tags become a release


@pytest.mark.parametrize("tag", ["v1.2.3", "v0.1.0", "v10.0.0", "v2.0.0-rc1"])
def test_a_tag_that_is_what_it_says_passes(releasing: Releasing, tag: str) -> None:
    commit = releasing.tag(tag)
    assert releasing.run("check", tag) == f"{tag} is {commit}, on main and tested\n"


@pytest.mark.parametrize(
    "tag",
    [
        "1.2.3",
        "v1.2",
        "v1",
        "v1.2.3.4",
        "v01.2.3",
        "v1.2.3-rc0",
        "v1.2.3rc1",
        "v1.2.3\n",
    ],
)
def test_what_is_no_version_is_refused(releasing: Releasing, tag: str) -> None:
    assert "is no version: tags are vX.Y.Z" in releasing.run("check", tag)
    assert releasing.get()["asked"] == []


def test_a_tag_of_another_version_is_refused(releasing: Releasing) -> None:
    releasing.tag("v1.2.4")
    releasing.repository.git("tag", "v1.2.5")
    assert "gate.__version__ is not 1.2.5" in releasing.run("check", "v1.2.5")


@pytest.mark.parametrize(
    ("heading", "said"),
    [
        ("## [1.2.3]", "no section '## [1.2.3] - YYYY-MM-DD'"),
        ("## 1.2.3 - 2026-10-01", "no section"),
        ("## [1.2.30] - 2026-10-01", "no section"),
        ("## [1.2.3] - soon", "'soon' is no date"),
        ("## [1.2.3] - 2026-10-41", "'2026-10-41' is no date"),
        ("## [1.2.3] - 2026-10-01\n\n## [1.2.2] - 2026-09-01", "no section"),
    ],
)
def test_a_changelog_without_the_version_and_its_date_is_refused(
    releasing: Releasing, heading: str, said: str
) -> None:
    text = f"# Changelog\n\n{heading}\n\n- Something.\n"
    releasing.tag("v1.2.3", **{"CHANGELOG.md": text})
    assert said in releasing.run("check", "v1.2.3")


def test_a_tag_that_is_not_on_main_is_refused(releasing: Releasing) -> None:
    before = releasing.tag("v1.2.2")
    releasing.tag("v1.2.3")
    releasing.repository.git("update-ref", "refs/remotes/origin/main", before)
    assert "is not on main" in releasing.run("check", "v1.2.3")


def test_a_tag_on_an_older_commit_of_main_passes(releasing: Releasing) -> None:
    releasing.tag("v1.2.3")
    runs = releasing.get()["runs"]
    later = releasing.repository.commit({"later.txt": ""})
    releasing.repository.git("update-ref", "refs/remotes/origin/main", later)
    releasing.repository.git("checkout", "-q", "v1.2.3")
    releasing.set(runs=runs)
    assert "on main and tested" in releasing.run("check", "v1.2.3")


def test_another_commit_than_the_tags_is_refused(releasing: Releasing) -> None:
    releasing.tag("v1.2.3")
    releasing.repository.commit({"later.txt": ""})
    assert "is not that of v1.2.3" in releasing.run("check", "v1.2.3")


@pytest.mark.parametrize(
    "change",
    [
        {"status": "failure"},
        {"event": "pull_request"},
        {"branch": "topic"},
        {"commit": "0" * 40},
        {"workflow": "other.yml"},
    ],
)
def test_a_commit_that_ci_has_not_passed_on_main_is_refused(
    releasing: Releasing, change: dict[str, str]
) -> None:
    releasing.tag("v1.2.3")
    releasing.set(runs=[{**run, **change} for run in releasing.get()["runs"]])
    assert "CI has not passed on main" in releasing.run("check", "v1.2.3")


# What is built


@pytest.fixture
def setuptools() -> None:
    module = pytest.importorskip("setuptools")
    if int(module.__version__.split(".")[0]) < 77:
        pytest.skip("needs setuptools 77 or newer: pip install -e .[dev]")


PROJECT = {
    "pyproject.toml": (ROOT / "pyproject.toml").read_text("utf-8"),
    "README.md": "# Gate\n",
    "LICENSE": "Licence.\n",
    "gate/py.typed": "",
    "gate/cli.py": '"""The command line."""\n',
}


def test_what_is_built_is_the_same_each_time(
    releasing: Releasing, setuptools: None, tmp_path: Path
) -> None:
    releasing.tag("v1.2.3-rc1", **PROJECT)
    releasing.repository.write({"gate/stray.py": "# not committed"})
    told = releasing.run("build", "v1.2.3-rc1", str(tmp_path / "one"))
    releasing.repository.git("checkout", "-q", "-b", "elsewhere")
    for path in releasing.repository.root.rglob("*.py"):
        os.utime(path, (time.time() + 100_000, time.time() + 100_000))
        path.chmod(0o600)
    assert releasing.run("build", "v1.2.3-rc1", str(tmp_path / "two")) == told
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("one", "two")
    )
    assert one == two
    assert one["SHA256SUMS"].decode() == told
    assert {*one} == {
        "SHA256SUMS",
        "research_quality_gate-1.2.3rc1-py3-none-any.whl",
        "research_quality_gate-1.2.3rc1.tar.gz",
    }
    for line in told.splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(one[name]).hexdigest() == digest


def test_what_is_built_holds_what_is_committed_and_nobodys_name(
    releasing: Releasing, setuptools: None, tmp_path: Path
) -> None:
    releasing.tag("v1.2.3", **PROJECT)
    releasing.repository.write({"gate/stray.py": "# not committed"})
    releasing.run("build", "v1.2.3", str(tmp_path / "dist"))
    epoch = int(releasing.repository.git("log", "-1", "--format=%ct"))
    (sdist,) = (tmp_path / "dist").glob("*.tar.gz")
    with tarfile.open(sdist) as file:
        members = file.getmembers()
    assert {member.mtime for member in members} == {epoch}
    assert {(m.uid, m.gid, m.uname, m.gname) for m in members} == {(0, 0, "", "")}
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for found in (names, [member.name for member in members]):
        assert [name for name in found if name.endswith("gate/cli.py")]
        assert not [name for name in found if "stray" in name]


def test_a_folder_that_is_there_is_not_built_into(
    releasing: Releasing, tmp_path: Path
) -> None:
    releasing.tag("v1.2.3")
    assert "is there already" in releasing.run("build", "v1.2.3", str(tmp_path))


# What is public, and where the tag of the major version points


def test_a_release_is_public_with_all_its_files_and_v1_moves(
    releasing: Releasing,
) -> None:
    commit = releasing.tag("v1.0.0")
    told = releasing.publish("v1.0.0")
    assert told.splitlines() == [
        "v1.0.0 is public, with SHA256SUMS, a.tar.gz, a.whl",
        f"v1 is {commit}",
    ]
    state = releasing.get()
    assert state["releases"]["v1.0.0"] == {
        "draft": False,
        "prerelease": False,
        "latest": True,
        "files": ["SHA256SUMS", "a.tar.gz", "a.whl"],
        "notes": "### Added\n\n- Something that is there.\n",
    }
    assert state["refs"] == {"refs/tags/v1": commit}
    later = releasing.tag("v1.1.0")
    releasing.publish("v1.1.0")
    assert releasing.get()["refs"] == {"refs/tags/v1": later}
    assert "v1" not in releasing.get()["releases"]


@pytest.mark.parametrize("tag", ["v1.1.0-rc1", "v0.9.0"])
def test_a_candidate_and_a_version_before_1_move_nothing(
    releasing: Releasing, tag: str
) -> None:
    releasing.tag("v1.0.0")
    releasing.publish("v1.0.0")
    before = releasing.get()["refs"]
    releasing.tag(tag)
    assert "no tag is moved" in releasing.publish(tag)
    state = releasing.get()
    assert state["refs"] == before
    assert state["releases"][tag]["prerelease"] == ("rc" in tag)
    assert not state["releases"][tag]["latest"]


def test_an_older_release_moves_nothing_back(releasing: Releasing) -> None:
    for tag in ("v1.2.0", "v2.0.0", "v1.10.0"):
        releasing.tag(tag)
        releasing.publish(tag)
    before = releasing.get()["refs"]
    releasing.tag("v1.2.1")
    assert "v1 stays at v1.10.0, which is newer" in releasing.publish("v1.2.1")
    state = releasing.get()
    assert state["refs"] == before
    latest = {tag: release["latest"] for tag, release in state["releases"].items()}
    assert latest == {
        "v1.2.0": True,
        "v2.0.0": True,
        "v1.10.0": False,
        "v1.2.1": False,
    }


def test_a_tag_of_a_name_that_begins_alike_is_not_taken_for_it(
    releasing: Releasing,
) -> None:
    commit = releasing.tag("v1.0.0")
    releasing.set(refs={"refs/tags/v1.0.0": commit, "refs/tags/v10": commit})
    releasing.publish("v1.0.0")
    assert releasing.get()["refs"]["refs/tags/v1"] == commit


def test_a_run_that_broke_off_can_be_run_again(releasing: Releasing) -> None:
    commit = releasing.tag("v1.0.0")
    draft = {"draft": True, "prerelease": False, "files": ["a.whl"], "notes": ""}
    releasing.set(releases={"v1.0.0": draft}, refuses=["POST"])
    told = releasing.publish("v1.0.0")
    assert "v1 did not move" in told
    assert f"git push --force origin {commit}:refs/tags/v1" in told
    public = releasing.get()["releases"]
    assert len(public["v1.0.0"]["files"]) == 3 and not public["v1.0.0"]["draft"]
    releasing.set(refuses=[])
    assert "v1.0.0 is public already" in releasing.publish("v1.0.0")
    assert releasing.get()["refs"] == {"refs/tags/v1": commit}
    assert releasing.get()["releases"] == public


def test_a_file_that_is_not_what_was_built_is_not_published(
    releasing: Releasing, tmp_path: Path
) -> None:
    releasing.tag("v1.0.0")
    releasing.publish("v1.0.0")
    releasing.set(releases={})
    (tmp_path / "dist" / "a.whl").write_text("another", "utf-8")
    told = releasing.run("publish", "v1.0.0", str(tmp_path / "dist"))
    assert "a.whl is not the file that SHA256SUMS names" in told
    assert releasing.get()["releases"] == {}


# The workflow around it


def test_only_the_job_that_publishes_may_write() -> None:
    rights = {name: job["permissions"] for name, job in WORKFLOW["jobs"].items()}
    assert WORKFLOW["permissions"] == {}
    assert rights.pop("publish") == {"contents": "write"}
    assert rights.pop("attest") == {"id-token": "write", "attestations": "write"}
    assert {right for job in rights.values() for right in job.values()} == {"read"}
    assert WORKFLOW["jobs"]["publish"]["environment"]["name"] == "release"
    assert set(WORKFLOW["jobs"]["publish"]["needs"]) == {"build", "attest"}


def test_a_release_takes_no_secret_and_no_cache() -> None:
    text = WORKFLOW_FILE.read_text("utf-8")
    assert (
        "secrets." not in text and "cache:" not in text and "actions/cache" not in text
    )
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")


@pytest.mark.parametrize(
    ("tag", "starts"),
    [
        ("v1.2.3", True),
        ("v1.2.3-rc1", True),
        ("v1", False),
        ("v1.2", False),
        ("v1.2.3-x", False),
        ("1.2.3", False),
    ],
)
def test_only_a_version_starts_it(tag: str, starts: bool) -> None:
    """`+` repeats what is before it, in GitHub's patterns as in regular expressions."""
    on = WORKFLOW[True]  # YAML's word for `on`
    assert {*on} == {"push"} and {*on["push"]} == {"tags"}
    patterns = [pattern.replace(".", r"\.") for pattern in on["push"]["tags"]]
    assert any(re.fullmatch(pattern, tag) for pattern in patterns) is starts
