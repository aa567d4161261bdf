"""Does `python -m lib setup --check` say what is there, as the owner and as the role?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from lib.core.declaration import use
from tests.faces import command
from tests.guards import GUARDS
from tests.real import OWNER_OF_TABLES
from tests.servers import Database, Server
from tests.setup.test_script import DECLARED, run, visits  # noqa: F401


def checked(database: Database, user: str = "watchtower", **environ: str) -> dict[str, Any]:
    """What the command answers, after its exit code was looked at."""
    code, out, error = command(
        "setup", "--check", "--json", DATABASE_URL=database.url(user), **environ
    )
    assert error == ""
    told: dict[str, Any] = json.loads(out)
    assert code == (0 if told["complete"] else 1)
    return told


def states(told: dict[str, Any], group: str) -> set[str]:
    """How do the objects of this group stand?"""
    return {each["state"] for each in told["objects"] if each["group"] == group}


@pytest.mark.parametrize("user", ["watchtower", "owner"])
def test_what_is_set_up_is_complete(database: Database, user: str) -> None:
    told = checked(database, user)
    assert [each for each in told["objects"] if each["left"]] == []
    assert told["situation"] == "set up"
    assert states(told, "Guards") == {"made by us", "there"}


def test_tables_alone_are_not_set_up(bare: Database) -> None:
    told = checked(bare, "owner")
    assert told["situation"] == "not set up"
    assert states(told, "Guards") == {"missing"}
    bare.run_setup()
    assert checked(bare, "owner")["complete"]


def test_another_database_is_told_apart(server: Server) -> None:
    with server.new_database() as empty:
        told = checked(empty, "owner")
    assert told["situation"] == "not the database that is declared"
    assert "public.sessions and public.events" in told["words"]
    assert told["commands"] == []
    assert {each["group"] for each in told["objects"]} == {"Tables"}


def test_what_differs_is_shown(database: Database) -> None:
    database.execute(
        "create or replace function public.verify_partition_triggers_exist() returns boolean"
        " language sql security definer set search_path = '' as 'select true'"
    )
    told = checked(database)
    assert [each["name"] for each in told["objects"] if each["left"]] == [
        "public.verify_partition_triggers_exist()"
    ]
    code, out, _ = command("setup", "--diff", DATABASE_URL=database.role_url)
    assert code == 1
    assert out.startswith("--- public.verify_partition_triggers_exist() in the database\n+++")
    assert "\n-select true\n" in out


def test_a_role_without_rights_is_told_apart(database: Database) -> None:
    database.execute("revoke select (created_at) on public.sessions from watchtower")
    told = checked(database)
    assert told["situation"] == "this role has no rights here"
    assert "public.sessions" in told["words"]


def test_guards_of_production_are_its_own(production: Database) -> None:
    told = checked(production, OWNER_OF_TABLES)
    assert told["situation"] == "set up in part"
    assert states(told, "Guards") == {"different", "there"}  # the text, and the trigger


def test_other_guards(visits: Database) -> None:  # noqa: F811
    environ = {"WATCHTOWER_GUARDS": str(DECLARED)}
    assert checked(visits, "owner", **environ)["situation"] == "not set up"
    code, out, _ = command("setup", DATABASE_URL=visits.owner_url, **environ)
    assert code == 0
    run(visits, out)
    for user in ("watchtower", "owner"):
        assert checked(visits, user, **environ)["complete"], user
    use(GUARDS)


def test_for_a_person(database: Database) -> None:
    code, out, _ = command("setup", "--check", DATABASE_URL=database.role_url)
    assert (code, out.partition(":")[0]) == (0, "set up")
    assert "  ✓ made by us public.trg_sessions_set_created_month()\n" in out


def test_a_database_that_is_down_is_said(database: Database) -> None:
    url = database.role_url.replace(database.name, "nowhere")
    code, out, error = command("setup", "--check", DATABASE_URL=url)
    assert (code, out) == (3, "")
    assert "has no such database or role" in error
