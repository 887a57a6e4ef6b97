"""Where a table is, and its bytes as UTF-8, or a clear word why it has none."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from gate.errors import DataError

TEXT = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
JSON_LINES = (".jsonl", ".ndjson")
PARQUET = (".parquet", ".pq")
_PLAIN = (*TEXT, *JSON_LINES, *PARQUET)
EXTENSIONS = tuple(name + packed for name in _PLAIN for packed in ("", ".gz"))

MAX_COLUMNS = 10_000
MAX_UNPACKED = 1024**3  # bytes, beyond which what gzip holds must not be MAX_RATIO
MAX_RATIO = 200  # times as large as the file; text is 3 to 30 times as large

_POINTER = b"version https://git-lfs.github.com/spec/"
_BOMS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_MAGIC = {
    b"PK\x03\x04": "a ZIP archive (or a spreadsheet)",
    b"PAR1": "Parquet",
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
    """One file that holds a table, and how to read it.

    `shown` is the path in messages. An empty `delimiter` is the extension's own. A
    missing cell is an empty one, or one that holds exactly one of `na_values`.
    """

    path: Path
    shown: str = ""
    delimiter: str = ""
    encoding: str = ""
    na_values: tuple[str, ...] = ()
    format: str = field(init=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "shown", self.shown or self.path.as_posix())
        object.__setattr__(self, "format", _format(self))

    @property
    def compressed(self) -> bool:
        return self.path.suffix.lower() == ".gz"

    @property
    def size(self) -> int:
        """The bytes of the file on disk."""
        return self.path.stat().st_size

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


def _format(source: Source) -> str:
    """csv, jsonl or parquet, by the extension under any `.gz`."""
    suffixes = [suffix.lower() for suffix in source.path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    extension = suffixes[-1] if suffixes else ""
    if extension in JSON_LINES:
        return "jsonl"
    if extension in PARQUET:
        return "parquet"
    if extension in TEXT or source.delimiter:
        return "csv"
    raise source.error(
        (
            f"no idea how to read a file that ends in `{extension}`"
            if extension
            else "no idea how to read a file without an extension"
        ),
        hint=f"Gate reads {', '.join(_PLAIN)}, plain or with .gz; "
        "with `delimiter:` in gate.yaml, or --delimiter, anything else is read as text",
    )


@contextmanager
def opened(source: Source) -> Iterator[BinaryIO]:
    """The file's own bytes, decompressed.

    Raises:
        DataError: it is missing, a folder, empty, a Git LFS pointer, or unreadable.
    """
    try:
        with source.path.open("rb") as file:
            _refuse_what_is_no_table(source, file.read(128))
            file.seek(0)
            if source.compressed:
                with _Unpacked(source, file) as unpacked:
                    yield unpacked  # type: ignore[misc]
            else:
                yield file
    except FileNotFoundError:
        raise source.error("no such file", hint="check the path") from None
    except IsADirectoryError:
        raise source.error("a folder, not a file", hint="name a file in it") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        hint = "make it again, or drop `.gz` from its name if it is not compressed"
        raise source.error(f"not whole gzip: {error}", hint=hint) from None
    except OSError as error:
        reason = error.strerror or str(error)
        hint = "check the path and its permissions"
        raise source.error(f"cannot be read: {reason}", hint=hint) from None


class _Unpacked(gzip.GzipFile):
    """What a .gz file holds, unless it is made to never end."""

    def __init__(self, source: Source, file: BinaryIO) -> None:
        super().__init__(fileobj=file, mode="rb")
        self.source = source
        self.most = max(MAX_UNPACKED, MAX_RATIO * source.size)

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        if self.tell() > self.most:
            raise self.source.error(
                f"over {MAX_RATIO} times as large as its gzip file: refused",
                hint="if it really is, keep it without gzip",
            )
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END:
            while self.read(io.DEFAULT_BUFFER_SIZE):
                pass
        return super().seek(offset, whence)


def _refuse_what_is_no_table(source: Source, start: bytes) -> None:
    if not start:
        raise source.error("empty: not even a header", hint="write the table again")
    if start.startswith(_POINTER):
        hint = "run `git lfs pull`; in a workflow, check out with `lfs: true`"
        raise source.error("a Git LFS pointer, not the data", hint=hint)
    if source.format == "parquet" or source.compressed:
        return
    for magic, what in _MAGIC.items():
        if start.startswith(magic):
            hint = "give it the extension of what it is, or write it as CSV"
            raise source.error(f"not text: this is {what}", hint=hint)


class Text:
    """The bytes of a file as UTF-8 without a byte order mark, checked as they pass."""

    def __init__(self, source: Source, file: BinaryIO) -> None:
        self.source = source
        self.file = file
        self.lines = 0
        self.taken = 0
        try:
            name = codecs.lookup(source.encoding or "utf-8").name
            self.decoder = codecs.getincrementaldecoder(name)()
        except LookupError:
            hint = "use a name that Python knows, such as utf-8, latin-1 or cp1252"
            raise source.error(
                f"no encoding is called `{source.encoding}`", hint=hint
            ) from None

    def read(self, size: int) -> bytes:
        """The next bytes, about `size` of them; none at the end."""
        while True:
            chunk = self.file.read(size)
            if self.taken == 0:
                self._refuse_other_encodings(chunk)
            data = self._decode(chunk, final=not chunk)
            if self.taken == 0:
                data = data.removeprefix(codecs.BOM_UTF8)
            self.taken += len(chunk)
            if data or not chunk:
                break
        if b"\0" in data:
            line = self.lines + data.count(b"\n", 0, data.index(b"\0")) + 1
            hint = "if it is text in another encoding, name the encoding"
            raise self.source.error(
                "a byte of value 0: this is not text", line=line, hint=hint
            )
        self.lines += data.count(b"\n")
        return data

    def _decode(self, chunk: bytes, *, final: bool) -> bytes:
        if chunk.isascii() and not self.decoder.getstate()[0]:
            if not self.source.encoding or self.source.encoding.startswith("utf-8"):
                return chunk
        try:
            return self.decoder.decode(chunk, final).encode()
        except UnicodeDecodeError as error:
            raise self._undecodable(error) from None

    def _undecodable(self, error: UnicodeDecodeError) -> DataError:
        byte = error.object[error.start]
        line = self.lines + error.object.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{byte:02x} is not {error.encoding}"
        hint = "name its encoding"
        if error.encoding == "utf-8":
            character = bytes([byte]).decode("cp1252", "replace")
            if character.isprintable() and character != "\ufffd":
                hint += f"; in cp1252 (Windows) that byte is `{character}`"
        return self.source.error(message, line=line, hint=hint)

    def _refuse_other_encodings(self, start: bytes) -> None:
        if self.source.encoding:
            return
        for mark, name in _BOMS.items():
            if start.startswith(mark):
                hint = f"name the encoding {name}, or write the file as UTF-8"
                raise self.source.error(f"text in {name}, not UTF-8", hint=hint)
