-- Question: On which routes is less read from the provider's cache than usually at this hour of the week?
-- Grain: one row per route with input tokens in the last hours.
-- Parameters: until: UTC, a whole hour, the moment that is now; hours: how many before it are looked at; weeks: how many weeks
--   before are what is usual; limit: rows.
-- Unit: tokens; cache_share: cached part of the input, from 0 to 1; usual: median of that share in the same hours of those weeks
--   before that had input, known_weeks of them; drop: part of what is usual that is missing, 1 is all of it.
-- NULL usual: no such week. NULL drop: the same, or usual is 0.
WITH
    604800 AS week_s,
    toUInt8({weeks:UInt8}) AS weeks_,
    sums AS
    (
        SELECT
            toString(h.route) AS name,
            intDiv(toInt64({until:DateTime('UTC')}) - 1 - toInt64(h.hour), week_s) AS weeks_ago,
            sum(h.input_tokens) AS input_tokens,
            ifNull(sum(h.cache_read_tokens), 0) AS cache_read_tokens,
            sum(h.requests) AS requests
        FROM llm_hourly AS h
        WHERE h.hour < {until:DateTime('UTC')}
            AND h.hour >= {until:DateTime('UTC')} - weeks_ * week_s - {hours:UInt8} * 3600
            AND (toInt64({until:DateTime('UTC')}) - 1 - toInt64(h.hour)) % week_s < {hours:UInt8} * 3600
        GROUP BY name, weeks_ago
        HAVING input_tokens > 0
    )
SELECT
    s.name AS name,
    sumIf(s.requests, s.weeks_ago = 0) AS requests,
    sumIf(s.input_tokens, s.weeks_ago = 0) AS input_tokens,
    sumIf(s.cache_read_tokens, s.weeks_ago = 0) / nullIf(input_tokens, 0) AS cache_share,
    countIf(s.weeks_ago > 0) AS known_weeks,
    if(known_weeks = 0, NULL, quantileExactIf(0.5)(s.cache_read_tokens / s.input_tokens, s.weeks_ago > 0)) AS usual,
    1 - cache_share / nullIf(usual, 0) AS drop
FROM sums AS s
GROUP BY name
HAVING input_tokens > 0
ORDER BY drop DESC NULLS LAST, name
LIMIT {limit:UInt32}
