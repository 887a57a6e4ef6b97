"""The lock: what a change loosens closes the gate, unless its label says otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gate import results
from gate.checks import CHECKS
from gate.cli import cli
from gate.findings import Result, Status
from tests.conftest import Repository

SCHEMA = """\
feature:
  - name: age
    type: INT
    int_domain: {min: 0, max: 120}
  - name: plan
    type: BYTES
    domain: plan
string_domain:
  - name: plan
    value:
      - free
      - pro
"""
CODE = [name for name in CHECKS if name not in ("coverage", "data", "lock")]
GATE = """\
checks:
  formatting: off
  lint: off
  typecheck: off
  tests: off
  coverage: {weight: error, minimum: 80}
  data:
    - path: a.csv
      schema: a.schema.yaml
"""
DATA = "age,plan\n1,free\n2,pro\n"
BASE = {"gate.yaml": GATE, "a.schema.yaml": SCHEMA, "a.csv": DATA}


def change(repository: Repository, files: dict[str, str | None]) -> None:
    """A branch on which files differ from those of main."""
    repository.git("checkout", "-q", "-b", "topic")
    for name, text in files.items():
        if text is None:
            (repository.root / name).unlink()
        else:
            repository.write({name: text})
    repository.commit()


def judged(repository: Repository, monkeypatch: pytest.MonkeyPatch, *words: str) -> Any:
    monkeypatch.chdir(repository.root)
    runner = CliRunner().invoke(cli, ["run", *words], standalone_mode=False)
    verdict = results.read(repository.root / ".gate" / "results.json")
    (found,) = [result for result in verdict.results if result.check == "lock"]
    assert (runner.return_value == 0) is (verdict.exit_code == 0), runner.output
    return found


def told(result: Result) -> list[tuple[str | None, int | None, str]]:
    return [(f.path, f.line, f.message) for f in result.findings]


@pytest.fixture
def locked(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    repository.commit(BASE)
    monkeypatch.chdir(repository.root)
    return repository


MODEL = """\
  model:
    - predictions: q.csv
    - predictions: p.csv
      metrics:
        f1: {min: 0.8}
