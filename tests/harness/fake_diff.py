"""What differs between two commits, as GitHub tells it: files, patches, lines.

Git itself computes it, in a folder of its own that holds the same objects.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import NamedTuple

from contract import Json
from fake_objects import Objects, git

# GitHub shows no more of a single file.
LINES = 20_000
BYTES = 500 * 1024
EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed"}


class Line(NamedTuple):
    """A line of a patch: its place in it, and its numbers in both versions."""

    position: int
    hunk: int
    old: int | None
    new: int | None
    text: str


class Diff:
    """Compares the commits of a store."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._folder: Path | None = None
        self._written = -1
        self._known: dict[tuple[str, str], list[Json]] = {}

    def _git(self, *arguments: str) -> bytes:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="fake-github-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        folder = self._folder / "objects.git"
        if self._written != len(self._objects):
            self._objects.give(folder, {}, "refs/heads/main")
            self._written = len(self._objects)
        return git(folder, *arguments)

    def merge_base(self, one: str, two: str) -> str:
        """Where two histories parted; empty for histories without a common commit."""
        if one in self._objects.history(two):
            return one
        try:
            return self._git("merge-base", one, two).decode().strip()
        except ValueError:
            return ""

    def changes(self, base: str, head: str) -> list[Json]:
        """The files that differ; `base` may be empty for nothing at all."""
        trees = [self._objects.commit(c).tree if c else EMPTY for c in (base, head)]
        key = (trees[0], trees[1])
        if key not in self._known:
            self._known[key] = self._compare(*key)
        return self._known[key]

    def _compare(self, base: str, head: str) -> list[Json]:
        options = ("-r", "-M", "--full-index", "-l0", base, head)
        raw = self._git("diff-tree", "--raw", "-z", *options).decode("utf-8", "replace")
        text = self._git("diff-tree", "-p", *options).decode("utf-8", "replace")
        sections = re.split(r"^diff --git .*\n", text, flags=re.M)[1:]
        fields, found = raw.split("\0"), []
        while fields and fields[0]:
            old_mode, mode, old, new, status = fields.pop(0)[1:].split()
            names = [fields.pop(0) for _ in range(2 if status[0] == "R" else 1)]
            # A file that becomes a link is told as two patches.
            patches = [sections.pop(0) for _ in range(2 if status[0] == "T" else 1)]
            change: Json = {
                "sha": old if status == "D" else new,
                "filename": names[-1],
                "status": STATUS.get(status[0], "changed"),
                **_patch(patches),
            }
            if status == "M" and old == new and mode != old_mode:
                change["status"] = "changed"
            if status[0] == "R":
                change["previous_filename"] = names[0]
            found.append(change)
        return found

    def lines(self, base: str, head: str, path: str) -> list[Line] | None:
        """The lines of a file's patch; None when the file does not differ."""
        for change in self.changes(base, head):
            if change["filename"] == path:
                return lines_of(change.get("patch", ""))
        return None

    def moved(self, one: str, two: str, path: str, line: int) -> int | None:
        """Where a line of a file is in a later version; None when it is gone."""
        options = ("-U0", "-M", self._objects.commit(one).tree)
        tree = self._objects.commit(two).tree
        if self._objects.find(tree, path) is None:
            return None
        text = self._git("diff-tree", "-r", "-p", *options, tree, "--", path).decode(
            "utf-8", "replace"
        )
        shift = 0
        for match in re.finditer(HUNK, text, re.M):
            start, count, _, added = (int(n or 1) for n in match.groups())
            if line < start or (count == 0 and line <= start):
                break
            if start <= line < start + count:
                return None
            shift += added - count
        return line + shift


HUNK = r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@"


def _patch(sections: list[str]) -> Json:
    """The numbers and the patch of a file, without the patch's own header."""
    starts = [(s, re.search(HUNK, s, re.M)) for s in sections]
    patch = "".join(s[start.start() :] for s, start in starts if start)
    patch = patch.removesuffix("\n")
    signs = [line[:1] for line in patch.split("\n")]
    counts = {"additions": signs.count("+"), "deletions": signs.count("-")}
    found: Json = {**counts, "changes": sum(counts.values())}
    if patch and len(signs) <= LINES and len(patch.encode()) <= BYTES:
        found["patch"] = patch
    return found


def lines_of(patch: str) -> list[Line]:
    """The lines of a patch, with the numbers they can be commented at."""
    found: list[Line] = []
    old = new = hunk = 0
    for position, text in enumerate(patch.split("\n") if patch else []):
        if match := re.match(HUNK, text):
            old, new, hunk = int(match[1]), int(match[3]), hunk + 1
            continue
        if text.startswith("\\"):
            continue
        left, right = text[:1] != "+", text[:1] != "-"
        line = Line(position, hunk, old if left else None, new if right else None, text)
        found.append(line)
        old, new = old + left, new + right
    return found
