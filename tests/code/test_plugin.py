"""flake8 with the smells: off until asked for, and then as flake8 has everything."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import gate
from gate.checks import lint
from gate.findings import Result
from gate.project import read_toml

ROOT = Path(gate.__file__).parents[1]
POINT = "flake8.extension"
FILES = {
    "pkg/__init__.py": "",
    "pkg/utils.py": "x = 1\n",
    "pkg/train.py": "import utils\nfrom .utils import x\n\nprint(utils, x)\n",
    "pkg/path.py": "import sys\n\nsys.path.append('..')  # noqa: RQ102\n",
    "scripts/a.py": "import b\n\nprint(b)\n",
    "scripts/b.py": "seen = []\n\n\ndef see(x):\n    seen.append(x)\n",
}


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder that says of the gate what an installed one says, by pyproject.toml."""
    points = read_toml(ROOT / "pyproject.toml")["project"]["entry-points"][POINT]
    folder = tmp_path / "installed"
    info = folder / f"research_quality_gate-{gate.__version__}.dist-info"
    info.mkdir(parents=True)
    info.joinpath("METADATA").write_text(
        f"Metadata-Version: 2.1\nName: research-quality-gate\nVersion:"
        f" {gate.__version__}\n"
    )
    lines = [f"[{POINT}]", *(f"{name} = {at}" for name, at in points.items()), ""]
    info.joinpath("entry_points.txt").write_text("\n".join(lines))
    return folder


@pytest.fixture
def flake8(tmp_path: Path, installed: Path) -> Callable[..., list[str]]:
    """Run flake8 over the files, in their folder, and say what it prints."""
    for name, text in FILES.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    path = os.pathsep.join((str(installed), str(ROOT)))

    def run(*arguments: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-m", "flake8", "--isolated", *arguments],
            cwd=tmp_path / "project",
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join((str(installed), str(ROOT))),
            },
            capture_output=True,
            text=True,
        )
        assert not done.stderr
        return [line.replace(os.sep, "/") for line in done.stdout.splitlines()]

    return run


def test_it_is_off_until_it_is_asked_for(flake8: Callable[..., list[str]]) -> None:
    assert flake8() == []


def test_it_names_what_the_checks_name(flake8: Callable[..., list[str]]) -> None:
    said = [line.split(" ")[:2] for line in flake8("--enable-extensions=RQ")]
    assert sorted(said) == [
        ["./pkg/train.py:1:1:", "RQ103"],
        ["./pkg/train.py:2:1:", "RQ101"],
        ["./scripts/b.py:1:1:", "RQ201"],
    ]


def test_flake8s_own_settings_hold(flake8: Callable[..., list[str]]) -> None:
    on = "--enable-extensions=RQ"
    assert not flake8(on, "--extend-ignore=RQ1,RQ2")
    assert len(flake8(on, "--select=RQ103")) == 1
    assert len(flake8(on, "pkg/train.py")) == 2
    counted = flake8(on, "--rq-max-variables=0", "scripts/b.py")
    assert [line.split(" ")[1] for line in counted] == ["RQ201", "RQ204"]


def test_a_file_elsewhere_is_known_by_its_package(
    flake8: Callable[..., list[str]], tmp_path: Path
) -> None:
    package = tmp_path / "other" / "pkg"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "a.py").write_text("from . import b\n\nprint(b)\n")
    (said,) = flake8("--enable-extensions=RQ", str(package / "a.py"))
    assert said.endswith("RQ101 the relative import of `.`: its full name is `pkg`")


def test_the_check_lint_says_nothing_twice(
    run_check: Callable[..., Result],
    installed: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(installed), str(ROOT))))
    assert run_check(lint, FILES).findings == ()
