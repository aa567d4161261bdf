"""Does a connection end of which nothing comes, and does that hold up nobody else?"""

from __future__ import annotations

import resource
import socket
import ssl
import threading
import time
import urllib.request
from asyncio import constants
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from lib.faces.doors import half_open
from tests.faults.test_connections import certified
from tests.faults.test_doors import NOWHERE, SECRET, ask, knock
from tests.poolers import free_port
from tests.starts import WAYS, apart, started
from tests.waiting import waits

HALVES = (
    b"",
    b"GET / HTTP/1.1\r\nHost: x\r\n",
    b"GET /_stcore/stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
    b"POST /api/nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nx",
)
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"  # half of what begins TLS
MANY = 20
IN_THE_APP = half_open.REQUEST_SECONDS, half_open.UNREAD_SECONDS


def large(asked: Request) -> Response:
    return PlainTextResponse("x" * int(asked.path_params["size"]))


@contextmanager
def serving(
    protocol: type[H11Protocol], app: ASGIApp | None = None, **more: Any
) -> Iterator[tuple[str, int]]:
    """A small app behind uvicorn with this protocol, in a thread; gives its host and port."""
    port, answer = free_port(), PlainTextResponse("ok")
    if app is None:
        paths = {"/large/{size}": large, "/{path:path}": lambda _: answer}
        app = Starlette(routes=[Route(*each) for each in paths.items()])
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            port=port,
            http=protocol,
            log_config=None,
            lifespan="off",
            timeout_keep_alive=1,
            **more,
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    waits(lambda: server.started)
    try:
        yield "127.0.0.1", port
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def protocol(monkeypatch: pytest.MonkeyPatch) -> type[H11Protocol]:
    class Own(H11Protocol):
        pass

    monkeypatch.setattr(half_open, "REQUEST_SECONDS", 0.5)
    monkeypatch.setattr(half_open, "UNREAD_SECONDS", 0.5)
    monkeypatch.setattr(constants, "SSL_HANDSHAKE_TIMEOUT", 60)
    half_open.impose(Own)
    return Own


def answered(place: tuple[str, int], path: str = "") -> bool:
    """Is a whole request answered, as soon as this machine sends one in time?"""

    def once() -> bool:
        with suppress(OSError):
            return ask("http://{}:{}/".format(*place) + path)[0] == 200
        return False

    return waits(once)


def opened(stack: ExitStack, place: tuple[str, int], sent: bytes) -> socket.socket:
    own = stack.enter_context(socket.create_connection(place, timeout=30))
    own.sendall(sent)
    return own


def ended(own: socket.socket) -> bool:
    """Did the other side hang up, whatever it said before?"""
    try:
        while own.recv(65_536):
            pass
    except ConnectionResetError:
        pass
    return True


def drip(own: socket.socket) -> None:
    """Send a byte now and then, for as long as anybody takes it."""
    while True:
        own.sendall(b"x")
        time.sleep(0.05)


def test_half_open_connections(protocol: type[H11Protocol]) -> None:
    with serving(protocol) as place, ExitStack() as stack:
        each = [opened(stack, place, half) for half in HALVES for _ in range(MANY)]
        began = time.monotonic()
        assert answered(place), "others are, meanwhile"
        assert all(ended(own) for own in each)
        assert time.monotonic() - began < 10
        assert answered(place)
    assert IN_THE_APP == (10, 60)


@pytest.mark.parametrize(
    "rest",
    [
        b"Cookie: " + b"x" * 70_000,
        b"\r\n".join(b"X-%d: x" % n for n in range(300)),
        b"Content-Length: 1",
    ],
    ids=["long", "many", "body"],
)
def test_handshake_that_cannot_be_read(protocol: type[H11Protocol], rest: bytes) -> None:
    with serving(protocol) as place, ExitStack() as stack:
        assert ended(opened(stack, place, HANDSHAKE + rest + b"\r\n\r\n"))
        assert answered(place)


