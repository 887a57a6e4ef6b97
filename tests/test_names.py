"""What tells a gate from others, and what bears its name."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import names


@pytest.mark.parametrize("name", ["study", "py3.12", "a b", "labs/one", "C++", "A-1_"])
def test_a_plain_name_is_one(name: str) -> None:
    assert names.valid(name)


@pytest.mark.parametrize(
    "name",
    ["", " a", "a ", "/a", "a/", "a//b", ".", "..", "a.", "a\n", "ä", "a)", "a<b", "@a"]
    + ["x" * 61, "-a", "a`b", "a\u202eb"],
)
def test_what_could_be_taken_for_something_else_is_none(name: str) -> None:
    assert not names.valid(name)


@given(st.text(max_size=90))
def test_every_folder_has_a_name(folder: str) -> None:
    name = names.of_folder(folder)
    assert names.valid(name) if folder else name == ""


@given(st.sets(st.text("ab/ é(数据ж", min_size=1, max_size=70), min_size=2))
def test_no_two_folders_share_a_name(folders: set[str]) -> None:
    assert len({names.of_folder(folder) for folder in folders}) == len(folders)


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("", ""),
        ("study", "study"),
        ("labs/one", "labs/one"),
        ("labs/équipe (1)", "labs/equipe -1-7213e0"),
        ("ж", "gate-dd5912"),
        ("x" * 70, "x" * 52 + "-c71bd1"),
    ],
)
def test_the_name_of_a_folder(folder: str, name: str) -> None:
    assert names.of_folder(folder) == name


def test_what_bears_the_name() -> None:
    assert names.status("") == "gate"
    assert names.status("", "tests") == "gate/tests"
    assert names.status("study", "tests") == "gate (study)/tests"
    assert names.artifact("") == "gate-report"
    assert names.artifact("Labs/One two") == "gate-report-labs-one-two"
    assert names.folder("") == ""
    assert names.folder("Labs/One two") == "labs/one-two/"


@given(
    st.from_regex(names.PATTERN.partition(")")[2], fullmatch=True).filter(names.valid)
)
def test_no_name_leads_out_of_its_place(name: str) -> None:
    assert re.fullmatch("gate-report-[a-z0-9.-]+", names.artifact(name))
    folder = names.folder(name)
    assert re.fullmatch("([a-z0-9.-]+/)+", folder)
    assert not {".", "..", ""} & {*folder[:-1].split("/")}
