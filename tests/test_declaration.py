"""Is a file of declared guards read as it is meant, and a wrong one refused with its line?"""

from __future__ import annotations

from pathlib import Path

import pytest

from lib.core.declaration import SHIPPED, declaration
from lib.core.errors import SettingInvalid

VISITS = """\
[[guard]]
table = 'web."Visits"'
key = "month"
clock = "seen at"
trigger = "set month"
function = "set_visit_month"
"""
HITS = """
[[guard]]
table = "web.hits"
key = "visit_month"
clock = "hit_at"
from = { column = "visit", table = 'web."Visits"', id = "nr", key = "month" }
fills = ["site"]
trigger = "set_month"
function = "set_hit_month"
"""


def read(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "guards.toml"
    path.write_text(text, encoding="utf-8")
    return [guard.relation for guard in declaration(path)]


def refused(tmp_path: Path, text: str) -> str:
    with pytest.raises(SettingInvalid) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith("guards.toml")
    return str(caught.value).removeprefix("guards.toml")


def test_shipped_declaration_names_the_three_guards() -> None:
    assert [guard.relation for guard in declaration(SHIPPED)] == [
        "public.sessions",
        "public.events",
        "public.calls",
    ]


def test_names_are_read_as_sql_has_them(tmp_path: Path) -> None:
    path = tmp_path / "guards.toml"
    path.write_text(f"{VISITS}{HITS}", encoding="utf-8")
    visits, hits = declaration(path)
    assert (visits.schema, visits.table) == ("web", "Visits")
    assert visits.columns == ("seen at", "month")
    assert hits.reference is not None
    assert hits.reference.table == "Visits"
    assert hits.columns == ("visit", "visit_month", "site")


def test_key_that_is_anothers_goes_by_the_others_period(tmp_path: Path) -> None:
    path = tmp_path / "guards.toml"
    more = "every = 'week'\nzone = 'Europe/Berlin'\n"
    path.write_text(f"{HITS}{VISITS}{more}", encoding="utf-8")
    visits, hits = declaration(path)
    assert (hits.every, hits.zone) == (visits.every, visits.zone) == ("week", "Europe/Berlin")


def test_what_refers_comes_after_what_it_refers_to(tmp_path: Path) -> None:
    assert read(tmp_path, f"{HITS}{VISITS}") == ["web.Visits", "web.hits"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", " declares no guard: it needs a [[guard]]."),
        ("guard = 1", " declares no guard: it needs a [[guard]]."),
        (f"{VISITS}\nmonthly = true", ", line 8: monthly is no word of it. Known: "),
        (f"{VISITS}clok = 'x'", ", line 7: clok is no word of it: did you mean clock?."),
        (f"{VISITS}every = 'fortnight'", ", line 7: every must be "),
        (f"{VISITS}kind = 'text'", ', line 7: kind must be "date", "timestamptz" or "int", not '),
        (
            f"{VISITS}zone = 'Europe/Berln'",
            ', line 7: zone must name a time zone, and "Europe/Berln" does not: did you mean ',
        ),
        (f"{VISITS}{HITS}every = 'week'", ', line 16: every must be "month", as it is of Visits.'),
        (f"{VISITS}optional = 'yes'", ", line 7: optional must be true or false."),
        (f"{VISITS}fills = 'site'", ", line 7: fills must be a list of texts."),
        (f"{VISITS}id = ''", ", line 7: id must not be empty."),
        (VISITS.replace("web.", ""), ", line 2: table must name the schema too, as SQL does"),
        (VISITS.replace('key = "month"\n', ""), ", line 2: key must be there."),
        (f"{VISITS}{VISITS}", ", line 8: another guard has the table Visits already."),
        (f"{VISITS}[other]\nx = 1", ": other is no part of a declaration, only [[guard]] is."),
        (f"{VISITS}key = 'twice'", " cannot be read: "),
        (HITS.replace("id = ", "idd = "), ", line 6: from: idd is no word of it: did you mean id?"),
        (HITS.replace('web."V', 'app."V'), ", line 6: from: Visits must be in the schema of "),
        (
            f"{HITS}{VISITS}from = {{ column = 'hit', table = 'web.hits', id = 'id', key = 'k' }}",
            "the guards refer to one another in a circle: ",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(
    tmp_path: Path, text: str, said: str
) -> None:
    assert said in refused(tmp_path, text)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="cannot be read: No such file"):
        declaration(tmp_path / "none.toml")
