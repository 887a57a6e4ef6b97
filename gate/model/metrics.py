"""What a model is worth, overall and on each slice: the metrics and their values.

Names and definitions are scikit-learn's. A ratio of nothing is None, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from gate import typed
from gate.data.columns import Array
from gate.errors import ConfigError
from gate.model.predictions import Predictions
from gate.model.slicing import Slices
from gate.model.spec import Spec, Task

Better = Literal["higher", "lower", ""]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric: of which tasks, which way is better, its range, when undefined."""

    name: str
    tasks: tuple[Task, ...]
    better: Better = "higher"
    least: float | None = 0.0
    most: float | None = 1.0
    undefined: str = "no weight"


_B, _M, _R = (Task.BINARY,), (Task.MULTICLASS,), (Task.REGRESSION,)
_BM = (*_B, *_M)
_NO_POSITIVE, _NO_NEGATIVE = "no positive rows", "no negative rows"
_ONE = "only one class"
_RANGE = "the scores are no probabilities"
_NO_SCORES = "no probabilities of the classes"


def _metric(
    name: str, tasks: tuple[Task, ...], undefined: str = "no weight", **more: Any
) -> Metric:
    return Metric(name=name, tasks=tasks, undefined=undefined, **more)


def _count(name: str) -> Metric:
    return _metric(name, _B, better="", most=None)


def _error(name: str, better: Better = "lower", **more: Any) -> Metric:
    return _metric(name, _R, better=better, **{"most": None, **more})


METRICS: dict[str, Metric] = {
    one.name: one
    for one in (
        *map(_count, ("tp", "fp", "fn", "tn")),
        _metric("accuracy", _BM),
        _metric("precision", _B, "no rows are predicted positive"),
        _metric("recall", _B, _NO_POSITIVE),
        _metric("specificity", _B, _NO_NEGATIVE),
        _metric("fpr", _B, _NO_NEGATIVE, better="lower"),
        _metric("fnr", _B, _NO_POSITIVE, better="lower"),
        _metric("f1", _B, f"{_NO_POSITIVE}, and none predicted"),
        _metric("balanced_accuracy", _BM, _ONE),
        _metric("mcc", _BM, "only one class in labels or predictions", least=-1.0),
        _metric("selection_rate", _B, better=""),
        _metric("base_rate", _B, better=""),
        _metric("roc_auc", _B, _ONE),
        _metric("average_precision", _B, _NO_POSITIVE),
        _metric("brier", _B, _RANGE, better="lower"),
        _metric("ece_10", _B, _RANGE, better="lower"),
        _metric("log_loss", _BM, _RANGE, better="lower", most=None),
        _metric("top2_accuracy", _M, _NO_SCORES),
        *(
            _metric(f"{average}_{name}", _M, "no class has one")
            for average in ("macro", "micro", "weighted")
            for name in ("f1", "precision", "recall")
        ),
        _metric("cohen_kappa", _M, "only one class, always predicted", least=-1.0),
        _metric("macro_ovr_roc_auc", _M, "no scores, or only one class"),
        _error("mean_error", "", least=None),
        _error("mae"),
        _error("mse"),
        _error("rmse"),
        _error("median_error", "", least=None),
        _error("median_absolute_error"),
        _error("median_squared_error"),
        _error("max_error"),
        _error(
            "r2", "higher", least=None, most=1.0, undefined="the labels do not vary"
        ),
    )
}


def check_names(spec: Spec, task: Task) -> None:
    """Refuse a specification that names a metric that the task does not have.

    Raises:
        ConfigError: it does; names where, and the nearest.
    """
    named: dict[str, Iterable[str]] = {
        "metrics": spec.metrics,
        "slice_metrics": spec.slice_metrics,
        **{f"per_slice.{part}": some for part, some in spec.per_slice.items()},
        "gaps": spec.gaps,
        "compare.max_drop": spec.compare.max_drop,
    }
    for key, name in ((key, name) for key, some in named.items() for name in some):
        if name not in METRICS:
            hint = typed.nearest(name, names(task)) or f"there are {_all(task)}"
            raise ConfigError(f"`{key}` names no metric: `{name}`", hint=hint)
        if task not in METRICS[name].tasks:
            tasks = " and ".join(one.value for one in METRICS[name].tasks)
            raise ConfigError(
                f"`{key}` names `{name}`, a metric of {tasks}, and this is"
                f" {task.value}",
                hint=f"there are {_all(task)}",
            )


def _all(task: Task) -> str:
    return ", ".join(f"`{name}`" for name in names(task))


