-- Sums an hour of {rollup} at once: somebody asks for it. As build_rollup.sql, which waits until an hour is quiet.
-- Grain: as {rollup}_now, once per build. Parameters: rollup: its name; hour: its start, UTC; touched_at, delivered, repriced: what
--   was delivered for the hour before: a build can be newer than it says, never older.
INSERT INTO {rollup}_built
SELECT
    n.*,
    toUnixTimestamp64Milli(now64(3)) AS build,
    count() OVER () AS build_rows,
    toDateTime64('{touched_at}', 3, 'UTC') AS touched_at,
    toUInt64({delivered}) AS delivered,
    toUInt64({repriced}) AS repriced
FROM {rollup}_now AS n
WHERE n.hour = toDateTime('{hour}', 'UTC')
