"""Does the endpoint answer as the contract says, to the runbook's curl and to rubbish?"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib.checks import CHECKS
from lib.faces import api
from lib.settings.gate import PER_CLIENT
from lib.settings.settings import Settings, parse_url
from lib.watch.watch import Watch
from tests.servers import Database

SECRET = "correct-horse-battery"
PATH = "/api/watchtower/partition-drift"
BEARER = {"authorization": f"Bearer {SECRET}"}


@contextmanager
def serving(url: str, secret: str | None = SECRET, **more: Any) -> Iterator[TestClient]:
    """The API over a watch of this database, for as long as the block runs."""
    watch = Watch(lambda: Settings(parse_url("x", url), secret, **more))

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        watch.start()
        until_looked(watch)
        yield
        watch.stop()

    with TestClient(Starlette(routes=api.routes(watch), lifespan=lifespan)) as client:
        yield client


def until_looked(watch: Watch, seconds: float = 15) -> None:
    """Wait until the first round ended, well or not."""
    ended = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if watch.snapshot.report or watch.snapshot.trouble:
            return
        ended.wait(0.05)
    raise AssertionError("the watch did not look")


@pytest.fixture
def client(database18: Database) -> Iterator[TestClient]:
    with serving(database18.role_url) as served:
        yield served


def history(database: Database) -> list[tuple[Any, ...]]:
    return database.rows(
        "select check_name, ok, details->>'who', details->>'face' from public.watchtower_checks"
        " order by created_at, check_name"
    )


def test_runbooks_curl_gets_the_contracts_body(client: TestClient, database18: Database) -> None:
    response = client.post(PATH, headers={**BEARER, "x-request-id": "run-7"})
    assert response.status_code == 200
    assert response.headers["x-request-id"] == "run-7"
    body = response.json()
    assert set(body) == {"ok", "status", "checked_at", "duration_ms", "drift", "checks"}
    assert body["ok"] is True
    assert body["status"] == "ok"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["checked_at"])
    assert isinstance(body["duration_ms"], int)
    assert body["drift"]["ok"] is True
    assert len(body["checks"]) == len(CHECKS)
    for check in body["checks"]:
        assert set(check) == {"check", "status", "summary", "findings"}
        assert check["findings"]
        for finding in check["findings"]:
            assert set(finding) == {"subject", "status", "detail", "remedy"}
    rpc, own = (row for row in history(database18) if not row[0].endswith("_proven"))
    assert rpc[:2] == ("partition_drift_v1", True)
    assert own[:2] == ("partition_watchtower", True)
    assert own[3] == "endpoint"


def test_other_header_is_accepted(client: TestClient) -> None:
    assert client.post(PATH, headers={"x-watchtower-secret": SECRET}).status_code == 200


def test_dropped_trigger_turns_it_red_and_repairing_green(
    client: TestClient, database18: Database
) -> None:
    trigger = "events_set_session_month_from_session"
    definition = database18.value(
        "select pg_get_triggerdef(oid) from pg_trigger where tgrelid = 'public.events'::regclass"
        " and tgname = %s",
        [trigger],
    )
    database18.execute(f"drop trigger {trigger} on public.events")
    body = client.post(PATH, headers=BEARER).json()
    assert body["ok"] is False
    assert body["status"] == "critical"
    assert body["drift"]["ok"] is False
    (finding,) = [
        finding for finding in body["checks"][0]["findings"] if finding["status"] == "critical"
    ]
    assert trigger in finding["detail"]
    assert f"create or replace trigger {trigger}" in finding["remedy"]
    database18.execute(definition)
    assert client.post(PATH, headers=BEARER).json()["ok"] is True


def test_missing_drift_rpc_is_200_with_null(client: TestClient, database18: Database) -> None:
    database18.execute("drop function public.watchtower_partition_drift_check_v1()")
    response = client.post(PATH, headers=BEARER)
    assert response.status_code == 200
    assert response.json()["drift"] is None
    assert response.json()["status"] == "critical"


def test_wrong_or_missing_secret_is_401_and_then_429(client: TestClient) -> None:
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {SECRET}"}):
        response = client.post(PATH, headers=headers)
        assert response.status_code == 401
        assert response.json() == {"error": "Unauthorized"}
    for _ in range(PER_CLIENT - 3):
        client.post(PATH, headers={"x-watchtower-secret": "wrong"})
    response = client.post(PATH, headers={"authorization": "Bearer wrong"})
    assert response.status_code == 429
    assert 1 <= int(response.headers["retry-after"]) <= 60
    assert client.post(PATH, headers=BEARER).status_code == 200, "the right one is never held up"


def test_bearer_of_another_system_does_not_hide_the_other_header(client: TestClient) -> None:
    headers = {"authorization": "Bearer of-the-proxy", "x-watchtower-secret": SECRET}
    assert client.post(PATH, headers=headers).status_code == 200


def test_secret_that_is_not_ascii(database18: Database) -> None:
    with serving(database18.role_url, secret="ein geheimes pässwörd ✓") as client:
        bearer = {"authorization": "Bearer ein geheimes pässwörd ✓".encode()}
        assert client.post(PATH, headers=bearer).status_code == 200


def test_malformed_address_is_503_for_who_has_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHTOWER_SECRET", SECRET)
    monkeypatch.setenv("DATABASE_URL", "rubbish:pa55word")
    watch = Watch()
    watch.start()
    with TestClient(Starlette(routes=api.routes(watch))) as client:
        response = client.post(PATH, headers=BEARER)
    assert response.status_code == 503
    assert response.json()["error"].startswith("DATABASE_URL is not a PostgreSQL")


def test_no_secret_configured_is_401(database18: Database) -> None:
    with serving(database18.role_url, secret=None) as client:
        response = client.post(PATH, headers=BEARER)
        assert response.status_code == 401
        assert response.json() == {"error": "Unauthorized"}


def test_secret_that_is_too_short_is_401_and_the_watch_goes_on(database18: Database) -> None:
    with serving(database18.role_url, secret="x" * 15) as client:
        response = client.post(PATH, headers={"authorization": f"Bearer {'x' * 15}"})
        assert (response.status_code, response.json()) == (401, {"error": "Unauthorized"})
        assert client.get("/api/watchtower/status").json()["ok"] is True


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
def test_other_methods_are_405(method: str, client: TestClient) -> None:
    response = client.request(method, PATH, headers=BEARER)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/watchtower", PATH + "/", "/api/x?y=1"])
def test_unknown_api_path_is_404(path: str, client: TestClient) -> None:
    for method in ("GET", "POST"):
        response = client.request(method, path, headers=BEARER)
        assert response.status_code == 404
        assert response.json() == {"error": "Not Found"}


def test_browser_is_refused(client: TestClient) -> None:
    assert client.post(PATH, headers={**BEARER, "origin": "http://testserver"}).status_code == 403


def test_large_body_is_413_and_a_small_one_ignored(client: TestClient) -> None:
    assert client.post(PATH, headers=BEARER, content=b"x" * 1_000_000).status_code == 413
    told = {**BEARER, "content-length": "99000000000"}
    assert client.post(PATH, headers=told, content=b"x").status_code == 413, "before it is read"
    assert client.post(PATH, headers=BEARER, content=b"\xff{not json").status_code == 200

    def endless() -> Iterator[bytes]:
        for _ in range(1000):
            yield b"x" * 1000

    assert client.post(PATH, headers=BEARER, content=endless()).status_code == 413


def test_request_id_that_could_split_a_header_is_not_echoed(client: TestClient) -> None:
    for rubbish in ("a b", "ü" * 3, "x" * 500):
        headers = {**BEARER, "x-request-id": rubbish.encode("latin-1")}
        assert "x-request-id" not in client.post(PATH, headers=headers).headers


def test_unreachable_database_is_503_without_a_secret_in_body_or_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving("postgresql://watchtower:pa55word@127.0.0.1:1/db") as client:
        response = client.post(PATH, headers=BEARER)
    assert response.status_code == 503
    assert response.json() == {
        "ok": False,
        "status": "unknown",
        "error": "The database at 127.0.0.1:1 refuses the connection: nothing listens there.",
    }
    assert "pa55word" not in caplog.text
    assert SECRET not in caplog.text


def test_requests_that_come_meanwhile_join_one_run(
    client: TestClient, database18: Database
) -> None:
    database18.execute(
        "create function public.dawdle() returns boolean language plpgsql security definer"
        " as $$ begin perform pg_sleep(1); return true; end $$;"
        "create or replace function public.verify_partition_triggers_exist() returns boolean"
        " language sql as 'select public.dawdle()'"
    )
    codes: list[int] = []
    threads = [
        threading.Thread(target=lambda: codes.append(client.post(PATH, headers=BEARER).status_code))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [200] * 8
    runs = database18.value(
        "select count(*) from public.watchtower_checks where check_name = 'partition_watchtower'"
    )
    assert 1 <= runs < 8
