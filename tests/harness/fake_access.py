"""Who may do what: tokens, their permissions, and how often they may ask.

What an operation takes is GitHub's own table (github/docs, server-to-server
permissions), written as its header `X-Accepted-GitHub-Permissions` has it: `,` joins
what is needed together, `;` parts what is enough alone.
"""

from __future__ import annotations

import time

from contract import Asked, Json
from fake_base import Base, Told, refusal

# Operation -> what it takes. For the others, the first part of their name decides.
NEEDS = {
    "code-scanning/get-sarif": "security_events=read",
    "issues/get-comment": "issues=read; pull_requests=read",
    "issues/list-comments": "issues=read; pull_requests=read",
    "pulls/get": "pull_requests=read; contents=read",
    "reactions/list-for-issue-comment": "issues=read",
    "repos/create-commit-status": "statuses=write",
    "repos/create-or-update-file-contents": "contents=write; "
    "contents=write,workflows=write",
    "repos/get": "metadata=read",
    "repos/get-branch-rules": "metadata=read",
    "repos/get-combined-status-for-ref": "statuses=read",
    "repos/get-repo-ruleset": "metadata=read",
    "repos/get-repo-rulesets": "metadata=read",
    "repos/list-commit-statuses-for-ref": "statuses=read",
    "repos/list-pull-requests-associated-with-commit": "pull_requests=read",
    "users/get-authenticated": "",
}
PARTS = (
    ("actions/", "actions"),
    ("checks/", "checks"),
    ("code-scanning/", "security_events"),
    ("git/", "contents"),
    ("issues/", "issues=write; pull_requests"),
    ("pulls/", "pull_requests"),
    # Not the pull requests' permission: GitHub's table has the issues' alone.
    ("reactions/", "issues"),
    ("repos/get-content", "contents"),
    ("repos/get-commit", "contents"),
    ("repos/compare", "contents"),
    ("repos/list-branches", "contents"),
    ("repos/get-branch-protection", "administration"),
    ("repos/get-branch", "contents"),
    ("repos/", "administration"),
)
LEVELS = ("", "read", "write", "admin")
# What may be read of a public repository only with the permission, too.
GUARDED = ("administration", "security_events")


def needed(name: str, method: str) -> str:
    """The permissions that an operation takes."""
    if name in NEEDS:
        return NEEDS[name]
    part = next(value for start, value in PARTS if name.startswith(start))
    return f"{part}={'read' if method == 'GET' else 'write'}"


class Access(Base):
    """The tokens that are known, and what each may do.

    `token`, when set, is accepted with every permission but those `denied`: names
    (`statuses`), or `all`; what is denied can still be read. `tokens` are accepted with
    the permissions they are given and no other, as a job's token is:
    `{"ghs_check": {"contents": "read"}}`. With neither, every token is accepted.
    """

    token = ""

    def __init__(self, *arguments: Json, **named: Json) -> None:
        super().__init__(*arguments, **named)
        self.tokens: dict[str, dict[str, str]] = {}
        self.denied: set[str] = set()
        self.limit = self.remaining = 5000

    def knows(self, token: str) -> bool:
        """Whether a token is accepted at all."""
        if token in self.tokens or token in self.users:
            return True
        return bool(token) and token == (self.token or ("" if self.tokens else token))

    def holds(self, token: str, name: str, level: str) -> bool:
        """Whether a token has a permission."""
        if token in self.tokens:
            has = self.tokens[token].get(name, "read" if name == "metadata" else "")
        else:
            has = "read" if self.denied & {name, "all"} else "admin"
        return LEVELS.index(has) >= LEVELS.index(level)

    def lacking(self, needs: str, token: str) -> bool:
        """Whether a token lacks what an operation takes."""
        if not needs:
            return False
        return not any(
            all(
                self.holds(token, name, level) or self._open(name, level)
                for name, _, level in (need.partition("=") for need in one.split(","))
            )
            for one in needs.replace(" ", "").split(";")
        )

    def _open(self, name: str, level: str) -> bool:
        return not self.private and level == "read" and name not in GUARDED

    def may_not(self, asked: Asked, needs: str = "") -> Told:
        """The refusal for a permission that lacks."""
        whose = "integration" if self.actor(asked).app else "personal access token"
        told = refusal(403, f"Resource not accessible by {whose}")
        return told._replace(headers={"X-Accepted-GitHub-Permissions": needs})

    def spend(self) -> Told | None:
        """Count a request; the refusal when there were too many."""
        if self.remaining > 0:
            self.remaining -= 1
            return None
        return refusal(403, "API rate limit exceeded for installation ID 1.")

    def rate(self) -> dict[str, str]:
        """How many requests are left, as headers tell it."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Used": str(self.limit - self.remaining),
            "X-RateLimit-Reset": str(int(time.time()) + 3600),
            "X-RateLimit-Resource": "core",
        }

    def _set_token(self, value: str) -> None:
        self.token = value

    def _set_tokens(self, value: dict[str, dict[str, str]]) -> None:
        for token, permissions in value.items():
            named = {k.replace("-", "_"): v for k, v in permissions.items()}
            if not set(named.values()) <= {*LEVELS, "none"}:
                raise ValueError(f"not a permission's level: {named}")
            self.tokens[token] = {k: v for k, v in named.items() if v != "none"}

    def _set_denied(self, value: list[str]) -> None:
        self.denied = set(value)

    def _set_rate_limit(self, value: dict[str, int]) -> None:
        self.limit = value.get("limit", self.limit)
        self.remaining = value.get("remaining", self.remaining)
