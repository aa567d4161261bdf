"""Does any other trigger undo what the guard does, or keep it from firing?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from lib.checks import guard_behaviour
from lib.checks.check import Check, Group, Place, always
from lib.checks.delete_triggers import lost_moves
from lib.checks.guard_behaviour import observe
from lib.checks.live_functions import definition_of, digest, texts
from lib.checks.outside_texts import TRIGGER, bodies, eased, lasting
from lib.checks.parameters import lists, of_catalogs
from lib.core.context import Context, Verdict, rows_of
from lib.core.errors import QueryFailed
from lib.core.findings import alike, holds, judged, note, unknown
from lib.core.guards import Guard
from lib.core.remedies import by_hand
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.words import few, plural
from lib.db.database import Session
from lib.db.sql import quoted, remark
from lib.remedies.remedies import trigger_of
from lib.trials.around import wanted
from lib.trials.probe import ASTRAY, LOCKED, REFUSED_WRITE, Case, Trial
from lib.trials.references import adopting
from lib.trials.sandbox import attempt, sample
from lib.trials.strangers import not_run, strangers
from lib.trials.texts.judging import Doubt, condition, doubt, reading_of, tame

_OF_STRANGERS = "code_of_strangers"
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
    context: Context
    triggers: list[Row]
    relations: tuple[str, ...] = ()

    @property
    def others(self) -> list[Row]:
        return [row for row in self.triggers if not row["guards"]]

    @property
    def guarded(self) -> bool:
        return len(self.others) < len(self.triggers)

    @property
    def relid(self) -> int:
        return int(self.triggers[0]["relid"])

    @property
    def doubted(self) -> list[Row]:
        """Of which of the others is said what they may do, or do? Of all, where none is apart."""
        return [row for row, _ in self.doubts()] or self.others

    def doubts(self) -> list[tuple[Row, Doubt]]:
        """Which of the others might undo the guard's work, and how?"""
        return [(row, each) for row in self.others if (each := doubt(row, self.guard))]

    def digest(self, *, earlier: bool = False) -> str:
        """What tells these triggers, and what they do, from any others? Or as it was `earlier`."""
        parts = [self.guard.relation]
        for row in self.triggers:
            parts += [row["definition"].replace(row["relation"], ""), row["body"]]
            parts += bodies(row["calls"]) if earlier else [definition_of(row)]
        return digest(parts)


def run(session: Session, context: Context) -> CheckResult:
    """What do other BEFORE triggers make of the guard's key, in the order in which they fire?

    A verification tries them all together in the sandbox of guard_behaviour; a refresh goes by
    that for as long as they are the same, and by their texts otherwise.
    Tables: `verdicts`, `outside`, `functions` (schema, name, finding: what is said of the triggers
    that it is called by).
    Source: PostgreSQL manual, "Overview of Trigger Behavior": alphabetical order of names.
    """
    rows = session.rows("checks/trigger_order", **lists(context, "triggers", "functions", "keys"))
    rows = texts(session, context, rows) if rows else ()
    strict = [guard for guard in context.guards if guard.sets == "always"]
    companies = [c for g in strict for c in _companies(g, context, rows_of(g.table, rows))]
    verdicts = _verdicts(session, context, companies)
    told = [
        (judge_company(c, verdicts.get(c.digest())), c.digest(), c.digest(earlier=True))
        for c in companies
    ]
    findings, outside = eased(session, context, CHECK.name, told)
    findings += lost_moves(session, context)
    if not findings:
        findings = [holds("triggers", "no other trigger fires before a row is written")]
    fire = "fire" if companies[1:] else "fires"
    words = f"{plural(len(companies), 'set')} of other triggers {fire} beside a guard"
    tables = {
        "verdicts": tuple({"definition": v.definition, "verdict": v} for v in verdicts.values()),
        "outside": outside,
        "functions": tuple(
            {"schema": row["schema_name"], "name": row["function_name"], "finding": found}
            for company, (found, _, _) in zip(companies, told, strict=True)
            for row in company.doubted
        ),
    }
    summary = words if companies else findings[0].detail
    return CheckResult(CHECK.name, tuple(findings), summary, tables)


