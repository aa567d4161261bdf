"""What do the RPCs answer over HTTPS? PostgREST, as Supabase serves it."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from lib.core.errors import DatabaseUnreachable, QueryFailed, SettingInvalid
from lib.db.answers import TOO_LONG, within

TIMEOUT_SECONDS = 4
WHOLE_SECONDS = 8  # a time-out counts from byte to byte; an answer that drips is no answer
MOST_BYTES = 1_000_000


def call(base_url: str, key: str, function: str) -> Any:
    """What does this RPC answer, decoded from JSON?

    Raises: SettingInvalid when the address is not HTTPS, DatabaseUnreachable when there is no
    answer, QueryFailed when the answer is an error of PostgREST or PostgreSQL.
    """
    request = urllib.request.Request(
        f"{_checked(base_url)}/rest/v1/rpc/{function}",
        data=b"{}",
        method="POST",
        headers={
            "apikey": _printable(key),
            "authorization": f"Bearer {_printable(key)}",
            "content-type": "application/json",
            "accept": "application/json",
        },
    )
    try:
        with within(WHOLE_SECONDS, 2 * MOST_BYTES):  # with the header
            return json.loads(_asked(function, request))
    except (OSError, http.client.HTTPException) as error:
        raise DatabaseUnreachable(f"SUPABASE_URL {_why(error)}.") from None
    except (ValueError, RecursionError):
        raise DatabaseUnreachable(f"{function} did not answer with JSON.") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to wherever it points."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def _asked(function: str, request: urllib.request.Request) -> bytes:
    """The body. Raises: ValueError where it is longer than any answer."""
    try:
        with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as response:
            body: bytes = response.read(MOST_BYTES + 1)
    except urllib.error.HTTPError as error:
        raise _refused(function, error) from None
    if len(body) > MOST_BYTES:
        raise ValueError("too long")
    return body


def _printable(key: str) -> str:
    if not key.isascii() or not key.isprintable():
        raise SettingInvalid("SUPABASE_SERVICE_ROLE_KEY has characters that no key has.")
    return key


def _checked(base_url: str) -> str:
    """The key is a password, so it goes over HTTPS alone."""
    try:
        parts = urlsplit(base_url)
        host = parts.hostname
    except ValueError:
        host = None
    if host is None or parts.scheme != "https" or "@" in parts.netloc:
        raise SettingInvalid("SUPABASE_URL must be an https:// address, without a user.")
    return base_url.rstrip("/")


def _refused(function: str, error: urllib.error.HTTPError) -> QueryFailed | DatabaseUnreachable:
    """What do PostgREST's code and message say?"""
    with error:
        try:
            body = json.loads(error.read(100_000))
            code, message = str(body["code"]), str(body["message"])
        except (ValueError, KeyError, TypeError, OSError, RecursionError):
            code, message = "", ""
    if code == "42501":
        return QueryFailed(function, code, f"may not be called with this key: {message[:200]}")
    if error.code in (401, 403):
        return DatabaseUnreachable(f"SUPABASE_SERVICE_ROLE_KEY is refused ({error.code}).")
    if 300 <= error.code < 400:
        return DatabaseUnreachable("SUPABASE_URL redirects elsewhere, where the key must not go.")
    if code == "PGRST202" or error.code == 404:
        return QueryFailed(function, code, "does not exist (or PostgREST has not seen it yet)")
    if message:
        return QueryFailed(function, code, f"raised: {message[:200]}")
    return DatabaseUnreachable(f"SUPABASE_URL answered with HTTP {error.code}.")


def _why(error: Exception) -> str:
    text = str(getattr(error, "reason", error)).lower()
    if "certificate" in text:
        return "shows a certificate that is not trusted"
    if "refused" in text:
        return "refuses the connection"
    if "timed out" in text:
        return "does not answer"
    if TOO_LONG in text:
        return "gives too long an answer"
    if "name" in text or "resol" in text:
        return "has a host whose name does not resolve"
    return "cannot be reached"
