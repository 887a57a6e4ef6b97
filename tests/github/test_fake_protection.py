"""The fake's protection, held to what clients of others expect of GitHub's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from github import Auth, Branch, Github, GithubException

from fake_github import Server
from fake_repository import FakeGitHub

Json = Any


@pytest.fixture(autouse=True)
def main(github: FakeGitHub) -> None:
    """The repository has a branch to protect."""
    github.add_branch("main", {"files": {"README.md": "A study"}})


@pytest.fixture
def branch(server: Server) -> Iterator[Branch.Branch]:
    client = Github(
        base_url=server.url, auth=Auth.Token("ghp_x"), retry=0, seconds_between_writes=0
    )
    yield client.get_repo("o/r").get_branch("main")
    client.close()


@pytest.fixture
def ask(server: Server) -> Any:
    """Asks as plainly as can be; the status and the body."""

    def ask(method: str, path: str, body: Json = None) -> tuple[int, Json]:
        answer = requests.request(
            method,
            f"{server.url}/repos/o/r/{path}",
            json=body,
            headers={"Authorization": "Bearer ghp_x"},
            timeout=10,
        )
        return answer.status_code, answer.json() if answer.content else None

    return ask


def test_protection_that_is_set_is_there_until_it_is_removed(
    branch: Branch.Branch,
) -> None:
    branch.edit_protection(
        strict=True,
        checks=["build", ("lint", 15368)],
        enforce_admins=True,
        dismissal_users=["ada"],
        dismissal_teams=["core"],
        required_approving_review_count=2,
        dismiss_stale_reviews=True,
        required_linear_history=True,
        user_push_restrictions=["ada"],
        team_push_restrictions=[],
        app_push_restrictions=["bot"],
    )
    found = branch.get_protection()
    checks = found.required_status_checks
    assert (checks.strict, checks.contexts) == (True, ["build", "lint"])
    assert [check.app_id for check in checks.checks] == [None, 15368]
    assert found.enforce_admins and found.required_linear_history
    assert not found.allow_force_pushes
    reviews = found.required_pull_request_reviews
    assert reviews.required_approving_review_count == 2
    assert [user.login for user in reviews.dismissal_restrictions.users] == ["ada"]
    assert [team.slug for team in reviews.dismissal_restrictions.teams] == ["core"]
    branch.remove_protection()
    with pytest.raises(GithubException, match="Branch not protected"):
        branch.get_protection()


def test_replacing_protection_switches_off_what_is_left_out(
    branch: Branch.Branch,
) -> None:
    branch.edit_protection(enforce_admins=True, required_linear_history=True)
    branch.edit_protection(strict=False, contexts=["build"])
    found = branch.get_protection()
    assert not found.enforce_admins and not found.required_linear_history
    assert found.required_pull_request_reviews is None


def test_checks_alone_can_be_changed_once_they_are_required(
    branch: Branch.Branch, github: FakeGitHub
) -> None:
    branch.edit_protection(enforce_admins=True)
    with pytest.raises(GithubException, match="Required status checks not enabled"):
        branch.edit_required_status_checks(strict=True)
    branch.edit_protection(strict=False, contexts=["build"], enforce_admins=True)
    github.protection.last_apps["lint"] = 7
    branch.edit_required_status_checks(
        strict=True, checks=["build", "lint", ("test", -1)]
    )
    checks = branch.get_required_status_checks()
    assert checks.strict
    told = [(check.context, check.app_id) for check in checks.checks]
    assert told == [("build", None), ("lint", 7), ("test", None)]
    assert branch.get_protection().enforce_admins
    branch.remove_required_status_checks()
    assert branch.get_protection().required_status_checks is None


def test_a_ruleset_is_in_force_where_its_conditions_say(ask: Any) -> None:
    rule = {
        "type": "required_status_checks",
        "parameters": {
            "required_status_checks": [{"context": "build"}],
            "strict_required_status_checks_policy": False,
        },
    }
    body = {
        "name": "mine",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["refs/heads/re*"], "exclude": []}},
        "rules": [rule, {"type": "deletion"}],
    }
    status, made = ask("POST", "rulesets", body)
    assert (status, made["source_type"], made["source"]) == (201, "Repository", "o/r")
    assert ask("GET", "rules/branches/main") == (200, [])
    about = {"ruleset_id": made["id"], "ruleset_source": "o/r"}
    about["ruleset_source_type"] = "Repository"
    found = ask("GET", "rules/branches/release")
    assert found == (200, [{**rule, **about}, {"type": "deletion", **about}])
    (listed,) = ask("GET", "rulesets")[1]
    assert "rules" not in listed
    assert ask("GET", f"rulesets/{made['id']}") == (200, made)
    status, refused = ask("POST", "rulesets", body)
    unique = {"code": "custom", "message": "Name must be unique"}
    assert (status, refused["errors"]) == (422, [unique])


@pytest.mark.parametrize("enforcement", ["disabled", "evaluate"])
def test_a_ruleset_that_is_not_active_holds_nothing(ask: Any, enforcement: str) -> None:
    conditions = {"ref_name": {"include": ["~ALL"], "exclude": []}}
    body = {"name": "mine", "conditions": conditions, "rules": [{"type": "deletion"}]}
    made = ask("POST", "rulesets", {**body, "enforcement": enforcement})[1]
    assert ask("GET", "rules/branches/main") == (200, [])
    ask("PUT", f"rulesets/{made['id']}", {"enforcement": "active"})
    assert [rule["type"] for rule in ask("GET", "rules/branches/main")[1]] == [
        "deletion"
    ]
    assert ask("DELETE", f"rulesets/{made['id']}") == (204, None)
    assert ask("GET", f"rulesets/{made['id']}")[0] == 404


def test_a_ruleset_of_the_organization_cannot_be_changed_here(
    ask: Any, github: FakeGitHub
) -> None:
    number = github.protection.add_ruleset(
        [{"type": "deletion"}], source_type="Organization", source="o"
    )
    status, found = ask("GET", f"rulesets/{number}")
    assert (status, "bypass_actors" in found) == (200, False)
    assert ask("PUT", f"rulesets/{number}", {"name": "mine"})[0] == 404
    assert ask("GET", "rulesets?includes_parents=false") == (200, [])


def test_who_may_not_is_refused_as_github_does(ask: Any, github: FakeGitHub) -> None:
    github.protect()
    github.protection.is_admin = False
    assert ask("GET", "branches/main/protection")[0] == 404
    conditions = {"ref_name": {"include": ["~ALL"], "exclude": []}}
    body = {"name": "x", "enforcement": "active", "conditions": conditions}
    assert ask("POST", "rulesets", body)[0] == 404
    github.denied = {"administration"}
    assert ask("GET", "branches/main/protection")[0] == 403
    assert ask("POST", "rulesets", body)[0] == 403
    github.denied = set()
    github.protection.plan_has_it = False
    for path in ("branches/main/protection", "rulesets", "rules/branches/main"):
        status, told = ask("GET", path)
        assert (status, told["message"][:21]) == (403, "Upgrade to GitHub Pro")
    github.protection.plan_has_it, github.protection.has_rulesets = True, False
    assert ask("GET", "rules/branches/main")[0] == 404
