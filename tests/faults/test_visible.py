"""Does a name in the database do anything to whoever reads what is said of it?"""

from __future__ import annotations

import ast
import csv
import io
import logging
import os
import re
import shlex
import subprocess
import sys

import pandas as pd
import pytest
from uvicorn.logging import AccessFormatter, ColourizedFormatter

from lib.core.results import Finding, Status
from lib.core.statements import readable, statements
from lib.core.visible import log_visibly
from lib.db.sql import literal, quoted, remark
from lib.faces.cli import main
from lib.history.history import NOTE, Deed
from lib.reports.review import to_csv
from lib.settings.channels import Message
from tests.looking import check, look
from tests.review import test_review as review
from tests.servers import ROOT, Database

ESCAPE = "\x1b[2J\x1b]0;owned\x07"
NAME = f"x\nok: all is well\r{ESCAPE}\u202egnorw\u2028y"
ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069]")
FORGED = re.compile(r"^ok: all is well", re.MULTILINE)


def hostile(database: Database) -> None:
    """Names that somebody with rights there may give, where the checks and the history say them."""
    name = quoted(NAME)
    database.execute(
        f"create function public.f() returns trigger language plpgsql as 'begin return null; end';"
        f"create trigger {name} before insert on public.sessions for each row"
        f" execute function public.f();"
        f"create table public.{name} partition of public.sessions"
        f" for values from ('2031-01-01') to ('2031-02-01');"
        f"create policy {name} on public.events for select to public using (true);"
        f"alter table public.sessions drop constraint if exists {name};"
        f"create function public.watchtower_partition_drift_check_v1(a int default 1) returns int"
        f" language plpgsql as 'begin raise exception ''%'', chr(27) || chr(10); end'"
    )
    database.execute(
        "insert into public.watchtower_checks (check_name, ok, details) values"
        " ('partition_watchtower_note', true, jsonb_build_object('text', %s::text, 'who', %s::text,"
        " 'about', now()))",
        (NAME, NAME),
    )
    database.execute(f"create role {name} superuser login", user="postgres")
    database.execute(f"alter role {name} set session_replication_role = 'replica'", user="postgres")


SAY_THE_NAME = ("verify", "verify --json", "plan", "apply --yes", "review")


@pytest.mark.everything  # 10 s: seven commands, each a process of its own
def test_names_in_every_command(database18: Database) -> None:
    """Nothing steers the terminal, and no line is forged: on stdout and on stderr."""
    hostile(database18)
    look(database18)
    environ = {**os.environ, "DATABASE_URL": database18.role_url,
               "WATCHTOWER_ADMIN_URL": database18.owner_url}  # fmt: skip
    try:
        for arguments in (*SAY_THE_NAME, "verify-triggers", "prune --keep 90"):
            done = subprocess.run(
                [sys.executable, "-m", "lib", *arguments.split()],
                cwd=ROOT, env=environ, capture_output=True, timeout=60,
            )  # fmt: skip
            said = (done.stdout + done.stderr).decode()
            assert done.returncode != 64, said
            assert r"\x1b" in said or arguments not in SAY_THE_NAME, said
            assert quoted(NAME) in said or arguments not in ("plan", "apply --yes"), said
            assert not ACTING.search(said), (arguments, ACTING.search(said), said[-3000:])
            forged = FORGED.search(said)
            assert not forged, said[max(0, forged.start() - 700) : forged.end() + 200]
            assert "Traceback" not in said, said
            if arguments in ("verify", "plan"):
                assert 'alter table public.U&"x\\+00000aok: all is well' in said, "as it is run"
        repaired = "select relrowsecurity from pg_class where relname = %s"
        assert database18.value(repaired, (NAME,)), "the plan named the same partition"
    finally:
        database18.execute(f"drop role {quoted(NAME)}", user="postgres")


def test_names_in_sql_that_is_pasted(database18: Database) -> None:
    """It stands there by numbers, on one line, and names the same object."""
    strange = f'{NAME} % \\ "'
    written = quoted(strange)
    assert not ACTING.search(written)
    assert len(written.splitlines()) == 1
    database18.execute(f"create table public.{written} ()")
    assert database18.value("select true from pg_class where relname = %s", (strange,))


