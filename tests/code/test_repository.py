"""What lies in a repository: open versions, credentials, notebooks, large files."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.code import credentials, notebooks, repository, requirements


def opened(text: str) -> list[str]:
    return [f"{p.line} {p.message}" for p in requirements.look(text)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("numpy\n", "1 `numpy` has no fixed version"),
        ("# pins\nnumpy==2.1\npandas>=2\n", "3 `pandas` has no fixed version"),
        ("numpy==2.*\n", "1 `numpy` has no fixed version"),
        ("a\nb\nc\nd\ne==1\n", "1 `a`, `b`, `c` and 1 more have no fixed version"),
        ("torch[cuda]>=2; python_version > '3.9'\n", "1 `torch` has no fixed version"),
        ("a==1\nb \\\n  >=2\n", "2 `b` has no fixed version"),
        ("git+https://example.org/ann/rides.git\n", "1 `rides` has no fixed version"),
        ("git+https://example.org/rides@main\n", "1 `rides` has no fixed version"),
        ("-e git+https://x.org/rides.git#egg=r\n", "1 `rides` has no fixed version"),
    ],
)
def test_a_line_that_leaves_the_version_open_is_named(text: str, said: str) -> None:
    assert opened(text) == [said]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "numpy==2.1.0\npandas == 2.2.1  # as in the paper\nx===1\n",
        "numpy==2.1 \\\n    --hash=sha256:00\n",
        "-r base.txt\n--index-url https://example.org\n-e .\n.\n./wheels/a.whl\n",
        "-c constraints.txt\nnumpy\n",
        "rides @ https://example.org/rides-1.0.tar.gz\n",
        "git+https://example.org/rides.git@v1.2.0\n",
        f"git+https://example.org/rides.git@{'0a' * 20}#egg=rides\n",
        "this is no requirement\n",
        "\r\n# only a comment\r\n",
    ],
)
def test_what_is_pinned_or_elsewhere_is_quiet(text: str) -> None:
    assert opened(text) == []


def test_an_environment_of_condas_is_read() -> None:
    text = """name: rides
dependencies:
  - python=3.11
  - conda-forge::numpy
  - pandas>=2
  - pip
  - pip:
      - torch
      - umap-learn==0.5.6
