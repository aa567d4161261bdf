"""Settings that are blank, misspelled, misplaced or unreadable: does it say so, and stay up?"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lib.core.errors import SettingInvalid
from lib.db import rest
from lib.demo.place import DIRECTORY_SETTING, place
from lib.faces import api
from lib.faces.cli import main
from lib.settings import settings, sources
from lib.settings.settings import load
from tests.faces import SECRET, living, said_everywhere, words
from tests.pages.conftest import PAGES
from tests.servers import ROOT
from tests.starts import WAYS, apart, started
from tests.waiting import waits

BLANK = "DATABASE_URL is set but blank"
NAMED = {"DATABASE_URL": "postgresql://a@h/d"}
AUTH = {
    "redirect_uri": "https://watch.example.org/oauth2callback",
    "cookie_secret": "0123456789abcdef0123456789abcdef",
    "client_id": "watchtower",
    "client_secret": "of the provider",
    "server_metadata_url": "https://id.example.org/.well-known/openid-configuration",
}


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A command's environment without any setting of ours."""
    for name in ("DATABASE_URL", "SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY", "CI"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("environ", "secrets"),
    [
        ({"DATABASE_URL": ""}, {}),
        ({"DATABASE_URL": " \n"}, {}),
        ({}, {"DATABASE_URL": ""}),
        ({"DATABASE_URL": "", "WATCHTOWER_DEMO": "1"}, {}),
        ({"DATABASE_URL": ""}, {"connections": {"other": {"url": "postgresql://a@h/d"}}}),
    ],
)
def test_blank_database(environ: dict[str, str], secrets: Any) -> None:
    with pytest.raises(SettingInvalid, match=BLANK):
        load(environ, secrets)
    named = {**secrets, "connections": {"watchtower": {"url": "postgresql://a@h/d"}}}
    assert load(environ, named).database_url is not None


