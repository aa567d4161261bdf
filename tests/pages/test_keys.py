"""Does the Keys page say how many keys are wrong, which, since when, and what was accepted?"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pandas as pd
from streamlit.testing.v1 import AppTest

from lib import verification
from lib.core.results import Report
from lib.core.words import moment, number, share
from lib.db.database import Database as Connection
from lib.history.acceptance import accept
from lib.history.last_repair import LastRepair
from lib.settings.settings import parse_url
from lib.watch.snapshot import Snapshot
from tests.drifting import EARLIER_MONTH, NULLABLE, drift_sessions
from tests.pages.conftest import Show, known, look, text
from tests.pages.test_states import BREAK
from tests.servers import ROOT, Database

NULLS = """
alter table public.events disable trigger user;
insert into public.events (id, session_id, created_at)
select gen_random_uuid(), s.id, now() - interval '1 minute' from public.sessions as s limit 6;
alter table public.events enable trigger user;
"""


def repaired(database: Database, since: datetime, *, seen: bool = True) -> Snapshot:
    """What the watch holds after a repair at this moment."""
    with closing(Connection(parse_url("x", database.role_url))) as connection:
        report = verification.refresh(connection, since=since)
    return known(report, last_repair=LastRepair(since, seen))


def days(test: AppTest) -> pd.DataFrame:
    return next(frame.value for frame in test.dataframe if "unjudged" in frame.value)


def recent(report: Report, table: str) -> int:
    """How many rows of the window did the check count?"""
    check = {"sessions": "wrong_keys", "events": "orphan_rows"}[table]
    return sum(row["rows"] for row in report[check].tables["days"])


def test_healthy_counts_every_key_and_says_why_none_can_be_null(
    show: Show, database18: Database
) -> None:
    report = look(database18)
    test = show("keys", known(report))
    said = text(test).replace("\\", "")
    assert [(metric.label, metric.value) for metric in test.metric] == [
        ("Wrong keys", "0"),
        ("Null keys", "0"),
    ] * 2
    for table, key in (("sessions", "created_month"), ("events", "session_month")):
        assert f"of {number(recent(report, table))} rows written" in said
        assert f"public.{table}.{key} is NOT NULL on the table and every partition" in said
    frame = days(test)
    assert (frame["right"].sum(), frame["rows"].sum()) == (frame["rows"].sum(),) * 2
    assert set(frame["table"]) == {"sessions", "events"}
    assert "What repairs it" not in said
    assert "Since the last" not in said


def test_wrong_keys_are_counted_by_day_with_month_span_and_ids(
    show: Show, database18: Database
) -> None:
    drift_sessions(database18, EARLIER_MONTH, age="2 hours", count=9)
    report = look(database18)
    test = show("keys", known(report))
    said, total = text(test), recent(report, "sessions")
    wrong = next(metric for metric in test.metric if metric.label == "Wrong keys")
    assert (wrong.value, wrong.delta) == ("9", share(9, total))
    frame = days(test)
    assert frame[frame["table"] == "sessions"]["wrong"].sum() == 9
    month, at = database18.rows(
        "select created_month, created_at from public.sessions"
        " where created_month <> date_trunc('month', created_at at time zone 'UTC') limit 1"
    )[0]
    assert f"The month key says {month:%B %Y}  \nWritten {moment(at)}" in said
    ids = next(code.value for code in test.code if code.value.count("\n") == 4)
    assert database18.value(
        "select count(*) from public.sessions where id = any (%s::uuid[])", [ids.split()]
    )
    assert "What repairs it" in said


def test_key_of_no_month_is_shown_as_it_is(show: Show, database18: Database) -> None:
    day = "(date_trunc('month', now() at time zone 'UTC') + interval '1 day')::date"
    drift_sessions(database18, day, count=1)
    test = show("keys", known(look(database18)))
    assert f"The month key says {database18.value(f'select {day}')}".replace("-", "") in text(
        test
    ).replace("\\", "").replace("-", "")


def test_events_without_a_session_are_not_called_right(show: Show, database18: Database) -> None:
    database18.execute(BREAK)
    test = show("keys", known(look(database18)))
    frame = days(test)
    events = frame[frame["table"] == "events"]
    assert (events["wrong"].sum(), events["unjudged"].sum()) == (30, 7)
    assert events["right"].sum() == events["rows"].sum() - 37
    assert "7 rows without a session cannot be judged" in text(test)


def test_null_keys_are_counted_where_no_constraint_forbids_them(
    show: Show, database18: Database
) -> None:
    database18.execute(NULLABLE)
    said = text(show("keys", known(look(database18)))).replace("\\", "")
    assert "but no constraint forbids it: public.events.session_month is nullable" in said
    database18.execute(NULLS)
    test = show("keys", known(look(database18)))
    assert [metric.value for metric in test.metric if metric.label == "Null keys"] == ["0", "6"]
    assert "The month key is null  \nWritten " in text(test)


def test_one_table_alone(show: Show, database18: Database) -> None:
    drift_sessions(database18, EARLIER_MONTH, age="200 days", count=3)
    show("status", known(look(database18)))
    test = AppTest.from_file(str(ROOT / "pages" / "_shell.py"), default_timeout=20)
    test.query_params["table"] = "events"
    test.switch_page("keys.py").run()
    assert set(days(test)["table"]) == {"events"}
    assert not [each for each in text(test).splitlines() if "**public.sessions**" in each]
    assert not [frame for frame in test.dataframe if "where" in frame.value]


def test_what_could_not_be_read_is_said_and_the_other_table_answers(
    show: Show, database18: Database
) -> None:
    database18.execute("revoke select (created_at) on public.events from watchtower")
    test = show("keys", known(look(database18)))
    assert "**Not known: permission denied" in text(test)
    assert len(test.metric) == 2, "those of sessions"
    assert set(days(test)["table"]) == {"sessions"}


def test_accepted_rows_are_shown_as_such(show: Show, database18: Database) -> None:
    drift_sessions(database18, EARLIER_MONTH, age="200 days", count=3)
    said = text(show("keys", known(look(database18)))).replace("\\", "")
    assert ":orange-badge[:material/error: warning] 3 rows or more of public.sessions" in said
    with closing(Connection(parse_url("x", database18.role_url))) as connection:
        accept(connection, "wrong_keys", count=40, reason="of *May*", by="Ada")
    test = show("keys", known(look(database18)))
    (line,) = [each.value for each in test.markdown if "how_to_reg" in each.value]
    assert line.startswith(":gray-badge[:material/how_to_reg: accepted] 3 rows or more of public")
    assert "Accepted 40 by Ada on " in line
    assert line.endswith(r": of \*May\*")
    older = next(frame.value for frame in test.dataframe if "where" in frame.value)
    assert older["rows"].sum() == 3


def test_new_rows_prove_the_repair_while_older_ones_stand(show: Show, database18: Database) -> None:
    drift_sessions(database18, EARLIER_MONTH, age="2 hours")
    since = datetime.now(UTC) - timedelta(minutes=1)
    database18.execute(
        "insert into public.sessions (id, created_month, created_at)"
        " select gen_random_uuid(), date_trunc('month', now() at time zone 'UTC'), now()"
        " from generate_series(1, 1200)"
    )
    said = text(show("keys", repaired(database18, since)))
    assert f"**Since the last repair, {moment(since)}**" in said
    assert ":green[:material/check_circle:] **0 wrong** of 1,200 rows of sessions" in said
    assert "No row of events came in yet" in said
    assert "the last wrong row" not in said
    said = text(show("keys", repaired(database18, since, seen=False)))
    assert f"**Since the last wrong row, {moment(since)}**" in said


def test_repair_that_does_not_hold_is_red(show: Show, database18: Database) -> None:
    since = datetime.now(UTC) - timedelta(hours=3)
    drift_sessions(database18, EARLIER_MONTH, age="2 hours", count=3)
    said = text(show("keys", repaired(database18, since)))
    assert ":red[:material/cancel:] **3 wrong** of " in said


def test_rows_since_the_repair_that_may_be_hidden_are_unknown(
    show: Show, database18: Database
) -> None:
    database18.execute(
        "create policy half on public.sessions as restrictive for select to watchtower"
        " using (created_at < now())"
    )
    said = text(show("keys", repaired(database18, datetime.now(UTC) - timedelta(hours=3))))
    assert "**0 wrong**" not in said
    assert ":violet-badge[:material/help: unknown] sessions:" in said


def test_rows_of_before_the_window_say_which_were_read(show: Show, database18: Database) -> None:
    report = look(database18)
    said = text(show("keys", known(report)))
    assert ":gray-badge[:material/pending: not all read] No older row of" in said
    assert "a verification reads them" in said
    with closing(Connection(parse_url("x", database18.role_url))) as connection:
        report = verification.verify(connection, who="somebody", face="page")
    said = text(show("keys", known(report)))
    assert ":green-badge[:material/check_circle: ok] No older row of" in said
    assert "all were read" in said
