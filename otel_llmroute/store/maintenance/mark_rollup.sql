-- Notes the builds of {rollup} that are whole and not noted yet; from then on they are read.
-- Grain: one row per hour and build. Parameter: rollup: its name.
INSERT INTO llm_rollups_built
SELECT
    '{rollup}' AS name,
    b.hour AS hour,
    b.build AS build,
    any(b.touched_at) AS touched_at,
    any(b.delivered) AS delivered,
    any(b.repriced) AS repriced
FROM {rollup}_built AS b
WHERE b.build > (SELECT max(build) FROM llm_rollups_built WHERE name = '{rollup}')
GROUP BY b.hour, b.build
HAVING count() = any(b.build_rows)
