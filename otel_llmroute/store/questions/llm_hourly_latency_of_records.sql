-- Question: What does llm_hourly_latency hold of hours that are not summed, where no cost was computed anew?
-- Grain: one row per attempt and measure. Stands beside llm_hourly_latency_of_sums in the questions of boards
--   (boards/stored.py), whose periods apply to it. It says what llm_measured_latencies says, from the records themselves: to plan
--   the view takes longer than to read them.
-- Parameters: calls_of_llm_hourly_latency: the hours, UTC; none of them has a cost in llm_costs.
-- Unit: as llm_hourly_latency.
SELECT
    toStartOfHour(c.ts, 'UTC') AS hour,
    measured.1 AS measure,
    c.route AS route,
    c.provider AS provider,
    c.model AS model,
    toFloat32(pow(1.05, round(log(greatest(measured.2, 0.000001)) / log(1.05)))) AS seconds,
    toUInt64(1) AS attempts
FROM llm_call_records AS c FINAL
ARRAY JOIN
[
    ('latency', if(c.outcome NOT IN ('failed', 'cancelled', 'abandoned'), c.duration_ns / 1000000000, NULL)),
    ('first_chunk', c.first_chunk_s)
] AS measured
WHERE toStartOfHour(c.ts, 'UTC') IN {calls_of_llm_hourly_latency:Array(DateTime('UTC'))}
    AND c.kind = 'attempt' AND measured.2 BETWEEN 0 AND 1000000
