"""Verdicts to render: an open gate, a closed one, one in error, hostile, and huge."""

from __future__ import annotations

import msgspec

from gate.findings import (
    Column,
    Finding,
    Fix,
    Kind,
    Level,
    Result,
    Status,
    Table,
    Tool,
    Weight,
)
from gate.verdict import Context, Past, Verdict, could_not_judge, judge

CONTEXT = Context(
    gate="0.1.0",
    project="taxi",
    config="gate.yaml",
    head="4f6c2a9d1be07f3355c1aa0d9e8b7c6d5e4f3a2b",
    base="0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c",
    base_ref="the pull request's base branch `main`",
    python="3.12.4 (.venv/bin/python)",
    platform="Linux x86_64",
    duration=42.3,
)

BLACK = Tool(name="black", version="26.10.1", origin="the gate's environment")
FLAKE8 = Tool(name="flake8", version="7.5.0", origin="the gate's environment")
MYPY = Tool(name="mypy", version="2.4.1", origin="the project's environment")
PYTEST = Tool(name="pytest", version="9.2.0", origin="the project's environment")

FILES = Table(
    title="Coverage by file",
    columns=(
        Column(name="File", kind=Kind.PATH),
        Column(name="Lines", kind=Kind.COUNT),
        Column(name="Covered", kind=Kind.PERCENT),
    ),
    rows=(
        ("src/taxi/fares.py", 210, 71.9),
        ("src/taxi/clean.py", 1204, 99.98),
        ("src/taxi/__init__.py", 0, None),
    ),
    chart="bar",
)

# The comment leaves times out.
UNTIMED = tuple(kind for kind in Kind if kind is not Kind.SECONDS)


def passing() -> tuple[Result, ...]:
    """Six checks with nothing to say against the project."""
    return (
        Result(
            check="formatting",
            status=Status.PASSED,
            summary="41 files are formatted",
            tools=(BLACK,),
            duration=0.41,
        ),
        Result(
            check="lint",
            status=Status.PASSED,
            summary="no findings in 41 files",
            tools=(FLAKE8,),
            duration=3.2,
        ),
        Result(
            check="typecheck",
            status=Status.PASSED,
            summary="no type errors in 41 files",
            tools=(MYPY,),
            duration=5.04,
        ),
        Result(
            check="tests",
            status=Status.PASSED,
            summary="1,489 tests passed, 3 skipped",
            metrics={"tests.passed": 1489, "tests.skipped": 3},
            tools=(PYTEST,),
            duration=28.9,
        ),
        Result(
            check="coverage",
            status=Status.PASSED,
            summary="91.3 % of the lines, 100 % of the changed ones",
            metrics={"coverage.percent": 91.26, "coverage.changed_percent": 100.0},
            tables=(FILES,),
            duration=1.4,
        ),
        Result(
            check="data",
            status=Status.SKIPPED,
            summary="no data file is configured",
        ),
    )


def open_gate() -> Verdict:
    """An open gate."""
    return judge(passing(), CONTEXT)


PATCH = """\
--- src/taxi/fares.py
+++ src/taxi/fares.py
@@ -12,3 +12,3 @@
 def total(rows):
-    return sum( row["fare"]+row["tip"] for row in rows )
+    return sum(row["fare"] + row["tip"] for row in rows)
"""

ANOMALIES = Table(
    title="Anomalies in `data/eval.csv`",
    columns=(
        Column(name="Feature", kind=Kind.CODE),
        Column(name="Anomaly"),
        Column(name="What was found"),
        Column(name="Share", kind=Kind.PERCENT),
        Column(name="Rows", kind=Kind.COUNT),
    ),
    rows=(
        (
            "payment_type",
            "Unexpected string values",
            "`Prcard` is not in the domain",
            0.7,
            7,
        ),
        ("trip_miles", "Out-of-range values", "smallest is -3.2", 0.004, 1),
        ("company", "Column dropped", "the column is missing", None, None),
    ),
    important=True,
)


