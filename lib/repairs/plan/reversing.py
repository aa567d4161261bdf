"""What takes a statement of the plan back? The very statement, where there is one."""

from __future__ import annotations

import re

from lib.remedies.new_months import made_by
from lib.remedies.remedies import partition_of, table_of
from lib.runbook import Step

_FEW = 3
_NAME = r'((?:"(?:[^"]|"")*"|[\w$.])+)'
_KEPT = (
    "apply keeps it in watchtower_checks, details -> 'before' of its row; by hand, keep the answer "
    "of sql/runbook/live_definitions.sql first"
)
_EARLIER = f"run the earlier text: {_KEPT}"
_RETURNS = "; one that returned something else cannot replace it: drop the function before that"
_THEN = f"then run its earlier statement: {_KEPT}"
_WHOLE = ("restore-functions", "restore-triggers", "schedule-maintenance", "restore-rpcs")
_NOTHING = "nothing is to be taken back"
_PROVEN = f"{_NOTHING}: the rows were compared, and none has changed"
_PLACED = f"{_NOTHING}: the rows are where they belong, and none has changed"

# What a statement did, and what takes just that back. In place of many, the word that changes.
_UNDO = (
    (
        rf"^alter trigger {_NAME} on {_NAME}\s+rename to {_NAME};",
        r"alter trigger \3 on \2 rename to \1;",
        "the names exchanged",
    ),
    (
        rf"^alter table (?:only )?{_NAME}\s+enable trigger {_NAME};",
        r"alter table only \1 disable trigger \2;",
        "disable in place of enable",
    ),
    (
        rf"^alter table {_NAME} enable row level security;",
        r"alter table \1 disable row level security;",
        "disable in place of enable",
    ),
    (
        rf"^alter table {_NAME} no force row level security;",
        r"alter table \1 force row level security;",
        "force in place of no force",
    ),
    (
        r"^(alter [^\n]*?)reset session_replication_role;",
        r"\1set session_replication_role = replica;",
        "set … = replica in place of reset",
    ),
    (
        rf"^alter table {_NAME} alter column {_NAME} set not null;",
        r"alter table \1 alter column \2 drop not null;",
        "drop in place of set",
    ),
    (rf"^grant ([^;]+) to {_NAME};", r"revoke \1 from \2;", "revoke … from in place of grant … to"),
)
_MADE_TRIGGER = re.compile(rf"^create or replace trigger {_NAME}\s.*?\son {_NAME}", re.S | re.M)
_MADE_KEY = re.compile(r"select '((?:[^']|'')+)'::regclass as relation, '((?:[^']|'')+)' as name")
_CLOSED = re.compile(r"^revoke all on function (.+) from .*;", re.M)
_EXECUTED_BY = re.compile(r"may be executed by (.+)")
_SET_DEFAULT = re.compile(rf"^(alter table {_NAME} alter column {_NAME} set default) ", re.M)
_DEFAULT_WAS = re.compile(r" has the default (.+), which is hours off")
_OPEN_TO = re.compile(r"open to (.+?)(?::|$)")


def undo_of(step: Step, sql: str, detail: str, *, stood: bool, whole_file: bool) -> str:
    """What takes it back? Statements first, else words; the runbook's where there are no others.

    `detail` is what was found, `stood` whether a guard's trigger was there, if another one.
    """
    known = "" if whole_file else _made(sql, detail, stood=stood) or _reversed(sql, detail)
    if known or step.slug not in _WHOLE:
        return known or step.undo_words
    return _EARLIER + _RETURNS * (step.slug in ("schedule-maintenance", "restore-rpcs"))


def _made(sql: str, detail: str, *, stood: bool) -> str:
    """What takes away what was made, a trigger say, or gives back a right that was taken?"""
    if found := _MADE_TRIGGER.search(sql):
        return found.expand(r"drop trigger \1 on \2;") + f" {_THEN}" * stood
    if found := _MADE_KEY.search(sql):
        table, name = (each.replace("''", "'") for each in found.groups())
        replaced = re.search(r"^alter table .* drop constraint", sql[: found.start()], re.M)
        return f"alter table {table} drop constraint {name};" + f" {_THEN}" * bool(replaced)
    if made := made_by(sql):
        of, part = table_of(made.guard), partition_of(made.guard, made.months[0])
        back = f"while it is empty: alter table {of} detach partition {part}; drop table {part};"
        return back + f" So for each of the {len(made.months)}." * bool(made.months[1:])
    if "validate constraint" in sql and "set not null" not in sql and "attach" not in sql:
        return _PROVEN
    if "detach partition" in sql or "attach partition" in sql:
        return _PLACED
    if (found := _SET_DEFAULT.search(sql)) and (was := _DEFAULT_WAS.search(detail)):
        return f"{found[1]} {was[1]};"
    if (closed := _CLOSED.search(sql)) and (whom := _EXECUTED_BY.search(detail)):
        return f"grant execute on function {closed[1]} to {whom[1]};"
    return ""


def _reversed(sql: str, detail: str) -> str:
    """The same statement the other way round?"""
    for pattern, back, word in _UNDO:
        found = list(re.finditer(pattern, sql, re.M))
        if not found:
            continue
        if len(found) > _FEW:
            text = f"the same statements with {word}"
        else:
            text = " ".join(match.expand(back) for match in found)
        if "only during replication" in detail:
            text = text.replace("disable", "enable replica")
        if opened := _OPEN_TO.search(detail):
            text += f" what {opened[1]} held must be granted by name"
        return text
    return ""
