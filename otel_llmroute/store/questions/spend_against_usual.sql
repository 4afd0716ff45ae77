-- Question: Which routes cost more than they usually do at this hour of the week?
-- Grain: one row per route and currency that something was recorded for in the last hours.
-- Parameters: until: UTC, a whole hour, the moment that is now; hours: how many before it are looked at; weeks: how many weeks
--   before are what is usual.
-- Unit: money in `currency`. usual: median of what the same hours of the week cost in each of the weeks before, where a week
--   without calls counts as 0 and of an even number of weeks the higher of the middle two is taken; ratio: 2 is twice as much.
-- NULL usual: the store does not go back so many weeks. NULL ratio: the same, or usual is 0. NULL spend: nothing could be priced.
WITH
    604800 AS week_s,
    toUInt8({weeks:UInt8}) AS weeks_,
    (SELECT min(hour) FROM llm_hours_touched) AS first_hour,
    toInt64({until:DateTime('UTC')}) - toInt64(first_hour) >= weeks_ * week_s AS is_known,
    sums AS
    (
        SELECT
            toString(h.route) AS name,
            toString(h.currency) AS currency,
            intDiv(toInt64({until:DateTime('UTC')}) - 1 - toInt64(h.hour), week_s) AS weeks_ago,
            sum(h.spend) AS spend,
            sum(h.requests) AS requests,
            sum(h.records) AS records,
            sum(h.unpriced) AS unpriced
        FROM llm_hourly AS h
        WHERE h.hour < {until:DateTime('UTC')}
            AND h.hour >= {until:DateTime('UTC')} - weeks_ * week_s - {hours:UInt8} * 3600
            AND (toInt64({until:DateTime('UTC')}) - 1 - toInt64(h.hour)) % week_s < {hours:UInt8} * 3600
        GROUP BY name, currency, weeks_ago
    )
SELECT
    s.name AS name, s.currency AS currency,
    sum(if(s.weeks_ago = 0, s.spend, NULL)) AS spend,
    if(is_known, arraySort(arrayResize(groupArrayIf(ifNull(s.spend, toDecimal128(0, 12)), s.weeks_ago > 0), weeks_, toDecimal128(0, 12)))[intDiv(weeks_, 2) + 1], NULL) AS usual,
    toFloat64(spend) / nullIf(toFloat64(usual), 0) AS ratio,
    sumIf(s.requests, s.weeks_ago = 0) AS requests, sumIf(s.records, s.weeks_ago = 0) AS records,
    sumIf(s.unpriced, s.weeks_ago = 0) AS unpriced
FROM sums AS s
GROUP BY name, currency
HAVING records > 0
ORDER BY spend DESC NULLS LAST, name, currency
LIMIT {limit:UInt32}
