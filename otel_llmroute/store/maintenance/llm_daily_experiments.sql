-- Sums a day of llm_hourly_experiments, but for what it holds of routes and jobs one by one.
-- Grain: one row per part, experiment, variant, currency and class of seconds. Parameters: day: its start, UTC; build: its number.
-- Sums of what is stored, as the build of the day stands for it: hours that are open come later (days.py).
INSERT INTO llm_daily_experiments_built
SELECT
    toDateTime('{day}', 'UTC') AS day,
    toUInt64({build}) AS build,
    h.part, h.experiment, h.variant, h.currency, h.seconds,
    sum(h.records), sum(h.attempts), sum(h.spend), sum(h.unpriced), sum(h.partly_priced), sum(h.no_usage),
    sum(h.routes), sum(h.answered), sum(h.failed), sum(h.routed_spend), sum(h.answered_spend), sum(h.squares),
    sum(h.jobs), sum(h.succeeded), sum(h.shared_jobs), sum(h.job_spend), sum(h.paid_jobs)
FROM llm_hourly_experiments_built AS h
WHERE h.part IN ('sum', 'latency') AND h.hour >= toDateTime('{day}', 'UTC') AND h.hour < toDateTime('{day}', 'UTC') + INTERVAL 1 DAY
    AND (h.hour, h.build) IN (SELECT hour, build FROM llm_experiment_hours_built FINAL)
GROUP BY h.part, h.experiment, h.variant, h.currency, h.seconds
