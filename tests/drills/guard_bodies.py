"""Which bodies may a guard's function have? Those that the random oracle puts in their places."""

from __future__ import annotations

WRITER = "oracle_writer"

BODIES = {
    "emptied": "begin return new; end",
    "null": "begin return null; end",
    "raising": "begin raise exception 'out of order'; end",
}
_SET = (
    "new.created_month := pg_catalog.date_trunc('month', new.created_at at time zone 'UTC')::date;"
)
_ONLY = "begin if {} then " + _SET + " end if; return new; end"
OWN_BODIES = {
    "sessions": {
        "skips a site": _ONLY.format("new.site_id is null"),
        "skips rows without a site": _ONLY.format("new.site_id is not null"),
        "skips an application": _ONLY.format("current_setting('application_name') <> 'importer'"),
        "skips the writer": _ONLY.format(f"session_user <> '{WRITER}'"),
        "skips all but a try": _ONLY.format("current_setting('transaction_read_only') = 'on'"),
        "skips a share": _ONLY.format("pg_catalog.hashtext(new.id::text) % 3 > 0"),
        "skips a hold": _ONLY.format("pg_catalog.pg_try_advisory_xact_lock(7)"),
        "skips late rows": _ONLY.format("new.created_at > now() - interval '2 hours'"),
        "skips inserts": _ONLY.format("tg_op = 'UPDATE'"),
        "without utc": "begin new.created_month :="
        " pg_catalog.date_trunc('month', new.created_at)::date; return new; end",
        "the day": "begin new.created_month := (new.created_at at time zone 'UTC')::date;"
        " return new; end",
        "fills nulls": "begin new.created_month := coalesce(new.created_month,"
        " pg_catalog.date_trunc('month', new.created_at at time zone 'UTC')::date);"
        " return new; end",
        "right": "begin new.created_month := (pg_catalog.to_char(pg_catalog.timezone('UTC',"
        " new.created_at), 'YYYY-MM') || '-01')::date; return new; end",
        "swallowing": "begin new.created_month := month_of(new.created_at); return new;"
        " exception when others then return new; end",
    },
    "events": {
        "skips a page": "begin if new.url is distinct from '/checkout' then"
        " select s.created_month into new.session_month from public.sessions as s"
        " where s.id = new.session_id; end if; return new; end",
        "skips two words": "begin if new.url = '/checkout' and new.event_category = 'page_view'"
        " then return new; end if; select s.created_month into strict new.session_month from"
        " public.sessions as s where s.id = new.session_id; return new; end",
        "own month": "begin new.session_month := pg_catalog.date_trunc('month',"
        " new.created_at at time zone 'UTC')::date; return new; end",
        "fills nulls": "begin if new.session_month is null then select s.created_month into"
        " strict new.session_month from public.sessions as s where s.id = new.session_id;"
        " end if; return new; end",
        "right": "declare month date; begin if new.session_id is null then raise 'no session';"
        " end if; select s.created_month into month from public.sessions as s where s.id ="
        " new.session_id order by 1 desc limit 1; new.session_month := coalesce(month,"
        " new.session_month); if new.session_month is null then raise 'no month'; end if;"
        " return new; end",
        "swallowing": "begin select s.created_month into strict new.session_month from"
        " public.sessions as s where s.id = new.session_id; return new;"
        " exception when others then return new; end",
    },
}
