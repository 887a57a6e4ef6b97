"""The tree of the base, written out to be judged as the tree of the change is."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gate import git, process, scratch
from gate.errors import GitError
from gate.project import Project

# What tools are set up by, where they look for it: in the root and above it.
SETTINGS = (
    "pyproject.toml setup.cfg tox.ini .flake8 mypy.ini .mypy.ini .isort.cfg .gitignore"
).split()
MAX_BYTES = 1_000_000  # of a file that is no code: no tool for code needs a larger one
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
    for place in _down_to(top, project.root):
        if place != project.root or not own_settings:
            _copy_settings(place, folder / place.relative_to(top))
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


def _down_to(top: Path, root: Path) -> Iterator[Path]:
    yield top
    place = top
    for part in root.relative_to(top).parts:
        place /= part
        yield place


def _copy_settings(source: Path, folder: Path) -> None:
    for name in SETTINGS:
        if not scratch.remove(folder / name):
            raise GitError(f"`{name}` of the base could not be replaced")
        if _is_plain(source / name) and (source / name).stat().st_size <= MAX_BYTES:
            shutil.copyfile(source / name, folder / name)


def settings(project: Project) -> Iterator[tuple[str, bytes]]:
    """The files that tools are set up by today, with what they hold."""
    top = git.find_root(project.root) or project.root
    for place in _down_to(top, project.root):
        for name in SETTINGS:
            path = place / name
            if _is_plain(path) and path.stat().st_size <= MAX_BYTES:
                yield path.relative_to(top).as_posix(), path.read_bytes()


@dataclass(frozen=True, kw_only=True)
class Installed:
    """What the project's Python has: distributions, and folders of the project's own.

    Such a folder is on its path where the project was installed to be edited.
    """

    distributions: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


_QUESTION = """
import json, os, sys
found = []
for folder in sys.path:
    try:
        found += [n for n in os.listdir(folder) if n.endswith(("-info", ".egg-link"))]
    except OSError:
        pass
prefixes = [sys.prefix, sys.base_prefix]
print(json.dumps({"found": sorted(found), "path": sys.path, "prefixes": prefixes}))
"""


def installed(project: Project) -> Installed:
    """Ask the project's Python; what it does not say is not there."""
    with tempfile.TemporaryDirectory(prefix="gate-") as empty:
        words = (project.python.path, "-c", _QUESTION)
        done = process.run(words, cwd=Path(empty), timeout=60)
    with contextlib.suppress(ValueError, KeyError, TypeError, OSError):
        answer = json.loads(done.stdout)
        prefixes = [Path(prefix).resolve() for prefix in answer["prefixes"]]
        own = []
        for place in filter(None, answer["path"]):
            path = Path(place).resolve()
            inside = path == project.root or project.root in path.parents
            if inside and not any(p == path or p in path.parents for p in prefixes):
                own.append(PurePosixPath(path.relative_to(project.root)).as_posix())
        return Installed(distributions=tuple(answer["found"]), own=tuple(own))
    return Installed()
