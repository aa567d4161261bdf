"""Who is let through to Streamlit? Judged before it sees the request, and without a look-up.

Its own checks of Origin and Host ask the outside for this machine's address, on the event loop.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lib.core.visible import acts, line
from lib.faces import api, base_path
from lib.faces.doors import headers, names
from lib.faces.doors.bodies import ReadingOn, hung_up
from lib.faces.doors.half_open import Seldom
from lib.settings import sign_in
from lib.watch.watch import Watch

UPLOADS = "/_stcore/upload_file"
METRICS = "/_stcore/metrics"
HEALTH = "/_stcore/health"
_OURS = (api.METRICS_PATH, api.BADGE_PATH)
_STARTS = ("http.response.start", "websocket.http.response.start")
_MOST_SHOWN = 200
_MOST_OF_A_CLIENT = 100
_log = logging.getLogger(__name__)
_log.addFilter(Seldom())


class Doors:
    """An ASGI middleware: refuses what is foreign, and hardens every answer.

    `option` gives Streamlit's options; `page` is the text of its index.html.
    """

    def __init__(self, app: ASGIApp, watch: Watch, option: Callable[[str], Any], page: str) -> None:
        self._app, self._watch = app, watch
        self._base = base_path.under(option("server.baseUrlPath"))
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

        if client := scope.get("client"):  # whoever asks may forge it; it stands in rows and lines
            scope["client"] = (client[0][:_MOST_OF_A_CLIENT], client[1])
        refusal = self._refusal(HTTPConnection(scope))
        await ReadingOn(refusal or self._app)(scope, receive, hardened)
        if refusal is not None and scope["type"] == "websocket":
            await hung_up(receive)
        return None

    def _refusal(self, asked: HTTPConnection) -> Response | None:
        """Why is this not let through? None where it is."""
        path = base_path.asked(asked.scope, self._base)
        ours = path in _OURS or path.startswith("/api/")
        if acts(path):  # a route matches before the end of a line as well: no name here says which
            why = "Bad Request: the path has a character that no path here has"
            return api.refusal(self._watch, 400, why) if ours else _no(400, why)
        if path.startswith(UPLOADS):
            return _no(404, "Not Found: this app takes no uploads")
        if not ours and (origin := self._foreign(asked.headers)) is not None:
            why = _which_origin(_shown(origin), _shown(asked.headers.get("host")))
            _log.warning("%s", why)  # the browser shows an empty page, and keeps the answer
            return _no(403, why)
        if self._strange(asked.headers, open_to_all=ours or path in (HEALTH, METRICS)):
            why = self._which_hosts(_shown(asked.headers.get("host")))
            return api.refusal(self._watch, 403, why) if ours else _no(403, why)
        if path == METRICS and not api.may_read(self._watch.settings, asked):
            return api.unauthorized(self._watch)
        return None

    def _foreign(self, told: Headers) -> str | None:
        """From which other site does this come? None where it does not."""
        friends, host = self._friends | self._homes().keys(), told.get("host", "")
        origins = [] if self._any_origin else told.getlist("origin")
        return next((each for each in origins if names.foreign(each, host, friends)), None)

    def _strange(self, told: Headers, open_to_all: bool) -> bool:
        """Is this a Host that some other site's name was pointed at (DNS rebinding)?

        Every browser names one, so a request without (HTTP/1.0, of health checks) is none such.
        """
        homes, host = self._homes(), told.get("host", "")
        if not host or (not self._patterns and (open_to_all or not homes)):
            return False
        return not names.answers_to(host, self._patterns | homes.keys())

    def _homes(self) -> dict[str, str]:
        """Under which hosts do people open the dashboard, and which setting says so?"""
        settings = self._watch.settings
        told = {
            "[auth] redirect_uri": sign_in.home(settings.auth),
            "WATCHTOWER_ADDRESS": settings.alerts.address or "",
        }
        return {names.host_of(told[each]): each for each in told if told[each]}

    def _which_hosts(self, host: str) -> str:
        named = sorted({*self._homes().values(), *(["server.allowedHosts"] * bool(self._patterns))})
        return (
            f"Forbidden: the dashboard does not answer to the host {host}. It answers to this "
            f"machine, to IP addresses, and to what is set in {', '.join(named)}. A further name "
            "goes into server.allowedHosts in .streamlit/config.toml."
        )

    def _at_home_by_https(self) -> bool:
        settings = self._watch.settings
        return (sign_in.home(settings.auth) or settings.alerts.address or "").startswith("https://")


def _no(code: int, words: str) -> Response:
    return PlainTextResponse(words, code, {"cache-control": "no-store"})


def _which_origin(origin: str, host: str) -> str:
    return (
        f"Forbidden: the origin {origin} is not that of the host {host}, and no setting names it. "
        "If people open the dashboard there, set WATCHTOWER_ADDRESS to it, or add it to "
        "server.corsAllowedOrigins in .streamlit/config.toml."
    )


def _shown(header: str | None) -> str:
    """What stands in it, fit for an answer and the log."""
    return line(header or "(none)")[:_MOST_SHOWN]
