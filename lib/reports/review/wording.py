"""How is a review told? The same sentences on the page, in HTML and in Markdown. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from lib.core.results import Status
from lib.core.words import (
    NOT_VERIFIED,
    at_most,
    both_ends,
    duration,
    listed,
    percent,
    plural,
    reached,
    sentence,
    spell,
    stamp,
    who,
)
from lib.history.history import REFRESH, RPC, Run
from lib.history.incidents import Incident
from lib.history.lanes import Availability
from lib.history.migrations import Applied
from lib.history.notes import Note
from lib.reports.review.changes import Change
from lib.reports.review.content import Mean, Review, Told

CAVEAT = (
    "What a run finds holds until the next one, but no longer than two periods of the schedule; "
    "after that it is not verified, which counts neither as fine nor as wrong. Weeks are ISO "
    "weeks, in UTC."
)


def title(known: Review) -> str:
    """Week 2026-W47, 16 to 22 Nov 2026, of the database of that name."""
    so_far = "" if known.over else ", so far"
    of = f", of {known.database}" if known.database else ""
    return f"Week {known.week}, {known.week.words}{so_far}{of}"


def verdict(known: Review) -> str:
    """How was the week, in one sentence?"""
    own, parts = known.together, []
    for words, time in (("critical", own.critical), ("unknown", own.unknown)):
        if time:
            parts.append(f"{words} for {spell(time)}")
    if own.unverified and own.share is None:
        return f"{_nothing(known)}: nothing is known of it."
    if own.unverified:
        parts.append(f"{NOT_VERIFIED} for {duration(own.unverified)}")
    if not parts:
        return "All guards held, and all of the time was verified."
    count = len(known.incidents)
    told = plural(count, "incident") if count else "No incident"
    if not (own.critical or own.unknown):
        return f"{told}; {', '.join(parts)}, and fine whenever it was verified."
    return f"{told}: {', '.join(parts)}."


def _nothing(known: Review) -> str:
    """Why is nothing known of a week? That somebody looked and kept nothing may well be."""
    if known.partial:
        return "The rows of this week could not be read"
    return "The history has no verification of this week"


def no_incident(known: Review) -> str:
    """What is said where no incident is known?"""
    if known.together.share is None:
        return _not_known(known)
    return "No incident: no run of this week found anything critical or unknown."


def _not_known(known: Review) -> str:
    return f"Not known: {_nothing(known)[:1].lower()}{_nothing(known)[1:]}."


def verifications(known: Review) -> str:
    """1 verification, 672 verifications; where they could not be read, as many as are known."""
    return plural(known.runs, "known verification" if known.partial else "verification")


def span(incident: Incident) -> str:
    """When was it, in UTC, and for how long?"""
    if incident.ended is None:
        return f"under way since {stamp(incident.began)} UTC"
    begin, end = both_ends(incident.began, incident.ended)
    long = spell(incident.ended - incident.began)
    return f"{begin} to {end} UTC, {long}{_earlier(incident)}"


def _earlier(incident: Incident) -> str:
    """From when were rows wrong, where that was before it was seen?"""
    if incident.reach is None or not incident.detected:
        return ""
    return f"; rows were wrong from {both_ends(incident.began, incident.reach.first)[1]}"


def what(incident: Incident) -> str:
    """What was the worst of it, and what is left of one that is under way?

    The checks, where no run says it in words.
    """
    words = incident.worst or checks(incident)
    left = incident.left
    if incident.ended is None and left and _without_numbers(left) != _without_numbers(words):
        words += f"; last seen: {left}"
    return f"Fire drill: {words}" if incident.staged else sentence(words)


def _without_numbers(text: str) -> str:
    """Of rows, of hours: the same is left, whatever its numbers."""
    return "".join(letter for letter in text if not letter.isdecimal())


def checks(incident: Incident) -> str:
    """Which checks were not ok, the worst first?"""
    names = sorted(incident.checks, key=lambda name: (-incident.checks[name], name))
    more = f" and {len(names) - 3} more" if len(names) > 4 else ""
    return ", ".join(names[:3] if more else names) + more


def detected(incident: Incident) -> str:
    """How long was it there before it was seen?"""
    if incident.detected is not None:
        return f"seen {spell(incident.detected)} after the first bad row"
    if incident.within is not None:
        return f"seen at most {at_most(incident.within)} after it broke"
    return "it is not known since when it was broken"


def reach(incident: Incident) -> str:
    """How far did it reach?"""
    if incident.reach is None:
        return "no bad row was counted"
    return reached(incident.reach)


def seen_by(run: Run) -> str:
    """Whose run was it?"""
    if run.kind == REFRESH:
        return "a refresh"
    return run.face if run.kind == RPC else who(run.who, run.face)


def migrations(found: Applied) -> str:
    """Which migrations came between the last fine run and the first that was not?"""
    if found.trouble:
        return f"whether a migration came just before it is not known: {found.trouble}"
    names = named(found)
    return f"migrations just before it: {names}" if names else "no migration just before it"


def named(found: Applied) -> str:
    """The migrations by name; empty where there was none, or it is not known."""
    return ", ".join([*found.names, *([f"{found.more} more"] if found.more else [])])


def facts(told: Told) -> tuple[str, ...]:
    """What is known of an incident, a clause each."""
    return (
        detected(told.incident),
        reach(told.incident),
        f"first seen by {seen_by(told.incident.first)}",
        migrations(told.migrations),
        f"not ok: {checks(told.incident)}",
    )


def author(note: Note) -> str:
    """Who wrote it, through which face, and when?"""
    return f"{who(note.by, note.face)}, {stamp(note.at)}"


def time(found: Mean) -> str:
    """12 min; over none, a dash."""
    return "–" if found.time is None else spell(found.time)


def over(found: Mean, lacking: str) -> str:
    """Mean of 2 incidents, 1 not repaired; empty over none."""
    mean_of = "mean of " if found.count > 1 else "of "
    parts = [mean_of + plural(found.count, "incident")] if found.count else []
    parts += [f"{found.without} {lacking}"] if found.without else []
    return ", ".join(parts)


def mean(found: Mean, lacking: str) -> str:
    """12 min (over 2); over none, a dash."""
    if found.time is None:
        return "–" if not found.without else f"– ({found.without} {lacking})"
    more = f", {found.without} {lacking}" if found.without else ""
    return f"{time(found)} (over {found.count}{more})"


def spent(time: timedelta) -> str:
    """43 min; a dash where it is none."""
    return spell(time) if time else "–"


def row(name: str, times: Availability) -> tuple[str, ...]:
    """A check's line: fine, critical, unknown, warning, not verified."""
    return (
        name,
        percent(times.share),
        *map(spent, (times.critical, times.unknown, times.warning, times.unverified)),
    )


