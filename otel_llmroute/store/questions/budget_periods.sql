-- Question: Which budgets are in force, and from when to when is the period of each?
-- Grain: one row per budget.
-- Parameters: until: UTC, the moment that is now: a period is the one before it, and hours that begin in it count.
-- Unit: amount in `currency`; times are seconds since 1970, UTC. from_s: since when its calls are of interest; grown_s: so long
--   are the two times that are compared to say what grew, and driver_by is by what; made_from: the table it is summed from.
WITH
    {until:DateTime('UTC')} AS now_,
    toInt64(now_) AS now_s,
    604800 AS week_s,
    (moment_s, since_s, offset_s) -> toInt64(offset_s[arrayLastIndex(since -> since <= moment_s, since_s)]) AS ahead_of_utc,
    saved AS
    (
        SELECT s.* FROM llm_budgets AS s WHERE s.saved_at = (SELECT max(saved_at) FROM llm_budgets) AND s.name != ''
    ),
    clocks AS
    (
        SELECT s.*, toDateTime(now_s - 1 + ahead_of_utc(now_s - 1, s.zone_since_s, s.zone_offset_s), 'UTC') AS clock FROM saved AS s
    ),
    -- Where the period begins and ends on the clocks of the zone, as if these were UTC.
    local AS
    (
        SELECT
            s.position AS position, s.name AS name, s.amount AS amount, toString(s.currency) AS currency, toString(s.period) AS period,
            toString(s.zone) AS zone, s.zone_since_s AS since_s, s.zone_offset_s AS offset_s, toString(s.each) AS each, s.only AS only,
            s.warn AS warn, s.forecast AS is_forecast_asked, toString(s.made_from) AS made_from,
            multiIf(
                s.period = 'day', toInt64(toStartOfDay(s.clock, 'UTC')),
                s.period = 'week', toInt64(toDateTime(toMonday(s.clock, 'UTC'), 'UTC')),
                toInt64(toDateTime(toStartOfMonth(s.clock, 'UTC'), 'UTC'))) AS local_start_s,
            multiIf(
                s.period = 'day', local_start_s + 86400,
                s.period = 'week', local_start_s + week_s,
                toInt64(toDateTime(addMonths(toStartOfMonth(s.clock, 'UTC'), 1), 'UTC'))) AS local_end_s
        FROM clocks AS s
    ),
    -- A day begins when its clocks first show midnight, by the distance from UTC before or after a change of that day; where
    -- they jump over midnight, when they do.
    bounded AS
    (
        SELECT
            l.*,
            arrayMap(
                midnight_s -> (
                    midnight_s, ahead_of_utc(midnight_s - 86400, l.since_s, l.offset_s), ahead_of_utc(midnight_s + 86400, l.since_s, l.offset_s)),
                [l.local_start_s, l.local_end_s]) AS midnights,
            arrayMap(
                at -> if(
                    ahead_of_utc(at.1 - at.2, l.since_s, l.offset_s) != at.2 AND ahead_of_utc(at.1 - at.3, l.since_s, l.offset_s) = at.3,
                    at.1 - at.3,
                    at.1 - at.2),
                midnights) AS bounds_s
        FROM local AS l
    )
SELECT
    l.position AS position, l.name AS name, l.amount AS amount, l.currency AS currency, l.period AS period, l.zone AS zone,
    l.each AS each, l.only AS only, l.warn AS warn, l.is_forecast_asked AS is_forecast_asked, l.made_from AS made_from,
    l.bounds_s[1] AS start_s,
    l.bounds_s[2] AS end_s,
    least(start_s, now_s - 4 * week_s) AS from_s,
    if(l.period = 'day', 86400, week_s) AS grown_s,
    multiIf(
        l.made_from = 'llm_hourly_tenants', if(l.each = 'tenant', '', 'tenant'),
        l.each = 'route' OR length(l.only['route']) = 1, 'model', 'route') AS driver_by
FROM bounded AS l
