"""What is left as it was, whatever there is, and whatever goes wrong on the way."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract import Spec
from fake_base import Told
from fake_github import Server, serve
from fake_protection import CHECKS, REVIEWS, STRICT, Protected, asks, classic_checks
from fake_repository import FakeGitHub, Fault
from gate.errors import GitHubError
from gate.github.api import Api, Limits
from gate.github.protect import applied, reading
from gate.github.protect.plan import Plan, Wanted, plan
from gate.github.protect.rules import Check

Json = Any

TOKEN = "ghp_thisMustNotBeShown"
WANTED = Wanted(checks=(Check(context="gate"),))


@pytest.fixture(autouse=True)
def main(github: FakeGitHub) -> None:
    """The repository has a branch to protect."""
    github.add_branch("main", {"files": {"README.md": "A study"}})


@pytest.fixture
def api(server: Server) -> Api:
    return Api(server.url, TOKEN, Limits(attempts=3, backoff=0.001, timeout=10))


def protect(api: Api, wanted: Wanted = WANTED) -> Plan:
    """Read, plan and make the change; the plan."""
    made = plan(wanted, reading.read(api, "o/r"))
    applied.apply(api, made, pause=0)
    return made


def writes(github: FakeGitHub) -> list[str]:
    return [r["method"] for r in github.state.requests if r["method"] != "GET"]


# Nothing else is touched, whatever there is

contexts = st.sampled_from(["gate", "lint", "build", "gate (data)", "ci/ünï", "a|b"])
apps = st.none() | st.sampled_from([7, 15368])


@st.composite
def listed(draw: st.DrawFn, key: str, nothing: Json) -> Json:
    names = draw(st.lists(contexts, max_size=4, unique=True))
    found = [(name, draw(apps)) for name in names]
    return [
        {"context": name, **({key: app} if app else nothing)} for name, app in found
    ]


@st.composite
def check_rules(draw: st.DrawFn) -> Json:
    parameters = {
        CHECKS: draw(listed("integration_id", {})),
        STRICT: draw(st.booleans()),
    }
    if draw(st.booleans()):
        parameters["do_not_enforce_on_create"] = draw(st.booleans())
    return {"type": CHECKS, "parameters": parameters}


other_rules = st.lists(
    st.sampled_from(
        [
            REVIEWS,
            {"type": "deletion"},
            {"type": "non_fast_forward"},
            {"type": "creation"},
        ]
    ),
    unique_by=lambda rule: rule["type"],
    max_size=3,
)


@st.composite
def rulesets(draw: st.DrawFn) -> Json:
    rules = draw(other_rules)
    if draw(st.booleans()):
        rules.insert(draw(st.integers(0, len(rules))), draw(check_rules()))
    actor = {"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}
    return {
        "rules": rules,
        "include": draw(
            st.sampled_from(
                [["~DEFAULT_BRANCH"], ["refs/heads/main"], ["~ALL"], ["refs/heads/dev"]]
            )
        ),
        "enforcement": draw(
            st.sampled_from(["active", "active", "disabled", "evaluate"])
        ),
        "source_type": draw(st.sampled_from(["Repository", "Organization"])),
        "bypass_actors": draw(st.sampled_from([[], [actor]])),
    }


people = st.fixed_dictionaries(
    {
        kind: st.lists(st.sampled_from(["ada", "bob", "core"]), unique=True, max_size=2)
        for kind in ("users", "teams", "apps")
    }
)
protections = st.fixed_dictionaries(
    {
        CHECKS: st.none()
        | st.fixed_dictionaries(
            {"strict": st.booleans(), "checks": listed("app_id", {"app_id": -1})}
        ),
        "enforce_admins": st.booleans(),
        "restrictions": st.none() | people,
        "required_pull_request_reviews": st.none()
        | st.fixed_dictionaries(
            {
                "dismiss_stale_reviews": st.booleans(),
                "require_code_owner_reviews": st.booleans(),
                "required_approving_review_count": st.integers(0, 6),
            },
            optional={
                "dismissal_restrictions": people,
                "bypass_pull_request_allowances": people,
            },
        ),
    },
    optional={
        name: st.booleans()
        for name in ("allow_deletions", "lock_branch", "required_linear_history")
    },
)
wanteds = st.builds(
    lambda names, app, strict: Wanted(
        checks=tuple(Check(context=name, app=app) for name in names), strict=strict
    ),
    st.sampled_from([("gate",), ("gate", "gate (data)")]),
    st.sampled_from([None, 15368]),
    st.booleans(),
)


@given(
    protection=st.none() | protections,
    found=st.lists(rulesets(), max_size=3),
    wanted=wanteds,
    has_rulesets=st.booleans(),
)
@settings(
    max_examples=60,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
def test_nothing_but_the_checks_and_strict_changes_and_a_second_run_writes_nothing(
    github: FakeGitHub,
    api: Api,
    protection: Json,
    found: list[Json],
    wanted: Wanted,
    has_rulesets: bool,
) -> None:
    github.__dict__["protection"] = Protected(has_rulesets=has_rulesets)
    if protection is not None:
        github.protect(**protection)
    for one in found:
        organization = one["source_type"] == "Organization"
        github.protection.add_ruleset(**one, source="acme" if organization else "o/r")
    before = copy.deepcopy(github.protection)
    protect(api, wanted)
    github.state.requests.clear()
    assert protect(api, wanted).change is None
    assert writes(github) == []
    unchanged(before, github.protection, wanted)


def unchanged(before: Protected, after: Protected, wanted: Wanted) -> None:
    """All is as it was but the wanted checks and strict, in one place."""
    touched = [one for one in compared_classic(before, after, wanted)]
    made = set(after.rulesets) - set(before.rulesets)
    for number, ruleset in before.rulesets.items():
        now = after.rulesets[number]
        if now == ruleset:
            continue
        touched.append(f"ruleset {number}")
        assert ruleset["source_type"] == "Repository"
        times = {"updated_at": ruleset["updated_at"], "rules": ruleset["rules"]}
        assert {**now, **times} == ruleset
        for one, other in zip(ruleset["rules"], now["rules"], strict=True):
            if one["type"] != CHECKS:
                assert one == other
                continue
            was, is_now = one["parameters"], other["parameters"]
            compared(was[CHECKS], is_now[CHECKS], wanted)
            assert is_now[STRICT] == (was[STRICT] or wanted.strict)
            rest = {CHECKS: was[CHECKS], STRICT: was[STRICT]}
            assert {**is_now, **rest} == was
    assert len(touched) + len(made) <= 1
    for number in made:
        assert after.rulesets[number]["name"].startswith("gate")


def compared_classic(
    before: Protected, after: Protected, wanted: Wanted
) -> Iterator[str]:
    was, now = before.classic.get("main"), after.classic.get("main")
    if was == now:
        return
    yield "classic"
    assert now
    if was is None:
        on = {
            k for k, v in now.items() if isinstance(v, dict) and v.get("enabled", True)
        }
        assert on == {CHECKS}
        return
    assert {**now, CHECKS: None} == {**was, CHECKS: None}
    compared((was.get(CHECKS) or {}).get("checks", []), now[CHECKS]["checks"], wanted)
    strict = (was.get(CHECKS) or {}).get("strict", False)
    assert now[CHECKS]["strict"] == (strict or wanted.strict)


def compared(was: list[Json], now: list[Json], wanted: Wanted) -> None:
    ours = {check.context for check in wanted.checks}
    assert [c for c in was if c["context"] not in ours] == [
        c for c in now if c["context"] not in ours
    ]
    assert {c["context"] for c in was} <= {c["context"] for c in now}


# What goes wrong


class Meddling(FakeGitHub):
    """A GitHub that loses something with each write."""

    lost = ""

    def _repos_update_repo_ruleset(self, operation: Json, asked: Any) -> Told:
        answer = super()._repos_update_repo_ruleset(operation, asked)
        ruleset = self.protection.rulesets[int(asked.path["ruleset_id"])]
        if self.lost == "a rule":
            ruleset["rules"] = [r for r in ruleset["rules"] if r["type"] == CHECKS]
        elif self.lost == "an actor":
            ruleset["bypass_actors"] = []
        elif self.lost == "a check":
            del ruleset["rules"][0]["parameters"][CHECKS][0]
        elif self.lost == "ours":
            del ruleset["rules"][0]["parameters"][CHECKS][-1]
        elif self.lost == "strict":
            ruleset["rules"][0]["parameters"][STRICT] = False
        elif self.lost == "another ruleset":
            self.protection.rulesets = {ruleset["id"]: ruleset}
        elif self.lost == "classic protection":
            self.protection.classic["main"]["enforce_admins"]["enabled"] = False
        return answer


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        ("a rule", "in force, pull_request: null instead of {"),
        ("an actor", "as it is kept, bypass_actors: {"),
        ("a check", 'required_status_checks: "lint" is gone'),
        ("ours", "`gate` is not required"),
        ("strict", "branches need not be up to date"),
        ("another ruleset", "rulesets, 100: null instead of {"),
        ("classic protection", "enforce_admins, enabled: false instead of true"),
    ],
)
def test_what_is_not_as_planned_is_told_exactly(
    spec: Spec, lost: str, message: str
) -> None:
    github = Meddling(spec)
    github.add_branch("main", {"files": {"README.md": "A study"}})
    github.lost = lost
    github.protection.add_ruleset([{"type": "deletion"}], include=["~ALL"])
    actor = {"actor_type": "DeployKey", "actor_id": None, "bypass_mode": "always"}
    github.protection.add_ruleset([asks("lint"), REVIEWS], bypass_actors=[actor])
    github.protect(enforce_admins=True)
    server = serve(github)
    api = Api(server.url, TOKEN)
    made = plan(WANTED, reading.read(api, "o/r"))
    try:
        with pytest.raises(GitHubError, match="is not what was planned") as caught:
            applied.apply(api, made, pause=0)
    finally:
        server.stop()
    assert message in "\n".join(one.message for one in caught.value.also)


class Slow(FakeGitHub):
    """A GitHub that shows what was written only when it is asked again."""

    late = 1

    def _repos_get_branch_rules(self, operation: Json, asked: Any) -> Told:
        answer = super()._repos_get_branch_rules(operation, asked)
        if answer.body and self.late:
            self.late -= 1
            return Told(200, [])
        return answer


def test_what_is_shown_a_little_later_is_waited_for(spec: Spec) -> None:
    github = Slow(spec)
    github.add_branch("main", {"files": {"README.md": "A study"}})
    server = serve(github)
    try:
        protect(Api(server.url, TOKEN))
    finally:
        server.stop()
    assert (github.late, len(github.protection.rulesets)) == (0, 1)


def test_rules_that_change_while_somebody_thinks_are_not_overwritten(
    api: Api, github: FakeGitHub
) -> None:
    number = github.protection.add_ruleset([asks("lint")])
    made = plan(WANTED, reading.read(api, "o/r"))
    github.protection.rulesets[number]["rules"].append({"type": "deletion"})
    with pytest.raises(GitHubError, match="nothing was written"):
        applied.apply(api, made, pause=0)
    assert writes(github) == []


def test_a_commit_on_the_branch_in_the_meantime_does_no_harm(
    api: Api, github: FakeGitHub
) -> None:
    made = plan(WANTED, reading.read(api, "o/r"))
    github.add_branch("main", {"files": {"more.txt": "more"}})
    applied.apply(api, made, pause=0)
    assert writes(github) == ["POST"]


def scenario(github: FakeGitHub, name: str) -> None:
    if name == "PATCH":
        github.protect(**classic_checks("lint"))
    elif name == "PUT":
        github.protection.add_ruleset([asks("lint"), REVIEWS])
    elif name == "PUT of all":
        github.protection.has_rulesets = False
        github.protect(enforce_admins=True, allow_deletions=True)


@pytest.mark.parametrize("name", ["PATCH", "PUT", "PUT of all", "POST"])
@pytest.mark.parametrize(
    ("kind", "times"),
    [
        *[("502", 1), ("drop", 1), ("late", 1), ("html", 1), ("wrong", 1)],
        *[("502", None), ("late", None)],
    ],
)
def test_a_fault_at_any_request_never_hides_what_became_of_the_change(
    server: Server, github: FakeGitHub, name: str, kind: str, times: int | None
) -> None:
    """Either it is done, or it is said that nothing was, or that it is not known."""
    for after in range(20):
        github.__dict__["protection"] = Protected()
        github.state.requests.clear()
        scenario(github, name)
        before = copy.deepcopy(github.protection)
        fault = Fault(".*", kind, times=times, after=after)
        github.state.faults[:] = [fault]
        api = Api(server.url, TOKEN, Limits(attempts=2, backoff=0.0001, timeout=10))
        message = ""
        try:
            made = plan(WANTED, reading.read(api, "o/r"))
            applied.apply(api, made, pause=0)
        except GitHubError as error:
            message = error.message
        asked = len(github.state.requests)
        changed = (before.classic, before.rulesets) != (
            github.protection.classic,
            github.protection.rulesets,
        )
        if not message:
            assert changed
        elif changed:
            assert "is not known" in message or "the change was made" in message
        if changed:
            unchanged(before, github.protection, WANTED)
            github.state.faults.clear()
            api = Api(server.url, TOKEN)
            assert plan(WANTED, reading.read(api, "o/r")).change is None
        if asked <= after:
            break  # there is none to fail any more
    assert after > 8


@pytest.mark.parametrize("kind", ["drop", "late", "502"])
def test_a_ruleset_is_made_once_though_an_answer_is_lost(
    api: Api, github: FakeGitHub, kind: str
) -> None:
    github.state.faults.append(Fault("POST .*", kind))
    protect(api)
    assert len(github.protection.rulesets) == 1
