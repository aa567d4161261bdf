-- How a check looks: read-only, bounded, and in a fixed dialect, for this transaction alone.
-- Everything is local to the transaction, so nothing leaks to other clients of a pooler.
-- Params : statement_timeout int (ms), lock_timeout int (ms)
set transaction read only;
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
set local enable_partitionwise_join = on;
