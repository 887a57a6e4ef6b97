"""A fake GitHub: which operation a request is, who may ask, and what is answered.

It knows nothing of HTTP's wire. What it holds and answers is in the parts, each a class
in a file: `fake_git`, `fake_contents`, `fake_pulls`, `fake_reviews`, `fake_issues`,
`fake_checks`, `fake_actions`, `fake_protection` and `fake_graphql`. A further one is a
further base below.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import traceback
from urllib.parse import parse_qs, urlsplit

from contract import Asked, Json, Spec, unwritten_rules
from fake_access import needed
from fake_actions import Actions
from fake_base import ACTIONS, ENTERPRISE, State, Told, missing, refusal
from fake_checks import Checks
from fake_faults import Fault
from fake_graphql import GraphQL
from fake_protection import Protection

__all__ = ["ACTIONS", "ENTERPRISE", "FakeGitHub", "Fault", "State", "Told"]


class FakeGitHub(Protection, GraphQL, Actions, Checks):
    """The repository, its settings and its answers; `serve` puts it on a port.

    `app` tells whether a token is a GitHub App's, as the one of Actions is; else it is
    a user's, whose `login` is. `users` are tokens of users of their own.
    """

    def __init__(self, spec: Spec | None = None, repository: str = "o/r") -> None:
        super().__init__(spec, repository)
        self.lock = threading.RLock()
        self.stopping = threading.Event()

    def setup(self, what: dict[str, Json] | None = None, **more: Json) -> Json:
        """Change settings and state, in this order; what came of each, by its name.

        Settings: `app`, `login`, `token`, `denied`, `tokens`, `users` and `rate_limit`
        ({limit, remaining}), see `Access`; `repository`, `default_branch`, `private`,
        `archived`, `hidden`,
        `advanced_security` (else no SARIF is taken), `tree_limit` (then trees are cut).

        State: `import_git` ({path, refs}) and `branches` ({name: `Store.add_branch`}),
        `pulls` ({number: `Pulls.add_pull`}), `comments` ([`Issues.add_comment`]),
        `runs` ({id: `Actions.add_run`}), `faults` (as on the command line, or as the
        parts of a `Fault`), and `clear` (names of `State` to empty: `["faults"]`).
        """
        done = {}
        for name, value in {**(what or {}), **more}.items():
            change = getattr(self, f"_set_{name}", None)
            if change is None:
                raise ValueError(f"there is no setting {name}")
            done[name] = change(value)
        return done

    def answer(self, method: str, url: str, headers: Json, raw: bytes) -> Told:
        """The answer to a request, or GitHub's reason for refusing it."""
        try:
            told = self._answer(method, url, headers, raw)
        except Exception:
            self.state.violations.append(f"OUR FAULT: {traceback.format_exc()}")
            return refusal(500, "Server Error")
        if method != "GET" or told.status != 200:
            return told._replace(headers={**self.rate(), **told.headers})
        ready = isinstance(told.body, bytes)
        data = told.body if ready else json.dumps(told.body).encode()
        tag = f'W/"{hashlib.sha256(data).hexdigest()}"'
        if tag in headers.get("if-none-match", ""):
            self.remaining += 1  # what has not changed is not counted
            told = Told(304)
        return told._replace(headers={**self.rate(), **told.headers, "ETag": tag})

    def _answer(self, method: str, url: str, headers: Json, raw: bytes) -> Told:
        parts = urlsplit(url)
        wanted = parts.path.removeprefix(ENTERPRISE)
        request = f"{method} {wanted}"
        token = headers.get("authorization", "").rpartition(" ")[2]
        if not headers.get("user-agent"):
            message = "Request forbidden by administrative rules"
            return self._refuse(403, message, request)
        if not self.knows(token):
            return refusal(
                401, "Bad credentials" if token else "Requires authentication"
            )
        if late := self.spend():
            return late
        place = f"http://{headers.get('host')}{parts.path}"
        if parts.path in ("/graphql", "/api/graphql"):
            return self.graphql(method, Asked({}, {}, raw, place, token, headers))
        found = self.spec.match(method, wanted)
        if found is None:
            return self._refuse(404, "Not Found", request)
        operation, path = found
        query = {k: v[-1] for k, v in parse_qs(parts.query).items()}
        try:
            body = json.loads(raw) if "requestBody" in operation else None
        except ValueError:
            return self._refuse(400, "Problems parsing JSON", request)
        asked = Asked(path, query, body, place, token, headers)
        return self._checked(method, operation, asked)

    def _checked(self, method: str, operation: Json, asked: Asked) -> Told:
        """The operation's answer, if the request fits and the token may."""
        name = operation["operationId"]
        request = f"{method} {urlsplit(asked.url).path}"
        wrong = self.spec.request_errors(operation, asked)
        wrong = wrong or list(unwritten_rules(name, asked.body))
        if wrong:
            return self._refuse(422, "Validation Failed", f"{request}: {wrong}", wrong)
        owner = f"{asked.path.get('owner')}/{asked.path.get('repo')}"
        if "owner" in asked.path and owner.lower() != self.repository.lower():
            return missing()
        needs = needed(name, method)
        if self.lacking(needs, asked.token):
            return self.may_not(asked, needs)
        handler = getattr(self, "_" + re.sub(r"\W", "_", name), self._default)
        answer: Told = handler(operation, asked)
        schema = self.spec.answer_schema(operation, answer.status)
        if schema and type(answer.body) is not bytes:
            if errors := self.spec.errors(schema, answer.body):
                self.state.violations.append(f"OUR ANSWER to {request}: {errors[:3]}")
        accepted = {"X-Accepted-GitHub-Permissions": needs}
        return answer._replace(headers={**accepted, **answer.headers})

    def _refuse(
        self, status: int, message: str, violation: str, errors: list[str] | None = None
    ) -> Told:
        """A refusal that no request of a correct client meets."""
        self.state.violations.append(f"{message}: {violation}")
        return refusal(status, message, errors)

    def _users_get_authenticated(self, operation: Json, asked: Asked) -> Told:
        actor = self.actor(asked)
        if actor.app:
            return self.may_not(asked)
        user = self.spec.component("public-user")
        view = {"login": actor.login, "type": "User", "user_view_type": "public"}
        return Told(200, {**user, **view})

    def _repos_get(self, operation: Json, asked: Asked) -> Told:
        if self.hidden:  # private, and the token may not see it
            return missing()
        known = self.repository_of(self.repository)
        sample = self._default(operation, asked).body
        own = {k: v for k, v in known.items() if k in (*sample, "private", "archived")}
        return Told(200, {**sample, **own})
