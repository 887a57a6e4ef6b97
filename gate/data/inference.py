"""A schema from statistics, by the rules of TensorFlow Data Validation.

Each constraint that the data does not show by itself has a comment that says why.
"""

from __future__ import annotations

from dataclasses import dataclass

from gate.data import schemafile, suggestions
from gate.data.anomalies import shown
from gate.data.columns import Kind, parse, utf8
from gate.data.schema import (
    BoolDomain,
    Dim,
    Feature,
    IntDomain,
    Key,
    Presence,
    Schema,
    Shape,
    StringDomain,
    Type,
    ValueCount,
)
from gate.data.statistics import Feature as Column
from gate.data.statistics import Statistics, Textual
from gate.errors import DataError

MAX_DOMAIN = 100  # texts in an inferred string domain
MAX_LENGTH = 200  # characters of a text in one; longer ones are prose

_TRUE = frozenset(("TRUE", "true", "SET", "set", "1", ""))
_FALSE = frozenset(("FALSE", "false", "CLEAR", "clear", "0"))


@dataclass(frozen=True, kw_only=True)
class Inferred:
    """A schema, and why it is so: see `gate.data.schemafile.render`."""

    schema: Schema
    comments: dict[tuple[str, str], str]


def infer(
    statistics: Statistics,
    *,
    max_domain: int = MAX_DOMAIN,
    shape: bool = True,
    like_tfdv: bool = False,
) -> Inferred:
    """The schema that the table with these statistics fits.

    A column without missing cells is required in every row, any other one in at
    least one row. Texts with at most `max_domain` distinct values get a domain. Unless
    it must be `like_tfdv`, there is none where a text is longer than MAX_LENGTH or most
    texts occur once, and what `gate.data.suggestions` finds is added.

    Raises:
        DataError: the table has no rows.
    """
    if not statistics.num_examples:
        raise DataError(
            "a header and no rows: nothing to infer a schema from",
            path=statistics.name,
            hint="infer it from a table that has rows",
        )
    features: list[Feature] = []
    domains: list[StringDomain] = []
    comments: dict[tuple[str, str], str] = {}
    drift = len(statistics.features) <= suggestions.DRIFT_COLUMNS
    for place, column in enumerate(statistics.features):
        limit = max_domain if like_tfdv or _closed(column) else 0
        feature, domain = _feature(column, limit, shape)
        why = _why(column, feature, statistics.num_examples, max_domain)
        if not like_tfdv:
            feature, more = suggestions.add(
                column, feature, first=place == 0, drift=drift
            )
            why = _merged(why, more, feature)
        features.append(feature)
        domains += [domain] if domain and feature.domain is not None else []
        comments |= {(column.name, key): text for key, text in why}
    keys = [] if like_tfdv else suggestions.keys(statistics)
    comments |= {("", "key"): why for _, why in keys[:1]}
    comments[schemafile.HEADER] = (
        f"Inferred from {shown(statistics.name)} ({statistics.num_examples:,} rows) "
        "by `gate data infer`.\nChange it as the data should be: it is yours."
    )
    schema = Schema(
        key=tuple(Key(feature=(name,)) for name, _ in keys),
        feature=tuple(features),
        string_domain=tuple(domains),
    )
    return Inferred(schema=schema, comments=comments)


def _closed(column: Column) -> bool:
    """Whether the texts may be all that there are."""
    if not column.textual or _longest(column.textual) > MAX_LENGTH:
        return False
    return not suggestions.open_set(column)


def _merged(
    why: list[tuple[str, str]], more: list[tuple[str, str]], feature: Feature
) -> list[tuple[str, str]]:
    """The comments, without the bare range where a domain's own says it."""
    if feature.int_domain or feature.float_domain or feature.time_domain:
        why = [(key, text) for key, text in why if key != "type"]
    return [*why, *more]


