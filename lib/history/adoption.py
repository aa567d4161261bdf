"""How does a database with its own formulation get its own reviewed text?

The live definitions are written to files for a person to review and commit; from then on
WATCHTOWER_CANONICAL names their folder, and guard_functions compares with them.
"""

from __future__ import annotations

from pathlib import Path

from lib.core.errors import AdoptionFailed
from lib.core.guards import GUARDS, Guard
from lib.db.database import Database

_HEADER = """\
-- The live definition of {name}() when it was adopted. Review it before it is committed: from
-- then on it is what the live one is compared with (WATCHTOWER_CANONICAL names this folder).

"""


def adopt(database: Database, folder: Path) -> list[Path]:
    """Which files were written? One for each guard's function, replaced where it was there.

    Raises: AdoptionFailed where one is missing or cannot be written, DatabaseUnreachable,
    QueryFailed.
    """
    with database.session(9.0) as session:
        rows = session.rows(
            "adopt/guard_definitions",
            schemas=[guard.schema for guard in GUARDS],
            functions=[guard.function for guard in GUARDS],
        )
    found = {(row["schema_name"], row["function_name"]): row["definition"] for row in rows}
    there = [guard for guard in GUARDS if (guard.schema, guard.function) in found]
    lacking = [guard.function for guard in GUARDS if guard not in there and not guard.optional]
    if lacking:
        raise AdoptionFailed(f"There is no {lacking[0]}() to adopt; nothing was written.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_write(folder, guard, found[guard.schema, guard.function]) for guard in there]
    except OSError as error:
        raise AdoptionFailed(f"{folder} cannot be written: {error.strerror}.") from None


def _write(folder: Path, guard: Guard, definition: str) -> Path:
    path = folder / f"{guard.function}.sql"
    header = _HEADER.format(name=f"{guard.schema}.{guard.function}")
    path.write_text(f"{header}{definition.rstrip()};\n", encoding="utf-8")
    return path
