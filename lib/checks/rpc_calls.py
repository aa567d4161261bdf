"""Does an RPC give an answer? If not, why, and what makes the function itself right?"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager

from lib.core.context import Context
from lib.core.errors import QueryFailed
from lib.core.findings import critical, unknown
from lib.core.remedies import Remedies, decision
from lib.core.results import Finding, Row
from lib.core.values import UNREADABLE
from lib.core.words import rows_word
from lib.db.database import Session, Transaction
from lib.remedies import remedies
from lib.remedies.unobserved import code as code_of
from lib.remedies.unobserved import kept_back, reason, remedy_for, takes_no_rows
from lib.trials import strangers

TRIGGERS_RPC = "verify_partition_triggers_exist"
DRIFT_RPC = "watchtower_partition_drift_check_v1"
MAINTENANCE_RPC = "create_next_month_partitions"
MONTH_RPC = "verify_current_events_partition_exists"  # of older databases, which may go on using it

_NOUNS = {
    f"public.{TRIGGERS_RPC}()": "the triggers RPC",
    f"public.{DRIFT_RPC}()": "the drift RPC",
    f"public.{MONTH_RPC}()": "the month RPC",
    f"public.{MAINTENANCE_RPC}()": "the partition maintenance routine",
}
_REMEDY = remedies.run_file(remedies.RPC_FILE, "the RPCs")
_HISTORY = remedies.run_file(remedies.HISTORY_FILE, "the history, to which it writes")
_LONGEST, _DEEPEST = 100_000, 30
_THEIRS = "Whatever trusts this RPC, a CI job say, goes by the word of that role and runs its code."
_OWN = decision("correct the function, or drop it where nothing calls it (no file makes it)")


def noun_of(name: str) -> str:
    """How is this RPC called in a headline?"""
    return _NOUNS.get(name, name)


def called(
    session: Session, context: Context, rpc: str, forms: list[Row], answers: list[Row]
) -> Finding | None:
    """Why did it give no answer? None where it did: that is the last of `answers` then."""
    name = f"public.{rpc}()"
    if problem := form_problem(name, forms):
        return problem
    try:
        with _opened(session, context, rpc) as transaction:
            if context.traceless and rpc == DRIFT_RPC:
                transaction.run("session/unarmed")
            rows = transaction.rows(f"rpc/{rpc}")
        if len(rows) != 1:
            words = f"gives {rows_word(len(rows))}, not one answer"
            return said(critical, name, "rpc_rows", words, words, remedy_of(name))
        answer = plain(rows[0]["answer"])
    except QueryFailed as error:
        return raised(name, error)
    answers.append({"rpc": rpc, "answer": answer, "at": context.now, "called": True})
    return None


def plain(answer: object) -> object:
    """The answer as JSON may hold it anywhere: in a body, in a row of the history, on a page.

    Raises: QueryFailed where it is longer or deeper than an answer of yes or no can be.
    """
    if answer == UNREADABLE:
        raise QueryFailed("rpc", "", UNREADABLE)
    text = json.dumps(answer, default=str, ensure_ascii=False)
    if len(text) > _LONGEST or _deeper(answer, _DEEPEST):
        words = f"its answer is longer than {_LONGEST} signs, or deeper than {_DEEPEST} levels"
        raise QueryFailed("rpc", "", words)
    held = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    # A NUL as JSON writes it; after an escaped backslash these are letters.
    parts = (part.replace("\\u0000", "\ufffd") for part in held.split(r"\\"))
    found: object = json.loads(r"\\".join(parts))
    return found


def _deeper(answer: object, levels: int) -> bool:
    """Has it more levels than these?"""
    if not isinstance(answer, dict | list | tuple):
        return not levels
    inside = answer.values() if isinstance(answer, dict) else answer
    return not levels or any(_deeper(part, levels - 1) for part in inside)


def _opened(session: Session, context: Context, rpc: str) -> AbstractContextManager[Transaction]:
    """The transaction that this one needs: the drift check alone writes."""
    if rpc != DRIFT_RPC:
        return session.reading()
    return session.probing() if context.traceless else session.writing()


def form_problem(name: str, forms: list[Row]) -> Finding | None:
    """Is there exactly one form that this role may call?"""
    if not forms:
        words = "does not exist"
        return said(critical, name, "rpc_missing", words, words, _REMEDY)
    for form in forms:
        if form["stranger"] is not None:
            found = [{"object": form["signature"], "owner": form["stranger"]}]
            words = f"is not called: {strangers.not_run(found, form['role'])}"
            short = "belongs to a stranger and is not called"
            return said(critical, name, "rpc_of_stranger", short, words, strangers.REMEDY, _THEIRS)
    if forms[1:]:
        short = "has several forms"
        words = f"{short}: {', '.join(form['signature'] for form in forms)}"
        return said(critical, name, "rpc_forms", short, words, remedy_of(name))
    if not forms[0]["executable"]:
        headline, detail = (f"this role may not execute {each}" for each in (noun_of(name), name))
        return unknown(name, "not_executable", headline, detail, _REMEDY)
    return None


def said(
    judge: Callable[..., Finding],
    name: str,
    code: str,
    short: str,
    words: str,
    remedies: Remedies = (),
    means: str | None = None,
) -> Finding:
    """What is said of an RPC: in short after its noun, in the detail after its name."""
    return judge(name, code, f"{noun_of(name)} {short}", f"{name} {words}", remedies, means)


def raised(name: str, error: QueryFailed) -> Finding:
    """What is said of an RPC that was called and failed, or was not for that reason?"""
    if takes_no_rows(error):
        short = "was not called: read-only server"
        words = f"was not called: it writes a row, and this server takes none ({error})"
        return said(unknown, name, "read_only", short, words, remedies.ON_THE_PRIMARY)
    if not error.sqlstate:
        short = "did not answer in a readable way"
        return said(unknown, name, "unreadable", short, f"{short}: {error}")
    if error.sqlstate == strangers.ARMED:
        short = "is not called: it writes where code runs"
        words = f"is not called, for it writes there: {error}"
        return said(critical, name, "history_armed", short, words, strangers.REMEDY, _THEIRS)
    if kept_back(error):
        remedy, short = remedy_for(error) if error.sqlstate[:2] == "53" else (), "did not answer"
        return said(unknown, name, code_of(error), short, f"{short}: {reason(error)}", remedy)
    lacks_history = error.sqlstate == "42P01" and "watchtower_checks" in str(error)
    remedy = _HISTORY if lacks_history else remedy_of(name)
    return said(critical, name, "rpc_raised", "raised an error", f"raised: {error}", remedy)


def remedy_of(name: str) -> Remedies:
    """What makes the function itself right? The setup leaves that of older databases as it is."""
    return _OWN if MONTH_RPC in name else _REMEDY
