"""Does the proof hold what was found, on one page that nothing from the database can break?"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import NamedTuple

import pytest

from lib.checks import CHECKS, telling
from lib.core.results import Report, Status
from lib.reports import proof
from lib.reports.markdown import exported
from lib.runbook.criteria import acceptance
from tests.looking import look
from tests.servers import ROOT, Database

HOSTILE = '<img src=x onerror=alert(1)> | **x** `y` [a](http://b) "q" </style><script>1</script>'
VOID = {"meta", "circle", "path", "use"}
CSS = (ROOT / "lib/reports/templates/sheet.css").read_text(encoding="utf-8")


class Parsed(HTMLParser):
    """What a browser makes of the page: its words, its tags, its addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        self.words += data


def parsed(report: Report, origin: str = proof.ORIGIN) -> Parsed:
    """The HTML proof, read; it must ask for nothing and run nothing."""
    page = Parsed(proof.to_html(report, origin))
    assert not page.open, "every tag is closed"
    assert not {"script", "img", "link", "iframe", "object", "base"} & set(page.tags)
    for name, value in page.attributes:
        assert not name.startswith("on"), name
        if name in ("src", "href", "xlink:href", "action"):
            assert value.startswith("#"), value
    return page


def test_healthy_proof_holds_who_when_where_and_every_check(database: Database) -> None:
    report = look(database)
    page = parsed(report)
    assert f"All {len(CHECKS)} checks hold." in page.words
    assert "What is wrong" not in page.words
    for words in (
        f"{report.checked_at:%d %b %Y %H:%M:%S} UTC",
        "a test, pytest",
        database.name,
        f"PostgreSQL {report.server_version}",
        "the last 7 days",
        f"{report.duration_ms:,} ms",
        '"triggers_ok": true',
        "python -m lib verify --window 7",
    ):
        assert words in page.words, words
        assert words in proof.to_markdown(report).replace("\\", ""), words
    for check in report.checks:
        assert check.check in page.words
        assert check.summary in page.words


def test_moment_since_which_rows_are_counted_is_asked_again(database18: Database) -> None:
    assert "--since" not in proof.to_markdown(look(database18))
    report = look(database18, since=datetime(2026, 11, 22, 13, 41, tzinfo=UTC))
    assert "python -m lib verify --window 7 --since 2026-11-22T13:41:00Z" in parsed(report).words
    assert "22 Nov 2026 13:41 UTC" in parsed(report).words


def test_broken_proof_says_what_is_wrong_what_it_means_and_what_repairs_it(
    database18: Database,
) -> None:
    database18.execute("drop trigger events_set_session_month_from_session on public.events")
    report = look(database18)
    page, text = parsed(report), proof.to_markdown(report)
    assert text.startswith("# ✕ critical: The events guard is missing")
    (finding,) = report["guard_triggers"].failing()
    for words in (telling.verdict(report), finding.detail, finding.means, finding.remedy):
        assert words
        assert words in page.words
        assert words in text.replace("\\", "")
    assert page.words.index("What is wrong") < page.words.index("Acceptance")
    assert "```sql\ncreate or replace trigger events_set_session_month_from_session" in text


def test_why_nothing_could_be_read_stands_in_the_proof_however_short(database18: Database) -> None:
    database18.execute(
        "create policy raises on public.events as restrictive for select to watchtower"
        " using (1 / 0 = 1)"
    )
    report = look(database18)
    verdict = telling.verdict(report, badge=True)
    assert proof.to_markdown(report).startswith(f"# ? unknown: {verdict}\n")
    for text in (parsed(report).words, proof.to_markdown(report)):
        wrong = text[text.index("What is wrong") : text.index("Acceptance")]
        assert "events could not be read" in wrong
        assert "Unknown: " not in text, "the word beside it says so"
        assert "Division by zero." in wrong


def test_acceptance_is_the_runbooks_ticked_where_it_is_proven(database18: Database) -> None:
    database18.execute("drop trigger events_set_session_month_from_session on public.events")
    report = look(database18)
    ticked = [
        line[6:] for line in proof.to_markdown(report).splitlines() if line.startswith("- [x] ")
    ]
    proven = [item for item in acceptance(report) if item.status is Status.OK]
    assert 0 < len(ticked) == len(proven) < len(acceptance(report))
    assert json.loads(proof.to_json(report))["acceptance"][0]["status"] == "critical"