def test_names_in_a_command_that_is_pasted(
    database18: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What accepts a policy names it, and what drops it does, as each face shows them."""
    monkeypatch.setenv("DATABASE_URL", database18.role_url)
    part, names = quoted(NAME), (f"{NAME} 'mine' \\ %", "it's  mine\u00a0!")
    database18.execute(
        f"create table public.{part} partition of public.events"
        f" for values from ('2031-01-01') to ('2031-02-01');"
        f"alter table public.{part} enable row level security;"
        f"grant select on public.{part} to anon;"
        + "".join(f"create policy {quoted(n)} on public.{part} using (true);" for n in names)
    )
    for left in (2, 1):
        asked = check(database18, "partition_security").failing()
        assert len(asked) == left
        shown = readable(asked[0].remedy or "")
        assert not ACTING.search(shown)
        first, second, dropping = shown.splitlines()
        assert first.startswith("-- a decision")
        accepting = shlex.split(second.removeprefix("-- "))[3:]
        assert main(accepting) == 0
        assert not FORGED.search(capsys.readouterr().out)
        assert len(check(database18, "partition_security").failing()) == left - 1
        assert main([*accepting, "--count", "0"]) == 0
        database18.execute(dropping)
    assert not check(database18, "partition_security").failing()
    assert remark(f"-- look at public.{part}") == f"-- look at public.{part}"
    raw = NAME.replace('"', '""')
    assert remark(f'drop table public."{raw}"') == f"drop table public.{part}"


def test_strings_in_sql_that_is_pasted(database18: Database) -> None:
    """Whatever stands in a string, between dollars too, PostgreSQL reads the same as before."""
    strange = rf"""{NAME} % \ '' say "{NAME}" it''s \\"""
    escapes = strange.replace("\\", "\\\\")
    for text in (
        f"select '{strange}', 1",
        f"select'{strange}' as \"{NAME}\"",
        rf"select E'{escapes}' || e'\'\\\{NAME}\x1b;' || U&'\0041' as a$b$, 2",
        f"""select $${ESCAPE} ' \\ "{NAME}"$$, $a${ESCAPE} $$ '$a$, $$\nselect 'x "{NAME}"'\n$$""",
        f"select 1; -- ; '\nselect '{strange}' /* ; */",
    ):
        written = readable(text)
        assert not ACTING.search(written), written
        assert not FORGED.search(written), written
        assert database18.rows(written) == database18.rows(text), written
    calm = "select 'a\\b', E'\\n\\';', $$\n\t'x\n'\n$$ from \"A\" where a$1$;b$1$"
    assert readable(calm) == calm
    assert [*statements("select e'\\';'; select 2")] == ["select e'\\';';", "select 2;"]


def test_values_in_sql_that_is_pasted(database18: Database) -> None:
    strange = f"{NAME} % \\ ' \""
    for value in (strange, [strange, "a"]):
        written = literal(value)
        assert not ACTING.search(written)
        assert len(written.splitlines()) == 1
        assert database18.value(f"select {written}") == value


def test_names_in_the_log_and_in_alerts() -> None:
    factory = logging.getLogRecordFactory()
    log_visibly()
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    log = logging.getLogger("lib.tried")
    log.addHandler(handler)
    try:
        log.error("The run of %s failed", NAME)
        try:
            raise ValueError(NAME)
        except ValueError:
            log.exception("unexpected")
    finally:
        log.removeHandler(handler)
        logging.setLogRecordFactory(factory)
    message = Message(f"critical: {NAME}", f"What: {NAME}\nRun: this")
    for said in (stream.getvalue(), message.title, message.body):
        assert not ACTING.search(said)
    assert stream.getvalue().startswith("The run of x ok: all is well")
    assert "\n" not in message.title
    found = Finding(NAME, Status.CRITICAL, NAME)
    assert not FORGED.search(f"{found.subject}{found.detail}")


def test_names_in_the_log_of_a_terminal() -> None:
    """The server's own lines, which it words otherwise where there are colours, stay readable."""
    factory = logging.getLogRecordFactory()
    log_visibly()
    try:
        record = logging.getLogger("uvicorn.tried").makeRecord(
            "uvicorn.tried", logging.ERROR, "", 0, "Process [%s]", (f"7{ESCAPE}",), None,
            extra={"color_message": "Process [\x1b[36m%s\x1b[0m]"},
        )  # fmt: skip
    finally:
        logging.setLogRecordFactory(factory)
    said = ColourizedFormatter("%(message)s", use_colors=True).format(record)
    assert said == r"Process [7\x1b[2J\x1b]0;owned\x07]"


def test_names_in_the_log_of_requests() -> None:
    """uvicorn words it from what the record was given, so that is visible too."""
    factory = logging.getLogRecordFactory()
    log_visibly()
    try:
        record = logging.getLogger("uvicorn.tried").makeRecord(
            "uvicorn.tried", logging.INFO, "", 0, '%s - "%s %s HTTP/%s" %d',
            (f"{NAME}:0", "GET", f"/{ESCAPE}", "1.1", 200), None,
        )  # fmt: skip
    finally:
        logging.setLogRecordFactory(factory)
    fmt = '%(client_addr)s - "%(request_line)s" %(status_code)s'
    said = AccessFormatter(fmt, use_colors=False).format(record)
    assert not ACTING.search(said), said
    assert said.startswith(r"x ok: all is well \x1b[2J")
    assert said.endswith('HTTP/1.1" 200 OK')


def test_formulas_in_what_a_spreadsheet_opens() -> None:
    """Every table of the pages is offered as CSV by the browser, beside the files of our own."""
    from pages.parts import frames

    names = ["=cmd()", "+1+1", "-2+3", "@sum(a)", "\t=x", "a;=b", "fine", None]
    frame = pd.DataFrame({"role": names, "rows": range(-4, 4)})
    text = frames.cells(frame).to_csv(index=False)
    read = list(csv.reader(io.StringIO(text)))[1:]
    assert [row[0][:1] for row in read[:4]] == ["'"] * 4
    assert [row[0] for row in read[4:7]] == ["'\t'=x", "a;'=b", "fine"]
    assert [row[1] for row in read] == [str(n) for n in range(-4, 4)]
    for file in (ROOT / "pages").rglob("*.py"):  # all that a page offers goes through there
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                shown = {"dataframe": call.args[:1], "to_csv": [call.func.value]}
                for each in shown.get(call.func.attr, ()):
                    assert ast.unparse(each).startswith("cells("), ast.unparse(call)
    runs = review.quarters(review.WEEK)[:8]
    review.changed(runs, 1, 3, Status.CRITICAL)
    told = {"about": runs[1].at.isoformat(), "text": "=cmd()", "by": "=cmd()"}
    known = review.told(runs, deeds=(Deed("n", runs[4].at, NOTE, True, told),))
    said = [cell for row in csv.reader(io.StringIO(to_csv(known))) for cell in row]
    assert "'=cmd(): =cmd()" in said
    assert not [cell for cell in said if cell.startswith("=")]
