"""How much of an answer is read, and for how long? For what sends alerts, in its own threads.

`requests` reads a body to its end, however long that is and takes: a time-out counts from byte to
byte. Here the status counts, and of the body what comes within bounds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

MOST_BYTES, CHUNK = 65_536, 8_192
BODY_SECONDS = 2.0

_here = threading.local()


@contextmanager
def bounded() -> Iterator[None]:
    """What this thread asks in here gets bounded answers."""
    _impose()
    _here.bounded = True
    try:
        yield
    finally:
        _here.bounded = False


@cache
def _impose() -> None:
    """Read answers here, where a thread wants that. Imported late: most commands send nothing."""
    from requests.adapters import HTTPAdapter

    whole = HTTPAdapter.send

    def send(*asked: Any, **options: Any) -> Any:
        response = whole(*asked, **options)
        if getattr(_here, "bounded", False):
            _read(response)
        return response

    HTTPAdapter.send = send  # type: ignore[method-assign]


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
