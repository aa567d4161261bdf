"""Is it running already? Then join it: many callers, one run, one answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


def _nothing() -> None:
    """What follows a run where nobody asked for more."""


class SingleFlight(Generic[T]):
    """At most one call at a time; whoever asks meanwhile gets that call's answer or error.

    The call runs in a thread of its own, so that a caller may stop waiting for it. One that has
    not ended after `limit` seconds is given up: the next caller starts anew.
    """

    def __init__(self, limit: float = 15) -> None:
        self._lock = threading.Lock()
        self._running: Future[T] | None = None
        self._limit = limit
        self._begun = 0.0
        self._thread: threading.Thread | None = None

    def join(self, call: Callable[[], T], after: Callable[[], object] = _nothing) -> Future[T]:
        """The answer to come, of the run under way or of a new one; `after` when it has come."""
        return self.joined(call, after)[0]

    def joined(
        self, call: Callable[[], T], after: Callable[[], object] = _nothing
    ) -> tuple[Future[T], bool]:
        """The same, and is it a new one?"""
        with self._lock:
            late = time.monotonic() - self._begun > self._limit
            if self._running is not None and not late:
                return self._running, False
            self._running, self._begun = Future(), time.monotonic()
            self._thread = threading.Thread(
                target=self._run, args=(self._running, call, after), daemon=True
            )
            self._thread.start()
            return self._running, True

    def wait(self, seconds: float) -> None:
        """Until the last run and what follows it have ended, but no longer than so many seconds."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self, future: Future[T], call: Callable[[], T], after: Callable[[], object]) -> None:
        try:
            answer = call()
        except BaseException as error:
            self._land(future)
            future.set_exception(error)
        else:
            self._land(future)
            future.set_result(answer)
            after()

    def _land(self, future: Future[T]) -> None:
        with self._lock:
            if self._running is future:
                self._running = None
