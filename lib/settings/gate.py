"""May this caller run the verification? The shared secret, compared in constant time.

The right secret opens always: it is compared first, and failures alone are throttled, per client
and in total, because a client's address can be forged where no proxy stands in front. So that
guessing is hopeless all the same, a secret that is too short opens nothing.
"""

from __future__ import annotations

import hmac
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from lib.core.errors import NotAuthorized, Throttled

LEAST_CHARACTERS = 16
TOO_SHORT = (
    f"WATCHTOWER_SECRET has fewer than {LEAST_CHARACTERS} characters, so it opens nothing. "
    "Make one with: openssl rand -base64 24"
)
WINDOW_SECONDS = 60
PER_CLIENT = 10
IN_TOTAL = 60
_MOST_CLIENTS = 1000


class Gate:
    """Who gets in? Thread-safe; one a process, shared by every face."""

    def __init__(self, secret: str | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.too_short = bool(secret) and len(secret or "") < LEAST_CHARACTERS
        self._secret = secret.encode() if secret and not self.too_short else None
        self._clock = clock
        self._lock = threading.Lock()
        self._total: deque[float] = deque()
        self._clients: dict[str, deque[float]] = {}

    @property
    def configured(self) -> bool:
        """Is there a secret that opens? Without one nobody gets in."""
        return self._secret is not None

    def admit(self, presented: Sequence[bytes], client: str) -> None:
        """Is one of these the secret? They are bytes, as they came.

        Raises: NotAuthorized for a missing or wrong secret, Throttled after too many.
        """
        secret = self._secret
        right = secret is not None and any(hmac.compare_digest(p, secret) for p in presented)
        with self._lock:
            if right:
                self._clients.pop(client, None)
                return
            self._forget()
            self._throttle(self._clients.get(client, deque()), PER_CLIENT)
            self._throttle(self._total, IN_TOTAL)
            self._total.append(self._clock())
            if client in self._clients or len(self._clients) < _MOST_CLIENTS:
                self._clients.setdefault(client, deque()).append(self._total[-1])
        raise NotAuthorized("The secret is missing or wrong.")

    def _throttle(self, failures: deque[float], most: int) -> None:
        if len(failures) >= most:
            raise Throttled(max(1, round(failures[0] + WINDOW_SECONDS - self._clock())))

    def _forget(self) -> None:
        """Drop what is older than the window."""
        edge = self._clock() - WINDOW_SECONDS
        for failures in (self._total, *self._clients.values()):
            while failures and failures[0] <= edge:
                failures.popleft()
        for client in [name for name, failures in self._clients.items() if not failures]:
            del self._clients[client]
