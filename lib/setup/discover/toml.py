"""What discovery found, as a declaration in TOML: each word with how it is known beside it.

The few kinds of values that a declaration has are written here: the usual library would be a
further one to pin, and escapes less than must not reach a terminal.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from lib.core import visible
from lib.core.words import plural
from lib.db.sql import remark
from lib.setup.discover.found import Discovery, Proposal, Repeat

NOTHING = "No guard was found that could be declared."


def as_toml(found: Discovery) -> str:
    """The whole file. What is proposed can be read by `lib.core.declaration`."""
    where = f"{found.database}, PostgreSQL {found.server_version}, as {found.role}"
    lines = [f"# What discover found on {where}."]
    declared = [each for each in found.proposals if not each.left_out]
    if declared:
        lines += [
            "# It looked at catalogs, texts and a few rows, and tried nothing. Read each line,",
            "# decide what is unsure, and let WATCHTOWER_GUARDS name this file.",
        ]
    else:
        lines.append(f"# {NOTHING}")
    for each in found.proposals:
        lines += ["", *_entry(each)]
    for title, told in (
        ("May repeat a key, and no trigger sets it", [_repeat(each) for each in found.repeats]),
        ("Looks like a guard, and cannot be declared", found.others),
        ("Could not be looked at", found.unread),
    ):
        if told:
            lines += ["", f"# {title}:", *(f"# - {visible.line(each)}" for each in told)]
    return "\n".join(visible.line(each) for each in lines) + "\n"


def summary(found: Discovery) -> str:
    """One sentence for whoever ran it."""
    declared = [each for each in found.proposals if not each.left_out]
    if not declared:
        return NOTHING
    words = [word for each in declared for word in each.words.values()]
    unsure = sum(not word.sure for word in words)
    told = f"{plural(len(declared), 'guard')} proposed"
    return f"{told}, {plural(unsure, 'line')} unsure." if unsure else f"{told}."


def _entry(guard: Proposal) -> Iterator[str]:
    mark = "# " if guard.left_out else ""
    if guard.left_out:
        yield f"# Left out: {guard.left_out}"
    yield f"{mark}[[guard]]"
    for name, word in guard.words.items():
        doubt = "" if word.sure else "unsure: "
        yield f"{mark}{name} = {value(word.value)}  # {doubt}{word.why}"
    for each in guard.remarks:
        yield f"# {each}"


def _repeat(each: Repeat) -> str:
    where = remark(f"{each.table.schema}.{each.table.name}.{each.column}")
    of = f"{remark(each.key)} of {each.parent.said}"
    return f"{where}, of {of}: {'; '.join(each.why)}"


def value(told: Any) -> str:
    """A value of a declaration as TOML: on one line, and nothing in it acts on a terminal.

    Source: TOML 1.0, "String". Its escapes are those of JSON, but for halves of a letter.
    """
    if isinstance(told, bool):
        return "true" if told else "false"
    if isinstance(told, list):
        return f"[{', '.join(map(value, told))}]"
    if isinstance(told, dict):
        return f"{{ {', '.join(f'{name} = {value(each)}' for name, each in told.items())} }}"
    text = str(told)
    if ('"' in text or "\\" in text) and "'" not in text and not visible.acts(text):
        return f"'{text}'"
    plain = json.dumps(text, ensure_ascii=False)
    return "".join(f"\\u{ord(sign):04x}" if visible.acts(sign) else sign for sign in plain)
