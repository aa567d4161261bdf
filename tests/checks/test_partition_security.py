"""Is a policy that shows everything to strangers seen, on the table and on each partition?

What the check says of each is compared with what the strangers really read.
"""

from __future__ import annotations

from random import Random

import psycopg
import pytest

from lib.checks.printed import always_true
from lib.core.results import CheckResult
from lib.faces import cli
from lib.history.history import ACCEPTED
from lib.repairs.plan import as_sql, plan
from tests.dealing import some
from tests.looking import check, follow, glance, look, worst_finding
from tests.real import OWNER_OF_TABLES
from tests.repairs.test_repairs import apply
from tests.servers import OWNER, ROLE, SUPERUSER, Database

CHECK = "partition_security"
PUBLIC_VIEW = "the policy Public View (for PUBLIC, using true) shows every row of public."
STRANGERS = ("anon", "authenticated")


def leaf(database: Database) -> str:
    """The partition of events that holds most rows."""
    most = "select tableoid::regclass::text from public.events group by 1 order by count(*) desc"
    return f"public.{database.value(f'{most} limit 1').removeprefix('public.')}"


def reading_all(database: Database, relation: str) -> list[str]:
    """Which strangers really read every row of it?"""
    rows = database.value(f"select count(*) from {relation}", user=SUPERUSER)
    assert rows
    found = []
    for role in STRANGERS:
        with database.connect(SUPERUSER) as connection:
            connection.execute(f"set role {role}")
            try:
                seen = connection.execute(f"select count(*) from {relation}").fetchone()
            except psycopg.errors.InsufficientPrivilege:
                continue
        if seen == (rows,):
            found.append(role)
    return found


def judged(database: Database, user: str = ROLE) -> CheckResult:
    return check(database, CHECK, user)


@pytest.mark.parametrize("user", ["owner", "role"])
def test_production_is_open_through_one_partition(production: Database, user: str) -> None:
    assert reading_all(production, "public.events_default") == list(STRANGERS)
    assert reading_all(production, "public.sessions_default") == []
    if user == "role":
        production.run_setup(OWNER_OF_TABLES)
    result = judged(production, OWNER_OF_TABLES if user == "owner" else ROLE)
    (found,) = result.failing()
    assert found.status.word == "critical"
    assert found.subject == "public.events_default"
    assert found.detail == f"{PUBLIC_VIEW}events_default to anon, authenticated"
    assert found.headline == "strangers can read all of events_default"
    assert "1 is open by a policy" in result.summary
    notes = [f.detail for f in result.findings if f.status.word == "ok"]
    assert any("sessions_by_site (for PUBLIC, using (site_id IN" in note for note in notes)
    assert any("events_by_site (for PUBLIC, using (session_id IN" in note for note in notes)


def test_dropping_a_policy_is_a_decision_and_never_a_step_of_apply(production: Database) -> None:
    production.run_setup(OWNER_OF_TABLES)
    report = look(production)
    made = plan(report)
    assert not any(
        "drop policy" in action.sql and "Public View" in action.sql for action in made.actions
    )
    (decision,) = [each for each in made.decisions if "Public View" in each.why]
    assert decision.choices.startswith("Drop the policy")
    assert decision.sql is not None
    assert 'drop policy "Public View" on public.events_default;' in decision.sql
    assert "accept partition_security --policy 'Public View'" in decision.sql
    for line in as_sql(made, made=report.checked_at).splitlines():
        assert not line.startswith("drop policy"), "a comment, for a person to run"
    production.execute(decision.sql, user=OWNER_OF_TABLES)
    assert judged(production).status.word == "ok"
    assert reading_all(production, "public.events_default") == []


