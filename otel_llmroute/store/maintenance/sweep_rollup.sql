-- Deletes builds of {rollup} that no one reads any more. Those of the last hour stay: a question may be reading them.
-- Parameter: rollup: its name.
ALTER TABLE {rollup}_built DELETE
WHERE build < toUnixTimestamp64Milli(now64(3) - INTERVAL 1 HOUR)
    AND (hour, build) NOT IN (SELECT hour, build FROM llm_rollups_built FINAL WHERE name = '{rollup}')
