"""What was reviewed of each guard's function, and is the live one just that?"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from lib.core.context import Context
from lib.core.results import Row
from lib.db import sql

_NAME = r"(?:\w+|\"(?:[^\"]|\"\")+\")"
_FUNCTION = re.compile(
    rf"create\s+(?:or\s+replace\s+)?function\s+(?P<schema>{_NAME})\.(?P<name>{_NAME})\s*"
    r"\((?P<arguments>(?:[^()']|'[^']*'|\([^()]*\))*)\)"
    r"(?P<head>(?:'[^']*'|[^$;'])*?)\bas\s+\$(?P<tag>\w*)\$(?P<body>.*?)\$(?P=tag)\$",
    re.IGNORECASE | re.DOTALL,
)
_ITEM = r"(?:'[^']*'|\"[^\"]*\"|[\w.]+)"
_SETTING = re.compile(
    rf"\bset\s+\"?(\w+)\"?\s*(?:=|\bto\b)\s*({_ITEM}(?:\s*,\s*{_ITEM})*)", re.IGNORECASE
)


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
    return {name: text for name, taking, text in _all_created(files) if not taking}


def adopted(context: Context, row: Row) -> bool:
    """Is this function, with all that it calls, word for word what WATCHTOWER_CANONICAL holds?

    `row` has schema_name, function_name, calls, and what `live_definition` reads. What is written
    in C is no text: it is taken as it is.
    """
    if context.canonical is None or row["language"] in ("c", "internal"):
        return False
    files = reviewed_files(context.canonical)
    own = canonical(files).get(f"{row['schema_name']}.{row['function_name']}")
    known = {(name, text) for name, _, text in _all_created(files)}
    called = (each for each in row["calls"] if each.language not in ("c", "internal"))
    return own == live_definition(row) and all(
        (f"{e.schema}.{e.name}", live_definition({**vars(e), "security_definer": bool(e.owner)}))
        in known
        for e in called
    )


def _all_created(files: list[Path]) -> list[tuple[str, str, Definition]]:
    return [each for path in files for each in _created(path.read_text(encoding="utf-8"))]


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name[0] == '"' else name.lower()


@lru_cache(maxsize=32)
def _created(text: str) -> tuple[tuple[str, str, Definition], ...]:
    """Which functions does this text create? Their names, arguments and definitions.

    Each verification asks seven times.
    """
    found = []
    for match in _FUNCTION.finditer(text):
        head = match["head"]
        settings = ((name.lower(), _plain(value)) for name, value in _SETTING.findall(head))
        language = re.search(r"\blanguage\s+(\w+)", head, re.IGNORECASE)
        definition = Definition(
            _normal(match["body"]),
            re.search(r"\bsecurity\s+definer\b", head, re.IGNORECASE) is not None,
            tuple(sorted(settings)),
            language[1].lower() if language else "sql",
            _volatility(head),
            re.sub(r"(?i)^create\s+function", "create or replace function", match[0]) + ";",
        )
        name = f"{_unquoted(match['schema'])}.{_unquoted(match['name'])}"
        found.append((name, match["arguments"].strip(), definition))
    return tuple(found)


def same_text(body: str, reviewed: Definition) -> bool:
    """Is this the body that was reviewed?"""
    return _normal(body) == reviewed.body


def _volatility(head: str) -> str:
    found = re.search(r"\b(stable|immutable)\b", head, re.IGNORECASE)
    return found[1][0].lower() if found else "v"


def _normal(text: str) -> str:
    """Line ends and outer blank lines say nothing."""
    lines = (line.rstrip() for line in text.replace("\r\n", "\n").split("\n"))
    return "\n".join(lines).strip()
