"""What can be told of a trigger's function by its text alone? Pure: nothing here runs it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

from lib.guards import Guard
from lib.results import Row

_TOKEN = re.compile(
    r"""(?P<kept>[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)"""
    r"|--[^\n]*|/\*.*?\*/",
    re.DOTALL,
)
_STRING = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"(?<![\w.])\d{1,9}(?![\w.])")
_SETTING = re.compile(r"\bcurrent_setting\s*\(\s*'([\w.]+)'", re.IGNORECASE)
_CLAIMS = re.compile(r"\bauth\s*\.\s*(?:role|uid|jwt|email)\s*\(", re.IGNORECASE)
_LONGEST = 40  # characters: longer ones are messages, which nobody compares with

_BEGINS = r"(?:;|\bbegin|\bthen|\belse|\bloop|>>)\s*"  # where a statement may begin
# Whatever puts another row, or none, in the place of the one that was written.
_ANOTHER_ROW = re.compile(
    r"\breturn\b(?!\s*\(?\s*new\s*\)?\s*;|\s+coalesce\s*\(\s*new\s*,\s*old\s*\)\s*;)"
    r"|\bnew\b\"?\s*:=|" + _BEGINS + r"\"?new\"?\s*="
    r"|\binto\s+(?:strict\s+)?\"?new\b(?!\"?\s*\.)|\bfor\s+\"?new\b|\balias\s+for\b"
    r"|\bcall\b[^;]*[(,]\s*\"?new\"?\s*[,)]|(?:\bdeclare|;)\s*\"?new\"?\s+[\w\"]"
    r"|populate_record|#=|\bu&\"",
    re.IGNORECASE,
)
_OF_A_DELETE = re.compile(
    r"\bif\s*\(?\s*tg_op\s*=\s*'delete'\s*\)?\s*then\s+return\s+old\s*;", re.IGNORECASE
)
_VARIABLE = r"[\w\"]+(?:\s*\.\s*[\w\"]+)*"
# What a function may ask that no try can answer in every way, and in which words that is said.
_ASKED = tuple(
    (words, re.compile(pattern, re.IGNORECASE))
    for words, pattern in (
        (
            "what time it is",
            r"\b(?:now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\("
            r"|\bcurrent_(?:date|time|timestamp)\b|\blocaltime(?:stamp)?\b"
            r"|'(?:now|today|yesterday|tomorrow)'",
        ),
        (
            "who writes",
            r"\b(?:current_user|session_user|current_role|user|pg_has_role|has_\w+_privilege)\b"
            r"|\bauth\s*\.\s*\w+\s*\(",
        ),
        (
            "how the session is set",
            r"\bcurrent_setting\s*\(|\bpg_settings\b|\bshow\s+\w|\bpg_stat_\w+|\binet_\w+\s*\("
            r"|\bpg_backend_pid\b",
        ),
        ("on which table it runs", r"\btg_(?:table_name|table_schema|relname|relid)\b"),
        ("how its trigger was made", r"\btg_(?:name|argv|nargs)\b"),
        ("how deep triggers are nested", r"\bpg_trigger_depth\b"),
        ("chance", r"\brandom\w*\s*\(|\bgen_random_uuid\s*\("),
    )
)
# A try runs on a table of its own, by another role, at another depth: that it came out right there
# says nothing of what the function does elsewhere.
_OTHERWISE = frozenset(
    {
        "who writes",
        "on which table it runs",
        "how its trigger was made",
        "how deep triggers are nested",
        "chance",
    }
)
_ELSEWHERE = re.compile(
    r"\b(?P<verb>from|join)\s+(?:only\s+)?(?P<place>[\w\"]+\s*\.\s*[\w\"]+)"
    r"|(?<![.\w\"])(?P<call>[\w\"]+\s*\.\s*[\w\"]+)\s*\(",
    re.IGNORECASE,
)


def bare(text: str) -> str:
    """The text without its comments; all of it where a backslash leaves that uncertain."""
    if "\\'" in text:
        return text
    return _TOKEN.sub(lambda match: match["kept"] or " ", text)


def touches(row: Row, guard: Guard) -> str:
    """How might this trigger undo the guard's work, by its text? Empty: the text shows that not.

    `row` is one of sql/checks/trigger_order.sql. What a function calls can change nothing of the
    row but through what is looked for here.
    """
    watched = [guard.reference.column if guard.reference else guard.clock]
    if row["language"] in ("c", "internal"):
        named = [name for name in (guard.key, *watched) if name in row["arguments"]]
        return f"it is told of {named[0]}" if named else ""
    if row["language"] != "plpgsql":
        return f"it is written in {row['language']}, which is not read here"
    text = bare(row["body"])
    if "\\'" in text or guard.key in row["arguments"]:
        return _named(text + row["arguments"], [guard.key, *watched])
    written = [column for column in (guard.key, *watched) if _may_write(column, text)]
    if written:
        return f"its text sets {written[0]}"
    code = _STRING.sub("''", _OF_A_DELETE.sub("", text))
    return "its text may drop or replace the row" if _ANOTHER_ROW.search(code) else ""


def _named(text: str, columns: list[str]) -> str:
    """Where the text cannot be read for certain: does it name what it must not set?"""
    found = [c for c in columns if re.search(rf"(?<!\w){re.escape(c)}(?!\w)", text, re.IGNORECASE)]
    return f"its text names {found[0]}" if found else "its text is not understood"


def _may_write(column: str, text: str) -> bool:
    """Is there a statement that puts a value into this column of the row?"""
    name = rf"\"?{re.escape(column)}\"?(?!\w)"
    own = rf"(?<!\w)\"?new\"?\s*\.\s*{name}"
    sets = re.compile(
        rf"(?<!\w){name}\s*:=|{_BEGINS}{own}\s*="
        rf"|\b(?:into(?:\s+strict)?|for|foreach)\s+(?:{_VARIABLE}\s*,\s*)*{own}"
        rf"|\b(?:into\b[^;]*\[|call\b|diagnostics\b)[^;]*{own}",
        re.IGNORECASE,
    )
    return sets.search(text) is not None


def asks(text: str, guard: Guard) -> str:
    """What does this function ask that no try can answer in every way? In words; empty: nothing."""
    plain = bare(text)
    said = [words for words, pattern in _ASKED if pattern.search(plain)]
    return ", ".join([*said, *dict.fromkeys(_elsewhere(plain, guard))])


def unanswered(text: str) -> str:
    """What does it ask to which a try gives another answer than a write? In words."""
    plain = bare(text)
    return ", ".join(
        words for words, pattern in _ASKED if words in _OTHERWISE and pattern.search(plain)
    )


def _elsewhere(text: str, guard: Guard) -> Iterator[str]:
    """Which other tables and functions than PostgreSQL's own does it go by?"""
    known = {guard.relation}
    if guard.reference is not None:
        known.add(f"{guard.schema}.{guard.reference.table}")
    for match in _ELSEWHERE.finditer(text):
        place = re.sub(r"[\s\"]", "", match["place"] or match["call"])
        if place.split(".")[0].lower() in ("new", "old", "pg_catalog", "auth") or place in known:
            continue
        yield f"what {place}{'() answers' if match['call'] else ' holds'}"


def literals(texts: Iterable[str]) -> list[str]:
    """What do these functions compare with? Short strings, without wildcards, and whole numbers."""
    found: dict[str, None] = {}
    for text in texts:
        plain = bare(text)
        for match in _STRING.finditer(plain):
            word = match[1].replace("''", "'").strip("%^$ ")
            if 0 < len(word) <= _LONGEST:
                found[word] = None
        for number in _NUMBER.findall(_STRING.sub(" ", plain)):
            for near in (int(number), int(number) + 1, int(number) - 1):
                found[str(near)] = None
    return list(found)


def settings_read(texts: Iterable[str]) -> list[str]:
    """Which settings do they read that anybody may set, the application's name say?"""
    found: dict[str, None] = {}
    for text in texts:
        plain = bare(text)
        for name in _SETTING.findall(plain):
            if "." in name or name.lower() == "application_name":
                found[name] = None
        if _CLAIMS.search(plain):
            found["request.jwt.claims"] = None
    return list(found)


def moments(texts: Iterable[str]) -> list[datetime]:
    """Which days and years do they compare with, UTC?"""
    found: dict[datetime, None] = {}
    for word in literals(texts):
        with suppress(ValueError):
            year = word.isdecimal() and 1970 <= int(word) < 2100
            moment = datetime(int(word), 6, 15) if year else datetime.fromisoformat(word)
            found[moment.replace(tzinfo=moment.tzinfo or UTC)] = None
    return list(found)
