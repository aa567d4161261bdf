"""What is this copy told to do? Environment first, then .streamlit/secrets.toml.

Every setting is read and validated here, once; docs/settings.md lists them in one table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from croniter import CroniterBadDateError, croniter
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from lib.core.declaration import SHIPPED, declaration, use
from lib.core.errors import SettingInvalid
from lib.core.guards import Guard
from lib.core.words import listed
from lib.db.connection import parameters
from lib.db.sql import ROOT
from lib.settings import alert_settings, frames, gate, sign_in
from lib.settings.alert_settings import AlertSettings
from lib.settings.sources import Sources, sources_that_can_be_read

_ELSEWHERE = ("WATCHTOWER_DEMO_DIR",)  # read where it is needed
_DRIVERS = ("postgres", "postgresql", "postgresql+psycopg")


@dataclass(frozen=True)
class Settings:
    """What may be set? Durations in the unit that the name says.

    `database_url` is None when no database is named: then the embedded demo serves. `remarks` are
    sentences about settings that stop nothing, for the log and the page. `admin_url`
    is the owner's, for repairs alone. `schedule` is a cron expression, UTC; None is off.
    `metrics_token` opens /metrics and the status, where set. `canonical` is the folder of reviewed
    guards, None for sql/setup; `guards` are the declared ones. `auth` is Streamlit's [auth], empty
    where nobody can sign in; with it, `operators` (e-mails) run the verification from the page,
    with a sign-in no older than `sign_in_age`. `frames` may show the dashboard in a frame of
    theirs. `alerts` says who is told.
    """

    database_url: URL | None = None
    secret: str | None = None
    admin_url: URL | None = None
    supabase_url: str | None = None
    supabase_key: str | None = None
    refresh_seconds: int = 60
    window_days: int = 7
    freshness_hours: int = 6
    schedule: str | None = None
    metrics_token: str | None = None
    canonical: Path | None = None
    guards: tuple[Guard, ...] = ()
    auth: Mapping[str, Any] = field(default_factory=dict, repr=False)
    operators: frozenset[str] = frozenset()
    sign_in_required: bool = False
    sign_in_age: timedelta = timedelta(hours=12)
    frames: str = frames.OWN
    alerts: AlertSettings = field(default_factory=AlertSettings)
    remarks: tuple[str, ...] = ()

    @property
    def demo(self) -> bool:
        """Is no database named, so that the embedded demo serves?"""
        return self.database_url is None


def load(
    environ: Mapping[str, str] | None = None,
    secrets: Mapping[str, Any] | None = None,
    *,
    database: bool = True,
) -> Settings:
    """Which settings are in force? The guards that they declare are the process's from then on.

    Without `database` none need be named, nor the demo be meant, for what needs neither.
    Raises: SettingInvalid if one cannot mean what it says.
    """
    sources = Sources(environ, secrets)
    _refuse_blank(sources)
    found = _read(sources)
    use(found.guards)
    meant = _demo_meant(sources.text("WATCHTOWER_DEMO"))
    short = (gate.TOO_SHORT,) if gate.Gate(found.secret).too_short else ()
    found = replace(found, remarks=(*short, *_remarks(sources)))
    if database and found.demo:
        _refuse_demo(sources, found, meant)
    return found


def _read(sources: Sources) -> Settings:
    """What does each setting say by itself? Raises: SettingInvalid."""
    text = sources.text

    def whole(name: str, default: int, low: int, high: int) -> int:
        return _whole(name, text(name), default, low, high)

    return Settings(
        database_url=_url("DATABASE_URL", _database_url(sources)),
        secret=text("WATCHTOWER_SECRET"),
        admin_url=_url("WATCHTOWER_ADMIN_URL", text("WATCHTOWER_ADMIN_URL")),
        supabase_url=text("SUPABASE_URL"),
        supabase_key=text("SUPABASE_SERVICE_ROLE_KEY"),
        refresh_seconds=whole("WATCHTOWER_REFRESH", 60, 1, 3600),
        window_days=whole("WATCHTOWER_WINDOW", 7, 1, 90),
        freshness_hours=whole("WATCHTOWER_FRESHNESS_HOURS", 6, 1, 720),
        metrics_token=text("WATCHTOWER_METRICS_TOKEN"),
        schedule=_cron(text("WATCHTOWER_SCHEDULE")),
        canonical=_folder("WATCHTOWER_CANONICAL", text("WATCHTOWER_CANONICAL")),
        guards=declaration(_guards(text("WATCHTOWER_GUARDS"))),
        auth=sign_in.auth(text, sources.section("auth")),
        operators=sign_in.operators(text("WATCHTOWER_OPERATORS"), sources.secrets),
        sign_in_required=sign_in.required(text("WATCHTOWER_SIGN_IN")),
        sign_in_age=timedelta(hours=whole("WATCHTOWER_SIGN_IN_HOURS", 12, 1, 720)),
        frames=frames.frames(text("WATCHTOWER_FRAME_ANCESTORS")),
        alerts=alert_settings.load(text, whole),
    )


def _refuse_blank(sources: Sources) -> None:
    """A blank one of these would open what it was to close. Raises: SettingInvalid."""
    for name in ("WATCHTOWER_METRICS_TOKEN", "WATCHTOWER_SIGN_IN"):
        if sources.blank(name):
            raise SettingInvalid(f"{name} is set but blank: give it a value, or unset it.")


def _demo_meant(text: str | None) -> bool:
    """Is the demo meant, whatever else is set? Raises: SettingInvalid."""
    if text not in (None, "0", "1"):
        raise SettingInvalid("WATCHTOWER_DEMO must be 1 (the embedded demo is meant) or 0.")
    return text == "1"


def _refuse_demo(sources: Sources, found: Settings, meant: bool) -> None:
    """May the demo stand in? Its green light must never be taken for another database's.

    Raises: SettingInvalid if not.
    """
    if sources.blank("DATABASE_URL"):
        raise SettingInvalid(
            "DATABASE_URL is set but blank: let it name the database, or unset it for the "
            "embedded demo."
        )
    others = {
        "WATCHTOWER_ALERTS": found.alerts.channels,
        "[auth]": found.auth,
        "WATCHTOWER_ADMIN_URL": found.admin_url,
    }
    named = [name for name, value in others.items() if value]
    if named and not meant:
        raise SettingInvalid(
            f"{listed(named)} {'is' if len(named) == 1 else 'are'} set, and no database is named: "
            "let DATABASE_URL name it, or set WATCHTOWER_DEMO=1 if the embedded demo is meant."
        )


def _remarks(sources: Sources) -> tuple[str, ...]:
    """What is to be said of settings that stop nothing? Raises: SettingInvalid."""
    for name in _ELSEWHERE:
        sources.text(name)
    strange = sources.unread()
    if not strange:
        return ()
    nothing = "is no setting" if len(strange) == 1 else "are no settings"
    return (f"{listed(strange)} {nothing}: nobody reads {'it' if len(strange) == 1 else 'them'}.",)


def for_streamlit() -> dict[str, Any]:
    """Which secrets does Streamlit itself need? [auth], the environment's part of it too."""
    found = of_the_doors().auth
    return {"auth": found} if found else {}


