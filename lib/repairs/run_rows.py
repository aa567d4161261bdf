"""What is kept of a run, in the history, so that it can be told and taken back?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime

import psycopg
from sqlalchemy import URL

from lib import runbook
from lib.core.declaration import declared
from lib.core.errors import DatabaseUnreachable
from lib.db import sql
from lib.db.unreachable import place_of, why_unreachable
from lib.history.history import APPLIED
from lib.repairs import messages
from lib.repairs.owner import Owner

_FIRST = "the first statement"
_KEEPING = "set local lock_timeout = '5s'"  # no reader or writer queues behind an insert


def live(owner: Owner) -> list[str]:
    """What takes this run back: functions, triggers and foreign keys as they are, as statements.

    Of the triggers only the guards: the arguments of another, a webhook's say, may hold a secret.
    """
    step = runbook.step("keep-what-is-live")
    assert step is not None
    (asked,) = runbook.statements(step, None, datetime.now(UTC))
    guards = {guard.trigger for guard in declared()}
    return [
        str(row["statement"])
        for row in owner.read(asked.text, _FIRST)
        if row["what"] != "trigger" or str(row["name"]).partition(" on ")[0] in guards
    ]


def keep(urls: Iterable[URL], details: Mapping[str, object], *, ok: bool) -> str:
    """Add a row, over the first of these that can. Why could none? Empty where one could."""
    values = {"check_name": APPLIED, "ok": ok, "details": json.dumps(details)}
    record = sql.by_hand("history/record", {}, values)
    unarmed = sql.load("session/unarmed")
    text, refused = f"{messages.CHANGING}{_KEEPING};\n{unarmed}\n{record};\ncommit;", ""
    for url in urls:
        try:
            with closing(messages.connected(url)) as connection:
                messages.briefly(connection, text)
                return ""
        except psycopg.errors.LockNotAvailable:
            refused = "another session holds a lock on public.watchtower_checks"
        except psycopg.Error as error:
            refused = error.diag.message_primary or why_unreachable(error, place_of(url))
        except DatabaseUnreachable as error:
            refused = str(error)
    return refused
