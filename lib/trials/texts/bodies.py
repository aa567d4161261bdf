"""What can be told of a trigger's function by its words alone? Pure: nothing here runs it."""

from __future__ import annotations

import itertools

from lib.trials.texts.parsed import Unread, words

_ITS_TABLE = frozenset({
    "tg_table_name", "tg_table_schema", "tg_relname", "tg_relid", "tg_argv", "tg_nargs", "tg_name",
})  # fmt: skip
_COMPARED_BY = frozenset({
    "=", "<", ">", "<=", ">=", "<>", "!=", "in", "like", "ilike", "any", "between", "is", "not",
    "using", "from",
})  # fmt: skip
_OF_A_DELETE = ["if", "tg_op", "=", "'delete'", "then", "return", "old", ";"]


def _words(text: str) -> list[str]:
    """Its words in small letters, without comments; none where it is no text of PL/pgSQL."""
    try:
        return [word.lower() for word in words(text)]
    except Unread:
        return []


def hands_on(body: str) -> bool:
    """Does it hand the row on as it came, whatever its comments say?"""
    plain = [word for word in _words(body) if word not in (";", "null", "(", ")")]
    return plain == ["begin", "return", "new", "end"]


def asks_its_table(body: str) -> bool:
    """Does it ask on which table it runs, or how its trigger was made?"""
    return not _ITS_TABLE.isdisjoint(_words(body))


def compares(body: str, column: str) -> bool:
    """Does a row count or not by this column? What is merely filled in finds the same row."""
    told = _words(body)
    for place, word in enumerate(told):
        if word.strip('"') == column:
            first = place - 2 if told[place - 1 : place] == ["."] else place
            around = {*told[place + 1 : place + 2], *told[max(first - 1, 0) : first]}
            if not _COMPARED_BY.isdisjoint(around):
                return True
    return False


def keeps_deleted(text: str) -> bool:
    """May this function keep a row from being deleted? What is no row there keeps it, new also."""
    told = [word for word in _words(text) if word not in ("(", ")")]
    told_apart = any(told[n : n + len(_OF_A_DELETE)] == _OF_A_DELETE for n in range(len(told)))
    returned = {after for word, after in itertools.pairwise(told) if word == "return"}
    return not told_apart and not returned.isdisjoint({"null", "new"})
