"""Chance: what draws without a seed, and what is none of a result's business."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.code import randomness
from gate.code.source import Source


def found(
    text: str, path: str = "train.py", elsewhere: tuple[str, ...] = ()
) -> list[str]:
    """The problems of a file as `line rule`."""
    source = Source(path, text)
    assert source.tree is not None, text
    return [f"{p.line} {p.rule.name}" for p in randomness.look(source, elsewhere)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import numpy as np\nx = np.random.rand(3)\n", "2 unseeded-random"),
        ("import numpy\nnumpy.random.shuffle(x)\n", "2 unseeded-random"),
        ("from numpy.random import randn\nrandn(3)\n", "2 unseeded-random"),
        ("from numpy import random\nrandom.choice(x)\n", "2 unseeded-random"),
        ("import random\nrandom.shuffle(x)\n", "2 unseeded-random"),
        ("from random import sample as draw\ndraw(x, 2)\n", "2 unseeded-random"),
        ("import torch\nx = torch.randn(3)\n", "2 unseeded-random"),
        (
            "from torch.utils.data import random_split\nrandom_split(x, [1, 2])\n",
            "2 unseeded-random",
        ),
        ("import tensorflow as tf\ntf.random.normal([3])\n", "2 unseeded-random"),
        # another library's seed is none of this one's
        ("import random, torch\nrandom.seed(0)\ntorch.rand(3)\n", "3 unseeded-random"),
        ("import numpy as np\nr = np.random.default_rng()\n", "2 unseeded-generator"),
        (
            "import numpy as np\nr = np.random.default_rng(None)\n",
            "2 unseeded-generator",
        ),
        (
            "from numpy.random import RandomState\nRandomState(seed=None)\n",
            "2 unseeded-generator",
        ),
        ("import random\nr = random.Random()\n", "2 unseeded-generator"),
        (
            "from sklearn.model_selection import train_test_split as split\n"
            "a, b = split(x, y, test_size=0.2)\n",
            "2 random-state",
        ),
        ("import sklearn.cluster\nsklearn.cluster.KMeans(3)\n", "2 random-state"),
        (
            "from sklearn.ensemble import RandomForestClassifier\n"
            "RandomForestClassifier()\n",
            "2 random-state",
        ),
        (
            "from sklearn.model_selection import KFold\nKFold(5, shuffle=True)\n",
            "2 random-state",
        ),
        ("from sklearn.svm import SVC\nSVC(probability=True)\n", "2 random-state"),
        ("from umap import UMAP\nUMAP()\n", "2 random-state"),
        ("import pandas as pd\nrides.sample(frac=1)\n", "2 random-state"),
    ],
)
def test_chance_without_a_seed_is_named(text: str, said: str) -> None:
    assert found(text) == [said]
    assert found(text, "tests/test_train.py") == []


@pytest.mark.parametrize(
    "text",
    [
        "import numpy as np\nnp.random.seed(0)\nx = np.random.rand(3)\n",
        "import numpy as np\nr = np.random.default_rng(0)\nr.normal()\n",
        "import numpy as np\nr = np.random.default_rng(SEED)\nr.shuffle(x)\n",
        "import numpy as np\ndef f(rng=None):\n"
        "    rng = rng or np.random.default_rng()\n",
        "import numpy as np\ndef f(random_state=None):\n"
        "    r = np.random.default_rng()\n",
        "import random\nrandom.seed(3)\nrandom.shuffle(x)\n",
        "import random\nrandom.SystemRandom().choice(x)\n",
        "import secrets\nsecrets.choice(x)\nimport uuid\nuuid.uuid4()\n",
        "import random, time\ntime.sleep(random.random())\n",
        "import random\ndef backoff(n):\n    return n * random.uniform(0, 1)\n",
        "import random\njitter = random.random()\n",
        "import random\nself.run_id = random.getrandbits(32)\n",
        "import torch\ntorch.manual_seed(0)\ntorch.rand(3)\n",
        "import torch\ntorch.randperm(3, generator=g)\n",
        "import torch\nfrom pytorch_lightning import seed_everything\n"
        "seed_everything(1)\ntorch.rand(3)\n",
        "import numpy as np\nfrom utils import set_seed\nset_seed(0)\nnp.random.rand()",
        "random = make()\nrandom.choice(x)\n",  # no module
        "from sklearn.model_selection import train_test_split\n"
        "train_test_split(x, random_state=0)\n",
        "from sklearn.model_selection import train_test_split\n"
        "train_test_split(x, shuffle=False)\n",
        "from sklearn.model_selection import train_test_split\n"
        "train_test_split(x, **options)\n",
        "from sklearn.model_selection import KFold\nKFold(5)\n",
        "from sklearn.svm import SVC\nSVC()\n",
        "from sklearn.linear_model import LogisticRegression\nLogisticRegression()\n",
        "import numpy as np\nfrom sklearn.cluster import KMeans\n"
        "np.random.seed(0)\nKMeans(3)\n",
        "import pandas as pd\nrides.sample(frac=1, random_state=0)\n",
        "rides.sample(frac=1)\n",
        "from shuffling import shuffle\nshuffle(x)\n",
    ],
)
def test_what_is_seeded_or_no_part_of_a_result_is_quiet(text: str) -> None:
    assert found(text) == []


def test_a_seed_for_all_that_another_module_sets_counts() -> None:
    text = "import numpy as np\nx = np.random.rand(3)\n"
    assert randomness.seeded(Source("main.py", "import numpy\nnumpy.random.seed(1)\n"))
    assert found(text, elsewhere=("numpy",)) == []
    assert found(text, elsewhere=("random",)) == ["2 unseeded-random"]


WORDS = st.sampled_from(
    "import numpy as np \n random . rand ( ) def rng seed : = 1 None from sample".split(
        " "
    )
)


@given(st.lists(WORDS, max_size=30).map(" ".join))
def test_no_text_breaks_it(text: str) -> None:
    list(randomness.look(Source("a.py", f"import random, numpy as np\n{text}")))
