"""results.json: what is written is read as it was, and anything else is refused."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gate
from gate import results
from gate.errors import GateError
from gate.findings import Column, Finding, Fix, Level, Result, Status, Table
from gate.verdict import VERSION, Context, Verdict, could_not_judge, judge

PACKAGE = Path(gate.__file__).parent
VALIDATOR = jsonschema.Draft202012Validator(results.json_schema())

st.register_type_strategy(str, st.text(st.characters(exclude_categories=["Cs"])))
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(int, st.integers(-(2**63), 2**63 - 1))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Tables have one cell a column."""
    columns = tuple(draw(st.lists(st.from_type(Column), max_size=3)))
    cell = st.none() | st.from_type(str) | st.from_type(int) | st.from_type(float)
    cells = st.tuples(*[cell for _ in columns])
    table = draw(st.from_type(_Table))
    return Table(
        title=table.title,
        columns=columns,
        rows=tuple(draw(st.lists(cells, max_size=3))),
        chart=table.chart,
        important=table.important,
        total=table.total,
    )


class _Table(msgspec.Struct, kw_only=True):
    title: str
    chart: str = ""
    important: bool = False
    total: int | None = None


st.register_type_strategy(Table, tables())
VERDICTS = st.builds(
    judge,
    st.lists(
        st.builds(
            Result,
            status=...,
            summary=...,
            findings=...,
            total=...,
            tables=...,
            metrics=...,
            advice=...,
            tools=...,
            output=...,
            duration=...,
            weight=...,
            check=...,
        ),
        max_size=2,
    ),
    st.builds(Context, gate=..., notes=..., dirty=..., head=..., duration=...),
)


def encoded(verdict: Verdict) -> bytes:
    return msgspec.json.encode(verdict)


def a_verdict(*judged: Result) -> Verdict:
    return judge(
        judged or (Result(status=Status.PASSED, summary="x"),), Context(gate="1")
    )


def altered(**changes: Any) -> bytes:
    value = json.loads(encoded(a_verdict()))
    return json.dumps({**value, **changes}).encode()


@settings(max_examples=50)
@given(VERDICTS)
def test_a_verdict_is_read_as_it_was_written(verdict: Verdict) -> None:
    data = encoded(verdict)
    assert results.decode(data) == verdict
    VALIDATOR.validate(json.loads(data))


def test_it_goes_by_a_file_too(tmp_path: Path) -> None:
    path = tmp_path / "new" / "results.json"
    results.write(a_verdict(), path)
    assert results.read(path) == a_verdict()
    assert path.read_text("utf-8").startswith("{\n")
    assert os.listdir(path.parent) == ["results.json"]


def test_the_schema_file_is_current() -> None:
    """`GATE_UPDATE_GOLDEN=1 pytest tests/test_results.py` writes it anew."""
    text = json.dumps(results.json_schema(), indent=2) + "\n"
    path = PACKAGE / "results.schema.json"
    if os.environ.get("GATE_UPDATE_GOLDEN"):
        path.write_text(text, "utf-8", newline="\n")
    assert path.read_text("utf-8") == text
    jsonschema.Draft202012Validator.check_schema(json.loads(text))


def test_a_verdict_that_its_own_results_contradict_is_refused() -> None:
    failed = [{**RESULT, "status": "failed"}]
    with pytest.raises(GateError, match="is `open`, where its results") as caught:
        results.decode(altered(results=failed), name="r.json")
    assert caught.value.path == "r.json" and caught.value.hint


RESULT = {"status": "passed", "summary": "x"}
TABLE = {"title": "t", "columns": [{"name": "a"}], "rows": [[1]]}
HOSTILE = {
    "nothing": b"",
    "no object": b"[1]",
    "no UTF-8": b'{"version": 1, "state": "\xff"}',
    "UTF-16": '{"version": 1}'.encode("utf-16"),
    "deep": b"[" * 100_000,
    "deep below a key": b'{"version": 1, "x": ' + b'{"x":' * 100_000,
    "two documents": encoded(a_verdict()) * 2,
    "cut": encoded(a_verdict())[:-2],
    "an unknown field": altered(extra=1),
    "an unknown field below": altered(results=[{**RESULT, "extra": 1}]),
    "an unknown state": altered(state="opened"),
    "another type": altered(headline=1),
    "a missing field": b'{"version": 1, "state": "open"}',
    "a level": altered(results=[{**RESULT, "findings": [{"rule": "a", "level": "x"}]}]),
    "not a number": encoded(a_verdict()).replace(b'"version":1', b'"version":NaN'),
    "a metric that is no number": altered(results=[{**RESULT, "metrics": {"a": None}}]),
    "a metric beyond numbers": altered(
        results=[{**RESULT, "metrics": {"a": 0}}]
    ).replace(b'{"a": 0}', b'{"a": 1e999}'),
    "a cell that is a list": altered(
        results=[{**RESULT, "tables": [{**TABLE, "rows": [[[1]]]}]}]
    ),
    "a row without a column": altered(
        results=[{**RESULT, "tables": [{**TABLE, "rows": [[1, 2]]}]}]
    ),
    "a column without a cell": altered(
        results=[{**RESULT, "tables": [{**TABLE, "rows": [[]]}]}]
    ),
    "half a character": encoded(a_verdict()).replace(b'"x"', b'"\\ud800"'),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_does_not_fit_is_refused(name: str) -> None:
    with pytest.raises(GateError, match="not a results.json") as caught:
        results.decode(HOSTILE[name], name="r.json")
    assert caught.value.path == "r.json"


def test_a_table_that_fits_is_taken() -> None:
    data = altered(results=[{**RESULT, "tables": [TABLE]}])
    assert results.decode(data).results[0].tables[0].rows == ((1,),)


@pytest.mark.parametrize("version", [VERSION + 1, 0, -1])
def test_another_version_is_named(version: int) -> None:
    with pytest.raises(GateError, match=f"written in format {version}"):
        results.decode(altered(version=version, unheard_of=1))


def test_a_huge_file_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    with path.open("wb") as file:
        file.truncate(results.MAX_BYTES * 100)
    with pytest.raises(GateError, match="larger than"):
        results.read(path)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="cannot read the results") as caught:
        results.read(tmp_path / "results.json")
    assert "gate run" in caught.value.hint


