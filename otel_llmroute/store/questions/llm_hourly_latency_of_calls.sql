-- Question: What does llm_hourly_latency hold of some calls alone, chosen by what it has no column for?
-- Grain: as llm_hourly_latency. Stands in its place in the questions of boards (boards/filters.py), whose periods apply to it.
-- Parameters: those of the filters.
-- Unit: as llm_hourly_latency.
SELECT
    c.hour AS hour,
    measured.1 AS measure,
    c.route AS route,
    c.provider AS provider,
    c.model AS model,
    toFloat32(pow(1.05, round(log(greatest(measured.2, 0.000001)) / log(1.05)))) AS seconds,
    count() AS attempts
FROM llm_calls AS c
ARRAY JOIN
[
    ('latency', if(c.outcome NOT IN ('failed', 'cancelled', 'abandoned'), c.duration_ns / 1000000000, NULL)),
    ('first_chunk', c.first_chunk_s)
] AS measured
WHERE c.kind = 'attempt' AND measured.2 BETWEEN 0 AND 1000000
    -- filters: llm_calls AS c
GROUP BY hour, measure, c.route, c.provider, c.model, seconds