def test_blank_database_on_the_command_line(
    alone: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    alone.setenv("DATABASE_URL", " ")
    alone.setenv(DIRECTORY_SETTING, str(tmp_path / "demo"))
    codes = {"verify": 3, "verify-triggers": 1, "plan": 3, "drill": 1, "prune": 3}
    for command, code in codes.items():
        assert main([command]) == code
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.removeprefix("unknown: ").startswith(BLANK)
    assert main(["verify-triggers"]) == 1
    assert capsys.readouterr().err.startswith("unknown: ")
    alone.setenv("SUPABASE_URL", "https://127.0.0.1:1")
    alone.setenv("SUPABASE_SERVICE_ROLE_KEY", "key")
    assert main(["verify-triggers"]) == 1
    assert "unknown: SUPABASE_URL refuses the connection" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists(), "nothing is started"


@pytest.mark.landing
def test_blank_database_in_the_running_app(tmp_path: Path) -> None:
    settings = {"DATABASE_URL": "", "WATCHTOWER_SECRET": SECRET}
    with started(apart(tmp_path), **settings) as app:
        code, body = app.body(api.PATH, "POST", authorization=f"Bearer {SECRET}")
        assert (code, body["ok"], body["status"]) == (503, False, "unknown")
        assert str(body["error"]).startswith(BLANK)
        assert app.body(api.PATH, "POST", authorization="Bearer wrong")[0] == 401
        code, body = app.body(api.STATUS_PATH)
        assert (code, body["ok"], body["status"]) == (503, False, "unknown")
        assert "demo" not in body
        assert "partitions: unknown" in app.ask(api.BADGE_PATH)[1]
        assert "\nwatchtower_up 0.0\n" in app.ask(api.METRICS_PATH)[1]
        assert app.ask("/")[0] == 200
        assert app.said.count(f"Nothing is watched: {BLANK}") == 1
        assert ":8501" not in app.said, "an address that is another server's"
        app.ask("/badge.svg?once", x_forwarded_for="\x1b[31mRED\x1b]0;owned\x07")
        waits(lambda: "?once" in app.said)
        assert app.said.count("?once") == 1, "each request is logged by uvicorn alone"
        assert "\x1b" not in app.said
        assert r"\x1b[31mRED" in app.said
        app.ask("/badge.svg?long", x_forwarded_for="7" * 9000)
        waits(lambda: "?long" in app.said)
        assert "7" * 101 not in app.said
    with living(lambda: load(settings, {})):
        assert f"Unknown: {BLANK}" in words("status")
        assert all(BLANK in words(page) for page in PAGES)


@pytest.mark.parametrize(
    ("environ", "secrets", "name"),
    [
        ({"WATCHTOWER_ALERTS": "json://127.0.0.1:1"}, {}, "WATCHTOWER_ALERTS"),
        ({"WATCHTOWER_ADMIN_URL": "postgresql://a@h/d"}, {}, "WATCHTOWER_ADMIN_URL"),
        ({}, {"auth": AUTH}, r"\[auth\]"),
    ],
)
def test_no_database_beside_what_wants_one(
    environ: dict[str, str], secrets: Any, name: str
) -> None:
    with pytest.raises(SettingInvalid, match=f"{name} is set, and no database is named"):
        load(environ, secrets)
    assert load({**environ, "WATCHTOWER_DEMO": "1"}, secrets).demo
    assert not load({**environ, **NAMED}, secrets).demo
    with pytest.raises(SettingInvalid, match="WATCHTOWER_DEMO must be 1"):
        load({**environ, "WATCHTOWER_DEMO": "yes"}, secrets)


@pytest.mark.parametrize(
    "section",
    [
        {"connections": "x"},
        {"connections": {"watchtower": "postgresql://a@h/d"}},
        {"connections": {"watchtower": {}}},
        {"connections": {"watchtower": {"url": ""}}},
        {"connections": {"watchtower": {"url": ["postgresql://a@h/d"]}}},
        {"connections": {"watchtower": {"dialect": "postgresql", "host": "h"}}},
    ],
)
def test_connection_that_names_no_database(section: Any) -> None:
    with pytest.raises(SettingInvalid, match="connections"):
        load({}, section)
    assert load(NAMED, section).database_url is not None


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("WATCHTOWER_METRICS_TOKEN", "", "is set but blank"),
        ("WATCHTOWER_METRICS_TOKEN", " ", "is set but blank"),
        ("WATCHTOWER_SIGN_IN", "", "is set but blank"),
        ("WATCHTOWER_MAINTENANCE_WINDOWS", "daily 03:00-03:00 UTC", "at the same time"),
        ("WATCHTOWER_MAINTENANCE_WINDOWS", "Sun 0:00-00:00 UTC", "at the same time"),
        ("WATCHTOWER_ADDRESS", "https://user:pa55word@watch.example.org", "without a user"),
        ("WATCHTOWER_ADDRESS", "https://pa55word@watch.example.org", "without a user"),
        ("WATCHTOWER_ADDRESS", "https://watch.example.org:99999", "must be the address"),
        ("WATCHTOWER_ADDRESS", "https://watch.example.org/a b", "must be the address"),
        ("WATCHTOWER_ADDRESS", "https://*.example.org", "must be the address"),
        ("WATCHTOWER_ADDRESS", "https://a.example,b.example", "must be the address"),
        ("WATCHTOWER_REFRESH", "9" * 5000, "must be a whole number"),
        ("WATCHTOWER_CANONICAL", "~nobody-of-that-name/y", "must name a folder"),
        ("WATCHTOWER_CANONICAL", "x" * 5000, "must name a folder"),
        ("WATCHTOWER_OPERATORS", "a@b;c@d", "must be e-mail addresses"),
        ("WATCHTOWER_OPERATORS", "Olga <olga@example.org>", "must be e-mail addresses"),
        ("WATCHTOWER_OPERATORS", "mailto:olga@example.org", "must be e-mail addresses"),
        ("WATCHTOWER_OPERATORS", "a@b@c", "must be e-mail addresses"),
    ],
)
def test_setting_that_cannot_mean_it(name: str, value: str, complaint: str) -> None:
    for environ, secrets in (({name: value}, {}), ({}, {name: value})):
        with pytest.raises(SettingInvalid, match=complaint) as refused:
            load({**NAMED, **environ}, secrets)
        assert name in str(refused.value)
        assert "pa55word" not in str(refused.value)
        assert not value.strip() or value not in str(refused.value)


