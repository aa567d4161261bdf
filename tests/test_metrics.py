"""Do Prometheus and an uptime check learn what the page shows, and nothing that was not seen?"""

from __future__ import annotations

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib.checks import CHECKS
from lib.faces import api
from lib.settings.alert_settings import AlertSettings
from lib.watch.watch import Watch
from tests.alerts.test_alerts import waits
from tests.proxy import Proxy
from tests.receivers import SECRET, receiving
from tests.servers import ROOT, Database
from tests.test_api import BEARER, PATH, serving
from tests.test_database import socket_of, through

METRICS, STATUS, BADGE = "/metrics", "/api/watchtower/status", "/badge.svg"


def scraped(client: TestClient) -> dict[tuple[str, str], float]:
    """Each sample by its name and its label's value."""
    answer = client.get(METRICS)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_healthy_database_in_numbers(database18: Database) -> None:
    with serving(database18.role_url) as client:
        assert client.post(PATH, headers=BEARER).status_code == 200
        found = scraped(client)
    assert found["watchtower_status", ""] == 0
    assert found["watchtower_up", ""] == 1
    assert {check for name, check in found if name == "watchtower_check_status"} == {
        check.name for check in CHECKS
    }
    assert found["watchtower_check_age_seconds", "guard_triggers"] < 60
    assert found["watchtower_wrong_keys", "sessions"] == 0
    assert found["watchtower_default_rows", "events"] == 0
    assert found["watchtower_join_ratio", "events"] == 1
    assert found["watchtower_months_ahead", "sessions"] == 3
    assert found["watchtower_verification_duration_seconds_count", ""] == 1


def test_drift_in_numbers_and_503_for_uptime_checks(database18: Database) -> None:
    database18.execute(
        "drop trigger sessions_set_created_month on public.sessions;"
        "alter table public.events drop constraint fk_events_session;"
        "insert into public.sessions (id, created_month, created_at)"
        " select gen_random_uuid(), (date_trunc('month', now()) + interval '1 month')::date, now()"
        " from generate_series(1, 3)"
    )
    with serving(database18.role_url) as client:
        found, status, badge = scraped(client), client.get(STATUS), client.get(BADGE)
    assert found["watchtower_status", ""] == 3
    assert found["watchtower_check_status", "guard_triggers"] == 3
    assert found["watchtower_wrong_keys", "sessions"] == 3
    assert status.status_code == 503
    assert status.json()["status"] == "critical"
    assert status.json()["checks"]["guard_triggers"] == "critical"
    assert badge.headers["content-type"] == "image/svg+xml"
    assert badge.headers["cache-control"] == "no-store", "a badge of yesterday proves nothing"
    assert "partitions: critical" in badge.text


def test_alert_that_does_not_arrive_is_counted_and_the_guide_names_what_there_is(
    database18: Database,
) -> None:
    database18.execute("drop trigger sessions_set_created_month on public.sessions")
    failures = ("watchtower_alert_failures_total", "1 (JSON)")
    with receiving() as receiver:
        receiver.answers = [None]
        alerts = AlertSettings((receiver.address("&rto=0.2"),), after=1)
        with serving(database18.role_url, alerts=alerts) as client:
            assert scraped(client)[failures] == 0, "there from the start, so that it can grow"
            assert client.post(PATH, headers=BEARER).status_code == 200
            waits(lambda: scraped(client)[failures] == 1)
            database18.run_setup()
            assert client.post(PATH, headers=BEARER).json()["ok"] is True
            waits(lambda: scraped(client)["watchtower_alerts_sent_total", "1 (JSON)"] == 1)
            found = {name for name, _ in scraped(client)}
            assert SECRET not in client.get(METRICS).text
    guide = (ROOT / "docs" / "alerts-and-history.md").read_text(encoding="utf-8")
    rules = "".join(re.findall(r"```yaml\ngroups:.*?```", guide, re.DOTALL))
    named = set(re.findall(r"\bwatchtower_\w+", rules))
    assert len(named) == 5
    assert named <= found


def test_uptime_check_of_a_healthy_database_is_200(database18: Database) -> None:
    with serving(database18.role_url) as client:
        answer = client.get(STATUS)
        assert answer.status_code == 200
        assert answer.json()["ok"] is True
        assert client.post(STATUS).status_code == 405
        assert client.post(METRICS).status_code == 405


def test_what_cannot_be_seen_has_no_sample(database18: Database) -> None:
    database18.execute("revoke all on public.events from watchtower")
    with serving(database18.role_url) as client:
        found = scraped(client)
    assert found["watchtower_check_status", "row_visibility"] == 2
    assert ("watchtower_join_ratio", "events") not in found
    assert ("watchtower_orphan_rows", "events") not in found


def test_database_that_is_gone_is_unknown_and_not_up(database18: Database) -> None:
    proxy = Proxy(socket_of(database18))
    with serving(through(proxy.port, database18), refresh_seconds=1) as client:
        assert scraped(client)["watchtower_check_status", "guard_triggers"] == 0
        proxy.close()
        waits(lambda: "error" in client.get(STATUS).json())
        found, status = scraped(client), client.get(STATUS)
        assert "partitions: unknown" in client.get(BADGE).text
    assert found["watchtower_up", ""] == 0
    assert found["watchtower_status", ""] == 2
    assert {value for (name, _), value in found.items() if name == "watchtower_check_status"} == {2}
    assert not [name for name, _ in found if name == "watchtower_wrong_keys"], "nobody counted"
    assert status.status_code == 503
    assert set(status.json()["checks"].values()) == {"unknown"}, "what was seen before is no proof"
    assert "refuses the connection" in status.json()["error"]


@pytest.mark.parametrize("path", [METRICS, STATUS, BADGE])
def test_token_opens_all_where_one_is_set(
    path: str, database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(database18.role_url, metrics_token="number-seven") as client:
        assert client.get(path).status_code == 401
        assert client.get(path, headers=BEARER).status_code == 401
        right = {"authorization": "Bearer number-seven"}
        assert client.get(path, headers=right).status_code == 200
    with serving(database18.role_url, sign_in_required=True) as client:
        assert client.get(path).status_code == 401, "looking needs a sign-in there"
    monkeypatch.setenv("WATCHTOWER_METRICS_TOKEN", "number-seven")
    monkeypatch.setenv("WATCHTOWER_SCHEDULE", "sometimes")
    watch = Watch()
    watch.start()
    client = TestClient(Starlette(routes=api.routes(watch)))
    assert client.get(path).status_code == 401, "also where another setting is malformed"
    assert client.get(path, headers=right).status_code != 401
