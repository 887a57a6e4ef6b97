"""What is to be analysed of a model, and what it is held to: one entry of gate.yaml.

The same keys are read by `gate model analyze`, from a file of their own.
"""

from __future__ import annotations

import enum
from typing import Annotated, Any, ClassVar, Literal

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
# Bounded, because NaN and infinity are no numbers to compute with.
Positive = Annotated[float, msgspec.Meta(gt=0, le=1e9)]
Finite = Annotated[float, msgspec.Meta(ge=-1e70, le=1e70)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class Task(str, enum.Enum):
    """What the model predicts."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"


class Bins(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A numeric column cut into slices: at these edges, or into parts of equal size."""

    column: str
    bins: Annotated[
        tuple[Finite, ...],
        msgspec.Meta(
            description="The edges: `[0, 30, 60]` is `[0, 30)` and `[30, 60]`"
        ),
    ] = ()
    quantiles: Annotated[
        Annotated[int, msgspec.Meta(ge=2, le=100)] | None,
        msgspec.Meta(description="Into how many parts of equal size instead."),
    ] = None


Buckets = Annotated[int, msgspec.Meta(ge=2, le=100)]


class EqualWidth(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A numeric column cut into parts of equal width."""

    column: str
    buckets: Buckets = 2


SliceSpec = str | tuple[str | Bins, ...] | Bins


class Bounds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a number may be, both bounds included."""

    directions: ClassVar[dict[str, str]] = {"min": "rising", "max": "falling"}

    min: float | None = None
    max: float | None = None


class Gap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a metric may differ between the slices of a column."""

    directions: ClassVar[dict[str, str]] = {
        "max_difference": "falling",
        "min_ratio": "rising",
    }

    max_difference: Annotated[float, msgspec.Meta(ge=0)] | None = None
    min_ratio: Share | None = None


class Compare(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the predictions may change against those of the base branch."""

    directions: ClassVar[dict[str, str]] = {
        "max_drop": "each falling",
        "slices": "set",
        "significance": "rising",
        "max_flips": "falling",
        "lost_rows": "severity",
        "new_rows": "severity",
    }

    max_drop: Annotated[
        dict[str, Annotated[float, msgspec.Meta(ge=0)]],
        msgspec.Meta(
            description="How much worse a metric may get; more closes the gate where"
            " it is significant, and is a warning where it is not."
        ),
    ] = {}
    slices: Annotated[bool, msgspec.Meta(description="Hold each slice to it too.")] = (
        True
    )
    significance: Annotated[
        Share,
        msgspec.Meta(description="The level of the tests, over all slices (Holm)."),
    ] = 0.05
    max_flips: Annotated[
        Share | None,
        msgspec.Meta(description="The share of decisions that may differ."),
    ] = None
    lost_rows: Annotated[
        Literal["error", "warning", "off"],
        msgspec.Meta(description="What rows of the base that are gone count as."),
    ] = "error"
    new_rows: Annotated[
        Literal["error", "warning", "off"],
        msgspec.Meta(description="What rows that the base has not count as."),
    ] = "warning"


class Parity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Thresholds of each slice that make a measure of them alike."""

    directions: ClassVar[dict[str, str]] = {"tolerance": "falling"}

    measure: Literal["selection_rate", "recall", "accuracy"] = "recall"
    tolerance: Share = 0.05


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What wrong decisions cost, and how much more than the least it may be."""

    directions: ClassVar[dict[str, str]] = {"max_regret": "falling", "parity": "set"}

    cost_ratio: Annotated[
        Positive,
        msgspec.Meta(description="What a false positive costs; a false negative is 1."),
    ] = 1.0
    max_regret: Annotated[
        Annotated[float, msgspec.Meta(ge=0)] | None,
        msgspec.Meta(
            description="How much more the threshold may cost than the best one:"
            " 0.05 is 5 %."
        ),
    ] = None
    parity: Parity | None = None


class Flip(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An attribute that is swapped in every row, and how many decisions may change."""

    directions: ClassVar[dict[str, str]] = {"max_rate": "falling"}

    column: str
    map: dict[str, str]
    max_rate: Share | None = None


class Counterfactual(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """The nearest row with another outcome, of each row."""

    directions: ClassVar[dict[str, str]] = {
        "sample": "free",
        "min_median_distance": "rising",
        "note": "free",
    }

    distance: Literal["L1", "L2"] | tuple[Literal["L1", "L2"], ...] = "L1"
    sample: Annotated[
        Count | None,
        msgspec.Meta(
            description="Of how many rows. Default: of all, or of as many as are quick."
        ),
    ] = None
    min_difference: Annotated[
        Positive | None,
        msgspec.Meta(
            description="Regression: by how much a prediction has to differ. Default:"
            " the standard deviation of the predictions."
        ),
    ] = None
    min_median_distance: Annotated[float, msgspec.Meta(ge=0)] | None = None
    note: str = ""


class Dependence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Partial dependence of the predictions on each feature."""

    features: tuple[str, ...] = ()
    grid: Annotated[int, msgspec.Meta(ge=2, le=1000)] = 10
    rows: Annotated[
        Count | None,
        msgspec.Meta(
            description="Of how many rows. Default: of all, or of as many as are quick."
        ),
    ] = None


class Segments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The search for slices that nobody named and where the model is worse."""

    min_share: Share = 0.02
    features: tuple[str, ...] = ()


class Edit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row with other values."""

    row: Annotated[int, msgspec.Meta(ge=0)]
    values: dict[str, Any]


class Spec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model: its predictions, what to look at, and what it is held to."""

    directions: ClassVar[dict[str, str]] = {
        "name": "free",
        "slices": "more",
        "numeric_slices": "set",
        "min_rows": "falling",
        "confidence": "set",
        "metrics": "each",
        "slice_metrics": "each",
        "per_slice": "each each",
        "gaps": "each",
        "cost_ratios": "free",
        "counterfactual": "set",
        "predict": "set",
        "monotone": "each",
        "flip": "each",
        "edits": "free",
        "segments": "free",
    }

    predictions: Annotated[
        str,
        msgspec.Meta(
            description="The file of predictions: CSV, JSON lines or Parquet."
        ),
    ] = "predictions.csv"
    name: Annotated[
        str, msgspec.Meta(description="What to call it. Default: the file's stem.")
    ] = ""
    task: Annotated[
        Task | None, msgspec.Meta(description="Default: what the columns tell.")
    ] = None
    base: Annotated[
        str,
        msgspec.Meta(
            description="A file to compare with. Default: the same path at the base."
        ),
    ] = ""
    id: Annotated[str, msgspec.Meta(description="The column that names a row.")] = "id"
    label: Annotated[str, msgspec.Meta(description="The column with the truth.")] = (
        "label"
    )
    score: Annotated[
        str, msgspec.Meta(description="Binary: the column with the score.")
    ] = "score"
    pred: Annotated[
        str, msgspec.Meta(description="The column with the class or number predicted.")
    ] = "pred"
    scores: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            description="Multi-class: the columns with a score for each class."
            " Default: those that begin with `score_`."
        ),
    ] = ()
    positive: Annotated[
        str | int | float | bool | None,
        msgspec.Meta(description="Binary: the label that is positive. Default: 1."),
    ] = None
    weight: Annotated[
        str, msgspec.Meta(description="The column with the weight of each row.")
    ] = ""
    threshold: Annotated[
        Finite, msgspec.Meta(description="Positive is a score of at least this.")
    ] = 0.5
    slices: Annotated[
        tuple[SliceSpec, ...],
        msgspec.Meta(
            description="Columns to slice by; a list of two is crossed, and"
            " `{column, bins}` or `{column, quantiles}` cuts numbers."
        ),
    ] = ()
    numeric_slices: Annotated[
        dict[str, Buckets | tuple[Finite, ...]] | tuple[str | EqualWidth, ...],
        msgspec.Meta(
            description="Columns cut into so many parts of equal width, as the"
            " What-If Tool does, wherever they are sliced by: `{age: 3}`. Default: 2."
        ),
    ] = {}
    min_rows: Annotated[
        Count, msgspec.Meta(description="Smaller slices are shown, never judged.")
    ] = 30
    confidence: Annotated[
        bool,
        msgspec.Meta(
            description="Judge by the bound of the 95 % interval, not by the number."
        ),
    ] = False
    metrics: Annotated[
        dict[str, Bounds], msgspec.Meta(description="What each metric may be.")
    ] = {}
    slice_metrics: Annotated[
        dict[str, Bounds],
        msgspec.Meta(description="What each metric may be on every slice."),
    ] = {}
    per_slice: Annotated[
        dict[str, dict[str, Bounds]],
        msgspec.Meta(
            description="What each metric may be on one slice: `sex=f`, crossed"
            " `sex/region=f/north`. A slice that is not in the data closes the gate."
        ),
    ] = {}
    gaps: Annotated[
        dict[str, Gap],
        msgspec.Meta(description="How far each may differ between slices."),
    ] = {}
    compare: Annotated[
        Compare, msgspec.Meta(description="Against the base branch.")
    ] = Compare()
    decision: Annotated[
        Decision, msgspec.Meta(description="Whether the threshold is a good one.")
    ] = Decision()
    cost_ratios: Annotated[
        tuple[Positive, ...],
        msgspec.Meta(description="The costs for which thresholds are optimised."),
    ] = ()
    features: Annotated[
        tuple[str, ...] | dict[str, Literal["int", "float", "cat"]],
        msgspec.Meta(description="The columns that the model sees. Default: the rest."),
    ] = ()
    counterfactual: Counterfactual | None = None
    predict: Annotated[
        str,
        msgspec.Meta(
            description="`module:function`, which predicts a frame of features."
        ),
    ] = ""
    inputs: Annotated[
        str,
        msgspec.Meta(
            description="The file of features for `predict`, in the order of the"
            " predictions or joined by `id`. Default: the predictions themselves."
        ),
    ] = ""
    pdp: Dependence = Dependence()
    monotone: dict[str, Literal["increasing", "decreasing", "none"]] = {}
    flip: Flip | tuple[Flip, ...] = ()
    edits: tuple[Edit, ...] = ()
    segments: Segments = Segments()


IGNORED = ("title", "source", "rows", "note")  # what describes a case, for people
