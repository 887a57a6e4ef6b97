"""What can go wrong with a request on its way, and which requests it strikes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

# Every way to fail, for tests that try them all; of statuses, some.
STATUSES = ("500", "502", "503", "429")
KINDS = (*STATUSES, "rate-limit", "html", "garbage", "wrong", "drop", "late", "hang")


@dataclass
class Fault:
    """What goes wrong with the requests (`METHOD /path`) that fit a pattern.

    `kind` is a status (`"502"`), `rate-limit` (a 403 that means later), `html` (a
    page, with 200), `garbage` (half a JSON text), `wrong` (JSON of another shape),
    `drop` (the connection ends without an answer), `late` (the same, after the
    request was carried out), `hang` (no answer at all) or `pause` (held before it is
    carried out, until `POST /_resume`; `GET /_paused?count=2` waits for two such).
    `times` counts down; None is for ever. The first `after` requests go through.
    """

    pattern: str
    kind: str
    times: int | None = 1
    after: int = 0
    headers: dict[str, str] = field(default_factory=lambda: {"Retry-After": "0"})

    def strikes(self, request: str) -> bool:
        """Whether this request fails; counts it."""
        if self.times == 0 or not re.fullmatch(self.pattern, request):
            return False
        if self.after:
            self.after -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True

    @classmethod
    def parse(cls, text: str) -> Fault:
        """`PATTERN=KIND`, once; `=KINDx3` three times; `=KINDx*` for ever."""
        pattern, _, rest = text.rpartition("=")
        kind, _, times = rest.partition("x")
        count = None if times == "*" else int(times or 1)
        return cls(pattern=pattern, kind=kind, times=count)

    @classmethod
    def each(
        cls, endpoints: Iterable[str], kind: str, times: int | None = 1
    ) -> list[Fault]:
        """A fault for every endpoint of a run (`State.endpoints`), to try in turn."""
        return [cls(re.escape(asked), kind, times) for asked in endpoints]
