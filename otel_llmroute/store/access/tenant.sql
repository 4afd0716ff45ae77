-- A customer: reads its own rows of the views that say whose a row is, within limits, and nothing else.
-- Policies restrict: no other policy and no other role can widen them.
CREATE ROLE IF NOT EXISTS {role}{everywhere};

CREATE SETTINGS PROFILE OR REPLACE {role}{everywhere} SETTINGS
    readonly = 1,
    max_execution_time = 10 CONST,
    max_memory_usage = 1000000000 CONST,
    max_rows_to_read = 500000000 CONST,
    max_result_rows = 100000 CONST,
    max_result_bytes = 64000000 CONST,
    result_overflow_mode = 'throw' CONST,
    session_timezone = 'UTC',
    -- With it some releases forget the policies of shards: github.com/ClickHouse/ClickHouse/issues/112891.
    serialize_query_plan = 0 CONST,
    distributed_product_mode = 'global',
    max_replica_delay_for_distributed_queries = {lag_s},
    fallback_to_stale_replicas_for_distributed_queries = 0
TO {role};

CREATE QUOTA OR REPLACE {role}{everywhere} KEYED BY user_name
    FOR INTERVAL 1 hour MAX queries = 2000, execution_time = 1200, read_rows = 20000000000
TO {role};

CREATE ROW POLICY OR REPLACE {role}{everywhere} ON {tables} USING tenant = {tenant} AS RESTRICTIVE TO {role};

{grants};