"""
    (problem,) = requirements.look_conda(text)
    assert problem.line == 4
    assert problem.message == "`numpy`, `pandas`, `torch` have no fixed version"
    assert not [*requirements.look_conda("dependencies: [a=1, b=2=py_0]")]
    for odd in (
        "[",
        "a: b",
        "dependencies: 3",
        "dependencies: [3, {pip: 4}]",
        "- &a *a",
    ):
        assert not [*requirements.look_conda(odd)]


@pytest.mark.parametrize(
    ("path", "whether"),
    [
        ("requirements.txt", True),
        ("code/requirements-gpu.txt", True),
        ("requirements/base.txt", True),
        ("requirements-dev.txt", False),
        ("docs/requirements.txt", False),
        ("tests/requirements.txt", False),
        ("requirements_test.txt", False),
        ("notes.txt", False),
    ],
)
def test_what_only_developers_install_does_not_count(path: str, whether: bool) -> None:
    assert requirements.is_requirements(path) is whether


# Put together here, so that no file of this repository has one.
AWS = "AKI" + "AQ2W3E4R5T6Y7U8I9"
GITHUB = "gh" + "p_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
KEY = "-----BEGIN RSA PRIVATE" + " KEY-----\n" + "MIIEpAIBAAKCAQEA" * 4 + "\n"


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("a.py", f"x = 1\nKEY = '{AWS}'\n", "2 an access key of AWS"),
        ("a.txt", f"token={GITHUB}\n", "1 a token of GitHub"),
        ("id_rsa", KEY, "1 a private key"),
        ("k.json", json.dumps({"private_key": KEY}), "1 a private key"),
        (".env", "A=1\nDB_PASSWORD=hunter22\n", "2 a value of `DB_PASSWORD`"),
        (".env.prod", "export API_KEY='q1w2e3r4'\n", "1 a value of `API_KEY`"),
        ("c.json", '{"client_secret": "q1w2e3"}', "1 a client's secret"),
        ("kaggle.json", '{"username": "ann", "key": "0a1b"}', "1 a key of Kaggle's"),
    ],
)
def test_a_credential_is_named_and_never_shown(path: str, text: str, said: str) -> None:
    (problem,) = credentials.look(path, text.encode())
    assert f"{problem.line} {problem.message}".startswith(said)
    for secret in (
        AWS,
        GITHUB,
        "MIIE",
        "hunter22",
        "q1w2",
        "0a1b",
        AWS[4:],
        GITHUB[4:],
    ):
        assert secret not in problem.message


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "KEY = 'AKI" + "AIOSFODNN7EXAMPLE'"),
        ("a.py", "x = 'gh" + "p_" + "x" * 36 + "'"),
        ("a.py", f"x = 'a{AWS}'"),
        ("a.md", "-----BEGIN RSA PRIVATE KEY-----\n...\n"),
        ("a.py", "if '-----BEGIN PRIVATE KEY-----' in text: ..."),
        ("cert.pem", "-----BEGIN CERTIFICATE-----\n" + "MIIE" * 20),
        (".env", "DEBUG=1\nPORT=80\nTOKEN=\nPASSWORD=changeme\nSECRET=<secret>\n"),
        (".env", "# API_KEY=q1w2e3r4\nAPI_KEY=${API_KEY}\nTOKEN=your-token\n"),
        (".env.example", "API_KEY=q1w2e3r4\n"),
        ("package.json", '{"key": "a", "username": "b", "name": []}'),
        ("a.json", "[" * 10_000),
    ],
)
def test_an_example_is_no_credential(path: str, text: str) -> None:
    assert not [*credentials.look(path, text.encode())]


def notebook(*cells: tuple[int | None, list[object]], **more: object) -> bytes:
    made = [
        {"cell_type": "code", "execution_count": n, "outputs": o, "source": []}
        for n, o in cells
    ]
    return json.dumps({"cells": [{"cell_type": "markdown"}, *made], **more}).encode()


def test_a_notebook_that_was_run_out_of_order_is_named() -> None:
    (problem,) = notebooks.look(notebook((1, []), (4, []), (2, []), (3, [])))
    assert problem.rule is notebooks.ORDER
    assert problem.message == "its cell 4 ran before the code above it"


def test_a_notebook_with_outputs_is_a_warning() -> None:
    (problem,) = notebooks.look(notebook((1, [{"output_type": "stream"}]), (2, [])))
    assert (problem.rule, problem.rule.warning) == (notebooks.OUTPUTS, True)
    assert problem.message == "1 of 2 code cells have outputs"


@pytest.mark.parametrize(
    "data",
    [
        notebook((1, []), (2, []), (7, [])),
        notebook((None, []), (None, []), nbformat=4),
        notebook(),
        b"",
        b"{}",
        b"[1]",
        b'{"cells": 3}',
        b'{"cells": [{"cell_type": "code", "execution_count": "x"}]}',
        b"[" * 100_000,
        b'{"cells": ' + b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_a_clean_notebook_or_none_at_all_is_quiet(data: bytes) -> None:
    assert not [*notebooks.look(data)]


def test_only_binary_files_that_are_large_are_named() -> None:
    (problem,) = repository.large(7_340_032, b"\x89PNG\0", 5e6)
    assert problem.message == "7.3 MB of binary data, in every clone for ever"
    assert not [*repository.large(4_000_000, b"\0", 5e6)]
    assert not [*repository.large(9_000_000, b"miles,fare\n", 5e6)]


PARTS = st.sampled_from(
    "numpy == >= 2 * ; \\ \n # -e git+ @ [ ] , 'x' -c --hash".split(" ")
)


@given(st.lists(PARTS, max_size=20).map("".join))
def test_no_requirements_break_it(text: str) -> None:
    list(requirements.look(text))
    list(requirements.look_conda(f"dependencies:\n  - {text}"))


@given(st.binary(max_size=60))
def test_no_bytes_break_it(data: bytes) -> None:
    for name in ("a.ipynb", ".env", "a.json", "kaggle.json"):
        list(repository.look(name, data))
