"""When does a connection end that sends or reads nothing? uvicorn has no time-out for it.

One that sends no whole request, and one that does not read its answer, would each keep a
descriptor for ever, and no middleware sees them. So uvicorn's protocol (its version is pinned)
gets time-outs here, and leaves the last descriptors to the database and the log.
"""

from __future__ import annotations

import logging
import math
import sys
from asyncio import constants
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol
from websockets import http11

try:
    import fcntl
    import resource
    import termios
except ImportError:  # Windows counts otherwise
    fcntl = resource = termios = None  # type: ignore[assignment]

REQUEST_SECONDS = 10
UNREAD_SECONDS = 60
KEPT_BACK = 128
LONGEST_HEADER = 65_536
_ENOUGH = 65_536
_NONE_LEFT = "socket.accept() out of system resource"
_log = logging.getLogger(__name__)


class Seldom(logging.Filter):
    """Of a flood of connections, one line a minute: asyncio logs 2,000 tracebacks a second."""

    def __init__(self) -> None:
        super().__init__()
        self._again = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name == "asyncio" and not str(record.msg).startswith(_NONE_LEFT):
            return True
        due = record.created >= self._again
        if due:
            self._again = record.created + 60
        return due


def impose(protocol: Any = AutoHTTPProtocol) -> None:
    """From now on connections of this protocol end in time. Also raises the descriptor limit."""
    most = _descriptors() - KEPT_BACK
    for logger in (_log, logging.getLogger("asyncio")):
        logger.addFilter(Seldom())
    constants.SSL_HANDSHAKE_TIMEOUT = REQUEST_SECONDS  # before it no protocol sees a connection
    # A sign-in alone may make a Cookie that is longer than what websockets takes by itself.
    http11.MAX_LINE_LENGTH = max(http11.MAX_LINE_LENGTH, LONGEST_HEADER)
    _also(protocol, "connection_made", lambda self, _: _admit(self, most))
    _also(protocol, "data_received", lambda self, _: _wait(self))
    _also(protocol, "pause_writing", _watch)
    _also(protocol, "resume_writing", lambda self: _stop(self, "unread"))
    _also(protocol, "connection_lost", lambda self, _: _forget(self))


def _also(protocol: Any, name: str, more: Callable[..., None]) -> None:
    """Let this happen too, after what the protocol itself does there."""
    own = getattr(protocol, name)

    def both(self: Any, *told: Any) -> None:
        own(self, *told)
        more(self, *told)

    setattr(protocol, name, both)


def _admit(self: Any, most: int) -> None:
    if len(self.connections) > most:
        _log.error("More than %d connections are open: others are refused.", most)
        self.transport.abort()
    else:
        # So that whatever stays unsent is a pause. At 0 asyncio's TLS never goes on.
        self.transport.set_write_buffer_limits(high=1, low=0)
        _wait(self)


def _wait(self: Any) -> None:
    """Wait for a whole request, however it drips; no more once one is under way."""
    now = self.transport.get_protocol()
    if now is not self:  # a WebSocket, which has time-outs of its own
        self.transport.set_write_buffer_limits()
        _forget(self)
        self.loop.call_later(REQUEST_SECONDS, _shaken, now, self.transport)
    elif self.cycle is not None and not self.cycle.response_complete:
        _stop(self, "half_open")
    elif getattr(self, "half_open", None) is None:
        self.half_open = self.loop.call_later(REQUEST_SECONDS, self.transport.close)


def _shaken(protocol: Any, transport: Any) -> None:
    """End a WebSocket without a handshake: of one that it cannot read uvicorn says nothing.

    Of a transport that has ended nothing can be asked over TLS, but it may be ended again.
    """
    if not getattr(protocol, "handshake_complete", True):
        transport.abort()


def _watch(self: Any, left: float = math.inf) -> None:
    """End it where nothing was read of what is unsent, however long all of it takes."""
    unsent = self.transport.get_write_buffer_size() + _held(self.transport)
    if unsent < left:
        self.unread = self.loop.call_later(UNREAD_SECONDS, _watch, self, unsent)
    else:
        self.transport.abort()


def _held(transport: Any) -> int:
    """How many bytes does the system hold that the peer has not taken? It may be megabytes."""
    own = transport.get_extra_info("socket").fileno()
    if fcntl is None or own < 0:
        return 0
    return int.from_bytes(fcntl.ioctl(own, termios.TIOCOUTQ, bytes(4)), sys.byteorder)


def _forget(self: Any) -> None:
    """Set no time to it any more."""
    _stop(self, "unread")
    _stop(self, "half_open")


def _stop(self: Any, name: str) -> None:
    timer = getattr(self, name, None)
    if timer is not None:
        timer.cancel()
    setattr(self, name, None)


def _descriptors() -> int:
    """How many descriptors may this process have open? As many as it may ask for."""
    if resource is None:
        return _ENOUGH
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else hard
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):
        return soft
    return wanted
