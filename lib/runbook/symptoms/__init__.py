"""What does a pasted error or log line say: which check, which cause, which step of the runbook?

Pure: the text is read and forgotten. Nothing here logs, keeps or sends it.
"""

from __future__ import annotations

from collections.abc import Iterator

from lib.core.results import Report
from lib.runbook.symptoms.answers import answers, bare_answer
from lib.runbook.symptoms.codes_in_text import by_code
from lib.runbook.symptoms.connections import CONNECTIONS
from lib.runbook.symptoms.guarding import settled
from lib.runbook.symptoms.objects import OBJECTS
from lib.runbook.symptoms.rights import RIGHTS
from lib.runbook.symptoms.rows import ROWS
from lib.runbook.symptoms.statements import STATEMENTS
from lib.runbook.symptoms.symptom import Symptom
from lib.runbook.symptoms.texts import flat, unwrapped

__all__ = ["Symptom", "diagnose"]

MOST = 8  # symptoms told at once
_EACH = 20  # matches of one message looked at
_NEAR = 700  # letters after a message in which its DETAIL and CONTEXT are looked for

_KNOWN = (*ROWS, *STATEMENTS, *OBJECTS, *RIGHTS, *CONNECTIONS)

_REACH, _BROKEN = "reach-the-database", "08"

Found = tuple[int, Symptom]


def diagnose(text: str, report: Report | None = None) -> tuple[Symptom, ...]:
    """Which symptoms does this text show, in its own order? None where nothing is known of it.

    What depends on how a guard stands is said by the `report`; without one, both ways. A code by
    itself counts only where no message of that code was recognised.
    """
    lines = unwrapped(text)
    line = flat(lines)
    explained: set[str] = set()
    errors = list(_errors(line, explained))
    errors += [(place, symptom) for place, code, symptom in by_code(line) if code not in explained]
    known = {symptom.check for _, symptom in errors}
    told = list(answers(lines, known)) or ([] if errors else list(bare_answer(lines)))
    found = _few(sorted(errors, key=_place), sorted(told, key=_place))
    return tuple(settled(symptom, report) for symptom in found)


def _place(found: Found) -> int:
    return found[0]


def _errors(line: str, explained: set[str]) -> Iterator[Found]:
    """The messages of PostgreSQL, PostgREST and what stands between; their codes are explained.

    PostgREST puts the details before the message, PostgreSQL after it.
    """
    for known in _KNOWN:
        for match, _ in zip(known.pattern.finditer(line), range(_EACH), strict=False):
            explained.add(known.code)
            after = line[match.start() : match.end() + _NEAR]
            before = line[max(0, match.start() - _NEAR) : match.start()]
            yield match.start(), known.read(match, f"{after} {before}")


def _few(errors: list[Found], told: list[Found]) -> tuple[Symptom, ...]:
    """Each once: one sign for one step is one symptom, on whatever row, however often.

    That a connection failed says nothing more where another message says why.
    """
    kept: dict[tuple[str, str], Symptom] = {}
    for _, symptom in (*errors, *told):
        kept.setdefault((symptom.sign, symptom.step), symptom)
    found = list(kept.values())
    if sum(symptom.step == _REACH for symptom in found) > 1:
        found = [symptom for symptom in found if not symptom.sign.startswith(_BROKEN)] or found[:1]
    return tuple(found[:MOST])
