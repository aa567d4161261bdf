"""How is a report told? One sentence and what is wrong, the same on every face."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from lib.checks import (
    by_name,
    default_partition_rows,
    foreign_key,
    guard_triggers,
    orphan_rows,
    partition_coverage,
    rpc_answers,
)
from lib.checks.check import always
from lib.checks.rpc_answers import ASK_AGAIN
from lib.core.remedies import Kind, Remedies, whole_file
from lib.core.results import HISTORY, CheckResult, Finding, Report, Status
from lib.core.words import by_status, sentence
from lib.remedies.remedies import RIGHT_DATABASE, RPC_FILE

_MISSING = "table_missing"
_FOR_WANT_OF_IT = (_MISSING, "column_missing", "not_observed")  # codes of what follows from that
# What an RPC says that is alone in finding something: then it is the RPC that is to be repaired.
_THE_RPCS = whole_file(
    "nothing that it speaks of is wrong, so the RPC is: as the owner, run the whole file", RPC_FILE
)
_NOT_KNOWN = "Whether it holds is not known: what cannot be seen may be wrong."
_ABSENT = "Nothing can be written to it or read from it."
_UNRECORDED = "The review, and the other copies, do not know of this run."
# What headlines begin with; whatever else one begins with is a name, which keeps its letters.
_OPENERS = (
    "a all an another any conditions every foreign months new no none not nothing older other "
    "recent replica row rows settings strangers the there this triggers trying"
)
_LONGEST = 300  # characters of a clause of an older version: sql/history/runs.sql reads no more


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, and every check that says so."""

    finding: Finding
    checks: tuple[str, ...]


def echo(fault: Fault) -> bool:
    """Does it only follow from another fault? An RPC that rightly says that not all is well.

    An answer that could not be compared is unknown by itself.
    """
    alone = fault.checks == (rpc_answers.CHECK.name,)
    return alone and fault.finding.status is not Status.UNKNOWN and _follows(fault.finding.remedies)


def _follows(remedies: Remedies) -> bool:
    """By its value: rows of the history have other words, and older ones no code."""
    return bool(remedies) and all(each.follows for each in remedies)


def faults(report: Report, among: Callable[[str], bool] = always) -> list[Fault]:
    """What is wrong, worst first? Said by several of these checks, told once."""
    merged: dict[str, Fault] = {}
    failing = sorted(report.failing(), key=lambda pair: _turn(report, *pair))
    absent = {said.subject: said.headline for _, said in failing if said.code == _MISSING}
    # What a check of another page knows to do about the very same counts here too.
    remedies = {said.detail: said.remedies for _, said in reversed(failing) if said.remedies}
    instead = runnable(report)
    for check, said in failing:
        if among(check.check):
            known_to = instead(remedies.get(said.detail, ()))
            finding = _whole(check.check, said, absent, known_to)
            known = merged.get(finding.detail, Fault(finding, ()))
            names = dict.fromkeys((*known.checks, check.check))
            merged[finding.detail] = replace(known, checks=tuple(names))
    return list(merged.values())


def runnable(report: Report) -> Callable[[Remedies], Remedies]:
    """What is to be run in the place of a remedy that cannot do it in this database.

    PostgreSQL attaches no partition while DEFAULT holds rows of its month: moving them makes it.
    """
    moves = {
        (each.moves.guard, month): each
        for said in default_partition_rows.CHECK.of(report).failing()
        for each in said.remedies
        if each.moves
        for month in each.moves.months
    }
    spoken_of = (guard_triggers.CHECK, partition_coverage.CHECK)
    alone = all(check.of(report).status is Status.OK for check in spoken_of)

    def instead(remedies: Remedies) -> Remedies:
        if alone and _follows(remedies) and remedies != ASK_AGAIN:
            return _THE_RPCS
        made = next((each.makes for each in remedies if each.makes), None)
        if made is None:
            return remedies
        own = tuple(moves[at] for month in made.months if (at := (made.guard, month)) in moves)
        return own + (remedies if made.months[1:] or not own else ())

    return instead


def _whole(check: str, said: Finding, absent: Mapping[str, str], remedies: Remedies) -> Finding:
    """The finding with all that is known of it: what it means, and what to do."""
    found = replace(said, remedies=remedies, means=meaning(check, said))
    if said.code not in _FOR_WANT_OF_IT or said.subject not in absent:
        return found
    # In one form: every check that needs the table says so in its own.
    detail, headline = f"{said.subject} does not exist", absent[said.subject]
    do = remedies or RIGHT_DATABASE
    return replace(found, detail=detail, headline=headline, remedies=do)


