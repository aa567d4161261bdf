"""How it is started and stopped, and where it then answers."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lib.demo import embedded
from lib.demo.place import DIRECTORY_SETTING, Place
from lib.faces import api, docs
from tests.demo.test_demo import directory
from tests.poolers import free_port
from tests.proxy import Proxy
from tests.servers import PORT, Database
from tests.starts import WAYS, Started, apart, started
from tests.waiting import waits

SECRET = "correct-horse-battery"
HEALTH = "/_stcore/health"
BASE = "/watch/er"


@pytest.mark.landing
def test_below_the_base(tmp_path: Path, database18: Database) -> None:
    settings = {"DATABASE_URL": database18.role_url, "WATCHTOWER_SECRET": SECRET}
    folder = apart(tmp_path, baseUrlPath="watch/er/", headless=True)
    with started(folder, way="python", **settings) as app:
        waits(lambda: app.ask(api.STATUS_PATH)[0] == 200)
        for base in ("", BASE):
            assert app.ask(base + HEALTH) == (200, "ok")
            code, body = app.body(base + api.PATH, "POST", authorization=f"Bearer {SECRET}")
            assert (code, body["ok"]) == (200, True)
            assert app.body(base + api.PATH, "POST") == (401, {"error": "Unauthorized"})
            assert app.body(base + api.PATH)[0] == 405
            assert app.body(base + api.STATUS_PATH)[1]["status"] == "ok"
            assert "\nwatchtower_up 1.0\n" in app.ask(base + api.METRICS_PATH)[1]
            assert app.ask(base + api.BADGE_PATH)[1].startswith("<svg")
            for path, code in ((docs.PATH, 200), ("/docs/wrong_keys", 200), ("/docs/nothing", 404)):
                answer = app.ask(base + path)
                assert (answer[0], "wrong_keys" in answer[1]) == (code, True)
            for path in ("/api", "/api/", "/api/nothing"):
                assert app.body(base + path) == (404, {"error": "Not Found"})
        for page in ("/", "/history", "/metrics/x", "/apiary", "/docsx"):
            assert "<!doctype html>" in app.ask(BASE + page)[1].lower(), page
        assert announced(app) == [app.address + BASE]


def announced(app: Started) -> list[str]:
    """Which addresses did it name at its start?"""
    return re.findall(r"https?://\S+:\d+[^\s)]*", app.said)


@pytest.mark.everything
@pytest.mark.parametrize("way", ["uvicorn", "streamlit"])
def test_address_that_it_names(tmp_path: Path, way: str) -> None:
    with started(apart(tmp_path), way=way, DATABASE_URL="") as app:
        waits(lambda: announced(app))
        assert announced(app) == [app.address]


@pytest.mark.everything
def test_address_of_version_6(tmp_path: Path) -> None:
    folder = apart(tmp_path, address="::1", headless=True)
    with started(folder, way="python", host="[::1]", DATABASE_URL="") as app:
        assert announced(app) == [app.address]


@pytest.fixture(scope="module")
def of_a_demo() -> Iterator[Path]:
    """Where a demo may be, which no other test uses."""
    with directory() as made:
        yield made


def interrupt(app: Started, way: str, times: int) -> None:
    """It ends, and says nothing of it."""
    before = app.said
    for _ in range(times):
        app.process.send_signal(signal.SIGINT)
    assert app.process.wait(10) == {"python": 130, "streamlit": 1, "uvicorn": 0}[way]
    assert "Traceback" not in app.said
    if way == "python":
        assert app.said == before


@pytest.mark.landing
def test_interrupted(tmp_path: Path) -> None:
    """While it watches: what it looks for is gone."""
    folder, gone = apart(tmp_path, headless=True), "postgresql://a@127.0.0.1:1/d"
    with started(folder, way="python", DATABASE_URL=gone) as app:
        waits(lambda: "Nothing was seen" in app.said)
        interrupt(app, "python", 3)


@pytest.mark.everything  # 10 s each, and some more until the demo is there
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("times", [1, 2, 3])
def test_interrupted_with_a_demo(tmp_path: Path, way: str, times: int, of_a_demo: Path) -> None:
    settings = {DIRECTORY_SETTING: str(of_a_demo)}
    with started(apart(tmp_path, headless=True), way=way, **settings) as app:
        waits(lambda: app.ask(api.STATUS_PATH)[0] == 200, 120)
        assert embedded.postmaster(Place(of_a_demo)) is not None
        interrupt(app, way, times)
        assert embedded.postmaster(Place(of_a_demo)) is None, "it is stopped by then"


def full() -> int:
    """Where nothing can be written."""
    return os.open("/dev/full", os.O_WRONLY)


def gone() -> int:
    """What nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


@pytest.mark.landing
@pytest.mark.parametrize("way", ["python", pytest.param("uvicorn", marks=pytest.mark.everything)])
@pytest.mark.parametrize("log", [full, pytest.param(gone, marks=pytest.mark.everything)])
def test_log_on_a_full_disk(
    tmp_path: Path, log: Callable[[], int], way: str, database18: Database
) -> None:
    """The watch goes on after the first line that it cannot write."""
    port = free_port()
    url = f"postgresql://watchtower@127.0.0.1:{port}/{database18.name}"
    settings = {"DATABASE_URL": url, "WATCHTOWER_REFRESH": "1"}
    with started(apart(tmp_path, headless=True), way=way, into=log(), **settings) as app:
        waits(lambda: "refuses the connection" in str(app.body(api.STATUS_PATH)[1].get("error")))
        there = Proxy(database18.server.sockets / f".s.PGSQL.{PORT}", port=port)
        try:
            waits(lambda: app.ask(api.STATUS_PATH)[0] == 200)
        finally:
            there.close()
