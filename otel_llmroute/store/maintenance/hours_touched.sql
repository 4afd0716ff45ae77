-- Hours of {rollup} that are not summed, or no longer as they were when they were.
-- Grain: one row per hour. Parameter: rollup: its name. Unit: delivered: calls and charges, repeated deliveries included.
SELECT toString(hour) AS start, touched_at, delivered, repriced
FROM llm_hours_touched FINAL
WHERE hour NOT IN (SELECT hour FROM llm_rollups_clean WHERE name = '{rollup}')
