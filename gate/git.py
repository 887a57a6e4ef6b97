"""The only place that calls git: files, commits and changed lines, as git has them."""

from __future__ import annotations

import contextlib
import os
import posixpath
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gate import process
from gate.errors import GitError, ToolError
from gate.gitdiff import added_lines, path_of

_LINK = b"120000"  # the mode of a symbolic link
_MOST_LINKS = 8
TIMEOUT = 120.0  # seconds; a status of a huge repository on a cold disk takes a while

# What a user's own configuration could change about the output that we read, and
# what a repository's could make git run (hooks, fsmonitor, external diffs). In a
# container the clone is often another user's, which git refuses unless told.
_PLAIN_DIFF = (
    "--unified=0 --inter-hunk-context=0 --diff-algorithm=default -O/dev/null"
    " --no-color --no-ext-diff --no-textconv --ignore-submodules --relative"
    " --src-prefix=a/ --dst-prefix=b/"
).split()
_NAMES_ONLY = "--name-only -z --no-renames --ignore-submodules --relative".split()
_PLAIN = (
    "-c core.quotepath=off -c core.fsmonitor=false -c core.hooksPath=/dev/null"
    " -c diff.noprefix=false -c diff.mnemonicPrefix=false -c color.ui=never"
    " -c diff.renames=true -c safe.directory=*"
).split()


def find_root(folder: Path) -> Path | None:
    """The top of the work tree that `folder` is in, None outside of one."""
    try:
        return Path(_text(folder, "rev-parse", "--show-toplevel")).resolve()
    except GitError:
        return None


def commit(root: Path, ref: str) -> str | None:
    """The commit (40 hex digits) that a name stands for, None if there is none."""
    if ref.startswith("-"):
        return None
    try:
        return _text(
            root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^0"
        )
    except GitError:
        return None


def parents(root: Path, ref: str) -> tuple[str, ...]:
    """The parents of a commit, the first one first; () if it is not at hand."""
    try:
        return tuple(_text(root, "rev-list", "--parents", "-n1", ref, "--").split()[1:])
    except GitError:
        return ()


def ancestors(root: Path, ref: str, most: int) -> tuple[str, ...]:
    """A commit and those before it on its branch, the newest first, at most `most`.

    Of a merge only the branch that was merged into counts.
    """
    listed = _text(root, "rev-list", "--first-parent", f"-n{most}", ref, "--")
    return tuple(listed.split())


def merge_base(root: Path, one: str, other: str) -> str | None:
    """The newest commit that both have in common, None if there is none at hand."""
    try:
        return _text(root, "merge-base", one, other)
    except GitError:
        return None


def default_branch(root: Path) -> str | None:
    """The remote's default branch as a name that resolves (`origin/main`)."""
    try:
        return _text(root, "rev-parse", "--abbrev-ref", "origin/HEAD")
    except GitError:
        names = ("origin/main", "origin/master", "main", "master")
        return next((name for name in names if commit(root, name)), None)


def remote_url(root: Path, name: str = "origin") -> str | None:
    """The address that a remote is fetched from, None if there is no such remote."""
    try:
        return _text(root, "remote", "get-url", "--", name)
    except GitError:
        return None


def is_shallow(root: Path) -> bool:
    """Whether the clone has only the newest commits."""
    try:
        return _text(root, "rev-parse", "--is-shallow-repository") == "true"
    except GitError:
        return False


def is_dirty(root: Path) -> bool:
    """Whether tracked files below `root` differ from the newest commit."""
    try:
        return bool(_run(root, "status", "--porcelain", "-uno", "-z", "--", "."))
    except GitError:
        return False


def files(root: Path) -> tuple[str, ...]:
    """The files below `root` that are tracked, or new and not ignored; sorted.

    Paths are relative to `root`, with forward slashes.
    """
    listed = _run(
        root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "."
    )
    return tuple(sorted({path_of(name) for name in listed.split(b"\0") if name}))


def tracked(root: Path) -> frozenset[str]:
    """The files below `root` that git has, or is about to have."""
    listed = _run(root, "ls-files", "-z", "--cached", "--", ".")
    return frozenset(path_of(name) for name in listed.split(b"\0") if name)


def is_tracked(root: Path, name: str) -> bool:
    """Whether git has a file, or one of a folder, of that name in whatever case."""
    try:
        return bool(_run(root, "ls-files", "-z", "--", f":(icase,literal){name}"))
    except GitError:
        return find_root(root) is not None  # in doubt it is a stranger's


_PYTHON = ("--", "*.py", "*.pyi")
_NOTEBOOKS = ("--", "*.ipynb")


