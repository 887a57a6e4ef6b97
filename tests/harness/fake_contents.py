"""Files, branches, commits and comparisons over REST."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import quote

from contract import Asked, Json
from fake_base import Told, missing, refusal
from fake_diff import Diff
from fake_git import Git, encoded
from fake_objects import Commit, Entry
from fake_store import PLAIN

# Above it a file's content is not told, but as raw.
SHOWN = 1024 * 1024
FOLDER_LIMIT = 1000
COMPARED_FILES = 300
KINDS = {"120000": "symlink", "160000": "submodule", "040000": "dir"}


class Contents(Git):
    """Answers about what branches hold."""

    def __init__(self, *arguments: Json, **named: Json) -> None:
        super().__init__(*arguments, **named)
        self.diff = Diff(self.objects)

    def protected(self, branch: str) -> bool:
        """Whether a branch is protected; for the part that knows of protection."""
        return False

    def _repos_get_content(self, operation: Json, asked: Asked) -> Told:
        ref = asked.query.get("ref") or self.default_branch
        sha = self.resolve(ref)
        if not sha:
            return refusal(404, f"No commit found for the ref {ref}")
        path = asked.path["path"].strip("/")
        found = self.objects.find(self.objects.commit(sha).tree, path)
        if found is None:
            return missing()
        raw = "raw" in asked.headers.get("accept", "")
        if found.kind != "tree":
            if raw and found.kind == "blob":
                return self._raw(found)
            return Told(200, self._content(path, found, ref))
        below = f"{path}/" if path else ""
        items = [
            self._content(below + name, entry, ref, whole=False)
            for name, entry in self.objects.tree(found.sha).items()
        ]
        return Told(200, items[:FOLDER_LIMIT])

    def _raw(self, entry: Entry) -> Told:
        kind = "application/vnd.github.raw+json; charset=utf-8"
        return Told(200, self.objects.read(entry.sha), {"Content-Type": kind})

    def _content(
        self, path: str, entry: Entry, ref: str, *, whole: bool = True
    ) -> Json:
        """A file as answers have it: listed, or whole with what it holds."""
        data = self.objects.read(entry.sha) if entry.kind == "blob" else b""
        name, kind = quote(path), KINDS.get(entry.mode, "file")
        place = "trees" if entry.kind == "tree" else "blobs"
        links = {
            "self": f"{self.api}/contents/{name}?ref={quote(ref)}",
            "git": f"{self.api}/git/{place}/{entry.sha}",
            "html": f"{self.page_url}/blob/{quote(ref)}/{name}",
        }
        raw = "https://raw.githubusercontent.com"
        item = {
            "name": path.rpartition("/")[2],
            "path": path,
            "sha": entry.sha,
            "size": len(data),
            "url": links["self"],
            "git_url": links["git"],
            "html_url": links["html"],
            "download_url": f"{raw}/{self.repository}/{quote(ref)}/{name}",
            "type": kind,
            "_links": links,
        }
        if kind in ("dir", "submodule"):
            item["download_url"] = None
        if not whole:
            return item
        if kind == "symlink":
            item["target"] = data.decode("utf-8", "replace")
        elif kind == "submodule":
            item["submodule_git_url"] = None
        elif len(data) > SHOWN:
            item |= {"content": "", "encoding": "none"}
        else:
            item |= {"content": encoded(data), "encoding": "base64"}
        return item

    def _repos_create_or_update_file_contents(
        self, operation: Json, asked: Asked
    ) -> Told:
        path, body = asked.path["path"].strip("/"), asked.body
        branch = body.get("branch", self.default_branch)
        ref = f"refs/heads/{branch}"
        parent = self.state.refs.get(ref, "")
        if not parent and self.state.refs:
            return refusal(404, f"Branch {branch} not found")
        try:
            data = base64.b64decode(re.sub(r"\s", "", body["content"]), validate=True)
        except binascii.Error:
            return refusal(422, "content is not valid Base64")
        tree = self.objects.commit(parent).tree if parent else None
        old = self.objects.find(tree, path) if tree else None
        if old and "sha" not in body:
            return refusal(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
        if "sha" in body and (old is None or old.sha != body["sha"]):
            return refusal(409, f"{path} does not match {body['sha']}")
        sha = self.objects.write("blob", data)
        entry = Entry(old.mode if old else PLAIN, sha)
        made = self.objects.change(tree, {path: entry})
        by = body.get("committer") or self.committer(asked)
        author = self.line(body.get("author") or by)
        parents = (parent,) if parent else ()
        commit = Commit(made, parents, author, self.line(by), body["message"])
        name = self.objects.write_commit(commit)
        if forbidden := self.refusal_of_move(ref, name, asked):
            return forbidden
        self.move(ref, name)
        answer = {
            "content": self._content(path, entry, branch, whole=False),
            "commit": self._commit(name),
        }
        return Told(200 if old else 201, answer)

    def _repos_list_branches(self, operation: Json, asked: Asked) -> Told:
        start = "refs/heads/"
        names = [
            r[len(start) :] for r in sorted(self.state.refs) if r.startswith(start)
        ]
        wanted = asked.query.get("protected")
        items = [
            {
                "name": name,
                "commit": {
                    "sha": self.state.refs[start + name],
                    "url": f"{self.api}/commits/{self.state.refs[start + name]}",
                },
                "protected": self.protected(name),
            }
            for name in names
            if wanted is None or self.protected(name) == (wanted == "true")
        ]
        return self._page(items, asked)

    def _repos_get_branch(self, operation: Json, asked: Asked) -> Told:
        name = asked.path["branch"]
        sha = self.state.refs.get(f"refs/heads/{name}")
        if sha is None:
            return refusal(404, "Branch not found")
        url = f"{self.api}/branches/{quote(name, safe='')}"
        page = f"{self.page_url}/tree/{quote(name)}"
        protected = self.protected(name)
        body = {
            "name": name,
            "commit": self._whole_commit(sha),
            "_links": {"self": url, "html": page},
            "protected": protected,
            "protection": {"enabled": protected},
            "protection_url": f"{url}/protection",
        }
        return Told(200, body)

    def _whole_commit(self, sha: str) -> Json:
        """A commit as the repository's own answers have it, without its files."""
        inner = self._commit(sha)
        url = f"{self.api}/commits/{sha}"
        return {
            "sha": sha,
            "node_id": inner["node_id"],
            "url": url,
            "html_url": inner["html_url"],
            "comments_url": f"{url}/comments",
            "commit": {
                "url": inner["url"],
                "comment_count": 0,
                **{k: inner[k] for k in ("author", "committer", "message", "tree")},
                "verification": inner["verification"],
            },
            "author": None,
            "committer": None,
            "parents": [
                {**parent, "url": f"{self.api}/commits/{parent['sha']}"}
                for parent in inner["parents"]
            ],
        }

    def entries(self, base: str, head: str) -> list[Json]:
        """The files that differ between two commits, or from nothing."""
        files = []
        for change in self.diff.changes(base, head):
            name = quote(change["filename"])
            where = base if change["status"] == "removed" else head
            files.append(
                {
                    **change,
                    "blob_url": f"{self.page_url}/blob/{where}/{name}",
                    "raw_url": f"{self.page_url}/raw/{where}/{name}",
                    "contents_url": f"{self.api}/contents/{name}?ref={where}",
                }
            )
        return files

    def _repos_get_commit(self, operation: Json, asked: Asked) -> Told:
        ref = asked.path["ref"]
        sha = self.resolve(ref)
        if not self.objects.kind(sha):
            return refusal(422, f"No commit found for SHA: {ref}")
        parents = self.objects.commit(sha).parents
        known = [p for p in parents if self.objects.kind(p)]
        files = self.entries(known[0] if known else "", sha)
        counts = {
            key: sum(file[key] for file in files) for key in ("additions", "deletions")
        }
        stats = {**counts, "total": sum(counts.values())}
        told = self._page(files, asked)
        whole = {**self._whole_commit(sha), "stats": stats, "files": told.body}
        return Told(200, whole, told.headers)

    def _repos_compare_commits_with_basehead(
        self, operation: Json, asked: Asked
    ) -> Told:
        one, _, two = asked.path["basehead"].partition("...")
        base, head = (self.resolve(n.rpartition(":")[2]) for n in (one, two))
        if not (self.objects.kind(base) and self.objects.kind(head)):
            return missing()
        before, after = self.objects.history(base), self.objects.history(head)
        ahead = [sha for sha in after if sha not in set(before)]
        behind = [sha for sha in before if sha not in set(after)]
        start = self.diff.merge_base(base, head)
        if not start:
            return refusal(404, f"No common ancestor between {one} and {two}.")
        status = {
            (False, False): "identical",
            (True, False): "ahead",
            (False, True): "behind",
            (True, True): "diverged",
        }[bool(ahead), bool(behind)]
        commits = [self._whole_commit(sha) for sha in reversed(ahead)]
        told = self._page(commits, asked)
        url = f"{self.api}/compare/{quote(one)}...{quote(two)}"
        page = f"{self.page_url}/compare/{quote(one)}...{quote(two)}"
        body = {
            "url": url,
            "html_url": page,
            "permalink_url": f"{self.page_url}/compare/{base}...{head}",
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "base_commit": self._whole_commit(base),
            "merge_base_commit": self._whole_commit(start),
            "status": status,
            "ahead_by": len(ahead),
            "behind_by": len(behind),
            "total_commits": len(ahead),
            "commits": told.body,
            "files": self.entries(start, head)[:COMPARED_FILES],
        }
        return Told(200, body, told.headers)
