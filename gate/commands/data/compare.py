"""`gate data compare`: two tables row by row."""

from __future__ import annotations

from typing import Any

import click

from gate.commands.data import reading
from gate.data import datadiff, skew
from gate.data.anomalies import shown
from gate.data.datadiff import ChangedRow, DataDiff, RowExample
from gate.data.moves import ColumnMoves, Value
from gate.data.skew import FeatureSkew, Pair, Skew
from gate.errors import ConfigError
from gate.output import say, say_json

_CELLS = 6  # of a row that are printed
_ROWS = 10  # of each sort
_MOVES = 20  # columns whose statistics are printed


@click.command()
@click.argument("base")
@click.argument("test")
@click.option(
    "--id",
    "identifiers",
    multiple=True,
    metavar="COL",
    help="Rows are joined by this column; by all of them if there are several.",
)
@click.option(
    "--ignore", multiple=True, metavar="COL", help="Do not compare this column."
)
@click.option(
    "--round",
    "digits",
    type=click.IntRange(0, 30),
    metavar="N",
    help="Compare floats rounded to so many digits after the point. Needs --id.",
)
@click.option(
    "--allow-duplicates",
    is_flag=True,
    help="Compare each pair of rows where an --id is repeated; else they are skipped.",
)
@click.option(
    "--threshold",
    "thresholds",
    multiple=True,
    metavar="[COL=]X",
    help="The share of pairs, 0 to 1, that may differ in a column. Needs --id.",
)
@reading.text_or_json
@reading.options
def command(
    base: str,
    test: str,
    identifiers: tuple[str, ...],
    ignore: tuple[str, ...],
    digits: int | None,
    allow_duplicates: bool,
    thresholds: tuple[str, ...],
    form: str,
    **how: Any,
) -> int:
    """What differs from the table BASE to the table TEST.

    With --id it is TFDV's feature skew: rows with the same identifiers, cell by cell;
    exits with 1 when a column differs in more pairs than its --threshold. Without, it
    is what was added and removed, and how the statistics moved.
    """
    sources = reading.source(base, how), reading.source(test, how)
    if not identifiers:
        if digits is not None or allow_duplicates or thresholds:
            raise ConfigError(
                "no --id to join the rows by",
                hint="--round, --allow-duplicates and --threshold need --id COL",
            )
        found = datadiff.diff(*sources, ignore=ignore)
        _print(form, datadiff.to_json(found), lambda: _show_diff(found))
        return 0
    skewed = skew.detect(
        *sources,
        identifiers,
        ignore=ignore,
        digits=digits,
        allow_duplicates=allow_duplicates,
        thresholds=dict(map(_threshold, thresholds)),
    )
    _print(form, skew.to_json(skewed), lambda: _show_skew(skewed))
    return 1 if skewed.anomalies else 0


def _print(form: str, document: dict[str, Any], show: Any) -> None:
    if form == "json":
        say_json(document)
    else:
        show()


def _threshold(text: str) -> tuple[str, float]:
    """`tips=0.01` or, for all other columns, `0.01`."""
    name, _, share = text.rpartition("=")
    try:
        value = float(share)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ConfigError(
            f"--threshold {text}: a share from 0 to 1 is wanted",
            hint="as --threshold 0.01, or --threshold COLUMN=0.01",
        )
    return name, value


