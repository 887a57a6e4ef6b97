"""Reproducibility as a check: its files, its options, what is committed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gate.checks import reproducibility
from gate.findings import Level, Result, Status

Run = Callable[..., Result]
LOCKLESS = "[project]\nname = 'rides'\ndependencies = ['numpy>=2']\n"
BUILT = f"[build-system]\nrequires = ['setuptools']\n{LOCKLESS}"


def rules(result: Result) -> list[tuple[str, str | None, int | None]]:
    return [(f.rule.partition("/")[2], f.path, f.line) for f in result.findings]


def test_chance_and_paths_are_findings_at_their_lines(run_check: Run) -> None:
    text = "import numpy as np\nx = np.random.rand(3)\ny = open('/home/ann/x')\n"
    result = run_check(reproducibility, {"a.py": text})
    assert result.status is Status.FAILED
    assert rules(result) == [("unseeded-random", "a.py", 2), ("home-path", "a.py", 3)]
    assert result.metrics == {"reproducibility.problems": 2}


def test_a_seed_in_another_module_counts(run_check: Run) -> None:
    files = {
        "model.py": "import numpy as np\ndef f():\n    return np.random.rand(3)\n",
        "train.py": "import numpy as np\nnp.random.seed(0)\n",
    }
    assert run_check(reproducibility, files).findings == ()


@pytest.mark.parametrize(
    ("files", "options", "expected"),
    [
        ({"requirements.txt": "numpy\n"}, {}, [("unpinned", "requirements.txt", 1)]),
        ({"a/requirements.txt": "x\n", "b/uv.lock": ""}, {}, ["a"]),
        ({"environment.yml": "dependencies: [numpy]\n"}, {}, ["environment.yml"]),
        ({"pyproject.toml": LOCKLESS}, {}, [("no-lock", "pyproject.toml", 1)]),
        ({"pyproject.toml": LOCKLESS, "uv.lock": ""}, {}, []),
        ({"requirements.txt": "numpy\n", "uv.lock": ""}, {}, []),
        ({"a/requirements.txt": "numpy\n", "conda-lock.yml": ""}, {}, []),
        ({"requirements.txt": "numpy==2.1\n"}, {}, []),
        ({"requirements.txt": "numpy\n", "pyproject.toml": BUILT}, {}, []),
        ({"requirements.txt": "numpy\n", "setup.py": ""}, {}, []),
        ({"requirements.txt": "numpy\n"}, {"pins": "never"}, []),
        ({"requirements.txt": "numpy\n"}, {"exclude": ("requirements*",)}, []),
        ({"pyproject.toml": BUILT}, {"pins": "always"}, ["pyproject.toml"]),
        ({"pyproject.toml": "[tool.black]\n"}, {}, []),
    ],
)
def test_versions_are_asked_of_what_is_no_library(
    run_check: Run,
    files: dict[str, str],
    options: dict[str, object],
    expected: list[object],
) -> None:
    result = run_check(reproducibility, files, **options)
    assert len(result.findings) == len(expected)
    assert all(one in rules(result) for one in expected if isinstance(one, tuple))


def test_a_large_file_counts_once_it_is_committed(run_check: Run) -> None:
    files = {"model.bin": b"\0" * 2_000_000}
    result = run_check(reproducibility, files, base=files, max_megabytes=1)
    assert rules(result) == [("large-file", "model.bin", 1)]
    assert (result.status, result.findings[0].level) == (Status.PASSED, Level.WARNING)


def test_a_large_file_that_git_does_not_have_is_quiet(run_check: Run) -> None:
    files = {"model.bin": b"\0" * 2_000_000}
    assert not run_check(
        reproducibility, files, base={"a": ""}, max_megabytes=1
    ).findings


def test_what_is_not_in_git_has_no_large_files(run_check: Run) -> None:
    files = {"model.bin": b"\0" * 2_000_000}
    assert not run_check(reproducibility, files, max_megabytes=1).findings


def test_a_credential_closes_the_gate_and_is_never_shown(run_check: Run) -> None:
    secret = "gh" + "p_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    result = run_check(reproducibility, {"notes.md": f"token:\n{secret}\n"})
    assert result.status is Status.FAILED
    assert rules(result) == [("credential", "notes.md", 2)]
    assert secret not in repr(result)


def test_a_line_is_excused_as_in_flake8(run_check: Run) -> None:
    text = "x = open('/home/ann/x')  # noqa: RQ411\n"
    assert not run_check(reproducibility, {"a.py": text}).findings


def test_a_notebook_run_out_of_order_closes_the_gate(run_check: Run) -> None:
    cell = '{"cell_type": "code", "outputs": [], "execution_count": %d}'
    text = f'{{"cells": [{cell % 2}, {cell % 1}]}}'
    result = run_check(reproducibility, {"a.ipynb": text})
    assert rules(result) == [("notebook-order", "a.ipynb", 1)]


def test_an_empty_project_has_nothing_to_repeat(run_check: Run) -> None:
    assert run_check(reproducibility, {}).status is Status.SKIPPED


def test_without_anything_to_run_it_has_nothing_to_judge(run_check: Run) -> None:
    result = run_check(reproducibility, {"notes.txt": "nothing here\n"})
    assert (result.status, result.summary) == (
        Status.SKIPPED,
        "there is nothing to run",
    )


def test_a_secret_is_told_where_there_is_nothing_else(run_check: Run) -> None:
    result = run_check(reproducibility, {"notes.txt": "AKIA" + "Q3EXBMPLK7DZVT2W"})
    assert result.status is Status.FAILED
