"""What a fake GitHub holds, may refuse, and answers; knows nothing of HTTP's wire."""

from __future__ import annotations

import itertools
import json
import re
import threading
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from contract import NOW, Asked, Json, Spec, unwritten_rules

DOCS = "https://docs.github.com/rest"
ACTIONS = "github-actions[bot]"

# What a write takes, by the start of the operation's id, as GitHub's header tells it.
PERMISSIONS = {
    "checks/": "checks=write",
    "code-scanning/": "security_events=write",
    "git/": "contents=write",
    "issues/": "issues=write; pull_requests=write",
    "repos/create-commit-status": "statuses=write",
    "repos/create-or-update-file-contents": "contents=write",
}


class Told(NamedTuple):
    """An answer."""

    status: int
    body: Json = None
    headers: dict[str, str] = {}


@dataclass
class Fault:
    """What goes wrong with the requests (`METHOD /path`) that fit a pattern.

    `kind` is a status (`"502"`), `rate-limit` (a 403 that means later), `html` (a
    page, with 200), `garbage` (half a JSON text), `wrong` (JSON of another shape),
    `drop` (the connection ends without an answer), `late` (the same, after the
    request was carried out) or `hang` (no answer at all). `times` counts down; None
    is for ever. The first `after` requests go through.
    """

    pattern: str
    kind: str
    times: int | None = 1
    after: int = 0
    headers: dict[str, str] = field(default_factory=lambda: {"Retry-After": "0"})

    def strikes(self, request: str) -> bool:
        """Whether this request fails; counts it."""
        if self.times == 0 or not re.fullmatch(self.pattern, request):
            return False
        if self.after:
            self.after -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True

    @classmethod
    def parse(cls, text: str) -> Fault:
        """`PATTERN=KIND`, once; `=KINDx3` three times; `=KINDx*` for ever."""
        pattern, _, rest = text.rpartition("=")
        kind, _, times = rest.partition("x")
        count = None if times == "*" else int(times or 1)
        return cls(pattern=pattern, kind=kind, times=count)


@dataclass
class State:
    """What the server holds, what it was asked, and what broke the contract."""

    comments: dict[int, Json] = field(default_factory=dict)
    statuses: list[Json] = field(default_factory=list)
    checks: dict[int, Json] = field(default_factory=dict)
    pulls: dict[int, Json] = field(default_factory=dict)
    sarifs: list[Json] = field(default_factory=list)
    requests: list[Json] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


