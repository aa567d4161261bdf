"""Does the text of a function, or of a job, switch the guards off, or open them for a while?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from lib.core.context import Context
from lib.core.findings import judged
from lib.core.remedies import Remedies, advice, by_hand, decision
from lib.core.results import Finding, Row, Status
from lib.core.words import called
from lib.db.sql import quoted, remark
from lib.trials.references import adopting
from lib.trials.texts.guarded_names import Names
from lib.trials.texts.openers import ACTS, REPLICA, UNKNOWN, Acts, acts
from lib.trials.texts.reviewed import all_adopted
from lib.trials.texts.understood import Helper

MEANS = "Neither the guards nor the foreign keys fire for what is written so; keys drift unseen."
_MEANS_WHILE = "No guard fires for what is written meanwhile; keys drift unseen."
_MEANS_DELETES = "The writer is told that all went well; the row may be gone again, or others are."
_NOT_KNOWN = "it has the rights of {owner}, {who}, and what it does to the guards is not known"
_WHILE = "while it runs, and after it if it leaves the guards off, no guard fires"
_GONE = "whether those are to go was not seen"
_UNSEEN = "whether it does was not seen"
_OFF = "no guard fires after that"
_DEEP = 4  # functions that call each other


class _Kind(NamedTuple):
    """What a text does: in a headline, in a sentence, how bad it is, and what follows of it.

    `needs`: it matters where it has such rights, which its caller has not.
    """

    code: str
    does: str
    sentence: str
    status: Status
    follows: str
    needs: str = ""


_OPENS, _SETS = "may open the guards", "may switch the guards off"
_KINDS = {
    "replica": _Kind(
        "sets_replica",
        "switches the guards off",
        f"sets {REPLICA} to replica",
        Status.CRITICAL,
        _OFF,
    ),
    "computed": _Kind(
        "sets_a_computed_role",
        _SETS,
        f"sets {REPLICA} to a value that it works out",
        Status.CRITICAL,
        _OFF,
    ),
    "runs": _Kind("runs_any_text", _OPENS, "{}", Status.UNKNOWN, _NOT_KNOWN, "reaches"),
    "unread": _Kind("is_not_read", _OPENS, "{}", Status.UNKNOWN, _NOT_KNOWN, "reaches"),
    "disables": _Kind("disables_triggers", "switches triggers off", "{}", Status.WARNING, _WHILE),
    "speaks": _Kind("disables_triggers", "switches triggers off", "{}", Status.WARNING, _WHILE),
    "opens": _Kind("opens_the_guard", "opens a guard", "{}", Status.WARNING, _WHILE),
    "computed name": _Kind(
        "sets_a_computed_name",
        _SETS,
        f"sets a setting whose name it works out, {REPLICA} perhaps",
        Status.UNKNOWN,
        _UNSEEN,
        "active",
    ),
    "named": _Kind(
        "names_the_setting",
        _SETS,
        f"names {REPLICA}, and may set it",
        Status.UNKNOWN,
        _UNSEEN,
    ),
    "deletes": _Kind(
        "deletes_written_rows",
        "may delete what was written",
        "{}",
        Status.UNKNOWN,
        _GONE,
    ),
    "cleans": _Kind(
        "deletes_rows",
        "deletes rows of guarded tables",
        "deletes rows of guarded tables",
        Status.WARNING,
        _GONE,
    ),
}


def read_texts(
    rows: Iterable[Row], jobs: Iterable[Row], context: Context, names: Names
) -> tuple[Row, ...]:
    """The rows with what a text does in the place of that text; those that do nothing are left out.

    `rows` are of sql/checks/guard_settings_texts.sql, `jobs` what pg_cron runs.
    """
    asked = (names, context.since.date(), context.window_days)
    rows = [*rows, *jobs]
    read = [
        acts(row["value"], row["language"], row["arguments"], row["result"] or "void", *asked)
        for row in rows
    ]
    attached = {name for each in read for name in each.attaches}
    detached = {name for each in read for name in each.detaches}
    does = [{**_by_halves(each, attached, detached), **each.found} for each in read]
    lent: list[set[str]] = [set() for _ in rows]  # what it does by calling alone
    through = [{place} for place in range(len(rows))]  # by whose texts it does so
    named: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        for name in (row["called"], *row["fires_on"]):
            named.setdefault(name, []).append(place)
    for place, row in [*enumerate(rows)] * _DEEP:
        for name in sorted(read[place].calls.keys() & named.keys() - {row["called"]}):
            for other, (kind, words) in (
                (o, each) for o in named[name] for each in does[o].items()
            ):
                handed, top = read[place].calls[name], row["moment"] == "job" or row["root"]
                of_text = kind in ("runs", "computed name")
                passes = handed or row["root"] or not (of_text and read[other].given)
                if kind not in does[place] and passes:
                    does[place][kind] = words and f"{_calls(name)} {words}"
                    through[place] |= through[other]
                    if not (top or (of_text and handed) or kind == "unread"):
                        lent[place].add(kind)
    told = []
    for row, found, others, places in zip(rows, does, lent, through, strict=True):
        found = {kind: words for kind, words in found.items() if kind not in others}
        by = [rows[each] for each in sorted(places)]
        inside = [each for each in by if each.get("schema") and each["moment"] != "rule"]
        who = [f"{quoted(each['schema'])}.{quoted(each['called'])}" for each in inside]
        adopt = adopting(who, context) if who else ""
        # Where a job does so by calling alone, the adopted functions stand for it.
        own = [rows[e] for e in places if rows[e]["moment"] != "job" or _by_itself(read[e])]
        if UNKNOWN & found.keys() and all(_adopted(context, each) for each in own):
            found = {kind: words for kind, words in found.items() if kind not in UNKNOWN}
        kinds = [each for each in ACTS if each in found and _matters(row, _KINDS[each])][:1]
        if "deletes" in found and row["root"] is not None:
            kinds.append("cleans" if row["moment"] == "before" else "deletes")
        for kind in kinds:
            told.append({**row, "value": kind, "does": found.get(kind, ""), "adopt": adopt})
    return tuple(told)


def _by_halves(one: Acts, attached: set[str], detached: set[str]) -> dict[str, str]:
    """Does it load a table that another text attaches?"""
    if one.loads & attached or (one.written & detached and attached):
        return {"opens": "loads rows into a table that another text attaches as a partition"}
    return {}


def _calls(name: str) -> str:
    """By which words does it call the function of this name, or what fires on such a write?"""
    act, _, table = name.partition(" ")
    return f"{act}s {table}, where what fires" if table else f"calls {name}(), which"


def _by_itself(one: Acts) -> bool:
    return bool(UNKNOWN & one.found.keys()) or any(one.calls.values())


def _adopted(context: Context, row: Row) -> bool:
    if context.canonical is None or row["moment"] in ("job", "rule"):
        return False
    parts = ("schema", "language", "arguments", "result", "volatility", "strict", "atomic")
    own = Helper(
        name=row["called"],
        names=(),
        body=row["value"],
        owner=row["owner"] if row["definer"] else "",
        settings=tuple(row["settings"]),
        **{part: row[part] for part in parts},
    )
    return all_adopted(context, [own])


def _matters(row: Row, kind: _Kind) -> bool:
    """May it do so with rights that its caller has not? What is certain always matters."""
    if kind.code == "is_not_read" and row["moment"] == "job" and "…" in row["value"]:
        return False  # a secret is cut out of it
    if kind.needs == "active" and (row["event"] or (row["moment"] == "job" and row["active"])):
        return True
    return not kind.needs or bool(row[kind.needs] and (row["callers"] or row["moment"]))


def judge_text(row: Row) -> Finding:
    """What does it mean that this function's own text does so?"""
    kind, name, event = _KINDS[row["value"]], row["name"], row["event"]
    does = kind.sentence.format(row["does"])
    words, short = f"the text of {name} {does}", f"{called(name)} {kind.does}"
    look = f"look at {remark(name)}, and take that out of its text"
    if row["value"] not in {*UNKNOWN, "cleans"}:
        look = f"{look} (it is certain, so to adopt it changes nothing)"
    remedy: Remedies = advice(look)
    if row["moment"] == "job":
        words, short = f"the command of pg_cron's job {name} {does}", f"a job {kind.does}"
        off = f"select cron.unschedule({remark(name)});"
        adopt = f", adopt what it calls ({row['adopt']})" if row["adopt"] else ""
        look = f"look at it in cron.job{adopt}"
        remedy = by_hand(f"{look}; until then, perhaps unschedule it", off, comment=True)
    elif row["moment"] == "rule":
        words, short = f"the rule {name} {does}", f"a rule {kind.does}"
        off = f"alter table {row['relation']} disable rule {quoted(event)};"
        remedy = by_hand(
            "look at it first, in pg_rules, and at what it calls; then disable it", off
        )
    elif event and row["root"]:
        words = f"the trigger {event} on {row['root']} calls {name}: {words}"
        off = remark(f"alter table {row['root']} disable trigger {quoted(event)};")
        remedy = by_hand(f"{look}; until then, perhaps switch the trigger off", off, comment=True)
    elif event:
        words = f"at each login the event trigger {event} calls {name}: {words}"
        off = remark(f"alter event trigger {quoted(event)} disable;")
        remedy = by_hand(f"{look}; until then, perhaps switch the trigger off", off, comment=True)
    elif row["callers"] and kind.needs:
        whom = ", ".join("public" if e == "PUBLIC" else quoted(e) for e in row["callers"])
        closed = f"revoke execute on routine {name} from {whom};"
        review = f"review it, then adopt it ({row['adopt']})"
        remedy = decision(f"{review}; or, if they need not call it, revoke that", closed)
        if row["result"] == "trigger":  # nobody needs a right to call it
            remedy = advice(review)
    deletes = kind.follows == _GONE
    means = _MEANS_WHILE if kind.follows == _WHILE else MEANS
    subject, means = (row["root"], _MEANS_DELETES) if deletes else (REPLICA, means)
    status, more = _said(row, kind)
    return judged(status, subject, kind.code, short, f"{words}: {more}", remedy, means)


def _said(row: Row, kind: _Kind) -> tuple[Status, str]:
    """How bad is it, and what becomes of the guards?"""
    callers = ", ".join(row["callers"]) or "whoever writes there"
    who = "pg_cron runs it" if row["moment"] == "job" else f"{callers} may call it"
    if kind.follows == _WHILE and row["callers"]:
        return kind.status, f"{_WHILE}; {who}"
    if kind.follows in (_OFF, _UNSEEN) and row["always"]:
        words = "the guards are ENABLE ALWAYS and fire, but foreign keys are not checked"
        return Status.WARNING, words
    if row["value"] == "named" and not row["event"]:
        return Status.WARNING, kind.follows
    if kind.follows == _OFF and not (row["event"] or row["active"]):
        return Status.WARNING, "no guard fires for whoever calls it with the right to set that"
    return kind.status, kind.follows.format(owner=row["owner"], who=who)