def edited(root: Path) -> frozenset[str]:
    """The Python files below `root` that are not as in the newest commit."""
    differ = _run(root, "diff", *_NAMES_ONLY, "HEAD", *_PYTHON)
    untracked = _run(root, "ls-files", "-z", "-o", "--exclude-standard", *_PYTHON)
    return frozenset(map(path_of, filter(None, (differ + untracked).split(b"\0"))))


def committed(root: Path) -> float | None:
    """When a commit last changed a Python file below `root`, in seconds since 1970."""
    try:
        return float(_text(root, "log", "-1", "--format=%ct", "HEAD", *_PYTHON))
    except (GitError, ValueError):
        return None


def changed_lines(root: Path, base: str) -> dict[str, frozenset[int]]:
    """The lines of each Python file and notebook that are new or changed since `base`.

    Against the files as they are now, with what is not committed yet; a file that
    git does not know yet counts as changed in whole. Of those below `root` only, and
    no others, as the diff of a large table would push theirs out of what is read, for
    which that of the notebooks is one of its own; and as text (`--text`), whatever
    attributes the tree itself gives them.
    """
    changed = _changed_lines(root, base, _PYTHON)
    with contextlib.suppress(GitError):  # outputs may be more than can be read
        changed |= _changed_lines(root, base, _NOTEBOOKS)
    return changed


def _changed_lines(
    root: Path, base: str, names: Sequence[str]
) -> dict[str, frozenset[int]]:
    changed = added_lines(_run(root, "diff", *_PLAIN_DIFF, "--text", base, *names))
    untracked = _run(root, "ls-files", "-z", "-o", "--exclude-standard", *names)
    for name in filter(None, untracked.split(b"\0")):
        path = path_of(name)
        count = _count_lines(root / path)
        changed[path] = frozenset(range(1, count + 1))
    return changed


def changes(root: Path, base: str, names: Sequence[str]) -> dict[str, str]:
    """The files that are not as they were at `base`: path today -> path there.

    That is the same but where a file was renamed, or is a copy of one that changed; one
    that is new had none (""), one that is gone is named as it was. With what is not
    committed yet, as in `changed_lines`; `names` are patterns as git takes them.
    """
    listed = _run(root, "ls-files", "-z", "-o", "--exclude-standard", "--", *names)
    untracked = [path_of(name) for name in listed.split(b"\0") if name]
    with tempfile.TemporaryDirectory(prefix="gate-") as folder:
        # Git only compares names that it has an index entry for; the entries are made
        # in a copy of the index, with a store of their own: nothing of the user's is
        # written to.
        env = _beside(root, Path(folder))
        known = [name for name in untracked if (root / name).is_file()]
        for some in process.batches(known):
            exactly = {**env, "GIT_LITERAL_PATHSPECS": "1"}
            _run(root, "add", "--intent-to-add", "--", *some, env=exactly)
        diff = _run(
            root,
            *("diff", "--name-status", "-z", "--relative", "--no-ext-diff"),
            *("--ignore-submodules", "--find-copies", "-l1000", "-O/dev/null"),
            *(base, "--", *names),
            env=env,
        )
    return _moved(diff)


