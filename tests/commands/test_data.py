"""`gate data stats`, `infer` and `validate`: what is printed, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.errors import ConfigError, DataError, GateError
from tests.commands.calls import as_json, run

ROWS = "plan,age,score\nfree,30,0.5\npro,,nan\nteam,41,-1.5\nteam,35,2.0\n"
SCHEMA = """\
feature:
  - name: plan
    type: BYTES
    domain: plan
  - name: age
    type: INT
  - name: score
    type: FLOAT
    float_domain: {is_embedding: true}
string_domain:
  - name: plan
    value: [free, pro]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text(ROWS, "utf-8")
    (tmp_path / "a.schema.yaml").write_text(SCHEMA, "utf-8")
    yield tmp_path


def test_stats_are_a_table_of_the_columns() -> None:
    assert run("stats", "a.csv").stdout == """\
a.csv: 4 rows
column  type    missing  distinct   min  median  max      mean      std
plan    STRING        0         3
age     INT      25.0 %              30      35   41   35.3333  4.49691
score   FLOAT         0            -1.5     0.5    2  0.333333  1.43372
plan: team 2, pro 1, free 1
"""


def test_stats_as_json_have_the_names_of_tensorflow_metadata() -> None:
    (dataset,) = as_json("stats", "a.csv")["datasets"]
    assert (dataset["name"], dataset["num_examples"]) == ("a.csv", 4)
    plan, age, score = dataset["features"]
    assert plan["type"] == "STRING"
    assert plan["string_stats"]["top_values"][0] == {"value": "team", "frequency": 2}
    assert (age["num_missing"], age["num_non_missing"]) == (1, 3)
    assert age["num_stats"]["median"] == 35
    assert score["num_stats"]["num_nan"] == 1
    assert {h["type"] for h in score["num_stats"]["histograms"]} == {
        "STANDARD",
        "QUANTILES",
    }


def test_stats_take_types_from_a_schema(folder: Path) -> None:
    (folder / "a.schema.yaml").write_text("feature:\n  - name: age\n    type: BYTES\n")
    (dataset,) = as_json("stats", "a.csv", "--schema", "a.schema.yaml")["datasets"]
    assert dataset["features"][1]["type"] == "STRING"


def test_stats_of_several_files_stay_apart() -> None:
    assert len(as_json("stats", "a.csv", "a.csv")["datasets"]) == 2


def test_infer_prints_a_schema() -> None:
    text = run("infer", "a.csv").stdout
    assert "  - name: age\n    type: INT  # 30 to 41\n" in text
    plain = run("infer", "a.csv", "--like-tfdv").stdout
    assert "#" not in plain
    assert (
        "shape" in plain and "shape" not in run("infer", "a.csv", "--no-shape").stdout
    )
    assert "string_domain" not in run("infer", "a.csv", "--max-domain-size", "2").stdout


def test_infer_writes_the_format_of_tfdv(folder: Path) -> None:
    run("infer", "a.csv", "--format", "pbtxt", "-o", "schema.pbtxt")
    written = (folder / "schema.pbtxt").read_text("utf-8")
    assert 'feature {\n  name: "plan"\n  type: BYTES\n' in written
    assert run("validate", "a.csv", "--schema", "schema.pbtxt").return_value == 0


