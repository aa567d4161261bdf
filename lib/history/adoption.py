"""How does a database with its own formulation get its own reviewed text?

The live definitions are written to files for a person to review and commit; from then on
WATCHTOWER_CANONICAL names their folder, and guard_functions compares with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lib.core.declaration import declared
from lib.core.errors import AdoptionFailed
from lib.db.database import Database
from lib.db.sql import quoted, remark
from lib.trials.texts import parsed
from lib.trials.texts.reviewed import KEPT_AS

_Name = tuple[str, str]
_HEADER = """\
-- The live definition of {name} when it was adopted. Review it before it is committed: from
-- then on it is what the live one is compared with (WATCHTOWER_CANONICAL names this folder).

"""


def adopt(database: Database, folder: Path, only: Iterable[str] = ()) -> list[Path]:
    """Which files were written? One for each guard's function, each function of another trigger of
    the guarded tables, and each that these call; replaced where it was there. Or of those alone
    that `only` names, as SQL does: with their schema.

    Raises: AdoptionFailed where a guard's or a named one is missing, or one cannot be written,
    DatabaseUnreachable, QueryFailed.
    """
    own = {(guard.schema, guard.function): guard for guard in declared()}
    named = [_named(each) for each in only]
    schemas, functions = map(list, zip(*own, *named, strict=True))
    tables = [guard.table for guard in declared()] + ["" for _ in named]
    with database.session(9.0) as session:
        asked = {"schemas": schemas, "tables": tables, "functions": functions}
        rows = () if named else session.rows("adopt/guard_definitions", **asked)
        callers = {".".join(map(quoted, name)) for name in named}
        calls = session.rows("checks/guard_behaviour_calls", **asked)
        called = {
            (each["schema"], each["name"])
            for row in calls
            for each in row["calls"]
            if not named or row["function"] in callers
        }
        beside = sorted(called.union(named))
        rows += session.rows(
            "adopt/called_definitions",
            schemas=[schema for schema, _ in beside],
            functions=[name for _, name in beside],
        )
    found = {(row["schema_name"], row["function_name"]) for row in rows}
    for name in named or [name for name, guard in own.items() if not guard.optional]:
        if name not in found:
            raise AdoptionFailed(f"There is no {_told(name)} to adopt; nothing was written.")
    texts: dict[Path, dict[str, None]] = {}  # each once: another one may reach a trigger's function
    for row in rows:
        name = (row["schema_name"], row["function_name"])
        path = folder / _file(name[1] if name in own else ".".join(name))
        texts.setdefault(path, {})[_text(name, row["kept_as"], row["definition"])] = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, written in texts.items():
            path.write_text("\n".join([*_others(path, found), *written]), encoding="utf-8")
    except OSError as error:
        raise AdoptionFailed(f"{folder} cannot be written: {error.strerror}.") from None
    return list(texts)


def _others(path: Path, names: Iterable[_Name]) -> list[str]:
    """What the file holds of other functions, whose names are alike on a disk."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    begin, _ = _HEADER.split("{name}")
    parts = [f"{begin}{part}" for part in f"\n{text}".split(f"\n{begin}")[1:]]
    own = tuple(_HEADER.format(name=_told(name)) for name in names)
    return [part.rstrip("\n") + "\n" for part in parts if not part.startswith(own)]


def _named(text: str) -> _Name:
    """The schema and the name that somebody wrote as SQL has them, quoted or not."""
    try:
        tree = parsed.expression(f"{text.removesuffix('()')}()")
        (target,) = tree["SelectStmt"]["targetList"]
        schema, name = parsed.names(target["ResTarget"]["val"]["FuncCall"]["funcname"])
    except (parsed.Unread, LookupError, ValueError):
        raise AdoptionFailed(f"{text} names no function: write schema.name.") from None
    return schema, name


def _told(name: _Name) -> str:
    return remark(".".join(map(quoted, name))) + "()"


def _file(name: str) -> str:
    """Safe on any disk: names that are alike on one share a file."""
    safe = (each if each.isascii() and (each.isalnum() or each in "._-") else "_" for each in name)
    return f"{''.join(safe).lower()}.sql"


def _text(name: _Name, kept_as: str, definition: str) -> str:
    kept = f"{KEPT_AS}{kept_as}\n" if kept_as else ""
    return f"{_HEADER.format(name=_told(name))}{kept}{definition.rstrip()};\n"
