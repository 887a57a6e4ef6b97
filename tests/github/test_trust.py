"""Results are believed when the job that judged does not say otherwise."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from gate import results
from gate.findings import Result, Status
from gate.github import trust
from gate.github.trust import Claim
from gate.verdict import Context, State, judge


def write(path: Path, status: Status) -> str:
    """Write results, and return their digest."""
    result = Result(check="lint", status=status, summary="x")
    results.write(judge([result], Context(gate="1", name="a gate")), path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("judged", ["", *trust.ENDS, "timed_out"])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    ("status", "state"),
    [
        (Status.PASSED, State.OPEN),
        (Status.FAILED, State.CLOSED),
        (Status.ERROR, State.ERROR),
    ],
)
def test_only_an_open_gate_asks_for_a_success(
    tmp_path: Path, judged: str, known: bool, status: Status, state: State
) -> None:
    digest = write(tmp_path / "results.json", status)
    claim = Claim(judged=judged, digest=digest if known else "")
    found = trust.read(tmp_path / "results.json", claim)
    assert found.verdict.context.name == "a gate"
    if state is State.OPEN and judged not in ("", "success"):
        assert found.doubt and f"ended with `{judged}`, though" in str(found.doubt)
        assert found.verdict.state is State.ERROR
    else:
        assert found.doubt is None and found.verdict.state is state


def test_another_file_than_the_gates_is_refused_whatever_it_says(
    tmp_path: Path,
) -> None:
    path = tmp_path / "results.json"
    digest = write(path, Status.FAILED)
    write(path, Status.PASSED)
    found = trust.read(path, Claim(digest=digest, name="mine"))
    assert found.doubt and "not those that the gate wrote" in str(found.doubt)
    assert found.verdict.state is State.ERROR and not found.verdict.results
    assert found.verdict.context.name == "mine"


@pytest.mark.parametrize(
    ("judged", "said"),
    [
        ("cancelled", "it left no results: the job that judged ended with `cancelled`"),
        ("success", "cannot read the results: "),
        ("", "cannot read the results: "),
    ],
)
def test_results_that_are_missing_are_told_with_how_the_job_ended(
    tmp_path: Path, judged: str, said: str
) -> None:
    found = trust.read(tmp_path / "none", Claim(judged=judged, name="::no/name//"))
    assert found.doubt and said in found.doubt.message
    assert found.verdict.headline.startswith(said)
    assert (found.verdict.state, found.verdict.context.name) == (State.ERROR, "")


@pytest.mark.parametrize("status", list(Status))
def test_results_of_another_gate_are_told_as_an_error_of_the_one_asked_for(
    tmp_path: Path, status: Status
) -> None:
    path = tmp_path / "results.json"
    write(path, status)
    assert trust.read(path, Claim(name="a gate")).doubt is None
    found = trust.read(path, Claim(name="another"))
    assert found.doubt and "named 'a gate'" in found.doubt.message
    assert found.verdict.state is State.ERROR
    assert found.verdict.context.name == "another"


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        (Claim(), ""),
        (Claim(folder="labs/one"), "labs/one"),
        (Claim(folder="labs/one", name="py3.12"), "py3.12"),
        (Claim(name="a)/b"), ""),
    ],
)
def test_without_results_the_error_is_told_as_the_gates_own(
    tmp_path: Path, claim: Claim, name: str
) -> None:
    found = trust.read(tmp_path / "results.json", claim)
    assert found.doubt and found.verdict.context.name == name
