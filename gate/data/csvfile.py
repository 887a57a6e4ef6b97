"""Delimited text as batches of typed columns, read in blocks of whole records.

Threads parse blocks while the caller looks at the batches before them. What a block
tells of the columns' types is used AHEAD blocks later, never sooner, so that the
batches are the same however the threads are scheduled.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from gate.data import sniff
from gate.data.columns import Batch, Kind
from gate.data.parsing import (
    Layout,
    Parsed,
    Types,
    has_stray_return,
    parse,
    stray_return,
)
from gate.data.records import Block, Unclosed, blocks
from gate.data.source import Source, opened
from gate.data.text import Text
from gate.errors import DataError

THREADS = 2
AHEAD = 3  # blocks that are parsed while one is looked at


def read(
    source: Source, kinds: Mapping[str, Kind], only: frozenset[str] | None = None
) -> Iterator[Batch]:
    """The table in batches; see `gate.data.table.read`."""
    with opened(source) as file:
        delimiter = sniff.delimiter(source).encode()
        text = Text(source, file)
        try:
            yield from _batches(source, blocks(text.read, delimiter), kinds, only)
        except Unclosed as error:
            if not error.quoted:
                hint = "end each row with a line feed"
                what = "a line beyond all bounds"
                raise source.error(what, line=error.line, hint=hint) from None
            raise source.error(
                "a quote opens a field here and is never closed",
                line=error.line,
                hint='close it; a quote inside a quoted field is written twice: ""',
            ) from None


def _batches(
    source: Source,
    stream: Iterator[Block],
    kinds: Mapping[str, Kind],
    only: frozenset[str] | None,
) -> Iterator[Batch]:
    for block in stream:
        record = next(block.records(), None)
        if record is None:
            continue
        source.check_columns(record.fields, line=block.line)
        if source.column_names:
            header, rest = list(source.column_names), block
        else:
            header = _header(source, block, record.start, record.end)
            line = block.line + block.data.count(b"\n", 0, record.end)
            rest = Block(block.data[record.end :], line, block.delimiter)
        numbered = list(enumerate(header))
        layout = Layout(
            source,
            block.delimiter,
            header,
            [i for i, name in numbered if only is None or name in only],
            {i: kinds[name] for i, name in numbered if name in kinds},
        )
        yield from _numbered(layout, rest, stream)
        return
    raise source.error("only blank lines", hint="write the table again")


def _numbered(layout: Layout, block: Block, rest: Iterator[Block]) -> Iterator[Batch]:
    first = 1
    for block, parsed in _parsed(layout, block, rest):
        named = {layout.header[i]: column for i, column in parsed.columns.items()}
        yield Batch(first, parsed.rows, named, block.lines, len(block.data))
        first += parsed.rows


def _parsed(
    layout: Layout, block: Block, rest: Iterator[Block]
) -> Iterator[tuple[Block, Parsed]]:
    """All blocks, parsed; the first one at once, as there may be no other."""
    types = {i: Kind.STRING for i, k in layout.expected.items() if k is Kind.STRING}
    parsed = parse(layout, block, types)
    yield block, parsed
    _learn(types, parsed)
    failed: DataError | Unclosed | None = None
    waiting: deque[tuple[Block, Future[Parsed]]] = deque()
    with ThreadPoolExecutor(THREADS) as threads:
        while waiting or not failed:
            while len(waiting) < AHEAD and not failed:
                try:
                    block = next(rest)
                except StopIteration:
                    break
                except (DataError, Unclosed) as error:
                    failed = error  # and told after what is wrong before it
                    break
                waiting.append((block, threads.submit(parse, layout, block, {**types})))
            if not waiting:
                break
            block, future = waiting.popleft()
            parsed = future.result()
            yield block, parsed
            _learn(types, parsed)
    if failed:
        raise failed


def _learn(types: Types, parsed: Parsed) -> None:
    for place, kind in parsed.types.items():
        types[place] = max(kind, types.get(place, kind))


def _header(source: Source, block: Block, start: int, end: int) -> list[str]:
    record = block.data[start:end]
    line = block.line + block.data.count(b"\n", 0, start)
    if has_stray_return(record):
        raise stray_return(source, line)
    rows = csv.reader(io.StringIO(record.decode()), delimiter=block.delimiter.decode())
    try:
        names = next(rows)
    except csv.Error as error:
        hint = "look at the first line: it should be the columns' names"
        raise source.error(f"no header: {error}", line=line, hint=hint) from None
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        places = [str(i + 1) for i, name in enumerate(names) if name == twice[0]]
        raise source.error(
            f"the header names `{twice[0]}` twice: columns {' and '.join(places[:5])}",
            line=line,
            hint="rename all but one of them",
        )
    if len(names) == 1 and not source.delimiter:
        for other in ";\t|,":
            if other in names[0]:
                raise source.error(
                    f"one column called `{names[0][:60]}`: is {other!r} the delimiter?",
                    line=line,
                    hint="name it, by `delimiter:` in gate.yaml or by --delimiter:"
                    f" {other!r}, or "
                    f"{block.delimiter.decode()!r} if it really is one column",
                )
    return names
