"""Copies are found, whatever was done to them, and what only looks alike is not."""

from __future__ import annotations

import ast
import importlib.util
import random
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.code import duplicates
from gate.code.duplicates import Clone
from gate.code.source import Source
from tests.code import boilerplate


def clones(*texts: str, **options: int) -> tuple[Clone, ...]:
    sources = [Source(f"{name}.py", text) for name, text in zip("abcdefgh", texts)]
    return duplicates.find(sources, **options).clones


def places(*texts: str) -> list[list[tuple[str, int, int]]]:
    return [
        [(place.path, place.first, place.last) for place in clone.places]
        for clone in clones(*texts)
    ]


RIDES = '''\
def mean_fare(rides, areas):
    """What a ride costs in each area."""
    totals, counts = {}, {}
    for ride in rides:
        if ride.area not in areas:
            continue
        fare = ride.fare + 0.5 * ride.tips
        totals[ride.area] = totals.get(ride.area, 0) + fare
        counts[ride.area] = counts.get(ride.area, 0) + 1
    means = {}
    for area, total in sorted(totals.items()):
        if counts[area] > 10:
            means[area] = round(total / counts[area], 2)
    print("areas with a mean:", len(means))
    return means
'''


def replaced(text: str, **words: str) -> str:
    for word, other in words.items():
        text = text.replace(word, other)
    return text


RENAMED = replaced(
    RIDES, mean_fare="cost", rides="trips", ride="trip", totals="sums", counts="n"
)
COMMENTED = RIDES.replace("\n    for", "\n\n    # a loop\n    for").replace(
    "    means = {}\n", "    # what comes out\n\n\n    means = {}  # so far empty\n"
)
OTHER_LITERALS = replaced(RIDES, **{"0.5": "0.25", " 10": " 100", "areas with": "of"})
EDITED = RIDES.replace("    means = {}\n", "    log(totals)\n    means = dict()\n")
WRAPPED = RIDES.replace(
    "round(total / counts[area], 2)",
    "round(\n                total / counts[area],\n                2,\n            )",
)
BEFORE = "import os\n\nX = 1\n\n\n"


@pytest.mark.parametrize(
    ("copy", "last"),
    [
        (RIDES, 15),
        (RENAMED, 15),
        (COMMENTED, 22),
        (OTHER_LITERALS, 15),
        (EDITED, 16),
        (WRAPPED, 18),
        (RIDES.replace("def mean_fare(rides, areas)", "def f(rides, areas: set)"), 15),
    ],
)
def test_a_copy_is_found_with_its_lines(copy: str, last: int) -> None:
    assert places(RIDES, BEFORE + copy) == [[("a.py", 1, 15), ("b.py", 6, 5 + last)]]
    both = RIDES + "\n\n" + copy
    assert places(both) == [[("a.py", 1, 15), ("a.py", 18, 17 + last)]]


def test_a_copy_in_another_block_is_found() -> None:
    inner = textwrap.indent(RIDES, "        ")
    text = f"class A:\n    if True:\n{inner}\n    other = 1\n"
    assert places(RIDES, text) == [[("a.py", 1, 15), ("b.py", 3, 17)]]


def test_a_part_of_a_function_is_found() -> None:
    body = RIDES.split("\n", 2)[2]
    text = f"def g(rides, areas):\n    open(areas)\n    try_it(1)\n{body}"
    text = text.replace("    return means", "    yield from means")
    assert places(RIDES, text) == [[("a.py", 3, 14), ("b.py", 4, 15)]]


def test_code_in_three_places_is_one_clone() -> None:
    found = places(RIDES, BEFORE + RENAMED, RIDES + "\n\n" + OTHER_LITERALS)
    wanted = [("a.py", 1, 15), ("b.py", 6, 20), ("c.py", 1, 15), ("c.py", 18, 32)]
    assert found == [wanted]


def test_what_a_clone_has_in_common_is_told() -> None:
    (exact,), (renamed,) = clones(RIDES, RIDES), clones(RIDES, RENAMED)
    assert exact.similarity == 1
    assert 0.9 < renamed.similarity < 1
    assert exact.lines == 14  # all but the docstring
    assert [place.name for place in renamed.places] == ["mean_fare", "cost"]


