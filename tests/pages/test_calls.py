"""Is the third guarded table shown where it is there, and not mentioned where it is not?"""

from __future__ import annotations

import pytest

from tests.pages.conftest import Show, known, look, text
from tests.servers import ROOT, Database

PAGES = ("status", "triggers", "keys", "joins", "partitions")  # the runbook has whole files
CALLS = """
create table public.calls (id uuid primary key, matched_session_id uuid,
    matched_at timestamptz not null, session_created_month date not null);
insert into public.calls select gen_random_uuid(), id, created_at, created_month
from public.sessions;
update public.calls set session_created_month = '2020-01-01' where id in (
    select id from public.calls where matched_at > now() - interval '3 days' limit 7);
"""


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_said_where_it_is_not_there(page: str, show: Show, database18: Database) -> None:
    said = text(show(page, known(look(database18))))
    for word in ("public.calls", "calls_enforce", "session_created_month", "matched_session_id"):
        assert word not in said


def test_its_keys_and_joins_are_shown(show: Show, database18: Database) -> None:
    database18.execute(CALLS)
    database18.run_file(ROOT / "sql/setup/50_role.sql")
    report = look(database18)
    joins = text(show("joins", known(report)))
    assert "`(matched_session_id, session_created_month)` = `(id, created_month)`" in joins
    assert "**A report joined on these keys loses 7 of " in joins
    page = show("joins", known(report))
    folds = [each.label for each in page.expander]
    assert len(folds) == len(set(folds)), "which table's SQL is it?"
    keys = show("keys", known(report))
    assert "calls" in next(radio for radio in keys.radio if radio.label == "Table").options
    assert "**public.calls** · `session_created_month`" in text(keys)
    assert "`created_at` or `matched_at`" in text(keys)
    triggers = text(show("triggers", known(report, verified=report)))
    assert "This guard keeps the writer's month: its rows are judged" in triggers
    assert "could not try it" not in triggers
    for page in ("status", "partitions", "runbook"):
        assert not show(page, known(report)).exception
