"""Why did a sign-in not work? Streamlit says "Authentication error", or shows the door again.

It logs the cause, though. That is taken from its log, and told in a sentence with the way back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from html import escape

from authlib.common.errors import AuthlibBaseError
from joserfc.errors import ClaimError
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lib.faces.base_path import asked, under
from lib.settings.sign_in import CALLBACK

LOGIN = "/auth/login"
LOG = "streamlit.web.server.starlette.starlette_auth_routes"
_SIGNED_IN = "_streamlit_user="
_TIMES = {"iat": "in the future", "nbf": "in the future", "exp": "in the past"}
_DOWN = (
    "The sign-in provider cannot be reached from here, or does not answer. Try again later; if it "
    "lasts, see whether this machine reaches server_metadata_url of [auth]."
)
_AGAIN = (
    "This sign-in cannot be completed here. It was begun too long ago, or in another browser, or "
    "at a copy of the app whose cookie_secret is another one. Begin again."
)
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Not signed in</title>
<meta name="viewport" content="width=device-width"><style>:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1rem }}</style>
</head><body><main><h1>You are not signed in</h1><p>{why}</p>
<p><a href="{back}">Back to Partition Watchtower</a></p></main></body></html>"""

_cause: ContextVar[list[BaseException] | None] = ContextVar("cause", default=None)


class Reasons:
    """An ASGI middleware: an answer of Streamlit's that signs nobody in says why."""

    def __init__(self, app: ASGIApp, base: Callable[[], str]) -> None:
        self._app, self._base = app, base
        logging.getLogger(LOG).addFilter(_overhear)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        home = under(self._base())
        path = asked(scope, home) if scope["type"] == "http" else ""
        if path not in (LOGIN, CALLBACK):
            return await self._app(scope, receive, send)
        told = Request(scope).query_params
        if path == CALLBACK and not told.keys() & {"code", "error"}:
            return await self._app(scope, receive, send)  # signed out at the provider, and back
        causes: list[BaseException] = []
        _cause.set(causes)
        replaced = False

        async def explained(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and _failed(message, path, f"{home}/"):
                replaced = True
                code, why = reason(causes[0] if causes else None, told)
                await _told(message, code, why, home)(scope, receive, send)
            if not replaced:
                await send(message)

        await self._app(scope, receive, explained)
        return None


def reason(cause: BaseException | None, asked: Mapping[str, str]) -> tuple[int, str]:
    """Which code and sentence say why nobody was signed in?"""
    kinds = {each.__name__ for each in type(cause).__mro__}  # of httpx or httpx2, as is installed
    if "TransportError" in kinds:
        return 502, _DOWN
    if "HTTPStatusError" in kinds:
        return 502, "The sign-in provider answers with an error. Try again later."
    if isinstance(cause, ClaimError) and cause.claim in _TIMES:
        return 502, (
            f"The provider's sign-in is dated {_TIMES[cause.claim]}: its clock and this machine's "
            "differ by minutes. Set the clocks right, then sign in again."
        )
    if isinstance(cause, AuthlibBaseError) and cause.error != "mismatching_state":
        return 400, f"The sign-in was refused: {cause.description or cause.error}."
    if cause is not None and not isinstance(cause, AuthlibBaseError):
        return 502, "What the sign-in provider answered cannot be used; the app's log says more."
    if "error" in asked:
        told = asked.get("error_description") or asked["error"]
        return 400, f"The provider signed nobody in: {told[:300]}"
    return 400, _AGAIN


def _told(start: Message, code: int, why: str, home: str) -> HTMLResponse:
    """The answer instead, with the cookies that Streamlit takes back."""
    page = _PAGE.format(why=escape(why), back=f"{escape(home)}/")
    told = HTMLResponse(page, code, {"cache-control": "no-store"})
    for cookie in Headers(raw=start["headers"]).getlist("set-cookie"):
        told.headers.append("set-cookie", cookie)
    return told


def _failed(start: Message, path: str, door: str) -> bool:
    headers = Headers(raw=start["headers"])
    if path == LOGIN:
        return start["status"] >= 400 or headers.get("location") == door
    return not any(
        cookie.startswith(_SIGNED_IN) and not cookie.startswith(f'{_SIGNED_IN}""')
        for cookie in headers.getlist("set-cookie")
    )


def _overhear(record: logging.LogRecord) -> bool:
    """Keep the cause that is logged while this request is answered."""
    causes = _cause.get()
    if causes is not None and record.exc_info and record.exc_info[1] is not None:
        causes.append(record.exc_info[1])
    return True