def test_functions_that_only_have_the_same_form_are_none() -> None:
    other = """\
def close_files(names, known):
    left, seen = {}, {}
    for path in names:
        if path.stem not in known:
            continue
        size = stat.bytes + 1024 * block.used
        queue[disk.label] = heap.pop(user.home, 0) + size
        marks[node.index] = edges.of(leaf.value, 3) + 7
    lost = {}
    for key, word in reversed(tree.children()):
        if limit[deep] > 99:
            cache[slot] = float(start - stop[step], 16)
    send("ready to go", str(signal))
    return lost
"""
    assert clones(RIDES, other) == ()


def test_a_clone_has_the_least_lines_that_were_asked_for() -> None:
    assert clones(RIDES, RIDES, min_lines=14)
    assert not clones(RIDES, RIDES, min_lines=15)


def test_what_is_copied_is_counted_in_lines_of_code() -> None:
    found = duplicates.find(
        [Source("a.py", RIDES), Source("b.py", COMMENTED + "x = 1")]
    )
    assert {path: len(lines) for path, lines in found.code.items()} == {
        "a.py": 14,
        "b.py": 15,
    }
    assert {path: len(lines) for path, lines in found.copied.items()} == {
        "a.py": 14,
        "b.py": 14,
    }


# What looks alike wherever it stands


@pytest.mark.parametrize("name", boilerplate.CASES)
def test_boilerplate_is_no_copy(name: str) -> None:
    text = boilerplate.file(name)
    ast.parse(text)
    assert clones(text) == ()
    assert clones(*(boilerplate.CASES[name] % {"x": x} for x in ("one", "two"))) == ()


def test_boilerplate_of_all_sorts_is_no_copy() -> None:
    sources = [Source(f"{n}.py", boilerplate.file(n)) for n in boilerplate.CASES]
    assert duplicates.find(sources).clones == ()


# Copies planted into packages


class Rename(ast.NodeTransformer):
    """Another name for each parameter and local variable."""

    def __init__(self, function: ast.FunctionDef) -> None:
        nodes = [*ast.walk(function)]
        names = {node.arg for node in nodes if isinstance(node, ast.arg)}
        stored = [n for n in nodes if isinstance(n, ast.Name)]
        names |= {n.id for n in stored if isinstance(n.ctx, ast.Store)}
        self.names = {name: f"v{n}" for n, name in enumerate(sorted(names))}

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self.names.get(node.arg, node.arg)
        return node


