"""Does each guard's function still say what was reviewed?"""

from __future__ import annotations

from dataclasses import replace

from lib.checks import guard_behaviour
from lib.checks.check import Check, Group, Place
from lib.checks.guard_behaviour import function_query, proven
from lib.checks.live_functions import definition_of, definitions
from lib.checks.outside_texts import FUNCTION, bodies, eased
from lib.core.context import Context, Verdict
from lib.core.findings import holds, judged, note, warning
from lib.core.guards import Guard
from lib.core.results import CheckResult, Finding, Row, Status
from lib.db.database import Session
from lib.trials.obstacles import name_of
from lib.trials.owners import blind_owner
from lib.trials.references import BY_SOMEBODY, Reference, reference, remedy
from lib.trials.texts.bodies import hands_on
from lib.trials.texts.compared import between, in_words, written
from lib.trials.texts.judging import not_understood
from lib.trials.texts.reviewed import Definition, live_definition

_NOT_UNDERSTOOD = "it behaves rightly in every try, but its text is not understood"
_WRONG = f"it does not behave ({guard_behaviour.CHECK.name})"
# Of another text, by its code: how bad it is, the same in a headline and in a clause.
_TOLD = {
    FUNCTION: (Status.UNKNOWN, "is not understood", _NOT_UNDERSTOOD),
    "function_differs": (Status.WARNING, "is not the reviewed text", "it behaves rightly"),
    "function_wrong": (Status.CRITICAL, "does the wrong thing", _WRONG),
    "function_empty": (Status.CRITICAL, "sets no key", "it sets no key"),
    "function_untried": (Status.UNKNOWN, "was not tried", "how it behaves was not tried"),
}
_MEANS = {  # what it does to the data
    "function_missing": "No trigger can call it: rows are refused, or keep the key they came with.",
    FUNCTION: "It may make an exception that no try can be. Review it, and adopt it or not.",
    "function_differs": "Rows are guarded. Review the text, and keep it or put the reviewed back.",
    "function_wrong": "New rows get a wrong key, or none; joins on the key lose them.",
    "function_empty": "New rows keep the key that the writer sends; joins lose wrong ones.",
    "function_untried": "It may still set the right key, or none. Its text proves neither.",
}


def run(session: Session, context: Context) -> CheckResult:
    """Is each guard's function, word for word, the reviewed one?

    Another text that guard_behaviour proved right is a warning, one that it proved wrong is
    critical, and one that was not tried is unknown; an empty one is critical without trying. Only
    what was proved wrong is replaced unasked. Which text it is compared with, lib.trials.references
    says.
    Tables: `functions` (function, live, reviewed, difference, whose: which text that is), one row
    a guard; empty where there is none. `outside` (definition): texts that are not understood and
    that an earlier version took.
    `proven` (function, text): what was proven right, whole.
    """
    rows = definitions(session, context)
    behaviour = guard_behaviour.CHECK.seen(context)
    tried = proven(behaviour) if behaviour else {}
    told, texts, right_texts = [], [], []
    for guard, row in zip(context.guards, rows, strict=True):
        digest = definition_of(row)
        verdict = tried.get(digest)
        right = reference(session, context, guard, row, verdict.refuses if verdict else None)
        found = judge_function(guard, row, right, verdict)
        told.append((found, digest, definition_of({**row, "calls": bodies(row["calls"])})))
        live = None if row["body"] is None else live_definition(row)
        texts.append(_as_row(name_of(guard), live, right))
        if found.status <= Status.WARNING and verdict is not None and verdict.behaves:
            right_texts.append({"function": name_of(guard), "text": row["statement"]})
    findings, outside = eased(session, context, CHECK.name, told)
    strict = [f for g, f in zip(context.guards, findings, strict=True) if g.sets == "always"]
    same = sum(finding.status is Status.OK for finding in strict)
    summary = f"{same} of {len(strict)} functions are the reviewed text"
    tables = {"functions": tuple(texts), "outside": outside, "proven": tuple(right_texts)}
    return CheckResult(CHECK.name, tuple(findings), summary, tables)


