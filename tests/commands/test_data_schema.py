"""`gate data accept`, `show` and `convert`: what is printed, and what files hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.data import schemafile
from gate.errors import ConfigError
from tests.commands.calls import run

SCHEMA = """\
# Rides.
feature:
  - name: plan  # what was sold
    type: BYTES
    presence: {min_fraction: 1.0, min_count: 1}
    shape: {dim: [{size: 1}]}
    domain: plan
    drift_comparator: {infinity_norm: {threshold: 0.01}}
  - name: age
    type: INT
    int_domain: {min: 0}
    not_in_environment: [SERVING]
  - name: day
    type: BYTES
    time_domain: {string_format: "%Y-%m-%d", min: "2020-01-01"}

string_domain:
  - name: plan
    value: [free, pro]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.schema.yaml").write_text(SCHEMA, "utf-8")
    yield tmp_path


def text() -> str:
    return Path("a.schema.yaml").read_bytes().decode()


def test_a_value_is_accepted_in_place_and_the_change_is_printed() -> None:
    result = run("accept", "a.schema.yaml", "plan", "--value", "team")
    assert result.stdout.replace("\n \n", "\n") == """\
--- a/a.schema.yaml
+++ b/a.schema.yaml
@@ -16,4 +16,4 @@
 string_domain:
   - name: plan
-    value: [free, pro]
+    value: [free, pro, team]
"""
    assert text() == SCHEMA.replace("pro]", "pro, team]")


@pytest.mark.parametrize(
    ("options", "old", "new"),
    [
        (["plan", "--min-domain-mass", "0.9"], "norm: {threshold: 0.01}}\n", ""),
        (["age", "--min", "-5", "--max=99"], "{min: 0}", "{min: -5, max: 99}"),
        (["age", "--type", "FLOAT", "--drop", "int_domain"], "INT", "FLOAT"),
        (["age", "--deprecated"], "[SERVING]", "[SERVING]\n    lifecycle_stage: DEPR"),
        (["age", "--not-in-environment", "X"], "[SERVING]", "[SERVING, X]"),
        (["day", "--max", "2026-12-31"], '01"}', '01", max: "2026-12-31"}'),
        (["plan", "--missing"], "{min_fraction: 1.0, ", "{"),
        (["day", "--environment", "A"], "    time_domain", "    time_domain"),
        (["", "--set", "dataset_constraints.min_examples_count=5"], "", ""),
        (["new", "--new-column", "--type", "INT"], "2020", "2020"),
    ],
)
def test_each_option_changes_what_it_says(
    options: list[str], old: str, new: str
) -> None:
    run("accept", "a.schema.yaml", *options)
    found = text()
    assert found != SCHEMA
    assert new in found
    assert found.startswith("# Rides.\n") and "# what was sold" in found
    assert schemafile.parse(found) != schemafile.parse(SCHEMA)


def test_a_dry_run_changes_nothing() -> None:
    result = run("accept", "a.schema.yaml", "age", "--max", "5", "--dry-run")
    assert "+    int_domain: {min: 0, max: 5}" in result.stdout
    assert text() == SCHEMA


