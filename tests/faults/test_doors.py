"""Who knocks at the doors of a running app, and what does it answer? Real sockets, one process."""

from __future__ import annotations

import hashlib
import json
import re
import select
import socket
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from lib.core.errors import NotAuthorized
from lib.faces.doors import bodies
from lib.settings.gate import IN_TOTAL, PER_CLIENT, TOO_SHORT
from lib.settings.settings import load
from tests.browsers import PAGES, app, await_answer
from tests.copies import OPTIONS, copied
from tests.faces import SECRET, living, visit, words
from tests.waiting import waits

PATH = "/api/watchtower/partition-drift"
NOWHERE = "postgresql://u:p@127.0.0.1:9/x"  # no database is needed: 503 is an open door


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with copied(DATABASE_URL=NOWHERE, WATCHTOWER_SECRET=SECRET) as copy:
        await_answer(f"{copy.address}/_stcore/health")
        yield copy.address


@pytest.fixture(scope="module")
def outside() -> Iterator[socket.socket]:
    """Where everything is looked up that is not on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def named(outside: socket.socket) -> Iterator[str]:
    """Another, which knows its address, and whose secrets are weak."""
    proxy = f"http://127.0.0.1:{outside.getsockname()[1]}"
    settings = {
        "WATCHTOWER_SECRET": SECRET[:15],
        "WATCHTOWER_ADDRESS": "https://watch.example.org",
        "WATCHTOWER_METRICS_TOKEN": "of the metrics",
        "WATCHTOWER_FRAME_ANCESTORS": "https://in.example.org",
        OPTIONS: json.dumps(
            {
                "server.address": "bound.example",
                "browser.serverAddress": "told.example",
                "server.corsAllowedOrigins": ["https://partner.example"],
            }
        ),
        "http_proxy": proxy,
        "https_proxy": proxy,
    }
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


@pytest.mark.landing
def test_wrong_secrets_from_one_address(served: str) -> None:
    codes = [knock(served, "wrong") for _ in range(PER_CLIENT + 1)]
    assert codes[-1] == 429
    code, _, told = ask(served + PATH, "POST", x_watchtower_secret="wrong")
    assert (code, 1 <= int(told["retry-after"]) <= 60) == (429, True)
    assert knock(served, SECRET) == 503, "no database: but it is let in"
    with living(lambda: load({"DATABASE_URL": NOWHERE, "WATCHTOWER_SECRET": SECRET}, {})) as live:
        for number in range(IN_TOTAL):
            with suppress(NotAuthorized):
                live.gate.admit([b"wrong"], f"10.1.1.{number}")
        page = visit("verify")
        for secret, refused in (("wrong", True), (SECRET, False)):
            page.text_input[0].set_value(secret)
            page.button[0].click().run()
            assert ("Too many wrong secrets. Try again in" in words(page)) is refused
            begun = [each for each in ("run", "run failed") if each in page.session_state]
            assert bool(begun) is not refused


def test_wrong_secrets_from_forged_addresses(served: str) -> None:
    for number in range(IN_TOTAL):
        knock(served, "wrong", x_forwarded_for=f"10.1.1.{number}")
    told = ask(served + PATH, "POST", x_watchtower_secret="wrong", x_forwarded_for="10.1.2.1")
    assert (told[0], 1 <= int(told[2]["retry-after"]) <= 60) == (429, True)
    for client in ("10.1.1.1", "10.1.2.1"):
        assert knock(served, SECRET, x_forwarded_for=client) == 503


@pytest.mark.landing
def test_secret_too_short(named: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert knock(named, SECRET[:15]) == 401
    with living(lambda: load({"DATABASE_URL": NOWHERE, "WATCHTOWER_SECRET": SECRET[:15]}, {})):
        assert [words(page).count(TOO_SHORT) for page in ("status", "verify")] == [1, 1]
    assert capsys.readouterr().out.count(TOO_SHORT) == 1
    told = waits(
        lambda: json.loads(
            ask(f"{named}/api/watchtower/status", authorization="Bearer of the metrics")[1]
        ).get("error")
    )
    assert "refuses the connection" in told, "it watches"


def first_line(address: str, request: str, body: int = 0) -> str:
    """What does the answer begin with, for a client that sends all before it reads?"""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as sent:
        sent.sendall(request.replace("\n", "\r\n").encode())
        for _ in range(0, body, 50_000):
            sent.sendall(b"x" * 50_000)
        return sent.makefile("rb").readline().decode().strip()


def handshake(address: str, origin: str, host: str, path: str = "/_stcore/stream") -> str:
    """What is a WebSocket answered that says to come from there?"""
    return first_line(
        address,
        f"GET {path} HTTP/1.1\nHost: {host}\nOrigin: {origin}\nConnection: Upgrade\n"
        "Upgrade: websocket\nSec-WebSocket-Version: 13\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\n",
    )


@pytest.mark.parametrize(
    ("path", "secret", "code"),
    [
        (PATH, SECRET, 413),
        (PATH, "wrong", 401),
        ("/api/nothing", SECRET, 404),
        ("/_stcore/upload_file/a/b", SECRET, 404),
    ],
)
def test_body_too_large(served: str, path: str, secret: str, code: int) -> None:
    size = 10_000_000
    for _ in range(5):
        line = first_line(
            served,
            f"POST {path} HTTP/1.1\nHost: x\nX-Watchtower-Secret: {secret}\nConnection: close\n"
            f"X-Forwarded-For: 10.2.2.{code % 256}\nContent-Length: {size}\n\n",
            size,
        )
        assert f" {code} " in line or (code == 401 and " 429 " in line)
    if code == 404:
        assert bodies.MOST_READ <= read_of_the_rest(served, path) < 2 * bodies.MOST_READ


def read_of_the_rest(address: str, path: str) -> int:
    """How much does it take of a body that never ends, after its answer?"""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as sent:
        sent.sendall(
            f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {1 << 30}\r\n\r\n".encode()
        )
        assert sent.recv(13) == b"HTTP/1.1 404 "
        size = 0
        with suppress(ConnectionError):
            while size < 1 << 30:
                sent.sendall(b"x" * (1 << 20))
                size += 1 << 20
        return size


@pytest.mark.everything  # 5 s of silence
def test_rest_of_a_body_that_never_comes(served: str) -> None:
    host, port = served.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as sent:
        began = time.monotonic()
        sent.sendall(b"POST /api/nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nx")
        assert sent.recv(13) == b"HTTP/1.1 404 "
        assert time.monotonic() - began < 2, "the answer does not wait"
        while sent.recv(65536):
            pass
        assert time.monotonic() - began < bodies.READ_SECONDS + 4


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "OPTIONS", "DELETE", "GET", "HEAD"])
def test_upload(served: str, method: str) -> None:
    url = f"{served}/_stcore/upload_file/session/file"
    code, text, _ = ask(url, method, b"x" * 1_000_000 if method == "PUT" else None)
    assert code == 404
    assert method == "HEAD" or "this app takes no uploads" in text


def test_metrics_of_streamlit(named: str, served: str) -> None:
    url = "/_stcore/metrics"
    assert ask(named + url)[0] == 401
    assert ask(named + url, authorization="Bearer wrong")[0] == 401
    code, text, _ = ask(named + url, authorization="Bearer of the metrics")
    assert (code, "session_events_total" in text) == (200, True)
    assert ask(served + url)[0] == 200, "open where /metrics is"


@pytest.mark.parametrize("sign", ["%0A", "%0D", "%00", "%1B%5B31m", "%C2%85", "%E2%80%A8"])
def test_path_with_a_control_character(named: str, sign: str) -> None:
    """A route that ends in `$` matches before the end of a line as well."""
    asked = ["/_stcore/metrics", "/_stcore/health", "/_stcore/host-config", "/media/x", "/", "/a/b"]
    for path in (*asked, "/_stcore/upload_file/a/b", "/metrics", "/badge.svg", PATH, "/api/x"):
        code, text, _ = ask(f"{named}{path}{sign}")
        assert code == 400, path
        assert "Bad Request: the path has" in text
    assert ask(f"{named}/_stcore{sign}/metrics")[0] == 400
    assert " 400 " in handshake(named, named, "watch.example.org", f"/_stcore/stream{sign}")


@pytest.mark.parametrize(
    ("origin", "host", "code"),
    [
        ("https://evil.example", "127.0.0.1:8501", 403),
        ("https://watch.example.org.evil.example", "watch.example.org", 403),
        ("null", "127.0.0.1:8501", 403),
        ("https://evil.example", "evil.example", 403),
        ("https://watch.example.org", "watch.example.org", 101),
        ("https://watch.example.org", "127.0.0.1:8501", 101),
        ("http://localhost:8501", "localhost:8501", 101),
        ("http://10.0.0.5:8501", "10.0.0.5:8501", 101),
        ("http://bound.example:8501", "127.0.0.1:8501", 101),
        ("https://told.example", "127.0.0.1:8501", 101),
        ("https://partner.example", "127.0.0.1:8501", 101),
        ("https://partner.example.evil.example", "127.0.0.1:8501", 403),
    ],
)
def test_foreign_origin(
    named: str, outside: socket.socket, origin: str, host: str, code: int
) -> None:
    assert f" {code} " in handshake(named, origin, host)
    asked, _, _ = select.select([outside], [], [], 0)
    assert not asked, "nothing was looked up"


def test_foreign_origin_of_a_request(named: str) -> None:
    for path in ("/_stcore/health", "/_stcore/host-config", "/media/x"):
        for origin in ("https://evil.example", "null", "https://watch.example.org.evil.example"):
            assert ask(named + path, origin=origin)[0] == 403
        assert ask(named + path, origin=named)[0] != 403
    for path in ("/badge.svg", "/metrics"):
        for token, code in (("wrong", 401), ("of the metrics", 200)):
            told = {"authorization": f"Bearer {token}"}
            assert ask(named + path, **told)[0] == code
            assert ask(named + path, origin="https://wiki.example", **told)[0] == code, "as without"


def test_rebound_host(named: str, served: str) -> None:
    for path in ("/", "/triggers", "/static/x.js", "/_stcore/host-config"):
        code, text, _ = ask(named + path, host="evil.example")
        assert code == 403
        assert "WATCHTOWER_ADDRESS" in text
        assert ask(named + path, host="watch.example.org")[0] != 403
    for path in ("/api/watchtower/status", "/metrics", "/badge.svg", "/_stcore/health"):
        assert ask(named + path, host="inside:8501")[0] != 403
    assert ask(named + PATH, "POST", host="inside:8501")[0] == 401
    assert " 403 " in handshake(named, "http://evil.example", "evil.example")
    assert ask(served, host="evil.example")[0] == 200, "no setting says who it is"


def test_framed_elsewhere(named: str) -> None:
    """Every page works under it: tests/test_journey.py opens them in a browser."""
    (script,) = re.findall(r"<script>(.*?)</script>", ask(named)[1], re.DOTALL)
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    ours = (PATH, "/api/watchtower/status", "/api/nothing", "/metrics", "/badge.svg")
    theirs = ("/_stcore/health", "/_stcore/metrics", "/_stcore/upload_file/a/b", "/media/nothing")
    for path in ("/", *(f"/{page}" for page in PAGES), *ours, *theirs):
        told = ask(named + path)[2]
        assert f"script-src 'self' 'sha256-{digest}'; " in told["content-security-policy"]
        assert told["content-security-policy"].endswith("frame-ancestors https://in.example.org")
        assert told["x-content-type-options"] == "nosniff"
        assert told["referrer-policy"] == "same-origin"
    assert ask(f"{named}/_stcore/health")[2]["set-cookie"].endswith("; Secure")


@pytest.mark.landing
def test_message_too_large(tmp_path: Path) -> None:
    """From any browser that may look; `uvicorn app:app` has the same bound of its own."""
    with app(tmp_path / "log", DATABASE_URL=NOWHERE) as address:
        url = f"{address.replace('http', 'ws')}/_stcore/stream"
        with connect(url, max_size=None) as socket_, suppress(ConnectionClosed):
            socket_.send(b"x" * (17 << 20))
            while True:
                socket_.recv(timeout=20)
        assert socket_.close_code in (1009, 1006), "1006 where it is cut off while it sends still"
        assert ask(f"{address}/_stcore/health")[0] == 200
