"""What a verdict is published as, and the template that the base of it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

import harness_fixtures
from fake_github import Server
from fake_repository import FakeGitHub, Fault
from gate import publishing
from gate.findings import Finding, Fix, Result, Status
from gate.github.api import Api, Limits
from gate.github.event import Event
from gate.publishing import Template
from gate.reports import joint, templating
from gate.verdict import Context, Publish, Verdict, judge
from harness_fixtures import TOKEN

github, no_proxy = harness_fixtures.github, harness_fixtures.no_proxy
server, spec = harness_fixtures.server, harness_fixtures.spec

OURS = "ours is used"


@pytest.fixture
def api(server: Server) -> Api:
    return Api(server.url, TOKEN, Limits(backoff=0.001, attempts=2, timeout=0.5))


Base = Callable[..., Event]


@pytest.fixture
def base(github: FakeGitHub) -> Base:
    """Gives the base of a pull request these files; the event of it."""

    def make(files: dict[str, Any]) -> Event:
        base = github.add_branch("main", {"files": files})
        head = github.add_branch(
            "topic", {"files": {"t.md": "of the change"}, "from": "main"}
        )
        return Event(
            name="pull_request",
            repository="o/r",
            head=head,
            commits=frozenset({head}),
            pull_request=7,
            base=base,
        )

    return make


def verdict(template: str = "", folder: str = "", **publish: Any) -> Verdict:
    finding = Finding(
        rule="lint/E1",
        message="m",
        path="a.py",
        line=3,
        fix=Fix(patch="@@ -3 +3 @@\n-a\n+b\n"),
    )
    result = Result(
        check="lint", status=Status.FAILED, summary="s", findings=(finding,)
    )
    wishes = Publish(template=template, **publish)
    return judge([result], Context(gate="1", folder=folder, publish=wishes))


def template(event: Event, api: Api, path: str = "t.md", folder: str = "") -> Template:
    return publishing.with_template(verdict(path, folder), event, api)


def body(event: Event, one: Verdict, made: Template) -> str:
    message = publishing.outputs(one, event, made).message
    (part,) = joint.parse(message.merged(""))
    return part.text


def test_the_template_is_the_bases_and_not_the_changes(base: Base, api: Api) -> None:
    assert template(base({"t.md": "of the base"}), api).text == "of the base"


def test_it_is_looked_for_in_the_projects_folder(base: Base, api: Api) -> None:
    event = base({"t.md": "top", "labs/o #?%/x/t.md": "inner"})
    assert template(event, api, "x/t.md", "labs/o #?%").text == "inner"
    assert template(event, api, folder="nowhere").text == ""


def test_it_is_used_for_the_comment(base: Base, api: Api) -> None:
    event = base({"t.md": "Hello, the gate is {{ state }}"})
    made = template(event, api)
    assert "Hello, the gate is closed" in body(event, verdict("t.md"), made)


@pytest.mark.parametrize("change", [{"pull_request": None}, {"base": ""}])
def test_without_a_base_nobody_is_asked(
    base: Base, api: Api, github: FakeGitHub, change: dict[str, Any]
) -> None:
    event = msgspec.structs.replace(base({"t.md": "x"}), **change)
    assert template(event, api) == Template()
    assert template(base({"t.md": "y"}), api, "") == Template()
    assert github.state.requests == []


@pytest.mark.parametrize(
    "path",
    [
        "../t.md",
        "a/../../t.md",
        "/t.md",
        "a//t.md",
        "./t.md",
        "t.md/",
        "..",
        "a\\..\\t.md",
        "x" * 501,
    ],
)
def test_a_path_that_leads_out_is_asked_of_nobody(
    base: Base, api: Api, github: FakeGitHub, path: str
) -> None:
    made = template(base({"t.md": "x"}), api, path)
    assert (made.text, OURS in made.note) == ("", True)
    assert github.state.requests == []


@pytest.mark.parametrize("folder", ["..", "a/../..", "../other/repo", "./x"])
def test_a_folder_that_leads_out_is_the_top(
    base: Base, api: Api, github: FakeGitHub, folder: str
) -> None:
    assert template(base({"t.md": "top"}), api, folder=folder).text == "top"
    assert ".." not in github.state.requests[0]["path"]


@pytest.mark.parametrize(
    "path", ["t.md?ref=topic", "t.md#x", "%2e%2e/t.md", "ä\n@eve <b>", "&ref=topic"]
)
def test_a_hostile_path_is_a_path_and_no_more(
    base: Base, api: Api, github: FakeGitHub, path: str
) -> None:
    event = base({"t.md": "x"})
    made = template(event, api, path)
    assert made.text == "" and OURS in made.note
    (asked,) = github.state.requests
    assert asked["path"].endswith(f"?ref={event.base}")
    assert asked["path"].count("?") == 1 and asked["path"].isascii()
    shown = body(event, verdict(path), made).replace("`ä @eve <b>`", "")
    assert "@eve" not in shown


def test_a_path_with_such_signs_is_found(base: Base, api: Api) -> None:
    event = base({"a b/%20?#&+ü.md": "found"})
    assert template(event, api, "a b/%20?#&+ü.md").text == "found"


@pytest.mark.parametrize(
    ("files", "note"),
    [
        ({"x": "y"}, "the base has no template `t.md`"),
        ({"t.md": {"base64": "/////w=="}}, "not UTF-8 text"),
        ({"t.md": "x" * (templating.MOST + 1)}, "could not be read: "),
        ({"t.md/inner": "a folder"}, "could not be read: "),
    ],
)
def test_a_template_that_is_none_is_noted(
    base: Base, api: Api, files: dict[str, Any], note: str
) -> None:
    event = base(files)
    made = template(event, api)
    assert made.text == "" and note in made.note
    shown = body(event, verdict("t.md"), made)
    assert note.partition("`")[0] in shown and "lint" in shown


@pytest.mark.parametrize("kind", ["502", "html", "garbage", "wrong", "drop", "hang"])
def test_one_that_cannot_be_read_now_is_noted(
    base: Base, api: Api, github: FakeGitHub, kind: str
) -> None:
    event = base({"t.md": "x"})
    github.state.faults.append(Fault(".*", kind, times=None))
    made = template(event, api)
    assert made.text == "" and made.note.startswith("the template could not be read: ")


@pytest.mark.parametrize(
    "broken",
    [
        "{% if %}",
        "{{ nothing }}",
        "{{ 1 / 0 }}",
        "{{ title.__class__.__mro__ }}",
        "{{ checks[99].name }}",
        "{% include '/etc/passwd' %}",
        "{% for a in range(10**9) %}x{% endfor %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ 'x' * 10 ** 9 }}",
        "{{ title() }}",
        "x" * templating.MOST,
    ],
)
def test_a_broken_template_leaves_ours_with_a_note(
    base: Base, api: Api, broken: str
) -> None:
    event = base({"t.md": broken})
    made = template(event, api)
    assert made.text == broken
    shown = body(event, verdict("t.md"), made)
    assert "the template cannot be used" in shown
    assert "lint" in shown


def test_each_part_is_rendered(base: Base) -> None:
    event = base({"a.py": "x"})
    made = publishing.outputs(verdict(folder="labs"), event)
    (suggestion,) = made.suggestions
    assert (suggestion.path, suggestion.start) == ("labs/a.py", 3)
    assert made.annotations == ()
    assert '"ruleId": "lint/E1"' in made.sarif()
    assert made.badge.svg.startswith("<svg") and '"unknown"' in made.badge.json
    assert made.message.wanted and not made.message.folded


def test_what_a_step_has_no_room_for_is_annotated(base: Base) -> None:
    findings = tuple(
        Finding(rule="lint/E1", message=f"m{n}", path="a.py", line=n + 1, column=2)
        for n in range(15)
    )
    result = Result(check="lint", status=Status.FAILED, summary="s", findings=findings)
    made = publishing.outputs(judge([result], Context(gate="1")), base({"a": "x"}))
    assert [one.message for one in made.annotations] == [f"m{n}" for n in range(10, 15)]
    first = made.annotations[0]
    assert (first.start_line, first.start_column, first.end_column) == (11, 2, 2)
    assert first.annotation_level == "failure"
