-- Sums a day of llm_hourly_tenants.
-- Grain: as llm_hourly_tenants, for the day. Parameters: day: its start, UTC; build: its number.
INSERT INTO llm_daily_tenants_built
SELECT
    toDateTime('{day}', 'UTC') AS day,
    toUInt64({build}) AS build,
    h.tenant, h.plan, h.currency,
    sum(h.records), sum(h.requests), sum(h.failed), sum(h.sdk_retries), sum(h.spend),
    sum(h.unpriced), sum(h.partly_priced), sum(h.no_usage),
    sum(h.input_tokens), sum(h.cache_read_tokens), sum(h.cache_write_tokens), sum(h.output_tokens), sum(h.reasoning_tokens)
FROM llm_hourly_tenants AS h
WHERE h.hour >= toDateTime('{day}', 'UTC') AND h.hour < toDateTime('{day}', 'UTC') + INTERVAL 1 DAY
GROUP BY h.tenant, h.plan, h.currency
