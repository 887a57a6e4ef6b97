"""Calls a project's function that predicts, in the project's own Python.

`gate.predicting` runs the text of this module there with `python -c`; a notebook has
`answers` called in its own process. So nothing of the gate is imported, and only
NumPy and pandas are needed. What is asked and what is answered are files of one
folder, so that a function may print what it likes:

request.json   the function, the columns, and what is changed in them
*.npy          the columns, and the rows that are asked for
answer.f8      the numbers that it predicts, of all questions one after the other
error.json     what went wrong instead
"""

import importlib
import json
import os
import sys
import traceback
from typing import Any, NoReturn

import numpy as np
import pandas as pd

BATCH = 100_000  # rows that the function is given at once, unless one question has more
MAX_SCORES = 1_000  # numbers for one row
_LINES, _TEXT = 12, 3_000  # of a traceback: lines, characters
_BOOLEANS = dict.fromkeys(("True", "TRUE", "true"), True)  # as pandas reads a CSV
_BOOLEANS.update(dict.fromkeys(("False", "FALSE", "false"), False))


class Wrong(Exception):
    """The function's answer is not what it has to be."""


def frame_of(columns: Any) -> pd.DataFrame:
    """A DataFrame, with the types that `pandas.read_csv` would have given it.

    `columns` are (name, kind, values, missing, texts) as a `Feature` has them.
    """
    series = [_series(*column[1:]) for column in columns]
    frame = pd.concat(series, axis=1) if series else pd.DataFrame()
    frame.columns = [column[0] for column in columns]
    return frame


def _series(kind: str, values: Any, missing: Any, texts: Any) -> Any:
    if kind == "cat":
        cells = [_BOOLEANS[t] for t in texts] if _is_boolean(texts) else list(texts)
        table = pd.Series([*cells, np.nan] if missing.any() else cells)
        codes = np.where(missing, len(cells), values)
        return table.take(codes).reset_index(drop=True)
    if missing.any():
        values = np.where(missing, np.nan, values.astype(np.float64))
    return pd.Series(values)


def _is_boolean(texts: Any) -> bool:
    return bool(texts) and all(text in _BOOLEANS for text in texts)


def answers(function: Any, columns: Any, changes: Any) -> list[Any]:
    """What the function predicts under each change: arrays (rows,) or (rows, k).

    A change is (rows or None for all, {column: value}, {column: [(from, to), ...]}).
    """
    frame = frame_of(columns)
    booleans = {c[0] for c in columns if c[1] == "cat" and _is_boolean(c[4])}
    batch: list[pd.DataFrame] = []
    told: list[Any] = []
    size = 0
    for change in changes:
        part = _changed(frame, change, booleans)
        fits = size + len(part) <= BATCH
        if batch and not (fits and part.dtypes.equals(batch[0].dtypes)):
            told += _called(function, batch)
            batch, size = [], 0
        batch.append(part)
        size += len(part)
    return told + (_called(function, batch) if batch else [])


def _changed(frame: pd.DataFrame, change: Any, booleans: set[str]) -> pd.DataFrame:
    rows, values, maps = change
    part = frame.copy() if rows is None else frame.take(rows).reset_index(drop=True)
    for name, value in values.items():
        value = _BOOLEANS.get(value, value) if name in booleans else value
        part[name] = np.nan if value is None else value
    for name, pairs in maps.items():
        if name in booleans:
            pairs = [[_BOOLEANS.get(x, x) for x in pair] for pair in pairs]
        old = part[name]
        new = old.copy()
        for before, after in pairs:
            new[old == before] = after
        part[name] = new
    return part


def _called(function: Any, parts: list[pd.DataFrame]) -> list[Any]:
    whole = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    rows = len(whole)
    answer = _array(function(whole), rows)
    ends = np.cumsum([len(part) for part in parts])
    return np.split(answer, ends[:-1])


def _array(answer: Any, rows: int) -> Any:
    if answer is None:
        raise Wrong("it returned nothing (None)")
    try:
        array = np.asarray(answer)
        kind = array.dtype.kind
        array = array.astype(np.float64)
    except (TypeError, ValueError):
        raise Wrong(f"it returned no numbers, but {type(answer).__name__}") from None
    if kind in "USMmc":
        raise Wrong("it returned no real numbers; scores are wanted, not labels")
    if array.ndim not in (1, 2) or array.shape[0] != rows:
        what = "one number or one line of scores a row"
        raise Wrong(
            f"for {rows} rows it returned shape {array.shape}: wanted is {what}"
        )
    if array.ndim == 2 and array.shape[1] > MAX_SCORES:
        raise Wrong(f"it returned {array.shape[1]} numbers for each row")
    return array


def find(target: str) -> Any:
    """The function that `module:function` names."""
    module, _, name = target.partition(":")
    found = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    if not callable(found):
        raise Wrong(f"`{name}` is no function")
    return found


def read(folder: str) -> tuple[str, Any, Any]:
    """The target, the columns and the changes of a request."""
    with open(os.path.join(folder, "request.json"), encoding="utf-8") as file:
        request = json.load(file)

    def load(name: str) -> Any:
        return np.load(os.path.join(folder, name), allow_pickle=False)

    columns = [
        (c["name"], c["kind"], load(c["values"]), load(c["missing"]), c["texts"])
        for c in request["columns"]
    ]
    rows = {name: load(name) for name in request["rows"]}
    changes = [
        (rows[c["rows"]] if c["rows"] else None, c["values"], c["maps"])
        for c in request["changes"]
    ]
    return request["target"], columns, changes


def main(folder: str) -> NoReturn:
    """Answer the request in a folder, and end this process at once."""
    step, status = "start", 1
    try:
        target, columns, changes = read(folder)
        # The project's own modules: only now, that none of them is taken for another.
        sys.path.insert(0, os.getcwd())  # noqa: RQ102
        step = "import"
        function = find(target)
        step = "call"
        told = answers(function, columns, changes)
        step = "answer"
        if len({array.shape[1:] for array in told}) > 1:
            raise Wrong("it returned now one number a row, now several")
        numbers = np.concatenate(told).astype("<f8")
        numbers.tofile(os.path.join(folder, "answer.f8"))
        status = 0
    except Wrong as error:
        _complain(folder, "answer", str(error))
    except BaseException as error:  # whatever a project's code does
        lines = traceback.format_exception(type(error), error, error.__traceback__)
        shown = "".join(lines).rstrip().splitlines()[-_LINES:]
        _complain(folder, step, "\n".join(shown)[-_TEXT:])
    os._exit(status)  # threads that it left would keep it alive


def _complain(folder: str, step: str, text: str) -> None:
    with open(os.path.join(folder, "error.json"), "w", encoding="utf-8") as file:
        json.dump({"step": step, "text": text}, file)


if __name__ == "__main__":
    main(sys.argv[1])
