"""Several files as one table: rows run through, and lines are those of each file."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as arrow
import pyarrow.ipc as ipc
import pytest

from gate.data import inference, parts, schemafile, statistics, table, validation
from gate.data.source import Source
from gate.errors import DataError
from tests.data.conftest import read

Write = Callable[[str, str], Path]
SCHEMA = "feature:\n  - name: x\n    type: INT\n    int_domain: {max: 4}\n"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.chdir(tmp_path)

    def write(name: str, content: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, "utf-8")
        return Path(name)

    return write


def test_a_folder_is_one_table_in_the_order_of_its_names(write: Write) -> None:
    write("d/b.csv", "y,x\nq,2\n")
    write("d/a.csv", "x,y\n1,p\n")
    for junk in ("_SUCCESS", ".hidden.csv", "_tmp.csv", "README.txt", "x.json"):
        write(f"d/{junk}", "junk")
    source = Source(path=Path("d"))
    assert read(source) == {"x": [1, 2], "y": ["p", "q"]}
    assert [(b.first, b.path) for b in table.read(source)] == [
        (1, "d/a.csv"),
        (2, "d/b.csv"),
    ]
    assert parts.size(source) == 16
    assert statistics.compute(source).name == "d"


def test_a_pattern_and_names_are_one_table_too(write: Write) -> None:
    a, b = write("a-1.csv", "x\n1\n"), write("a-2.csv", "x\n2\n")
    write("b.csv", "z\n2\n")
    assert read(Source(path=Path("a-*.csv"))) == {"x": [1, 2]}
    named = Source(path=b, files=(b, a))
    assert read(named) == {"x": [2, 1]}
    assert named.name == "a-2.csv and 1 more"
    write("d/e.csv", "x\n3\n")
    assert read(Source(path=Path("**/[ae]*.csv"))) == {"x": [1, 2, 3]}


def test_a_file_whose_name_is_like_a_pattern_is_that_file(write: Write) -> None:
    assert read(Source(path=write("a[1].csv", "x\n1\n"))) == {"x": [1]}


def test_offenders_name_their_file_and_its_line(write: Write) -> None:
    write("d/a.csv", "x\n1\n9\n")
    write("d/b.csv", "x\n\n9\n8\n")
    schema = schemafile.parse(SCHEMA)
    (found,) = validation.validate(Source(path=Path("d")), schema).anomalies
    nine, eight = found.examples
    assert (nine.value, nine.rows, nine.lines) == ("9", (2, 3), (3, 3))
    assert nine.paths == ("d/a.csv", "d/b.csv")
    assert (eight.rows, eight.lines, eight.paths) == ((4,), (4,), ("d/b.csv",))


def test_one_file_has_no_paths_to_tell(write: Write) -> None:
    source = Source(path=write("a.csv", "x\n9\n"))
    (found,) = validation.validate(source, schemafile.parse(SCHEMA)).anomalies
    assert found.examples[0].paths == ()


@pytest.mark.parametrize(
    ("second", "says"),
    [
        ("x,z\n1,2\n", "d/b.csv: lacks column `y`, which d/a.csv has"),
        ("x,y,z\n1,2,3\n", "d/b.csv: has column `z`, which d/a.csv lacks"),
        ("x,y\n1\n", "d/b.csv:2: 1 field where the header has 2"),
        ("", "d/b.csv: empty"),
    ],
)
def test_files_that_do_not_agree_are_told(write: Write, second: str, says: str) -> None:
    write("d/a.csv", "x,y\n1,2\n")
    write("d/b.csv", second)
    with pytest.raises(DataError) as caught:
        read(Source(path=Path("d")))
    assert str(caught.value).startswith(says)


def test_keys_of_json_lines_need_not_agree(write: Write) -> None:
    write("d/a.jsonl", '{"x": 1}\n')
    write("d/b.jsonl", '{"y": 2}\n')
    found = statistics.compute(Source(path=Path("d")))
    assert [(f.name, f.num_missing) for f in found.features] == [("x", 1), ("y", 1)]


def test_a_text_in_a_later_file_makes_the_column_one_of_texts(write: Write) -> None:
    write("d/a.csv", "x\n1\n")
    write("d/b.csv", "x\nfoo\n")
    counted = statistics.compute(Source(path=Path("d")))
    assert counted.features[0].textual and counted.features[0].textual.unique == 2
    schema = inference.infer(counted).schema
    assert not validation.validate(Source(path=Path("d")), schema).anomalies


def test_what_holds_no_table_is_told(write: Write) -> None:
    write("d/README.md", "x")
    with pytest.raises(DataError, match="no data in this folder"):
        read(Source(path=Path("d")))
    with pytest.raises(DataError, match="no file is called so"):
        read(Source(path=Path("nope/*.csv")))
    write("d/a.csv", "x\n1\n")
    write("d/a.jsonl", '{"x": 1}')
    with pytest.raises(DataError, match="several formats: a.csv and a.jsonl"):
        read(Source(path=Path("d")))


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_lead_nowhere_else(write: Write, tmp_path: Path) -> None:
    write("d/a.csv", "x\n1\n")
    outside = tmp_path.parent / "outside.csv"
    outside.write_text("x\n2\n", "utf-8")
    (tmp_path / "d" / "b.csv").symlink_to(outside)
    (tmp_path / "d" / "c.csv").symlink_to(tmp_path / "d" / "c.csv")
    with pytest.raises(DataError, match="leads out of the folder by a link"):
        read(Source(path=Path("d")))
    (tmp_path / "d" / "b.csv").unlink()
    with pytest.raises(DataError):
        read(Source(path=Path("d")))
    (tmp_path / "d" / "c.csv").unlink()
    (tmp_path / "d" / "c.csv").symlink_to(write("e/c.csv", "x\n3\n").resolve())
    assert read(Source(path=Path("d"))) == {"x": [1, 3]}
    with pytest.raises(DataError, match="leads out"):
        read(Source(path=Path("d"), root=tmp_path / "d"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such files")
def test_a_pipe_is_refused_and_never_waited_for(write: Write, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.csv")
    with pytest.raises(DataError, match="a pipe or a device"):
        read(Source(path=Path("p.csv")))
    with pytest.raises(DataError, match="a pipe or a device"):
        read(Source(path=Path("/dev/zero"), delimiter=","))


def saved(folder: Path, shards: list[list[int]]) -> None:
    """A folder as `Dataset.save_to_disk` of Hugging Face's datasets writes it."""
    folder.mkdir()
    names = [f"data-{i:05}-of-{len(shards):05}.arrow" for i in range(len(shards))]
    for name, labels in zip(names, shards, strict=True):
        rows = arrow.table(
            {"text": [f"t{label}" for label in labels], "label": labels},
            metadata={"huggingface": '{"info": {"features": {}}}'},
        )
        with ipc.new_stream(str(folder / name), rows.schema) as stream:
            stream.write_table(rows, max_chunksize=2)
    state: dict[str, object] = {
        "_data_files": [{"filename": name} for name in names],
        "_fingerprint": "f",
        "_format_columns": None,
        "_format_kwargs": {},
        "_format_type": None,
        "_output_all_columns": False,
        "_split": None,
    }
    (folder / "state.json").write_text(json.dumps(state, indent=2), "utf-8")
    (folder / "dataset_info.json").write_text('{"features": {}}', "utf-8")


