"""What stands between a client and PostgreSQL, and fails when a test says so?"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Proxy:
    """A TCP port before a server's socket or another port. Does as told once `marker` is sent.

    `mode` is "pass", "hang" (nothing goes through any more), "hold" (it waits for `release`) or
    "cut" (connections break in the middle of what comes, and new ones are refused). `marker`,
    `then` and `target` may be set later too.
    """

    def __init__(
        self, target: Path | int, marker: bytes | None = None, then: str = "pass", port: int = 0
    ) -> None:
        self.target = target
        self.marker = marker
        self.then = then
        self.mode = "pass"
        self.questions = 0  # how often the client spoke
        self._released = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def release(self) -> None:
        """Let through what is held."""
        self.mode, self.then = "pass", "pass"
        self._released.set()

    def close(self) -> None:
        """Break everything."""
        self.mode = "cut"
        for end in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = self._connected()
                except OSError:  # it is down: the next one may find it up again
                    client.close()
                    continue
                self._open += [client, server]
                for source, sink, asks in ((client, server, 1), (server, client, 0)):
                    pump = threading.Thread(
                        target=self._pump, args=(source, sink, asks), daemon=True
                    )
                    pump.start()

    def _connected(self) -> socket.socket:
        if isinstance(self.target, int):
            return socket.create_connection(("127.0.0.1", self.target))
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(str(self.target))
        except OSError:
            server.close()
            raise
        return server

    def _pump(self, source: socket.socket, sink: socket.socket, asks: int) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.questions += asks
                if self.marker is not None and self.marker in data:
                    self.mode = self.then
                if self.mode == "cut":
                    sink.sendall(data[: len(data) // 2])
                    self.close()
                    return
                if self.mode == "hold":
                    self._released.wait(10)
                if self.mode == "pass":
                    sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def proxied(target: Path | int, marker: bytes | None = None, then: str = "pass") -> Iterator[Proxy]:
    """A proxy for as long as the block runs."""
    proxy = Proxy(target, marker, then)
    try:
        yield proxy
    finally:
        proxy.close()
