-- Question: What does llm_measured_routes hold, of days that are summed read as sums?
-- Grain: as llm_measured_routes; of a day that is read whole one row for all that are alike, with the day as its hour. Stands in the
--   place of llm_measured_routes in the questions of boards (boards/stored.py), whose periods apply to it.
-- Parameters: days_of_llm_measured_routes: starts of the days that are read whole, UTC; builds_of_llm_measured_routes: their builds;
--   hours_of_llm_measured_routes: all other hours that are asked for, UTC.
-- Unit: as llm_measured_routes.
SELECT
    day AS hour, service, route, plan, requested_model, selected_model, served_model, response_cache_result, routes, fallbacks,
    failed, candidates, with_candidates
FROM llm_daily_routes_built
WHERE day IN {days_of_llm_measured_routes:Array(DateTime('UTC'))} AND build IN {builds_of_llm_measured_routes:Array(UInt64)}
UNION ALL
SELECT
    hour, service, route, plan, requested_model, selected_model, served_model, response_cache_result, routes, fallbacks,
    failed, candidates, with_candidates
FROM llm_measured_routes
WHERE hour IN {hours_of_llm_measured_routes:Array(DateTime('UTC'))}
