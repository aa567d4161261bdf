"""By which digests does 10_guards.sql know every text that it ever had?

Run after a change of a guard's text, and paste what it prints into the file:
python -m tests.sql.shipped
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from lib.trials.texts.reviewed import Definition, canonical
from lib.trials.texts.shipped import keeps_unknown, variants
from tests.guards import GUARDS
from tests.servers import ROOT

FILE = "sql/setup/10_guards.sql"


def earlier() -> list[str]:
    """The file in every commit that git knows, oldest first; a shallow clone knows few."""
    said = _git("log", "--reverse", "--format=%H", "--", FILE)
    return [text for commit in said.split() if (text := _git("show", f"{commit}:{FILE}"))]


def definitions(file: str) -> list[Definition]:
    """The guards' functions as that version of the file creates them."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as copy:
        copy.write(file)
        copy.flush()
        found = canonical([Path(copy.name)])
    return [found[f"{guard.schema}.{guard.function}"] for guard in GUARDS if guard.partitioned]


def digests() -> dict[str, bool]:
    """Each text's digest, and whether it keeps an event whose session is not there."""
    return {
        variant.digest: keeps_unknown(variant)
        for file in (*earlier(), (ROOT / FILE).read_text(encoding="utf-8"))
        for text in definitions(file)
        for variant in variants(text)
    }


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout


if __name__ == "__main__":
    print(",\n".join(f'        "{key}": {str(kept).lower()}' for key, kept in digests().items()))
