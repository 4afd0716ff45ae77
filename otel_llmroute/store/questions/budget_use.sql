-- Question: How much of each budget is used, what will it be at the end of its period, and what grew most under it?
-- Grain: one row per budget; of a budget for each value of a dimension, one row per value that has calls in the period or in
--   the last 28 days. Calls without a value are under none of these.
-- Parameters: until: UTC, the moment that is now: a period is the one before it, and hours that begin in it count;
--   limit: rows.
-- Unit: money in `currency`, that of the budget; what was paid in others is in other_currencies and never added; used: share
--   of amount; times are UTC; records and what is wrong with them are of all currencies, in the period.
-- Estimates: forecast: what is spent, and for every hour that is left what the same hour of the week cost in the last seven
--   days; of a budget that has not had calls for seven days, the mean since its first call; NULL before a day of calls, while
--   the period goes on. forecast_low, forecast_high: the period ends between them in about eight of ten cases
--   (docs/budgets.md); NULL before two days of calls. exhausted: the hour in which the amount is passed, in the past or by
--   the forecast; NULL when not in this period, or not known.
-- driver: the route (of a budget of one route the model, of one made from customers the customer) whose spend grew most: the
--   last seven days against the seven before, for a budget of a day the last day against the one before; growth: by how much.
-- level: over, forecast (only where the budget asks for it), warn, within; unknown: there were calls and none has a price.
-- NULL spend: the same. With unpriced or partly_priced above 0 more is spent than is shown.
WITH
    arrayMax(arrayFilter(share -> ifNull(p.spend >= p.amount * share, 0), p.warn)) AS reached,
    arrayMax(arrayMap((growth, driver) -> (growth, driver), p.growths.2, p.growths.1)) AS most,
    most.1 > 0 AS has_driver
SELECT
    p.name AS name, if(p.each = '', NULL, p.value) AS value, nullIf(p.each, '') AS each, p.period AS period, p.zone AS zone,
    formatDateTime(toDateTime(p.start_s, 'UTC'), '%Y-%m-%d %H:%i', 'UTC') AS period_from,
    formatDateTime(toDateTime(p.end_s, 'UTC'), '%Y-%m-%d %H:%i', 'UTC') AS period_until,
    p.currency AS currency, p.amount AS amount, p.spend AS spend, toFloat64(p.spend) / toFloat64(p.amount) AS used,
    multiIf(
        p.spend IS NULL, 'unknown', p.spend > p.amount, 'over', p.is_forecast_asked AND p.forecast > p.amount, 'forecast', reached > 0, 'warn',
        'within') AS level,
    if(reached > 0, toFloat64(reached), NULL) AS warned,
    p.forecast AS forecast,
    toDecimal256(if(p.chance IS NULL, NULL, greatest(toFloat64(p.spend), toFloat64(p.forecast) + least(0, p.trend) - p.chance)), 12) AS forecast_low,
    toDecimal256(toFloat64(p.forecast) + greatest(0, p.trend) + p.chance, 12) AS forecast_high,
    if(p.passed_s < p.end_s, formatDateTime(toDateTime(p.passed_s, 'UTC'), '%Y-%m-%d %H:%i', 'UTC'), NULL) AS exhausted,
    if(has_driver, p.driver_by, NULL) AS driver_by, if(has_driver, most.2, NULL) AS driver, if(has_driver, most.1, NULL) AS growth,
    p.records AS records, p.unpriced AS unpriced, p.partly_priced AS partly_priced, p.no_usage AS no_usage,
    nullIf(arrayStringConcat(arrayMap((currency, paid) -> concat(currency, ' ', toString(paid)), p.others.1, p.others.2), ', '), '') AS other_currencies
FROM (/* budget_forecast.sql */) AS p
ORDER BY used DESC NULLS LAST, p.position, p.value
LIMIT {limit:UInt32}
