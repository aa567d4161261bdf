"""How does a database with its own formulation get its own reviewed text?

The live definitions are written to files for a person to review and commit; from then on
WATCHTOWER_CANONICAL names their folder, and guard_functions compares with them.
"""

from __future__ import annotations

from pathlib import Path

from lib.core.errors import AdoptionFailed
from lib.core.guards import GUARDS
from lib.db.database import Database

_HEADER = """\
-- The live definition of {name}() when it was adopted. Review it before it is committed: from
-- then on it is what the live one is compared with (WATCHTOWER_CANONICAL names this folder).

"""


def adopt(database: Database, folder: Path) -> list[Path]:
    """Which files were written? One for each guard's function, each function of another trigger of
    the guarded tables, and each that these call; replaced where it was there.

    Raises: AdoptionFailed where a guard's is missing or one cannot be written,
    DatabaseUnreachable, QueryFailed.
    """
    schemas, tables = [guard.schema for guard in GUARDS], [guard.table for guard in GUARDS]
    functions = [guard.function for guard in GUARDS]
    with database.session(9.0) as session:
        rows = session.rows(
            "adopt/guard_definitions", schemas=schemas, tables=tables, functions=functions
        )
        calls = session.rows(
            "checks/guard_behaviour_calls", schemas=schemas, tables=tables, functions=functions
        )
        called = {(each["schema"], each["name"]) for row in calls for each in row["calls"]}
        rows += session.rows(
            "adopt/called_definitions",
            schemas=[schema for schema, _ in sorted(called)],
            functions=[name for _, name in sorted(called)],
        )
    found = {(row["schema_name"], row["function_name"]) for row in rows}
    own = {(guard.schema, guard.function): guard for guard in GUARDS}
    lacking = [g.function for name, g in own.items() if name not in found and not g.optional]
    if lacking:
        raise AdoptionFailed(f"There is no {lacking[0]}() to adopt; nothing was written.")
    texts: dict[str, str] = {}
    for row in rows:
        name = f"{row['schema_name']}.{row['function_name']}"
        guard = own.get((row["schema_name"], row["function_name"]))
        plain = guard.function if guard else name
        file = "".join(each if each.isalnum() or each in "_.-" else "_" for each in plain)
        texts[f"{file}.sql"] = texts.get(f"{file}.sql", "") + _text(name, row["definition"])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise AdoptionFailed(f"{folder} cannot be written: {error.strerror}.") from None
    return [folder / file for file in texts]


def _text(name: str, definition: str) -> str:
    name = name.replace("\n", " ")
    return f"{_HEADER.format(name=name)}{definition.rstrip()};\n"
