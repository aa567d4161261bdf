"""How is a message recognised and read? By the table of messages.toml, which says its own form.

No other module of the decoder has regular expressions. A pattern is tried where its longest
fixed words are in the text, which is fast to see; each is bounded, so that a text costs what its
length is.
"""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from lib import runbook
from lib.checks import CHECKS, by_name
from lib.checks.rpc_calls import DRIFT_RPC, TRIGGERS_RPC
from lib.core.declaration import declared, required
from lib.core.guards import Guard
from lib.core.results import HISTORY
from lib.runbook.symptoms.symptom import InState, Symptom, facts

LONGEST = 200_000  # of a longer text its beginning and its end are read
TABLE = Path(__file__).with_name("messages.toml")
_EACH = 20  # matches of one pattern looked at
_NEAR = 700  # letters before and after a message in which its DETAIL and CONTEXT are looked for

Match = re.Match[str]
_NAME, _QUOTED = r'"?(?P<%s>[^"\s;,()]{1,200})"?', r'"(?P<%s>[^"]{1,200})"'
_CODE = re.compile(r"[0-9A-Z]{5}|PGRST\d{3}")
_PLACEHOLDER = re.compile(r"\{([A-Za-z_]+)\}")
_MESSAGE = {"sign", "also", "pattern", "near", "what", "cause", "to", "table", "firing", "down"}
_OWN = ("sign", "what", "cause", "to")  # what a case leaves out, its message says
_CASE = {"when", "sign", "what", "cause", "to", "table", "firing", "down"}


class WrongEntry(ValueError):
    """An entry of the table cannot be meant so."""


@dataclass(frozen=True)
class Pattern:
    """A regular expression, and the lower-case words that stand in whatever it matches."""

    words: str
    regex: re.Pattern[str]

    def found(self, text: str, lowered: str) -> Iterator[Match]:
        """Where does it match?"""
        if self.words in lowered:
            for match, _ in zip(self.regex.finditer(text), range(_EACH), strict=False):
                yield match


@dataclass(frozen=True)
class Case:
    """What is said of a message `when` what was caught looks so."""

    when: Mapping[str, str]
    said: Mapping[str, str]  # templates: sign, what, cause, check, step, table
    firing: Mapping[str, str]
    down: Mapping[str, str]

    def fits(self, known: Mapping[str, str]) -> bool:
        """Does it hold of what was caught?"""
        return all(fnmatchcase(known[key].lower(), wanted) for key, wanted in self.when.items())

    def symptom(self, known: Mapping[str, str]) -> Symptom:
        """The words, with the names that were caught."""
        told = {key: text.format_map(known) for key, text in self.said.items()}
        states = [
            InState(state["cause"].format_map(known), state["step"]) if state else None
            for state in (self.firing, self.down)
        ]
        return Symptom(**told, firing=states[0], down=states[1])


@dataclass(frozen=True)
class Message:
    """One class of messages: how they read, the codes that they explain, and what is said."""

    codes: tuple[str, ...]
    patterns: tuple[Pattern, ...]
    near: tuple[re.Pattern[str], ...]
    cases: tuple[Case, ...]

    def read(self, match: Match, near: str) -> Symptom:
        """What does this one say? `near` are the words around it."""
        caught: dict[str, str | None] = match.groupdict()
        for pattern in self.near:
            found = pattern.search(near)
            caught |= found.groupdict() if found else dict.fromkeys(pattern.groupindex)
        known = {key: "" for each in self.patterns for key in each.regex.groupindex}
        known |= {**facts(caught), "message": match[0][:60]}
        return next(case for case in self.cases if case.fits(known)).symptom(known)


def _alternatives() -> dict[str, str]:
    parts = ["triggers_ok", "events_partition_ok", "sessions_partition_ok"]
    parts += [f"trigger_{guard.trigger}" for guard in required()]
    return {
        "CHECKS": "|".join([*(check.name for check in CHECKS), HISTORY]),
        "TRIGGERS": "|".join(re.escape(guard.trigger) for guard in declared()),
        "RPCS": f"{TRIGGERS_RPC}|{DRIFT_RPC}",
        "PARTS": "|".join(map(re.escape, parts)),
    }


