-- Question: What was spent, by route or by another description of a call?
-- Grain: one row per value of the asked column and currency.
-- Parameters: by: a column of llm_hourly; since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: spend and cost_per_call in `currency`; shares from 0 to 1; cost_per_call is of a request that reached a model.
-- NULL spend: nothing in the row could be priced. Rows of different currencies are never added up.
WITH
    sums AS
    (
        SELECT
            toString({by:Identifier}) AS name,
            toString(h.currency) AS currency,
            sum(h.records) AS records,
            sumIf(h.records, h.kind = 'attempt') AS attempts,
            sum(h.requests) AS requests,
            sum(h.failed) AS failed,
            sum(h.sdk_retries) AS sdk_retries,
            sumIf(h.records, h.attempt_reason = 'retry') AS retries,
            sumIf(h.records, startsWith(h.attempt_reason, 'fallback')) AS fallbacks,
            sum(h.input_tokens) AS input_tokens,
            sum(h.cache_read_tokens) AS cache_read_tokens,
            sum(h.output_tokens) AS output_tokens,
            sum(h.spend) AS spend,
            sum(h.unpriced) AS unpriced,
            sum(h.partly_priced) AS partly_priced,
            sum(h.no_usage) AS no_usage
        FROM llm_hourly AS h
        WHERE h.hour >= {since:DateTime('UTC')} AND h.hour < {until:DateTime('UTC')}
            -- filters: llm_hourly AS h
        GROUP BY name, currency
    ),
    -- What has no price has no currency: it is shown beside the money its group was mostly paid in.
    paid AS
    (
        SELECT
            * EXCEPT (currency),
            if(currency != '', currency, argMax(currency, (currency != '', records, currency)) OVER (PARTITION BY name)) AS paid_in
        FROM sums
    ),
    merged AS
    (
        SELECT
            p.name AS name, p.paid_in AS currency, sum(p.records) AS records, sum(p.attempts) AS attempts, sum(p.requests) AS requests,
            sum(p.failed) AS failed, sum(p.sdk_retries) AS sdk_retries, sum(p.retries) AS retries, sum(p.fallbacks) AS fallbacks,
            sum(p.input_tokens) AS input_tokens, sum(p.cache_read_tokens) AS cache_read_tokens,
            sum(p.output_tokens) AS output_tokens, sum(p.spend) AS spend, sum(p.unpriced) AS unpriced,
            sum(p.partly_priced) AS partly_priced, sum(p.no_usage) AS no_usage
        FROM paid AS p
        GROUP BY name, currency
    )
SELECT
    *,
    toFloat64(spend) / nullIf(toFloat64(sum(spend) OVER (PARTITION BY currency)), 0) AS spend_share,
    spend / nullIf(requests, 0) AS cost_per_call,
    failed / nullIf(attempts, 0) AS failed_share,
    cache_read_tokens / nullIf(input_tokens, 0) AS cache_share
FROM merged
ORDER BY spend DESC NULLS LAST, records DESC, name, currency
LIMIT {limit:UInt32}
