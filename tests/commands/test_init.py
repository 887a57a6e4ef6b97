"""`gate init` on repositories of several kinds, and the run that follows it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from gate import results
from gate.cli import cli
from gate.commands import init
from gate.errors import ConfigError
from gate.findings import Result as CheckResult
from gate.findings import Status
from gate.verdict import State
from tests.conftest import Repository

CODE = '"""Sums."""\n\n\ndef add(a: int, b: int) -> int:\n    return a + b\n'
TEST = "from sums import add\n\n\ndef test_add() -> None:\n    assert add(1, 2) == 3\n"
ROWS = "age,plan\n" + "".join(f"{20 + n},{'ab'[n % 2]}\n" for n in range(30))


def gate(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, standalone_mode=False)


@pytest.fixture
def messy(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A student's repository: code, a test, data, and a fault in each."""
    repository.commit(
        {
            "sums.py": CODE + "import os\nx  = 1\n",
            "test_sums.py": TEST
            + "\n\ndef test_sub() -> None:\n    assert add(1, 1) == 0\n",
            "data/people.csv": ROWS,
            "data/broken.csv": "a,b\n1\n",
            "data/pointer.parquet": "version https://git-lfs.github.com/spec/v1\n",
        }
    )
    monkeypatch.chdir(repository.root)
    return repository


def test_it_starts_green_on_a_repository_that_is_not(messy: Repository) -> None:
    assert gate("init").return_value == 0
    assert gate("run").return_value == 0
    verdict = results.read(messy.root / ".gate" / "results.json")
    assert verdict.state is State.OPEN
    weights = {result.check: result.weight.value for result in verdict.results}
    assert weights["tests"] == "warning"
    assert weights["lint"] == weights["formatting"] == weights["data"] == "error"


def test_what_is_not_clean_is_judged_by_what_is_new(messy: Repository) -> None:
    gate("init")
    checks = yaml.safe_load((messy.root / "gate.yaml").read_text())["checks"]
    assert checks["lint"] == checks["formatting"] == {"judge": "new"}
    assert checks["typecheck"] == {}
    messy.write({"sums.py": CODE + "import os\nx  = 1\nx = undefined\n"})
    done = gate("run", "--only", "lint")
    assert done.return_value == 1
    assert "1 new problem, " in done.output
    assert "undefined name 'undefined'  (new)" in done.output


