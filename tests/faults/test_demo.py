"""Can the demo's green light be taken for another database's?"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib.core.errors import DemoFailed
from lib.demo import demo as embedded
from lib.demo import traffic
from lib.demo.place import DIRECTORY_SETTING, Place
from lib.demo.source import EmbeddedDemo
from lib.faces import api
from lib.faces.commands.verify import as_text
from lib.reports import proof
from lib.settings.gate import PER_CLIENT
from lib.settings.settings import Settings, parse_url
from lib.watch.watch import Watch
from tests import faces
from tests.contract.reports import OK, report
from tests.demo.test_demo import directory
from tests.faults.test_doors import NOWHERE
from tests.servers import Database
from tests.waiting import waits

NAMED = "watchtower (embedded demo)"


def answered(live: Watch, *, demo: bool) -> set[int]:
    """Whatever the routes answer says whether it is the demo. Which codes did they have?"""
    client = faces.web(live)
    asked = {"x-watchtower-secret": faces.SECRET}
    answers = [
        client.post(api.PATH, headers=asked),
        client.post(api.PATH, headers={**asked, "origin": "https://evil.example"}),
        client.post(api.PATH, headers=asked, content=b"x" * 99_999),
        client.get(api.PATH),
        client.post(api.STATUS_PATH),
        client.get(api.STATUS_PATH),
        client.get("/api/nothing"),
        *(client.post(api.PATH) for _ in range(PER_CLIENT + 1)),
    ]
    for each in answers:
        assert each.json().get("demo") is (True if demo else None)
    word = live.snapshot.status(datetime.now(UTC)).word
    assert f"partitions: {'demo: ' * demo}{word}<" in client.get(api.BADGE_PATH).text
    said = client.get(api.METRICS_PATH).text
    assert f'\nwatchtower_info{{demo="{str(demo).lower()}"}} 1.0\n' in said
    return {each.status_code for each in answers}


REFUSED = {401, 403, 404, 405, 413, 429}


def test_no_demo_in_any_answer(database18: Database) -> None:
    """Well, broken, and not to be reached."""
    for url, first, codes in (
        (database18.role_url, "select 1", {200}),
        (database18.role_url, "alter table public.sessions disable trigger user", {200, 503}),
        (NOWHERE, "select 1", {503}),
    ):
        database18.execute(first)
        own = Settings(parse_url("x", url), faces.SECRET)
        with faces.living(lambda own=own: own) as live:
            waits(lambda live=live: live.snapshot.report or live.snapshot.trouble)
            assert answered(live, demo=False) == REFUSED | codes


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
    with faces.living(lambda: Settings(secret=faces.SECRET), EmbeddedDemo) as live:
        waits(lambda: live.snapshot.report, 120)
        code, body = faces.endpoint(live)
        assert (code, body["ok"], body["demo"]) == (200, True, True)
        assert "partitions: demo: ok<" in faces.web(live).get(api.BADGE_PATH).text
        assert answered(live, demo=True) == REFUSED | {200}
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
    assert f" has {path[7]!a} " in str(refused.value)
    assert not Path(path).exists()


def test_demo_that_cannot_start(empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Place(empty).data.mkdir()
    (Place(empty).data / "PG_VERSION").write_text("17\n")
    watch = Watch(lambda: Settings(refresh_seconds=1))
    watch.offer(EmbeddedDemo)
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
