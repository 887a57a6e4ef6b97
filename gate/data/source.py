"""Where a table is, and its bytes, or a clear word why it has none."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gate.data.packed import FORMATS, Unpacked
from gate.errors import DataError

TEXT = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
JSON_LINES = (".jsonl", ".ndjson")
PARQUET = (".parquet", ".pq")
ARROW = (".arrow", ".feather", ".ipc")
_PLAIN = (*TEXT, *JSON_LINES, *PARQUET, *ARROW)
EXTENSIONS = tuple(name + packed for name in _PLAIN for packed in ("", *FORMATS))
_PROSE = (".txt", ".dat", ".data")  # read when named, never looked for

MAX_COLUMNS = 10_000

_POINTER = b"version https://git-lfs.github.com/spec/"
_MAGIC = {
    b"PK\x03\x04": "a ZIP archive (or a spreadsheet)",
    b"PAR1": "Parquet",
    b"ARROW1": "Arrow",
    b"\x1f\x8b": "compressed with gzip",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ": "compressed with xz",
    b"\x89HDF": "HDF5",
    b"SQLite format 3": "an SQLite database",
    b"%PDF": "a PDF",
}


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a table is, and how to read it: a file, or the files of a dataset.

    `path` is a file, a folder of files or a pattern (`*.csv`); `files` names several
    of these instead. `gate.data.parts` finds the files; links in a folder may not
    lead out of it, or of `root` if that is given. `shown` is the path in messages.

    An empty `delimiter` is found out. Lines at the top that begin with `comment` are
    no data. With `column_names` there is no header. A missing cell is an empty one,
    or one that holds exactly one of `na_values`. Floats in text are rounded to 32 bits,
    as TFDV does, unless it is read `exact`.
    """

    path: Path
    shown: str = ""
    files: tuple[Path, ...] = ()
    root: Path | None = None
    delimiter: str = ""
    encoding: str = ""
    comment: str = ""
    column_names: tuple[str, ...] = ()
    na_values: tuple[str, ...] = ()
    exact: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "shown", self.shown or self.path.as_posix())
        if len(set(self.column_names)) < len(self.column_names):
            hint = "give each column a name of its own"
            raise self.error("the names of the columns hold one twice", hint=hint)

    @property
    def name(self) -> str:
        """What to call the dataset: its file's or folder's name."""
        name = self.path.name or self.path.resolve().name
        more = len(self.files) - 1
        return f"{name} and {more} more" if more > 0 else name

    @property
    def compressed(self) -> bool:
        return self.path.suffix.lower() in FORMATS

    @property
    def extension(self) -> str:
        """The ending of the file's name, under any `.gz` and the like."""
        suffixes = [suffix.lower() for suffix in self.path.suffixes]
        if suffixes and suffixes[-1] in FORMATS:
            suffixes.pop()
        return suffixes[-1] if suffixes else ""

    @property
    def format(self) -> str:
        """csv, jsonl, parquet or arrow, by the extension.

        Raises:
            DataError: it tells nothing.
        """
        if self.extension in JSON_LINES:
            return "jsonl"
        if self.extension in PARQUET:
            return "parquet"
        if self.extension in ARROW:
            return "arrow"
        if self.extension in (*TEXT, *_PROSE) or self.delimiter:
            return "csv"
        what = f"that ends in `{self.extension}`" if self.extension else "without an "
        raise self.error(
            f"no idea how to read a file {what}{'' if self.extension else 'extension'}",
            hint=f"Gate reads {', '.join(_PLAIN)}, plain or with .gz, .zst or .bz2; "
            "with `delimiter:` in gate.yaml, or --delimiter, anything else is text",
        )

    def check_columns(self, count: int, *, line: int | None = None) -> None:
        """Refuse a table that is too wide to be judged.

        Raises:
            DataError: it has more than MAX_COLUMNS columns.
        """
        if count > MAX_COLUMNS:
            raise self.error(
                f"over {MAX_COLUMNS:,} columns, the most that Gate reads",
                line=line,
                hint="write one row a value (long instead of wide), or several tables",
            )

    def error(self, message: str, *, line: int | None = None, hint: str) -> DataError:
        """A DataError about this file."""
        return DataError(message, path=self.shown, line=line, hint=hint)


@contextmanager
def opened(source: Source) -> Iterator[BinaryIO]:
    """The file's own bytes, decompressed.

    Raises:
        DataError: it is missing, no regular file, empty, a Git LFS pointer, or
            unreadable.
    """
    try:
        with _file(source) as file:
            _refuse_what_is_no_table(source, file.read(128))
            file.seek(0)
            if source.compressed:
                size = source.path.stat().st_size
                suffix = source.path.suffix.lower()
                yield Unpacked(file, suffix, size, source.error)  # type: ignore[misc]
            else:
                yield file
    except FileNotFoundError:
        raise source.error("no such file", hint="check the path") from None
    except IsADirectoryError:
        raise source.error("a folder, not a file", hint="name a file in it") from None
    except OSError as error:
        reason = error.strerror or str(error)
        hint = "check the path and its permissions"
        raise source.error(f"cannot be read: {reason}", hint=hint) from None
    except ValueError as error:
        if "null" not in str(error):
            raise
        # A byte of value 0 in a path, which the system's functions refuse.
        raise source.error("no path", hint="check the path") from None


def _file(source: Source) -> BinaryIO:
    # Before it is opened: a pipe that nobody writes to would never open.
    mode = source.path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError
    if not stat.S_ISREG(mode):
        hint = "data is read more than once: write it to a file"
        raise source.error("a pipe or a device, not a file", hint=hint)
    return source.path.open("rb")


def _refuse_what_is_no_table(source: Source, start: bytes) -> None:
    if not start:
        raise source.error("empty: not even a header", hint="write the table again")
    if start.startswith(_POINTER):
        hint = "run `git lfs pull`; in a workflow, check out with `lfs: true`"
        raise source.error("a Git LFS pointer, not the data", hint=hint)
    if source.compressed and source.format in ("parquet", "arrow"):
        if source.path.suffix.lower() != ".gz":
            hint = "it is compressed by itself: unpack it"
            raise source.error("a packed file that has to be unpacked", hint=hint)
    if source.compressed or source.format in ("parquet", "arrow"):
        return
    for magic, what in _MAGIC.items():
        if start.startswith(magic):
            hint = "give it the extension of what it is, or write it as CSV"
            raise source.error(f"not text: this is {what}", hint=hint)