# What is done to the leaf L, and what holds then: the status, and who reads all of it.
BOTH = ["anon", "authenticated"]
GRANT = "grant select on L to anon, authenticated; "
POLICY = "create policy p on L for select "
CASES: dict[str, tuple[str, str, list[str]]] = {
    "for everybody": (f"{GRANT}{POLICY} using (true)", "critical", BOTH),
    "one is one": (f"{GRANT}{POLICY} using (1 = 1)", "critical", BOTH),
    "not false": (f"{GRANT}{POLICY} using (not (1 > 2))", "critical", BOTH),
    "true or something": (
        f"{GRANT}{POLICY} using (true or session_id is null)", "critical", BOTH),
    "a query for true": (f"{GRANT}{POLICY} using ((select true))", "critical", BOTH),
    "for all commands": (
        f"{GRANT} create policy p on L to anon using (true)", "critical", ["anon"]),
    "one column": (
        f"grant select (url) on L to anon; {POLICY} to anon using (true)", "critical", ["anon"]),
    "granted to PUBLIC": (
        f"grant select on L to public; {POLICY} using (true)", "critical", BOTH),
    "for who is signed in": (
        f"{GRANT}{POLICY} to authenticated using (true)", "warning", ["authenticated"]),
    "granted to who is signed in": (
        f"grant select on L to authenticated; {POLICY} using (true)", "warning", ["authenticated"]),
    "two of them": (
        f"{GRANT}{POLICY} to anon using (session_id is null); create policy q on L using (true)",
        "critical", BOTH),
    "a restrictive one beside": (
        f"{GRANT}{POLICY} using (true); create policy q on L as restrictive using (url is null)",
        "ok", []),
    "a restrictive one that is false": (
        f"{GRANT}{POLICY} using (true); create policy q on L as restrictive using (false)",
        "ok", []),
    "a restrictive one that is true": (
        f"{GRANT}{POLICY} using (true); create policy q on L as restrictive using (true)",
        "critical", BOTH),
    "a restrictive one for the others": (
        f"{GRANT}{POLICY} using (true);"
        " create policy q on L as restrictive to authenticated using (url is null)",
        "critical", ["anon"]),
    "a restrictive one for writing": (
        f"{GRANT}{POLICY} using (true);"
        " create policy q on L as restrictive for insert with check (false)",
        "critical", BOTH),
    "no right to read": (f"{POLICY} using (true)", "ok", []),
    "no right to the schema": (
        f"{GRANT}{POLICY} using (true); revoke usage on schema public from public, anon,"
        " authenticated", "ok", []),
    "for another role": (f"{GRANT}{POLICY} to watchtower using (true)", "ok", []),
    "for writing": (
        "grant all on L to anon; create policy p on L for insert with check (true)", "ok", []),
    "for all, of what is written": (
        "grant all on L to anon; create policy p on L with check (true)", "ok", []),
    "a condition": (f"{GRANT}{POLICY} using (session_id is null)", "ok", []),
    "false": (f"{GRANT}{POLICY} using (1 = 2)", "ok", []),
    "no row level security, anon": (
        "grant select on L to anon; alter table L disable row level security",
        "critical", ["anon"]),
    "no row level security, signed in": (
        "grant select on L to authenticated; alter table L disable row level security",
        "warning", ["authenticated"]),
    "forced": (
        f"{GRANT}{POLICY} using (true); alter table L force row level security",
        "critical", BOTH),
}  # fmt: skip


@pytest.mark.parametrize("case", some(CASES, 2))
def test_what_the_check_says_is_what_strangers_read(database: Database, case: str) -> None:
    sql, status, readers = CASES[case]
    relation = leaf(database)
    database.execute(sql.replace(" L", f" {relation}"), user=SUPERUSER)
    assert reading_all(database, relation) == readers
    result = judged(database)
    assert result.status.word == status, [f.detail for f in result.findings]
    if status != "ok":
        (found,) = result.failing()
        assert relation in found.detail
        assert ", ".join(readers) in found.detail
        follow(found.remedy, database)
        assert judged(database).status.word == "ok"
        assert reading_all(database, relation) == []


