"""A child is bounded in time and output, leaves nothing behind, and sees no secret."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gate import process
from gate.errors import ToolError

posix = pytest.mark.skipif(os.name == "nt", reason="process groups are POSIX's")


def run(program: str, tmp_path: Path, *, timeout: float = 60.0) -> process.Completed:
    command = [sys.executable, "-c", program]
    return process.run(command, cwd=tmp_path, timeout=timeout)


def gone(pid: int) -> bool:
    """Whether a process ends soon; whoever adopts it may take a moment to reap it."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state == "Z":
                return True
        except OSError:
            pass
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_what_a_program_says_is_kept(tmp_path: Path) -> None:
    done = run("import sys; print('out'); print('err', file=sys.stderr)", tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == ("out\n", "err\n", 0)
    assert done.output == "out\nerr"
    assert not done.timed_out


def test_output_is_bytes_before_it_is_text(tmp_path: Path) -> None:
    done = run(r"import os; os.write(1, b'\xff\r\n\x00')", tmp_path)
    assert done.raw == b"\xff\r\n\x00"
    assert done.stdout == "\ufffd\n\x00"


def test_an_exit_code_is_kept(tmp_path: Path) -> None:
    assert run("raise SystemExit(7)", tmp_path).returncode == 7


@posix
def test_a_signal_is_a_negative_code(tmp_path: Path) -> None:
    done = run("import os; os.kill(os.getpid(), 9)", tmp_path)
    assert done.returncode == -signal.SIGKILL


def test_it_runs_where_it_is_told(tmp_path: Path) -> None:
    said = run("import os; print(os.getcwd())", tmp_path).stdout.strip()
    assert Path(said).samefile(tmp_path)


def test_nothing_can_be_typed(tmp_path: Path) -> None:
    assert run("import sys; print(repr(sys.stdin.read()))", tmp_path).stdout == "''\n"


@pytest.mark.parametrize("program", ["no-such-program", "./no-such-program", "a\0b"])
def test_a_program_that_is_not_there_is_told(tmp_path: Path, program: str) -> None:
    with pytest.raises(ToolError, match="cannot start"):
        process.run([program], cwd=tmp_path)


def test_a_word_is_never_a_shells(tmp_path: Path) -> None:
    words = ["$(id)", "; exit 9", "*", "a b", "é"]
    program = "import sys; print(sys.argv[1:])"
    done = process.run([sys.executable, "-c", program, *words], cwd=tmp_path)
    assert done.stdout == f"{words}\n"


def test_output_is_read_to_its_end_and_kept_to_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "MAX_OUTPUT", 1_000_000)
    program = "import sys\nfor _ in range(300): sys.stdout.write('x' * 10_000)"
    program += "\nprint('end', file=sys.stderr)"
    done = run(program, tmp_path)
    assert (len(done.raw), done.stderr, done.returncode) == (1_000_000, "end\n", 0)


def test_a_program_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    program = "import time; print('began', flush=True); time.sleep(600)"
    done = run(program, tmp_path, timeout=2.0)
    assert done.timed_out
    assert done.stdout == "began\n"
    assert done.returncode != 0


TREE = """
import signal, subprocess, sys, time
if {deaf}:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
program = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
program += "; print(os.getpid(), flush=True); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
print(child.stdout.readline().decode().strip(), flush=True)
time.sleep({rest})
"""


@posix
@pytest.mark.parametrize("deaf", [True, False])
def test_all_that_a_program_started_is_ended_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deaf: bool
) -> None:
    monkeypatch.setattr(process, "GRACE", 0.3)
    done = run(TREE.format(deaf=deaf, rest=600), tmp_path, timeout=3.0)
    assert done.timed_out
    assert gone(int(done.stdout))


@posix
def test_a_child_left_behind_is_ended_and_not_waited_for(tmp_path: Path) -> None:
    done = run(TREE.format(deaf=False, rest=0), tmp_path)
    assert not done.timed_out
    assert done.returncode == 0
    assert gone(int(done.stdout))


