-- Roles of people and programs on {database}. A role has no password: give it to users of your own,
--     CREATE USER grafana IDENTIFIED BY '...'; GRANT llmroute_reader TO grafana;
-- llmroute_writer  the Collector's ClickHouse exporter: inserts, and reads nothing
-- llmroute_reader  people and dashboards: reads everything, within limits, and changes nothing
CREATE ROLE IF NOT EXISTS llmroute_writer{everywhere};
CREATE ROLE IF NOT EXISTS llmroute_reader{everywhere};

-- An insert is acknowledged when its rows are on their shards. Late spans of many days in one batch are no mistake.
CREATE SETTINGS PROFILE OR REPLACE llmroute_writer{everywhere} SETTINGS
    distributed_foreground_insert = 1,
    deduplicate_blocks_in_dependent_materialized_views = 1,
    throw_on_max_partitions_per_insert_block = 0,
    output_format_json_escape_forward_slashes = 0
TO llmroute_writer;

CREATE SETTINGS PROFILE OR REPLACE llmroute_reader{everywhere} SETTINGS
    readonly = 1,
    max_execution_time = 30 MIN 1 MAX 30 CHANGEABLE_IN_READONLY,
    max_memory_usage = 2000000000 CONST,
    max_rows_to_read = 1000000000 CONST,
    max_result_rows = 1000000 CONST,
    max_result_bytes = 256000000 CONST,
    result_overflow_mode = 'throw' CONST,
    -- A span delivered twice counts once, also in a question that forgets to say FINAL.
    final = 1,
    session_timezone = 'UTC',
    distributed_product_mode = 'global',
    -- A replica that is further behind may not have all of an hour that another one has summed.
    max_replica_delay_for_distributed_queries = {lag_s},
    fallback_to_stale_replicas_for_distributed_queries = 0
TO llmroute_reader;

CREATE QUOTA OR REPLACE llmroute_reader{everywhere} KEYED BY user_name
    FOR INTERVAL 1 hour MAX queries = 20000, execution_time = 7200, read_rows = 100000000000
TO llmroute_reader;

{grants};
