-- Sums a day of llm_hourly.
-- Grain: as llm_hourly, for the day; rows that are wholly priced apart from others: what is saved is worked out of those.
-- Parameters: day: its start, UTC; build: its number.
INSERT INTO llm_daily_built
SELECT
    toDateTime('{day}', 'UTC') AS day,
    toUInt64({build}) AS build,
    h.kind, h.currency, h.service, h.route, h.reason, h.provider, h.model, h.plan, h.feature, h.task, h.risk, h.service_tier,
    h.attempt_reason, h.outcome, h.purpose,
    ifNull(
        h.unpriced + h.partly_priced + h.no_usage + h.unanswered = 0
            AND h.spend = ifNull(h.spend_input, 0) + ifNull(h.spend_cache_read, 0) + ifNull(h.spend_cache_write, 0)
                + ifNull(h.spend_output, 0) + ifNull(h.spend_other, 0),
        0) AS is_whole,
    sum(h.records), sum(h.requests), sum(h.failed), sum(h.sdk_retries),
    sum(h.spend), sum(h.spend_input), sum(h.spend_cache_read), sum(h.spend_cache_write), sum(h.spend_output), sum(h.spend_other),
    sum(h.unpriced), sum(h.partly_priced), sum(h.no_usage), sum(h.unanswered),
    sum(h.input_tokens), sum(h.cache_read_tokens), sum(h.cache_write_tokens), sum(h.output_tokens), sum(h.reasoning_tokens),
    sum(h.duration_ns)
FROM llm_hourly AS h
WHERE h.hour >= toDateTime('{day}', 'UTC') AND h.hour < toDateTime('{day}', 'UTC') + INTERVAL 1 DAY
GROUP BY
    h.kind, h.currency, h.service, h.route, h.reason, h.provider, h.model, h.plan, h.feature, h.task, h.risk, h.service_tier,
    h.attempt_reason, h.outcome, h.purpose, is_whole
