"""Paths of another machine, or another folder: which of this tree's files they mean."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

_MOST = 50  # files of a name among which one is looked for
# What is installed is no file of the tree, whatever it is called.
_FOREIGN = re.compile(r"/lib/python\d[^/]*/(?!site-packages/|dist-packages/)|^<")


class Places:
    """The files of a tree, to be found by paths that begin elsewhere."""

    def __init__(self, root: Path, files: Iterable[str]) -> None:
        self._files = frozenset(files)
        self._roots = tuple(f"{plain(str(r))}/" for r in (root, root.resolve()))
        self._named: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for name in sorted(self._files):
            parts = name.split("/")
            self._named[tuple(parts[-2:])].append(name)
            self._named[(parts[-1],)].append(name)
        self._depth = max((name.count("/") + 1 for name in self._files), default=0)

    def find(self, path: str) -> str | None:
        """The one file that a single path can mean; None if there is none, or more."""
        found = self.here(path) or self.candidates(path)
        return (
            found if isinstance(found, str) else found[0] if len(found) == 1 else None
        )

    def here(self, path: str) -> str | None:
        """The file at that very path, if there is one."""
        path = plain(path)
        for root in self._roots:
            path = path.removeprefix(root)
        return path if path in self._files else None

    def candidates(self, path: str) -> tuple[str, ...]:
        """The files whose end is the path's end, as far as possible.

        At least a folder and a name have to be alike, or one of both in whole: a name
        alone, as `__init__.py`, says nothing.
        """
        path = plain(path)
        if _FOREIGN.search(path):
            return ()
        parts = path.strip("/").split("/")
        near = self._named.get(tuple(parts[-2:]), [])
        whole = path == parts[-1]
        if not near:
            alone = self._named.get((parts[-1],), [])
            near = alone if whole else [name for name in alone if "/" not in name]
        if len(near) > _MOST:
            return tuple(near)
        lengths = {name: _common(name.split("/"), parts) for name in near}
        best = max(lengths.values(), default=0)
        return tuple(name for name in near if lengths[name] == best)

    def top(self, paths: Iterable[str]) -> str:
        """The folder elsewhere below which the most of the paths are this tree's.

        Empty where no folder is better than all others.
        """
        tops: Counter[str] = Counter()
        for path in map(plain, paths):
            parts = path.split("/")
            for length in range(1, min(self._depth + 1, len(parts))):
                if "/".join(parts[-length:]) in self._files:
                    tops["/".join(parts[:-length]) + "/"] += 1
        (best, count), *others = [*tops.most_common(2), ("", 0)]
        return "" if others and others[0][1] == count else best

    def mapped(self, paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Each of the paths of one machine, with the files that it may mean.

        One is what it means; none: it is not in this tree; several: nobody can tell.
        """
        paths = tuple(paths)
        known = {path: found for path in paths if (found := self.here(path))}
        rest = [path for path in paths if path not in known]
        top = self.top(rest)
        mapped: dict[str, tuple[str, ...]] = {}
        for path in paths:
            inside = plain(path).removeprefix(top)
            if path in known:
                mapped[path] = (known[path],)
            elif top and plain(path).startswith(top) and inside in self._files:
                mapped[path] = (inside,)
            else:
                mapped[path] = self.candidates(path)
        return mapped


def plain(path: str) -> str:
    """A path with forward slashes, as Windows has it too, and without `./`."""
    if re.match(r"[A-Za-z]:[\\/]|\\\\", path) or "/" not in path:
        path = path.replace("\\", "/")
    return re.sub(r"/(\./)+", "/", path).removeprefix("./")


def _common(one: list[str], other: list[str]) -> int:
    """How many names at their ends two paths share."""
    count = 0
    for mine, theirs in zip(reversed(one), reversed(other)):
        if mine != theirs:
            break
        count += 1
    return count
