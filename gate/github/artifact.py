"""The results that another run left: downloaded, and read as hostile data.

Whoever wrote the change decides what the archive holds. It is never unpacked: one file
of it is read, within limits, and only if nothing about the archive is odd.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from typing import Annotated

import msgspec

from gate import results
from gate.errors import GitHubError
from gate.github.api import Api
from gate.github.event import Event, Run

NEEDS = "actions: read"
NAME = "gate-report"  # and, for a gate with a name, `gate-report-NAME`
FILE = "results.json"
MAX_BYTES = 64 * 1024 * 1024  # of an archive
MAX_FILES = 100  # in an archive
MOST = 40  # gates of one run

_NOT_RUN = ("action_required", "cancelled", "skipped", "stale", "startup_failure")
_ENTRY = b"PK\1\2"  # begins each entry of an archive's list
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,  # and NotImplementedError
    ValueError,
)


class _Artifact(msgspec.Struct):
    id: int
    name: str
    size_in_bytes: Annotated[int, msgspec.Meta(ge=0)] = 0
    expired: bool = False
    created_at: str | None = None


class _Page(msgspec.Struct):
    artifacts: list[_Artifact]


def fetch(run: Run, event: Event, api: Api) -> dict[str, bytes]:
    """Each gate's results.json of a run, by the name of its artifact.

    None if the run did not get as far as to judge: it waits for an approval, say.

    Raises:
        GitHubError: there is none, it is too large, or it is not as the gate leaves it.
    """
    newest: dict[str, _Artifact] = {}
    for one in _listed(run, event, api):
        known = newest.get(one.name)
        # A run that was started again has one of each attempt.
        if known is None or (one.created_at or "") >= (known.created_at or ""):
            newest[one.name] = one
    if not newest and run.conclusion in _NOT_RUN:
        return {}
    if not newest:
        raise GitHubError(
            f"the run {run.id} left no artifact `{NAME}`",
            hint="did it get as far as the gate? its log says why not",
        )
    if len(newest) > MOST:
        raise GitHubError(f"the run {run.id} left more than {MOST} reports: refused")
    return {name: _results(one, event, api) for name, one in sorted(newest.items())}


def _listed(run: Run, event: Event, api: Api) -> list[_Artifact]:
    found: list[_Artifact] = []
    for page in range(1, 11):
        path = f"/repos/{event.repository}/actions/runs/{run.id}/artifacts"
        listed = api.get(
            f"{path}?per_page=100&page={page}", _Page, needs=NEEDS
        ).artifacts
        found += listed
        if len(listed) < 100:
            break
    return [
        one
        for one in found
        if (one.name == NAME or one.name.startswith(f"{NAME}-")) and not one.expired
    ]


def _results(artifact: _Artifact, event: Event, api: Api) -> bytes:
    shown = artifact.name[:100]
    if artifact.size_in_bytes > MAX_BYTES:
        raise GitHubError(f"the artifact {shown!r} is too large: refused")
    path = f"/repos/{event.repository}/actions/artifacts/{artifact.id}/zip"
    return read(api.download(path, MAX_BYTES, needs=NEEDS), shown)


def read(archive: bytes, name: str) -> bytes:
    """The results.json at the top of an archive, at most `results.MAX_BYTES`.

    Raises:
        GitHubError: the archive is not one, or holds what the gate does not put there.
    """
    # Before zipfile makes an object of each: a million fit into an archive.
    if archive.count(_ENTRY) > MAX_FILES:
        raise GitHubError(
            f"the artifact {name!r} holds more than {MAX_FILES} files: refused"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            problem = _problem(opened.infolist())
            if problem:
                raise GitHubError(f"the artifact {name!r} {problem}: refused")
            with opened.open(FILE) as file:
                data = file.read(results.MAX_BYTES + 1)
    except _UNREADABLE as error:
        said = str(error)[:200]  # it may quote a name
        raise GitHubError(f"the artifact {name!r} cannot be read: {said}") from None
    if len(data) > results.MAX_BYTES:
        raise GitHubError(f"the results in {name!r} are too large: refused")
    return data


def _problem(entries: list[zipfile.ZipInfo]) -> str:
    """What is odd about an archive; nothing of it is unpacked all the same."""
    for entry in entries:
        # As it stands there: zipfile cuts a name at a NUL, and swaps slashes.
        path = entry.orig_filename.replace("\\", "/")
        steps = path.removesuffix("/").split("/")
        if ".." in steps or path.startswith("/") or ":" in steps[0] or "\0" in path:
            return "has a path that leads out of it"
        if stat.S_ISLNK(entry.external_attr >> 16):
            return "has a link in it"
        if entry.flag_bits & 0x1:
            return "is encrypted"
        # Of the other forms a small part can grow without a limit.
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return "is not compressed as GitHub does it"
    count = sum(entry.filename == FILE for entry in entries)
    return "" if count == 1 else f"has {count or 'no'} {FILE} at its top"
