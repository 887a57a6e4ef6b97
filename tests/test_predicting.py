"""A project's predict function: asked in its own process, whatever it does there."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gate import predicting
from gate.data.columns import Coded, Column, Numbers
from gate.errors import ConfigError, GateError, ToolError
from gate.model import features
from gate.model.predicting import Ask, Change, direct

COLUMNS: dict[str, Column] = {
    "n": Numbers(np.array([1, 2, 3])),
    "gap": Numbers(np.array([1, 0, 3]), np.array([False, True, False])),
    "x": Numbers(np.array([0.1, 2.5, 1e300])),
    "c": Coded(np.array([0, 1, -1]), ["red", "1e3 é"]),
    "yes": Coded(np.array([0, 1, 0]), ["True", "False"]),
}
FRAME = features.of(COLUMNS)
AS_IT_IS = [Change()]

MakeAsk = Callable[..., Ask]


@pytest.fixture
def make_ask(tmp_path: Path) -> MakeAsk:
    """What asks `predict` of a module with this body."""

    def make(body: str, *, timeout: float = 60.0, head: str = "") -> Ask:
        program = f"{head}\ndef predict(frame):\n{textwrap.indent(body, '    ')}\n"
        (root := tmp_path / "tree").mkdir(exist_ok=True)
        (scratch := tmp_path / "scratch").mkdir(exist_ok=True)
        (root / "model.py").write_text(program, "utf-8")
        place = predicting.Place(
            python=Path(sys.executable), root=root, scratch=scratch, timeout=timeout
        )
        return predicting.asker("model:predict", place)

    return make


def complaint(ask: Ask) -> str:
    with pytest.raises(ToolError) as caught:
        ask(FRAME, AS_IT_IS)
    return caught.value.message


SEEN = """
told = []
for name in frame.columns:
    kind = frame[name].dtype.kind
    told.append({"i": 1, "f": 2, "O": 3, "b": 4}.get(kind, 3))
