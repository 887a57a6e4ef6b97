"""`gate model accept` and the page of `gate model analyze`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gate.cli import cli

ROWS = 100
TEXT = """\
checks:
  model: # the tips
    - predictions: p.csv
      slices: [group]
      min_rows: 20
      metrics:
        accuracy: {min: 0.95} # since March
        roc_auc: {min: 0.5}
      slice_metrics: {recall: {min: 0.9, max: 1}}
      gaps:
        recall: {max_difference: 0.1, min_ratio: 0.95}
      decision: {max_regret: 0.05}
"""


def predictions(folder: Path) -> None:
    """80 of 100 are right; of those of group `a`, every third is wrong."""
    lines = ["id,label,score,group"]
    for i in range(ROWS):
        right = i >= 60 or i % 3
        score = 0.8 if (i % 2 == 1) == bool(right) else 0.2
        lines.append(f"{i},{i % 2},{score},{'a' if i < 60 else 'b'}")
    (folder / "p.csv").write_text("\n".join(lines) + "\n")


@pytest.fixture
def accept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Result, str]]:
    monkeypatch.chdir(tmp_path)
    predictions(tmp_path)

    def run(*words: str, text: str = TEXT, name: str = "gate.yaml") -> tuple[Any, str]:
        Path(name).write_bytes(text.encode())
        command = ["model", "accept", *words]
        done = CliRunner().invoke(cli, command, standalone_mode=False)
        return done, Path(name).read_bytes().decode()

    return run


Accept = Callable[..., tuple[Result, str]]


def test_what_is_broken_is_accepted_and_all_else_stays(accept: Accept) -> None:
    done, text = accept()
    assert done.return_value == 0, done.output
    assert text == (
        TEXT.replace("min: 0.95}", "min: 0.8}")
        .replace("{min: 0.9, max", "{min: 0.6666, max")
        .replace("max_difference: 0.1", "max_difference: 0.3334")
        .replace("min_ratio: 0.95", "min_ratio: 0.6666")
    )
    assert "+        accuracy: {min: 0.8} # since March" in done.output


def test_the_gate_is_open_after_it(accept: Accept) -> None:
    def code() -> Any:
        words = ["run", "--only", "model"]
        return CliRunner().invoke(cli, words, standalone_mode=False).return_value

    accept("--dry-run")
    assert code() == 1
    accept()
    assert code() == 0


def test_only_the_metrics_that_are_named(accept: Accept) -> None:
    _, text = accept("--metric", "accuracy")
    assert text == TEXT.replace("min: 0.95}", "min: 0.8}")


def test_a_margin_leaves_room(accept: Accept) -> None:
    _, text = accept("--metric", "accuracy", "--margin", "0.015")
    assert "accuracy: {min: 0.785}" in text


def test_all_tightens_what_holds(accept: Accept) -> None:
    _, text = accept("--all", "--metric", "roc_auc")
    assert "roc_auc: {min: 0.8}" in text


def test_a_dry_run_changes_nothing(accept: Accept) -> None:
    done, text = accept("--dry-run")
    assert text == TEXT and "min: 0.8}" in done.output


def test_other_models_stay(accept: Accept) -> None:
    done, text = accept("--model", "q")
    assert text == TEXT and "nothing changes" in done.output


def test_a_specification_and_crlf_and_a_mark(accept: Accept) -> None:
    spec = "\ufeffpredictions: p.csv\r\nmetrics:\r\n  accuracy:\r\n    min: 0.99\r\n"
    done, text = accept("spec.yaml", text=spec, name="spec.yaml")
    assert done.return_value == 0, done.output
    assert text == spec.replace("0.99", "0.8")


def test_what_is_no_bound_is_said(accept: Accept) -> None:
    spec = "predictions: p.csv\nslices: [group]\nper_slice: {group=c: {f1: {min: 1}}}\n"
    done, _ = accept("s.yaml", text=spec, name="s.yaml")
    assert done.return_value == 1
    assert "no bound can accept: slice group=c" in done.output


@pytest.mark.parametrize("confidence", ["true", "false"])
def test_the_end_of_an_interval_is_accepted_where_that_is_judged(
    accept: Accept, confidence: str
) -> None:
    spec = f"predictions: p.csv\nconfidence: {confidence}\n"
    spec += "metrics: {accuracy: {min: 0.99}}\n"
    _, text = accept("s.yaml", text=spec, name="s.yaml")
    assert (text == spec.replace("0.99", "0.8")) is (confidence == "false")
    assert accept("s.yaml", text=text, name="s.yaml")[1] == text


def test_a_file_that_is_not_there_is_said(accept: Accept) -> None:
    done, _ = accept("nothing.yaml")
    assert "nothing.yaml: cannot be read" in str(done.exception)


def test_the_page_of_an_analysis_is_the_gates(accept: Accept, tmp_path: Path) -> None:
    accept("s.yaml", text="predictions: p.csv\nslices: [group]\n", name="s.yaml")
    words = ["model", "analyze", "s.yaml", "--format", "html", "--output", "page.html"]
    done = CliRunner().invoke(cli, words, standalone_mode=False)
    assert done.exception is None, done.output
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "Performance and fairness" in page and "data-counts=" in page
    assert "1 model (100 rows)" in page
    printed = CliRunner().invoke(cli, words[:5], standalone_mode=False)
    assert printed.output == page
