-- Question: What did it cost that another model had to answer?
-- Grain: one row per route and currency with attempts that were fallbacks.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: money in `currency`. premium is an estimate: what the fallbacks cost, less as many times what an accepted first
--   attempt of the route cost on average in the period; below 0 when the fallback is cheaper. NULL: one of both is not known.
WITH
    startsWith(h.attempt_reason, 'fallback') AS is_fallback,
    h.attempt_reason IN ('', 'initial') AND h.outcome = 'accepted' AS is_first,
    sums AS
    (
        SELECT
            toString(h.route) AS name, toString(h.currency) AS currency,
            sumIf(h.records, is_fallback) AS fallbacks,
            sumIf(h.records - h.unpriced - h.no_usage - h.unanswered, is_fallback) AS priced_fallbacks,
            sumIf(h.records - h.unpriced - h.no_usage - h.unanswered, is_first) AS priced_firsts,
            sum(if(is_fallback, h.spend, NULL)) AS fallback_spend,
            sum(if(is_first, h.spend, NULL)) AS first_spend,
            sumIf(h.unpriced, is_fallback) AS unpriced
        FROM llm_hourly AS h
        WHERE h.kind = 'attempt' AND h.hour >= {since:DateTime('UTC')} AND h.hour < {until:DateTime('UTC')}
            -- filters: llm_hourly AS h
        GROUP BY name, currency
    )
SELECT
    name, currency, fallbacks, fallback_spend,
    first_spend / nullIf(priced_firsts, 0) AS first_choice_cost,
    fallback_spend - toDecimal256(first_spend, 12) * priced_fallbacks / nullIf(priced_firsts, 0) AS premium,
    unpriced
FROM sums
WHERE fallbacks > 0
ORDER BY premium DESC NULLS LAST, fallbacks DESC, name, currency
LIMIT {limit:UInt32}
