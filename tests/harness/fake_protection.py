"""Branch protection and rulesets of a fake GitHub: what holds, who may change it.

Both systems hold side by side, as on GitHub. What it does beyond its OpenAPI
description is told by its documentation and by those who met it, as named below.
"""

from __future__ import annotations

import copy
import fnmatch
import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from contract import NOW, Asked, Json
from fake_base import Told
from fake_contents import Contents

DOCS = "https://docs.github.com/rest"
API = "https://api.github.com"
CHECKS = "required_status_checks"
STRICT = "strict_required_status_checks_policy"
MAX_RULESETS = 75
PLAN = "Upgrade to GitHub Pro or make this repository public to enable this feature."

READING = {"X-Accepted-GitHub-Permissions": "administration=read"}

# Of protection that is replaced as a whole: what is left out is off.
SWITCHES = (
    "required_linear_history",
    "allow_force_pushes",
    "allow_deletions",
    "block_creations",
    "required_conversation_resolution",
    "lock_branch",
    "allow_fork_syncing",
)


# Rules that people have besides.
REVIEWS = {
    "type": "pull_request",
    "parameters": {
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": False,
        "require_last_push_approval": False,
        "required_approving_review_count": 2,
        "required_review_thread_resolution": True,
    },
}
QUEUE = {
    "type": "merge_queue",
    "parameters": {
        "check_response_timeout_minutes": 60,
        "grouping_strategy": "ALLGREEN",
        "max_entries_to_build": 5,
        "max_entries_to_merge": 5,
        "merge_method": "MERGE",
        "min_entries_to_merge": 1,
        "min_entries_to_merge_wait_minutes": 5,
    },
}


@dataclass
class Protected:
    """What protects the branches, and what limits who may change it.

    `classic` is protection as it is read, by branch. `rulesets` are those of the
    repository and of its organization, by number. `has_rulesets` is False on a server
    of old, `plan_has_it` on a private repository of a free plan. `is_admin` is whether
    the token's user administrates the repository. `last_apps` are the apps that
    reported a check last; `patterns` the patterns of classic protection, by branch.
    """

    classic: dict[str, Json] = field(default_factory=dict)
    patterns: dict[str, str] = field(default_factory=dict)
    rulesets: dict[int, Json] = field(default_factory=dict)
    last_apps: dict[str, int] = field(default_factory=dict)
    has_rulesets: bool = True
    plan_has_it: bool = True
    is_admin: bool = True
    of_organization: bool = True
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(100))

    def active(self, branch: str, default: str = "main") -> Iterator[Json]:
        """The rules of all rulesets that are in force on a branch."""
        for ruleset in self.rulesets.values():
            holds = self.holds_for(ruleset, branch, branch == default)
            if ruleset["enforcement"] == "active" and holds:
                about = {
                    "ruleset_id": ruleset["id"],
                    "ruleset_source": ruleset["source"],
                    "ruleset_source_type": ruleset["source_type"],
                }
                yield from ({**rule, **about} for rule in ruleset["rules"])

    def holds_for(self, ruleset: Json, branch: str, default: bool) -> bool:
        """Whether a ruleset's conditions include a branch, maybe the default one."""
        if ruleset["target"] != "branch":
            return False
        names = ruleset["conditions"]["ref_name"]

        def one_of(patterns: list[str]) -> bool:
            return any(
                pattern == "~ALL"
                or (pattern == "~DEFAULT_BRANCH" and default)
                or fnmatch.fnmatchcase(f"refs/heads/{branch}", pattern)
                for pattern in patterns
            )

        return one_of(names["include"]) and not one_of(names.get("exclude", []))

    def add_ruleset(self, rules: list[Json], **about: Any) -> int:
        """A ruleset of the repository's, active for the default branch; its number."""
        number = next(self.numbers)
        include = about.pop("include", ["~DEFAULT_BRANCH"])
        self.rulesets[number] = {
            "id": number,
            "name": f"rules {number}",
            "target": "branch",
            "source_type": "Repository",
            "source": "o/r",
            "enforcement": "active",
            "conditions": {"ref_name": {"include": include, "exclude": []}},
            "bypass_actors": [],
            "rules": copy.deepcopy(rules),
            "created_at": NOW,
            "updated_at": NOW,
            **about,
        }
        return number


