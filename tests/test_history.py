"""What was said of the default branch's commits, as git has kept it."""

from __future__ import annotations

import math
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import history
from gate.history import Record


class Clone:
    """A clone with a line of commits, and records of some of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str, data: bytes | None = None) -> str:
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        done = subprocess.run(
            ["git", *who, *words],
            cwd=self.root,
            input=data,
            capture_output=True,
            check=True,
        )
        return done.stdout.decode().strip()

    def commits(self, count: int) -> list[str]:
        for number in range(count):
            self.git("commit", "-q", "--allow-empty", "-m", str(number))
        return self.git("rev-list", "--reverse", "HEAD").split()

    def keep(
        self, records: list[Record], folder: str = "", ref: str = "remotes/origin"
    ) -> None:
        """What `gate publish` writes, as a fetch of all branches brings it."""
        blob = self.git("hash-object", "-w", "--stdin", data=history.text(records))
        path = f"{folder}{history.FILE}"
        self.git("read-tree", "--empty")
        self.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
        commit = self.git("commit-tree", self.git("write-tree"), "-m", "History")
        self.git("update-ref", f"refs/{ref}/{history.BRANCH}", commit)
        self.git("read-tree", "HEAD")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def record(commit: str, percent: float = 90.0, **metrics: float) -> Record:
    return Record(
        commit=commit,
        time="2026-01-01T00:00:00Z",
        state="open",
        metrics={"coverage.percent": percent, **metrics},
    )


def test_the_record_of_the_base_is_its_past(clone: Clone) -> None:
    first, second, head = clone.commits(3)
    clone.keep([record(first, 80.0), record(second, 90.0, **{"data.rows": 7})])
    past = history.past(clone.root, second, head, "")
    assert past
    assert (past.commit, past.behind) == (second, 0)
    assert past.metrics == {"coverage.percent": 90.0, "data.rows": 7}
    assert past.trend == {"coverage.percent": (80.0, 90.0), "data.rows": (7,)}


def test_without_a_record_of_the_base_the_nearest_before_it_counts(
    clone: Clone,
) -> None:
    first, _, third, head = clone.commits(4)
    clone.keep([record(first), record("f" * 40)])
    past = history.past(clone.root, third, head, "")
    assert past and (past.commit, past.behind) == (first, 2)


def test_a_record_of_a_later_commit_does_not_count(clone: Clone) -> None:
    first, second, _ = clone.commits(3)
    clone.keep([record(second)])
    assert history.past(clone.root, first, "", "") is None


def test_a_commit_is_not_its_own_past(clone: Clone) -> None:
    first, second = clone.commits(2)
    clone.keep([record(first), record(second)])
    past = history.past(clone.root, second, second, "")
    assert past and past.commit == first


def test_the_order_of_commits_counts_and_not_that_of_the_lines(clone: Clone) -> None:
    commits = clone.commits(4)
    shuffled = [record(commits[n], 80.0 + n) for n in (2, 0, 1)]
    clone.keep(shuffled)
    past = history.past(clone.root, commits[2], commits[3], "")
    assert past and past.trend["coverage.percent"] == (80.0, 81.0, 82.0)


def test_each_gate_has_a_history_of_its_own(clone: Clone) -> None:
    base, head = clone.commits(2)
    clone.keep([record(base)], "labs/one/")
    assert history.past(clone.root, base, head, "labs/one")
    assert history.past(clone.root, base, head, "") is None


def test_a_branch_of_the_clones_own_serves_where_none_was_fetched(
    clone: Clone,
) -> None:
    base, head = clone.commits(2)
    clone.keep([record(base)], ref="heads")
    assert history.past(clone.root, base, head, "")


def test_a_folder_of_the_clone_finds_it_too(clone: Clone) -> None:
    base, head = clone.commits(2)
    clone.keep([record(base)])
    (clone.root / "study").mkdir()
    assert history.past(clone.root / "study", base, head, "")


def test_without_any_history_there_is_no_past(clone: Clone, tmp_path: Path) -> None:
    base, head = clone.commits(2)
    assert history.past(clone.root, base, head, "") is None
    assert history.past(clone.root, "", head, "") is None
    outside = tmp_path.parent / "outside"
    outside.mkdir()
    assert history.past(outside, base, head, "") is None


@pytest.mark.parametrize(
    "line", [b"", b"{", b"\xff", b"[1]", b'{"commit": 1}', b"[" * 100_000]
)
def test_a_line_that_is_no_record_is_left_out(line: bytes) -> None:
    good = history.text([record("a" * 40)])
    assert history.parse(line + b"\n" + good) == (record("a" * 40),)


def test_numbers_that_are_none_are_not_recorded() -> None:
    metrics = {"a": math.nan, "b": math.inf, "c d": 1.0, "tests.seconds": 2.0, "e": 3.0}
    assert history.recorded(metrics) == {"e": 3.0}
    assert len(history.recorded({f"m{n}": 1.0 for n in range(999)})) == 200


def test_the_newest_records_are_kept() -> None:
    many = [record(f"{n:040x}") for n in range(1_200)]
    kept = history.parse(history.text(many))
    assert kept == tuple(many[-history.MOST :])
    large = [
        record(f"{n:040x}", **{f"m{k}" * 30: 1.0 for k in range(200)})
        for n in range(900)
    ]
    data = history.text(large)
    assert len(data) <= history.MAX_BYTES
    assert history.parse(data)[-1] == large[-1]


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(0, 9), st.booleans())
def test_a_commit_is_recorded_once(known: list[int], new: int, newest: bool) -> None:
    records = tuple(record(f"{n:040x}") for n in dict.fromkeys(known))
    added = history.added(records, record(f"{new:040x}", 1.0), newest=newest)
    commits = [one.commit for one in added]
    assert len(commits) == len({*commits}) == len({*known, new})
    assert record(f"{new:040x}", 1.0) in added
    if records and not newest and new not in known:
        assert added[-1] == records[-1]
