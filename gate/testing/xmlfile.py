"""XML that a stranger wrote: read whole, with no entities and within limits."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any
from xml.parsers import expat

from gate.errors import ToolError

MAX_BYTES = 50 * 1024 * 1024
MAX_DEPTH = 100  # of elements in one another


class _Refused(Exception):
    """Something that may stand in XML and that no report needs."""


def read(path: Path, shown: str) -> ElementTree.Element:
    """The document in a file; `shown` is what a message calls it.

    A document type is let through where it only names itself, as Cobertura's does:
    nothing is fetched, and nothing can be declared in it.

    Raises:
        ToolError: it is too large, not well-formed, or declares something.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ToolError(f"{shown} cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise ToolError(f"{shown} is larger than {MAX_BYTES:,} bytes")
    try:
        return _parsed(data)
    except _Refused as error:
        raise ToolError(f"{shown} {error}: refused") from None
    # A LookupError or a ValueError is an encoding that is none.
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise ToolError(f"{shown} cannot be read: {error}") from None


def _parsed(data: bytes) -> ElementTree.Element:
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise _Refused(f"has more than {MAX_DEPTH} elements in one another")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def doctype(*declared: Any) -> None:
        if declared[3]:  # an internal subset
            raise _Refused("holds a document type")

    def entity(*declared: Any) -> None:
        raise _Refused("declares an entity")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = entity
    parser.Parse(data, True)
    return builder.close()
