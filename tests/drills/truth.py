"""What really happens to the rows that an ordinary writer sends? The oracle's truth.

Each trial runs as the writer, in a savepoint, with the deferred foreign key checked at once; all
of it is rolled back. A key may come out right, or the row be refused where its key was not right.
Right is the key that fits the row as it is stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from tests.drills.statements import WRITER
from tests.servers import Database

MUST_SUCCEED = ("insert, right key, this month", "insert, right key, before", "update of another")
FOREIGN_KEY_VIOLATION = "23503"
EVENT_FIRST = "insert, right key, before its session"
# In whose session, and with what in the other columns: session settings, site_id, url, category.
SESSIONS = {
    "UTC": ({"timezone": "UTC", "application_name": ""}, "null, null, null"),
    "Pacific/Auckland": (
        {"timezone": "Pacific/Auckland", "application_name": "importer"},
        "gen_random_uuid(), '/checkout', 'page_view'",
    ),
}
# Moments of three months, and what a writer may send as the key of each.
MOMENTS = {
    "last month": "date_trunc('month', now(), 'UTC') - interval '5 days'",
    "this month": "date_trunc('month', now(), 'UTC') + interval '3 hours'",
    "this month's end": "date_trunc('month', now(), 'UTC') + interval '1 month - 30 minutes'",
    "next month": "date_trunc('month', now(), 'UTC') + interval '1 month 3 hours'",
}
KEYS = {
    "right": "{right}",
    "not the first": "{right} + 12",
    "another month": "({right} - interval '2 months')::date",
    "null": "null",
    "missing": "default",
}
MONTH = "date_trunc('month', ({moment}) at time zone 'UTC')::date"
# The template's own sessions, one of each month, whose events are tried.
SESSION = "md5('oracle {}')::uuid"
SOME_EVENT = "(select id from public.events order by created_at desc limit 1)"
JOINS = (
    "select exists (select from public.sessions as s where s.id = e.session_id"
    " and s.created_month = e.session_month) from public.events as e where e.id = $1"
)
STORED = (
    f"select created_month = {MONTH.format(moment='created_at')} from public.sessions where id = $1"
)
# All the trials in one message: a round trip for each of them took most of the oracle's time.
TRY = """
do $try$
declare
    trial record;
    subject uuid;
    written uuid;
    number int8;
    kept bool;
    said text;
    answers jsonb := '[]';
begin
    for trial in
        select * from jsonb_to_recordset(current_setting('oracle.trials')::jsonb)
            as t (place int, statement text, judged text, subject text, settings jsonb)
        order by place
    loop
        said := null;
        begin
            perform set_config(s.key, s.value, true) from jsonb_each_text(trial.settings) as s;
            subject := null;
            if trial.subject is not null then
                execute 'select ' || trial.subject into subject;
            end if;
            if trial.subject is not null and subject is null then
                said := 'out of sight';  -- its partition is detached
            else
                execute trial.statement into written using subject;
                get diagnostics number = row_count;
                set constraints all immediate;
                if number = 0 or written is null then
                    said := 'lost';
                else
                    execute trial.judged into kept using written;
                    get diagnostics number = row_count;
                    said := case
                        when number = 0 then 'nowhere' when kept then 'right' else 'wrong'
                    end;
                end if;
            end if;
            raise exception using errcode = 'OR000';
        exception when others then
            said := coalesce(said, sqlstate);
        end;
        answers := answers || to_jsonb(said);
    end loop;
    perform set_config('oracle.answers', answers::text, false);
end
$try$
"""

PREPARE = f"""
do $$ begin
    if to_regrole('{WRITER}') is null then create role {WRITER} login; end if;