class Literals(ast.NodeTransformer):
    """Other numbers and texts."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        if type(node.value) in (int, str):
            node.value += type(node.value)(7)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.JoinedStr:
        return node


def edited(function: ast.FunctionDef) -> str:
    """A statement more in the middle, and one more further down."""
    body = function.body
    new = ast.parse("counted = count_again(1)\nlogger.note('seen')").body
    body.insert(len(body) // 3, new[0])
    body.insert(len(body) - 1, new[1])
    return ast.unparse(function)


def commented(function: ast.FunctionDef) -> str:
    lines = ast.unparse(function).split("\n")
    return "\n".join(
        f"{' ' * (len(line) - len(line.lstrip()))}# word {n}\n\n{line}"
        for n, line in enumerate(lines)
    ).partition("\n\n")[2]


CHANGES: dict[str, Callable[[ast.FunctionDef], str]] = {
    "none": ast.unparse,
    "names": lambda function: ast.unparse(Rename(function).visit(function)),
    "literals": lambda function: ast.unparse(Literals().visit(function)),
    "statements": edited,
    "comments": commented,
}


def functions(package: str) -> Iterator[tuple[Path, ast.FunctionDef]]:
    """Functions of 20 to 60 statements; docstrings and decorators are taken off."""
    spec = importlib.util.find_spec(package)
    assert spec and spec.origin
    for path in sorted(Path(spec.origin).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name != "__init__":
                if ast.get_docstring(node):
                    node.body = node.body[1:]
                node.decorator_list = []
                if 20 <= sum(isinstance(n, ast.stmt) for n in ast.walk(node)) <= 60:
                    yield path, node


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("package", ["jinja2", "click"])
def test_a_copy_planted_into_a_package_is_found(package: str, change: str) -> None:
    chosen = random.Random(1).sample([*functions(package)], 8)
    missed = []
    for path, function in chosen:
        text = f"import os\n\n\n{ast.unparse(function)}\n"
        copy = CHANGES[change](ast.parse(text).body[1])  # type: ignore[arg-type]
        ends = 1 + copy.count("\n")
        found = places(text, copy + "\n\n\nrest = 1\n")
        wanted = [("a.py", 4, text.count("\n")), ("b.py", 1, ends)]
        near = [
            all(
                one[0] == other[0]
                and abs(one[1] - other[1]) + abs(one[2] - other[2]) <= 6
                for one, other in zip(some, wanted)
            )
            for some in found
        ]
        if not any(near):
            missed.append((path.name, function.name, found, wanted))
    assert len(missed) <= 1, missed


# Whatever is given, no crash and no wait


FUNCTION = "def f(a, b):\n" + "".join(
    f"    v{n} = a.m{n}(b, {n}) + [x * {n} for x in b if x > 3]{'[0]' * (n % 5)}\n"
    f"    if v{n} > b.c{'.d' * (n % 6)}:\n        print(v{n}, {'a, ' * (n % 9)})\n"
    for n in range(12)
)


@pytest.mark.parametrize(
    "text",
    [
        "x = foo(a.b, c)[1 + d] * bar(1, 2, e.f)\n" * 20_000,
        "x = f(a, b); " * 20_000 + "\n",
        "x = [" + "a, " * 200_000 + "]\n",
        "x = a" + ".b" * 50_000 + "\n",
        "if x == 0:\n    y = 0\n" + "elif x == 1:\n    y = g(1)\n" * 500,
        "".join(" " * n + "if x:\n" for n in range(90)) + " " * 90 + "y = 1\n",
        "(" * 5_000,
        "\0",
        "",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_no_input_is_too_much(text: str) -> None:
    assert duplicates.find([Source("a.py", text)]).complete


def test_many_copies_are_one_clone() -> None:
    (clone,) = clones(FUNCTION * 100)
    assert len(clone.places) == 100
    sources = [Source(f"{n:03}.py", FUNCTION) for n in range(100)]
    (clone,) = duplicates.find(sources).clones
    assert [place.path for place in clone.places] == [s.path for s in sources]


def test_what_is_beyond_the_limit_is_told() -> None:
    sources = [Source("a.py", RIDES), Source("b.py", RIDES)]
    found = duplicates.find(sources, limit=20)
    assert (found.complete, found.clones) == (False, ())


LINES = st.sampled_from(
    [
        *("x = 1", "for a in b: pass", "if a:", "else:", "    x(1)", "    y = z.w"),
        *("def f(a):", "class A:", "    return a", "", "# c", "  ", "try:", "finally:"),
        *(
            "        yield {**a, 'b': -1}",
            "match x:",
            "    case [1, *_]:",
            "    x: int",
        ),
        *(
            "    del a[1:, ...]",
            "    lambda: (yield)",
            "f'{x!r:>{y}}'",
            "async def g():",
        ),
        *(
            "    with a as b, c:",
            "except* E as e:",
            "    while True:",
            "@d",
            "é = '\\x00'",
        ),
    ]
)


@settings(max_examples=60)
@given(st.lists(LINES, max_size=40), st.integers(1, 8))
def test_no_text_breaks_it(lines: list[str], times: int) -> None:
    text = "\n".join(lines * times)
    found = duplicates.find([Source("a.py", text), Source("b.py", text)], min_lines=1)
    for clone in found.clones:
        for place in clone.places:
            assert 1 <= place.first <= place.last <= len(text.split("\n"))


@settings(max_examples=10)
@given(st.permutations([RIDES, RENAMED, FUNCTION, BEFORE, EDITED]))
def test_the_order_in_which_files_are_given_makes_no_difference(
    texts: list[str],
) -> None:
    named = {
        text: f"{n}.py"
        for n, text in enumerate([RIDES, RENAMED, FUNCTION, BEFORE, EDITED])
    }
    sources = [Source(named[text], text) for text in texts]
    wanted = sorted(sources, key=lambda source: source.path)
    assert duplicates.find(sources) == duplicates.find(wanted)
