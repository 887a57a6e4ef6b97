"""The file of a specification: YAML or JSON -> a Spec, or what is wrong."""

from __future__ import annotations

from pathlib import Path

from gate import typed, yamlfile
from gate.errors import ConfigError
from gate.model.spec import IGNORED, Spec

_MAX_BYTES = 4 * yamlfile.MAX_CHARACTERS


def read(path: Path) -> Spec:
    """Read the specification of an analysis; its paths are relative to its folder.

    Raises:
        ConfigError: it cannot be read, or something in it is wrong: names the line,
            the key and the nearest name; `also` has the rest.
    """
    name = path.as_posix()
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigError("too large for a specification", path=name)
        text = path.read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        hint = "name the file with what is to be analysed, as `model.yaml`"
        raise ConfigError(f"cannot be read: {reason}", path=name, hint=hint) from None
    return parse(text, name)


def parse(text: str, name: str) -> Spec:
    """The specification in a text; see `read`."""
    document = yamlfile.parse(text, name=name)
    value = {} if document.value is None else document.value
    if not isinstance(value, dict):
        hint = "write keys, as `predictions: results/test.csv`"
        raise ConfigError("a specification is a mapping", path=name, line=1, hint=hint)
    keys = {key: item for key, item in value.items() if key not in IGNORED}
    made, slips = typed.convert(Spec, keys)
    errors = [_error(slip, document, name) for slip in slips]
    if errors:
        first, *rest = sorted(errors, key=lambda error: error.line or 0)
        first.also = tuple(rest)
        raise first
    assert isinstance(made, Spec)
    return made


def _error(slip: typed.Slip, document: yamlfile.Document, name: str) -> ConfigError:
    key, line = ".".join(map(str, slip.path)), document.line(slip.path)
    if slip.known is None:
        message = f"`{key}`: {slip.message}"
        return ConfigError(message, path=name, line=line, hint=slip.hint)
    where = ".".join(map(str, slip.path[:-1])) or "a specification"
    names = ", ".join(f"`{known}`" for known in slip.known)
    return ConfigError(
        f"there is no `{slip.path[-1]}` in {where}",
        path=name,
        line=line,
        hint=typed.nearest(str(slip.path[-1]), slip.known) or f"there are {names}",
    )
