"""The changed lines after any edits, with `git blame` as the judge.

A line is changed if blame gives it to a commit that is no ancestor of the base, or to
none yet. Every line is written once and never again, as a line that comes back after
it was gone is another one for blame and the same one for a comparison.
"""

from __future__ import annotations

import itertools
import os
import random
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate import git

Repository = Any  # conftest's
NAMES = (
    *("a.py", "b.pyi", "src/pkg/c.py", "ü ñ/é.py", "two  spaces .py", "a b/ c.py"),
    *('quote".py', "tab\there.py", "new\nline.py", "back\\slash.py", "-dash.py"),
    *(":(glob)x.py", "\x01\x7f.py", "b/b/a.py", "\u2028.py", "[ab]*.py", " .py"),
    *("end\r.py", "a/d.py", "x y\tz.py", "日本.py", "dev/null.py", '"\\".py'),
)
# What looks like a header or ends a line for somebody, though not for git. No NUL: git
# knows a text that was renamed and has one no longer, and Python takes none.
STARTS = (
    *("", "    x = ", "-- a/", "++ b/", "@@ -1 +1 @@ ", "\f", "\u2028", "\x85"),
    *("diff --git a/a.py b/b.py ", "\\ No newline at end of file ", "a\rb ", "\t"),
    *(
        "-- /dev/null ",
        "\x1c",
        "\v",
        "日本 ",
        "rename to b.py ",
        "+",
        "-",
        " ",
        "\x1b[m",
    ),
)


@dataclass
class File:
    """A file: its lines, their ends, and whether the last one has one.

    `turned` tells that the ends were changed: changed back, they were as before.
    """

    lines: list[str]
    end: str = "\n"
    last: bool = True
    mode: str = "100644"
    turned: bool = False

    def copy(self) -> File:
        return replace(self, lines=list(self.lines))

    @property
    def data(self) -> bytes:
        text = self.end.join(self.lines) + (self.end if self.last else "")
        return text.encode() if self.lines else b""


@dataclass
class Tree:
    """A tree of files that is edited, with the names that are not used up."""

    chance: random.Random
    count: Iterator[int]
    names: list[str]
    files: dict[str, File] = field(default_factory=dict)
    other: dict[str, tuple[str, bytes]] = field(default_factory=dict)  # mode, data

    def copy(self) -> Tree:
        files = {name: file.copy() for name, file in self.files.items()}
        return Tree(self.chance, self.count, self.names, files, dict(self.other))

    def fresh(self, most: int) -> list[str]:
        return [
            f"{self.chance.choice(STARTS)}{next(self.count)}"
            for _ in range(self.chance.randint(1, most))
        ]

    def add(self) -> str:
        name = self.names.pop()
        lines = [f"{self.chance.choice(STARTS)}{next(self.count)}" for _ in range(24)]
        last, end = self.chance.random() < 0.7, self.chance.choice(["\n", "\r\n"])
        self.files[name] = File(lines if self.chance.random() < 0.9 else [], end, last)
        return name

    def edit(self, names: Iterable[str] | None = None) -> None:
        """One edit of any kind, of one of the files."""
        known = sorted(self.files if names is None else names)
        kinds = [self.add, self.insert, self.insert, self.replace, self.remove]
        kinds += [self.rename, self.delete, self.mode, self.newline, self.ends]
        kinds += [self.binary, self.submodule, self.insert, self.replace]
        kind: Callable[..., object] = self.chance.choice(kinds)
        if kind in (self.add, self.binary, self.submodule):
            kind()
        elif known:
            kind(self.chance.choice(known))

    def insert(self, name: str) -> None:
        place = self.chance.randint(0, len(self.files[name].lines))
        self.files[name].lines[place:place] = self.fresh(2)

    def two(self, name: str) -> slice:
        """Two lines; not the last, whose end would make one before it as it was."""
        lines = len(self.files[name].lines)
        place = self.chance.randint(0, max(0, lines - 3))
        return slice(place, min(place + 2, max(0, lines - 1)))

    def replace(self, name: str) -> None:
        self.files[name].lines[self.two(name)] = self.fresh(3)

    def remove(self, name: str) -> None:
        del self.files[name].lines[self.two(name)]

    def rename(self, name: str) -> None:
        # What is nearly empty is like anything, or nothing.
        if len(self.files[name].lines) > 20:
            self.files[self.names.pop()] = self.files.pop(name)

    def delete(self, name: str) -> None:
        del self.files[name]

    def mode(self, name: str) -> None:
        self.files[name].mode = "100755"

    def newline(self, name: str) -> None:
        file = self.files[name]
        if not file.turned:
            file.last, file.turned = not file.last, True

    def ends(self, name: str) -> None:
        file = self.files[name]
        if not file.turned:
            file.end, file.turned = "\r\n" if file.end == "\n" else "\n", True

    def binary(self) -> None:
        data = bytes(self.chance.choices(range(256), k=50))
        self.other["image.png"] = ("100644", data)

    def submodule(self) -> None:
        commit = f"{next(self.count):040x}".encode()
        self.other["module.py"] = ("160000", commit)


def quoted(name: str) -> bytes:
    """A name as fast-import wants it."""
    octal = "".join(f"\\{byte:03o}" for byte in name.encode())
    return b'"' + octal.encode() + b'"'