def failing() -> tuple[Result, ...]:
    """Findings in every check."""
    return (
        Result(
            check="formatting",
            status=Status.FAILED,
            summary="1 of 41 files would be reformatted",
            findings=(
                Finding(
                    rule="formatting/would-reformat",
                    message="black would reformat this file",
                    path="src/taxi/fares.py",
                    line=13,
                    fix=Fix(patch=PATCH, command="black src/taxi/fares.py"),
                    new=True,
                ),
            ),
            advice=("run `black .` and commit the result",),
            tools=(BLACK,),
            duration=0.52,
        ),
        Result(
            check="lint",
            status=Status.FAILED,
            weight=Weight.WARNING,
            summary="3 findings in 2 files",
            findings=(
                Finding(
                    rule="lint/E501",
                    message="line too long (93 > 88 characters)",
                    path="src/taxi/clean.py",
                    line=40,
                    column=89,
                    level=Level.WARNING,
                ),
                Finding(
                    rule="lint/F401",
                    message="'os' imported but unused",
                    path="src/taxi/fares.py",
                    line=1,
                    column=1,
                    new=True,
                ),
                Finding(
                    rule="lint/F811",
                    message="redefinition of unused '@cached_property' from line 4",
                    path="src/taxi/fares.py",
                    line=9,
                    column=5,
                ),
            ),
            advice=("mend the lines below, or silence one with `# noqa: CODE`",),
            tools=(FLAKE8,),
            duration=3.3,
        ),
        Result(
            check="typecheck",
            status=Status.FAILED,
            summary="1 type error in 1 file",
            findings=(
                Finding(
                    rule="typecheck/arg-type",
                    message='Argument 1 to "total" has incompatible type "str"; '
                    'expected "list[dict[str, float]]"',
                    path="src/taxi/report.py",
                    line=22,
                    column=18,
                ),
            ),
            advice=(
                "change the argument or the annotation on that line",
                "see it locally with `mypy src`",
            ),
            tools=(MYPY,),
            duration=5.6,
        ),
        Result(
            check="tests",
            status=Status.FAILED,
            summary="2 of 1,489 tests failed",
            findings=(
                Finding(
                    rule="tests/failed",
                    message="tests/test_fares.py::test_total[0]: assert 12.5 == 13.0",
                    path="tests/test_fares.py",
                    line=17,
                    fix=Fix(
                        text=">   assert total([]) == 13.0\nE   assert 12.5 == 13.0",
                        command='pytest "tests/test_fares.py::test_total[0]"',
                    ),
                ),
                Finding(
                    rule="tests/failed",
                    message="tests/test_clean.py::test_dates: ValueError: "
                    "time data '2024-13-01' does not match format '%Y-%m-%d'",
                    path="tests/test_clean.py",
                    line=31,
                ),
            ),
            metrics={"tests.passed": 1487, "tests.failed": 2},
            advice=("run the first one alone: `pytest tests/test_fares.py`",),
            tools=(PYTEST,),
            output="E   assert 12.5 == 13.0\n2 failed, 1487 passed in 28.11s",
            duration=28.9,
        ),
        Result(
            check="coverage",
            status=Status.FAILED,
            summary="71.9 % of the lines, below the minimum of 80 %",
            findings=(
                Finding(
                    rule="coverage/changed-line",
                    message="3 changed lines are not covered by a test",
                    path="src/taxi/fares.py",
                    line=30,
                    end_line=32,
                    fix=Fix(text="write a test that runs `total` with an empty list"),
                ),
            ),
            metrics={"coverage.percent": 71.9, "coverage.changed_percent": 62.5},
            tables=(FILES,),
            advice=("write tests for the lines below, the changed ones first",),
            duration=1.5,
        ),
        Result(
            check="data",
            status=Status.FAILED,
            summary="3 anomalies in `data/eval.csv`",
            findings=(
                Finding(
                    rule="data/ENUM_TYPE_UNEXPECTED_STRING_VALUES",
                    message="payment_type: `Prcard` is not in the domain (7 rows)",
                    path="data/eval.csv",
                    line=13,
                    fix=Fix(
                        text="correct the rows, or accept the value",
                        command="gate data accept data/taxi.schema.yaml "
                        "payment_type --value Prcard",
                    ),
                ),
            ),
            total=3,
            metrics={"data.anomalies": 3},
            tables=(ANOMALIES,),
            advice=(
                "correct the data, or accept what is right with the command at the "
                "finding and commit the schema",
            ),
            duration=0.9,
        ),
    )


def closed_gate() -> Verdict:
    """A closed gate with findings in every check."""
    return judge(failing(), CONTEXT)


def error_gate() -> Verdict:
    """A gate that could not judge one check."""
    broken = Result(
        check="typecheck",
        status=Status.ERROR,
        summary="mypy is not installed in the project's environment",
        advice=("run `python -m pip install mypy`, then the gate again",),
    )
    results = [broken if r.check == "typecheck" else r for r in passing()]
    note = "not in a git repository: what changed is unknown"
    return judge(results, Context(gate="0.1.0", notes=(note,)))


def stopped_gate() -> Verdict:
    """A gate that did not get as far as its checks."""
    reasons = (
        "gate.yaml:4: there is no check `lnit`",
        "gate.yaml:9: `minimum` is a number",
    )
    return could_not_judge(reasons, CONTEXT)