def meaning(check: str, finding: Finding) -> str | None:
    """What does it do to the data, in a line: by its own words, else by those of its check?"""
    if finding.means or finding.status is Status.OK:
        return finding.means
    if finding.status is Status.UNKNOWN:
        return _NOT_KNOWN
    known = by_name(check)
    if known is None:
        return _UNRECORDED if check == HISTORY else None
    return _ABSENT if finding.code == _MISSING else known.means


def _turn(report: Report, check: CheckResult, finding: Finding) -> tuple[int, bool]:
    """The worst first; a foreign key cannot come back before the rows that break it are right."""
    broken = orphan_rows.CHECK.of(report).status is not Status.OK
    return -finding.status, broken and check.check == foreign_key.CHECK.name


def counted(wrong: Iterable[Fault]) -> str:
    """3 critical, 2 warning."""
    return by_status(fault.finding.status for fault in wrong)


def verdict(report: Report, *, badge: bool = False) -> str:
    """What did it find, in one sentence: all well, or the worst in words?

    `badge`: one beside it, or a word, says how bad it is.
    """
    wrong = faults(report)
    if not wrong:
        return _calm(report, badge=badge)
    worst = title(wrong[0].finding) if badge else headline(wrong[0].finding)
    return f"{worst}. {also(wrong[1:])}".strip()


def also(others: Sequence[Fault]) -> str:
    """How many more were found beside the worst? A sentence to follow its own; else nothing."""
    return f"Also found: {counted(others)}." if others else ""


def in_brief(report: Report) -> str:
    """What is the worst that is left, and how much more? A clause for a line; empty where all hold.

    What an RPC rightly says of another fault is none of its own.
    """
    known = faults(report)
    wrong = [fault for fault in known if not echo(fault)] or known
    more = f"; also {counted(wrong[1:])}" if wrong[1:] else ""
    return f"{brief(wrong[0].finding)}{more}" if wrong else ""


def _calm(report: Report, *, badge: bool) -> str:
    """The verdict where no check finds anything: that all hold is earned by one that applies."""
    count, more = len(report.applying), len(report.apart)
    if not count:
        return "No check applies." if badge else "Unknown: no check applies."
    calm = "The one check that applies holds." if count == 1 else f"All {count} checks hold."
    return f"{calm} {more} more {'does' if more == 1 else 'do'} not apply." if more else calm


def headline(finding: Finding) -> str:
    """The finding as one short sentence, and that it is unknown where it is."""
    unknown = finding.status is Status.UNKNOWN
    return f"Unknown: {brief(finding)}" if unknown else title(finding)


def title(finding: Finding) -> str:
    """The same where a badge or a word beside it says how bad it is."""
    words = brief(finding)
    named = finding.headline and words.split(" ", 1)[0] not in _OPENERS.split()
    return words if named else sentence(words)


def brief(finding: Finding) -> str:
    """The same as a clause."""
    return finding.headline or in_short(finding.detail)


def more(finding: Finding) -> str:
    """What was found as a whole sentence, where the headline does not hold it; else nothing."""
    detail = finding.detail.removesuffix(".")
    said = detail.casefold() in brief(finding).casefold()
    return "" if said else f"{sentence(detail)}."


def in_short(detail: str) -> str:
    """The first clause, cut at a word: the headline of a row from before there were any."""
    words = detail.split("; ")[0]
    if len(words) <= _LONGEST:
        return words
    start = words[: _LONGEST - 1]
    return f"{start.rpartition(' ')[0] or start}…"


@dataclass(frozen=True)
class Errand:
    """What there is to do in words alone, or to decide: a choice that a person has."""

    words: str
    decides: bool = False

    @property
    def head(self) -> str:
        """Its heading."""
        return "A person decides" if self.decides else "Do this now"


def errand(remedies: Remedies) -> Errand | None:
    """What to do, or which choice a person has, where there is no SQL to run; else None."""
    if not remedies or any(each.sql for each in remedies):
        return None
    words = " ".join(each.line for each in remedies)
    return Errand(sentence(words), decides=True) if decides(remedies) else Errand(words)


def decides(remedies: Remedies) -> bool:
    """Is it a choice that a person has, so that nothing of it is done before?"""
    return bool(remedies) and remedies[0].kind is Kind.DECISION


def choice(remedies: Remedies) -> str | None:
    """Which choice has a person, where that is all there is to do?"""
    told = errand(remedies)
    return told.words if told and told.decides else None


def outcome(done: int, failed: int, decisions: int | None) -> str:
    """What came of a run of the plan? `decisions` is None where that is not known."""
    words = f"{done} done, {failed} could not be done"
    return words if decisions is None else f"{words}, {decisions} left to a person"
