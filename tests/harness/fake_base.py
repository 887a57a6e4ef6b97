"""What every part of the fake GitHub stands on: answers, names, pages, the clock.

A part is a class on `Base`. Its methods are named as GitHub's operations, with `_`
before and for every other sign: `git/create-ref` is answered by
`_git_create_ref(operation, asked)`. Settings are methods too: `setup({"pulls": ...})`
calls `_set_pulls`. A new part is a file of its own, and one more base of `FakeGitHub`.
"""

from __future__ import annotations

import base64
import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import NamedTuple
from urllib.parse import urlencode

from contract import NOW, Asked, Json, Spec
from fake_faults import Fault
from fake_objects import Objects

DOCS = "https://docs.github.com/rest"
ACTIONS = "github-actions[bot]"
# An Enterprise Server has its API below it, and GraphQL at /api/graphql.
ENTERPRISE = "/api/v3"


class Told(NamedTuple):
    """An answer; a body of bytes is sent as it is."""

    status: int
    body: Json = None
    headers: dict[str, str] = {}


class Actor(NamedTuple):
    """Whose a token is."""

    login: str
    type: str = "User"
    app: str = ""


def refusal(status: int, message: str, errors: Json = None) -> Told:
    """GitHub's way to say no."""
    body = {"message": message, "documentation_url": DOCS, "status": str(status)}
    return Told(status, body | ({"errors": errors} if errors else {}))


def missing() -> Told:
    """What is not there, or not to be seen."""
    return refusal(404, "Not Found")


@dataclass
class State:
    """What the server holds, what it was asked, and what broke the contract."""

    comments: dict[int, Json] = field(default_factory=dict)
    reactions: dict[int, Json] = field(default_factory=dict)
    statuses: list[Json] = field(default_factory=list)
    checks: dict[int, Json] = field(default_factory=dict)
    pulls: dict[int, Json] = field(default_factory=dict)
    reviews: dict[int, Json] = field(default_factory=dict)
    review_comments: dict[int, Json] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    runs: dict[int, Json] = field(default_factory=dict)
    artifacts: dict[int, Json] = field(default_factory=dict)
    sarifs: list[Json] = field(default_factory=list)
    requests: list[Json] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def endpoints(self) -> list[str]:
        """Every `METHOD /path` that was asked, once, in order."""
        asked = ((r["method"], r["path"].partition("?")[0]) for r in self.requests)
        names = (f"{how} {path.removeprefix(ENTERPRISE)}" for how, path in asked)
        return list(dict.fromkeys(names))


class Base:
    """The repository's name and settings, and how answers are made."""

    def __init__(self, spec: Spec | None = None, repository: str = "o/r") -> None:
        self.spec = spec or Spec()
        self.repository = repository
        self.default_branch = "main"
        self.private = False
        self.archived = False
        self.hidden = False
        self.app = True
        self.login = "octocat"
        self.users: dict[str, str] = {}
        self.objects = Objects()
        self.state = State()
        self._ids = itertools.count(1)
        self._seconds = itertools.count()

    @property
    def api(self) -> str:
        """The repository's address, which is written anew on the way out."""
        return f"https://api.github.com/repos/{self.repository}"

    @property
    def page_url(self) -> str:
        """The repository's page for people."""
        return f"https://github.com/{self.repository}"

    @property
    def owner(self) -> str:
        """The repository's owner."""
        return self.repository.partition("/")[0]

    def now(self) -> str:
        """The time, which goes on by a second with everything that happens."""
        start = datetime.strptime(NOW, "%Y-%m-%dT%H:%M:%SZ")
        moment = start + timedelta(seconds=next(self._seconds))
        return moment.replace(tzinfo=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    def actor(self, asked: Asked) -> Actor:
        """Whose the request's token is."""
        if asked.token in self.users:
            return Actor(self.users[asked.token])
        if self.app:
            return Actor(ACTIONS, "Bot", "github-actions")
        return Actor(self.login)

    def node(self, kind: str, number: int | str) -> str:
        """A global name, by which GraphQL knows what REST knows by its number."""
        text = base64.b64encode(f"{self.repository}:{number}".encode()).decode()
        return f"{kind}_kwDO{text.rstrip('=')}"

    def user(self, login: str, type: str = "User") -> Json:
        """An account as answers show it."""
        made = self.spec.component("simple-user")
        return {**made, "login": login, "type": type}

    def app_of(self, slug: str) -> Json:
        """A GitHub App as answers show it; None for no app."""
        if not slug:
            return None
        number = 15368 if slug == "github-actions" else 1 + sum(slug.encode())
        made = self.spec.component("nullable-integration")
        return {**made, "id": number, "slug": slug, "name": slug}

    def repository_of(self, name: str, schema: str = "repository") -> Json:
        """A repository as answers show it: this one, or a fork of it."""
        owner, _, short = name.partition("/")
        ours = name.lower() == self.repository.lower()
        return {
            **self.spec.component(schema),
            "id": 1 if ours else 2 + sum(name.encode()),
            "node_id": self.node("R", name),
            "name": short,
            "full_name": name,
            "owner": self.user(owner),
            "fork": not ours,
            "private": self.private,
            "archived": self.archived,
            "url": f"https://api.github.com/repos/{name}",
            "html_url": f"https://github.com/{name}",
            "default_branch": self.default_branch,
        }

    def _default(self, operation: Json, asked: Asked) -> Told:
        status = next(int(code) for code in operation["responses"] if code[0] == "2")
        schema = self.spec.answer_schema(operation, status)
        return Told(status, self.spec.sample(schema) if schema else None)

    def _page(self, items: list[Json], asked: Asked) -> Told:
        """The part of a list that was asked for, and the way to the other parts."""
        size = min(int(asked.query.get("per_page", 30)), 100)
        page = max(int(asked.query.get("page", 1)), 1)
        last = max(1, -(-len(items) // size))
        ways = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        if page >= last:
            del ways["next"], ways["last"]
        if page == 1:
            del ways["prev"], ways["first"]
        links = [
            f"<{asked.url}?{urlencode({**asked.query, 'page': to})}>; rel=\"{way}\""
            for way, to in ways.items()
        ]
        part = items[(page - 1) * size : page * size]
        return Told(200, part, {"Link": ", ".join(links)} if links else {})

    def _listing(self, name: str, items: list[Json], asked: Asked) -> Told:
        """A page of a list that is told with its length."""
        told = self._page(items, asked)
        return told._replace(body={"total_count": len(items), name: told.body})

    def _set_app(self, value: bool) -> None:
        self.app = value

    def _set_login(self, value: str) -> None:
        self.login = value

    def _set_users(self, value: dict[str, str]) -> None:
        self.users.update(value)

    def _set_repository(self, value: str) -> None:
        self.repository = value

    def _set_default_branch(self, value: str) -> None:
        self.default_branch = value

    def _set_private(self, value: bool) -> None:
        self.private = value

    def _set_archived(self, value: bool) -> None:
        self.archived = value

    def _set_hidden(self, value: bool) -> None:
        self.hidden = value

    def _set_faults(self, value: list[Json]) -> None:
        self.state.faults += [
            Fault.parse(one) if isinstance(one, str) else Fault(**one) for one in value
        ]

    def _set_clear(self, value: list[str]) -> None:
        for name in value:
            getattr(self.state, name).clear()