def test_json_is_the_endpoints_body_and_who_asked(database18: Database) -> None:
    report = look(database18)
    kept = json.loads(proof.to_json(report))
    sent = report.to_json()
    for name in ("ok", "status", "checked_at", "duration_ms"):
        assert kept[name] == sent[name]
    assert kept["drift"]["ok"] is True
    assert [check["check"] for check in kept["checks"]] == [c.check for c in report.checks]
    assert all(check["duration_ms"] >= 0 for check in kept["checks"])
    assert (kept["who"], kept["face"], kept["window_days"]) == ("a test", "pytest", 7)
    assert kept["database"] == database18.name


def test_hostile_names_are_text_in_every_format(database18: Database) -> None:
    function = "public.trg_sessions_set_created_month()"
    quoted = HOSTILE.replace('"', '""')[:63]
    name = quoted.replace('""', '"')
    database18.execute(
        "drop trigger sessions_set_created_month on public.sessions;"
        f'create trigger "{quoted}" before insert or update of created_at, created_month '
        f"on public.sessions for each row execute function {function}"
    )
    report = look(database18)
    assert any(name in finding.detail for _, finding in report.failing())
    assert name in parsed(report).words
    assert name in proof.to_json(report).replace('\\"', '"')
    text = proof.to_markdown(report)
    assert exported(name) in text
    for line in outside_code(text).splitlines():
        assert not re.search(r"(?<!\\)<\w", line), line
        assert not re.search(r"(?<!\\)\]\(", line), line
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) in (3, 5), line


def test_hostile_requester_and_origin_are_text(database18: Database) -> None:
    report = replace(look(database18), who=HOSTILE, face="page")
    page = parsed(report, origin=f'http://{HOSTILE}"')
    assert HOSTILE in page.words
    assert exported(HOSTILE) in proof.to_markdown(report)


def outside_code(text: str) -> str:
    """The Markdown without its blocks of code."""
    return re.sub(r"(?ms)^(```+)\w*\n.*?^\1$", "", text)


def test_code_cannot_end_its_own_block() -> None:
    from lib.reports.markdown import fenced

    assert fenced("a\n```\nb", "sql") == "````sql\na\n```\nb\n````"


class Name(NamedTuple):
    given: str
    shown: str


@pytest.mark.parametrize(
    "name",
    [
        Name("a|b", r"a\|b"),
        Name("_x_", r"\_x\_"),
        Name("13:24:25", "13:24:25"),
        Name("a\nb", "a b"),
        Name("- x", r"\- x"),
        Name("1. x", r"1\. x"),
        Name("https://x.y", "https:\u2060//x.y"),
        Name("@everyone", "@\u2060everyone"),
        Name(":tada:", ":\u2060tada:"),
    ],
)
def test_plain_shows_the_text_itself(name: Name) -> None:
    assert exported(name.given) == name.shown


def test_colours_are_the_themes() -> None:
    with (ROOT / ".streamlit" / "config.toml").open("rb") as file:
        theme = tomllib.load(file)["theme"]
    light, dark = CSS.split("prefers-color-scheme: dark", 1)
    own = {"ok": "green", "warning": "orange", "unknown": "violet", "critical": "red"}
    for rules, colours in ((light, theme["light"]), (dark.split("@media")[0], theme["dark"])):
        assert f"--ground: {colours['backgroundColor']};" in rules
        assert f"--text: {colours['textColor']};" in rules
        for status, colour in own.items():
            assert f"--{status}: {colours[colour + 'TextColor']};" in rules
            assert f"--{status}-ground: {colours[colour + 'BackgroundColor']};" in rules


def test_style_asks_for_nothing_outside() -> None:
    assert "url(" not in CSS
    assert "@import" not in CSS


def test_file_is_named_by_its_moment(database18: Database) -> None:
    report = look(database18)
    name = proof.file_name(report, ".html")
    assert name == f"partition-watchtower-{report.checked_at:%Y%m%dT%H%M%S}Z.html"
