"""What of the setup is there? Object by object, and what of it is still to be done by whom.

All of it is in catalogs that every role may read: the owner and the role watchtower see the same.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from lib.core.guards import Guard
from lib.core.results import Row
from lib.core.words import listed
from lib.db.database import Database, Session
from lib.db.sql import quoted, setup_file
from lib.setup.functions import statement
from lib.setup.script import columns, known, lacking, of_the_files, readable, script
from lib.trials.texts.reviewed import Definition, live_definition, made_by
from lib.trials.texts.shipped import texts

_SECONDS = 8.0
_MARK = "Made by python -m lib setup of Partition Watchtower."
_RPCS = "RPCs and the partition routine"
_OF_CRON = ("watchtower_maintenance_job", "watchtower_job_commands")  # made where pg_cron is
_OWN = "a text of your own, which the setup leaves alone"


class State(Enum):
    """How does an object stand?"""

    MADE = "made by us"
    THERE = "there"
    OLDER = "older"
    DIFFERENT = "different"
    MISSING = "missing"


class Situation(Enum):
    """What is this database, as a whole?"""

    COMPLETE = "set up"
    PARTLY = "set up in part"
    NOT_SET_UP = "not set up"
    WRONG_DATABASE = "not the database that is declared"
    NO_RIGHTS = "this role has no rights here"


@dataclass(frozen=True)
class Object:
    """One thing of the setup. `left`: something of it is still to be done.

    `live` and `ours` are its texts where these differ.
    """

    group: str
    name: str
    state: State
    words: str = ""
    left: bool = False
    live: str = ""
    ours: str = ""

    @property
    def difference(self) -> str:
        """A unified diff from what stands in the database to ours; empty where nothing differs."""
        old, new = self.live.splitlines(), self.ours.splitlines()
        names = (f"{self.name} in the database", f"{self.name} of the setup")
        return "\n".join(difflib.unified_diff(old, new, *names, lineterm=""))


@dataclass(frozen=True)
class Standing:
    """What is there of the setup of this database, as this role.

    `commands` are what an administrator must run first: why, and the SQL.
    """

    database: str
    role: str
    situation: Situation
    words: str
    objects: tuple[Object, ...]
    commands: tuple[tuple[str, str], ...]

    @property
    def complete(self) -> bool:
        """Is nothing left to do?"""
        return self.situation is Situation.COMPLETE


def standing(database: Database, guards: Sequence[Guard]) -> Standing:
    """How does it stand? Raises: DatabaseUnreachable, QueryFailed, SetupFailed."""
    with database.session(_SECONDS) as session:
        found = columns(session, guards)
        there = [g for g in guards if not (g.optional or lacking(g, found))]
        tables = tuple(_tables([g for g in guards if not g.optional], found))
        needed = list(readable(there, found))
        (row,) = session.rows(
            "declared/role",
            schemas=[table[0] for table, _, _ in needed],
            tables=[table[1] for table, _, _ in needed],
            columns=[",".join(names) for _, names, _ in needed],
        )
        made = _made(session, guards, there, found, cron=row["cron"])
    objects = (*tables, *made, *_history(row), *_role(row))
    told = _situation(row, tables, objects)
    if told[0] is Situation.WRONG_DATABASE:
        objects = tables  # what is missing besides is not missing here
    return Standing(
        database.name, row["asking"], told[0], told[1], objects, tuple(_commands(row, there))
    )


def _tables(guards: Sequence[Guard], found: Mapping[tuple[str, str], Row]) -> Iterator[Object]:
    for guard in guards:
        gone = lacking(guard, found)
        if gone:
            state, words = State.MISSING, f"there is no {listed(gone)}"
        elif guard.partitioned and found[guard.schema, guard.table]["kind"] != "p":
            state, words = State.DIFFERENT, "not partitioned; the setup partitions no table"
        else:
            state, words = State.THERE, "with the columns that are declared"
        yield Object("Tables", guard.relation, state, words, state is not State.THERE)


def _made(
    session: Session,
    guards: Sequence[Guard],
    there: Sequence[Guard],
    found: Mapping[tuple[str, str], Row],
    *,
    cron: bool,
) -> tuple[Object, ...]:
    """The functions and the triggers, in the order of the setup."""
    shipped = of_the_files(guards)
    files = list(script(guards, None)) if shipped else []
    ours = {key: text for part in files for key, text in made_by(part.sql).items()}
    own = [g for g in (guards if shipped else there) if not shipped or g.partitioned]
    wanted = [*ours, *((g.schema, g.function) for g in own)]
    rows = session.rows(
        "declared/functions", schemas=[n[0] for n in wanted], names=[n[1] for n in wanted]
    )
    live: dict[tuple[str, str], list[Row]] = {}
    for each in rows:
        live.setdefault((each["schema_name"], each["function_name"]), []).append(each)
    triggers = session.rows(
        "declared/triggers",
        schemas=[g.schema for g in own],
        tables=[g.table for g in own],
        triggers=[g.trigger for g in own],
        functions=[g.function for g in own],
    )
    objects = []
    for guard, trigger in zip(own, triggers, strict=True):
        name = (guard.schema, guard.function)
        if shipped:
            choices = texts(guard)
        else:
            text = statement(guard, known(guard, found))
            choices = tuple(made_by(f"{text};").values())
        objects.append(_function(guard, live.get(name, []), choices))
        objects.append(_trigger(guard, trigger))
    guarding = {(g.schema, g.function) for g in own}
    for name, kept in ours.items():
        if name not in guarding and (cron or name[1] not in _OF_CRON):
            objects.append(_routine(name, live.get(name, []), kept))
    if shipped and not cron:
        words = "call the partition routine by another scheduler, or have an administrator"
        objects.append(Object(_RPCS, "pg_cron", State.MISSING, f"{words} create extension pg_cron"))
    return tuple(objects)


def _function(guard: Guard, live: Sequence[Row], ours: Sequence[Definition]) -> Object:
    name = f"{quoted(guard.schema)}.{quoted(guard.function)}()"
    if not live:
        return Object("Guards", name, State.MISSING, "", True)
    row, definition = live[0], live_definition(live[0])
    if definition in ours:
        return Object("Guards", name, State.MADE)
    told = (_text(definition), _text(ours[0]))
    older = f'"{definition.digest}"' in setup_file("sql/setup/10_guards.sql")
    if older or _MARK in (row["comment"] or ""):
        words = "the setup makes it anew" if older else "changed since, the setup leaves it alone"
        return Object("Guards", name, State.OLDER, words, older, *told)
    return Object("Guards", name, State.DIFFERENT, _OWN, False, *told)


def _trigger(guard: Guard, row: Row) -> Object:
    name = f"{quoted(guard.trigger)} on {quoted(guard.schema)}.{quoted(guard.table)}"
    if not row["present"]:
        return Object("Guards", name, State.MISSING, "", True)
    if row["firing"] == row["relations"]:
        return Object("Guards", name, State.THERE, "it fires on the table and every partition")
    words = f"it fires on {row['firing']} of {row['relations']} relations"
    return Object("Guards", name, State.DIFFERENT, words, True)


def _routine(name: tuple[str, str], live: Sequence[Row], ours: Definition) -> Object:
    told = f"{quoted(name[0])}.{quoted(name[1])}()"
    if not live:
        return Object(_RPCS, told, State.MISSING, "", True)
    if any(live_definition(row) == ours for row in live):
        return Object(_RPCS, told, State.MADE)
    return Object(
        _RPCS,
        told,
        State.DIFFERENT,
        "the setup replaces it",
        True,
        _text(live_definition(live[0])),
        _text(ours),
    )


def _history(row: Row) -> Iterator[Object]:
    state = State.THERE if row["history"] else State.MISSING
    yield Object("History", "public.watchtower_checks", state, "", not row["history"])


def _role(row: Row) -> Iterator[Object]:
    group, name = "The role", "watchtower"
    if not row["exists"]:
        yield Object(group, name, State.MISSING, "", True)
        return
    logs_in = row["logs_in"]
    words = "" if logs_in else "it may not log in"
    if row["excess"]:
        words = f"it is {listed(row['excess'])} and needs none of it"
    state = State.THERE if logs_in and not row["excess"] else State.DIFFERENT
    yield Object(group, name, state, words, not logs_in)
    held = {
        "connect and temporary on this database": row["connects"] and row["temporary"],
        "select and insert on public.watchtower_checks": bool(row["history_rows"]),
    }
    for right, there in held.items():
        yield Object(group, right, State.THERE if there else State.MISSING, "", not there)
    for relation, names in row["rights"].items():
        words = f"select on {listed(names)}"
        yield Object(group, f"select on {relation}", State.MISSING, words, True)


def _commands(row: Row, guards: Sequence[Guard]) -> Iterator[tuple[str, str]]:
    """What an administrator must run, for nobody else may."""
    owner = row["place_owner"]
    if not guards or owner is None:
        return
    if row["owner_creates"] is False:
        why = f"{owner}, who owns the tables, may create nothing in public"
        yield why, f"grant create on schema public to {quoted(owner)};"
    if not row["exists"] and not row["owner_makes_roles"]:
        yield f"{owner} may make no role", "create role watchtower login;"
    elif row["exists"] and not row["logs_in"]:
        yield "the role may not log in", "alter role watchtower login;"
    if row["excess"]:
        taken = " ".join(f"no{each}" for each in row["excess"])
        yield "the role has more rights than looking needs", f"alter role watchtower {taken};"


def _situation(
    row: Row, tables: Sequence[Object], objects: Sequence[Object]
) -> tuple[Situation, str]:
    gone = [each.name for each in tables if each.state is State.MISSING]
    place = f"This is {row['database']}, as {row['asking']}."
    if len(gone) == len(tables):
        words = f"None of the declared tables is here: {listed(gone)}. {place}"
        return Situation.WRONG_DATABASE, f"{words} Is this the right database?"
    left = [each for each in objects if each.left]
    ours = [o for o in objects if o.group == "Guards" and o.state is not State.MISSING]
    if not ours and not row["history"]:
        return Situation.NOT_SET_UP, f"The tables are here, and nothing guards them yet. {place}"
    if row["mine"]:
        words = f"The role {row['asking']} may not read {listed(row['mine'])}."
        return Situation.NO_RIGHTS, f"{words} Connect as watchtower, or run the setup's last part."
    if left:
        return Situation.PARTLY, f"Still to be done: {len(left)} of {len(objects)}. {place}"
    return Situation.COMPLETE, f"Nothing is left to do. {place}"


def _text(text: Definition) -> str:
    """All that makes it behave as it does, in one form for both."""
    security = "security definer" if text.security_definer else "security invoker"
    settings = [f"set {name} = {value}" for name, value in text.settings]
    return "\n".join([f"language {text.language}", security, *settings, text.body])
