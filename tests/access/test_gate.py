"""Does the secret let in who has it, and does guessing stop?"""

from __future__ import annotations

from contextlib import nullcontext, suppress

import pytest

from lib.core.errors import NotAuthorized, Throttled
from lib.settings.gate import IN_TOTAL, PER_CLIENT, WINDOW_SECONDS, Gate

SECRET = "a right secret ✓"  # as short as one may be
RIGHT = SECRET.encode()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def fail(gate: Gate, client: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises(NotAuthorized):
            gate.admit([b"wrong"], client)


def test_right_secret_wrong_secret_none() -> None:
    gate = Gate(SECRET)
    gate.admit([RIGHT], "a")
    for presented in ([], [b""], [b"wrong"], [RIGHT[:-1]], [b"\xff"]):
        with pytest.raises(NotAuthorized):
            gate.admit(presented, "a")


def test_nobody_gets_in_where_no_secret_is_configured() -> None:
    for secret in (None, ""):
        for presented in ([], [b""], [b"anything"]):
            with pytest.raises(NotAuthorized):
                Gate(secret).admit(presented, "a")


def test_a_client_that_keeps_failing_is_throttled_then_forgiven() -> None:
    clock = Clock()
    gate = Gate(SECRET, clock)
    fail(gate, "a", PER_CLIENT)
    assert throttled(gate, b"wrong", "a") == WINDOW_SECONDS
    fail(gate, "b", 1)
    clock.now += WINDOW_SECONDS + 1
    fail(gate, "a", 1)


def test_right_secret_is_never_throttled_whoever_failed_before() -> None:
    gate = Gate(SECRET, Clock())
    fail(gate, "a", PER_CLIENT)
    throttled(gate, b"wrong", "a")
    gate.admit([b"of another system", RIGHT], "a")
    for number in range(IN_TOTAL):
        with suppress(Throttled):
            fail(gate, f"client {number}", 1)
    throttled(gate, b"wrong", "a new one")
    for client in ("a", "a new one", "client 1"):
        gate.admit([RIGHT], client)


@pytest.mark.parametrize(
    ("secret", "opens"), [("x" * 15, False), ("ü" * 15, False), ("x" * 16, True)]
)
def test_secret_that_is_too_short_opens_nothing(secret: str, opens: bool) -> None:
    gate = Gate(secret)
    assert (gate.configured, gate.too_short) == (opens, not opens)
    with nullcontext() if opens else pytest.raises(NotAuthorized):
        gate.admit([secret.encode()], "a")


def test_any_of_two_headers_may_hold_it() -> None:
    Gate(SECRET).admit([b"of another system", RIGHT], "a")


def test_forged_addresses_do_not_help() -> None:
    clock = Clock()
    gate = Gate(SECRET, clock)
    for number in range(IN_TOTAL):
        fail(gate, f"client {number}", 1)
    with pytest.raises(Throttled):
        gate.admit([b"guess"], "a new one")
    clock.now += WINDOW_SECONDS + 1
    fail(gate, "a new one", 1)


def throttled(gate: Gate, presented: bytes, client: str) -> int:
    """After how many seconds is this client to come again?"""
    with pytest.raises(Throttled) as caught:
        gate.admit([presented], client)
    return caught.value.retry_after


def test_refusal_and_throttle_are_said_in_one_sentence_each() -> None:
    gate = Gate(SECRET, Clock())
    with pytest.raises(NotAuthorized, match=r"^The secret is missing or wrong\.$"):
        gate.admit([b"wrong"], "a")
    fail(gate, "a", PER_CLIENT - 1)
    with pytest.raises(Throttled, match=r"^Too many wrong secrets\. Try again in 60 s\.$"):
        gate.admit([b"wrong"], "a")


def test_time_to_wait_is_until_the_oldest_failure_is_forgotten_and_never_none() -> None:
    clock = Clock()
    gate = Gate(SECRET, clock)
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
    gate = Gate(SECRET, Clock())
    fail(gate, "a", PER_CLIENT - 1)
    gate.admit([RIGHT], "a")
    fail(gate, "a", PER_CLIENT - 1)
    gate.admit([RIGHT], "a")


def test_names_that_are_made_up_fill_no_memory_and_those_known_are_still_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lib.settings.gate._MOST_CLIENTS", 2)
    gate = Gate(SECRET, Clock())
    for client in ("a", "b", "c"):
        fail(gate, client, 1)
    assert set(gate._clients) == {"a", "b"}
    fail(gate, "a", PER_CLIENT - 1)
    assert throttled(gate, b"wrong", "a") == WINDOW_SECONDS
    fail(gate, "c", PER_CLIENT)  # one that is not kept is held up by the total alone


def test_there_is_a_secret_or_there_is_none() -> None:
    assert Gate(SECRET).configured
    for none in (Gate(None), Gate("")):
        assert not none.configured
        assert not none.too_short
