"""A property that is found out once, by whichever thread asks first."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class once(functools.cached_property[T]):  # noqa: N801  # it is used as a decorator
    """`functools.cached_property` with the lock that it had before Python 3.12.

    Without it, checks that run side by side would each parse the same file.
    """

    def __init__(self, find: Callable[[Any], T]) -> None:
        """Wait for the first that asks."""
        super().__init__(find)
        self._once = threading.RLock()

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """What is found out; the lock is taken only until it is."""
        with self._once:
            return super().__get__(instance, owner)
