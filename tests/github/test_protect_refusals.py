"""What to do about each refusal of GitHub's."""

from __future__ import annotations

import pytest

from gate.errors import GitHubError
from gate.github.answers import ApiError
from gate.github.api import Api
from gate.github.protect import refusals
from gate.github.remote import Remote

REMOTE = Remote(repository="o/r", api_url="https://api.github.com")


def explained(error: Exception, token: str = "ghp_x") -> GitHubError:
    api = Api(REMOTE.api_url, token)
    with pytest.raises(GitHubError) as caught:
        with refusals.explained(api, REMOTE):
            raise error
    return caught.value


def refusal(status: int, said: str = "", path: str = "rulesets") -> ApiError:
    message = f"GET /repos/o/r/{path}: GitHub answered {status} ({said})"
    return ApiError(message, hint="ours", status=status, denied=status == 403)


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (refusal(401), "wrong or has expired: GH_TOKEN=$(gh auth token) gate protect"),
        (refusal(403), "it takes an administrator of o/r, and a token with"),
        (refusal(404), "GitHub hides what the token may not change: it takes an"),
        (refusal(422), "GitHub does not take the rule as it is"),
        (
            refusal(403, "Resource protected by organization SAML enforcement."),
            "authorize the token for the organization's single sign-on first",
        ),
        (
            refusal(403, "Upgrade to GitHub Team or make this repository public"),
            "on this plan GitHub protects branches of public repositories only",
        ),
        (
            ApiError("GET /repos/o/r: GitHub answered 404 Not Found", status=404),
            "is the name right? api.github.com knows no o/r, or it is private",
        ),
        (refusal(502), "ours"),
        (ApiError("no connection", hint="ours"), "ours"),
        (ApiError("403, a rate limit", hint="ours", status=403), "ours"),
        (GitHubError("no such branch", hint="ours"), "ours"),
    ],
)
def test_a_refusal_says_what_to_do(error: GitHubError, hint: str) -> None:
    told = explained(error)
    assert told.message == error.message
    assert hint in told.hint


def test_an_apps_token_is_told_that_actions_own_never_can() -> None:
    told = explained(refusal(403), "ghs_x")
    assert told.hint.startswith("the token that GitHub Actions gives a workflow")


def test_a_bug_stays_one() -> None:
    with pytest.raises(ZeroDivisionError):
        with refusals.explained(Api(REMOTE.api_url, "ghp_x"), REMOTE):
            raise ZeroDivisionError
