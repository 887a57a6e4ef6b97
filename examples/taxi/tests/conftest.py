"""Fixtures of the whole suite."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from taxi_tips.rides import read_rides

ROOT = Path(__file__).parent.parent


@pytest.fixture
def data() -> Path:
    """The folder with the committed rides."""
    return ROOT / "data"


@pytest.fixture
def rides(data: Path) -> pd.DataFrame:
    """The rides that the model is trained on."""
    return read_rides(data / "train.csv")
