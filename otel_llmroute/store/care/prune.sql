-- What `llmroute prune` removes, in this order: sums before what they were made from, so that what is left of a prune that
-- was cut short shows too little for a while and never something wrong. Parameter: before: start of a UTC day.
-- raw
ALTER TABLE otel_traces DELETE WHERE Timestamp < toDateTime64('{before}', 9, 'UTC');
ALTER TABLE otel_logs DELETE WHERE Timestamp < toDateTime64('{before}', 9, 'UTC');
-- figures
ALTER TABLE llm_days_built DELETE WHERE day < toDateTime('{before}', 'UTC');
ALTER TABLE llm_daily_built DELETE WHERE day < toDateTime('{before}', 'UTC');
ALTER TABLE llm_daily_tenants_built DELETE WHERE day < toDateTime('{before}', 'UTC');
ALTER TABLE llm_daily_latency_built DELETE WHERE day < toDateTime('{before}', 'UTC');
ALTER TABLE llm_daily_failures_built DELETE WHERE day < toDateTime('{before}', 'UTC');
ALTER TABLE llm_daily_unpriced_built DELETE WHERE day < toDateTime('{before}', 'UTC');
ALTER TABLE llm_daily_arrivals_built DELETE WHERE day < toDateTime('{before}', 'UTC');
ALTER TABLE llm_daily_routes_built DELETE WHERE day < toDateTime('{before}', 'UTC');
ALTER TABLE llm_daily_without_model_built DELETE WHERE day < toDateTime('{before}', 'UTC');
ALTER TABLE llm_route_hours_touched DELETE WHERE hour < toDateTime('{before}', 'UTC');
-- A job that goes on after the date begins anew with its first call since: that hour is to be summed again.
ALTER TABLE llm_job_hours_built DELETE WHERE hour < toDateTime('{before}', 'UTC') OR hour IN (SELECT min(hour) FROM llm_job_hours WHERE hour >= toDateTime('{before}', 'UTC') AND job IN (SELECT job FROM llm_job_hours WHERE hour < toDateTime('{before}', 'UTC')) GROUP BY job);
ALTER TABLE llm_job_hours_touched DELETE WHERE hour < toDateTime('{before}', 'UTC');
ALTER TABLE llm_job_hours_next DELETE WHERE hour < toDateTime('{before}', 'UTC');
ALTER TABLE llm_hourly_jobs_built DELETE WHERE hour < toDateTime('{before}', 'UTC');
ALTER TABLE llm_daily_jobs_built DELETE WHERE day < toDateTime('{before}', 'UTC');
ALTER TABLE llm_job_hours DELETE WHERE hour < toDateTime('{before}', 'UTC');
-- What is left of a route or job that goes on after the date is all of it: the hours that it has since are to be summed again.
ALTER TABLE llm_experiment_hours_built DELETE WHERE hour < toDateTime('{before}', 'UTC') OR hour IN (SELECT hour FROM llm_experiment_hours WHERE hour >= toDateTime('{before}', 'UTC') AND unit IN (SELECT unit FROM llm_experiment_hours WHERE hour < toDateTime('{before}', 'UTC') UNION ALL SELECT job FROM llm_job_hours WHERE hour < toDateTime('{before}', 'UTC')));
ALTER TABLE llm_hourly_experiments_built DELETE WHERE hour < toDateTime('{before}', 'UTC') OR at < toDateTime('{before}', 'UTC');
ALTER TABLE llm_daily_experiments_built DELETE WHERE day < toDateTime('{before}', 'UTC');
ALTER TABLE llm_experiment_hours DELETE WHERE hour < toDateTime('{before}', 'UTC');
ALTER TABLE llm_hours_touched DELETE WHERE hour < toDateTime('{before}', 'UTC');
ALTER TABLE llm_rollups_built DELETE WHERE hour < toDateTime('{before}', 'UTC');
ALTER TABLE llm_hourly_built DELETE WHERE hour < toDateTime('{before}', 'UTC');
ALTER TABLE llm_hourly_tenants_built DELETE WHERE hour < toDateTime('{before}', 'UTC');
ALTER TABLE llm_hourly_latency_built DELETE WHERE hour < toDateTime('{before}', 'UTC');
-- A route or job that goes on after the date stays whole.
ALTER TABLE llm_route_records DELETE WHERE ts < toDateTime64('{before}', 9, 'UTC') AND route_id NOT IN (SELECT route_id FROM llm_call_records WHERE ts >= toDateTime64('{before}', 9, 'UTC') AND route_id != '');
ALTER TABLE llm_decision_records DELETE WHERE ts < toDateTime64('{before}', 9, 'UTC') AND route_id NOT IN (SELECT route_id FROM llm_call_records WHERE ts >= toDateTime64('{before}', 9, 'UTC') AND route_id != '');
ALTER TABLE llm_job_records DELETE WHERE ts < toDateTime64('{before}', 9, 'UTC') AND job_id NOT IN (SELECT job_id FROM llm_job_records WHERE ts >= toDateTime64('{before}', 9, 'UTC')) AND job_id NOT IN (SELECT job_id FROM llm_call_records WHERE ts >= toDateTime64('{before}', 9, 'UTC') AND job_id != '');
-- Data points of the day before stay: what was counted up to the date is what counting goes on from.
ALTER TABLE llm_metrics DELETE WHERE ts < toDateTime64('{before}', 9, 'UTC') - INTERVAL 1 DAY;
ALTER TABLE llm_costs DELETE WHERE ts < toDateTime64('{before}', 9, 'UTC');
ALTER TABLE llm_repriced_hours DELETE WHERE hour < toDateTime('{before}', 'UTC');
ALTER TABLE llm_call_records DELETE WHERE ts < toDateTime64('{before}', 9, 'UTC');
