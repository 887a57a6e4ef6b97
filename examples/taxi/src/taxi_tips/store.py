"""A trained model on disk: the encoder and the weights in one JSON file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from taxi_tips.features import Encoder
from taxi_tips.model import Model

FORMAT = 1


def save(path: Path, encoder: Encoder, model: Model) -> None:
    """Write a model that `load` reads back."""
    state = {
        "format": FORMAT,
        "encoder": encoder.to_dict(),
        "weights": dict(zip(encoder.names, model.weights.tolist(), strict=True)),
        "intercept": model.intercept,
    }
    path.write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")


def load(path: Path) -> tuple[Encoder, Model]:
    """Read a model.

    Raises:
        ValueError: it was written by another version of this package.
    """
    state = json.loads(path.read_text(encoding="utf-8"))
    if state["format"] != FORMAT:
        raise ValueError(f"{path}: format {state['format']}, expected {FORMAT}")
    encoder = Encoder.from_dict(state["encoder"])
    weights = np.array([state["weights"][name] for name in encoder.names])
    return encoder, Model(weights=weights, intercept=state["intercept"])
