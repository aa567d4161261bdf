"""Does every headline fit on its line, with names as long as people give them?"""

from __future__ import annotations

from typing import Any

import pytest

from lib.checks import bypasses, foreign_key, partition_security, policies, replica_identity
from lib.checks.bypasses import judge_text
from lib.checks.policies import Policy
from lib.core.findings import critical
from lib.core.results import Finding
from tests.guards import EVENTS

ROLES = (["anon"], ["authenticated"], ["anon", "authenticated"], ["PUBLIC", "anon"])
NAMES = ("sessions_2026_12", "sessions_default", "events_default")
MANY = (19, 1000)


def fits(found: Finding) -> None:
    assert found.headline, found
    assert not found.headline.endswith("…"), found.headline


def security(relation: str, roles: list[str]) -> dict[str, Any]:
    exposed = {"exposed_to": roles, "strangers": True, "served": False, "locked_out": []}
    return {"relation": relation, "row_security": False, "foreign_table": False, **exposed}


@pytest.mark.parametrize("roles", ROLES)
@pytest.mark.parametrize("deed", ["read", "insert", "update", "delete"])
def test_policy(deed: str, roles: list[str]) -> None:
    table = [{"relation": "public.sessions"}]

    def one(name: str) -> Policy:
        return Policy(f"public.{name}", "p", "anon", "true", True, tuple(roles), deed=deed)

    for name in NAMES:
        fits(policies._open(table, [one(name)], partition_security.CHECK))
    for count in MANY:
        many = [one(f"sessions_{n:04}_01") for n in range(count)]
        fits(policies._open(table, many, partition_security.CHECK))


@pytest.mark.parametrize("roles", ROLES)
def test_open_partition(roles: list[str]) -> None:
    table = security("public.sessions", roles)
    for name in NAMES:
        fits(policies._unbound({"relation": f"public.{name}", "unbound": roles}))
        fits(partition_security._open(table, [security(f"public.{name}", roles)]))
    for count in MANY:
        for to in (roles, []):
            rows = [security(f"public.sessions_{n:04}_01", to) for n in range(count)]
            fits(partition_security._open(table, rows))


@pytest.mark.parametrize("value", bypasses._KINDS)
def test_function_that_switches_the_guards_off(value: str) -> None:
    name = "public.maintain_the_archive(text,date,boolean)"
    row = {"name": name, "value": value, "event": None, "root": "public.sessions", "does": ""}
    row |= {
        "moment": None,
        "callers": ["PUBLIC"],
        "owner": "postgres",
        "adopt": [],
        "result": "void",
    }
    found = judge_text(row | {"always": False, "active": False})
    fits(found)
    assert found.headline.startswith("maintain_the_archive() ")


@pytest.mark.parametrize("count", [1, *MANY])
@pytest.mark.parametrize("columns", [[], ["id"], None])
def test_replica_identity(columns: list[str] | None, count: int) -> None:
    above = {"relation": "public.sessions", "identity": "d", "columns": ["id"], "index": None}
    for published in ([], ["supabase_realtime"]):
        rows = [
            above | {"relation": name, "columns": columns, "published": published, "parent": 1}
            for name in [f"public.sessions_{n:04}_01" for n in range(count)]
        ]
        fits(replica_identity._other(above, rows))


@pytest.mark.parametrize("count", [1, *MANY])
@pytest.mark.parametrize(
    "short", ["is missing", "is not enforced", "is switched off", "is not valid"]
)
def test_foreign_key(short: str, count: int) -> None:
    where = ["public.events_default", *["public.events_2026_12"] * count][:count]
    fits(foreign_key._weak(critical, EVENTS, where, "x", short, "it is so on", ()))
