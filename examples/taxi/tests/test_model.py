"""The regression against what is known of it."""

from __future__ import annotations

import numpy as np
import pytest

from taxi_tips.metrics import log_loss
from taxi_tips.model import Model, choose_penalty, fit
from taxi_tips.rides import Floats

TRUE = np.array([1.5, -0.8, 0.0])


def sample(rows: int, seed: int = 3) -> tuple[Floats, Floats]:
    random = np.random.default_rng(seed)
    features = random.normal(size=(rows, 3))
    probability = 1 / (1 + np.exp(-(features @ TRUE - 0.5)))
    return features, (random.random(rows) < probability).astype(np.float64)


def test_the_weights_that_made_the_labels_are_found() -> None:
    model = fit(*sample(20_000), penalty=1e-6)
    np.testing.assert_allclose(model.weights, TRUE, atol=0.08)
    assert model.intercept == pytest.approx(-0.5, abs=0.05)


def test_the_gradient_vanishes_at_the_solution() -> None:
    features, labels = sample(500)
    model = fit(features, labels, penalty=0.1)
    residual = model.predict(features) - labels
    gradient = features.T @ residual / 500 + 0.1 * model.weights
    np.testing.assert_allclose(gradient, 0, atol=1e-8)
    assert residual.mean() == pytest.approx(0, abs=1e-8)


def test_a_larger_penalty_shrinks_the_weights() -> None:
    features, labels = sample(500)
    weak, strong = (fit(features, labels, p) for p in (0.001, 10.0))
    assert np.abs(strong.weights).sum() < 0.1 * np.abs(weak.weights).sum()


def test_labels_that_can_be_separated_stay_finite() -> None:
    features = np.array([[-1.0], [-2.0], [1.0], [2.0]])
    model = fit(features, np.array([0.0, 0.0, 1.0, 1.0]), penalty=0.001)
    assert np.isfinite(model.weights).all()


def test_far_scores_do_not_overflow() -> None:
    model = Model(weights=np.array([1e6]), intercept=0.0)
    assert model.predict(np.array([[-1.0], [1.0]])) == pytest.approx([0, 1])


def test_shapes_that_disagree_are_refused() -> None:
    features, labels = sample(10)
    with pytest.raises(ValueError, match="10 rows, but 9 labels"):
        fit(features, labels[:9], penalty=0.1)


def test_a_penalty_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="must be positive"):
        fit(*sample(10), penalty=0.0)


def test_the_choice_of_the_penalty_depends_on_the_seed_alone() -> None:
    features, labels = sample(300)
    choices = {
        choose_penalty(features, labels, (0.001, 0.1, 10.0), seed=4) for _ in range(3)
    }
    assert len(choices) == 1 and choices < {0.001, 0.1}


def test_a_trained_model_beats_the_base_rate() -> None:
    features, labels = sample(2_000)
    test_features, test_labels = sample(1_000, seed=5)
    predicted = fit(features, labels, 0.01).predict(test_features)
    base_rate = np.full(test_labels.shape, labels.mean())
    assert log_loss(test_labels, predicted) < 0.9 * log_loss(test_labels, base_rate)
