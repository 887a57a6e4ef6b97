"""Keys and tokens in a file: where they are and of what kind, never what they are."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

import msgspec

from gate.code.layout import is_test
from gate.code.rules import Problem, Rule

CREDENTIAL: Final = Rule(
    code="RQ441",
    name="credential",
    family="reproducibility",
    advice="revoke it, as git keeps it in the history; then take it out of the file and"
    " read it from the environment",
)
RULES: Final = (CREDENTIAL,)

MAX_BYTES: Final = 2_000_000
_MOST: Final = 20  # of a file; where there are more, the first say it
_FEWEST: Final = 8  # different characters: an example such as `ghp_xxxx` has less

# By the prefixes that their issuers chose so that they can be found.
_TOKENS: Final = {
    "an access key of AWS": rb"(?:AKIA|ASIA)(?P<a>[0-9A-Z]{16})(?![A-Za-z0-9])",
    "a token of GitHub": rb"gh[pousr]_(?P<b>[A-Za-z0-9]{36})(?![A-Za-z0-9])",
    "a fine-grained token of GitHub": rb"github_pat_(?P<c>[A-Za-z0-9_]{82})",
    "a token of GitLab": rb"glpat-(?P<d>[A-Za-z0-9_-]{20})",
    "a token of Hugging Face": rb"hf_(?P<e>[A-Za-z]{34})(?![A-Za-z0-9])",
    "a key of OpenAI": rb"sk-(?:proj-)?(?P<f>[A-Za-z0-9_-]{20,100}T3BlbkFJ)",
    "a key of Anthropic": rb"sk-ant-(?P<g>[A-Za-z0-9_-]{40})",
    "a token of Slack": rb"xox[abprs]-(?P<h>[0-9]{9,14}-[0-9A-Za-z-]{20})",
    "a key of Google's": rb"AIza(?P<i>[0-9A-Za-z_-]{35})(?![A-Za-z0-9])",
    "a token of PyPI": rb"pypi-AgEIcHlwaS5vcmc(?P<j>[A-Za-z0-9_-]{50})",
}
_ANY: Final = re.compile(rb"(?<![A-Za-z0-9_])(?:" + b"|".join(_TOKENS.values()) + rb")")
_KINDS: Final = dict(zip("abcdefghij", _TOKENS, strict=True))
# Its lines begin with headers where it is encrypted; in JSON `\n` is two characters.
_PRIVATE: Final = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]{1,20} )?PRIVATE KEY(?: BLOCK)?-----(?:\\[rn]|\s)+"
    rb"(?:[A-Za-z-]{1,30}: [^\n]{1,200}\n){0,5}\s{0,4}[A-Za-z0-9+/]{40}"
)
_SETTING: Final = re.compile(
    r"\s*(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*[=:]\s*(?P<value>\S.*)"
)
_SECRET: Final = re.compile(
    r"(?:^|_)(?:secret|token|password|passwd|pwd|apikey|api_key|private_key|access_key"
    r"|auth|credentials?)(?:_|$)",
    re.I,
)
_EXAMPLE: Final = re.compile(
    r"[<$\[{%].*|.*(?:example|change|your|placeholder|dummy|secret-here|todo|xxx).*"
    r"|(?:none|null|true|false|test|password|secret|token|[0-9]{1,4}|\*+)",
    re.I,
)
_OF_KIN: Final = ("example", "sample", "template", "dist", "defaults", "test", "tests")


def look(path: str, data: bytes) -> Iterator[Problem]:
    """The credentials in a file of text, each at its line, and no more than a few."""
    yield from itertools.islice(_look(path, data), _MOST)


def _look(path: str, data: bytes) -> Iterator[Problem]:
    for found in _ANY.finditer(data):
        kind = found.lastgroup or ""
        secret = found[kind]
        if len({*secret}) >= _FEWEST and not secret.upper().endswith(b"EXAMPLE"):
            yield _problem(_KINDS[kind], data, found.start())
    file = PurePosixPath(path)
    if not is_test(path) and "fixtures" not in file.parts:  # where keys open nothing
        for found in _PRIVATE.finditer(data):
            yield _problem("a private key", data, found.start())
    if file.name.split(".")[:2] == ["", "env"] and not {*file.name.split(".")} & {
        *_OF_KIN
    }:
        yield from _settings(data)
    if file.suffix == ".json" and len(data) < 100_000:
        yield from _json(file.name, data)


def _problem(kind: str, data: bytes, start: int) -> Problem:
    line = data.count(b"\n", 0, start) + 1
    return Problem(rule=CREDENTIAL, message=f"{kind} is in the file", line=line)


def _settings(data: bytes) -> Iterator[Problem]:
    """The lines of an `.env` that give a secret."""
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
        if not (found := _SETTING.fullmatch(line[:1000].rstrip())):
            continue
        value = found["value"].strip("\"' ")
        if _SECRET.search(found["name"]) and value and not _EXAMPLE.fullmatch(value):
            message = f"a value of `{found['name']}` is in the file"
            yield Problem(rule=CREDENTIAL, message=message, line=number)


class _Keys(msgspec.Struct):
    """What files of keys have: a service account's, an OAuth client's, Kaggle's."""

    client_secret: str = ""
    key: str = ""
    username: str = ""


def _json(name: str, data: bytes) -> Iterator[Problem]:
    try:
        keys = msgspec.json.decode(data, type=_Keys)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return
    if keys.client_secret and not _EXAMPLE.fullmatch(keys.client_secret):
        yield Problem(
            rule=CREDENTIAL, message="a client's secret is in the file", line=1
        )
    if name == "kaggle.json" and keys.username and keys.key:
        yield Problem(
            rule=CREDENTIAL, message="a key of Kaggle's is in the file", line=1
        )
