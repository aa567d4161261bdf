"""With what in the other columns, and in whose session, is each case tried? Pure.

A guard may make an exception of rows that hold something, or of writers that call themselves
something: each case is tried with the other columns null and filled, and some of them with every
text and number that the functions themselves compare with.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress

from lib.core.guards import Guard
from lib.trials.probe import EVERY, Case, far

_MOST = 24  # words of the texts that are tried
_LONGEST = 40  # characters: longer ones are messages, which nobody compares with
_ROLES = ("service_role", "authenticated", "anon")
_ON = ("on", "true", "1")
_LATER = "2026-07-15 12:00:00+00"
# What a column is filled with: the first of these that its type takes.
WORDS = tuple(
    {"fill": fill, "text": text}
    for fill, texts in {
        "some": ("/page", "a", "1", "2026-01-15 12:00:00+00", "{}", "192.0.2.1", "1 day",
                 "5c0ffee0-0000-4000-8000-000000000001", "nobody@example.org", "https://example.org/a"),
        "other": ("", "0", "1970-01-01 00:00:00+00", "[]", "::1",
                  "00000000-0000-0000-0000-000000000000"),
        "long": ("/" + "long" * 500, "9" * 9),
    }.items()
    for text in texts
)  # fmt: skip


def widened(
    guard: Guard, tried: list[Case], compared: Iterable[str], spare: Iterable[str] = ()
) -> list[Case]:
    """These cases, and again in other surroundings; `spare` columns, where they may change alone.

    `compared` are the constants of the functions that decide whether the guard does its work.
    """
    own = list(compared)
    some = representative(guard, tried)
    return [
        *tried,
        *_changed(guard, tried, tuple(spare)),
        *(_filled(case, "some", _claims("service_role")) for case in tried),
        *(_filled(case, "other", _claims("authenticated")) for case in some),
        *(_worded(case, word) for word in _words(own) for case in some),
        *(_set(case, guise) for guise in _guises(own) for case in some),
        *_all_changed(guard, tried),
    ]


def representative(guard: Guard, tried: list[Case]) -> list[Case]:
    """One with a wrong key, one without any, and those that are changed after."""
    plain = [case for case in tried if case.expected and case.change is None]
    wrong = next((c for c in plain if c.given.get(guard.key) not in (None, *c.expected)), None)
    without = next((c for c in plain if c.given.get(guard.key) is None), None)
    changed = [case for case in tried if case.expected and case.change is not None]
    return [*(case for case in (wrong, without) if case), *changed]


def _changed(guard: Guard, tried: list[Case], spare: tuple[str, ...]) -> list[Case]:
    """An update of every column that the guard does not watch: does the right key survive it?"""
    right = next((c for c in tried if c.expected and c.change is None), None)
    if right is None:
        return []
    said = f"{right.said}, then other columns"
    changed = right._replace(name="other columns changed", said=said, tries="")
    own: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
        (
            tuple(column for column in spare if column != guard.clock),
            {guard.clock: _LATER} if guard.clock in spare else {},
        ),
        (guard.more_columns, {}),
    )
    return [
        changed._replace(columns=columns, change=change, fill=fill, becomes=becomes)
        for columns, change in own
        if columns
        for fill, becomes in (("none", "some"), ("some", "other"))
    ]


def _all_changed(guard: Guard, tried: list[Case]) -> list[Case]:
    """An update of the key, and of all other columns but those that the guard may compare."""
    away = far(guard)
    keyed = next((c for c in tried if c.expected and (c.change or {}).get(guard.key) == away), None)
    if keyed is None:
        return []
    compared = {column: keyed.given.get(column) for column in guard.more_columns}
    return [
        keyed._replace(
            name=f"{keyed.name}, others too",
            said=f"{keyed.said} and other columns",
            columns=(EVERY,),
            becomes="some",
            change={**compared, **(keyed.change or {})},
        )
    ]


def _filled(case: Case, fill: str, settings: dict[str, str]) -> Case:
    words = "filled in" if fill == "some" else "filled in with next to nothing"
    return case._replace(said=f"{case.said}, other columns {words}", fill=fill, settings=settings)


def _worded(case: Case, word: str) -> Case:
    said = f"{case.said}, other columns {word!r} where they take it"
    return case._replace(said=said, fill=f"word {word}", word=word)


def _set(case: Case, settings: dict[str, str]) -> Case:
    name, value = next(iter(settings.items()))
    return case._replace(said=f"{case.said}, {name} {value}", settings=settings)


def _words(compared: list[str]) -> list[str]:
    """What the texts compare with, without wildcards, and the neighbours of numbers."""
    found: dict[str, None] = {}
    for word in (each.strip("%^$ ") for each in compared):
        if 0 < len(word) <= _LONGEST:
            found[word] = None
        if word.isdecimal():
            found |= dict.fromkeys((str(int(word) + 1), str(int(word) - 1)))
    return list(found)[:_MOST]


def in_document(word: str, words: Iterable[str]) -> str:
    """How does a column of JSON hold this word? Under each name that the texts may look up."""
    with suppress(ValueError):
        if isinstance(json.loads(word), dict | list):
            return word
    names = dict.fromkeys(name for name in words if not name.lstrip("-").isdecimal())
    return json.dumps(dict.fromkeys(names, word == "true" or word))


def _guises(compared: list[str]) -> list[dict[str, str]]:
    """Every setting that the texts name, with every word that they compare it with."""
    words = [*_words(compared), *_ROLES, *_ON]
    found = []
    for name in dict.fromkeys(compared):
        parts = name.split(".")
        own = len(parts) > 1 and all(part.isidentifier() for part in parts)
        if not own and name != "application_name":
            continue
        claimed = name.startswith("request.jwt.claims")
        found += [_claims(word) if claimed else {name: word} for word in dict.fromkeys(words)]
    return found


def _claims(role: str) -> dict[str, str]:
    """What PostgREST sets for a request of this role."""
    claims = {"role": role, "sub": "5c0ffee0-0000-4000-8000-000000000002"}
    return {
        "request.jwt.claims": json.dumps(claims),
        "request.jwt.claim.role": role,
        "application_name": "PostgREST",
    }
