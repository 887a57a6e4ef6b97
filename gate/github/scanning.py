"""Findings for GitHub's code scanning, where the repository has it."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator

import msgspec

from gate.github import steps
from gate.github.api import Api
from gate.github.event import Event
from gate.github.steps import Step

NEEDS = "security-events: write"
MOST = 10_000_000  # bytes of the compressed log that GitHub takes


class _Uploaded(msgspec.Struct):
    id: str


def publish(sarif: str, judged: str, event: Event, api: Api) -> Iterator[Step]:
    """Upload the log of findings in the commit `judged`: the head, or a merge of it."""
    ref = f"refs/heads/{event.branch}" if event.branch else ""
    commit = event.head
    if event.pull_request is not None:
        merged = judged not in ("", event.head)
        ref = f"refs/pull/{event.pull_request}/{'merge' if merged else 'head'}"
        commit = judged or event.head
    if not ref:
        yield steps.left_out(
            f"code scanning: the event `{event.name}` is neither of a pull request nor"
            " of the default branch"
        )
        return
    data = gzip.compress(sarif.encode(), mtime=0)
    if len(data) > MOST:
        yield steps.left_out(f"code scanning: more than {MOST:,} bytes of findings")
        return
    body = {"commit_sha": commit, "ref": ref, "sarif": base64.b64encode(data).decode()}
    path = f"/repos/{event.repository}/code-scanning/sarifs"
    api.post(path, body, _Uploaded, needs=NEEDS)
    yield steps.done(f"code scanning: findings uploaded for {ref}")
