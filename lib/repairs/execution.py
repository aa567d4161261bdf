"""How is a plan carried out so that nothing is lost and nobody waits for long behind it?

Every transaction of the plan repairs something by itself, and asks for its locks for a moment
only: a run that is cut off, wherever, leaves what it has done, and the next one makes its plan
afresh.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import URL

from lib import verification
from lib.checks.telling import outcome
from lib.core.declaration import declared, required
from lib.core.errors import RepairFailed, RepairStopped, WatchtowerError
from lib.core.remedies import Repair
from lib.core.results import Report
from lib.core.statements import readable, statements, transactions, waits
from lib.db.database import Database
from lib.remedies.bound_rows import relation_of
from lib.remedies.constraints import UNHURRIED, UNPROVEN, prove
from lib.remedies.repairs import all_moved
from lib.repairs import messages, row_repairs, run_rows
from lib.repairs import owner as owners
from lib.repairs.outcome import Account, key_of
from lib.repairs.owner import Owner, Say, Stopped
from lib.repairs.plan import Action, Plan, plan
from lib.repairs.row_repairs import Progress

ROUNDS = 5

_UNHURRIED = tuple(statements(UNHURRIED))
_FIRST = "the first statement"
_NEW_SETTINGS = "clear-settings"


@dataclass(frozen=True)
class Outcome:
    """What was done and what could not be, and what the verification after it says."""

    done: tuple[str, ...]
    failed: tuple[str, ...]
    left: Plan
    report: Report

    @property
    def words(self) -> str:
        """How many of each, as its row of the history is told too."""
        return outcome(len(self.done), len(self.failed), len(self.left.decisions))


@dataclass
class _Work:
    """One run: how the watchtower looks, how the owner repairs, and what came of it so far."""

    database: Database
    url: URL
    who: str
    say: Say
    looking: dict[str, Any]
    decided: frozenset[str] = frozenset()
    leave_behind: tuple[str, ...] = ()
    before: list[str] = field(default_factory=list)  # what takes it back, until a row keeps it
    run: str = field(default_factory=lambda: str(uuid4()))
    account: Account = field(default_factory=Account)

    def plan(self) -> Plan:
        """What is there to do now?"""
        return plan(verification.examine(self.database, **self.looking), self.decided)


def apply(
    watched: URL,
    owner: URL,
    *,
    who: str,
    say: Say,
    stopped: Stopped = lambda: False,
    canonical: Path | None = None,
    window_days: int = 7,
    freshness_hours: int = 6,
    decided: frozenset[str] = frozenset(),
    leave_behind: tuple[str, ...] = (),
) -> Outcome:
    """Run the plan of this database until there is none, and verify.

    `watched` is how the watchtower looks, so that what it cannot see is repaired too; `owner` runs
    the statements. One that fails is told, and the others go on: each repairs something by itself.
    `decided` names the functions of which it was decided that their text is to be replaced. Rows of
    the tables to `leave_behind` stay, although they repeat a key that nobody has declared.

    Raises: DatabaseUnreachable; RepairStopped; RepairFailed if another one is at work, this role
    may not repair, or these are two databases.
    """
    looking = {
        "canonical": canonical,
        "window_days": window_days,
        "freshness_hours": freshness_hours,
    }
    relations = [guard.relation for guard in required()]
    with (
        closing(Database(watched)) as database,
        owners.alone(owner, relations, say, stopped) as statements_of,
    ):
        _admit(statements_of, relations, watched, say)
        return _kept_rounds(
            _Work(database, owner, who, say, looking, decided, leave_behind), statements_of
        )


def _kept_rounds(work: _Work, owner: Owner) -> Outcome:
    """The rounds and a verification, between two rows of the history: a killed run has only one."""
    work.before = run_rows.live(owner)
    _remember(work, "begun")
    try:
        _rounds(work, owner)
        report = verification.verify(work.database, who=work.who, face="apply", **work.looking)
        left = plan(report, work.decided)
        work.account.judge(left)
    except RepairStopped as error:
        _remember(work, "stopped", str(error))
        raise
    except (WatchtowerError, KeyboardInterrupt) as error:
        _remember(work, "broken off", str(error) or "interrupted")
        raise
    _remember(work, "ended")
    return Outcome(work.account.all_done, tuple(work.account.failed.values()), left, report)


def _rounds(work: _Work, owner: Owner) -> None:
    """Plan, run, and plan again, for what a statement repairs may bring the next one to light."""
    done = work.account.done
    for row in owner.ask("repairs/unproven", _FIRST, mark=UNPROVEN):
        work.say(f"Comparing what refers to {row['parent']}, which an earlier run has left")
        title = f"Compare what refers to {row['parent']}"
        for text in transactions(prove(str(row["parent"]))):
            owner.run(text, title)
        done[title] = title
    for _ in range(ROUNDS):
        fresh = [action for action in work.plan().actions if key_of(action) not in done]
        before = len(done)
        for number, action in enumerate(fresh, 1):
            owner.stop_here(action.title)
            work.say(f"{number} of {len(fresh)}  {action.title}")
            _one(work, owner, action)
        if len(done) == before:
            return


def _one(work: _Work, owner: Owner, action: Action) -> None:
    key, repair = key_of(action), action.remedy.repair
    work.account.ran[key] = action
    try:
        if repair is None:
            _carry_out(work, owner, action)
            work.account.done[key] = action.title
        else:
            work.account.done[key] = _set_right(work, owner, repair)
        work.account.failed.pop(key, None)
    except RepairStopped:
        raise
    except RepairFailed as error:
        work.account.failed[key] = str(error)
        work.say(f"        not done: {error}")


def _set_right(work: _Work, owner: Owner, repair: Repair) -> str:
    """In one line, what was done. Cut off, that is kept as well."""
    progress = Progress(repair.title, work.say)
    own = {guard.relation for guard in declared()}
    bound = [relation_of(each.table) for each in all_moved(repair)]
    _strangers(owner, work.say, [name for name in bound if name not in own])
    try:
        row_repairs.carry_out(owner, repair, progress, work.leave_behind)
    except WatchtowerError:
        work.account.partly += [progress.words] * bool(progress.rows)
        raise
    work.say(f"        {progress.words}")
    return progress.words


def _carry_out(work: _Work, owner: Owner, action: Action) -> None:
    """Run it, a transaction after the other. Raises: RepairFailed, DatabaseUnreachable."""
    itself = action.step == _NEW_SETTINGS or action.remedy.superuser
    for text in transactions(action.sql):
        owner.run(_patient(text), action.title, itself=itself)
    if action.step == _NEW_SETTINGS:
        owner.renew()
        work.database.close()
        work.say("        open sessions keep the old setting until they reconnect")


def _patient(text: str) -> str:
    """The text without its own lock_timeout, so that the run's holds. UNHURRIED stays."""
    own = [each for each in statements(text) if waits(each) and each not in _UNHURRIED]
    return "\n".join(each for each in statements(text) if each not in own)


