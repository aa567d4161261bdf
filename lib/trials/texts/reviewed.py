"""What was reviewed of each guard's function, and is the live one just that?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from lib.core.context import Context
from lib.core.results import Row
from lib.db import sql
from lib.trials.texts import parsed
from lib.trials.texts.parsed import SEMICOLON, Tree, Unread
from lib.trials.texts.understood import Helper

# What `adopt` writes above a body of BEGIN ATOMIC … END: the server keeps no text of that.
KEPT_AS = "-- Digest of what the server keeps of its body: "
_WITHOUT_TEXT = ("c", "internal")
_MOST_STATEMENTS = 100  # of one body of BEGIN ATOMIC … END
_HEADS = (["CREATE", "FUNCTION"], ["CREATE", "OR", "REPLACE", "FUNCTION"],
          ["CREATE", "PROCEDURE"], ["CREATE", "OR", "REPLACE", "PROCEDURE"])  # fmt: skip
Words = list[tuple[int, int, str]]


@dataclass(frozen=True)
class Definition:
    """What makes a trigger function behave as it does? Comparable by value.

    `statement` is the SQL that creates it, where it is known.
    """

    body: str
    security_definer: bool
    settings: tuple[tuple[str, str], ...]
    language: str = "plpgsql"
    volatility: str = "v"
    statement: str = field(default="", compare=False)

    @property
    def digest(self) -> str:
        """What sql/setup/10_guards.sql knows this text by?"""
        parts = (
            self.body,
            "definer" if self.security_definer else "invoker",
            ",".join(f"{name}={value}" for name, value in self.settings),
            self.language,
            self.volatility,
        )
        return hashlib.sha256("|".join(parts).encode()).hexdigest()


def live_definition(row: Row) -> Definition:
    """The definition as pg_proc has it."""
    pairs = (setting.split("=", 1) for setting in row["settings"])
    return Definition(
        _normal(row["body"]),
        row["security_definer"],
        tuple(sorted((name.lower(), _plain(value)) for name, value in pairs)),
        row["language"],
        row["volatility"],
    )


def _plain(value: str) -> str:
    """A setting's value without its quotes: a list is written in more than one way."""
    return ", ".join(item.strip().strip("'\"") for item in value.split(","))


def reviewed_files(folder: Path | None) -> list[Path]:
    """Which files hold the reviewed text: sql/setup, or another folder's own?"""
    return sql.setup_files() if folder is None else sorted(folder.glob("*.sql"))


def canonical(files: list[Path]) -> dict[str, Definition]:
    """Which reviewed functions without arguments do these files create? By schema.name."""
    found = (each for each in _all_created(files) if not each.taking)
    return {f"{each.schema}.{each.name}": each.text for each in found}


def created_by(text: str) -> dict[str, Definition]:
    """Which functions without arguments does this text create? By schema.name."""
    return {f"{each.schema}.{each.name}": each.text for each in _created(text) if not each.taking}


def made_by(text: str) -> dict[tuple[str, str], Definition]:
    """Every function that this text creates, by schema and name, whatever it takes."""
    return {(each.schema, each.name): each.text for each in _created(text)}


def adopted(context: Context, row: Row) -> bool:
    """Is this function, with all that it calls, word for word what WATCHTOWER_CANONICAL holds?

    `row` has schema_name, function_name, calls, and what `live_definition` reads. What is written
    in C is no text: it is taken as it is, and so is what came with an extension.
    """
    if context.canonical is None or row["body"] is None or row["language"] in _WITHOUT_TEXT:
        return False
    files = reviewed_files(context.canonical)
    own = canonical(files).get(f"{row['schema_name']}.{row['function_name']}")
    if own != live_definition(row):
        return False
    called = (e for e in row["calls"] if e.language not in _WITHOUT_TEXT and not e.extension)
    return all_adopted(context, called)


def all_adopted(context: Context, functions: Iterable[Helper]) -> bool:
    """Are these word for word what WATCHTOWER_CANONICAL holds?"""
    files = reviewed_files(context.canonical)
    known = {(each.schema, each.name, each.signature): each for each in _all_created(files)}
    return all(_same(known.get((e.schema, e.name, _live_signature(e))), e) for e in functions)


@dataclass(frozen=True)
class _Created:
    """A function that a file creates: its `signature` tells which one of its name it is.

    `kept_as` is the digest of a body of BEGIN ATOMIC … END.
    """

    schema: str
    name: str
    signature: str
    taking: bool
    text: Definition
    kept_as: str


def _same(known: _Created | None, live: Helper) -> bool:
    if known is None or known.kept_as != live.atomic:
        return False
    text = live_definition({**vars(live), "security_definer": bool(live.owner)})
    return known.text == (replace(text, body=known.text.body) if live.atomic else text)


def _live_signature(live: Helper) -> str:
    kind, returns = ("function", f"returns {live.result}") if live.result else ("procedure", "")
    strict = "strict" if live.strict else ""
    text = f"create {kind} f({live.arguments}) {returns} {strict} language x as ''"
    try:
        (tree,) = parsed.statements(text)
        return _signature(tree["CreateFunctionStmt"])
    except (Unread, LookupError, ValueError):
        return "not read"


