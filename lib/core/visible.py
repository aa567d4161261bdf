"""How does text leave, so that it does nothing to whoever reads it?

Names in a database hold what their makers liked: ends of lines that forge a line of a log, signs
that steer a terminal or turn the writing round, formulas for a spreadsheet. They are made visible
where text leaves, not name by name.
"""

from __future__ import annotations

import logging
import re
import traceback
from typing import Any

# C0 and C1 controls, what turns the writing round or is not seen, and halves of a letter.
_UNSEEN = "\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
_ACTING = re.compile(f"[\x00-\x1f{_UNSEEN}]")
_ACTS = re.compile(f"[\x00-\x08\x0b-\x1f{_UNSEEN}]")  # all but the end of a line, and the tab
_IN_ESCAPES = re.compile(rf"\\.|{_ACTING.pattern}", re.DOTALL)
_ENDS = re.compile("[\n\r\t\v\f\x1c-\x1e\x85\u2028\u2029]+")
# A spreadsheet runs these, also one that parts cells by semicolons or tabs.
_FORMULA = re.compile(r"(^|[;\t\r\n])(?=\s*[=+\-@])")


def lines(text: str) -> str:
    """The text as it may stand in a terminal or a message: its lines stay, what acts is shown."""
    return _ACTS.sub(_shown, text)


def line(text: str) -> str:
    """The same on one line: nothing in it begins another."""
    return lines(_ENDS.sub(" ", text))


def cell(text: str) -> str:
    """The text as a cell of a spreadsheet, which runs nothing of it."""
    return _FORMULA.sub(r"\1'", text)


def acts(text: str) -> bool:
    """Is there anything in it that ends a line, steers a terminal or turns the writing round?"""
    return _ACTING.search(text) is not None


def steers(text: str) -> bool:
    """The same, but for ends of lines and tabs, which a text of many lines has."""
    return _ACTS.search(text) is not None


def identifier(name: str) -> str:
    """The name as SQL writes it by numbers: on one line, and it names the same object.

    Source: PostgreSQL manual, "Identifiers and Key Words". A percent sign is a driver's own.
    """
    doubled = name.replace("\\", "\\\\").replace('"', '""').replace("%", r"\0025")
    return f'U&"{_ACTING.sub(_numbered, doubled)}"'


def string(value: str) -> str:
    """The text as a SQL string that writes what acts by numbers, on one line.

    Source: PostgreSQL manual, "String Constants with C-Style Escapes".
    """
    return f"E'{escaped(value)}'"


def escaped(part: str, *, lines: bool = False) -> str:
    """A part of such a string, without its quotes; the ends of its lines stay if `lines`."""
    doubled = part.replace("\\", r"\\").replace("'", "''")
    return (_ACTS if lines else _ACTING).sub(_escape, doubled)


def escaped_again(part: str) -> str:
    """The same of what stands in such a string already: there a sign may follow a backslash."""
    return _IN_ESCAPES.sub(lambda at: _escape(at) if acts(at[0]) else at[0], part)


def log_visibly() -> None:
    """Let every log record of this process be one line, and its traceback steer no terminal."""
    logging.setLogRecordFactory(_Record)


class _Record(logging.LogRecord):
    """A log record whose text is visible, whichever handler and formatter writes it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(self.args, tuple):  # of which uvicorn makes its line of a request itself
            self.args = tuple(line(each) if isinstance(each, str) else each for each in self.args)
        if self.exc_info and self.exc_info[1] is not None:
            found = "".join(traceback.format_exception(self.exc_info[1]))
            self.exc_text = lines(found.rstrip("\n"))

    def getMessage(self) -> str:
        """What it says, on one line."""
        # uvicorn's other wording, for a terminal: its colours would be made visible as well.
        self.__dict__.pop("color_message", None)
        return line(super().getMessage())


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0][-1]):04x}"


def _numbered(found: re.Match[str]) -> str:
    return f"\\+{ord(found[0]):06x}"


def _shown(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
