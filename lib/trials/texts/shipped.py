"""Which texts does sql/setup have for a guard's function, and which is for this database?"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from lib.core.guards import Guard
from lib.core.results import Row
from lib.trials.texts.reviewed import Definition, canonical, live_definition, reviewed_files

# What sql/setup/10_guards.sql writes into a function's comment, and replaces in its text.
MARK = "Made by sql/setup/10_guards.sql of Partition Watchtower."
MARK_OF_KEEPING = "It keeps an event whose session is not there, in the month that was sent."
_KEEPING = (
    "    else\n        raise",
    "    elsif new.session_month is null then\n        raise",
)
_WITHOUT_SITE = ("s.site_id", "null::pg_catalog.uuid")


def texts(guard: Guard) -> tuple[Definition, ...]:
    """Every text of sql/setup: it refuses an unknown session or keeps it, fills a site or not."""
    text = canonical(reviewed_files(None)).get(f"{guard.schema}.{guard.function}")
    return variants(text) if text else ()


def variants(text: Definition) -> tuple[Definition, ...]:
    """What 10_guards.sql makes of a text that it holds, itself first."""
    found = [_reworded(text, keeps=k, sited=s) for k in (False, True) for s in (True, False)]
    return tuple(dict.fromkeys(found))


@cache
def text_for(guard: Guard, *, keeps: bool, sited: bool) -> Definition | None:
    """The text of sql/setup for such a database; None where it has none for this guard."""
    text = canonical(reviewed_files(None)).get(f"{guard.schema}.{guard.function}")
    return text and _reworded(text, keeps=keeps, sited=sited)


def keeps_unknown(text: Definition) -> bool:
    """Does this text of sql/setup keep an event whose session is not there?"""
    return _KEEPING[1].strip().partition("\n")[0] in text.body


def _reworded(text: Definition, *, keeps: bool, sited: bool) -> Definition:
    for old, new in [_KEEPING] * keeps + [_WITHOUT_SITE] * (not sited):
        text = replace(
            text, body=text.body.replace(old, new), statement=text.statement.replace(old, new)
        )
    return text


def shipped(guard: Guard, live: Row) -> bool:
    """Is it word for word a text of sql/setup, whose behaviour the tests know, and no other's?"""
    if live["body"] is None or live["calls"]:
        return False
    return live_definition(live) in texts(guard)
