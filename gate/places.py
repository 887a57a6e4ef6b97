"""Paths of another machine, or another folder: which of this tree's files they mean."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_MOST = 100  # files of a name among which one is looked for
# What is installed is no file of the tree, whatever it is called.
_FOREIGN = re.compile(r"/lib/python\d[^/]*/(?!site-packages/|dist-packages/)|^<")


class Places:
    """The files of a tree, to be found by paths that begin elsewhere."""

    def __init__(self, root: Path, files: Iterable[str]) -> None:
        self._files = frozenset(files)
        self._roots = tuple(f"{plain(str(r))}/" for r in (root, root.resolve()))
        self._named: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for name in sorted(self._files):
            parts = tuple(name.split("/"))
            for key in {parts[-2:], parts[-1:]}:
                self._named[key].append(name)

    def find(self, path: str) -> str | None:
        """The one file that a single path can mean; None if there is none, or more."""
        if here := self.here(path):
            return here
        likely = self._likely(path)
        best = max((length for _, length in likely), default=0)
        found = [name for name, length in likely if length == best]
        return found[0] if len(found) == 1 else None

    def here(self, path: str) -> str | None:
        """The file at that very path, if there is one."""
        path = plain(path)
        for root in self._roots:
            path = path.removeprefix(root)
        return path if path in self._files else None

    def mapped(self, paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Each of the paths of one machine, with the files that it may mean.

        One is what it means; none: it is not in this tree; several: nobody can tell.
        Of several the one counts that fits into a folder there, which is a folder
        here, with the most other paths.
        """
        mapped: dict[str, tuple[str, ...]] = {}
        likely: dict[str, dict[str, tuple[str, str]]] = {}
        for path in paths:
            if here := self.here(path):
                mapped[path] = (here,)
            else:
                likely[path] = {
                    name: _folders(plain(path), name, length)
                    for name, length in self._likely(path)
                }
        votes = Counter(pair for pairs in likely.values() for pair in pairs.values())
        for path, pairs in likely.items():
            mapped[path] = _most(pairs, votes)
        return mapped

    def _likely(self, path: str) -> list[tuple[str, int]]:
        """The files that end as a path does, each with how many names they share.

        At least a folder and a name have to be alike, or one of both in whole: a name
        alone, as `__init__.py`, says nothing.
        """
        path = plain(path)
        if _FOREIGN.search(path):
            return []
        parts = tuple(path.strip("/").split("/"))
        near = self._named.get(parts[-2:], [])
        if len(parts) > 1 and parts[-1] in self._files:
            near = [*near, parts[-1]]
        elif path.startswith("/") and len(parts) == 1:
            return []
        if len(near) > _MOST:  # only those that are its end in whole
            ends = ("/".join(parts[-n:]) for n in range(1, min(len(parts), 100) + 1))
            near = [end for end in ends if end in self._files]
        return [(name, _common(name.split("/"), parts)) for name in near]


def _folders(path: str, name: str, length: int) -> tuple[str, str]:
    """The folder there and the folder here, below which two paths are the same."""
    there, here = path.split("/")[:-length], name.split("/")[:-length]
    return "/".join(there), "/".join(here)


def _most(
    pairs: Mapping[str, tuple[str, str]], votes: Mapping[tuple[str, str], int]
) -> tuple[str, ...]:
    """The files whose folders have the most votes; of equals the one alike longest."""
    most = max((votes[pair] for pair in pairs.values()), default=0)
    best = [name for name, pair in pairs.items() if votes[pair] == most]
    if sum(not pairs[name][1] for name in best) < 2:  # in whole
        least = min((len(pairs[name][0]) for name in best), default=0)
        best = [name for name in best if len(pairs[name][0]) == least]
    return tuple(best)


def plain(path: str) -> str:
    """A path with forward slashes, as Windows has it too, and without `./`."""
    if re.match(r"[A-Za-z]:[\\/]|\\\\", path) or "/" not in path:
        path = path.replace("\\", "/")
    return re.sub(r"/(\./)+", "/", path).removeprefix("./")


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many names at their ends two paths share."""
    count = 0
    for mine, theirs in zip(reversed(one), reversed(other)):
        if mine != theirs:
            break
        count += 1
    return count