HOSTILE = (
    "`tick`",
    "``` fence",
    "a | b || c \\| d",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "<!-- gate-comment -->",
    "</details></td></table>",
    "@octocat please, octo-org/team@main",
    "see #123, GH-1, octo/repo#5 and 0123456789abcdef0123456789abcdef01234567",
    "http://evil.example www.evil.example mailto:a@evil.example",
    "[link](javascript:alert(1)) ![img](http://evil.example/i.png) [ref]: http://e.x",
    "**bold** _em_ ~~gone~~ $x^2$ :tada: &lt;b&gt; &#64;octocat",
    "line\nfeed\r\n# heading\n- item\n1. one\n===\n    code",
    "plain\r::error::forged\n##[error]forged ##[add-mask]e",
    "\x1b[31mred\x1b[0m \x07bell \x9b31m \x00nul \x7f",
    "right\u202eto\u202cleft \u2066iso\u2069 zero\u200bwidth \ufeff \ud800",
    "[red]rich[/red] [link=http://evil.example]x[/link] %s %0A {{ 7*7 }} {% x %}",
    "]]> </testcase> &amp; \" ' \ufffe",
    "[x] approved",
    "\u0301 mark ##[add-mask]e\n\u0640::debug::x #\u0640#[error]y\n:\u0640:notice::z",
    "tag\U000e0041 joined\u034f selected\ufe0f filled\u3164 \u2028line \x85next",
    "mail a@evil.example, 1234567, 0123abc, CVE-2021-44228, www.evil.example",
)


def hostile_text(salt: int = 0) -> str:
    """Everything that means something to one of the media, in one text."""
    turned = HOSTILE[salt % len(HOSTILE) :] + HOSTILE[: salt % len(HOSTILE)]
    return "\n".join(turned)


def hostile_gate(
    text: str | None = None, statuses: tuple[Status, ...] = tuple(Status)
) -> Verdict:
    """A verdict in which every string is hostile, with a result of each status."""
    word = hostile_text() if text is None else text

    def result(status: Status) -> Result:
        return Result(
            check=word,
            status=status,
            summary=word,
            findings=(
                Finding(rule=word, message=word, path=word, line=1, column=2),
                Finding(
                    rule=word,
                    message=word,
                    fix=Fix(text=word, patch=word, command=word),
                    new=True,
                ),
            ),
            tables=tuple(
                Table(
                    title=word,
                    columns=tuple(Column(name=word, kind=kind) for kind in UNTIMED),
                    rows=((word,) * len(UNTIMED), (1.5,) * len(UNTIMED)),
                    chart=chart,
                    important=important,
                )
                for important, chart in ((True, "bar"), (False, word))
            ),
            advice=(word,),
            tools=(Tool(name=word, version=word, origin=word),),
            output=word,
        )

    context = Context(
        gate=word,
        project=word,
        config=word,
        head=word,
        base=word,
        base_ref=word,
        python=word,
        platform=word,
        notes=(word,),
    )
    return judge([result(status) for status in statuses], context)


def huge_gate(text: str = "x" * 4_000) -> Verdict:
    """Six failed checks, each with 500 long findings, long tables and much advice."""
    findings = tuple(
        Finding(
            rule="lint/" + text[:200],
            message=text,
            path=f"{text[:300]}/{index}.py",
            line=index + 1,
            fix=Fix(text=text, patch=text, command=text),
        )
        for index in range(500)
    )
    table = Table(
        title=text,
        columns=tuple(Column(name=text, kind=kind) for kind in UNTIMED),
        rows=((text,) * len(UNTIMED),) * 500,
        important=True,
        chart="bar",
        total=1_000,
    )
    results = tuple(
        Result(
            check=name,
            status=Status.FAILED,
            summary=text,
            findings=findings,
            total=714,
            tables=(table, table),
            advice=(text,) * 20,
            output=text * 5,
        )
        for name in ("formatting", "lint", "typecheck", "tests", "coverage", "data")
    )
    return judge(results, CONTEXT)


def moved_gate() -> Verdict:
    """A named gate with the base's record beside it."""
    past = Past(
        commit=CONTEXT.base,
        metrics={
            "coverage.percent": 91.2,
            "data.anomalies": 3,
            "tests.run": 1489,
            "model.accuracy": 0.871,
        },
        trend={
            "coverage.percent": (88.0, 90.5, 90.1, 91.2),
            "data.anomalies": (0, 0, 3),
        },
    )
    metrics = {
        "coverage": {"coverage.percent": 92.04, "coverage.changed_percent": 100.0},
        "data": {"data.anomalies": 0, "model.accuracy": 0.868},
        "tests": {"tests.run": 1489},
    }
    results = [
        msgspec.structs.replace(r, metrics=metrics.get(r.check, {})) for r in passing()
    ]
    context = msgspec.structs.replace(CONTEXT, name="labs/one", past=past)
    return judge(results, context)


def suggesting_gate() -> Verdict:
    """A hostile verdict whose patches are changes that can be suggested."""
    lines = ("```", "```suggestion", "````", "<!-- x --> @octocat #1", "</details>")
    word = hostile_text()
    patch = "@@ -3,2 +3,5 @@\n-old\n-older\n" + "".join(f"+{one}\n" for one in lines)
    hidden = "@@ -9 +9 @@\n-seen\n+un\u202eseen\n"
    found = tuple(
        Finding(rule=word, message=word, path="src/a.py", line=3, fix=Fix(patch=text))
        for text in (patch, hidden)
    )
    result = Result(check=word, status=Status.FAILED, summary=word, findings=found)
    return judge([result], CONTEXT)