def of_the_doors() -> Settings:
    """Which settings do the doors go by, though another is refused? Each that is sound itself."""
    sources = sources_that_can_be_read()
    text = sources.text
    readings: dict[str, Callable[[], Any]] = {
        "secret": lambda: text("WATCHTOWER_SECRET"),
        "metrics_token": lambda: text("WATCHTOWER_METRICS_TOKEN"),
        "auth": lambda: sign_in.auth(text, sources.section("auth")),
        "operators": lambda: sign_in.operators(text("WATCHTOWER_OPERATORS"), sources.secrets),
        "sign_in_required": lambda: _closed(sources),
        "frames": lambda: frames.frames(text("WATCHTOWER_FRAME_ANCESTORS")),
        "alerts": lambda: AlertSettings(address=alert_settings.address(text("WATCHTOWER_ADDRESS"))),
    }
    found = {}
    for name, reading in readings.items():
        with suppress(SettingInvalid):  # the watch says so on every page
            found[name] = reading()
    return Settings(**found)


def _closed(sources: Sources) -> bool:
    """Must one sign in to look? Yes where there is [auth], and what is said of it means nothing."""
    try:
        _refuse_blank(sources)
        return sign_in.required(sources.text("WATCHTOWER_SIGN_IN"))
    except SettingInvalid:
        return bool(sign_in.auth(sources.text, sources.section("auth")))


