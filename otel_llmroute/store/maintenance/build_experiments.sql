-- Sums hours of llm_hourly_experiments that are due, the newest first and not more than {hours} at once.
-- Grain: as llm_hourly_experiments_now, once per build, and one row without a part per hour. Parameters: hours: how many at most;
--   sums: what llm_hourly_experiments_now makes of these hours.
-- What was delivered for an hour is read before its calls are: a build can be newer than it says, never older.
INSERT INTO llm_hourly_experiments_built
WITH
    (SELECT groupArray((hour, touched_at, delivered, repriced)) FROM (SELECT * FROM llm_experiment_hours_due ORDER BY hour DESC LIMIT {hours})) AS due,
    sums AS
    (
{sums}
    )
SELECT
    s.*,
    (SELECT greatest(toUnixTimestamp64Milli(now64(3)), 1 + max(build)) FROM llm_hourly_experiments_built) AS build,
    count() OVER (PARTITION BY s.hour) AS build_rows,
    arrayFirst(one -> one.1 = s.hour, due).2 AS touched_at,
    arrayFirst(one -> one.1 = s.hour, due).3 AS delivered,
    arrayFirst(one -> one.1 = s.hour, due).4 AS repriced
FROM
(
    SELECT * FROM sums
    UNION ALL
    SELECT
        arrayJoin(due).1 AS hour, '', '', '', '', 0, '', hour, 0, 0, NULL, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, 0, 0, 0, NULL, 0, '',
        toDateTime64(0, 9, 'UTC')
) AS s