"""


def test_a_lower_floor_of_a_model_is_told_at_its_line(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit({**BASE, "gate.yaml": GATE + MODEL})
    change(repository, {"gate.yaml": GATE + MODEL.replace("0.8", "0.7")})
    assert told(judged(repository, monkeypatch)) == [
        ("gate.yaml", 14, "`checks.model[p.csv].metrics[f1].min`: 0.8 → 0.7")
    ]


def test_nothing_changed_is_nothing_looser(
    locked: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(locked, {"b.py": ""})
    found = judged(locked, monkeypatch)
    assert (found.status, found.tables) == (Status.PASSED, ())
    assert found.summary == "nothing is looser than at the base"


CHANGES: dict[str, tuple[dict[str, str | None], list[tuple[str, int | None, str]]]] = {
    "a wider range": (
        {"a.schema.yaml": SCHEMA.replace("120", "121")},
        [("a.schema.yaml", 4, "`feature[age].int_domain.max`: 120 → 121")],
    ),
    "a new value": (
        {"a.schema.yaml": SCHEMA + "      - team\n"},
        [("a.schema.yaml", 10, '`string_domain[plan].value`: unset → ["team"]')],
    ),
    "a schema that is gone": (
        {"a.schema.yaml": None},
        [("a.schema.yaml", None, "removed")],
    ),
    "a schema that cannot be read": (
        {"a.schema.yaml": "feature: 1\n"},
        [("a.schema.yaml", None, "cannot be compared with the base's")],
    ),
    "another schema": (
        {
            "gate.yaml": GATE.replace("a.schema", "b.schema"),
            "b.schema.yaml": SCHEMA,
        },
        [("gate.yaml", 9, "`checks.data[a.csv].schema`: a.schema.yaml → b.schema")],
    ),
    "a dataset dropped": (
        {"gate.yaml": GATE.replace("a.csv", "b.csv"), "b.csv": DATA},
        [("gate.yaml", 7, "`checks.data[a.csv]`: a.csv → unset")],
    ),
    "other missing values": (
        {"gate.yaml": GATE + "      na_values: [pro]\n"},
        [("gate.yaml", 10, '`checks.data[a.csv].na_values`: unset → ["pro"]')],
    ),
    "a lower minimum": (
        {"gate.yaml": GATE.replace("80", "70")},
        [("gate.yaml", 6, "`checks.coverage.minimum`: 80.0 → 70.0")],
    ),
    "no minimum": (
        {"gate.yaml": GATE.replace(", minimum: 80", "")},
        [("gate.yaml", 6, "`checks.coverage.minimum`: 80.0 → unset")],
    ),
    "a weight": (
        {"gate.yaml": GATE.replace("weight: error", "weight: warning")},
        [("gate.yaml", 6, "`checks.coverage.weight`: error → warning")],
    ),
    "a list of checks": (
        {"gate.yaml": f"checks: [{', '.join(CODE)}]\n"},
        [
            ("gate.yaml", 1, "`checks.coverage.weight`: error → off"),
            ("gate.yaml", 1, "`checks.data.weight`: error → off"),
        ],
    ),
    "the lock itself, above": (
        {"gate.yaml": "lock: off\n" + GATE},
        [("gate.yaml", 2, "`checks.lock.weight`: error → off")],
    ),
    "the lock itself, among the checks": (
        {"gate.yaml": GATE + "  lock: {weight: warning, label: mine}\n"},
        [
            ("gate.yaml", 10, "`checks.lock.weight`: error → warning"),
            ("gate.yaml", 10, "`checks.lock.label`: gate-change → mine"),
        ],
    ),
    "what it is compared with": (
        {"gate.yaml": "base: topic\n" + GATE},
        [("gate.yaml", 1, "`base`: unset → topic")],
    ),
    "no gate.yaml": ({"gate.yaml": None}, [("gate.yaml", None, "removed")]),
}


@pytest.mark.parametrize("name", list(CHANGES))
def test_a_loosening_closes_the_gate_at_its_line(
    locked: Repository, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    files, expected = CHANGES[name]
    change(locked, files)
    base = ("--base", "main")
    found = judged(locked, monkeypatch, *base, "--only", "lock")
    assert found.status is Status.FAILED and found.closes
    assert found.metrics["lock.loosened"] == len(expected)
    for one, (path, line, start) in zip(told(found), expected, strict=True):
        assert one[:2] == (path, line)
        assert one[2].startswith(start)
    assert "gate-change" in found.advice[0]
    opened = judged(
        locked, monkeypatch, *base, "--only", "lock", "--label", "gate-change"
    )
    assert (opened.status, opened.findings) == (Status.PASSED, ())
    assert "allowed by the label `gate-change`" in opened.summary
    assert opened.tables[0].important


@pytest.mark.parametrize(
    "files",
    [
        {"a.schema.yaml": SCHEMA.replace("120", "119")},
        {"a.schema.yaml": SCHEMA.replace("      - pro\n", "")},
        {"gate.yaml": GATE.replace("80", "90")},
        {"gate.yaml": GATE.replace("lint: off", "lint: {}")},
        {"gate.yaml": GATE + "    - {path: b.csv, schema: a.schema.yaml}\n"},
    ],
    ids=["range", "value", "minimum", "weight", "dataset"],
)
def test_a_tightening_is_listed_and_closes_nothing(
    locked: Repository, monkeypatch: pytest.MonkeyPatch, files: dict[str, str | None]
) -> None:
    change(locked, files)
    found = judged(locked, monkeypatch, "--only", "lock")
    assert (found.status, found.summary) == (Status.PASSED, "1 tightening")
    assert found.tables[0].rows[0][0] == "tightened"


def test_the_label_of_the_base_counts(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit({**BASE, "gate.yaml": "lock: {label: yes-looser}\n" + GATE})
    files = {
        "gate.yaml": "lock: {label: mine}\n" + GATE,
        "a.schema.yaml": SCHEMA.replace("120", "999"),
    }
    change(repository, files)
    found = judged(repository, monkeypatch, "--only", "lock", "--label", "mine")
    assert found.status is Status.FAILED
    assert "`yes-looser`" in found.advice[0]
    found = judged(repository, monkeypatch, "--only", "lock", "--label", "yes-looser")
    assert found.status is Status.PASSED


def test_a_lock_that_was_off_stays_off(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit({**BASE, "gate.yaml": "lock: off\n" + GATE})
    change(repository, {"a.schema.yaml": None})
    found = judged(repository, monkeypatch, "--only", "lock", "--only", "formatting")
    assert found.status is Status.SKIPPED
    change_back = {"gate.yaml": GATE}
    repository.commit(change_back)
    assert judged(repository, monkeypatch, "--only", "lock").status is Status.SKIPPED


@pytest.mark.parametrize(
    ("base", "why"),
    [
        ({"a.py": ""}, "the base has no gate.yaml yet"),
        (None, "no base to compare with"),
    ],
    ids=["no gate.yaml", "no commit"],
)
def test_where_nothing_holds_it_is_skipped_with_the_reason(
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
    base: dict[str, str] | None,
    why: str,
) -> None:
    if base is not None:
        repository.commit(base)
    repository.write(BASE)
    found = judged(repository, monkeypatch, "--only", "data", "--only", "lock")
    assert found.status is Status.SKIPPED
    assert found.summary == f"nothing is held: {why}"


def test_a_base_that_cannot_be_read_opens_nothing(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit({**BASE, "gate.yaml": "checks: {lynt: off}\n"})
    change(repository, {"gate.yaml": GATE})
    found = judged(repository, monkeypatch, "--only", "lock")
    assert found.status is Status.FAILED
    assert "the base's cannot be read: gate.yaml:1: there is no `lynt`" in str(
        found.findings[0].message
    )


def test_a_nearer_gate_yaml_is_no_way_around(
    locked: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(locked, {"sub/gate.yaml": "checks: {tests: off}\n"})
    monkeypatch.chdir(locked.root / "sub")
    CliRunner().invoke(cli, ["run", "--only", "lock"], standalone_mode=False)
    verdict = results.read(locked.root / "sub" / ".gate" / "results.json")
    assert verdict.exit_code == 1
    message = verdict.results[0].findings[0].message
    assert message == "the base's is gate.yaml, which no longer counts"


@pytest.mark.parametrize("config", ["ci/strict.yaml", "../ci.yaml"])
def test_a_configuration_of_another_name_is_held_too(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, config: str
) -> None:
    files = {f"p/{name}": text for name, text in BASE.items() if name != "gate.yaml"}
    repository.write({"p/a.py": ""})
    path = repository.root / "p" / config
    path.parent.mkdir(exist_ok=True)
    path.write_text(GATE)
    repository.commit(files)
    path.write_text(GATE.replace("80", "79"))
    monkeypatch.chdir(repository.root / "p")
    words = ["run", "--only", "lock", "--config", config]
    assert CliRunner().invoke(cli, words, standalone_mode=False).return_value == 1
    verdict = results.read(repository.root / "p" / ".gate" / "results.json")
    assert verdict.results[0].findings[0].line == 6


def on_github(
    monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, *labels: str
) -> None:
    event = {"pull_request": {"labels": [{"name": label} for label in labels]}}
    (folder / "event.json").write_text(json.dumps(event))
    monkeypatch.setenv("GITHUB_EVENT_NAME", name)
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(folder / "event.json"))
    monkeypatch.setenv("GITHUB_BASE_REF", "main")


@pytest.mark.parametrize(
    ("name", "labels", "status"),
    [
        ("pull_request", ("gate-change", "bug"), Status.PASSED),
        ("pull_request", ("bug",), Status.FAILED),
        ("push", ("gate-change",), Status.FAILED),
        ("merge_group", (), Status.PASSED),
    ],
    ids=["labelled", "another", "push", "queue"],
)
def test_on_github_the_label_is_the_pull_requests(
    locked: Repository,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    labels: tuple[str, ...],
    status: Status,
) -> None:
    change(locked, {"a.schema.yaml": SCHEMA.replace("120", "121")})
    locked.git("update-ref", "refs/remotes/origin/main", "main")
    on_github(monkeypatch, tmp_path, name, *labels)
    assert judged(locked, monkeypatch, "--only", "lock").status is status


@pytest.mark.parametrize("event", ["", "[1]", "{", '{"pull_request": 1}', "\0"])
def test_an_event_that_cannot_be_read_has_no_label(
    locked: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, event: str
) -> None:
    change(locked, {"a.schema.yaml": SCHEMA.replace("120", "121")})
    locked.git("update-ref", "refs/remotes/origin/main", "main")
    on_github(monkeypatch, tmp_path, "pull_request", "gate-change")
    (tmp_path / "event.json").write_text(event)
    found = judged(locked, monkeypatch, "--only", "lock")
    assert found.status is Status.FAILED


def test_on_github_a_change_does_not_choose_its_base(
    locked: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = {
        "gate.yaml": "base: HEAD\n" + GATE,
        "a.schema.yaml": SCHEMA.replace("120", "121"),
    }
    change(locked, files)
    locked.git("update-ref", "refs/remotes/origin/main", "main")
    on_github(monkeypatch, tmp_path, "pull_request")
    found = judged(locked, monkeypatch, "--only", "lock")
    assert found.metrics["lock.loosened"] == 2


@pytest.mark.parametrize("name", ["a.schema.yaml", "gate.yaml"])
def test_a_link_is_followed_on_both_sides(
    locked: Repository, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path, other = locked.root / name, locked.root / "ci" / "elsewhere.yaml"
    other.parent.mkdir()
    path.rename(other)
    try:
        path.symlink_to("ci/elsewhere.yaml")
    except OSError:
        pytest.skip("no links here")
    assert judged(locked, monkeypatch, "--only", "lock").status is Status.PASSED
    locked.commit()
    looser = other.read_text().replace("120", "121").replace("80", "79")
    other.write_text(looser)
    found = judged(locked, monkeypatch, "--only", "lock")
    assert [f.path for f in found.findings] == [name]


def test_a_folder_that_is_a_link_holds_nothing_unnoticed(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"gate.yaml": GATE.replace("a.schema", "s/a.schema"), "a.csv": DATA}
    (repository.root / "t").mkdir()
    try:
        (repository.root / "s").symlink_to("t")
    except OSError:
        pytest.skip("no links here")
    repository.commit({**files, "t/a.schema.yaml": SCHEMA})
    found = judged(repository, monkeypatch, "--only", "lock")
    assert (found.status, found.findings[0].path) == (Status.FAILED, "s/a.schema.yaml")


def test_very_many_changes_are_counted_and_told_in_part(
    locked: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = "".join(f"  - {{name: f{i}, type: INT}}\n" for i in range(9_000))
    values = "".join(f"      - v{i}\n" for i in range(9_000))
    domains = SCHEMA.replace("string_domain:", f"{many}string_domain:") + values
    change(locked, {"a.schema.yaml": domains})
    found = judged(locked, monkeypatch, "--only", "lock")
    assert found.metrics["lock.loosened"] == 9_001
    assert (len(found.findings), found.total) == (200, 9_001)
    assert max(len(f.message) for f in found.findings) < 1_000
