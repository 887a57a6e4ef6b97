"""Workflow runs, their jobs and their artifacts."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

from contract import Asked, Json
from fake_base import Told, missing, refusal
from fake_store import Store

NEW = {
    "name": "CI",
    "head_sha": "0" * 40,
    "head_branch": "main",
    "event": "push",
    "status": "completed",
    "conclusion": "success",
    "path": ".github/workflows/ci.yml",
    "run_attempt": 1,
    "run_number": 1,
    "pull_requests": [],
    "jobs": [],
}


class Actions(Store):
    """Answers about what GitHub Actions ran.

    `files_url` is the other server, from which artifacts are fetched without a token.
    """

    files_url = "https://files.invalid"

    def __init__(self, *arguments: Json, **named: Json) -> None:
        super().__init__(*arguments, **named)
        self._zips: dict[int, bytes] = {}

    def add_run(self, number: int, value: Json) -> list[int]:
        """Make a run, or change one; the ids of its new artifacts.

        `head_repository` is the fork that it ran for, `jobs` are [{name, conclusion}],
        `pull_requests` numbers (GitHub tells none for forks), and `artifacts` as in
        `add_artifact`; the rest as GitHub's answer has it.
        """
        value = dict(value)
        artifacts = value.pop("artifacts", [])
        wrong = set(value) - {*NEW, "head_repository"}
        if wrong:
            raise ValueError(f"a run has no {sorted(wrong)}")
        old = self.state.runs.get(number) or {
            **NEW,
            "id": number,
            "head_repository": self.repository,
            "created_at": self.now(),
        }
        self.state.runs[number] = {**old, **value}
        return [self.add_artifact(number, artifact) for artifact in artifacts]

    def add_artifact(self, run: int, value: Json) -> int:
        """An artifact of a run; its id.

        What it holds is a `folder`, a ready `zip` (a path), or `base64` of a zip's
        bytes, which may be anything; `files` ({name: text}) are zipped too.
        """
        made = next(self._ids)
        data = _packed(value)
        now = self.now()
        moment = datetime.strptime(now, "%Y-%m-%dT%H:%M:%SZ") + timedelta(days=90)
        self._zips[made] = data
        self.state.artifacts[made] = {
            "id": made,
            "name": value["name"],
            "run": run,
            "expired": value.get("expired", False),
            "size_in_bytes": value.get("size_in_bytes", len(data)),
            "digest": f"sha256:{hashlib.sha256(data).hexdigest()}",
            "created_at": now,
            "updated_at": now,
            "expires_at": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return made

    def _run(self, number: int) -> Json:
        known = self.state.runs[number]
        url = f"{self.api}/actions/runs/{number}"
        names = ("jobs", "logs", "artifacts", "cancel", "rerun")
        body = {
            **self.spec.component("workflow-run"),
            **{k: v for k, v in known.items() if k not in ("jobs", "head_repository")},
            "node_id": self.node("WFR", number),
            "display_title": known["name"],
            "url": url,
            "html_url": f"{self.page_url}/actions/runs/{number}",
            **{f"{name}_url": f"{url}/{name}" for name in names},
            "repository": self.repository_of(self.repository, "minimal-repository"),
            "head_repository": None,
            "pull_requests": [self._brief(n) for n in known["pull_requests"]],
            "updated_at": known["created_at"],
            "run_started_at": known["created_at"],
        }
        body["head_commit"] = {**body["head_commit"], "id": known["head_sha"]}
        if fork := known["head_repository"]:
            body["head_repository"] = self.repository_of(fork, "minimal-repository")
        return body

    def _brief(self, number: int) -> Json:
        """A pull request as a run tells it."""
        pull = self.state.pulls[number]
        repo = {"id": 1, "url": self.api, "name": self.repository.rpartition("/")[2]}
        sides = {
            "head": {"ref": pull["head_ref"], "sha": pull["sha"], "repo": repo},
            "base": {"ref": pull["base_ref"], "sha": pull["base_sha"], "repo": repo},
        }
        url = f"{self.api}/pulls/{number}"
        return {"id": 1_000_000 + number, "number": number, "url": url, **sides}

    def _actions_get_workflow_run(self, operation: Json, asked: Asked) -> Told:
        number = int(asked.path["run_id"])
        return Told(200, self._run(number)) if number in self.state.runs else missing()

    def _actions_list_jobs_for_workflow_run(
        self, operation: Json, asked: Asked
    ) -> Told:
        number = int(asked.path["run_id"])
        if number not in self.state.runs:
            return missing()
        run = self.state.runs[number]
        url = f"{self.api}/actions"
        same = ("head_sha", "head_branch", "run_attempt", "status")
        jobs = [
            {
                **self.spec.component("job"),
                **{key: run[key] for key in same},
                "id": number * 1000 + place,
                "run_id": number,
                "run_url": f"{url}/runs/{number}",
                "url": f"{url}/jobs/{number * 1000 + place}",
                "html_url": f"{self.page_url}/actions/runs/{number}/job/{place}",
                "workflow_name": run["name"],
                "conclusion": run["conclusion"],
                "steps": [],
                **job,
            }
            for place, job in enumerate(run["jobs"], 1)
        ]
        return self._listing("jobs", jobs, asked)

    def _artifact(self, number: int) -> Json:
        known = self.state.artifacts[number]
        run = self.state.runs[known["run"]]
        url = f"{self.api}/actions/artifacts/{number}"
        return {
            **{key: value for key, value in known.items() if key != "run"},
            "node_id": self.node("A", number),
            "url": url,
            "archive_download_url": f"{url}/zip",
            "workflow_run": {
                "id": run["id"],
                "repository_id": 1,
                "head_repository_id": 2 if run["head_repository"] else 1,
                "head_branch": run["head_branch"],
                "head_sha": run["head_sha"],
            },
        }

    def _actions_list_workflow_run_artifacts(
        self, operation: Json, asked: Asked
    ) -> Told:
        number = int(asked.path["run_id"])
        if number not in self.state.runs:
            return missing()
        found = [
            self._artifact(made)
            for made, known in self.state.artifacts.items()
            if known["run"] == number
            and asked.query.get("name", known["name"]) == known["name"]
        ]
        down = asked.query.get("direction", "desc") == "desc"
        return self._listing("artifacts", found[::-1] if down else found, asked)

    def _actions_get_artifact(self, operation: Json, asked: Asked) -> Told:
        number = int(asked.path["artifact_id"])
        known = number in self.state.artifacts
        return Told(200, self._artifact(number)) if known else missing()

    def _actions_download_artifact(self, operation: Json, asked: Asked) -> Told:
        known = self.state.artifacts.get(int(asked.path["artifact_id"]))
        if known is None or asked.path["archive_format"] != "zip":
            return missing()
        if known["expired"]:
            return refusal(410, "Artifact has expired")
        place = self.files_url + self.place_of(known["id"])
        return Told(302, None, {"Location": place})

    def place_of(self, artifact: int) -> str:
        """Where an artifact is on the other server, for who has the address."""
        path = f"/artifacts/{artifact}.zip"
        return f"{path}?sig={self._signature(path)}"

    def _signature(self, path: str) -> str:
        return hashlib.sha256(f"{self.repository}{path}".encode()).hexdigest()[:20]

    def fetch(self, path: str, signature: str, headers: dict[str, str]) -> Told:
        """The answer of the other server: the address is the permission."""
        if "authorization" in headers:
            self.state.violations.append(
                f"the token was sent to another server: {path}"
            )
            return Told(403, b"AuthenticationFailed", {"Content-Type": "text/plain"})
        number = path.removeprefix("/artifacts/").removesuffix(".zip")
        data = self._zips.get(int(number)) if number.isdigit() else None
        if data is None or signature != self._signature(path):
            return Told(403, b"AuthenticationFailed", {"Content-Type": "text/plain"})
        return Told(200, data, {"Content-Type": "application/zip"})

    def _set_runs(self, value: dict[int | str, Json]) -> dict[str, list[int]]:
        return {str(n): self.add_run(int(n), run) for n, run in value.items()}


def _packed(value: Json) -> bytes:
    """A zip as the artifact service would make it, or the bytes as they are given."""
    if "zip" in value:
        return Path(value["zip"]).read_bytes()
    if "base64" in value:
        return base64.b64decode(value["base64"])
    files = {name: text.encode() for name, text in value.get("files", {}).items()}
    if "folder" in value:
        root = Path(value["folder"])
        found = (path for path in sorted(root.rglob("*")) if path.is_file())
        files |= {
            path.relative_to(root).as_posix(): path.read_bytes() for path in found
        }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()
