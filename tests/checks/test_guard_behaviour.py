"""Is a guard judged by what it does: changed texts that behave, and texts that do not?"""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from lib import verification
from lib.trials import probe
from tests.conftest import skip_missing
from tests.dealing import dealt
from tests.guards import EVENTS as EVENTS_GUARD
from tests.guards import SESSIONS as SESSIONS_GUARD
from tests.looking import check, follow, glance, look, statuses, watched, worst_finding
from tests.poolers import pooled
from tests.servers import SUPERUSER, Database, PostgresMissing, setup_files
from tests.waiting import waits

SESSIONS = "public.trg_sessions_set_created_month()"
EVENTS = "public.trg_events_set_session_month_from_session()"
LEFT = """
select (select count(*) from pg_class where relname like 'watchtower\\_probe%'),
    (select count(*) from public.sessions), (select count(*) from public.events),
    (select count(*) from pg_class where relpersistence = 't')
"""


def written(function: str, body: str, head: str = "security definer set search_path = ''") -> str:
    start = f"create or replace function {function} returns trigger language plpgsql"
    return f"{start} {head} as $x$ {body} $x$"


LOOKUP = (
    "if new.session_id is null then raise exception 'no session'; end if;"
    " select s.created_month into found_month from {parent} s where s.id = new.session_id{more};"
    " if found then new.session_month := found_month;"
    " elsif new.session_month is null then raise exception 'no month'; end if; return new; end"
)
USUAL = "declare found_month date; begin " + LOOKUP

RIGHT = {
    "another formula": written(
        SESSIONS,
        "begin new.created_month := make_date(extract(year from new.created_at at time zone"
        " 'UTC')::int, extract(month from new.created_at at time zone 'UTC')::int, 1);"
        " return new; end",
    ),
    "time zone set on the function": written(
        SESSIONS,
        "begin new.created_month := date_trunc('month', new.created_at); return new; end",
        "security definer set search_path = '' set timezone = 'UTC'",
    ),
    "invoker that reads nothing": written(
        SESSIONS,
        "begin new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;"
        " return new; end",
        "",
    ),
    "unqualified names and no search_path": written(
        EVENTS, USUAL.format(parent="sessions", more=""), "security definer"
    ),
    "refuses a changed key": written(
        SESSIONS,
        "begin if tg_op = 'UPDATE' and new.created_month <> old.created_month then raise exception"
        " 'the month is fixed'; end if; new.created_month :="
        " date_trunc('month', new.created_at at time zone 'UTC')::date; return new; end",
    ),
    "leaves null sessions to the constraint": written(
        EVENTS,
        "declare found_month date; begin select s.created_month into found_month from"
        " public.sessions s where s.id = new.session_id; if found then"
        " new.session_month := found_month; elsif new.session_id is not null and"
        " new.session_month is null then raise exception 'no month'; end if; return new; end",
    ),
}
WRONG = {
    "emptied": written(SESSIONS, "begin return new; end"),
    "without UTC": written(
        SESSIONS, "begin new.created_month := date_trunc('month', new.created_at); return new; end"
    ),
    "only when null": written(
        SESSIONS,
        "begin if new.created_month is null then new.created_month := date_trunc('month',"
        " new.created_at at time zone 'UTC')::date; end if; return new; end",
    ),
    "through text": written(
        SESSIONS,
        "begin new.created_month := (substr(new.created_at::text, 1, 7) || '-01')::date;"
        " return new; end",
    ),
    "inserts only": written(
        SESSIONS,
        "begin if tg_op = 'INSERT' then new.created_month := date_trunc('month', new.created_at at"
        " time zone 'UTC')::date; end if; return new; end",
    ),
    "drops the row": written(SESSIONS, "begin return null; end"),
    "the day instead of the month": written(
        SESSIONS,
        "begin new.created_month := (new.created_at at time zone 'UTC')::date; return new; end",
    ),
    "events by their own clock": written(
        EVENTS,
        "begin new.session_month := date_trunc('month', new.created_at at time zone 'UTC')::date;"
        " return new; end",
    ),
    "exception swallowed": written(
        EVENTS,
        "declare found_month date; begin begin select s.created_month into strict found_month from"
        " public.sessions s where s.id = new.session_id; new.session_month := found_month;"
        " exception when others then null; end; return new; end",
    ),
    "parent that is not there": written(EVENTS, USUAL.format(parent="public.visits", more="")),
}