def parse_url(name: str, text: str) -> URL:
    """Which database does this connection string name?

    Raises: SettingInvalid if it is none; the text, which may hold a password, is not repeated.
    """
    problem = SettingInvalid(
        f"{name} is not a PostgreSQL connection string. It looks like "
        "postgresql://user:password@host:5432/database; percent-encode special characters "
        "in the password."
    )
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise problem from None
    # The parser ends the password at its first @; what follows would be shown as host or database.
    if "@" in _after_user(text).partition("?")[0]:
        raise problem
    if not text.isprintable():
        raise problem
    if url.port is not None and not 1 <= url.port <= 65535:
        raise problem
    if url.drivername not in _DRIVERS or not (url.host or url.query.get("host") or url.database):
        raise problem
    return url.set(drivername="postgresql+psycopg")


def _after_user(text: str) -> str:
    """What follows user and password, as the parser tells them from the rest?"""
    place = text.partition("://")[2]
    user = place.partition("/")[0].partition(":")[0]
    rest = place.removeprefix(user)
    if rest.startswith(":") and "@" in rest:
        return rest.partition("@")[2]
    return user.rpartition("@")[2] + rest


def _url(name: str, text: str | None) -> URL | None:
    """Which database is named, if any? Raises: SettingInvalid where nobody could connect by it."""
    if text is None:
        return None
    url = parse_url(name, text)
    try:
        parameters(url)
    except ValueError:
        raise SettingInvalid(
            f"{name} has a part that PostgreSQL does not know. After the ? only PostgreSQL's own "
            "parameters may stand, each once, like sslmode=require. A port is a number, one for "
            "each host."
        ) from None
    return url


def _whole(name: str, text: str | None, default: int, low: int, high: int) -> int:
    """Which whole number was set? Raises: SettingInvalid outside low..high."""
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and low <= int(text) <= high):
        raise SettingInvalid(f"{name} must be a whole number from {low} to {high}.")
    return int(text)


def _cron(text: str | None) -> str | None:
    """When does it verify by itself? None where it is off. Raises: SettingInvalid."""
    if text is not None and text.lower() == "off":
        return None
    found = text or "*/15 * * * *"
    fields = found.lower().split()
    # `r` is croniter's own, a random moment: no two copies would share a slot.
    if len(fields) != 5 or not croniter.is_valid(found) or any(f[0] == "r" for f in fields):
        raise SettingInvalid(
            "WATCHTOWER_SCHEDULE must be a cron expression of five fields, like */15 * * * *, "
            "or off."
        )
    try:
        croniter(found).get_next()
    except CroniterBadDateError:
        raise SettingInvalid(
            "WATCHTOWER_SCHEDULE names a day that never comes, so nothing would ever be verified."
        ) from None
    return found


def _folder(name: str, text: str | None) -> Path | None:
    """Which folder was named, from the project's own? Raises: SettingInvalid if there is none."""
    if text is None:
        return None
    try:
        folder = ROOT / Path(text).expanduser()
        holds = folder.is_dir() and any(folder.glob("*.sql"))
    except (OSError, RuntimeError, ValueError):  # nobody's home, too long, a NUL
        holds = False
    if not holds:
        raise SettingInvalid(f"{name} must name a folder that holds the reviewed .sql files.")
    return folder


def _guards(text: str | None) -> Path:
    """Which file declares the guards, from the project's own folder?"""
    try:
        return SHIPPED if text is None else ROOT / Path(text).expanduser()
    except RuntimeError:  # nobody's home
        raise SettingInvalid("WATCHTOWER_GUARDS must name a file.") from None


def _database_url(sources: Sources) -> str | None:
    """Which database is named? Streamlit's own place for it serves too. Raises: SettingInvalid."""
    if named := sources.text("DATABASE_URL"):
        return named
    if sources.section("connections") is None:
        return None
    section = sources.section("connections", "watchtower")
    if section is None:
        return None
    url = section.get("url")
    if not isinstance(url, str) or not url.strip():
        raise SettingInvalid(
            "[connections.watchtower] in .streamlit/secrets.toml needs a url, which names the "
            "database."
        )
    return url.strip()
