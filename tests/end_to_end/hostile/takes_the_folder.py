"""Takes the folder of the results away, and puts a trap into its place."""

import os
import shutil
from pathlib import Path

from hostility import forged

TRAP = Path("elsewhere")


def test_takes_the_folder() -> None:
    way = os.environ.get("LC_WAY")
    folder = Path(".gate")
    shutil.rmtree(folder)
    TRAP.mkdir()
    (TRAP / "results.json").write_text(forged(), "utf-8")
    if way == "link":
        folder.symlink_to(TRAP)
    elif way == "file":
        folder.write_text("a file", "utf-8")
    elif way == "things":
        (folder / "results.json" / "deep" / "er").mkdir(parents=True)
        os.mkfifo(folder / "report.html")
        (folder / "comment.md").symlink_to(TRAP.resolve() / "comment.md")
        (folder / "summary.md").symlink_to("/dev/full")
        folder.chmod(0o500)
    raise AssertionError("this change is not in order")