def _feature(
    column: Column, max_domain: int, shape: bool
) -> tuple[Feature, StringDomain | None]:
    if not column.num_non_missing:
        presence = Presence(min_count=0)
        return Feature(name=column.name, type=Type.BYTES, presence=presence), None
    everywhere = column.num_missing == 0
    presence = Presence(min_count=1, min_fraction=1.0 if everywhere else None)
    shaped = shape and everywhere
    texts, domain = None, None
    if column.textual:
        texts = column.textual
        domain = _string_domain(column.name, texts, max_domain)
    boolean = _bool_domain(column)
    whole = boolean is None and texts is not None and _all_integers(texts)
    if boolean is not None or whole:
        domain = None
    feature = Feature(
        name=column.name,
        type=Type.of(column.kind),
        presence=presence,
        shape=Shape(dim=(Dim(size=1),)) if shaped else None,
        value_count=None if shaped else ValueCount(min=1, max=1),
        domain=domain.name if domain else None,
        int_domain=IntDomain() if whole else None,
        bool_domain=boolean,
    )
    return feature, domain


def _bool_domain(column: Column) -> BoolDomain | None:
    if column.kind is Kind.INT and column.numeric:
        boolean = column.numeric.min >= 0 and column.numeric.max == 1
        return BoolDomain() if boolean else None
    if column.kind is not Kind.STRING or not column.textual:
        return None
    texts = {text for text, _ in column.textual.ranked}
    true, false = texts & _TRUE, texts & _FALSE
    if texts - true - false or len(true) > 1 or len(false) > 1:
        return None
    return BoolDomain(
        true_value=next(iter(true), None), false_value=next(iter(false), None)
    )


def _longest(texts: Textual) -> int:
    return max(len(text) for text, _ in texts.ranked)


def _all_integers(texts: Textual) -> bool:
    return all(parse(text)[0] is Kind.INT for text, _ in texts.ranked)


def _string_domain(name: str, texts: Textual, limit: int) -> StringDomain | None:
    if texts.unique > limit:
        return None
    values = sorted((text for text, _ in texts.ranked), key=utf8)
    return StringDomain(name=name, value=tuple(values))


def _why(
    column: Column, feature: Feature, rows: int, limit: int
) -> list[tuple[str, str]]:
    """Comments by key: what was seen that the constraint does not say."""
    why = []
    if not column.num_non_missing:
        return [("presence", f"no value in {rows:,} rows")]
    if column.num_missing:
        percent = 100 * column.num_missing / rows
        shown = f"{percent:.1f}" if percent >= 0.05 else "less than 0.1"
        why.append(("presence", f"{shown} % missing in {rows:,} rows"))
    if column.numeric and feature.bool_domain is None:
        least, most = map(suggestions.number, (column.numeric.min, column.numeric.max))
        nan = (
            f", and NaN {column.numeric.num_nan:,} times"
            if column.numeric.num_nan
            else ""
        )
        why.append(("type", f"{least} to {most}{nan}"))
    if column.textual and feature.domain is not None:
        unique = column.textual.unique
        values = f"{unique:,} distinct value{'' if unique == 1 else 's'}"
        why.append(("domain", f"{values} in {column.num_non_missing:,} rows"))
        hint = suggestions.hint(column)
        why += [("type", hint)] if hint else []
    if column.textual and feature.domain is None and feature.bool_domain is None:
        count = f"{column.textual.unique:,} distinct values"
        reason = _no_domain(column, column.textual, limit)
        why.append(("type", count + reason))
    return why


def _no_domain(column: Column, texts: Textual, limit: int) -> str:
    """Why a column of texts has no domain."""
    hint = suggestions.hint(column)
    if hint:
        return f"; {hint}"
    if texts.unique > limit:
        return ", too many for a domain"
    if _longest(texts) > MAX_LENGTH:
        return ", too long for a domain"
    return ", most of them once: no domain" if suggestions.open_set(column) else ""
