"""Is what stands there shown as PostgreSQL has it, beside what should, and only what differs?"""

from __future__ import annotations

from typing import Any

from lib.checks.trigger_definitions import canonical_trigger, live_triggers
from lib.core.guards import Guard
from lib.core.remedies import shown
from lib.core.results import Report, Row
from lib.trials.texts.compared import difference
from tests.guards import EVENTS, GUARDS
from tests.looking import glance
from tests.servers import Database

EVENTS_TRIGGER = "events_set_session_month_from_session"
ODD = Guard(
    table="Odd Table",
    key="the month",
    trigger='ON "a" BEFORE',
    function="Fill It",
    columns=("select", "the month", "createdAt"),
    clock="createdAt",
    partitioned=False,
)


def triggers(report: Report) -> dict[str, Row]:
    return {row["relation"]: row for row in report["guard_triggers"].tables["triggers"]}


def functions(report: Report) -> dict[str, Row]:
    return {row["function"]: row for row in report["guard_functions"].tables["functions"]}


def test_healthy_guards_are_word_for_word_canonical(database: Database) -> None:
    report = glance(database)
    found = triggers(report)
    assert len(found) > 2 * 14
    for relation, row in found.items():
        assert row["difference"] == "", row["live"]
        assert row["live"] == row["canonical"]
        assert f"\n  ON {relation}\n" in row["live"]
    for name, row in functions(report).items():
        assert row["difference"] == ""
        assert row["live"] == row["reviewed"]
        assert row["live"].startswith(f"create or replace function {name} returns trigger\n")


def test_what_is_shown_makes_the_same_again(database: Database) -> None:
    before = triggers(glance(database))["public.events"]
    texts = functions(glance(database))
    database.execute(f"drop trigger {EVENTS_TRIGGER} on public.events")
    database.execute("\n".join(row["live"] for row in texts.values()))
    database.execute(before["live"])
    report = glance(database)
    assert {row["status"] for row in triggers(report).values()} == {"ok"}
    assert functions(report) == texts


def test_difference_names_what_is_too_much_and_what_is_lacking(database18: Database) -> None:
    found = triggers(glance(database18)).items()
    leaf = [name for name, row in found if (row["table"], row["level"]) == ("events", "partition")][
        -1
    ]
    database18.execute(f"alter table {leaf} disable trigger {EVENTS_TRIGGER}")
    row = triggers(glance(database18))[leaf]
    added = [line for line in row["difference"].split("\n") if not line.startswith(" ")]
    assert added == [f"+ALTER TABLE ONLY {leaf} DISABLE TRIGGER {EVENTS_TRIGGER};"]
    assert row["means"].startswith("New rows keep whatever month the writer sends")
    database18.execute(shown(row["remedies"]))

    database18.execute(
        f"create or replace trigger {EVENTS_TRIGGER} before insert or update of session_month"
        " on public.events for each row when (new.url <> ' ON BEFORE ')"
        " execute function public.trg_events_set_session_month_from_session()"
    )
    row = triggers(glance(database18))["public.events"]
    changed = [line for line in row["difference"].split("\n") if not line.startswith(" ")]
    assert changed == [
        "-  BEFORE INSERT OR UPDATE OF session_id, session_month, site_id",
        "+  BEFORE INSERT OR UPDATE OF session_month",
        "+  WHEN ((new.url <> ' ON BEFORE '::text))",
    ]


def test_trigger_that_is_missing_has_no_live_definition(database18: Database) -> None:
    database18.execute(f"drop trigger {EVENTS_TRIGGER} on public.events")
    row = triggers(glance(database18))["public.events"]
    assert row["live"] == ""
    assert all(line.startswith("-") for line in row["difference"].split("\n"))


def test_guard_under_another_name_is_what_stands_there(database18: Database) -> None:
    database18.execute(f"alter trigger {EVENTS_TRIGGER} on public.events rename to zz")
    row = triggers(glance(database18))["public.events"]
    assert row["live"].startswith("CREATE TRIGGER zz\n")
    assert "+CREATE TRIGGER zz" in row["difference"]


def test_table_alone_switched_off_leaves_todays_rows_guarded(database18: Database) -> None:
    database18.execute(f"alter table only public.events disable trigger {EVENTS_TRIGGER}")
    row = triggers(glance(database18))["public.events"]
    assert row["means"].startswith("Rows are still guarded today")


def test_odd_names_are_quoted_as_postgresql_does(database: Database) -> None:
    database.execute(
        'create table public."Odd Table" (id uuid primary key, "select" int, "the month" date,'
        ' "createdAt" timestamptz);'
        'create function public."Fill It"() returns trigger language plpgsql as'
        " 'begin return new; end';"
        'create trigger "ON ""a"" BEFORE" before insert or update of "select", "the month",'
        ' "createdAt" on public."Odd Table" for each row execute function public."Fill It"()'
    )
    report = glance(database, guards=(*GUARDS, ODD))
    row = triggers(report)['public."Odd Table"']
    assert row["difference"] == "", row["live"]
    assert row["live"].split("\n")[0] == 'CREATE TRIGGER "ON ""a"" BEFORE"'


def test_function_differs_in_its_head_as_well_as_its_body(database18: Database) -> None:
    database18.execute(
        "alter function public.trg_sessions_set_created_month() security invoker;"
        "alter function public.trg_sessions_set_created_month() reset search_path"
    )
    row = functions(glance(database18))["public.trg_sessions_set_created_month()"]
    changed = [line for line in row["difference"].split("\n") if line[0] in "+-"]
    assert changed == ["-security definer", "-set search_path = ''", "+security invoker"]


def test_function_that_is_gone_has_its_reviewed_text(database18: Database) -> None:
    database18.execute("drop function public.trg_sessions_set_created_month() cascade")
    row = functions(glance(database18))["public.trg_sessions_set_created_month()"]
    assert (row["live"], row["difference"]) == ("", "")
    assert "security definer" in row["reviewed"]


def test_alike_differs_in_nothing() -> None:
    text = canonical_trigger(EVENTS, "public.events")
    assert difference(text, text) == ""
    row: dict[str, Any] = {"trigger_name": None}
    assert live_triggers([row]) == ""
