"""Does what docs/hardening.md asks of the history's grants name whoever can write it?"""

from __future__ import annotations

import re

from tests.servers import ROOT, SUPERUSER, Database


def test_members_and_grants_on_columns_are_named(database18: Database) -> None:
    text = (ROOT / "docs" / "hardening.md").read_text(encoding="utf-8")
    found = re.search(r"`(select rolname from pg_roles[^`]+)`", text)
    assert found
    database18.execute(
        "create role told_member noinherit; grant watchtower to told_member;"
        " create role told_column; create role told_none;"
        " grant update (ok) on public.watchtower_checks to told_column",
        user=SUPERUSER,
    )
    try:
        names = {row[0] for row in database18.rows(found[1])}
    finally:
        database18.execute(
            "drop owned by told_column; drop role told_member, told_column, told_none",
            user=SUPERUSER,
        )
    assert {"told_member", "told_column", "watchtower"} <= names
    assert "told_none" not in names
