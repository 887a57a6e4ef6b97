"""Whether something on a pull request was written by the gate.

Anybody can write a comment with the gate's marks in it, and a token that may edit other
people's comments would. So what is ours is told by its author as well.
"""

from __future__ import annotations

import msgspec

from gate.github.answers import ApiError
from gate.github.api import Api


class User(msgspec.Struct):
    """An author; a bot is of the type `Bot`."""

    login: str
    type: str = "User"


def own_login(api: Api) -> str:
    """The token's user; empty for an app's token, which GitHub does not tell."""
    if api.of_app:
        return ""
    try:
        return api.get("/user", User).login
    except ApiError as error:
        if error.denied:
            return ""
        raise


def is_ours(user: User | None, app: object, login: str) -> bool:
    """Whether a comment's author is the token's: `login` for a user's, else an app.

    `app` is what GitHub says the author used, None for nothing.
    """
    if user is None:
        return False
    if login:
        return user.login == login
    by_app = user.login == "github-actions[bot]" or app is not None
    return user.type == "Bot" and by_app
