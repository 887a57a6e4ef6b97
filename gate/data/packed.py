"""What a compressed file holds, unless it is made to never end."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

from gate.errors import DataError

FORMATS = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}
MAX_UNPACKED = 1024**3  # bytes, beyond which what is packed must not be MAX_RATIO
MAX_RATIO = 200  # times as large as the file; text is 3 to 30 times as large

Fault = Callable[..., DataError]


class Unpacked(io.RawIOBase):
    """The bytes that are packed in a file of `size` bytes, in the format of `suffix`.

    Raises:
        DataError: by `read`: they are no such format, not whole, or more than
            MAX_UNPACKED and MAX_RATIO times `size`.
    """

    def __init__(self, file: BinaryIO, suffix: str, size: int, fault: Fault) -> None:
        self.format = FORMATS[suffix]
        self.inner = _opened(file, self.format)
        self.fault = fault
        self.most = max(MAX_UNPACKED, MAX_RATIO * size)
        self.passed = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes, `size` of them unless they end before."""
        left = self.most - self.passed + 1
        try:
            data = bytes(self.inner.read(left if size < 0 else min(size, left)))
        except (gzip.BadGzipFile, EOFError, zlib.error, OSError, ValueError) as error:
            raise self.fault(
                f"not whole {self.format}: {error}",
                hint="make it again, or drop the ending from its name if it is not "
                "compressed",
            ) from None
        self.passed += len(data)
        if self.passed > self.most:
            raise self.fault(
                f"over {MAX_RATIO} times as large as its {self.format} file: refused",
                hint=f"if it really is, keep it without {self.format}",
            )
        return data

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.passed

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, as readers of binary formats do: only gzip can."""
        if whence == io.SEEK_END:
            while self.read(io.DEFAULT_BUFFER_SIZE):
                pass
        origin = 0 if whence == io.SEEK_SET else self.passed
        if not 0 <= origin + offset <= self.most:
            raise self.fault("not whole", hint="write the file again")
        self.passed = self.inner.seek(origin + offset)
        return self.passed


def _opened(file: BinaryIO, name: str) -> Any:
    if name == "gzip":
        return gzip.GzipFile(fileobj=file, mode="rb")
    import pyarrow  # heavy

    return pyarrow.CompressedInputStream(file, name)
