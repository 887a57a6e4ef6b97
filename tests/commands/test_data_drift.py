"""`gate data validate` beside other data: what is printed, and the exit codes."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from gate.errors import ConfigError
from tests.commands import calls

run = partial(calls.run, "validate")
as_json = partial(calls.as_json, "validate")

SCHEMA = """\
feature:
  - name: plan
    type: BYTES
    drift_comparator: {infinity_norm: {threshold: 0.1}}
  - name: age
    type: INT
    int_domain: {max: 50}
    skew_comparator: {jensen_shannon_divergence: {threshold: 0.1}}
dataset_constraints: {num_examples_version_comparator: {max_fraction_threshold: 2}}
"""


def rows(free: int, pro: int, age: int = 20) -> str:
    cells = ["free"] * free + ["pro"] * pro
    return "plan,age\n" + "".join(f"{c},{age + i % 9}\n" for i, c in enumerate(cells))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "now.csv").write_text(rows(700, 300), "utf-8")
    (tmp_path / "before.csv").write_text(rows(300, 700), "utf-8")
    (tmp_path / "live.csv").write_text(rows(700, 300, 22), "utf-8")
    (tmp_path / "now.schema.yaml").write_text(SCHEMA, "utf-8")
    return tmp_path


def test_distances_are_a_table_the_worst_first() -> None:
    result = run("now.csv", "--previous", "before.csv", "--serving", "live.csv")
    assert result.return_value == 1
    header, worst, mild = result.stdout.split("may be chance:\n")[1].splitlines()[:3]
    assert header.split() == "feature comparison metric value threshold noise".split()
    assert worst.split()[:5] == ["plan", "drift", "infinity_norm", "0.4", "0.1"]
    assert mild.split()[:3] == ["age", "skew", "jensen_shannon_divergence"]


def test_distances_are_in_the_json_document() -> None:
    document = as_json("now.csv", "--previous", "before.csv", "--serving", "live.csv")
    plan, age = document["drift_skew"]
    assert plan["value"] == pytest.approx(0.4)
    assert (plan["feature"], plan["comparison"], plan["metric"], plan["threshold"]) == (
        "plan",
        "drift",
        "infinity_norm",
        0.1,
    )
    assert 0 < plan["noise"] < 0.1 and plan["needed"] > 100
    assert age["comparison"] == "skew"
    assert all("slice" not in one for one in (plan, *document["anomalies"]))


def test_no_table_without_distances() -> None:
    result = run("now.csv")
    assert result.return_value == 0
    assert result.stdout == "now.csv: no anomalies in 1,000 rows\n"


def test_the_previous_version_is_compared_by_its_rows(folder: Path) -> None:
    (folder / "v1.csv").write_text(rows(100, 100), "utf-8")
    document = as_json("now.csv", "--previous-version", "v1.csv")
    (found,) = document["anomalies"]
    assert (found["feature"], found["type"]) == ("", "COMPARATOR_HIGH_NUM_EXAMPLES")
    assert not document["drift_skew"]


def test_warnings_alone_do_not_fail() -> None:
    kind = "COMPARATOR_L_INFTY_HIGH"
    result = run(
        "now.csv", "--previous", "before.csv", "--severity", f"plan:{kind}=warning"
    )
    assert result.return_value == 0
    first = result.stdout.splitlines()[0]
    assert first == "now.csv: 1 anomaly in 1,000 rows, a warning"
    assert f"plan  {kind}  warning" in result.stdout
    off = run("now.csv", "--previous", "before.csv", "--severity", f"{kind}=off")
    assert off.stdout.startswith("now.csv: no anomalies")


@pytest.mark.parametrize("entry", ["SCHEMA_NEW_COLUMN", "NOTHING=off"])
def test_a_severity_that_says_nothing_is_refused(entry: str) -> None:
    with pytest.raises(ConfigError):
        run("now.csv", "--severity", entry)


def test_slices_have_their_names_before_the_features_but_not_in_commands(
    folder: Path,
) -> None:
    (folder / "now.csv").write_text(rows(700, 300) + "team,60\n", "utf-8")
    document = as_json("now.csv", "--slice-by", "plan")
    whole, part = document["anomalies"]
    assert whole["feature"] == "slice(All Examples)::age"
    assert part["feature"] == "slice(plan_team)::age"
    assert part["slice"] == "plan_team"
    assert part["examples"][0]["lines"] == [1002]
    assert part["accept"] == "gate data accept now.schema.yaml age --max 60"


def test_statistics_of_the_same_pass_are_written(folder: Path) -> None:
    run("now.csv", "--stats-output", "stats.json")
    (dataset,) = json.loads((folder / "stats.json").read_text("utf-8"))["datasets"]
    assert dataset["num_examples"] == 1_000
