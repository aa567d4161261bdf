"""Which ways to break it are there, and what does each file say?

A file of sql/drills, and of sql/variants, begins with a header comment, a `-- Name : value` a line:

    Drill    what is broken, in one line      Variant  what is unusual, yet healthy
    Data     what happens to new rows then
    Sees     check, status and "words" of the finding; a line for each cause
    Also     other checks that may change with it
    Says     (variants) the checks that may be a warning because of it
    Needs    (variants) a check without which it cannot be told from a broken one
    On       15 or 18, where only that server can express it; cron for one with pg_cron
    As       role or owner, where only that session can tell
    At       the moment of the look, where it matters: month end - 71 h
    By       superuser, where the owner may not break it
    Demo     no, and why: not to be had as a fire drill; or yes, and why, though it names a moment

Then follows the SQL that breaks it, each paragraph sent by itself; after a line `-- Meanwhile`
what another session does in an open transaction during the look; after a line `-- Repair` what
repairs it, where following the finding's own remedy is not enough; there a paragraph
`-- sql/setup/40_rpcs.sql` stands for that whole file, run by the owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from types import MappingProxyType

from lib.checks import CHECKS
from lib.core.results import HISTORY, Report, Status
from lib.db import sql

VERSIONS = ("15", "18")
REGISTERED = frozenset(check.name for check in CHECKS)
KNOWN = REGISTERED | {HISTORY}  # the row that a verification leaves
OWNER, ROLE, SUPERUSER = "owner", "role", "superuser"
DEMO_VERSION = "18"

# What an operator should have seen once, in the order of a first hour of training.
FIRST = (
    "events-guard-dropped",
    "events-guard-disabled-on-one-leaf",
    "sessions-function-emptied",
    "next-month-missing",
    "sessions-guard-was-off",
    "events-written-past-both",
    "partition-open-to-anon",
    "blind-without-a-policy",
)

_WHAT = ("Drill", "Variant", "Data", "Sees", "Also", "Says", "Needs")
_WHERE = ("On", "As", "At", "By", "Demo")
_BAD = ("warning", "unknown", "critical")
_FILE = "-- sql/setup/"


@dataclass(frozen=True)
class Sight:
    """Which check must say it, how bad, and in which words?"""

    check: str
    status: str
    words: str


@dataclass(frozen=True)
class Drill:
    """One file: what it does, and what must be said of it.

    `users` are the sessions that can tell, `by` is who may break it, `breaks`, `meanwhile` and
    `repairs` are paragraphs of SQL.
    """

    name: str
    title: str
    data: str
    sees: tuple[Sight, ...]
    also: frozenset[str]
    says: frozenset[str]
    needs: frozenset[str]
    versions: tuple[str, ...]
    users: tuple[str, ...]
    at: str | None
    by: str
    demo: str
    breaks: tuple[str, ...]
    meanwhile: tuple[str, ...]
    repairs: tuple[str, ...] | None

    @property
    def unfit(self) -> str:
        """Why is it no fire drill on the demo? Empty where it is one."""
        verdict, _, why = self.demo.partition(", ")
        if verdict:
            return why if verdict == "no" else ""
        reasons = {
            "it needs a superuser, and the demo's owner is not one": self.by != OWNER,
            "it needs another session in the middle of its work": bool(self.meanwhile),
            "it depends on the moment of the reading": self.at is not None,
            "it needs another PostgreSQL than the demo's": DEMO_VERSION not in self.versions,
            "the role that looks at the demo cannot see it": ROLE not in self.users,
        }
        return next((why for why, holds in reasons.items() if holds), "")

    @property
    def remark(self) -> str:
        """What is to be known of its status in the demo, where the moment of the look matters?"""
        return self.demo.partition(", ")[2] if self.at is not None and not self.unfit else ""

    @property
    def checks(self) -> dict[str, str]:
        """Which checks must say it, and how bad?"""
        return {sight.check: sight.status for sight in self.sees}

    def turned(self, report: Report) -> dict[str, bool]:
        """Which of them say so now? One that names a moment may be worse at another one."""
        found = {check: report[check].status for check in self.checks}
        wanted = {check: Status[status.upper()] for check, status in self.checks.items()}
        return {
            check: status is wanted[check] or (self.at is not None and status > wanted[check])
            for check, status in found.items()
        }


@cache
def by_name() -> Mapping[str, Drill]:
    """Every drill, also those that the demo cannot have."""
    return MappingProxyType({drill.name: drill for drill in drills("drills")})


@cache
def offered() -> tuple[Drill, ...]:
    """The drills that the demo can have: those to begin with first, then check by check."""
    order = [check.name for check in CHECKS]
    fit = [drill for drill in by_name().values() if not drill.unfit]

    def place(drill: Drill) -> tuple[int, int, str]:
        first = FIRST.index(drill.name) if drill.name in FIRST else len(FIRST)
        return first, order.index(drill.sees[0].check), drill.name

    return tuple(sorted(fit, key=place))


def drills(folder: str) -> list[Drill]:
    """Every file of sql/<folder>, by name."""
    return [read(path) for path in sorted((sql.ROOT / "sql" / folder).glob("*.sql"))]


def read(path: Path) -> Drill:
    """What does this file say? Raises: ValueError when it says it wrongly."""
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    header = _header(path, head)
    only = {key: values[0] for key, values in header.items()}
    body, repair, repairs = body.partition("-- Repair\n")
    body, _, meanwhile = body.partition("-- Meanwhile\n")
    return Drill(
        name=path.stem,
        title=only.get("Drill") or only["Variant"],
        data=only.get("Data", ""),
        sees=tuple(_sight(path, line) for line in header.get("Sees", ())),
        also=_checks(path, only.get("Also")),
        says=_checks(path, only.get("Says")),
        needs=_checks(path, only.get("Needs")),
        versions=tuple(only["On"].split(", ")) if "On" in only else VERSIONS,
        users=(only["As"],) if "As" in only else (ROLE, OWNER),
        at=only.get("At"),
        by=only.get("By", OWNER),
        demo=only.get("Demo", ""),
        breaks=_paragraphs(body),
        meanwhile=_paragraphs(meanwhile),
        repairs=_paragraphs(repairs) if repair else None,
    )


def whole(paragraph: str) -> str:
    """The paragraph with the files of the setup that it names."""
    return "\n".join(
        sql.setup_file(line.removeprefix("-- ")) if line.startswith(_FILE) else line
        for line in paragraph.split("\n")
    )


def _header(path: Path, head: str) -> dict[str, list[str]]:
    header: dict[str, list[str]] = {}
    for line in head.splitlines():
        key, _, value = line.partition(": ")
        key = key.removeprefix("-- ").rstrip(" ")
        if not (line.startswith("-- ") and key in (*_WHAT, *_WHERE) and value):
            raise ValueError(f"{path.name}: not a header line: {line}")
        header.setdefault(key, []).append(value)
    return header


def _paragraphs(text: str) -> tuple[str, ...]:
    parts = groupby(text.split("\n"), key=lambda line: bool(line.strip()))
    return tuple("\n".join(lines).strip() for said, lines in parts if said)


def _sight(path: Path, line: str) -> Sight:
    check, status, words = (*line.split(" ", 2), "", "")[:3]
    if check not in KNOWN or status not in _BAD or words[:1] + words[-1:] != '""':
        raise ValueError(f"{path.name}: not a sight: {line}")
    return Sight(check, status, words[1:-1])


def _checks(path: Path, names: str | None) -> frozenset[str]:
    wanted = frozenset(names.split(", ")) if names else frozenset()
    if unheard := wanted - KNOWN:
        raise ValueError(f"{path.name}: no such check: {', '.join(sorted(unheard))}")
    return wanted
