"""A template of the user's: it adds to the comment, and reaches nothing else."""

from __future__ import annotations

import re
from types import ModuleType

import msgspec
import pytest

from gate.errors import GateError
from gate.reports import markdown
from github_markdown import assert_harmless
from tests.reports import hostile

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


def test_what_stands_in_place_of_the_foot_is_markdown(verdicts: ModuleType) -> None:
    template = (
        '{% extends "comment.md.j2" %}{% block foot %}**{{ name }}**{% endblock %}'
    )
    page = assert_harmless(markdown.render(verdicts.moved_gate(), template))
    assert "<strong>labs/one</strong>" in page.html


@pytest.mark.parametrize(
    "place",
    [
        "{{ title }}",
        "- {{ title }}",
        "<details><summary>{{ title }}</summary></details>",
        "<p>\n{{ title }}\n</p>",
        "**a {{ title }}**",
        "| a |\n|---|\n| {{ title }} |",
    ],
)
def test_what_a_template_is_given_is_harmless_in_markdown_and_in_html(
    verdicts: ModuleType, place: str
) -> None:
    told = ("{{ name }}", "{{ meter }}", "{{ checks[0].name }}{{ checks[0].summary }}")
    for value in ("{{ title }}", *told, "{{ (metrics|list)[0] }}"):
        for word in verdicts.HOSTILE:
            verdict = verdicts.hostile_gate(word)
            result = msgspec.structs.replace(verdict.results[0], metrics={word: 1.0})
            one = msgspec.structs.replace(verdict, results=(result,))
            one = hostile.called(one, word)
            template = place.replace("{{ title }}", value)
            assert_harmless(markdown.section(one, template=template).text)


def test_a_metric_is_found_by_its_name(verdicts: ModuleType) -> None:
    template = '{{ metrics["coverage.changed_percent"] }}'
    assert markdown.section(verdicts.moved_gate(), template=template).text == "100.0"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{% block %}", "line 1: "),
        ("\n{{ nothing }}", "line 2: 'nothing' is undefined: ask before"),
        ("{{ metrics['x']|round(1) }}", "no attribute 'x': ask before"),
        ("{{ '%.1f'|format(1) }}", "No filter named 'format': `|round"),
        ("{{ '%.1f' % 1 }}", "`%` is for numbers: `|round"),
        ('{% extends "other.j2" %}', "no template `other.j2` here, only `comment.md"),
        (
            '{% extends "comment.md.j2" %}\n{% block fooot %}{% endblock %}',
            "line 2: there is no block `fooot`: there are title, meter, checks",
        ),
        (
            "{% for i in range(999) %}{% for j in range(999) %}" + "{% endfor %}" * 2,
            "its loops take more than 100,000 steps",
        ),
        ('{% include "/etc/passwd" %}', "/etc/passwd"),
        ('{% include "../badge.py" %}', "badge.py"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ title.__init__.__globals__ }}", "unsafe"),
        ("{{ checks.append(1) }}", "safe"),
        ("{{ cycler.__init__ }}", "unsafe"),
        ("{{ 'a' * 1000000000000 }}", "`*` is for numbers"),
        ("{{ 9 ** 9999999 }}", "is for numbers"),
        ("{{ '%999999999d' % 1 }}", "`%` is for numbers"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ metrics['x'] }}", "no attribute 'x'"),
        ("{% for i in range(999999999) %}{% endfor %}", "Range too big"),
        ("{% for i in range(40000) %}xxxxxxxxx{% endfor %}", "makes more than"),
        ("x" * 70_000, "larger than"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "RecursionError"),
    ],
)
def test_a_template_that_does_not_work_is_told(
    verdicts: ModuleType, template: str, said: str
) -> None:
    with pytest.raises(GateError, match=re.sub(r"([*|(])", r"\\\1", said)):
        markdown.render(verdicts.closed_gate(), template)