def judge_function(guard: Guard, row: Row, right: Reference, verdict: Verdict | None) -> Finding:
    """Does the live definition equal the reviewed one, or at least behave?

    Where a text of their own was proven right, that is what another one differs from. The same one
    is told with since when it has stood, and stays a warning (lib/trials/references.py says why).
    """
    name, reviewed, believes = name_of(guard), right.text, guard.sets == "when null"
    whose = f"the {guard.noun} guard's function"
    if row["body"] is None:
        status = Status.WARNING if believes else Status.CRITICAL
        words, fix = "does not exist", remedy(guard, row, right, wrong=True)
        code, short = "function_missing", f"{whose} {words}"
        return judged(status, name, code, short, f"{name} {words}", fix, _MEANS[code])
    differences = in_words(live_definition(row), reviewed) if reviewed else []
    words = f"{name} differs from the reviewed text: {'; '.join(differences)}"
    if believes:  # whatever it says, it keeps no wrong key away: the rows tell
        if not differences:
            words = f"{name} fills a missing month and believes the one it is given"
            return holds(name, f"{words}: rows are judged, not its text")
        fix, short = remedy(guard, row, right, wrong=False), f"{whose} is not the reviewed text"
        return warning(name, "function_differs", short, words, fix)
    if blind := blind_owner(guard, row):
        return blind
    if right.former is not None:
        now = in_words(live_definition(row), right.former.text)
        before = f"the text with which it was proven right {right.former.span}"
        words = f"{name} differs from {before}: {'; '.join(now)}"
    elif reviewed is None:
        words = f"{name} has no reviewed text to compare with"
    elif not differences:
        alone = right.adopted and row["calls"] and not row["adopted"]
        if not (alone and not_understood(guard, row)):
            which = "adopted" if right.adopted else "reviewed"
            return note(name, f"{which}_text", "", f"{name} is the {which} text")
        words = f"{name} is the adopted text, but not all that it calls is"
    behaves, empty = verdict.behaves if verdict else None, hands_on(row["body"])
    outside = not_understood(guard, row) if behaves else ""
    code = "function_empty" if empty else "function_untried"
    if behaves is not None:
        code = FUNCTION if outside else "function_differs" if behaves else "function_wrong"
    status, does, how = _TOLD[code]
    if right.proven is not None and right.stands and code == "function_differs":
        how = f"{how}, and the same text has since {right.proven.when}"
    detail = ": ".join(filter(None, (f"{words}; {how}", outside)))
    proved = behaves is False
    known = replace(right, sure=right.sure and proved)
    if status is Status.UNKNOWN:
        known = replace(known, adopt=f"{known.adopt} {BY_SOMEBODY}")
    fix = remedy(guard, row, known, wrong=proved or empty)
    return judged(status, name, code, f"{whose} {does}", detail, fix, _MEANS[code])


def _as_row(name: str, live: Definition | None, right: Reference) -> Row:
    texts = ["" if each is None else written(name, each) for each in (live, right.compared)]
    return {
        "function": name,
        "live": texts[0],
        "reviewed": texts[1],
        "difference": between(name, right.compared, live),
        "whose": right.whose,
    }


CHECK = Check(
    name="guard_functions",
    run=run,
    by_hand=function_query,
    places=(Place(Group.TRIGGERS, "functions", 3),),
    steps=("keys-drift-quietly", "guards-set-the-right-key", "restore-functions", "undo-functions"),
    cause="The function was replaced, mostly by a migration with an older text.",
    reads=(r"\btrg_\w{1,80}\(\) (?:differs from|does not exist|looks as|has no reviewed)",),
    means="New rows may get a wrong key, or none; joins on the key lose them.",
    keeps_keys=True,
    leaves_rows=True,
    asked_of_triggers=True,
)
