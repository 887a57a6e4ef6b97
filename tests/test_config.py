"""gate.yaml: what is meant is understood, and a slip is answered where it stands."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Annotated, Any, ClassVar

import jsonschema
import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import gate
from gate import config, configschema, yamlfile
from gate.checks import CHECKS
from gate.config import Settings
from gate.errors import ConfigError, GateError
from gate.findings import Weight
from gate.verdict import Publish, When

PACKAGE = Path(gate.__file__).parent
REAL = {name: check.Options for name, check in CHECKS.items()}


class Plain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing to set."""


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Numbers and words."""

    minimum: Annotated[float, msgspec.Meta(ge=0, le=100)] | None = None
    command: str = "pytest"
    paths: tuple[str, ...] = ()


class File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One data file."""

    path: str
    schema: str = ""
    rows: int = 0


class Files(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A check whose list may be written without its name."""

    listed: ClassVar[str] = "files"

    files: tuple[File, ...] = ()


KINDS: config.OptionTypes = {"formatting": Plain, "coverage": Limits, "data": Files}


def parse(text: str) -> Settings:
    return config.parse(text, KINDS)


def slips(text: str) -> tuple[GateError, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return (caught.value, *caught.value.also)


def off(settings: Settings) -> set[str]:
    checks = settings.checks.items()
    return {name for name, check in checks if check.weight is Weight.OFF}


@pytest.mark.parametrize("text", ["", "{}", "checks:", "checks: {}", "version: 1"])
def test_everything_has_a_default(text: str) -> None:
    settings = parse(text)
    assert settings.checks == config.defaults(KINDS).checks
    assert list(settings.checks) == list(KINDS)
    assert settings.checks["coverage"].options == Limits()


def test_a_list_names_the_only_checks_to_run() -> None:
    settings = parse("checks: [coverage]")
    assert off(settings) == {"formatting", "data"}
    assert settings.checks["coverage"].options == Limits()


def test_a_mapping_changes_some_of_all() -> None:
    settings = parse("checks:\n  coverage: {minimum: 80}\n  formatting:\n")
    assert off(settings) == set()
    assert settings.checks["coverage"].options == Limits(minimum=80)


def test_a_check_in_a_list_brings_the_one_it_needs() -> None:
    settings = config.parse("checks: [formatting, coverage]", REAL)
    left = {"formatting", "tests", "coverage", "lock"}  # that one is never left out
    assert off(settings) == set(REAL) - left
    assert isinstance(settings.checks["tests"].options, REAL["tests"])


@pytest.mark.parametrize(
    "text",
    ["lock: {label: x}", "checks: {lock: {label: x}}", "lock: {label: x}\nchecks: []"],
)
def test_the_lock_stands_at_the_top_or_among_the_checks(text: str) -> None:
    assert config.parse(text, REAL).checks["lock"].options.label == "x"


def test_how_the_verdict_is_published_is_read() -> None:
    settings = parse("name: labs/one\npublish: {comment: closed, suggestions: 3}")
    assert settings.name == "labs/one"
    assert settings.publish == Publish(comment=When.CLOSED, suggestions=3)
    assert parse("").publish == parse("publish:").publish == Publish()


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("publish: {comments: x}", "no `comments` in publish", "mean `comment`?"),
        (
            "publish: {comment: x}",
            "`publish.comment`: invalid enum value 'x'",
            "the words are `always`, `closed`, `never`",
        ),
        (
            "publish: {comment: true}",
            "`publish.comment`: expected `str`, got `bool`",
            "the words are `always`, `closed`, `never`",
        ),
        (
            "publish: {minimize: yes}",
            "`publish.minimize`: expected `bool`, got `str`",
            "write `true` or `false`",
        ),
        ("publish: {suggestions: 31}", "`publish.suggestions`: expected `int`", ""),
        ("publish: off", "`publish:` must be a mapping", "{comment: never}"),
        ("name: a/", "`a/` cannot be a gate's name", "write letters, digits, blanks"),
        ("name: 3.10", "`name` must be text", "put quotes around it"),
        ("name: [a]", "`name` must be text", "write a text"),
        ('name: ""', "`name` must be text", "write a text"),
    ],
)
def test_a_slip_of_what_is_published_is_told(text: str, said: str, hint: str) -> None:
    (slip,) = slips(f"version: 1\n{text}\n")
    assert said in slip.message and hint in slip.hint
    assert slip.line == 2


def test_a_slip_of_the_lock_has_its_line() -> None:
    with pytest.raises(ConfigError) as caught:
        config.parse("version: 1\nlock: {labl: x}\n", REAL)
    assert (caught.value.line, caught.value.hint) == (2, "did you mean `label`?")


def test_a_check_that_is_switched_off_stays_off_though_another_needs_it() -> None:
    assert off(config.parse("checks: {tests: off, coverage: }", REAL)) == {"tests"}


@pytest.mark.parametrize("word", list(Weight))
def test_a_word_alone_is_the_weight(word: Weight) -> None:
    check = parse(f"checks: {{coverage: {word.value}}}").checks["coverage"]
    assert (check.weight, check.options) == (word, Limits())


def test_a_weight_stands_beside_options() -> None:
    settings = parse("checks: {coverage: {weight: warning, minimum: 5}}")
    check = settings.checks["coverage"]
    assert (check.weight, check.options) == (Weight.WARNING, Limits(minimum=5))


def test_a_list_of_data_needs_no_name() -> None:
    bare = parse("checks:\n  data:\n    - path: a.csv\n").checks["data"]
    named = parse("checks: {data: {files: [{path: a.csv}]}}").checks["data"]
    assert bare == named
    assert bare.options == Files(files=(File(path="a.csv"),))


def test_base_and_python_are_read() -> None:
    settings = parse("base: main\npython: .venv/bin/python\n")
    assert (settings.base, settings.python) == ("main", ".venv/bin/python")


# text, line, words in the message, words in the hint
SLIPS = [
    ("chekcs: {}", 1, "there is no `chekcs` in gate.yaml", "did you mean `checks`?"),
    ("version: 2", 1, "the only version there is is 1", "version: 1"),
    ("version: true", 1, "the only version there is is 1", "version: 1"),
    ("checks:\n  covrage: {}", 2, "there is no `covrage`", "`coverage`"),
    ("checks:\n  zzz: {}", 2, "there is no `zzz` in checks", "there are `formatting`"),
    ("checks:\n  - coverage\n  - covrage", 3, "no `covrage`", "`coverage`"),
    ("checks:\n  - data\n  - data", 3, "`data` is there twice", ""),
    ("checks:\n  - coverage\n  - data: {}", 3, "names only", "mapping"),
    ("checks:\n  - 3", 2, "names only", "mapping"),
    ("checks: all", 1, "a list of names, or a mapping", ""),
    ("a, b", None, "expected keys", "docs/configuration.md"),
    ("[a]", None, "expected keys", ""),
    ("base: 12", 1, "`base` must be text", 'put quotes around it: `base: "…"`'),
    ("base: ''", 1, "`base` must be text", ""),
    ("python: [a]", 1, "`python` must be text", ""),
    ("checks:\n  coverage: warn", 2, "`warn` is no weight", "did you mean `warning`?"),
    ("checks:\n  coverage: false", 2, "no meaning as `false`", "`off`"),
    ("checks:\n  coverage: 80", 2, "no meaning as `80`", "`off`"),
    ("checks:\n  coverage: [a]", 2, "no meaning as", "options"),
    ("checks:\n  coverage:\n    weight: 1", 3, "`1` is no weight", "`error`"),
    ("checks:\n  coverage:\n    minimun: 1", 3, "no `minimun`", "`minimum`"),
    ("checks:\n  coverage:\n    wieght: off", 3, "no `wieght`", "`weight`"),
    ("checks:\n  formatting:\n    x: 1", 3, "no `x` in formatting", "`weight`"),
    ("checks:\n  coverage:\n    minimum: high", 3, "`coverage.minimum`", ""),
    ("checks:\n  coverage:\n    minimum: 101", 3, "<= 100", ""),
    ("checks:\n  coverage:\n    minimum: .nan", 3, "`coverage.minimum`", ""),
    ("checks:\n  coverage:\n    minimum: true", 3, "got `bool`", ""),
    ("checks:\n  coverage:\n    command: 1", 3, "`coverage.command`: expected", ""),
    ("checks:\n  coverage:\n    paths:\n      - a\n      - 1", 5, "`str`", ""),
    ("checks:\n  data:\n    - path: a\n    - pth: b", 4, "no `pth`", "`path`"),
    ("checks:\n  data:\n    - path: a\n      rows: x", 4, "`data.0.rows`", ""),
    ("checks:\n  data:\n    - rows: 1", 3, "missing required field `path`", ""),
    ("checks:\n  data:\n    files:\n      - pth: b", 4, "no `pth`", "`path`"),
    ("checks:\n  data:\n    files:\n      path: b", 3, "`array`", ""),
]


@pytest.mark.parametrize("text, line, message, hint", SLIPS)
def test_a_slip_is_answered_where_it_stands(
    text: str, line: int | None, message: str, hint: str
) -> None:
    (slip,) = slips(text)
    assert message in slip.message
    assert hint in slip.hint
    assert (slip.path, slip.line) == ("gate.yaml", line)


def test_several_slips_are_all_named_in_their_order() -> None:
    found = slips(
        "checks:\n"
        "  formating: off\n"
        "  coverage:\n"
        "    minimum: 200\n"
        "    comand: x\n"
        "  data: nothing\n"
        "bse: main\n"
    )
    assert [slip.line for slip in found] == [2, 4, 5, 6, 7]


def test_the_file_is_found_here_or_above_in_the_same_clone(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    (clone / "a" / "b").mkdir(parents=True)
    (clone / ".git").mkdir()
    (tmp_path / "gate.yaml").touch()
    assert config.find(clone / "a" / "b") is None
    (clone / "gate.yaml").touch()
    assert config.find(clone / "a" / "b") == clone / "gate.yaml"
    (clone / "a" / "gate.yaml").touch()
    assert config.find(clone / "a" / "b") == clone / "a" / "gate.yaml"


def test_outside_a_clone_a_file_above_is_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").touch()
    (tmp_path / "a").mkdir()
    assert config.find(tmp_path / "a") is None
    assert config.find(tmp_path) == tmp_path / "gate.yaml"


def test_gate_yml_is_not_the_name(tmp_path: Path) -> None:
    (tmp_path / "gate.yml").touch()
    with pytest.raises(ConfigError, match="the name is gate.yaml"):
        config.find(tmp_path)


@pytest.mark.parametrize(
    "data, message",
    [(b"\xff\xfe", "not UTF-8 text"), (None, "cannot be read")],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, data: bytes | None, message: str
) -> None:
    path = tmp_path / "gate.yaml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ConfigError, match=message):
        config.read(path, KINDS)


def test_a_byte_order_mark_is_no_slip(tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text("\ufeffbase: main\n", "utf-8")
    assert config.read(path, KINDS).base == "main"


@given(st.text() | st.text("abcheksovrgdt:-{}[], \n0'", max_size=60))
def test_no_text_ends_in_anything_but_settings_or_slips(text: str) -> None:
    try:
        assert list(parse(text).checks) == list(KINDS)
    except ConfigError as error:
        assert error.message


def test_the_schema_file_is_current() -> None:
    """`GATE_UPDATE_GOLDEN=1 pytest tests/test_config.py` writes it anew."""
    text = json.dumps(configschema.json_schema(REAL), indent=2) + "\n"
    path = PACKAGE / "config.schema.json"
    if os.environ.get("GATE_UPDATE_GOLDEN"):
        path.write_text(text, "utf-8", newline="\n")
    assert path.read_text("utf-8") == text


SCHEMA = configschema.json_schema(KINDS)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@pytest.mark.parametrize("kinds", [KINDS, REAL], ids=["small", "real"])
def test_the_schema_is_a_schema(kinds: config.OptionTypes) -> None:
    jsonschema.Draft202012Validator.check_schema(configschema.json_schema(kinds))


@pytest.mark.parametrize("text", [slip[0] for slip in SLIPS])
def test_the_schema_refuses_what_the_parser_refuses(text: str) -> None:
    if ".nan" not in text:  # which JSON does not have
        assert not VALIDATOR.is_valid(yamlfile.parse(text).value)


WORDS = st.sampled_from(["error", "warning", "off", "of", "data", "coverage", "", "x"])
NUMBERS = st.integers(-5, 105) | st.floats(-1, 101).filter(lambda x: x % 1 != 0)
SCALARS = st.none() | st.booleans() | NUMBERS | WORDS
FILE = st.dictionaries(
    st.sampled_from(["path", "schema", "rows", "row"]), SCALARS, max_size=3
)
ENTRY = st.dictionaries(
    st.sampled_from(["weight", "minimum", "command", "paths", "files", "file"]),
    SCALARS | st.lists(WORDS | FILE, max_size=2),
    max_size=2,
)
TOP = st.fixed_dictionaries(
    {},
    optional={
        "version": st.sampled_from([1, 2, "1", True, None]),
        "base": SCALARS,
        "name": SCALARS | st.sampled_from(["a/b", "a//b", "a/", "py3.12"]),
        "publish": SCALARS
        | st.dictionaries(
            st.sampled_from(["comment", "minimize", "suggestions", "sugestions"]),
            SCALARS | st.sampled_from(["always", "closed", "open"]),
            max_size=2,
        ),
        "checks": SCALARS
        | st.lists(SCALARS, max_size=3)
        | st.dictionaries(
            st.sampled_from([*KINDS, "dta"]),
            SCALARS | ENTRY | st.lists(FILE, max_size=2),
            max_size=3,
        ),
    },
)


@given(TOP)
def test_the_schema_and_the_parser_agree(value: dict[str, Any]) -> None:
    try:
        parse(yaml.safe_dump(value, allow_unicode=True))
        parsed = True
    except ConfigError:
        parsed = False
    assert VALIDATOR.is_valid(value) == parsed


def test_numbers_that_no_process_can_wait_for_are_refused() -> None:
    for number in (math.inf, 1e300):
        with pytest.raises(ConfigError, match="tests.timeout"):
            config.parse(f"checks: {{tests: {{timeout: {number}}}}}", REAL)


@pytest.mark.parametrize("name", REAL)
def test_every_option_of_a_real_check_is_described(name: str) -> None:
    schema = configschema.json_schema({name: REAL[name]})
    entry = schema["$defs"][REAL[name].__name__]
    assert entry["description"]
    assert all("description" in option for option in entry["properties"].values())


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        (
            "checks:\n  data:\n    - path: a.csv\n      scheme: b\n",
            "gate.yaml:4: there is no `scheme` in data",
            "did you mean `schema`?",
        ),
        (
            "checks:\n  data: [a.csv]\n",
            "gate.yaml:2: `data.0`: expected `object`",
            "write it as a mapping: `- path: data/train.csv`",
        ),
    ],
)
def test_slips_in_a_list_of_data_have_their_line_and_a_way_out(
    text: str, said: str, hint: str
) -> None:
    options = {name: check.Options for name, check in CHECKS.items()}
    with pytest.raises(ConfigError) as caught:
        config.parse(text, options)
    assert str(caught.value).startswith(said)
    assert caught.value.hint == hint