return [sum(t * 10 ** i for i, t in enumerate(told))] * len(frame)
"""


def test_types_are_those_that_pandas_reads_from_a_csv(make_ask: MakeAsk) -> None:
    (there,) = make_ask(SEEN)(FRAME, AS_IT_IS)
    scope: dict[str, Any] = {}
    exec(f"def predict(frame):\n{textwrap.indent(SEEN, '    ')}", scope)
    (here,) = direct(scope["predict"])(FRAME, AS_IT_IS)
    assert there.tolist() == here.tolist() == [43221.0] * 3


def test_values_arrive_as_they_are() -> None:
    frames: list[pd.DataFrame] = []

    def keep(frame: pd.DataFrame) -> Any:
        frames.append(frame)
        return np.zeros(3)

    direct(keep)(FRAME, AS_IT_IS)
    (frame,) = frames
    assert frame["n"].tolist() == [1, 2, 3] and frame["x"].tolist() == [0.1, 2.5, 1e300]
    assert frame["c"].tolist()[:2] == ["red", "1e3 é"] and frame["c"].isna()[2]
    assert frame["gap"].isna().tolist() == [False, True, False]
    assert frame["yes"].tolist() == [True, False, True]


CHANGES = [
    Change(),
    Change(rows=np.array([2, 0])),
    Change(values={"n": 7}),
    Change(rows=np.array([1]), values={"n": 10, "x": 0.5}),
    Change(maps={"yes": {"True": "False", "False": "True"}}),
    Change(maps={"c": {"red": "blue"}, "n": {1: 2, 2: 1}}),
]
SUM = """
return (frame["n"] * 100 + frame["yes"] * 10 + (frame["c"] == "blue") * 1.0).to_numpy()
"""


def test_changes_are_made_on_rows_of_their_own(make_ask: MakeAsk) -> None:
    told = make_ask(SUM)(FRAME, CHANGES)
    assert [part.tolist() for part in told] == [
        [110, 200, 310],
        [310, 110],
        [710, 700, 710],
        [1000],
        [100, 210, 300],
        [211, 100, 310],
    ]


def test_a_function_may_change_what_it_is_given(make_ask: MakeAsk) -> None:
    ask = make_ask('frame["n"] = 0\nframe.loc[:, "x"] = 1\nreturn frame["n"]')
    assert [part.sum() for part in ask(FRAME, [Change(), Change()])] == [0, 0]
    again = direct(lambda frame: frame.__setitem__("n", frame["n"] + 1) or frame["n"])
    assert again(FRAME, [Change()])[0].tolist() == [2, 3, 4]
    assert again(FRAME, [Change()])[0].tolist() == [2, 3, 4]


def test_two_columns_of_scores_are_kept(make_ask: MakeAsk) -> None:
    (told,) = make_ask("return [[0.25, 0.75]] * len(frame)")(FRAME, AS_IT_IS)
    assert told.shape == (3, 2)


def test_what_it_prints_is_nobodys_answer(make_ask: MakeAsk) -> None:
    body = "import os\nprint('x' * 10**6)\nos.write(2, b'\\xff')\nreturn [1] * 3"
    assert make_ask(body)(FRAME, AS_IT_IS)[0].tolist() == [1, 1, 1]


def test_it_sees_no_secrets(make_ask: MakeAsk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "s3cret")
    body = "import os\nreturn [float('GITHUB_TOKEN' in os.environ)] * 3"
    assert make_ask(body)(FRAME, AS_IT_IS)[0].tolist() == [0, 0, 0]


def test_its_own_modules_are_not_taken_for_others(
    make_ask: MakeAsk, tmp_path: Path
) -> None:
    ask = make_ask("import features\nreturn [features.ONE] * 3")
    (tmp_path / "tree" / "features.py").write_text("ONE = 1")
    for name in ("json", "numpy", "pandas", "traceback"):
        (tmp_path / "tree" / f"{name}.py").write_text("raise RuntimeError")
    assert ask(FRAME, AS_IT_IS)[0].tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "it returned nothing (None)"),
        ([1.0], "for 3 rows it returned shape (1,)"),
        (1.0, "for 3 rows it returned shape ()"),
        (["yes"] * 3, "it returned no numbers, but list"),
        (["1"] * 3, "scores are wanted, not labels"),
        ([1j] * 3, "it returned no"),
        (np.array(["2024-01-01"] * 3, "M8[D]"), "scores are wanted"),
        ([[1], [2, 3], 4], "it returned no numbers"),
        ([[[1]]] * 3, "shape (3, 1, 1)"),
        (np.zeros((3, 5000)), "5000 numbers for each row"),
        (lambda: 0, "it returned no numbers, but function"),
        ({"score": [1, 2, 3]}, "it returned no numbers, but dict"),
    ],
)
@pytest.mark.filterwarnings("ignore:Casting complex values")
def test_an_answer_that_is_no_prediction_is_told_of(answer: Any, said: str) -> None:
    assert said in complaint(direct(lambda frame: answer))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return None", "cannot be used: it returned nothing (None)"),
        ("return frame['absent']", "KeyError: 'absent'"),
        ("import sys\nsys.exit('bye')", "SystemExit: bye"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("return predict(frame)", "RecursionError"),
        ("import os\nos._exit(0)", "ended its process without an answer"),
        ("import os\nprint('why', flush=True)\nos._exit(3)", "(exit code 3): why"),
        ("import os\nos.abort()", "(exit code -6)"),
    ],
)
def test_a_function_that_fails_is_told_of(
    make_ask: MakeAsk, body: str, said: str
) -> None:
    assert said in complaint(make_ask(body))


def test_the_last_lines_of_a_traceback_name_the_line(make_ask: MakeAsk) -> None:
    said = complaint(make_ask("raise ValueError('no weights')"))
    assert said.endswith("ValueError: no weights") and 'model.py", line 3' in said


def test_a_long_complaint_is_cut(make_ask: MakeAsk) -> None:
    assert len(complaint(make_ask("raise ValueError('x' * 10**7)"))) < 4_000


@pytest.mark.parametrize("body", ["while True: pass", "import time\ntime.sleep(999)"])
def test_a_function_that_does_not_end_is_ended(make_ask: MakeAsk, body: str) -> None:
    said = complaint(make_ask(body, timeout=3))
    assert "did not predict 3 rows within 3 s" in said


def test_a_thread_that_it_leaves_keeps_nothing_alive(make_ask: MakeAsk) -> None:
    body = (
        "import threading, time\n"
        "threading.Thread(target=lambda: time.sleep(999)).start()\nreturn [1] * 3"
    )
    assert make_ask(body)(FRAME, AS_IT_IS)[0].tolist() == [1, 1, 1]


def test_a_module_that_cannot_be_imported_is_told_of(make_ask: MakeAsk) -> None:
    said = complaint(make_ask("return 1", head="import absent_module"))
    assert "cannot be imported" in said and "absent_module" in said


FORGED = """
import glob, os, sys
import numpy as np
(folder,) = glob.glob(os.path.join({scratch!r}, "predict*"))
os.chdir(folder)
{forgery}
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.parametrize(
    "forgery",
    [
        "open('answer.f8', 'wb').write(b'garbage')",
        "open('answer.f8', 'wb')",
        "np.zeros(10**6).tofile('answer.f8')",
        "open('answer.f8', 'wb').truncate(24 * 10**9)",
        "os.symlink('/dev/zero', 'answer.f8')",
        "os.mkfifo('answer.f8')",
        "os.mkdir('answer.f8')",
        "os.mkfifo('error.json')",
        "open('error.json', 'w').write('[' * 100000)",
        "open('error.json', 'w').write('{\"step\": [], \"text\": 1}')",
        "open('error.json', 'w').write('7')",
    ],
)
def test_a_forged_answer_is_refused(
    make_ask: MakeAsk, tmp_path: Path, forgery: str
) -> None:
    body = FORGED.format(scratch=str(tmp_path / "scratch"), forgery=forgery)
    said = complaint(make_ask(body))
    assert "without an answer" in said or "no answer that can be read" in said