def _signature(told: Tree) -> str:
    options = [parsed.only(each)[1] for each in told.get("options", ())]
    strict = [each["arg"] for each in options if each["defname"] == "strict"]
    return json.dumps(_bare([told.get("parameters"), told.get("returnType"), strict]))


def _bare(tree: Any) -> Any:
    """A tree without its places, and without the schema of PostgreSQL's own types."""
    if isinstance(tree, dict):
        return {name: _bare(held) for name, held in tree.items() if name != "location"}
    if isinstance(tree, list):
        return [_bare(each) for each in tree if each != {"String": {"sval": "pg_catalog"}}]
    return tree


def _all_created(files: list[Path]) -> list[_Created]:
    texts = (path.read_text(encoding="utf-8-sig", errors="replace") for path in files)
    return [each for text in texts for each in _created(text)]


@lru_cache(maxsize=256)
def _created(text: str) -> tuple[_Created, ...]:
    """Which functions does this text create? Each verification asks seven times."""
    try:
        return tuple(_found(text))
    except Unread:
        return ()


def _found(text: str) -> Iterator[_Created]:
    """By its own statements, and by texts between dollars in others: in DO, say."""
    raw, words, over = text.encode(), parsed.words_of(text), 0
    kinds = [kind for _, _, kind in words]
    for place, (start, end, kind) in enumerate(words):
        if start < over:
            continue
        if any(kinds[place : place + len(head)] == head for head in _HEADS):
            ends = [i for i in range(place, len(words)) if kinds[i] == SEMICOLON]
            for last in [*ends[:_MOST_STATEMENTS], len(words)]:
                made = _function(raw, words[place:last], raw[over:start].decode())
                if made is not None:
                    over = words[last - 1][1]
                    yield made
                    break
        elif kind == "SCONST" and raw[start : start + 1] == b"$":
            yield from _created(_between(raw[start:end]))


def _function(raw: bytes, words: Words, above: str) -> _Created | None:
    """The function that this one statement creates; None where it is none, or cut short."""
    at, end, body = words[0][0], words[-1][1], None
    parts: list[bytes] = []
    for (_, _, before), (start, stop, kind) in pairwise(words):
        if before == "AS" and kind == "SCONST" and raw[start : start + 1] == b"$":
            body = _between(raw[start:stop])  # however long it is
            parts, at = [*parts, raw[at:start], b"''"], stop
    try:
        (tree,) = parsed.statements(b"".join([*parts, raw[at:end]]).decode())
        told = tree["CreateFunctionStmt"]
    except (Unread, LookupError, ValueError):
        return None
    options = [parsed.only(each)[1] for each in told.get("options", ())]
    given = {each["defname"]: parsed.only(each["arg"])[1] for each in options if "arg" in each}
    if "sql_body" in told:
        body = raw[next(s for s, _, kind in words if kind in ("BEGIN_P", "RETURN")) : end].decode()
    elif body is None:
        body = str(given.get("as", {}).get("items", [{}])[0].get("String", {}).get("sval", ""))
    asked = [parsed.only(each["arg"])[1] for each in options if each["defname"] == "set"]
    settings = ((e["name"].lower(), _value(e["args"])) for e in asked if "args" in e)
    statement = raw[words[0][0] : end].decode()
    if not told.get("replace"):
        statement = f"create or replace{raw[words[0][1] : end].decode()}"
    modes = [each["FunctionParameter"]["mode"] for each in told.get("parameters", ())]
    schema, name = ["", *parsed.names(told["funcname"])][-2:]
    return _Created(
        schema,
        name,
        _signature(told),
        told.get("is_procedure", False) or any(mode != "FUNC_PARAM_TABLE" for mode in modes),
        Definition(
            _normal(body),
            given.get("security", {}).get("boolval", False),
            tuple(sorted(settings)),
            given.get("language", {}).get("sval", "sql").lower(),
            given.get("volatility", {}).get("sval", "v")[0],
            f"{statement};",
        ),
        above.rpartition(KEPT_AS)[2][:32] if KEPT_AS in above and "sql_body" in told else "",
    )


def _between(quoted: bytes) -> str:
    """What stands between $tag$ and $tag$."""
    size = quoted.index(b"$", 1) + 1
    return quoted[size:-size].decode()


def _value(constants: list[Tree]) -> str:
    """A setting's value, as `_plain` tells the live one."""
    held = [parsed.only(parsed.only(each)[1]) for each in constants]
    return _plain(
        ", ".join(str(told.get(kind, 0 if kind == "ival" else "")) for kind, told in held)
    )


def same_text(body: str, reviewed: Definition) -> bool:
    """Is this the body that was reviewed?"""
    return _normal(body) == reviewed.body


def _normal(text: str) -> str:
    """Line ends and outer blank lines say nothing."""
    lines = (line.rstrip() for line in text.replace("\r\n", "\n").split("\n"))
    return "\n".join(lines).strip()
