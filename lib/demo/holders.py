"""Who uses the demo's server? Every copy of the app holds a shared lock; the last finds none left.

The kernel drops a lock when its process ends, however it ends, so neither a `kill -9` nor a pid
that another program got later can be mistaken for a copy that still runs.
"""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

POLL_SECONDS = 0.02


def take(file: Path, *, shared: bool = False, patience: float = 0) -> int | None:
    """Lock the file, waiting at most `patience` seconds; what to give to `release`, or None.

    Every call locks for itself, so two threads of one process exclude each other as well.

    Raises: OSError if the file cannot be opened.
    """
    import fcntl  # not on Windows

    mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, mode | fcntl.LOCK_NB)
            return handle
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES) or time.monotonic() >= deadline:
                os.close(handle)
                if error.errno not in (errno.EAGAIN, errno.EACCES):
                    raise
                return None
        time.sleep(POLL_SECONDS)


def release(handle: int) -> None:
    """Unlock. Explicitly: a forked child may have the file open as well."""
    import fcntl  # not on Windows

    fcntl.flock(handle, fcntl.LOCK_UN)
    os.close(handle)


def is_free(file: Path) -> bool:
    """Does nobody hold the lock?"""
    handle = take(file)
    if handle is None:
        return False
    release(handle)
    return True
