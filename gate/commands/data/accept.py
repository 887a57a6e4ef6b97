"""`gate data accept`: the schema changed so that it accepts what was found."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from gate import atomic
from gate.commands.data import reading
from gate.data import edits, inference, schemafile, update, validation
from gate.data.changes import Change, add, drop, put
from gate.data.schema import Feature, Schema, Type
from gate.errors import ConfigError
from gate.output import say
from gate.reports.text import visible


@click.command()
@click.argument("schema", type=click.Path(path_type=Path))
@click.argument("feature", required=False)
@click.option("--value", "values", multiple=True, metavar="V", help="A text to allow.")
@click.option("--min-domain-mass", type=float, metavar="X", help="As 0.95.")
@click.option("--min", "least", metavar="N", help="The least value.")
@click.option("--max", "most", metavar="N", help="The greatest value.")
@click.option("--missing", is_flag=True, help="Rows may lack a value.")
@click.option("--new-column", is_flag=True, help="Add it to the schema; with --type.")
@click.option("--type", "kind", metavar="T", help="INT, FLOAT or BYTES.")
@click.option(
    "--environment",
    "environments",
    multiple=True,
    metavar="E",
    help="It belongs to this one; with data: whose they are.",
)
@click.option("--not-in-environment", "outside", multiple=True, metavar="E")
@click.option("--deprecated", is_flag=True, help="No longer judge it.")
@click.option(
    "--set", "sets", multiple=True, metavar="KEY=VALUE", help="KEY+=VALUE adds."
)
@click.option("--drop", "drops", multiple=True, metavar="KEY", help="Remove a field.")
@click.option("--all-from", metavar="X", help="Data, or results of the gate as JSON.")
@click.option(
    "--types",
    type=click.Choice(("schema", "inferred")),
    help="With data: how its types are judged, as by `gate data validate`. Default: "
    "schema; for TFDV's own text format inferred, as its update_schema does.",
)
@click.option(
    "--max-domain-size",
    default=inference.MAX_DOMAIN,
    show_default=True,
    metavar="N",
    help="With data: a domain that would be larger is dropped.",
)
@click.option("--dry-run", is_flag=True, help="Print the change, and do not make it.")
@reading.options
def command(schema: Path, feature: str | None, dry_run: bool, **asked: Any) -> int:
    """Change SCHEMA so that it accepts what was found of FEATURE, and print the change.

    Comments and all else stay as they are. With an empty FEATURE, --set and --drop
    concern the schema itself.
    """
    text, mark = _text(schema)
    form, name = schemafile.form(schema), schema.as_posix()
    old = schemafile.parse(text, name=name, form=form)
    if asked["all_from"] is not None:
        new = _from_all(old, schema, feature, asked)
    elif feature is None:
        raise ConfigError("which FEATURE?", hint="or name data with --all-from")
    else:
        changes = requested(old, feature, asked)
        if not changes:
            raise ConfigError("nothing to accept", hint="as: --value V, --max N")
        new = edits.apply(old, feature, changes)
    changed = edits.rewritten(text, new, form, name)
    if changed == text:
        say(f"{name}: nothing changes", err=True)
    else:
        say(visible(edits.difference(text, changed, name)), nl=False)
        if not dry_run:
            atomic.write(schema, mark + changed.encode())
    left = _left_out(asked["all_from"], name)
    if left:
        say(
            f"left out: {left}, whose values no command can hold; name the data with"
            " --all-from to accept them as well",
            err=True,
        )
    return 1 if left else 0


def _text(schema: Path) -> tuple[str, bytes]:
    """The text of a schema that can be read, and the byte order mark before it."""
    text = schemafile.text_of(schema, schema.as_posix())
    mark = b"\xef\xbb\xbf"
    return text, mark if schema.read_bytes().startswith(mark) else b""


def requested(
    schema: Schema, feature: str, asked: dict[str, Any]
) -> tuple[Change, ...]:
    """The changes that the options ask for.

    Raises:
        ConfigError: one of them makes no sense for this feature.
    """
    there = schema.named(feature)
    changes = []
    if there is None and not asked["new_column"] and feature not in _others(schema):
        raise edits.unknown(feature, [one.name or "" for one in schema.feature])
    if asked["new_column"] and there is None:
        if not asked["kind"]:
            raise ConfigError("of which type is it?", hint="--new-column --type INT")
        changes.append(put("name", feature))
    if asked["kind"]:
        changes.append(put("type", asked["kind"]))
    there = there or Feature(name=feature)
    changes += [drop(key) for key in asked["drops"]]
    changes += _bounds(there, asked)
    if asked["values"]:
        kind = asked["kind"] or (there.type.name if there.type else "BYTES")
        if kind != "BYTES":
            raise ConfigError(
                f"{feature!r} is {kind}, and --value is for texts",
                hint="--min and --max are for numbers",
            )
        changes.append(add("string_domain.value", *asked["values"]))
    mass = asked["min_domain_mass"]
    if mass is not None:
        changes.append(put("distribution_constraints.min_domain_mass", mass))
    if asked["missing"]:
        changes += _missing(there)
    if asked["environments"]:
        changes.append(add("in_environment", *asked["environments"]))
    if asked["outside"]:
        changes.append(add("not_in_environment", *asked["outside"]))
    if asked["deprecated"]:
        changes.append(put("lifecycle_stage", "DEPRECATED"))
    return (*changes, *(edits.said(text) for text in asked["sets"]))


def _others(schema: Schema) -> set[str | None]:
    """What a change can concern besides the features."""
    sparse = (one.name for one in schema.sparse_feature)
    return {"", *sparse, *(one.name for one in schema.weighted_feature)}


def _bounds(feature: Feature, asked: dict[str, Any]) -> Iterator[Change]:
    domain = _ranged(feature, asked["kind"], asked["drops"])
    for key, text in (("min", asked["least"]), ("max", asked["most"])):
        if text is None:
            continue
        if not domain:
            raise ConfigError(
                f"a text has no --{key}", hint="--set time_domain.max=2026-12-31"
            )
        yield edits.said(f"{domain}.{key}={text}")


def _ranged(feature: Feature, kind: str | None, dropped: tuple[str, ...]) -> str:
    """The domain of the feature that has bounds."""
    for name in ("int_domain", "float_domain", "time_domain"):
        if getattr(feature, name) is not None and name not in dropped and not kind:
            return name
    types = {Type.INT.name: "int_domain", Type.FLOAT.name: "float_domain"}
    return types.get(kind or (feature.type.name if feature.type else ""), "")


def _missing(feature: Feature) -> Iterator[Change]:
    yield drop("presence.min_fraction")
    if feature.shape is not None:
        yield drop("shape")
        yield put("value_count", {"min": 1, "max": 1})


def _from_all(
    old: Schema, schema: Path, feature: str | None, asked: dict[str, Any]
) -> Schema:
    if feature is not None:
        raise ConfigError(
            "--all-from is for all features", hint=f"leave out {feature!r}"
        )
    named = asked["all_from"]
    results = _results(named)
    if results is None:
        return _from_data(old, schema, asked)
    return edits.apply_all(old, _accepted(results, old, schema))


def _from_data(old: Schema, schema: Path, asked: dict[str, Any]) -> Schema:
    environments = asked["environments"]
    if len(environments) > 1:
        raise ConfigError("data are of one environment", hint="accept them one by one")
    source = reading.source(asked["all_from"], asked)
    tfdvs = schemafile.form(schema) == "pbtxt"
    types: validation.Types = "inferred" if tfdvs else "schema"
    with reading.progress(source) as progress:
        report = validation.validate(
            source,
            old,
            types=asked["types"] or types,
            environment=environments[0] if environments else "",
            folder=schema.parent,
            statistics=True,
            progress=progress,
        )
    return update.update(old, report, max_domain=asked["max_domain_size"])


def _results(path: str) -> Any:
    """The document, if it is JSON of ours; data may be JSON lines, or called so."""
    if not path.endswith(".json"):
        return None
    try:
        document = json.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path=path) from None
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) and "version" in document else None


def _left_out(path: str | None, schema: str) -> int:
    """How many anomalies in the results could be accepted, but have no command."""
    waiting, count = [_results(path) if path else None], 0
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            # Of `gate data validate`, and of a finding of the check.
            count += bool(value.get("changes") and not value.get("accept"))
            patch = f"{value.get('patch', '')}"
            count += f"+++ b/{schema}\n" in patch and not value.get("command")
    return count


def _accepted(results: Any, old: Schema, schema: Path) -> Iterator[edits.Requested]:
    """What the commands in the results ask for that concern this schema."""
    others = set()
    found = False
    for line in dict.fromkeys(_commands(results)):
        try:
            context = command.make_context("accept", shlex.split(line)[3:])
        except (click.ClickException, click.exceptions.Exit, ValueError):
            continue
        asked = context.params
        if asked["schema"].resolve() != schema.resolve():
            others.add(asked["schema"].as_posix())
            continue
        if asked["feature"] is not None and asked["all_from"] is None:
            found = True
            yield asked["feature"], requested(old, asked["feature"], asked)
    if others and not found:
        raise ConfigError(
            f"nothing there concerns {schema.as_posix()}",
            hint=f"it concerns {', '.join(sorted(others))}",
        )


def _commands(document: Any) -> Iterator[str]:
    """Every text in a document that is a command of this kind."""
    waiting = [document]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, dict):
            waiting[:0] = value.values()
        elif isinstance(value, list):
            waiting[:0] = value
        elif isinstance(value, str) and value.startswith("gate data accept "):
            yield value
