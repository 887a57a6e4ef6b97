"""What the templates share: how they are read, and a page's style with its digest."""

from __future__ import annotations

import base64
import functools
import hashlib
from importlib import resources
from typing import Any

import jinja2
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

MOST = 64 * 1024  # characters of a template, and the longest text that one may make

_SETTINGS: dict[str, Any] = {
    "auto_reload": False,  # what was read before the tests ran is what counts
    "undefined": jinja2.StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "keep_trailing_newline": True,
}


def environment(*, autoescape: bool) -> jinja2.Environment:
    """Where the templates are found; a name that they do not know is an error.

    Only markdown goes without `autoescape`: each of its parts is escaped before.
    """
    return jinja2.Environment(
        loader=jinja2.PackageLoader("gate.reports"), autoescape=autoescape, **_SETTINGS
    )


class Sandbox(ImmutableSandboxedEnvironment):
    """Where a user's template for the comment is rendered: it reads, and no more.

    It reaches nothing but what it is given and our own templates. How long it takes
    and how much it makes is bounded only for what is written by mistake.
    """

    intercepted_binops = frozenset(["*", "**", "%"])

    def __init__(self) -> None:
        super().__init__(
            loader=jinja2.PackageLoader("gate.reports"), autoescape=False, **_SETTINGS
        )
        # These make a text of any length from a number.
        for name in ("center", "format", "indent", "wordwrap", "pprint"):
            del self.filters[name]
        del self.globals["lipsum"], self.globals["cycler"], self.globals["joiner"]

    def call_binop(
        self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any
    ) -> Any:
        """Arithmetic with numbers of a size that people read."""
        numbers = all(isinstance(one, (int, float)) for one in (left, right))
        if not numbers or max(abs(left), abs(right)) > 1e12 or operator == "**":
            raise SecurityError(f"`{operator}` is for numbers of an ordinary size")
        return super().call_binop(context, operator, left, right)


@functools.cache
def style(*names: str) -> tuple[Markup, str]:
    """Sheets of style as one, to stand in a page, and the digest that allows it there.

    They are ours, so they stand unescaped, and the page's policy allows nothing else.
    """
    folder = resources.files("gate.reports") / "templates"
    text = "".join((folder / name).read_text(encoding="utf-8") for name in names)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(text), digest
