"""Is a text understood where it is, and outside, with its line, where it is not?

tests/checks/texts.json holds texts that try to be taken for what they are not (each names a trick),
and such as are right, many after guards that people have written.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from lib.trials.texts.judging import not_understood
from lib.trials.texts.reading import read
from lib.trials.texts.understood import Helper
from tests.guards import GUARDS
from tests.servers import ROOT

TEXTS: list[dict[str, Any]] = json.loads((ROOT / "tests/checks/texts.json").read_text("utf-8"))
OF = {guard.table: guard for guard in GUARDS}
MONTH = "date_trunc('month', new.created_at at time zone 'UTC')::date"
FOUND = "select s.created_month into m from public.sessions s where s.id = new.session_id;"
STAYS = "stays as it was sent"
# What may keep the key that was sent: by its guard, and why that is not understood, if it is not.
KEPT = [
    ("sessions", f"new.created_month := {MONTH};", ""),
    ("sessions", "", STAYS),
    (
        "sessions",
        f"if new.created_month is distinct from {MONTH} then new.created_month := {MONTH}; end if;",
        "",
    ),
    (
        "sessions",
        f"if new.created_month is null or new.created_month <> {MONTH} then"
        f" new.created_month := {MONTH}; end if;",
        "",
    ),
    (
        "sessions",
        f"if new.created_month = {MONTH} then return new; end if; new.created_month := {MONTH};",
        "",
    ),
    (
        "sessions",
        "if extract(second from new.created_at) between 10 and 40 then return new; end if;"
        f" new.created_month := {MONTH};",
        "goes by what time it is",
    ),
    (
        "sessions",
        f"if tg_op = 'UPDATE' then return new; end if; new.created_month := {MONTH};",
        STAYS,
    ),
    (
        "sessions",
        f"if tg_op = 'INSERT' then new.created_month := {MONTH};"
        f" elsif tg_op = 'UPDATE' then new.created_month := {MONTH}; end if;",
        "",
    ),
    (
        "sessions",
        "if tg_op = 'UPDATE' and new.created_at = old.created_at"
        " and new.created_month = old.created_month then return new; end if;"
        f" new.created_month := {MONTH};",
        "",
    ),
    ("sessions", f"new.created_month := coalesce(new.created_month, {MONTH});", STAYS),
    ("sessions", "new.created_month := date_trunc('month', new.created_month);", STAYS),
    ("sessions", f"if new.created_month is null then new.created_month := {MONTH}; end if;", STAYS),
    ("events", f"{FOUND} if m is not null then new.session_month := m; end if;", ""),
    ("events", f"{FOUND} if found then new.session_month := m; end if;", ""),
    ("events", f"{FOUND} if not found then return new; end if; new.session_month := m;", ""),
    ("events", f"if not found then return new; end if; {FOUND} new.session_month := m;", STAYS),
    ("events", f"{FOUND} new.session_month := coalesce(m, new.session_month);", ""),
    ("events", f"{FOUND} new.session_month := coalesce(new.session_month, m);", STAYS),
    (
        "events",
        f"m := new.session_month; if m is null then {FOUND} end if; new.session_month := m;",
        STAYS,
    ),
    (
        "events",
        "new.session_month := coalesce((select created_month from public.sessions"
        " where id = new.session_id), new.session_month);",
        "",
    ),
    (
        "events",
        "if new.session_month > '2026-06-01' then return new; end if;"
        f" {FOUND} new.session_month := m;",
        "goes by how a key compares with a constant",
    ),
    (
        "events",
        f"{FOUND} if tg_op = 'UPDATE' then return new; end if; new.session_month := m;",
        STAYS,
    ),
    ("events", f"{FOUND} if m = new.session_month then return new; end if;"
     " new.session_month := m;", ""),
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text["name"])
def test_text_is_understood_or_not(text: dict[str, Any]) -> None:
    helpers = [Helper(**{**h, "names": tuple(h["names"])}) for h in text.get("helpers", ())]
    found = read(text["body"], OF[text["table"]], helpers, text.get("when", ""))
    assert (found.outside is None and not found.free) is text["inside"], found


@pytest.mark.parametrize(("table", "does", "why"), KEPT)
def test_a_path_that_keeps_the_key_as_it_was_sent(table: str, does: str, why: str) -> None:
    body = f"declare m date; begin {does} return new; end"
    live = {"language": "plpgsql", "body": body, "calls": []}
    said = not_understood(OF[table], live)
    assert said == (f"line 1: {OF[table].key} {why}" if why else "")


def test_which_tables_are_guarded_is_told_or_goes_by_their_names() -> None:
    told = frozenset({"part_of_may", "all_sessions"})
    for table, unknown, known in (
        ("sessions", True, True),
        ("sessions_2026_05", True, False),
        ("sessions_audit", True, False),
        ("part_of_may", False, True),
        ("all_sessions", False, True),
    ):
        body = f"begin insert into public.{table} (id) values (new.id); return new; end"
        assert (read(body, OF["events"]).outside is not None) is unknown, table
        found = read(body, OF["events"], relations=told)
        assert (found.outside is not None) is known, table


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: str(guard.table))
def test_whatever_the_text_it_is_answered(guard: Any) -> None:
    for text in TEXTS:
        body = text["body"]
        for cut in range(0, len(body), 1 + len(body) // 6):
            read(body[:cut], guard)
            read(re.sub(r"\w+", lambda m: m[0][::-1], body[cut:]), guard)


def test_what_is_no_text_is_outside_and_what_is_deep_is_answered() -> None:
    for body in (
        "",
        "begin",
        "select 1",
        "begin return new; end; drop table x",
        "\0",
        "$x$",
        "é" * 40_000,
    ):
        assert read(body, OF["sessions"]).outside is not None, body[:40]
    for deep in (3_000, 30_000):
        read(
            f"begin new.created_month := {'-(' * deep}1{')' * deep}; return new; end",
            OF["sessions"],
        )


@pytest.mark.parametrize(
    ("declares", "does", "said"),
    [
        (
            "",
            "if current_user = 'importer' then\n return new;\nend if;\n"
            f"new.created_month := {MONTH};",
            "line 3: created_month goes by who writes",
        ),
        (
            "",
            f"new.created_month := {MONTH};\nif extract(minute from now()) = 17 then\n"
            "new.created_month := '1999-01-01';\nend if;",
            "line 4: created_month goes by what time it is",
        ),
        (
            "who text := session_user;",
            f"new.created_month := case when who = 'etl' then '1999-01-01' else {MONTH} end;",
            "line 1: created_month goes by who writes",
        ),
    ],
)
def test_the_line_is_that_of_the_decision(declares: str, does: str, said: str) -> None:
    body = f"declare {declares}\nbegin\n{does}\n\nreturn new;\nend"
    live = {"language": "plpgsql", "body": body, "calls": []}
    assert not_understood(OF["sessions"], live) == said
