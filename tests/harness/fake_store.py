"""The commits and refs of the repository: seeded, resolved, moved, taken from git."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from contract import Asked, Json
from fake_base import ACTIONS, Base, Told
from fake_objects import Commit, Entry

BOT = "41898282+github-actions[bot]@users.noreply.github.com"
PLAIN = "100644"
PULL_COMMITS = ("sha", "base_sha", "merge_commit_sha")


class Seed(NamedTuple):
    """How a commit is made that no client made."""

    files: Mapping[str, Json]
    parents: tuple[str, ...] = ()
    message: str = "A change"


def content_of(value: Json) -> tuple[str, bytes]:
    """The mode and content of a seeded file: a text, or {text | base64, mode}."""
    if isinstance(value, bytes):
        return PLAIN, value
    if isinstance(value, str):
        return PLAIN, value.encode()
    text = value.get("text", "").encode()
    data = base64.b64decode(value["base64"]) if "base64" in value else text
    return value.get("mode", PLAIN), data


class Store(Base):
    """What the repository holds, as far as it is git's."""

    def add_commit(self, seed: Seed) -> str:
        """A commit that changes files of its first parent; its name.

        A file is a text, `{"base64": ..., "mode": ...}`, or None to delete it.
        """
        changes: dict[str, Entry | None] = {}
        for path, value in seed.files.items():
            if value is None:
                changes[path] = None
                continue
            mode, data = content_of(value)
            changes[path] = Entry(mode, self.objects.write("blob", data))
        old = self.objects.commit(seed.parents[0]).tree if seed.parents else None
        tree = self.objects.change(old, changes)
        who = self.line({"name": "Octo Cat", "email": "octocat@example.org"})
        made = Commit(tree, seed.parents, who, who, seed.message)
        return self.objects.write_commit(made)

    def add_branch(self, name: str, value: Json) -> str:
        """Make or move a branch; the commit it is at.

        `value` is `{"sha": ...}`, or `{"files": ..., "message": ..., "from": ...}` for
        a new commit on top of what the branch holds, or of another branch or commit
        `from`; None begins a history of its own.
        """
        ref = f"refs/heads/{name}"
        if "sha" in value:
            self.move(ref, value["sha"])
            return self.state.refs[ref]
        start = value.get("from", ref)
        parent = self.resolve(start) if start else ""
        if "from" in value and start and not parent:
            raise ValueError(f"{name}: there is no {start}")
        message = value.get("message", "A change")
        seed = Seed(value.get("files", {}), (parent,) if parent else (), message)
        self.move(ref, self.add_commit(seed))
        return self.state.refs[ref]

    def import_git(self, path: str | Path, refs: Mapping[str, str]) -> None:
        """Take commits of a clone with all that they stand on, and set refs to them."""
        self.objects.take(Path(path), refs.values())
        for ref, sha in refs.items():
            self.move(ref, sha)

    def export_git(self, path: str | Path) -> None:
        """Make a bare repository of all there is, or bring one up to date."""
        head = f"refs/heads/{self.default_branch}"
        pulls = {
            f"refs/pull/{number}/head": pull["sha"]
            for number, pull in self.state.pulls.items()
            if self.objects.kind(pull["sha"])
        }
        self.objects.give(Path(path), {**pulls, **self.state.refs}, head)

    def files(self, ref: str) -> dict[str, bytes]:
        """The files of a branch or commit, path -> content."""
        found = self.objects.files(self.objects.commit(self.resolve(ref)).tree)
        blobs = {path: e.sha for path, e in found.items() if e.kind == "blob"}
        return {path: self.objects.read(sha) for path, sha in blobs.items()}

    def move(self, ref: str, sha: str) -> None:
        """Set a ref; open pull requests of the branch follow."""
        self.state.refs[ref] = sha
        for pull in self.state.pulls.values():
            own = (pull["head_repo"] or "").lower() == self.repository.lower()
            if (
                own
                and pull["state"] == "open"
                and ref == f"refs/heads/{pull['head_ref']}"
            ):
                pull.update(sha=sha, updated_at=self.now())

    def resolve(self, ref: str) -> str:
        """The commit that a name stands for; empty when there is none."""
        if self.objects.kind(ref) in ("commit", "tag"):
            return self.objects.peel(ref)
        for start in ("refs/heads/", "refs/tags/", "refs/", ""):
            if start + ref in self.state.refs:
                return self.objects.peel(self.state.refs[start + ref])
        pull = re.fullmatch(r"(?:refs/)?pull/(\d+)/(head|merge)", ref)
        if pull and int(pull[1]) in self.state.pulls:
            key = {"head": "sha", "merge": "merge_commit_sha"}[pull[2]]
            return self.state.pulls[int(pull[1])][key] or ""
        if ref == "HEAD":
            return self.state.refs.get(f"refs/heads/{self.default_branch}", "")
        short = re.fullmatch("[0-9a-f]{7,39}", ref)
        found = self.objects.named(ref) if short else []
        return found[0] if len(found) == 1 else ""

    def known(self, ref: str) -> str:
        """The same; where no branch was ever set up, every full name is a commit's."""
        if found := self.resolve(ref):
            return found
        full = re.fullmatch("[0-9a-f]{40}", ref)
        named = {p[k] for p in self.state.pulls.values() for k in PULL_COMMITS}
        named |= {run["head_sha"] for run in self.state.runs.values()}
        return ref if full and (ref in named or not self.state.refs) else ""

    def line(self, who: Json) -> str:
        """A person and a time as a commit keeps them."""
        date = who.get("date") or self.now()
        moment = datetime.fromisoformat(date.replace("Z", "+00:00"))
        zone = moment.strftime("%z") or "+0000"
        return f"{who['name']} <{who['email']}> {int(moment.timestamp())} {zone}"

    def person(self, line: str) -> Json:
        """The same as answers tell it."""
        who, _, rest = line.rpartition("> ")
        name, _, email = who.partition(" <")
        seconds = rest.split()[0]
        moment = datetime.fromtimestamp(int(seconds), timezone.utc)
        date = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"name": name, "email": email, "date": date}

    def committer(self, asked: Asked) -> Json:
        """Who a client's commit is by when it does not say."""
        actor = self.actor(asked)
        if actor.login == ACTIONS:
            return {"name": ACTIONS, "email": BOT}
        return {
            "name": actor.login,
            "email": f"{actor.login}@users.noreply.github.com",
        }

    def refusal_of_move(self, ref: str, sha: str | None, asked: Asked) -> Told | None:
        """Why a rule forbids to set a ref, or with None to delete it; else None."""
        return None

    def _set_import_git(self, value: Json) -> None:
        for one in value if isinstance(value, list) else [value]:
            self.import_git(one["path"], one["refs"])

    def _set_branches(self, value: Mapping[str, Json]) -> dict[str, str]:
        return {name: self.add_branch(name, made) for name, made in value.items()}