@pytest.mark.parametrize(("case", "user"), dealt(RIGHT, each=3))
def test_another_text_that_behaves_is_a_warning_with_its_diff(
    case: str, user: str, database: Database
) -> None:
    database.execute(RIGHT[case])
    report = look(database, user)
    assert statuses(report) == {"guard_functions": "warning"}, report["guard_behaviour"]
    assert "; it behaves rightly" in worst_finding(report, "guard_functions").detail
    texts = report["guard_functions"].tables["functions"]
    (row,) = [row for row in texts if row["difference"]]
    assert {line[0] for line in row["difference"].split("\n")} >= {"-", "+", " "}
    follow(worst_finding(report, "guard_functions").remedy, database)
    assert statuses(look(database)) == {}


@pytest.mark.parametrize(("case", "user"), dealt(WRONG, each=3))
def test_a_text_that_does_not_behave_is_critical_and_says_what_came_out(
    case: str, user: str, database: Database
) -> None:
    database.execute(WRONG[case])
    before = database.rows(LEFT)
    report = look(database, user)
    critical = {"guard_behaviour": "critical", "guard_functions": "critical"}
    assert statuses(report) == critical, report["guard_behaviour"]
    finding = worst_finding(report, "guard_behaviour")
    assert " tries: " in finding.detail
    assert " it made " in finding.detail
    wrong = [row for row in report["guard_behaviour"].tables["probe"] if row["right"] is False]
    assert wrong[0]["given"] in finding.detail
    assert wrong[0]["got"] in finding.detail
    assert database.rows(LEFT) == before
    follow(worst_finding(report, "guard_behaviour").remedy, database)
    assert statuses(look(database)) == {}


def test_every_case_of_the_reviewed_guards_is_tried_and_right(database: Database) -> None:
    rows = check(database, "guard_behaviour").tables["probe"]
    assert {row["table"] for row in rows} == {"sessions", "events"}
    assert all(row["right"] is True for row in rows)
    said = {row["case"] for row in rows}
    assert "a row of sessions, the key of another" in said
    assert "the next key, TimeZone Pacific/Auckland" in said
    assert database.rows(LEFT)[0][0] == 0


def test_a_guard_that_writes_a_log_is_tried_and_leaves_nothing(database: Database) -> None:
    database.execute(
        "create table public.seen (at timestamptz);"
        + written(
            SESSIONS,
            "begin insert into public.seen values (now()); new.created_month := date_trunc('month',"
            " new.created_at at time zone 'UTC')::date; return new; end",
        )
    )
    assert statuses(look(database)) == {"guard_functions": "warning"}
    assert database.value("select count(*) from public.seen") == 0
    assert database.value("select count(*) from public.sessions where created_at > now()") == 0


def test_a_guard_that_counts_by_a_sequence_is_not_tried(database: Database) -> None:
    """A number of a sequence stays taken, whatever is rolled back."""
    database.execute(
        "create sequence public.counted;"
        + written(
            SESSIONS,
            "begin perform nextval('public.counted'); new.created_month := date_trunc('month',"
            " new.created_at at time zone 'UTC')::date; return new; end",
        )
    )
    report = look(database)
    assert statuses(report) == {"guard_behaviour": "warning", "guard_functions": "unknown"}
    detail = worst_finding(report, "guard_behaviour").detail
    assert "writes elsewhere" in detail
    assert "cannot execute nextval() in a read-only transaction" in detail
    assert not database.value("select is_called from public.counted")


REFUSES = {
    "a day ahead": "new.created_at > now() + interval '1 day'",
    "two years old": "new.created_at < now() - interval '2 years'",
    "no site": "new.site_id is null",
}


@pytest.mark.parametrize("what", REFUSES)
def test_a_guard_that_refuses_some_rows_is_loud_and_right(what: str, database: Database) -> None:
    database.execute(
        written(
            SESSIONS,
            f"begin if {REFUSES[what]} then raise exception 'refused: {what}'; end if;"
            " new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;"
            " return new; end",
        )
    )
    report = look(database)
    assert statuses(report) == {"guard_functions": "warning"}
    said = " ".join(finding.detail for finding in report["guard_behaviour"].findings)
    assert "loudly: created_month" in said
    assert f"refused: {what}" in said


