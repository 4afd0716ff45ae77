-- Notes the builds of llm_hourly_experiments that are whole and not noted yet; from then on they are read.
-- Grain: one row per hour and build. Parameters: none.
INSERT INTO llm_experiment_hours_built
SELECT b.hour AS hour, b.build AS build, any(b.touched_at) AS touched_at, any(b.delivered) AS delivered, any(b.repriced) AS repriced
FROM llm_hourly_experiments_built AS b
WHERE b.build > (SELECT max(build) FROM llm_experiment_hours_built)
GROUP BY b.hour, b.build
HAVING count() = any(b.build_rows)
