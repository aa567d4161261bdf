"""The HTTP face: the endpoint that verifies, the status for uptime checks, metrics and a badge.

Custom routes get no protection from Streamlit: every method is answered here, a request that bears
an Origin is refused, and a body is read as a stream with a cap and then ignored.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from lib.core.errors import DatabaseUnreachable, NotAuthorized, Throttled, WatchtowerError
from lib.core.results import NOT_APPLICABLE, Status, rfc3339
from lib.faces import docs
from lib.faces.metrics import CONTENT_TYPE, Metrics
from lib.reports.drawing import svg
from lib.settings.settings import Settings
from lib.verification import ANSWER_SECONDS, NO_ANSWER
from lib.watch.watch import Watch

PATH = "/api/watchtower/partition-drift"
STATUS_PATH = "/api/watchtower/status"
METRICS_PATH = "/metrics"
BADGE_PATH = "/badge.svg"
MOST_BODY = 16 * 1024
BODY_SECONDS = 5
FACE = "endpoint"
_log = logging.getLogger(__name__)
_OF_AN_ID = frozenset(map(chr, range(0x21, 0x7F)))  # what a header holds, and no space
_LONGEST_ID = 200


def routes(watch: Watch) -> list[BaseRoute]:
    """Which routes does the app add? The four, the docs, and 404 for every other /api/ path."""
    return [
        Route(PATH, Endpoint(watch)),
        Route(STATUS_PATH, Reading(watch, partial(_status, watch))),
        Route(METRICS_PATH, Reading(watch, partial(_metrics, Metrics(watch)))),
        Route(BADGE_PATH, Reading(watch, partial(_badge, watch))),
        *docs.routes(),
        Route("/api", _Nothing(watch)),
        Route("/api/{path:path}", _Nothing(watch)),
    ]


class Endpoint:
    """Runs the verification for whoever bears the secret; an ASGI app for every method."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answer(request)
        request_id = request.headers.get("x-request-id", "")
        if 0 < len(request_id) <= _LONGEST_ID and _OF_AN_ID.issuperset(request_id):
            response.headers["x-request-id"] = request_id
        response.headers["cache-control"] = "no-store"
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method != "POST":
            return refusal(self._watch, 405, "Method Not Allowed: use POST", {"allow": "POST"})
        if "origin" in request.headers:
            return refusal(self._watch, 403, "Forbidden: this endpoint is not for browsers")
        try:
            self._watch.gate.admit(_secrets(request), _client(request))
            await asyncio.wait_for(_read_capped(request), BODY_SECONDS)
        except NotAuthorized:
            return unauthorized(self._watch)
        except Throttled as error:
            return refusal(self._watch, 429, str(error), {"retry-after": str(error.retry_after)})
        except HTTPException as error:
            return refusal(self._watch, error.status_code, error.detail)
        except (TimeoutError, ClientDisconnect):
            return refusal(self._watch, 408, "Request Timeout: the body did not come")
        return await self._verify(_client(request))

    async def _verify(self, client: str) -> Response:
        """Wait without a thread, so that many requests may join one run."""
        future = asyncio.wrap_future(self._watch.verify(f"bearer of the secret, {client}", FACE))
        try:
            report = await asyncio.wait_for(asyncio.shield(future), ANSWER_SECONDS)
        except TimeoutError:
            return _unreachable(self._watch, DatabaseUnreachable(NO_ANSWER))
        except WatchtowerError as error:
            return _unreachable(self._watch, error)
        except Exception:
            _log.exception("The verification failed unexpectedly")
            failed = WatchtowerError("The verification failed; the log says more.")
            return _unreachable(self._watch, failed)
        return _json(self._watch, report.to_json())


class Reading:
    """Answers from the snapshot alone: GET, for whoever may look."""

    def __init__(self, watch: Watch, answer: Callable[[], Response]) -> None:
        self._watch, self._reply = watch, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = self._answer(Request(scope, receive))
        response.headers["cache-control"] = "no-store"
        await response(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return refusal(self._watch, 405, "Method Not Allowed: use GET", {"allow": "GET, HEAD"})
        if not may_read(self._watch.settings, request):
            return unauthorized(self._watch)
        return self._reply()


def may_read(settings: Settings, request: HTTPConnection) -> bool:
    """With a token only its bearer; without, everybody, unless looking needs a sign-in."""
    token = settings.metrics_token
    if token is None:
        return not settings.sign_in_required
    return any(hmac.compare_digest(each, token.encode()) for each in _secrets(request))


def unauthorized(watch: Watch) -> Response:
    """The answer to whoever shows no right secret."""
    return refusal(watch, 401, "Unauthorized", {"www-authenticate": "Bearer"})


def _status(watch: Watch) -> Response:
    """The last reading in short; 200 while nothing is critical, unknown or old, else 503."""
    known, now = watch.snapshot, datetime.now(UTC)
    status, age, report = known.status(now), known.age(now), known.report
    content = {
        "ok": status < Status.UNKNOWN,
        "status": status.word,
        "checked_at": None if report is None else rfc3339(report.checked_at),
        "age_seconds": None if age is None else round(age.total_seconds()),
        "checks": {
            **{check: status.word for check, status in known.standing(now).items()},
            **dict.fromkeys(() if report is None else report.apart, NOT_APPLICABLE),
        },
    }
    if known.trouble:
        content["error"] = known.trouble
    return _json(watch, content, 200 if content["ok"] else 503)


def _badge(watch: Watch) -> Response:
    """The state as a small picture."""
    known = watch.snapshot
    picture = svg.badge(known.status(datetime.now(UTC)).word, demo=known.demo)
    return Response(picture, media_type="image/svg+xml")


def _metrics(metrics: Metrics) -> Response:
    return Response(metrics.text(), headers={"content-type": CONTENT_TYPE})


class _Nothing:
    """Answers 404 as JSON where Streamlit would answer 200 with its page."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await refusal(self._watch, 404, "Not Found")(scope, receive, send)


def _secrets(request: HTTPConnection) -> list[bytes]:
    """What was presented, as a bearer token and in the runbook's own header? Bytes as they came."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    found = [token.strip()] if scheme.lower() == "bearer" else []
    found.append(request.headers.get("x-watchtower-secret", ""))
    return [each.encode("latin-1") for each in found if each]


def _client(request: Request) -> str:
    return request.client.host if request.client else "unknown"


async def _read_capped(request: Request) -> None:
    """Read and forget the body. Raises: HTTPException 413 over 16 KiB."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and (len(told) > 9 or int(told) > MOST_BODY):
        raise HTTPException(413, "Content Too Large: no body is needed")
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BODY:
            raise HTTPException(413, "Content Too Large: no body is needed")


def _unreachable(watch: Watch, error: WatchtowerError) -> Response:
    return _json(watch, {"ok": False, "status": "unknown", "error": str(error)}, 503)


def refusal(watch: Watch, code: int, words: str, headers: dict[str, str] | None = None) -> Response:
    """The answer that says why not."""
    return _json(watch, {"error": words}, code, headers)


def _json(
    watch: Watch, content: dict[str, Any], code: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Every body that is JSON: on the embedded demo it says so."""
    said = {**content, "demo": True} if watch.snapshot.demo else content
    return JSONResponse(said, code, headers)
