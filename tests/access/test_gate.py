"""Does the secret let in who has it, and does guessing stop?"""

from __future__ import annotations

import pytest

from lib.access.gate import IN_TOTAL, PER_CLIENT, WINDOW_SECONDS, Gate
from lib.errors import NotAuthorized, Throttled


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def fail(gate: Gate, client: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises(NotAuthorized):
            gate.admit([b"wrong"], client)


def test_right_secret_wrong_secret_none() -> None:
    gate = Gate("right ✓")
    gate.admit(["right ✓".encode()], "a")
    for presented in ([], [b""], [b"wrong"], [b"right"], [b"\xff"]):
        with pytest.raises(NotAuthorized):
            gate.admit(presented, "a")


def test_nobody_gets_in_where_no_secret_is_configured() -> None:
    for secret in (None, ""):
        for presented in ([], [b""], [b"anything"]):
            with pytest.raises(NotAuthorized):
                Gate(secret).admit(presented, "a")


def test_a_client_that_keeps_failing_is_throttled_then_forgiven() -> None:
    clock = Clock()
    gate = Gate("right", clock)
    fail(gate, "a", PER_CLIENT)
    with pytest.raises(Throttled) as caught:
        gate.admit([b"right"], "a")
    assert caught.value.retry_after == WINDOW_SECONDS
    gate.admit([b"right"], "b")
    clock.now += WINDOW_SECONDS + 1
    gate.admit([b"right"], "a")


def test_any_of_two_headers_may_hold_it() -> None:
    Gate("right").admit([b"of another system", b"right"], "a")


def test_guesses_of_others_do_not_hold_up_who_has_shown_it_before() -> None:
    gate = Gate("right", Clock())
    gate.admit([b"right"], "on call")
    for number in range(IN_TOTAL):
        fail(gate, f"client {number}", 1)
    gate.admit([b"right"], "on call")


def test_forged_addresses_do_not_help() -> None:
    clock = Clock()
    gate = Gate("right", clock)
    for number in range(IN_TOTAL):
        fail(gate, f"client {number}", 1)
    with pytest.raises(Throttled):
        gate.admit([b"guess"], "a new one")
    clock.now += WINDOW_SECONDS + 1
    gate.admit([b"right"], "a new one")
