-- How long rows are kept. Roll-ups are kept longer than the calls that they sum: an hour whose calls may be gone is never
-- summed again, or the sums of what was left would take the place of what happened. So from then on its last whole build
-- counts, whatever is delivered for it.
CREATE TABLE IF NOT EXISTS llm_retention
(
    name LowCardinality(String) COMMENT 'raw, calls or rollups; pruned',
    days UInt32 COMMENT '0: for ever',
    before DateTime('UTC') COMMENT 'of pruned: what is older was removed by llmroute prune',
    set_at DateTime64(3) DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(set_at)
ORDER BY name
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'How many days rows are kept at least. No row: for ever. Read with FINAL.';

-- Hours whose newest build saw everything that was delivered, or can no longer be made again.
CREATE OR REPLACE VIEW llm_rollups_clean AS
SELECT b.name AS name, b.hour AS hour, b.build AS build
FROM llm_rollups_built AS b FINAL
INNER JOIN llm_hours_touched AS t FINAL ON b.hour = t.hour
WHERE (b.touched_at = t.touched_at AND b.delivered = t.delivered AND b.repriced = t.repriced)
    OR b.hour <= (SELECT if(max(days) = 0, toDateTime(0, 'UTC'), now('UTC') - toIntervalDay(max(days))) FROM llm_retention FINAL WHERE name = 'calls')
COMMENT 'One row per roll-up and hour that need not be summed again.';

-- Hours to build: changed since their build, quiet for a minute, so that what is under way has arrived, and not so old that
-- their calls may be gone.
CREATE OR REPLACE VIEW llm_rollups_due AS
SELECT r.name AS name, t.hour AS hour, t.touched_at AS touched_at, t.delivered AS delivered, t.repriced AS repriced
FROM llm_hours_touched AS t FINAL
CROSS JOIN (SELECT arrayJoin(['llm_hourly', 'llm_hourly_tenants', 'llm_hourly_latency']) AS name) AS r
WHERE (r.name, t.hour) NOT IN (SELECT name, hour FROM llm_rollups_clean) AND t.touched_at < now64(3) - INTERVAL 60 SECOND
    AND t.hour > (SELECT if(max(days) = 0, toDateTime(0, 'UTC'), now('UTC') - toIntervalDay(max(days))) FROM llm_retention FINAL WHERE name = 'calls')
COMMENT 'One row per roll-up and hour to be built now.';
