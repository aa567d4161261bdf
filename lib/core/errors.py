"""What can an operator be told about?

    WatchtowerError
     ├── SettingInvalid        a setting cannot mean what it says
     ├── DatabaseUnreachable   no connection, or it broke
     ├── QueryFailed           PostgreSQL answered with an error
     ├── NotAuthorized         the secret is missing or wrong, or this person may not
     │    └── SignInNeeded     nobody is signed in, or not recently enough
     ├── Throttled             too many wrong secrets; try again later
     ├── SetupFailed           the setup of the declared guards cannot be made
     ├── AdoptionFailed        the live definitions could not be written down
     ├── RepairFailed          a statement of the plan could not be carried out
     │    └── RepairStopped    somebody stopped it between two statements
     ├── AcceptanceRefused     what was to be accepted, or taken back, is not there
     ├── NoteRefused           a note is empty or too long, or there is nothing to note
     ├── PruneFailed           older rows of the history could not be removed
     ├── DrillFailed           a fire drill cannot be begun or repaired
     └── DemoFailed            the embedded demo database did not start

Each carries one sentence that may be shown to anyone: no secret, no connection string.
"""

from __future__ import annotations

from lib.core.visible import line


class WatchtowerError(Exception):
    """Raise when an operator can act on it; `str(error)` is the sentence to show, on one line."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(line(sentence))


class SettingInvalid(WatchtowerError):
    """Raise if a setting is malformed. The sentence names it and never repeats its value."""


class DatabaseUnreachable(WatchtowerError):
    """Raise if no connection can be had, or an open one broke."""


class QueryFailed(WatchtowerError):
    """Raise if PostgreSQL answered `query` with an error of class `sqlstate`."""

    def __init__(self, query: str, sqlstate: str, reason: str) -> None:
        super().__init__(reason)
        self.query = query
        self.sqlstate = sqlstate


class NotAuthorized(WatchtowerError):
    """Raise if the secret is missing or wrong, or whoever is signed in is no operator."""


class SignInNeeded(NotAuthorized):
    """Raise if signing in, or signing in again, would help."""


class Throttled(WatchtowerError):
    """Raise if there were too many wrong secrets; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many wrong secrets. Try again in {retry_after} s.")
        self.retry_after = retry_after


class SetupFailed(WatchtowerError):
    """Raise if the SQL that sets up the declared guards cannot be made; the sentence says why."""


class AdoptionFailed(WatchtowerError):
    """Raise if a guard's live definition is missing, or cannot be written to its file."""


class RepairFailed(WatchtowerError):
    """Raise if a statement of the plan could not be carried out; the sentence says what to do.

    `sqlstate` is PostgreSQL's answer, empty where it was not asked; `said` its own words.
    """

    def __init__(self, sentence: str, sqlstate: str | None = None, said: str = "") -> None:
        super().__init__(sentence)
        self.sqlstate = sqlstate or ""
        self.said = said


class RepairStopped(RepairFailed):
    """Raise if a repair was asked to stop; what was done before stays done."""


class AcceptanceRefused(WatchtowerError):
    """Raise if there is nothing of that name to accept, or to take back."""


class NoteRefused(WatchtowerError):
    """Raise if a note cannot be kept as it is, or is about no incident."""


class PruneFailed(WatchtowerError):
    """Raise if older rows could not be removed; the sentence says what to do."""


class DrillFailed(WatchtowerError):
    """Raise if a fire drill cannot be begun or repaired; the sentence says why."""


class DemoFailed(WatchtowerError):
    """Raise if the embedded demo database cannot be started; the sentence says what to do."""
