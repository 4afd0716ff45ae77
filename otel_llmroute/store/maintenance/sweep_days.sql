-- Deletes sums of days that no one reads any more. Those of the last hour stay: a question may be reading them.
-- Parameter: rollup: the table of days.
ALTER TABLE {rollup}_built DELETE
WHERE build < toUnixTimestamp64Milli(now64(3) - INTERVAL 1 HOUR)
    AND (day, build) NOT IN (SELECT day, build FROM llm_days_built FINAL WHERE name = '{rollup}')
