"""Is a name from the database shown as it is, whatever markup somebody put into it?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from lib.checks.telling import headline
from lib.core.results import Finding, Status
from lib.core.words import ago, duration, sentence
from lib.reports.markdown import plain
from tests.pages.conftest import Show, known, look, text
from tests.servers import Database

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "**x**",
    ":red[x]",
    "[a](http://b)",
    "`x`",
    "$x$",
    "# x",
    "a|b",
    "~~x~~",
    ":material/check_circle:",
    ":tada:",
    "a -> b",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_plain_escapes_and_loses_nothing(name: str) -> None:
    shown = plain(name)
    assert shown != name
    assert shown.replace("\\", "").replace("\u2060", "") == name


@pytest.mark.parametrize("name", ["public.sessions_2026_11", "88,310 rows", "23:30 UTC"])
def test_plain_leaves_ordinary_words_readable(name: str) -> None:
    assert plain(name).replace("\\_", "_") == name


def test_plain_stays_on_one_line() -> None:
    assert plain("a\n\n# b\n- c") == r"a \# b - c"
    assert plain("1. x") == r"1\. x"


def test_hostile_trigger_name_is_text_on_the_page(show: Show, database18: Database) -> None:
    name = "<img src=x onerror=alert(1)> **x** :red[x] [a](http://b)"
    database18.execute(
        "drop trigger sessions_set_created_month on public.sessions;"
        f'create trigger "{name}" before insert or update of created_at, created_month '
        "on public.sessions for each row execute function public.trg_sessions_set_created_month()"
    )
    report = look(database18)
    assert any(name in finding.detail for _, finding in report.failing())
    for page in ("status", "triggers"):
        test = show(page, known(report))
        said = text(test)
        assert plain(name) in said
        for code in test.code:  # SQL and definitions, which are shown as they are
            said = said.replace(code.value, "")
        assert name not in said


def test_headline_is_the_findings_own_and_of_a_row_without_one_the_first_clause() -> None:
    words = "sessions_set_created_month is disabled on public.sessions_2026_11; and so on"
    short = "the sessions guard is disabled on sessions_2026_11"
    known = Finding("x", Status.CRITICAL, words, headline=short)
    assert headline(known).lower() == short
    older = Finding("x", Status.CRITICAL, words)
    assert headline(older) == words.partition(";")[0]


def test_durations_are_words() -> None:
    assert duration(timedelta(days=8, hours=9)) == "8 d 9 h"
    assert duration(timedelta(minutes=21)) == "21 min"
    assert ago(timedelta(seconds=40), ticking=True) == "40 s ago"
    assert ago(timedelta(0), ticking=True) == "just now"
    assert ago(timedelta(seconds=40)) == "less than a minute ago", "which stays true till redrawn"
    assert ago(None) == "never"


def test_sentence_leaves_names_alone() -> None:
    assert sentence("no row came") == "No row came"
    assert sentence("events_2026 is gone") == "events_2026 is gone"