def rows(known: Review) -> Iterator[tuple[str, Availability]]:
    """The checks, the worst first; those that stood the same all the time in one line."""
    alike: dict[Availability, list[str]] = {}
    for name in known.checks:
        alike.setdefault(known.times[name], []).append(name)
    for times, names in alike.items():
        yield ", ".join(sorted(names)), times


COLUMNS = ("check", "fine", "critical", "unknown", "warning", NOT_VERIFIED)


def readiness(known: Review) -> str:
    """Is next month ready, and when was that last proven?"""
    own = known.readiness
    months = min(own.ahead.values()) if own.ahead else None
    some = f"up to {plural(months, 'month')}" if months else "none"
    ahead = "" if months is None else f", {some} ahead"
    proven = "" if own.at is None else f"; as of {stamp(own.at)} UTC"
    return f"{own.words}{ahead}{proven}"


def changes(known: Review) -> list[str]:
    """What changed, and what people did, a line each. A name of somebody keeps its case."""
    lines = [sentence(change(each)) for each in known.changes]
    return lines + [f"{each.words}, {stamp(each.at)}" for each in known.deeds]


def change(known: Change) -> str:
    """What changed, when, and beside which migrations?"""
    when = "between {} and {}".format(*both_ends(known.after, known.by))
    beside = named(known.migrations)
    more = f"; migrations in between: {beside}" if beside else ""
    return f"{'; '.join(known.lines)}, {when}{more}"


def no_change(known: Review) -> str:
    """What is said where no change was seen?"""
    if known.partial or known.runs == 0:
        return _not_known(known)
    if known.definitions_since is None:
        return "Not known: the runs of this week kept no mark of the definitions."
    if known.definitions_since - known.week.start > timedelta(days=1):
        return f"None since {stamp(known.definitions_since)} UTC; before that no mark was kept."
    return (
        "None: functions, triggers, constraints and partitions stayed as they were. Policies are "
        "not compared."
    )


def blind(known: Review) -> Iterator[str]:
    """When did nobody look? A line each; an outage is named."""
    for gap in known.gaps:
        open_end = gap.end == known.end and not known.over
        begin, end = both_ends(gap.begin, gap.end)
        yield f"{begin} to {'now' if open_end else end} ({spell(gap.length)})"


def apart(known: Review) -> tuple[str, ...]:
    """Which checks did not apply when it was last verified?"""
    return () if known.last is None else known.last.apart


def window(known: Review) -> str:
    """Which rows were counted?"""
    if not known.windows:
        return "no run of this week has kept what it counted"
    days = listed(plural(each, "day") for each in known.windows)
    return (
        f"of the rows of the last {days} before each verification; the worst of each week is "
        "compared, without what refreshes alone saw"
    )


def status_of(times: Availability) -> Status:
    """The worst of a check's week; unknown where none of it was verified."""
    if times.critical:
        return Status.CRITICAL
    if times.unknown or times.share is None:
        return Status.UNKNOWN
    return Status.WARNING if times.warning else Status.OK
