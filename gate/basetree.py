"""The tree of the base, written out to be judged as the tree of the change is."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
from pathlib import Path

from gate import git, scratch
from gate.errors import GitError
from gate.project import Project
from gate.surroundings import MAX_BYTES, SETTINGS, down_to

# Seconds since 1970, when no file of a working tree was changed: mypy takes a file of
# the same time and size for the same.
_WHEN = 1
_CODE = (".py", ".pyi", ".ipynb")


def write(project: Project, folder: Path, *, own_settings: bool = False) -> Project:
    """Write the base's tree to `folder`, and look at it as a project.

    It is judged by the settings that the tools have today: else a stricter rule would
    make all that it finds new, wherever it is. With `own_settings`, by those it had.

    Raises:
        GitError: the base is not to be had.
    """
    if project.base is None:
        raise GitError("there is no base")
    commit = project.base.commit
    blobs = git.blobs(project.root, commit)
    names = [b.path for b in blobs if _is_wanted(b.path, b.size)]
    top = git.find_root(project.root) or project.root
    root = folder / project.root.relative_to(top)
    git.export(project.root, commit, root, names)
    names += [b.path for b in blobs if _is_large(b) and _place(root / b.path, b.size)]
    # Where tools that look for settings in the folders above are to stop.
    (folder / ".git").mkdir(exist_ok=True)
    for place in down_to(top, project.root):
        if place != project.root or not own_settings:
            _copy_settings(place, folder / place.relative_to(top))
    for name in names:
        if _is_plain(root / name):  # what a link leads to may be anybody's
            os.utime(root / name, (_WHEN, _WHEN))
    (own := folder.with_name(f"{folder.name}.scratch")).mkdir()
    return dataclasses.replace(
        project,
        root=root,
        scratch=own,
        files=tuple(sorted(name for name in names if _is_plain(root / name))),
        head=commit,
        dirty=False,
        base=None,
        lock=None,
        notes=(),
        of_base=True,
        memory=None,
    )


def only(tree: Project, names: frozenset[str], folder: Path) -> Project:
    """The tree of the past as far as some of its files are concerned."""
    folder.mkdir(parents=True)
    kept = tuple(name for name in tree.files if name in names)
    return dataclasses.replace(tree, files=kept, scratch=folder)


def _is_wanted(name: str, size: int) -> bool:
    # A name with a mark where a byte is no text could not be asked for.
    return "\ufffd" not in name and (size <= MAX_BYTES or name.endswith(_CODE))


def _is_large(blob: git.Blob) -> bool:
    return "\ufffd" not in blob.path and not _is_wanted(blob.path, blob.size)


def _place(path: Path, size: int) -> bool:
    """Let there be a file of that size, of which nothing is written; whether it is."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.truncate(size)
        return True
    return False


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _copy_settings(source: Path, folder: Path) -> None:
    for name in SETTINGS:
        if not scratch.remove(folder / name):
            raise GitError(f"`{name}` of the base could not be replaced")
        if _is_plain(source / name) and (source / name).stat().st_size <= MAX_BYTES:
            shutil.copyfile(source / name, folder / name)
