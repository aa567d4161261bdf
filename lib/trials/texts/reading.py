"""What decides the key, in the text of a trigger's function? Pure: nothing here runs it.

By slice: on every path that returns the row, the key and what it hangs on may come from the clock,
the reference and the row that is looked up. Conditions around an error or around other columns are
free. Whatever is not understood puts the text outside, with its line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from lib.core.guards import Guard
from lib.trials.texts import parsed
from lib.trials.texts.assigning import LOOP
from lib.trials.texts.flow import Flow
from lib.trials.texts.parsed import Unread
from lib.trials.texts.understood import (
    CLOCK,
    KEY,
    Held,
    Helper,
    Reading,
)

# Extensions whose functions write no table, or none but their own, and set nothing.
_HARMLESS = frozenset({
    "btree_gin", "btree_gist", "citext", "fuzzystrmatch", "hstore", "http", "intarray", "ltree",
    "moddatetime", "pg_net", "pg_trgm", "pgcrypto", "pgjwt", "pgmq", "postgis", "unaccent",
    "uuid-ossp", "vector",
})  # fmt: skip


def read(
    text: str,
    guard: Guard,
    helpers: Iterable[Helper] = (),
    when: str = "",
    relations: frozenset[str] = frozenset(),
) -> Reading:
    """What does this trigger's function make of the key of this guard, where it fires `when`?

    `relations` are the guarded tables, their partitions and views on them, by their names alone;
    where they are not told, every name that begins as a guarded table's is meant.
    """
    reader = _Reader(guard, tuple(helpers))
    reader.relations = relations
    reader.state |= {f"new.{column}": Held() for column in reader.watched}
    reader.state[f"new.{guard.clock}"] = Held(form=CLOCK)
    reader.state[f"new.{guard.key}"] = Held(sent=True, form=KEY)
    if guard.reference is not None:
        reference = Held(looked=True, refers=True, form=KEY)
        reader.state[f"new.{guard.reference.column}"] = reference
    with reader.reading():
        reader.unnamed()
        if when:
            reader.branch = reader.select(parsed.expression(when)).why
        reader.function(parsed.body(text))
    return reader.found


def fires_whenever(condition: str, guard: Guard) -> bool:
    """Does a trigger's WHEN clause hold on each update of the key, or of what that hangs on?"""
    source = guard.reference.column if guard.reference else guard.clock
    try:
        tree = parsed.expression(condition)["SelectStmt"]["targetList"][0]["ResTarget"]["val"]
        same = _Reader(guard, ()).facts(tree, truth=False)
    except (Unread, LookupError):
        return False
    return {f"new.{guard.key}", f"new.{source}"} <= same


class _Reader(Flow):
    @contextmanager
    def reading(self) -> Iterator[None]:
        try:
            yield
        except Unread as error:
            self.leave(str(error))
        except (LookupError, ValueError, RecursionError):  # a tree's shape that nobody has seen
            self.leave("what is not read here")

    def function(self, body: parsed.Body) -> None:
        """Read a function of PL/pgSQL. Raises: Unread."""
        self.variables, self.types = body.variables, body.types
        loops = [told for kind, told in parsed.nodes(body.block) if kind == "PLpgSQL_stmt_fori"]
        self.turning = {each["var"]["PLpgSQL_var"]["refname"] for each in loops}
        for variable in body.variables:
            self.declare(*parsed.only(variable))
        self.state |= dict.fromkeys(self.turning, Held(LOOP))
        self.block(body.block)

    def unnamed(self) -> None:
        """Read what may run anywhere: casts, what types check, what a call fills in."""
        for each in self.helpers:
            if "cast" in each.reached:
                self.leave(f"{each.name}() makes one of PostgreSQL's types of another")
        ways = {way for each in self.helpers for way in each.reached}
        anywhere = {way for way in ways if way.startswith(("type ", "operator "))}
        self.reached("function", *anywhere)

    def helped(self, helper: Helper, given: list[Held]) -> Held:
        """What does that function answer, for such arguments?"""
        asked = Held(f"what {helper.name}() answers")
        unclear = {"new", "old", *self.watched, *self.guard.more_columns, "id"}
        if helper.name in self.calling or helper.extension in _HARMLESS:
            return asked
        if helper.extension and helper.language == "c" and helper.volatility != "v":
            return asked
        if helper.language not in ("sql", "plpgsql") or helper.atomic or not helper.body.strip():
            self.leave(f"{helper.name}() is not read here")
            return asked
        plain = all(name.startswith(("p_", "_")) for name in helper.names if name)
        # A column of an argument's name, or PostgreSQL's own, would be meant instead.
        hidden = helper.language == "sql" and not plain and "from" in helper.body.lower().split()
        hidden = hidden or bool(unclear & set(helper.names))
        hidden = hidden or any(name.startswith("tg_") for name in helper.names)
        left_out = parsed.defaults(helper.arguments)[len(given) :]
        inner = _Reader(self.guard, self.helpers, (*self.calling, helper.name))
        inner.relations, inner.arguments_of = self.relations, helper.names
        inner.arguments = [*given, *(self.expr(each) if each else asked for each in left_out)]
        inner.state |= dict(zip(helper.names, inner.arguments, strict=False))
        with inner.reading():
            if helper.language == "sql":
                inner.result = [inner.select(e) for e in parsed.statements(helper.body)][-1]
            else:
                inner.function(parsed.body(helper.body, helper.arguments, helper.result))
        self.found.compared += inner.found.compared
        self.found.even &= inner.found.even
        if inner.found.outside is not None:
            self.leave(f"{helper.name}(), {inner.found.outside}")
        return asked if inner.result is None or hidden else inner.result