def _companies(guard: Guard, context: Context, rows: list[Row]) -> list[_Company]:
    """Relations with the same triggers are one case."""
    each = [_Company(guard, context, own) for own in alike(rows, lambda row: row["relid"])]
    return [
        replace(same[-1], relations=tuple(one.triggers[0]["relation"] for one in same))
        for same in alike(each, _Company.digest)
    ]


def _verdicts(session: Session, context: Context, companies: list[_Company]) -> dict[str, Verdict]:
    """What trying them together proves, by digest; in a refresh what was proven before."""
    if not context.verifying:
        digests = {company.digest() for company in companies}
        return {key: verdict for key, verdict in context.proven.items() if key in digests}
    worth = [
        c for c in companies if c.guarded and not guard_behaviour.CHECK.critical(context, c.guard)
    ]
    if not worth:
        return {}
    places = dict(zip(context.guards, observe(session, context), strict=True))
    tried = {c.digest(): (c, _try(session, context, c, places[c.guard])) for c in worth[:_MOST]}
    return {
        key: lasting(context, verdict, understood=not any(d.unread for _, d in c.doubts()))
        for key, (c, verdict) in tried.items()
    }


def _try(session: Session, context: Context, company: _Company, place: Row) -> Verdict:
    """What comes out of trying them together, and in which words?"""
    guard, relation, key = company.guard, company.guard.relation, company.digest()
    readings = [reading_of(guard, row, condition(row)) for row in company.triggers]
    if theirs := strangers(session, context, guard, place, beside=True):
        why = f"not tried: {not_run(theirs, place['role'])}"
        return Verdict("", key, None, unknown(relation, _OF_STRANGERS, "", why))
    try:
        samples = sample(session, guard, context.now, place["copied"])
        tried = wanted(guard, context, samples, readings, company.triggers[0]["spare"])
        trials = attempt(session, guard, tried, company.relid)
        refused = any(trial.state == REFUSED_WRITE for trial in trials)
        if refused and all(tame(guard, row) for row in company.triggers):
            trials = attempt(session, guard, tried, company.relid, writes=True)
    except QueryFailed as error:
        return Verdict("", key, None, note(relation, "tried", "", str(error)))
    wrong = [trial for trial in trials if trial.right is False and not trial.state and trial.key]
    if wrong:
        # Of what the guard makes so by itself guard_behaviour tells, or why it was not tried.
        guards = [row for row in company.triggers if row["guards"]]
        alone = _by_themselves(session, company, [trial.case for trial in wrong], guards)
        wrong = [each for n, each in enumerate(wrong) if not alone or alone[n].got != each.got]
        if not wrong:
            return Verdict("", key, None, note(relation, "tried", "", ""))
    kept = any(trial.right and not trial.state for trial in trials)
    # A row that is dropped may be what a filter is for, but nobody knows: that proves nothing.
    lost = any(
        t.right is None or (t.right is False and not (t.state or t.key))
        for t in trials
        if t.case.fill in ("none", "some")
    )
    words = _wrong_words(wrong[0]) if wrong else _refused(trials)
    words = words or _moved(session, company, tried)
    behaves = False if wrong else (True if kept and not lost else None)
    return Verdict(words, key, behaves, note(relation, "tried", "", words))


def _by_themselves(
    session: Session, company: _Company, cases: list[Case], rows: list[Row]
) -> tuple[Trial, ...]:
    """What do these triggers alone make of the cases? Nothing where that cannot be told."""
    only = [row["trigger_name"] for row in rows]
    try:
        return attempt(session, company.guard, cases, company.relid, only)
    except QueryFailed:
        return ()


def _wrong_words(trial: Trial) -> str:
    right = trial.wanted or trial.case.wanted
    return f"{trial.case.name}: given {trial.case.said} they made {trial.got}, and {right} is right"


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
    for trial in _by_themselves(session, company, right, before):
        given = trial.case.given[key]
        if trial.key and given is not None and trial.got[:7] != given[:7]:
            return (
                f"{key} {given} becomes {trial.got} before the guard fires; PostgreSQL refuses "
                "such a row (0A000) for leaving its partition: inserts fail, and no key is wrong"
            )
    return ""


