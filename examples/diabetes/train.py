"""Train on the diabetes data of scikit-learn, and write a score for each patient.

    python train.py

Each patient is scored by a model that never saw them: ten folds, in a fixed order. The
same versions give the same bytes; other ones may move a last digit.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FAST = 200  # the progression in a year from which on it counts as fast
OUTPUT = Path(__file__).with_name("predictions.csv")
SEXES = {1: "first", 2: "second"}  # the data's description does not name them


def main() -> None:
    """Train, score and write."""
    patients, progression = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    label = (progression >= FAST).astype(int)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    folds = KFold(10, shuffle=True, random_state=0)
    scores = cross_val_predict(model, patients, label, cv=folds, method="predict_proba")
    frame = pd.DataFrame({"id": np.arange(1, len(patients) + 1), "label": label})
    frame["score"] = scores[:, 1].round(4)
    frame["sex"] = patients["sex"].astype(int).map(SEXES)
    frame["age"] = patients["age"].astype(int)
    frame["bmi"] = patients["bmi"]
    frame["bp"] = patients["bp"]
    frame.to_csv(OUTPUT, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
