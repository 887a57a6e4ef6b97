"""Models: every rule that does not hold is told, and nothing outside is read."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gate.checks import model
from gate.findings import Finding, Level, Result, Status, Table
from gate.model.spec import Spec

Run = Callable[..., Result]


def predictions(wrong: int, *, rows: int = 100, start: int = 0) -> str:
    """Rows of two groups, half of them positive; the first `wrong` are decided wrongly.

    Those of group `a` come first.
    """
    lines = ["id,label,score,group"]
    for i in range(start, start + rows):
        label = i % 2
        right = i >= wrong
        score = 0.8 if (label == 1) is right else 0.2
        lines.append(f"{i},{label},{score},{'a' if i < rows // 2 else 'b'}")
    return "\n".join(lines) + "\n"


def specs(*entries: dict[str, Any]) -> tuple[Spec, ...]:
    return msgspec.convert(entries, tuple[Spec, ...])


def judged(run_check: Run, wrong: int, base: int | None = None, **entry: Any) -> Result:
    files = {"p.csv": predictions(wrong)}
    before = None if base is None else {"p.csv": predictions(base)}
    models = specs({"predictions": "p.csv", **entry})
    return run_check(model, files, base=before, models=models)


def table(result: Result, title: str) -> Table:
    return next(one for one in result.tables if one.title.startswith(title))


def told(result: Result) -> list[tuple[str, Level]]:
    return [(finding.rule, finding.level) for finding in result.findings]


def test_no_models_is_skipped_with_the_reason(run_check: Run) -> None:
    result = run_check(model, {})
    assert result.status is Status.SKIPPED
    assert "gate.yaml names no predictions" in result.summary


def test_what_holds_is_quiet(run_check: Run) -> None:
    result = judged(
        run_check,
        10,
        slices=["group"],
        metrics={"accuracy": {"min": 0.9}},
        slice_metrics={"recall": {"min": 0.8}},
        gaps={"selection_rate": {"max_difference": 0.2}},
    )
    assert (result.status, result.findings) == (Status.PASSED, ())
    assert result.summary == "4 rules held by 1 model (100 rows)"


def test_a_bound_that_is_broken_is_a_finding_on_the_file(run_check: Run) -> None:
    result = judged(run_check, 20, metrics={"accuracy": {"min": 0.85}})
    assert result.status is Status.FAILED
    (finding,) = result.findings
    assert isinstance(finding, Finding)
    assert (finding.path, finding.rule) == ("p.csv", "model/metric-below")
    assert finding.message.startswith("accuracy 0.800 is below 0.850 (100 rows")
    assert result.summary == "1 rule broken in 1 model (100 rows)"
    assert "gate model accept" in result.advice[1]


def test_each_slice_is_judged_and_the_worst_comes_first(run_check: Run) -> None:
    result = judged(
        run_check, 20, slices=["group"], slice_metrics={"accuracy": {"min": 0.7}}
    )
    assert [f.message.split(" is ")[0] for f in result.findings] == [
        "accuracy 0.60 on group=a"
    ]
    rows = table(result, "Slices by `group`").rows
    assert [row[:2] for row in rows] == [("a", 50), ("b", 50)]
    assert [row[-3] for row in rows] == [0.6, 1.0]
    assert table(result, "Slices by `group`").chart == "interval"


def test_small_slices_are_shown_and_not_judged(run_check: Run) -> None:
    result = judged(
        run_check,
        20,
        slices=["group"],
        min_rows=60,
        slice_metrics={"accuracy": {"min": 0.7}},
    )
    assert result.status is Status.PASSED
    assert told(result) == [("model/slice-small", Level.NOTE)] * 2


def test_a_drop_against_the_base_is_told_with_its_chance(run_check: Run) -> None:
    drop = {"max_drop": {"accuracy": 0.01}}
    fell = judged(run_check, 20, 5, compare=drop)
    assert fell.status is Status.FAILED
    assert "accuracy fell by 0.150 against main" in fell.findings[0].message
    row, *_ = table(fell, "Against the base").rows
    assert row[:5] == (None, 100, "accuracy", 0.95, 0.8)
    assert "the base, " in str(table(fell, "Models").rows[0][-1])


def test_without_a_base_nothing_is_compared(run_check: Run) -> None:
    result = judged(run_check, 20, compare={"max_drop": {"accuracy": 0.01}})
    assert result.status is Status.PASSED
    assert table(result, "Models").rows[0][-1] == "nothing: there is no base"


def test_a_base_without_the_file_or_with_a_broken_one_is_told(run_check: Run) -> None:
    models = specs({"predictions": "p.csv"})
    files = {"p.csv": predictions(3)}
    result = run_check(model, files, base={"a.py": ""}, models=models)
    assert table(result, "Models").rows[0][-1] == "nothing: the base has no p.csv"


def test_a_broken_base_is_no_fault_of_the_change(run_check: Run) -> None:
    models = specs({"predictions": "p.csv", "metrics": {"accuracy": {"min": 0.9}}})
    files = {"p.csv": predictions(3)}
    result = run_check(model, files, base={"p.csv": "id\n1\n"}, models=models)
    assert result.status is Status.PASSED
    assert str(table(result, "Models").rows[0][-1]).startswith("nothing: at the base,")


def test_a_pointer_of_git_lfs_at_the_base_is_no_predictions(run_check: Run) -> None:
    pointer = (
        "version https://git-lfs.github.com/spec/v1\n"
        f"oid sha256:{'0' * 64}\nsize 5\n"
    )
    models = specs({"predictions": "p.csv"})
    files = {"p.csv": predictions(3)}
    result = run_check(model, files, base={"p.csv": pointer}, models=models)
    assert str(table(result, "Models").rows[0][-1]).startswith("nothing: at the base,")


def test_a_file_that_is_named_is_the_base(run_check: Run) -> None:
    files = {"p.csv": predictions(20), "old.csv": predictions(5)}
    entry = {"predictions": "p.csv", "base": "old.csv"}
    drop = {"compare": {"max_drop": {"accuracy": 0.01}}}
    result = run_check(model, files, models=specs({**entry, **drop}))
    assert "against old.csv" in result.findings[0].message


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"predictions": "../p.csv"}, "does not stay in the project"),
        ({"predictions": "/etc/passwd"}, "does not stay in the project"),
        ({"predictions": "q.csv"}, "no such file"),
        ({"predictions": "."}, "no such file"),
        ({"predictions": "p.csv", "base": "../x.csv"}, "does not stay"),
        ({"predictions": "p.csv", "label": "truth"}, "truth"),
        ({"predictions": "p.csv", "slices": ["region"]}, "region"),
    ],
)
def test_what_cannot_be_judged_is_an_error_with_a_hint(
    run_check: Run, entry: dict[str, Any], said: str
) -> None:
    result = run_check(model, {"p.csv": predictions(1)}, models=specs(entry))
    assert result.status is Status.ERROR
    assert said in result.summary + result.findings[0].message
    assert result.findings[0].rule == "model/unreadable"
    fix = result.findings[0].fix
    assert fix and fix.text


def test_a_link_out_of_the_project_is_not_followed(
    make_project: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "secret.csv").write_text(predictions(1))
    project = make_project({})
    (project.root / "p.csv").symlink_to(tmp_path / "secret.csv")
    result = model.run(project, model.Options(models=specs({"predictions": "p.csv"})))
    assert result.status is Status.ERROR
    assert "leads out of the project by a link" in result.findings[0].message


def test_one_that_cannot_be_judged_does_not_hide_another(run_check: Run) -> None:
    entries = (
        {"predictions": "q.csv"},
        {"predictions": "p.csv", "metrics": {"accuracy": {"min": 0.99}}},
    )
    result = run_check(model, {"p.csv": predictions(9)}, models=specs(*entries))
    assert result.status is Status.FAILED
    assert {f.rule for f in result.findings} == {
        "model/unreadable",
        "model/metric-below",
    }
    assert "cannot judge q: no such file" in result.summary


def test_metrics_have_the_name_of_the_model(run_check: Run) -> None:
    result = judged(run_check, 10, name="tips <b>")
    assert result.metrics["model.tips-b-.accuracy"] == 0.9
    assert result.metrics["model.tips-b-.rows"] == 100
    assert not any(name.endswith(".tp") for name in result.metrics)
    json.dumps(result.metrics, allow_nan=False)


def test_models_of_one_name_keep_their_metrics(run_check: Run) -> None:
    files = {"a/p.csv": predictions(10), "b/p.csv": predictions(20)}
    models = specs(*({"predictions": name} for name in files))
    metrics = run_check(model, files, models=models).metrics
    assert metrics["model.p.accuracy"] == 0.9
    assert metrics["model.p-2.accuracy"] == 0.8


def test_thresholds_travel_as_counts_of_each_slice(run_check: Run) -> None:
    result = judged(run_check, 10, slices=["group"], threshold=0.4)
    drawn = next(one for one in result.tables if one.is_drawn)
    assert [row[:3] for row in drawn.rows] == [
        (None, None, 0.4),
        ("group", "a", 0.4),
        ("group", "b", 0.4),
    ]
    counts = [str(cell).split() for cell in drawn.rows[0][4:]]
    assert [len(one) for one in counts] == [101] * 4
    assert [one[50] for one in counts] == ["45", "5", "5", "45"]
    assert [one[0] for one in counts] == ["50", "50", "0", "0"]


def test_calibration_is_told_by_tenths_of_the_scores(run_check: Run) -> None:
    found = table(judged(run_check, 10), "Calibration")
    assert found.chart == "interval"
    assert [row[:2] for row in found.rows] == [("0.2 to 0.3", 50), ("0.8 to 0.9", 50)]
    shares: list[object] = [row[2:4] for row in found.rows]
    assert shares == [
        (pytest.approx(0.2), 0.1),
        (pytest.approx(0.8), 0.9),
    ]


def test_other_tasks_have_no_thresholds(run_check: Run) -> None:
    text = "label,pred,g\n" + "1.5,1.0,a\n2.5,2.0,b\n" * 40
    models = specs(
        {
            "predictions": "p.csv",
            "task": "regression",
            "slices": ["g"],
            "metrics": {"mae": {"max": 0.4}},
        }
    )
    result = run_check(model, {"p.csv": text}, models=models)
    assert result.findings[0].message.startswith("mae 0.500 is above 0.400")
    assert not any(one.is_drawn for one in result.tables)


def test_many_findings_are_cut_and_counted(run_check: Run) -> None:
    lines = [f"{i},{i % 2},0.9,g{i // 40}" for i in range(40 * 150)]
    text = "id,label,score,group\n" + "\n".join(lines) + "\n"
    entry = {"predictions": "p.csv", "slices": ["group"]}
    bounds = {"slice_metrics": {"accuracy": {"min": 0.9}}}
    result = run_check(model, {"p.csv": text}, models=specs({**entry, **bounds}))
    assert (len(result.findings), result.found) == (100, 150)
    drawn = next(one for one in result.tables if one.is_drawn)
    assert len(drawn.rows) == 1  # an entry of too many slices is left out


PREDICT = """\
def score(frame):
    return [0.8 if sex == "m" else 0.2 for sex in frame["sex"]]
