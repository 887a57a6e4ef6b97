"""One job at a time at a comment that several share, where GitHub knows no locks.

A reaction serves as one: of a kind there is one of each user at a comment, all jobs are
the same user, and GitHub tells who has made it (201) and who has found it there (200).
https://docs.github.com/rest/reactions/reactions#create-reaction-for-an-issue-comment
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Iterator

import msgspec

from gate.github.answers import ApiError
from gate.github.api import Api

HELD = 30.0  # times the client's first pause: after so long a holder counts as gone
LONGEST = 90.0  # of the same: the rest of what is published needs its time too
PAUSE = 0.5  # of the same, about, between two looks
_KIND = {"content": "eyes"}


class _Reaction(msgspec.Struct):
    id: int


@contextlib.contextmanager
def turn(api: Api, comment: str, *, needs: str) -> Iterator[bool]:
    """Wait for the turn at a comment (its API path), and give it back.

    It is False where turns cannot be had: the token may not react, or the time is up.
    """
    held = _take(api, f"{comment}/reactions", needs)
    try:
        yield held is not None
    finally:
        if held is not None:
            with contextlib.suppress(ApiError):  # it ends by itself
                api.delete(f"{comment}/reactions/{held}", needs=needs)


def _take(api: Api, path: str, needs: str) -> int | None:
    """The reaction that is ours; None where it cannot be had."""
    began = time.monotonic()
    seen = (0, began)
    while time.monotonic() - began < LONGEST * api.patience:
        try:
            reaction, is_new = api.post_once(path, _KIND, _Reaction, needs=needs)
        except ApiError:
            return None
        if is_new:
            return reaction.id
        now = time.monotonic()
        if reaction.id != seen[0]:
            seen = (reaction.id, now)
        elif now - seen[1] > HELD * api.patience:
            # By its number: if another one was quicker, this takes nothing of its.
            with contextlib.suppress(ApiError):
                api.delete(f"{path}/{reaction.id}", needs=needs)
            continue
        if not api.wait(PAUSE * api.patience * random.uniform(0.5, 1.5)):
            break
    return None