@pytest.mark.parametrize(
    "target",
    ["model", "model:", ":predict", "a b:c", "../x:y", "m:f()", "-c:x", "m:f:"],
)
def test_what_names_no_function_is_refused(target: str, tmp_path: Path) -> None:
    place = predicting.Place(python=Path("python"), root=tmp_path, scratch=tmp_path)
    with pytest.raises(ConfigError, match="names no function"):
        predicting.asker(target, place)


def test_a_function_that_is_not_there_is_told_of(
    make_ask: MakeAsk, tmp_path: Path
) -> None:
    make_ask("return 1", head="other = 3")
    root, scratch = tmp_path / "tree", tmp_path / "scratch"
    place = predicting.Place(python=Path(sys.executable), root=root, scratch=scratch)
    assert "has no attribute" in complaint(predicting.asker("model:absent", place))
    assert "is no function" in complaint(predicting.asker("model:other", place))


def test_a_python_without_pandas_is_named(
    make_ask: MakeAsk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_ask("return 1")
    (tmp_path / "empty" / "pandas").mkdir(parents=True)
    missing = "raise ModuleNotFoundError(\"No module named 'pandas'\")"
    (tmp_path / "empty" / "pandas" / "__init__.py").write_text(missing)
    place = predicting.Place(
        python=Path(sys.executable),
        root=tmp_path / "tree",
        scratch=tmp_path / "scratch",
        path=(str(tmp_path / "empty"),),
    )
    said = complaint(predicting.asker("model:predict", place))
    assert f"{sys.executable} has no pandas" in said


def test_too_many_rows_are_not_asked_for(make_ask: MakeAsk) -> None:
    changes = [Change()] * 7_000_000
    with pytest.raises(GateError, match="the most is 20,000,000"):
        make_ask("return 1")(FRAME, changes)


def test_nothing_is_left_behind(make_ask: MakeAsk, tmp_path: Path) -> None:
    make_ask("return [1] * 3")(FRAME, AS_IT_IS)
    assert os.listdir(tmp_path / "scratch") == []
    assert os.listdir(tmp_path / "tree") == ["model.py"]