end $$;
grant usage on schema public to {WRITER};
grant select, insert, update, delete on public.sessions, public.events to {WRITER};
create policy writes on public.sessions to {WRITER} using (true) with check (true);
create policy writes on public.events to {WRITER} using (true) with check (true);
""" + "".join(
    "insert into public.sessions (id, created_month, created_at) values"
    f" ({SESSION.format(name.replace(chr(39), ''))}, {MONTH.format(moment=moment)}, {moment});"
    for name, moment in MOMENTS.items()
)


@dataclass(frozen=True)
class Wrong:
    """A row that came out wrong: of which table, and how.

    `silent` where the row is stored wrong or lost without a word. Else it was refused: loudly,
    though it was right, or by the foreign key alone, because the guard does not work.
    """

    table: str
    words: str
    silent: bool = True
    held: bool = False


@dataclass(frozen=True)
class Trial:
    """One statement of the writer: what it does, and the query that judges the row it returned.

    `subject` is the expression of the row that it changes, where it changes one.
    """

    table: str
    words: str
    statement: str
    judged: str
    subject: str | None
    settings: dict[str, str]


def wrongs(database: Database) -> list[Wrong]:
    """Which rows come out wrong, get lost, or are refused although they are right?"""
    tried = list(trials())
    plan = json.dumps([{"place": place, **asdict(trial)} for place, trial in enumerate(tried)])
    with database.connect(WRITER) as connection:
        connection.execute("select set_config('oracle.trials', %s, false)", (plan,))
        connection.execute(TRY)
        asked = connection.execute("select current_setting('oracle.answers')::jsonb")
        ((answers,),) = asked.fetchall()
    assert len(answers) == len(tried)
    found = (_judge(trial, said) for trial, said in zip(tried, answers, strict=True))
    return [wrong for wrong in found if wrong is not None]


def trials() -> Iterator[Trial]:
    """Every row that the writer sends."""
    for zone, (settings, more) in SESSIONS.items():
        yield from _other_updates(zone, settings)
        yield _event_first(zone, settings)
        for name, moment in MOMENTS.items():
            for key, value in KEYS.items():
                words = f"{key} key, {name}, {zone}"
                yield from _session_trials(words, moment, value, settings, more)
                yield from _event_trials(words, name, moment, value, settings, more)


def _other_updates(zone: str, settings: dict[str, str]) -> Iterator[Trial]:
    """Does an update of other columns leave the keys right?"""
    touch = "update public.sessions set site_id = gen_random_uuid() where id = $1 returning id"
    visit = "update public.events set url = '/other' where id = $1 returning id"
    words = f"update of another column, {zone}"
    yield Trial("sessions", words, touch, STORED, _session("this month"), settings)
    yield Trial("events", words, visit, JOINS, SOME_EVENT, settings)


def _event_first(zone: str, settings: dict[str, str]) -> Trial:
    """An event that comes before its session, in one transaction: a guard may keep or refuse it."""
    moment = MOMENTS["this month"]
    month = MONTH.format(moment=moment)
    session = "md5('oracle late')::uuid"
    both = (
        "with session as (insert into public.sessions (id, created_month, created_at)"
        f" values ({session}, {month}, {moment}))"
        " insert into public.events (session_id, session_month, created_at)"
        f" values ({session}, {month}, {moment}) returning id"
    )
    words = f"{EVENT_FIRST}, {zone}"
    return Trial("events", words, both, JOINS, None, settings)


def _session_trials(
    words: str, moment: str, value: str, settings: dict[str, str], more: str
) -> Iterator[Trial]:
    key = value.format(right=MONTH.format(moment=moment))
    insert = (
        "insert into public.sessions (id, created_month, created_at, site_id)"
        f" values (gen_random_uuid(), {key}, {moment}, {more.split(',')[0]}) returning id"
    )
    yield Trial("sessions", f"insert, {words}", insert, STORED, None, settings)
    if value != KEYS["right"]:
        update = f"update public.sessions set created_month = {key} where id = $1 returning id"
        name = words.split(", ")[1]
        yield Trial("sessions", f"update, {words}", update, STORED, _session(name), settings)


def _event_trials(
    words: str, name: str, moment: str, value: str, settings: dict[str, str], more: str
) -> Iterator[Trial]:
    key = value.format(right=MONTH.format(moment=moment))
    session = SESSION.format(name.replace("'", ""))
    insert = (
        "insert into public.events"
        " (id, session_id, session_month, created_at, site_id, url, event_category)"
        f" select gen_random_uuid(), {session}, {key}, {moment} + interval '1 hour', {more}"
        " where $1 is not null returning id"
    )
    if value == "default":
        insert = insert.replace(" session_month,", "").replace(" default,", "")
    yield Trial("events", f"insert, {words}", insert, JOINS, _session(name), settings)
    if value != KEYS["right"] or "this month" not in words:
        update = (
            f"update public.events set session_id = {session}, session_month = {key}"
            " where id = $1 returning id"
        )
        event = f"(select e.id from {SOME_EVENT} as e where exists {_session(name)})"
        yield Trial("events", f"update, {words}", update, JOINS, event, settings)


def _session(name: str) -> str:
    """The template's session of this moment, where it is in sight."""
    own = SESSION.format(name.replace("'", ""))
    return f"(select id from public.sessions where id = {own})"


def _judge(trial: Trial, said: str) -> Wrong | None:
    """What is wrong with this row? One that was not right may be refused."""
    match said:
        case "right" | "out of sight":
            return None
        case "lost":
            return Wrong(trial.table, f"{trial.words}: lost without a word")
        case "nowhere":
            return Wrong(trial.table, f"{trial.words}: stored nowhere")
        case "wrong":
            return Wrong(trial.table, f"{trial.words}: stored with a wrong key")
    if said == FOREIGN_KEY_VIOLATION:
        if trial.words.startswith(EVENT_FIRST):
            return None
        return Wrong(trial.table, f"{trial.words}: held by the foreign key", False, held=True)
    must = trial.words.startswith(MUST_SUCCEED)
    return Wrong(trial.table, f"{trial.words}: refused, {said}", False) if must else None
