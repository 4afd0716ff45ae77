-- Question: What was spent under the budgets that are made from llm_hourly, when and on what?
-- Grain: once (is_figure) one row per hour, currency and value of every dimension that one of the budgets asks for; once
--   (is_driver) per route and model instead of hours, of the last day, the day before, the rest of the week, the week before.
--   Dimensions that none asks for are ''.
-- Parameters: until: UTC, the moment that is now.
-- Unit: money in `currency`; at_s: seconds since 1970, UTC, of a driver some moment in its time.
WITH
    {until:DateTime('UTC')} AS now_,
    toInt64(now_) AS now_s,
    (
        SELECT (groupUniqArrayArray(arrayConcat(mapKeys(b.only), [b.each])), ifNull(minOrNull(b.from_s), now_s))
        FROM (/* budget_periods.sql */) AS b
        WHERE b.made_from = 'llm_hourly'
    ) AS asked,
    asked.1 AS dimensions,
    asked.2 AS from_s
SELECT
    'llm_hourly' AS made_from, h.is_driver = 0 AS is_figure, h.is_driver AS is_driver,
    if(h.is_driver, now_s - [1, 86401, 172801, 604801, 1209601][h.ago], h.at_s) AS at_s, toString(h.currency) AS currency,
    toString(if(h.is_driver, h.any_route, h.route)) AS route, toString(if(h.is_driver, h.any_model, h.model)) AS model,
    '' AS tenant, '' AS job,
    toString(h.reason) AS reason, toString(h.provider) AS provider, toString(h.plan) AS plan, toString(h.feature) AS feature,
    toString(h.task) AS task, toString(h.service) AS service,
    toString(h.risk) AS risk, toString(h.tier) AS tier, toString(h.attempt) AS attempt, toString(h.purpose) AS purpose,
    h.spend AS spend, h.records AS records, h.unpriced AS unpriced, h.partly_priced AS partly_priced, h.no_usage AS no_usage
FROM
(
    SELECT
        toInt64(h.hour) AS at_s,
        multiIf(
            at_s >= now_s - 86400, 1, at_s >= now_s - 172800, 2, at_s >= now_s - 604800, 3, at_s >= now_s - 1209600, 4, 5) AS ago,
        h.currency AS currency, h.route AS any_route, h.model AS any_model,
        if(has(dimensions, 'route'), any_route, '') AS route,
        if(has(dimensions, 'model'), any_model, '') AS model,
        if(has(dimensions, 'reason'), h.reason, '') AS reason,
        if(has(dimensions, 'provider'), h.provider, '') AS provider,
        if(has(dimensions, 'plan'), h.plan, '') AS plan,
        if(has(dimensions, 'feature'), h.feature, '') AS feature,
        if(has(dimensions, 'task'), h.task, '') AS task,
        if(has(dimensions, 'service'), h.service, '') AS service,
        if(has(dimensions, 'risk'), h.risk, '') AS risk,
        if(has(dimensions, 'tier'), h.service_tier, '') AS tier,
        if(has(dimensions, 'attempt'), h.attempt_reason, '') AS attempt,
        if(has(dimensions, 'purpose'), h.purpose, '') AS purpose,
        grouping(any_route) = 0 AS is_driver,
        sum(h.spend) AS spend, sum(h.records) AS records, sum(h.unpriced) AS unpriced, sum(h.partly_priced) AS partly_priced,
        sum(h.no_usage) AS no_usage
    FROM llm_hourly AS h
    WHERE h.hour >= toDateTime(from_s, 'UTC') AND h.hour < now_
    GROUP BY GROUPING SETS (
        (currency, reason, provider, plan, feature, task, service, risk, tier, attempt, purpose, at_s, route, model),
        (currency, reason, provider, plan, feature, task, service, risk, tier, attempt, purpose, ago, any_route, any_model))
) AS h
