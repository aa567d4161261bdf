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


def throttled(gate: Gate, presented: bytes, client: str) -> int:
    """After how many seconds is this client to come again?"""
    with pytest.raises(Throttled) as caught:
        gate.admit([presented], client)
    return caught.value.retry_after


def test_refusal_and_throttle_are_said_in_one_sentence_each() -> None:
    gate = Gate("right", Clock())
    with pytest.raises(NotAuthorized, match=r"^The secret is missing or wrong\.$"):
        gate.admit([b"wrong"], "a")
    fail(gate, "a", PER_CLIENT - 1)
    with pytest.raises(Throttled, match=r"^Too many wrong secrets\. Try again in 60 s\.$"):
        gate.admit([b"wrong"], "a")


def test_time_to_wait_is_until_the_oldest_failure_is_forgotten_and_never_none() -> None:
    clock = Clock()
    gate = Gate("right", clock)
    fail(gate, "a", 1)
    clock.now = 20
    fail(gate, "a", PER_CLIENT - 1)
    assert throttled(gate, b"wrong", "a") == WINDOW_SECONDS - 20
    clock.now = WINDOW_SECONDS - 0.1
    assert throttled(gate, b"wrong", "a") == 1
    clock.now = WINDOW_SECONDS
    fail(gate, "a", 1)  # a failure of exactly a window ago is forgotten
    assert throttled(gate, b"wrong", "a") == 20


def test_right_secret_forgives_what_its_client_did_before() -> None:
    gate = Gate("right", Clock())
    fail(gate, "a", PER_CLIENT - 1)
    gate.admit([b"right"], "a")
    fail(gate, "a", PER_CLIENT - 1)
    gate.admit([b"right"], "a")


def test_names_that_are_made_up_fill_no_memory_and_those_known_are_still_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lib.access.gate._MOST_CLIENTS", 2)
    gate = Gate("right", Clock())
    for client in ("a", "b", "c"):
        fail(gate, client, 1)
    assert set(gate._clients) == {"a", "b"}
    fail(gate, "a", PER_CLIENT - 1)
    assert throttled(gate, b"wrong", "a") == WINDOW_SECONDS
    fail(gate, "c", PER_CLIENT)  # one that is not kept is held up by the total alone
    for client in ("d", "e", "f"):
        gate.admit([b"right"], client)
    assert gate._known == {"d", "e"}


def test_there_is_a_secret_or_there_is_none() -> None:
    assert Gate("right").configured
    assert not Gate(None).configured
    assert not Gate("").configured
