"""Which text is the right one for an RPC or the partition routine, and how does it come back?

In the order of a guard's (lib/trials/references.py): the adopted one, the one that was last proven
right, that of sql/setup. No RPC is tried: one that answered true while all was well, and agreed
with the catalogs, is what is called right here. So does a text that can say nothing else, and a
person reads it before it runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from lib.checks.guard_remedies import closed
from lib.checks.rpc_calls import DRIFT_RPC, MAINTENANCE_RPC, MONTH_RPC, TRIGGERS_RPC, remedy_of
from lib.core.context import Context
from lib.core.remedies import Kind, Remedies, decision, statements
from lib.core.results import Finding, Row
from lib.db.database import Session
from lib.db.sql import quoted
from lib.remedies import locks
from lib.trials.proven import Proven, as_it_was, last_proven
from lib.trials.references import ADOPTED_BACK, ADOPTED_TEXT, REPLACE, TEXT_OF_SETUP, adopting
from lib.trials.texts.compared import difference
from lib.trials.texts.reviewed import Definition, canonical, created_by, reviewed_files

MADE = "last made a month's partitions"
ANSWERED = "last answered true, and rightly so"
# Codes: it says no, and is right; it says yes, and is not; what else puts its text in doubt.
UNTRUE, LIE = "untrue", "contradicts"
_OF_ITS_TEXT = (LIE, "rpc_missing", "rpc_rows", "rpc_raised", "not_boolean")
OF_RIGHTS = ("not_definer", "path_unsafe")  # codes of what it says of who it runs as
_ALL = (TRIGGERS_RPC, DRIFT_RPC, MONTH_RPC, MAINTENANCE_RPC)


@dataclass(frozen=True)
class Known:
    """What is known of the text of one of them, `name` with its schema.

    `live` is None where it is gone, or has no text that is read here; `adopted` and `shipped` are
    None where there is none. `proven` is a text of their own, which `stands` where it is the live.
    """

    name: str
    live: Definition | None
    adopted: Definition | None
    shipped: Definition | None
    proven: Proven | None

    @property
    def stands(self) -> bool:
        """Is the live text of their own the one that was last proven right?"""
        return self.proven is not None and self.proven.text == self.live

    @property
    def former(self) -> Proven | None:
        """The text of their own that was proven right, where another one stands there, or none."""
        return None if self.stands else self.proven

    @property
    def reviewed(self) -> bool:
        """Is it the adopted text, or that of sql/setup where none is adopted?"""
        return self.live is not None and self.live == (self.adopted or self.shipped)


def known(session: Session, context: Context, rpc: str, statement: str | None) -> Known:
    """What is known of this function's text? `statement` creates the one that is there."""
    name = f"public.{rpc}"
    live = created_by(f"{statement.rstrip()};").get(name) if statement else None
    adopted = None
    if context.canonical is not None:
        adopted = canonical(reviewed_files(context.canonical)).get(name)
    shipped = canonical(reviewed_files(None)).get(name)
    if adopted is not None or (live is not None and live == shipped):
        return Known(name, live, adopted, shipped, None)
    was = last_proven(session, context, (f"public.{each}" for each in _ALL)).get(name)
    own = None if was is None or was.text == shipped else was
    return Known(name, live, adopted, shipped, own)


def told(
    session: Session, context: Context, finding: Finding, statement: str | None
) -> tuple[Finding, tuple[Row, ...]]:
    """What is said of an RPC, with what puts it right, or that its text is another one than before.

    And the rows for `instead`: what puts one right that says no while all is well.
    """
    rpc, ours = (
        finding.subject.removeprefix("public.").removesuffix("()"),
        remedy_of(finding.subject),
    )
    wrong = finding.code in _OF_ITS_TEXT and finding.remedies == ours
    if not (wrong or finding.code == UNTRUE or (finding.code == "holds" and context.verifying)):
        return finding, ()
    text = known(session, context, rpc, statement)
    if wrong:
        return replace(finding, remedies=put_right(text, ours, did=ANSWERED)), ()
    if finding.code == UNTRUE:
        remedies = put_right(text, ours, did=ANSWERED)
        return finding, ({"subject": finding.subject, "remedies": remedies},)
    if text.live is not None and text.former is not None:
        since = f"its text is not the one with which it did since {text.former.when}"
        finding = replace(finding, detail=f"{finding.detail}; {since}")
    return finding, ()


def rows(findings: Iterable[Finding], lives: Mapping[str, str | None]) -> tuple[Row, ...]:
    """The functions that these are about, and the statements that create them."""
    texts = ((finding.subject, lives.get(finding.subject)) for finding in findings)
    return tuple({"function": name, "text": text} for name, text in texts if text)


def put_right(text: Known, ours: Remedies, *, did: str) -> Remedies:
    """What puts the right text in the place of one that is wrong, or gone?

    `ours` is what to do where nothing else is known, `did` what was seen of the proven one then.
    Where a text of their own was last proven right, nothing is done unasked, also where it is wrong
    by now.
    """
    name = ".".join(map(quoted, text.name.split(".")))
    if text.adopted is not None and text.adopted != text.live:
        sql = f"{ADOPTED_BACK}\n{_closed(name, text.adopted)}"
        more = {"replaces": name, "whose": ADOPTED_TEXT, "difference": _changes(text)}
        return statements(sql, lock=locks.NONE, **more)
    if text.adopted is not None:
        words = "the adopted text is what is there, and putting it back changes nothing: correct it"
        return decision(f"{words} in its folder") + _choices(ours, name)
    if text.proven is None:
        return ours
    if text.former is None:
        return _choices(ours, name, first="")
    sql = _closed(name, text.former.text)
    found = as_it_was(text.name, text.former, sql, did=did, difference=_changes(text))
    return found + _choices(ours, name)


def review(text: Known, context: Context, ours: Remedies) -> Remedies:
    """What there is to decide about a text that does its work, and that nobody has reviewed."""
    name = ".".join(map(quoted, text.name.split(".")))
    words = f"review it, then adopt it ({adopting([name], context)})"
    return decision(words) + _choices(ours, name)


def _choices(ours: Remedies, name: str, first: str = "or ") -> Remedies:
    """The same, each as a choice that a person has."""
    words = f"{first}take {TEXT_OF_SETUP} ({REPLACE} {name}), the whole file"
    return tuple(
        replace(each, kind=Kind.DECISION, words=words, replaces=name)
        if each.kind is Kind.FILE
        else replace(each, words=f"{first}{each.words}")
        for each in ours
    )


def _closed(name: str, text: Definition) -> str:
    return f"begin;\n{text.statement}\n{closed(f'{name}()')}\ncommit;"


def _changes(text: Known) -> str:
    to = text.adopted or (text.former.text if text.former else None)
    if to is None or text.live is None:
        return ""
    return difference(to.statement, text.live.statement)
