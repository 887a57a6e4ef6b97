"""How PyGithub tells that it was refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import github
import pytest


def refused(call: Callable[..., object], *arguments: Any, **named: Any) -> Any:
    """How a call is refused: the status and GitHub's message."""
    with pytest.raises(github.GithubException) as caught:
        call(*arguments, **named)
    return caught.value.status, caught.value.data["message"]