class FakeGitHub:
    """The repository, its settings and its answers; `serve` puts it on a port.

    `token`, when set, is the only one that is accepted. `app` tells whether it is a
    GitHub App's, as the one of Actions is; else it is a user's, whose `login` is.
    `denied` holds the permissions that the token lacks (`statuses`), or `all`.
    """

    def __init__(self, spec: Spec | None = None, repository: str = "o/r") -> None:
        self.spec = spec or Spec()
        self.repository = repository
        self.token = ""
        self.app = True
        self.login = "octocat"
        self.denied: set[str] = set()
        self.state = State()
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self._ids = itertools.count(1)

    def setup(self, what: dict[str, Json]) -> None:
        """Change settings and state: `app`, `login`, `token`, `repository`, `denied`,
        `pulls` ({number: {state, sha}}), `comments` ([{number, body, login, type}])
        and `faults` (as on the command line)."""
        for name in ("app", "login", "token", "repository"):
            if name in what:
                setattr(self, name, what[name])
        self.denied = set(what.get("denied", self.denied))
        for number, pull in what.get("pulls", {}).items():
            self.state.pulls[int(number)] = {"state": "open", **pull}
        for comment in what.get("comments", []):
            self.add_comment(**comment)
        self.state.faults += [Fault.parse(text) for text in what.get("faults", [])]

    def add_comment(
        self,
        number: int,
        body: str,
        login: str = "octocat",
        type: str = "User",
        app: str = "",
    ) -> int:
        """A comment of anybody's, `app` is the slug of the app used; its id."""
        made = next(self._ids)
        api = f"https://api.github.com/repos/{self.repository}/issues"
        page = f"https://github.com/{self.repository}/pull/{number}"
        user = self.spec.component("simple-user")
        made_by = self.spec.component("nullable-integration") if app else None
        self.state.comments[made] = {
            **self.spec.component("issue-comment"),
            "id": made,
            "body": body,
            "user": {**user, "login": login, "type": type},
            "performed_via_github_app": made_by and {**made_by, "slug": app},
            "url": f"{api}/comments/{made}",
            "issue_url": f"{api}/{number}",
            "html_url": f"{page}#issuecomment-{made}",
            "created_at": NOW,
            "updated_at": NOW,
        }
        return made

    def answer(self, method: str, url: str, headers: Json, raw: bytes) -> Told:
        """The answer to a request, or GitHub's reason for refusing it."""
        parts = urlsplit(url)
        request = f"{method} {parts.path}"
        token = headers.get("authorization", "").rpartition(" ")[2]
        if not headers.get("user-agent"):
            return self._refuse(
                403, "Request forbidden by administrative rules", request
            )
        if not token or (self.token and token != self.token):
            return Told(401, {"message": "Bad credentials", "documentation_url": DOCS})
        found = self.spec.match(method, parts.path)
        if found is None:
            return self._refuse(404, "Not Found", request)
        operation, path = found
        query = {k: v[-1] for k, v in parse_qs(parts.query).items()}
        try:
            body = json.loads(raw) if "requestBody" in operation else None
        except ValueError:
            return self._refuse(400, "Problems parsing JSON", request)
        asked = Asked(path, query, body, f"http://{headers.get('host')}{parts.path}")
        return self._checked(request, operation, asked)

    def _checked(self, request: str, operation: Json, asked: Asked) -> Told:
        """The operation's answer, if the request fits and the token may."""
        name = operation["operationId"]
        wrong = self.spec.request_errors(operation, asked)
        wrong = wrong or list(unwritten_rules(name, asked.body))
        if wrong:
            return self._refuse(422, "Validation Failed", f"{request}: {wrong}", wrong)
        owner = f"{asked.path.get('owner')}/{asked.path.get('repo')}"
        if "owner" in asked.path and owner.lower() != self.repository.lower():
            return Told(404, {"message": "Not Found", "documentation_url": DOCS})
        if lacking := self._lacking(request, name):
            message = "Resource not accessible by integration"
            body = {"message": message, "documentation_url": DOCS, "status": "403"}
            return Told(403, body, {"X-Accepted-GitHub-Permissions": lacking})
        method = "_" + re.sub(r"\W", "_", name)
        answer: Told = getattr(self, method, self._default)(operation, asked)
        schema = self.spec.answer_schema(operation, answer.status)
        if schema and (errors := self.spec.errors(schema, answer.body)):
            self.state.violations.append(f"OUR ANSWER to {request}: {errors[:3]}")
        return answer

    def _refuse(
        self, status: int, message: str, violation: str, errors: list[str] | None = None
    ) -> Told:
        """A refusal that no request of a correct client meets."""
        self.state.violations.append(f"{message}: {violation}")
        body = {"message": message, "documentation_url": DOCS}
        return Told(status, body | ({"errors": errors} if errors else {}))

    def _lacking(self, request: str, name: str) -> str:
        """The permissions that the token lacks for an operation."""
        if request.startswith("GET "):
            return ""
        needed = next(v for k, v in PERMISSIONS.items() if name.startswith(k))
        scopes = set(re.findall("([a-z_]+)=", needed))
        return needed if "all" in self.denied or scopes <= self.denied else ""

    def _default(self, operation: Json, asked: Asked) -> Told:
        status = next(int(code) for code in operation["responses"] if code[0] == "2")
        schema = self.spec.answer_schema(operation, status)
        return Told(status, self.spec.sample(schema) if schema else None)

    def _page(self, items: list[Json], asked: Asked) -> Told:
        size = int(asked.query.get("per_page", 30))
        page = int(asked.query.get("page", 1))
        link = f'<{asked.url}?per_page={size}&page={page + 1}>; rel="next"'
        last = page * size >= len(items)
        part = items[(page - 1) * size : page * size]
        return Told(200, part, {} if last else {"Link": link})

    def _users_get_authenticated(self, operation: Json, asked: Asked) -> Told:
        if self.app:
            message = "Resource not accessible by integration"
            return Told(403, {"message": message, "documentation_url": DOCS})
        user = self.spec.component("public-user")
        view = {"login": self.login, "type": "User", "user_view_type": "public"}
        return Told(200, {**user, **view})

    def _repos_get(self, operation: Json, asked: Asked) -> Told:
        name = self.repository.partition("/")[2]
        url = f"https://api.github.com/repos/{self.repository}"
        own = {"name": name, "full_name": self.repository, "url": url}
        return Told(200, {**self._default(operation, asked).body, **own})

    def _pulls_get(self, operation: Json, asked: Asked) -> Told:
        number = int(asked.path["pull_number"])
        known = self.state.pulls.get(number)
        if known is None:
            return Told(404, {"message": "Not Found", "documentation_url": DOCS})
        pull = self._default(operation, asked).body
        api = f"https://api.github.com/repos/{self.repository}"
        issue = f"{api}/issues/{number}"
        pull.update(number=number, state=known["state"], url=f"{api}/pulls/{number}")
        pull.update(issue_url=issue, comments_url=f"{issue}/comments")
        pull["head"] = {**pull["head"], "sha": known["sha"]}
        return Told(200, pull)

    def _issues_list_comments(self, operation: Json, asked: Asked) -> Told:
        end = f"/{asked.path['issue_number']}"
        comments = self.state.comments.values()
        return self._page([c for c in comments if c["issue_url"].endswith(end)], asked)

    def _issues_create_comment(self, operation: Json, asked: Asked) -> Told:
        who = (ACTIONS, "Bot", "github-actions") if self.app else (self.login, "User")
        number = int(asked.path["issue_number"])
        made = self.add_comment(number, asked.body["body"], *who)
        return Told(201, self.state.comments[made])

    def _issues_get_comment(self, operation: Json, asked: Asked) -> Told:
        comment = self.state.comments.get(int(asked.path["comment_id"]))
        return Told(200, comment) if comment else Told(404, {"message": "Not Found"})

    def _issues_update_comment(self, operation: Json, asked: Asked) -> Told:
        comment = self.state.comments.get(int(asked.path["comment_id"]))
        if comment is None:
            return Told(404, {"message": "Not Found"})
        comment["body"] = asked.body["body"]
        return Told(200, comment)

    def _issues_delete_comment(self, operation: Json, asked: Asked) -> Told:
        gone = self.state.comments.pop(int(asked.path["comment_id"]), None)
        return Told(204) if gone else Told(404, {"message": "Not Found"})

    def _repos_create_commit_status(self, operation: Json, asked: Asked) -> Told:
        self.state.statuses.append({"sha": asked.path["sha"], **asked.body})
        return Told(201, {**self._default(operation, asked).body, **asked.body})

    def _repos_get_combined_status_for_ref(self, operation: Json, asked: Asked) -> Told:
        last = {
            s["context"]: s
            for s in self.state.statuses
            if s["sha"] == asked.path["ref"]
        }
        plain = self.spec.component("simple-commit-status")
        shown = [
            {**plain, "description": None, "target_url": None, **s}
            for s in last.values()
        ]
        told = self._page(
            [{k: v for k, v in s.items() if k != "sha"} for s in shown], asked
        )
        body = self._default(operation, asked).body
        body.update(sha=asked.path["ref"], statuses=told.body, total_count=len(last))
        return Told(200, body, told.headers)

    def _checks_create(self, operation: Json, asked: Asked) -> Told:
        made = next(self._ids)
        self.state.checks[made] = {"id": made, "status": "queued", **asked.body}
        return Told(201, self._check(operation, asked, made))

    def _checks_update(self, operation: Json, asked: Asked) -> Told:
        number = int(asked.path["check_run_id"])
        check = self.state.checks.get(number)
        if check is None:
            return Told(404, {"message": "Not Found"})
        before = check.get("output", {}).get("annotations", [])
        check.update(asked.body)
        if "output" in asked.body:  # annotations are added to those there are
            new = asked.body["output"].get("annotations", [])
            check["output"] = {**asked.body["output"], "annotations": before + new}
        return Told(200, self._check(operation, asked, number))

    def _check(self, operation: Json, asked: Asked, number: int) -> Json:
        check = self.state.checks[number]
        names = ("id", "name", "head_sha", "status", "conclusion")
        shown = {name: check.get(name) for name in names}
        return {**self._default(operation, asked).body, **shown}

    def _code_scanning_upload_sarif(self, operation: Json, asked: Asked) -> Told:
        self.state.sarifs.append(asked.body)
        return Told(202, {"id": f"sarif-{len(self.state.sarifs)}"})
