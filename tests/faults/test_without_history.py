"""Is nothing lost where the history is not there yet, and is it named where that is the cause?"""

from __future__ import annotations

import pytest

from lib.core.statements import readable
from lib.db.sql import ROOT
from lib.faces.cli import main
from lib.repairs.plan import plan
from tests.looking import look, worst_finding
from tests.repairs.test_repairs import KEPT, apply
from tests.servers import Database

GONE = "drop table public.watchtower_checks;"
RPC = (
    "create or replace function public.watchtower_partition_drift_check_v1() returns jsonb"
    " language plpgsql security definer set search_path = '' as $$ begin {} end $$;"
)
INSERTS = (
    "insert into public.watchtower_checks (check_name, ok) values ('the owner''s own', true);"
    " return '{\"ok\": true}';"
)
TEXT = (
    "select details ->> 'text' from public.watchtower_checks"
    " where check_name = 'partition_watchtower_definition'"
)


def test_text_that_is_replaced_without_a_history(database18: Database) -> None:
    """It is printed before, and the history is made before it, so that it is kept there too."""
    own = "raise exception 'the owner''s own';"
    database18.execute(GONE + RPC.format(own))
    said: list[str] = []
    outcome = apply(database18, say=said.append)
    assert not outcome.failed
    assert outcome.report.ok
    first = next(n for n, words in enumerate(said) if " of " in words and "Restore" in words)
    assert own in "\n".join(said[:first])
    assert any(own in row[0] for row in database18.rows(TEXT))
    kept = [row[0] for row in database18.rows(KEPT)]
    assert [row["state"] for row in kept] == ["ended"]
    assert any(own in statement for statement in kept[0]["before"])


def test_rpc_whose_history_is_missing(
    database18: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The history is made, and the RPC, which is right but for that, stays."""
    monkeypatch.setenv("DATABASE_URL", database18.role_url)
    for own in ("", RPC.format(INSERTS)):
        database18.execute(GONE + own)
        assert main(["verify-triggers"]) == 1
        assert capsys.readouterr().err.endswith("; repair: psql -f sql/setup/20_history.sql\n")
        report = look(database18)
        assert "40_rpcs" not in readable(worst_finding(report, "rpc_answers").remedy or "")
        files = [action.file for action in plan(report).actions]
        assert files == ["sql/setup/20_history.sql", "sql/setup/50_role.sql"]
        database18.run_file(ROOT / "sql" / "setup" / "20_history.sql")
        assert main(["verify-triggers"]) == 0
