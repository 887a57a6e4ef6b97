"""Results that another run left: read within limits, whatever the archive is."""

from __future__ import annotations

import base64
import io
import stat
import struct
import tracemalloc
import warnings
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_github import Server
from fake_repository import FakeGitHub, Fault
from gate import results
from gate.errors import GateError, GitHubError
from gate.github import artifact
from gate.github.api import Api, Limits
from gate.github.event import Event, Run
from harness_fixtures import TOKEN

RUN = Run(id=5, event="pull_request", conclusion="failure", owner="eve", branch="x")
GOOD = {"results.json": b"{}", "report.html": b"<html>"}


def packed(files: dict[str, bytes], form: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", form) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def with_entry(**changes: Any) -> bytes:
    """An archive with one more file, whose entry is changed so."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("results.json", b"{}")
        archive.writestr("x", b"x")
        for name, value in changes.items():
            setattr(archive.filelist[-1], name, value)
    return data.getvalue()


def named(name: bytes) -> bytes:
    """An archive with one more file of this name, which zipfile would not write."""
    stand_in = b"x" * len(name)
    whole = packed({"results.json": b"{}", stand_in.decode(): b""})
    return whole.replace(stand_in, name)


def twice() -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's own, of two of one name
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr("results.json", b"{}")
            archive.writestr("results.json", b"[]")
    return data.getvalue()


def test_the_results_are_read_from_the_top() -> None:
    assert artifact.read(packed(GOOD), "a") == b"{}"
    stored = packed({**GOOD, "sub/results.json": b"[]"}, zipfile.ZIP_STORED)
    assert artifact.read(stored, "a") == b"{}"


def test_what_is_beside_the_archive_or_in_its_other_files_does_no_harm() -> None:
    assert artifact.read(b"MZ" * 100 + packed(GOOD), "a") == b"{}"
    inner = packed(dict.fromkeys("abc", b""))
    assert artifact.read(packed({**GOOD, "x.zip": inner}), "a") == b"{}"


@pytest.mark.parametrize(
    ("archive", "reason"),
    [
        (b"", "not a zip file"),
        (b"{}", "not a zip file"),
        (b"<!doctype html>" * 100, "not a zip file"),
        (packed(GOOD)[:-30], "not a zip file"),
        (packed({}), "has no results.json at its top"),
        (packed({"report/results.json": b"{}"}), "has no results.json at its top"),
        (packed({"Results.json": b"{}"}), "has no results.json"),
        (packed({"results.json/x": b"{}"}), "has no results.json"),
        (twice(), "has 2 results.json at its top"),
        (named(b"../x"), "leads out"),
        (named(b"a/../../x"), "leads out"),
        (named(b"..\\x"), "leads out"),
        (named(b"/etc/passwd"), "leads out"),
        (named(b"\\\\server\\x"), "leads out"),
        (named(b"C:\\x"), "leads out"),
        (named(b"c:x"), "leads out"),
        (named(b"a\0/../b"), "leads out"),
        (named(b"results.json\0x"), "leads out"),
        (with_entry(external_attr=(stat.S_IFLNK | 0o777) << 16), "has a link in it"),
        (with_entry(flag_bits=0x1), "is encrypted"),
        (with_entry(compress_type=99), "not compressed as GitHub"),
        (packed(GOOD, zipfile.ZIP_BZIP2), "not compressed as GitHub"),
        (packed(GOOD, zipfile.ZIP_LZMA), "not compressed as GitHub"),
        (packed({str(n): b"" for n in range(101)}), "more than 100 files"),
    ],
)
def test_an_archive_that_is_odd_is_refused(archive: bytes, reason: str) -> None:
    with pytest.raises(GitHubError, match="the artifact 'a' ") as caught:
        artifact.read(archive, "a")
    assert reason in caught.value.message


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (10, 9),  # a later version is needed
        (14, 0xDEADBEEF),  # another checksum
        (18, 2**31),  # sizes that are none
        (22, 2**31),
        (18, 0xFFFFFFFF),  # the size is elsewhere, and is not there
        (26, 0xFFFF),  # a longer name, or more beside it
        (28, 0xFFFF),
        (40, 2**31),  # it begins behind the end
        (40, 0xFFFFFFFF),
    ],
)
def test_an_entry_that_lies_is_refused_or_read(at: int, value: int) -> None:
    """In the list of entries, of which the first is that of the results."""
    archive = bytearray(packed({"results.json": b"{}"}))
    start = archive.index(b"PK\1\2") + at + (2 if at > 10 else -4)
    width = "<H" if at in (10, 26, 28) else "<I"
    struct.pack_into(width, archive, start, value)
    try:
        assert artifact.read(bytes(archive), "a") in (b"{}", b"")
    except GitHubError as error:
        assert len(error.message) < 300


@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=6
    ),
    st.integers(0, 400),
)
def test_a_damaged_archive_is_refused_or_read(
    changes: list[tuple[int, int]], end: int
) -> None:
    archive = bytearray(packed({**GOOD, "ü": b"x" * 50}))
    for at, value in changes:
        archive[at % len(archive)] = value
    if end > 300:
        del archive[end % len(archive) :]
    try:
        artifact.read(bytes(archive), "a")
    except GitHubError as error:
        assert len(error.message) < 400


def bomb(size: int, said: int) -> bytes:
    """An archive whose results.json is so many blanks, and says how many."""
    blanks = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = b"".join(blanks.compress(b" " * 2**20) for _ in range(size // 2**20))
    data += blanks.flush()
    entry = struct.pack("<HHHHHIII", 20, 0, 8, 0, 0, 0, len(data), said)
    name = struct.pack("<HH", 12, 0)
    local = b"PK\3\4" + entry + name + b"results.json" + data
    listed = b"PK\1\2" + b"\x14\0" + entry + name + bytes(14) + b"results.json"
    ends = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(listed), len(local), 0)
    return local + listed + b"PK\5\6" + ends


@pytest.mark.parametrize("said", [2, results.MAX_BYTES + 1, 200 * 2**20, 2**32 - 2])
def test_a_bomb_is_not_unpacked(said: int) -> None:
    archive = bomb(200 * 2**20, said)
    assert len(archive) < 400_000
    tracemalloc.start()
    with pytest.raises(GitHubError):
        artifact.read(archive, "a")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 4 * results.MAX_BYTES


def test_results_up_to_the_limit_are_read() -> None:
    whole = bytes(results.MAX_BYTES)
    assert artifact.read(packed({"results.json": whole}), "a") == whole
    with pytest.raises(GitHubError, match="the results in 'a' are too large"):
        artifact.read(packed({"results.json": whole + b" "}), "a")


def test_a_list_of_a_million_files_is_not_read() -> None:
    entry = b"PK\1\2" + bytes(42)
    ends = struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 46 * 10**6, 0, 0)
    archive = entry * 10**6 + b"PK\5\6" + ends
    tracemalloc.start()
    with pytest.raises(GitHubError, match="more than 100 files"):
        artifact.read(archive, "a")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2**20


def test_a_hostile_name_of_an_entry_is_quoted_and_cut() -> None:
    archive = bytearray(named(b"\n::error::" + b"x" * 5000))
    at = archive.index(b"::error::")
    archive[at] = ord("y")  # it is another one in the list
    archive[archive.index(b"results.json")] = ord("R")
    with pytest.raises(GitHubError) as caught:
        artifact.read(bytes(archive), "a")
    assert "\n" not in caught.value.message and len(caught.value.message) < 300


Left = Callable[..., list[int]]


@pytest.fixture
def leave(github: FakeGitHub) -> Left:
    """Lets the run #5 leave artifacts, each a dict of what is to be told of it."""

    def left(*artifacts: dict[str, Any]) -> list[int]:
        return github.add_run(
            5,
            {"artifacts": [{"files": {"results.json": "{}"}, **a} for a in artifacts]},
        )

    return left


def fetch(event: Event, api: Api) -> dict[str, bytes]:
    return artifact.fetch(RUN, event, api)


def test_the_report_of_a_run_is_fetched(
    event: Event, api: Api, leave: Left, github: FakeGitHub
) -> None:
    leave({"name": "gate-report"}, {"name": "logs"}, {"name": "gate-reports"})
    assert fetch(event, api) == {"gate-report": b"{}"}
    assert [r["method"] for r in github.state.requests] == ["GET"] * 3


def test_several_gates_have_a_report_each(event: Event, api: Api, leave: Left) -> None:
    names = ["gate-report-b", "gate-report", "gate-report-a"]
    leave(*({"name": name, "files": {"results.json": name}} for name in names))
    assert list(fetch(event, api).items()) == [(n, n.encode()) for n in sorted(names)]


def test_of_two_attempts_the_newer_one_counts(
    event: Event, api: Api, leave: Left, github: FakeGitHub
) -> None:
    for attempt in ("first", "second"):
        leave({"name": "gate-report", "files": {"results.json": attempt}})
    assert fetch(event, api) == {"gate-report": b"second"}
    first, _ = github.state.artifacts.values()
    first["created_at"] = "2027-01-01T00:00:00Z"
    assert fetch(event, api) == {"gate-report": b"first"}


def test_an_artifact_that_expired_is_none(event: Event, api: Api, leave: Left) -> None:
    leave({"name": "gate-report", "expired": True})
    with pytest.raises(GitHubError, match="left no artifact `gate-report`") as caught:
        fetch(event, api)
    assert caught.value.hint


@pytest.mark.parametrize("conclusion", ["action_required", "cancelled", "skipped"])
def test_a_run_that_did_not_get_so_far_left_none(
    event: Event, api: Api, leave: Left, conclusion: str
) -> None:
    leave({"name": "logs"})
    run = msgspec.structs.replace(RUN, conclusion=conclusion)
    assert artifact.fetch(run, event, api) == {}
    leave({"name": "gate-report"})
    assert artifact.fetch(run, event, api) == {"gate-report": b"{}"}


def test_one_that_expires_meanwhile_is_told(
    event: Event, api: Api, leave: Left, github: FakeGitHub
) -> None:
    leave({"name": "gate-report"})
    github.state.faults.append(Fault("GET .*/zip", "410"))
    with pytest.raises(GitHubError, match="410 Gone") as caught:
        fetch(event, api)
    assert "run the workflow again" in caught.value.hint


def test_reports_are_found_behind_many_other_artifacts(
    event: Event, api: Api, leave: Left, github: FakeGitHub
) -> None:
    leave({"name": "gate-report"}, *({"name": f"x{n}"} for n in range(250)))
    assert fetch(event, api) == {"gate-report": b"{}"}


def test_more_reports_than_a_run_has_gates_are_refused(
    event: Event, api: Api, leave: Left, github: FakeGitHub
) -> None:
    leave(*({"name": f"gate-report-{n}"} for n in range(41)))
    with pytest.raises(GitHubError, match="more than 40 reports"):
        fetch(event, api)
    assert len(github.state.requests) == 1


def test_one_that_is_too_large_by_its_own_word_is_not_fetched(
    event: Event, api: Api, leave: Left, github: FakeGitHub
) -> None:
    leave({"name": "gate-report-\n::error::", "size_in_bytes": 10**12})
    with pytest.raises(GitHubError, match="too large: refused") as caught:
        fetch(event, api)
    assert "\n" not in caught.value.message
    assert len(github.state.requests) == 1


def test_one_that_is_larger_than_it_says_is_broken_off(
    event: Event, api: Api, leave: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave({"name": "gate-report", "size_in_bytes": 9})
    monkeypatch.setattr(artifact, "MAX_BYTES", 100)
    with pytest.raises(GitHubError, match="more than 100 bytes"):
        fetch(event, api)


def test_one_that_is_no_archive_is_told_by_its_name(
    event: Event, api: Api, leave: Left
) -> None:
    leave({"name": "gate-report-x", "base64": base64.b64encode(b"no").decode()})
    with pytest.raises(GitHubError, match="'gate-report-x' cannot be read"):
        fetch(event, api)


def test_a_missing_permission_is_named(
    event: Event, server: Server, leave: Left, github: FakeGitHub
) -> None:
    leave({"name": "gate-report"})
    github.setup(tokens={TOKEN: {"contents": "read"}}, private=True)
    with pytest.raises(GitHubError, match="403") as caught:
        fetch(event, Api(server.url, TOKEN))
    assert "`actions: read`" in caught.value.hint


@pytest.mark.parametrize("kind", ["502", "drop", "rate-limit", "hang"])
@pytest.mark.parametrize(
    "request_", ["GET .*/artifacts", "GET .*/zip", r"GET /artifacts/.*\.zip"]
)
def test_any_request_may_fail_once(
    event: Event,
    server: Server,
    leave: Left,
    github: FakeGitHub,
    kind: str,
    request_: str,
) -> None:
    leave({"name": "gate-report"})
    github.state.faults.append(Fault(request_, kind))
    api = Api(server.url, TOKEN, Limits(backoff=0.001, timeout=0.3))
    assert fetch(event, api) == {"gate-report": b"{}"}


@pytest.mark.parametrize("kind", ["html", "garbage", "wrong"])
def test_what_is_no_answer_is_an_error_of_ours(
    event: Event, api: Api, leave: Left, github: FakeGitHub, kind: str
) -> None:
    leave({"name": "gate-report"})
    for request in ("GET .*/artifacts", "GET .*/zip", r"GET /artifacts/.*\.zip"):
        github.state.faults[:] = [Fault(request, kind)]
        with pytest.raises(GateError):
            fetch(event, api)
