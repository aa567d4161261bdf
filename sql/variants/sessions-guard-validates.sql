-- Variant: the sessions guard refuses a row of a day ahead, of two years ago, and one without a site
-- Says   : guard_functions, guard_behaviour

create or replace function public.trg_sessions_set_created_month() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if new.created_at > now() + interval '1 day' then
        raise exception 'session % lies ahead', new.id;
    end if;
    if new.created_at < now() - interval '2 years' then
        raise exception 'session % is too old', new.id using errcode = 'check_violation';
    end if;
    if new.site_id is null then
        raise exception 'session % has no site', new.id;
    end if;
    new.created_month := date_trunc('month', new.created_at at time zone 'UTC')::date;
    return new;
end
$$;
