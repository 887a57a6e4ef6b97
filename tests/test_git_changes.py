"""Files since the base, renamed and copied too, with git's own diff as the judge."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate import git
from tests.conftest import Repository

NAMES = ("*.py", "*.pyi")


def body(seed: object) -> str:
    draw = random.Random(str(seed))
    return "".join(f"line {draw.randrange(10**9)}\n" for _ in range(20))


def state(root: Path) -> dict[str, bytes]:
    """Whatever git keeps of its own, the index and the objects included."""
    files = (path for path in (root / ".git").rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in files}


def judged(repository: Repository, base: str) -> dict[str, str]:
    """As git has it when all is committed, in a clone that may be spoilt."""
    repository.git("add", "-A")
    repository.git("commit", "-q", "--allow-empty", "-m", "all")
    said = repository.git("diff", "--name-status", "-C", base, "HEAD", "--", *NAMES)
    found = {}
    for line in said.splitlines():
        status, *paths = line.split("\t")
        found[paths[-1]] = "" if status == "A" else paths[0]
    return found


def ask(repository: Repository, base: str) -> dict[str, str]:
    before = state(repository.root)
    found = git.changes(repository.root, base, NAMES)
    assert state(repository.root) == before
    return found


def test_each_kind_of_change_is_told(repository: Repository) -> None:
    names = ("edited", "moved", "moved_edited", "gone", "kept", "split")
    base = repository.commit({f"{name}.py": body(name) for name in names})
    root = repository.root
    (root / "gone.py").unlink()
    (root / "moved.py").rename(root / "new name é.py")
    (root / "moved_edited.py").unlink()
    repository.write(
        {
            "edited.py": "more\n" + body("edited"),
            "sub/moved_edited.py": body("moved_edited") + "more\n",
            "fresh.py": body("fresh"),
            "split.py": "from copy import *\n",
            "copy.py": body("split"),
            "data.csv": "1\n",
            "-a[1].py": body("odd"),
            ":(top)b.py": body("odder"),
        }
    )
    assert ask(repository, base) == {
        "edited.py": "edited.py",
        "new name é.py": "moved.py",
        "sub/moved_edited.py": "moved_edited.py",
        "gone.py": "gone.py",
        "fresh.py": "",
        "split.py": "split.py",
        "copy.py": "split.py",
        "-a[1].py": "",
        ":(top)b.py": "",
    }


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["edit", "move", "remove", "add", "copy", "stage", "commit"]),
        st.integers(0, 5),
        st.integers(0, 9),
    ),
    max_size=8,
)


@settings(max_examples=15)
@given(STEPS)
def test_after_any_steps_it_is_what_git_says_of_a_commit_of_it(
    make_repository: Callable[[Path], Repository],
    steps: list[tuple[str, int, int]],
) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        repository = make_repository(folder / "repository")
        base = repository.commit({f"{n}.py": body(n) for n in range(6)})
        for number, (what, source, target) in enumerate(steps):
            step(repository, what, f"{source}.py", f"sub/{target}.py", number)
        found = ask(repository, base)
        assert found == judged(repository, base)
    finally:
        shutil.rmtree(folder)


def step(
    repository: Repository, what: str, source: str, target: str, number: int
) -> None:
    old = repository.root / source
    text = old.read_text() if old.exists() else ""
    if what == "stage":
        repository.git("add", "-A")
    elif what == "commit":
        repository.commit()
    elif what == "add":
        repository.write({target: body(number)})
    elif text and what in ("move", "remove"):
        old.unlink()
        repository.write({target: text} if what == "move" else {})
    elif text:
        more = f"# {number}\n"
        repository.write({source: text + more})
        repository.write({target: text} if what == "copy" else {})


def test_below_a_folder_it_is_that_folders(repository: Repository) -> None:
    base = repository.commit({"one/a.py": body(1), "two/b.py": body(2)})
    repository.write({"one/a.py": "x\n" + body(1), "two/b.py": "y\n"})
    (repository.root / "one" / "a.py").rename(repository.root / "one" / "c.py")
    assert git.changes(repository.root / "one", base, NAMES) == {"c.py": "a.py"}


@pytest.mark.parametrize(
    "setting", ["diff.renames=false", "diff.renameLimit=1", "diff.relative=true"]
)
def test_nobodys_configuration_changes_the_answer(
    repository: Repository, setting: str
) -> None:
    base = repository.commit({f"{n}.py": body(n) for n in range(4)})
    repository.git("config", *setting.split("="))
    for n in range(4):
        (repository.root / f"{n}.py").unlink()
    repository.write({f"new/{n}.py": body(n) + "more\n" for n in range(4)})
    assert ask(repository, base) == {f"new/{n}.py": f"{n}.py" for n in range(4)}


def test_of_a_commit_some_files_can_be_exported(
    repository: Repository, tmp_path: Path
) -> None:
    base = repository.commit({"a/b.py": "1\n", "c.py": "2\n", "-d.py": "3\n"})
    git.export(repository.root, base, tmp_path / "out", ["a/b.py", "-d.py"])
    out = (path for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert sorted(path.name for path in out) == ["-d.py", "b.py"]
