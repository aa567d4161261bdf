"""Who knocks at the doors of a running app, and what does it answer? Real sockets, one process."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping

import pytest

from lib.access.gate import IN_TOTAL, PER_CLIENT
from tests.browsers import await_answer
from tests.copies import copied
from tests.waiting import waits

SECRET = "correct-horse-battery"
PATH = "/api/watchtower/partition-drift"
NOWHERE = "postgresql://u:p@127.0.0.1:9/x"  # no database is needed: 503 is an open door


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with copied(DATABASE_URL=NOWHERE, WATCHTOWER_SECRET=SECRET) as copy:
        await_answer(f"{copy.address}/_stcore/health")
        yield copy.address


@pytest.fixture(scope="module")
def named() -> Iterator[str]:
    """Another, which knows its address, and whose secrets are weak."""
    settings = {"WATCHTOWER_SECRET": SECRET[:15], "WATCHTOWER_ADDRESS": "https://watch.example.org"}
    with copied(DATABASE_URL=NOWHERE, **settings) as copy:
        await_answer(f"{copy.address}/_stcore/health")
        yield copy.address


def ask(
    url: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[int, str, Mapping[str, str]]:
    """Which code, body and headers come back? A header's name has _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, body, named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers


def knock(address: str, secret: str, **headers: str) -> int:
    return ask(address + PATH, "POST", x_watchtower_secret=secret, **headers)[0]


def test_wrong_secrets_from_one_address(served: str) -> None:
    codes = [knock(served, "wrong") for _ in range(PER_CLIENT + 1)]
    assert codes[-1] == 429
    assert knock(served, SECRET) == 503, "no database: but it is let in"


def test_wrong_secrets_from_forged_addresses(served: str) -> None:
    for number in range(IN_TOTAL):
        knock(served, "wrong", x_forwarded_for=f"10.1.1.{number}")
    assert knock(served, "wrong", x_forwarded_for="10.1.2.1") == 429
    for client in ("10.1.1.1", "10.1.2.1"):
        assert knock(served, SECRET, x_forwarded_for=client) == 503


def test_secret_too_short(named: str) -> None:
    assert knock(named, SECRET[:15]) == 401
    told = waits(lambda: json.loads(ask(f"{named}/api/watchtower/status")[1]).get("error"))
    assert "refuses the connection" in told, "it watches"
