"""Where does a setting stand? In the environment, or else in .streamlit/secrets.toml.

What was asked for is known by that; whatever else begins like a setting of ours is a mistake.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

from lib.core.errors import SettingInvalid
from lib.db.sql import ROOT

SECRETS = ROOT / ".streamlit" / "secrets.toml"
PREFIX = "WATCHTOWER_"
_FILE = ".streamlit/secrets.toml"
_FIX = "correct the name, or remove it."
SECTIONS = ("auth", "watchtower", "connections", "connections.watchtower")
_NO_UTF8 = {chr(half) for half in range(0xD800, 0xE000)}  # how such bytes come from outside


class Sources:
    """Both places, by default this process's own. Raises: SettingInvalid for an unreadable file."""

    def __init__(
        self, environ: Mapping[str, str] | None = None, secrets: Mapping[str, Any] | None = None
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self.secrets = _file(SECRETS) if secrets is None else secrets
        self._asked: set[str] = set()

    def text(self, name: str) -> str | None:
        """What is set under this name? None where it is blank, or nothing.

        Raises: SettingInvalid if the file has a section or a list of that name, or it is no UTF-8.
        """
        self._asked.add(name)
        for place in (self._environ, self.secrets):
            value = place.get(name)
            if isinstance(value, Mapping | list):
                raise SettingInvalid(f"{name} must be a text in {_FILE}.")
            if value is not None and (said := str(value).strip()):
                if set(said) & _NO_UTF8:
                    raise SettingInvalid(f"{name} must be UTF-8: it holds bytes that are not.")
                return said
        return None

    def blank(self, name: str) -> bool:
        """Is it set, and to nothing?"""
        return self.text(name) is None and (name in self._environ or name in self.secrets)

    def section(self, *path: str) -> Mapping[str, Any] | None:
        """Which section of the file is this? None where there is none. Raises: SettingInvalid."""
        found: Any = self.secrets
        for name in path:
            found = found.get(name)
            if found is None:
                return None
            if not isinstance(found, Mapping):
                raise SettingInvalid(f"{name} must be a section, [{'.'.join(path)}], in {_FILE}.")
        return dict(found)

    def unread(self) -> tuple[str, ...]:
        """Which names begin like a setting, and are none?

        Raises: SettingInvalid for one that is nearly a setting, or stands in a section, and for a
        section that is nearly one of ours.
        """
        self._refuse_misplaced()
        there = {str(name) for name in (*self._environ, *self.secrets)}
        for name, known in product(sorted(there - self._asked), sorted(self._asked)):
            if _meant(name, known, there):
                raise SettingInvalid(f"{_shown(name)} is no setting, but {known} is: {_FIX}")
        sections = set(_sections(self.secrets))
        for name, known in product(sorted(sections), SECTIONS):
            if known not in sections and _nearly(name, known):
                raise SettingInvalid(
                    f"[{_shown(name)}] in {_FILE} is no section of ours, but [{known}] is: {_FIX}"
                )
        strange = there - self._asked
        return tuple(_shown(name) for name in sorted(strange) if name.startswith(PREFIX))

    def _refuse_misplaced(self) -> None:
        for section, name in _within(self.secrets):
            ours = name.startswith(PREFIX) or name == "DATABASE_URL"
            # A connection's section may hold names that another library shares with us.
            if ours or (name in self._asked and not section.startswith("connections.")):
                raise SettingInvalid(
                    f"{_shown(name)} stands in the section [{_shown(section)}] of {_FILE}, where "
                    "nobody reads it: put it above the first section."
                )


def sources_that_can_be_read(environ: Mapping[str, str] | None = None) -> Sources:
    """Where does a setting stand, though the file may be unreadable? Then in the environment."""
    try:
        return Sources(environ)
    except SettingInvalid:
        return Sources(environ, {})


def _within(section: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, str]]:
    """Which names stand in which section? Those that stand in none are left out."""
    for name, value in section.items():
        if place:
            yield place, name
        if isinstance(value, Mapping):
            yield from _within(value, f"{place}.{name}" if place else name)


def _sections(secrets: Mapping[str, Any]) -> Iterator[str]:
    """Which sections does the file have, and which in those? As connections.watchtower."""
    for name, value in secrets.items():
        if isinstance(value, Mapping):
            yield name
            yield from (f"{name}.{each}" for each in value if isinstance(value[each], Mapping))


def _meant(name: str, known: str, there: set[str]) -> bool:
    """Is this setting meant by that name? Many a name is near SUPABASE_URL, and another's."""
    near = _a_letter_apart(name, known)
    if near and name.startswith(PREFIX):
        return True
    ours = known.startswith(PREFIX) or known == "DATABASE_URL"
    alike = name.casefold() in (known.casefold(), (PREFIX + known).casefold())
    return ours and known not in there and (near or alike)


def _nearly(section: str, known: str) -> bool:
    """Is it this section's name in other letters? [oauth], a letter from [auth], is another's."""
    one, other = section.casefold(), known.casefold()
    return one == other or (known != "auth" and _a_letter_apart(one, other))


def _a_letter_apart(one: str, other: str) -> bool:
    """Does one letter more, less or another make one name of the other?"""
    short, long = sorted((one, other), key=len)
    same = next((at for at, letter in enumerate(short) if letter != long[at]), len(short))
    return short != long and short[same + (len(short) == len(long)) :] == long[same + 1 :]


def _shown(name: str) -> str:
    """The name, fit for a terminal: whoever starts the process may name it as they like."""
    return name if name.isprintable() else ascii(name)


def _file(path: Path) -> dict[str, Any]:
    """What does the secrets file hold? Nothing where there is none. Raises: SettingInvalid."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        why = error.strerror or "it cannot be opened"
    except UnicodeDecodeError:
        why = "it is not UTF-8: save it as such"
    except (ValueError, RecursionError) as error:
        # "… (at line 3, column 5)": the rest of its words may repeat a secret.
        line = str(error).rpartition("(at line ")[2].partition(",")[0]
        why = f"look at line {line}" if line.isdecimal() else "look at its end"
    raise SettingInvalid(f"{_FILE} cannot be read as TOML: {why}.")
