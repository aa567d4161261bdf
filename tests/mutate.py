"""Which change to the core does no test notice? mutmut, with properties among what it changes.

    python tests/mutate.py run "lib.core.results*"      (docs/contributing.md says more)

mutmut leaves every decorated function alone, and the verdict itself is a property (`Report.ok`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst
from mutmut.__main__ import cli
from mutmut.mutation import file_mutation

# Around mutmut's trampoline these work as they do around a function.
PLAIN = {"property", "cached_property"}


def plain(node: cst.CSTNode) -> bool:
    """Is it a function with one of these decorators, and no other?"""
    if not isinstance(node, cst.FunctionDef) or len(node.decorators) != 1:
        return False
    decorator = node.decorators[0].decorator
    return isinstance(decorator, cst.Name) and decorator.value in PLAIN


def skipping(skips: Callable[[Any, cst.CSTNode], bool]) -> Callable[[Any, cst.CSTNode], bool]:
    """What mutmut leaves alone, but for these."""

    def skip(visitor: Any, node: cst.CSTNode) -> bool:
        return skips(visitor, node.with_changes(decorators=[]) if plain(node) else node)

    return skip


def arranging(arranged: Callable[..., tuple[Any, ...]]) -> Callable[..., tuple[Any, ...]]:
    """mutmut's trampoline and the mutants under it, with the decorator on the trampoline alone."""

    def arrange(
        function: cst.FunctionDef, mutants: Sequence[Any], class_name: str | None
    ) -> tuple[Any, ...]:
        if not plain(function):
            return arranged(function, mutants, class_name)
        bare = function.with_changes(decorators=[])
        declared, (trampoline, *copies), *more = arranged(bare, mutants, class_name)
        decorated = trampoline.with_changes(
            decorators=[*function.decorators, *trampoline.decorators]
        )
        return declared, [decorated, *copies], *more

    return arrange


if __name__ == "__main__":
    visitor = file_mutation.MutationVisitor
    visitor._skip_node_and_children = skipping(visitor._skip_node_and_children)
    file_mutation.function_trampoline_arrangement = arranging(
        file_mutation.function_trampoline_arrangement
    )
    cli()
