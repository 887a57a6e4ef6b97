"""Statistics as a page and as tables on a terminal."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import click
import pytest

from gate.data import profiles
from gate.data.profiles import Options
from gate.data.source import Source
from gate.data.statistics import Statistics
from gate.reports import profilepage, profiletext

Compute = Callable[..., tuple[Statistics, ...]]
HOSTILE = "<script>alert(1)</script>"
TABLE = (
    f"plan,{HOSTILE},price,same,none\n"
    + "".join(
        f"{('pro', 'free', HOSTILE)[i % 3]},{i % 5},{i / 7},4,\n" for i in range(60)
    )
    + "\u202efree,,inf,4,\npro,1,nan,4,\n"
)


class Page(HTMLParser):
    """The tags of a page, all of which must be closed, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data + " "

    def bars(self, which: int) -> list[dict[str, str | None]]:
        found = [a for tag, a in self.tags if tag == "rect" and "x" in a]
        return [bar for bar in found if bar["class"] == f"of{which}"]


@pytest.fixture
def compute(tmp_path: Path) -> Compute:
    def run(
        content: str = TABLE, name: str = "a.csv", **options: object
    ) -> tuple[Statistics, ...]:
        path = tmp_path / name
        path.write_bytes(content.encode())
        return profiles.compute(
            Source(path=path), Options(**options)  # type: ignore[arg-type]
        )

    return run


def test_a_page_loads_and_runs_nothing(compute: Compute) -> None:
    text = profilepage.render([compute(slice_by=("plan",), correlation=True)])
    page = Page(text)
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "form", "a"}
    assert not any(name in a for _, a in page.tags for name in ("href", "src", "style"))
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style and "url(" not in style[1] and "@import" not in style[1]
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in text
    assert HOSTILE in page.text and "\u202e" not in text


def test_a_histogram_has_areas_that_are_shares(compute: Compute) -> None:
    (whole,) = compute("x\n" + "".join(f"{i}\n" for i in [0] * 30 + [10] * 10))
    bars = Page(profilepage.render([(whole,)])).bars(1)
    assert len(bars) == 10
    heights = [float(bar["height"] or 0) for bar in bars]
    assert max(heights) == 110 and heights[0] == 110
    assert heights[-1] == pytest.approx(110 / 3, abs=0.5)


def test_two_datasets_are_drawn_on_one_axis(compute: Compute) -> None:
    one = compute("x\n" + "".join(f"{i}\n" for i in range(100)))
    two = compute("x\n" + "".join(f"{i}\n" for i in range(100, 200)), "b.csv")
    page = Page(profilepage.render([one, two]))
    first = [float(bar["x"] or 0) for bar in page.bars(1)]
    second = [float(bar["x"] or 0) for bar in page.bars(2)]
    assert max(first) < 180 <= min(second)
    assert "a.csv" in page.text and "b.csv" in page.text


def test_what_one_dataset_lacks_is_said(compute: Compute) -> None:
    one = compute("x,y\n1,a\n", slice_by=("y",))
    two = compute("x,z,y\nt,2,b\n", "b.csv", slice_by=("y",))
    page = Page(profilepage.render([one, two]))
    words = " ".join(page.text.split())
    assert "INT → STRING" in words
    assert "not there → INT" in words
    assert "y_a" in words and "y_b" in words and "none" in words


@pytest.mark.parametrize(
    "content",
    [
        "x\n",
        "x\nnan\n",
        "x\ninf\n-inf\n",
        "x\n1e-300\n",
        "x,y\n-1.7e308,1\n1.7e308,2\n",
        "x\n5\n",
    ],
)
def test_odd_columns_are_drawn_too(compute: Compute, content: str) -> None:
    page = Page(profilepage.render([compute(content)]))
    for bar in page.bars(1):
        for side in ("x", "y", "width", "height"):
            value = float(bar[side] or 0)
            assert math.isfinite(value) and 0 <= value <= 360


def test_many_slices_and_columns_are_cut_and_counted(
    compute: Compute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profilepage, "MAX_SLICES", 3)
    monkeypatch.setattr(profilepage, "MAX_FEATURES", 1)
    rows = "".join(f"s{i},{i}\n" for i in range(9))
    computed = compute("s,v\n" + rows, slice_by=("s",))
    words = " ".join(Page(profilepage.render([computed])).text.split())
    assert "and 7 more slices" in words
    assert words.count("and 1 more columns") == 3


def test_a_table_fits_a_narrow_terminal(compute: Compute) -> None:
    name = "a_column_with_a_name_that_is_far_too_long_for_any_terminal"
    (whole,) = compute(f"{name},t\n1.23456,a\n2.34567,b\n")
    wide = profiletext.render(whole).splitlines()
    assert wide[1].split() == [
        *("column", "type", "missing", "distinct"),
        *("min", "median", "max", "mean", "std"),
    ]
    narrow = profiletext.render(whole, 60).splitlines()
    assert all(len(click.unstyle(line)) <= 60 for line in narrow[:4])
    assert narrow[2].startswith("a_column_wi…") and "1.23456" in narrow[2]


def test_weights_correlations_and_lifts_follow_the_table(compute: Compute) -> None:
    content = "p,a,b,w\nx,1,2,1\ny,2,4,3\nx,3,6,0\n"
    (whole,) = compute(content, weight="w", correlation=True, label="p")
    assert click.unstyle(profiletext.render(whole)).splitlines() == [
        "a.csv: 3 rows that weigh 4",
        "column  type    missing  distinct  min  median  max     mean       std",
        "p       STRING        0         2",
        "a       INT           0              1       2    3        2  0.816497",
        "b       INT           0              2       4    6        4   1.63299",
        "w       INT           0              0       1    3  1.33333   1.24722",
        "",
        "weighted:",
        "column    missing  median  mean       std",
        "p               0",
        "a               0       2  1.75  0.433013",
        "b               0       4   3.5  0.866025",
        "w               0       3   2.5  0.866025",
        "p: x 2, y 1",
        "",
        "correlation, the strongest first:",
        "column  with  rows  correlation  covariance",
        "a       b        3       1.0000     1.33333",
        "a       w        3      -0.3273   -0.333333",
        "b       w        3      -0.3273   -0.666667",
    ]
    (whole,) = compute("p,y\nx,1\nx,1\nz,0\nz,1\n", label="y")
    lines = click.unstyle(profiletext.render(whole)).splitlines()
    assert lines[-3:] == ["lift of y by p:", "  0: z 2, x 0", "  1: x 1.33, z 0.667"]
