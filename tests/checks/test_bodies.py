"""Is a text read for what no try can answer, and for nothing that decides nothing?"""

from __future__ import annotations

import pytest

from lib.core.guards import EVENTS
from lib.trials.bodies import asks, together, unanswered

ASKED = {
    "if session_user = 'x' then": "who writes",
    "if current_setting('role') = 'service_role' then": "who writes",
    "if auth.uid() is null then": "who writes",
    "execute 'select current_user' into who;": "who writes",
    "if current_setting('transaction_read_only') = 'on' then": (
        "in which session or transaction it runs"
    ),
    "if current_setting(name) = 'on' then": "in which session or transaction it runs",
    "if txid_current() > 7 then": "in which session or transaction it runs",
    "if not pg_try_advisory_xact_lock(7) then": "which locks are held",
    "if nextval('public.counter') > 7 then": "chance",
    "if hashtext(new.session_id::text) > 7 then": "which share of the rows it is for",
    "if n % 10 = 0 then": "which share of the rows it is for",
    "if tg_table_name = 'events' then": "on which table it runs",
    "if pg_trigger_depth() > 1 then": "how deep triggers are nested",
    "if exists (select from public.exempt) then": "what public.exempt holds",
    "if exists (select from\n exempt as e where true) then": "what exempt holds",
    "if (select count(*) from public.events) > 100 then": "what public.events holds",
    "if new.url = 'x' then": "what url holds",
    "if old.\"url\" = 'x' and new.id is null then": "what id holds, what url holds",
    "perform to_jsonb(new);": "what the whole row holds",
}
IDLE = [
    "raise log 'a user, %, of % sent %', session_user, new.url, new.id;",
    "raise exception 'no session for this user';",
    "-- session_user once decided here",
    "if current_setting('timezone') = 'UTC' then",
    "if current_setting('app.flag', true) = 'on' then",
    "select s.created_month into month from public.sessions as s where s.id = new.session_id;",
    "select s.created_month into month from sessions s where s.id = new.session_id;",
    "if extract(month from new.created_at) = 2 then",
    "if new.session_month is distinct from month then",
    "with found as (select 1 as one) select one into n from found;",
    "n public.sessions%rowtype;",
    "new.url := coalesce(new.url, '/');",
    "return (new);",
    "return coalesce(new, old);",
]


@pytest.mark.parametrize("text", ASKED)
def test_what_no_try_answers_is_named(text: str) -> None:
    assert together([unanswered(f"begin {text} return new; end", EVENTS)]) == ASKED[text]


@pytest.mark.parametrize("text", IDLE)
def test_what_decides_nothing_or_was_tried_is_not_asked(text: str) -> None:
    assert unanswered(f"begin {text} return new; end", EVENTS) == []


def test_what_time_it_is_and_other_functions_are_said() -> None:
    text = "if now() < public.opening() then return new; end if;"
    assert unanswered(text, EVENTS) == []
    assert asks(text, EVENTS) == ["what time it is", "what public.opening() answers"]
