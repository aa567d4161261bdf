"""Does each guard's function still say what was reviewed?"""

from __future__ import annotations

import difflib
from dataclasses import replace

from lib.checks import guard_behaviour
from lib.checks.check import Check, Group, Place
from lib.checks.guard_behaviour import definition_of, definitions, function_query, proven
from lib.checks.outside_texts import bodies, eased
from lib.checks.outside_texts import rows as rows_outside
from lib.checks.trigger_definitions import difference
from lib.core.context import Context, Verdict
from lib.core.guards import Guard
from lib.core.remedies import Remedies
from lib.core.results import CheckResult, Finding, Row, Status
from lib.core.words import plural
from lib.db.database import Session
from lib.trials.bodies import hands_on
from lib.trials.obstacles import name_of
from lib.trials.owners import blind_owner
from lib.trials.references import Reference, reference, remedy
from lib.trials.reviewed import Definition, live_definition
from lib.trials.texts import not_understood

_UNSET = "New rows keep whatever month the writer sends; joins on the month key lose them."
_OUTSIDE = "function_not_understood"
_VOLATILITIES = {"v": "VOLATILE", "s": "STABLE", "i": "IMMUTABLE"}


def run(session: Session, context: Context) -> CheckResult:
    """Is each guard's function, word for word, the reviewed one?

    Another text that guard_behaviour proved right is a warning, one that it proved wrong is
    critical, and one that was not tried is unknown; an empty one is critical without trying. Only
    what was proved wrong is replaced unasked.
    Tables: `functions` (function, live, reviewed, difference), one row a guard; empty where there
    is none. `outside` (definition): texts that are not understood and that an earlier version took.
    """
    rows = definitions(session, context)
    behaviour = guard_behaviour.CHECK.seen(context)
    tried = proven(behaviour) if behaviour else {}
    findings, texts = [], []
    taken: list[str] = []
    for guard, row in zip(context.guards, rows, strict=True):
        verdict = tried.get(definition_of(row))
        right = reference(session, context, guard, row, verdict.refuses if verdict else None)
        found = judge_function(guard, row, right, verdict)
        if found.code == _OUTSIDE:
            digest = definition_of(row)
            earlier = definition_of({**row, "calls": bodies(row["calls"])})
            found = eased(session, context, CHECK.name, found, digest, earlier, taken)
        findings.append(found)
        live = None if row["body"] is None else live_definition(row)
        texts.append(_as_row(name_of(guard), live, right.text))
    strict = [f for g, f in zip(context.guards, findings, strict=True) if g.sets == "always"]
    same = sum(finding.status is Status.OK for finding in strict)
    summary = f"{same} of {len(strict)} functions are the reviewed text"
    tables = {"functions": tuple(texts), "outside": rows_outside(taken)}
    return CheckResult(CHECK.name, tuple(findings), summary, tables)


def judge_function(guard: Guard, row: Row, right: Reference, verdict: Verdict | None) -> Finding:
    """Does the live definition equal the reviewed one, or at least behave?"""
    name, reviewed = name_of(guard), right.text
    whose = f"the {guard.noun} guard's function"
    if row["body"] is None:
        status = Status.CRITICAL if guard.sets == "always" else Status.WARNING
        remedies = remedy(guard, row, right, wrong=True)
        return Finding(
            name,
            status,
            f"{name} does not exist",
            remedies,
            code="function_missing",
            headline=f"{whose} does not exist",
        )
    if guard.sets == "when null":
        return _believing(guard, row, reviewed, remedy(guard, row, right, wrong=False))
    blind = blind_owner(guard, row)
    if blind is not None:
        return blind
    if reviewed is None:
        words = f"{name} has no reviewed text to compare with"
    else:
        differences = _differences(live_definition(row), reviewed)
        alone = right.adopted and row["calls"] and not row["adopted"]
        if not differences and not (alone and not_understood(guard, row)):
            which = "adopted" if right.adopted else "reviewed"
            return Finding(name, Status.OK, f"{name} is the {which} text", code=f"{which}_text")
        words = f"{name} differs from the reviewed text: {'; '.join(differences)}"
        if not differences:
            words = f"{name} is the adopted text, but not all that it calls is"
    proved = verdict is not None and verdict.behaves is False
    known = replace(right, sure=right.sure and proved)
    remedies = remedy(guard, row, known, wrong=proved or hands_on(row["body"]))
    return replace(_another_text(guard, row, verdict, words), remedies=remedies)


