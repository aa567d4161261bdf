"""What do the doors say to whom they refuse, and what do they know on a bad day? Real sockets."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol

from lib.faces import api
from lib.faces.doors import doors, half_open
from lib.settings.settings import Settings
from lib.watch.watch import Watch
from tests.doors.test_doors import HOME, guarded
from tests.faults.test_connections import certified
from tests.faults.test_half_open import serving

UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)
Ask = Callable[..., str]


@contextmanager
def asking(watch: Watch, folder: Path | None = None, **options: Any) -> Iterator[Ask]:
    """Ask the doors of this watch: a path and headers. Over TLS with the `folder` of its files."""

    class Own(H11Protocol):
        pass

    half_open.impose(Own)
    files = {}
    if folder is not None:
        certified(folder)
        files = {"ssl_certfile": folder / "crt", "ssl_keyfile": folder / "key"}
    with serving(Own, guarded(watch, **options), **files) as place:

        def ask(path: str, *headers: str, version: str = "1.1") -> str:
            ends = () if UPGRADE[0] in headers else ("Connection: close",)
            lines = (f"GET {path} HTTP/{version}", *headers, *ends, "", "")
            plain, secure = (
                socket.create_connection(place, timeout=20),
                ssl.create_default_context(),
            )
            secure.check_hostname, secure.verify_mode = False, ssl.CERT_NONE
            with secure.wrap_socket(plain) if files else plain as own:
                own.sendall("\r\n".join(lines).encode("latin-1"))
                return _answer(own)

        yield ask


def _answer(own: socket.socket) -> str:
    """All of it, but for what comes over a WebSocket that was opened."""
    answer = own.makefile("rb")
    head = b"".join(iter(answer.readline, b"\r\n"))
    return (head if b" 101 " in head else head + answer.read()).decode()


def held(**settings: Any) -> Watch:
    """A watch that has not begun to look: the doors need its settings alone."""
    watch = Watch(lambda: Settings(**settings))
    watch.settings = Settings(**settings)
    return watch


@pytest.mark.parametrize(
    "fault",
    [
        {"DATABASE_URL": " "},
        {"DATABASE_URL": "mysql://h/d"},
        {"WATCHTOWER_REFRESH": "often"},
        {"WATCHTOWER_AUTH_REDIRECT_URI": "x"},
        {"WATCHTOWER_METRICS_TOKEN": ""},
        {"WATCHTOWER_SIGNIN": "required"},
    ],
    ids=lambda fault: next(iter(fault)),
)
def test_doors_amid_a_refused_setting(
    monkeypatch: pytest.MonkeyPatch, fault: dict[str, str]
) -> None:
    own = {
        "DATABASE_URL": "postgresql://u@127.0.0.1:9/x",
        "WATCHTOWER_ADDRESS": "https://watch.example.org",
        "WATCHTOWER_FRAME_ANCESTORS": "none",
        **fault,
    }
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    watch = Watch()
    watch.start()
    assert watch.settings_error
    rewritten = "Host: 127.0.0.1:8501"
    with asking(watch) as ask:
        told = ask("/", rewritten, "Origin: https://watch.example.org")
        assert told.startswith("HTTP/1.1 200 ")
        assert "frame-ancestors 'none'" in told
        assert "; Secure" in told
        home = "Origin: https://watch.example.org"
        assert ask("/stream", rewritten, home, *UPGRADE).startswith("HTTP/1.1 101 ")
        told = ask("/", rewritten, "Origin: https://evil.example")
        assert "the origin https://evil.example " in told


def test_refused_origin_is_told(caplog: pytest.LogCaptureFixture) -> None:
    doors._log.filters[0]._again = 0  # type: ignore[union-attr]
    with asking(held()) as ask:
        for headers in ((), UPGRADE):
            told = ask("/stream", "Host: in.example:8501", "Origin: http://out.example", *headers)
            assert told.startswith("HTTP/1.1 403 ")
            assert "content-type: text/plain" in told.lower()
            assert "nosniff" in told
            _, _, body = told.rpartition("\r\n")
            words = "the origin http://out.example is not that of the host in.example:8501"
            assert words in body
            assert "WATCHTOWER_ADDRESS" in body
            assert "server.corsAllowedOrigins" in body
        acting = "http://\x9b31m\x85" + "x" * 5000
        _, _, body = ask("/", "Host: h", f"Origin: {acting}").rpartition("\n")
        assert "http://\\x9b31m xxx" in body
        assert len(body) < 1000
    assert caplog.text.count("the origin ") == 1, "once a minute"


@pytest.mark.parametrize("encrypted", [False, True])
def test_refused_websocket_is_no_error_of_the_app(
    caplog: pytest.LogCaptureFixture, tmp_path: Path, encrypted: bool
) -> None:
    watch = held(metrics_token="of the metrics", **HOME)
    refused = {
        ("/stream", "Host: watch.example.org", "Origin: https://evil.example"): 403,
        ("/stream", "Host: evil.example"): 403,
        ("/_stcore/upload_file/a", "Host: watch.example.org"): 404,
        ("/_stcore/metrics", "Host: watch.example.org"): 401,
    }
    with asking(watch, tmp_path if encrypted else None) as ask:
        for asked, code in refused.items():
            assert ask(*asked, *UPGRADE).startswith(f"HTTP/1.1 {code} ")
    assert "ASGI callable" not in caplog.text


def test_request_without_a_host() -> None:
    with asking(held(**HOME), allowedHosts=["watch.example.org"]) as ask:
        for path in ("/_stcore/health", "/", api.METRICS_PATH):
            assert ask(path, version="1.0").startswith("HTTP/1.1 200 ")
            assert ask(path, "Host:").startswith("HTTP/1.1 200 ")
            told = ask(path, "Host: evil.example", version="1.0")
            assert told.startswith("HTTP/1.1 403 ")
            assert "the host evil.example" in told
        from_elsewhere = ask("/", "Origin: https://evil.example", version="1.0")
        assert from_elsewhere.startswith("HTTP/1.1 403 "), "no host excuses an origin"


def test_cookie_of_many_kilobytes() -> None:
    """One header holds all cookies: a sign-in with tokens alone has several of 4 KB."""
    cookie = "Cookie: " + "; ".join(f"_streamlit_user_{n}={'x' * 3_900}" for n in range(4))
    with asking(held()) as ask:
        assert ask("/", "Host: h", cookie).startswith("HTTP/1.1 200 ")
        assert ask("/stream", "Host: h", cookie, *UPGRADE).startswith("HTTP/1.1 101 ")


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://[2001:db8::1]:8501", "[2001:DB8:0:0::1]:8501"),
        ("http://[2001:db8::1]", "rewritten"),  # of server.address
        ("https://[2001:db8::2]", "rewritten"),  # of server.corsAllowedOrigins
        ("http://[::ffff:7f00:1]:8501", "rewritten"),
        ("http://[::ffff:10.0.0.5]:8501", "10.0.0.5:8501"),
    ],
)
def test_address_of_version_6_at_the_doors(addressed: Ask, origin: str, host: str) -> None:
    assert addressed("/", f"Host: {host}", f"Origin: {origin}").startswith("HTTP/1.1 200 ")
    told = addressed("/", f"Host: {host}", "Origin: http://[2001:db8::3]")
    assert told.startswith("HTTP/1.1 403 ")


@pytest.fixture(scope="module")
def addressed() -> Iterator[Ask]:
    told = {"address": "2001:db8:0::1", "corsAllowedOrigins": ["https://[2001:DB8::0:2]:443"]}
    with asking(held(), **told) as ask:
        yield ask
