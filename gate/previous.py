"""A dataset as it was at the base: git has it, and nothing else has to keep it."""

from __future__ import annotations

import contextlib
import dataclasses
import filecmp
import re
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from gate import git
from gate.data.source import EXTENSIONS, Source
from gate.errors import DataError, GateError, GitError
from gate.project import Project

if TYPE_CHECKING:
    from gate.data.columns import Kind
    from gate.data.datadiff import DataDiff
    from gate.data.statistics import Statistics

MAX_BYTES = 4 * 1024**3  # of one dataset
MAX_FILES = 500

_POINTER_BYTES = 1024
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext.*\n)*"
    rb"oid sha256:([0-9a-f]{64})\n"
)


class Previous:
    """What there was at the base.

    `said` is what the dataset is compared with, or why with nothing; `statistics` are
    None then, and where nothing was read.
    """

    def __init__(
        self,
        source: Source,
        path: str,
        key: tuple[str, ...],
        usual: tuple[str, ...] = (),
    ) -> None:
        self.source = source
        self.path = path
        self.key = key
        self.usual = usual  # the key where none is asked for, and both have it
        self.old = source
        self.statistics: Statistics | None = None
        self.said = ""

    def read(
        self, project: Project, kinds: Mapping[str, Kind] | None, scratch: Path
    ) -> None:
        """Read it, each column of its kind if it has one, by files in `scratch`."""
        from gate.data import statistics

        if project.base is None:
            self.said = "nothing: there is no base"
            return
        commit = project.base.commit
        try:
            if not extract(project.root, commit, self.path, scratch):
                self.said = f"nothing: the base has no {self.path}"
                return
            self.old = dataclasses.replace(
                self.source,
                path=scratch / self.path,
                shown=f"{self.path} (base)",
                root=scratch,
            )
            self.statistics = statistics.compute(self.old, kinds)
            self.said = f"the base, {commit[:10]}"
        except GateError as error:
            # The base is not what is judged: this change may be what mends it.
            self.said = f"nothing: at the base, {error.message}"

    def diff(self, now: Statistics | None) -> DataDiff | None:
        """How the data changed since, where it did."""
        from gate.data import datadiff

        if self.statistics is None or now is None:
            return None
        if self._same():
            self.said += ": the same"
            return None
        known = (self.statistics, now)
        both = [{feature.name for feature in one.features} for one in known]
        usual = (
            self.usual if all(names.issuperset(self.usual) for names in both) else ()
        )
        key = self.key or usual
        try:
            return datadiff.diff(self.old, self.source, key, known=known)
        except DataError as error:
            self.said += f"; no list of changes: {error.message}"
            return None

    def _same(self) -> bool:
        """Whether it is one file, byte by byte as before."""
        old, new = self.old.path, self.source.path
        both = old.is_file() and new.is_file()
        return both and filecmp.cmp(old, new, shallow=False)


def is_pattern(path: str) -> bool:
    """Whether a path stands for all files of such names."""
    return any(sign in path for sign in "*?[")


def extract(root: Path, commit: str, path: str, folder: Path) -> bool:
    """Write the files of a dataset as they are at a commit; whether there are any.

    Raises:
        GitError: they are too many or too large.
    """
    parts = PurePosixPath(path.replace("\\", "/")).parts
    if is_pattern(path) and not git.blobs(root, commit, "/".join(parts)):
        parts = parts[: next(i for i, part in enumerate(parts) if is_pattern(part))]
    below = "/".join(parts)
    found = [
        blob
        for blob in git.blobs(root, commit, below)
        if blob.path == below or _is_part(blob.path)
    ]
    if len(found) > MAX_FILES or sum(blob.size for blob in found) > MAX_BYTES:
        raise GitError(f"more than {MAX_FILES} files, or {MAX_BYTES:,} bytes")
    for blob in found:
        target = folder / blob.path
        with contextlib.suppress(OSError, ValueError):
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                git.copy(root, blob, file)
            if blob.size < _POINTER_BYTES:
                _follow(root, target)
    return bool(found)


def _follow(root: Path, target: Path) -> None:
    """Put the data in the place of its pointer, where Git LFS has fetched it."""
    pointer = _POINTER.match(target.read_bytes())
    data = git.lfs_object(root, pointer[1].decode()) if pointer else None
    if data is not None and data.stat().st_size <= MAX_BYTES:
        shutil.copyfile(data, target)


def _is_part(path: str) -> bool:
    """Whether a file may be one of a dataset, and its name stays where it is put."""
    if ".." in path.split("/") or path.startswith("/") or "\\" in path or ":" in path:
        return False
    # The JSON files tell of the others in a folder.
    return path.lower().endswith((*EXTENSIONS, ".json"))
