"""install.sh: which Python it takes, which installation it trusts, what it makes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import gate
from gate import yamlfile
from gate.data.source import EXTENSIONS

if TYPE_CHECKING:
    from tests.end_to_end.conftest import MakeRepository, Runner

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX system")

SCRIPT = Path(__file__).parents[2] / ".github" / "install.sh"


@dataclass(frozen=True, kw_only=True)
class Installed:
    """The exit code, the output, and what was written for the next steps."""

    code: int
    said: str
    outputs: str


def install(tmp_path: Path, environment: Mapping[str, str]) -> Installed:
    outputs = tmp_path / "outputs"
    outputs.touch()
    workspace = tmp_path / "workspace"
    workspace.mkdir(exist_ok=True)
    done = subprocess.run(
        [str(SCRIPT)],
        cwd=workspace,
        env={
            "PATH": os.environ["PATH"],
            "GITHUB_OUTPUT": str(outputs),
            "GITHUB_WORKSPACE": str(workspace),
            "RUNNER_TEMP": str(tmp_path / "temp"),
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    return Installed(
        code=done.returncode, said=done.stdout, outputs=outputs.read_text("utf-8")
    )


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)
    return path


def test_an_installation_that_is_kept_is_used(tmp_path: Path) -> None:
    done = install(tmp_path, {"GATE_VENV": sys.prefix})
    assert done.code == 0, done.said
    assert done.outputs == f"python={sys.prefix}/bin/python\n"
    assert done.said.startswith(f"Gate {gate.__version__}, Python 3.")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("echo 0.0.1", "does not hold Gate"),
        ("exit 1", "does not hold Gate"),
        (None, "names no folder"),
    ],
)
def test_an_installation_of_something_else_is_refused(
    tmp_path: Path, content: str | None, said: str
) -> None:
    if content:
        program(tmp_path / "kept" / "bin" / "python", content)
    done = install(tmp_path, {"GATE_VENV": str(tmp_path / "kept")})
    assert (done.code, done.outputs) == (2, "")
    assert done.said.startswith("::error title=") and said in done.said


def test_an_installation_in_the_workspace_is_refused_and_not_started(
    tmp_path: Path,
) -> None:
    inside = tmp_path / "workspace" / "kept"
    program(inside / "bin" / "python", f"touch {tmp_path}/started; echo 0.1.0")
    (tmp_path / "link").symlink_to(inside)
    for name in (inside, tmp_path / "link"):
        done = install(tmp_path, {"GATE_VENV": str(name)})
        assert done.code == 2 and "lies in the workspace" in done.said
    assert not (tmp_path / "started").exists()


def test_a_python_that_is_too_old_is_named(tmp_path: Path) -> None:
    old = 'case "$*" in *--version*) echo Python 3.8.18;; *) exit 1;; esac'
    tools = tmp_path / "tools"
    program(tools / "python3", old)
    for name in ("bash", "sed", "dirname", "git", "env"):
        found = subprocess.check_output(["/bin/sh", "-c", f"command -v {name}"])
        (tools / name).symlink_to(found.decode().strip())
    done = install(tmp_path, {"PATH": str(tools)})
    assert (done.code, done.outputs) == (2, "")
    assert "Python 3.10 or newer" in done.said and "Python 3.8.18" in done.said
    assert "actions/setup-python" in done.said


def test_the_hook_for_data_starts_on_every_table() -> None:
    hooks = yamlfile.parse((SCRIPT.parents[1] / ".pre-commit-hooks.yaml").read_text())
    (hook,) = (hook for hook in hooks.value if hook["id"] == "gate-data")
    assert all(re.search(hook["files"], f"data/a{end}") for end in EXTENSIONS)


@pytest.mark.slow
def test_a_real_installation_judges_a_pull_request(
    make_repository: MakeRepository, runner: Runner
) -> None:
    """From the network or pip's cache, by the locked versions; not in the tree."""
    pip = {name: value for name, value in os.environ.items() if name[:4] == "PIP_"}
    repository = make_repository({"data/moons.parquet": ""})
    done = runner.action(repository, {"checks": "lint"}, {**pip, "GATE_VENV": ""})
    assert done.outputs["verdict"] == "open", "\n".join(done.log)
    python = done.steps[0]["outputs"]["python"]
    assert not python.startswith((str(repository.folder), sys.prefix))
    subprocess.run([python, "-I", "-c", "import pyarrow"], check=True)
    left = repository.git("status", "--porcelain", "--ignored").splitlines()
    assert {*left} <= {"!! .gate/", "!! .gate_cache/"}
