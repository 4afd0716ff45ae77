-- Question: How much of what happened has a price, so that the spend can be trusted?
-- Grain: one row.
-- Parameters: since, until: UTC, hours that begin between them count.
-- Unit: attempts and charges; coverage from 0 to 1: those with a price, of those that used something.
SELECT
    sum(h.records) AS records,
    records - unpriced - no_usage - sum(h.unanswered) AS priced,
    sum(h.partly_priced) AS partly_priced,
    sum(h.unpriced) AS unpriced,
    sum(h.no_usage) AS no_usage,
    priced / nullIf(priced + unpriced, 0) AS coverage
FROM llm_hourly AS h
WHERE h.hour >= {since:DateTime('UTC')} AND h.hour < {until:DateTime('UTC')}
    -- filters: llm_hourly AS h
HAVING records > 0
