"""Write the tables in the docs that repeat what the code says.

    python docs/write_tables.py

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; a test fails when one
is not what this script would write.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
from msgspec import inspect

from gate import yamlfile
from gate.checks import CHECKS, Check
from gate.verdict import Publish

ROOT = Path(__file__).resolve().parent.parent
FILES = ("README.md", "docs/checks.md", "docs/configuration.md", "docs/github.md")

# What must be there for a check to have anything to judge; not in the code.
NEEDS = {
    "formatting": "Python files",
    "lint": "Python files",
    "imports": "Python files",
    "state": "Python files",
    "naming": "Python files",
    "reproducibility": "files",
    "typecheck": "Python files",
    "tests": "files of tests; pytest in your Python",
    "coverage": "tests that ran; pytest-cov in your Python",
    "duplication": "Python files",
    "data": "data files named in `gate.yaml`",
    "model": "predictions named in `gate.yaml`",
    "lock": "a base with a `gate.yaml`",
}
UNLESS_TOLD = {
    "formatting": "on; black's settings, else its defaults",
    "lint": "on; flake8's settings, else those that agree with black",
    "imports": "on; isort's settings, else those that agree with black",
    "state": "on; at most 20 variables of a module without a warning",
    "naming": "on; what says nothing is a warning",
    "reproducibility": "on; versions must be fixed unless it is a library",
    "typecheck": "on; mypy's settings, else its defaults",
    "tests": "on; pytest's settings, 30 minutes at most",
    "coverage": "on; measured, and judged where there is a minimum",
    "duplication": "on; clones of 8 lines, outside of the tests",
    "data": "on where `gate.yaml` names data",
    "model": "on where `gate.yaml` names predictions",
    "lock": "on; the label is `gate-change`",
}


def main() -> None:
    """Write every table anew."""
    for name in FILES:
        path = ROOT / name
        path.write_text(written(path.read_text("utf-8")), "utf-8", newline="\n")


def written(text: str) -> str:
    """The text of a document with its tables as they should be."""
    pattern = r"(?<=<!-- table: )(?P<name>[\w.]+) -->\n.*?(?=<!-- end -->)"

    def table(match: re.Match[str]) -> str:
        lines = "".join(f"{line}\n" for line in rows(match["name"]))
        return f"{match['name']} -->\n\n{lines}\n"

    return re.sub(pattern, table, text, flags=re.DOTALL)


def rows(name: str) -> Iterator[str]:
    """The lines of the table `name`."""
    if name == "checks":
        yield from checks()
    elif name in ("inputs", "outputs"):
        yield from of_action(name)
    elif name == "publish":
        yield from options(Publish)
    elif name == "command.run":
        yield from command(name.partition(".")[2])
    elif name.startswith("workflow."):
        yield from of_workflow(name.partition(".")[2])
    else:
        yield from options(CHECKS[name.partition(".")[2]].Options)


def title(check: Check) -> str:
    """What users see of a check: the first line of its docstring."""
    return (check.__doc__ or "").partition("\n")[0].rstrip(".")


def checks() -> Iterator[str]:
    yield from head("check", "what", "needs", "unless told otherwise")
    for name, check in CHECKS.items():
        link = f"[`{name}`](docs/checks.md#{name})"
        yield line(link, title(check), NEEDS[name], UNLESS_TOLD[name])


def of_action(part: str) -> Iterator[str]:
    action = yamlfile.parse((ROOT / "action.yml").read_text("utf-8")).value
    yield from declared(part, action[part])


def declared(part: str, named: dict[str, dict[str, str]]) -> Iterator[str]:
    """Inputs or outputs, as an action or a workflow declares them."""
    if part == "outputs":
        yield from head("output", "what it is")
        for name, output in named.items():
            yield line(f"`{name}`", output["description"])
        return
    yield from head("input", "what it is", "default")
    for name, given in named.items():
        value = f"`{given['default']}`" if given["default"] else ""
        yield line(f"`{name}`", given["description"], value)


def of_workflow(part: str) -> Iterator[str]:
    path = ROOT / ".github" / "workflows" / "gate.yml"
    workflow = yamlfile.parse(path.read_text("utf-8")).value
    yield from declared(part, workflow["on"]["workflow_call"][part])


def command(name: str) -> Iterator[str]:
    """The options of a command, and the variables that set them."""
    yield from head("option", "variable", "what it is")
    for option in importlib.import_module(f"gate.commands.{name}").command.params:
        words = ", ".join(f"`{word}`" for word in option.opts)
        if isinstance(option.type, click.Choice):
            words += f" {' or '.join(f'`{choice}`' for choice in option.type.choices)}"
        yield line(words, f"`{variable(name, option)}`", option.help or "")


def variable(name: str, option: click.Parameter) -> str:
    """The environment variable that sets an option of a command."""
    return str(option.envvar or f"GATE_{name}_{option.name}".upper())


def options(kind: type[Any]) -> Iterator[str]:
    """One row for each option of a struct, and for those of the structs in it."""
    described = [*_options(kind, "")]
    if listed := getattr(kind, "listed", None):
        # The key of a list that may stand for itself: what counts is its entries.
        start = f"| `{listed}[]."
        entries = [row for row in described if row.startswith(start)]
        yield f"A list; each entry may have these. (`{listed}:` may stand above it.)"
        yield ""
        described = [row.replace(start, "| `", 1) for row in entries]
    if described:
        yield from head("option", "type", "default", "what it is")
        yield from described
    else:
        yield "None of its own: the tool's settings are the place for them."


def _options(kind: type[Any], prefix: str) -> Iterator[str]:
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    for field in described.fields:
        meta = field.type if isinstance(field.type, inspect.Metadata) else None
        bare = meta.type if meta else field.type
        said = (meta.extra_json_schema or {}).get("description", "") if meta else ""
        yield line(f"`{prefix}{field.encode_name}`", named(bare), default(field), said)
        for inner in structs(bare):
            yield from _options(inner.cls, f"{prefix}{field.encode_name}[].")


def structs(kind: inspect.Type) -> Iterator[inspect.StructType]:
    if isinstance(kind, inspect.Metadata):
        yield from structs(kind.type)
    elif isinstance(kind, inspect.StructType):
        yield kind
    elif isinstance(kind, inspect.VarTupleType):
        yield from structs(kind.item_type)
    elif isinstance(kind, inspect.UnionType):
        for member in kind.types:
            yield from structs(member)


def default(field: inspect.Field) -> str:
    """A default as it would be written in gate.yaml."""
    if field.required:
        return "required"
    value = field.default
    if value is msgspec.NODEFAULT:
        value = field.default_factory()
    if value in (None, (), ""):
        return "none"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"`{msgspec.json.encode(value).decode()}`".replace('"', "")


def named(kind: inspect.Type) -> str:
    """A type in words that need no Python."""
    if isinstance(kind, inspect.Metadata):
        return named(kind.type)
    if isinstance(kind, inspect.UnionType):
        some = [named(k) for k in kind.types if not isinstance(k, inspect.NoneType)]
        return " or ".join(dict.fromkeys(some))
    if isinstance(kind, inspect.VarTupleType):
        return f"list of {named(kind.item_type)}"
    if isinstance(kind, inspect.LiteralType):
        return " or ".join(f"`{value}`" for value in kind.values)
    if isinstance(kind, inspect.EnumType):
        return " or ".join(f"`{member.value}`" for member in kind.cls)
    if isinstance(kind, inspect.StructType):
        return "options"
    return _WORDS.get(type(kind), "") + bounds(kind)


_WORDS: dict[type[inspect.Type], str] = {
    inspect.StrType: "text",
    inspect.BoolType: "`true` or `false`",
    inspect.IntType: "whole number",
    inspect.FloatType: "number",
    inspect.DictType: "mapping",
}


def bounds(kind: inspect.Type) -> str:
    """The limits of a number: ` of 0 to 100`, ` above 0`."""
    least, most = getattr(kind, "ge", None), getattr(kind, "le", None)
    above = getattr(kind, "gt", None)
    if least is not None and most is not None:
        return f", {least:g} to {most:g}"
    if least is not None:
        return f", {least:g} or more"
    return f" above {above:g}" if above is not None else ""


def head(*names: str) -> Iterator[str]:
    yield line(*names)
    yield "|" + "---|" * len(names)


def line(*cells: str) -> str:
    escaped = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
    return "| " + " | ".join(escaped) + " |"


if __name__ == "__main__":
    main()
