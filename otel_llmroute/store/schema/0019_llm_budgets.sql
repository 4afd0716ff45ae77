-- What may be spent, as llmroute.toml said when `llmroute up` started or when it was saved with `llmroute budget --save`.
-- Appended only: the rows that were saved last are the budgets in force, those before say what they were.
CREATE TABLE IF NOT EXISTS llm_budgets
(
    saved_at DateTime64(3) COMMENT 'when the file was taken over, UTC: the rows that share the last one are in force',
    position UInt32 COMMENT 'place in the file',
    name String COMMENT 'what the person calls it; empty: a row that says that there is none',
    amount Decimal(38, 12) COMMENT 'in currency: what may be spent in a period',
    currency LowCardinality(String) COMMENT 'ISO 4217',
    period LowCardinality(String) COMMENT 'day, week (from Monday) or month, by the clocks of zone',
    zone LowCardinality(String) COMMENT 'time zone, such as Europe/Berlin',
    zone_since_s Array(Int64) COMMENT 'seconds since 1970 at which the distance of the zone from UTC changes; the first is 0',
    zone_offset_s Array(Int32) COMMENT 'seconds that the zone is ahead of UTC from then on',
    each LowCardinality(String) COMMENT 'dimension of which every value has this budget; empty: one budget',
    only Map(String, Array(String)) COMMENT 'dimension -> values, one of which a call must have',
    warn Array(Decimal(9, 4)) COMMENT 'shares of the amount at which to warn',
    forecast Bool COMMENT 'whether to warn when the forecast is above the amount',
    made_from LowCardinality(String) COMMENT 'table its use is summed from: llm_hourly, llm_hourly_tenants or llm_calls'
)
ENGINE = MergeTree
ORDER BY (saved_at, position)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Budgets, append-only: one row per budget and time it was saved.';
