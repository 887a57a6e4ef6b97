"""Pull requests: the list, one of them, and the files it changes."""

from __future__ import annotations

from contract import Asked, Json
from fake_base import Told, missing, refusal
from fake_contents import Contents

FILES = 3000
LINKS = {
    "self": "pulls/{}",
    "issue": "issues/{}",
    "comments": "issues/{}/comments",
    "review_comments": "pulls/{}/comments",
    "review_comment": "pulls/comments{{/number}}",
    "commits": "pulls/{}/commits",
}
NEW: Json = {
    "state": "open",
    "title": "A change",
    "body": None,
    "user": "octocat",
    "draft": False,
    "merged": False,
    "labels": [],
    "head_ref": "topic",
    "base_ref": "main",
    "merge_commit_sha": None,
}


class Pulls(Contents):
    """Answers about pull requests."""

    def add_pull(self, number: int, value: Json) -> None:
        """Make a pull request, or change one.

        `sha` is its head, by default where the branch `head_ref` is; `head_repo` is the
        fork it comes from, None for one that was deleted; `base_ref` and `base_sha`,
        `merge_commit_sha`, `state`, `merged`, `draft`, `title`, `body`, `user` and
        `labels` (names) are the rest.
        """
        wrong = set(value) - {*NEW, "sha", "base_sha", "head_repo", "closed_at"}
        if wrong:
            raise ValueError(f"a pull request has no {sorted(wrong)}")
        there = self.state.pulls.get(number)
        old = there or {
            **NEW,
            "number": number,
            "head_repo": self.repository,
            "created_at": self.now(),
        }
        pull = {**old, **value, "updated_at": self.now()}
        branches = {
            "sha": f"refs/heads/{pull['head_ref']}",
            "base_sha": f"refs/heads/{pull['base_ref']}",
        }
        for key, ref in branches.items():
            pull.setdefault(key, self.state.refs.get(ref, "0" * 40))
        self.state.pulls[number] = pull

    def span(self, pull: Json, head: str = "") -> tuple[str, str] | None:
        """The two commits whose difference a pull request is; None if not known."""
        head = head or pull["sha"]
        ref = f"refs/heads/{pull['base_ref']}"
        base = self.state.refs.get(ref, pull["base_sha"])
        if pull["merged"]:
            base = pull["base_sha"]
        if not (self.objects.kind(base) and self.objects.kind(head)):
            return None
        return self.diff.merge_base(base, head), head

    def commits_of(self, pull: Json) -> list[str]:
        """The commits that a pull request adds, newest first."""
        span = self.span(pull)
        if span is None:
            return [pull["sha"]]
        before = set(self.objects.history(span[0])) if span[0] else set()
        return [c for c in self.objects.history(span[1]) if c not in before]

    def _from_here(self, pull: Json) -> bool:
        return (pull["head_repo"] or "").lower() == self.repository.lower()

    def _side(self, name: str | None, ref: str, sha: str) -> Json:
        owner = (name or "unknown").partition("/")[0]
        return {
            "label": f"{owner}:{ref}" if name else ref,
            "ref": ref,
            "sha": sha,
            "user": self.user(owner),
            "repo": self.repository_of(name) if name else None,
        }

    def _label(self, name: str) -> Json:
        return {
            "id": 1 + sum(name.encode()),
            "node_id": self.node("LA", name),
            "url": f"{self.api}/labels/{name}",
            "name": name,
            "description": "",
            "color": "ededed",
            "default": False,
        }

    def _pull(self, number: int, schema: str) -> Json:
        """A pull request as answers have it."""
        known = self.state.pulls[number]
        page = f"{self.page_url}/pull/{number}"
        links = {k: f"{self.api}/{v.format(number)}" for k, v in LINKS.items()}
        links["statuses"] = f"{self.api}/statuses/{known['sha']}"
        links["html"] = page
        closed = known["updated_at"] if known["state"] == "closed" else None
        shown = ("state", "title", "body", "draft", "merge_commit_sha")
        pull = {
            **self.spec.component(schema),
            **{key: known[key] for key in shown},
            "id": 1_000_000 + number,
            "node_id": self.node("PR", number),
            "number": number,
            "user": self.user(known["user"]),
            "labels": [self._label(name) for name in known["labels"]],
            "head": self._side(known["head_repo"], known["head_ref"], known["sha"]),
            "base": self._side(self.repository, known["base_ref"], known["base_sha"]),
            "_links": {key: {"href": url} for key, url in links.items()},
            "url": links["self"],
            "issue_url": links["issue"],
            "comments_url": links["comments"],
            "review_comments_url": links["review_comments"],
            "review_comment_url": links["review_comment"],
            "commits_url": links["commits"],
            "statuses_url": links["statuses"],
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "created_at": known["created_at"],
            "updated_at": known["updated_at"],
            "closed_at": closed,
            "merged_at": closed if known["merged"] else None,
            "assignee": None,
            "milestone": None,
            "auto_merge": None,
        }
        if schema == "pull-request":
            pull.update(self._counts(known))
        return pull

    def _counts(self, known: Json) -> Json:
        span = self.span(known)
        files = self.diff.changes(*span) if span else []
        number = known["number"]
        comments = self.state.comments.values()
        reviewed = self.state.review_comments.values()
        end = f"/issues/{number}"
        return {
            "merged": known["merged"],
            "merged_by": None,
            "mergeable": None if known["state"] == "closed" else True,
            "mergeable_state": "unknown" if known["state"] == "closed" else "clean",
            "additions": sum(file["additions"] for file in files),
            "deletions": sum(file["deletions"] for file in files),
            "changed_files": len(files),
            "commits": len(self.commits_of(known)),
            "comments": sum(c["issue_url"].endswith(end) for c in comments),
            "review_comments": sum(c["pull"] == number for c in reviewed),
        }

    def _pulls_get(self, operation: Json, asked: Asked) -> Told:
        number = int(asked.path["pull_number"])
        if number not in self.state.pulls:
            return missing()
        return Told(200, self._pull(number, "pull-request"))

    def _pulls_list(self, operation: Json, asked: Asked) -> Told:
        found = [p for p in self.state.pulls.values() if self._listed(p, asked.query)]
        sort = asked.query.get("sort", "created")
        key = "updated_at" if sort == "updated" else "created_at"
        downwards = "desc" if sort == "created" else "asc"
        down = asked.query.get("direction", downwards) == "desc"
        found.sort(key=lambda p: (p[key], p["number"]), reverse=down)
        items = [self._pull(p["number"], "pull-request-simple") for p in found]
        return self._page(items, asked)

    def _listed(self, pull: Json, query: dict[str, str]) -> bool:
        """Whether a pull request fits the filters of a list."""
        state = query.get("state", "open")
        owner, colon, ref = query.get("head", "").partition(":")
        known = (pull["head_repo"] or "unknown").partition("/")[0]
        # A head without its owner is no filter at all, at GitHub neither.
        head = not colon or (owner.lower(), ref) == (known.lower(), pull["head_ref"])
        base = query.get("base", pull["base_ref"]) == pull["base_ref"]
        return head and base and state in ("all", pull["state"])

    def _repos_list_pull_requests_associated_with_commit(
        self, operation: Json, asked: Asked
    ) -> Told:
        sha = self.known(asked.path["commit_sha"])
        if not sha:
            return refusal(422, f"No commit found for SHA: {asked.path['commit_sha']}")
        tip = self.state.refs.get(f"refs/heads/{self.default_branch}", "")
        landed = sha in self.objects.history(tip)
        found = [
            pull["number"]
            for pull in self.state.pulls.values()
            if self._holds(pull, sha) and (pull["merged"] or not landed)
        ]
        items = [self._pull(number, "pull-request-simple") for number in found]
        return self._page(items, asked)

    def _holds(self, pull: Json, sha: str) -> bool:
        """Whether a pull request is known to have brought a commit."""
        if pull["merged"]:
            return sha == pull["merge_commit_sha"] or sha in self.commits_of(pull)
        # The commits of a fork are not the repository's as long as they are not merged.
        return self._from_here(pull) and sha in self.commits_of(pull)

    def _pulls_list_files(self, operation: Json, asked: Asked) -> Told:
        number = int(asked.path["pull_number"])
        if number not in self.state.pulls:
            return missing()
        span = self.span(self.state.pulls[number])
        return self._page(self.entries(*span)[:FILES] if span else [], asked)

    def _pulls_list_commits(self, operation: Json, asked: Asked) -> Told:
        number = int(asked.path["pull_number"])
        if number not in self.state.pulls:
            return missing()
        commits = reversed(self.commits_of(self.state.pulls[number]))
        known = [self._whole_commit(c) for c in commits if self.objects.kind(c)]
        return self._page(known[:250], asked)

    def _set_pulls(self, value: dict[int | str, Json]) -> None:
        for number, pull in value.items():
            self.add_pull(int(number), pull)
