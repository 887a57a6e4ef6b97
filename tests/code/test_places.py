"""Places: paths of one disk, and addresses whose data nobody checks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.code import places
from gate.code.source import Source


def found(text: str, path: str = "train.py") -> list[str]:
    """The problems of a file as `line rule`."""
    source = Source(path, text)
    assert source.tree is not None, text
    return [f"{p.line} {p.rule.name}" for p in places.look(source)]


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/home/ann/data.csv", "home-path"),
        ("/Users/ann/Documents/rides.csv", "home-path"),
        ("C:\\Users\\Ann Lee\\data.csv", "home-path"),
        ("c:/Users/ann/data", "home-path"),
        ("file:///home/ann/data.csv", "home-path"),
        ("~/data", "machine-path"),
        ("~/projects/rides/train.csv", "machine-path"),
        ("/mnt/disk2/rides", "machine-path"),
        ("/scratch/ann/run1", "machine-path"),
        ("/data/rides.csv", "machine-path"),
        ("D:\\rides\\train.csv", "machine-path"),
        ("/content/drive/MyDrive/rides.csv", "machine-path"),
    ],
)
def test_a_path_of_one_machine_is_named(path: str, rule: str) -> None:
    assert found(f"x = read({path!r})\n") == [f"1 {rule}"]
    assert found(f"x = read({path!r})\n", "tests/test_read.py") == []


def test_a_home_folder_is_not_repeated() -> None:
    (problem,) = places.look(Source("a.py", "x = '/home/ann/secret-project/data'\n"))
    assert "ann" not in problem.message


def test_an_f_string_is_judged_by_its_start() -> None:
    assert found("x = f'/home/ann/{name}.csv'\n") == ["1 home-path"]
    assert found("x = f'/home/{user}/data.csv'\n") == []
    assert found("x = f'{root}/home/ann/data.csv'\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "x = '/dev/null', '/tmp/x', '/etc/passwd', '/usr/share/x', '/proc/1/stat'\n",
        "x = 'https://example.org/home/ann/data.csv'\n",
        "x = '/home/', '/home', '/Users/', '/mnt/', '~', '~/'\n",
        "x = '~/.cache/rides', '~/.config/rides.toml', '~/Library/x'\n",
        "x = '/home/user/data.csv', '/home/jovyan/notes', '/home/runner/jobs/x'\n",
        "x = '/home/{}/data.csv', '/home/<you>/x', '/home/$USER/x', '/home/*/x'\n",
        "x = r'/home/[a-z]+/data', r'/data/(\\d+)', r'C:\\\\Users\\\\.*'\n",
        "'''/home/ann/data.csv'''\n",
        "def f():\n    '/home/ann/data.csv'\n",
        "@app.get('/data/rides')\ndef f(): ...\n",
        "path.startswith('/data/rides')\n",
        "ok = path == '/data/rides'\n",
        "parser.add_argument('--data', help='/data/rides.csv')\n",
        "x = 'look in /home/ann/data.csv for it'\n",
        "x = '~/=', 'a ~/data'\n",
        "#!/home/ann/bin/python\n",
        "x = '/home/ann/a\\nb'\n",
        "x = '/home/ann/" + "a" * 400 + "'\n",
    ],
)
def test_a_path_of_every_machine_or_none_is_quiet(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "import pandas as pd\nd = pd.read_csv('https://a.org/rides.csv')\n",
        "import polars\nd = polars.scan_csv('http://a.org/rides.csv')\n",
        "URL = 'https://a.org/'; import pandas as pd\npd.read_csv(URL + 'rides.csv')\n",
        "from urllib.request import urlretrieve\nurlretrieve('https://a.org/x', 'x')\n",
        "import requests\ndef get(url: 'http'):\n    a = requests.get(url)\n"
        "    with open('x', 'wb') as file:\n        file.write(a.content)\n",
        "import requests\ndef get(url: 'http'):\n    a = requests.get(url)\n"
        "    path.write_bytes(a.content)\n",
        "import numpy as np\nnp.loadtxt(f'https://a.org/{name}.csv')\n",
    ],
)
def test_a_download_that_nobody_checks_is_named(text: str) -> None:
    (problem,) = places.look(Source("a.py", text))
    assert (problem.rule.name, problem.rule.warning) == ("unchecked-download", True)


@pytest.mark.parametrize(
    "text",
    [
        "import pandas as pd\nd = pd.read_csv('rides.csv')\n",
        "import pandas as pd\nd = pd.read_csv('http://localhost:8000/rides.csv')\n",
        "import pandas as pd\nd = pd.read_csv(path)\nu = 'http://a.org'\n",
        "import pandas as pd\nd = pd.read_csv('https://zenodo.org/record/1/x.csv')\n",
        "import pandas as pd\n"
        f"d = pd.read_csv('https://raw.x.org/a/b/{'0a' * 20}/x.csv')\n",
        "import pooch\npath = pooch.retrieve('https://a.org/x.csv', known_hash=None)\n",
        "import hashlib\nimport pandas as pd\npd.read_csv('https://a.org/x.csv')\n",
        "import requests\ndef get(url: 'http'):\n    return requests.get(url).json()\n",
        "import requests\ndef get(url: 'http'):\n    a = requests.get(url)\n"
        "    log.write(a.text)\n",
    ],
)
def test_a_file_a_service_or_a_hash_is_quiet(text: str) -> None:
    assert found(text) == []


@given(st.text(alphabet="/~homeUsrsann\\. {}C:'\"", max_size=40))
def test_no_string_breaks_it(text: str) -> None:
    list(places.look(Source("a.py", f"x = f({text!r})\n")))
