-- Question: Do as many calls arrive as usually at this hour of the week?
-- Grain: one row.
-- Parameters: until: UTC, a whole hour, the moment that is now; hours: how many before it are looked at; weeks: how many weeks
--   before are what is usual.
-- Unit: attempts and charges. usual: median of the same hours of the week in each of the weeks before, where a week without
--   calls counts as 0 and of an even number of weeks the lower of the middle two is taken; share: 1 is as many as usual.
-- NULL usual: the store does not go back so many weeks. NULL share: the same, or usual is 0.
WITH
    604800 AS week_s,
    toUInt8({weeks:UInt8}) AS weeks_,
    (SELECT min(hour) FROM llm_hours_touched) AS first_hour,
    (SELECT count() FROM llm_hours_touched) > 0
        AND toInt64({until:DateTime('UTC')}) - toInt64(first_hour) >= weeks_ * week_s AS is_known,
    sums AS
    (
        SELECT
            intDiv(toInt64({until:DateTime('UTC')}) - 1 - toInt64(h.hour), week_s) AS weeks_ago,
            sum(h.records) AS records
        FROM llm_hourly AS h
        WHERE h.hour < {until:DateTime('UTC')}
            AND h.hour >= {until:DateTime('UTC')} - weeks_ * week_s - {hours:UInt8} * 3600
            AND (toInt64({until:DateTime('UTC')}) - 1 - toInt64(h.hour)) % week_s < {hours:UInt8} * 3600
        GROUP BY weeks_ago
    )
SELECT
    sumIf(s.records, s.weeks_ago = 0) AS records,
    if(is_known, arraySort(arrayResize(groupArrayIf(s.records, s.weeks_ago > 0), weeks_, 0))[intDiv(weeks_ + 1, 2)], NULL) AS usual,
    records / nullIf(usual, 0) AS share
FROM sums AS s
