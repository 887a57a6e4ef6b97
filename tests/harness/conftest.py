"""A fake GitHub with a small history, and clients of others to ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import github as pygithub
import pytest

import harness_fixtures
from contract import Spec
from fake_github import Server, serve
from fake_repository import FakeGitHub

no_proxy, spec = harness_fixtures.no_proxy, harness_fixtures.spec
github, node = harness_fixtures.github, harness_fixtures.node

Connect = Callable[..., pygithub.Github]

LONG = "".join(f"line {number}\n" for number in range(1, 31))
MAIN = {
    "README.md": "# Orbits\n",
    "src/orbits.py": LONG,
    "src/old_name.py": "".join(f"constant {n}\n" for n in range(20)),
    "data/moons.bin": {"base64": "AAECAwQFBgc="},
    "run.sh": {"text": "#!/bin/sh\n", "mode": "100755"},
}
TOPIC = {
    "src/orbits.py": LONG.replace("line 10\n", "line ten\n"),
    "src/old_name.py": None,
    "src/new_name.py": "".join(f"constant {n}\n" for n in range(20)) + "one more\n",
    "data/moons.bin": {"base64": "AAECAwQFBgcI"},
}


@pytest.fixture
def server(spec: Spec) -> Iterator[Server]:
    """A server with two branches and the pull request #7 from one to the other."""
    github = FakeGitHub(spec)
    github.setup(
        branches={
            "main": {"files": MAIN, "message": "The beginning"},
            "topic": {"files": TOPIC, "from": "main", "message": "A change of orbits"},
        },
        pulls={7: {"title": "Orbits", "user": "ann", "labels": ["gate-change"]}},
    )
    running = serve(github)
    yield running
    running.stop()
    assert github.state.violations == []


@pytest.fixture
def connect(server: Server) -> Iterator[Connect]:
    """PyGithub with a token, at the speed of this machine."""
    clients = []

    def make(token: str = "ghs_any", *, per_page: int = 100) -> pygithub.Github:
        client = pygithub.Github(
            base_url=server.url,
            auth=pygithub.Auth.Token(token),
            per_page=per_page,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
        )
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def repo(connect: Connect) -> pygithub.Repository.Repository:
    """The repository as PyGithub has it."""
    return connect().get_repo("o/r")
