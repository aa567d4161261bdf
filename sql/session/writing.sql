-- How an RPC is called and a history row written: explicitly read-write, and bounded. The role's
-- own default is read-only.
-- Params : statement_timeout int (ms), lock_timeout int (ms)
set transaction read write;
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
