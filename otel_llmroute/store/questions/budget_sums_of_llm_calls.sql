-- Question: What was spent under the budgets that are made from llm_calls, when and on what?
-- Grain: once (is_figure) one row per quarter of an hour, currency and value of every dimension that one of the budgets asks
--   for; once (is_driver) per route and model instead of quarters, of the last day, the day before, the rest of the week, the
--   week before.
--   Dimensions that none asks for are ''.
-- Parameters: until: UTC, the moment that is now.
-- Unit: money in `currency`; at_s: seconds since 1970, UTC, of a driver some moment in its time.
WITH
    {until:DateTime('UTC')} AS now_,
    toInt64(now_) AS now_s,
    (
        SELECT (groupUniqArrayArray(arrayConcat(mapKeys(b.only), [b.each])), ifNull(minOrNull(b.from_s), now_s), groupArray(b.only))
        FROM (/* budget_periods.sql */) AS b
        WHERE b.made_from = 'llm_calls'
    ) AS asked,
    asked.1 AS dimensions,
    asked.2 AS from_s,
    -- What every budget asks for: other calls are not read.
    mapFromArrays(
        dimensions,
        arrayMap(
            name -> if(arrayExists(only -> empty(only[name]), asked.3), [], arrayFlatten(arrayMap(only -> only[name], asked.3))), dimensions)
    ) AS calls_only
SELECT
    'llm_calls' AS made_from, c.is_driver = 0 AS is_figure, c.is_driver AS is_driver,
    if(c.is_driver, now_s - [1, 86401, 172801, 604801, 1209601][c.ago], c.at_s) AS at_s, c.currency AS currency,
    if(c.is_driver, c.any_route, c.route) AS route, if(c.is_driver, c.any_model, c.model) AS model, c.tenant AS tenant, c.job AS job,
    c.reason AS reason, c.provider AS provider, c.plan AS plan, c.feature AS feature, c.task AS task, c.service AS service,
    c.risk AS risk, c.tier AS tier, c.attempt AS attempt, c.purpose AS purpose,
    c.spend AS spend, c.records AS records, c.unpriced AS unpriced, c.partly_priced AS partly_priced, c.no_usage AS no_usage
FROM
(
    SELECT
        toInt64(toStartOfInterval(c.ts, INTERVAL 15 MINUTE, 'UTC')) AS at_s,
        multiIf(
            at_s >= now_s - 86400, 1, at_s >= now_s - 172800, 2, at_s >= now_s - 604800, 3, at_s >= now_s - 1209600, 4, 5) AS ago,
        toString(c.currency) AS currency, toString(c.route) AS any_route, toString(c.model) AS any_model,
        if(has(dimensions, 'route'), any_route, '') AS route,
        if(has(dimensions, 'model'), any_model, '') AS model,
        if(has(dimensions, 'reason'), toString(c.reason), '') AS reason,
        if(has(dimensions, 'provider'), toString(c.provider), '') AS provider,
        if(has(dimensions, 'tenant'), toString(c.tenant), '') AS tenant,
        if(has(dimensions, 'plan'), toString(c.plan), '') AS plan,
        if(has(dimensions, 'feature'), toString(c.feature), '') AS feature,
        if(has(dimensions, 'task'), toString(c.task), '') AS task,
        if(has(dimensions, 'service'), toString(c.service), '') AS service,
        if(has(dimensions, 'risk'), toString(c.risk), '') AS risk,
        if(has(dimensions, 'tier'), toString(c.service_tier), '') AS tier,
        if(has(dimensions, 'attempt'), toString(c.attempt_reason), '') AS attempt,
        if(has(dimensions, 'purpose'), toString(c.purpose), '') AS purpose,
        if(has(dimensions, 'job'), toString(c.job_name), '') AS job,
        grouping(any_route) = 0 AS is_driver,
        sum(c.cost) AS spend, count() AS records, countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced,
        countIf(c.cost_status = 'partial') AS partly_priced, countIf(c.cost_status = 'no_usage' AND NOT c.unanswered) AS no_usage
    FROM llm_calls AS c
    WHERE c.hour >= toStartOfHour(toDateTime(from_s, 'UTC')) AND c.hour < now_
        AND (empty(calls_only['route']) OR has(calls_only['route'], toString(c.route)))
        AND (empty(calls_only['reason']) OR has(calls_only['reason'], toString(c.reason)))
        AND (empty(calls_only['provider']) OR has(calls_only['provider'], toString(c.provider)))
        AND (empty(calls_only['model']) OR has(calls_only['model'], toString(c.model)))
        AND (empty(calls_only['tenant']) OR has(calls_only['tenant'], toString(c.tenant)))
        AND (empty(calls_only['plan']) OR has(calls_only['plan'], toString(c.plan)))
        AND (empty(calls_only['feature']) OR has(calls_only['feature'], toString(c.feature)))
        AND (empty(calls_only['task']) OR has(calls_only['task'], toString(c.task)))
        AND (empty(calls_only['service']) OR has(calls_only['service'], toString(c.service)))
        AND (empty(calls_only['risk']) OR has(calls_only['risk'], toString(c.risk)))
        AND (empty(calls_only['tier']) OR has(calls_only['tier'], toString(c.service_tier)))
        AND (empty(calls_only['attempt']) OR has(calls_only['attempt'], toString(c.attempt_reason)))
        AND (empty(calls_only['purpose']) OR has(calls_only['purpose'], toString(c.purpose)))
        AND (empty(calls_only['job']) OR has(calls_only['job'], toString(c.job_name)))
    GROUP BY GROUPING SETS (
        (currency, reason, provider, tenant, plan, feature, task, service, risk, tier, attempt, purpose, job, at_s, route, model),
        (currency, reason, provider, tenant, plan, feature, task, service, risk, tier, attempt, purpose, job, ago, any_route, any_model))
) AS c