def commit(number: int, tree: Tree, parents: list[int]) -> bytes:
    """A commit of a whole tree, for fast-import."""
    when = 1_700_000_000 + number
    parts = [f"commit refs/heads/at{number}\nmark :{number}\n".encode()]
    parts.append(f"committer A <a@b> {when} +0000\ndata 0\n".encode())
    for word, parent in zip(("from", "merge"), parents):
        parts.append(f"{word} :{parent}\n".encode())
    parts.append(b"deleteall\n")
    plain = {name: (f.mode, f.data) for name, f in tree.files.items()}
    for name, (mode, data) in {**plain, **tree.other}.items():
        if mode == "160000":
            parts.append(b"M 160000 %b %b\n" % (data, quoted(name)))
        else:
            start = b"M %b inline %b\ndata %d\n" % (
                mode.encode(),
                quoted(name),
                len(data),
            )
            parts.append(start + data + b"\n")
    return b"".join(parts) + b"\n"


class History:
    """What was committed, and what of it is the base's."""

    def __init__(self, chance: random.Random) -> None:
        names = list(NAMES)
        chance.shuffle(names)
        self.chance = chance
        self.stream = b""
        self.number = 0
        self.tree = Tree(chance, itertools.count(1000), names)
        for _ in range(chance.randint(1, 3)):
            self.tree.add()
        self.base = self.head = self.committed(self.tree, [])

    def committed(self, tree: Tree, parents: list[int]) -> int:
        self.number += 1
        self.stream += commit(self.number, tree, parents)
        return self.number

    def goes_on(self) -> None:
        for _ in range(self.chance.randint(0, 2)):
            for _ in range(self.chance.randint(1, 2)):
                self.tree.edit()
            self.head = self.committed(self.tree, [self.head])

    def merges(self) -> None:
        """The base goes on at the top of some files, the change at the end of all."""
        start, main = self.head, self.tree.copy()
        moved = [n for n in sorted(main.files) if self.chance.random() < 0.5]
        above = {name: main.fresh(2) for name in moved}
        for name, lines in above.items():
            main.files[name].lines[:0] = lines
        self.base = self.committed(main, [start])
        for file in self.tree.files.values():
            file.lines.extend(self.tree.fresh(2))
        self.tree.add()
        topic = self.committed(self.tree, [start])
        for name, lines in above.items():
            self.tree.files[name].lines[:0] = lines
        first = [self.base, topic] if self.chance.random() < 0.5 else [topic, self.base]
        self.head = self.committed(self.tree, first)

    def in_the_working_tree(self, repository: Repository) -> None:
        """Edits that are not committed, and new files that git does not know."""
        known = set(self.tree.files)
        for _ in range(self.chance.randint(0, 2)):
            self.tree.edit(known & set(self.tree.files))
        for name, file in self.tree.files.items():
            path = repository.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.data)
        for name in known - set(self.tree.files):
            (repository.root / name).unlink()
        if self.chance.random() < 0.3:
            repository.git("add", "-A", "--", ".")


@pytest.fixture(scope="module")
def shared(make_repository: Callable[[Path], Repository]) -> Iterator[Repository]:
    """One repository for all examples: a new one would cost more than an example."""
    with tempfile.TemporaryDirectory() as folder:
        yield make_repository(Path(folder) / "r")


def checked_out(repository: Repository, history: History) -> str:
    """Write the commits, check the newest out, and say which is the base."""
    for entry in repository.root.iterdir():
        if entry.name != ".git":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    subprocess.run(
        ["git", "fast-import", "--quiet", "--force"],
        cwd=repository.root,
        input=history.stream,
        check=True,
    )
    repository.git("symbolic-ref", "HEAD", f"refs/heads/at{history.head}")
    repository.git("read-tree", "--reset", "-u", "HEAD")
    return str(repository.git("rev-parse", f"refs/heads/at{history.base}"))


def blamed(repository: Repository, old: set[str], name: str) -> frozenset[int]:
    """The lines of a file, as it is now, that blame gives to no commit of the base."""
    done = subprocess.run(
        ["git", "blame", "--porcelain", "--", name],
        cwd=repository.root,
        capture_output=True,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull},
    )
    if done.returncode:  # git does not know it yet
        data = (repository.root / name).read_bytes()
        count = len(data.removesuffix(b"\n").split(b"\n")) if data else 0
        return frozenset(range(1, count + 1))
    header = re.compile(rb"([0-9a-f]{40}) \d+ (\d+)")
    found = (header.match(line) for line in done.stdout.split(b"\n"))
    return frozenset(int(m[2]) for m in found if m and m[1].decode() not in old)


@pytest.mark.skipif(os.name == "nt", reason="no such names on Windows")
@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), merge=st.booleans())
def test_changed_lines_are_those_that_blame_gives_to_the_change(
    shared: Repository, seed: int, merge: bool
) -> None:
    history = History(random.Random(seed))
    if merge:
        history.merges()
    history.goes_on()
    base = checked_out(shared, history)
    history.in_the_working_tree(shared)
    found = git.changed_lines(shared.root, base)
    old = set(shared.git("rev-list", base).split())
    for name in history.tree.files:
        expected = blamed(shared, old, name)
        assert found.get(name, frozenset()) == expected, name
    assert set(found) <= set(history.tree.files)


def test_the_changed_lines_of_notebooks_are_told(repository: Repository) -> None:
    old = repository.commit({"a.ipynb": '{"cells": [\n]}\n', "b.csv": "1\n"})
    repository.commit({"a.ipynb": '{"cells": [\n\n]}\n', "b.csv": "2\n"})
    (repository.root / "new.ipynb").write_text("{\n}")
    assert git.changed_lines(repository.root, old) == {
        "a.ipynb": frozenset({2}),
        "new.ipynb": frozenset({1, 2}),
    }
