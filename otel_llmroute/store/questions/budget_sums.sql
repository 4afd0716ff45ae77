-- Question: What was spent under the budgets, whatever they are made from?
-- Grain: as of its parts, which have the same columns in the same order.
-- Parameters: until: UTC, the moment that is now.
-- Unit: money in `currency`; at_s: seconds since 1970, UTC.
SELECT * FROM (/* budget_sums_of_llm_hourly.sql */)
UNION ALL
SELECT * FROM (/* budget_sums_of_llm_hourly_tenants.sql */)
UNION ALL
SELECT * FROM (/* budget_sums_of_llm_calls.sql */)