GRANTS = [
    ("revoke execute on function {} from watchtower", "may not execute it"),
    ("revoke temporary on database {} from public, watchtower", "may not make temporary tables"),
]


@pytest.mark.parametrize(("sql", "words"), GRANTS)
def test_without_the_right_it_is_unknown_with_the_grant(
    sql: str, words: str, database: Database
) -> None:
    database.execute(sql.format(database.name if "database" in sql else SESSIONS))
    report = look(database)
    assert statuses(report) == {"guard_behaviour": "unknown"}
    for finding in report["guard_behaviour"].failing():
        assert words in finding.detail
        follow(finding.remedy, database)
    assert statuses(look(database)) == {}


def test_invoker_that_reads_the_sessions_is_left_to_its_text(database: Database) -> None:
    database.execute(f"alter function {EVENTS} security invoker")
    report = look(database)
    assert statuses(report) == {"guard_behaviour": "warning", "guard_functions": "unknown"}
    assert "with the rights of whoever writes" in worst_finding(report, "guard_behaviour").detail


def test_text_that_asks_for_its_table_is_not_condemned(database: Database) -> None:
    database.execute(
        written(
            SESSIONS,
            "begin if tg_table_name like 'sessions%' then new.created_month := date_trunc('month',"
            " new.created_at at time zone 'UTC')::date; end if; return new; end",
        )
    )
    report = look(database)
    assert statuses(report) == {"guard_behaviour": "unknown", "guard_functions": "unknown"}
    assert "asks on which table it runs" in worst_finding(report, "guard_behaviour").detail


def test_guard_that_compares_a_column_this_role_may_not_read(database: Database) -> None:
    more = " and s.site_id is not distinct from new.site_id"
    database.execute("revoke select (site_id) on public.sessions from watchtower")
    database.execute(written(EVENTS, USUAL.format(parent="public.sessions", more=more)))
    report = look(database)
    assert report["guard_behaviour"].status.word == "unknown"
    follow(worst_finding(report, "guard_behaviour").remedy, database)
    assert statuses(look(database)) == {"guard_functions": "warning"}


def test_without_sessions_only_the_unknown_one_is_tried(database: Database) -> None:
    database.execute("truncate public.sessions, public.events")
    report = look(database)
    assert statuses(report) == {}
    assert "there was none to try it with" in report["guard_behaviour"].findings[1].detail
    database.execute(written(EVENTS, USUAL.format(parent="public.sessions", more="")))
    assert statuses(look(database)) == {"guard_functions": "unknown"}
    database.execute(WRONG["exception swallowed"])
    assert statuses(look(database))["guard_behaviour"] == "critical"


def test_one_session_id_in_two_months_takes_either(database: Database) -> None:
    database.execute(
        "alter table public.sessions disable trigger user;"
        "insert into public.sessions (id, created_month, created_at) select id,"
        " (created_month - interval '2 months')::date, created_at - interval '2 months'"
        " from public.sessions on conflict do nothing;"
        "alter table public.sessions enable trigger user"
    )
    assert check(database, "guard_behaviour").status.word == "ok"


def test_a_refresh_goes_by_the_last_verification(database: Database) -> None:
    database.execute(RIGHT["another formula"])
    before = glance(database)
    assert before["guard_functions"].status.word == "unknown"
    assert all(result.check != "guard_behaviour" for result in before.checks)
    proven = verification.proven(look(database))
    after = glance(database, proven=proven)
    assert statuses(after) == {"guard_functions": "warning"}
    assert after["guard_behaviour"].status.word == "ok"
    assert verification.proven(after) == proven
    with closing(watched(database.role_url)) as handle:
        anew, _ = verification.look(handle, known=None)
    assert statuses(anew) == statuses(after), "a copy that starts anew has it from the row"
    database.execute(WRONG["emptied"])
    changed = glance(database, proven=proven)
    assert statuses(changed) == {"guard_behaviour": "unknown", "guard_functions": "critical"}
    assert "its body is empty; it sets no key" in worst_finding(changed, "guard_functions").detail
    database.execute(RIGHT["another formula"].replace("begin", "begin -- again\n", 1))
    again = glance(database, proven=proven)
    assert statuses(again) == {"guard_behaviour": "unknown", "guard_functions": "unknown"}
    assert "changed since it was last verified" in worst_finding(again, "guard_behaviour").detail


