"""What an answer of GitHub's means: done, later, not allowed, and what to do then."""

from __future__ import annotations

import re
import time
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec
import urllib3

from gate.errors import GitHubError

_AGAIN = frozenset({429, 500, 502, 503, 504})
_NEXT = re.compile(r'<([^<>]*)>\s*;[^,<]*\brel="?next\b')
_ACCEPTED = re.compile(r"[a-z_]+=[a-z]+([;,] ?[a-z_]+=[a-z]+)*")
# A refusal that is for a setting's sake, and not for a permission that lacks.
_SETTING = re.compile(
    r"\bis not enabled\b|\bmust be enabled\b|\barchived\b|\blocked\b|\bupgrade\b"
    r"|\bIP allow list\b|\bSAML\b",
    re.IGNORECASE,
)
_MINUTE = 60.0  # what GitHub's documentation tells to wait when an answer does not


class ApiError(GitHubError):
    """GitHub could not be asked (`status` is None), or answered with an error.

    `denied` tells that the token lacks a permission: asking again will not help.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        status: int | None = None,
        denied: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.denied = denied


class Answer(NamedTuple):
    """One answer, whatever its status."""

    status: int
    headers: urllib3.HTTPHeaderDict
    body: bytes

    @property
    def kind(self) -> str:
        """Its media type, empty where it has none."""
        return self.headers.get("content-type", "")

    @property
    def limited(self) -> bool:
        """Whether a rate limit, and not a missing permission, refused the request."""
        if self.status == 429:
            return True
        return self.status == 403 and (
            "retry-after" in self.headers
            or self.headers.get("x-ratelimit-remaining") == "0"
            or "rate limit" in self.said.lower()
        )

    @property
    def passing(self) -> bool:
        """Whether the same request may well succeed in a moment."""
        return self.status in _AGAIN or self.limited

    @property
    def next(self) -> str:
        """The address of the next page, empty on the last."""
        match = _NEXT.search(self.headers.get("link", ""))
        return match[1] if match else ""

    @property
    def wait(self) -> float | None:
        """The seconds that GitHub asks to wait, None when it does not ask.

        Its documentation: Retry-After counts; else, with no requests remaining, the
        time of x-ratelimit-reset; else, for a rate limit, at least a minute.
        """
        if after := self.headers.get("retry-after", "").strip():
            return float(after) if re.fullmatch(r"[0-9]{1,9}", after) else _MINUTE
        if not self.limited:
            return None
        reset = self.headers.get("x-ratelimit-reset", "")
        spent = self.headers.get("x-ratelimit-remaining") == "0"
        if spent and re.fullmatch("[0-9]{1,12}", reset):
            return max(float(reset) - time.time(), 0.0)
        return _MINUTE

    @property
    def said(self) -> str:
        """GitHub's own explanation, empty when there is none (an HTML error page)."""
        try:
            error = msgspec.json.decode(self.body, type=_Error)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return ""
        details = error.errors if isinstance(error.errors, list) else []
        return ": ".join(
            filter(None, (error.message, "; ".join(map(_detail, details))))
        )


class _Error(msgspec.Struct):
    message: str = ""
    errors: Any = None


def _detail(one: Any) -> str:
    if not isinstance(one, dict):
        return str(one)
    return str(one.get("message") or f"{one.get('field')}: {one.get('code')}")


def phrase(status: int) -> str:
    """`502 Bad Gateway`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def hint(answer: Answer, needs: str) -> str:
    """What to do about an answer that is an error.

    `needs` is the permission that the caller knows the request to take; what GitHub
    itself says in x-accepted-github-permissions is better.
    """
    permission = _accepted(answer) or needs
    grant = f"the job's `permissions:` need `{permission}`" if permission else ""
    if answer.limited:
        return "GitHub limits how often it may be asked: run it again later"
    if answer.status == 401:
        return "the token is wrong or has expired: pass `${{ github.token }}`"
    if answer.status == 403:
        return _forbidden(answer.said) or grant or "the token lacks a permission"
    if answer.status == 404:
        return ": ".join(
            filter(None, ("it is gone, or the token may not see it", grant))
        )
    if answer.status == 410:
        return "GitHub keeps it no longer: run the workflow again"
    if answer.status in (409, 422):
        return "GitHub does not take what was sent, for the reason it gives"
    if answer.status in _AGAIN:
        return "run it again later; GitHub tells of outages on its status page"
    return ""


def _forbidden(said: str) -> str:
    """What to do about a 403 that no permission of the job's mends; else nothing."""
    if "via a GitHub App" in said:
        return "only an app's token may: pass `${{ github.token }}`"
    if _SETTING.search(said):
        return "a setting forbids it, whatever the token may do"
    return ""


class Refusal(NamedTuple):
    """Why GraphQL did not do what was asked, in an answer that is a success."""

    message: str
    hint: str
    denied: bool


class _GraphqlError(msgspec.Struct):
    message: str = ""
    type: str = ""


class _Graphql(msgspec.Struct):
    errors: list[_GraphqlError] = []


def of_graphql(answer: Answer, needs: str) -> Refusal | None:
    """What a GraphQL answer complains of; None when it complains of nothing."""
    try:
        errors = msgspec.json.decode(answer.body, type=_Graphql).errors
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None  # not of that shape: decoding it will tell
    if not errors:
        return None
    kinds = {error.type for error in errors}
    denied = bool(kinds & {"FORBIDDEN", "INSUFFICIENT_SCOPES"})
    advice = f"the job's `permissions:` need `{needs}`" if denied and needs else ""
    if "RATE_LIMITED" in kinds:
        advice = "GitHub limits how often it may be asked: run it again later"
    said = "; ".join(error.message for error in errors[:3])
    return Refusal(f"GitHub's GraphQL answered: {said}", advice, denied)


def _accepted(answer: Answer) -> str:
    accepted = answer.headers.get("x-accepted-github-permissions", "")
    if not _ACCEPTED.fullmatch(accepted):
        return ""
    words = accepted.replace("_", "-").replace("=", ": ")
    return re.sub("; ?", "` or `", re.sub(", ?", "` and `", words))
