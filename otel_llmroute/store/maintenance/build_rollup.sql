-- Sums the hours of {rollup} that are due, the newest first and not more than {hours} at once.
-- Grain: as {rollup}_now, once per build. Parameters: rollup: its name; hours: how many at most.
-- What was delivered for an hour is read before its calls are: a build can be newer than it says, never older.
INSERT INTO {rollup}_built
WITH due AS
(
    SELECT hour, touched_at, delivered, repriced
    FROM llm_rollups_due
    WHERE name = '{rollup}'
    ORDER BY hour DESC
    LIMIT {hours}
)
SELECT
    n.*,
    toUnixTimestamp64Milli(now64(3)) AS build,
    count() OVER (PARTITION BY n.hour) AS build_rows,
    d.touched_at AS touched_at,
    d.delivered AS delivered,
    d.repriced AS repriced
FROM {rollup}_now AS n
INNER JOIN due AS d ON n.hour = d.hour
WHERE n.hour IN (SELECT hour FROM due)
