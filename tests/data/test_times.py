"""Dates and times."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.data import times
from gate.data.changes import drop
from gate.data.columns import coded
from gate.errors import ConfigError
from tests.data.conftest import Validate

EPOCH = dt.datetime(1970, 1, 1)
FORMATS = ["%Y-%m-%d", "%d/%m/%Y %H:%M", "%Y%m%d", "%Y-%m-%dT%H:%M:%S.%f", "%H %Y"]


def schema(body: str, type_: str = "BYTES") -> str:
    return f"feature: [{{name: x, type: {type_}, {body}}}]\n"


def told(report: object) -> list[tuple[str, list[str]]]:
    anomalies = getattr(report, "anomalies")
    return [(a.type, [e.value for e in a.examples]) for a in anomalies]


def expected(text: str, form: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(text, form)
    except ValueError:
        return None


def agrees(form: str, text: str) -> None:
    """One by one, and as all texts of a column are read."""
    time = expected(text, form)
    assert times.parser(form)(text) == time
    (micros,), (valid,) = times.Times(form).read(coded(np.zeros(1, int), [text]))
    assert valid == (time is not None)
    if time is not None:
        assert EPOCH + dt.timedelta(microseconds=int(micros)) == time


@given(st.sampled_from(FORMATS), st.text("0123456789-/: T.\n٣", max_size=20))
def test_the_verdict_is_that_of_strptime(form: str, text: str) -> None:
    agrees(form, text)


@given(st.sampled_from(FORMATS), st.datetimes(), st.integers(0, 20), st.booleans())
def test_the_time_is_that_of_strptime(
    form: str, time: dt.datetime, cut: int, whole: bool
) -> None:
    text = time.strftime(form)
    text = text if whole else text[:cut] + text[cut + 1 :]
    agrees(form, text)


@pytest.mark.parametrize(
    "text", ["2024-1-5", "2024-01- 5", "2023-02-29", " 2024-01-01"]
)
def test_odd_dates_are_judged_as_strptime_does(text: str) -> None:
    agrees("%Y-%m-%d", text)


def test_texts_of_another_format_are_told(validate: Validate) -> None:
    dates = schema("time_domain: {string_format: '%Y-%m-%d'}")
    assert validate("x\n2024-02-29\n", dates).anomalies == ()
    (found,) = validate("x\n2024-02-29\n2023-02-29\n\n29.2.24\n", dates).anomalies
    assert (found.type, found.count) == ("TIME_DOMAIN_UNPARSABLE", 2)
    assert [e.lines for e in found.examples] == [(3,), (5,)]
    assert found.changes == (drop("time_domain"),)
    clock = schema("time_of_day_domain: {string_format: '%H:%M'}")
    assert told(validate("x\n23:59\n24:00\n", clock)) == [
        ("TIME_DOMAIN_UNPARSABLE", ["24:00"])
    ]


def test_times_out_of_their_bounds_are_told(validate: Validate) -> None:
    bounds = schema(
        "time_domain: {min: 2024-01-01, max: '2024-12-31'}".replace(
            "2024-01-01", "'2024-01-01'"
        )
    )
    table = (
        "x\n2024-01-01\n2023-12-31T23:59:59\n2024-12-31 23:59:59.999\n2025-01-01\n?\n"
    )
    assert told(validate(table, bounds)) == [
        ("TIME_DOMAIN_UNPARSABLE", ["?"]),
        ("TIME_DOMAIN_TOO_EARLY", ["2023-12-31T23:59:59"]),
        ("TIME_DOMAIN_TOO_LATE", ["2025-01-01"]),
    ]
    offset = "x\n2024-01-01T00:30:00+01:00\n2024-12-31T23:30:00-01:00\n"
    assert [kind for kind, _ in told(validate(offset, bounds))] == [
        "TIME_DOMAIN_TOO_EARLY",
        "TIME_DOMAIN_TOO_LATE",
    ]


@pytest.mark.parametrize(
    ("unit", "per_day"),
    [("DAYS", 1), ("SECONDS", 86_400), ("NANOSECONDS", 86_400 * 10**9)],
)
def test_integers_that_count_are_bounded(
    validate: Validate, unit: str, per_day: int
) -> None:
    body = f"time_domain: {{integer_format: UNIX_{unit}, min: '1970-01-02', max: "
    bounds = schema(body + "'1970-01-03'}", "INT")
    inside = [per_day, 3 * per_day - 1]
    assert validate("x\n{}\n{}\n".format(*inside), bounds).anomalies == ()
    table = f"x\n{per_day - 1}\n{3 * per_day}\n-7\n"
    assert told(validate(table, bounds)) == [
        ("TIME_DOMAIN_TOO_EARLY", ["-7", str(per_day - 1)]),
        ("TIME_DOMAIN_TOO_LATE", [str(3 * per_day)]),
    ]


@pytest.mark.parametrize(
    "body", ["string_format: '%Q'", "string_format: '%'", "min: yesterday"]
)
def test_a_format_or_bound_that_is_none_is_refused(
    validate: Validate, body: str
) -> None:
    with pytest.raises(ConfigError):
        validate("x\n1\n", schema(f"time_domain: {{{body}}}"))


def test_times_do_not_go_with_floats(validate: Validate) -> None:
    (found,) = validate("x\n0.5\n", schema("time_domain: {}", "FLOAT")).anomalies
    assert found.type == "DOMAIN_INVALID_FOR_TYPE"
