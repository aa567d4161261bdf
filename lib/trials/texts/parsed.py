"""A function's text as the tree that PostgreSQL's own parser makes of it. Pure: nothing runs.

By libpg_query (PyPI's postgast): the server's grammars of SQL and of PL/pgSQL, as a library.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import postgast
from google.protobuf.json_format import MessageToDict
from postgast.errors import check_error
from postgast.native import lib

Tree = dict[str, Any]

_LONGEST = 32_768  # bytes: in less, no text is nested so deep that a library's stack is too small
_TAG = "$of_the_watchtower$"
SEMICOLON, _COMMENTS = "ASCII_59", ("SQL_COMMENT", "C_COMMENT")
# The ten variables TG_…: libpg_query closes each with a brace too many.
_VARIABLES, _CLOSED = '"dno":1}},' + "{}}," * 10, '"dno":1}},' + "{}," * 10


class Unread(Exception):
    """Raise where a text cannot be read: with the reason, in words."""


@dataclass(frozen=True)
class Body:
    """A function of PL/pgSQL: its outer block, its variables by their numbers, and their types."""

    block: Tree
    variables: tuple[Tree, ...]
    types: dict[str, str]


@lru_cache(maxsize=512)
def body(text: str, arguments: str = "", result: str = "trigger", *, plain: bool = True) -> Body:
    """The tree of a function's body: a trigger's, or one of these arguments. Raises: Unread.

    `plain`: only where each name means what it says.
    """
    explicit = _explicit(text)
    given = _typed(explicit)
    if plain:
        _plain(given)
    if _TAG in given:
        raise Unread("its text is not read here")
    head = f"create function f({arguments}) returns {result} language plpgsql"
    source = f"{head} as {_TAG}{given}{_TAG}"
    made = lib.pg_query_parse_plpgsql(source.encode())
    try:
        check_error(made)
        told = made.plpgsql_funcs.decode()
    except postgast.PgQueryError as error:
        raise Unread(f"it is not read here: {error.message}") from None
    finally:
        lib.pg_query_free_plpgsql_parse_result(made)
    try:
        function = json.loads(told.replace(_VARIABLES, _CLOSED, 1))[0]["PLpgSQL_function"]
    except (ValueError, LookupError, RecursionError):
        raise Unread("its text is not read here") from None
    types = {name: told for name, (told, _, _) in _types(explicit).items()}
    return Body(function["action"]["PLpgSQL_stmt_block"], tuple(function["datums"]), types)


@lru_cache(maxsize=4096)
def statements(text: str) -> tuple[Tree, ...]:
    """The trees of these statements. Raises: Unread."""
    _short(text)
    try:
        told = MessageToDict(postgast.parse(text))
    except postgast.PgQueryError as error:
        raise Unread(f"it is not read here: {error.message}") from None
    except Exception:  # protobuf's own, for what is nested deep
        raise Unread("it is nested too deep to be read here") from None
    return tuple(each["stmt"] for each in told.get("stmts", ()))


def expression(text: str) -> Tree:
    """What PL/pgSQL makes of an expression: a SELECT. Raises: Unread."""
    (found,) = statements(f"select {text}")
    return found


def value(expr: Tree) -> Tree:
    """The one value of an expression of PL/pgSQL. Raises: Unread."""
    (target,) = expression(expr["PLpgSQL_expr"]["query"])["SelectStmt"]["targetList"]
    return dict(target["ResTarget"]["val"])


def defaults(arguments: str) -> list[Tree | None]:
    """What stands for each argument that a call leaves out. Raises: Unread."""
    (made,) = statements(f"create function f({arguments}) returns int language sql as ''")
    told = made["CreateFunctionStmt"].get("parameters", [])
    return [each["FunctionParameter"].get("defexpr") for each in told]


def assigned(text: str) -> tuple[list[str], Tree]:
    """Of `a.b := expression`: the names of the target, and the expression. Raises: Unread.

    Of `a.b[1] := expression` the names end with [], and the expression is a row of both.
    """
    raw = text.encode()
    names: list[str] = []
    depth = 0
    for start, end, kind in words_of(text):
        depth += (raw[start:end] == b"[") - (raw[start:end] == b"]")
        if raw[start:end] in (b":=", b"=") and not depth:
            place, value = raw[:start].decode(), raw[end:].decode()
            return names, expression(f"row({place}, {value})" if names[-1] == "[]" else value)
        if depth or names[-1:] == ["[]"]:
            names = [*names, "[]"] if names[-1:] != ["[]"] else names
        elif kind != "ASCII_46":
            word = raw[start:end].decode()
            small = word.lower() if word.isascii() else word
            names.append(word[1:-1].replace('""', '"') if word[0] == '"' else small)
    raise Unread("an assignment is not read here")


def _plain(text: str) -> None:
    """Raises Unread where a name may mean another thing than it says, or the tree leaves it out."""
    words = [text.encode()[start:end].lower() for start, end, _ in words_of(text)]
    if b"#" in words:
        raise Unread("it has an option")
    for place, word in enumerate(words):
        after = words[place + 1 : place + 3]
        if word == b"alias" and after[:1] == [b"for"]:
            raise Unread("it gives a variable another name")
        if word == b"<<" and after[1:] == [b">>"] and _named(words, after[0]):
            raise Unread("it goes by a label")
        if word == b"declare" and b"begin" in words[:place]:
            raise Unread("it declares variables inside")


def _named(words: list[bytes], label: bytes) -> bool:
    """Is a label named elsewhere than where it stands, and after END?"""
    around = zip([b"", *words], words, strict=False)
    return any(word == label and before not in (b"<<", b"end") for before, word in around)


def _types(text: str) -> dict[str, tuple[str, int, int]]:
    """Of each variable its type as it is declared, and where that stands, in bytes."""
    raw, tokens, found = text.encode(), words_of(text), {}
    words = [raw[start:end].lower() for start, end, _ in tokens]
    for name in range(1, words.index(b"begin") - 1 if b"begin" in words else 0):
        if words[name - 1] in (b"declare", b";"):
            place = name + 1 + (words[name + 1] == b"constant")
            last = place + 2 if words[place + 1 : place + 2] == [b"."] else place
            told = b"".join(words[place : last + 1]).replace(b'"', b"").decode()
            plain = words[last + 1] not in (b"%", b".", b"(", b"[")
            found[words[name].decode()] = (
                told if plain else f"{told}%",
                tokens[place][0],
                tokens[last][1],
            )
    return found


def _typed(text: str) -> str:
    """Types of other schemas as one of ours: libpg_query knows no further schemas."""
    raw = text.encode()
    for told, start, end in sorted(_types(text).values(), key=lambda each: -each[1]):
        if "." in told and "%" not in told and told.split(".")[0] not in ("public", "pg_catalog"):
            raw = raw[:start] + b"public.of_another_schema" + raw[end:]
    return raw.decode()


def _explicit(text: str) -> str:
    """RETURN new as RETURN (new): of a name alone the tree does not tell which one it is."""
    raw, tokens = _short(text), words_of(text)
    triples = list(zip(tokens, tokens[1:], tokens[2:], strict=False))
    for returning, (start, end, _), (_, _, ending) in reversed(triples):
        if returning[2] == "RETURN" and ending == SEMICOLON:
            raw = b"%b(%b)%b" % (raw[:start], raw[start:end], raw[end:])
    return raw.decode()


def words(text: str) -> list[str]:
    """The words of a text, without comments. Raises: Unread."""
    raw = text.encode()
    return [raw[start:end].decode() for start, end, _ in words_of(text)]


def words_of(text: str) -> list[tuple[int, int, str]]:
    """Where each word of it begins and ends, in bytes, and what kind it is; without comments."""
    try:
        found = postgast.scan(text).tokens
    except postgast.PgQueryError as error:
        raise Unread(f"it is not read here: {error.message}") from None
    kinds = postgast.pg_query_pb2.Token.Name
    try:
        told = [(each.start, each.end, kinds(each.token)) for each in found]
    except ValueError:  # a character that is no word of SQL
        raise Unread("it is not read here") from None
    return [each for each in told if each[2] not in _COMMENTS]


def _short(text: str) -> bytes:
    raw = text.encode()
    if len(raw) > _LONGEST or b"\0" in raw:
        raise Unread(f"it is longer than {_LONGEST // 1024} KB")
    if b'u&"' in raw.lower():
        raise Unread("a name is spelled by numbers")
    return raw


def only(tree: Tree) -> tuple[str, Tree]:
    """What kind of node is this, and what does it hold?"""
    return next(iter(tree.items()), ("", {}))


def names(parts: Iterable[Tree]) -> list[str]:
    """A dotted name; * for all columns."""
    return [part["String"]["sval"] if "String" in part else "*" for part in parts]


def below(told: Tree) -> Iterator[Tree]:
    """The nodes right below what a node holds."""
    for value in told.values():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict) and any(name[:1].isupper() for name in each):
                yield each


def nodes(tree: Any) -> Iterator[tuple[str, Tree]]:
    """Every node of a tree, from above."""
    for value in tree if isinstance(tree, list) else [tree]:
        if isinstance(value, dict):
            for name, held in value.items():
                if name[:1].isupper() and isinstance(held, dict):
                    yield name, held
                yield from nodes(held)


def fields(value: Tree) -> list[str]:
    """The names of a column; none where it is no column."""
    kind, told = only(value)
    return names(told["fields"]) if kind == "ColumnRef" else []


def constant(told: Any) -> str:
    """The constant as text; empty for null."""
    held: dict[str, Any] = next((each for name, each in told.items() if name.endswith("val")), {})
    return str(next(iter(held.values()), "0" if "ival" in told else ""))
