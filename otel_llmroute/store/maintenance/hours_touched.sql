-- Hours of {rollup} that are not summed, or no longer as they were when they were.
-- Grain: one row per hour. Parameter: rollup: its name. Unit: delivered: calls and charges, repeated deliveries included;
--   has_costs: whether a cost of it was computed anew, so that its calls have to be read through llm_calls.
SELECT toString(hour) AS start, touched_at, delivered, repriced, hour IN (SELECT hour FROM llm_repriced_hours) AS has_costs
FROM llm_hours_touched FINAL
WHERE hour NOT IN (SELECT hour FROM llm_rollups_clean WHERE name = '{rollup}')
