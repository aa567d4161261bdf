"""How does a database with its own formulation get its own reviewed text?

The live definitions, or those with which the functions were last proven right, are written to files
for a person to review and commit; from then on WATCHTOWER_CANONICAL names their folder, and
guard_functions compares with them. What behaves wrongly is not written, and what could not be
proven right only with the name of somebody who has read it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from pathlib import Path

from lib.core.declaration import declared
from lib.core.errors import AdoptionFailed
from lib.core.statements import readable
from lib.db.database import Database
from lib.db.sql import quoted, remark
from lib.history.unproven import Doubt, Name
from lib.trials.proven import kept
from lib.trials.texts import parsed
from lib.trials.texts.reviewed import KEPT_AS, created_by

_LIVE, _PROVEN = "-- The live definition of ", "-- The proven definition of "
_HEADER = f"""\
{_LIVE}{{name}} when it was adopted. Review it before it is committed: from
-- then on it is what the live one is compared with (WATCHTOWER_CANONICAL names this folder).
"""
_OF_HISTORY = f"""\
{_PROVEN}{{name}}, with which it was last proven right: kept {{when}} in the
-- history, to which others may add rows. Review it before it is committed: from then on it is
-- what the live one is compared with (WATCHTOWER_CANONICAL names this folder).
"""
_BEGIN = ((_LIVE, " when "), (_PROVEN, ", with "))
_BEGINS = (_LIVE, _PROVEN)
_UNPROVEN = "-- It could not be proven right. {by} adopted it all the same: {why}\n"
_Texts = dict[Path, dict[str, None]]


def adopt(
    database: Database,
    folder: Path,
    only: Iterable[str] = (),
    doubts: Mapping[Name, Doubt] = {},
    *,
    by: str = "",
) -> list[Path]:
    """Which files were written? One for each guard's function, each function of another trigger of
    the guarded tables, and each that these call; replaced where it was there. Or of those alone
    that `only` names, as SQL does: with their schema. `doubts` is what speaks against some of them,
    and `by` who has read those that could not be proven right.

    Raises: AdoptionFailed where a guard's or a named one is missing, behaves wrongly or could not
    be proven right by anybody, or one cannot be written, DatabaseUnreachable, QueryFailed.
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
    _refuse(found, doubts, by)
    texts: _Texts = {}  # each once: another one may reach a trigger's function
    for row in rows:
        name = (row["schema_name"], row["function_name"])
        kept = f"{KEPT_AS}{row['kept_as']}\n" if row["kept_as"] else ""
        if name in doubts:
            kept = _UNPROVEN.format(by=remark(by), why=remark(doubts[name].why)) + kept
        text = f"{_HEADER.format(name=_told(name))}\n{kept}{row['definition'].rstrip()};\n"
        texts.setdefault(folder / _path(name, own), {})[text] = None
    return _written(folder, texts, found)


def adopt_proven(
    database: Database, folder: Path, only: Iterable[str], doubts: Mapping[Name, Doubt]
) -> list[Path]:
    """Which files were written, each of the text with which a function was last proven right?

    Of all guards of which there is one, or of those functions alone that `only` names. What a row
    of the history holds beside that function is left out.

    Raises: AdoptionFailed where there is none of a named function, or of any, where that is the
    live one and behaves wrongly, or one cannot be written, DatabaseUnreachable, QueryFailed.
    """
    own = {(each.schema, each.function) for each in declared() if each.sets == "always"}
    named = {_named(each) for each in only}
    asked = named or own
    with database.session(9.0) as session:
        proven = kept(session, (".".join(name) for name in asked))
        lives = session.rows(
            "adopt/called_definitions",
            schemas=[schema for schema, _ in asked],
            functions=[name for _, name in asked],
        )
    live = {name: text for row in lives for name, text in created_by(row["definition"]).items()}
    found = {name: proven[".".join(name)] for name in asked if ".".join(name) in proven}
    for name in sorted(named - found.keys()) or sorted(asked) * (not found):
        raise AdoptionFailed(
            f"No verification has kept a text with which {_told(name)} was proven right; nothing "
            "was written."
        )
    _refuse([name for name, was in found.items() if was.text == live.get(".".join(name))], {
        name: each for name, each in doubts.items() if each.wrong
    })  # fmt: skip
    texts: _Texts = {}
    for name, was in sorted(found.items()):
        header = _OF_HISTORY.format(name=_told(name), when=was.when)
        texts.setdefault(folder / _path(name, own), {})[f"{header}\n{was.text.statement}\n"] = None
    return _written(folder, texts, found)


def _refuse(names: Iterable[Name], doubts: Mapping[Name, Doubt], by: str = "") -> None:
    """Raises: AdoptionFailed for what behaves wrongly, and for what nobody answers for."""
    for name in sorted(set(names) & doubts.keys()):
        found = doubts[name]
        if found.wrong:
            raise AdoptionFailed(
                f"{_told(name)} behaves wrongly, so nothing was written: {readable(found.why)}"
            )
        if not by:
            raise AdoptionFailed(
                f"{_told(name)} could not be proven right, so nothing was written: "
                f"{readable(found.why)}. Whoever has read it adopts it with --unproven --by NAME."
            )


def _path(name: Name, own: Container[Name]) -> str:
    return _file(name[1] if name in own else ".".join(name))


def _written(folder: Path, texts: _Texts, names: Iterable[Name]) -> list[Path]:
    """The files: they hold these texts now, and what they held of others.

    Raises: AdoptionFailed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, written in texts.items():
            path.write_text("\n".join([*_others(path, names), *written]), encoding="utf-8")
    except OSError as error:
        raise AdoptionFailed(f"{folder} cannot be written: {error.strerror}.") from None
    return list(texts)


def _others(path: Path, names: Iterable[Name]) -> list[str]:
    """What the file holds of other functions, whose names are alike on a disk."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    parts: list[str] = []
    for line in text.splitlines(keepends=True):
        if line.startswith(_BEGINS):
            parts.append("")
        if parts:
            parts[-1] += line
    own = tuple(f"{begin}{_told(name)}{after}" for name in names for begin, after in _BEGIN)
    return [part.rstrip("\n") + "\n" for part in parts if not part.startswith(own)]


def _named(text: str) -> Name:
    """The schema and the name that somebody wrote as SQL has them, quoted or not."""
    try:
        tree = parsed.expression(f"{text.removesuffix('()')}()")
        (target,) = tree["SelectStmt"]["targetList"]
        schema, name = parsed.names(target["ResTarget"]["val"]["FuncCall"]["funcname"])
    except (parsed.Unread, LookupError, ValueError):
        raise AdoptionFailed(f"{text} names no function: write schema.name.") from None
    return schema, name


def _told(name: Name) -> str:
    return remark(".".join(map(quoted, name))) + "()"


def _file(name: str) -> str:
    """Safe on any disk: names that are alike on one share a file."""
    safe = (each if each.isascii() and (each.isalnum() or each in "._-") else "_" for each in name)
    return f"{''.join(safe).lower()}.sql"