def test_a_saved_dataset_of_hugging_face_is_one_table(tmp_path: Path) -> None:
    saved(tmp_path / "train", [[0, 1, 2], [1]])
    # What is in no list is left from a dataset before it.
    (tmp_path / "train" / "data-00002-of-00003.arrow").write_bytes(b"old")
    found = read(Source(path=tmp_path / "train"))
    assert found == {"text": ["t0", "t1", "t2", "t1"], "label": [0, 1, 2, 1]}


def test_of_saved_splits_one_is_to_be_named(tmp_path: Path) -> None:
    splits = tmp_path / "all"
    splits.mkdir()
    (splits / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    saved(splits / "train", [[0]])
    with pytest.raises(DataError, match="one for each split") as caught:
        read(Source(path=splits, shown="all"))
    assert caught.value.hint == "name one of them: all/train, all/test"
    assert read(Source(path=splits / "train"))["label"] == [0]


@pytest.mark.parametrize(
    "state",
    [
        "{",
        "[]",
        "[" * 100_000,
        '{"_data_files": 3}',
        '{"_data_files": []}',
        '{"_data_files": [{"filename": "../x.arrow"}]}',
        '{"_data_files": [{"filename": "/etc/passwd"}]}',
        '{"_data_files": [{"filename": "state.json"}]}',
        '{"_data_files": ["x.arrow", {"filename": null}]}',
    ],
    ids=range(9),
)
def test_a_state_that_makes_no_sense_is_told(tmp_path: Path, state: str) -> None:
    (tmp_path / "state.json").write_text(state, "utf-8")
    with pytest.raises(DataError, match="state.json"):
        read(Source(path=tmp_path))
