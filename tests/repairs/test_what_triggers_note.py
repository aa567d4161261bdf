"""Is each trigger that a repair fires named with what it changes, and may nothing else differ?"""

from __future__ import annotations

import pytest

from lib.core.results import Status
from lib.trials.texts.noting import Changes, changes
from tests.looking import check
from tests.real import OWNER_OF_TABLES
from tests.real.test_calls import WRONG, apply, drifted, execute, value
from tests.servers import Database

NOTING = """
create table public.audit (what text, at timestamptz);
create table public.offers (of_session uuid, month date, changed_at timestamptz,
    changes int default 0, price int default 7, foreign key (of_session, month)
    references public.sessions (id, created_month) on update restrict);
insert into public.offers select id, created_month from public.sessions;
alter table public.sessions add column "Changed at" timestamptz, add column touched_by text;
create function public.note() returns trigger language plpgsql as $$
begin
    new.changes := coalesce(old.changes, 0) + 1;
    new.changed_at := timezone('utc', clock_timestamp());
    {more}
    return new;
end $$;
create function public.note_session() returns trigger language plpgsql as $$
begin
    new."Changed at" = now();
    new.touched_by := current_user;
    insert into public.audit values (tg_op, now());
    return new;
end $$;
create trigger notes before update on public.offers for each row execute function public.note();
create trigger notes before update on public.sessions
    for each row execute function public.note_session();
"""


@pytest.mark.parametrize("more", ["", "new.price := new.price * 2;"])
def test_notes_may_differ_and_nothing_else(more: str, production: Database) -> None:
    drifted(production, 6)
    execute(production, NOTING.format(more=more))
    wrong = value(production, WRONG)
    remedy = check(production, "wrong_keys", OWNER_OF_TABLES).failing()[0].remedy or ""
    told = "for each row that moves: it notes that in"
    assert (
        f"-- this fires notes on public.sessions (public.note_session) {told} Changed at and"
        " touched_by, which may differ afterwards; it inserts into public.audit\n"
    ) in remedy
    offers = f"notes on public.offers (public.note) {told} changes and changed_at, which may differ"
    assert f"-- this fires {offers} afterwards" in remedy
    assert ("it sets price, and apply stops where that changes a row" in remedy) is bool(more)
    done = apply(production)
    if more:
        assert any("changes more of the rows of public.offers" in line for line in done.failed)
        assert value(production, WRONG) == wrong
        assert value(production, "select count(*) from public.offers where price <> 7") == 0
    else:
        assert not [line for line in done.failed if "keys" in line]
        assert value(production, WRONG) == 0
        assert value(production, "select sum(changes) from public.offers") == wrong
        assert value(production, "select count(*) from public.audit") == wrong


def test_clock_is_no_note(production: Database) -> None:
    """A guard goes by it: where a trigger sets it to the time of the repair, that is refused."""
    drifted(production, 6)
    execute(
        production,
        "create function public.stamp() returns trigger language plpgsql as"
        " $$ begin new.matched_at := now(); return new; end $$;"
        "create trigger stamps before update on public.calls"
        " for each row execute function public.stamp()",
    )
    wrong = value(production, WRONG)
    finding = check(production, "wrong_keys", OWNER_OF_TABLES).failing()[0]
    assert finding.status is Status.CRITICAL
    assert "it sets matched_at, and apply stops where that" in (finding.remedy or "")
    assert any("changes more of the rows" in line for line in apply(production).failed)
    assert value(production, WRONG) == wrong


TEXTS = {
    "new.v := old.v + 1;": Changes(("v",), ("v",)),
    "new.v := new.v + 2;": Changes(("v",)),
    "new.v := old.other + 1;": Changes(("v",)),
    "new.v := old.v + 1 + 99;": Changes(("v",)),
    "new.v := now() + interval '1 day';": Changes(("v",)),
    "new.v := own.now();": Changes(("v",)),
    "new.v := coalesce(new.v, 'x');": Changes(("v",)),
    "new.v := now(); new.v := 'x';": Changes(("v",)),
    "new.v := auth.uid();": Changes(("v",), ("v",)),
    "new.v := gen_random_uuid();": Changes(("v",)),
    "new.v := current_timestamp at time zone 'utc';": Changes(("v",), ("v",)),
    "select 1 into new.v;": Changes(("v",)),
    'if old.x is null then new."A b" := localtimestamp; end if;': Changes(("A b",), ("A b",)),
    "update public.sums set n = n + 1; delete from q;": Changes(
        writes=("updates public.sums", "deletes from q")
    ),
    "perform pg_notify('a', 'b');": Changes(unread=True),
    "execute 'select 1';": Changes(unread=True),
    "new := old;": Changes(unread=True),
    "this is no text": Changes(unread=True),
}


@pytest.mark.parametrize("text", TEXTS)
def test_text_tells_what_it_changes(text: str) -> None:
    assert changes("plpgsql", "f", f"begin {text} return new; end", "") == TEXTS[text]


def test_extension_that_notes_the_time() -> None:
    told = changes("c", "extensions.moddatetime", "moddatetime", "updated_at\\000")
    assert told == Changes(("updated_at",), ("updated_at",))
    assert changes("c", "public.other", "other", "") == Changes(unread=True)
