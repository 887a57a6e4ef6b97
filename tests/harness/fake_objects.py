"""Git's objects under their true names: made, read, taken from git and given back."""

from __future__ import annotations

import hashlib
import os
import subprocess
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

TREE = "040000"
SUBMODULE = "160000"


class Entry(NamedTuple):
    """What a folder holds under a name."""

    mode: str
    sha: str

    @property
    def kind(self) -> str:
        """What kind of object it is."""
        return {TREE: "tree", SUBMODULE: "commit"}.get(self.mode, "blob")


class Commit(NamedTuple):
    """A commit; `author` and `committer` are lines as git keeps them."""

    tree: str
    parents: tuple[str, ...]
    author: str
    committer: str
    message: str


class Objects:
    """A store of blobs, trees, commits and tags."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[str, bytes]] = {}

    def kind(self, sha: str) -> str:
        """What an object is; empty when there is none."""
        return self._held.get(sha, ("", b""))[0]

    def read(self, sha: str) -> bytes:
        """What an object holds."""
        return self._held[sha][1]

    def write(self, kind: str, data: bytes) -> str:
        """Keep an object; its name."""
        header = f"{kind} {len(data)}\0".encode()
        sha = hashlib.sha1(header + data, usedforsecurity=False).hexdigest()
        self._held[sha] = (kind, data)
        return sha

    def named(self, start: str) -> list[str]:
        """The commits whose names start so."""
        return [
            sha
            for sha, (kind, _) in self._held.items()
            if kind == "commit" and sha.startswith(start)
        ]

    def tree(self, sha: str) -> dict[str, Entry]:
        """What a folder holds, name -> entry, in git's order."""
        data, found, at = self.read(sha), {}, 0
        while at < len(data):
            end = data.index(b"\0", at)
            mode, _, name = data[at:end].partition(b" ")
            entry = Entry(mode.decode().zfill(6), data[end + 1 : end + 21].hex())
            found[name.decode("utf-8", "surrogateescape")] = entry
            at = end + 21
        return found

    def write_tree(self, entries: Mapping[str, Entry]) -> str:
        """Keep a folder; its name."""
        parts = []
        for name, entry in entries.items():
            raw = name.encode("utf-8", "surrogateescape")
            line = entry.mode.lstrip("0").encode() + b" " + raw + b"\0"
            # Git sorts a folder as if its name ended with a slash.
            order = raw + b"/" if entry.mode == TREE else raw
            parts.append((order, line + bytes.fromhex(entry.sha)))
        return self.write("tree", b"".join(part for _, part in sorted(parts)))

    def files(self, tree: str, below: str = "") -> dict[str, Entry]:
        """All that a tree holds, folders too, path -> entry."""
        found = {}
        for name, entry in self.tree(tree).items():
            found[below + name] = entry
            if entry.mode == TREE:
                found.update(self.files(entry.sha, f"{below}{name}/"))
        return found

    def change(self, tree: str | None, changes: Mapping[str, Entry | None]) -> str:
        """A tree with other entries at paths, None for one that goes; its name."""
        entries = self.tree(tree) if tree else {}
        below: dict[str, dict[str, Entry | None]] = {}
        for path, entry in changes.items():
            name, _, rest = path.partition("/")
            if rest:
                below.setdefault(name, {})[rest] = entry
            elif entry is None:
                entries.pop(name, None)
            else:
                entries[name] = entry
        for name, inner in below.items():
            old = entries.get(name)
            sha = self.change(old.sha if old and old.mode == TREE else None, inner)
            if self.tree(sha):
                entries[name] = Entry(TREE, sha)
            elif old and old.mode == TREE:  # git keeps no empty folder
                del entries[name]
        return self.write_tree(entries)

    def find(self, tree: str, path: str) -> Entry | None:
        """What a tree holds at a path; an empty one is the tree itself."""
        entry = Entry(TREE, tree)
        for name in filter(None, path.split("/")):
            inner = self.tree(entry.sha).get(name) if entry.mode == TREE else None
            if inner is None:
                return None
            entry = inner
        return entry

    def commit(self, sha: str) -> Commit:
        """A commit's parts."""
        head, _, message = self.read(sha).decode("utf-8", "replace").partition("\n\n")
        lines = [line.partition(" ") for line in head.split("\n")]
        values = {key: value for key, _, value in lines if key}
        parents = tuple(value for key, _, value in lines if key == "parent")
        tree, author, committer = (values[k] for k in ("tree", "author", "committer"))
        return Commit(tree, parents, author, committer, message)

    def write_commit(self, commit: Commit) -> str:
        """Keep a commit; its name."""
        lines = [
            f"tree {commit.tree}",
            *(f"parent {parent}" for parent in commit.parents),
            f"author {commit.author}",
            f"committer {commit.committer}",
        ]
        text = "\n".join(lines) + "\n\n" + commit.message
        return self.write("commit", text.encode("utf-8", "surrogateescape"))

    def peel(self, sha: str) -> str:
        """The commit that a tag's object is about; any other object itself."""
        while self.kind(sha) == "tag":
            sha = self.read(sha).split(b"\n", 1)[0].split()[1].decode()
        return sha

    def history(self, sha: str) -> list[str]:
        """A commit and all before it, as far as they are known, newest first."""
        found: dict[str, None] = {}
        waiting = [sha]
        while waiting:
            here = waiting.pop(0)
            if here not in found and self.kind(here) == "commit":
                found[here] = None
                waiting += self.commit(here).parents
        return list(found)

    def take(self, folder: Path, commits: Iterable[str]) -> None:
        """Copy commits of a clone, and all that they stand on."""
        listed = git(folder, "rev-list", "--objects", *commits).split(b"\n")
        names = b"\n".join(line[:40] for line in listed if line) + b"\n"
        data = git(folder, "cat-file", "--batch", given=names)
        at = 0
        while at < len(data):
            end = data.index(b"\n", at)
            sha, kind, size = data[at:end].decode().split()
            at = end + 1 + int(size)
            if self.write(kind, data[end + 1 : at]) != sha:
                raise ValueError(f"{folder}: the object {sha} has another name here")
            at += 1

    def give(self, folder: Path, refs: Mapping[str, str], head: str) -> None:
        """Make a bare repository of a folder, with all objects and these refs."""
        if not folder.exists():
            folder.mkdir(parents=True)
            git(folder, "init", "-q", "--bare")
        for sha, (kind, data) in self._held.items():
            path = folder / "objects" / sha[:2] / sha[2:]
            if not path.exists():
                path.parent.mkdir(exist_ok=True)
                header = f"{kind} {len(data)}\0".encode()
                path.write_bytes(zlib.compress(header + data, 1))
        lines = (f"{sha} {ref}\n" for ref, sha in sorted(refs.items()))
        packed = "# pack-refs with: sorted\n" + "".join(lines)
        (folder / "packed-refs").write_text(packed, "utf-8", newline="\n")
        (folder / "HEAD").write_text(f"ref: {head}\n", "utf-8", newline="\n")

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


def git(folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    """What git says; nobody's own settings are read."""
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **own},
        input=given,
        capture_output=True,
    )
    if done.returncode:
        raise ValueError(f"git {arguments[0]}: {done.stderr.decode(errors='replace')}")
    return done.stdout
