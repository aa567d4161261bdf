-- Variant: rows of a month's first and last instant, in a database of another time zone

do $$
declare
    turn timestamptz := date_trunc('month', now(), 'UTC');
begin
    execute format('alter database %I set timezone = ''America/Los_Angeles''', current_database());
    insert into public.sessions (created_month, created_at)
    select date_trunc('month', at at time zone 'UTC'), at
    from unnest(array[turn, turn - interval '1 microsecond', turn + interval '1 hour']) as at;
end
$$;
