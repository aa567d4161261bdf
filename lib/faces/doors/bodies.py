"""Does a client get its answer, one that still sends, and a WebSocket that is refused?

A socket closed over unread bytes is reset.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_READ = 64 << 20
READ_SECONDS = 5
GONE_SECONDS = 30  # half_open ends it sooner


class ReadingOn:
    """Answers at once, and reads what the client still sends, to a bound, before it hangs up.

    The server would read on without one, so it is told that the connection ends with the answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        exchange = _Exchange(scope, receive, send)
        await self._app(scope, exchange.read, exchange.answer)
        return None


class _Exchange:
    """A request, of which there may be more to read, and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        self._more = "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
        self._receive, self._send = receive, send

    async def read(self) -> Message:
        """What comes next of the request?"""
        message = await self._receive()
        self._more = bool(message.get("more_body"))
        return message

    async def answer(self, message: Message) -> None:
        """Send it; before its end, read the rest of the request."""
        if message["type"] == "http.response.start" and self._more:
            closes = (b"connection", b"close")
            message = {**message, "headers": [*message.get("headers", ()), closes]}
        ends = message["type"] == "http.response.body" and not message.get("more_body")
        if ends and self._more:
            await self._send({**message, "more_body": True})
            with suppress(TimeoutError):
                async with asyncio.timeout(READ_SECONDS):
                    await self._rest()
            message = {"type": "http.response.body"}
        await self._send(message)

    async def _rest(self) -> None:
        size = 0
        while self._more and size < MOST_READ:
            size += len((await self.read()).get("body", b""))


async def hung_up(receive: Receive) -> None:
    """Wait for the end of a connection whose handshake was answered otherwise.

    uvicorn takes an app that returns before for one that answered nothing, and logs an error. It
    tells the disconnection twice: once it has the answer, and when the connection is gone.
    Source: https://github.com/Kludex/uvicorn/pull/3138, which fixes that.
    """
    told = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(GONE_SECONDS):
            while told < 2:
                told += (await receive())["type"] == "websocket.disconnect"
