"""Logistic regression with an L2 penalty, and the choice of that penalty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from taxi_tips.metrics import log_loss
from taxi_tips.rides import Floats

STEPS = 50
TOLERANCE = 1e-8


@dataclass(frozen=True)
class Model:
    """Weights of shape (features,), and an intercept that is not penalised."""

    weights: Floats
    intercept: float

    def predict(self, features: Floats) -> Floats:
        """The probability of a generous tip for each row, shape (n,)."""
        return _sigmoid(features @ self.weights + self.intercept)


def fit(features: Floats, labels: Floats, penalty: float) -> Model:
    """Minimise the mean log loss + penalty / 2 * |weights|^2 by Newton's method.

    Every step solves one weighted least squares problem; see Hastie, Tibshirani and
    Friedman, The Elements of Statistical Learning, section 4.4.1.

    Raises:
        ValueError: the shapes do not agree, or the penalty is not positive.
    """
    if features.shape[0] != labels.shape[0]:
        raise ValueError(f"{features.shape[0]} rows, but {labels.shape[0]} labels")
    if penalty <= 0:
        raise ValueError("the penalty must be positive: one-hot columns are collinear")
    rows = features.shape[0]
    design = np.column_stack([np.ones(rows), features])
    ridge = np.full(design.shape[1], penalty)
    ridge[0] = 0.0
    beta = np.zeros(design.shape[1])
    for _ in range(STEPS):
        probability = _sigmoid(design @ beta)
        gradient = design.T @ (probability - labels) / rows + ridge * beta
        curvature = np.maximum(probability * (1 - probability), 1e-9)
        hessian = (design.T * curvature) @ design / rows + np.diag(ridge)
        step = np.linalg.solve(hessian, gradient)
        beta -= step
        if float(np.abs(step).max()) < TOLERANCE:
            break
    return Model(weights=beta[1:], intercept=float(beta[0]))


def choose_penalty(
    features: Floats,
    labels: Floats,
    penalties: Sequence[float],
    *,
    seed: int,
    folds: int = 5,
) -> float:
    """The penalty with the smallest log loss in a cross-validation."""
    shuffled = np.random.default_rng(seed).permutation(labels.shape[0])
    parts = np.array_split(shuffled, folds)

    def loss(penalty: float) -> float:
        losses = []
        for held_out in parts:
            kept = np.setdiff1d(shuffled, held_out)
            model = fit(features[kept], labels[kept], penalty)
            predicted = model.predict(features[held_out])
            losses.append(log_loss(labels[held_out], predicted))
        return float(np.mean(losses))

    return min(penalties, key=loss)


def _sigmoid(values: Floats) -> Floats:
    clipped: Floats = np.clip(values, -35.0, 35.0)
    return 1.0 / (1.0 + np.exp(-clipped))