def names(task: Task) -> tuple[str, ...]:
    """The metrics of a task, in the order in which they are told."""
    return tuple(name for name, one in METRICS.items() if task in one.tasks)


@dataclass(frozen=True, eq=False)
class Measured:
    """The metrics of some rows.

    `n` counts the rows, `weight` is what they weigh together where they have weights.
    `values` has each metric of the task by its name, None where it is undefined, and
    `undefined` why. Multi-class: `per_class` has the metrics of each class against all
    others, and `confusion` the counts, rows actual and columns predicted.
    """

    n: int
    weight: float | None
    values: dict[str, float | None]
    undefined: dict[str, str]
    per_class: dict[str, dict[str, float | None]] = field(default_factory=dict)
    confusion: tuple[tuple[float, ...], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values, as the command prints them."""
        found: dict[str, Any] = {"n": self.n}
        if self.weight is not None:
            found["weight"] = self.weight
        found |= self.values
        if self.per_class:
            found["confusion_rows_actual_cols_predicted"] = self.confusion
            found["per_class"] = self.per_class
        if self.undefined:
            found["undefined"] = self.undefined
        return found


def measure(
    predictions: Predictions, slices: Slices | None = None
) -> tuple[Measured, ...]:
    """The metrics on each slice, in the order of their names; overall without slices.

    The predictions must have labels.
    """
    return measurer(predictions).measure(slices)


class Measurer:
    """Measures predictions by any slices; what all of them need is computed once."""

    def __init__(self, predictions: Predictions) -> None:
        assert predictions.label is not None
        self.predictions = predictions
        self.label: Array = predictions.label

    def measure(self, slices: Slices | None = None) -> tuple[Measured, ...]:
        """See `gate.model.metrics.measure`."""
        raise NotImplementedError

    def groups(self, slices: Slices | None) -> Groups:
        """The slices of the rows, or all rows as the only one."""
        return Groups(self.predictions, slices)


class Groups:
    """Rows in groups: `codes` (intp, shape (n,)), of each `count` and `weight`."""

    def __init__(self, predictions: Predictions, slices: Slices | None) -> None:
        self.task = predictions.task
        self.size = 1 if slices is None else len(slices)
        rows = len(predictions)
        self.codes = (
            np.zeros(rows, np.intp)
            if slices is None
            else slices.codes.astype(np.intp, copy=False)
        )
        self.row_weight = predictions.weight
        self.counts = np.bincount(self.codes, minlength=self.size)
        self.weight = self.total(None)

    def total(self, values: Array | None) -> Array:
        """The weighted sums of values in each group, float64; of 1 without any."""
        if values is None and self.row_weight is None:
            return self.counts.astype(np.float64)
        if values is None:
            values = self.row_weight
        elif self.row_weight is not None:
            values = values * self.row_weight
        return np.bincount(self.codes, values, minlength=self.size)

    def mean(self, values: Array) -> Array:
        """The weighted means of values in each group."""
        return ratio(self.total(values), self.weight)


def ratio(above: Array, below: Array) -> Array:
    """Ratios; NaN where there is nothing below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)


def measurer(predictions: Predictions) -> Measurer:
    """What measures predictions of their task."""
    from gate.model import binary, multiclass, regression

    kinds: dict[Task, type[Measurer]] = {
        Task.BINARY: binary.Binary,
        Task.MULTICLASS: multiclass.Multiclass,
        Task.REGRESSION: regression.Regression,
    }
    return kinds[predictions.task](predictions)


def measured(
    groups: Groups, columns: dict[str, Array], **more: list[Any]
) -> tuple[Measured, ...]:
    """The measured of each group, from an array with a value for each, by metric.

    A metric of the task that has no array is undefined on all of them.
    """
    weighs = groups.row_weight is not None
    nothing = np.full(groups.size, np.nan)
    columns = {name: columns.get(name, nothing) for name in names(groups.task)}
    found = []
    for i in range(groups.size):
        values = {name: plain(column[i]) for name, column in columns.items()}
        weight = float(groups.weight[i])
        undefined = {
            name: METRICS[name].undefined if weight else "no weight"
            for name, value in values.items()
            if value is None
        }
        found.append(
            Measured(
                n=int(groups.counts[i]),
                weight=weight if weighs else None,
                values=values,
                undefined=undefined,
                **{key: of_each[i] for key, of_each in more.items()},
            )
        )
    return tuple(found)


def plain(value: Any) -> float | None:
    """A number of numpy's as Python's; None if it is NaN."""
    value = value.item()
    return None if value != value else value
