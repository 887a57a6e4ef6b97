"""How often GitHub is asked: the first time, after a change, and when all is the same.

| requests                  | first | changed | the same |
|---------------------------|------:|--------:|---------:|
| pull request              |    13 |      12 |        6 |
| the same with all there is|    17 |      19 |       10 |
| push to the default branch|    12 |      15 |        4 |
| merge queue               |     7 |       5 |        2 |
| fork, by a second workflow|    17 |      16 |       10 |

Each has 3 statuses, 66 annotations and, on a pull request, a suggestion. Of a fork's,
four are for what the other run left: the pull request, the artifacts, and twice the
archive, the second time at another server.
"""

from __future__ import annotations

import pytest

from fake_repository import ENTERPRISE
from tests.commands import scenarios
from tests.commands.scenarios import Scenario, Stage

CASES = pytest.mark.parametrize(
    ("scenario", "first", "changed", "same"),
    [
        (scenarios.PULL_REQUEST, 13, 12, 6),
        (scenarios.EVERYTHING, 17, 19, 10),
        (scenarios.PUSH, 12, 15, 4),
        (scenarios.QUEUE, 7, 5, 2),
        (scenarios.FORK, 17, 16, 10),
    ],
    ids=lambda value: getattr(value, "name", ""),
)


@CASES
def test_the_first_time(
    stage: Stage, scenario: Scenario, first: int, changed: int, same: int
) -> None:
    stage.set(scenario)
    ran = stage.publish(scenario)
    assert (ran.code, ran.err, ran.requests) == (0, "", first)
    assert f"{first} requests to GitHub in " in ran.out
    stage.check_nothing_is_double()


@CASES
def test_after_a_change_and_when_all_is_the_same(
    stage: Stage, scenario: Scenario, first: int, changed: int, same: int
) -> None:
    stage.set(scenario, before=True)
    ran = stage.publish(scenario)
    assert (ran.code, ran.err, ran.requests) == (0, "", changed)
    done = stage.parts()
    again = stage.publish(scenario)
    assert (again.code, again.err, again.requests) == (0, "", same)
    assert stage.parts() == done
    stage.check_nothing_is_double()


def test_a_comment_and_statuses_alone_take_three(stage: Stage) -> None:
    stage.set(scenarios.PLAIN)
    assert stage.publish(scenarios.PLAIN).requests == 8
    assert stage.publish(scenarios.PLAIN).requests == 3


@CASES
def test_on_an_enterprise_server_it_is_the_same(
    stage: Stage, scenario: Scenario, first: int, changed: int, same: int
) -> None:
    stage.below = ENTERPRISE
    stage.set(scenario, before=True)
    stage.github.state.requests.clear()
    assert stage.publish(scenario).requests == changed
    assert stage.publish(scenario).requests == same
    for request in stage.github.state.requests:
        assert request["path"].startswith(("/api/", "/artifacts/"))
    stage.check_nothing_is_double()
