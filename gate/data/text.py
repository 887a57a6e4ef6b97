"""The text of a file as UTF-8, whatever its encoding, checked as it passes by."""

from __future__ import annotations

import codecs
from typing import BinaryIO

from gate.data import records
from gate.data.source import Source
from gate.errors import DataError

_BOMS = {
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, which begins alike
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class Text:
    """The bytes of a file as UTF-8 without a byte order mark.

    A mark of UTF-16 or UTF-32 is obeyed where no encoding is named. Comments at the
    top are blank lines, so that all lines keep their numbers.
    """

    def __init__(self, source: Source, file: BinaryIO) -> None:
        self.source = source
        self.file = file
        self.lines = 0
        self.taken = 0
        self.top = bool(source.comment)
        self.within = False  # a comment that goes on
        self._decode_as(source.encoding or "utf-8")

    def read(self, size: int) -> bytes:
        """The next bytes, about `size` of them; none at the end.

        Raises:
            DataError: they are not of the encoding, or hold a byte of value 0.
        """
        while True:
            data = self._next(size)
            kept = self._without_comments(data) if self.top else data
            if kept or not data:
                return kept

    def _next(self, size: int) -> bytes:
        while True:
            chunk = self.file.read(size)
            if self.taken == 0 and not self.source.encoding:
                self._obey_mark(chunk)
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
        self.lines += records.count(data, records.NEWLINE)
        return data

    def _decode_as(self, name: str) -> None:
        try:
            codec = codecs.lookup(name)
            # Not of text are such as `hex`, which Python keeps among them.
            if not codec._is_text_encoding:
                raise LookupError
            self.encoding = codec.name
            self.decoder = codecs.getincrementaldecoder(codec.name)()
        except (LookupError, ValueError):
            hint = "use a name that Python knows, such as utf-8, latin-1 or cp1252"
            raise self.source.error(
                f"no encoding is called `{name}`", hint=hint
            ) from None

    def _obey_mark(self, start: bytes) -> None:
        for mark, name in _BOMS.items():
            if start.startswith(mark):
                self._decode_as(name)
                return

    def _decode(self, chunk: bytes, *, final: bool) -> bytes:
        if self.encoding == "utf-8" and chunk.isascii():
            if not self.decoder.getstate()[0]:
                return chunk
        try:
            return self.decoder.decode(chunk, final).encode()
        except UnicodeDecodeError as error:
            raise self._undecodable(error) from None
        except UnicodeError as error:
            hint = "name its encoding, or write the file as UTF-8"
            raise self.source.error(
                f"not {self.encoding}: {error}", line=self.lines + 1, hint=hint
            ) from None

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

    def _without_comments(self, data: bytes) -> bytes:
        comment, blank = self.source.comment.encode(), b""
        while data:
            line, end, rest = data.partition(b"\n")
            if not (self.within or line.startswith(comment) or not line.strip()):
                self.top = False
                break
            blank, data = blank + end, rest
            self.within = not end and (self.within or line.startswith(comment))
        return blank + data
