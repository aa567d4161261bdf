"""Is there a real OpenID provider to sign in with? One on this machine, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browsers import await_answer
from tests.poolers import free_port

COOKIE_SECRET = "a-cookie-secret-for-the-tests-alone-0123456789"
OPERATOR = "olga@example.org"
HOUR = 3600

PEOPLE: dict[str, dict[str, Any]] = {
    "olga": {"email": OPERATOR, "email_verified": True},
    "victor": {"email": "victor@example.org", "email_verified": True},
    "unverified": {"email": OPERATOR, "email_verified": False},
    "yesterday": {"email": OPERATOR, "email_verified": True, "iat": -25 * HOUR},
    "ahead": {"email": OPERATOR, "email_verified": True, "iat": HOUR // 2},
}


@contextmanager
def provider(log: Path) -> Iterator[str]:
    """A provider that knows PEOPLE (`iat` counts from now) and asks no password; its address."""
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "-p", str(port), "-H", "127.0.0.1"]
    for name, claims in PEOPLE.items():
        told = {"sub": name, **claims}
        if "iat" in told:
            told["iat"] += int(time.time())
        command += ["--user-claims", json.dumps(told)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        address = f"http://127.0.0.1:{port}"
        await_answer(f"{address}/.well-known/openid-configuration")
        yield address
    finally:
        process.terminate()
        process.wait(10)


def settings(provider_address: str) -> dict[str, str]:
    """What the app is told, so that one signs in there."""
    return {
        "WATCHTOWER_AUTH_REDIRECT_URI": "http://127.0.0.1:{port}/oauth2callback",
        "WATCHTOWER_AUTH_COOKIE_SECRET": COOKIE_SECRET,
        "WATCHTOWER_AUTH_CLIENT_ID": "watchtower",
        "WATCHTOWER_AUTH_CLIENT_SECRET": "of-no-matter",
        "WATCHTOWER_AUTH_SERVER_METADATA_URL": (
            f"{provider_address}/.well-known/openid-configuration"
        ),
        "WATCHTOWER_OPERATORS": OPERATOR.title(),
    }
