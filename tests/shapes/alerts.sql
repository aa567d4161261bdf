-- Alerts by ISO week, as a number like 202653, which triggers make of the moment by a function of their own
-- (after mlrun's alert_activations). Needs a role `owner`; run as a superuser in an empty database.
create schema alerts authorization owner;
set role owner;

create function alerts.iso_yearweek_int(ts timestamptz) returns integer language sql immutable as $$
    select extract(isoyear from ts at time zone 'UTC')::int * 100 + extract(week from ts at time zone 'UTC')::int
$$;
create table alerts.alert_activations (
    id bigint generated always as identity,
    activation_time timestamptz not null,
    partition_key integer not null,
    project text not null,
    severity text,
    primary key (id, partition_key)
) partition by range (partition_key);
create function alerts.set_partition_key() returns trigger language plpgsql as $$
begin
    NEW.partition_key = alerts.iso_yearweek_int(NEW.activation_time);
    RETURN NEW;
end
$$;
create trigger trg_before_insert before insert on alerts.alert_activations
    for each row execute function alerts.set_partition_key();
create trigger trg_before_update before update of activation_time, partition_key on alerts.alert_activations
    for each row execute function alerts.set_partition_key();

do $$
declare
    week date;
begin
    for n in -30..4 loop
        week := date_trunc('week', now() at time zone 'UTC')::date + 7 * n;
        execute format('create table alerts.alert_activations_%s partition of alerts.alert_activations for values from (%s) to (%s)',
            to_char(week, 'IYYYIW'), to_char(week, 'IYYYIW'), to_char(week + 7, 'IYYYIW'));
    end loop;
end
$$;
insert into alerts.alert_activations (activation_time, partition_key, project)
select moment, alerts.iso_yearweek_int(moment), 'project ' || n % 3
from generate_series(1, 300) as n cross join lateral (select now() - n * interval '15 hours' as moment) as at;
grant usage on schema alerts to watchtower;
grant select on alerts.alert_activations to watchtower;
