-- Question: What was spent in each month, so that a copy of the store can be held against the store?
-- Grain: one row per source (calls, or their sums per hour), UTC month and currency.
-- Parameters: none.
-- Unit: records are attempts and charges; money in `currency`, NULL when nothing of it has a price.
WITH
    calls AS
    (
        SELECT 'llm_calls' AS source, toString(toStartOfMonth(c.ts, 'UTC')) AS month, c.currency AS currency, count() AS records, sum(c.cost) AS spend
        FROM llm_calls AS c
        GROUP BY month, c.currency
    ),
    hours AS
    (
        SELECT 'llm_hourly' AS source, toString(toStartOfMonth(h.hour, 'UTC')) AS month, h.currency AS currency, sum(h.records) AS records, sum(h.spend) AS spend
        FROM llm_hourly AS h
        GROUP BY month, h.currency
    )
SELECT source, month, currency, records, spend
FROM (SELECT * FROM calls UNION ALL SELECT * FROM hours)
ORDER BY source, month, currency
