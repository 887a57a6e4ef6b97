"""An unclean repository begins green, and of one fault of each kind each is told."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from gate.cli import cli
from tests.conftest import Repository
from tests.copied import MEAN_FARE

# Each check finds something here already.
UNCLEAN = """\
import re
import os
from .fares import mean_fare

seen=[]


def loadRides(path: str) -> int:
    seen.append( path )
    return mean_fare


HOME = "/home/ann/rides.csv"
"""
BASE = {
    "pyproject.toml": '[project]\nname = "taxi"\nversion = "1"\n',
    "taxi/__init__.py": "",
    "taxi/fares.py": MEAN_FARE,
    "taxi/trips.py": UNCLEAN + "\n\n" + MEAN_FARE.replace("fare", "price"),
}
# What is planted below the file, and the line of it that is told.
FAULTS = {
    "formatting/reformat": ("def a(b):\n    return b+1\n", 2),
    "lint/F821": ("def b():\n    return missing\n", 2),
    "typecheck/return-value": ("def c(d: int) -> str:\n    return d\n", 2),
    "imports/relative": ("def d():\n    from . import e\n\n    return e\n", 2),
    "imports/path-edit": (
        'def e():\n    import sys\n\n    sys.path.append("x")\n',
        4,
    ),
    "state/mutable-global": (
        "kept: list[int] = []\n\n\ndef f(g):\n    kept.append(g)\n",
        1,
    ),
    "state/global-statement": (
        "count = 0\n\n\ndef g():\n    global count\n    count += 1\n",
        5,
    ),
    "state/work-at-import": ('text = open("a.txt").read()\n', 1),
    "naming/class-name": ("class fare_table:\n    pass\n", 1),
    "naming/function-name": ("def loadMore():\n    pass\n", 1),
    "naming/meaningless-name": ("def h(a):\n    tmp2 = a\n    return tmp2\n", 2),
    "reproducibility/unseeded-random": (
        "def i():\n    import random\n\n    return random.random()\n",
        4,
    ),
    "reproducibility/home-path": ('DATA = "/home/ann/a.csv"\n', 1),
    "duplication/copy": (MEAN_FARE.replace("ride", "trip").replace("mean", "cost"), 1),
}


def gate(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, standalone_mode=False)


@pytest.fixture
def begun(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """An unclean repository, with a gate since its last commit."""
    repository.commit(BASE)
    monkeypatch.chdir(repository.root)
    assert gate("init").return_value == 0
    repository.commit()
    repository.git("switch", "-q", "-c", "change")
    return repository


def told(repository: Repository) -> set[tuple[str, str, int]]:
    """Each finding but those that were there before: its rule, file and line."""
    text = (repository.root / ".gate" / "results.json").read_text("utf-8")
    return {
        (one["rule"], one["path"], one["line"])
        for result in json.loads(text)["results"]
        for one in result.get("findings", ())
        if one.get("new") is not False and one.get("level") != "note"
    }


def planted(path: str, above: str) -> tuple[str, set[tuple[str, str, int]]]:
    """A file with each fault below what is there, and what is to be told of it."""
    expected = set()
    for rule, (text, line) in FAULTS.items():
        above += "\n\n" if above else ""
        expected.add((rule, path, above.count("\n") + line))
        above += text
    return above, expected


@pytest.mark.parametrize("path", ["taxi/trips.py", "taxi/added.py"])
def test_one_fault_of_each_kind_is_told_and_nothing_else(
    begun: Repository, path: str
) -> None:
    done = gate("run", "--base", "main")
    assert told(begun) == set()
    assert done.return_value == 0, done.output
    text, expected = planted(path, BASE.get(path, '"""Added."""\n'))
    begun.commit({path: text})
    assert gate("run", "--base", "main").return_value == 1
    assert told(begun) == expected


def test_a_package_that_is_renamed_and_split_brings_nothing_new(
    begun: Repository,
) -> None:
    begun.git("mv", "taxi", "cab")
    above, _, below = BASE["taxi/trips.py"].partition("\n\n\nHOME")
    begun.commit({"cab/trips.py": above + "\n", "cab/prices.py": "HOME" + below})
    done = gate("run", "--base", "main")
    assert told(begun) == set()
    assert done.return_value == 0, done.output
