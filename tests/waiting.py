"""How does a test wait for what must come, and say so where it does not?"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

PAUSE = 0.05  # most of what is asked here opens a connection
_Found = TypeVar("_Found")


def waits(wanted: Callable[[], _Found], seconds: float = 20) -> _Found:
    """What it says, once that is true. Raises: AssertionError after so many seconds of waiting."""
    pause = threading.Event()
    for _ in range(int(seconds / PAUSE)):
        if found := wanted():
            return found
        pause.wait(PAUSE)
    raise AssertionError("not in time")
