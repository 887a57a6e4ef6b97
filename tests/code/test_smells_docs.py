"""docs/smells.md: a section for each rule, whose bad example breaks it and no other."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from gate.checks import CHECKS
from gate.code.rules import FAMILIES, Rule
from gate.project import Project

PAGE = Path(__file__).parents[2].joinpath("docs", "smells.md").read_text("utf-8")
DEFAULT = "pkg/example.py"  # where an example without a file's name is
WITHOUT = {"RQ461"}  # a file of 5 MB would be its example
OPTIONS = {"imports": {"order": False}}  # isort's word is no rule of this page

HEADING = re.compile(r"^## (?P<code>RQ\d{3}): `(?P<name>[a-z-]+)`$", re.M)
FILE = re.compile(r"(?:^`(?P<path>\S+)`:\n\n)?^```\w+\n(?P<text>.*?)^```$", re.M | re.S)


def module_of(family: str) -> ModuleType | None:
    """The module of the family's rules, where it is there yet."""
    name = f"gate.code.{family}"
    return importlib.import_module(name) if importlib.util.find_spec(name) else None


MODULES = [module for family in FAMILIES if (module := module_of(family))]
RULES: list[Rule] = [rule for module in MODULES for rule in module.RULES]


def section(code: str) -> str:
    found = re.search(rf"^## {code}: .*?\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    assert found, f"docs/smells.md has no section `## {code}`"
    return found[1]


def example(code: str, which: str) -> dict[str, str]:
    """The files of a section's example, `Bad` or `Good`."""
    found = re.search(
        rf"^\*\*{which}\.\*\*(.*?)(?=^\*\*|\Z)", section(code), re.M | re.S
    )
    assert found, f"{code} has no example `**{which}.**`"
    files = {m["path"] or DEFAULT: m["text"] for m in FILE.finditer(found[1])}
    assert files, f"the example `{which}` of {code} has no files"
    return {"pkg/__init__.py": "", **files} if DEFAULT in files else files


def codes(project: Project) -> set[str]:
    """The rules that a project breaks, in whatever family."""
    found = set()
    for family in FAMILIES:
        if check := CHECKS.get(family):
            options = check.Options(**OPTIONS.get(family, {}))
            for finding in check.run(project, options).findings:
                found |= {*re.findall(r"\((RQ\d{3})\)$", finding.message)}
    return found


def test_every_rule_has_a_section_in_the_order_of_the_codes() -> None:
    headings = [(found["code"], found["name"]) for found in HEADING.finditer(PAGE)]
    assert headings == sorted((rule.code, rule.name) for rule in RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_is_of_its_family(rule: Rule) -> None:
    assert rule.code[2] == FAMILIES[rule.family]
    assert rule.advice
    assert f"RQ{FAMILIES[rule.family]}xx" in PAGE.partition("## RQ")[0]


@pytest.mark.parametrize("code", sorted({rule.code for rule in RULES} - WITHOUT))
def test_the_bad_example_breaks_the_rule_and_no_other(
    code: str, make_project: Callable[..., Project]
) -> None:
    assert codes(make_project(example(code, "Bad"))) == {code}


@pytest.mark.parametrize("code", sorted({rule.code for rule in RULES} - WITHOUT))
def test_the_good_example_breaks_none(
    code: str, make_project: Callable[..., Project]
) -> None:
    assert codes(make_project(example(code, "Good"))) == set()