@given(st.binary() | st.text('{}[]":,version1resultsx').map(str.encode))
def test_no_bytes_end_in_anything_but_a_refusal(data: bytes) -> None:
    with pytest.raises(GateError):
        results.decode(data)


def test_findings_are_capped_and_the_worst_are_kept() -> None:
    notes = [Finding(rule="a/b", message="x", level=Level.NOTE)] * 600
    bad = Finding(rule="a/c", message="bad")
    result = Result(status=Status.FAILED, summary="x", findings=(*notes, bad))
    capped = results.capped(result)
    assert len(capped.findings) == results.MAX_FINDINGS
    assert capped.findings[0] == bad
    assert capped.found == 601


def test_texts_and_tables_are_capped() -> None:
    long = "é" * 50_000
    finding = Finding(
        rule=long,
        message=long,
        path=long,
        fix=Fix(text=long, patch=long, command=long),
    )
    table = Table(title=long, columns=(Column(name=long),), rows=((long,),) * 2000)
    result = Result(
        status=Status.FAILED,
        summary=long,
        findings=(finding,),
        tables=(table,),
        advice=(long,),
        output=long + "end",
    )
    capped = results.capped(result)
    assert len(encoded(a_verdict(capped))) < results.MAX_BYTES
    (one,) = capped.findings
    assert one.fix
    texts = [one.rule, one.message, one.path, one.fix.text, one.fix.command]
    texts += [capped.summary, *capped.advice, capped.tables[0].title]
    assert all(text and len(text) < results.MAX_TEXT + 20 for text in texts)
    assert results.MAX_TEXT < len(one.fix.patch) < results.MAX_PATCH + 20
    assert len(capped.tables[0].rows) == results.MAX_ROWS
    assert capped.tables[0].total == 2000
    assert capped.output.endswith("end")
    assert capped.output.startswith("… (cut)")


def test_a_table_says_how_many_rows_there_were_before_it_came() -> None:
    table = Table(title="t", columns=(), rows=(), total=7)
    result = Result(status=Status.PASSED, summary="x", tables=(table,))
    assert results.capped(result).tables[0].total == 7


def test_a_summary_is_one_line() -> None:
    result = Result(status=Status.ERROR, summary="a\n  b\r\nc\x85d\u2028e ")
    assert results.capped(result).summary == "a b c d e"


def test_what_json_has_no_word_for_is_left_out() -> None:
    table = Table(
        title="t",
        columns=(Column(name="a"),),
        rows=((math.nan,), (math.inf,), (10**30,)),
    )
    result = Result(
        status=Status.PASSED,
        summary="\ud800",
        metrics={"a": math.nan, "b": math.inf, "c": 1.0},
        tables=(table,),
    )
    capped = results.capped(result)
    assert capped.metrics == {"c": 1.0}
    assert capped.tables[0].rows == ((None,), (None,), (1e30,))
    assert results.decode(encoded(a_verdict(capped))).results == (capped,)


def test_whatever_is_written_can_be_read(tmp_path: Path) -> None:
    long = "\x01" * results.MAX_TEXT  # six bytes each in JSON
    finding = Finding(rule="a/b", message=long, fix=Fix(text=long, patch=long))
    full = Result(
        status=Status.FAILED,
        summary="x",
        findings=(finding,) * results.MAX_FINDINGS,
        output=long * 5,
    )
    verdict = a_verdict(*[results.capped(full)] * 6)
    path = tmp_path / "results.json"
    results.write(verdict, path)
    read = results.read(path)
    assert read.state is verdict.state
    assert [result.found for result in read.results] == [results.MAX_FINDINGS] * 6
    assert all(result.findings for result in read.results)


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    results.write(a_verdict(), path)
    broken = Verdict(
        version=1,
        state=a_verdict().state,
        headline=object(),  # type: ignore[arg-type]
        reasons=(),
        results=(),
        context=Context(gate="1"),
    )
    with pytest.raises(TypeError):
        results.write(broken, path)
    assert results.read(path) == a_verdict()
    assert os.listdir(tmp_path) == ["results.json"]


def test_a_folder_whose_name_is_no_text_does_not_end_the_run(tmp_path: Path) -> None:
    context = Context(gate="1", project="lab\udcff", notes=("a \ud800",))
    verdict = could_not_judge(["lab\udcff/gate.yaml:1: wrong"], context)
    results.write(verdict, tmp_path / "results.json")
    read = results.read(tmp_path / "results.json")
    assert (read.context.project, read.context.notes) == ("lab?", ("a ?",))
    assert read.headline == "lab?/gate.yaml:1: wrong"


def test_a_file_that_is_cut_off_is_told_from_one_of_another_kind() -> None:
    data = results.encode(judge([], Context(gate="1.0")))
    for cut in (b"", data[:-20]):
        with pytest.raises(GateError) as caught:
            results.decode(cut)
        assert "cut off or damaged" in caught.value.hint
    with pytest.raises(GateError) as caught:
        results.decode(data.replace(b'"version"', b'"versions"'))
    assert "version of the gate" in caught.value.hint