def _regex(text: str, flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    text = re.sub(r'"\{([a-z_]+)\}"', lambda name: _QUOTED % name[1], text)
    text = re.sub(r"\{([a-z_]+)\}", lambda name: _NAME % name[1], text)
    text = re.sub(r"\{([A-Z]+)\}", lambda name: f"(?:{_alternatives()[name[1]]})", text)
    return re.compile(text, flags)


def _pattern(text: str) -> Pattern:
    """The regular expression, and the longest words of it that no sign makes optional."""
    bare = re.sub(r"\[(?:[^\]\\]|\\.)*\](?:\{[^}]*\}|[*+?])?|\\[A-Za-z]", "\n", text)
    bare = re.sub(r".[*+?]|\{[^}]*\}", "\n", re.sub(r"\\(\W)", r"\1", _outer(bare)))
    if "|" in bare:
        raise WrongEntry(f"alternatives are a list of patterns, or in brackets: {text}")
    return Pattern(max(re.split(r"[\n^$.]", bare), key=len).lower(), _regex(text))


def _outer(text: str) -> str:
    """What stands outside of all brackets, which alone must be there."""
    inner = re.compile(r"(?<!\\)\((?:[^()\\]|\\.)*(?<!\\)\)(?:\{[^}]*\}|[*+?])?")
    while (less := inner.sub("\n", text)) != text:
        text = less
    return text


def _listed(given: Any) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


class _Table:
    """The table as it was read: every entry is right, or it is not read at all."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.words: dict[str, str] = given["words"]
        self.messages = tuple(self._message(each) for each in given["message"])
        self.codes = {
            code: (name, self._plain(f"{code} {name.replace('_', ' ')}".strip(), each))
            for each in given["code"]
            for code, _, name in (named.partition(" ") for named in each["codes"])
        }
        self.endpoint = tuple(
            (each["words"], self._plain(f"The endpoint: {each['words']}", each))
            for each in given["endpoint"]
        )
        flags = re.IGNORECASE | re.MULTILINE
        self.patterns = {key: _regex(text, flags) for key, text in given["pattern"].items()}
        # How a check's finding reads, as our own faces print it.
        self.findings = tuple((c.name, _pattern(text)) for c in CHECKS for text in c.reads)

    def _message(self, entry: dict[str, Any]) -> Message:
        cases = [*entry.pop("case", []), {}]
        if strange := (set(entry) - _MESSAGE) | ({"sign", "pattern", *_OWN} - set(entry)):
            raise WrongEntry(f"{entry.get('sign')}: {strange} is no part of a message, or missing")
        patterns = tuple(_pattern(text) for text in _listed(entry["pattern"]))
        near = tuple(_regex(text) for text in _listed(entry.get("near", [])))
        names = {name for each in patterns for name in each.regex.groupindex}
        names |= {name for each in near for name in each.groupindex} | set(facts({})) | {"message"}
        code = entry["sign"].split()[0]
        if entry["sign"] == code:
            entry["sign"] = f"{code} {{message}}"
        codes = (*([code] if _CODE.fullmatch(code) else []), *entry.get("also", []))
        own = {key: entry[key] for key in _OWN}
        return Message(
            codes, patterns, near,
            tuple(self._case({**own, **(case or entry)}, names, bool(case)) for case in cases),
        )  # fmt: skip

    def _case(self, entry: dict[str, Any], names: set[str], of_case: bool) -> Case:
        if of_case and (strange := set(entry) - _CASE):
            raise WrongEntry(f"{entry['sign']}: {strange} is no part of a case")
        said = self._said(entry)
        states = [
            {**entry[key], "cause": self._text(entry[key]["cause"])} if key in entry else {}
            for key in ("firing", "down")
        ]
        for state in states:
            self._known_step(state.get("step", "verify-again"))
        when = entry.get("when", {})
        texts = [*said.values(), *(state.get("cause", "") for state in states)]
        used = {name for text in texts for name in _PLACEHOLDER.findall(text)} | set(when)
        if strange := used - names:
            raise WrongEntry(f"{entry['sign']}: nothing is caught as {strange}")
        return Case(when, said, *states)

    def _plain(self, sign: str, entry: Mapping[str, Any]) -> Symptom:
        return Symptom(**self._said({**entry, "sign": sign}), firing=None, down=None)

    def _said(self, entry: Mapping[str, Any]) -> dict[str, str]:
        check, step = entry["to"]
        return {
            "sign": entry["sign"],
            "what": self._text(entry["what"]),
            "cause": self._text(entry["cause"]),
            "check": self._known_check(check),
            "step": self._known_step(step),
            "table": entry.get("table", ""),
        }

    def _text(self, text: str) -> str:
        """With the words that several share in their places."""
        for key, words in self.words.items():
            text = text.replace(f"{{{key}}}", words)
        return text

    def _known_check(self, check: str) -> str:
        if check not in ("", HISTORY, "{home_check}") and by_name(check) is None:
            raise WrongEntry(f"there is no check {check}")
        return check

    def _known_step(self, step: str) -> str:
        if step != "{home_step}" and runbook.step(step) is None:
            raise WrongEntry(f"the runbook has no step {step}")
        return step


def read_table(text: str) -> _Table:
    """The table that this text is. A wrong entry fails, and says which it is."""
    return _Table(tomllib.loads(text))


@cache
def _read(_: tuple[Guard, ...]) -> _Table:
    return read_table(TABLE.read_text(encoding="utf-8"))


def table() -> _Table:
    """The table, with the names of the guards that are declared."""
    return _read(declared())


def named_pattern(name: str) -> re.Pattern[str]:
    """One that the table names."""
    return table().patterns[name]


ENDPOINT, CODES = table().endpoint, table().codes  # which name no guard


def messages(line: str) -> Iterator[tuple[int, tuple[str, ...], Symptom]]:
    """Which messages stand in this line of text? With their places and the codes they explain.

    PostgREST puts the details before the message, PostgreSQL after it.
    """
    lowered = line.lower()
    for known in table().messages:
        for pattern in known.patterns:
            for match in pattern.found(line, lowered):
                after = line[match.start() : match.end() + _NEAR]
                before = line[max(0, match.start() - _NEAR) : match.start()]
                yield match.start(), known.codes, known.read(match, f"{after} {before}")


# Five digits alone are a number: they count beside a word for "code", in brackets, before a colon,
# or by themselves. A code with a letter in it stands for itself.
_NUMBER = "|".join(code for code in CODES if code.isdigit())
_LETTERED = "|".join(code for code in CODES if not code.isdigit())
_BY_NAME = {name.replace("_", ""): code for code, (name, _) in CODES.items() if name}
_FOUND = re.compile(
    rf"(?:sqlstate|code|errno|state|error|fatal|warning)[\s\"':=\[(]{{1,8}}(?P<said>{_NUMBER})\b"
    rf"|[\[(]\s?(?P<bracketed>{_NUMBER})\s?[\])]"
    rf"|(?:^|\s)(?P<headed>{_NUMBER})(?::\s|$)"
    rf"|\b(?P<lettered>{_LETTERED})\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    rf"\b({'|'.join(name.replace('_', '_?') for name, _ in CODES.values() if name)})(?![a-z_])",
    re.IGNORECASE,
)


def codes(line: str) -> Iterator[tuple[int, str, Symptom]]:
    """Which codes, and names of codes, stand in this line of text? With their first places."""
    first: dict[str, int] = {}
    upper, names = line.upper(), line.lower().replace("_", "")
    for match in _FOUND.finditer(line) if any(code in upper for code in CODES) else ():
        first.setdefault(next(filter(None, match.groups())).upper(), match.start())
    for match in _CONDITION.finditer(line) if any(name in names for name in _BY_NAME) else ():
        code = _BY_NAME[match[1].replace("_", "").lower()]
        first[code] = min(first.get(code, match.start()), match.start())
    yield from ((place, code, CODES[code][1]) for code, place in first.items())


_LETTERS = {
    **dict.fromkeys((*range(32), *range(0x7F, 0xA0)), " "),
    10: "\n",
    **dict.fromkeys(map(ord, "“”„«»‟″"), '"'),
    **dict.fromkeys(map(ord, "‘’‚‹›′"), "'"),
    **dict.fromkeys((0xAD, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F)), ""),
    **dict.fromkeys(range(0x2060, 0x2070), ""),
}


def unwrapped(text: str) -> str:
    """The words as PostgreSQL said them, with their line ends: no HTML, Markdown, JSON, colours.

    Of a very long text its beginning and its end: the error stands in one of them.
    """
    if len(text) > LONGEST:
        half = LONGEST // 2
        text = f"{text[:half]}\n{text[-half:]}"
    text = named_pattern("colour").sub("", text)
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = named_pattern("tag").sub(" ", text)
    for _ in range(3):  # a log line may hold JSON that holds JSON
        if "\\" not in text:
            break
        text = named_pattern("line_end").sub("\n", text.replace("\\\\", "\\"))
        text = named_pattern("escaped").sub(r"\1", text)
    return named_pattern("markup").sub("", text.translate(_LETTERS))
