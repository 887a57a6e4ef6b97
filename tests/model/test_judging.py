"""What is said of a model that is held to its specification."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.errors import ConfigError
from gate.model import analysis, drops, judgement, judging, specfile
from gate.model.judgement import Judgement, State
from gate.model.judging import judge
from gate.model.spec import Bounds, Spec

HEADER = "id,label,score,g\n"


def row(i: int, label: int, predicted: int, g: str = "a") -> str:
    return f"{i},{label},{0.9 if predicted else 0.1},{g}\n"


def rows(right: int, wrong: int, g: str = "a", start: int = 0) -> str:
    """Rows of which so many are decided rightly; every second is positive."""
    return "".join(
        row(start + i, i % 2, i % 2 if i < right else 1 - i % 2, g)
        for i in range(right + wrong)
    )


def judged(
    tmp_path: Path, text: str, spec: str, base: str = ""
) -> tuple[Judgement, ...]:
    (tmp_path / "predictions.csv").write_text(HEADER + text)
    if base:
        (tmp_path / "base.csv").write_text(HEADER + base)
        spec = f"base: base.csv\n{spec}"
    read = specfile.parse(spec, "spec.yaml")
    found = judge(read, analysis.analyze(read, tmp_path), "main")
    for one in found:
        assert "\n" not in one.message
    return found


def told(found: tuple[Judgement, ...]) -> list[tuple[str, str]]:
    return [(one.state.value, one.message) for one in found]


def test_a_model_without_rules_is_not_judged(tmp_path: Path) -> None:
    assert judged(tmp_path, rows(9, 1), "slices: [g]") == ()


def test_floors_and_ceilings_are_included(tmp_path: Path) -> None:
    spec = "metrics: {accuracy: {min: 0.85, max: 0.85}, fpr: {max: 0.09}}"
    states = [one.state for one in judged(tmp_path, rows(17, 3), spec)]
    assert states == [State.OK, State.OK, State.FAILED]


def test_a_floor_is_told_with_its_rows_and_interval(tmp_path: Path) -> None:
    found = judged(tmp_path, rows(842, 158), "metrics: {accuracy: {min: 0.85}}")
    message = "accuracy 0.842 is below 0.850 (1,000 rows, 95% CI 0.818-0.863)"
    assert told(found) == [("failed", message)]
    assert (found[0].rule, found[0].value, found[0].bound, found[0].n) == (
        ("metric-below", 0.842, 0.85, 1_000)
    )


def test_by_confidence_the_end_of_the_interval_is_held(tmp_path: Path) -> None:
    spec = "metrics: {accuracy: {min: 0.83}}\nconfidence: true"
    (found,) = judged(tmp_path, rows(842, 158), spec)
    assert found.state is State.FAILED
    assert found.message.startswith("accuracy 0.842 may be below 0.830 (1,000 rows")
    (found,) = judged(tmp_path, rows(842, 158), spec.replace("0.83", "0.81"))
    assert found.state is State.OK


def test_an_undefined_metric_with_a_bound_fails_with_the_reason(tmp_path: Path) -> None:
    text = "".join(row(i, 0, 0) for i in range(40))
    spec = (
        "metrics: {roc_auc: {min: 0}}\nslices: [g]\nslice_metrics: {recall: {min: 0}}"
    )
    assert told(judged(tmp_path, text, spec)) == [
        ("failed", "roc_auc is undefined: only one class (40 rows)"),
        ("failed", "recall on g=a is undefined: no positive rows (40 rows)"),
    ]


def test_a_metric_that_the_task_has_not_fails(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="mae"):
        judged(tmp_path, rows(9, 1), "slices: [g]\nper_slice: {g=a: {mae: {max: 1}}}")
    read = specfile.parse("", "spec.yaml")
    (tmp_path / "predictions.csv").write_text(HEADER + rows(9, 1))
    found = analysis.analyze(read, tmp_path)
    (one,) = judge(Spec(metrics={"mae": Bounds(max=1)}), found)
    assert (one.state, one.rule) == (State.FAILED, "metric-missing")


def test_a_slice_that_is_named_and_not_there_fails(tmp_path: Path) -> None:
    spec = "slices: [g]\nper_slice: {g=north: {recall: {min: 0.1}}}"
    (found,) = judged(tmp_path, rows(39, 1), spec)
    assert found.state is State.FAILED
    assert found.message == "slice g=north is configured but not in the data (40 rows)"


def test_slices_have_bounds_of_their_own(tmp_path: Path) -> None:
    text = rows(36, 4) + rows(36, 4, "b", 40)
    spec = (
        "slices: [g]\nslice_metrics: {accuracy: {min: 0.8}}\n"
        "per_slice: {g=b: {accuracy: {min: 0.95}}}"
    )
    found = judged(tmp_path, text, spec)
    assert [(one.slice, one.state) for one in found] == [
        ("g=a", State.OK),
        ("g=b", State.FAILED),
    ]


def test_a_small_slice_is_shown_and_never_fails(tmp_path: Path) -> None:
    text = rows(40, 0) + rows(0, 12, "islands", 40)
    spec = (
        "slices: [g]\nslice_metrics: {accuracy: {min: 0.9}}\n"
        "gaps: {accuracy: {max_difference: 0.1}}\ncompare: {max_drop: {accuracy: 0}}"
    )
    base = rows(40, 0) + rows(12, 0, "islands", 40)
    found = judged(tmp_path, text, spec, base)
    small = [one for one in found if one.slice == "g=islands"]
    message = "g=islands has 12 rows (fewer than 30): shown, not judged"
    assert told(tuple(small)) == [("not enough data", message)]
    assert [one.rule for one in found if one.state is State.FAILED] == ["metric-fell"]


def test_rules_for_slices_without_slices_fail(tmp_path: Path) -> None:
    spec = "slice_metrics: {recall: {min: 0}}\ngaps: {recall: {max_difference: 1}}"
    found = judged(tmp_path, rows(9, 1), spec)
    assert [one.rule for one in found] == ["slice-missing", "slice-missing"]


def selected(share: int, g: str, start: int) -> str:
    """100 rows, of which so many are decided to be positive."""
    return "".join(row(start + i, i % 2, int(i < share), g) for i in range(100))


def test_a_gap_is_told_by_its_slices(tmp_path: Path) -> None:
    text = selected(35, "yes", 0) + selected(13, "no", 100)
    spec = "slices: [g]\ngaps: {selection_rate: {max_difference: 0.1, min_ratio: 0.8}}"
    assert told(judged(tmp_path, text, spec)) == [
        (
            "failed",
            "selection_rate differs by 0.22 between g=yes (0.35) and g=no (0.13);"
            " allowed 0.10 (200 rows)",
        ),
        (
            "failed",
            "selection_rate of g=no (0.13) by that of g=yes (0.35) is 0.37;"
            " at least 0.80 is asked for (200 rows)",
        ),
    ]


def test_a_gap_as_large_as_allowed_passes_in_spite_of_rounding(tmp_path: Path) -> None:
    text = selected(40, "yes", 0) + selected(10, "no", 100)
    spec = "slices: [g]\ngaps: {selection_rate: {max_difference: 0.3}}"
    assert 0.4 - 0.1 > 0.3
    (found,) = judged(tmp_path, text, spec)
    assert found.state is State.OK


def test_slices_that_are_all_zero_are_equal(tmp_path: Path) -> None:
    text = selected(0, "yes", 0) + selected(0, "no", 100)
    spec = "slices: [g]\ngaps: {selection_rate: {min_ratio: 0.8}}"
    (found,) = judged(tmp_path, text, spec)
    assert (found.state, found.value) == (State.OK, 1.0)


def changed(gained: int, lost: int, n: int) -> tuple[str, str]:
    """Head and base that differ in so many rows; of the others 80 % are right."""
    head, base = "", ""
    for i in range(n):
        ours = i < gained or (i >= gained + lost and i % 5 > 0)
        theirs = gained <= i < gained + lost or (i >= gained + lost and i % 5 > 0)
        label = i % 2
        head += row(i, label, label if ours else 1 - label)
        base += row(i, label, label if theirs else 1 - label)
    return head, base


DROP = "compare: {max_drop: {accuracy: 0.01}}"


def test_a_drop_that_is_larger_than_allowed_and_significant_fails(
    tmp_path: Path,
) -> None:
    head, base = changed(1, 57, 1_000)
    assert told(judged(tmp_path, head, DROP, base)) == [
        (
            "failed",
            "accuracy fell by 0.056 against main (0.811 -> 0.755; 57 rows lost,"
            " 1 gained; p < 0.001; 1,000 rows)",
        )
    ]


def test_a_drop_within_noise_is_a_warning(tmp_path: Path) -> None:
    head, base = changed(3, 6, 150)
    assert told(judged(tmp_path, head, DROP, base)) == [
        (
            "warning",
            "accuracy fell by 0.020 against main, within noise (0.793 -> 0.773;"
            " 3 gained, 6 lost; p = 0.51; 150 rows)",
        )
    ]


@pytest.mark.parametrize(
    ("lost", "state"), [(5, State.TOO_LITTLE), (6, State.FAILED), (0, State.OK)]
)
def test_fewer_than_six_rows_cannot_tell(
    tmp_path: Path, lost: int, state: State
) -> None:
    head, base = changed(0, lost, 100)
    (found,) = judged(tmp_path, head, DROP, base)
    assert found.state is state


@pytest.mark.parametrize(("allowed", "state"), [(0.031, "ok"), (0.03, "failed")])
def test_a_drop_as_large_as_allowed_passes_in_spite_of_rounding(
    tmp_path: Path, allowed: float, state: str
) -> None:
    head, base = changed(0, 31, 1_000)
    spec = f"compare: {{max_drop: {{accuracy: {allowed}}}}}"
    (found,) = judged(tmp_path, head, spec, base)
    assert found.state.value == state


def test_a_metric_that_is_better_when_lower_falls_by_rising(tmp_path: Path) -> None:
    head, base = changed(0, 60, 1_000)
    spec = "compare: {max_drop: {log_loss: 0.01, fpr: 0.5}}"
    worse, fine = judged(tmp_path, head, spec, base)
    assert worse.message.startswith("log_loss rose by")
    assert (worse.state, fine.state) == (State.FAILED, State.OK)
    better = judged(tmp_path, base, spec, head)
    assert {one.state for one in better} == {State.OK}


def test_more_slices_make_the_same_drop_less_significant(tmp_path: Path) -> None:
    head, base = changed(0, 6, 40)
    spec = f"slices: [g]\n{DROP}"
    alone = judged(tmp_path, head, spec, base)
    assert [one.state for one in alone] == [State.FAILED, State.FAILED]
    other = "".join(rows(34, 6, f"z{k}", 40 * (k + 1)) for k in range(3))
    extra = "".join(
        row(
            40 * (k + 1) + i, i % 2, i % 2 if i not in (3, 4, 5) else 1 - i % 2, f"z{k}"
        )
        for k in range(3)
        for i in range(40)
    )
    found = judged(tmp_path, head + other, spec, base + extra)
    (own,) = [one for one in found if one.slice == "g=a"]
    assert own.state is State.WARNING
    assert "by Holm over 4" in own.message


def test_slices_can_be_left_out_of_the_comparison(tmp_path: Path) -> None:
    head, base = changed(0, 30, 100)
    spec = "slices: [g]\ncompare: {max_drop: {accuracy: 0}, slices: false}"
    assert [one.slice for one in judged(tmp_path, head, spec, base)] == [""]


def test_rows_lost_and_new_count_as_the_specification_says(tmp_path: Path) -> None:
    text, base = rows(10, 0), rows(10, 0, start=4)
    assert told(judged(tmp_path, text, "", base)) == [
        ("failed", "4 rows of main are missing here"),
        ("warning", "4 rows are new"),
    ]
    spec = "compare: {lost_rows: 'off', new_rows: error}"
    assert told(judged(tmp_path, text, spec, base)) == [("failed", "4 rows are new")]


def test_labels_that_changed_are_said(tmp_path: Path) -> None:
    text = rows(10, 0)
    base = text.replace("9,1,", "9,0,")
    (found,) = judged(tmp_path, text, "", base)
    assert found.message == (
        "1 row of 10 has another label than at main: both are held to the labels here"
    )


def test_nothing_in_common_fails_only_what_is_compared(tmp_path: Path) -> None:
    text, base = rows(10, 0), rows(10, 0, start=50)
    found = judged(tmp_path, text, f"{DROP[:-1]}, lost_rows: 'off'}}", base)
    assert [(one.rule, one.state) for one in found] == [
        ("rows-new", State.WARNING),
        ("rows-unmatched", State.FAILED),
    ]


def test_without_a_base_drops_are_not_judged(tmp_path: Path) -> None:
    assert judged(tmp_path, rows(9, 1), DROP) == ()


def test_flips_are_a_share_of_all_decisions(tmp_path: Path) -> None:
    head, base = changed(2, 3, 100)
    spec = "compare: {max_flips: 0.05}"
    (found,) = judged(tmp_path, head, spec, base)
    assert (found.state, found.value) == (State.OK, 0.05)
    (found,) = judged(tmp_path, head, spec.replace("0.05", "0.04"), base)
    assert found.message == (
        "5 of 100 decisions differ from those of main (5%); allowed 4%"
    )
    assert found.state is State.FAILED


def test_a_threshold_that_costs_more_is_told_with_the_best_range(
    tmp_path: Path,
) -> None:
    text = "".join(f"{i},{i % 2},{0.305 if i % 2 else 0.2},a\n" for i in range(40))
    spec = "threshold: 0.5\ndecision: {cost_ratio: 2, max_regret: 0.05}"
    (found,) = judged(tmp_path, text, spec)
    assert found.message == (
        "threshold 0.50 costs 20, and 0.21-0.30 nothing"
        " (false positives weigh 2; 40 rows)"
    )
    assert found.state is State.FAILED
    (found,) = judged(tmp_path, text, spec.replace("0.5\n", "0.25\n"))
    assert found.state is State.OK


@given(st.floats(0.001, 0.999))
def test_the_fewest_rows_are_those_at_which_a_sign_test_can_be_significant(
    level: float,
) -> None:
    few = drops.fewest(level)
    assert 2 * 0.5**few <= level < 2 * 0.5 ** (few - 1) or few == 1


def test_no_level_of_zero_takes_for_ever() -> None:
    assert drops.fewest(0.0) > 1_000


def test_numbers_that_differ_look_different() -> None:
    assert judgement.numbers(0.8496, 0.85) == ["0.8496", "0.8500"]
    assert judgement.numbers(50.6351, 48.0) == ["50.64", "48.00"]
    assert judgement.numbers(0.5, 0.5) == ["0.500", "0.500"]
    assert judgement.numbers(1e-15, 2e-15)


def test_a_name_that_breaks_lines_is_told_in_one(tmp_path: Path) -> None:
    text = rows(10, 30, '"a\nb"')
    spec = "slices: [g]\nslice_metrics: {accuracy: {min: 0.9}}"
    (low,) = judged(tmp_path, text, spec)
    assert low.message.startswith("accuracy 0.25 on 'g=a\\nb' is below")


def test_the_verdict_is_the_worst_of_all(tmp_path: Path) -> None:
    spec = (
        "metrics: {accuracy: {min: 0.95}}\nslices: [g]\nslice_metrics: {f1: {min: 0}}"
    )
    found = judged(tmp_path, rows(9, 1), spec)
    assert [one.state for one in found] == [State.FAILED, State.TOO_LITTLE]
    assert judging.verdict(found) is State.FAILED
    assert judging.verdict(found[1:]) is judging.verdict(()) is State.OK
    told = judging.to_json(found)
    assert told["judgements"][0]["state"] == told["verdict"] == "failed"


def test_judgements_do_not_hang_on_the_order_of_slices(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    head, base = HEADER, HEADER
    for i in range(400):
        label, g, h = rng.integers(0, 2), rng.integers(0, 4), rng.integers(0, 3)
        ours, theirs = (label ^ (rng.random() < wrong) for wrong in (0.3, 0.15))
        head += row(i, label, ours, f"{g},{h}")
        base += row(i, label, theirs, f"{g},{h}")
    head, base = (text.replace("score,g\n", "score,g,h\n") for text in (head, base))
    (tmp_path / "predictions.csv").write_text(head)
    (tmp_path / "base.csv").write_text(base)
    seen = []
    for order in ("[g, h, [g, h]]", "[[g, h], h, g]"):
        read = specfile.parse(
            f"base: base.csv\nslices: {order}\n"
            "compare: {max_drop: {accuracy: 0, f1: 0, log_loss: 0, roc_auc: 0}}\n"
            "slice_metrics: {f1: {min: 0.7}}",
            "spec.yaml",
        )
        found = judge(read, analysis.analyze(read, tmp_path), "main")
        seen.append(sorted(found, key=lambda one: (one.slice, one.rule, one.metric)))
    assert seen[0] == seen[1]