def _admit(owner: Owner, relations: list[str], watched: URL, say: Say) -> None:
    """Is nothing in the way of it? Raises: RepairFailed."""
    _may(owner, relations)
    _same(owner, watched)
    _strangers(owner, say, [guard.relation for guard in declared()])


def _may(owner: Owner, relations: list[str]) -> None:
    """Raises: RepairFailed if this role cannot repair, or nobody can."""
    (found,) = owner.ask("repairs/owners", _FIRST, relations=relations)
    if found["standby"]:
        raise RepairFailed("This server is a standby, which takes no change: repair the primary.")
    if found["foreign_to"]:
        raise RepairFailed(
            f"The role {found['role']} may not repair: it is not the owner of "
            f"{found['foreign_to']}. Nothing was changed. Name the owner in WATCHTOWER_ADMIN_URL."
        )
    if found["owner"]:
        owner.become = f"set local role {found['owner']};"


def _same(owner: Owner, watched: URL) -> None:
    """Raises: RepairFailed if the owner's connection leads to another database than the watched."""
    with closing(messages.connected(watched)) as other:
        there = messages.answer(other, "repairs/place")
    if owner.ask("repairs/place", _FIRST) != [there]:
        raise RepairFailed("WATCHTOWER_ADMIN_URL and DATABASE_URL lead to two different databases.")


def _strangers(owner: Owner, say: Say, relations: list[str]) -> None:
    """Names what of strangers' each write runs with the owner's rights, as every other write does.

    Raises: RepairFailed where it would be a superuser's, which no role that is set for a while
    keeps from them; or where the table itself is a stranger's: nobody but us would write there.
    """
    found = owner.ask("repairs/strangers", _FIRST, relations=relations)
    for row in found:
        say(
            f"note: {row['object']} belongs to {row['owner']}, a stranger here, and runs with the "
            f"rights of whoever writes to {row['relation']}"
        )
    if found and found[0]["superuser"]:
        raise RepairFailed(
            f"Code of strangers would run with the rights of {found[0]['writer']}, a superuser. "
            "Nothing was changed. Name the owner of the tables in WATCHTOWER_ADMIN_URL."
        )
    for row in (each for each in found if each["whole"]):
        raise RepairFailed(
            f"{row['relation']} is a stranger's, who may have anything run there as "
            f"{row['writer']}. Nothing was changed. Drop it, or give it to {row['writer']}."
        )


def _remember(work: _Work, state: str, why: str = "") -> None:
    """Keep how far this run is, as one row of the history: as the owner, else as the watchtower.

    What takes it back is in the first row that can be kept, and printed where that is not the first
    of the run: it may be cut off before there is another one.
    """
    account = work.account
    details: dict[str, object] = {"run": work.run, "by": work.who, "state": state}
    if work.before:
        details["before"] = work.before
    if state != "begun":
        details["done"] = account.all_done
        details["failed"] = list(account.failed.values())
    if account.decisions is not None:
        details["decisions"] = account.decisions
    if why:
        details["why"] = why
    ok = state == "ended" and not account.failed
    refused = run_rows.keep((work.url, work.database.url), details, ok=ok)
    if refused:
        work.say(f"        not in the history: {refused}")
        if state == "begun" and work.before:
            work.say("-- What is there now, to be kept until the history has it:")
            work.say(readable("\n".join(work.before)))
    else:
        work.before = []
