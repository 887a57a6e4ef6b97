"""Where data is looked for: on one person's disk, or at an address that may change."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from gate.code.bindings import Function, inside
from gate.code.layout import is_test
from gate.code.qualified import Names, last
from gate.code.rules import Problem, Rule
from gate.code.source import Source

HOME: Final = Rule(
    code="RQ411",
    name="home-path",
    family="reproducibility",
    advice="take the path from the command line, or relative to the repository",
)
MACHINE: Final = Rule(
    code="RQ412",
    name="machine-path",
    family="reproducibility",
    advice="take the path from the command line, a setting or an environment variable",
    warning=True,
)
UNCHECKED: Final = Rule(
    code="RQ421",
    name="unchecked-download",
    family="reproducibility",
    advice="check its hash: `pooch.retrieve(url, known_hash=...)`",
    warning=True,
)
RULES: Final = (HOME, MACHINE, UNCHECKED)

_SCHEME: Final = r"(?:file://|sqlite:///)?"
_PART: Final = r"[^/\\\x00-\x1f<>|*?\"{}\[\]()$^+]+"
_HOME: Final = re.compile(
    rf"{_SCHEME}(?:/home/|/Users/|/c/Users/|[A-Za-z]:[/\\]+Users[/\\]+)"
    rf"(?P<user>{_PART})[/\\].*",
    re.S,
)
_MACHINE: Final = re.compile(
    rf"{_SCHEME}(?:~/(?=\w)(?!Library|lib|bin)|/mnt/|/media/|/scratch/|/data/"
    rf"|/datasets?/|/nfs/|/gpfs/|/lustre/|/content/drive/|/kaggle/(?:input|working)/"
    rf"|[D-Z]:[/\\]+)(?!\s){_PART}(?:[/\\].*)?",
    re.S,
)
# Of containers and examples, where there is no person.
_NOBODY: Final = frozenset(
    "user username you your yourname me someone somebody name shared jovyan app vscode"
    " runner node ubuntu docker public all users default".split()
)
_NO_PATH: Final = re.compile(r"(?<![A-Za-z0-9_:])\\[dwsbDWSB.]|[\])]\\|\(\?|\.[*+]|\n")
_LONGEST: Final = 300  # of a path
_SAID: Final = ("help", "description", "epilog", "usage", "example", "examples", "doc")

_READERS: Final = (
    "csv table json excel parquet feather html xml stata sas pickle hdf fwf orc spss"
    " ipc ndjson avro file"
).split()
_LOADERS: Final = frozenset(
    "numpy.loadtxt numpy.genfromtxt xarray.open_dataset xarray.open_zarr"
    " imageio.imread imageio.v3.imread skimage.io.imread".split()
)
_RETRIEVERS: Final = ("urllib.request.urlretrieve", "wget.download")
_GETTERS: Final = frozenset(
    "requests.get httpx.get urllib3.request urllib.request.urlopen".split()
)
_CHECKED: Final = re.compile(
    r"pooch|hashlib|known_hash|checksum|sha256|sha1|md5|digest", re.I
)
# A commit of git, or an archive that keeps what it has: what is there stays.
_LASTING: Final = re.compile(
    r"[/@=][0-9a-f]{40}(?:[/?#]|$)|zenodo\.org/|/doi/|doi\.org"
)


def look(source: Source) -> Iterator[Problem]:
    """Every such place, outside of tests, whose paths and addresses are examples."""
    if source.tree is None or is_test(source.path):
        return
    yield from _paths(source.tree)
    if "http" in source.text and not _CHECKED.search(source.text):
        yield from _downloads(source.tree)


def _paths(tree: ast.Module) -> Iterator[Problem]:
    for node in _texts(tree):
        text = str(node.value)
        if len(text) > _LONGEST or _NO_PATH.search(text.replace("\\\\", "/")):
            continue
        line, column = node.lineno, node.col_offset + 1
        if found := _HOME.fullmatch(text):
            if found["user"].strip().lower() not in _NOBODY:
                message = "a path of one person's home folder"
                yield Problem(rule=HOME, message=message, line=line, column=column)
        elif _MACHINE.fullmatch(text):
            message = f"`{text}` is a path of one machine"
            yield Problem(rule=MACHINE, message=message, line=line, column=column)


def _texts(tree: ast.Module) -> Iterator[ast.Constant]:
    """The strings that may be paths: no docstrings, routes, texts for people."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                yield node
        elif isinstance(node, ast.JoinedStr):
            stack.extend(node.values[:1])
        elif not _is_said(node):
            stack.extend(reversed([*_children(node)]))


def _is_said(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.keyword) and node.arg in _SAID


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What is in a node, but what is compared and what decorates: patterns, routes."""
    for child in ast.iter_child_nodes(node):
        if isinstance(node, (ast.ClassDef, Function)) and child in node.decorator_list:
            continue
        if isinstance(node, ast.Compare) and isinstance(child, ast.Constant):
            continue
        if isinstance(node, ast.Call) and last(node.func) in ("startswith", "endswith"):
            continue
        yield child


def _downloads(tree: ast.Module) -> Iterator[Problem]:
    names = Names(tree)
    addresses = dict(_addresses(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            full = names.of(node.func)
            if _reads(full) and _is_loose(_address(node.args[0], addresses)):
                yield _unchecked(node, full)
        elif isinstance(node, Function):
            yield from _written(node, names)


def _reads(full: str) -> bool:
    top, name = full.partition(".")[0], full.rpartition(".")[2]
    if top in ("pandas", "polars", "geopandas"):
        verb, _, kind = name.partition("_")
        return verb in ("read", "scan") and kind in _READERS
    return full in _LOADERS or full in _RETRIEVERS


def _addresses(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The names that stand for an address, and it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and (text := _start(node.value)):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, text


def _address(node: ast.expr, addresses: dict[str, str]) -> str:
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        node = node.left
    return addresses.get(node.id, "") if isinstance(node, ast.Name) else _start(node)


def _start(node: ast.expr) -> str:
    """The text that a string begins with, as far as it is written there."""
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return ""


def _is_loose(address: str) -> bool:
    """Whether what is at an address may be something else tomorrow."""
    remote = address.startswith(("http://", "https://", "ftp://"))
    local = re.match(r"https?://(?:localhost|127\.|0\.0\.0\.0)", address)
    return remote and not local and not _LASTING.search(address)


def _written(node: Function, names: Names) -> Iterator[Problem]:
    """The requests of a function that writes an answer's bytes to a file."""
    calls = [n for n in inside(node.body) if isinstance(n, ast.Call)]
    writes = any(
        last(call.func) in ("write", "write_bytes", "copyfileobj") for call in calls
    )
    binary = any(
        isinstance(n, ast.Constant) and n.value in ("wb", "xb", "ab")
        for call in calls
        for n in (*call.args, *(one.value for one in call.keywords))
    )
    if not writes or not (binary or any(last(c.func) == "write_bytes" for c in calls)):
        return
    for call in calls:
        if (full := names.of(call.func)) in _GETTERS:
            yield _unchecked(call, full)


def _unchecked(node: ast.Call, full: str) -> Problem:
    return Problem(
        rule=UNCHECKED,
        message=f"`{full}` takes whatever is at the address today, unchecked",
        line=node.lineno,
        column=node.col_offset + 1,
    )
