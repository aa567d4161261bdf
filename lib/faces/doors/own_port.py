"""At which port does this process answer? An app hears it with a request alone."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send


class OwnPort:
    """An ASGI middleware: `tell` hears of the port, where it is another than it heard last.

    Streamlit knows the one that it binds; as `python -m uvicorn app:app --port N` it binds none.
    """

    def __init__(self, app: ASGIApp, tell: Callable[[int], None]) -> None:
        self._app, self._tell = app, tell
        self._told: int | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _, port = scope.get("server") or ("", None)  # a socket with a path has none
        if port not in (None, self._told):
            self._told = port
            self._tell(port)
        await self._app(scope, receive, send)