def test_answer_over_tls(
    protocol: type[H11Protocol], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the app itself encrypts is answered, large or small."""
    monkeypatch.setattr(half_open, "REQUEST_SECONDS", 20)
    monkeypatch.setattr(constants, "SSL_HANDSHAKE_TIMEOUT", 20)
    certified(tmp_path)
    own = ssl.create_default_context(cafile=str(tmp_path / "crt"))
    own.check_hostname = False
    files = {"ssl_certfile": tmp_path / "crt", "ssl_keyfile": tmp_path / "key"}
    with serving(protocol, **files) as (host, port):
        for path, size in {"": 2, "large/5000000": 5_000_000}.items():
            url = f"https://{host}:{port}/{path}"
            with urllib.request.urlopen(url, timeout=30, context=own) as answer:
                assert len(answer.read()) == size


def test_connection_that_ends_before_its_time(
    protocol: type[H11Protocol], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Over TLS nothing can be asked of what has ended, by a timer that was set before."""
    certified(tmp_path)
    files = {"ssl_certfile": tmp_path / "crt", "ssl_keyfile": tmp_path / "key"}
    own = ssl.create_default_context(cafile=str(tmp_path / "crt"))
    own.check_hostname = False
    asked = (HANDSHAKE + b"\r\n", b"GET /large/50000000 HTTP/1.1\r\nHost: x\r\n\r\n", HALVES[1])
    with serving(protocol, **files) as place:
        for sent in asked:
            with own.wrap_socket(socket.create_connection(place, timeout=30)) as peer:
                peer.sendall(sent)
                if sent != HALVES[1]:
                    assert peer.recv(9) == b"HTTP/1.1 "
        # A connection that begins now, of which nothing comes, ends after the timers of the others.
        with own.wrap_socket(socket.create_connection(place, timeout=30)) as last:
            assert ended(last)
    assert "Traceback" not in caplog.text


def test_encryption_that_never_begins(protocol: type[H11Protocol], tmp_path: Path) -> None:
    """No protocol of uvicorn's has seen these connections yet."""
    certified(tmp_path)
    files = {"ssl_certfile": tmp_path / "crt", "ssl_keyfile": tmp_path / "key"}
    with serving(protocol, **files) as place, ExitStack() as stack:
        each = [opened(stack, place, half) for half in (b"", HELLO) for _ in range(MANY)]
        assert all(ended(own) for own in each)
        with pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
            drip(opened(stack, place, HELLO))


def test_request_that_drips(protocol: type[H11Protocol]) -> None:
    with serving(protocol) as place, ExitStack() as stack:
        own, began = opened(stack, place, HALVES[1]), time.monotonic()
        with pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
            drip(own)
        assert time.monotonic() - began < 10


def test_answer_that_nobody_reads(protocol: type[H11Protocol]) -> None:
    """Of any size: what the system has no room for waits in the process, be it a little."""
    with serving(protocol) as place, ExitStack() as stack:
        peers = [
            opened(stack, place, b"GET /large/%d HTTP/1.1\r\nHost: x\r\n\r\n" % size).getsockname()
            for size in (*range(500_000, 5_000_000, 60_000), 50_000_000)
        ]
        waits(lambda: not _established(place) & set(peers))
        assert answered(place, "large/5000000"), "who reads gets all"


def test_answer_that_is_read_slowly(
    protocol: type[H11Protocol], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes several times as long as nobody may read nothing."""
    monkeypatch.setattr(half_open, "UNREAD_SECONDS", 1.5)  # a busy machine may pause for one
    size, got = 4_000_000, 0
    with serving(protocol) as place, ExitStack() as stack:
        own = stack.enter_context(socket.socket())
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64_000)
        own.connect(place)
        own.sendall(b"GET /large/%d HTTP/1.1\r\nHost: x\r\n\r\n" % size)
        began = time.monotonic()
        while got < size and (part := own.recv(32_000)):
            got += len(part)
            time.sleep(0.03)
        assert time.monotonic() - began > 2 * half_open.UNREAD_SECONDS
    assert got >= size, "it came whole"


def _established(place: tuple[str, int]) -> set[tuple[str, int]]:
    """Whose connections does the server hold still?"""
    return {each.raddr for each in psutil.Process().net_connections("tcp") if each.laddr == place}


def _open(place: tuple[str, int]) -> int:
    """How many connections does the server hold, besides the one that it listens on?"""
    return len(_established(place)) - 1


def test_descriptors_used_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Own(H11Protocol):
        pass

    monkeypatch.setattr(half_open, "REQUEST_SECONDS", 3)
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    monkeypatch.setattr(half_open, "KEPT_BACK", half_open._descriptors() - MANY)
    half_open.impose(Own)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= soft
    with serving(Own) as place, ExitStack() as stack:
        each = [opened(stack, place, b"") for _ in range(5 * MANY)]
        # A burst is taken in at once and let go again, before the half-open ones end by themselves.
        waits(lambda: "others are refused" in caplog.text and _open(place) <= MANY, 1.5)
        assert _open(place) > MANY / 2
        assert all(ended(own) for own in each)
        assert answered(place)
    assert caplog.text.count("connections are open: others are refused") == 1


@pytest.mark.everything
@pytest.mark.parametrize("way", WAYS)
def test_half_open_connections_of_the_app(way: str, tmp_path: Path) -> None:
    own = {"DATABASE_URL": NOWHERE, "WATCHTOWER_SECRET": SECRET}
    with started(apart(tmp_path), way=way, **own) as found, ExitStack() as stack:
        resource.prlimit(found.process.pid, resource.RLIMIT_NOFILE, (300, 300))
        host, _, port = found.address.removeprefix("http://").partition(":")
        each = [opened(stack, (host, int(port)), HALVES[n % len(HALVES)]) for n in range(400)]
        assert all(ended(one) for one in each)
        assert knock(found.address, SECRET) == 503, "no database: but it is let in"
        assert len(found.said) < 100_000
