"""How does Streamlit's own JavaScript reach a phone in a third of the bytes?

Streamlit sends its files as they are: packing them for each viewer would cost more than it gives.
Their names change with their content, so each is packed once here, and kept.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

_FOLDER, _KINDS = "/static/", (".js", ".css")
_MOST = 400  # files; Streamlit has fewer
_LEVEL = 6


class Compressed:
    """The app, with those of its static files that are text packed where the browser takes that."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._kept: dict[str, tuple[Message, bytes]] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request. What is no such file goes by untouched."""
        if not _wanted(scope):
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if path not in self._kept:
            start, body = await self._asked(scope, receive)
            if not _file(start) or len(self._kept) >= _MOST:
                await _answer(send, start, body)
                return
            packed = await asyncio.to_thread(gzip.compress, body, _LEVEL)
            self._kept[path] = _packed(start, len(packed)), packed
        await _answer(send, *self._kept[path])

    async def _asked(self, scope: Message, receive: Receive) -> tuple[Message, bytes]:
        """The app's own answer, whole."""
        start: Message = {}
        parts: list[bytes] = []

        async def take(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        await self._app(scope, receive, take)
        return start, b"".join(parts)


def _wanted(scope: Message) -> bool:
    """Is it a text file of Streamlit's, asked for whole, by somebody who can unpack it?"""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    headers = dict(scope["headers"])
    plain = not {b"range", b"if-none-match", b"if-modified-since"} & headers.keys()
    named = _FOLDER in scope["path"] and scope["path"].endswith(_KINDS)
    return named and plain and b"gzip" in headers.get(b"accept-encoding", b"")


def _file(start: Message) -> bool:
    """Was the file there? For a path that is none Streamlit sends its page, with 200."""
    kinds = [value for name, value in start["headers"] if name.lower() == b"content-type"]
    return start["status"] == 200 and not any(kind.startswith(b"text/html") for kind in kinds)


def _packed(start: Message, length: int) -> Message:
    """The head of the answer for the packed file."""
    replaced = (b"content-length", b"content-encoding", b"accept-ranges", b"etag", b"vary")
    headers = [pair for pair in start["headers"] if pair[0].lower() not in replaced]
    headers += [
        (b"content-encoding", b"gzip"),
        (b"content-length", str(length).encode()),
        (b"vary", b"Accept-Encoding"),
    ]
    return {**start, "headers": headers}


async def _answer(send: Send, start: Message, body: bytes) -> None:
    await send(start)
    await send({"type": "http.response.body", "body": body})
