-- Question: What was spent, and what in the period of the same length before?
-- Grain: one row per currency.
-- Parameters: since, until: UTC, hours that begin between them count.
-- Unit: money in `currency`; change: 0.1 is a tenth more than before; counts are of the period, not of the one before.
-- NULL spend: nothing could be priced; NULL spend_before also: there was nothing before.
WITH
    toDateTime(greatest(0, 2 * toInt64({since:DateTime('UTC')}) - toInt64({until:DateTime('UTC')})), 'UTC') AS before,
    sums AS
    (
        SELECT
            toString(h.currency) AS currency,
            sumIf(h.records, h.hour >= {since:DateTime('UTC')}) AS records,
            sumIf(h.requests, h.hour >= {since:DateTime('UTC')}) AS requests,
            sumIf(h.failed, h.hour >= {since:DateTime('UTC')}) AS failed,
            sum(if(h.hour >= {since:DateTime('UTC')}, h.spend, NULL)) AS spend,
            sum(if(h.hour < {since:DateTime('UTC')}, h.spend, NULL)) AS spend_before,
            sumIf(h.unpriced, h.hour >= {since:DateTime('UTC')}) AS unpriced,
            sumIf(h.partly_priced, h.hour >= {since:DateTime('UTC')}) AS partly_priced,
            sumIf(h.no_usage, h.hour >= {since:DateTime('UTC')}) AS no_usage
        FROM llm_hourly AS h
        WHERE h.hour >= before AND h.hour < {until:DateTime('UTC')}
            -- filters: llm_hourly AS h
        GROUP BY currency
    ),
    -- What has no price has no currency: it is shown beside the money that was mostly paid in.
    paid AS
    (
        SELECT
            * EXCEPT (currency),
            if(currency != '', currency, argMax(currency, (currency != '', records, currency)) OVER ()) AS paid_in
        FROM sums
    )
SELECT
    p.paid_in AS currency, sum(p.spend) AS spend, sum(p.spend_before) AS spend_before,
    toFloat64(spend - spend_before) / nullIf(toFloat64(spend_before), 0) AS change,
    sum(p.requests) AS requests, sum(p.failed) AS failed, sum(p.records) AS records,
    sum(p.unpriced) AS unpriced, sum(p.partly_priced) AS partly_priced, sum(p.no_usage) AS no_usage
FROM paid AS p
GROUP BY currency
ORDER BY spend DESC NULLS LAST, records DESC, currency
