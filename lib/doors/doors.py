"""Who is let through to Streamlit? Judged before it sees the request, and without a look-up.

Its own checks of Origin and Host ask the outside for this machine's address, on the event loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lib import api, below
from lib.access import sign_in
from lib.doors import headers, names
from lib.doors.bodies import ReadingOn
from lib.watching.watch import Watch

UPLOADS = "/_stcore/upload_file"
METRICS = "/_stcore/metrics"
HEALTH = "/_stcore/health"
_OURS = (api.METRICS_PATH, api.BADGE_PATH)
_STARTS = ("http.response.start", "websocket.http.response.start")


class Doors:
    """An ASGI middleware: refuses what is foreign, and hardens every answer.

    `option` gives Streamlit's options; `page` is the text of its index.html.
    """

    def __init__(self, app: ASGIApp, watch: Watch, option: Callable[[str], Any], page: str) -> None:
        self._app, self._watch = app, watch
        self._base = below.under(option("server.baseUrlPath"))
        self._patterns = {
            each.strip().lower().rstrip(".") for each in option("server.allowedHosts")
        }
        told = [option("server.address"), option("browser.serverAddress")]
        told += option("server.corsAllowedOrigins")
        self._friends = {names.host_of(each) for each in told if each}
        self._any_origin = not option("server.enableCORS")
        self._policy = headers.policy(page)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        secure = scope["scheme"] in ("https", "wss") or self._at_home_by_https()

        async def hardened(message: Message) -> None:
            if message["type"] in _STARTS:
                own, frames = MutableHeaders(scope=message), self._watch.settings.frames
                headers.harden(own, self._policy, frames, secure)
            await send(message)

        refusal = self._refusal(HTTPConnection(scope))
        await ReadingOn(refusal or self._app)(scope, receive, hardened)
        return None

    def _refusal(self, asked: HTTPConnection) -> Response | None:
        """Why is this not let through? None where it is."""
        path = below.asked(asked.scope, self._base)
        ours = path in _OURS or path.startswith("/api/")
        if path.startswith(UPLOADS):
            return self._no(404, "Not Found: this app takes no uploads")
        if not ours and self._foreign(asked.headers):
            return self._no(403, "Forbidden: this request comes from another site")
        if self._strange(asked.headers, open_to_all=ours or path in (HEALTH, METRICS)):
            return self._no(403, self._which_hosts())
        if path == METRICS and not api.may_read(self._watch.settings, asked):
            return api.unauthorized(self._watch)
        return None

    def _foreign(self, told: Headers) -> bool:
        if self._any_origin:
            return False
        friends, host = self._friends | self._homes().keys(), told.get("host", "")
        return any(names.foreign(each, host, friends) for each in told.getlist("origin"))

    def _strange(self, told: Headers, open_to_all: bool) -> bool:
        """Is this a Host that some other site's name was pointed at (DNS rebinding)?"""
        homes = self._homes()
        if not self._patterns and (open_to_all or not homes):
            return False
        return not names.answers_to(told.get("host", ""), self._patterns | homes.keys())

    def _homes(self) -> dict[str, str]:
        """Under which hosts do people open the dashboard, and which setting says so?"""
        settings = self._watch.settings
        told = {
            "[auth] redirect_uri": sign_in.home(settings.auth),
            "WATCHTOWER_ADDRESS": settings.alerts.address or "",
        }
        return {names.host_of(told[each]): each for each in told if told[each]}

    def _which_hosts(self) -> str:
        named = sorted({*self._homes().values(), *(["server.allowedHosts"] * bool(self._patterns))})
        return (
            "Forbidden: the dashboard does not answer to this host, but to this machine, IP "
            f"addresses and what is set in {', '.join(named)}. server.allowedHosts in "
            ".streamlit/config.toml adds to these."
        )

    def _at_home_by_https(self) -> bool:
        settings = self._watch.settings
        return (sign_in.home(settings.auth) or settings.alerts.address or "").startswith("https://")

    def _no(self, code: int, words: str) -> Response:
        return api.refusal(self._watch, code, words, {"cache-control": "no-store"})