def test_that_nothing_changes_is_said() -> None:
    result = run("accept", "a.schema.yaml", "plan", "--value", "pro")
    assert (result.stdout, result.stderr) == ("", "a.schema.yaml: nothing changes\n")
    assert text() == SCHEMA


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["paln", "--value", "x"], "did you mean 'plan'?"),
        (["plan"], "nothing to accept"),
        ([], "which FEATURE?"),
        (["plan", "--max", "5"], "a text has no --max"),
        (["age", "--value", "x"], "--value is for texts"),
        (["age", "--max", "x"], "`x` is no number"),
        (["age", "--type", "STRING"], "did you mean BYTES?"),
        (["new", "--new-column"], "of which type is it?"),
        (["age", "--set", "presense.min_count=1"], "did you mean `presence`?"),
        (["age", "--all-from", "x.csv"], "--all-from is for all features"),
        (["--all-from", "x.json"], "cannot be read"),
    ],
)
def test_what_makes_no_sense_is_told(options: list[str], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        run("accept", "a.schema.yaml", *options)
    assert says in f"{caught.value} {caught.value.hint}"
    assert text() == SCHEMA


def test_what_no_command_can_hold_is_left_out_and_told() -> None:
    Path("a.csv").write_text('plan,age,day\n"te\nam",5,2020-02-02\nx,5,\n', "utf-8")
    found = run("validate", "a.csv", "--schema", "a.schema.yaml", "--format", "json")
    Path("results.json").write_text(found.stdout, "utf-8")
    done = run("accept", "a.schema.yaml", "--all-from", "results.json")
    assert done.return_value == 1
    assert "left out: 1, whose values no command can hold" in done.stderr
    assert not run("accept", "a.schema.yaml", "--all-from", "a.csv").return_value
    fine = run("validate", "a.csv", "--schema", "a.schema.yaml")
    assert "no anomalies" in fine.stdout


def test_tfdvs_own_schema_is_updated_as_tfdv_does() -> None:
    """Whole numbers are no floats there; in YAML they are fine."""
    Path("a.csv").write_text("fare\n5\n7\n", "utf-8")
    Path("b.pbtxt").write_text('feature { name: "fare" type: FLOAT }\n', "utf-8")
    Path("b.yaml").write_text("feature: [{name: fare, type: FLOAT}]\n", "utf-8")
    run("accept", "b.pbtxt", "--all-from", "a.csv")
    run("accept", "b.yaml", "--all-from", "a.csv")
    assert "lifecycle_stage: DEPRECATED" in Path("b.pbtxt").read_text("utf-8")
    assert "DEPRECATED" not in Path("b.yaml").read_text("utf-8")


ROWS = "plan,age,day,new\nfree,5,2020-02-02,1\nteam,-1,2020-02-02,2\n"


@pytest.mark.parametrize("name", ["a.csv", "results.json"])
def test_all_that_was_found_is_accepted(name: str) -> None:
    Path("a.csv").write_text(ROWS, "utf-8")
    found = run("validate", "a.csv", "--schema", "a.schema.yaml", "--format", "json")
    Path("results.json").write_text(found.stdout, "utf-8")
    run("accept", "a.schema.yaml", "--all-from", name)
    assert "value: [free, pro, team]" in text()
    assert "int_domain: {min: -1}" in text()
    assert "  - name: new\n    type: INT\n" in text()
    assert "# what was sold" in text()
    again = run("validate", "a.csv", "--schema", "a.schema.yaml")
    assert "no anomalies" in again.stdout


def test_results_run_nothing_and_change_their_own_schema_only() -> None:
    commands = [
        "gate data accept other.schema.yaml plan --value x",
        "gate data accept a.schema.yaml plan --value '$(touch harm)' ; touch harm",
        "gate data accept a.schema.yaml plan --value '`touch harm`'",
        "gate data accept 'a.schema.yaml",
        "gate data accept a.schema.yaml --help",
        "gate data accept ./a.schema.yaml age --all-from /etc/passwd",
        "rm a.schema.yaml",
    ]
    found = {"version": 1, "anomalies": [{"accept": line} for line in commands]}
    Path("results.json").write_text(json.dumps(found), "utf-8")
    run("accept", "a.schema.yaml", "--all-from", "results.json")
    assert text() == SCHEMA.replace("pro]", 'pro, "`touch harm`"]')
    assert not Path("harm").exists()


def test_results_of_another_schema_are_told() -> None:
    line = "gate data accept other.schema.yaml plan --value x"
    Path("r.json").write_text(json.dumps({"version": 1, "fix": [line]}), "utf-8")
    with pytest.raises(ConfigError) as caught:
        run("accept", "a.schema.yaml", "--all-from", "r.json")
    assert "other.schema.yaml" in caught.value.hint


def test_a_mark_and_line_endings_stay(folder: Path) -> None:
    before = b"\xef\xbb\xbf" + SCHEMA.replace("\n", "\r\n").encode()
    (folder / "a.schema.yaml").write_bytes(before)
    run("accept", "a.schema.yaml", "plan", "--value", "team")
    after = (folder / "a.schema.yaml").read_bytes()
    assert after == before.replace(b"pro]", b"pro, team]")


def test_a_schema_is_shown_as_a_table() -> None:
    assert run("show", "a.schema.yaml").stdout == """\
a.schema.yaml: 3 features
feature  type   presence   values  domain                  besides
plan     BYTES  every row  1       texts plan              drift infinity_norm <= 0.01
age      INT    optional           >= 0                    not in SERVING
day      BYTES  optional           %Y-%m-%d >= 2020-01-01

texts plan (2 texts)
  free
  pro
"""


def test_a_schema_is_shown_as_json() -> None:
    Path("a.schema.yaml").write_text(
        "feature:\n  - {name: a, float_domain: {max: .inf}, image_domain: {}}\n"
    )
    document = json.loads(run("show", "a.schema.yaml", "--format", "json").stdout)
    feature = {"name": "a", "float_domain": {"max": "inf"}, "image_domain": {}}
    assert document["schema"] == {"feature": [feature]}
    assert document["not_judged"] == ["feature[a].image_domain"]


def test_a_schema_goes_to_the_text_format_and_back() -> None:
    run("convert", "a.schema.yaml", "--to", "pbtxt", "-o", "a.pbtxt")
    result = run("convert", "a.pbtxt", "--to", "yaml")
    assert schemafile.parse(result.stdout) == schemafile.parse(SCHEMA)
    with pytest.raises(ConfigError, match="there is a file"):
        run("convert", "a.schema.yaml", "--to", "pbtxt", "-o", "a.pbtxt")
    run("convert", "a.schema.yaml", "--to", "pbtxt", "-o", "a.pbtxt", "--force")


def test_what_a_conversion_loses_is_told() -> None:
    Path("a.schema.yaml").write_text(
        "# mine\nfeature:\n  - {name: a, type: INT, image_domain: {}, int_domain: {}}\n"
    )
    told = run("convert", "a.schema.yaml", "--to", "pbtxt").stderr
    assert told == (
        "a.schema.yaml: kept, and not judged by Gate: feature[a].image_domain\n"
        "a.schema.yaml: a: TFDV reads one of int_domain and image_domain, and refuses "
        "the file\n"
        "a.schema.yaml: not carried over: comments, if any\n"
    )


def test_a_feature_without_a_name_has_no_yaml() -> None:
    Path("a.pbtxt").write_text("feature { type: INT }")
    with pytest.raises(ConfigError, match="without a `name`"):
        run("convert", "a.pbtxt", "--to", "yaml")
