"""When is an RPC's answer believed, doubted or refused? Answers and readings made here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from lib.checks import rpc_answers, rpc_calls, rpc_privileges, telling, trigger_faults
from lib.checks.rpc_answers import judge_drift, untrue
from lib.core.context import Context
from lib.core.errors import QueryFailed
from lib.core.guards import Guard
from lib.core.remedies import Remedies, files_of, shown, statements
from lib.core.results import CheckResult, Finding, Row, Status
from lib.remedies import locks
from lib.remedies.remedies import run_file
from tests.guards import GUARDS, SESSIONS

OK, WARNING, UNKNOWN, CRITICAL = Status
NOON = datetime(2026, 12, 10, 12, tzinfo=UTC)
LATE = datetime(2026, 12, 29, 12, tzinfo=UTC)  # in the month's last 72 hours
FIRST = {"ok": True, "triggers_ok": True, "events_partition_ok": True, "checked_at": "now"}
SECOND = {
    "ok": True,
    "trigger_sessions_set_created_month": True,
    "trigger_events_set_session_month_from_session": True,
    "checked_at": "now",
}
PARTITIONED = tuple(guard for guard in GUARDS if guard.partitioned)


def triggers(status: Status, detail: str = "x", code: str = "") -> CheckResult:
    return CheckResult("guard_triggers", (Finding("t", status, detail, code=code),), "")


def months(december: str = "present", january: str = "future") -> CheckResult:
    rows = [
        {"table": guard.table, "month": date(2026 + n // 12, n % 12 + 1, 1), "state": state}
        for guard in PARTITIONED
        for n, state in ((11, december), (12, january))
    ]
    return CheckResult("partition_coverage", (Finding("t", OK, ""),), "", {"months": tuple(rows)})


def read(*seen: CheckResult, now: datetime = NOON, guards: tuple[Guard, ...] = GUARDS) -> Context:
    return Context(guards, now, seen={result.check: result for result in seen})


FINE = (triggers(OK), months())


@pytest.mark.parametrize("answer", [FIRST, SECOND, {**FIRST, **SECOND}, {"ok": True}])
def test_true_throughout_in_either_shape_is_believed_where_the_catalogs_agree(answer: Row) -> None:
    assert untrue(answer) is None
    assert judge_drift("f()", answer, read(*FINE)) == Finding(
        "f()", OK, "f() answers true and agrees with the catalogs", code="holds"
    )


@pytest.mark.parametrize("value", [False, None, "true", 1, {}])
@pytest.mark.parametrize("key", [*FIRST, *SECOND, "events_partition_ok"])
def test_one_part_that_is_not_true_is_critical(key: str, value: Any) -> None:
    answer = {**FIRST, **SECOND, key: value}
    if key == "checked_at":
        assert untrue(answer) is None
        return
    found = judge_drift("f()", answer, read(*FINE))
    assert found.status is CRITICAL
    assert found.detail == f"f() {untrue(answer)}"
    assert untrue(answer) == f"answers {key} {rpc_answers._json(value)}"
    assert (found.subject, found.means) == ("f()", None)
    assert found.remedy == (
        "-- repair what the other findings name; this answer then turns true by itself"
    )


def test_several_parts_that_are_not_true_are_all_named() -> None:
    answer = {**FIRST, "ok": False, "triggers_ok": None}
    assert untrue(answer) == "answers ok false, triggers_ok null"


@pytest.mark.parametrize("answer", [None, True, "ok", [], {}, {"triggers_ok": True}])
def test_what_is_no_object_with_ok_is_critical(answer: object) -> None:
    assert untrue(answer) == f"answers {rpc_answers._json(answer)}, not an object with ok"
    assert judge_drift("f()", answer, read(*FINE)).status is CRITICAL


def test_long_answer_is_cut() -> None:
    assert len(rpc_answers._json("x" * 500)) == 80
    assert rpc_answers._json(NOON) == '"2026-12-10 12:00:00+00:00"'


def test_true_although_a_guard_or_a_month_is_not_in_order_is_a_lie() -> None:
    for answer, seen, doubt in (
        (FIRST, (triggers(CRITICAL), months()), "a guard's trigger is not in order"),
        (SECOND, (triggers(CRITICAL), months()), "a guard's trigger is not in order"),
        (FIRST, (triggers(OK), months("missing")), "a partition is missing"),
        (FIRST, (triggers(OK), months("default only")), "a partition is missing"),
        ({"ok": True}, (triggers(OK), months("missing")), "a partition is missing"),
        (
            FIRST,
            (triggers(CRITICAL), months("missing")),
            "a guard's trigger is not in order and a partition is missing",
        ),
    ):
        found = judge_drift("f()", answer, read(*seen))
        assert (found.status, found.detail) == (CRITICAL, f"f() answers true although {doubt}")
        assert found.subject == "f()"
        assert (found.code, found.headline) == ("contradicts", "f() contradicts what is observed")
        assert "sql/setup/40_rpcs.sql" in (found.remedy or "")
        assert found.means == ("Whatever trusts this RPC, a CI job say, reads ok while rows drift.")
    silent = judge_drift("f()", {"ok": True}, read(triggers(CRITICAL), months()))
    assert silent.status is OK, "it says nothing of triggers"
    assert judge_drift("f()", FIRST, read(triggers(WARNING), months())).status is OK


def test_next_month_counts_in_the_last_72_hours_alone() -> None:
    seen = (triggers(OK), months(january="missing"))
    assert judge_drift("f()", FIRST, read(*seen)).status is OK
    assert judge_drift("f()", FIRST, read(*seen, now=LATE)).status is CRITICAL
    assert judge_drift("f()", FIRST, read(*FINE, now=LATE)).status is OK
    edge = datetime(2026, 12, 29, tzinfo=UTC)
    assert judge_drift("f()", FIRST, read(*seen, now=edge)).status is CRITICAL
    sooner = edge - timedelta(seconds=1)
    assert judge_drift("f()", FIRST, read(*seen, now=sooner)).status is OK


def test_each_partitioned_table_has_months_of_its_own() -> None:
    rows = months().tables["months"]
    for table in ("sessions", "events"):
        lacking = tuple(
            {**row, "state": "missing"} if row["table"] == table else row for row in rows
        )
        seen = replace(months(), tables={"months": lacking})
        assert judge_drift("f()", FIRST, read(triggers(OK), seen)).status is CRITICAL
    plain = replace(GUARDS[0], table="calls", partitioned=False)
    asked = read(triggers(OK), months("missing"), guards=(plain, *GUARDS))
    assert judge_drift("f()", FIRST, asked).status is CRITICAL


def test_what_was_not_read_cannot_be_compared_and_is_unknown() -> None:
    unread = CheckResult("partition_coverage", (Finding("t", UNKNOWN, ""),), "")
    for seen, names in (
        ((months(),), "guard_triggers"),
        ((triggers(UNKNOWN), months()), "guard_triggers"),
        ((triggers(OK), unread), "partition_coverage"),
        ((triggers(UNKNOWN), unread), "guard_triggers and partition_coverage"),
    ):
        found = judge_drift("f()", FIRST, read(*seen))
        assert (found.status, found.detail) == (
            UNKNOWN,
            f"f() answers true, which could not be compared: {names} did not observe the database",
        )
        assert (found.subject, found.remedy) == ("f()", "-- see those checks: they say why")
    none = replace(unread, findings=(Finding("t", CRITICAL, ""),))
    assert judge_drift("f()", FIRST, read(triggers(OK), none)).status is CRITICAL
    assert judge_drift("f()", FIRST, read(triggers(OK))).status is OK, "a run without partitions"


def test_rpc_that_goes_by_names_is_a_warning_where_the_guard_fires_under_another() -> None:
    words = "the guard runs under another name, b"
    code = trigger_faults.RENAMED.code
    seen = (triggers(WARNING, words, code), months())
    for key in ("triggers_ok", "trigger_sessions_set_created_month"):
        found = judge_drift("f()", {**FIRST, "ok": False, key: False}, read(*seen))
        assert (found.status, found.detail) == (
            WARNING,
            f"f() answers false, because it goes by names: {words}",
        )
        assert found.subject == "f()"
        assert found.remedy == (
            "-- rename the trigger, as guard_triggers says; this answer then turns true by itself"
        )
        assert found.means == (
            "Rows are guarded. Whatever trusts this RPC, a CI job say, reads that they are not."
        )
    for answer in (
        {**FIRST, "ok": False},
        {**FIRST, "ok": False, "triggers_ok": None},
        {**FIRST, "ok": False, "triggers_ok": False, "events_partition_ok": False},
    ):
        assert judge_drift("f()", answer, read(*seen)).status is CRITICAL
    false = {**FIRST, "ok": False, "triggers_ok": False}
    two = (
        Finding("t", WARNING, words, code=code),
        Finding("u", WARNING, f"{words} too", code=code),
    )
    both = CheckResult("guard_triggers", two, "")
    assert judge_drift("f()", false, read(both, months())).detail.endswith(f"{words}; {words} too")
    assert judge_drift("f()", false, read(*FINE)).status is CRITICAL
    assert judge_drift("f()", false, read(months())).status is CRITICAL
    other = (triggers(WARNING, words, "trigger_missing"), months())
    assert judge_drift("f()", false, read(*other)).status is CRITICAL


def form(signature: str = "public.f()", *, executable: bool = True) -> Row:
    return {
        "name": "f",
        "signature": signature,
        "executable": executable,
        "stranger": None,
        "role": "w",
    }


def test_there_is_exactly_one_form_that_this_role_may_call() -> None:
    judge = rpc_calls.form_problem
    assert judge("f()", [form()]) is None
    assert judge("f()", [form()]) is None
    found = judge("f()", [])
    assert found is not None
    assert (found.subject, found.status, found.detail) == ("f()", CRITICAL, "f() does not exist")
    assert "sql/setup/40_rpcs.sql" in (found.remedy or "")
    several = judge("f()", [form(), form("public.f(integer)")])
    assert several is not None
    assert (several.subject, several.status) == ("f()", CRITICAL)
    assert "sql/setup/40_rpcs.sql" in (several.remedy or "")
    assert several.detail == "f() has several forms: public.f(), public.f(integer)"
    refused = judge("f()", [form(executable=False)])
    assert refused is not None
    assert (refused.subject, refused.status) == ("f()", UNKNOWN)
    assert refused.detail == "this role may not execute f()"
    assert "sql/setup/40_rpcs.sql" in (refused.remedy or "")


@pytest.mark.parametrize(
    ("state", "words", "status", "said"),
    [
        ("22012", "division by zero", CRITICAL, "f() raised: division by zero"),
        ("57014", "x", UNKNOWN, "f() did not answer: PostgreSQL stopped the query after 2 s"),
        ("55P03", "x", UNKNOWN, "f() did not answer: another session holds a lock"),
        ("42501", "denied", UNKNOWN, "f() did not answer: denied"),
        ("25006", "read only", UNKNOWN, "f() was not called: it writes a row, and this server"),
    ],
)
def test_rpc_that_raises_is_critical_unless_it_was_kept_from_answering(
    state: str, words: str, status: Status, said: str
) -> None:
    found = rpc_calls.raised("f()", QueryFailed("rpc/f", state, words))
    assert (found.subject, found.status) == ("f()", status)
    assert found.detail.startswith(said)
    remedy = {"22012": "sql/setup/40_rpcs.sql", "25006": "against the primary"}.get(state, "")
    assert remedy in (found.remedy or "")
    assert (found.remedy is None) is (not remedy)


def test_summary_counts_what_was_asked() -> None:
    fine, wrong = Finding("a", OK, "a"), Finding("b", CRITICAL, "b is wrong")
    assert rpc_answers._summary([fine, wrong], verifying=True) == (
        "1 of 2 RPCs answer true and agree with the catalogs"
    )
    assert rpc_answers._summary([fine, fine, wrong], verifying=True) == (
        "2 of 3 RPCs answer true and agree with the catalogs"
    )
    assert rpc_answers._summary([fine, fine], verifying=False) == (
        "1 of 1 RPC asked now answers true; the drift check is called when verifying"
    )
    assert rpc_answers._summary([wrong, wrong], verifying=False) == (
        "0 of 1 RPC asked now answers true; b is wrong"
    )


def rights(**changed: Any) -> Row:
    return {
        "name": "verify_partition_triggers_exist",
        "signature": "public.verify_partition_triggers_exist()",
        "exposed_to": [],
        "definer": True,
        "safe_path": True,
        "guard": False,
        **changed,
    }


NAME = "public.verify_partition_triggers_exist()"
RPC_FILE = run_file("sql/setup/40_rpcs.sql", "the reviewed text")


def closing(anew_in: str = "") -> Remedies:
    return statements(
        f"revoke all on function {NAME} from public, anon;",
        lock=locks.NONE,
        undo=f"grant execute on function {NAME} to PUBLIC, anon;",
        anew_in=anew_in,
    )


def test_rpc_that_strangers_may_call_is_critical() -> None:
    assert rpc_privileges.judge_rights(rights()) == [
        Finding(
            NAME,
            OK,
            f"{NAME} is closed to strangers and runs with its owner's rights",
            code="holds",
        )
    ]
    assert rpc_privileges.judge_rights(rights(exposed_to=["PUBLIC", "anon"])) == [
        Finding(
            NAME,
            CRITICAL,
            f"{NAME} may be executed by PUBLIC, anon",
            closing("sql/setup/40_rpcs.sql"),
            "Whoever holds the public key of the site can call it, and have tables made or rows"
            " written.",
            code="open",
            headline="the triggers RPC is open to strangers",
        )
    ]


def test_rpc_with_others_rights_or_names_is_a_warning() -> None:
    invoker, path = rpc_privileges.judge_rights(rights(definer=False, safe_path=False))
    words = "is no longer SECURITY DEFINER: it sees what its caller may see"
    assert invoker == Finding(
        NAME,
        WARNING,
        f"{NAME} {words}",
        RPC_FILE,
        code="not_definer",
        headline="the triggers RPC is not SECURITY DEFINER",
    )
    words = "has no safe search_path of its own: others decide what its names mean"
    assert path == Finding(
        NAME,
        WARNING,
        f"{NAME} {words}",
        RPC_FILE,
        code="path_unsafe",
        headline="the triggers RPC has no safe search_path",
    )
    routine = rights(name="create_next_month_partitions", definer=False)
    assert rpc_privileges.judge_rights(routine)[0].remedy == (
        "-- as the owner, the reviewed text: run the whole file\n-- sql/setup/30_partitions.sql"
    )


def test_guard_that_strangers_may_hang_on_a_table_of_theirs_is_a_warning() -> None:
    exposed = rights(exposed_to=["PUBLIC", "anon"], guard=True)
    assert rpc_privileges._open_guard(SESSIONS, exposed) == Finding(
        NAME,
        WARNING,
        f"the guard {NAME} may be executed by PUBLIC, anon",
        closing(),
        "They can hang it on a table of their own, where it runs with its owner's rights.",
        code="open",
        headline="the sessions guard's function is open to strangers",
    )


def gap(state: str) -> CheckResult:
    return months(december=state)


NO_MONTHS = CheckResult("partition_coverage", (Finding("t", CRITICAL, "plain"),), "")
MONTH = f"public.{rpc_calls.MONTH_RPC}()"
OF_ITS_OWN = "correct the function, or drop it"


@pytest.mark.parametrize(
    ("answer", "seen", "status", "words", "remedy"),
    [
        (True, [months()], OK, "answers true and agrees with the catalogs", None),
        (True, [], OK, "answers true", None),
        (True, [NO_MONTHS], UNKNOWN, "answers true, which could not be compared", "those checks"),
        (True, [gap("missing")], CRITICAL, "although no partition covers", OF_ITS_OWN),
        (True, [gap("default only")], CRITICAL, "although no partition covers", OF_ITS_OWN),
        (None, [months()], CRITICAL, "answers null", OF_ITS_OWN),
        (None, [gap("missing")], CRITICAL, "answers null", OF_ITS_OWN),
        (False, [months()], WARNING, "because it goes by names", "or correct the function"),
        (False, [gap("missing")], CRITICAL, "answers false", shown(rpc_answers.AFTER_THE_REST)),
        (False, [NO_MONTHS], CRITICAL, "answers false", shown(rpc_answers.AFTER_THE_REST)),
    ],
)
def test_month_rpc_is_compared_with_what_the_catalogs_show(
    answer: bool | None, seen: list[CheckResult], status: Status, words: str, remedy: str | None
) -> None:
    found = rpc_answers.judge_month(MONTH, answer, read(*seen))
    assert (found.subject, found.status) == (MONTH, status)
    assert words in found.detail
    assert "the month RPC" in found.headline or status is OK
    assert (remedy is None) == (found.remedy is None)
    assert (remedy or "") in (found.remedy or "")
    echoes = telling.echo(telling.Fault(found, ("rpc_answers",)))
    assert echoes is (found.remedies == rpc_answers.AFTER_THE_REST), "a lie follows from nothing"


def test_month_rpc_is_never_repaired_by_a_file_that_leaves_it_alone() -> None:
    several = rpc_calls.form_problem(MONTH, [form(MONTH), form(f"{MONTH[:-1]}date)")])
    raised = rpc_calls.raised(MONTH, QueryFailed("rpc/f", "42P01", "no such relation"))
    for found in (several, raised):
        assert found is not None
        assert (found.status, files_of(found.remedies)) == (CRITICAL, ())
        assert OF_ITS_OWN in (found.remedy or "")
    refused = rpc_calls.form_problem(MONTH, [form(MONTH, executable=False)])
    assert refused is not None
    assert files_of(refused.remedies) == ("sql/setup/40_rpcs.sql",)
