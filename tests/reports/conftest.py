"""Verdicts to render, and golden files to compare with.

`GATE_UPDATE_GOLDEN=1 pytest tests/reports` writes the golden files anew; look at their
diff before committing it.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parent


@pytest.fixture(scope="session")
def verdicts() -> ModuleType:
    """The module verdicts.py next to this file."""
    spec = importlib.util.spec_from_file_location("verdicts", FOLDER / "verdicts.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a text with the golden file of that name."""

    def check(name: str, text: str) -> None:
        path = FOLDER / "golden" / name
        if os.environ.get("GATE_UPDATE_GOLDEN"):
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.read_text(encoding="utf-8") == text

    return check