# What is done to the leaf L, the status, and what is said: who may write all of it, and how.
ALL = "grant all on L to anon; "
MAY_DELETE = "lets anon delete every row of "
MAY_CHANGE = "lets anon change every row of "
MAY_INSERT = "lets anon insert any row into "
WRITES: dict[str, tuple[str, str, list[str]]] = {
    "delete": (f"{ALL} create policy p on L for delete using (1 = 1)", "warning", [MAY_DELETE]),
    "update": (f"{ALL} create policy p on L for update using (true)", "warning", [MAY_CHANGE]),
    "update, of what is its own": (
        f"{ALL} create policy p on L for update using (true) with check (url is null)", "ok", []),
    "insert": (f"{ALL} create policy p on L for insert with check (true)", "ok", [MAY_INSERT]),
    "insert, with a condition": (
        f"{ALL} create policy p on L for insert with check (url is null)", "ok", []),
    "all commands without the right to read": (
        "grant update, delete on L to anon; create policy p on L using (true)",
        "warning", [MAY_CHANGE, MAY_DELETE]),
    "no right": (
        "grant select on L to anon; create policy p on L for delete using (true)", "ok", []),
    "a restrictive one for all": (
        f"{ALL} create policy p on L for delete using (true);"
        " create policy q on L as restrictive using (url is null)", "ok", []),
    "a restrictive one for reading": (
        f"{ALL} create policy p on L for delete using (true);"
        " create policy q on L as restrictive for select using (false)", "warning", [MAY_DELETE]),
    "for the service": (
        f"{ALL} create policy p on L for delete to watchtower using (true)", "ok", []),
}  # fmt: skip


@pytest.mark.parametrize("case", some(WRITES, 2))
def test_what_the_check_says_is_what_strangers_write(database18: Database, case: str) -> None:
    sql, status, said = WRITES[case]
    relation = leaf(database18)
    database18.execute(sql.replace(" L", f" {relation}"), user=SUPERUSER)
    result = judged(database18)
    assert result.status.word == status, [f.detail for f in result.findings]
    told = [f for f in result.findings if " lets anon " in f.detail]
    assert [f.detail.partition(")) ")[2] or f.detail.partition(") ")[2] for f in told] == [
        f"{words}{relation}" for words in said
    ]
    assert may_delete(database18, relation) == (f"{MAY_DELETE}{relation}" in str(told))
    if status == "warning":
        follow(told[-1].remedy, database18)
        assert judged(database18).status.word == "ok"


def may_delete(database: Database, relation: str) -> bool:
    """Does anon really delete all of it? Taken back."""
    rows = database.value(f"select count(*) from {relation}", user=SUPERUSER)
    with database.connect(SUPERUSER, autocommit=False) as connection:
        connection.execute("set role anon")
        try:
            done = connection.execute(f"delete from {relation}").rowcount
        except psycopg.errors.InsufficientPrivilege:
            done = 0
        connection.rollback()
    return bool(done == rows)