@pytest.mark.parametrize(
    "query",
    [
        *("port=abc", "port=1&port=2", "host=a&host=b&host=c:x", "host=a&port=5,x"),
        *("row_factory=x", "context=x", "cursor_factory=x", "autocommit=x", "prepare_threshold=5"),
        *("conninfo=host%3Dx", "pgbouncer=true", "hunter2=x", "sslmode=require&sslmode=disable"),
        *("user=a&user=b", "password=hunter2%00"),
    ],
)
def test_address_with_what_postgresql_does_not_know(query: str) -> None:
    sound = "host=a:1&host=b:2&sslmode=require&options=-c%20work_mem%3D1MB&connect_timeout=3"
    for name in ("DATABASE_URL", "WATCHTOWER_ADMIN_URL"):
        with pytest.raises(
            SettingInvalid, match=f"{name} has a part that PostgreSQL does"
        ) as refused:
            load({**NAMED, name: f"postgresql:///d?{query}"}, {})
        assert KEPT not in str(refused.value)
        assert load({**NAMED, name: f"postgresql:///d?{sound}"}, {})


def test_command_that_fails_unexpectedly(
    alone: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Python's own code would be 1, which of `verify` means a warning."""

    def failing(**_: object) -> None:
        raise ZeroDivisionError("of nobody's doing")

    alone.setattr(settings, "load", failing)
    accepting = ("accept", "null_keys", "--count", "1", "--reason", "r", "--by", "b")
    commands = (["verify"], ["verify", "--json"], ["plan"], ["apply", "--yes"], ["review"])
    others = (["prune"], ["drill", "--mend"], ["note", "x"], ["alert", "--test"], [*accepting])
    for command in (*commands, *others, ["adopt", str(tmp_path)], ["verify-triggers"]):
        assert main(command) == (1 if command == ["verify-triggers"] else 3), command
        said = capsys.readouterr()
        assert said.out == ""
        assert "of nobody's doing\nunknown: the command failed unexpectedly" in said.err


def test_command_that_cannot_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "croniter.py").write_text("import gone\n")
    for command, code in {"verify": 3, "verify-triggers": 1}.items():
        done = subprocess.run(
            [sys.executable, "-m", "lib", command],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (code, "")
        assert "No module named 'gone'\nunknown: the command could not be loaded" in done.stderr


def test_name_of_a_file_that_is_too_long(alone: pytest.MonkeyPatch) -> None:
    alone.setenv("DATABASE_URL", "postgresql://a@127.0.0.1:1/d")
    for name in ("x" * 300 + ".md", "x" * 300 + "/proof.md"):
        try:
            code = main(["verify", "--proof", name])
        except SystemExit as refused:  # argparse's own way
            code = int(refused.code or 0)
        assert code == (64 if "/" in name else 3)


def test_key_in_the_address_of_supabase() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(SettingInvalid, match="without a user") as refused:
            rest.call(f"https://user:pa55word@127.0.0.1:{port}", "key", "f")
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert "pa55word" not in str(refused.value)


def test_setting_that_nobody_reads(capsys: pytest.CaptureFixture[str]) -> None:
    injected = {  # by Kubernetes, beside a service that is called watchtower
        "WATCHTOWER_PORT": "tcp://10.0.0.7:8501",
        "WATCHTOWER_SERVICE_HOST": "10.0.0.7",
        "WATCHTOWER_\x1b[31m": "",
    }
    (remark,) = load({**NAMED, **injected}, {}).remarks
    assert remark == (
        "'WATCHTOWER_\\x1b[31m', WATCHTOWER_PORT and WATCHTOWER_SERVICE_HOST are no settings: "
        "nobody reads them."
    )
    gone = {"DATABASE_URL": "postgresql://a@127.0.0.1:1/d"}
    with living(lambda: load({**gone, **injected}, {})):
        assert words("status").count(remark) == 1
    assert capsys.readouterr().out.count(f"Settings: {remark}\n") == 1
    assert load({**NAMED, "WATCHTOWER_DEMO_DIR": "/x"}, {}).remarks == ()
    assert "WATCHTOWER_FOO" in load(NAMED, {"WATCHTOWER_FOO": 1}).remarks[0]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("WATCHTOWER_ALERT", "WATCHTOWER_ALERTS"),
        ("WATCHTOWER_SECRETS", "WATCHTOWER_SECRET"),
        ("WATCHTOWER_SIGNIN", "WATCHTOWER_SIGN_IN"),
        ("WATCHTOWER_METRICS-TOKEN", "WATCHTOWER_METRICS_TOKEN"),
        ("WATCHTOWER_AUTH_CLIENTID", "WATCHTOWER_AUTH_CLIENT_ID"),
        ("WATCHTOWER_DEMO_DI", "WATCHTOWER_DEMO_DIR"),
    ],
)
def test_setting_one_letter_from_another(wrong: str, right: str) -> None:
    for environ, secrets in (({wrong: "x"}, {}), ({}, {wrong: "x"})):
        with pytest.raises(SettingInvalid, match=f"{wrong} is no setting, but {right} is:"):
            load({**NAMED, **environ}, secrets)