def judge_company(company: _Company, verdict: Verdict | None) -> Finding:
    """What do these triggers do to the guard's work, as far as can be told?"""
    guard = company.guard
    read = company.doubts()
    behaves, proof = (verdict.behaves, verdict.function) if verdict else (None, "")
    missed = any(each.missed for _, each in read)
    say = partial(_said, company, company.doubted, missed=missed)
    drops = any(each.drops or each.unread for _, each in read)
    touch = "may change or drop rows of" if drops else "may change rows of"
    if verdict and behaves is False:
        seen = verdict.finding.detail
        return say(Status.CRITICAL, "key_set_wrong", "set{s} wrong keys in", seen, _MEANS)
    if unread := [(row, each) for row, each in read if each.unread]:
        # Whatever came out of trying them: where a text is not understood, it proves nothing.
        rows = [row for row, _ in unread]
        why = "; ".join(f"{row['function']}() {each.why}" for row, each in unread)
        return _said(company, rows, Status.UNKNOWN, TRIGGER, touch, why, _MEANS, missed=missed)
    if proof and (behaves or not read):
        why = f"tried, {proof}"
        return say(Status.WARNING, "rows_refused", "refuse{s} good rows of", why, _MEANS_REFUSED)
    if verdict and verdict.finding.code == _OF_STRANGERS:
        why = verdict.finding.detail
        return say(Status.UNKNOWN, _OF_STRANGERS, "may run a stranger's code on", why)
    if not read:
        found = say(Status.OK, "holds", "", f"nothing in its text touches {guard.key}")
        return holds(found.subject, found.detail)
    if not company.guarded:
        # guard_triggers says that it is off; what the others do beside it shows once it fires.
        why = "the guard does not fire there, so nothing can be tried beside it"
        found = say(Status.WARNING, "guard_off", "fire{s} without the guard on", why)
        return replace(found, remedies=())
    why = "; ".join(dict.fromkeys(each.why for _, each in read))
    if behaves:
        why = f"{why}; tried together, the right key came out"
        return say(Status.WARNING, "row_touched", touch, why, _MEANS)
    tried = "it could not be told by trying" if verdict else "it was not tried"
    return say(Status.UNKNOWN, "trigger_untried", touch, f"{why}; {tried}", _MEANS)


def _said(
    company: _Company,
    rows: list[Row],
    status: Status,
    code: str,
    does: str,
    why: str,
    means: str | None = None,
    *,
    missed: bool = False,
) -> Finding:
    """That these triggers do this, and why; with `{s}` where one trigger takes it.

    `missed`: on updates on which the guard does not fire.
    """
    guard, relations = company.guard, company.relations
    named = ", ".join(
        f"{row['trigger_name']} ({'after' if row['later'] else 'before'} the guard)" for row in rows
    )
    who, s = ("other triggers", "") if rows[1:] else ("another trigger", "s")
    names = dict.fromkeys(row["function"] for row in rows)
    functions = ", ".join(f"{remark(name)}()" for name in names)
    it = "them" if rows[1:] else "it"
    look = f"look at {functions}, then perhaps switch {it} off"
    if code == TRIGGER:
        adopt = adopting(names, company.context, unproven=True)
        look = f"review {functions}, then adopt what is meant ({adopt}); else switch {it} off"
    off = "\n".join(
        f"alter table {remark(home)} disable trigger {quoted(row['trigger_name'])};"
        for row in rows
        # On the table, where it comes from there, else on each partition.
        for home in ([row["home"]] if row["cloned"] else relations)
    )
    if missed and company.guarded:
        spare = few(rows[0]["spare"])
        why = f"{why}; the guard does not fire then: its UPDATE OF columns do not include {spare}"
        off = f"{off}\nor let the guard fire on every update:\n{trigger_of(guard, every=True)}"
    return judged(
        status,
        guard.relation if relations[1:] else relations[0],
        code,
        f"{who} {does.format(s=s)} {guard.table}",
        f"{named} on {few(relations)}: {why}",
        by_hand(look, off, comment=True),
        means,
    )


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
