"""Do two names mean the same: session_created_month, and created_month of sessions? Pure."""

from __future__ import annotations

from lib.setup.discover.found import MOMENTS, Table


def parts(name: str) -> list[str]:
    """The words of a name, in small letters: of session_month and of sessionMonth alike."""
    words, word, before = list[str](), "", ""
    for sign in name:
        if word and (not sign.isalnum() or (sign.isupper() and not before.isupper())):
            words.append(word)
            word = ""
        word += sign.lower() if sign.isalnum() else ""
        before = sign
    return [*words, word] if word else words


def nouns(table: str) -> list[list[str]]:
    """What is one row of it called? Of web_sessions: web session, or session."""
    words = parts(table)
    if not words:
        return []
    *front, last = words
    ends = [("ies", "y"), ("es", ""), ("s", ""), ("", "")]
    ones = [last.removesuffix(end) + one for end, one in ends if last.endswith(end)]
    return [each for one in ones if one for each in ([*front, one], [one])]


def repeats(column: str, table: Table, key: str) -> bool:
    """Is it named like this key of that table, or as a row of it and the key's last words?"""
    words, wanted = parts(column), parts(key)
    if words == wanted and table.type(key) not in MOMENTS:
        return True
    return any(
        bool(rest) and wanted[-len(rest) :] == rest
        for noun in nouns(table.name)
        if (rest := _after(words, noun)) is not None
    )


def refers(column: str, table: Table, row_id: str) -> bool:
    """Is it named as what refers to a row of that table: session_id, matched_session_id, visit?"""
    words, ending = parts(column), parts(row_id)
    return any(
        rest in ([], ending, ["id"])
        for noun in nouns(table.name)
        if (rest := _after(words, noun)) is not None
    )


def _after(words: list[str], noun: list[str]) -> list[str] | None:
    """What follows the noun in these words? None where it is not in them."""
    for place in range(len(words) - len(noun) + 1):
        if words[place : place + len(noun)] == noun:
            return words[place + len(noun) :]
    return None