def test_warnings_that_are_there_are_old_in_every_run_to_come(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit(
        {
            "sums.py": CODE.replace(
                "a + b",
                "a + b\n\n\ndef more(a: int) -> int:\n    tmp2 = a\n    return tmp2",
            )
        }
    )
    monkeypatch.chdir(repository.root)
    gate("init")
    checks = yaml.safe_load((repository.root / "gate.yaml").read_text())["checks"]
    assert checks["naming"] == {"judge": "new"}
    assert "tmp2" not in gate("run", "--only", "naming").output


def test_a_long_reason_leaves_room_for_what_to_do() -> None:
    result = CheckResult(status=Status.ERROR, summary="it broke " * 40, check="lint")
    why = init.entries((result,))["lint"].why
    assert len(why) < 160
    assert why.endswith(" ...; remove the word when it passes")


def test_without_a_commit_what_fails_is_a_warning(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write({"sums.py": CODE + "import os\n"})
    monkeypatch.chdir(repository.root)
    gate("init")
    checks = yaml.safe_load((repository.root / "gate.yaml").read_text())["checks"]
    assert checks["lint"] == "warning"
    assert gate("run").return_value == 0


def test_it_closes_when_the_data_gets_worse(messy: Repository) -> None:
    gate("init")
    messy.write({"data/people.csv": ROWS + "31,c\n"})
    done = gate("run", "--only", "data")
    assert done.return_value == 1
    assert "data/people.csv:32" in done.output


def test_it_says_what_it_left_out_and_why(messy: Repository) -> None:
    output = gate("init", "--no-run").output
    assert "data/broken.csv: left out" in output
    assert "data/pointer.parquet: left out" in output
    assert "LFS" in output


def test_it_writes_over_nothing_unless_forced(messy: Repository) -> None:
    messy.write({"gate.yaml": "checks: [lint]\n"})
    done = gate("init", "--no-run")
    assert done.return_value == 0
    assert "gate.yaml: there is one, kept" in done.output
    assert (messy.root / "gate.yaml").read_text() == "checks: [lint]\n"
    gate("init", "--no-run", "--force")
    assert "people.csv" in (messy.root / "gate.yaml").read_text()


def test_a_schema_that_is_there_is_used_as_it_is(messy: Repository) -> None:
    gate("init", "--no-run")
    schema = messy.root / "data" / "people.schema.yaml"
    edited = schema.read_text().replace("type: INT", "type: FLOAT")
    schema.write_text(edited)
    gate("init", "--no-run")
    assert schema.read_text() == edited


def test_coverage_starts_at_what_it_is_today(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit({"sums.py": CODE + "\n\ndef sub() -> int:\n    return 0\n"})
    repository.commit({"test_sums.py": TEST})
    monkeypatch.chdir(repository.root)
    # The Python on the PATH may have pytest and no coverage.
    gate("init", "--python", sys.executable)
    checks = yaml.safe_load((repository.root / "gate.yaml").read_text())["checks"]
    assert checks["coverage"] == {"minimum": 75}


def test_data_of_any_kind_is_compared_with_the_base(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "navn;by;alder\n" + "".join(f"Søren;Århus;{n}\n" for n in range(60))
    repository.commit({"a.csv": rows.encode("cp1252"), "b.csv": ROWS})
    monkeypatch.chdir(repository.root)
    assert "a.csv: byte 0xf8 is not utf-8; read as cp1252" in gate("init").output
    read = yaml.safe_load((repository.root / "gate.yaml").read_text())
    assert read["lock"] == {"label": "gate-change"}
    assert read["checks"]["data"][0] == {
        "path": "a.csv",
        "schema": "a.schema.yaml",
        "encoding": "cp1252",
        "drift_from": "base",
    }
    text = (repository.root / "a.schema.yaml").read_text("utf-8")
    assert "- name: alder" in text
    assert gate("run").return_value == 0


def test_odd_file_names_are_quoted(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = 'data/a: "b" #c.csv'
    repository.commit({name: ROWS})
    monkeypatch.chdir(repository.root)
    gate("init", "--no-run")
    read = yaml.safe_load((repository.root / "gate.yaml").read_text())
    assert read["checks"]["data"][0]["path"] == name
    assert gate("run", "--only", "data").return_value == 0


def test_data_in_tests_and_hidden_folders_is_not_the_project_s(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit({"tests/sample.csv": ROWS, ".cache/x.csv": ROWS})
    monkeypatch.chdir(repository.root)
    gate("init", "--no-run")
    assert "data:" not in (repository.root / "gate.yaml").read_text()


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({}, "python -m pip install pytest pytest-cov"),
        (
            {"requirements.txt": "", "requirements-dev.txt": ""},
            "python -m pip install pytest pytest-cov -r requirements-dev.txt"
            " -r requirements.txt",
        ),
        (
            {
                "pyproject.toml": "[build-system]\nrequires = []\n"
                "[project.optional-dependencies]\ntest = []\n"
            },
            'python -m pip install pytest pytest-cov -e ".[test]"',
        ),
    ],
)
def test_the_workflow_installs_what_the_repository_names(
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str],
    command: str,
) -> None:
    repository.commit({"sums.py": CODE, **files})
    monkeypatch.chdir(repository.root)
    gate("init", "--no-run")
    text = (repository.root / init.WORKFLOW).read_text()
    steps = yaml.safe_load(text)["jobs"]["gate"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == [command]


def test_the_workflow_is_one_that_github_takes(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = str(Path(sys.executable).parent)
    checker = shutil.which("check-jsonschema", path=beside)
    if checker is None:
        pytest.skip("check-jsonschema is not installed")
    repository.commit({"sums.py": CODE})
    monkeypatch.chdir(repository.root)
    gate("init", "--no-run")
    path = repository.root / init.WORKFLOW
    builtin = ["--builtin-schema", "vendor.github-workflows"]
    subprocess.run([checker, *builtin, str(path)], check=True)


def test_what_is_found_is_told_without_control_characters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    init.say("a\x1b[31mred\r::error::")
    assert capsys.readouterr().out == "a[31mred::error::\n"


def test_any_name_is_read_back_as_it_is() -> None:
    for name in ("a b.csv", "x:y", "- z", "true", "null", "naïve.csv", "tab\t.csv"):
        assert yaml.safe_load(init._scalar(name)) == name


def test_in_a_folder_of_a_clone_the_workflow_stands_where_github_looks(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit({"one/sums.py": CODE, "two/sums.py": CODE})
    monkeypatch.chdir(repository.root / "one")
    gate("init", "--no-run")
    assert (repository.root / "one" / "gate.yaml").is_file()
    text = (repository.root / init.WORKFLOW).read_text()
    *_, install, judge = yaml.safe_load(text)["jobs"]["gate"]["steps"]
    assert install["working-directory"] == "one"
    assert judge["with"] == {"working-directory": "one"}


def test_below_a_gate_yaml_it_says_where_that_is(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit({"gate.yaml": "version: 1\n", "sub/sums.py": CODE})
    monkeypatch.chdir(repository.root / "sub")
    done = gate("init", "--no-run")
    assert isinstance(done.exception, ConfigError)
    assert not (repository.root / "sub" / "gate.yaml").exists()


def test_a_workflow_that_does_not_judge_the_folder_is_told(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit({"one/a.py": CODE, "two/b.py": CODE})
    told = {}
    for folder in ("one", "two", "one"):
        monkeypatch.chdir(repository.root / folder)
        told[folder] = gate("init", "--no-run").output
    assert "does not name two, so nothing judges it on GitHub" in told["two"]
    assert "does not name" not in told["one"]


SCORED = "id,label,score,group,note\n" + "".join(
    f"{n},{n % 2},{0.9 if n % 2 == (n > 9) else 0.1},{'ab'[n % 3 > 0]},n{n}\n"
    for n in range(60)
)


def test_predictions_get_bounds_that_hold_today(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"results/p.csv": SCORED, "data/people.csv": ROWS}
    repository.commit({**files, "b.csv": "label,pred\n" + "1.5,2\n2.5,2\n" * 30})
    monkeypatch.chdir(repository.root)
    assert gate("init", "--no-run").exception is None
    text = (repository.root / "gate.yaml").read_text("utf-8")
    checks = yaml.safe_load(text)["checks"]
    assert [one["path"] for one in checks["data"]] == ["data/people.csv"]
    assert checks["model"] == [
        {
            "predictions": "b.csv",
            "metrics": {"mae": {"max": 0.525}},
        },
        {
            "predictions": "results/p.csv",
            "slices": ["group"],
            "metrics": {"accuracy": {"min": 0.82}, "roc_auc": {"min": 0.82}},
            "compare": {"max_drop": {"accuracy": 0.01}},
        },
    ]
    repository.commit()
    done = gate("run", "--only", "model")
    assert done.return_value == 0, done.output
