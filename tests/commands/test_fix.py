"""`gate fix`: files as the checks want them, and nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gate.cli import cli
from gate.errors import ConfigError
from tests.cells import code, notebook
from tests.conftest import Repository

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


SHOWN = [{"output_type": "stream", "name": "stdout", "text": ["1\\n"]}]
RAN = notebook(code("x = 'ä'", execution_count=7, outputs=SHOWN), "y = 1")


@pytest.fixture
def ran(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A repository with a notebook that has outputs, all committed."""
    monkeypatch.chdir(repository.root)
    repository.commit({"a.ipynb": RAN})
    return repository


def text_of(repository: Repository) -> str:
    return (repository.root / "a.ipynb").read_text("utf-8")


def test_outputs_of_notebooks_are_cleared_and_cells_formatted(ran: Repository) -> None:
    done = fix()
    assert done.output == (
        "a.ipynb: mended\nreproducibility: 1 file mended\nimports: 0 files mended\n"
        "a.ipynb: mended\nformatting: 1 file mended\n"
    )
    assert text_of(ran) == notebook('x = "ä"', "y = 1")
    assert "a.ipynb" not in fix().output


def test_outputs_that_no_commit_has_are_kept_until_asked_for(ran: Repository) -> None:
    text = RAN.replace("y = 1", "y = 2").replace("'", '\\"')
    (ran.root / "a.ipynb").write_text(text, "utf-8")
    done = fix()
    assert "so its outputs are kept" in done.output
    assert text_of(ran) == text
    fix("--only", "reproducibility")
    assert text_of(ran) == notebook('x = "ä"', "y = 2")


def test_outputs_that_a_filter_keeps_out_of_git_are_kept(ran: Repository) -> None:
    ran.git("config", "filter.strip.clean", "sed s/7/8/")
    ran.commit({".gitattributes": "*.ipynb filter=strip\n", "a.ipynb": RAN + "\n"})
    assert not ran.git("status", "--porcelain")
    fix("--only", "imports")
    assert "so its outputs are kept" in fix().output


@pytest.mark.parametrize(("mark", "end"), [(b"", b"\r\n"), (b"\xef\xbb\xbf", b"\n")])
def test_a_notebook_keeps_its_line_ends_and_its_mark(
    ran: Repository, mark: bytes, end: bytes
) -> None:
    def data(text: str) -> bytes:
        return mark + text.encode().replace(b"\n", end)

    (ran.root / "a.ipynb").write_bytes(data(RAN))
    fix("--only", "reproducibility", "--only", "formatting")
    assert (ran.root / "a.ipynb").read_bytes() == data(notebook('x = "ä"', "y = 1"))


def test_outputs_are_kept_where_their_rule_does_not_hold(ran: Repository) -> None:
    config = "checks:\n  reproducibility:\n    exclude: ['a.*']\n  formatting: off\n"
    (ran.root / "gate.yaml").write_text(config)
    fix()
    assert text_of(ran) == RAN


def test_the_diff_of_outputs_is_printed_and_nothing_changed(ran: Repository) -> None:
    done = fix("--diff", "--only", "reproducibility")
    assert '-   "execution_count": 7,\n+   "execution_count": null,\n' in done.output
    assert text_of(ran) == RAN