def test_a_proof_of_another_text_is_none_for_the_reviewed_one(database18: Database) -> None:
    database18.execute(WRONG["emptied"])
    report = look(database18)
    guards = setup_files()[0].read_text(encoding="utf-8")
    database18.execute("set watchtower.replace_guards = 'yes';\n" + guards)
    after = glance(database18, proven=verification.proven(report))
    assert statuses(after) == {"guard_behaviour": "unknown"}
    assert statuses(glance(database18, proven=verification.proven(look(database18)))) == {}


def test_through_a_transaction_pooler(database: Database) -> None:
    database.execute(WRONG["without UTC"])
    try:
        with pooled(database) as url, closing(watched(url)) as handle:
            for _ in range(3):
                report = verification.verify(handle, who="t", face="t")
                assert report["guard_behaviour"].status.word == "critical"
            with psycopg.connect(url, autocommit=True, prepare_threshold=None) as other:
                assert other.execute(LEFT.replace("public.events", "public.sessions")).fetchone()
                said = (
                    "select current_setting('watchtower.probe', true), current_setting('timezone')"
                )
                assert other.execute(said).fetchone() in [("", "UTC"), (None, "UTC")]
    except PostgresMissing as missing:
        skip_missing(str(missing))


def test_cut_off_in_the_middle_it_leaves_nothing(database: Database) -> None:
    database.execute(written(SESSIONS, "begin perform pg_catalog.pg_sleep(1.5); return new; end"))
    before = database.rows(LEFT)
    running = threading.Thread(target=look, args=(database,))
    running.start()
    asleep = "select pid from pg_stat_activity where wait_event = 'PgSleep' and datname = %s"
    found = waits(lambda: database.rows(asleep, [database.name], SUPERUSER))
    database.execute("select pg_terminate_backend(%s)", [found[0][0]], SUPERUSER)
    running.join(20)
    assert database.rows(LEFT) == before


def test_a_guard_that_hangs_is_unknown_within_the_budget(database: Database) -> None:
    database.execute(written(SESSIONS, "begin perform pg_catalog.pg_sleep(60); return new; end"))
    report = look(database)
    assert report["guard_behaviour"].status.word == "unknown"
    assert "statement_timeout" in worst_finding(report, "guard_behaviour").detail
    assert report.duration_ms < 10_000


# What becomes of a row that refers to none: what takes the guard's place does the same.

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
ROW = probe.Sample(
    id="5c0ffee0-0000-4000-8000-000000000001", month="2026-03-01", months=("2026-03-01",)
)
RAISED = {"state": "P0001", "message": "no such session"}


@pytest.mark.parametrize(
    ("known", "unknown", "refuses"),
    [
        (ROW.month, RAISED, True),
        (ROW.month, "2026-03-01", False),
        # A guard that sets no month, or takes nothing at all, says nothing by what it refuses.
        (probe.far(SESSIONS_GUARD), RAISED, None),
        (probe.far(SESSIONS_GUARD), "2026-03-01", None),
        (RAISED, RAISED, None),
        # It is neither taken nor refused: changed, dropped, or not tried to the end.
        (ROW.month, "2026-02-01", None),
        (ROW.month, {"stored": None}, None),
        (ROW.month, {"state": "25006", "message": "read-only"}, None),
        (ROW.month, {"state": "55P03", "message": "locked"}, None),
    ],
)
def test_whether_a_guard_refuses_is_known_of_one_that_guards(
    known: Any, unknown: Any, refuses: bool | None
) -> None:
    def tried(case: probe.Case) -> probe.Trial:
        of = case.given["session_id"]
        got = known if of == ROW.id else unknown
        if isinstance(got, str):
            got = {"stored": {"key": got, "reference": of}}
        return probe.judge(EVENTS_GUARD, case, got)

    trials = [
        tried(case)
        for case in probe.cases(EVENTS_GUARD, NOW, [ROW])
        if case.given.get("session_id")
    ]
    assert probe.refuses(EVENTS_GUARD, trials) is refuses
    assert probe.refuses(EVENTS_GUARD, []) is None
    assert probe.refuses(SESSIONS_GUARD, trials) is None
