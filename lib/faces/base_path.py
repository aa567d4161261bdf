"""What answers below `server.baseUrlPath`? Streamlit's own routes; with this, ours there too."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

_OURS = ("/api", "/docs", "/metrics", "/badge.svg")
_OURS_BELOW = ("/api/", "/docs/")
_HEALTH = "/_stcore/health"


class BelowBase:
    """Our routes answer below the base as at the root, and Streamlit's health at the root too.

    `base` reads the option, which is known for certain only once the server runs.
    """

    def __init__(self, app: ASGIApp, base: Callable[[], str]) -> None:
        self._app, self._base = app, base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        base = under(self._base())
        if scope["type"] == "http" and base:
            root: str = scope.get("root_path", "")
            path: str = scope["path"].removeprefix(root)
            below = path.removeprefix(base)
            if path == _HEALTH:
                scope = {**scope, "path": root + base + _HEALTH}
            elif below != path and (below in _OURS or below.startswith(_OURS_BELOW)):
                scope = {**scope, "path": root + below}
        await self._app(scope, receive, send)


def asked(scope: Scope, base: str) -> str:
    """Which path is asked for, below the base and below what `uvicorn --root-path` names?"""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")).removeprefix(base)


def under(option: str) -> str:
    """The base as a path begins with it: /watch; empty where there is none."""
    name = option.strip("/")
    return f"/{name}" if name else ""
