"""What is installed is pinned by hash, and renewed after a while: locks, Dependabot."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
LOCKS = sorted(GITHUB.glob("requirements*.txt"))
NPM_LOCK = ROOT / "tests" / "harness" / "package-lock.json"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
NEEDED: list[str] = PROJECT["project"]["dependencies"]
DEV: list[str] = PROJECT["project"]["optional-dependencies"]["dev"]
BUILD: list[str] = PROJECT["build-system"]["requires"]
DEPENDABOT: dict[str, Any] = yaml.safe_load(
    (GITHUB / "dependabot.yml").read_text("utf-8")
)
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")


def read(name: str) -> list[Requirement]:
    """The pins of a lock; each has hashes."""
    pins = []
    for block in re.split(r"\n(?=[a-z])", (GITHUB / name).read_text("utf-8"))[1:]:
        pin, _, hashes = block.partition("\\\n")
        assert re.fullmatch(r"(\s+--hash=sha256:[0-9a-f]{64}( \\)?\n?)+", hashes), pin
        pins.append(Requirement(pin))
    return pins


def versions(name: str, python: str) -> dict[str, str]:
    """Package -> its version in a lock, for one Python on Linux."""
    where = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_python_implementation": "CPython",
    }
    return {
        pin.name: str(pin.specifier).removeprefix("==")
        for pin in read(name)
        if pin.marker is None or pin.marker.evaluate(where)
    }


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("requirements.txt", NEEDED + BUILD),
        ("requirements-dev.txt", NEEDED + DEV + BUILD),
        ("requirements-build.txt", BUILD),
        ("requirements-zizmor.txt", [line for line in DEV if "zizmor" in line]),
    ],
)
def test_every_dependency_is_locked_with_hashes(
    name: str, wanted: list[str], python: str
) -> None:
    locked = versions(name, python)
    for line in wanted:
        requirement = Requirement(line)
        if requirement.marker and not requirement.marker.evaluate(
            {"python_version": python}
        ):
            continue
        version = locked.get(requirement.name.lower())
        assert version, f"{requirement.name}: run .github/lock.sh"
        assert requirement.specifier.contains(version), f"{line}: {version}"


@pytest.mark.parametrize("python", PYTHONS)
def test_the_locks_agree(python: str) -> None:
    everything = versions("requirements-dev.txt", python)
    for path in LOCKS:
        assert versions(path.name, python).items() <= everything.items(), path.name


@pytest.mark.parametrize("path", (*LOCKS, NPM_LOCK), ids=lambda path: path.name)
def test_no_lock_names_a_registry(path: Path) -> None:
    assert not re.search(r"https?://(?!github\.com/sponsors)", path.read_text("utf-8"))


def test_the_packages_of_npm_are_locked_with_hashes() -> None:
    packages = json.loads(NPM_LOCK.read_text("utf-8"))["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)


def test_locks_hold_nothing_new() -> None:
    """The cooldown is an option of uv's, which has to be there."""
    script = (GITHUB / "lock.sh").read_text("utf-8")
    assert "${UV_EXCLUDE_NEWER:-7 days}" in script
    assert '--exclude-newer "$cooldown"' in script


def test_dependabot_waits_and_groups() -> None:
    assert DEPENDABOT["updates"]
    for update in DEPENDABOT["updates"]:
        assert update["cooldown"]["default-days"] >= 7, update
        assert update["groups"], update


def test_dependabot_looks_wherever_something_is_pinned() -> None:
    looked_at = {
        (update["package-ecosystem"], directory)
        for update in DEPENDABOT["updates"]
        for directory in update.get("directories") or [update["directory"]]
    }
    assert looked_at == {
        ("github-actions", "/"),
        ("github-actions", "/.github/actions/*"),
        ("pip", "/"),
        ("pip", "/.github"),
        ("npm", "/tests/harness"),
    }
