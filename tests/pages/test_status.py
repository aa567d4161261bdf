"""Does Status say since when, by whom it was last verified, and how the last day went?"""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, datetime

from streamlit.testing.v1 import AppTest

from lib import verification
from lib.db.database import Database as Connection
from lib.history import rows as history_rows
from lib.history.history import History
from lib.settings.settings import parse_url
from tests.pages.conftest import Show, known, look
from tests.servers import Database

DROP = "drop trigger sessions_set_created_month on public.sessions"


def remembered(database: Database) -> History:
    with closing(Connection(parse_url("x", database.role_url))) as connection:
        return history_rows.read(connection, History(), datetime.now(UTC))


def verify(database: Database, who: str) -> None:
    with closing(Connection(parse_url("x", database.role_url))) as connection:
        verification.verify(connection, who=who, face="page")


def age(database: Database, who: str, minutes: int) -> None:
    database.execute(
        "update public.watchtower_checks set created_at = now() - %s * interval '1 minute'"
        " where details ->> 'who' = %s",
        [minutes, who],
    )


def words(test: AppTest) -> str:
    kinds = (test.error, test.info, test.warning, test.markdown, test.caption)
    return "\n".join(each.value for kind in kinds for each in kind)


def test_break_is_dated_from_the_history(show: Show, database18: Database) -> None:
    verify(database18, "before")
    age(database18, "before", 50)
    database18.execute(DROP)
    verify(database18, "after")
    age(database18, "after", 20)
    test = show("status", known(look(database18), history=remembered(database18)))
    kept = "select created_at from public.watchtower_checks where details ->> 'who' = 'after'"
    first = database18.value(kept).astimezone(UTC)
    day = r"(\d+ \w+( \d+)?, )?"  # where it was another one
    assert re.search(rf"\*\*Since {day}{first:%H:%M} UTC \(20 min\) · still ok at", words(test))
    assert words(test).count("This follows from the fault above.") == 1
    first, *_ = test.code
    assert first.value.startswith("create or replace trigger sessions_set_created_month")
    assert "20 min ago" in words(test)
    assert "by after, on the page" in words(test).replace("\u2060", "")


def test_break_without_history_is_from_before_we_looked(show: Show, database18: Database) -> None:
    database18.execute(DROP)
    report = look(database18)
    test = show("status", known(report, history=History().noticing(report)))
    assert "Since before we looked · first seen" in words(test)
    assert "Never, as far as the history tells." in words(test)


def test_history_that_cannot_be_read_is_said(show: Show, database18: Database) -> None:
    database18.execute("revoke all on public.watchtower_checks from watchtower")
    test = show("status", known(look(database18), history=remembered(database18)))
    assert "The history cannot be read" in words(test)


def test_banner_says_whether_rows_are_wrong_already(show: Show, database18: Database) -> None:
    database18.execute(DROP)
    said = words(show("status", known(look(database18))))
    assert re.search(
        r"None is wrong so far, among the [\d,]+ sessions and [\d,]+ events of the", said
    )
    assert "SHARE ROW EXCLUSIVE on the table and its partitions" in said
    database18.execute(
        "insert into public.sessions (id, created_month, created_at)"
        " select gen_random_uuid(), date_trunc('month', now() - interval '40 days'), now()"
        " from generate_series(1, 3)"
    )
    assert "Already 3 rows of sessions (wrong keys), the first" in words(
        show("status", known(look(database18)))
    )
    database18.execute("revoke select (created_at) on public.events from watchtower")
    unseen = words(show("status", known(look(database18))))
    assert "None is wrong so far" not in unseen


def test_one_row_is_told_as_one(show: Show, database18: Database) -> None:
    database18.execute(
        "truncate public.sessions cascade;"
        "insert into public.sessions (id, created_month, created_at)"
        " select gen_random_uuid(), date_trunc('month', now() at time zone 'UTC'), now();"
        "insert into public.events (id, session_id, session_month, created_at)"
        " select gen_random_uuid(), id, created_month, now() from public.sessions"
    )
    database18.execute(DROP)
    said = words(show("status", known(look(database18))))
    assert "None is wrong so far, among the 1 session and 1 event of the" in said


def test_last_day_of_each_card_is_told_in_words_too(show: Show, database18: Database) -> None:
    verify(database18, "now")
    test = show("status", known(look(database18), history=remembered(database18)))
    alts = [image.proto.imgs[0].alt for image in test.get("image")]
    assert len(alts) == 4, "a strip on each card"
    assert "is covered" in test.get("html")[0].proto.body
    assert "Triggers, the last 24 hours: not verified in 23, ok in 1 of them" in alts


def test_drift_rpc_that_last_said_no_is_not_calm(show: Show, database18: Database) -> None:
    database18.execute(
        "insert into public.watchtower_checks (check_name, ok, details, created_at)"
        " values ('partition_drift_v1', false, '{\"ok\": false}', now() - interval '1 hour')"
    )
    test = show("status", known(look(database18)))
    assert not any("All guards hold" in each.value for each in test.title)
    assert "last answered that all is not well" in words(test)


def test_each_fault_is_told_once(show: Show, database18: Database) -> None:
    database18.execute(DROP)
    trigger = "events_set_session_month_from_session"
    database18.execute(f"alter table public.events disable trigger {trigger}")
    test = show("status", known(look(database18)))
    (banner,) = test.error
    assert "The sessions guard is missing" in banner.value
    assert "Also found: 1 " in banner.value
    titles = [each.value for each in test.markdown if each.value.startswith("### ")]
    assert len(titles) == 1, "the one in the banner has no card as well"
    assert "sessions\\_set\\_created\\_month is missing" not in titles[0]


def test_table_that_is_gone_is_no_table_that_is_ready(show: Show, database18: Database) -> None:
    database18.execute("drop table public.events")
    said = words(show("status", known(look(database18))))
    assert "is not known to be ready for events" in said
    assert "there is no public.events" in said.replace("\\", "")
    assert "none of public.events" in said.replace("\\", "")
