"""Patterns, URLs and identifiers."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.data import buffers, forms
from gate.data.changes import drop
from gate.data.schema import Feature, Type
from gate.errors import ConfigError
from tests.data.conftest import Validate


def schema(body: str) -> str:
    return f"feature: [{{name: x, type: BYTES, {body}}}]\n"


def matches(pattern: str, text: str) -> bool:
    fits = forms.matcher(Feature(name="x", type=Type.BYTES, pattern=pattern))
    return bool(fits(buffers.texts([text]))[0])


def test_texts_must_match_as_a_whole(validate: Validate) -> None:
    pattern = schema(r"pattern: '[A-Z]{2}\d{2}'")
    assert validate("x\nAB12\nXY99\n", pattern).anomalies == ()
    table = "x\nAB12\nAB123\n\nxAB12\nAB123\n"
    (found,) = validate(table, pattern).anomalies
    assert (found.type, found.count) == ("PATTERN_MISMATCH", 3)
    assert [(e.value, e.lines) for e in found.examples] == [
        ("AB123", (3, 6)),
        ("xAB12", (5,)),
    ]
    assert found.changes == (drop("pattern"),)


@given(st.text("ab1\né", max_size=6))
@pytest.mark.parametrize("pattern", ["a+b?", "(a|b1)*", "[^a]*", "a.?b", "", "é|a{2}"])
def test_the_verdict_is_that_of_pythons_expressions(pattern: str, text: str) -> None:
    assert matches(pattern, text) == (re.fullmatch(pattern, text) is not None)


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "a)|(b",
        r"\Qa",
        "(?=a)b",
        r"(a)\1",
        "a{2000}",
        "(?:(?:a?){999999}){999999}",
        "a" * 3_000,
    ],
    ids=[
        "open",
        "closed",
        "quote",
        "look-around",
        "backreference",
        "repeat",
        "bomb",
        "long",
    ],
)
def test_a_pattern_that_is_none_is_refused(validate: Validate, pattern: str) -> None:
    with pytest.raises(ConfigError, match="the pattern of x is no regular expression"):
        validate("x\na\n", schema(f"pattern: '{pattern}'"))


def test_a_pattern_that_explodes_elsewhere_is_linear_here() -> None:
    assert not matches("(a|aa)+c", "a" * 100_000)
    assert not matches("(a+)+$", "a" * 50_000 + "b")


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("https://example.org/a?b=c#d", True),
        ("ftp://user@host:21/", True),
        ("http://[::1]:8080/", True),
        ("http://bücher.example/ü", True),
        ("example.org", False),
        ("//example.org/x", False),
        ("https:///x", False),
        ("http://a b.org/", False),
        ("http://a\n.org/", False),
        ("http://a:port/", False),
        ("http://[::1/", False),
        ("mailto:a@b.org", False),
        ("", False),
    ],
)
def test_urls_have_a_scheme_and_a_host(text: str, valid: bool) -> None:
    assert forms.is_url(text) is valid


@given(st.text())
def test_any_text_is_a_url_or_none(text: str) -> None:
    forms.is_url(text)
    forms.is_url("http://" + text)


def test_urls_and_identifiers_are_judged(validate: Validate) -> None:
    table = "x\nhttps://a.org\nnope\n"
    (found,) = validate(table, schema("url_domain: {}")).anomalies
    assert (found.type, found.examples[0].lines) == ("URL_DOMAIN_INVALID", (3,))
    assert found.changes == (drop("url_domain"),)
    (found,) = validate("x\n/m/02mjmr\n/x/1\n", schema("mid_domain: {}")).anomalies
    assert (found.type, found.examples[0].value) == ("MID_DOMAIN_INVALID", "/x/1")


@pytest.mark.parametrize(
    "key", ["pattern: a", "url_domain: {}", "mid_domain: {}", "image_domain: {}"]
)
def test_forms_of_texts_do_not_go_with_numbers(validate: Validate, key: str) -> None:
    body = f"feature: [{{name: x, type: INT, {key}}}]\n"
    (found,) = validate("x\n1\n", body).anomalies
    assert found.type == "DOMAIN_INVALID_FOR_TYPE"
