"""Does a guard of production come back as it was, and no other guard's text change with it?"""

from __future__ import annotations

import re

from tests.faces import command
from tests.looking import look
from tests.real import OWNER_OF_TABLES
from tests.servers import SUPERUSER, Database

TEXTS = (
    "select proname, pg_get_functiondef(oid) from pg_proc"
    " where starts_with(proname, 'trg_') order by 1"
)


def test_a_guard_emptied_by_hand_comes_back_to_the_letter(production: Database) -> None:
    production.run_setup(OWNER_OF_TABLES)
    look(production)
    before = production.rows(TEXTS, user=SUPERUSER)
    production.execute(
        "create or replace function public.trg_events_set_session_month_from_session()"
        " returns trigger language plpgsql as 'begin return new; end'",
        user=OWNER_OF_TABLES,
    )
    environ = {
        "DATABASE_URL": production.role_url,
        "WATCHTOWER_ADMIN_URL": production.url(OWNER_OF_TABLES),
    }
    _, said, _ = command("plan", **environ)
    (digest,) = set(re.findall(r"--as-it-was (\w+)", said))
    _, _, error = command("apply", "--yes", "--as-it-was", digest, **environ)
    assert production.rows(TEXTS, user=SUPERUSER) == before, error
    assert look(production)["guard_behaviour"].status.word == "ok"
