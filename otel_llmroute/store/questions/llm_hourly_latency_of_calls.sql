-- Question: What does llm_hourly_latency hold of some calls alone, chosen by what it has no column for?
-- Grain: one row per attempt and measure. Stands in the place of llm_hourly_latency in the questions of boards (boards/filters.py),
--   whose periods apply to it.
-- Parameters: those of the filters.
-- Unit: as llm_hourly_latency.
SELECT
    c.hour AS hour,
    c.measure AS measure,
    c.route AS route,
    c.provider AS provider,
    c.model AS model,
    c.seconds AS seconds,
    c.attempts AS attempts
FROM llm_measured_latencies AS c
WHERE true
    -- filters: llm_calls AS c
