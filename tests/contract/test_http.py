"""Does the endpoint answer in the contract's shapes, and give nothing away? No database needed."""

from __future__ import annotations

import logging
import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib.core.errors import DatabaseUnreachable, QueryFailed, SettingInvalid
from lib.core.results import Report
from lib.faces import api
from lib.settings.gate import PER_CLIENT
from tests.contract.reports import BEARER, CRITICAL, OK, SECRET, Held, report

PASSWORD = "pa55word"
GONE = DatabaseUnreachable("The database at db.example:5432 refuses the connection.")
UNAUTHORIZED = {"error": "Unauthorized"}


def web(watch: Held) -> TestClient:
    return TestClient(Starlette(routes=api.routes(watch)))


def held(answer: Report | BaseException | None = None, secret: str | None = SECRET) -> Held:
    return Held(report(OK) if answer is None else answer, secret)


def test_body_has_the_contracts_keys_in_their_types() -> None:
    body = web(held(report(CRITICAL))).post(api.PATH, headers=BEARER).json()
    assert list(body) == ["ok", "status", "checked_at", "duration_ms", "drift", "checks"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["checked_at"])
    assert (body["duration_ms"], body["drift"]) == (42, {"ok": False})
    for check in body["checks"]:
        assert list(check) == ["check", "status", "summary", "findings"]
        for finding in check["findings"]:
            assert list(finding) == ["subject", "status", "detail", "remedy"]


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {SECRET}"},
        {"authorization": f"bearer  {SECRET} "},
        {"x-watchtower-secret": SECRET},
        {"authorization": "Bearer of-another-system", "x-watchtower-secret": SECRET},
    ],
)
def test_either_header_opens_without_body_or_content_type(headers: dict[str, str]) -> None:
    watch = held()
    request = TestClient.build_request(web(watch), "POST", api.PATH, headers=headers)
    assert "content-type" not in request.headers
    assert web(watch).send(request).status_code == 200
    assert watch.asked == [("bearer of the secret, testclient", "endpoint")]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": "Bearer"},
        {"authorization": f"Basic {SECRET}"},
        {"authorization": SECRET},
        {"authorization": f"Bearer {SECRET}x"},
        {"authorization": f"Bearer {SECRET[:-1]}"},
        {"x-watchtower-secret": ""},
        {"x-watchtower-secret": SECRET.upper()},
    ],
)
def test_missing_or_wrong_secret_is_401_and_nothing_runs(headers: dict[str, str]) -> None:
    watch = held()
    answer = web(watch).post(api.PATH, headers=headers)
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)
    assert watch.asked == []


@pytest.mark.parametrize("presented", [BEARER, {"authorization": "Bearer "}, {}])
@pytest.mark.parametrize("secret", [None, ""])
def test_no_secret_configured_is_401_for_everybody(
    secret: str | None, presented: dict[str, str]
) -> None:
    watch = held(secret="x")
    watch.gate = type(watch.gate)(secret)
    answer = web(watch).post(api.PATH, headers=presented)
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)
    assert watch.asked == []


@pytest.mark.parametrize("origin", ["http://testserver", "null", "https://evil.example", ""])
def test_request_with_an_origin_is_403_with_the_right_secret_too(origin: str) -> None:
    watch = held()
    answer = web(watch).post(api.PATH, headers={**BEARER, "origin": origin})
    assert answer.status_code == 403
    assert list(answer.json()) == ["error"]
    assert watch.asked == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_are_405_and_say_which_one(method: str) -> None:
    watch = held()
    answer = web(watch).request(method, api.PATH, headers=BEARER)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert watch.asked == []


@pytest.mark.parametrize("path", [api.STATUS_PATH, api.METRICS_PATH, api.BADGE_PATH])
def test_what_is_read_alone_takes_no_other_method(path: str) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = web(held()).request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert web(held()).head(path).status_code == 200


@pytest.mark.parametrize(("size", "code"), [(0, 200), (16 * 1024, 200), (16 * 1024 + 1, 413)])
def test_body_over_16_kib_is_413_and_up_to_there_it_is_ignored(size: int, code: int) -> None:
    watch = held()
    told = web(watch).post(api.PATH, headers=BEARER, content=b"x" * size)
    streamed = web(watch).post(api.PATH, headers=BEARER, content=iter([b"x" * size]))
    assert [told.status_code, streamed.status_code] == [code, code]
    assert len(watch.asked) == (2 if code == 200 else 0)


def test_large_body_without_the_secret_is_401() -> None:
    assert web(held()).post(api.PATH, content=b"x" * 99_999).status_code == 401


def test_client_that_keeps_failing_is_429_with_retry_after() -> None:
    client = web(held())
    codes = [client.post(api.PATH).status_code for _ in range(PER_CLIENT + 1)]
    assert codes == [401] * PER_CLIENT + [429]
    answer = client.post(api.PATH)
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert list(answer.json()) == ["error"]


@pytest.mark.parametrize(
    "error",
    [
        GONE,
        SettingInvalid("DATABASE_URL is not a PostgreSQL connection string."),
        QueryFailed("session/identity", "57P01", "The connection was closed."),
    ],
)
def test_database_that_cannot_be_reached_is_503_unknown_with_one_sentence(
    error: Exception,
) -> None:
    answer = web(held(error)).post(api.PATH, headers=BEARER)
    assert answer.status_code == 503
    assert answer.json() == {"ok": False, "status": "unknown", "error": str(error)}


def test_what_nobody_foresaw_is_503_unknown_without_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = RuntimeError(f"postgresql://watchtower:{PASSWORD}@db/x")
    with caplog.at_level(logging.CRITICAL):
        answer = web(held(error)).post(api.PATH, headers=BEARER)
    assert answer.status_code == 503
    assert answer.json()["status"] == "unknown"
    assert PASSWORD not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("path", ["/api", "/api/watchtower", api.PATH + "/", "/api/nothing"])
def test_another_path_is_404_as_json(path: str) -> None:
    answer = web(held()).get(path)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


def test_request_id_is_echoed_on_every_answer() -> None:
    client = web(held())
    for method, headers in (("POST", BEARER), ("POST", {}), ("GET", {})):
        asked = {**headers, "x-request-id": "run-7"}
        answer = client.request(method, api.PATH, headers=asked)
        assert answer.headers["x-request-id"] == "run-7"
        assert answer.headers["cache-control"] == "no-store"
    for rubbish in ("", "a b", "x" * 201):
        answer = client.post(api.PATH, headers={**BEARER, "x-request-id": rubbish})
        assert "x-request-id" not in answer.headers


def test_no_face_repeats_the_secret_and_none_may_be_kept_by_a_cache() -> None:
    client = web(held(report(CRITICAL)))
    answers = [client.post(api.PATH, headers=BEARER), client.post(api.PATH)]
    answers += [client.get(p) for p in (api.STATUS_PATH, api.METRICS_PATH, api.BADGE_PATH)]
    for answer in answers:
        assert SECRET not in answer.text + str(answer.headers)
        assert answer.headers["cache-control"] == "no-store"
