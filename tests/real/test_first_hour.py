"""Does the first hour with production lead from an empty declaration to green, and tear nothing?"""

from __future__ import annotations

from pathlib import Path

from lib.core.declaration import declared, use
from tests.faces import command
from tests.real import OWNER_OF_TABLES
from tests.real.test_as_it_was import TEXTS
from tests.servers import SUPERUSER, Database

TORN = (
    "select count(*) from public.calls as c where c.matched_session_id is not null and not exists ("
    "select from public.sessions as s"
    " where (s.id, s.created_month) = (c.matched_session_id, c.session_created_month))"
)


def test_discover_set_up_plan_apply_verify(production: Database, tmp_path: Path) -> None:
    """As docs/operating.md tells it, with one decision: a policy shows rows to strangers."""
    production.execute(
        "do $$ begin create role watchtower login; exception when duplicate_object then end $$",
        user=SUPERUSER,
    )
    before, own = declared(), tmp_path / "guards.toml"
    own.write_text("", encoding="utf-8")
    texts, torn = production.rows(TEXTS, user=SUPERUSER), production.value(TORN, user=SUPERUSER)
    owner = production.url(OWNER_OF_TABLES)
    environ = {"DATABASE_URL": owner, "WATCHTOWER_GUARDS": str(own)}
    try:
        code, found, error = command("discover", **environ)
        assert (code, found.count("\n[[guard]]\n")) == (0, 3), error
        calm = 'steady = false\ntable = "public.calls"'  # which only a person knows
        own.write_text(found.replace('table = "public.calls"', calm), encoding="utf-8")
        code, said, error = command("adopt", str(tmp_path / "reviewed"), **environ)
        assert code == 0, said + error
        environ["WATCHTOWER_CANONICAL"] = str(tmp_path / "reviewed")
        code, said, error = command("setup", "--check", **environ)
        assert (code, "missing" in said) == (1, True), said + error
        code, script, error = command("setup", **environ)
        assert code == 0, error
        production.execute(script, user=OWNER_OF_TABLES)
        environ |= {"DATABASE_URL": production.role_url, "WATCHTOWER_ADMIN_URL": owner}
        code, said, error = command("apply", "--yes", **environ)
        assert " done, 0 could not be done, 1 left to a person." in said, said + error
        assert said.count("  a person decides: the policy Public View ") == 1
        production.execute(
            'drop policy "Public View" on public.events_default', user=OWNER_OF_TABLES
        )
        code, said, error = command("verify", **environ)
        assert code == 0, said + error
    finally:
        use(before)
    assert production.rows(TEXTS, user=SUPERUSER) == texts, "no guard's text has changed"
    assert production.value(TORN, user=SUPERUSER) <= torn, "no call is torn"
