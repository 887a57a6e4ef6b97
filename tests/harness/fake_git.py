"""Git's database over REST: blobs, trees, commits and refs, with their true names."""

from __future__ import annotations

import base64
import binascii
import re

from contract import Asked, Json
from fake_base import Told, missing, refusal
from fake_objects import Commit, Entry
from fake_store import Store

LARGE = 100 * 1024 * 1024


def encoded(data: bytes) -> str:
    """Base64 in lines, as GitHub writes it."""
    return base64.encodebytes(data).decode()


class Git(Store):
    """Answers about the objects and refs of the repository."""

    tree_limit = 100_000

    def _empty(self) -> Told | None:
        if self.state.refs:
            return None
        return refusal(409, "Git Repository is empty.")

    def _git_create_blob(self, operation: Json, asked: Asked) -> Told:
        if empty := self._empty():
            return empty
        data = asked.body["content"].encode()
        if asked.body.get("encoding", "utf-8") == "base64":
            try:
                data = base64.b64decode(re.sub(rb"\s", b"", data), validate=True)
            except binascii.Error:
                return refusal(422, "Content is not valid Base64")
        sha = self.objects.write("blob", data)
        return Told(201, {"sha": sha, "url": f"{self.api}/git/blobs/{sha}"})

    def _git_get_blob(self, operation: Json, asked: Asked) -> Told:
        sha = asked.path["file_sha"]
        if self.objects.kind(sha) != "blob":
            return missing()
        data = self.objects.read(sha)
        if len(data) > LARGE:
            return refusal(403, "This API returns blobs up to 100 MB in size.")
        if "raw" in asked.headers.get("accept", ""):
            return Told(200, data, {"Content-Type": "application/vnd.github.raw+json"})
        body = {
            "sha": sha,
            "node_id": self.node("B", sha),
            "size": len(data),
            "url": f"{self.api}/git/blobs/{sha}",
            "content": encoded(data),
            "encoding": "base64",
        }
        return Told(200, body)

    def _tree(self, sha: str, recursive: bool = False) -> Json:
        found = self.objects.files(sha) if recursive else self.objects.tree(sha)
        items = []
        for path, entry in list(found.items())[: self.tree_limit]:
            item: Json = {"path": path, "mode": entry.mode, "type": entry.kind}
            item["sha"] = entry.sha
            if entry.kind == "blob":
                item["size"] = len(self.objects.read(entry.sha))
            if entry.kind != "commit":
                item["url"] = f"{self.api}/git/{entry.kind}s/{entry.sha}"
            items.append(item)
        url = f"{self.api}/git/trees/{sha}"
        cut = len(found) > self.tree_limit
        return {"sha": sha, "url": url, "tree": items, "truncated": cut}

    def _git_get_tree(self, operation: Json, asked: Asked) -> Told:
        ref = asked.path["tree_sha"]
        sha = ref if self.objects.kind(ref) == "tree" else self.resolve(ref)
        if self.objects.kind(sha) == "commit":
            sha = self.objects.commit(sha).tree
        if self.objects.kind(sha) != "tree":
            return missing()
        # Whatever it is set to, also to false.
        return Told(200, self._tree(sha, "recursive" in asked.query))

    def _git_create_tree(self, operation: Json, asked: Asked) -> Told:
        if empty := self._empty():
            return empty
        base = asked.body.get("base_tree")
        if base is not None:
            if self.objects.kind(base) == "commit":
                base = self.objects.commit(base).tree
            if self.objects.kind(base) != "tree":
                return refusal(422, "base_tree is not a valid tree oid")
        changes: dict[str, Entry | None] = {}
        for item in asked.body["tree"]:
            if wrong := self._wrong(item, base):
                return refusal(422, wrong)
            changes[item["path"]] = self._entry(item)
        if not changes:
            return refusal(422, "Invalid tree info")
        return Told(201, self._tree(self.objects.change(base, changes)))

    def _wrong(self, item: Json, base: str | None) -> str:
        """What is wrong with an item of a new tree."""
        path, mode = item.get("path", ""), item.get("mode", "")
        parts = path.split("/")
        if not mode or not path:
            return "Must supply a valid tree.mode and tree.path"
        if {"", ".", "..", ".git"} & {part.lower() for part in parts}:
            return "tree.path contains a malformed path component"
        if ("sha" in item) == ("content" in item):
            return (
                "Must supply either tree.sha or tree.content. "
                "Request will be rejected if both are present."
            )
        if "content" in item:
            return ""
        if item["sha"] is None:
            there = base and self.objects.find(base, path)
            return "" if there else "GitRPC::BadObjectState"
        kind = Entry(mode, "").kind
        if kind != "commit" and self.objects.kind(item["sha"]) != kind:
            return f"tree.sha {item['sha']} is not a valid {kind}"
        return ""

    def _entry(self, item: Json) -> Entry | None:
        if "content" in item:
            sha = self.objects.write("blob", item["content"].encode())
            return Entry(item["mode"], sha)
        return Entry(item["mode"], item["sha"]) if item["sha"] else None

    def _commit(self, sha: str) -> Json:
        """A commit as the database's own answers have it."""
        commit = self.objects.commit(sha)
        reason = {"verified": False, "reason": "unsigned"}
        empty = {"signature": None, "payload": None, "verified_at": None}
        return {
            "sha": sha,
            "node_id": self.node("C", sha),
            "url": f"{self.api}/git/commits/{sha}",
            "html_url": f"{self.page_url}/commit/{sha}",
            "author": self.person(commit.author),
            "committer": self.person(commit.committer),
            "message": commit.message.rstrip("\n"),
            "tree": {
                "sha": commit.tree,
                "url": f"{self.api}/git/trees/{commit.tree}",
            },
            "parents": [
                {
                    "sha": parent,
                    "url": f"{self.api}/git/commits/{parent}",
                    "html_url": f"{self.page_url}/commit/{parent}",
                }
                for parent in commit.parents
            ],
            "verification": {**reason, **empty},
        }

    def _git_get_commit(self, operation: Json, asked: Asked) -> Told:
        sha = asked.path["commit_sha"]
        if self.objects.kind(sha) != "commit":
            return missing()
        return Told(200, self._commit(sha))

    def _git_create_commit(self, operation: Json, asked: Asked) -> Told:
        if empty := self._empty():
            return empty
        body = asked.body
        if self.objects.kind(body["tree"]) != "tree":
            return refusal(422, "Tree SHA does not exist")
        parents = tuple(body.get("parents", ()))
        if any(self.objects.kind(parent) != "commit" for parent in parents):
            return refusal(422, "Parent SHA does not exist or is not a commit object")
        author = body.get("author") or body.get("committer") or self.committer(asked)
        author = {**self.committer(asked), **author}
        by = {**author, **body.get("committer", {})}
        made = Commit(
            body["tree"], parents, self.line(author), self.line(by), body["message"]
        )
        return Told(201, self._commit(self.objects.write_commit(made)))

    def _ref(self, ref: str) -> Json:
        sha = self.state.refs[ref]
        kind = self.objects.kind(sha) or "commit"
        target = {"sha": sha, "type": kind, "url": f"{self.api}/git/{kind}s/{sha}"}
        url = f"{self.api}/git/{ref}"
        node = self.node("REF", ref)
        return {"ref": ref, "node_id": node, "url": url, "object": target}

    def _git_get_ref(self, operation: Json, asked: Asked) -> Told:
        if empty := self._empty():
            return empty
        ref = f"refs/{asked.path['ref']}"
        return Told(200, self._ref(ref)) if ref in self.state.refs else missing()

    def _git_list_matching_refs(self, operation: Json, asked: Asked) -> Told:
        if empty := self._empty():
            return empty
        start = f"refs/{asked.path['ref']}"
        found = sorted(ref for ref in self.state.refs if ref.startswith(start))
        return self._page([self._ref(ref) for ref in found], asked)

    def _git_create_ref(self, operation: Json, asked: Asked) -> Told:
        if empty := self._empty():
            return empty
        ref, sha = asked.body["ref"], asked.body["sha"]
        if not re.fullmatch(r"refs/[^/]+/.+", ref):
            return refusal(422, "Reference name is not refs/KIND/NAME")
        if not well_named(ref):
            return refusal(422, f"{ref} is not a valid ref name.")
        if ref in self.state.refs:
            return refusal(422, "Reference already exists")
        if not self._fits(ref, sha):
            return refusal(422, "Object does not exist")
        if any(
            r.startswith(f"{ref}/") or ref.startswith(f"{r}/") for r in self.state.refs
        ):
            return refusal(422, "Reference update failed")
        if forbidden := self.refusal_of_move(ref, sha, asked):
            return forbidden
        self.move(ref, sha)
        return Told(201, self._ref(ref), {"Location": f"{self.api}/git/{ref}"})

    def _fits(self, ref: str, sha: str) -> bool:
        """Whether a ref may point to an object: a branch only to a commit."""
        kind = self.objects.kind(sha)
        return kind == "commit" if ref.startswith("refs/heads/") else bool(kind)

    def _git_update_ref(self, operation: Json, asked: Asked) -> Told:
        if empty := self._empty():
            return empty
        ref, sha = f"refs/{asked.path['ref']}", asked.body["sha"]
        if ref not in self.state.refs:
            return refusal(422, "Reference does not exist")
        if not self._fits(ref, sha):
            return refusal(422, "Object does not exist")
        if forbidden := self.refusal_of_move(ref, sha, asked):
            return forbidden
        forced = asked.body.get("force", False)
        if not forced and self.state.refs[ref] not in self.objects.history(sha):
            return refusal(422, "Update is not a fast forward")
        self.move(ref, sha)
        return Told(200, self._ref(ref))

    def _git_delete_ref(self, operation: Json, asked: Asked) -> Told:
        if empty := self._empty():
            return empty
        ref = f"refs/{asked.path['ref']}"
        if ref not in self.state.refs:
            return refusal(422, "Reference does not exist")
        if forbidden := self.refusal_of_move(ref, None, asked):
            return forbidden
        del self.state.refs[ref]
        return Told(204)

    def _set_tree_limit(self, value: int) -> None:
        self.tree_limit = value


def well_named(ref: str) -> bool:
    """Whether git takes a name for a ref."""
    bad = re.search(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|\.$|/$", ref)
    return not bad
