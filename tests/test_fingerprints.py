"""What makes a finding the same as at the base, and how equal ones are told apart."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.findings import Finding, Fix, Level
from gate.fingerprints import Print, Renames, compare, prints, renamed_prints, replaced


def finding(message: str = "m", *, path: str = "a.py", line: int = 1) -> Finding:
    return Finding(rule="lint/E1", message=message, path=path, line=line)


def text(path: str, line: int) -> tuple[str, str]:
    return f"  text of {path.split('.')[0]}\r", "text"


def text_x(path: str, line: int) -> tuple[str, str]:
    return "x", ""


def is_known(
    one: Finding, other: Finding, was: dict[str, str] | None = None, *, at: str = ""
) -> bool:
    """Whether today's `one` is the base's `other`; the line there says `at`."""
    today = renamed_prints(
        [one], lambda path, line: (at or "x", ""), Renames(was or {}), roots=["/today"]
    )
    base = prints([other], text_x, roots=["/then"])
    return compare(today, base, [0]).new == (False,)


SAME = [
    (
        "redefinition of unused 'os' from line 3",
        "redefinition of unused 'os' from line 9",
    ),
    ("line too long (93 > 88 characters)", "line too long (101 > 88 characters)"),
    ('Name "x" already defined on line 12', 'Name "x" already defined on line 2'),
    ("same as b.py:3 to 9", "same as b.py:30 to 36"),
    ("in /today/a.py", "in /then/a.py"),
    ("two  words\nthree", "two words three"),
]


@pytest.mark.parametrize(("today", "then"), SAME)
def test_a_message_is_the_same_but_for_places(today: str, then: str) -> None:
    assert is_known(finding(today, line=7), finding(then))


@pytest.mark.parametrize(
    ("today", "then"),
    [
        ("'os' imported but unused", "'re' imported but unused"),
        ('incompatible type "int"', 'incompatible type "str"'),
    ],
)
def test_another_message_is_another_finding(today: str, then: str) -> None:
    assert not is_known(finding(today), finding(then))


def test_another_rule_or_line_is_another_finding() -> None:
    assert not is_known(finding(), finding(), at="y")
    other = Finding(rule="lint/E2", message="m", path="a.py", line=1)
    assert not is_known(finding(), other)


def test_indentation_and_line_ends_are_no_difference() -> None:
    assert is_known(finding(), finding(), at="\t  x  \r")


@pytest.mark.parametrize(
    ("today", "then", "was"),
    [
        ("as in new.py:3", "as in old.py:30", {"new.py": "old.py"}),
        ("'pkg.new.f' unused", "'pkg.old.f' unused", {"pkg/new.py": "pkg/old.py"}),
        ("'b.c.f' unused", "'a.f' unused", {"src/b/c.py": "src/a.py"}),
        ("'b.f' unused", "'a.f' unused", {"b/__init__.py": "a.py"}),
        ("'.new' unused", "'.old' unused", {"pkg/new.py": "pkg/old.py"}),
        ("'..new.f' unused", "'..old.f' unused", {"pkg/new.py": "pkg/old.py"}),
        # A word that is also a module's name is a word.
        ("'new' unused", "'new' unused", {"new.py": "old.py"}),
    ],
)
def test_what_is_said_of_a_renamed_file_is_the_same(
    today: str, then: str, was: dict[str, str]
) -> None:
    assert is_known(finding(today), finding(then), was)


def test_a_finding_in_a_renamed_file_is_the_same() -> None:
    moved = finding(path="b/new.py")
    assert is_known(moved, finding(path="old.py"), {"b/new.py": "old.py"})


@pytest.mark.parametrize(
    ("today", "then"), [("m", "m"), ("as in c.py", "as in sub/a.py")]
)
def test_what_is_gone_from_one_file_and_there_in_another_has_moved(
    today: str, then: str
) -> None:
    moved, old = finding(today, path="b.py"), finding(then, path="a.py")
    assert is_known(moved, old)
    assert not is_known(moved, old, at="y")


def test_what_has_moved_is_neither_new_nor_fixed_and_what_was_copied_is_new() -> None:
    def judged(today: str, base: str) -> tuple[tuple[bool, ...], int]:
        found = [finding(path=f"{name}.py") for name in today]
        then = prints([finding(path=f"{name}.py") for name in base], text_x)
        pairs = renamed_prints(found, text_x, Renames({}), roots=[])
        result = compare(pairs, then, range(len(pairs)))
        return result.new, result.fixed

    assert judged("b", "a") == ((False,), 0)
    assert judged("ba", "a") == ((True, False), 0)
    assert judged("abc", "aa") == ((False, False, True), 0)
    assert judged("b", "aa") == ((False,), 1)


def test_a_statement_is_the_same_however_it_is_laid_out() -> None:
    today = [finding(line=2)], lambda path, line: (f"line {line}", "f1")
    base = prints([finding(line=1)], lambda path, line: (f"line {line}", "f1"))
    pairs = renamed_prints(*today, Renames({}), roots=[])
    assert compare(pairs, base, [0]).new == (False,)
    base = prints([finding(line=1)], lambda path, line: (f"line {line}", "f2"))
    assert compare(pairs, base, [0]).new == (True,)


def test_one_place_is_known_by_its_line_whether_or_not_it_can_be_mended() -> None:
    mended = Fix(patch=patch("-x", "+y"))
    one = Finding(rule="lint/E1", message="m", path="a.py", line=1, column=1)
    other = Finding(
        rule="lint/E1", message="m", path="a.py", line=1, column=1, fix=mended
    )
    assert is_known(one, other) and is_known(other, one)


def test_a_finding_with_a_key_is_known_by_that_wherever_it_is() -> None:
    one = Finding(rule="d/c", message="as f", path="a.py", line=1, key="f g")
    other = Finding(rule="d/c", message="as g", path="b.py", line=3, key="f g")
    assert is_known(one, other, at="y")
    assert not is_known(msgspec.structs.replace(one, key="f h"), other, at="y")


def patch(*lines: str) -> str:
    return "\n".join(["--- a.py", "+++ a.py", "@@ -1,3 +1,3 @@", *lines, ""])


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([" a", "-x=1", "+x = 1", " b"], ["x=1"]),
        (["--- x", "+-- x"], ["-- x"]),  # not the header of a file
        ([" a", "+", " def f():"], ["before def f():"]),
        ([" a", "-", "-", " def f():"], ["before def f():"]),
        (["-x=[", "-]", "+x = []", "@@ -9 +9 @@", "-y=1", "+y = 1"], ["x=[", "y=1"]),
        (["-x=1", "\\ No newline at end of file", "+x = 1"], ["x=1"]),
        ([], []),
    ],
)
def test_a_patch_is_known_by_what_it_replaces(
    lines: list[str], expected: list[str]
) -> None:
    assert [text for text, _ in replaced(patch(*lines))] == expected


def test_what_is_replaced_has_its_line() -> None:
    lines = [" a", "-x=1", "+x = 1", " b", "+", " def f():", "-y=1", "-z=1", "+y"]
    again = ["@@ -20,2 +20,2 @@", "-", " c", "-q=1", "+q = 1"]
    assert replaced(patch(*lines, *again)) == [
        ("x=1", 2),
        ("before def f():", 4),
        ("y=1", 5),
        ("z=1", 6),
        ("before c", 20),
        ("q=1", 22),
    ]


def whole(*lines: str) -> Finding:
    """A file that would be rewritten."""
    fix = Fix(patch=patch(*lines))
    return Finding(rule="f/r", message=f"{len(lines)} places", path="a.py", fix=fix)


def test_a_file_to_rewrite_is_new_with_a_place_that_was_not_there() -> None:
    then = whole(" a", "-x=1", "+x = 1", " b", "-y=1", "+y = 1")
    assert is_known(whole("-  y=1", "+    y = 1", " c", "-x=1", "+x = 1"), then)
    assert is_known(whole("-x=1", "+x = 1"), then)
    assert not is_known(whole("-x=1", "+x = 1", " a", "-z=1", "+z = 1"), then)
    assert not is_known(whole("-x=1", "+x = 1", " a", "-x=1", "+x = 1"), then)


def known(*names: str, error: bool = True) -> tuple[Print, ...]:
    return tuple(Print(error, "a.py", ((name,) * 3,)) for name in names)


def compared(today: str, base: str) -> tuple[list[int], int]:
    pairs = [(one, one) for one in known(*today)]
    result = compare(pairs, known(*base), range(len(pairs)))
    return [n for n, new in enumerate(result.new) if new], result.fixed


@pytest.mark.parametrize(
    ("today", "base", "new", "fixed"),
    [
        ("", "", [], 0),
        ("aaa", "aaa", [], 0),
        ("aaaa", "aaa", [3], 0),
        ("aa", "aaa", [], 1),
        ("ab", "bc", [0], 1),
        ("", "abc", [], 3),
    ],
)
def test_equal_ones_are_counted(
    today: str, base: str, new: list[int], fixed: int
) -> None:
    assert compared(today, base) == (new, fixed)


@given(st.text("abc", max_size=12), st.text("abc", max_size=12))
def test_the_counts_are_those_of_multisets(today: str, base: str) -> None:
    new, fixed = compared(today, base)
    assert len(new) == (Counter(today) - Counter(base)).total()
    assert fixed == (Counter(base) - Counter(today)).total()
    assert Counter(today[n] for n in new) == Counter(today) - Counter(base)


def test_what_is_no_error_is_not_counted_as_fixed() -> None:
    assert compare([], known("a", error=False), []).fixed == 0


@given(st.text(), st.text(), st.dictionaries(st.text(), st.text(), max_size=4))
def test_any_text_has_a_print(message: str, patched: str, was: dict[str, str]) -> None:
    odd = Finding(
        rule="r/r",
        message=message,
        path="a",
        line=1,
        level=Level.NOTE,
        fix=Fix(patch=patched),
    )
    (pair,) = renamed_prints([odd], text, Renames(was), roots=[])
    assert all(one.parts and not one.error for one in pair)
    assert replaced(patched) == replaced(patched)