def test_infer_writes_a_file_and_never_over_one_unasked(folder: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        run("infer", "a.csv", "-o", "a.schema.yaml")
    assert "--force" in caught.value.hint
    assert (folder / "a.schema.yaml").read_text() == SCHEMA
    run("infer", "a.csv", "-o", "a.schema.yaml", "--force")
    run("infer", "a.csv", "-o", "new/b.schema.yaml")
    assert run("validate", "a.csv", "--schema", "new/b.schema.yaml").return_value == 0


def test_validate_tells_what_does_not_fit_and_exits_with_1() -> None:
    result = run("validate", "a.csv", "--schema", "a.schema.yaml")
    assert result.return_value == 1
    assert result.stdout == """\
a.csv: 1 anomaly in 4 rows

plan  ENUM_TYPE_UNEXPECTED_STRING_VALUES
  team (~50%) is not in the domain
  lines 4, 5
  if that is right: add `team` to the `string_domain` plan, or set its \
`distribution_constraints.min_domain_mass` to 0.5
  gate data accept a.schema.yaml plan --value team

Mend the data, or change a.schema.yaml as said.

Not judged: feature[score].float_domain.is_embedding
"""


def test_an_infinite_value_is_text_in_json(folder: Path) -> None:
    (folder / "b.csv").write_text("score\ninf\n2.5\n", "utf-8")
    bounded = "feature:\n- {name: score, type: FLOAT, float_domain: {max: 3.0}}\n"
    (folder / "b.schema.yaml").write_text(bounded, "utf-8")
    (anomaly,) = as_json("validate", "b.csv")["anomalies"]
    assert anomaly["changes"][0]["value"] == "Infinity"
    words = anomaly["accept"].split()[2:]
    assert not run(*words).return_value
    assert as_json("validate", "b.csv")["anomalies"] == []


def test_a_bound_is_accepted_as_it_is_written(folder: Path) -> None:
    (folder / "b.csv").write_text("score\n-1.2\n2.5\n", "utf-8")
    bounded = "feature:\n- {name: score, type: FLOAT, float_domain: {min: 0.0}}\n"
    (folder / "b.schema.yaml").write_text(bounded, "utf-8")
    (anomaly,) = as_json("validate", "b.csv")["anomalies"]
    assert anomaly["accept"] == "gate data accept b.schema.yaml score --min=-1.2"
    run(*anomaly["accept"].split()[2:])
    assert as_json("validate", "b.csv")["anomalies"] == []


def test_validate_as_json_is_one_document() -> None:
    result = as_json("validate", "a.csv", "--schema", "a.schema.yaml")
    assert result == {
        "version": 1,
        "dataset": "a.csv",
        "num_examples": 4,
        "anomalies": [
            {
                "feature": "plan",
                "type": "ENUM_TYPE_UNEXPECTED_STRING_VALUES",
                "severity": "error",
                "short": "Unexpected string values",
                "description": "team (~50%) is not in the domain",
                "count": 2,
                "fraction": 0.5,
                "examples": [
                    {"value": "team", "count": 2, "rows": [3, 4], "lines": [4, 5]}
                ],
                "reason": "not in the domain",
                "advice": "add `team` to the `string_domain` plan, "
                "or set its `distribution_constraints.min_domain_mass` to 0.5",
                "changes": [
                    {
                        "key": "string_domain.value",
                        "value": ["team"],
                        "action": "add",
                    }
                ],
                "accept": "gate data accept a.schema.yaml plan --value team",
            }
        ],
        "drift_skew": [],
        "not_judged": ["feature[score].float_domain.is_embedding"],
    }


def test_validate_says_when_all_is_well(folder: Path) -> None:
    (folder / "a.csv").write_text("plan,age,score\nfree,1,1\n")
    result = run("validate", "a.csv", "--schema", "a.schema.yaml", "--types", "schema")
    assert result.return_value == 0
    assert result.stdout.startswith("a.csv: no anomalies in 1 row\n")


def test_hostile_values_never_reach_the_terminal_as_they_are(folder: Path) -> None:
    hostile = "\x1b[2J\x07,1,1\n"
    (folder / "a.csv").write_text("plan,age,score\n" + hostile)
    for arguments in (
        ("validate", "a.csv", "--schema", "a.schema.yaml"),
        ("stats", "a.csv"),
        ("infer", "a.csv"),
    ):
        assert "\x1b" not in run(*arguments).stdout


EVIL = '"::add-mask::e","##[error]z"\n' + '"  ::error::x",y##[group]z\n' * 3


def commands(said: str) -> list[str]:
    """The lines that a runner of GitHub's would obey."""
    lines = said.splitlines()
    return [line for line in lines if line.lstrip().startswith("::") or "##[" in line]


@pytest.mark.parametrize(
    "words",
    [
        ("stats", "a.csv"),
        ("stats", "a.csv", "--format", "json"),
        ("validate", "a.csv", "--schema", "a.schema.yaml"),
        ("validate", "a.csv", "--schema", "a.schema.yaml", "--format", "json"),
    ],
)
def test_on_github_no_name_and_no_cell_is_a_command(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    (folder / "a.csv").write_text(EVIL)
    plain = run(*words).stdout
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    said = run(*words).stdout
    assert not commands(said)
    assert "add-mask" in said
    if "json" in words:
        assert said == plain
        assert "##[error]z" in str(json.loads(said))


@pytest.mark.parametrize("form", ["yaml", "pbtxt"])
def test_on_github_a_schema_is_printed_as_it_is_or_not_at_all(
    folder: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    words = ("infer", "a.csv", "--format", form)
    plain = run(*words).stdout
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert run(*words).stdout == plain
    (folder / "a.csv").write_text(EVIL)
    with pytest.raises(GateError) as caught:
        run(*words)
    assert "--output" in caught.value.hint
    run(*words, "-o", "b.schema")
    assert "##[error]z" in (folder / "b.schema").read_text()


def test_reading_can_be_told_how(folder: Path) -> None:
    (folder / "b.txt").write_bytes("plan;n\né;?\n".encode("latin-1"))
    reading = ("--delimiter", ";", "--encoding", "latin-1", "--na-value", "?")
    (dataset,) = as_json("stats", "b.txt", *reading)["datasets"]
    plan, n = dataset["features"]
    assert plan["string_stats"]["top_values"][0]["value"] == "é"
    assert n["num_missing"] == 1


def test_what_cannot_be_read_is_an_error() -> None:
    with pytest.raises(DataError):
        run("stats", "gone.csv")
    with pytest.raises(ConfigError, match="no such schema"):
        run("validate", "a.csv", "--schema", "gone.yaml")
