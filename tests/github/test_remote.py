"""Which repository on which server, and which token goes there."""

from __future__ import annotations

import pytest

from gate.errors import GitHubError
from gate.github.remote import Remote, find, login, parse, token

GITHUB = "https://api.github.com"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://github.com/o/r", "github.com"),
        ("https://github.com/o/r.git", "github.com"),
        ("https://github.com/o/r.git/", "github.com"),
        ("https://www.github.com/o/r", "github.com"),
        ("https://ada:secret@github.com/o/r.git", "github.com"),
        ("http://GitHub.com/o/r", "github.com"),
        ("git://github.com/o/r.git", "github.com"),
        ("git@github.com:o/r.git", "github.com"),
        ("git@github.com:/o/r.git", "github.com"),
        ("org-123@github.com:o/r", "github.com"),
        ("github.com:o/r", "github.com"),
        ("ssh://git@github.com/o/r.git", "github.com"),
        ("ssh://git@ssh.github.com:443/o/r.git", "github.com"),
        ("git+ssh://git@github.com/o/r", "github.com"),
        ("https://git.lab.example/o/r.git", "git.lab.example"),
        ("https://git.lab.example:8443/o/r.git", "git.lab.example:8443"),
        ("ssh://git@git.lab.example:2222/o/r.git", "git.lab.example"),
        ("git@git.lab.example:o/r.git", "git.lab.example"),
        ("https://lab.ghe.com/o/r.git", "lab.ghe.com"),
        # as git itself reads them
        ("https://github.com:x@evil.example/o/r", "evil.example"),
        ("https://github.com\\@evil.example/o/r", "evil.example"),
    ],
)
def test_the_address_of_a_remote_names_host_and_repository(url: str, host: str) -> None:
    assert parse(url) == (host, "o/r")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/srv/git/r.git",
        "../r",
        "file:///srv/git/o/r.git",
        "C:/Users/ada/r",
        "C:\\Users\\ada\\r",
        "git@work:o/r.git",  # an alias of somebody's ssh configuration
        "https://localhost/o/r",
        "https://github.com/o",
        "https://github.com/o/r/tree",
        "https://github.com/o/..",
        "https://github.com/../r",
        "https://github.com/o/r?x#y",
        "https://github.com@evil/o/r",
        "https://-x.example/o/r",
        "https://a..example/o/r",
        "https://git.exämple/o/r",
        "ext::sh -c 'touch x' github.com:o/r",
    ],
)
def test_other_addresses_are_of_no_repository(url: str) -> None:
    assert parse(url) is None


def test_an_account_of_a_company_may_have_an_underscore() -> None:
    assert parse("git@github.com:ada_lab/r_1.x.git") == ("github.com", "ada_lab/r_1.x")


@pytest.mark.parametrize(
    ("given", "environ", "origin", "repository", "api", "named"),
    [
        (None, {}, "git@github.com:o/r.git", "o/r", GITHUB, False),
        (None, {}, "https://lab.ghe.com/o/r", "o/r", "https://api.lab.ghe.com", False),
        (None, {}, "git@g.example:o/r", "o/r", "https://g.example/api/v3", False),
        ("a/b", {}, "git@g.example:o/r", "a/b", "https://g.example/api/v3", False),
        ("a/b", {}, None, "a/b", GITHUB, False),
        ("a/b", {}, "/srv/r.git", "a/b", GITHUB, False),
        ("github.com/a/b", {}, "git@g.example:o/r", "a/b", GITHUB, True),
        ("G.example:8443/a/b", {}, None, "a/b", "https://g.example:8443/api/v3", True),
        ("x.ghe.com/a/b", {}, None, "a/b", "https://api.x.ghe.com", True),
        (
            None,
            {"GITHUB_REPOSITORY": "a/b"},
            "git@github.com:o/r",
            "a/b",
            GITHUB,
            False,
        ),
        ("c/d", {"GITHUB_REPOSITORY": "a/b"}, None, "c/d", GITHUB, False),
        (
            None,
            {"GITHUB_API_URL": "http://x/"},
            "git@g.example:o/r",
            "o/r",
            "http://x",
            True,
        ),
        (
            "github.com/a/b",
            {"GITHUB_API_URL": "http://x"},
            None,
            "a/b",
            GITHUB,
            True,
        ),
    ],
)
def test_what_is_not_named_is_taken_from_the_clone(
    given: str | None,
    environ: dict[str, str],
    origin: str | None,
    repository: str,
    api: str,
    named: bool,
) -> None:
    found = find(environ, given, origin)
    assert found == Remote(repository=repository, api_url=api, named=named)


