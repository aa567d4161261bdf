"""Which tables, triggers and functions that a text names are a guard's? Pure."""

from __future__ import annotations

from dataclasses import dataclass

from lib.core.guards import Guard
from lib.trials.texts.put_together import HOLES


@dataclass(frozen=True)
class Names:
    """The guards; their tables with partitions and views, as `relations`; what guards call."""

    guards: tuple[Guard, ...]
    relations: frozenset[str]
    called: frozenset[str]

    def named(self, parts: list[str], what: str = "table") -> bool:
        """Is it, or may it be, a guard's trigger, function or table?"""
        *above, name = parts
        known = bool(HOLES.search(name)) or (what == "function" and name in self.called)
        return known or any(
            name == getattr(guard, what)
            and (not above or above[-1] == guard.schema or HOLES.search(above[-1]))
            for guard in self.guards
        )

    def of_guard(self, parts: list[str]) -> bool:
        """Is it, or may it be, a guarded table or a partition of one?"""
        rests = (parts[-1].removeprefix(f"{guard.table}_") for guard in self.guards)
        months = (rest for rest in rests if rest != parts[-1])
        return self.named(parts) or any(
            rest == "default" or (rest[:4].isdigit() and rest[4:5] == "_" and rest[5:].isdigit())
            for rest in months
        )

    def holds_rows(self, parts: list[str]) -> bool:
        """Is it a guarded table, a part of one, or a view on one?"""
        return self.of_guard(parts) or parts[-1] in self.relations
