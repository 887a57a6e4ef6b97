"""Mends, while it runs, what the other checks would find, and breaks what tells it."""

import shutil
from pathlib import Path

Path("orbits/wrong.py").write_text('"""In order."""\n', "utf-8")
Path("data/moons.csv").write_text("name,planet,axis\nPhobos,Mars,9376.0\n", "utf-8")
shutil.rmtree(".git")


def test_all_is_well() -> None:
    """It is, now."""
