"""Paths that a gate.yaml names: within the project, and nowhere else."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from gate.errors import ConfigError


def inside(root: Path, name: str, key: str) -> Path:
    """The file below the root that the option `key` names.

    gate.yaml is the pull request's, and may be hostile.

    Raises:
        ConfigError: it does not stay below the root, or is no path.
    """
    pure = PurePosixPath(name.replace("\\", "/"))
    path = root / name
    hint = f"`{key}` is a path from the root of the project, without `..`"
    if not name or pure.is_absolute() or Path(name).drive or ".." in pure.parts:
        raise ConfigError(f"`{name}` does not stay in the project", hint=hint)
    try:
        resolved = path.resolve()
    except (OSError, RuntimeError, ValueError):
        raise ConfigError(f"`{name}` is no path", hint=hint) from None
    if not resolved.is_relative_to(root.resolve()):
        raise ConfigError(f"`{name}` leads out of the project by a link", hint=hint)
    return path