def _show_skew(found: Skew) -> None:
    stats = found.match_stats
    say(
        click.style(
            f"{found.skewed_pairs:,} of {found.pairs:,} pairs of rows differ", bold=True
        )
    )
    for count, what in (
        (stats.ids_missing_in_test_count, f"identifiers only in {shown(found.base)}"),
        (stats.ids_missing_in_base_count, f"identifiers only in {shown(found.test)}"),
        (stats.duplicate_id_count, "repeated identifiers"),
        (stats.base_missing_id_count, f"rows of {shown(found.base)} without one"),
        (stats.test_missing_id_count, f"rows of {shown(found.test)} without one"),
    ):
        if count:
            say(f"  {what}: {count:,}")
    for name, (ours, theirs) in found.types.items():
        say(f"  {shown(name)} is {ours} there and {theirs} here: no value is equal")
    say()
    header = ("column", "base", "test", "equal", "unequal", "only base", "only test")
    _show_table([header, *map(_skew_cells, found.feature_skew)])
    for pair in found.sample[:_ROWS]:
        _show_pair(pair)
    for one in found.anomalies:
        say(f"\n{click.style(shown(one.feature), fg='red')}  {one.type}")
        say(f"  {one.description}")
        say(f"  if that is right: {one.advice}")


def _skew_cells(one: FeatureSkew) -> tuple[str, ...]:
    counts = (
        one.base_count,
        one.test_count,
        one.match_count,
        one.mismatch_count,
        one.base_only,
        one.test_only,
    )
    return (shown(one.feature_name), *(f"{count:,}" for count in counts))


def _show_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)]
        say("  ".join(cells).rstrip())


def _show_pair(pair: Pair) -> None:
    names = ", ".join(f"{shown(n)}={_cell(v)}" for n, v in pair.identifier.items())
    say(f"\n{names}  (line {pair.base_line} there, line {pair.test_line} here)")
    for cell in pair.cells[:_CELLS]:
        say(f"  {shown(cell.feature)}: {_cell(cell.base)} -> {_cell(cell.test)}")
    _say_more(len(pair.cells) - _CELLS, "cells")


def _cell(text: str | None) -> str:
    return "(missing)" if text is None else shown(text)


def _say_more(count: int, what: str) -> None:
    if count > 0:
        say(f"  and {count:,} more {what}")


def _show_diff(found: DataDiff) -> None:
    if not found:
        say(click.style(f"the same {found.head_rows:,} rows", fg="green"))
        return
    say(
        click.style(
            f"{found.base_rows:,} rows -> {found.head_rows:,}: {found.added:,} added, "
            f"{found.removed:,} removed, {found.unchanged:,} unchanged",
            bold=True,
        )
    )
    for what, names in (
        ("added", found.columns_added),
        ("removed", found.columns_removed),
    ):
        if names:
            say(f"columns {what}: {', '.join(map(shown, names))}")
    for change in found.types:
        say(f"{shown(change.name)} was {change.base} and is {change.head}")
    _show_rows("+", found.added_rows, found.added)
    _show_rows("-", found.removed_rows, found.removed)
    for row in found.changed_rows[:_ROWS]:
        _show_changed(row)
    if found.statistics:
        say()
    for moves in found.statistics[:_MOVES]:
        _show_moves(moves)
    _say_more(len(found.statistics) - _MOVES, "columns whose statistics moved")


def _show_rows(sign: str, rows: tuple[RowExample, ...], total: int) -> None:
    if rows:
        say()
    for row in rows[:_ROWS]:
        cells = [f"{shown(n)}={_cell(v)}" for n, v in row.cells.items()]
        more = f" and {len(cells) - _CELLS} more" if len(cells) > _CELLS else ""
        say(f"{sign} line {row.line}: {', '.join(cells[:_CELLS])}{more}")
    _say_more(total - _ROWS if rows else 0, "rows")


def _show_changed(row: ChangedRow) -> None:
    cells = ", ".join(
        f"{shown(cell.name)} {_cell(cell.base)} -> {_cell(cell.head)}"
        for cell in row.cells[:_CELLS]
    )
    say(f"~ line {row.line}: {cells}")


def _show_moves(moves: ColumnMoves) -> None:
    told = ", ".join(
        f"{move.name} {_value(move.base)} -> {_value(move.head)}"
        for move in moves.moves
    )
    distance = f"{moves.metric} {moves.distance:.3g}" if moves.distance else ""
    say(f"{shown(moves.feature)}: {', '.join(filter(None, (told, distance)))}")


def _value(value: Value) -> str:
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else shown(str(value))
