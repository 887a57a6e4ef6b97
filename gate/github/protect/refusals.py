"""GitHub's refusals -> what to do about them, for who changes a branch's rules."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from gate.errors import GitHubError
from gate.github import remote as remotes
from gate.github.answers import ApiError
from gate.github.api import Api
from gate.github.protect.reading import PLAN
from gate.github.remote import Remote

_OF_ACTIONS = (
    "the token that GitHub Actions gives a workflow can never do that: take one of an"
    " administrator's, or of an app of your own with `Administration: write`"
)


@contextlib.contextmanager
def explained(api: Api, remote: Remote) -> Iterator[None]:
    """Give every refusal within its remedy.

    Raises:
        GitHubError: for each `ApiError`, with the same message and another hint.
    """
    try:
        yield
    except ApiError as error:
        hint = _hint(error, api, remote)
        raise GitHubError(error.message, hint=hint or error.hint) from None


def permission(api: Api, remote: Remote) -> str:
    """Who may change a branch's rules, and what the token has to allow."""
    if api.of_app:
        return _OF_ACTIONS
    return (
        f"it takes an administrator of {remote.repository}, and a token with"
        " `Administration: write` (a fine-grained one, or an app's) or with the scope"
        " `repo` (a classic one)"
    )


def _hint(error: ApiError, api: Api, remote: Remote) -> str:
    """What to do; empty where the client itself knows best."""
    if PLAN in error.message:
        return (
            "on this plan GitHub protects branches of public repositories only: make it"
            " public, or upgrade; until then nothing keeps anybody from merging"
        )
    if error.status == 401:
        return f"the token is wrong or has expired: {remotes.login(remote)}"
    if error.status == 403 and error.denied:
        return _of_403(error, api, remote)
    if error.status == 404:
        return _of_404(error, api, remote)
    if error.status == 422:
        return (
            "GitHub does not take the rule as it is: what it says above tells why; the"
            " same can be tried by hand in Settings, Branches or Rules"
        )
    return ""


def _of_403(error: ApiError, api: Api, remote: Remote) -> str:
    if "SAML" in error.message or "SSO" in error.message:
        return "authorize the token for the organization's single sign-on first"
    return permission(api, remote)


def _of_404(error: ApiError, api: Api, remote: Remote) -> str:
    """GitHub says 404 of what a token may not know of."""
    if error.message.startswith(f"GET /repos/{remote.repository}:"):
        return (
            f"is the name right? {remote.host} knows no {remote.repository}, or it is"
            " private and the token may not see it"
        )
    return f"GitHub hides what the token may not change: {permission(api, remote)}"
