"""Does the verdict on a function's text agree with what happens to rows, whatever the text?

Draws whole texts (tests/drills/texts.py), puts each into one database, writes rows for which its
conditions hold, as an ordinary writer, and compares with what the checks of functions and triggers
say: a row that is stored wrong or lost must never be ok or a warning.

By hand: python -m tests.drills.text_oracle --sequences 5000 [--version 18] [--seed N]
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from random import Random

import psycopg

from lib import verification
from lib.checks import CHECKS
from lib.core.results import Report, Status
from tests.drills.statements import WRITER
from tests.drills.texts import FUNCTIONS, KEYS, MIDDLE, SUPPORT, Text, Write, drawn, variants
from tests.drills.truth import JOINS, PREPARE, STORED, TRY, Trial, trials
from tests.guards import GUARDS
from tests.looking import GONE_BY, watched
from tests.servers import SUPERUSER, Database, Server, running
from tests.template import template

_OF_TEXTS = ("guard_behaviour", "guard_functions", "trigger_order", "guard_settings")
_SILENT = ("wrong", "lost", "nowhere")
_MONTH = "date_trunc('month', ({}) at time zone 'UTC')::date"
_SESSION = "(select id from public.sessions where id = md5('oracle this month')::uuid)"


@contextmanager
def prepared(server: Server, healthy: Database) -> Iterator[Database]:
    """A healthy database with a writer, and what the texts call."""
    with server.new_database(healthy.name) as database:
        database.execute(PREPARE, user=SUPERUSER)
        database.execute(SUPPORT)
        try:
            yield database
        finally:
            database.execute(f"drop owned by {WRITER}", user=SUPERUSER)


def outcome(database: Database, text: Text, restore: str) -> tuple[list[str], Report] | None:
    """What was stored wrong, and what is said; None where the text is none.

    `restore` puts the table's own guard back.
    """
    try:
        database.execute(text.sql)
    except psycopg.Error:
        return None
    try:
        return silent(database, text), verdict(database)
    finally:
        database.execute(text.undo or restore)


def silent(database: Database, text: Text) -> list[str]:
    """Which rows are stored wrong, or lost without a word?"""
    usual = [trial for trial in trials() if trial.table == text.table]
    own = [_trial(text.table, each) for write in text.writes for each in variants(write)]
    tried = [*own, *usual[::4]]
    plan = json.dumps([{"place": place, **asdict(trial)} for place, trial in enumerate(tried)])
    with database.connect(WRITER) as connection:
        connection.execute("select set_config('oracle.trials', %s, false)", (plan,))
        connection.execute(TRY)
        asked = connection.execute("select current_setting('oracle.answers')::jsonb")
        ((answers,),) = asked.fetchall()
    return [f"{t.words}: {said}" for t, said in zip(tried, answers, strict=True) if said in _SILENT]


def _trial(table: str, write: Write) -> Trial:
    key, moment = KEYS[table], write.moment
    month = _MONTH.format(moment if table == "sessions" else MIDDLE)
    sent = write.key.replace("{right}", month).replace("{moment}", moment)
    columns = {"id": "gen_random_uuid()", "created_at": moment, key: sent, **write.columns}
    if table == "events":
        columns["session_id"] = _SESSION
    words = f"{'update' if write.moved else 'insert'} {moment}, {key} {sent}, {write.settings}"
    judged = STORED if table == "sessions" else JOINS
    if write.moved:
        subject = _SESSION if table == "sessions" else "(select id from public.events limit 1)"
        own = {key: sent, **write.columns}
        sets = ", ".join(f"{name} = {value}" for name, value in own.items())
        statement = f"update public.{table} set {sets} where id = $1 returning id"
        return Trial(table, words, statement, judged, subject, write.settings)
    names, values = ", ".join(columns), ", ".join(columns.values())
    statement = f"insert into public.{table} ({names}) values ({values}) returning id"
    return Trial(table, words, statement, judged, None, write.settings)


def verdict(database: Database) -> Report:
    """What do the checks of functions and triggers say?"""
    wanted = tuple(each for each in CHECKS if each.name in (*GONE_BY, *_OF_TEXTS))
    with (
        closing(watched(database.url("watchtower"))) as handle,
        handle.session(verification.BUDGET_SECONDS) as session,
    ):
        return verification._run(session, verification._Asked(GUARDS), wanted)


def tally(database: Database, count: int, number: int, found: list[str]) -> Counter[str]:
    """What came of so many texts? What must not be is said in `found`."""
    draw, outcomes = Random(number), Counter[str]()
    own = {
        table: str(database.value(f"select pg_get_functiondef('{name}'::regproc)"))
        for table, name in FUNCTIONS.items()
    }
    for place in range(count):
        text = drawn(draw)
        came = outcome(database, text, own[text.table])
        if came is None:
            outcomes["no text"] += 1
            continue
        wrong, report = came
        kind = "rows wrong" if wrong else "rows right, drawn broken" if text.broken else "healthy"
        outcomes[f"{kind}: {report.status.word}"] += 1
        said = "; ".join(f.detail for _, f in report.failing())
        if wrong and report.status < Status.UNKNOWN:
            found.append(f"false green {place}: {text.sql}\n  {wrong[0]}\n  {said}")
        if kind == "healthy" and report.status >= Status.UNKNOWN:
            found.append(f"healthy, {report.status.word} {place}: {text.sql}\n  {said}")
    return outcomes


def main() -> None:
    """Draw many texts and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=5000)
    parser.add_argument("--version", default="18", choices=("15", "18"))
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    started, found = time.monotonic(), list[str]()
    with (
        running(asked.version) as server,
        template(server) as healthy,
        prepared(server, healthy) as database,
    ):
        for start in range(0, asked.sequences, 100):
            size = min(100, asked.sequences - start)
            print(dict(tally(database, size, asked.seed * 1_000_003 + start, found)), flush=True)
            while found:
                print(found.pop(0), flush=True)
    print(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
