"""How far two distributions are apart: the distances of TensorFlow Data Validation.

Texts are compared by how often each occurs, numbers by their histograms. Differences
from TFDV: all distinct texts count, not the 1,000 most frequent ones, and NaN is never
lost when histograms are cut on common edges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from gate.data.columns import Array, utf8
from gate.data.quantiles import Bucket

Counts = Mapping[str, int]

_HUGE = 1e300


class Furthest(NamedTuple):
    """A distance, and the text that is the furthest apart."""

    value: float
    text: str


def infinity_norm(ours: Counts, theirs: Counts) -> Furthest:
    """max |p - q| over the texts' shares p and q; a side without values has none.

    From 0 to 1. It does not depend on the number of values.
    """
    return _furthest(ours, theirs, sum(ours.values()), sum(theirs.values()))


def normalized_abs_difference(ours: Counts, theirs: Counts) -> Furthest:
    """max |a - b| / (sum(a) + sum(b)) over the texts' counts a and b.

    From 0 to 1. Of two tables with the same shares the larger one is apart, too.
    """
    total = sum(ours.values()) + sum(theirs.values())
    return _furthest(ours, theirs, total, total)


def _furthest(ours: Counts, theirs: Counts, total: int, other: int) -> Furthest:
    """Of texts that are equally far apart the one with the greatest bytes, as TFDV."""
    best = Furthest(0.0, "")
    for text in ours.keys() | theirs.keys():
        share = ours.get(text, 0) / total if total else 0.0
        share -= theirs.get(text, 0) / other if other else 0.0
        distance = abs(share)
        if distance < best.value:
            continue
        if distance > best.value or utf8(text) > utf8(best.text):
            best = Furthest(distance, text)
    return best


def divergence(p: Array, q: Array) -> Array:
    """Jensen-Shannon divergence of weights along the last axis, in bits, 0 to 1.

    (KL(P||M) + KL(Q||M)) / 2 with M = (P + Q) / 2 (Lin: Divergence measures based on
    the Shannon entropy, IEEE Trans. Inf. Theory 37, 1991). It is no distance: that
    would be its square root. NaN where a side weighs nothing.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        p = p / p.sum(axis=-1, keepdims=True)
        q = q / q.sum(axis=-1, keepdims=True)
        middle = (p + q) / 2
        terms = np.where(p > 0, p * np.log2(p / middle), 0.0)
        terms += np.where(q > 0, q * np.log2(q / middle), 0.0)
        empty = np.isnan(p).any(axis=-1) | np.isnan(q).any(axis=-1)
    return np.where(empty, np.nan, np.clip(terms.sum(axis=-1) / 2, 0.0, 1.0))


def texts_divergence(ours: Counts, theirs: Counts) -> float | None:
    """The divergence of texts' counts; None where a side has none."""
    if not ours or not theirs:
        return None
    return float(divergence(*side_by_side(ours, theirs)))


def side_by_side(ours: Counts, theirs: Counts) -> tuple[Array, Array]:
    """The counts of every text of either side, as float64 in one order."""
    texts = list(dict.fromkeys([*ours, *theirs]))
    p = np.fromiter((ours.get(text, 0) for text in texts), np.float64, len(texts))
    q = np.fromiter((theirs.get(text, 0) for text in texts), np.float64, len(texts))
    return p, q


class Histogram(NamedTuple):
    """Weights of buckets from `low` to `high` (float64 arrays), and that of NaN."""

    low: Array
    high: Array
    weight: Array
    nans: float = 0.0

    @classmethod
    def of(cls, buckets: Iterable[Bucket], nans: int = 0) -> Histogram:
        rows = [(bucket.low, bucket.high, bucket.count) for bucket in buckets]
        low, high, weight = np.array(rows, np.float64).reshape(-1, 3).T
        return cls(low, high, weight, float(nans))


def numbers_divergence(ours: Histogram, theirs: Histogram) -> float | None:
    """The divergence of two histograms on common cells; None where one is empty."""
    value = float(divergence(*aligned(ours, theirs)))
    return None if np.isnan(value) else value


def aligned(ours: Histogram, theirs: Histogram) -> tuple[Array, Array]:
    """The weights of two histograms in the same cells.

    Buckets are cut on all edges of both, their weight spread evenly over their
    width. A bucket without width is a cell that only the same value of the other side
    shares. What is infinite or NaN is shared with nothing, not even with its like.
    """
    point, inner = _point(ours), _inner(ours)
    other_point, other_inner = _point(theirs), _inner(theirs)
    edges = np.unique(
        np.concatenate(
            [
                h[mask]
                for one, mask in ((ours, inner), (theirs, other_inner))
                for h in (one.low, one.high)
            ]
        )
    )
    values = np.unique(np.concatenate([ours.low[point], theirs.low[other_point]]))
    lone = np.array([_lone(ours), _lone(theirs)])
    p = [_spread(ours, inner, edges), _at(ours, point, values), lone * [1, 0]]
    q = [_spread(theirs, other_inner, edges), _at(theirs, other_point, values)]
    q.append(lone * [0, 1])
    lonely_nans = np.array([ours.nans, theirs.nans])
    return (
        np.concatenate([*p, lonely_nans * [1, 0]]),
        np.concatenate([*q, lonely_nans * [0, 1]]),
    )


def _finite(one: Histogram) -> Array:
    return np.asarray(np.isfinite(one.low) & np.isfinite(one.high))


def _inner(one: Histogram) -> Array:
    return np.asarray(_finite(one) & (one.low < one.high))


def _point(one: Histogram) -> Array:
    return np.asarray(_finite(one) & (one.low == one.high))


def _lone(one: Histogram) -> float:
    """The weight of what is infinite."""
    return float(one.weight[~_finite(one)].sum())


def _at(one: Histogram, point: Array, values: Array) -> Array:
    """The weight at each of the values."""
    place = np.searchsorted(values, one.low[point])
    return np.bincount(place, weights=one.weight[point], minlength=len(values))


def _spread(one: Histogram, inner: Array, edges: Array) -> Array:
    """The weight between each two edges, among which are all edges of its own."""
    if not len(edges):
        return np.zeros(0)
    low, high, weight = one.low[inner], one.high[inner], one.weight[inner]
    result = np.zeros(len(edges) - 1)
    # The distance of the two largest floats is infinite, that of their halves is not.
    scaled = edges / 2 if np.abs(edges).max() > _HUGE else edges
    starts, ends = np.searchsorted(edges, low), np.searchsorted(edges, high)
    for start, end, mass in zip(starts, ends, weight, strict=True):
        width = scaled[end] - scaled[start]
        result[start:end] += mass * (np.diff(scaled[start : end + 1]) / width)
    return result
