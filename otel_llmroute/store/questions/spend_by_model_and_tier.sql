-- Question: What does each model cost on each tier, per thousand calls?
-- Grain: one row per provider, model, tier and currency.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: money in `currency`; per_1k_calls: of a thousand attempts with a price; attempt_share: part of the model's attempts.
WITH
    sums AS
    (
        SELECT
            toString(h.provider) AS provider, toString(h.model) AS model, toString(h.service_tier) AS service_tier, toString(h.currency) AS currency,
            sum(h.records) AS attempts, sum(h.spend) AS spend, sum(h.input_tokens) AS input_tokens, sum(h.output_tokens) AS output_tokens,
            sum(h.unpriced) AS unpriced, sum(h.partly_priced) AS partly_priced, sum(h.no_usage) AS no_usage,
            sum(h.records - h.unpriced - h.no_usage - h.unanswered) AS priced
        FROM llm_hourly AS h
        WHERE h.kind = 'attempt' AND h.hour >= {since:DateTime('UTC')} AND h.hour < {until:DateTime('UTC')}
            -- filters: llm_hourly AS h
        GROUP BY provider, model, service_tier, currency
    ),
    -- What has no price has no currency: it is shown beside the money its group was mostly paid in.
    paid AS
    (
        SELECT
            * EXCEPT (currency),
            if(currency != '', currency, argMax(currency, (currency != '', attempts, currency)) OVER (PARTITION BY provider, model, service_tier)) AS paid_in
        FROM sums
    ),
    merged AS
    (
        SELECT
            p.provider AS provider, p.model AS model, p.service_tier AS service_tier, p.paid_in AS currency,
            sum(p.attempts) AS attempts, sum(p.spend) AS spend, sum(p.input_tokens) AS input_tokens, sum(p.output_tokens) AS output_tokens,
            sum(p.unpriced) AS unpriced, sum(p.partly_priced) AS partly_priced, sum(p.no_usage) AS no_usage, sum(p.priced) AS priced
        FROM paid AS p
        GROUP BY provider, model, service_tier, currency
    )
SELECT
    * EXCEPT (priced),
    attempts / sum(attempts) OVER (PARTITION BY provider, model) AS attempt_share,
    spend * 1000 / nullIf(toInt64(priced), 0) AS per_1k_calls
FROM merged
ORDER BY spend DESC NULLS LAST, attempts DESC, provider, model, service_tier, currency
LIMIT {limit:UInt32}
