"""Which repository on which server is meant, and which token may go to that server.

What is not named is taken from the clone's remote. A token is somebody's key to one
server: one that was put into the environment for github.com does not go to whatever
server a clone happens to come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import msgspec

from gate.errors import GitHubError

GITHUB = "api.github.com"

_REPOSITORY = r"[A-Za-z0-9][A-Za-z0-9_-]*/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}"
# With a dot: a name without one is an alias of somebody's ssh configuration.
_LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL})+"
_URL = re.compile(
    r"(?P<scheme>https?|ssh|git|git\+ssh)://(?:[^/@]*@)?"
    r"(?P<host>[^/:@]+)(?P<port>:[0-9]{1,5})?/(?P<path>.+)"
)
_SCP = re.compile(r"(?:[^/:@]+@)?(?P<host>[^/:@]+):(?P<path>[^:]+)")
_ALIASES = {"www.github.com": "github.com", "ssh.github.com": "github.com"}
_FOR_GITHUB = ("GH_TOKEN", "GITHUB_TOKEN")
_FOR_OTHERS = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")


class Remote(msgspec.Struct, frozen=True, kw_only=True):
    """A repository (`owner/name`) and the API that knows it.

    `named` tells that the user named the server, and not only the clone's remote.
    """

    repository: str
    api_url: str
    named: bool = False

    @property
    def host(self) -> str:
        """The host that is asked."""
        return urlsplit(self.api_url).netloc

    @property
    def is_github(self) -> bool:
        """Whether the server is GitHub's own, not a company's."""
        return self.host == GITHUB or self.host.endswith(".ghe.com")


def find(environ: Mapping[str, str], given: str | None, origin: str | None) -> Remote:
    """The repository and its server.

    The repository is what was given (`[HOST/]OWNER/NAME`), else GITHUB_REPOSITORY,
    else that of the clone's remote, whose address is `origin`. The server is the
    HOST, else GITHUB_API_URL, else that of the clone's remote, else github.com.

    Raises:
        GitHubError: there is none, or what was given is none.
    """
    there = parse(origin or "")
    repository = given or environ.get("GITHUB_REPOSITORY") or ""
    host, _, rest = repository.partition("/")
    if "/" not in rest:
        host, rest = "", repository
    if not repository and not there:
        none = "this is no clone with a remote `origin`"
        other = f"`origin` is {(origin or '')[:100]!r}, not a repository on GitHub"
        raise GitHubError(
            f"which repository? {other if origin else none}",
            hint="name it: --repository OWNER/NAME, or HOST/OWNER/NAME",
        )
    if repository and not re.fullmatch(_REPOSITORY, rest):
        raise GitHubError(
            f"{repository[:100]!r} is not the name of a repository",
            hint="write OWNER/NAME, or HOST/OWNER/NAME",
        )
    if host:
        return Remote(repository=rest, api_url=_api_of(host), named=True)
    found = rest or (there[1] if there else "")
    if url := environ.get("GITHUB_API_URL"):
        return Remote(repository=found, api_url=url.rstrip("/"), named=True)
    return Remote(
        repository=found, api_url=_api_of(there[0] if there else "github.com")
    )


def parse(url: str) -> tuple[str, str] | None:
    """Host and repository of a remote's address; None where it is not such a one.

    The address may be one of https and ssh, or the short one of ssh
    (`git@HOST:OWNER/NAME.git`). A port is kept only where the API has it too.
    """
    match = _URL.fullmatch(url) or _SCP.fullmatch(url)
    if not match:
        return None
    path = match["path"].strip("/").removesuffix(".git")
    host = match["host"].lower()
    if not re.fullmatch(_HOST, host) or not re.fullmatch(_REPOSITORY, path):
        return None
    parts = match.groupdict()
    web = parts.get("scheme") in ("http", "https")
    port = (parts.get("port") or "") if web else ""
    return _ALIASES.get(host, host) + port, path


def token(environ: Mapping[str, str], remote: Remote) -> str:
    """The token for the server.

    GATE_TOKEN is the gate's own and goes wherever the gate asks. Else as GitHub's
    command line has it: GH_TOKEN and GITHUB_TOKEN are for github.com and ghe.com,
    GH_ENTERPRISE_TOKEN and GITHUB_ENTERPRISE_TOKEN for other servers; the former go
    there too when the user named the server.

    Raises:
        GitHubError: none is set.
    """
    names = tuple(_names(remote))
    for name in names:
        if found := environ.get(name):
            return found
    raise GitHubError(
        f"no token for {remote.host}: set one of {', '.join(names)}",
        hint=login(remote),
    )


def login(remote: Remote) -> str:
    """The command that takes the token of GitHub's command line."""
    if remote.host == GITHUB:
        return "GH_TOKEN=$(gh auth token) gate protect"
    host = remote.host.removeprefix("api.") if remote.is_github else remote.host
    name = _FOR_GITHUB[0] if remote.is_github else _FOR_OTHERS[0]
    return f"{name}=$(gh auth token --hostname {host}) gate protect"


def _names(remote: Remote) -> Iterator[str]:
    yield "GATE_TOKEN"
    if not remote.is_github:
        yield from _FOR_OTHERS
    if remote.is_github or remote.named:
        yield from _FOR_GITHUB


def _api_of(host: str) -> str:
    """The address of a server's API; GitHub's own have one of its own.

    Raises:
        GitHubError: it is not the name of a host.
    """
    host = host.lower()
    name, _, port = host.partition(":")
    if not re.fullmatch(_HOST, name) or not re.fullmatch("[0-9]{0,5}", port):
        raise GitHubError(
            f"{host[:100]!r} is not the name of a server",
            hint="write OWNER/NAME, or HOST/OWNER/NAME",
        )
    host = _ALIASES.get(host, host)
    if host == "github.com":
        return f"https://{GITHUB}"
    if host.endswith(".ghe.com"):
        return f"https://api.{host}"
    return f"https://{host}/api/v3"
