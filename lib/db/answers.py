"""How much of an answer is read, and for how long? For what asks others, in its own threads.

A time-out counts from byte to byte, and `requests` reads a body to its end, however long that is
and takes. Here the status counts, of the body what comes within bounds, and nothing is read any
more once all of it has taken too long, or is too long: of no header, and of what a mail server says
neither.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from socket import SocketIO
from typing import Any

MOST_BYTES, CHUNK = 65_536, 8_192
BODY_SECONDS = 2.0
TOO_LONG = "the answer is too long"

_here = threading.local()


@contextmanager
def within(seconds: float, most: float = MOST_BYTES) -> Iterator[None]:
    """What this thread reads in here: so many seconds long, and of each socket so many bytes.

    A buffer more, at most. Raises: TimeoutError, or OSError with TOO_LONG, from what reads.
    """
    _bound_sockets()
    _here.end, _here.most = time.monotonic() + seconds, most
    try:
        yield
    finally:
        _here.end = _here.most = math.inf


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """The same; and of what it asks for by `requests` not more is read than counts."""
    _bound_requests()
    with within(seconds):
        yield


@cache
def _bound_sockets() -> None:
    whole = SocketIO.readinto

    def readinto(stream: Any, buffer: Any) -> int | None:
        if time.monotonic() > _end():
            raise TimeoutError("timed out")
        before = getattr(stream, "taken", 0)
        if before > getattr(_here, "most", math.inf):
            raise OSError(TOO_LONG)
        read = whole(stream, buffer)
        stream.taken = before + (read or 0)
        return read

    SocketIO.readinto = readinto  # type: ignore[assignment, method-assign]


@cache
def _bound_requests() -> None:
    """Read answers here, where a thread wants that. Imported late: most commands send nothing."""
    from requests.adapters import HTTPAdapter

    whole = HTTPAdapter.send

    def send(*asked: Any, **options: Any) -> Any:
        response = whole(*asked, **options)
        if _end() < math.inf:
            _read(response)
        return response

    HTTPAdapter.send = send  # type: ignore[method-assign]


def _end() -> float:
    """Until when does this thread read? In the time of `time.monotonic`; mostly for ever."""
    found: float = getattr(_here, "end", math.inf)
    return found


def _read(response: Any) -> None:
    """Take of the body what comes within bounds, and hang up."""
    end, body = time.monotonic() + BODY_SECONDS, b""
    while len(body) < MOST_BYTES and time.monotonic() < end:
        try:
            # At most one packet: to read a whole chunk waits for the last of its bytes.
            chunk = response.raw.read1(CHUNK, decode_content=True)
        except Exception:  # a broken body, after a status that counts
            break
        if not chunk:
            break
        body += chunk
    response._content, response._content_consumed = body[:MOST_BYTES], True
    response.raw.close()
