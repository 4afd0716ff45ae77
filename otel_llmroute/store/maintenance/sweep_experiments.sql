-- Deletes builds of llm_hourly_experiments that no one reads any more. Those of the last hour stay: a question may be reading them.
-- Parameters: none.
ALTER TABLE llm_hourly_experiments_built DELETE
WHERE build < toUnixTimestamp64Milli(now64(3) - INTERVAL 1 HOUR)
    AND (hour, build) NOT IN (SELECT hour, build FROM llm_experiment_hours_built FINAL)
