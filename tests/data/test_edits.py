"""Changes of a schema: made, said in a command, and shown as a patch."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.commands.data import accept
from gate.data import edits, schemafile
from gate.data.changes import Change, add, command, drop, put
from gate.data.schema import Feature, FloatDomain, IntDomain, Schema, Type
from gate.errors import ConfigError
from tests.data.test_pbtxt import TEXT as PBTXT

TEXT = """\
# Rides.
feature:
  - name: fare  # dollars
    type: FLOAT
    float_domain: {min: 0.0}
  - name: kind
    type: BYTES
    domain: words
  - name: tip
    type: INT
rule:
  - {expression: "tip <= fare"}
string_domain:
  - name: words
    value: [Cash]
"""
SCHEMA = schemafile.parse(TEXT)


@pytest.mark.parametrize(
    ("feature", "change", "line"),
    [
        ("kind", add("string_domain.value", "Card", "Cash"), "value: [Cash, Card]"),
        ("tip", add("string_domain.value", "x"), "string_domain: {value: [x]}"),
        ("fare", put("float_domain.max", 9.5), "float_domain: {min: 0.0, max: 9.5}"),
        ("fare", drop("float_domain.min"), "float_domain: {}"),
        ("fare", drop("float_domain"), "type: FLOAT"),
        ("tip", put("lifecycle_stage", "DEPRECATED"), "lifecycle_stage: DEPRECATED"),
        ("tip", add("in_environment", "A"), "in_environment: [A]"),
        ("new", put("name", "new"), "name: new"),
        ("", put("dataset_constraints.min_examples_count", 3), "min_examples_count: 3"),
        ("", put("rule[0].min_fraction", 0.5), '"tip <= fare", min_fraction: 0.5}'),
        ("", drop("rule[0]"), "type: INT"),
        ("", drop("rule[7]"), 'expression: "tip <= fare"'),
        ("tip", drop("presence.min_count"), "type: INT"),
    ],
)
def test_a_change_is_made(feature: str, change: Change, line: str) -> None:
    found = schemafile.render(edits.apply(SCHEMA, feature, [change]))
    flat = found.replace("\n      value:\n        - x", " {value: [x]}")
    assert line in flat.replace("\n      - Cash\n      - Card", " [Cash, Card]")
    changed = edits.rewritten(TEXT, schemafile.parse(found), "yaml")
    assert schemafile.parse(changed) == schemafile.parse(found)
    assert changed.startswith("# Rides.\n") and "# dollars" in changed


@pytest.mark.parametrize(
    ("feature", "change", "says"),
    [
        ("fair", drop("type"), "did you mean 'fare'?"),
        ("zzzzzz", drop("type"), "it has 'fare', 'kind', 'tip'"),
        ("fare", put("presense.min_count", 1), "did you mean `presence`?"),
        ("fare", put("type", "FLAOT"), "did you mean FLOAT?"),
        ("fare", put("type.x", 1), "no field"),
        ("fare", put("presence.min_count", "many"), "a whole number is wanted"),
    ],
)
def test_what_cannot_be_changed_is_told(
    feature: str, change: Change, says: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        edits.apply(SCHEMA, feature, [change])
    assert says in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("presence.min_count=1", put("presence.min_count", 1)),
        ("presence.min_fraction=1", put("presence.min_fraction", 1.0)),
        ("float_domain.max=inf", put("float_domain.max", float("inf"))),
        ("deprecated=true", put("deprecated", True)),
        ("pattern=5", put("pattern", "5")),
        ("pattern=a=b", put("pattern", "a=b")),
        ("type=INT", put("type", "INT")),
        ("shape={dim: [{size: 1}]}", put("shape", {"dim": [{"size": 1}]})),
        ("in_environment+=1", add("in_environment", "1")),
        ("in_environment=[A]", put("in_environment", ["A"])),
        ("key+={feature: [a, b]}", add("key", {"feature": ["a", "b"]})),
        ("rule[0].min_fraction=0.5", put("rule[0].min_fraction", 0.5)),
        ("unknown.thing=yes", put("unknown.thing", "yes")),
    ],
)
def test_words_say_a_change(text: str, change: Change) -> None:
    assert edits.said(text) == change


@pytest.mark.parametrize("text", ["", "x", "=1", "presence.min_count=x", "shape={"])
def test_words_that_say_no_change_are_told(text: str) -> None:
    with pytest.raises(ConfigError):
        edits.said(text)


_texts = st.one_of(
    st.text(min_size=0, max_size=8),
    st.sampled_from(
        ["-x", "--drop", "'", '"', "a b", "$(x)", "`x`", "\\", "é", "=", "*"]
    ),
)
_ints = st.integers(-(2**63), 2**63 - 1)
_floats = st.floats(allow_nan=False)
_changes = {
    Type.INT: st.one_of(
        _ints.map(lambda n: put("int_domain.min", n)),
        _ints.map(lambda n: put("int_domain.max", n)),
        _ints.map(lambda n: put("presence.min_count", n)),
        st.just(drop("int_domain")),
    ),
    Type.FLOAT: st.one_of(
        _floats.map(lambda x: put("float_domain.min", x)),
        _floats.map(lambda x: put("float_domain.max", x)),
        st.just(put("float_domain.disallow_nan", False)),
        _floats.map(lambda x: put("drift_comparator.infinity_norm.threshold", x)),
    ),
    Type.BYTES: st.one_of(
        st.lists(_texts, min_size=1, max_size=3).map(
            lambda values: add("string_domain.value", *values)
        ),
        _floats.map(lambda x: put("distribution_constraints.min_domain_mass", x)),
        _texts.map(lambda text: put("pattern", text)),
        _texts.map(lambda text: add("in_environment", text)),
        _texts.map(lambda text: add("not_in_environment", text)),
        st.lists(_texts, max_size=2).map(lambda v: put("in_environment", tuple(v))),
        st.just(put("lifecycle_stage", "DEPRECATED")),
        st.just(put("type", "BYTES")),
        st.just(put("value_count", {"min": 1, "max": 1})),
        st.just(drop("shape")),
    ),
}
_cases = st.sampled_from(Type).flatmap(
    lambda kind: st.tuples(
        st.just(kind), st.lists(_changes[kind], min_size=1, unique_by=lambda c: c.key)
    )
)


def _said(changes: list[Change]) -> list[str]:
    """The texts in the values of changes, those within others as JSON has them."""
    found = []
    for change in changes:
        added = change.action == "add"
        for value in change.value if added else [change.value]:
            plain = isinstance(value, str)
            found.append(value if plain else json.dumps(value, ensure_ascii=False))
    return found


@given(_texts, _texts, _cases)
def test_a_command_makes_exactly_its_changes(
    path: str, name: str, case: tuple[Type, list[Change]]
) -> None:
    kind, changes = case
    changes = sorted(changes, key=lambda one: one.action != "drop")
    domains = {"int_domain": IntDomain() if kind is Type.INT else None}
    floats = FloatDomain() if kind is Type.FLOAT else None
    feature = Feature(name=name, type=kind, float_domain=floats, **domains)
    schema = Schema(feature=(feature,))
    line = command(path, name, changes)
    said = [path, name, *(str(one.key) for one in changes), *_said(changes)]
    assert bool(line) == all(word.isprintable() for word in said)
    if not line:
        return
    words = shlex.split(line)
    assert words[:3] == ["gate", "data", "accept"]
    asked = accept.command.make_context("accept", words[3:]).params
    assert (str(asked["schema"]), asked["feature"]) == (str(Path(path)), name)
    requested = accept.requested(schema, name, asked)
    assert edits.apply(schema, name, requested) == edits.apply(schema, name, changes)


def test_a_new_column_is_said_in_a_command() -> None:
    changes = (put("name", "new"), put("type", "INT"))
    line = command("a.schema.yaml", "new", changes)
    assert line == "gate data accept a.schema.yaml new --new-column --type INT"
    asked = accept.command.make_context("accept", shlex.split(line)[3:]).params
    assert accept.requested(SCHEMA, "new", asked) == changes


def test_what_no_terminal_takes_has_no_command() -> None:
    assert command("a", "b", [add("string_domain.value", "x\ny")]) == ""
    assert command("a\x1b", "b", [drop("type")]) == ""
    assert command("a", "b", []) == ""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_git_applies_the_patch(tmp_path: Path, newline: str, end: str) -> None:
    text = TEXT.rstrip("\n").replace("\n", newline) + (newline if end else "")
    patch = edits.patch(
        text, "a.schema.yaml", "kind", [add("string_domain.value", "é")]
    )
    (tmp_path / "a.schema.yaml").write_text(text, "utf-8", newline="")
    subprocess.run(
        ["git", "apply", "-"], cwd=tmp_path, input=patch.encode(), check=True
    )
    found = (tmp_path / "a.schema.yaml").read_bytes().decode()
    assert found == text.replace("[Cash]", '[Cash, "é"]')


def test_what_changes_nothing_has_no_patch() -> None:
    assert edits.patch(TEXT, "a.yaml", "kind", [drop("shape")]) == ""
    assert edits.patch(TEXT, "a.yaml", "nobody", [drop("shape")]) == ""


def test_the_text_format_keeps_what_does_not_change() -> None:
    change = add("string_domain.value", "Card")
    before = schemafile.parse(PBTXT, form="pbtxt")
    wanted = edits.apply(before, "payment_type", [change])
    found = edits.rewritten(PBTXT, wanted, "pbtxt")
    assert schemafile.parse(found, form="pbtxt") == wanted
    assert found.startswith(PBTXT[: PBTXT.index("string_domain")])
    assert '  value: "Card"\n}\ndefault_environment: "TRAINING"' in found