def _another_text(guard: Guard, row: Row, verdict: Verdict | None, words: str) -> Finding:
    """What is said of a text that is not the reviewed one? As it was found to behave."""
    whose, outside = f"the {guard.noun} guard's function", not_understood(guard, row)
    match verdict.behaves if verdict else None:
        case True if outside:
            status, code = Status.UNKNOWN, _OUTSIDE
            short = f"{whose} is not understood"
            more = f"it behaves rightly in every try, but its text is not understood: {outside}"
            means = "It may make an exception that no try can be. Review it, and adopt it or not."
        case True:
            status, code = Status.WARNING, "function_differs"
            short, more = f"{whose} is not the reviewed text", "it behaves rightly"
            means = "Rows are guarded. Review the text, and keep it or put the reviewed one back."
        case False:
            status, code, short = Status.CRITICAL, "function_wrong", f"{whose} does the wrong thing"
            more = f"it does not behave ({guard_behaviour.CHECK.name})"
            means = "New rows get a wrong month, or none; joins on the month key lose them."
        case _ if hands_on(row["body"]):
            status, code, short = Status.CRITICAL, "function_empty", f"{whose} sets no key"
            more, means = "it sets no key", _UNSET
        case _:
            status, code = Status.UNKNOWN, "function_untried"
            short = f"the {guard.noun} guard has an untried function"
            more = "how it behaves was not tried"
            means = "It may still set the right month, or none. Its text alone does not prove it."
    detail = f"{words}; {more}"
    return Finding(name_of(guard), status, detail, means=means, code=code, headline=short)


def _believing(guard: Guard, row: Row, reviewed: Definition | None, remedies: Remedies) -> Finding:
    """One that believes the writer keeps no wrong key away, whatever it says: the rows tell."""
    name = name_of(guard)
    differences = _differences(live_definition(row), reviewed) if reviewed else []
    if differences:
        words = f"{name} differs from the reviewed text: {'; '.join(differences)}"
        short = f"the {guard.noun} guard's function is not the reviewed text"
        return Finding(
            name, Status.WARNING, words, remedies, code="function_differs", headline=short
        )
    words = f"{name} fills a missing month and believes the one it is given"
    return Finding(name, Status.OK, f"{words}: rows are judged, not its text", code="holds")


def _as_row(name: str, live: Definition | None, reviewed: Definition | None) -> Row:
    texts = ["" if each is None else written(name, each) for each in (live, reviewed)]
    differ = live is not None and reviewed is not None and live != reviewed
    return {
        "function": name,
        "live": texts[0],
        "reviewed": texts[1],
        "difference": difference(texts[1], texts[0]) if differ else "",
    }


def written(name: str, definition: Definition) -> str:
    """The statement that creates it, every definition in the same form, to compare line by line."""
    volatility = _VOLATILITIES[definition.volatility].lower()
    tag = "$guard$" if "$guard$" not in definition.body else "$trigger_guard$"
    lines = [
        f"create or replace function {name} returns trigger",
        f"language {definition.language}",
        *([volatility] if definition.volatility != "v" else []),
        f"security {'definer' if definition.security_definer else 'invoker'}",
        *(f"set {setting} = '{value}'" for setting, value in definition.settings),
        f"as {tag}",
        *definition.body.split("\n"),
        f"{tag};",
    ]
    return "\n".join(lines)


def _differences(live: Definition, reviewed: Definition) -> list[str]:
    words = []
    if live.body != reviewed.body:
        words.append("its body is empty" if hands_on(live.body) else _body_words(live, reviewed))
    if live.security_definer != reviewed.security_definer:
        words.append("no longer SECURITY DEFINER" if reviewed.security_definer else "now DEFINER")
    if live.settings != reviewed.settings:
        words.append(f"settings are {_settings_text(live)} instead of {_settings_text(reviewed)}")
    if live.volatility != reviewed.volatility:
        words.append(f"declared {_VOLATILITIES[live.volatility]}")
    if live.language != reviewed.language:
        words.append(f"written in {live.language}")
    return words


def _body_words(live: Definition, reviewed: Definition) -> str:
    old, new = reviewed.body.split("\n"), live.body.split("\n")
    lines = list(difflib.unified_diff(old, new, n=0, lineterm=""))[2:]
    count = sum(line.startswith(("+", "-")) for line in lines)
    return f"another body ({plural(count, 'line')})"


def _settings_text(definition: Definition) -> str:
    return ", ".join(f"{name}='{value}'" for name, value in definition.settings) or "none"


CHECK = Check(
    name="guard_functions",
    run=run,
    by_hand=function_query,
    places=(Place(Group.TRIGGERS, "functions", 3),),
    steps=("keys-drift-quietly", "guards-set-the-right-key", "restore-functions", "undo-functions"),
    cause="The function was replaced, mostly by a migration with an older text.",
    reads=(r"\btrg_\w{1,80}\(\) (?:differs from|does not exist|looks as|has no reviewed)",),
    means="No trigger can call it: rows are refused, or keep the key they came with.",
    keeps_keys=True,
    leaves_rows=True,
    asked_of_triggers=True,
)
