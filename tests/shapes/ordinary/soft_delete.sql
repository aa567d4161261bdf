-- Rows are never deleted: they get a moment, and the deleted ones lie in a partition of their own.
create table public.documents (
    id bigint generated always as identity, title text, deleted boolean not null default false,
    deleted_at timestamptz, deleted_month date, primary key (id, deleted)
) partition by list (deleted);
create table public.documents_live partition of public.documents for values in (false);
create table public.documents_gone partition of public.documents for values in (true);
create function public.note_deletion() returns trigger language plpgsql as $$
begin
    new.deleted := new.deleted_at is not null;
    new.deleted_month := date_trunc('month', new.deleted_at at time zone 'UTC')::date;
    return new;
end
$$;
create trigger note_deletion before insert or update on public.documents
    for each row execute function public.note_deletion();
create function public.keep() returns trigger language plpgsql as $$
begin
    update public.documents set deleted_at = now() where id = old.id;
    return null;
end
$$;
create trigger keep before delete on public.documents for each row execute function public.keep();