def test_a_policy_to_write_is_accepted_by_its_command(
    database18: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database18.execute(
        "grant all on public.events_default to anon;"
        'create policy "Public View" on public.events_default for delete using (true)'
    )
    monkeypatch.setenv("DATABASE_URL", database18.role_url)
    assert cli.main(ACCEPT) == 0
    assert judged(database18).status.word == "ok"
    database18.execute(
        'drop policy "Public View" on public.events_default;'
        'create policy "Public View" on public.events_default for update using (true)'
    )
    assert judged(database18).status.word == "warning"


@pytest.mark.parametrize("relation", ["public.events", "public.watchtower_checks"])
def test_the_table_and_the_history_are_judged_by_their_own(
    database: Database, relation: str
) -> None:
    database.execute(
        f"grant select on {relation} to anon; create policy p on {relation} using (true)"
    )
    look(database)
    assert reading_all(database, relation) == ["anon"]
    assert judged(database).failing()[0].subject == relation
    assert glance(database)[CHECK].status.word == "critical"


@pytest.mark.parametrize("inherits", [True, False])
def test_what_anon_inherits_is_its_own(database: Database, *, inherits: bool) -> None:
    relation = leaf(database)
    try:
        database.execute(
            f"""
            create role readers nologin;
            alter role anon {"inherit" if inherits else "noinherit"};
            grant readers to anon;
            grant select on {relation} to readers;
            create policy p on {relation} to readers using (true)
            """,
            user=SUPERUSER,
        )
        assert reading_all(database, relation) == (["anon"] if inherits else [])
        assert judged(database).status.word == ("critical" if inherits else "ok")
    finally:
        database.execute(
            "alter role anon noinherit; drop owned by readers; drop role readers", user=SUPERUSER
        )


@pytest.mark.parametrize("right", ["alter role anon bypassrls", "grant owner to anon"])
def test_a_stranger_whom_row_level_security_does_not_bind(database: Database, right: str) -> None:
    relation = leaf(database)
    database.execute(f"grant select on {relation} to anon")
    try:
        database.execute(f"alter role anon inherit; {right}", user=SUPERUSER)
        assert reading_all(database, relation) == ["anon"]
        found = worst_finding(look(database), CHECK)
        assert found.status.word == "critical"
        assert found.detail.startswith("row level security does not bind anon on public.")
        assert found.headline.startswith("anon bypasses row security on ")
    finally:
        back = "alter role anon nobypassrls noinherit; revoke owner from anon"
        database.execute(back, user=SUPERUSER)


def test_the_same_policy_on_many_partitions_is_one_finding(database18: Database) -> None:
    leaves = [
        row[0]
        for row in database18.rows(
            "select inhrelid::regclass::text from pg_inherits"
            " where inhparent = 'public.events'::regclass"
        )
    ]
    for relation in leaves:
        database18.execute(
            f"grant select on {relation} to anon; create policy p on {relation} using (true)"
        )
    (found,) = judged(database18).failing()
    assert found.subject == "public.events"
    assert f" shows every row of {len(leaves)} relations of public.events (" in found.detail
    assert found.headline == f"anon can read all of {len(leaves)} relations of events"
    follow(found.remedy, database18)
    assert judged(database18).status.word == "ok"


def test_conditions_are_shown_and_a_lock_leaves_them_unknown(database: Database) -> None:
    database.execute(
        "grant select on public.events to anon;"
        "create policy p on public.events to anon using (url = '/' || current_user)"
    )
    (note,) = [f for f in judged(database).findings if "conditions" in f.detail]
    assert note.detail.endswith(
        "of public.events: p (for anon, using (url = ('/'::text || (CURRENT_USER)::text)))"
    )
    with database.connect(OWNER, autocommit=False) as other:
        other.execute("lock table public.events in access exclusive mode")
        found = worst_finding(glance(database), CHECK)
    assert found.status.word == "unknown"
    assert found.detail.startswith("what p of public.events lets strangers read: ")
    assert found.headline == "a policy of events was not read: it is locked"


def test_a_policy_that_is_plainly_true_is_judged_behind_a_lock(database18: Database) -> None:
    database18.execute(
        "grant select on public.events to anon; create policy p on public.events using (1 = 1)"
    )
    with database18.connect(OWNER, autocommit=False) as other:
        other.execute("lock table public.events in access exclusive mode")
        assert glance(database18)[CHECK].status.word == "critical"


ON_LEAF = ["--policy", "Public View", "--on", "public.events_default", "--by", "Ada"]
ACCEPT = ["accept", CHECK, *ON_LEAF, "--reason", "the shop window"]


@pytest.fixture
def window(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database with a policy that is meant: everybody may read one partition."""
    database.execute(
        'grant select on public.events_default to anon; create policy "Public View"'
        " on public.events_default for select using (true)"
    )
    monkeypatch.setenv("DATABASE_URL", database.role_url)
    assert cli.main(["verify"]) == 2
    return database


def test_an_accepted_policy_is_a_note(window: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(ACCEPT) == 0
    assert "Another role or expression alarms." in capsys.readouterr().out
    assert cli.main(["verify"]) == 0
    for result in (glance(window)[CHECK], judged(window, OWNER)):
        (note,) = [f for f in result.findings if f.accepted]
        assert note.detail.startswith(f"{PUBLIC_VIEW}events_default to anon; accepted by Ada on ")
        assert note.detail.endswith(": the shop window")
    assert window.value(
        "select details from public.watchtower_checks where check_name = %s", [ACCEPTED]
    ) == {
        "check": CHECK,
        "relation": "public.events_default",
        "policy": "Public View",
        "role": "PUBLIC",
        "expression": "true",
        "count": 1,
        "reason": "the shop window",
        "by": "Ada",
    }


@pytest.mark.usefixtures("window")
def test_an_acceptance_is_taken_back() -> None:
    assert cli.main(ACCEPT) == 0
    back = ["accept", CHECK, *ON_LEAF, "--reason", "closing", "--count", "0"]
    assert cli.main(back) == 0
    assert cli.main(["verify"]) == 2
    assert cli.main(back) == 1, "nothing is left to take back"
    assert cli.main(ACCEPT) == 0
    assert cli.main(["verify"]) == 0


CHANGED = {
    "another role": 'alter policy "Public View" on public.events_default to anon',
    "another expression": 'alter policy "Public View" on public.events_default using (1 = 1)',
    "another command": 'drop policy "Public View" on public.events_default;'
    ' create policy "Public View" on public.events_default using (true)',
    "another name": 'alter policy "Public View" on public.events_default rename to "Window"',
    "another one beside it": "create policy more on public.events_default using (true)",
    "the same on another partition": "grant select on public.sessions_default to anon;"
    ' create policy "Public View" on public.sessions_default for select using (true)',
}


@pytest.mark.parametrize("change", some(CHANGED, 2))
def test_a_change_of_an_accepted_policy_alarms_again(window: Database, change: str) -> None:
    assert cli.main(ACCEPT) == 0
    assert judged(window).status.word == "ok"
    window.execute(CHANGED[change])
    assert glance(window)[CHECK].status.word == "critical"
    assert len(judged(window).failing()) == 1


def test_what_is_not_there_is_not_accepted(
    window: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    window.execute("create policy other on public.events_default using (url is null)")
    for name in ("other", "none"):
        assert cli.main(["accept", CHECK, "--policy", name, *ACCEPT[4:]]) == 1
    told = capsys.readouterr().err
    assert "no policy other shows every row of public.events_default" in told
    assert "unknown" not in told, "it is known that there is none"
    for wrong in (
        ["accept", CHECK, "--reason", "x", "--by", "Ada"],
        [*ACCEPT, "--count", "3"],
        ["accept", "null_keys", *ON_LEAF, "--reason", "x", "--count", "3"],
    ):
        with pytest.raises(SystemExit) as stopped:
            cli.main(wrong)
        assert stopped.value.code == cli.USAGE


def test_apply_leaves_it_to_a_person(window: Database) -> None:
    done = apply(window)
    assert any("Public View" in decision.why for decision in done.left.decisions)
    left = "select polname::text from pg_policy where polrelid = 'public.events_default'::regclass"
    assert window.value(left) == "Public View"


TRUE = """
true; (1 = 1); ((1 = 1) AND true); (NOT false); ('a'::text = 'a'::text); (2 > 1); (1 IS NOT NULL)
(true OR (site_id IS NULL)); ( SELECT true AS bool); (true IS TRUE); ('a'::text <> 'b'::text)
(1 > '-1'::integer); ((1 = 1) OR (id = auth.uid())); (NULL::boolean IS NULL); (NOT (1 = 2))
('x'::character varying = 'x'::character varying); (('it''s)'::text = 'it''s)'::text) AND true)
"""
NOT_TRUE = """
false; (1 = 2); (site_id IS NOT NULL); auth.role(); (auth.role() = 'anon'::text); (id = id)
(true AND (id = 1)); (NOT true); NULL::boolean; (EXISTS ( SELECT true AS bool)); (1 IS NULL)
(site_id IN ( SELECT sites.id FROM public.sites)); CASE WHEN true THEN true ELSE false END
(length('a'::text) = 1); (NOT (id = 1)); (true IS NOT TRUE); ((true AND true) AND (1 < 1))
(current_setting('a'::text, true) = 'x'::text); (COALESCE(true, false)); (x OR false)
(')'::text = '('::text); (infinity = infinity); ((NULL::boolean OR (id = 1)) OR false)
((('x'::character varying)::character varying(10))::text = 'x'::text); ("a OR true OR b" = 1)
(('{a,b}'::text[])[1] = 'a'::text); ("it's" = 'it''s'::text); (('x'::text COLLATE "C") = 'x'::text)
"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (text.strip(), wanted)
        for texts, wanted in ((TRUE, True), (NOT_TRUE, False))
        for line in texts.strip().splitlines()
        for text in line.split(";")
    ],
)
def test_what_counts_as_constant_true(text: str, *, wanted: bool) -> None:
    assert always_true(text) is wanted


