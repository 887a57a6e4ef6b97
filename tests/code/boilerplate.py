"""Code that looks alike wherever it stands, and is no copy: name -> text of a file.

`%(...)s` are names; each text is made twice, with others, and both stand side by side.
"""

from __future__ import annotations

from typing import Final

FIELDS: Final = [
    "name", "area", "fare", "tips", "miles", "seconds", "company", "month", "hour",
    "weekday", "pickup", "dropoff", "payment", "latitude", "longitude", "census",
]  # fmt: skip

CASES: Final[dict[str, str]] = {
    "imports": "".join(f"from taxi.{f} import load_{f}, save_{f}\n" for f in FIELDS),
    "imports that may fail": """
try:
    import alpha
    import beta
    from gamma import (
        one,
        two,
        three,
        four,
        five,
    )
except ImportError:
    alpha = None
    beta = None
    one = two = three = four = five = None
""",
    "a dataclass": "@dataclass(frozen=True)\nclass A_%(x)s:\n"
    + "".join(f"    {f}_%(x)s: float = 0.0\n" for f in FIELDS),
    "a named tuple": "class A_%(x)s(NamedTuple):\n"
    + "".join(f"    {f}_%(x)s: list[str] | None = None\n" for f in FIELDS),
    "an enum": "class A_%(x)s(enum.Enum):\n"
    + "".join(f'    {f.upper()} = "{f}"\n' for f in FIELDS),
    "columns of an ORM": "class A_%(x)s(Base):\n    __tablename__ = '%(x)s'\n\n"
    + "".join(
        f"    {f} = Column(Integer(), ForeignKey('{f}.id'), nullable=False)\n"
        f"    {f}s = relationship('{f}', back_populates='%(x)s', lazy=True)\n"
        for f in FIELDS
    ),
    "fields of a model": "class A_%(x)s(models.Model):\n"
    + "".join(f"    {f} = models.CharField(max_length=20)\n" for f in FIELDS),
    "an argument parser": """
def parse_%(x)s():
    parser = argparse.ArgumentParser(description="%(x)s")
    group = parser.add_argument_group("data")
    group.add_argument("--%(x)s-data", type=Path, required=True, help="the data")
    group.add_argument("--%(x)s-out", type=Path, default=Path("."))
    parser.add_argument("--epochs", type=int, default=10, help="how many %(x)s")
    parser.add_argument(
        "--rate",
        type=float,
        default=0.1,
        metavar="RATE",
        help="the rate of learning",
    )
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("names", nargs="*", help="names of %(x)s")
    return parser.parse_args()
""",
    "the options of a command": """
@click.command()
@click.option("--%(x)s", type=click.Path(exists=True), required=True, help="a")
@click.option("--epochs", type=int, default=10, show_default=True, help="b")
@click.option("--rate", type=float, default=0.1, show_default=True, help="c")
@click.option("--seed", type=int, default=0, show_default=True, help="d")
@click.option("--verbose", is_flag=True, help="e")
@click.argument("names_%(x)s", nargs=-1)
def main_%(x)s(%(x)s, epochs, rate, seed, verbose, names_%(x)s):
    train_%(x)s(%(x)s, epochs, rate, seed)
""",
    "typer's options": "@app.command()\ndef main_%(x)s(\n"
    + "".join(f"    {f}: int = typer.Option(1, help='{f}'),\n" for f in FIELDS)
    + "):\n    run_%(x)s(name)\n",
    "constants": "".join(f"{f.upper()}_%(x)s = {n}\n" for n, f in enumerate(FIELDS)),
    "a table": "TABLE_%(x)s = {\n"
    + "".join(f"    '{f}': ({n}, float, None),\n" for n, f in enumerate(FIELDS))
    + "}\n",
    "long literals": "QUERY_%(x)s = '''\n"
    + "".join(f"select {f} from rides\n" for f in FIELDS)
    + "'''\nROWS_%(x)s = [\n"
    + "".join(f"    {n}, {n + 1}, {n + 2},\n" for n in range(60))
    + "]\n",
    "a constructor": "class A_%(x)s:\n    def __init__(self, "
    + ", ".join(f"{f}=None" for f in FIELDS)
    + "):\n        super().__init__()\n"
    + "".join(f"        self.{f} = {f}\n" for f in FIELDS)
    + "        self.rows_%(x)s = []\n        self.known = known or {}\n",
    "a table of tests": "@pytest.mark.parametrize(\n    'text, wanted',\n    [\n"
    + "".join(f"        ('{f}', parse('{f}', x=1)),\n" for f in FIELDS)
    + "    ],\n)\ndef test_%(x)s(text, wanted):\n    assert %(x)s(text) == wanted\n",
    "asserts": "def test_%(x)s():\n    made = %(x)s()\n"
    + "".join(f"    assert made.{f}_%(x)s() == '{f}'\n" for f in FIELDS),
    "asserts of unittest": "class Test_%(x)s(TestCase):\n    def test_%(x)s(self):\n"
    + "".join(
        f"        self.assertEqual(%(x)s['{f}'], {n})\n"
        f"        self.assertTrue(%(x)s.{f})\n        self.assertIn({n}, %(x)s)\n"
        for n, f in enumerate(FIELDS)
    ),
    "overloads": "".join(
        f"@overload\ndef get_%(x)s(one: {f}, *, strict: bool = ...) -> {f}: ...\n"
        f"@overload\ndef get_%(x)s(one: {f}s, *, strict: bool) -> {f}s:\n    ...\n"
        for f in FIELDS
    ),
    "an abstract class": "class A_%(x)s(abc.ABC):\n"
    + "".join(
        f"    @abc.abstractmethod\n    def {f}(self, %(x)s, other):\n"
        f'        """What {f} it has."""\n        raise NotImplementedError\n\n'
        for f in FIELDS
    ),
    "properties": "class A_%(x)s:\n"
    + "".join(
        f"    @property\n    def {f}(self):\n        '''The {f}.'''\n"
        f"        return self._{f}_%(x)s\n\n"
        f"    @{f}.setter\n    def {f}(self, value):\n"
        f"        self._{f}_%(x)s = value\n\n"
        for f in FIELDS
    ),
    "a licence": "# Copyright the authors of %(x)s\n"
    + "# Licensed under the Apache License, Version 2.0\n" * 20
    + "NAME = '%(x)s'\n",
    "docstrings": "def f_%(x)s(a):\n    '''Say it.\n\n"
    + "    A line of words that is the same.\n" * 20
    + "    '''\n    return %(x)s(a)\n",
    "logging": """
logger_%(x)s = logging.getLogger(__name__)
logger_%(x)s.setLevel(logging.INFO)
handler = logging.StreamHandler(sys.stdout)
handler.setLevel(logging.DEBUG)
handler.setFormatter(
    logging.Formatter("%%(asctime)s - %%(name)s - %%(levelname)s - %%(message)s")
)
logger_%(x)s.addHandler(handler)
to_file = logging.FileHandler("%(x)s.log")
to_file.setLevel(logging.DEBUG)
to_file.setFormatter(logging.Formatter("%%(message)s"))
logger_%(x)s.addHandler(to_file)
""",
    "a chain of elif": "def f_%(x)s(kind):\n    if kind == 'a':\n        return 1\n"
    + "".join(f"    elif kind == '{f}':\n        return {f}_%(x)s\n" for f in FIELDS)
    + "    else:\n        raise ValueError(kind)\n",
    "a chain of isinstance": "def f_%(x)s(node):\n"
    + "".join(
        f"    if isinstance(node, {f}):\n        return visit_{f}_%(x)s(node)\n"
        for f in FIELDS
    ),
    "a match": "def f_%(x)s(kind):\n    match kind:\n"
    + "".join(f"        case '{f}':\n            return {f}_%(x)s\n" for f in FIELDS),
    "errors": "".join(
        f"class {f.title()}Error_%(x)s(Exception):\n    '''No {f}.'''\n\n\n"
        for f in FIELDS
    ),
    "comparisons": "class A_%(x)s:\n"
    + "".join(
        f"    def __{op}__(self, other):\n"
        "        if not isinstance(other, A_%(x)s):\n"
        "            return NotImplemented\n"
        f"        return self.%(x)s {sign} other.%(x)s\n\n"
        for op, sign in {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}.items()
    ),
    "what a package exports": "__all__ = [\n"
    + "".join(f"    '{f}_%(x)s',\n" for f in FIELDS)
    + "]\n",
    "settings of a figure": "def plot_%(x)s(ax):\n"
    + "".join(
        f"    ax.set({f}='%(x)s', size={n})\n    ax.axhline({n}, color='k')\n"
        for n, f in enumerate(FIELDS)
    ),
}


def file(name: str) -> str:
    """A case twice in one file, with other names."""
    return "\n\n".join(CASES[name] % {"x": word} for word in ("one", "other"))
