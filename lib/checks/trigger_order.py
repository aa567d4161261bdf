"""Does any other trigger undo what the guard does, or keep it from firing?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import groupby

from lib.checks import guard_behaviour
from lib.checks.check import Check, Group, Place, always
from lib.checks.delete_triggers import lost_moves
from lib.checks.guard_behaviour import calls, observe, relations, wanted
from lib.checks.outside_texts import bodies, eased
from lib.checks.outside_texts import rows as rows_outside
from lib.checks.parameters import lists, of_catalogs
from lib.core.context import Context, Verdict, rows_of
from lib.core.errors import QueryFailed
from lib.core.guards import Guard
from lib.core.remedies import Remedies, by_hand
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.words import number, plural
from lib.db.database import Session
from lib.db.sql import quoted, remark
from lib.trials.probe import ASTRAY, LOCKED, REFUSED_WRITE, Case, Trial
from lib.trials.references import adopt_line
from lib.trials.reviewed import adopted
from lib.trials.sandbox import attempt, sample
from lib.trials.strangers import not_run, strangers
from lib.trials.texts import Doubt, condition, doubt, reading_of, tame

_OUTSIDE = "trigger_not_understood"
_MEANS = "The guard fires, and the row is stored with another key or not at all."
_MEANS_REFUSED = (
    "Writers get an error for rows that are right: nothing drifts, and nothing comes in."
)
_MOST = 3  # so many different sets of triggers are tried; the rest is judged by its text


# What the try lacks and a writer has: rights, a transaction that writes, time, the lock.
_UNABLE = (REFUSED_WRITE, LOCKED, ASTRAY, "42501", "57014", "3F000")


@dataclass(frozen=True)
class _Company:
    """Triggers that stand beside the guard, alike on these relations."""

    guard: Guard
    relations: tuple[str, ...]
    relid: int
    triggers: tuple[Row, ...]

    @property
    def others(self) -> list[Row]:
        return [row for row in self.triggers if not row["guards"]]

    @property
    def guarded(self) -> bool:
        return len(self.others) < len(self.triggers)

    @property
    def digest(self) -> str:
        """What tells these triggers, and what they do, from any others?"""
        more = ("language", "security_definer", "settings")
        return self._digest(lambda row: [*(row[part] for part in more), *row["calls"]])

    @property
    def earlier_digest(self) -> str:
        """The same, as earlier versions had it."""
        return self._digest(lambda row: bodies(row["calls"]))

    def _digest(self, more: Callable[[Row], Iterable[object]]) -> str:
        parts = [self.guard.relation]
        for row in self.triggers:
            own = row["definition"].replace(row["relation"], "")
            parts += [own, row["body"], *map(str, more(row))]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def run(session: Session, context: Context) -> CheckResult:
    """What do other BEFORE triggers make of the guard's key, in the order in which they fire?

    A verification tries them all together in the sandbox of guard_behaviour; a refresh goes by
    that for as long as they are the same, and by their texts otherwise.
    Tables: `others` (table, trigger, function, fires, relations), `verdicts`, `outside`.
    Source: PostgreSQL manual, "Overview of Trigger Behavior": alphabetical order of names.
    """
    rows = session.rows("checks/trigger_order", **lists(context, "triggers", "functions", "keys"))
    called = calls(session, context) if rows else {}
    guarded = relations(session, context) if rows else frozenset()
    more = ({"calls": called.get(row["function"], []), "guarded": guarded} for row in rows)
    rows = tuple({**row, **each} for row, each in zip(rows, more, strict=True))
    rows = tuple({**row, "adopted": adopted(context, row)} for row in rows)
    strict = [guard for guard in context.guards if guard.sets == "always"]
    companies = [c for g in strict for c in _companies(g, rows_of(g.table, rows))]
    verdicts = _verdicts(session, context, companies)
    findings: list[Finding] = []
    taken: list[str] = []
    for company in companies:
        found = judge_company(company, verdicts.get(company.digest))
        if found.code == _OUTSIDE:
            digests = company.digest, company.earlier_digest
            found = eased(session, context, CHECK.name, found, *digests, taken)
        findings.append(found)
    findings += lost_moves(session, context)
    alone = Finding(
        "triggers", Status.OK, "no other trigger fires before a row is written", code="holds"
    )
    fire = "fires" if len(companies) == 1 else "fire"
    words = f"{plural(len(companies), 'set')} of other triggers {fire} beside a guard"
    kept = tuple({"definition": v.definition, "verdict": v} for v in verdicts.values())
    return CheckResult(
        CHECK.name,
        tuple(findings) or (alone,),
        words if companies else (findings or [alone])[0].detail,
        {
            "others": tuple(map(_as_row, companies)),
            "verdicts": kept,
            "outside": rows_outside(taken),
        },
    )


def _companies(guard: Guard, rows: list[Row]) -> list[_Company]:
    """Relations with the same triggers are one case."""
    found: dict[str, _Company] = {}
    for _, group in groupby(rows, key=lambda row: row["relid"]):
        triggers = tuple(group)
        own = _Company(guard, (triggers[0]["relation"],), triggers[0]["relid"], triggers)
        known = found.get(own.digest)
        names = (*known.relations, *own.relations) if known else own.relations
        found[own.digest] = _Company(guard, names, own.relid, triggers)
    return list(found.values())


def _verdicts(session: Session, context: Context, companies: list[_Company]) -> dict[str, Verdict]:
    """What trying them together proves, by digest; in a refresh what was proven before."""
    if not context.verifying:
        digests = [company.digest for company in companies]
        return {key: context.proven[key] for key in digests if key in context.proven}
    worth = [
        c for c in companies if c.guarded and not guard_behaviour.CHECK.critical(context, c.guard)
    ]
    if not worth:
        return {}
    places = dict(zip(context.guards, observe(session, context), strict=True))
    return {c.digest: _try(session, context, c, places[c.guard]) for c in worth[:_MOST]}


def _try(session: Session, context: Context, company: _Company, place: Row) -> Verdict:
    guard = company.guard
    readings = [reading_of(guard, row, condition(row)) for row in company.triggers]
    if theirs := strangers(session, context, guard, place, beside=True):
        why = f"not tried: {not_run(theirs, place['role'])}"
        return _proof(company, None, why, Status.UNKNOWN)
    try:
        samples = sample(session, guard, context.month, place["copied"])
        tried = wanted(guard, context, samples, readings, company.triggers[0]["spare"])
        trials = attempt(session, guard, tried, company.relid)
        refused = any(trial.state == REFUSED_WRITE for trial in trials)
        if refused and all(tame(guard, row) for row in company.triggers):
            trials = attempt(session, guard, tried, company.relid, writes=True)
    except QueryFailed as error:
        return _proof(company, None, str(error))
    wrong = [trial for trial in trials if trial.right is False and not trial.state and trial.key]
    if wrong and not (wrong := _not_its_own(session, company, wrong)):
        return _proof(company, None, "")
    kept = [trial for trial in trials if trial.right and not trial.state]
    # A row that is dropped may be what a filter is for, but nobody knows: that proves nothing.
    lost = [t for t in trials if t.right is None or (t.right is False and not (t.state or t.key))]
    lost = [trial for trial in lost if trial.case.fill in ("none", "some")]
    behaves = False if wrong else (True if kept and not lost else None)
    words = _wrong_words(wrong[0]) if wrong else _refused(trials)
    words = words or _moved(session, company, tried)
    return replace(_proof(company, behaves, words), function=words)


def _proof(
    company: _Company, behaves: bool | None, words: str, status: Status = Status.OK
) -> Verdict:
    """What a try showed; it was not to be made where the status says so."""
    code = "code_of_strangers" if status is Status.UNKNOWN else "tried"
    found = Finding(company.guard.relation, status, words, code=code)
    return Verdict("", company.digest, behaves, found)


def _refused(trials: tuple[Trial, ...]) -> str:
    """Do they refuse every row, or every update, for all that was tried and by no want of ours?"""
    right = [trial for trial in trials if trial.case.expected]
    for what, some in (
        ("row", [trial for trial in right if trial.case.change is None]),
        ("update of other columns", [trial for trial in right if trial.case.columns]),
    ):
        if some and all(trial.state and trial.state not in _UNABLE for trial in some):
            return f"every {what} is refused: {some[0].got.removeprefix('an error: ')}"
    return ""


def _not_its_own(session: Session, company: _Company, wrong: list[Trial]) -> list[Trial]:
    """Which of these come out wrong because of the others, and not of the guard by itself?

    guard_behaviour says what is wrong with the guard, or why it was not tried.
    """
    own = [row["trigger_name"] for row in company.triggers if row["guards"]]
    cases = [trial.case for trial in wrong]
    try:
        alone = attempt(session, company.guard, cases, company.relid, own)
    except QueryFailed:
        return wrong
    return [
        trial for trial, by_itself in zip(wrong, alone, strict=True) if by_itself.got != trial.got
    ]


def _moved(session: Session, company: _Company, tried: list[Case]) -> str:
    """Which right key do the triggers before the guard take to another month, for a moment?

    PostgreSQL looks after each trigger that a partition has from its table whether the row still
    belongs there, and refuses it (0A000) before the guard can set the key right again.
    """
    key = company.guard.key
    before = [row for row in company.others if not row["later"] and row["on_insert"]]
    if not any(row["cloned"] and doubt(row, company.guard) for row in before):
        return ""
    right = [c for c in tried if c.change is None and c.given.get(key) in c.expected]
    only = [row["trigger_name"] for row in before]
    try:
        trials = attempt(session, company.guard, right, company.relid, only)
    except QueryFailed:
        return ""
    for trial in trials:
        given = trial.case.given[key]
        if trial.key and given is not None and trial.got[:7] != given[:7]:
            return (
                f"{key} {given} becomes {trial.got} before the guard fires; PostgreSQL refuses "
                "such a row (0A000) for leaving its partition, so inserts fail, loudly, and no "
                "key is wrong"
            )
    return ""


def _wrong_words(trial: Trial) -> str:
    return (
        f"{trial.case.name}: given {trial.case.said} they made {trial.got}, and "
        f"{trial.wanted or trial.case.wanted} is right"
    )


def judge_company(company: _Company, verdict: Verdict | None) -> Finding:
    """What do these triggers do to the guard's work, as far as can be told?"""
    guard = company.guard
    read = [(row, each) for row in company.others if (each := doubt(row, guard))]
    doubtful, doubts = [row for row, _ in read], [each for _, each in read]
    meant, behaves = doubtful or company.others, verdict.behaves if verdict else None
    said = _Said(company, meant)
    if behaves is False and verdict is not None:
        found = said.that("key_set_wrong", "set{s} wrong keys in", verdict.function, _MEANS)
        return replace(found, status=Status.CRITICAL)
    if any(each.unread for each in doubts):
        return _not_understood(company, read)
    if verdict is not None and verdict.function and (behaves or not doubtful):
        why = f"tried, {verdict.function}"
        return said.that("rows_refused", "refuse{s} good rows of", why, _MEANS_REFUSED)
    if verdict is not None and verdict.finding.status is Status.UNKNOWN:
        found = said.that("code_of_strangers", "", verdict.finding.detail)
        short = f"triggers of {guard.table} run a stranger's code"
        return replace(found, status=Status.UNKNOWN, headline=short)
    if not doubtful:
        found = said.that("holds", "", f"nothing in its text touches {guard.key}")
        return replace(found, status=Status.OK, remedies=(), headline="")
    if not company.guarded:
        # guard_triggers says that it is off; what the others do beside it shows once it fires.
        why = "the guard does not fire there, so nothing can be tried beside it"
        return replace(said.that("guard_off", "fire{s} without the guard on", why), remedies=())
    why = "; ".join(dict.fromkeys(doubt.why for doubt in doubts))
    drops = any(doubt.drops for doubt in doubts)
    does = "may change or drop rows of" if drops else "may change rows of"
    if behaves:
        return said.that(
            "row_touched", does, f"{why}; tried together, the right key came out", _MEANS
        )
    tried = "it could not be told by trying" if verdict else "it was not tried"
    found = said.that("trigger_untried", does, f"{why}; {tried}", _MEANS)
    return replace(found, status=Status.UNKNOWN)


