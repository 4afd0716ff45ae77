-- Question: Which values of a dimension were seen, the ones that cost most first?
-- Grain: one row per value.
-- Parameters: table: a roll-up, or llm_measured_calls; by: a column of it; since, until: UTC, hours that begin between them
--   count; contains: part of the value in any case, '' is in all; limit: rows.
-- Unit: what a value cost is its largest share of what was spent in one currency: amounts of different ones are not added up.
WITH
    sums AS
    (
        SELECT toString({by:Identifier}) AS value, toString(h.currency) AS currency, sum(h.records) AS records, sum(h.spend) AS spend
        FROM {table:Identifier} AS h
        WHERE h.hour >= {since:DateTime('UTC')} AND h.hour < {until:DateTime('UTC')}
        GROUP BY value, currency
    ),
    shares AS
    (
        SELECT *, toFloat64(spend) / nullIf(toFloat64(sum(spend) OVER (PARTITION BY currency)), 0) AS spend_share
        FROM sums
    )
SELECT value
FROM shares
WHERE positionCaseInsensitiveUTF8(value, {contains:String}) > 0
GROUP BY value
ORDER BY max(spend_share) DESC NULLS LAST, sum(records) DESC, value
LIMIT {limit:UInt32}
