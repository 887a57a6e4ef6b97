"""Verdict <-> results.json, versioned, strict, and written atomically.

results.json crosses from the half that runs a pull request's code to the half that
holds the write token, so reading it is parsing hostile data: its size is limited,
and what does not fit the types exactly is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from gate import atomic
from gate.errors import GateError
from gate.findings import Result, worst_first
from gate.verdict import VERSION, Verdict

MAX_BYTES = 8 * 1024 * 1024
MAX_FINDINGS = 500  # of one check; the worst are kept, and `total` tells the rest
MAX_TEXT = 4_000  # characters of one message, patch or line of output
MAX_OUTPUT = 20_000  # characters of a tool's own output, of which the end is kept
MAX_ROWS = 500  # of one table


def write(verdict: Verdict, path: Path) -> None:
    """Write results.json, so that a reader sees the old file or the whole new one."""
    data = msgspec.json.format(msgspec.json.encode(verdict, order="deterministic"))
    atomic.write(path, data + b"\n")


def read(path: Path) -> Verdict:
    """Read results.json as hostile data.

    Raises:
        GateError: it is missing, too large, of another version, or does not fit.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise GateError(
            f"cannot read the results: {error.strerror}",
            path=str(path),
            hint="run `gate run` first, or name the file it wrote",
        ) from None
    return decode(data, name=str(path))


def decode(data: bytes, *, name: str = "results.json") -> Verdict:
    """The verdict in the bytes of a results.json; see `read`."""
    if len(data) > MAX_BYTES:
        raise GateError(f"larger than {MAX_BYTES:,} bytes: refused", path=name)
    try:
        version = msgspec.json.decode(data, type=_Versioned).version
        if version == VERSION:
            return msgspec.json.decode(data, type=Verdict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise GateError(
            f"not a results.json of this gate: {error}",
            path=name,
            hint="publish with the version of the gate that ran",
        ) from None
    raise GateError(
        f"written in format {version}; this gate reads format {VERSION}",
        path=name,
        hint="publish with the version of the gate that ran",
    )


def capped(result: Result) -> Result:
    """The result with its findings, texts and tables cut to what a report can hold."""
    replace = msgspec.structs.replace
    findings = tuple(
        replace(
            finding,
            message=_cut(finding.message),
            fix=finding.fix
            and replace(
                finding.fix, text=_cut(finding.fix.text), patch=_cut(finding.fix.patch)
            ),
        )
        for finding in worst_first(result.findings)[:MAX_FINDINGS]
    )
    tables = tuple(
        replace(
            table,
            rows=tuple(
                tuple(_cut(cell) if isinstance(cell, str) else cell for cell in row)
                for row in table.rows[:MAX_ROWS]
            ),
            total=table.total or len(table.rows),
        )
        for table in result.tables
    )
    output = result.output
    if len(output) > MAX_OUTPUT:
        output = "… (cut)\n" + output[-MAX_OUTPUT:]
    return replace(
        result,
        summary=_cut(result.summary),
        findings=findings,
        total=result.found,
        tables=tables,
        output=output,
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema of results.json, as kept in `gate/results.schema.json`."""
    schema = msgspec.json.schema(Verdict)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "results.json of Gate",
        **schema,
    }


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "… (cut)"


class _Versioned(msgspec.Struct):
    version: int
