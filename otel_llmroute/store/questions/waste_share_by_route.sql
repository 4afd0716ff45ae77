-- Question: What part of the spend of each route went into attempts whose answer nobody used?
-- Grain: one row per route and currency with attempts that something was paid for, or would be.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: money in `currency`; wasted: attempts that failed or were rejected, discarded, cancelled or abandoned;
--   wasted_share from 0 to 1, of spend. NULL: nothing could be priced.
SELECT
    toString(h.route) AS name, toString(h.currency) AS currency,
    sum(h.records) AS attempts,
    sumIf(h.records, h.outcome IN ('failed', 'rejected', 'discarded', 'cancelled', 'abandoned')) AS wasted,
    sum(h.spend) AS spend,
    sum(if(h.outcome IN ('failed', 'rejected', 'discarded', 'cancelled', 'abandoned'), h.spend, NULL)) AS wasted_spend,
    if(spend IS NULL, NULL, toFloat64(ifNull(wasted_spend, 0)) / nullIf(toFloat64(spend), 0)) AS wasted_share,
    sum(h.unpriced) AS unpriced
FROM llm_hourly AS h
WHERE h.kind = 'attempt' AND h.currency != '' AND h.hour >= {since:DateTime('UTC')} AND h.hour < {until:DateTime('UTC')}
GROUP BY name, currency
ORDER BY wasted_share DESC NULLS LAST, name, currency
LIMIT {limit:UInt32}
