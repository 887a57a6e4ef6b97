"""The files of a dataset: one, several, a folder of them, or those of a pattern.

A folder is read as `datasets` of Hugging Face writes it (`save_to_disk`), else as all
the files of a table's format that are directly in it, in the order of their names.
"""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

from gate.data.source import EXTENSIONS, Source

MAX_FILES = 100_000
_STATE, _SPLITS = "state.json", "dataset_dict.json"
_MAX_STATE = 64 * 1024 * 1024  # bytes


def of(source: Source) -> list[Source]:
    """The files, each as a source of its own; that source alone if it is a file.

    Raises:
        DataError: there is none, they are of several formats, or one leads elsewhere.
    """
    if not source.files:
        return _found(source)
    named = [
        dataclasses.replace(source, path=path, shown="", files=())
        for path in source.files
    ]
    return _of_one_format(source, [part for one in named for part in _found(one)])


def size(source: Source) -> int:
    """The bytes of the files on disk.

    Raises:
        OSError: one is not there.
    """
    return sum(part.path.stat().st_size for part in of(source))


def _found(source: Source) -> list[Source]:
    try:
        if source.path.is_dir():
            return _of_one_format(source, _in_folder(source))
        if source.path.exists() or not _is_pattern(source):
            return [source]
        return _of_one_format(source, _of_pattern(source))
    # A loop of links is a RuntimeError before Python 3.13.
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = "check the path and its permissions"
        raise source.error(f"cannot be read: {reason}", hint=hint) from None


def _is_pattern(source: Source) -> bool:
    return any(sign in source.path.as_posix() for sign in "*?[")


def _in_folder(source: Source) -> list[Source]:
    folder = source.path
    if (folder / _SPLITS).is_file():
        splits = _json(source, _SPLITS).get("splits")
        names = splits[:5] if isinstance(splits, list) else []
        listed = ", ".join(f"{source.shown}/{name}" for name in names)
        hint = f"name one of them: {listed}"
        raise source.error("several datasets, one for each split", hint=hint)
    if (folder / _STATE).is_file():
        names = _saved(source)
    else:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if _is_table(entry))
    if not names:
        kinds = " ".join(name for name in EXTENSIONS if name.count(".") == 1)
        raise source.error(
            "no data in this folder",
            hint=f"it has no file that ends in {kinds}; for those of the folders in "
            f"it, name `{source.shown}/**/*.csv` or the like",
        )
    return [_part(source, folder / name, folder) for name in names]


def _is_table(entry: os.DirEntry[str]) -> bool:
    name = entry.name.lower()
    return not name.startswith((".", "_")) and name.endswith(EXTENSIONS)


def _saved(source: Source) -> list[str]:
    """The files that `datasets` wrote into a folder, in the order of their rows."""
    files = _json(source, _STATE).get("_data_files")
    names = [
        item.get("filename") if isinstance(item, dict) else None
        for item in (files if isinstance(files, list) else [])
    ]
    plain = [n for n in names if isinstance(n, str) and n == Path(n).name]
    if not plain or len(plain) < len(names) or not all(map(_is_arrow, plain)):
        hint = "save it again, by `save_to_disk` of Hugging Face's datasets"
        raise source.error(f"{_STATE} names no data in this folder", hint=hint)
    return plain


def _is_arrow(name: str) -> bool:
    return name.endswith(".arrow")


def _json(source: Source, name: str) -> dict[str, Any]:
    path = source.path / name
    try:
        if path.stat().st_size > _MAX_STATE:
            raise ValueError
        found = json.loads(path.read_text("utf-8"))
        if isinstance(found, dict):
            return found
    except (ValueError, RecursionError):
        pass
    hint = "save it again, by `save_to_disk` of Hugging Face's datasets"
    raise source.error(f"{name} cannot be understood", hint=hint)


def _of_pattern(source: Source) -> list[Source]:
    parts = source.path.parts
    fixed = next(i for i, part in enumerate(parts) if any(s in part for s in "*?["))
    base = Path(*parts[:fixed]) if fixed else Path()
    found: list[Path] = []
    for path in base.glob("/".join(parts[fixed:])):
        if path.is_file() and not path.name.startswith((".", "_")):
            found.append(path)
        if len(found) > MAX_FILES:
            hint = "name fewer"
            raise source.error(f"over {MAX_FILES:,} files", hint=hint)
    if not found:
        raise source.error(
            "no file is called so", hint="check the pattern and quote it"
        )
    return [_part(source, path, base) for path in sorted(found)]


def _part(source: Source, path: Path, folder: Path) -> Source:
    """One file of a folder."""
    inside = path.resolve()
    bounds = [source.root] if source.root else [folder, Path()]
    if not any(inside.is_relative_to(bound.resolve()) for bound in bounds):
        hint = "put the file there instead of the link, or name it by itself"
        raise source.error(
            f"`{path.name}` leads out of the folder by a link", hint=hint
        )
    whole, shown = path.as_posix(), source.path.as_posix()
    if shown != source.shown and shown.endswith(source.shown):
        # What stands before the path that the user knows.
        whole = whole.removeprefix(shown.removesuffix(source.shown))
    return dataclasses.replace(source, path=path, shown=whole)


def _of_one_format(source: Source, parts: list[Source]) -> list[Source]:
    one = parts[0]
    other = next((part for part in parts if part.format != one.format), None)
    if other:
        raise source.error(
            f"files of several formats: {one.path.name} and {other.path.name}",
            hint="name a pattern that fits those of one format, as `folder/*.csv`",
        )
    return parts
