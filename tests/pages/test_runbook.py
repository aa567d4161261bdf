"""Does the Runbook page say what to do now, and recognise what is pasted without keeping it?"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from lib import runbook, verification
from lib.core.results import rfc3339
from lib.repairs.plan import as_sql, plan
from lib.runbook import Phase
from tests.drills.drill import drills
from tests.looking import look as verify
from tests.looking import watched
from tests.pages.conftest import Show, known, look, text
from tests.pages.test_words import HOSTILE
from tests.servers import Database

GUARD = "events_set_session_month_from_session"
ERROR = (
    'ERROR:  no partition of relation "events" found for row\n'
    "DETAIL:  Partition key of the failing row contains (session_month) = (2027-03-01)."
)
RED, GREY = ":red-badge[:material/cancel: critical]", ":gray-badge[:material/cancel: was critical]"


def paste(test: AppTest, words: str) -> AppTest:
    """Puts this into the box and asks what it is."""
    test.text_area[0].set_value(words)
    next(button for button in test.button if button.label == "What is it?").click()
    test.run()
    assert not test.exception, test.exception
    return test


def folds(test: AppTest) -> list[str]:
    """The lines that open."""
    return [fold.label for fold in test.expander]


def at_step(test: AppTest, slug: str) -> AppTest:
    """Follows a link to a step."""
    test.query_params["step"] = slug
    test.run()
    assert not test.exception, test.exception
    return test


def test_a_healthy_database_needs_nothing(show: Show, database18: Database) -> None:
    verified = verify(database18)
    test = show("runbook", known(verified, verified=verified))
    said = text(test)
    assert "Nothing: every check holds." in said
    assert "**10 of 10 proven**" in said
    assert RED not in said
    for phase in Phase:
        assert phase.value in [header.value for header in test.header]
        assert f"(#{phase.slug})" in said
    titles = "\n".join(folds(test))
    for step in runbook.STEPS:
        if step.phase is not Phase.ACCEPTANCE:
            assert step.title in titles
    assert ":red-badge" not in titles


def test_what_to_do_comes_first_in_order_with_its_sql(show: Show, database18: Database) -> None:
    database18.execute(f"drop trigger {GUARD} on public.events")
    database18.execute("alter table public.events drop constraint fk_events_session")
    test = show("runbook", known(look(database18)))
    steps = [words.value for words in test.markdown if words.value.startswith("### ")]
    assert steps[:3] == [
        "### 1. Restore the triggers",
        "### 2. Restore the foreign key",
        "### 3. Restore the RPCs and who may call them",
    ]
    assert f"create or replace trigger {GUARD}" in test.code[0].value
    assert f"{RED} Restore the triggers" in folds(test)
    assert "Switch a guard off" in folds(test)
    assert "Nothing has been verified since this copy started." in text(test)


def test_the_plan_stands_there_as_the_command_writes_it(show: Show, database18: Database) -> None:
    for name in ("both-guards-dropped", "events-without-any-session", "sessions-function-emptied"):
        (drill,) = (drill for drill in drills("drills") if drill.name == name)
        drill.break_it(database18)
    with closing(watched(database18.role_url)) as handle:
        verified = verification.verify(handle, who="ann", face="page")
        report = verification.refresh(handle, proven=verification.proven(verified))
        afresh = plan(verification.examine(handle))
    test = show("runbook", known(report, verified=verified))
    (shown,) = (code.value for code in test.code if code.value.startswith("-- Partition Watch"))
    made, _, body = shown.partition("\n")
    assert f"made {rfc3339(report.checked_at)} for" in made
    assert body == as_sql(afresh, made=report.checked_at).partition("\n")[2].rstrip()
    assert f"{len(afresh.actions)} steps, 1 left to a person" in "\n".join(folds(test))
    assert "`python -m lib plan` looks at everything again" in text(test)
    assert not [button for button in test.get("button") if "apply" in button.label.lower()]


def test_without_the_database_the_steps_and_their_sql_are_there(show: Show) -> None:
    trouble = "The database at db.example refuses the connection."
    test = show("runbook", known(None, trouble=trouble))
    said = text(test)
    assert f"**Unknown: {trouble}**" in said
    assert "### 1. Does the database answer?" in said
    assert 'psql "$DATABASE_URL" -c "select 1"' in said
    assert "create or replace function public.trg_sessions_set_created_month()" in said
    assert "with recursive expected as" in said
    assert ":violet-badge[:material/help: unknown] Restore the triggers" in folds(test)
    assert not [label for label in folds(test) if ":green-badge" in label]


def test_old_states_are_grey(show: Show, database18: Database) -> None:
    database18.execute(f"drop trigger {GUARD} on public.events")
    moment = datetime.now(UTC) - timedelta(hours=2)
    test = show("runbook", known(look(database18), taken_at=moment))
    labels = "\n".join(folds(test))
    assert f"{GREY} Restore the triggers" in labels
    assert RED not in labels
    assert "### 1. Does the database answer?" in text(test)


def test_a_verification_before_the_fault_counts_no_more(show: Show, database18: Database) -> None:
    verified = verify(database18)
    database18.execute(f"drop trigger {GUARD} on public.events")
    said = text(show("runbook", known(look(database18), verified=verified)))
    assert "**8 of 10 proven**" in said
    assert f"{RED} **Both guards fire" in said
    assert r"Since then: events\_set\_session\_month\_from\_session is missing" in said
    broken = verify(database18)
    said = text(show("runbook", known(look(database18), verified=broken)))
    assert "Since then" not in said
    assert f"{RED} **Both guards fire" in said


def test_a_link_opens_its_step_first(show: Show, database18: Database) -> None:
    test = at_step(show("runbook", known(look(database18))), "guards-fire")
    first = next(words.value for words in test.markdown if words.value.startswith("## "))
    assert first.endswith("Does each guard fire, on the table and on every partition?")
    assert "with recursive expected as" in test.code[0].value
    assert not [label for label in folds(test) if "Does each guard fire" in label]
    said = text(at_step(test, "<img src=x>"))
    assert r"has no step \<img src=x\> any more" in said
    for phase in Phase:
        at_step(test, runbook.of_phase(phase)[-1].slug)


def test_what_takes_a_step_back_stands_under_what_it_does_alone(
    show: Show, database18: Database
) -> None:
    """To drop a policy is a decision: row level security is not what was switched on then."""
    database18.execute(
        "create policy more on public.events for select to anon using (true);"
        "grant select on public.events to anon"
    )
    undo = "To take it back: alter table … disable row level security"
    policy = text(at_step(show("runbook", known(look(database18))), "close-partitions"))
    assert "the policy more (for anon, using true)" in policy
    assert undo not in policy
    database18.execute("alter table public.events_default disable row level security")
    assert undo in text(at_step(show("runbook", known(look(database18))), "close-partitions"))


def test_a_pasted_error_names_check_cause_and_step(show: Show, database18: Database) -> None:
    test = paste(show("runbook", known(look(database18))), ERROR)
    said = text(test)
    assert "## events has no partition for March 2027; the row was refused." in said
    assert "**Likely cause:** The maintenance job" in said
    assert "**Check:** :green-badge[:material/check_circle: ok] partition\\_coverage" in said
    assert folds(test)[0].endswith("Make or attach the missing partitions")


def test_what_depends_on_the_guard_goes_by_the_reading(show: Show, database18: Database) -> None:
    null = 'null value in column "session_month" of relation "events_default" violates not-null'
    said = text(paste(show("runbook", known(None)), null))
    assert "**Likely cause:** No guard set it: that is missing, disabled or emptied" in said
    database18.execute(f"drop trigger {GUARD} on public.events")
    said = text(paste(show("runbook", known(look(database18))), null))
    assert "which would have set it, is down by the last reading" in said
    assert "The writer must send the month itself" in said
    old = known(look(database18), taken_at=datetime.now(UTC) - timedelta(hours=2))
    said = text(paste(show("runbook", old), null))
    assert "**Likely cause:** No guard set it" in said


def test_what_was_pasted_is_dropped(show: Show, database18: Database) -> None:
    secret = "postgresql://owner:hunter2@db.example/prod"
    test = paste(show("runbook", known(look(database18))), f"{secret} {ERROR} {secret}")
    assert "has no partition for March 2027" in text(test)
    assert "hunter2" not in repr(test.session_state)
    assert "hunter2" not in text(test)
    assert "hunter2" not in str(dict(test.query_params))
    assert test.text_area[0].value == ""
    assert "hunter2" not in str(database18.rows("select details::text from watchtower_checks"))
    next(button for button in test.button if button.label == "Clear the text").click()
    test.run()
    assert "March 2027" not in text(test)
    assert "Clear the text" not in [button.label for button in test.button]
    assert "recognised" not in test.session_state


@pytest.mark.parametrize("rubbish", [*HOSTILE, "\x00" * 9, "x" * 1_000_000, "no idea 42"])
def test_rubbish_is_called_unknown_and_leads_to_the_checks(show: Show, rubbish: str) -> None:
    test = paste(show("runbook", known(None)), rubbish)
    said = text(test)
    assert ("**The text has no message that the runbook knows.**" in said) == bool(rubbish.strip())
    assert ("first and last 100,000 characters were read" in said) == (len(rubbish) > 200_000)
    assert "[immediate checks](#immediate-checks)" in said


def test_names_in_what_was_pasted_are_text(show: Show) -> None:
    name = "<img src=x onerror=alert(1)> **x** :red[x] [a](http://b)"
    test = paste(show("runbook", known(None)), f'no partition of relation "{name}" found for row')
    assert ":red[x]" not in text(test)
    assert "](http://b)" not in text(test)


def test_nothing_pasted_says_nothing(show: Show) -> None:
    test = paste(show("runbook", known(None)), "  \n ")
    assert "no message that the runbook knows" not in text(test)
