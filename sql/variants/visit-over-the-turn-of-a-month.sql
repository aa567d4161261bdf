-- Variant: a visit began before midnight of a month's last day and went on into the next

do $$
declare
    turn timestamptz := date_trunc('month', now(), 'UTC');
begin
    insert into public.sessions (id, created_month, created_at)
    values (md5('night')::uuid, turn - interval '1 month', turn - interval '10 minutes');
    insert into public.events (session_id, session_month, created_at)
    values (md5('night')::uuid, turn - interval '1 month', turn - interval '9 minutes'),
        (md5('night')::uuid, turn - interval '1 month', turn + interval '9 minutes');
end
$$;
