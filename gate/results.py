"""Verdict <-> results.json, versioned, strict, and written atomically.

results.json crosses from the half that runs a pull request's code to the half that
holds the write token, so reading it is parsing hostile data: its size is limited,
and what does not fit the types exactly is refused, as is a verdict that its own results
do not bear out.
"""

from __future__ import annotations

import inspect
import math
from pathlib import Path
from typing import Any

import msgspec

from gate import atomic
from gate.errors import GateError
from gate.findings import Result, worst_first
from gate.verdict import VERSION, Verdict, contradiction

MAX_BYTES = 8 * 1024 * 1024
MAX_FINDINGS = 500  # of one check; the worst are kept, and `total` tells the rest
MAX_TEXT = 4_000  # characters of one message or line of output
MAX_PATCH = 12_000  # of a patch, of which a reader may be offered each change
MAX_OUTPUT = 20_000  # characters of a tool's own output, of which the end is kept
MAX_ROWS = MAX_FINDINGS  # of one table


def write(verdict: Verdict, path: Path) -> None:
    """Write results.json, so that a reader sees the old file or the whole new one."""
    atomic.write(path, encode(verdict))


def encode(verdict: Verdict) -> bytes:
    """What results.json holds.

    Findings and rows are left out, the last first, until `read` would take the file.
    """
    keep = MAX_FINDINGS
    while len(data := _encoded(verdict)) > MAX_BYTES and keep:
        keep //= 2
        lighter = tuple(_lighter(result, keep) for result in verdict.results)
        verdict = msgspec.structs.replace(verdict, results=lighter)
    return data


def _encoded(verdict: Verdict) -> bytes:
    try:
        data = msgspec.json.encode(verdict, order="deterministic")
    except UnicodeEncodeError:  # the name of a folder may hold any bytes
        spoken = _spoken(msgspec.to_builtins(verdict))
        data = msgspec.json.encode(spoken, order="deterministic")
    return msgspec.json.format(data) + b"\n"


def _spoken(value: Any) -> Any:
    if isinstance(value, dict):
        return {_spoken(key): _spoken(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_spoken(item) for item in value]
    return _text(value) if isinstance(value, str) else value


def _lighter(result: Result, keep: int) -> Result:
    """The result with at most `keep` findings, and rows a table."""
    replace = msgspec.structs.replace
    tables = tuple(
        replace(table, rows=table.rows[:keep], total=table.total or len(table.rows))
        for table in result.tables
    )
    findings = result.findings[:keep]
    return replace(result, findings=findings, total=result.found, tables=tables)


def read(path: Path) -> Verdict:
    """Read results.json as hostile data.

    Raises:
        GateError: it is missing, too large, of another version, does not fit, or says
            otherwise than its own results do.
    """
    return decode(load(path), name=str(path))


def load(path: Path) -> bytes:
    """The bytes of a results.json, up to more than `decode` takes.

    Raises:
        GateError: they cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise GateError(
            f"cannot read the results: {error.strerror}",
            path=str(path),
            hint="run `gate run` first, or name the file it wrote",
        ) from None


def decode(data: bytes, *, name: str = "results.json") -> Verdict:
    """The verdict in the bytes of a results.json; see `read`."""
    if len(data) > MAX_BYTES:
        raise GateError(f"larger than {MAX_BYTES:,} bytes: refused", path=name)
    try:
        version = msgspec.json.decode(data, type=_Versioned).version
        if version == VERSION:
            return _consistent(msgspec.json.decode(data, type=Verdict), name)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        fits = isinstance(error, msgspec.ValidationError)  # it is JSON, of another kind
        hint = "publish with the version of the gate that ran"
        raise GateError(
            f"not a results.json of this gate: {error}",
            path=name,
            hint=hint if fits else "it is cut off or damaged: run `gate run` again",
        ) from None
    raise GateError(
        f"written in format {version}; this gate reads format {VERSION}",
        path=name,
        hint="publish with the version of the gate that ran",
    )


def _consistent(verdict: Verdict, name: str) -> Verdict:
    problem = contradiction(verdict)
    if problem:
        raise GateError(
            f"the verdict is {problem}: refused",
            path=name,
            hint="take the file as this version's `gate run` wrote it",
        )
    return verdict


def capped(result: Result) -> Result:
    """The result cut to what a report can hold and JSON has words for.

    The worst findings are kept, and of the tool's output the end; the summary becomes
    one line; numbers that are none (NaN) are left out.
    """
    output = result.output
    if len(output) > MAX_OUTPUT:
        output = "… (cut)\n" + output[-MAX_OUTPUT:]
    worst = msgspec.structs.replace(result, findings=worst_first(result.findings))
    lighter = _lighter(worst, MAX_FINDINGS)
    plain = _plain(msgspec.to_builtins(lighter))
    plain["summary"] = " ".join(plain["summary"].split())
    plain["output"] = _text(output)
    return msgspec.convert(plain, Result)


def _plain(value: Any, most: int = MAX_TEXT) -> Any:
    if isinstance(value, dict):
        items = (
            (_plain(key), _plain(item, MAX_PATCH if key == "patch" else MAX_TEXT))
            for key, item in value.items()
        )
        return {key: item for key, item in items if item is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        text = _text(value)
        return text if len(text) <= most else text[:most] + "… (cut)"
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int) and abs(value) >= 2**63:
        return float(value) if abs(value) < 1e300 else None
    return value


def _text(text: str) -> str:
    """The text without halves of characters, which no encoding has."""
    return text.encode("utf-8", "replace").decode()


def json_schema() -> dict[str, Any]:
    """The JSON Schema of results.json, as kept in `gate/results.schema.json`."""
    schema = dedented(msgspec.json.schema(Verdict))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "results.json of Gate",
        **schema,
    }


def dedented(schema: Any) -> Any:
    """A JSON Schema with its docstrings as Python 3.13 has them: without indentation.

    The schemas are committed, and must not depend on the Python that wrote them.
    """
    if isinstance(schema, dict):
        return {
            key: (
                inspect.cleandoc(value)
                if key == "description" and isinstance(value, str)
                else dedented(value)
            )
            for key, value in schema.items()
        }
    return [dedented(item) for item in schema] if isinstance(schema, list) else schema


class _Versioned(msgspec.Struct):
    version: int
