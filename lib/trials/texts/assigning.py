"""What do the names of a trigger's function stand for, once it has set them? Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lib.core.guards import Guard
from lib.trials.texts import parsed
from lib.trials.texts.kept import Kept
from lib.trials.texts.parsed import Tree, fields
from lib.trials.texts.understood import CLEAN, CLOCK, KEY, NOW, ROW, Held, Helper, first, made

LOOP, CAUGHT = "how often a loop turns", "which error it catches"
_OTHERS = "what other columns hold"
_KEPT = frozenset({"(unnamed row)", "found", "sqlstate", "sqlerrm"})  # PostgreSQL declares these


class Assigning(Kept):
    """The variables of a text, and the columns of the row that it returns."""

    arguments_of: tuple[str, ...] = ()
    turning: set[str]  # what loops count by
    types: dict[str, str]

    def __init__(self, guard: Guard, helpers: tuple[Helper, ...]) -> None:
        super().__init__(guard, helpers)
        self.branch = CLEAN  # by what that is not clean does it come to this branch?
        self.jump = CLEAN  # and may it have left the function, or a loop, before?
        self.asked_at = 0  # in which line is that branch chosen?
        self.came_from: dict[str, int] = {}  # in which line did something else come in first?
        self.declared: dict[str, str] = {}
        self.records: set[str] = set()

    def declare(self, kind: str, told: Tree) -> None:
        name = told.get("refname", "")
        given = name in self.arguments_of and not {"lineno", "default_val"} & told.keys()
        if kind not in ("PLpgSQL_var", "PLpgSQL_rec") or given:
            return
        if name in _KEPT and "lineno" not in told:
            return
        if kind == "PLpgSQL_rec" and name in ("new", "old") and "lineno" not in told:
            return
        self.line = told.get("lineno", 0)
        if name in ("sqlstate", "sqlerrm"):
            self.state[name] = Held(CAUGHT)
            return
        again = name in self.declared and name not in self.turning
        if name in ("new", "old") or name.startswith("tg_") or again:
            self.leave(f"it declares another {name}")
        if "." in name:
            self.leave("it declares a name with a point")
        typed = told.get("datatype", {}).get("PLpgSQL_type", {}).get("typname", "")
        self.declared[name] = typed or self.types.get(name, "")
        if kind == "PLpgSQL_rec":
            self.records.add(name)
        # The tree leaves out what a record begins with.
        self.state[name] = Held() if kind == "PLpgSQL_var" else Held(f"what {name} holds")
        if "default_val" in told:
            self.state[name] = self.expression(told["default_val"])
            self.comes_from(self.state[name].why)

    @property
    def control(self) -> str:
        """By what does it go whether this is reached? Empty where that is clean."""
        return self.branch or self.jump

    def on_assign(self, told: Tree) -> None:
        target, value = parsed.assigned(told["expr"]["PLpgSQL_expr"]["query"])
        held = self.select(value)
        if target[-1] == "[]":
            if target[0] != "new" or target[1] in self.watched:
                self.leave("it sets an element")
            return
        if target[0] in self.records and len(target) == 1:  # cast to a type of somebody's own
            held = replace(held, why=held.why or f"what {target[0]} holds")
        key, clock = ["new", self.guard.key], ["new", self.guard.clock]
        # Where there is none the time is that of the write; the month is the own of whatever it is.
        filled = self.untimed and target == clock and held.form == NOW
        own = target == key and held.form == CLOCK and held.why == self.state[".".join(clock)].why
        self.assign(
            target, replace(held, why=CLEAN) if held.why == NOW and (filled or own) else held
        )

    untimed = False  # in a branch for rows without a time?

    def asks_for_time(self, condition: Tree) -> bool:
        """Is it `new.clock is null`?"""
        kind, told = parsed.only(parsed.value(condition))
        asked = kind == "NullTest" and told["nulltesttype"] == "IS_NULL"
        return asked and fields(told["arg"]) == ["new", self.guard.clock]

    def on_execsql(self, told: Tree) -> None:
        targets = list(targets_of(told["target"])) if told.get("into") else []
        (tree,) = parsed.statements(told["sqlstmt"]["PLpgSQL_expr"]["query"])
        kind, statement = parsed.only(tree)
        self.effects(tree)
        if kind == "SelectStmt":
            values, looked = self.selected(statement), self.by_id
        else:
            values = [Held("what a statement returns")] * max(1, len(targets))
            looked = False
        whole, why = values[0].form == ROW, first(each.why for each in values)
        record = len(targets) == 1 and targets[0][0] in self.declared and len(targets[0]) == 1
        if record and (whole or len(values) > 1):
            labels = [_label(each["ResTarget"]) for each in statement.get("targetList", [])]
            self.take_row(targets[0][0], values, labels)
        else:
            apart = len(values) == len(targets) and kind == "SelectStmt" and not whole
            together = made(values, _OTHERS if whole else CLEAN)
            for place, target in enumerate(targets):
                self.assign(target, values[place] if apart else together)
        self.assign(["found"], Held(CLEAN if looked else why, looked=looked))

    def take_row(self, name: str, values: list[Held], labels: list[str]) -> None:
        """A record takes a row: its fields by their names, where they are known."""
        looked, parent = any(each.looked for each in values), self.guard.reference
        self.assign([name], replace(made(values, _OTHERS), looked=looked))
        own = self.declared[name].replace('"', "").removesuffix("%rowtype")
        known: dict[str, Held] = {}
        if values[0].form != ROW:
            known = dict(zip(labels, values, strict=False)) if own == "record" else {}
        elif parent is not None and own.removeprefix(f"{self.guard.schema}.") in (
            "record",
            parent.table,
        ):
            known = dict.fromkeys((parent.key, parent.id), Held(looked=looked, form=KEY))
        for column, held in known.items():
            self.state[f"{name}.{column}"] = replace(held, why=self.control or held.why)

    def statements(self, expr: Tree) -> str:
        trees = parsed.statements(expr["PLpgSQL_expr"]["query"])
        return first([self.select(each).why for each in trees])

    def comes_from(self, why: str) -> None:
        """Keeps the line of what a value goes by: of the branch, or of this statement."""
        if self.control:
            self.came_from.setdefault(self.control, self.asked_at or self.line)
        elif why:
            self.came_from.setdefault(why, self.line)

    def assign(self, target: list[str], held: Held) -> None:
        """The target of an assignment becomes this."""
        self.comes_from(held.why)
        held, name = replace(held, why=self.control or held.why), ".".join(target[:2])
        self.assigned.add(name)
        own = target[0] if target[0] != "new" else name
        for known in [e for e in self.state if e == f"~{own}" or e.startswith(f"~{own}.")]:
            del self.state[known]
        if target[0] == "new":
            columns = target[1:2] or self.watched
            for column in (each for each in columns if each in self.watched):
                self.found.sets.add(column)
                if "~UPDATE" not in self.state and held != self.state[f"new.{column}"]:
                    self.found.updates.add(column)
                self.assigned.add(f"new.{column}")
                whole = "" if target[1:] else "another row"
                self.state[f"new.{column}"] = replace(held, why=held.why or whole)
                self.moved(column)
        elif target[0] not in self.state:
            self.leave(f"what {name} is")
        elif target[1:]:
            row = made([self.state[target[0]], held])
            self.state[target[0]] = replace(row, form=self.state[target[0]].form)
            self.state.pop(name, None)
        else:
            self.state = {n: w for n, w in self.state.items() if not n.startswith(f"{name}.")}
            self.state[name] = held

    def moved(self, column: str) -> None:
        """What was worked out from this column is not the new one's."""
        reference, key = self.guard.reference, f"new.{self.guard.key}"
        later = f"a {column} that it sets later"
        if reference is not None and column == reference.column:
            for name in [each for each, held in self.state.items() if held.refers]:
                self.state[name] = replace(self.state[name], refers=False, looked=False)
            own = self.state[f"new.{column}"]
            self.state[f"new.{column}"] = replace(own, refers=True, looked=True, form=KEY)
        own = self.state[f"new.{column}"]
        if column == self.guard.clock and (own.form != CLOCK or own.why):
            for name, held in self.state.items():
                if held.form == CLOCK and name != f"new.{column}":
                    self.state[name] = replace(held, why=held.why or later)
        unrelated = column == self.guard.clock and reference is not None
        if column != self.guard.key and key in self.assigned and not unrelated:
            self.state[key] = Held(later)


def _label(target: Tree) -> str:
    """As what is it selected?"""
    return target.get("name") or (fields(target["val"]) or [""])[-1]


def targets_of(tree: Tree) -> Iterator[list[str]]:
    kind, told = parsed.only(tree)
    if kind == "PLpgSQL_row":
        yield from (each["name"].replace('"', "").split(".") for each in told.get("fields", []))
    else:
        yield [told["refname"]]
