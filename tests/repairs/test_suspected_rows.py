"""Does what looks like a repetition of a key stop its repair, and nothing else?"""

from __future__ import annotations

import psycopg
import pytest

from lib.core.statements import transactions
from lib.repairs import execution
from lib.settings.settings import parse_url
from tests.looking import check
from tests.real import OWNER_OF_TABLES
from tests.real.test_calls import WRONG, drifted, execute, value
from tests.servers import Database

FROM_SESSIONS = "select s.id, s.created_month from public.sessions as s"
OWN_MONTH = "date_trunc('month', s.created_at at time zone 'UTC')::date"
MADE = "create table public.offers (n int generated always as identity,"
# Tables without a foreign key that repeat the key, and the name by which they are told.
REPEATING = {
    "named as the guarded tables do": (
        f"{MADE} session_id uuid, session_month date);"
        f"insert into public.offers (session_id, session_month) {FROM_SESSIONS};",
        "public.offers",
    ),
    "other names, which end alike": (
        'create table public."my ""%s"" offers" (who uuid, "the_month" date, other uuid);'
        f'insert into public."my ""%s"" offers" (who, the_month) {FROM_SESSIONS};',
        'public."my ""%s"" offers"',
    ),
    "joined by a view": (
        f"{MADE} who uuid, bucket date);"
        f"insert into public.offers (who, bucket) {FROM_SESSIONS};"
        "create view public.seen as select s.site_id, o.n from public.offers as o"
        " join public.sessions as s on s.id = o.who and s.created_month = o.bucket;",
        "public.offers",
    ),
    "joined by a function": (
        f"{MADE} who uuid, bucket date);"
        f"insert into public.offers (who, bucket) {FROM_SESSIONS};"
        "create function public.seen() returns bigint language sql as $$ select count(*)"
        " from public.offers as o"
        " join public.sessions as s on s.id = o.who and s.created_month = o.bucket $$;",
        "public.offers",
    ),
    "of events": (
        f"{MADE} event uuid, of_month date);"
        "insert into public.offers (event, of_month) select id, session_month from public.events;",
        "public.offers",
    ),
}
# Columns of the same types that mean something else.
OTHERWISE = {
    "the month of the row's own time": f"select s.id, {OWN_MONTH} from public.sessions as s",
    "the month before, which is the wrong key of some": (
        f"select s.id, ({OWN_MONTH} - interval '1 month')::date from public.sessions as s"
    ),
    "a month of its own": "select gen_random_uuid(), created_month from public.sessions",
    "none yet": "select id, null::date from public.sessions",
}


def apply(database: Database, *leave_behind: str) -> execution.Outcome:
    url = parse_url("the test's", database.url(OWNER_OF_TABLES))
    return execution.apply(url, url, who="ann", say=print, leave_behind=leave_behind)


def printed(database: Database) -> list[str]:
    """The transactions that repair the keys of the newest rows."""
    remedy = check(database, "wrong_keys", OWNER_OF_TABLES).failing()[0].remedy or ""
    return list(transactions(remedy))


@pytest.mark.parametrize("case", REPEATING)
def test_what_looks_like_a_repetition_stops_the_printed_sql(
    case: str, production: Database
) -> None:
    made, name = REPEATING[case]
    drifted(production, 6)
    execute(production, made)
    before = value(production, WRONG)
    texts = printed(production)
    with pytest.raises(psycopg.Error) as refused:
        execute(production, "".join(texts))
    assert f"rows of {name} repeat the key of these rows" in str(refused.value)
    hint = refused.value.diag.message_hint or ""
    assert "a [[guard]] with table = " in hint
    assert f"--leave-behind {name}" in hint
    assert value(production, WRONG) == before
    # What it says to set lets it go on.
    setting = hint.partition("in psql ")[2]
    assert setting.startswith("set partition_watchtower.leave_behind = ")
    execute(production, "".join([setting, *texts]))
    assert value(production, WRONG) == 0


def test_what_is_left_behind_lets_apply_go_on(production: Database) -> None:
    made, name = REPEATING["other names, which end alike"]
    drifted(production, 6)
    execute(production, made)
    wrong = value(production, WRONG)
    done = apply(production)
    assert any(f"rows of {name} repeat the key" in line for line in done.failed), done.failed
    assert value(production, WRONG) == wrong
    done = apply(production, name)
    assert not [line for line in done.failed if "repeat" in line]
    assert value(production, WRONG) == 0


@pytest.mark.parametrize("case", OTHERWISE)
def test_month_of_another_meaning_stops_nothing(case: str, production: Database) -> None:
    drifted(production, 6)
    execute(production, f"{MADE} session_id uuid, paid_month date);")
    execute(production, f"insert into public.offers (session_id, paid_month) {OTHERWISE[case]}")
    execute(production, "".join(printed(production)))
    assert value(production, WRONG) == 0