"""


def test_a_function_of_the_change_is_asked_in_a_process_of_its_own(
    run_check: Run,
) -> None:
    text = "id,label,score,sex\n" + "1,1,0.8,m\n2,0,0.2,f\n3,0,0.8,m\n4,0,0.2,f\n" * 9
    text = "\n".join(dict.fromkeys(text.splitlines())) + "\n"
    entry = {
        "predictions": "p.csv",
        "predict": "m:score",
        "flip": {"column": "sex", "map": {"m": "f", "f": "m"}},
    }
    files = {"p.csv": text, "m.py": PREDICT}
    result = run_check(model, files, models=specs(entry))
    assert result.status is Status.PASSED, result.summary
    assert table(result, "Attributes swapped").rows == (
        ("sex", "m → f, f → m", 4, 4, 100.0, None),
    )
    assert table(result, "Partial dependence").rows[0][0] == "sex"
    assert model.Options(models=specs(entry)).runs_code


def asked_of(run_check: Run, base: str) -> Result:
    rows = [f"{i},{i % 2},{0.2 if i % 10 else 0.8},{'fm'[i % 2]}" for i in range(100)]
    files = {
        "p.csv": "\n".join(["id,label,score,sex", *rows]) + "\n",
        "m.py": "def score(frame):\n    return [0.2] * len(frame)\n",
    }
    entry = {
        "predictions": "p.csv",
        "predict": "m:score",
        "features": ["sex"],
        "compare": {"max_drop": {"accuracy": 0.01}},
    }
    return run_check(model, files, models=specs(entry), base={"m.py": base})


def test_a_base_without_the_file_is_asked_by_its_own_function(run_check: Run) -> None:
    result = asked_of(run_check, PREDICT)
    found = [finding.message for finding in result.findings]
    assert any("accuracy fell by" in one and "p < 0.001" in one for one in found)
    assert "m:score of the base, " in str(table(result, "Models").rows)


def test_a_function_of_the_base_that_fails_is_told(run_check: Run) -> None:
    result = asked_of(run_check, "raise ValueError('no')\n")
    said = str(table(result, "Models").rows)
    assert "the base has no p.csv, and its function fails: " in said
    assert not any("fell" in finding.message for finding in result.findings)


def test_what_needs_a_function_says_so(run_check: Run) -> None:
    entry = {"predictions": "p.csv", "monotone": {"group": "increasing"}}
    result = run_check(model, {"p.csv": predictions(1)}, models=specs(entry))
    assert result.status is Status.ERROR
    assert "`monotone` needs a function that predicts" in result.findings[0].message


def test_what_judging_needs_can_be_loaded_before(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from gate import models;"
        f" models.load(pathlib.Path({str(tmp_path)!r}));"
        " before = set(sys.modules);"
        " from gate.model import binary, comparing, judging, segments, whatif;"
        " assert not {m for m in set(sys.modules) - before if m.startswith('gate')}"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