def _beside(root: Path, folder: Path) -> dict[str, str]:
    index = root / _text(root, "rev-parse", "--git-path", "index")
    objects = root / _text(root, "rev-parse", "--git-path", "objects")
    if index.is_file():
        shutil.copy(index, folder / "index")
    (folder / "objects").mkdir()
    return {
        "GIT_INDEX_FILE": str(folder / "index"),
        "GIT_OBJECT_DIRECTORY": str(folder / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(objects.resolve()),
    }


def _moved(diff: bytes) -> dict[str, str]:
    """The output of `git diff --name-status -z`; see `changes`."""
    words = iter(diff.split(b"\0"))
    moved = {}
    for status in words:
        if not status:
            continue
        old = new = path_of(next(words))
        if status[:1] in b"RC":
            new = path_of(next(words))
        elif status == b"A":
            old = ""
        moved[new] = old
    return moved


def export(
    root: Path, commit_id: str, folder: Path, names: Iterable[str] | None = None
) -> None:
    """Write the tree of a commit below `root` into `folder`, without a checkout.

    With `names`, those of its files alone.
    """
    prefix = _text(root, "rev-parse", "--show-prefix")
    index = folder.with_name(folder.name + ".index")
    env = {"GIT_INDEX_FILE": str(index)}
    tree = f"{commit_id}:{prefix}" if prefix else f"{commit_id}^{{tree}}"
    folder.mkdir(parents=True)
    try:
        _run(root, "read-tree", tree, env=env)
        top = find_root(root) or root
        out = ("checkout-index", f"--prefix={folder}{os.sep}")
        if names is None:
            _run(top, *out, "-a", env=env)
        for some in () if names is None else process.batches(names):
            _run(top, *out, "--", *some, env=env)
    finally:
        index.unlink(missing_ok=True)


@dataclass(frozen=True, kw_only=True)
class Blob:
    """A file of a commit: its path from the root, its object, and its bytes."""

    path: str
    object_id: str
    size: int


def blobs(root: Path, commit_id: str, path: str = "") -> tuple[Blob, ...]:
    """The plain files at or below a path of a commit; () if there are none.

    The path is taken letter by letter, from `root` on, with forward slashes. Links
    and submodules are left out.
    """
    words = ["--", path] if path else []
    listed = _run(root, "ls-tree", "-r", "-z", "-l", commit_id, *words)
    entries = (_entry(entry) for entry in filter(None, listed.split(b"\0")))
    return tuple(blob for mode, blob in entries if blob and mode != _LINK)


def _entry(entry: bytes) -> tuple[bytes, Blob | None]:
    """A line of `ls-tree -l`: the mode, and the file if it is one."""
    about, _, name = entry.partition(b"\t")
    mode, kind, object_id, size = about.split()
    if kind != b"blob":
        return mode, None
    return mode, Blob(path=path_of(name), object_id=object_id.decode(), size=int(size))


def copy(root: Path, blob: Blob, to: BinaryIO) -> None:
    """Write a file of a commit as git keeps it, however large it is."""
    _run(root, "cat-file", "blob", blob.object_id, into=to)


def read(root: Path, commit_id: str, path: str, most: int) -> bytes | None:
    """The bytes of a file of a commit; None if there is no such file.

    A link of the commit's is followed to a file of the commit's.

    Raises:
        GitError: it has more than `most` bytes.
    """
    whole = ("ls-tree", "--full-tree", "-z", "-l", commit_id, "--")
    path = posixpath.normpath(_text(root, "rev-parse", "--show-prefix") + path)
    for _ in range(_MOST_LINKS):
        if path.split("/")[0] in ("", ".", "..") or "\0" in path:
            return None
        listed = _run(root, *whole, path)
        mode, blob = _entry(listed.rstrip(b"\0")) if listed else (b"", None)
        if blob is None:
            return None
        if blob.size > most:
            raise GitError(f"`{path}` of the base is larger than {most:,} bytes")
        data = _run(root, "cat-file", "blob", blob.object_id)
        if mode != _LINK:
            return data
        path = posixpath.normpath(
            posixpath.join(posixpath.dirname(path), path_of(data))
        )
    return None


def lfs_object(root: Path, object_id: str) -> Path | None:
    """What a pointer of Git LFS points to (64 hex digits), if it is in this clone."""
    place = f"lfs/objects/{object_id[:2]}/{object_id[2:4]}/{object_id}"
    try:
        folder = _text(root, "rev-parse", "--path-format=absolute", "--git-common-dir")
    except GitError:
        return None
    path = Path(folder, place)
    return path if path.is_file() else None


def _count_lines(path: Path) -> int:
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > 10_000_000:
            return 0
        data = path.read_bytes()
    except OSError:
        return 0
    return data.count(b"\n") + (not data.endswith(b"\n") and bool(data))


def _text(root: Path, *arguments: str) -> str:
    return _run(root, *arguments).decode("utf-8", "replace").strip()


def _run(
    root: Path,
    *arguments: str,
    env: dict[str, str] | None = None,
    into: BinaryIO | None = None,
) -> bytes:
    environment = process.environment(
        {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", **(env or {})}
    )
    program = process.find("git")
    if program is None:
        raise GitError("there is no git on the PATH", hint="install git")
    command = [str(program), *_PLAIN, *arguments]
    try:
        done = process.run(
            command, cwd=root, env=environment, timeout=TIMEOUT, into=into
        )
    except ToolError as error:
        raise GitError(error.message, hint="install git") from None
    if done.timed_out:
        raise GitError(f"`git {arguments[0]}` took longer than {TIMEOUT:.0f} s")
    if done.returncode:
        reason = done.stderr.strip().splitlines() or ["it did not say why"]
        raise GitError(f"`git {arguments[0]}` failed: {reason[-1]}")
    if len(done.raw) >= process.MAX_OUTPUT:
        raise GitError(f"`git {arguments[0]}` said more than can be read")
    return done.raw
