"""What a check said of a tree is what it says of an equal one: it is not asked again.

An answer is kept with a digest of all that it depends on, and never looked at in any
other way, so that none is out of date: whoever gives less than all of it breaks that.
"""

from __future__ import annotations

import functools
import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from gate.cache import Cache
from gate.code import ipynb
from gate.findings import Finding, Result, Status

_CODE = (".py", ".pyi", ".ipynb")
# What sets up a tool for code, wherever it is.
_SETTINGS = frozenset(
    ".coveragerc .editorconfig .flake8 .gitignore .isort.cfg pyproject.toml pytest.ini"
    " .pytest.ini setup.cfg tox.ini".split()
)
_START = 8192  # bytes that tell whether a file is text
_MOST = ipynb.MAX_BYTES  # of a text that is no code: no check reads more of one

_Table = dict[str, tuple[str, tuple[Finding, ...]]]  # of a path: its digest, and what


class Memory:
    """What is known of the trees at a root that are equal to the one there now.

    `around` is what all answers depend on besides the files. A file's digest is taken
    before any check reads it, and a file that has changed since is not remembered.
    """

    def __init__(
        self, root: Path, files: Iterable[str], around: object, cache: Cache
    ) -> None:
        """Look at the code; at the other files only when somebody asks."""
        self._root = root
        self._files = tuple(files)
        self._around = _digest(around)
        self._cache = cache
        self._seen: dict[str, tuple[str, tuple[int, ...]]] = {}
        self._lock = threading.Lock()  # the checks are threads
        self.code = self._digests(filter(_is_code, self._files))

    @functools.cached_property
    def everything(self) -> str:
        """The digest of all files."""
        with self._lock:
            return self._digests(self._files)

    def result(
        self, check: str, options: Any, depends: object, run: Callable[[], Result]
    ) -> Result:
        """What a check says by its options of all that it `depends` on."""
        key = [check, msgspec.to_builtins(options), depends, self._around]
        if (found := self._cache.read(key, Result)) is not None:
            return found
        found = run()
        if found.status in (Status.PASSED, Status.FAILED) and self._is_same():
            self._cache.write(key, found)
        return found

    def by_file(
        self,
        check: str,
        depends: object,
        paths: Sequence[str],
        look: Callable[[Sequence[str]], Iterable[Finding]],
    ) -> list[Finding]:
        """What a look at files finds, where each is judged by itself: in their order.

        `depends` is what else the answers depend on. It is called with the files that
        are new or have changed; what it says of any other one is left out.
        """
        key = [check, depends, self._around]
        table = self._cache.read(key, _Table) or {}
        known = {
            path: table[path]
            for path in paths
            if path in table and table[path][0] == self._of(path)
        }
        if rest := [path for path in paths if path not in known]:
            found: dict[str, list[Finding]] = {path: [] for path in rest}
            for finding in look(rest):
                if finding.path in found:
                    found[finding.path].append(finding)
            known |= {path: (self._of(path), tuple(found[path])) for path in rest}
            if self._is_same():
                self._cache.write(key, known)
        return [finding for path in paths for finding in known[path][1]]

    def _of(self, path: str) -> str:
        return self._seen[path][0] if path in self._seen else self._digests([path])

    def _digests(self, paths: Iterable[str]) -> str:
        whole = hashlib.blake2b(digest_size=32)
        for path in paths:
            if path not in self._seen:
                file = self._root / path
                stamp = _stamp(file)  # before it is read: who changes it is seen
                self._seen[path] = (_of_file(file), stamp)
            whole.update(f"{len(path)} {path} {self._seen[path][0]}\n".encode())
        return whole.hexdigest()

    def _is_same(self) -> bool:
        """Whether no file has changed since it was looked at."""
        seen = self._seen.copy()
        return all(seen[path][1] == _stamp(self._root / path) for path in seen)


def _is_code(path: str) -> bool:
    return path.endswith(_CODE) or path.rpartition("/")[2] in _SETTINGS


def _digest(value: object) -> str:
    data = msgspec.json.encode(value, order="deterministic")
    return hashlib.blake2b(data, digest_size=32).hexdigest()


def _stamp(file: Path) -> tuple[int, ...]:
    try:
        at = os.stat(file)
    except OSError:
        return ()
    return (at.st_size, at.st_mtime_ns, at.st_ctime_ns, at.st_ino, at.st_mode)


def _of_file(file: Path) -> str:
    """A digest of what is in a file: of one that is no text, of its start and size."""
    try:
        with file.open("rb") as opened:
            start = opened.read(_START)
            told = hashlib.blake2b(start, digest_size=32)
            told.update(f"\n{os.fstat(opened.fileno()).st_size}".encode())
            if _is_code(file.name) or b"\0" not in start:
                most = -1 if _is_code(file.name) else _MOST
                told.update(opened.read(most))
            return told.hexdigest()
    except OSError:
        return "not read"
