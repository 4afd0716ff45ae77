-- Question: What was spent under each budget, when, and what grew under it?
-- Grain: one row per budget that has calls in its period or in the last 28 days; of a budget for each value of a dimension one
--   per value that has. Calls without a value are under none of these.
-- Parameters: until: UTC, the moment that is now.
-- Unit: money in the budget's currency, but others: in what else was paid. known, records, unpriced, partly_priced, no_usage,
--   others are of the period; recent of the last seven days, left what these cost when they are repeated until its end; hours:
--   when (seconds since 1970, UTC) of both; days: days back from now; growths: what was spent on a route, model or customer
--   lately, less what was before; first_s: the first of all.
WITH
    {until:DateTime('UTC')} AS now_,
    toInt64(now_) AS now_s,
    604800 AS week_s,
    matched AS
    (
        SELECT
            b.position AS position,
            multiIf(
                b.each = '', '', b.each = 'tenant', s.tenant, b.each = 'route', s.route, b.each = 'model', s.model, b.each = 'plan', s.plan,
                b.each = 'feature', s.feature, b.each = 'provider', s.provider, b.each = 'reason', s.reason, b.each = 'task', s.task,
                b.each = 'service', s.service, b.each = 'risk', s.risk, b.each = 'tier', s.tier, b.each = 'attempt', s.attempt,
                b.each = 'purpose', s.purpose, s.job) AS value,
            s.currency = b.currency AS is_own,
            s.is_figure AS is_figure,
            s.is_figure AND s.at_s >= b.start_s AS is_now,
            s.is_figure AND s.at_s >= now_s - week_s AS is_recent,
            s.at_s AS at_s,
            s.currency AS paid_in,
            s.spend AS spend,
            intDiv(b.end_s - 1 - s.at_s, week_s) AS times_left,
            multiIf(
                NOT s.is_driver, '', b.driver_by = 'tenant', s.tenant, b.driver_by = 'model', s.model, b.driver_by = 'route', s.route, '') AS driver,
            multiIf(s.at_s >= now_s - b.grown_s, 1, s.at_s >= now_s - 2 * b.grown_s, -1, 0) AS grown,
            s.records AS records, s.unpriced AS unpriced, s.partly_priced AS partly_priced, s.no_usage AS no_usage
        FROM (/* budget_sums.sql */) AS s
        INNER JOIN (/* budget_periods.sql */) AS b ON s.made_from = b.made_from
        WHERE s.at_s >= b.from_s
            AND (b.each = '' OR value != '')
            AND (empty(b.only['route']) OR has(b.only['route'], s.route))
            AND (empty(b.only['reason']) OR has(b.only['reason'], s.reason))
            AND (empty(b.only['provider']) OR has(b.only['provider'], s.provider))
            AND (empty(b.only['model']) OR has(b.only['model'], s.model))
            AND (empty(b.only['tenant']) OR has(b.only['tenant'], s.tenant))
            AND (empty(b.only['plan']) OR has(b.only['plan'], s.plan))
            AND (empty(b.only['feature']) OR has(b.only['feature'], s.feature))
            AND (empty(b.only['task']) OR has(b.only['task'], s.task))
            AND (empty(b.only['service']) OR has(b.only['service'], s.service))
            AND (empty(b.only['risk']) OR has(b.only['risk'], s.risk))
            AND (empty(b.only['tier']) OR has(b.only['tier'], s.tier))
            AND (empty(b.only['attempt']) OR has(b.only['attempt'], s.attempt))
            AND (empty(b.only['purpose']) OR has(b.only['purpose'], s.purpose))
            AND (empty(b.only['job']) OR has(b.only['job'], s.job))
    ),
    by_day AS
    (
        SELECT
            m.position AS position,
            m.value AS value,
            m.paid_in AS paid_in,
            m.driver AS driver,
            intDiv(now_s - 1 - m.at_s, 86400) AS day,
            minIf(m.at_s, m.is_figure) AS first_s,
            sumIf(m.spend, m.is_own AND m.is_figure) AS spend,
            sumIf(m.spend, m.is_own AND m.is_now) AS known,
            sumIf(m.spend, m.is_own AND m.is_recent) AS recent,
            sumIf(m.spend * m.times_left, m.is_own AND m.is_recent) AS left,
            sumIf(m.spend, NOT m.is_own AND m.is_now) AS other,
            sumIf(m.spend * m.grown, m.is_own) AS growth,
            sumIf(m.records, m.is_now) AS records,
            sumIf(m.unpriced, m.is_now) AS unpriced,
            sumIf(m.partly_priced, m.is_now) AS partly_priced,
            sumIf(m.no_usage, m.is_now) AS no_usage,
            groupArrayIf((m.at_s, assumeNotNull(m.spend)), m.is_own AND (m.is_now OR m.is_recent) AND m.spend > 0) AS hours
        FROM matched AS m
        GROUP BY m.position, m.value, m.paid_in, m.driver, day
    )
SELECT
    d.position AS position,
    d.value AS value,
    minIf(d.first_s, d.first_s > 0) AS first_s,
    sum(d.known) AS known,
    sum(d.recent) AS recent,
    sum(d.left) AS left,
    sum(d.records) AS records,
    sum(d.unpriced) AS unpriced,
    sum(d.partly_priced) AS partly_priced,
    sum(d.no_usage) AS no_usage,
    sumMapIf([d.paid_in], [assumeNotNull(d.other)], d.other > 0) AS others,
    sumMapIf([d.day], [assumeNotNull(d.spend)], d.spend > 0) AS days,
    sumMapIf([d.driver], [assumeNotNull(d.growth)], d.driver != '' AND d.growth IS NOT NULL) AS growths,
    arraySort(groupArrayArray(d.hours)) AS hours
FROM by_day AS d
GROUP BY d.position, d.value
