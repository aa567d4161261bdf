"""Does a check say everything about itself, and does nobody else know its name?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib import runbook
from lib.checks import CHECKS, shown
from lib.checks.check import Check, Group
from lib.core.steps import Phase
from tests.servers import ROOT

NAMES = [check.name for check in CHECKS]


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Every text in this file but the docstrings, with its line."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


def names(text: str, name: str) -> bool:
    """Does it name the check? A file of sql/checks/ may be read by others; a plain word is none."""
    return text == name or ("_" in name and bool(re.search(rf"(?<![\w/]){name}(?!\w)", text)))


# The decoder's table alone is data that names one: it says for each message of others which check
# looks at it, and is not read where that is none (lib/runbook/symptoms/matching.py).
@pytest.mark.parametrize("folder", ["lib", "pages"])
def test_name_of_a_check_stands_in_its_own_module_alone(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line, text in texts(path)
        for name in NAMES
        if path != ROOT / f"lib/checks/{name}.py" and names(text, name)
    ]
    assert found == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_check_has_its_module_its_sql_and_its_words(check: Check) -> None:
    assert (ROOT / f"lib/checks/{check.name}.py").exists()
    assert (ROOT / f"sql/checks/{check.name}.sql").exists()
    assert (ROOT / f"tests/checks/test_{check.name}.py").exists()
    assert check.run.__module__ == f"lib.checks.{check.name}"
    assert "?" in check.question
    assert check.cause.endswith(".")
    assert check.places


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_steps_of_a_check_are_there_and_one_repairs_it(check: Check) -> None:
    assert all(runbook.step(slug) for slug in check.steps)
    steps = [step for step in runbook.STEPS if check.name in step.checks]
    assert len(steps) == len(check.steps) + len(check.brings)
    assert [step.phase for step in steps].count(Phase.MITIGATION) == 1
    assert runbook.step_of(check.name) in steps


def test_every_page_has_its_checks_each_at_a_place_of_its_own() -> None:
    for group in Group:
        ranks = [place.rank for _, place in shown(group)]
        assert ranks == list(range(1, len(ranks) + 1)), group
        assert any(place.leads for _, place in shown(group)), group
