"""Several copies before which nothing keeps a browser to the one that it began with."""

from __future__ import annotations

import time
import urllib.parse
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.providers import COOKIE_SECRET, provider, settings
from tests.starts import Started, apart, started

HOME = "http://127.0.0.1:9"  # the proxy's, which here is the test itself


@pytest.mark.everything
def test_sign_in_that_ends_at_another_copy(tmp_path: Path) -> None:
    with ExitStack() as stack:
        told = settings(stack.enter_context(provider(tmp_path / "provider.log")))
        told["WATCHTOWER_AUTH_REDIRECT_URI"] = f"{HOME}/oauth2callback"
        copies = []
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            folder = apart(tmp_path / name)
            copies.append(
                stack.enter_context(started(folder, WATCHTOWER_DEMO="0", DATABASE_URL="", **told))
            )
        one, other = copies
        answer = sign_in(one, other)
    assert answer.status_code == 302
    assert any(
        cookie.startswith("_streamlit_user=") for cookie in answer.headers.get_list("set-cookie")
    )


def sign_in(begun: Started, ended: Started) -> httpx2.Response:
    """Begin at one copy, choose a person at the provider, come back to the other."""
    claims = {"provider": "default", "exp": int(time.time()) + 60}
    token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(COOKIE_SECRET))
    with httpx2.Client() as browser:
        asked = browser.get(f"{begun.address}/auth/login", params={"provider": token})
        back = browser.post(asked.headers["location"], data={"sub": "olga"})
        parts = urllib.parse.urlsplit(back.headers["location"])
        assert f"{parts.scheme}://{parts.netloc}" == HOME
        host = {"host": HOME.removeprefix("http://")}
        return browser.get(f"{ended.address}{parts.path}?{parts.query}", headers=host)