class Protection(Contents):
    """Answers about what protects the branches."""

    denied: set[str]

    @functools.cached_property
    def protection(self) -> Protected:
        """What protects the branches."""
        return Protected()

    def protect(self, branch: str = "main", **settings: Any) -> Json:
        """Classic protection as somebody has set it, in the shape of the request."""
        body = {
            CHECKS: None,
            "enforce_admins": None,
            "required_pull_request_reviews": None,
            "restrictions": None,
            **settings,
        }
        made = self._protected(branch, body)
        signed = {"url": f"{made['url']}/required_signatures", "enabled": False}
        self.protection.classic[branch] = {**made, "required_signatures": signed}
        return self.protection.classic[branch]

    def protected(self, branch: str) -> bool:
        """Whether classic protection holds for a branch."""
        return branch in self.protection.classic

    def _has(self, branch: str) -> bool:
        return f"refs/heads/{branch}" in self.state.refs

    def _repos_get_branch(self, operation: Json, asked: Asked) -> Told:
        told = super()._repos_get_branch(operation, asked)
        pattern = self.protection.patterns.get(asked.path["branch"])
        if told.status != 200 or not pattern:
            return told
        return told._replace(body={**told.body, "pattern": pattern})

    def _no_reading(self) -> Told | None:
        """Why classic protection may not be read: administrators only."""
        if self.denied & {"all", "administration"}:
            kind = "integration" if self.app else "personal access token"
            return _told(403, f"Resource not accessible by {kind}", READING)
        return self._no_admin()

    def _no_admin(self) -> Told | None:
        """Users who are no administrators are told that there is nothing."""
        if not self.protection.plan_has_it:
            return _told(403, PLAN)
        return None if self.protection.is_admin else _told(404, "Not Found")

    def _no_rulesets(self) -> Told | None:
        if not self.protection.has_rulesets:
            return _told(404, "Not Found")
        return None if self.protection.plan_has_it else _told(403, PLAN)

    # Classic protection

    def _repos_get_branch_protection(self, operation: Json, asked: Asked) -> Told:
        if refused := self._no_reading():
            return refused
        found = self.protection.classic.get(asked.path["branch"])
        if found is None:
            return _told(404, self._no_protection(asked.path["branch"]))
        return Told(200, copy.deepcopy(found))

    def _no_protection(self, branch: str) -> str:
        return "Branch not protected" if self._has(branch) else "Branch not found"

    def _repos_update_branch_protection(self, operation: Json, asked: Asked) -> Told:
        branch = asked.path["branch"]
        if refused := self._no_admin():
            return refused
        if not self._has(branch):
            return _told(404, "Branch not found")
        restrictions = asked.body["restrictions"]
        if restrictions is not None and not self.protection.of_organization:
            message = "Only organization repositories can have users and team"
            return _told(422, f"{message} restrictions")
        there = self.protection.classic.get(branch, {})
        made = self._protected(branch, asked.body)
        made["required_signatures"] = there.get(
            "required_signatures", {"url": f"{made['url']}/x", "enabled": False}
        )
        self.protection.classic[branch] = made
        return Told(200, copy.deepcopy(made))

    def _repos_delete_branch_protection(self, operation: Json, asked: Asked) -> Told:
        if refused := self._no_admin():
            return refused
        gone = self.protection.classic.pop(asked.path["branch"], None)
        return Told(204) if gone else _told(404, "Branch not protected")

    def _repos_get_status_checks_protection(
        self, operation: Json, asked: Asked
    ) -> Told:
        if refused := self._no_reading():
            return refused
        found = self._status_checks(asked)
        return found if isinstance(found, Told) else Told(200, copy.deepcopy(found))

    def _repos_update_status_check_protection(
        self, operation: Json, asked: Asked
    ) -> Told:
        if refused := self._no_admin():
            return refused
        found = self._status_checks(asked)
        if isinstance(found, Told):
            return found
        body = asked.body or {}
        if "checks" in body or "contexts" in body:
            listed = self._required(body)
            found["checks"] = listed
            found["contexts"] = [check["context"] for check in listed]
        found["strict"] = body.get("strict", found["strict"])
        self._copied_from_pattern(asked.path["branch"])
        return Told(200, copy.deepcopy(found))

    def _repos_remove_status_check_protection(
        self, operation: Json, asked: Asked
    ) -> Told:
        if refused := self._no_admin():
            return refused
        found = self._status_checks(asked)
        if isinstance(found, Told):
            return found
        del self.protection.classic[asked.path["branch"]][CHECKS]
        return Told(204)

    def _copied_from_pattern(self, branch: str) -> None:
        """A branch under a pattern gets protection of its own when it is changed.

        https://github.com/benjefferies/branch-protection-bot/issues/7
        """
        self.protection.patterns.pop(branch, None)

    def _status_checks(self, asked: Asked) -> Any:
        found = self.protection.classic.get(asked.path["branch"])
        if found is None:
            return _told(404, self._no_protection(asked.path["branch"]))
        return found.get(CHECKS) or _told(404, "Required status checks not enabled")

    def _required(self, body: Json) -> list[Json]:
        """The checks of a request; without an app the last one is taken for it.

        With both lists, `checks` counts: https://github.com/google/go-github/pull/2276
        """
        given = body.get("checks")
        if given is None:
            given = [{"context": name} for name in body["contexts"]]
        return [
            {
                "context": one["context"],
                "app_id": self._app_of(one["context"], one.get("app_id")),
            }
            for one in given
        ]

    def _app_of(self, context: str, given: int | None) -> int | None:
        if given is None:
            return self.protection.last_apps.get(context)
        return None if given == -1 else given

    def _protected(self, branch: str, body: Json) -> Json:
        """Protection as it is read, from what is written."""
        url = f"{API}/repos/{self.repository}/branches/{branch}/protection"
        made: Json = {"url": url}
        if (checks := body[CHECKS]) is not None:
            listed = self._required(checks)
            made[CHECKS] = {
                "url": f"{url}/{CHECKS}",
                "contexts_url": f"{url}/{CHECKS}/contexts",
                "strict": checks["strict"],
                "contexts": [check["context"] for check in listed],
                "checks": listed,
            }
        if (reviews := body["required_pull_request_reviews"]) is not None:
            made["required_pull_request_reviews"] = self._reviews(url, reviews)
        if (restrictions := body["restrictions"]) is not None:
            made["restrictions"] = {
                **_addresses(f"{url}/restrictions"),
                "apps_url": f"{url}/restrictions/apps",
                **self._people(restrictions),
            }
        admins = bool(body["enforce_admins"])
        made["enforce_admins"] = {"url": f"{url}/enforce_admins", "enabled": admins}
        switches = {name: {"enabled": bool(body.get(name))} for name in SWITCHES}
        return {**made, **switches}

    def _reviews(self, url: str, given: Json) -> Json:
        made = {
            "url": f"{url}/required_pull_request_reviews",
            "dismiss_stale_reviews": given.get("dismiss_stale_reviews", False),
            "require_code_owner_reviews": given.get(
                "require_code_owner_reviews", False
            ),
            "require_last_push_approval": given.get(
                "require_last_push_approval", False
            ),
            "required_approving_review_count": given.get(
                "required_approving_review_count", 1
            ),
        }
        if people := given.get("dismissal_restrictions"):
            where = _addresses(f"{url}/dismissal_restrictions")
            made["dismissal_restrictions"] = {**where, **self._people(people)}
        if people := given.get("bypass_pull_request_allowances"):
            made["bypass_pull_request_allowances"] = self._people(people)
        return made

    def _people(self, given: Json) -> Json:
        user = self.spec.component("simple-user")
        team, app = self.spec.component("team"), self.spec.component("integration")
        return {
            "users": [{**user, "login": name} for name in given.get("users", [])],
            "teams": [{**team, "slug": name} for name in given.get("teams", [])],
            "apps": [{**app, "slug": name} for name in given.get("apps", [])],
        }

    # Rulesets

    def _repos_get_branch_rules(self, operation: Json, asked: Asked) -> Told:
        if refused := self._no_rulesets():
            return refused
        rules = self.protection.active(asked.path["branch"], self.default_branch)
        return self._page(copy.deepcopy([*rules]), asked)

    def _repos_get_repo_rulesets(self, operation: Json, asked: Asked) -> Told:
        if refused := self._no_rulesets():
            return refused
        parents = asked.query.get("includes_parents") != "false"
        in_full = ("rules", "conditions", "bypass_actors")
        listed = [
            {key: value for key, value in ruleset.items() if key not in in_full}
            for ruleset in self.protection.rulesets.values()
            if parents or ruleset["source_type"] == "Repository"
        ]
        return self._page(listed, asked)

    def _repos_get_repo_ruleset(self, operation: Json, asked: Asked) -> Told:
        if refused := self._no_rulesets():
            return refused
        found = self.protection.rulesets.get(int(asked.path["ruleset_id"]))
        if found is None:
            return _told(404, "Not Found")
        return Told(200, self._in_full(found))

    def _in_full(self, ruleset: Json) -> Json:
        """A ruleset; who may bypass it is told to those who may change it."""
        shown = copy.deepcopy(ruleset)
        if not self.protection.is_admin or ruleset["source_type"] != "Repository":
            del shown["bypass_actors"]
        return shown

    def _repos_create_repo_ruleset(self, operation: Json, asked: Asked) -> Told:
        if refused := self._no_rulesets() or self._no_admin():
            return refused
        if wrong := [*self._wrong_ruleset(asked.body, None)]:
            return _told(422, "Validation Failed", errors=wrong)
        body = {"target": "branch", "bypass_actors": [], "rules": [], **asked.body}
        number = self.protection.add_ruleset([], source=self.repository)
        self.protection.rulesets[number] |= copy.deepcopy(body)
        return Told(201, self._in_full(self.protection.rulesets[number]))

    def _repos_update_repo_ruleset(self, operation: Json, asked: Asked) -> Told:
        if refused := self._no_rulesets() or self._no_admin():
            return refused
        number = int(asked.path["ruleset_id"])
        found = self.protection.rulesets.get(number)
        if found is None or found["source_type"] != "Repository":
            return _told(404, "Not Found")
        if wrong := [*self._wrong_ruleset({**found, **asked.body}, number)]:
            return _told(422, "Validation Failed", errors=wrong)
        found |= copy.deepcopy(asked.body)
        found["updated_at"] = "2026-01-02T00:00:00Z"
        return Told(200, self._in_full(found))

    def _repos_delete_repo_ruleset(self, operation: Json, asked: Asked) -> Told:
        if refused := self._no_rulesets() or self._no_admin():
            return refused
        gone = self.protection.rulesets.pop(int(asked.path["ruleset_id"]), None)
        return Told(204) if gone else _told(404, "Not Found")

    def _wrong_ruleset(self, ruleset: Json, number: int | None) -> Iterator[str]:
        """What GitHub refuses of a ruleset.

        https://github.com/github-community-projects/safe-settings/pull/1047
        https://github.com/a2aproject/a2a-rs/issues/253
        """
        own = {
            key: one["name"]
            for key, one in self.protection.rulesets.items()
            if one["source_type"] == "Repository" and key != number
        }
        if ruleset["name"] in own.values():
            yield "Name must be unique"
        if len(own) >= MAX_RULESETS:
            yield f"Only {MAX_RULESETS} rulesets are allowed"
        kinds = [rule["type"] for rule in ruleset.get("rules", [])]
        if len(kinds) != len(set(kinds)):
            yield "Rules must be unique"
        include = ruleset["conditions"]["ref_name"]["include"]
        wild = any(pattern == "~ALL" or "*" in pattern for pattern in include)
        if "merge_queue" in kinds and wild:
            message = "Wildcard ref names are not supported when merge queue is enabled"
            yield f"Invalid rule 'merge_queue': {message}"