@pytest.mark.parametrize(
    ("given", "origin", "message"),
    [
        (None, None, "this is no clone with a remote `origin`"),
        (None, "/srv/r", "`origin` is '/srv/r', not a repository on GitHub"),
        ("r", None, "'r' is not the name of a repository"),
        ("o/..", None, "'o/..' is not the name of a repository"),
        ("o/r/x", None, "'o' is not the name of a server"),
        ("https://github.com/o/r", None, "is not the name of a repository"),
        ("g.example:x/o/r", None, "'g.example:x' is not the name of a server"),
        ("g.example/o/r\n", None, "is not the name of a repository"),
        ("o@evil.example/o/r", None, "is not the name of a server"),
    ],
)
def test_what_names_no_repository_is_refused(
    given: str | None, origin: str | None, message: str
) -> None:
    with pytest.raises(GitHubError) as caught:
        find({}, given, origin)
    assert message in caught.value.message
    assert "HOST/OWNER/NAME" in caught.value.hint


ALL = {
    name: name.lower()
    for name in (
        "GATE_TOKEN",
        "GH_TOKEN",
        "GITHUB_TOKEN",
        "GH_ENTERPRISE_TOKEN",
        "GITHUB_ENTERPRISE_TOKEN",
    )
}
COMPANY = "https://git.lab.example/api/v3"


@pytest.mark.parametrize(
    ("api", "named", "order"),
    [
        (GITHUB, False, ["GATE_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"]),
        ("https://api.lab.ghe.com", False, ["GATE_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"]),
        (
            COMPANY,
            False,
            ["GATE_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"],
        ),
        (
            COMPANY,
            True,
            ["GATE_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"]
            + ["GH_TOKEN", "GITHUB_TOKEN"],
        ),
    ],
)
def test_a_token_goes_to_the_server_that_it_is_for(
    api: str, named: bool, order: list[str]
) -> None:
    remote = Remote(repository="o/r", api_url=api, named=named)
    environ = dict(ALL)
    for name in order:
        assert token(environ, remote) == name.lower()
        del environ[name]
    with pytest.raises(GitHubError) as caught:
        token(environ, remote)
    assert caught.value.message == (
        f"no token for {remote.host}: set one of {', '.join(order)}"
    )


@pytest.mark.parametrize(
    "api",
    ["https://evil.example", "https://api.github.com.evil.example", "https://ghe.com"],
)
def test_a_name_like_githubs_is_not_githubs(api: str) -> None:
    with pytest.raises(GitHubError):
        token({"GH_TOKEN": "x"}, Remote(repository="o/r", api_url=api))


@pytest.mark.parametrize(
    ("api", "command"),
    [
        (GITHUB, "GH_TOKEN=$(gh auth token) gate protect"),
        (
            "https://api.lab.ghe.com",
            "GH_TOKEN=$(gh auth token --hostname lab.ghe.com) gate protect",
        ),
        (
            COMPANY,
            "GH_ENTERPRISE_TOKEN=$(gh auth token --hostname git.lab.example)"
            " gate protect",
        ),
    ],
)
def test_the_hint_takes_the_token_of_githubs_command_line(
    api: str, command: str
) -> None:
    assert login(Remote(repository="o/r", api_url=api)) == command
