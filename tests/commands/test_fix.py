"""`gate fix`: files as the checks want them, and nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gate.cli import cli
from gate.errors import ConfigError

BAD = "x  = 1\ny=[1,\n2]\n"
GOOD = "x = 1\ny = [1, 2]\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text(BAD)
    return tmp_path


def fix(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["fix", *arguments], standalone_mode=False)


def test_files_are_formatted_and_named(root: Path) -> None:
    (root / "good.py").write_text(GOOD)
    done = fix()
    assert done.return_value == 0
    assert (
        done.output
        == "imports: 0 files mended\na.py: mended\nformatting: 1 file mended\n"
    )
    assert (root / "a.py").read_text() == (root / "good.py").read_text() == GOOD


def test_the_second_time_there_is_nothing_to_do(root: Path) -> None:
    fix()
    assert fix().output == "imports: 0 files mended\nformatting: 0 files mended\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (BAD.replace("\n", "\r\n").encode(), GOOD.replace("\n", "\r\n").encode()),
        (b"\xef\xbb\xbfx  = 1\n", b"\xef\xbb\xbfx = 1\n"),
        (b"x  = 1", b"x = 1\n"),
        ("x  = 'ä\u2028'\n".encode(), 'x = "ä\u2028"\n'.encode()),
    ],
    ids=["crlf", "bom", "no line end", "odd characters"],
)
def test_line_ends_and_marks_stay_as_they_are(
    root: Path, before: bytes, after: bytes
) -> None:
    (root / "a.py").write_bytes(before)
    assert fix().return_value == 0
    assert (root / "a.py").read_bytes() == after


def test_a_file_in_another_encoding_is_left_and_told(root: Path) -> None:
    latin = '# coding: latin-1\nx  = "é"\n'.encode("latin-1")
    (root / "b.py").write_bytes(latin)
    done = fix()
    assert done.return_value == 2
    assert "b.py: could not be mended: it is not UTF-8 text" in done.output
    assert (root / "b.py").read_bytes() == latin
    assert (root / "a.py").read_text() == GOOD


def test_the_changes_can_be_looked_at_first(root: Path) -> None:
    done = fix("--diff")
    assert "-x  = 1\n" in done.output and "+x = 1\n" in done.output
    assert (root / "a.py").read_text() == BAD


def test_what_is_switched_off_is_not_mended(root: Path) -> None:
    (root / "gate.yaml").write_text(
        "version: 1\nchecks: {formatting: off, imports: off}\n"
    )
    assert fix().output == ""
    assert (root / "a.py").read_text() == BAD


def test_a_check_that_mends_nothing_is_refused(root: Path) -> None:
    done = fix("--only", "tests")
    assert isinstance(done.exception, ConfigError)
    assert "formatting" in done.exception.hint


def test_imports_are_absolute_and_in_order_before_black_has_its_turn(
    root: Path,
) -> None:
    package = root / "pkg"
    package.mkdir()
    for name in ("__init__", "b", "c"):
        (package / f"{name}.py").write_text("")
    (package / "a.py").write_text("import sys\nfrom . import c,b\nimport os\n")
    done = fix()
    assert done.return_value == 0, done.output
    assert (package / "a.py").read_text() == (
        "import os\nimport sys\n\nfrom pkg import b, c\n"
    )
