"""Do alerts reach every channel in order, once, and does a bad channel delay or betray nothing?"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from lib.core.errors import SettingInvalid
from lib.faces.cli import main
from lib.settings import channels, settings
from lib.settings.channels import Channel, Message
from tests.receivers import DROPPED, SECRET, Receiver, receiving

load = partial(settings.load, database=False)
SOON = (0.01, 0.01)


Open = Callable[..., Channel]


@pytest.fixture
def opened() -> Iterator[Open]:
    """Opens channels, and ends them: one that still tried would reach who has the port next."""
    made: list[Channel] = []

    def opening(*asked: Any, **options: Any) -> Channel:
        made.append(Channel(*asked, **options))
        return made[-1]

    yield opening
    for channel in made:
        channel.stop()
    for channel in made:
        until(channel.idle)


@pytest.fixture
def receiver(opened: Open) -> Iterator[Receiver]:
    del opened  # the channels outlive it: what waits in them then ends at once
    with receiving() as found:
        yield found


def until(true: Callable[[], object], seconds: float = 10) -> None:
    pause = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if true():
            return
        pause.wait(0.01)
    raise AssertionError("not in time")


def test_messages_arrive_in_order_as_they_were_written(receiver: Receiver, opened: Open) -> None:
    channel = opened(1, receiver.address())
    for number in range(5):
        channel.send(Message(f"title {number}", "a <b> & 'c'\n  select 1;", "failure"))
    assert receiver.until(5) == [f"title {number}" for number in range(5)]
    assert receiver.got[0]["message"] == "a <b> & 'c'\n  select 1;"
    assert receiver.got[0]["type"] == "failure"
    until(channel.idle)
    assert (channel.delivery.taken, channel.delivery.failed) == (5, 0)
    assert channel.delivery.name == "1 (JSON)"


def test_refused_message_is_tried_again_and_arrives_before_the_next(
    receiver: Receiver, opened: Open
) -> None:
    receiver.answers = [500, 503, 200]
    channel = opened(1, receiver.address(), pauses=SOON)
    channel.send(Message("one", "body"))
    channel.send(Message("two", "body"))
    assert receiver.until(4) == ["one", "one", "one", "two"]
    until(channel.idle)
    assert (channel.delivery.taken, channel.delivery.failed) == (2, 0)


def test_channel_that_always_refuses_is_counted_and_named(receiver: Receiver, opened: Open) -> None:
    receiver.answers = [500] * 3
    channel = opened(2, receiver.address(), pauses=SOON)
    channel.send(Message("one", "body"))
    until(lambda: channel.delivery.failed)
    assert len(receiver.got) == 3
    assert channel.delivery.trouble == "it refused the message with 500"
    channel.send(Message("two", "body"))
    until(lambda: channel.delivery.taken)
    assert channel.delivery.trouble is None, "it works again"
    assert channel.delivery.failed == 1


@pytest.mark.parametrize("answer", [None, DROPPED, 504])
def test_message_that_may_have_arrived_is_not_sent_twice(
    receiver: Receiver, opened: Open, answer: int | None
) -> None:
    receiver.answers = [answer]
    channel = opened(1, receiver.address("&rto=0.2"), pauses=SOON)
    channel.send(Message("one", "body"))
    channel.send(Message("two", "body"))
    assert receiver.until(2) == ["one", "two"]
    until(channel.idle)
    assert (channel.delivery.taken, channel.delivery.failed) == (1, 1)
    assert channel.delivery.failed_at is not None


def test_redirect_takes_no_message(receiver: Receiver, opened: Open) -> None:
    receiver.answers = [307] * 3
    channel = opened(1, receiver.address(), pauses=SOON)
    channel.send(Message("one", "body"))
    until(lambda: channel.delivery.failed)
    assert "307: a redirect" in (channel.delivery.trouble or "")
    assert channel.delivery.taken == 0


def test_channel_that_is_stuck_is_left_to_itself(
    receiver: Receiver, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "STUCK", timedelta())
    receiver.answers = [None]
    channel = opened(1, receiver.address("&rto=15"))
    channel.send(Message("one", "body"))
    receiver.until(1)
    channel.send(Message("two", "body"))
    assert receiver.until(2) == ["one", "two"]
    until(lambda: channel.delivery.taken)
    assert channel.delivery.failed == 1


def test_queue_has_an_end(receiver: Receiver, opened: Open) -> None:
    receiver.answers = [None]
    channel = opened(1, receiver.address("&rto=15"))
    channel.send(Message("first", "body"))
    receiver.until(1)
    for number in range(channels.MOST_WAITING + 3):
        channel.send(Message(str(number), "body"))
    assert channel.delivery.failed == 3


def test_no_secret_is_told(
    receiver: Receiver,
    opened: Open,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[object] = []
    receiver.answers = [500, 404, DROPPED, None]
    for address in (receiver.address("&rto=0.2"), f"json://127.0.0.1:9/{SECRET}"):
        channel = opened(1, address, told.append, pauses=SOON)
        channel.send(Message("one", "body"))
        channel.send(Message("two", "body"))
        until(lambda channel=channel: channel.delivery.taken + channel.delivery.failed == 2)
        told += [channel, vars(channel)["_waiting"], channel.delivery]
    assert SECRET not in repr(load({"WATCHTOWER_ALERTS": receiver.address()}, {}))
    with pytest.raises(SettingInvalid) as caught:
        load({"WATCHTOWER_ALERTS": f"{receiver.address()}, foo://{SECRET}"}, {})
    assert "address 2 of 2" in str(caught.value)
    said = capfd.readouterr()
    for text in (caplog.text, repr(told), str(caught.getrepr()), said.out, said.err):
        assert SECRET not in text.replace(f"foo://{SECRET}", "")


@pytest.mark.parametrize("text", ["rubbish", "json://", "mailto://:@", "foo://bar"])
def test_address_that_means_nothing_is_said_and_stops_nothing(text: str) -> None:
    with pytest.raises(
        SettingInvalid, match="WATCHTOWER_ALERTS: Apprise cannot send to address 1 of 1"
    ):
        load({"WATCHTOWER_ALERTS": text}, {})


def test_addresses_are_separated_by_commas_spaces_or_lines() -> None:
    text = "json://a.example/x,y ,jsons://b.example/?to=c,d\n  json://c.example,"
    found = load({"WATCHTOWER_ALERTS": text}, {}).alerts.channels
    assert found == ("json://a.example/x,y", "jsons://b.example/?to=c,d", "json://c.example")
    assert load({}, {}).alerts.channels == ()


def test_alerts_are_tried_from_the_command_line(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["alert", "--test"]) == 64
    assert "WATCHTOWER_ALERTS" in capsys.readouterr().err
    monkeypatch.setenv("WATCHTOWER_ALERTS", receiver.address())
    monkeypatch.setenv("WATCHTOWER_ADDRESS", "https://watch.example.org/")
    assert main(["alert", "--test"]) == 0
    assert receiver.titles == ["a test"]
    assert receiver.got[0]["message"].endswith("\nhttps://watch.example.org")
    assert capsys.readouterr().out == "1 (JSON): took the message\n"
    receiver.answers = [500]
    assert main(["alert", "--test"]) == 1
    said = capsys.readouterr()
    assert "1 (JSON): it refused the message" in said.err
    assert SECRET not in said.out + said.err
