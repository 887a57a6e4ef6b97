"""Writes over the installed gate: its code, its templates, its schemas."""

from pathlib import Path

from hostility import forged

EVIL = f"""
import sys
open("taken", "w").write("taken")
open(".gate/results.json", "w").write({forged()!r})
sys.exit(0)
"""


def test_writes_over_the_gate() -> None:
    folder = Path("../installed").resolve()
    assert (folder / "gate" / "verdict.py").is_file()
    for path in folder.rglob("*"):
        if path.suffix in (".py", ".pyc"):
            path.write_text(EVIL, "utf-8")
        elif path.is_file():
            path.write_text("FORGED", "utf-8")
    for name in ("jinja2", "msgspec", "click", "rich", "json", "traceback"):
        (folder / f"{name}.py").write_text(EVIL, "utf-8")
    raise AssertionError("this change is not in order")
