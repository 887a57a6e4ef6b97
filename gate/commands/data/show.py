"""`gate data show`: what a schema says, as a table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from gate.commands.data import reading
from gate.data import schemafile, schematree
from gate.data.anomalies import shown
from gate.data.schema import (
    Feature,
    FeatureComparator,
    FloatDomain,
    IntDomain,
    Presence,
    Schema,
    TimeDomain,
)
from gate.output import say, say_json

_HEADER = ("feature", "type", "presence", "values", "domain", "besides")
_MOST_TEXTS = 200


@click.command()
@click.argument("schema", type=click.Path(path_type=Path))
@reading.text_or_json
def command(schema: Path, form: str) -> None:
    """What SCHEMA says: its features as a table, then domains, keys and rules."""
    read = schemafile.read(schema)
    if form == "json":
        tree = _finite(schematree.plain(read))
        say_json({"version": 1, "schema": tree, "not_judged": read.not_judged()})
        return
    count = len(read.feature)
    title = f"{shown(schema.as_posix())}: {count} feature{'' if count == 1 else 's'}"
    say(click.style(title, bold=True))
    _table([_HEADER, *map(_row, read.feature)])
    _rest(read)


def _finite(value: Any) -> Any:
    """The tree with infinities and NaN as texts, which JSON has not."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADER))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say("  ".join(cells).rstrip())


def _row(feature: Feature) -> tuple[str, ...]:
    return (
        "(no name)" if feature.name is None else shown(feature.name),
        feature.type.name if feature.type else str(feature.other.get("type", "")),
        _presence(feature),
        _values(feature),
        "; ".join(_domains(feature)),
        "; ".join(_besides(feature)),
    )


def _presence(feature: Feature) -> str:
    presence = feature.presence or Presence()
    fraction, count = presence.min_fraction or 0, presence.min_count or 0
    if fraction >= 1:
        return "every row"
    parts = [f">= {100 * fraction:.6g} %"] if fraction else []
    if count > 1 or (count and not fraction):
        parts.append(f">= {count:,} row{'' if count == 1 else 's'}")
    return ", ".join(parts) or "optional"


def _values(feature: Feature) -> str:
    """How many values a row has: of a fixed shape, or between two bounds."""
    if feature.shape is not None:
        sizes = [str(dim.size or "?") for dim in feature.shape.dim]
        return " x ".join(sizes) or "1"
    count = feature.value_count
    if count is None:
        return ""
    if count.min == count.max == 1:
        return "1 if any"
    return _range(count.min, count.max)


def _range(least: object, most: object) -> str:
    if least is None and most is None:
        return ""
    if most is None:
        return f">= {least}"
    return f"<= {most}" if least is None else f"{least} to {most}"


def _domains(feature: Feature) -> Iterator[str]:
    if feature.domain is not None:
        yield f"texts {shown(feature.domain)}"
    if feature.string_domain is not None:
        texts = list(map(shown, feature.string_domain.value))
        more = f" and {len(texts) - 5} more" if len(texts) > 5 else ""
        yield f"one of {', '.join(texts[:5])}{more}"
    yield from _numbers(feature)
    boolean = feature.bool_domain
    if boolean is not None:
        texts = [t for t in (boolean.true_value, boolean.false_value) if t is not None]
        yield " or ".join(map(shown, texts)) if texts else "0 or 1"
    for domain in (feature.time_domain, feature.time_of_day_domain):
        if domain is not None:
            yield _time(domain)
    if feature.url_domain is not None:
        yield "URLs"
    if feature.mid_domain is not None:
        yield "identifiers (MID)"
    if feature.pattern is not None:
        yield f"like {shown(feature.pattern)}"


def _numbers(feature: Feature) -> Iterator[str]:
    for domain in (feature.int_domain, feature.float_domain):
        if domain is not None:
            yield "; ".join(_bounds(domain))


def _bounds(domain: IntDomain | FloatDomain) -> Iterator[str]:
    kind = "integers" if isinstance(domain, IntDomain) else "numbers"
    yield _range(domain.min, domain.max) or kind
    if isinstance(domain, IntDomain):
        if domain.is_categorical:
            yield "categories"
        return
    if domain.disallow_nan:
        yield "no NaN"
    if domain.disallow_inf:
        yield "no infinity"


def _time(domain: Any) -> str:
    form = domain.string_format
    if form is None and domain.integer_format is not None:
        form = domain.integer_format.name
    bounds = ""
    if isinstance(domain, TimeDomain):
        bounds = _range(domain.min, domain.max)
    return " ".join(
        filter(None, (shown(form or "times"), shown(bounds) if bounds else ""))
    )


def _besides(feature: Feature) -> Iterator[str]:
    if not feature.live:
        stage = feature.lifecycle_stage
        yield f"not judged: {stage.name if stage else 'deprecated'}"
    elif feature.lifecycle_stage is not None:
        yield feature.lifecycle_stage.name
    unique = feature.unique_constraints
    if unique is not None:
        yield f"{_range(unique.min, unique.max)} distinct values"
    mass = feature.distribution_constraints
    if mass is not None and mass.min_domain_mass is not None:
        yield f">= {100 * mass.min_domain_mass:.6g} % in the domain"
    yield from _comparators("drift", feature.drift_comparator)
    yield from _comparators("skew", feature.skew_comparator)
    if feature.in_environment:
        yield f"in {', '.join(map(shown, feature.in_environment))}"
    if feature.not_in_environment:
        yield f"not in {', '.join(map(shown, feature.not_in_environment))}"


def _comparators(name: str, comparator: FeatureComparator | None) -> Iterator[str]:
    tree = schematree.plain(comparator) if comparator is not None else {}
    for metric, limit in tree.items():
        threshold = limit.get("threshold") if isinstance(limit, dict) else limit
        yield f"{name} {metric} <= {threshold}"


def _rest(schema: Schema) -> None:
    tree = schematree.plain(schema)
    for domain in schema.string_domain:
        texts = list(map(shown, domain.value))
        count = f"{len(texts):,} text{'' if len(texts) == 1 else 's'}"
        say()
        say(click.style(f"texts {shown(domain.name or '')} ({count})", bold=True))
        for text in texts[:_MOST_TEXTS]:
            say(f"  {text}")
        if len(texts) > _MOST_TEXTS:
            say(f"  and {len(texts) - _MOST_TEXTS:,} more")
    for key, value in tree.items():
        if key in ("feature", "string_domain"):
            continue
        say()
        say(click.style(key, bold=True))
        for item in value if isinstance(value, list) else [value]:
            said = schemafile.flow(item)
            say(f"  {said}")
    kept = schema.not_judged()
    if kept:
        say(f"\nKept, and not judged: {', '.join(map(shown, kept))}")
