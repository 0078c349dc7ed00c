"""What is kept because it is looked at often, compared with what it must be: the tables of ``exploring.sql``."""

from __future__ import annotations

from collector.archive.connection import Connection

#: What a table must hold: its view, and of ``visit_hours``, which has none, what the observations come to.
_MUST = {
    "_current_figures": "_figures_that_count",
    "_current_offices": "_offices_that_count",
    "_current_citations": "_citations_that_count",
    "_current_fields": "_fields_that_count",
    "_known_bulletins": "_bulletins_known_of",
    "visit_hours": """(
with steps as (
  select portal, substr(observed_at, 1, 13) || ':00Z' as hour, total, own_requests, reset, case when reset then 0
    else total - lag(total) over (partition by portal order by observed_at, id) end as risen
  from visit_counts where total is not null)
select portal, hour, date(hour, '+7 hours') as day, count(*) as observations, sum(reset) as resets,
  max(total) as total, coalesce(sum(risen), 0) as risen, sum(own_requests) as own,
  sum(iif(risen is null, 0, own_requests)) as own_risen
from steps group by portal, hour)""",
}


def differing(connection: Connection) -> list[str]:
    """Return a line for each table that is not what it must be, with how many rows it lacks and has too many.

    A row that is otherwise is both. Each row is looked up by the table's key, so that nothing is sorted or held in
    memory but short words of bulletins: 50,000 of them with a million figures take 25 MB and 19 s of processor time,
    beside the 27 s of the rest of `verify`.
    """
    if not connection.has("_current_figures"):
        return []  # an archive of schema 4 has none of them
    connection.execute("begin")  # all of one moment: a collector may be writing
    try:
        return [line for table, must in _MUST.items() if (line := _difference(connection, table, must))]
    finally:
        connection.db.conn.rollback()


def _difference(connection: Connection, table: str, must: str) -> str | None:
    columns = connection.rows("select name from pragma_table_info(?)", [table])
    same = " and ".join(f"kept.[{one['name']}] is must.[{one['name']}]" for one in columns)
    row = connection.row(
        f"select count(*) as expected, coalesce(sum(not exists (select 1 from [{table}] as kept where {same})), 0) "
        f"as lacking, (select count(*) from [{table}]) as held from {must} as must"
    )
    assert row is not None
    lacking, surplus = row["lacking"], row["held"] - (row["expected"] - row["lacking"])
    if not lacking and not surplus:
        return None
    told = f"{table}: rows missing or otherwise: {lacking}, rows that should not be there: {surplus}"
    if must.startswith("("):
        return told
    anew = f"delete from {table}; insert into {table} select * from {must}"
    return f'{told}; mend it with: sqlite3 {connection.path} "{anew}"'
