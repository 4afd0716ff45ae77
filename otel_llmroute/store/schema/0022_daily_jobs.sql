-- Sums of whole days of jobs, as 0023 has them of calls: made and read by the store in one process alone, where the builds of
-- all hours of a day are still those that they were made of (maintenance/days.py).
CREATE TABLE IF NOT EXISTS llm_daily_jobs_built
(
    day DateTime('UTC') CODEC(Delta, ZSTD(3)),
    build UInt64 COMMENT 'as in llm_days_built' CODEC(Delta, ZSTD(3)),
    tenant String CODEC(ZSTD(3)),
    plan LowCardinality(String) CODEC(ZSTD(3)),
    feature LowCardinality(String) CODEC(ZSTD(3)),
    service LowCardinality(String) CODEC(ZSTD(3)),
    job_name LowCardinality(String) CODEC(ZSTD(3)),
    currency LowCardinality(String) CODEC(ZSTD(3)),
    job_id String COMMENT 'of one of the hundred dearest of an hour; '''': all others' CODEC(ZSTD(3)),
    jobs UInt64 COMMENT 'a job with money in several currencies is in the rows of each' CODEC(T64, ZSTD(3)),
    succeeded UInt64 CODEC(T64, ZSTD(3)),
    failed_jobs UInt64 CODEC(T64, ZSTD(3)),
    partial_jobs UInt64 CODEC(T64, ZSTD(3)),
    abandoned_jobs UInt64 CODEC(T64, ZSTD(3)),
    open_jobs UInt64 COMMENT 'without an outcome' CODEC(T64, ZSTD(3)),
    records UInt64 COMMENT 'attempts and charges' CODEC(T64, ZSTD(3)),
    spend Nullable(Decimal(38, 12)) COMMENT 'in currency; NULL: nothing of it could be priced' CODEC(ZSTD(3)),
    failed_spend Nullable(Decimal(38, 12)) COMMENT 'of jobs that failed' CODEC(ZSTD(3)),
    review_minutes Nullable(Float64) CODEC(ZSTD(3)),
    review_spend Nullable(Decimal(38, 12)) COMMENT 'charges for human review' CODEC(ZSTD(3)),
    revenue Nullable(Decimal(38, 12)) COMMENT 'in currency; NULL: none is known' CODEC(ZSTD(3)),
    without_revenue UInt64 COMMENT 'jobs that are not known to earn anything in currency' CODEC(T64, ZSTD(3)),
    mixed_jobs UInt64 COMMENT 'jobs with money in another currency too' CODEC(T64, ZSTD(3)),
    unpriced UInt64 COMMENT 'usage known, price not' CODEC(T64, ZSTD(3)),
    partly_priced UInt64 CODEC(T64, ZSTD(3)),
    no_usage UInt64 COMMENT 'no usage reported' CODEC(T64, ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day, 'UTC')
ORDER BY (day, build, tenant, plan, feature, service, job_name, currency, job_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Builds of the days of llm_hourly_jobs, right or outdated. Read llm_hourly_jobs.';
