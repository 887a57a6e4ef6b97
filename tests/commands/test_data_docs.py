"""docs/data.md: its examples print what it shows."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "docs" / "data.md"
UPDATE = os.environ.get("GATE_UPDATE_GOLDEN")
FILE = re.compile(r"^`(?P<path>[^`\s]+)`:\n\n```\w+\n(?P<text>.*?)^```$", re.M | re.S)
CONSOLE = re.compile(r"(?<=^```console\n)\$ gate (.*?)\n(.*?)(?=^```$)", re.M | re.S)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file in FILE.finditer(PATH.read_text("utf-8")):
        (tmp_path / file["path"]).write_text(file["text"], "utf-8")
    return tmp_path


def run(arguments: str, folder: Path) -> str:
    words = [sys.executable, "-c", "from gate.cli import main; main()"]
    done = subprocess.run(
        words + shlex.split(arguments),
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode in (0, 1, 2), done.stderr
    return done.stdout + done.stderr


def test_the_examples_print_what_is_shown(folder: Path) -> None:
    text = PATH.read_text("utf-8")
    written = CONSOLE.sub(lambda m: f"$ gate {m[1]}\n{run(m[1], folder)}", text)
    if UPDATE:
        PATH.write_text(written, "utf-8", newline="\n")
    else:
        assert written == text


def test_the_python_example_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = re.search(r"^```python\n(.*?)^```$", PATH.read_text("utf-8"), re.M | re.S)
    assert code
    monkeypatch.chdir(folder)
    (folder / "example.py").write_text(code[1], "utf-8")
    runpy.run_path("example.py")
    assert "ENUM_TYPE_UNEXPECTED_STRING_VALUES" in capsys.readouterr().out
