"""The pages on data: their examples print what they show.

`GATE_UPDATE_GOLDEN=1 pytest tests/commands/test_data_docs.py` writes it anew.
"""

from __future__ import annotations

import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from gate.data.anomalies import SHORT

DOCS = Path(__file__).parents[2] / "docs"
UPDATE = os.environ.get("GATE_UPDATE_GOLDEN")
FILE = re.compile(r"^`(?P<path>[^`\s]+)`:\n\n```\w+\n(?P<text>.*?)^```$", re.M | re.S)
CONSOLE = re.compile(r"(?<=^```console\n)\$ gate (.*?)\n(.*?)(?=^```$)", re.M | re.S)
SECTION = re.compile(r"^### (?P<types>.+)\n(?P<text>(?:(?!^##).*\n)*)", re.M)
SECTIONS = {
    m["types"]: m["text"]
    for m in SECTION.finditer((DOCS / "anomalies.md").read_text("utf-8"))
}


def files(text: str, folder: Path) -> None:
    for file in FILE.finditer(text):
        (folder / file["path"]).write_text(file["text"], "utf-8")


def run(arguments: str, folder: Path) -> str:
    words = [sys.executable, "-c", "from gate.cli import main; main()"]
    done = subprocess.run(
        words + shlex.split(arguments),
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "100"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode in (0, 1, 2), done.stderr
    return done.stdout + done.stderr


def printed(text: str, folder: Path) -> str:
    """The text with what its commands really print, one after the other."""
    return CONSOLE.sub(lambda m: f"$ gate {m[1]}\n{run(m[1], folder)}", text)


@pytest.mark.parametrize("name", ["data.md", "coming-from-tfdv.md"])
def test_the_examples_print_what_is_shown(name: str, tmp_path: Path) -> None:
    text = (DOCS / name).read_text("utf-8")
    files(text, tmp_path)
    written = printed(text, tmp_path)
    if UPDATE:
        (DOCS / name).write_text(written, "utf-8", newline="\n")
    else:
        assert written == text


@pytest.mark.parametrize("types", SECTIONS)
def test_the_example_of_an_anomaly_prints_it(types: str, tmp_path: Path) -> None:
    text = SECTIONS[types]
    files(text, tmp_path)
    written = printed(text, tmp_path)
    if UPDATE:
        page = DOCS / "anomalies.md"
        whole = page.read_text("utf-8").replace(text, written)
        page.write_text(whole, "utf-8", newline="\n")
    else:
        assert written == text
    assert any(kind in written.partition("$ gate")[2] for kind in types.split(", "))


def test_every_type_of_anomaly_has_a_section() -> None:
    told = {kind for types in SECTIONS for kind in types.split(", ")}
    # Told in another one's section, or in that of the command which makes it.
    elsewhere = {"FEATURE_MISSING_NAME", "FEATURE_SKEW_HIGH"}
    assert set(SHORT) - told == elsewhere


def test_the_python_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (DOCS / "data.md").read_text("utf-8")
    code = re.search(r"^```python\n(.*?)^```$", text, re.M | re.S)
    assert code
    files(text, tmp_path)
    monkeypatch.chdir(tmp_path)
    Path("example.py").write_text(code[1], "utf-8")
    runpy.run_path("example.py")
    assert "ENUM_TYPE_UNEXPECTED_STRING_VALUES" in capsys.readouterr().out
