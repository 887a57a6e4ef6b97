"""What tells a gate from others of the same pull request, and what bears its name."""

from __future__ import annotations

import hashlib
import re
import unicodedata

RULE = (
    "letters, digits, blanks and `._/+-` of ASCII, at most 60, a letter or digit first,"
    " no blank, dot or slash last, no two slashes together"
)
PATTERN = r"(?!.*//)[A-Za-z0-9]([A-Za-z0-9 ._/+-]{0,58}[A-Za-z0-9+_-])?"


def valid(name: str) -> bool:
    """Whether a gate may be called so."""
    return re.fullmatch(PATTERN, name, re.ASCII) is not None


def of_folder(folder: str) -> str:
    """The name of a gate for a folder of its repository; empty for its top."""
    if not folder or valid(folder):
        return folder
    plain = unicodedata.normalize("NFKD", folder).encode("ascii", "ignore").decode()
    parts = re.sub(r"[^A-Za-z0-9 ._/+-]+", "-", plain).split("/")
    name = "/".join(filter(None, (part.strip(" ./+-_") for part in parts)))
    # Two folders that are alike but for what was lost are still two gates.
    mark = hashlib.sha256(folder.encode("utf-8", "replace")).hexdigest()[:6]
    return f"{name[:52].rstrip(' ./+-_')}-{mark}" if name else f"gate-{mark}"


def status(name: str, check: str = "") -> str:
    """The commit status of a gate, or of one of its checks: `gate (study)/tests`."""
    context = f"gate ({name})" if name else "gate"
    return f"{context}/{check}" if check else context


def artifact(name: str) -> str:
    """The artifact that holds its report; GitHub takes no slashes there."""
    return f"gate-report-{_slug(name).replace('/', '-')}" if name else "gate-report"


def folder(name: str) -> str:
    """Where it keeps its files on the branch of the history; empty for the top."""
    return f"{_slug(name)}/" if name else ""


def _slug(name: str) -> str:
    parts = (re.sub("[^a-z0-9.]+", "-", part) for part in name.lower().split("/"))
    return "/".join(filter(None, (part.strip("-.") for part in parts))) or "gate"
