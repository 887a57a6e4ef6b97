"""What the templates share: how they are read, and a page's style with its digest."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

import jinja2
from markupsafe import Markup


def environment(*, autoescape: bool) -> jinja2.Environment:
    """Where the templates are found; a name that they do not know is an error.

    Only markdown goes without `autoescape`: each of its parts is escaped before.
    """
    return jinja2.Environment(
        loader=jinja2.PackageLoader("gate.reports"),
        autoescape=autoescape,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def style(*names: str) -> tuple[Markup, str]:
    """Sheets of style as one, to stand in a page, and the digest that allows it there.

    They are ours, so they stand unescaped, and the page's policy allows nothing else.
    """
    folder = resources.files("gate.reports") / "templates"
    text = "".join((folder / name).read_text(encoding="utf-8") for name in names)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(text), digest
