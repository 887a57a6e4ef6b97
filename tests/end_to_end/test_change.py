"""A change of data and its schema, judged by the installed command against its base."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

GATE = Path(sys.executable).parent / ("gate.exe" if os.name == "nt" else "gate")
QUIET = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

CONFIG = """\
checks:
  formatting: off
  lint: off
  typecheck: off
  tests: off
  coverage: off
  data:
    - path: data/rides.csv
      drift_from: base
      key: [id]
"""
SCHEMA = """\
feature:
  - name: id
    type: INT
  - name: paid  # how
    type: BYTES
    domain: paid
    drift_comparator: {infinity_norm: {threshold: 0.1}}
  - name: fare
    type: FLOAT
    float_domain: {max: 70.0}
string_domain:
  - name: paid
    value:
      - card
      - cash
"""


def rides(cash: float) -> list[list[str]]:
    draw = random.Random(0)
    return [
        [
            str(i),
            "cash" if draw.random() < cash else "card",
            f"{draw.uniform(3, 60):.2f}",
        ]
        for i in range(1_000)
    ]


def text(rows: list[list[str]]) -> str:
    return "id,paid,fare\n" + "".join(",".join(row) + "\n" for row in rows)


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    env = {**os.environ, **QUIET}
    subprocess.run(["git", *who, *words], cwd=folder, check=True, env=env)


def gate(folder: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    """The exit code, the results by their checks, and the comment."""
    ci = ("GITHUB_", "GATE_", "COV_CORE_", "COVERAGE_", "PYTEST_")
    env = {k: v for k, v in os.environ.items() if not k.startswith(ci)}
    done = subprocess.run(
        [str(GATE), "run", "--python", sys.executable, *words],
        cwd=folder,
        env={**env, **QUIET},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    document = json.loads((folder / ".gate" / "results.json").read_text("utf-8"))
    found = {result["check"]: result for result in document["results"]}
    comment = (folder / ".gate" / "comment.md").read_text("utf-8")
    return done.returncode, found, comment


@pytest.fixture
def change(tmp_path: Path) -> Path:
    """A branch with less cash, a value that is new, and a wider range."""
    (tmp_path / "data").mkdir()
    (tmp_path / "gate.yaml").write_text(CONFIG)
    (tmp_path / "data" / "rides.csv").write_text(text(rides(0.6)))
    (tmp_path / "data" / "rides.schema.yaml").write_text(SCHEMA)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "base")
    git(tmp_path, "checkout", "-q", "-b", "topic")
    rows = rides(0.2)[:-100]
    rows[7][1] = "coin"
    (tmp_path / "data" / "rides.csv").write_text(text(rows))
    wider = SCHEMA.replace("70.0", "700.0")
    (tmp_path / "data" / "rides.schema.yaml").write_text(wider)
    git(tmp_path, "commit", "-qam", "change")
    return tmp_path


def rows_of(result: dict[str, Any], title: str) -> list[list[Any]]:
    tables = {table["title"]: table["rows"] for table in result["tables"]}
    found: list[list[Any]] = tables.get(title, [])
    return found


def test_a_change_is_shown_held_accepted_and_let_in(change: Path) -> None:
    code, found, comment = gate(change)
    assert code == 1
    data, lock = found["data"], found["lock"]
    rules = {finding["rule"] for finding in data["findings"]}
    assert rules == {
        "data/COMPARATOR_L_INFTY_HIGH",
        "data/ENUM_TYPE_UNEXPECTED_STRING_VALUES",
    }
    (drift,) = rows_of(data, "Drift and skew")
    assert drift[1:4] == ["paid", "drift", "infinity_norm"] and drift[4] > 0.3
    changes = {
        (row[1], row[2]): row[3:] for row in rows_of(data, "Changes of the data")
    }
    assert changes[None, "rows"] == ["1,000", "900"]
    assert changes[None, "rows removed"] == ["", "100"]
    assert changes["paid", "unique"] == ["2", "3"]
    assert lock["status"] == "failed"
    assert lock["findings"][0]["line"] == 10
    assert "70.0 → 700.0" in lock["findings"][0]["message"]
    (coin,) = [f for f in data["findings"] if f.get("line") == 9]
    command = coin["fix"]["command"]
    assert command == "gate data accept data/rides.schema.yaml paid --value coin"
    for shown in (command, "+      - coin", "70.0 → 700.0", "Changes of the data"):
        assert shown in comment
    # The patch does what the command does, and git takes it.
    (change / "accept.patch").write_text(coin["fix"]["patch"], newline="\n")
    git(change, "apply", "accept.patch")
    schema = change / "data" / "rides.schema.yaml"
    patched = schema.read_text()
    git(change, "checkout", "-q", "data/rides.schema.yaml")
    accepts = [f["fix"]["command"] for f in data["findings"] if f["fix"].get("command")]
    for words in sorted(accepts, key=lambda words: words != command):
        subprocess.run([GATE, *words.split()[1:]], cwd=change, check=True)
        if words == command:
            assert schema.read_text() == patched
    # What was accepted loosens the schema: the data is right, and the lock holds.
    code, found, _ = gate(change)
    assert (code, found["data"]["status"]) == (1, "passed")
    assert found["lock"]["metrics"]["lock.loosened"] == 3
    code, found, comment = gate(change, "--label", "gate-change")
    assert (code, found["lock"]["status"]) == (0, "passed")
    assert "allowed by the label" in comment
