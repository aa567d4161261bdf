"""Are times, counts and shares told so that a sum and a promise survive being checked?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from lib.core.results import Status
from lib.core.words import (
    agree,
    at_most,
    by_status,
    by_time,
    called,
    duration,
    last_days,
    listed,
    outside,
    percent,
    plural,
    spell,
    times,
    unqualified,
)
from tests import prose

ROOT = Path(__file__).parents[1]
UNSPOKEN = {  # names of flags, files and keys: nobody reads them as a sentence
    "--mend": "the older name of --repair",
    "mend-the-writer": "a step's older name, which old links hold",
    "mended ": "a part of what the id of a demo's row is made of",
}


@cache
def spoken() -> tuple[tuple[str, str], ...]:
    """Where each text of lib/ and pages/ stands that is no docstring, and the text."""
    return (*_literals(), *_lines())


def _modules() -> list[Path]:
    return sorted(each for place in ("lib", "pages") for each in (ROOT / place).rglob("*.py"))


def _literals() -> Iterator[tuple[str, str]]:
    for path in _modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in docstrings
            ):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value


def _lines() -> Iterator[tuple[str, str]]:
    for path in (*(ROOT / "lib").rglob("*.j2"), *(ROOT / "lib").rglob("*.toml")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield f"{path.relative_to(ROOT)}:{number}", line


@pytest.mark.parametrize("why", prose.WORDS)
def test_people_are_told_in_plain_words(why: str) -> None:
    found = [
        f"{where}: {text.strip()[:80]!r}"
        for where, text in spoken()
        if prose.WORDS[why].search(text) and text not in UNSPOKEN
    ]
    assert not found, "\n".join(found)


def test_nouns_get_their_plural_in_one_place() -> None:
    """`'' if count == 1 else 's'` stands in words.py alone."""
    made = [
        path.relative_to(ROOT)
        for path in _modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.IfExp)
        and {"", "s"}
        == {each.value for each in (node.body, node.orelse) if isinstance(each, ast.Constant)}
    ]
    assert made == [Path("lib/core/words.py")]


def test_what_is_let_through_is_still_there() -> None:
    assert UNSPOKEN.keys() <= {text for _, text in spoken()}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.9, "59 s"), (110, "1 min 50 s"), (120, "2 min"), (613, "10 min")],
)
def test_short_time_has_its_seconds(seconds: float, words: str) -> None:
    assert spell(timedelta(seconds=seconds)) == words


def test_relation_is_named_without_its_schema() -> None:
    assert unqualified("public.events_2026_12") == "events_2026_12"
    assert unqualified('"a.b"."c.d"') == '"c.d"'
    assert unqualified('public."c.d"') == '"c.d"'
    assert unqualified("events") == "events"
    assert unqualified('"a"".b"."c.d"') == '"c.d"', "a doubled quote does not end the schema"
    assert unqualified('"c.d"') == '"c.d"'
    assert unqualified("f(public.x)") == "f(public.x)", "the point is of the argument"
    assert unqualified("public.f(public.x)") == "f(public.x)"


def test_headline_names_a_function_without_its_arguments() -> None:
    assert called("public.maintain(text,public.x)") == "maintain()"
    assert called('"a.b"."f ("(date)') == '"f ("()'
    assert called("public.maintain") == called("maintain()") == "maintain()"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(59, "59 s"), (3600, "1 h"), (3660, "1 h 1 min"), (86400, "1 d"), (90000, "1 d 1 h")],
)
def test_long_time_has_no_lesser_part_of_zero(seconds: float, words: str) -> None:
    assert duration(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "1 s"), (0.2, "1 s"), (60.4, "1 min 1 s"), (815, "14 min"), (3601, "1 h 1 min")],
)
def test_a_bound_is_rounded_up(seconds: float, words: str) -> None:
    assert at_most(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [(None, "–"), (1.0, "100.0 %"), (0.99999, "99.99 %"), (0.9996, "99.96 %"), (0.984, "98.4 %")],
)
def test_all_is_said_of_all_alone(share: float | None, words: str) -> None:
    assert percent(share) == words


@pytest.mark.parametrize("items", [[], ["a"], ["a", "b"], ["a", "b", "c"]])
def test_list_has_one_and(items: list[str]) -> None:
    words = ["", "a", "a and b", "a, b and c"][len(items)]
    assert listed(items) == words


def test_one_is_no_several() -> None:
    assert [plural(n, "row") for n in (0, 1, 2000)] == ["0 rows", "1 row", "2,000 rows"]
    assert agree(2, "have their session in another month (they say May 2026)") == (
        "have their session in another month (they say May 2026)"
    )
    assert agree(1, "have their session in another month (they say May 2026)") == (
        "has its session in another month (it says May 2026)"
    )
    assert [last_days(n) for n in (1, 7)] == ["the last day", "the last 7 days"]
    assert [times(n) for n in (1, 2, 3000)] == ["once", "twice", "3,000 times"]
    assert [outside(n) for n in (1, 2)] == ["1 does not apply", "2 do not apply"]


def test_worst_status_is_counted_first_and_the_most_frequent_time() -> None:
    seen = [Status.OK, Status.CRITICAL, Status.OK]
    assert by_status(seen) == "1 critical, 2 ok"
    assert by_time([*seen, None, None, None]) == "not verified in 3, ok in 2, critical in 1"
