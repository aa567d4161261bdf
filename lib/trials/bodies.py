"""What can be told of a trigger's function by its text alone? Pure: nothing here runs it."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""(?P<kept>[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)"""
    r"|--[^\n]*|/\*.*?\*/",
    re.DOTALL,
)
_STRING = re.compile(r"'((?:[^']|'')*)'")
_ITS_TABLE = re.compile(r"\btg_(?:table_name|table_schema|relname|relid|argv|nargs|name)\b", re.I)
_HANDS_ON = re.compile(r"\s*begin\s+(?:null\s*;\s*)*return\s+new\s*;\s*end\s*;?\s*", re.IGNORECASE)

_OF_A_DELETE = re.compile(
    r"\bif\s*\(?\s*tg_op\s*=\s*'delete'\s*\)?\s*then\s+return\s+old\s*;", re.IGNORECASE
)


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


def keeps_deleted(text: str) -> bool:
    """May this function keep a row from being deleted? What is no row there keeps it, new also."""
    code = _STRING.sub("''", _OF_A_DELETE.sub("", plain := bare(text)))
    told_apart = _OF_A_DELETE.search(plain) is not None
    return not told_apart and re.search(r"\breturn\s+(?:null|new)\s*;", code, re.I) is not None
