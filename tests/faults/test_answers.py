"""Does an alert's channel that answers too much, or too slowly, cost more than it should?"""

from __future__ import annotations

import contextlib
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from lib import channels
from lib.channels import Channel, Message

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


def drip(client: socket.socket) -> None:
    pause = threading.Event()
    for _ in range(600):
        client.sendall(b"x")
        pause.wait(0.1)


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a receiver that takes a message and answers in this way."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    with client, contextlib.suppress(OSError):
                        client.recv(65536)
                        answer(client)

        threading.Thread(target=serve, daemon=True).start()
        yield f"json://127.0.0.1:{listener.getsockname()[1]}/hook"
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("answer", [huge, dripping])
def test_answer_without_an_end(answer: Callable[[socket.socket], None]) -> None:
    """The status counts. `alert --test` sends in this way as well."""
    with answering(answer) as address:
        channel = Channel(1, address)
        began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert channel.test(Message("t", "b")) is None
        assert time.monotonic() - began < 8
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


def test_answer_that_never_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "WHOLE_SECONDS", 1.0)
    with answering(dripping_from_the_start) as address:
        channel = Channel(1, f"{address}?rto=1")
        began = time.monotonic()
        assert channel.test(Message("t", "b")) == "it did not answer in time"
        assert time.monotonic() - began < 8
