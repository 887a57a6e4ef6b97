"""What the docs say is what the code does: tables, examples, links and commands.

`GATE_UPDATE_GOLDEN=1 pytest tests/test_docs.py` writes the tables and the printed
examples anew; look at their diff before committing it.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import jsonschema
import pytest

import gate
import harness_fixtures
from gate import config, configschema, yamlfile
from gate.checks import CHECKS
from gate.cli import cli
from gate.data import schemafile
from gate.findings import Status
from gate.reports import REPORTS

ROOT = Path(__file__).parent.parent
UPDATE = bool(os.environ.get("GATE_UPDATE_GOLDEN"))
DOCS = {  # noqa: RQ201
    str(path.relative_to(ROOT).as_posix()): path.read_text("utf-8")
    for pattern in ("*.md", "docs/*.md")
    for path in sorted(ROOT.glob(pattern))
}
node = harness_fixtures.node
OPTIONS = {name: check.Options for name, check in CHECKS.items()}
HOOKS = yamlfile.parse((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")).value
FENCE = re.compile(r"^```(?P<language>\S*)\n(?P<text>.*?)^```$", re.M | re.S)


def module_at(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TABLES = module_at(ROOT / "docs" / "write_tables.py")


def blocks(*languages: str) -> Iterator[tuple[str, str]]:
    """The fenced blocks in a language, each with where it stands."""
    for name, text in DOCS.items():
        for block in FENCE.finditer(text):
            if block["language"] in languages:
                line = text.count("\n", 0, block.start()) + 1
                yield f"{name}:{line}", block["text"]


def parametrized(pairs: Iterator[tuple[str, str]]) -> pytest.MarkDecorator:
    found = list(pairs)
    ids = [where for where, _ in found]
    return pytest.mark.parametrize("text", [text for _, text in found], ids=ids)


# What the code says, said again


@pytest.mark.parametrize("name", TABLES.FILES)
def test_the_tables_are_current(name: str) -> None:
    if UPDATE:
        path = ROOT / name
        path.write_text(TABLES.written(DOCS[name]), "utf-8", newline="\n")
        DOCS[name] = path.read_text("utf-8")
    assert DOCS[name] == TABLES.written(DOCS[name]), "run docs/write_tables.py"


def test_every_check_has_its_table_of_options() -> None:
    for name in CHECKS:
        assert f"<!-- table: options.{name} -->" in DOCS["docs/configuration.md"]


def test_the_readme_is_short() -> None:
    assert len(DOCS["README.md"].splitlines()) <= 200


def test_help_names_every_command() -> None:
    help_text = cli.get_help(click.Context(cli, info_name="gate"))
    folder = ROOT / "gate" / "commands"
    modules = {path.stem for path in folder.glob("[a-z]*")}
    listed = set(cli.list_commands(click.Context(cli)))
    assert listed == modules
    for name in modules:
        assert re.search(rf"^  {name}  +[A-Z]", help_text, re.M), name


def test_every_command_is_in_the_table_of_the_command_line() -> None:
    table = DOCS["docs/configuration.md"].partition("## The command line")[2]
    for name in cli.list_commands(click.Context(cli)):
        assert f"\n| `gate {name}` |" in table, name


def test_every_file_that_is_written_is_in_the_docs() -> None:
    for name in ("results.json", *REPORTS):
        assert f"`{name}`" in DOCS["docs/configuration.md"], name


# docs/checks.md: one section of one shape for each check


def section(name: str) -> str:
    found = re.search(
        rf"^## {name}\n(.*?)(?=^## |\Z)", DOCS["docs/checks.md"], re.M | re.S
    )
    assert found, f"docs/checks.md has no section `## {name}`"
    return found[1]


def test_the_sections_are_in_the_order_of_the_checks() -> None:
    headings = re.findall(r"^## (\S+)$", DOCS["docs/checks.md"], re.M)
    assert headings == list(CHECKS)


@pytest.mark.parametrize("name", CHECKS)
def test_a_section_has_the_same_parts(name: str) -> None:
    parts = re.findall(r"^\*\*(.+?)\.\*\*", section(name), re.M)
    assert parts == [
        *("Judges", "Settings", "Options", "Findings", "Example", "To mend", "Off"),
    ]


@pytest.mark.parametrize("name", CHECKS)
def test_a_section_names_every_rule(name: str) -> None:
    source = (ROOT / "gate" / "checks" / f"{name}.py").read_text("utf-8")
    for rule in re.findall(rf'"{name}/([a-z-]+)"', source):
        assert f"`{rule}`" in section(name), rule


# What is printed

FILE = re.compile(r"^`(?P<path>[^`\s]+)`:\n\n```\w*\n(?P<text>.*?)^```$", re.M | re.S)


@pytest.mark.parametrize("name", CHECKS)
def test_an_example_prints_what_is_shown(name: str, tmp_path: Path) -> None:
    text = section(name)
    for file in FILE.finditer(text):
        path = tmp_path / file["path"]
        if path.exists() and not (tmp_path / ".git").exists():
            commit(tmp_path)  # a file that is there twice was like the first before
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file["text"], "utf-8", newline="\n")
    shown = next(b["text"] for b in FENCE.finditer(text) if b["language"] == "console")
    command, _, expected = shown.partition("\n")
    printed = run(command.removeprefix("$ gate "), tmp_path)
    if UPDATE and plain(printed) != plain(expected):
        path = ROOT / "docs" / "checks.md"
        whole = path.read_text("utf-8").replace(shown, f"{command}\n{printed}")
        path.write_text(whole, "utf-8", newline="\n")
        expected = printed
    assert plain(printed) == plain(expected)


def commit(folder: Path) -> None:
    """What is in the folder as the only commit of a repository."""
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "It"]):
        subprocess.run(["git", *who, *words], cwd=folder, check=True)


def run(arguments: str, folder: Path) -> str:
    """What `gate` prints in a folder, less the list of the files it wrote."""
    environment = {
        **os.environ,
        "COLUMNS": "80",
        "PYTHONIOENCODING": "utf-8",
        "GATE_RUN_PYTHON": sys.executable,
    }
    done = subprocess.run(
        [sys.executable, "-P" if sys.version_info >= (3, 11) else "-I", "-m", "gate"]
        + shlex.split(arguments),
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode in (0, 1, 2), done.stderr
    printed = done.stdout + done.stderr
    return re.sub(r"\n\n(gate run -v|reports in) .*", "\n", printed, flags=re.S)


def plain(printed: str) -> list[str]:
    """The words of a text, without durations: they end lines or stand in brackets."""
    text = re.sub(r" +[\d.,]+ (ms|s|min)$", "", printed, flags=re.M)
    return re.sub(r" \([\d.,]+ (ms|s|min)\)", "", text).split()


def test_a_slip_in_gate_yaml_is_answered_as_shown(tmp_path: Path) -> None:
    text = DOCS["docs/configuration.md"].partition("## Slips")[2]
    (file,) = FILE.finditer(text)
    (tmp_path / file["path"]).write_text(file["text"], "utf-8")
    shown = next(b["text"] for b in FENCE.finditer(text) if b["language"] == "console")
    command, _, expected = shown.partition("\n")
    assert run(command.removeprefix("$ gate "), tmp_path) == expected


def test_the_check_in_contributing_works(run_check: Any, tmp_path: Path) -> None:
    (code,) = (b["text"] for b in FENCE.finditer(DOCS["CONTRIBUTING.md"]) if is_py(b))
    path = tmp_path / "prints.py"
    path.write_text(code, "utf-8")
    prints = module_at(path)
    files = {"src/a.py": "x = 1\n\nprint(x)\n", "tests/test_a.py": "print()\n"}
    result = run_check(prints, files)
    assert result.status is Status.FAILED
    assert [(f.path, f.line) for f in result.findings] == [("src/a.py", 3)]
    assert result.summary == "1 print in 1 file"


def is_py(block: re.Match[str]) -> bool:
    return block["language"] == "python"


# What can be copied


@parametrized(blocks("yaml"))
def test_a_yaml_example_is_valid(text: str, tmp_path: Path) -> None:
    content = yamlfile.parse(text).value
    if "jobs" in content:
        check_workflow(text, content, tmp_path)
    elif "repos" in content:
        ids = [hook["id"] for repo in content["repos"] for hook in repo["hooks"]]
        assert set(ids) <= {hook["id"] for hook in HOOKS}
    elif "feature" in content:
        schemafile.parse(text)
    else:
        jsonschema.validate(content, configschema.json_schema(OPTIONS))
        config.parse(text, OPTIONS)


def check_workflow(text: str, content: dict[str, Any], folder: Path) -> None:
    file = folder / "workflow.yml"
    file.write_text(text, "utf-8")
    schema = "vendor.github-workflows"
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    done = subprocess.run([*words, file], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    uses = [*content["jobs"].values()]
    uses += [step for job in content["jobs"].values() for step in job.get("steps", ())]
    for use in uses:
        known = ours(use.get("uses", ""))
        assert known is None or set(use.get("with", {})) <= known, use


def test_the_two_jobs_that_are_written_out_are_those_of_the_workflow() -> None:
    (written,) = (text for _, text in blocks("yaml") if "download-artifact" in text)
    workflow = (ROOT / ".github" / "workflows" / "gate.yml").read_text("utf-8")
    for name in ("check", "report"):
        ours, theirs = (
            yamlfile.parse(t).value["jobs"][name] for t in (workflow, written)
        )
        (gate,), (other,) = (
            [step for step in job["steps"] if "-m gate" in step.get("run", "")]
            for job in (ours, theirs)
        )
        settings = {k: v for k, v in gate["env"].items() if "inputs." not in v}
        assert other["env"] == settings
        assert (other["run"], other.get("if")) == (gate["run"], gate.get("if"))
        assert theirs.get("outputs", {}).items() <= ours.get("outputs", {}).items()


def ours(uses: str) -> set[str] | None:
    """The inputs of what is used, None where it is not of this repository."""
    path, _, _ = uses.partition("@")
    if not path.startswith(gate.REPOSITORY):
        return None
    file = ROOT / path.removeprefix(gate.REPOSITORY).strip("/")
    file = file / "action.yml" if file.is_dir() else file
    content = yamlfile.parse(file.read_text("utf-8")).value
    if "on" in content:  # a workflow that is called
        return {*((content["on"]["workflow_call"] or {}).get("inputs", ()))}
    return {*content.get("inputs", ())}


def test_githubs_own_parser_takes_the_workflows(node: None, tmp_path: Path) -> None:
    files = []
    for number, (_, text) in enumerate(blocks("yaml")):
        if "jobs" in yamlfile.parse(text).value:
            files.append(tmp_path / f"{number}.yml")
            files[-1].write_text(text, "utf-8")
    assert len(files) >= 8
    harness = ROOT / "tests" / "harness"
    words = [
        "node",
        "--import",
        harness / "register.mjs",
        harness / "official_lint.mjs",
    ]
    done = subprocess.run(
        [*words, *files], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def commands() -> Iterator[tuple[str, str]]:
    """Every `gate ...` in the docs, in a line of a console or between backticks."""
    for where, text in blocks("console"):
        for line in re.findall(r"^\$ (?:\w+=\S+ )*(gate .*)$", text, re.M):
            yield where, line
    for name, text in DOCS.items():
        for words in re.findall(r"`(gate(?: [^`]+)?)`", FENCE.sub("", text)):
            if not re.match(r"gate (\(|annotations$)", words):  # a status, a check run
                yield f"{name} {words}", words


@parametrized(commands())
def test_a_command_in_the_docs_exists(text: str) -> None:
    words = shlex.split(text.replace("\n", " "))[1:]
    command: click.Command = cli
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        assert found, f"there is no command {words[0]}"
        command, words = found, words[1:]
    context = click.Context(command)
    with context:
        command.make_parser(context).parse_args(words)  # refuses unknown options


def test_a_variable_in_the_docs_is_read() -> None:
    known = {"GATE_TOKEN", "GATE_VENV", "GATE_UPDATE_GOLDEN"}
    known |= {"GATE_INSTALLED", "GATE_RESULTS"}  # of a workflow, for its own scripts
    for name in cli.list_commands(click.Context(cli)):
        command = importlib.import_module(f"gate.commands.{name}").command
        known |= {TABLES.variable(name, p) for p in command.params}
    for name, text in DOCS.items():
        assert set(re.findall(r"\bGATE_[A-Z_]*[A-Z]", text)) <= known, name


def test_a_target_of_make_in_the_docs_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.M))
    for name, text in DOCS.items():
        used = set(re.findall(r"(?:`|\$ |1 )make ([a-z]+)", text))
        assert used <= targets, name


def test_the_json_examples_are_json() -> None:
    for _, text in blocks("json"):
        json.loads(text)


# Where they lead


def links() -> Iterator[tuple[str, str]]:
    for name, text in DOCS.items():
        prose = FENCE.sub("", text)
        for target in re.findall(r"\]\(([^)\s]+)\)", prose):
            if not re.match("https?://", target):
                yield name, target


@pytest.mark.parametrize(("name", "target"), [*links()])
def test_a_link_leads_somewhere(name: str, target: str) -> None:
    path, _, anchor = target.partition("#")
    file = (ROOT / name).parent / path if path else ROOT / name
    assert file.exists(), target
    if anchor:
        assert anchor in anchors(file.read_text("utf-8")), target


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.M)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def test_a_file_of_ours_that_is_named_exists() -> None:
    folders = "gate|tests|docs|examples|benchmarks|\\.github|\\.ci"
    for name, text in DOCS.items():
        prose = FENCE.sub("", FILE.sub("", text))
        for path in re.findall(rf"`((?:{folders})/[\w./-]+)`", prose):
            # `gate/tests` is a status
            other = "." not in Path(path).name or "NAME" in path
            assert other or (ROOT / path).exists(), f"{name}: {path}"
