"""A template of the user's: it adds to the comment, and reaches nothing else."""

from __future__ import annotations

from types import ModuleType

import pytest

from gate.errors import GateError
from gate.reports import markdown
from tests.reports.test_markdown import assert_inactive

EXTENDED = """\
{% extends "comment.md.j2" %}
{% block title %}
## {{ title }}

The lab's [handbook](https://example.org/handbook) says what to do.
{% endblock %}
{% block foot %}
{% for check in checks if check.closes %}
- {{ check.name }}: {{ check.summary }}
{% endfor %}
Coverage: {{ metrics["coverage.percent"]|round(1) }}
{% endblock %}
"""


def test_a_template_extends_ours(verdicts: ModuleType) -> None:
    comment = markdown.render(verdicts.closed_gate(), EXTENDED)
    assert comment.startswith(f"{markdown.MARKER}\n## ❌ The gate is closed: ")
    assert "The lab's [handbook](https://example.org/handbook)" in comment
    assert "- formatting: 1 of 41 files would be reformatted" in comment
    assert comment.endswith("Coverage: 71.9\n")
    assert "### What to do next" in comment and "Judged" not in comment


def test_one_that_only_extends_changes_nothing(verdicts: ModuleType) -> None:
    for verdict in (verdicts.closed_gate(), verdicts.moved_gate()):
        same = markdown.render(verdict, '{% extends "comment.md.j2" %}')
        assert same == markdown.render(verdict)


def test_what_a_template_is_given_is_escaped(verdicts: ModuleType) -> None:
    everything = """
{{ title }} {{ name }} {{ state }} {{ meter }}
{% for check in checks %}{{ check.name }} {{ check.summary }} {% endfor %}
{% for name, value in metrics.items() %}{{ name }}={{ value }} {% endfor %}
"""
    assert_inactive(markdown.section(verdicts.hostile_gate(), template=everything).text)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{% block %}", "line 1: "),
        ("{{ nothing }}", "'nothing' is undefined"),
        ('{% include "/etc/passwd" %}', "/etc/passwd"),
        ('{% include "../badge.py" %}', "badge.py"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ title.__init__.__globals__ }}", "unsafe"),
        ("{{ checks.append(1) }}", "unsafe|safe|not"),
        ("{{ cycler.__init__ }}", "unsafe"),
        ("{{ 'a' * 1000000000000 }}", "`*` is for numbers"),
        ("{{ 9 ** 9999999 }}", "is for numbers"),
        ("{{ '%999999999d' % 1 }}", "`%` is for numbers"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ metrics['x'] }}", "undefined|x"),
        ("{% for i in range(999999999) %}{% endfor %}", "Range too big"),
        ("{% for i in range(90000) %}xxxxxxxxx{% endfor %}", "makes more than"),
        ("x" * 70_000, "larger than"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "RecursionError"),
    ],
)
def test_a_template_that_does_not_work_is_told(
    verdicts: ModuleType, template: str, said: str
) -> None:
    with pytest.raises(GateError, match=said.replace("*", r"\*")):
        markdown.render(verdicts.closed_gate(), template)
