"""Paths of another machine: found where that is certain, and never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.places import Places

ROOT = Path("/here/project")
FILES = (
    *("a.py", "src/taxi/__init__.py", "src/taxi/a.py", "src/taxi/fares/__init__.py"),
    *("src/taxi/fares/b.py", "src/other/__init__.py", "src/other/c.py"),
    *("tests/test_a.py", "tests/taxi/test_b.py"),
)
PLACES = Places(ROOT, FILES)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("src/taxi/a.py", "src/taxi/a.py"),
        ("./src/taxi/a.py", "src/taxi/a.py"),
        ("/here/project/src/taxi/a.py", "src/taxi/a.py"),
        (r"src\taxi\a.py", "src/taxi/a.py"),
        (r"D:\a\project\src\taxi\a.py", "src/taxi/a.py"),
        ("/app/src/taxi/a.py", "src/taxi/a.py"),
        ("/x/.tox/py/lib/python3.12/site-packages/taxi/a.py", "src/taxi/a.py"),
        ("taxi/a.py", "src/taxi/a.py"),
        ("test_b.py", "tests/taxi/test_b.py"),
        ("/app/a.py", "a.py"),
        ("/elsewhere/test_b.py", None),
        ("__init__.py", None),
        ("/app/__init__.py", None),
        ("/usr/lib/python3.11/taxi/a.py", None),
        ("<string>", None),
        ("", None),
        ("/", None),
        ("../../etc/passwd", None),
        ("/here/project/../src/taxi/a.py", "src/taxi/a.py"),
    ],
)
def test_a_path_is_found_by_its_end(path: str, found: str | None) -> None:
    assert PLACES.find(path) == found


def test_the_folder_that_explains_most_decides() -> None:
    """`proj/a.py` is `a.py` of the clone `proj`, not `proj/a.py` of what is above."""
    places = Places(ROOT, ["a.py", "b.py", "proj/a.py"])
    assert places.mapped(["/ci/proj/a.py", "/ci/proj/b.py"]) == {
        "/ci/proj/a.py": ("a.py",),
        "/ci/proj/b.py": ("b.py",),
    }


def test_packages_that_are_installed_are_those_of_the_tree() -> None:
    start = "/x/site-packages"
    names = [name.removeprefix("src/") for name in FILES if name.startswith("src/")]
    mapped = PLACES.mapped([f"{start}/{name}" for name in names])
    assert mapped == {f"{start}/{name}": (f"src/{name}",) for name in names}


def test_what_may_be_several_files_is_told() -> None:
    places = Places(ROOT, ["one/x/a.py", "two/x/a.py"])
    assert places.mapped(["/ci/x/a.py"]) == {"/ci/x/a.py": ("one/x/a.py", "two/x/a.py")}
    assert places.find("/ci/x/a.py") is None


NAMES = st.sampled_from(["a", "b", "src", "x.py", "__init__.py", "..", ".", "", "C:"])
PATHS = st.one_of(
    st.text(max_size=30),
    st.builds("/".join, st.lists(NAMES, max_size=6)),
    st.builds("\\".join, st.lists(NAMES, max_size=6)),
)


@given(st.lists(PATHS, max_size=8), st.lists(PATHS, max_size=8))
def test_whatever_the_paths_only_files_of_the_tree_are_found(
    files: list[str], paths: list[str]
) -> None:
    places = Places(ROOT, files)
    for path, found in places.mapped(paths).items():
        assert set(found) <= set(files)
        assert path in paths


@given(
    st.lists(
        st.builds("/".join, st.lists(st.sampled_from("abc"), min_size=1, max_size=4)),
        min_size=2,
        unique=True,
        max_size=12,
    )
)
def test_a_whole_tree_that_was_moved_is_found_whole_or_told(files: list[str]) -> None:
    mapped = Places(ROOT, files).mapped([f"/moved/here/{name}" for name in files])
    for name in files:
        found = mapped[f"/moved/here/{name}"]
        assert found == (name,) or len(found) > 1


def test_very_many_files_of_a_name_take_no_time() -> None:
    files = [f"p{n}/x/__init__.py" for n in range(3000)]
    places = Places(ROOT, files)
    mapped = places.mapped([f"/q{n}/x/__init__.py" for n in range(3000)])
    assert not any(mapped.values())
    moved = places.mapped([f"/moved/{name}" for name in files])
    assert moved == {f"/moved/{name}": (name,) for name in files}
