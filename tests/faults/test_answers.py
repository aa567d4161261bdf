"""Does an alert's channel that answers too much, or too slowly, cost more than it should?"""

from __future__ import annotations

import contextlib
import resource
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.request import HTTPSHandler, build_opener

import pytest

from lib.core.errors import DatabaseUnreachable
from lib.db import answers, rest
from lib.settings import channels
from lib.settings.channels import Channel, Delivery, Message
from tests.test_rest import secured
from tests.waiting import waits

BYTES = b"x" * 1_048_576
OK = b"HTTP/1.1 200 OK\r\n"


def huge(client: socket.socket) -> None:
    client.sendall(OK + b"content-length: 314572800\r\n\r\n")
    for _ in range(300):
        client.sendall(BYTES)


def dripping(client: socket.socket) -> None:
    client.sendall(OK + b"content-length: 100000\r\n\r\n")
    drip(client)


def dripping_from_the_start(client: socket.socket) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\nx-drip: ")
    drip(client)


def taking(client: socket.socket) -> None:
    client.sendall(OK + b"content-length: 0\r\n\r\n")


def drip(client: socket.socket) -> None:
    pause = threading.Event()
    for _ in range(600):
        client.sendall(b"x")
        pause.wait(0.1)


@contextmanager
def answering(answer: Callable[[socket.socket], None], greets: bool = False) -> Iterator[str]:
    """The address of a receiver that takes a message and answers in this way, or greets in it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def tell(client: socket.socket) -> None:
            with client, contextlib.suppress(OSError):
                asked = b"}" * greets
                while not asked.rstrip().endswith(b"}"):  # to the end: else it would be reset
                    asked += client.recv(65536)
                answer(client)

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    threading.Thread(target=tell, args=[client], daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"json://127.0.0.1:{listener.getsockname()[1]}/hook"
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("answer", [huge, dripping])
def test_answer_without_an_end(answer: Callable[[socket.socket], None]) -> None:
    """The status counts. `alert --test` sends in this way as well. Each channel is by itself."""
    with answering(answer) as address, answering(taking) as other:
        channel, beside = Channel(1, address), Channel(2, other)
        began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        channel.send(Message("t", "b"))
        beside.send(Message("t", "b"))
        waits(lambda: beside.delivery.taken, 2)
        assert channel.test(Message("t", "b")) is None
        waits(lambda: channel.delivery.taken, 8)
        assert time.monotonic() - began < 8, "2 s, on a machine that has nothing else to do"
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes
    assert (answers.MOST_BYTES, answers.BODY_SECONDS) == (64 << 10, 2)


def flood(client: socket.socket, line: bytes, taken: list[int]) -> None:
    """A hundred MB of that line, as fast as it is read; `taken` has what was, in bytes."""
    some = line * (1_048_576 // len(line))
    for _ in range(100):
        client.sendall(some)
        taken.append(len(some))


CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
SOCKETS_HOLD = 20_000_000  # bytes, which nobody has read


@pytest.mark.parametrize(
    ("start", "line"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"x-flood: " + b"y" * 60_000 + b"\r\n"),
        (b"", CONTINUE),
        (b"", b"220-xxxx\r\n"),
        (b"220 hello\r\n", b"250-xxxx\r\n"),
    ],
    ids=["header", "continue", "greeting", "reply"],
)
def test_answer_that_floods(start: bytes, line: bytes) -> None:
    """Without an end, before anything that counts: smtplib, say, keeps every line of it."""
    mail, taken = line.startswith(b"2"), list[int]()

    def tell(client: socket.socket) -> None:
        client.sendall(start)
        flood(client, line, taken)

    with answering(tell, greets=mail) as address:
        _, _, place = address.removesuffix("/hook").partition("//")
        if mail:
            address = f"mailto://u:p@{place}?from=a@example.org&to=b@example.org&mode=insecure"
        trouble = Channel(1, address).test(Message("t", "b"))
        assert trouble == "its answer was too long, and it may have taken the message"
        waits(no_try)
    assert sum(taken) < SOCKETS_HOLD


def test_answer_that_never_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have arrived: it is given up, and the next one is sent."""
    assert channels.WHOLE_SECONDS == 8
    monkeypatch.setattr(channels, "WHOLE_SECONDS", 1.0)
    asked: list[float] = []

    def first_only(client: socket.socket) -> None:
        asked.append(time.monotonic())
        (taking if len(asked) > 1 else dripping_from_the_start)(client)

    said: list[Delivery] = []
    with answering(first_only) as address:
        channel = Channel(1, f"{address}?rto=1", said.append, pauses=(0.01,))
        channel.send(Message("one", "b"))
        channel.send(Message("two", "b"))
        waits(lambda: channel.delivery.taken)
    assert (channel.delivery.failed, len(asked)) == (1, 2)
    assert "it did not answer in time" in {each.trouble for each in said}
    assert 1.5 < asked[1] - asked[0] < 8
    waits(no_try)


def test_greeting_that_drips(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a mail server: its address is one as well."""
    monkeypatch.setattr(channels, "WHOLE_SECONDS", 1.0)
    with answering(drip, greets=True) as address:
        _, _, place = address.removesuffix("/hook").partition("//")
        mail = f"mailto://u:p@{place}?from=a@example.org&to=b@example.org&mode=insecure&rto=1"
        assert Channel(1, mail).test(Message("t", "b")) == "it did not answer in time"
        waits(no_try)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nx-drip: ", "SUPABASE_URL does not answer"),
        (OK + b"\r\n", "SUPABASE_URL does not answer"),
        (b"HTTP/1.1 500 Oh\r\n\r\n", "answered with HTTP 500"),
    ],
    ids=["header", "body", "error"],
)
def test_rpc_that_drips(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: bytes, words: str
) -> None:
    def tell(client: socket.socket) -> None:
        client.sendall(answer)
        drip(client)

    assert rest.WHOLE_SECONDS == 8
    monkeypatch.setattr(rest, "WHOLE_SECONDS", 0.5)
    began = time.monotonic()
    assert words in asked(tell, monkeypatch, tmp_path)
    assert time.monotonic() - began < 20, "it drips for a minute"


@pytest.mark.parametrize(
    ("start", "line"),
    [(b"", CONTINUE), (OK + b"transfer-encoding: chunked\r\n\r\n0\r\n", b"x-trailer: y\r\n")],
    ids=["header", "trailer"],
)
def test_rpc_that_floods(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, start: bytes, line: bytes
) -> None:
    taken: list[int] = []

    def tell(client: socket.socket) -> None:
        client.sendall(start)
        flood(client, line, taken)

    assert "SUPABASE_URL gives too long an answer" in asked(tell, monkeypatch, tmp_path)
    assert sum(taken) < SOCKETS_HOLD


def asked(
    tell: Callable[[socket.socket], None], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> str:
    """What is said of an RPC that is answered in this way?"""

    class Telling(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with contextlib.suppress(OSError):
                tell(self.connection)

        def log_message(self, *_: object) -> None:
            pass

    with secured(Telling, folder) as (address, certificate):
        own = HTTPSHandler(context=ssl.create_default_context(cafile=str(certificate)))
        monkeypatch.setattr(rest, "_OPENER", build_opener(own))
        with pytest.raises(DatabaseUnreachable) as refused:
            rest.call(address, "key", "f")
    return str(refused.value)


def no_try() -> bool:
    """Is no thread at a message still? It drips for a minute."""
    return "alert try" not in {each.name for each in threading.enumerate()}