def asks(*checks: str | tuple[str, int], strict: bool = False, **more: Any) -> Json:
    """A ruleset's rule that requires checks, some of them of an app."""
    listed = [
        (
            {"context": one}
            if isinstance(one, str)
            else {"context": one[0], "integration_id": one[1]}
        )
        for one in checks
    ]
    parameters = {CHECKS: listed, STRICT: strict, **more}
    return {"type": CHECKS, "parameters": parameters}


def classic_checks(*checks: str | tuple[str, int], strict: bool = False) -> Json:
    """Checks of classic protection, as they are written."""
    listed = [
        (
            {"context": one, "app_id": -1}
            if isinstance(one, str)
            else {"context": one[0], "app_id": one[1]}
        )
        for one in checks
    ]
    return {CHECKS: {"strict": strict, "checks": listed}}


def _addresses(url: str) -> dict[str, str]:
    return {"url": url, "users_url": f"{url}/users", "teams_url": f"{url}/teams"}


def _told(
    status: int,
    message: str,
    headers: dict[str, str] | None = None,
    *,
    errors: list[str] | None = None,
) -> Told:
    body = {"message": message, "documentation_url": DOCS, "status": str(status)}
    listed = [{"code": "custom", "message": error} for error in errors or ()]
    more: Json = {"errors": listed} if errors else {}
    return Told(status, {**body, **more}, headers or {})
