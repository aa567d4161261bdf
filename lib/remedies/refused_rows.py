"""How does a printed repair go on where a row is refused? That row stays, and is counted."""

from __future__ import annotations

from lib.remedies.bound_rows import COUNTED

_REFUSAL = "raise_exception or not_null_violation or foreign_key_violation or check_violation"
_MOST = 100  # where so many are refused and none is taken, that is no matter of single rows


def or_leave(moving: str, columns: str) -> str:
    """Runs this on the rows of the temporary table `moved`, but for those that are refused.

    By a guard, by a constraint, or for want of a partition: why is told in PostgreSQL's own words.
    On all at once; where one is refused on half as many, down to that one, and then on more again.
    `columns` are those of `moved`.
    """
    indented = "".join(f"      {line}\n" for line in moving.splitlines())
    return (
        f"{COUNTED}create temporary table chosen on commit drop as\n"
        "select row_number() over () as place, m.* from moved as m;\n"
        "create index on chosen (place);\n"
        f"{_HEAD.format(columns=columns)}{indented}{_TAIL.format(refusal=_REFUSAL, most=_MOST)}"
        "select relation, sum(rows) as rows_moved\n"
        "from counted group by relation order by min(place);\n"
    )


_HEAD = """\
do $repair$
declare
  start bigint := 1;
  last bigint := (select count(*) from chosen);
  many bigint := last;
  refused bigint := 0;
  counting bigint;
  why text;
begin
  while start <= last loop
    truncate moved;
    insert into moved select {columns} from chosen as c
      where c.place >= start and c.place < start + many;
    begin
"""
_TAIL = """\
      set constraints all immediate;
      start := start + many;
      many := 2 * many;
    exception when {refusal} then
      if refused >= {most} and refused = start - 1 then
        raise;
      end if;
      if many = 1 then
        refused := refused + 1;
        start := start + 1;
        why := sqlerrm;
      end if;
      many := (many + 1) / 2;
    end;
    set constraints all deferred;
  end loop;
  if refused > 0 then
    raise warning 'rows left as they are, because they were refused: % (%)', refused, why;
  end if;
end
$repair$;
"""
