-- Question: What was spent under the budgets that are made from llm_hourly_tenants, when and by whom?
-- Grain: one row per hour, currency, customer and plan. Other dimensions are ''.
-- Parameters: until: UTC, the moment that is now.
-- Unit: money in `currency`; at_s: seconds since 1970, UTC.
WITH
    {until:DateTime('UTC')} AS now_,
    toInt64(now_) AS now_s,
    (
        SELECT ifNull(minOrNull(b.from_s), now_s)
        FROM (/* budget_periods.sql */) AS b
        WHERE b.made_from = 'llm_hourly_tenants'
    ) AS from_s
SELECT
    'llm_hourly_tenants' AS made_from, 1 AS is_figure, 1 AS is_driver, toInt64(t.hour) AS at_s, toString(t.currency) AS currency,
    '' AS route, '' AS model, t.tenant AS tenant, '' AS job, '' AS reason, '' AS provider, toString(t.plan) AS plan, '' AS feature,
    '' AS task, '' AS service, '' AS risk, '' AS tier, '' AS attempt, '' AS purpose, t.spend AS spend, t.records AS records,
    t.unpriced AS unpriced, t.partly_priced AS partly_priced, t.no_usage AS no_usage
FROM llm_hourly_tenants AS t
WHERE t.hour >= toDateTime(from_s, 'UTC') AND t.hour < now_
