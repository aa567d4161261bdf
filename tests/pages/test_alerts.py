"""Does the Status page say who is told of a change, and what does not arrive?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from lib.settings.channels import Delivery
from lib.settings.maintenance_windows import windows
from lib.settings.settings import Settings
from lib.watch import watch
from lib.watch.alerts.alerter import Alerting
from lib.watch.alerts.rules import Said
from lib.watch.watch import Watch
from tests.pages.conftest import Show, known, look, text, visit
from tests.servers import Database

MINUTES = timedelta(minutes=5)


def test_status_page_says_who_is_told(show: Show, database18: Database) -> None:
    report = look(database18)
    now = datetime.now(UTC)

    def words(**alerts: object) -> str:
        return text(show("status", known(report, alerts=Alerting(**alerts))))  # type: ignore[arg-type]

    assert "no alert channel is set" in words()
    fine = Delivery("1 (Slack)", taken=2)
    assert "1 alert channel · no message was sent yet" in words(channels=(fine,))
    said = Said(UUID(int=1), "open", now - MINUTES, now)
    refused = Delivery("2 (JSON)", failed=3, failed_at=now, trouble="it refused the message")
    hangs = Delivery("3 (E-Mail)", since=now - MINUTES)
    daily = windows("daily 00:00-12:00 UTC; daily 12:00-00:00 UTC")
    found = words(channels=(fine, refused, hangs), said=said, alone="no history", windows=daily)
    assert "3 alert channels · told that it is not ok 5 min ago" in found
    assert "Channel 2 (JSON): it refused the message," in found.replace("\\", "")
    assert ", 3 times in all" in found
    assert "Channel 3 (E-Mail): a message has been on its way since" in found.replace("\\", "")
    assert "Nobody is told in this window: daily" in found
    assert "Each copy sends its own messages: no history." in found.replace("\\", "")


@pytest.mark.parametrize("seen", [True, False])
def test_status_page_says_which_settings_nobody_reads(
    seen: bool, monkeypatch: pytest.MonkeyPatch, database18: Database
) -> None:
    still = Watch(Settings)
    trouble = None if seen else "The database at h:5432 does not answer."
    still.snapshot = known(look(database18) if seen else None, trouble=trouble)
    still.settings = Settings(remarks=("WATCHTOWER_FOO is no setting: nobody reads it.",))
    monkeypatch.setattr(watch, "WATCH", still)
    words = text(visit("status")).replace("\\", "")
    assert words.count("Settings: WATCHTOWER_FOO is no setting") == 1
    assert ("With `WATCHTOWER_DEMO=1` and no database named" in words) is not seen
