"""`gate data compare`: what is printed, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from gate.errors import ConfigError
from tests.commands import calls

run = partial(calls.run, "compare", "a.csv", "b.csv")

BASE = "id,x,s\n1,1.0,a\n2,2.0,b\n3,3.0,c\n5,5.0,e\n,9.0,z\n"
TEST = "id,x,s\n1,1.0,a\n2,2.004,b\n3,,X\n4,4.0,d\n4,4.0,d\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text(BASE, "utf-8")
    (tmp_path / "b.csv").write_text(TEST, "utf-8")
    yield tmp_path


def test_feature_skew_is_printed_with_rows_that_differ() -> None:
    result = run("--id", "id")
    assert result.return_value == 0
    assert result.stdout == """\
2 of 3 pairs of rows differ
  identifiers only in a.csv: 1
  identifiers only in b.csv: 1
  repeated identifiers: 1
  rows of a.csv without one: 1

column  base  test  equal  unequal  only base  only test
s          3     3      2        1          0          0
x          3     2      1        1          1          0

id=2  (line 3 there, line 3 here)
  x: 2.0 -> 2.004

id=3  (line 4 there, line 4 here)
  s: c -> X
  x: 3.0 -> (missing)
"""


def test_a_threshold_makes_the_exit_code_1() -> None:
    assert run("--id", "id", "--threshold", "0.7").return_value == 0
    result = run("--id", "id", "--threshold", "0.7", "--threshold", "x=0.5")
    assert result.return_value == 1
    assert "x  FEATURE_SKEW_HIGH\n  2 of 3 pairs of rows differ" in result.stdout
    rounded = ("--round", "2", "--ignore", "s", "--threshold", "0.4")
    assert run("--id", "id", *rounded).return_value == 0


def test_repeated_identifiers_are_paired_if_asked() -> None:
    assert "of 3 pairs" in run("--id", "id", "--allow-duplicates").stdout


def test_without_identifiers_it_is_a_diff_of_rows() -> None:
    result = run()
    assert result.return_value == 0
    assert result.stdout.startswith(
        "5 rows -> 5: 4 added, 4 removed, 1 unchanged\n\n"
        "+ line 3: id=2, x=2.004, s=b\n+ line 4: id=3, x=(missing), s=X\n"
    )
    assert "x: missing 0 -> 0.2, mean 4 -> 2.751" in result.stdout


def test_equal_tables_are_told_in_a_line(folder: Path) -> None:
    (folder / "b.csv").write_text(BASE, "utf-8")
    assert run().stdout == "the same 5 rows\n"


def test_json_is_one_document() -> None:
    skewed = json.loads(run("--id", "id", "--format", "json").stdout)
    assert skewed["match_stats"][0]["matching_pairs_count"] == 3
    assert skewed["feature_skew"][1]["diff_count"] == 2
    diff = json.loads(run("--format", "json").stdout)
    assert (diff["added"], diff["removed"], diff["base_rows"]) == (4, 4, 5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--id", "no"), "no column `no`"),
        (("--round", "2"), "no --id"),
        (("--id", "id", "--threshold", "2"), "a share from 0 to 1"),
        (("--id", "id", "--threshold", "x=much"), "a share from 0 to 1"),
        (("--id", "id", "--threshold", "nan"), "a share from 0 to 1"),
        (("--ignore", "no"), "no column `no`"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_what_cannot_be_compared_is_said(
    arguments: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        run(*arguments)


def test_hostile_names_and_cells_are_printed_harmlessly(folder: Path) -> None:
    for name, value in (("a", "1"), ("b", "\x1b[2J")):
        text = f"id,\x1b]0;x\n1,{value}\n"
        (folder / f"{name}.csv").write_text(text, "utf-8")
    assert "\x1b]" not in run("--id", "id").stdout
    assert "\x1b[2J" not in run().stdout
