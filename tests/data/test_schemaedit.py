"""Schemas in YAML changed in place."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gate.data import schemaedit, schemafile
from gate.data.schema import Feature, Presence, Schema, Type
from gate.errors import ConfigError
from tests.data.test_schemafile import schemas

TEXT = """\
# Rides of a city.
default_environment: [TRAINING]   # and SERVING, one day

feature:
  # In dollars.
  - name: fare
    type: FLOAT
    presence: {min_count: 1}  # 0.9 % missing
    float_domain:
      # by law
      min: 0.0   # never less

  - type: BYTES
    # The words below.
    domain: words
    name: 'kind'

string_domain:
- name: "words"  # indented in another way
  value: [Cash,   "no"]
# The end.
"""


def changed(old: str, new: str) -> str:
    assert old in TEXT
    return schemaedit.rewrite(TEXT, schemafile.parse(TEXT.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[TRAINING]", "[TRAINING, SERVING]"),
        ("type: FLOAT", "type: INT"),
        ("min_count: 1}", "min_count: 1, min_fraction: 0.5}"),
        ("{min_count: 1}", "{min_fraction: 0.5}"),
        ("min: 0.0   # never less", "min: -1.0   # never less"),
        ("min: 0.0   # never less", "min: 0.0   # never less\n      max: 10.0"),
        ('   "no"]', '   "no", Card, "1"]'),
        (',   "no"]', "]"),
        ('[Cash,   "no"]', '["no"]'),
        ("    domain: words\n", ""),
        ("domain: words\n", "domain: words\n    lifecycle_stage: BETA\n"),
        (
            "name: 'kind'\n",
            "name: 'kind'\n\n  - name: new\n    type: INT\n"
            "    presence: {min_count: 1}\n",
        ),
        (
            '   "no"]\n',
            '   "no"]\n- name: more\n  value:\n    - a\n',
        ),
        (
            " day\n",
            " day\ndataset_constraints: {min_examples_count: 5}\n",
        ),
    ],
)
def test_only_what_differs_is_touched(old: str, new: str) -> None:
    assert changed(old, new) == TEXT.replace(old, new)
    crlf = TEXT.replace("\n", "\r\n")
    wanted = schemafile.parse(TEXT.replace(old, new))
    assert schemaedit.rewrite(crlf, wanted) == TEXT.replace(old, new).replace(
        "\n", "\r\n"
    )


def test_a_feature_goes_with_its_lines_only() -> None:
    wanted = schemafile.parse(TEXT)
    text = schemaedit.rewrite(TEXT, replace(wanted, feature=wanted.feature[1:]))
    assert schemafile.parse(text).feature == wanted.feature[1:]
    assert "# In dollars." in text
    assert "# The words below." in text
    assert "fare" not in text


@pytest.mark.parametrize(
    "text",
    ["", "# only this\n", "# no end", "---\n", "{}", "feature: []\n"],
)
def test_a_file_without_a_schema_gets_one(text: str) -> None:
    wanted = Schema(feature=(Feature(name="a", type=Type.INT),))
    found = schemaedit.rewrite(text, wanted)
    assert schemafile.parse(found) == wanted
    assert "#" not in text or found.startswith(text)


def test_nothing_is_touched_where_nothing_changes() -> None:
    assert schemaedit.rewrite(TEXT, schemafile.parse(TEXT)) == TEXT


def test_what_cannot_be_changed_in_place_is_told() -> None:
    text = "? feature\n:\n  - name: a\n"
    wanted = Schema(feature=(Feature(name="a", presence=Presence(min_count=1)),))
    try:
        assert schemafile.parse(schemaedit.rewrite(text, wanted)) == wanted
    except ConfigError as error:
        assert "cannot be changed in place" in error.message


def commented(text: str, seed: int) -> str:
    """A rendered schema with comments, blank lines and other indentation."""
    chance = random.Random(seed)
    lines: list[str] = []
    for i, line in enumerate(text.splitlines()):
        indent = line[: len(line) - len(line.lstrip())]
        if chance.random() < 0.3:
            lines.append(f"{indent}# comment {i}")
        if chance.random() < 0.1:
            lines.append("")
        lines.append(line + ("  # behind" if chance.random() < 0.2 else ""))
    newline = chance.choice(["\n", "\r\n"])
    return newline.join(lines) + chance.choice(["", newline])


@settings(max_examples=300)
@given(schemas, schemas, st.integers(0, 1000))
def test_any_schema_can_become_any_other(old: Schema, new: Schema, seed: int) -> None:
    text = commented(schemafile.render(old), seed)
    assert schemafile.parse(text) == old
    assert schemafile.parse(schemaedit.rewrite(text, new)) == new


@settings(max_examples=150)
@given(schemas, st.integers(0, 1000), st.data())
def test_what_is_not_changed_keeps_its_text(
    schema: Schema, seed: int, data: st.DataObject
) -> None:
    text = commented(schemafile.render(schema), seed)
    if not schema.feature:
        return
    i = data.draw(st.integers(0, len(schema.feature) - 1))
    other = replace(schema.feature[i], presence=Presence(min_count=7), deprecated=True)
    features = (*schema.feature[:i], other, *schema.feature[i + 1 :])
    found = schemaedit.rewrite(text, replace(schema, feature=features)).splitlines()
    comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    left = iter(found)
    assert all(comment in left for comment in comments)
    assert len(found) - len(text.splitlines()) <= 2
