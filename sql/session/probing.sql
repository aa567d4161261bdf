-- How a guard is tried out: read-write until the temporary table stands (the role's own default is
-- read-only, and refuses even that), bounded, one snapshot, and never committed.
-- Params : statement_timeout int (ms), lock_timeout int (ms)
set transaction isolation level repeatable read, read write;
set local statement_timeout = :'statement_timeout';
set local lock_timeout = :'lock_timeout';
set local idle_in_transaction_session_timeout = 10000;
set local search_path = '';
set local timezone = 'UTC';
set local datestyle = 'ISO, YMD';
set local standard_conforming_strings = on;
set local quote_all_identifiers = off;
set local row_security = on;
set local jit = off;
