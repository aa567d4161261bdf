-- Drill  : the sessions function makes an exception of DEFAULT, which no try can be
-- Data   : rows in DEFAULT keep whatever month was sent
-- Sees   : guard_functions unknown "its text is not understood: line 3: created_month goes by on which table it runs"

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if tg_table_name <> 'sessions_default' then
        new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;
    end if;
    return new;
end
$$;
