-- How long each table keeps its rows. Parameters: raw_days, calls_days, rollups_days; 0 is for ever.
-- Applied when the store starts, each statement only where the table is not so already.
-- A row is kept at least as long: tables in partitions drop whole parts, so that no old data is ever rewritten. Times
-- after 2100 come from a wrong clock; as DateTime they would begin anew at 1970 and be gone at once.
ALTER TABLE otel_traces MODIFY TTL toDateTime(least(Timestamp, toDateTime64('2100-01-01 00:00:00', 9, 'UTC')), 'UTC') + toIntervalDay({raw_days});
ALTER TABLE otel_logs MODIFY TTL toDateTime(least(Timestamp, toDateTime64('2100-01-01 00:00:00', 9, 'UTC')), 'UTC') + toIntervalDay({raw_days});
ALTER TABLE llm_call_records MODIFY TTL toDateTime(least(ts, toDateTime64('2100-01-01 00:00:00', 9, 'UTC')), 'UTC') + toIntervalDay({calls_days});
ALTER TABLE llm_route_records MODIFY TTL toDateTime(least(ts, toDateTime64('2100-01-01 00:00:00', 9, 'UTC')), 'UTC') + toIntervalDay({calls_days});
ALTER TABLE llm_decision_records MODIFY TTL toDateTime(least(ts, toDateTime64('2100-01-01 00:00:00', 9, 'UTC')), 'UTC') + toIntervalDay({calls_days});
ALTER TABLE llm_job_records MODIFY TTL toDateTime(least(ts, toDateTime64('2100-01-01 00:00:00', 9, 'UTC')), 'UTC') + toIntervalDay({calls_days});
ALTER TABLE llm_costs MODIFY TTL toDateTime(least(ts, toDateTime64('2100-01-01 00:00:00', 9, 'UTC')), 'UTC') + toIntervalDay({calls_days});
ALTER TABLE llm_metrics MODIFY TTL toDateTime(least(ts, toDateTime64('2100-01-01 00:00:00', 9, 'UTC')), 'UTC') + toIntervalDay({calls_days});
ALTER TABLE llm_hourly_built MODIFY TTL hour + toIntervalDay({rollups_days});
ALTER TABLE llm_hourly_tenants_built MODIFY TTL hour + toIntervalDay({rollups_days});
ALTER TABLE llm_hourly_latency_built MODIFY TTL hour + toIntervalDay({rollups_days});
ALTER TABLE llm_hours_touched MODIFY TTL hour + toIntervalDay({rollups_days});
ALTER TABLE llm_rollups_built MODIFY TTL hour + toIntervalDay({rollups_days});
ALTER TABLE llm_repriced_hours MODIFY TTL hour + toIntervalDay({rollups_days});
ALTER TABLE otel_traces MODIFY SETTING ttl_only_drop_parts = 1;
ALTER TABLE otel_logs MODIFY SETTING ttl_only_drop_parts = 1;
ALTER TABLE llm_call_records MODIFY SETTING ttl_only_drop_parts = 1;
ALTER TABLE llm_route_records MODIFY SETTING ttl_only_drop_parts = 1;
ALTER TABLE llm_decision_records MODIFY SETTING ttl_only_drop_parts = 1;
ALTER TABLE llm_job_records MODIFY SETTING ttl_only_drop_parts = 1;
ALTER TABLE llm_costs MODIFY SETTING ttl_only_drop_parts = 1;
ALTER TABLE llm_metrics MODIFY SETTING ttl_only_drop_parts = 1;
ALTER TABLE llm_hourly_built MODIFY SETTING ttl_only_drop_parts = 1;
ALTER TABLE llm_hourly_tenants_built MODIFY SETTING ttl_only_drop_parts = 1;
ALTER TABLE llm_hourly_latency_built MODIFY SETTING ttl_only_drop_parts = 1;