@pytest.mark.parametrize("wrong", ["DATABASE_UR", "DATABAS_URL", "DATABASE_URLS"])
def test_database_one_letter_off_starts_no_demo(wrong: str) -> None:
    with pytest.raises(SettingInvalid, match=f"{wrong} is no setting, but DATABASE_URL is:"):
        load({wrong: "postgresql://db/x"}, {})
    assert load({**NAMED, wrong: "x"}, {}).database_url is not None  # another's


@pytest.mark.parametrize(
    ("secrets", "right"),
    [
        ({"connections": {"Watchtower": {"url": "x"}}}, "[connections.watchtower]"),
        ({"connections": {"watchtowr": {"url": "x"}}}, "[connections.watchtower]"),
        ({"Connections": {"watchtower": {"url": "x"}}}, "[connections]"),
        ({"connection": {"watchtower": {"url": "x"}}}, "[connections]"),
        ({"Auth": AUTH}, "[auth]"),
        ({"WatchTower": {"operators": ["a@b"]}}, "[watchtower]"),
        ({"database_url": "postgresql://a@h/d"}, "DATABASE_URL"),
        ({"watchtower_secret": SECRET}, "WATCHTOWER_SECRET"),
        ({"WATCHTOWER_DATABASE_URL": "postgresql://a@h/d"}, "DATABASE_URL"),
    ],
)
def test_name_in_other_letters(secrets: Any, right: str) -> None:
    """The demo would start, or the sign-in would be off, and nobody would hear why."""
    with pytest.raises(SettingInvalid, match=f"but {re.escape(right)} is: correct the name"):
        load({}, secrets)


def test_what_is_called_alike_and_is_anothers() -> None:
    theirs = {
        "oauth": AUTH,
        "connections": {"watchtower": {"url": "postgresql://a@h/d"}, "Watchtower": {}},
    }
    environ = {"database_url": "x", "supabase_url": "x"}
    assert load({**NAMED, **environ}, theirs).remarks == ()


@pytest.mark.parametrize(
    "secrets",
    [
        {"auth": {**AUTH, "WATCHTOWER_SIGN_IN": "required"}},
        {"watchtower": {"operators": ["a@b"], "WATCHTOWER_SECRET": SECRET}},
        {"connections": {"watchtower": {"url": "postgresql://a@h/d", "WATCHTOWER_FOO": "x"}}},
        {"auth": {**AUTH, "DATABASE_URL": "postgresql://a@h/d"}},
        {"auth": {**AUTH, "SUPABASE_URL": "https://db.example.org"}},
        {"connections": {"supabase": {"DATABASE_URL": "postgresql://a@h/d"}}},
    ],
)
def test_setting_in_a_section(secrets: Any) -> None:
    with pytest.raises(SettingInvalid, match="put it above the first section"):
        load(NAMED, secrets)


def test_refused_setting_in_every_face(capsys: pytest.CaptureFixture[str]) -> None:
    """One of each kind: what is said of it is the same, and said once in the log."""
    for environ, sentence in (
        ({"DATABASE_URL": ""}, BLANK),
        ({"WATCHTOWER_ALERTS": "json://127.0.0.1:1"}, "WATCHTOWER_ALERTS is set, and no database"),
        ({**NAMED, "WATCHTOWER_OPERATORS": "a@b;c@d"}, "WATCHTOWER_OPERATORS must be e-mail"),
        ({"DATABASE_URL": "postgresql://a@h/d?port=x"}, "DATABASE_URL has a part that PostgreSQL"),
        (
            {**NAMED, "WATCHTOWER_ALERT": "x"},
            "WATCHTOWER_ALERT is no setting, but WATCHTOWER_ALERTS is",
        ),
    ):
        why = said_everywhere(**environ)
        assert why.startswith(sentence)
        assert capsys.readouterr().out.count(f"Nothing is watched: {why}\n") == 1


