-- Question: What does llm_routes_without_model hold, of days that are summed read as sums?
-- Grain: as llm_routes_without_model; of a day that is read whole one row for all that are alike, with the day as its hour. Stands
--   in the place of llm_routes_without_model in the questions of boards (boards/stored.py), whose periods apply to it.
-- Parameters: days_of_llm_routes_without_model: starts of the days that are read whole, UTC; builds_of_llm_routes_without_model: their
--   builds; hours_of_llm_routes_without_model: all other hours that are asked for, UTC.
-- Unit: as llm_routes_without_model.
SELECT day AS hour, service, route, plan, destination, avoided_currency, routes, estimated, avoided
FROM llm_daily_without_model_built
WHERE day IN {days_of_llm_routes_without_model:Array(DateTime('UTC'))} AND build IN {builds_of_llm_routes_without_model:Array(UInt64)}
UNION ALL
SELECT hour, service, route, plan, destination, avoided_currency, routes, estimated, avoided
FROM llm_routes_without_model
WHERE hour IN {hours_of_llm_routes_without_model:Array(DateTime('UTC'))}