@dataclass(frozen=True)
class _Said:
    """What is said of some triggers that stand beside a guard?"""

    company: _Company
    meant: list[Row]

    def that(self, code: str, does: str, why: str, means: str | None = None) -> Finding:
        """A warning that they do this, and why; with `{s}` where one trigger takes it."""
        guard, relations = self.company.guard, self.company.relations
        named = ", ".join(
            f"{row['trigger_name']} ({'after' if row['later'] else 'before'} the guard)"
            for row in self.meant
        )
        who, s = ("other triggers", "") if self.meant[1:] else ("another trigger", "s")
        return Finding(
            relations[0] if len(relations) == 1 else guard.relation,
            Status.WARNING,
            f"{named} on {_places(self.company)}: {why}",
            _switched_off(self.company, self.meant),
            means,
            code=code,
            headline=f"{who} {does.format(s=s)} {guard.table}",
        )


def _switched_off(company: _Company, meant: list[Row]) -> Remedies:
    (look, first), *others = (_switch_off(company, row) for row in meant)
    rest = [f"{each}:\n{off}" for each, off in others]
    return by_hand(look, "\n".join([first, *rest]), comment=True)


def _not_understood(company: _Company, read: list[tuple[Row, Doubt]]) -> Finding:
    """Whatever came out of trying them: where a text is not understood, it proves nothing."""
    unread = [(row, each) for row, each in read if each.unread]
    said = _Said(company, [row for row, _ in unread])
    lines = "; ".join(f"{row['function']}() {each.why}" for row, each in unread)
    found = said.that(_OUTSIDE, "may change or drop rows of", lines, _MEANS)
    off = "\n".join(_switch_off(company, row)[1] for row, _ in unread)
    look = f"{adopt_line(remark(row['function']) + '()' for row, _ in unread)}; else"
    return replace(found, status=Status.UNKNOWN, remedies=by_hand(look, off, comment=True))


