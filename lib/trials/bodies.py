"""What can be told of a trigger's function by its text alone? Pure: nothing here runs it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from lib.core.guards import Guard
from lib.core.results import Row

_TOKEN = re.compile(
    r"""(?P<kept>[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)"""
    r"|--[^\n]*|/\*.*?\*/",
    re.DOTALL,
)
_STRING = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"(?<![\w.])\d{1,9}(?![\w.])")
_SETTING = re.compile(r"\bcurrent_setting\s*\(\s*'([\w.]+)'", re.IGNORECASE)
_CLAIMS = re.compile(r"\bauth\s*\.\s*(?:role|uid|jwt|email)\s*\(", re.IGNORECASE)
_ITS_TABLE = re.compile(r"\btg_(?:table_name|table_schema|relname|relid|argv|nargs|name)\b", re.I)
_HANDS_ON = re.compile(r"\s*begin\s+(?:null\s*;\s*)*return\s+new\s*;\s*end\s*;?\s*", re.IGNORECASE)
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
_TRIED = r"(?:\w+\.[\w.]+|application_name|timezone|datestyle)"  # settings that tries change
_WRITER = r"(?:role|session_authorization|is_superuser)"  # settings that say who writes
# What a function may ask that no try can answer in every way: whether a try answers as a write
# does, in which words it is said, and how it is found. A try runs on a table of its own, by another
# role, at another depth, on some rows of all: that it came out right there says nothing of what the
# function does elsewhere.
_ASKED = tuple(
    (answered, words, re.compile(pattern, re.IGNORECASE))
    for answered, words, pattern in (
        (
            True,
            "what time it is",
            r"\b(?:now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\("
            r"|\bcurrent_(?:date|time|timestamp)\b|\blocaltime(?:stamp)?\b"
            r"|'(?:now|today|yesterday|tomorrow)'",
        ),
        (
            False,
            "who writes",
            r"(?<![\w.\"])(?:current_user|session_user|current_role|user)\b"
            r"|\b(?:pg_has_role|has_\w+_privilege)\b|\bauth\s*\.\s*\w+\s*\("
            rf"|\bcurrent_setting\s*\(\s*'{_WRITER}'",
        ),
        (True, "how the session is set", rf"\bcurrent_setting\s*\(\s*'{_TRIED}'"),
        (
            False,
            "in which session or transaction it runs",
            rf"\bcurrent_setting\s*\((?!\s*'(?:{_TRIED}|{_WRITER})')|\bpg_settings\b"
            r"|\bshow\s+\w|\bpg_stat_\w+|\binet_\w+\s*\(|\bpg_backend_pid\b"
            r"|\btxid_\w+\s*\(|\bpg_current_(?:xact|wal|snapshot)\w*\s*\(|\bpg_is_in_recovery\b",
        ),
        (False, "which locks are held", r"\bpg_(?:try_)?advisory_\w+\s*\(|\bpg_locks\b"),
        (False, "on which table it runs", r"\btg_(?:table_name|table_schema|relname|relid)\b"),
        (False, "how its trigger was made", r"\btg_(?:name|argv|nargs)\b"),
        (False, "how deep triggers are nested", r"\bpg_trigger_depth\b"),
        (
            False,
            "chance",
            r"\brandom\w*\s*\(|\bgen_random_uuid\s*\(|\buuid_generate\w*\s*\(|\buuidv\d\s*\("
            r"|\b(?:nextval|currval|lastval)\s*\(",
        ),
        (
            False,
            "which share of the rows it is for",
            r"\bhash\w*\s*\(|\b(?:md5|digest|sha\d+|crc32c?|mod)\s*\("
            r"|[\w)]\s*%\s*(?!(?:row)?type\b)[\w(]",
        ),
    )
)
_ELSEWHERE = re.compile(
    r"(?<!distinct )\b(?:from|join) (?:only )?"
    r"(?P<place>[a-z_\"][\w\"]*(?: ?\. ?[\w\"]+)?)(?![\w\"]| ?[.(])"
    r"|(?<![.\w\"])(?P<call>[\w\"]+\s*\.\s*[\w\"]+)\s*\(",
    re.IGNORECASE,
)
_NO_TABLE = frozenset({"new", "old", "lateral", "select"})
# What stands in these parentheses after FROM is a value.
_OF_A_VALUE = re.compile(r"\b(?:extract|substring|trim|overlay)\s*\([^()]*", re.IGNORECASE)
_NAMED_QUERY = re.compile(r"\b(\w+)\s+as\s+(?:(?:not\s+)?materialized\s+)?\(", re.IGNORECASE)
_KEPT_STRING = re.compile(
    r"(?P<kept>\bcurrent_setting\s*\(\s*'[^']*'|'(?:now|today|yesterday|tomorrow)')"
    r"|'(?:[^']|'')*'",
    re.IGNORECASE,
)
# Handed to another function whole, but to coalesce(new, old).
_WHOLE_ROW = re.compile(
    r"(?<!coalesce)(?<!return)(?<!return )\( ?new ?[,)]|, ?new ?[,)]", re.IGNORECASE
)
_RAISE = re.compile(r"\braise\b[^;]*", re.IGNORECASE)


def bare(text: str) -> str:
    """The text without its comments; all of it where a backslash leaves that uncertain."""
    if "\\'" in text:
        return text
    return _TOKEN.sub(lambda match: match["kept"] or " ", text)


def hands_on(body: str) -> bool:
    """Does it hand the row on as it came, whatever its comments say?"""
    return (
        _HANDS_ON.fullmatch(re.sub(r"--[^\n]*|/\*.*?\*/", " ", body, flags=re.DOTALL)) is not None
    )


def asks_its_table(body: str) -> bool:
    """Does it ask on which table it runs, or how its trigger was made?"""
    return _ITS_TABLE.search(body) is not None


def compares(body: str, column: str) -> bool:
    """Does a row count or not by this column? What is merely filled in finds the same row."""
    name = rf"\"?{re.escape(column)}\"?(?!\w)"
    by = r"(?:[<>=!]|(?:not\s+)?(?:in|like|any|between)\b|is\s+(?:not\s+)?distinct\b)"
    before = rf"(?:(?<!:)=|[<>]|\bfrom\b|\busing\s*\()\s*(?:[\w\"]+\s*\.\s*)?{name}"
    return re.search(rf"(?<!\w){name}\s*{by}|{before}", bare(body), re.IGNORECASE) is not None


@dataclass(frozen=True)
class Doubt:
    """How might a trigger undo the guard's work? It may set a key, or only `drops` the row."""

    why: str
    drops: bool = False


def touches(row: Row, guard: Guard) -> Doubt | None:
    """How might this trigger undo the guard's work, by its text? None: the text shows that not.

    `row` is one of sql/checks/trigger_order.sql. What a function calls can change nothing of the
    row but through what is looked for here.
    """
    watched = [guard.reference.column if guard.reference else guard.clock]
    if row["language"] in ("c", "internal"):
        named = [name for name in (guard.key, *watched) if name in row["arguments"]]
        return Doubt(f"it is told of {named[0]}") if named else None
    if row["language"] != "plpgsql":
        return Doubt(f"it is written in {row['language']}, which is not read here")
    text = bare(row["body"])
    if "\\'" in text or guard.key in row["arguments"]:
        return Doubt(_named(text + row["arguments"], [guard.key, *watched]))
    written = [column for column in (guard.key, *watched) if _may_write(column, text)]
    if written:
        return Doubt(f"its text sets {written[0]}")
    code = _STRING.sub("''", _OF_A_DELETE.sub("", text))
    if not _ANOTHER_ROW.search(code):
        return None
    return Doubt("its text may drop or replace the row", drops=True)


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


def keeps_deleted(text: str) -> bool:
    """May this function keep a row from being deleted? What is no row there keeps it, new also."""
    code = _STRING.sub("''", _OF_A_DELETE.sub("", plain := bare(text)))
    told_apart = _OF_A_DELETE.search(plain) is not None
    return not told_apart and re.search(r"\breturn\s+(?:null|new)\s*;", code, re.I) is not None


def asks(text: str, guard: Guard) -> list[str]:
    """What does this function ask that no try can answer in every way? In words."""
    code = _code(text)
    said = [words for _, words, pattern in _ASKED if pattern.search(code)]
    return [*said, *_tables(code, guard), *_columns(code, guard), *_calls(code)]


def unanswered(text: str, guard: Guard, *, elsewhere: bool = True) -> list[str]:
    """What does it ask to which a try gives another answer than a write? In words.

    What other tables and columns hold is left out without `elsewhere`.
    """
    code = _code(text)
    said = [words for known, words, asked in _ASKED if not known and asked.search(code)]
    return [*said, *(_tables(code, guard) + _columns(code, guard) if elsewhere else [])]


def together(said: Iterable[list[str]]) -> str:
    """What several texts ask, each of it once; empty where that is nothing."""
    return ", ".join(dict.fromkeys(part for words in said for part in words))


def _code(text: str) -> str:
    """What of this text decides anything: not its comments, its messages, nor other strings.

    Of a text that executes strings all counts.
    """
    plain = re.sub(r"\s+", " ", bare(text))
    if re.search(r"\bexecute\b", plain, re.IGNORECASE) or "\\'" in plain:
        return plain
    code = _KEPT_STRING.sub(lambda match: match["kept"] or "''", plain)
    return _RAISE.sub("raise", code)


def _tables(code: str, guard: Guard) -> list[str]:
    """Which other tables than the one that it refers to does it go by, its own also?"""
    known = {*_NO_TABLE}
    if guard.reference is not None:
        known |= {f"{guard.schema}.{guard.reference.table}", guard.reference.table}
    known |= {match[1].lower() for match in _NAMED_QUERY.finditer(code)}
    places = (match["place"] for match in _ELSEWHERE.finditer(_OF_A_VALUE.sub("(", code)))
    return _others(places, known, "what {} holds")


def _columns(code: str, guard: Guard) -> list[str]:
    """Which columns does it read that have nothing to do with the key, or the row as a whole?

    A row may hold in them what no try holds. What it merely puts into them decides nothing.
    """
    watched = {guard.key, guard.clock, *guard.columns}
    own = "|".join(re.escape(column) for column in sorted(watched))
    put = rf"(?:(?<!\w)|{_BEGINS})new ?\. ?(?!\"?(?:{own})\b)\"?\w+\"? ?"
    code = re.sub(rf"{put}:=[^;]*;|{_BEGINS}{put}=[^;]*;", ";", code, flags=re.IGNORECASE)
    read = re.findall(r"(?<![\w\"])(?:new|old) ?\. ?\"?([\w*]+)", code, re.IGNORECASE)
    found = {column.lower() for column in read} - {column.lower() for column in watched}
    if "*" in found or _WHOLE_ROW.search(code):
        return ["what the whole row holds"]
    return [f"what {column} holds" for column in sorted(found)]


def _calls(code: str) -> list[str]:
    """Which other functions than PostgreSQL's own does it go by?"""
    found = (match["call"] for match in _ELSEWHERE.finditer(code))
    return _others(found, set(), "what {}() answers")


def _others(places: Iterable[str | None], known: set[str], words: str) -> list[str]:
    names = [re.sub(r"[\s\"]", "", place) for place in places if place]
    apart = ("new", "old", "pg_catalog", "auth")
    return [
        words.format(name)
        for name in dict.fromkeys(names)
        if name.lower() not in known and name.split(".")[0].lower() not in apart
    ]


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
