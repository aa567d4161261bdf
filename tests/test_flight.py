"""Do callers that come while it runs join it, and does the next one run anew?"""

from __future__ import annotations

import threading

import pytest

from lib.core.flight import SingleFlight


def test_many_callers_one_run() -> None:
    flight: SingleFlight[int] = SingleFlight()
    runs, go = [], threading.Event()

    def call() -> int:
        runs.append(1)
        go.wait(5)
        return len(runs)

    futures = [flight.join(call) for _ in range(50)]
    go.set()
    assert {future.result(5) for future in futures} == {1}
    assert flight.join(call).result(5) == 2


def test_all_callers_get_the_error() -> None:
    flight: SingleFlight[int] = SingleFlight()

    def call() -> int:
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            flight.join(call).result(5)


def test_waiting_covers_what_follows_the_run() -> None:
    flight: SingleFlight[int] = SingleFlight()
    go, followed = threading.Event(), []

    def after() -> None:
        go.wait(5)
        followed.append(1)

    flight.join(lambda: 1, after).result(5)
    flight.wait(0.01)
    assert not followed
    go.set()
    flight.wait(5)
    assert followed
