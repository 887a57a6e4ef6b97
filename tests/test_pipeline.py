"""One crash is one row: the other checks still report, in the order of the table."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from gate import pipeline, results
from gate.checks import CHECKS, NEEDS
from gate.config import CheckSettings
from gate.errors import ToolError
from gate.findings import Finding, Result, Status, Weight
from gate.project import Project

Make = Callable[..., Project]


class Fake:
    """A check that says, or raises, what it is told."""

    __doc__ = "A fake"
    Options = dict

    def __init__(
        self, answer: Result | Exception, seen: list[str] | None = None
    ) -> None:
        self.answer = answer
        self.seen = seen if seen is not None else []

    def run(self, project: Project, options: Any, /) -> Result:
        self.seen.append(options)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def on(weight: Weight = Weight.ERROR, options: Any = "given") -> CheckSettings:
    return CheckSettings(weight=weight, options=options)


PASSED = Result(status=Status.PASSED, summary="fine")


@pytest.fixture
def project(make_project: Make) -> Project:
    return make_project({})


def with_checks(monkeypatch: pytest.MonkeyPatch, **checks: Fake) -> None:
    """Replace the table of checks, the one thing that `run` has no argument for."""
    monkeypatch.setattr(pipeline, "CHECKS", checks)


def test_results_come_in_the_order_of_the_table(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_checks(monkeypatch, b=Fake(PASSED), a=Fake(PASSED), c=Fake(PASSED))
    judged = pipeline.run(project, {"c": on(), "a": on(), "b": on()})
    assert [result.check for result in judged] == ["b", "a", "c"]
    assert all(result.duration >= 0 for result in judged)


def test_a_check_that_cannot_judge_is_an_error_of_its_own_row(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = ToolError("black is\nmissing", hint="install it", path="a.py", line=3)
    with_checks(monkeypatch, a=Fake(gone), b=Fake(PASSED))
    error, passed = pipeline.run(project, {"a": on(), "b": on()})
    assert (error.status, error.summary) == (Status.ERROR, "a.py:3: black is missing")
    assert error.advice == ("install it",)
    assert passed.status is Status.PASSED


@pytest.mark.parametrize(
    "bug", [ZeroDivisionError("0"), RecursionError(), MemoryError(), AssertionError()]
)
def test_a_bug_of_ours_is_told_as_one(
    project: Project, monkeypatch: pytest.MonkeyPatch, bug: Exception
) -> None:
    with_checks(monkeypatch, a=Fake(bug), b=Fake(PASSED))
    error, passed = pipeline.run(project, {"a": on(), "b": on()})
    assert error.status is Status.ERROR
    assert [finding.rule for finding in error.findings] == [pipeline.BUG]
    assert type(bug).__name__ in error.summary
    assert "Traceback" in error.output and "test_pipeline" in error.output
    assert passed.status is Status.PASSED


def test_a_check_that_is_off_does_not_run(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = Fake(PASSED)
    with_checks(monkeypatch, a=fake)
    (result,) = pipeline.run(project, {"a": on(Weight.OFF, None)})
    assert (result.status, result.weight) == (Status.SKIPPED, Weight.OFF)
    assert fake.seen == []


def test_weight_and_options_reach_where_they_belong(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = Fake(Result(status=Status.FAILED, summary="x"))
    with_checks(monkeypatch, a=fake)
    (result,) = pipeline.run(project, {"a": on(Weight.WARNING, "mine")})
    assert result.weight is Weight.WARNING
    assert not result.closes
    assert fake.seen == ["mine"]


def test_a_check_runs_after_the_one_it_needs(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    names = [*"abcdefgh", "tests", "coverage"]
    with_checks(monkeypatch, **{name: Fake(PASSED, order) for name in names})
    ended: list[str] = []
    settings = {name: on(options=name) for name in reversed(names)}
    pipeline.run(project, settings, ended=lambda result: ended.append(result.check))
    assert sorted(order) == sorted(names) == sorted(ended)
    assert order.index("tests") < order.index("coverage")
    assert ended.index("tests") < ended.index("coverage")


def test_what_it_needs_may_be_left_out(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_checks(monkeypatch, tests=Fake(PASSED), coverage=Fake(PASSED))
    (result,) = pipeline.run(project, {"coverage": on()})
    assert result.check == "coverage"


def test_apart_the_tests_come_when_there_is_nothing_left_to_change(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    names = ["coverage", "tests", "typecheck", "lint", "formatting", "data", "lock"]
    with_checks(monkeypatch, **{name: Fake(PASSED, order) for name in names})
    settings = {name: on(options=name) for name in names}
    judged = pipeline.run(project, settings, apart=lambda: order.append("apart"))
    assert {*order[:3]} == {"formatting", "data", "lock"} and order[3] == "apart"
    assert {*order[4:6]} == {"lint", "typecheck"}
    assert order[6:] == ["tests", "coverage"]
    assert [result.check for result in judged] == names


def test_apart_what_asks_functions_of_the_change_is_alone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    names = ["tests", "lint", "data", "model"]
    with_checks(monkeypatch, **{name: Fake(PASSED, order) for name in names})
    for code in (True, False):
        asking = SimpleNamespace(runs_code=code)
        settings = {name: on(options=name) for name in names}
        settings["model"] = on(options=asking)
        order.clear()
        pipeline.run(project, settings, apart=lambda: None)
        if code:
            assert order == ["data", "lint", asking, "tests"]
        else:
            assert {*map(str, order[:2])} == {"data", str(asking)}


def test_what_is_said_is_capped(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = (Finding(rule="a/b", message="x"),) * 900
    full = Result(status=Status.FAILED, summary="x", findings=many)
    with_checks(monkeypatch, a=Fake(full))
    (result,) = pipeline.run(project, {"a": on()})
    assert len(result.findings) == results.MAX_FINDINGS
    assert result.found == 900


def test_the_table_of_checks_is_sound() -> None:
    for name, check in CHECKS.items():
        assert check.__doc__ and check.__doc__.splitlines()[0].endswith(".")
        assert check.Options()
        assert callable(check.run), name
    order = list(CHECKS)
    for name, needed in NEEDS.items():
        assert order.index(needed) < order.index(name)


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_answers_for_an_empty_project(project: Project, name: str) -> None:
    (result,) = pipeline.run(project, {name: on(options=CHECKS[name].Options())})
    assert result.status is Status.SKIPPED
    assert result.summary
