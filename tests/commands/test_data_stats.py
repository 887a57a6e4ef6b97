"""`gate data stats`: its forms, its options and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gate.data import pbtxt
from gate.errors import ConfigError, DataError
from tests.commands import calls

run = partial(calls.run, "stats")

ROWS = "plan,age,score,w\nfree,30,0.5,1\npro,,nan,2\nteam,41,-1.5,0\nteam,35,2.0,1\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text(ROWS, "utf-8")
    (tmp_path / "b.csv").write_text(ROWS.replace("team", "club"), "utf-8")
    yield tmp_path


def datasets(*arguments: str) -> list[dict[str, Any]]:
    found = json.loads(run(*arguments, "--format", "json").stdout)["datasets"]
    assert isinstance(found, list)
    return found


def test_slices_follow_the_whole() -> None:
    found = datasets("a.csv", "--slice-by", "plan")
    assert [(one["name"], one["num_examples"]) for one in found] == [
        ("All Examples", 4),
        ("plan_free", 1),
        ("plan_pro", 1),
        ("plan_team", 2),
    ]
    crossed = datasets("a.csv", "--slice-by", "plan", "--slice-by", "age")
    assert [one["name"] for one in crossed[1:]] == [
        "age_30_plan_free",
        "age_35_plan_team",
        "age_41_plan_team",
    ]
    lines = run("a.csv", "--slice-by", "plan").stdout.splitlines()
    assert [line for line in lines if line.startswith("a.csv")] == [
        "a.csv, All Examples: 4 rows",
        "a.csv, plan_free: 1 row",
        "a.csv, plan_pro: 1 row",
        "a.csv, plan_team: 2 rows",
    ]


def test_weights_and_crosses_are_in_the_json() -> None:
    (found,) = datasets("a.csv", "--weight", "w", "--label", "plan", "--correlation")
    assert found["weighted_num_examples"] == 4
    plan, age = found["features"][:2]
    weighted = plan["string_stats"]["weighted_string_stats"]["top_values"]
    assert weighted[0] == {"value": "pro", "frequency": 2.0}
    assert age["num_stats"]["weighted_numeric_stats"]["mean"] == 32.5
    assert age["num_stats"]["common_stats"]["weighted_common_stats"] == {
        "num_non_missing": 2.0,
        "num_missing": 2.0,
        "avg_num_values": 1.0,
        "tot_num_values": 2.0,
    }
    pairs = [
        (one["path_x"]["step"], one["path_y"]["step"])
        for one in found["cross_features"]
    ]
    assert pairs == [(["age"], ["score"]), (["age"], ["w"]), (["score"], ["w"])]


def test_how_much_is_told_can_be_said() -> None:
    (found,) = datasets(
        "a.csv",
        *("--feature", "age", "--feature", "plan", "--num-top-values", "1"),
        *("--num-histogram-buckets", "4", "--num-quantiles-histogram-buckets", "2"),
        *("--num-rank-histogram-buckets", "2", "--num-values-histogram-buckets", "3"),
    )
    plan, age = found["features"]
    assert len(plan["string_stats"]["top_values"]) == 1
    assert len(plan["string_stats"]["rank_histogram"]["buckets"]) == 2
    assert [len(h["buckets"]) for h in age["num_stats"]["histograms"]] == [4, 2]
    values = age["num_stats"]["common_stats"]["num_values_histogram"]
    assert [bucket["sample_count"] for bucket in values["buckets"]] == [1.0] * 3


def test_the_text_format_is_one_message() -> None:
    text = run("a.csv", "b.csv", "--format", "pbtxt").stdout
    found: Any = pbtxt.parse(text).value["datasets"]
    assert [one["name"] for one in found] == ["a.csv", "b.csv"]


@pytest.mark.parametrize("form", ["table", "json", "pbtxt", "html"])
def test_each_form_can_be_a_file(folder: Path, form: str) -> None:
    printed = run("a.csv", "--format", form).stdout
    written = run("a.csv", "--format", form, "-o", "out/stats")
    assert written.stdout == ""
    assert "written" in written.stderr
    assert (folder / "out" / "stats").read_text("utf-8") == printed


def test_a_page_shows_two_datasets_at_most() -> None:
    page = run("a.csv", "b.csv", "--format", "html").stdout
    assert "Statistics of a.csv and b.csv" in page
    with pytest.raises(ConfigError, match="two datasets at most"):
        run("a.csv", "a.csv", "b.csv", "--format", "html")


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--feature", "no column `nope`"),
        ("--slice-by", "no column `nope` to slice by"),
        ("--weight", "no column `nope` of weights"),
        ("--label", "no column `nope` of labels"),
    ],
)
def test_a_column_that_is_not_there_is_named(option: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        run("a.csv", option, "nope")
    assert caught.value.path == "a.csv"


def test_hostile_texts_stay_on_their_lines(folder: Path) -> None:
    name = "\x1b[31m"
    content = f'p,{name}\n"a\n::error::x",1\nb,2\n'
    (folder / "h.csv").write_text(content, "utf-8")
    shown = run("h.csv", "--slice-by", "p", "--label", "p", "--correlation").stdout
    assert "\x1b[31m" not in shown
    assert not any(line.startswith("::") for line in shown.splitlines())