LEAVER = """
import subprocess, sys, time
program = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
words = [sys.executable, "-c", program]
child = subprocess.Popen(words, stdout=subprocess.PIPE, start_new_session=True)
print(child.stdout.readline().decode().strip(), flush=True)
time.sleep({rest})
"""


@posix
@pytest.mark.parametrize("rest", [0, 600])
def test_a_child_that_left_the_group_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rest: int
) -> None:
    monkeypatch.setattr(process, "GRACE", 0.3)
    done = run(LEAVER.format(rest=rest), tmp_path, timeout=3.0 if rest else 60.0)
    assert done.timed_out is bool(rest)
    if sys.platform == "linux":
        assert gone(int(done.stdout))
    else:
        os.kill(int(done.stdout), signal.SIGKILL)


@posix
def test_a_program_is_never_taken_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("here", "bin"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "program").touch(0o755)
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("PATH", os.pathsep.join(["", ".", "../here"]))
    assert process.find("program") is None
    monkeypatch.setenv("PATH", os.pathsep.join([".", str(tmp_path / "bin")]))
    assert process.find("program") == tmp_path / "bin" / "program"


SECRETS = [
    "GITHUB_TOKEN",
    "GATE_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "INPUT_TOKEN",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "PIP_INDEX_URL",
    "CONDA_TOKEN",
    "PYTHON_API_KEY",
    "XDG_PASSWORD",
    "DATABASE_URL",
    "SSH_AUTH_SOCK",
    "GITHUB_PATH",
    "GITHUB_ENV",
    "GITHUB_OUTPUT",
]


def test_a_child_sees_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*SECRETS, "HOME", "LC_ALL"):
        monkeypatch.setenv(name, "C" if name == "LC_ALL" else "s3cret")
    done = run("import os; print(*os.environ)", tmp_path)
    seen = {*done.stdout.split()}
    assert not seen & {*SECRETS}
    assert {"HOME", "LC_ALL", "PATH"} <= seen


def test_what_is_named_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "x")
    monkeypatch.setenv("MY_TOKEN", "y")
    given = process.environment({"EXTRA": "1"}, pass_on=["DATABASE_URL", "my_token"])
    assert given["DATABASE_URL"] == "x"
    assert given["MY_TOKEN"] == "y"
    assert given["EXTRA"] == "1"


@posix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupted_gate_ends_what_it_started(tmp_path: Path, name: str) -> None:
    """A signal reaches the gate alone, as its children have groups of their own."""
    tests = "import os, pathlib, time\n\n\ndef test_a():\n"
    tests += (
        "    pathlib.Path('pid').write_text(str(os.getpid()))\n    time.sleep(600)\n"
    )
    (tmp_path / "test_a.py").write_text(tests)
    (tmp_path / "temporary").mkdir()
    # What runs in the background of a shell has SIGINT ignored.
    program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    gate = subprocess.Popen(
        [sys.executable, "-c", f"{program}; from gate.cli import main; main()"]
        + ["run", "--only", "tests"],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path / "temporary")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    pid = tmp_path / "pid"
    while not (pid.exists() and pid.read_text()) and gate.poll() is None:
        time.sleep(0.05)
    number = int(getattr(signal, name))
    gate.send_signal(number)
    said = gate.communicate(timeout=60)[1]
    assert gate.returncode == 128 + number, said
    assert gone(int(pid.read_text()))
    left = {path.name for path in (tmp_path / "temporary").glob("gate-*")}
    assert not left


def test_many_paths_come_in_calls_of_bounded_length() -> None:
    paths = [f"folder/{number:05}.py" for number in range(5_000)]
    calls = list(process.batches(paths))
    assert [path for call in calls for path in call] == paths
    assert 1 < len(calls) and all(len(" ".join(c)) <= 20_020 for c in calls)
    assert list(process.batches([])) == []
    assert list(process.batches(["-x.py"])) == [["./-x.py"]]
