"""The review as Markdown, for an issue, a chat or a wiki."""

from __future__ import annotations

from collections.abc import Iterable

from lib.core.results import Status
from lib.core.words import mark, stamp
from lib.history.lanes import ALL
from lib.reports.markdown import plain, table
from lib.reports.review import wording
from lib.reports.review.content import Review, Told


def to_markdown(known: Review) -> str:
    """Verdict, numbers, incidents, what is open, each check, what changed."""
    blocks = [
        f"# {plain(wording.title(known))}",
        f"**{mark(known.status)}: {plain(wording.verdict(known))}**",
        *([plain(known.trouble)] if known.trouble else []),
        table(("", ""), _numbers(known)),
        "## Open actions",
        _actions(known),
        "## Incidents",
        _list(map(_incident, known.incidents), plain(wording.no_incident(known))),
        "## Keys and joins",
        _measures(known),
        f"## Next month: {plain(known.readiness.month)}",
        f"{mark(known.readiness.status)}: {plain(wording.readiness(known))}",
        "## What changed",
        _changes(known),
        "## By check",
        table(wording.COLUMNS, _checks(known)),
        *_gaps(known),
        f"*{plain(wording.CAVEAT)}*",
    ]
    return "\n\n".join(blocks) + "\n"


def _numbers(known: Review) -> Iterable[tuple[str, str]]:
    own = known.together
    return (
        ("Fine, of the time looked at", plain(wording.row("", own)[1])),
        ("Critical", plain(wording.spent(own.critical))),
        ("Unknown", plain(wording.spent(own.unknown))),
        ("Not verified", plain(wording.spent(own.unverified))),
        ("Mean time to detect", plain(wording.mean(known.to_detect, "not known"))),
        ("Mean time to mend", plain(wording.mean(known.to_mend, "not mended"))),
        ("Verifications", f"{known.runs:,}"),
    )


def _list(items: Iterable[str], none: str) -> str:
    return "\n".join(f"- {item}" for item in items) or none


def _actions(known: Review) -> str:
    lines = []
    for each in known.actions:
        done = "" if each.done is None else f" (right again {plain(stamp(each.done))} UTC)"
        box = " " if each.done is None else "x"
        lines.append(f"- [{box}] {mark(each.status)}: {plain(each.what)}: {plain(each.do)}{done}")
    return "\n".join(lines) or "None: nothing is open."


def _incident(told: Told) -> str:
    own = told.incident
    lines = [
        f"{mark(own.status)}: **{plain(wording.what(own))}**, {plain(wording.span(own))}; "
        f"{plain('; '.join(wording.facts(told)))}"
    ]
    lines += [f"  - {plain(wording.author(note))}: {plain(note.text)}" for note in told.notes]
    return "\n".join(lines)


def _measures(known: Review) -> str:
    head = ("", "worst of the week", "last", "week before", "four-week mean")
    rows = (
        (
            plain(each.name),
            plain(each.words(each.worst)),
            plain(each.words(each.last)),
            f"{plain(each.words(each.before))} ({each.against(each.before)})",
            f"{plain(each.words(each.mean))} ({each.against(each.mean)}, {each.weeks} of 4 weeks)",
        )
        for each in known.measures
    )
    return f"{table(head, rows)}\n\n{plain(wording.window(known))}"


def _changes(known: Review) -> str:
    return _list(map(plain, wording.changes(known)), plain(wording.no_change(known)))


def _checks(known: Review) -> Iterable[tuple[str, ...]]:
    yield tuple(map(plain, wording.row("all checks together", known.times[ALL])))
    for names, times in wording.rows(known):
        yield tuple(map(plain, wording.row(names, times)))


def _gaps(known: Review) -> list[str]:
    apart = plain(", ".join(wording.apart(known)))
    said = [f"{mark(None)}: {apart}"] if apart else []
    lines = [plain(line) for line in wording.blind(known)]
    if lines:
        said.append(f"{mark(Status.UNKNOWN)}: not verified:\n\n{_list(lines, '')}")
    return said
