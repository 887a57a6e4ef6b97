"""YAML 1.2 with lines: what people expect, and never more than a clear refusal."""

from __future__ import annotations

import math
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gate import yamlfile
from gate.errors import ConfigError


def refusal(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        yamlfile.parse(text, name="a.yaml")
    assert caught.value.path == "a.yaml"
    return caught.value


@pytest.mark.parametrize(
    "scalar, value",
    [
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("tRUE", "tRUE"),
        ("null", None),
        ("~", None),
        ("Null", None),
        ("", None),
        ("nil", "nil"),
        ("0", 0),
        ("-0", 0),
        ("+12", 12),
        ("012", "012"),
        ("0o14", "0o14"),
        ("0x1F", "0x1F"),
        ("0b1", "0b1"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("1:30:00", "1:30:00"),
        ("2024-01-01", "2024-01-01"),
        ("2024-01-01 10:00:00", "2024-01-01 10:00:00"),
        ("1.5", 1.5),
        ("1.", 1.0),
        (".5", 0.5),
        ("-.5", -0.5),
        ("1e3", 1000.0),
        ("1.5E-3", 0.0015),
        (".", "."),
        ("1.2.3", "1.2.3"),
        ("e3", "e3"),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("+.Inf", math.inf),
        ("inf", "inf"),
        ("nan", "nan"),
        ("=", "="),
        ("<<", "<<"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("café", "café"),
    ],
)
def test_a_scalar_is_what_yaml_1_2_says(scalar: str, value: Any) -> None:
    read = yamlfile.parse(f"key: {scalar}\n").value["key"]
    assert read == value
    assert type(read) is type(value)


def test_not_a_number_is_a_float() -> None:
    assert math.isnan(yamlfile.parse(".nan").value)


def test_keys_are_text_whatever_they_look_like() -> None:
    document = yamlfile.parse("1: a\ntrue: b\n~: c\n2024-01-01: d\n<<: e\n")
    assert list(document.value) == ["1", "true", "~", "2024-01-01", "<<"]


def test_an_empty_text_is_nothing() -> None:
    assert yamlfile.parse("").value is None
    assert yamlfile.parse("# only a comment\n").value is None


def test_every_key_and_item_has_its_line() -> None:
    document = yamlfile.parse("a: 1\nb:\n  - x\n  -\n    c: 2\nd: {e: 3,\n  f: 4}\n")
    assert document.lines == {
        ("a",): 1,
        ("b",): 2,
        ("b", 0): 3,
        ("b", 1): 5,
        ("b", 1, "c"): 5,
        ("d",): 6,
        ("d", "e"): 6,
        ("d", "f"): 7,
    }


def test_the_line_of_something_missing_is_that_of_what_is_around_it() -> None:
    document = yamlfile.parse("a:\n  b: 1\n")
    assert document.line(("a", "nothing")) == 1
    assert document.line(("a", "b", "c", 0)) == 2
    assert document.line(("nothing",)) is None


@pytest.mark.parametrize(
    "text, line, words",
    [
        ("a: 1\nb: 2\na: 3\n", 3, "`a` is there twice"),
        ("1: x\n'1': y\n", 2, "`1` is there twice"),
        ("a: &x 1\nb: *x\n", 2, "alias"),
        ("a: &x {<<: *x}\n", 1, "alias"),
        ("a: [1\nb: 2\n", 1, "not valid YAML"),
        ("a:\n\tb: 1\n", 2, "not valid YAML"),
        ("a: b: c\n", 1, "not valid YAML"),
        ("a: 1\n---\nb: 2\n", 2, "document"),
        ("? [1, 2]\n: x\n", 1, "a key must be plain text"),
        ("? {a: 1}\n: x\n", 1, "a key must be plain text"),
        ("a: 1\nb: x\0y\n", 2, "character"),
        ("a: 1\nb: \x07\n", 2, "character"),
        ("a: " + "9" * 5000, 1, "a number too long"),
        ("\n" * 3 + "[" * 60 + "]" * 60, 4, "nested too deeply"),
        ("[" * 5000, None, "nested too deeply"),
        ("a: !!python/object/apply:os.system [id]\n", 1, "a tag (!) is not allowed"),
        ("a: !!timestamp x\n", 1, "a tag (!) is not allowed"),
        ("a: !!bool perhaps\n", 1, "a tag (!) is not allowed"),
        ("a: 1\nb: !!int ''\n", 2, "a tag (!) is not allowed"),
        ("a: !!set {b}\n", 1, "a tag (!) is not allowed"),
        ("a: !own [1]\n", 1, "a tag (!) is not allowed"),
        ("%YAML " + "1" * 5000 + ".2\n---\na\n", None, "not valid YAML"),
        ('a: "\\UFFFFFFFF"\n', None, "not valid YAML"),
        ('a: 1\nb: "\\ud800"\n', 2, "half a character"),
        ('"\\udfff": 1\n', 1, "half a character"),
    ],
)
def test_what_is_refused_is_named_with_its_line(
    text: str, line: int | None, words: str
) -> None:
    error = refusal(text)
    assert words in error.message
    assert error.line == line


def test_a_huge_text_is_refused() -> None:
    assert "larger than" in refusal("#" * (yamlfile.MAX_CHARACTERS + 1)).message


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=15,
)


class Dumper(yaml.SafeDumper):
    """Writes text in quotes, and what appears twice in full."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style='"'
    ),
)


@given(PLAIN)
def test_any_plain_value_is_read_as_it_was_written(value: Any) -> None:
    text = yaml.dump(value, Dumper=Dumper, allow_unicode=True)
    assert yamlfile.parse(text).value == value


@given(st.text() | st.text("ab01:-[]{},&*!|>'\"%@`#?~\\.<= \n\tUx\0", max_size=40))
def test_no_text_ends_in_anything_but_a_value_or_a_refusal(text: str) -> None:
    try:
        yamlfile.parse(text)
    except ConfigError as error:
        assert error.message


@given(PLAIN)
def test_every_line_is_one_of_the_text(value: Any) -> None:
    text = yaml.dump(value, Dumper=Dumper, allow_unicode=True)
    lines = yamlfile.parse(text).lines.values()
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:\n  b: {c: 1\nd: 2\n", "x.yaml:2:6: not valid YAML: this bracket"),
        ("a:\n\tb: 1\n", "x.yaml:2:1: not valid YAML: a tab where YAML wants spaces"),
    ],
)
def test_common_slips_are_told_where_and_in_what_they_are(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        yamlfile.parse(text, name="x.yaml")
    assert str(caught.value).startswith(said)
