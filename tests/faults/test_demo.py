"""Can the demo's green light be taken for another database's?"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib import api, proof
from lib.access.gate import PER_CLIENT
from lib.commands.verify import as_text
from lib.demo import demo as embedded
from lib.demo import traffic
from lib.demo.place import DIRECTORY_SETTING, Place
from lib.errors import DatabaseUnreachable, DemoFailed
from lib.settings import Settings
from lib.watching.watch import Watch
from tests import faces
from tests.contract.reports import BEARER, CRITICAL, OK, Held, report
from tests.demo.test_demo import directory
from tests.waiting import waits

NAMED = "watchtower (embedded demo)"
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
    """Its database is named so by the demo itself, as `embedded_demo` holds."""
    told = replace(report(OK), demo=True, database=NAMED)
    assert as_text(told).startswith(f"demo: ok: {NAMED}, PostgreSQL 18.4\n")
    assert '"demo": true' in proof.to_json(told, proof.ORIGIN)
    for keep in proof.FORMATS.values():
        assert NAMED in keep(told, proof.ORIGIN)


@pytest.mark.everything  # 10 s: the demo itself, with five months of traffic
def test_embedded_demo(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every face, on the real one."""
    monkeypatch.setattr(traffic, "MONTHS_BEFORE", 4)
    for name in ("DATABASE_URL", "CI"):
        monkeypatch.delenv(name, raising=False)
    with faces.living(lambda: Settings(secret=faces.SECRET)) as live:
        waits(lambda: live.snapshot.report, 120)
        client = faces.web(live)
        code, body = faces.endpoint(live)
        assert (code, body["ok"], body["demo"]) == (200, True, True)
        assert client.get(api.STATUS_PATH).json()["demo"] is True
        assert "partitions: demo: ok<" in client.get(api.BADGE_PATH).text
        assert '\nwatchtower_info{demo="true"} 1.0\n' in client.get(api.METRICS_PATH).text
        assert "embedded demo" in faces.words("status")
        code, out, err = faces.command("verify")
        assert (code, out.startswith(f"demo: ok: {NAMED}, ")) == (0, True)
        assert "this is the embedded demo" in err
        assert json.loads(faces.command("verify", "--json")[1])["demo"] is True
        for suffix in proof.FORMATS:
            kept = empty / f"proof{suffix}"
            faces.command("verify", "--proof", str(kept))
            assert NAMED in kept.read_text(encoding="utf-8")
        assert NAMED in faces.command("review")[1]
        assert NAMED in faces.command("plan")[1]


@pytest.fixture
def empty() -> Iterator[Path]:
    with directory() as made:
        yield made


@pytest.mark.parametrize("path", ['/tmp/pw"x', "/tmp/pw$HOME", "/tmp/pw`id`", "/tmp/pw\nx"])
def test_demo_in_a_path_for_no_shell(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DIRECTORY_SETTING, path)
    with pytest.raises(DemoFailed, match="which PostgreSQL's own tools cannot take") as refused:
        embedded.start()
    assert DIRECTORY_SETTING in str(refused.value)
    assert not Path(path).exists()


def test_demo_that_cannot_start(empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Place(empty).data.mkdir()
    (Place(empty).data / "PG_VERSION").write_text("17\n")
    watch = Watch(lambda: Settings(refresh_seconds=1))
    watch.start()
    try:
        waits(lambda: watch.snapshot.trouble)
        first = watch.snapshot.number
        waits(lambda: watch.snapshot.number >= first + 4)  # two more rounds, two changes each
    finally:
        watch.stop()
    said = capsys.readouterr().out
    assert said.count("Starting PostgreSQL") == 1
    assert said.count("Nothing was seen: ") == 1


@pytest.fixture
def small(empty: Path) -> Iterator[Path]:
    """A disk of its own that is too small, as root can make one."""
    empty.chmod(0o755)  # the server is somebody else's
    disk = empty / "disk"
    disk.mkdir()
    options = ["-t", "tmpfs", "-o", "size=64m,mode=755", "tmpfs", str(disk)]
    if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield disk
    finally:
        embedded.stop()
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.mark.everything
def test_demo_on_a_full_disk(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DIRECTORY_SETTING, str(small / "d"))
    for _ in range(3):
        with pytest.raises(DemoFailed, match=r"The disk of .* is full; .* Make room") as full:
            embedded.start()
        assert "elete" not in str(full.value)
    subprocess.run(["mount", "-o", "remount,size=700m", str(small)], check=True)
    monkeypatch.setattr(traffic, "MONTHS_BEFORE", 0)
    embedded.start()
