"""What judges is loaded before the tests run: behind them nothing of it is read."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from gate import results
from gate.verdict import State
from tests.conftest import Repository

# `gate`, with an eye on what it imports and opens once the tests have run.
DRIVER = """
import json, os, sys

seen = []

def watch(event, arguments):
    if event in ("import", "open") and os.path.exists("ran"):
        name = arguments[0]
        ours = (os.path.dirname(gate.__file__), sys.prefix, sys.base_prefix)
        if event == "import" or str(name).startswith(ours):
            seen.append(str(name))

import gate.cli
sys.addaudithook(watch)
try:
    gate.cli.main()
finally:
    print("SEEN" + json.dumps(seen))
"""
TESTS = '''\
"""Tests."""

from pathlib import Path

from code_of_ours.one import one


def test_one() -> None:
    """It fails, so that there is something to say."""
    assert one() == 2


def test_ran() -> None:
    """It tells that the tests ran."""
    Path("ran").touch()
'''
FILES = {
    "gate.yaml": "checks: {formatting: {}, lint: {}, typecheck: {}, tests: {},"
    " coverage: {minimum: 100}}\n",
    "code_of_ours/__init__.py": '"""Ours."""\n',
    "code_of_ours/one.py": '"""One."""\n\n\ndef one() -> int:\n    """One."""\n'
    "    return 1\n\n\ndef two() -> int:\n    return  2\n",
    "test_one.py": TESTS,
    ".gitignore": "ran\n",
}


SETTINGS = {
    "gate.yaml": "checks: {tests: {}, coverage: {max_drop: 0, changed_lines: 100}}\n",
    "setup.cfg": "[tool:pytest]\naddopts = --cov-fail-under=99\n[flake8]\n",
    "tox.ini": "[coverage:run]\nbranch = true\n",
    "an\xa0odd name.py": '"""Odd."""\n',
}


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        (["--only", "tests,coverage"], {}),
        (["--untrusted", "--format", "github"], {}),
        (["--untrusted", "--base", "HEAD"], SETTINGS),
    ],
)
def test_nothing_is_loaded_behind_the_tests(
    repository: Repository, options: list[str], settings: dict[str, str]
) -> None:
    repository.commit({**FILES, **settings})
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, "run", "--python", sys.executable, *options],
        cwd=repository.root,
        capture_output=True,
        text=True,
    )
    assert (repository.root / "ran").exists(), done.stdout + done.stderr
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout.rpartition("SEEN")[2]) == []
    verdict = results.read(repository.root / ".gate" / "results.json")
    assert verdict.state is State.CLOSED and verdict.results
