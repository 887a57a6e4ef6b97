"""What the templates share: how they are read, and a page's style with its digest."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
import traceback
from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from typing import Any, Final, TypeVar

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from gate.errors import GateError

T = TypeVar("T")

MOST = 64 * 1024  # characters of a template, and the longest text that one may make
MOST_STEPS = 100_000  # of all its loops together

# These make a text of any length from a number.
_NO_FILTERS: Final = ("center", "format", "indent", "wordwrap", "pprint")
_COUNTED: Final = "gate_counted"
_ROUNDED: Final = "`|round(1)` is there to shorten one"

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


class _Undefined(jinja2.StrictUndefined):
    """A name that is not there, which no filter can make a number of either."""

    __slots__ = ()
    __round__ = __abs__ = __index__ = __trunc__ = jinja2.StrictUndefined.__float__


class Sandbox(ImmutableSandboxedEnvironment):
    """Where a user's template for the comment is rendered: it reads, and no more.

    It reaches nothing but what it is given and our own templates. How long it takes
    and how much it makes is bounded only for what is written by mistake.
    """

    intercepted_binops = frozenset(["*", "**", "%"])

    def __init__(self) -> None:
        super().__init__(
            loader=jinja2.PackageLoader("gate.reports"),
            autoescape=False,
            **{**_SETTINGS, "undefined": _Undefined},
        )
        for name in _NO_FILTERS:
            del self.filters[name]
        del self.globals["lipsum"], self.globals["cycler"], self.globals["joiner"]
        self.filters[_COUNTED] = self._counted
        self._left = MOST_STEPS

    def _counted(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self._left -= 1
            if self._left < 0:
                raise SecurityError(f"its loops take more than {MOST_STEPS:,} steps")
            yield item

    def _parse(
        self, source: str, name: str | None, filename: str | None
    ) -> nodes.Template:
        """The tree of a template in which every step of a loop is counted."""
        tree = super()._parse(source, name, filename)
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, _COUNTED, [], [], None, None)
        if name is None:
            _check_blocks(tree)
        return tree

    def call_binop(
        self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any
    ) -> Any:
        """Arithmetic with numbers of a size that people read."""
        numbers = all(isinstance(one, (int, float)) for one in (left, right))
        if not numbers or operator == "**":
            raise SecurityError(f"`{operator}` is for numbers: {_ROUNDED}")
        if max(abs(left), abs(right)) > 1e12:
            raise SecurityError(f"`{operator}` is for numbers of an ordinary size")
        return super().call_binop(context, operator, left, right)


def _check_blocks(tree: nodes.Template) -> None:
    """Refuse a block that is in the place of none of ours: it would not be seen."""
    ours = re.findall(r"{% block (\w+)", _source("page.md.j2"))
    extends = any(isinstance(node, nodes.Extends) for node in tree.body)
    for node in tree.body:
        if extends and isinstance(node, nodes.Block) and node.name not in ours:
            raise jinja2.TemplateSyntaxError(
                f"there is no block `{node.name}`: there are {', '.join(ours)}",
                node.lineno,
            )


@functools.cache
def _source(name: str) -> str:
    folder = resources.files("gate.reports") / "templates"
    return (folder / name).read_text(encoding="utf-8")


def use(text: str, render: Callable[[jinja2.Template], T]) -> T:
    """What `render` makes of a template of the user's, in the sandbox.

    Raises:
        GateError: it is wrong; with the line, where that is known.
    """
    if len(text) > MOST:
        raise GateError(f"larger than {MOST:,} characters")
    try:
        return render(Sandbox().from_string(text))
    except jinja2.TemplateSyntaxError as error:
        said = (error.message or "").removesuffix(".")
        if any(f"'{name}'" in said for name in _NO_FILTERS):
            said += f": {_ROUNDED}"
        raise GateError(f"line {error.lineno}: {said}") from None
    except jinja2.TemplateNotFound as error:
        problem: Exception = error
        said = f"there is no template `{error.name}` here, only `comment.md.j2`"
    except jinja2.UndefinedError as error:
        problem = error
        said = f"{error}: ask before whether it `is defined`"
    except (jinja2.TemplateError, ArithmeticError, LookupError) as error:
        problem, said = error, str(error)
    except (
        *(AttributeError, MemoryError, RecursionError),
        *(TypeError, ValueError),
    ) as error:
        problem, said = error, f"{type(error).__name__}: {error}"
    raise GateError(f"{_line(problem)}{said}")


def _line(error: Exception) -> str:
    """`line 3: `, where an error tells at which line of the template it was."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == "<template>"]
    return f"line {lines[-1]}: " if lines else ""


@functools.cache
def inlined(*names: str) -> tuple[Markup, str]:
    """Sheets of style, or a script, to stand in a page, and the digest that allows it.

    They are ours, so they stand unescaped, and the page's policy allows nothing else.
    """
    text = "".join(map(_source, names))
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(text), digest