def test_what_another_library_reads_in_its_own_section() -> None:
    theirs = {"SUPABASE_URL": "https://db.example.org", "SUPABASE_SERVICE_ROLE_KEY": "a key"}
    found = load(NAMED, {"connections": {"supabase": theirs}})
    assert (found.supabase_url, found.supabase_key, found.remarks) == (None, None, ())


KEPT = "hunter2"  # what stands in the file and is repeated nowhere
UNREADABLE = {
    "latin-1": (f'WATCHTOWER_NAME = "Büro {KEPT}"\n'.encode("latin-1"), "it is not UTF-8"),
    "auth is a text": (b'auth = "hunter2"\n', "auth must be a section"),
    "auth is a list": (b'[[auth]]\na = "hunter2"\n', "auth must be a section"),
    "a date in auth": (b'[auth]\na = "hunter2"\nsince = 2026-12-01\n', "a date or a time"),
    "no TOML": (b"WATCHTOWER_REFRESH = 60\nWATCHTOWER_SECRET: hunter2\n", "at line 2"),
    "too deep": (b"x = " + b"[" * 5000, "cannot be read as TOML"),
    "too long a number": (b"x = " + b"9" * 5000, "cannot be read as TOML"),
    "a section for a text": (
        b'[WATCHTOWER_REFRESH]\na = "hunter2"\n',
        "WATCHTOWER_REFRESH must be a text",
    ),
    "a NUL": (
        b'DATABASE_URL = "postgresql://a:hunter2\\u0000@h/d"\n',
        "DATABASE_URL is not a PostgreSQL",
    ),
}


@pytest.mark.landing
@pytest.mark.parametrize(
    "fault",
    [
        "latin-1",
        *(pytest.param(name, marks=pytest.mark.everything) for name in [*UNREADABLE][1:]),
    ],
)
@pytest.mark.parametrize(
    "way",
    [pytest.param(way, marks=() if way == "uvicorn" else pytest.mark.everything) for way in WAYS],
)
def test_unreadable_secrets(
    tmp_path: Path, fault: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets, complaint = UNREADABLE[fault]
    folder = apart(tmp_path, secrets, headless=True)
    with started(folder, way=way, WATCHTOWER_SECRET=SECRET) as app:
        code, body = app.body(api.PATH, "POST", authorization=f"Bearer {SECRET}")
        assert code == 503, body
        assert complaint in str(body["error"])
        code, status = app.body(api.STATUS_PATH)
        assert (code, status | body) == (503, status)
        opened = [app.ask(path) for path in ("/", "/history", api.BADGE_PATH, api.METRICS_PATH)]
        assert [code for code, _ in opened] == [200] * 4
        assert app.said.count("Nothing is watched: ") == 1
        assert "Traceback" not in app.said
        monkeypatch.setattr(sources, "SECRETS", folder / ".streamlit" / "secrets.toml")
        monkeypatch.delenv("DATABASE_URL", raising=False)
        with living(load):
            page = words("status")
        assert complaint in page
        for said in (str(body), page, app.said, *(text for _, text in opened)):
            assert KEPT not in said


def test_byte_order_mark_of_the_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secrets.toml").write_bytes(b"\xef\xbb\xbfWATCHTOWER_REFRESH = 7\n")
    monkeypatch.setattr(sources, "SECRETS", tmp_path / "secrets.toml")
    assert load(NAMED).refresh_seconds == 7


def test_directory_of_the_demo_in_the_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secrets.toml").write_text('WATCHTOWER_DEMO_DIR = "/of/the/file"\n')
    monkeypatch.setattr(sources, "SECRETS", tmp_path / "secrets.toml")
    assert place({}).base == Path("/of/the/file")
    assert place({DIRECTORY_SETTING: "/of/the/environment"}).base == Path("/of/the/environment")