def _switch_off(company: _Company, row: Row) -> tuple[str, str]:
    """Where is it switched off: on the table, where it comes from there, else on each partition?"""
    homes = [row["home"]] if row["cloned"] else company.relations
    off = (
        f"alter table {remark(home)} disable trigger {quoted(row['trigger_name'])};"
        for home in homes
    )
    return f"look at {remark(row['function'])}(), then perhaps", "\n".join(off)


def _places(company: _Company) -> str:
    names = company.relations
    if len(names) <= 3:
        return ", ".join(names)
    return f"{number(len(names))} partitions, {names[0]} first"


def _as_row(company: _Company) -> Row:
    return {
        "table": company.guard.table,
        "relations": len(company.relations),
        "triggers": ", ".join(row["trigger_name"] for row in company.triggers),
        "functions": ", ".join(row["function"] for row in company.others),
    }


CHECK = Check(
    name="trigger_order",
    run=run,
    by_hand=of_catalogs("trigger_order", "triggers", "functions", "keys"),
    places=(Place(Group.TRIGGERS, "other triggers", 4),),
    steps=("keys-drift-quietly", "nothing-bypasses-the-guards", "restore-triggers"),
    cause="Another trigger was added that fires after the guard, or drops rows.",
    keeps_keys=True,
    tried=always,
)
