"""Can the demo's green light be taken for another database's?"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib import api, proof
from lib.access.gate import PER_CLIENT
from lib.commands.verify import as_text
from lib.errors import DatabaseUnreachable
from tests.contract.reports import BEARER, CRITICAL, OK, Held, report

GONE = DatabaseUnreachable("The database is not ready yet: starting.")


@pytest.mark.parametrize("demo", [True, False])
def test_demo_in_every_answer(demo: bool) -> None:
    codes = []
    for answer in (report(OK), report(CRITICAL), GONE):
        watch = Held(answer)
        watch.snapshot = replace(watch.snapshot, demo=demo)
        client = TestClient(Starlette(routes=api.routes(watch)))
        answers = [
            client.post(api.PATH, headers=BEARER),
            client.post(api.PATH, headers={**BEARER, "origin": "https://evil.example"}),
            client.post(api.PATH, headers=BEARER, content=b"x" * 99_999),
            client.get(api.PATH),
            client.post(api.STATUS_PATH),
            client.get(api.STATUS_PATH),
            client.get("/api/nothing"),
            *(client.post(api.PATH) for _ in range(PER_CLIENT + 1)),
        ]
        for each in answers:
            assert each.json().get("demo") is (True if demo else None)
        codes += [each.status_code for each in answers]
        word = watch.snapshot.status(datetime.now(UTC)).word
        assert f"partitions: {'demo: ' * demo}{word}<" in client.get(api.BADGE_PATH).text
        said = client.get(api.METRICS_PATH).text
        assert f'\nwatchtower_info{{demo="{str(demo).lower()}"}} 1.0\n' in said
    assert set(codes) == {200, 401, 403, 404, 405, 413, 429, 503}


def test_demo_in_what_is_printed_and_kept() -> None:
    told = replace(report(OK), demo=True)
    assert as_text(told).startswith("demo: ok: reference, PostgreSQL 18.4\n")
    for text in (proof.to_html(told, proof.ORIGIN), proof.to_markdown(told, proof.ORIGIN)):
        assert re.search(r"reference \(the embedded demo\)", text)
    assert '"demo": true' in proof.to_json(told, proof.ORIGIN)
