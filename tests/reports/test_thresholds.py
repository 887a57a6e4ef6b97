"""Thresholds on the page: one script of ours, and a browser finds what tests do."""

from __future__ import annotations

import base64
import hashlib
import html as escaping
import json
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gate.findings import Cell, Column, Kind, Result, Status, Table
from gate.reports import REPORTS, html, terminal, thresholds
from gate.verdict import Context, Verdict, judge

NAMES = ("sliced by", "slice", "threshold", "cost ratio", "tp", "fp", "fn", "tn")
BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None
)

Counts = list[tuple[int, int, int, int]]


def counts(seed: int, rows: int) -> Counts:
    """The counts at 101 thresholds of scores that are somewhat right."""
    chance = random.Random(seed)
    labels = [chance.random() < 0.4 for _ in range(rows)]
    scores = [chance.betavariate(3 if label else 2, 3) for label in labels]
    pairs = list(zip(labels, scores, strict=True))
    found = []
    for step in range(thresholds.STEPS):
        above = [label for label, score in pairs if score >= step / 100]
        tp = sum(above)
        fp = len(above) - tp
        positive = sum(labels)
        found.append((tp, fp, positive - tp, rows - positive - fp))
    return found


def row(by: str | None, name: str | None, some: Counts) -> tuple[Cell, ...]:
    return by, name, 0.5, 2.0, *(" ".join(map(str, of)) for of in zip(*some))


def table(slices: dict[str, Counts], by: str = "sex") -> Table:
    whole = [
        (sum(tp), sum(fp), sum(fn), sum(tn))
        for tp, fp, fn, tn in (zip(*at) for at in zip(*slices.values()))
    ]
    rows = [row(None, None, whole), *(row(by, n, some) for n, some in slices.items())]
    columns = tuple(Column(name=name, kind=Kind.CODE) for name in NAMES)
    return Table(title="Thresholds", columns=columns, rows=(*rows,), chart="thresholds")


def verdict(*tables: Table) -> Verdict:
    result = Result(check="model", status=Status.PASSED, summary="s", tables=tables)
    return judge([result], Context(gate="0"))


SLICES = {"f": counts(1, 60), "m": counts(2, 90), "?": counts(3, 20)}


def test_the_policy_allows_the_one_script_of_ours() -> None:
    page = html.render(verdict(table(SLICES)))
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"; script-src 'sha256-{digest}'; base-uri 'none'" in page
    assert not re.search(r"innerHTML|eval|fetch|import|http", script)


def test_a_page_without_thresholds_has_no_script() -> None:
    broken = table({"f": [(1, 1, 1, 1)] * 100})
    for page in map(html.render, (verdict(), verdict(broken))):
        assert "script" not in page


@pytest.mark.parametrize("name", ['"><script>', "a`b", "\u202ex", "x" * 5000])
def test_names_of_strangers_are_text(name: str) -> None:
    page = html.render(verdict(table({name: SLICES["f"]}, by=name)))
    assert page.count("<script") == 1
    assert "\u202e" not in page


@pytest.mark.parametrize("text", ["", "nan " * 101, "-1 " * 101, "1 " * 102, "x", "1"])
def test_what_is_no_counts_is_not_drawn(text: str) -> None:
    rows = ((None, None, 0.5, 1.0, text, text, text, text),)
    columns = tuple(Column(name=name) for name in NAMES)
    wrong = Table(title="t", columns=columns, rows=rows, chart="thresholds")
    assert thresholds.panel(wrong) is None
    assert thresholds.panel(Table(title="t", columns=(), rows=((),))) is None


def test_the_page_tells_the_threshold_in_use_without_a_script() -> None:
    found = thresholds.panel(table(SLICES))
    assert found and found.threshold == 50 and found.cost_ratio == "2"
    tp, fp, fn, tn = SLICES["f"][50]
    told = found.groups[0].rows[0].told
    assert told[:5] == ("60", str(tp), str(fp), str(fn), str(tn))
    assert told[7] == f"{100 * (tp + tn) / 60:.1f}"
    assert found.whole.told[0] == "170"


def test_only_the_page_shows_what_only_it_can_draw() -> None:
    judged = verdict(table(SLICES))
    counted = "60 60"  # no other report has the counts
    assert counted not in terminal.render(judged, verbose=True)
    for name, report in REPORTS.items():
        assert (counted in report.render(judged)) is False, name


def test_curves_of_a_slice_of_one_class_are_empty() -> None:
    found = thresholds.panel(table({"f": [(3, 0, 0, 0)] * thresholds.STEPS}))
    assert found and [line.points for line in found.groups[0].roc] == ["", ""]
    assert found.groups[0].precision_recall[0].points == "200.0,0.0"


# What the script says, in a browser where there is one


def expected(slices: dict[str, Counts], ratio: float, within: float) -> dict[str, Any]:
    """The least costs, found by trying all there is."""
    each = [[fp * ratio + fn for _, fp, fn, _ in some] for some in slices.values()]
    found = {"single": min(map(sum, zip(*each))), "group": sum(map(min, each))}
    measures: dict[str, Callable[..., float]] = {
        "parity": lambda tp, fp, fn, tn: (tp + fp) / (tp + fp + fn + tn),
        "opportunity": lambda tp, fp, fn, tn: tp / (tp + fn),
        "accuracy": lambda tp, fp, fn, tn: (tp + tn) / (tp + fp + fn + tn),
    }
    for name, measure in measures.items():
        values = [[measure(*at) for at in some] for some in slices.values()]
        costs = []
        for low in {value for some in values for value in some}:
            fits = [
                [c for c, v in zip(cost, some) if low <= v <= low + within]
                for cost, some in zip(each, values)
            ]
            if all(fits):
                costs.append(sum(map(min, fits)))
        found[name] = min(costs)
    return found


ASK = """
<script>
const told = {};
for (const name of ["single", "group", "parity", "opportunity", "accuracy"]) {
  document.querySelector(`input[value=${name}]`).click();
  told[name] = Number(document.querySelector(".cost").textContent.match(/[\\d.]+/)[0]);
}
const slider = document.querySelectorAll("input[type=range]")[1];
slider.value = 30;
slider.dispatchEvent(new Event("input"));
told.chosen = document.querySelector("input:checked").value;
const cells = slider.closest("tr").querySelectorAll("td");
told.cells = [...cells].map((td) => td.textContent);
document.title = JSON.stringify(told);
</script>
"""


@pytest.mark.skipif(not BROWSER, reason="no Chromium on the PATH")
def test_a_browser_finds_the_same_least_costs(tmp_path: Path) -> None:
    page = html.render(verdict(table(SLICES)))
    page = re.sub(r"<meta http-equiv.*?>", "", page) + ASK  # the test's own script
    (tmp_path / "page.html").write_text(page, "utf-8")
    assert BROWSER
    done = subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--dump-dom"]
        + [(tmp_path / "page.html").as_uri()],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    title = re.search(r"<title>(.*?)</title>", done.stdout)
    assert title, done.stderr[-2000:]
    told = json.loads(escaping.unescape(title[1]))
    assert told.pop("chosen") == "custom"
    tp, fp, fn, tn = SLICES["f"][30]
    assert told.pop("cells")[1:6] == ["60", *map(str, (tp, fp, fn, tn))]
    assert told == expected(SLICES, 2.0, 0.05)
