"""Starts a program without the rights of root, which these tests may run as.

    python unprivileged.py [--keep NUMBER]... PROGRAM [ARGUMENT]...

It stays the same user, and has no capability but those to keep.
"""

from __future__ import annotations

import ctypes
import os
import sys

_DROP_FROM_BOUNDING_SET = 24  # of prctl(2)


def main(words: list[str]) -> None:
    """Drop what there is, and become the program."""
    kept = set()
    while words[0] == "--keep":
        kept.add(int(words[1]))
        words = words[2:]
    call = ctypes.CDLL(None).prctl
    for number in range(64):
        if number not in kept:
            call(_DROP_FROM_BOUNDING_SET, ctypes.c_ulong(number))
    os.execvp(words[0], words)


if __name__ == "__main__":
    main(sys.argv[1:])
