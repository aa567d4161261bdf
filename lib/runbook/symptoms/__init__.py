"""What does a pasted error or log line say: which check, which cause, which step of the runbook?

Pure: the text is read and forgotten. Nothing here logs, keeps or sends it.
"""

from __future__ import annotations

from collections.abc import Iterator

from lib.core.results import Report
from lib.runbook.symptoms.answers import answers, bare_answer
from lib.runbook.symptoms.guarding import settled
from lib.runbook.symptoms.matching import LONGEST, codes, messages, unwrapped
from lib.runbook.symptoms.symptom import Symptom

__all__ = ["LONGEST", "Symptom", "diagnose"]

MOST = 8  # symptoms told at once

_REACH, _BROKEN = "reach-the-database", "08"

Found = tuple[int, Symptom]


def diagnose(text: str, report: Report | None = None) -> tuple[Symptom, ...]:
    """Which symptoms does this text show, in its own order? None where nothing is known of it.

    What depends on how a guard stands is said by the `report`; without one, both ways.
    """
    lines = unwrapped(text)
    errors = list(_errors(" ".join(lines.split())))  # terminals and mails break lines anywhere
    known = {symptom.check for _, symptom in errors}
    told = list(answers(lines, known)) or ([] if errors else list(bare_answer(lines)))
    found = _few(sorted(errors, key=_place), sorted(told, key=_place))
    return tuple(settled(symptom, report) for symptom in found)


def _place(found: Found) -> int:
    return found[0]


def _errors(line: str) -> Iterator[Found]:
    """The messages, and the codes of which no message was recognised."""
    explained: set[str] = set()
    for place, its_codes, symptom in messages(line):
        explained.update(its_codes)
        yield place, symptom
    yield from ((place, symptom) for place, code, symptom in codes(line) if code not in explained)


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
