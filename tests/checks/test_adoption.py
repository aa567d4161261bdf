"""Does a database with its own formulation compare to its own reviewed text?"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from lib.core.errors import AdoptionFailed, SettingInvalid
from lib.faces import cli
from lib.history.adoption import adopt
from lib.settings.settings import load
from lib.trials.reviewed import canonical
from tests.checks.test_guard_behaviour import EVENTS, RIGHT, SESSIONS, WRONG
from tests.looking import look, statuses, watched, worst_finding
from tests.servers import Database

OWN = (
    'alter function {} set search_path = "$user", public, pg_temp;'
    " alter function {} set timezone = 'UTC'"
)


def test_adopted_text_is_the_reviewed_one_from_then_on(database: Database, tmp_path: Path) -> None:
    database.execute(RIGHT["another formula"])
    database.execute(OWN.format(EVENTS, EVENTS))
    assert statuses(look(database)) == {"guard_functions": "warning"}
    with closing(watched(database.role_url)) as handle:
        written = adopt(handle, tmp_path / "reviewed")
        again = adopt(handle, tmp_path / "reviewed")
    assert written == again
    assert len(written) == 2
    for user in ("watchtower", "owner"):
        report = look(database, user, canonical=tmp_path / "reviewed")
        assert statuses(report) == {}, report["guard_functions"]

    database.execute(WRONG["without UTC"])
    report = look(database, canonical=tmp_path / "reviewed")
    assert statuses(report) == {"guard_behaviour": "critical", "guard_functions": "critical"}
    database.execute(worst_finding(report, "guard_functions").remedy or "")
    assert statuses(look(database, canonical=tmp_path / "reviewed")) == {}
    assert statuses(look(database)) == {"guard_functions": "warning"}


def test_the_written_files_run_as_they_stand(database18: Database, tmp_path: Path) -> None:
    with closing(watched(database18.owner_url)) as handle:
        paths = adopt(handle, tmp_path)
    assert len(canonical(paths)) == 2
    for path in paths:
        database18.run_file(path)
    assert statuses(look(database18)) == {}


def test_a_missing_function_writes_nothing(database18: Database, tmp_path: Path) -> None:
    database18.execute(f"drop function {SESSIONS} cascade")
    with (
        closing(watched(database18.role_url)) as handle,
        pytest.raises(AdoptionFailed, match="nothing was written"),
    ):
        adopt(handle, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_command_line(
    database18: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", database18.role_url)
    assert cli.main(["adopt", str(tmp_path / "x")]) == 0
    assert "WATCHTOWER_CANONICAL=" in capsys.readouterr().out
    monkeypatch.setenv("WATCHTOWER_CANONICAL", str(tmp_path / "x"))
    assert cli.main(["verify"]) == 0
    assert cli.main(["verify-triggers"]) == 0
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.delenv("WATCHTOWER_CANONICAL")
    assert cli.main(["adopt", str(tmp_path / "file")]) == 1


def test_a_folder_that_holds_nothing_is_refused_by_name(tmp_path: Path) -> None:
    for name in (str(tmp_path), str(tmp_path / "nowhere")):
        with pytest.raises(SettingInvalid, match="WATCHTOWER_CANONICAL must name a folder"):
            load({"WATCHTOWER_CANONICAL": name}, {})
