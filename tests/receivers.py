"""Who gets the alerts? A receiver on loopback that notes them, refuses them, or says nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "s3cret-t0ken"
DROPPED = 0


class Receiver:
    """`got` are the messages that it was sent, in order; `answers` what it says to the next ones.

    A status code (a redirect leads back here), DROPPED: it takes the message and hangs up, or None:
    it takes the message and never answers.
    """

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.answers: list[int | None] = []
        self._news = threading.Condition()
        self._closed = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                answer = outer.take(body)
                if answer is None:
                    outer.wait_to_close()
                if not answer:
                    return
                self.send_response(answer)
                if answer // 100 == 3:
                    self.send_header("location", "/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True).start()

    def address(self, more: str = "") -> str:
        """Apprise's address of it, a secret in each of its parts."""
        port = self._server.server_port
        return f"json://user:{SECRET}@127.0.0.1:{port}/{SECRET}?+X-Token={SECRET}{more}"

    def take(self, message: dict[str, Any]) -> int | None:
        """Note it. How is it answered?"""
        with self._news:
            self.got.append(message)
            self._news.notify_all()
            return self.answers.pop(0) if self.answers else 200

    def wait_to_close(self) -> None:
        self._closed.wait(20)

    def until(self, count: int, seconds: float = 60) -> list[str]:
        """The titles, once there are so many messages."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.got) >= count, seconds), self.titles
        return self.titles

    @property
    def titles(self) -> list[str]:
        """What was said, in one line each."""
        return [message["title"].removeprefix("Partition Watchtower: ") for message in self.got]

    def close(self) -> None:
        """Hang up."""
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver for as long as the block runs."""
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.close()