ODD = """create table public.odd (id integer, word text, "a OR true OR b" integer, "it's (" text);
insert into public.odd values (null, null, null, null), (1, 'x', 0, 'it''s (')"""
ATOMS = [
    *("true", "false", "null::boolean", "id = 1", "word is null", '"a OR true OR b" = 1'),
    *("'x'::varchar(10) = 'x'", "'xyz'::varchar(2) = 'xyz'", "1.50::numeric(3,1) = 1.5"),
    *("(array['a','b'])[1] = 'a'", "'{a,b}'::text[] = array['a','b']", "'x' collate \"C\" = 'x'"),
    *("word like 'x%'", "'x' ~ '^x$'", "length('§0') = 2", "'§0(1)' = '§0(1)'", "(1, 2) = (1, 2)"),
    *(
        "1 in (1, 2)",
        "id in (1, 2)",
        "1 between 0 and 2",
        "'it''s (' = \"it's (\"",
        "E'a\\\\b' = 'c'",
    ),
    *("B'101' = B'101'", "'2020-01-01'::timestamptz(3) < now()", "interval '1 day' > '1 hour'"),
    *("exists (select 1)", "(select true)", "(select true where id = 1)", "-1 < 2", "'-1' <> '1'"),
    *(
        "current_user = 'x'",
        "coalesce(true, false)",
        "case when true then false end",
        "id::text = '1'",
    ),
]
JOINS = ["({} and {})", "({} or {})", "(not {} or {})", "(({}) is not true and {})", "({}) = ({})"]


def test_no_condition_that_postgresql_prints_stops_it(database: Database) -> None:
    """And what it calls true for every row is, by PostgreSQL's own answer."""
    chance = Random(6)
    asked = list(ATOMS)
    while len(asked) < 300:
        asked.append(chance.choice(JOINS).format(chance.choice(asked), chance.choice(asked)))
    named = [f"create policy p{n} on public.odd using ({each})" for n, each in enumerate(asked)]
    database.execute(";\n".join([ODD, *named]))
    printed = database.rows(
        "select pg_get_expr(polqual, polrelid) from pg_policy"
        " where polrelid = 'public.odd'::regclass"
    )
    assert len(printed) == len(asked)
    true = [text for (text,) in printed if always_true(text)]
    assert len(true) > 10
    (held,) = database.rows(
        "select "
        + ", ".join(f"bool_and(coalesce({text}, false))" for text in true)
        + " from public.odd"
    )
    assert [text for text, holds in zip(true, held, strict=True) if not holds] == []
