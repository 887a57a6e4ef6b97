"""What an earlier version of the predict function says of the same rows."""

from __future__ import annotations

import csv
from pathlib import Path

from gate.errors import ConfigError
from gate.model import features, inputs, predicting, reading
from gate.model.predicting import Ask, Change
from gate.model.spec import Spec, Task


def write(spec: Spec, folder: Path, ask: Ask, path: Path) -> None:
    """Write its predictions of today's rows to `path`, as a base's file has them.

    `ask` asks the earlier function; `folder` has the files of today.

    Raises:
        ConfigError: the rows have no identifiers, or there are no features.
        ToolError: the function fails, or what it answers cannot be used.
    """
    predictions = reading.read(spec, folder / spec.predictions)
    if predictions.ids is None:
        raise ConfigError(f"the predictions have no column `{spec.id}`")
    seen, _ = inputs.seen(spec, folder, predictions)
    frame = features.of(seen, tuple(spec.features))
    if not frame:
        raise ConfigError("there are no features to predict from")
    (answer,) = ask(frame, [Change()])
    told = predicting.outcomes(answer, predictions, spec.threshold)
    columns = {spec.id: predictions.ids.to_pylist()}
    if predictions.task is Task.BINARY:
        columns[spec.score] = told.scores.tolist()
    elif predictions.task is Task.REGRESSION:
        columns[spec.pred] = told.scores.tolist()
    else:
        columns[spec.pred] = [predictions.classes[n] for n in told.decisions]
        if not spec.scores:  # whose order is the file's
            for place, name in enumerate(predictions.classes):
                columns[f"score_{name}"] = told.scores[:, place].tolist()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
