"""What is said of a commit: statuses, check runs with their annotations, SARIF."""

from __future__ import annotations

from contract import Asked, Json
from fake_base import Told, missing, refusal
from fake_store import Store

STATUSES = 1000


class Checks(Store):
    """Answers about commit statuses, check runs and code scanning."""

    advanced_security = True

    def _repos_create_commit_status(self, operation: Json, asked: Asked) -> Told:
        sha, body = self.known(asked.path["sha"]), asked.body
        if not sha:
            return refusal(422, f"No commit found for SHA: {asked.path['sha']}")
        context = body.get("context", "default")
        same = [
            s for s in self.state.statuses if (s["sha"], s["context"]) == (sha, context)
        ]
        if len(same) >= STATUSES:
            text = "This SHA and context has reached the maximum number of statuses."
            return refusal(422, "Validation Failed", [{"message": text}])
        made, now = next(self._ids), self.now()
        self.state.statuses.append(
            {
                "context": context,
                "description": None,
                "target_url": None,
                **body,
                "id": made,
                "sha": sha,
                "created_at": now,
                "updated_at": now,
                "creator": self._creator(asked),
            }
        )
        return Told(201, self._status(self.state.statuses[-1], "status"))

    def _creator(self, asked: Asked) -> Json:
        by = self.actor(asked)
        return self.user(by.login, by.type)

    def _status(self, known: Json, schema: str) -> Json:
        hidden = ("sha",) if schema == "status" else ("sha", "creator")
        return {
            **self.spec.component(schema),
            **{k: v for k, v in known.items() if k not in hidden},
            "url": f"{self.api}/statuses/{known['sha']}",
            "node_id": self.node("SC", known["id"]),
        }

    def _statuses_of(self, sha: str) -> list[Json]:
        """The statuses of a commit, newest first."""
        return [s for s in reversed(self.state.statuses) if s["sha"] == sha]

    def _repos_list_commit_statuses_for_ref(
        self, operation: Json, asked: Asked
    ) -> Told:
        found = self._statuses_of(self.known(asked.path["ref"]))
        return self._page([self._status(s, "status") for s in found], asked)

    def _repos_get_combined_status_for_ref(self, operation: Json, asked: Asked) -> Told:
        sha = self.known(asked.path["ref"])
        if not sha:
            return missing()
        last: dict[str, Json] = {}
        for status in self._statuses_of(sha):
            last.setdefault(status["context"], status)
        shown = [self._status(s, "simple-commit-status") for s in last.values()]
        told = self._page(list(reversed(shown)), asked)
        states = {status["state"] for status in last.values()}
        whole = "pending" if "pending" in states or not states else "success"
        whole = "failure" if states & {"error", "failure"} else whole
        body = {
            "state": whole,
            "sha": sha,
            "statuses": told.body,
            "total_count": len(last),
            "repository": self.repository_of(self.repository, "minimal-repository"),
            "commit_url": f"{self.api}/commits/{sha}",
            "url": f"{self.api}/commits/{sha}/status",
        }
        return Told(200, body, told.headers)

    def _checks_create(self, operation: Json, asked: Asked) -> Told:
        by = self.actor(asked)
        if not by.app:
            return refusal(403, "You must authenticate via a GitHub App.")
        if not self.known(asked.body["head_sha"]):
            text = f"No commit found for SHA: {asked.body['head_sha']}"
            return refusal(422, text)
        made = next(self._ids)
        output: Json = {"title": None, "summary": None, "text": None, "annotations": []}
        new = {"id": made, "status": "queued", "conclusion": None, "app": by.app}
        new |= {"started_at": self.now(), "completed_at": None, "output": output}
        self.state.checks[made] = new
        self._change(new, asked.body)
        return Told(201, self._check(made))

    def _change(self, check: Json, body: Json) -> None:
        """Change a check run; annotations are added to those there are."""
        output = body.get("output", {})
        if body.get("conclusion") or body.get("status") == "completed":
            check["status"] = "completed"
            check["completed_at"] = self.now()
        check.update({k: v for k, v in body.items() if k not in ("output", "actions")})
        if check["conclusion"]:
            check["status"] = "completed"
        added = [*check["output"]["annotations"], *output.get("annotations", [])]
        check["output"] = {**check["output"], **output, "annotations": added}

    def _checks_update(self, operation: Json, asked: Asked) -> Told:
        number = int(asked.path["check_run_id"])
        if number not in self.state.checks:
            return missing()
        if self.actor(asked).app != self.state.checks[number]["app"]:
            text = "check run can only be modified by the GitHub App that created it."
            return refusal(403, f"Invalid app_id - {text}")
        self._change(self.state.checks[number], asked.body)
        return Told(200, self._check(number))

    def _check(self, number: int) -> Json:
        """A check run as answers have it: its annotations are counted."""
        check = self.state.checks[number]
        url = f"{self.api}/check-runs/{number}"
        page = f"{self.page_url}/runs/{number}"
        shown = ("id", "name", "head_sha", "status", "conclusion", "started_at")
        output = {k: v for k, v in check["output"].items() if k != "images"}
        count = len(output.pop("annotations"))
        return {
            **self.spec.component("check-run"),
            **{name: check[name] for name in (*shown, "completed_at")},
            "node_id": self.node("CR", number),
            "external_id": check.get("external_id", ""),
            "details_url": check.get("details_url", page),
            "url": url,
            "html_url": page,
            "app": self.app_of(check["app"]),
            "pull_requests": [],
            "output": {
                **output,
                "annotations_count": count,
                "annotations_url": f"{url}/annotations",
            },
        }

    def _checks_get(self, operation: Json, asked: Asked) -> Told:
        number = int(asked.path["check_run_id"])
        known = number in self.state.checks
        return Told(200, self._check(number)) if known else missing()

    def _checks_list_annotations(self, operation: Json, asked: Asked) -> Told:
        check = self.state.checks.get(int(asked.path["check_run_id"]))
        if check is None:
            return missing()
        empty = {"start_column": None, "end_column": None}
        empty |= {"title": None, "raw_details": None}
        place = f"{self.api}/contents"
        found = [
            {**empty, **a, "blob_href": f"{place}/{a['path']}?ref={check['head_sha']}"}
            for a in check["output"]["annotations"]
        ]
        return self._page(found, asked)

    def _checks_list_for_ref(self, operation: Json, asked: Asked) -> Told:
        sha, query = self.known(asked.path["ref"]), asked.query
        if not sha:
            return refusal(422, f"No commit found for SHA: {asked.path['ref']}")
        found: dict[Json, int] = {}
        for number, check in self.state.checks.items():
            key = number if query.get("filter") == "all" else check["name"]
            if check["head_sha"] == sha:
                found.pop(key, None)  # the latest of a name, last
                found[key] = number
        shown = [self._check(number) for number in reversed(list(found.values()))]
        wanted = {
            "name": query.get("check_name"),
            "status": query.get("status"),
            "app": query.get("app_id"),
        }
        fitting = [
            check
            for check in shown
            for has in ({**check, "app": str(check["app"]["id"])},)
            if all(value in (None, has[key]) for key, value in wanted.items())
        ]
        return self._listing("check_runs", fitting, asked)

    def _code_scanning_upload_sarif(self, operation: Json, asked: Asked) -> Told:
        if not self.advanced_security:
            text = "Advanced Security must be enabled for this repository to use"
            return refusal(403, f"{text} code scanning.")
        self.state.sarifs.append(asked.body)
        made = f"sarif-{len(self.state.sarifs)}"
        url = f"{self.api}/code-scanning/sarifs/{made}"
        return Told(202, {"id": made, "url": url})

    def _code_scanning_get_sarif(self, operation: Json, asked: Asked) -> Told:
        number = asked.path["sarif_id"].removeprefix("sarif-")
        if not number.isdigit() or not 0 < int(number) <= len(self.state.sarifs):
            return missing()
        url = f"{self.api}/code-scanning/analyses?sarif_id=sarif-{number}"
        body = {"processing_status": "complete", "analyses_url": url, "errors": None}
        return Told(200, body)

    def _set_advanced_security(self, value: bool) -> None:
        self.advanced_security = value
