"""The committed rides are the ones that the committed script draws."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def draw(data: Path, output: Path, *options: str) -> None:
    command = [sys.executable, str(data / "make_data.py"), "--output", str(output)]
    subprocess.run([*command, *options], check=True)


def test_the_script_draws_the_committed_bytes(data: Path, tmp_path: Path) -> None:
    draw(data, tmp_path)
    for path in sorted(data.glob("*.csv")):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_another_seed_draws_other_rides(data: Path, tmp_path: Path) -> None:
    draw(data, tmp_path, "--seed", "1")
    drawn = (tmp_path / "train.csv").read_bytes()
    assert drawn != (data / "train.csv").read_bytes()
    assert drawn.count(b"\n") == 1501


def test_the_three_files_share_no_rides(data: Path) -> None:
    train, evaluation = (
        set((data / name).read_text(encoding="utf-8").splitlines()[1:])
        for name in ("train.csv", "eval.csv")
    )
    assert not train & evaluation
